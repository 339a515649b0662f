//! What an examination found.

use serde::Serialize;

use crate::failure::Status;
use crate::screen::Report;

/// How it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// As it should be.
    Well,
    /// It works, but somebody may want to know.
    Note,
    /// It will not work.
    Wrong,
    /// It was not looked at.
    LeftOut,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// What was looked at.
    pub what: String,
    /// How it looks.
    pub verdict: Verdict,
    /// What was found.
    pub found: String,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
}

impl Finding {
    /// As it should be.
    pub fn well(what: &str, found: impl Into<String>) -> Self {
        Finding { what: what.to_owned(), verdict: Verdict::Well, found: found.into(), next: None }
    }

    /// Worth knowing.
    pub fn note(what: &str, found: impl Into<String>, next: impl Into<String>) -> Self {
        Finding { what: what.to_owned(), verdict: Verdict::Note, found: found.into(), next: Some(next.into()) }
    }

    /// It will not work.
    pub fn wrong(what: &str, found: impl Into<String>, next: impl Into<String>) -> Self {
        Finding { what: what.to_owned(), verdict: Verdict::Wrong, found: found.into(), next: Some(next.into()) }
    }

    /// Not looked at.
    pub fn left_out(what: &str, why: impl Into<String>) -> Self {
        Finding { what: what.to_owned(), verdict: Verdict::LeftOut, found: why.into(), next: None }
    }
}

/// All lines.
#[derive(Debug, Serialize)]
pub struct Examination {
    /// In the order in which they were looked at.
    pub findings: Vec<Finding>,
}

impl Examination {
    /// Well if nothing is wrong.
    pub fn status(&self) -> Status {
        if self.findings.iter().any(|finding| finding.verdict == Verdict::Wrong) { Status::FoundWrong } else { Status::Well }
    }
}

impl Report for Examination {
    fn text(&self) -> String {
        let width = self.findings.iter().map(|finding| finding.what.chars().count()).max().unwrap_or(0);
        let line = |finding: &Finding| {
            let mark = match finding.verdict {
                Verdict::Well => "well ",
                Verdict::Note => "note ",
                Verdict::Wrong => "WRONG",
                Verdict::LeftOut => "-    ",
            };
            let next = finding.next.as_ref().map(|next| format!("\n       {:width$}  Next: {next}", "")).unwrap_or_default();
            format!("{mark}  {:width$}  {}{next}", finding.what, finding.found)
        };
        let lines: Vec<_> = self.findings.iter().map(line).collect();
        let wrong = self.findings.iter().filter(|finding| finding.verdict == Verdict::Wrong).count();
        let verdict = if wrong == 0 { "Nothing stands in the way.".to_owned() } else { format!("{wrong} to mend.") };
        format!("{}\n\n{verdict}", lines.join("\n"))
    }
}
