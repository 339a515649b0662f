//! The screen: the only place that writes to standard output and standard error. Results go to standard output, as
//! text or as one JSON document; everything said along the way goes to standard error.

use std::io::Write as _;

use serde::Serialize;

use crate::failure::Failure;

/// A result that people read as text and programs as JSON.
pub trait Report: Serialize {
    /// For people.
    fn text(&self) -> String;
}

/// Where a command speaks.
#[derive(Clone, Copy, Debug)]
pub struct Screen {
    json: bool,
}

impl Screen {
    /// A screen for people, or for programs.
    pub fn new(json: bool) -> Self {
        Screen { json }
    }

    /// True if a program is listening.
    pub fn is_json(self) -> bool {
        self.json
    }

    /// The result of the command. A reader that has gone away is no failure.
    pub fn result(self, report: &impl Report) {
        if self.json { self.document(report) } else { line(&report.text()) }
    }

    fn document(self, document: &impl Serialize) {
        line(&serde_json::to_string_pretty(document).expect("reports are plain data"));
    }

    /// Said along the way.
    pub fn aside(self, sentence: &str) {
        let _ = writeln!(std::io::stderr().lock(), "{sentence}");
    }

    /// Why there is no result.
    pub fn failure(self, failure: &Failure) {
        if self.json {
            self.document(&serde_json::json!({ "problems": failure.problems }));
            return;
        }
        for problem in &failure.problems {
            self.aside(&format!("{problem}\n"));
        }
    }
}

/// A line of a result, whatever the form.
pub fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Rows under headings, columns as wide as they need to be, for people.
pub fn table(headings: &[&str], rows: &[Vec<String>]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain(std::iter::once(headings[column].chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..headings.len()).map(width).collect();
    let write = |cells: Vec<&str>| {
        let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
        padded.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    let head = std::iter::once(write(headings.to_vec()));
    head.chain(rows.iter().map(|row| write(row.iter().map(String::as_str).collect()))).collect::<Vec<_>>().join("\n")
}
