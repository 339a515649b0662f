//! Content lines: at most 75 octets, longer ones folded, each ended by CRLF. Source: RFC 5545, sections 3.1 and 3.3.11.

use std::fmt::Write as _;

/// The most octets of a line, its end not among them.
const OCTETS_MAX: usize = 75;

/// Lines as they stand in the file.
#[derive(Debug, Default)]
pub(super) struct Lines(String);

impl Lines {
    /// A line as it is.
    pub(super) fn line(&mut self, line: &str) {
        let mut room = OCTETS_MAX;
        for character in line.chars() {
            if character.len_utf8() > room {
                self.0.push_str("\r\n ");
                room = OCTETS_MAX - 1;
            }
            self.0.push(character);
            room -= character.len_utf8();
        }
        self.0.push_str("\r\n");
    }

    /// A property whose value is text.
    pub(super) fn text(&mut self, name: &str, value: &str) {
        self.line(&format!("{name}:{}", escaped(value)));
    }

    /// A property whose value is a list of texts.
    pub(super) fn texts(&mut self, name: &str, values: &[String]) {
        let values: Vec<String> = values.iter().map(|value| escaped(value)).collect();
        self.line(&format!("{name}:{}", values.join(",")));
    }

    /// Puts others behind these.
    pub(super) fn append(&mut self, others: Lines) {
        self.0.push_str(&others.0);
    }

    /// All of them.
    pub(super) fn into_text(self) -> String {
        self.0
    }
}

/// Text as a value: what would end it is escaped, what no text has is left out.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.replace("\r\n", "\n").chars() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\n' | '\r' => escaped.push_str("\\n"),
            '\t' => escaped.push('\t'),
            control if control.is_control() => {}
            other => escaped.push(other),
        }
    }
    escaped
}

/// A parameter's value, quoted. It cannot hold quotation marks or lines: they become apostrophes and spaces.
pub(super) fn quoted(text: &str) -> String {
    let plain = |character: char| match character {
        '"' => '\'',
        control if control.is_control() => ' ',
        other => other,
    };
    let mut quoted = String::with_capacity(text.len() + 2);
    let _ = write!(quoted, "\"{}\"", text.chars().map(plain).collect::<String>());
    quoted
}

/// An address that can stand in a line as it is.
pub(super) fn is_plain(uri: &str) -> bool {
    !uri.is_empty()
        && uri.chars().all(|character| !character.is_control() && !character.is_whitespace() && !"\"<>\\^`{|}".contains(character))
}
