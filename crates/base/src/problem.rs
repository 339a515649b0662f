//! Problems: what happened, why as far as we know, and what to do next, in words for people.

use serde::Serialize;

/// A failure told to a person: each part one plain sentence without secrets, addresses, subjects or bodies of mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Problem {
    /// Stable, for programs: lower-case words joined by `_`, or Microsoft's own code such as `AADSTS65001`.
    pub code: String,
    /// What happened.
    pub title: String,
    /// Why, as far as we know.
    pub detail: String,
    /// What to do next and who can do it.
    pub action: String,
}

impl Problem {
    /// A problem from its four parts.
    pub fn new(code: impl Into<String>, title: impl Into<String>, detail: impl Into<String>, action: impl Into<String>) -> Self {
        Problem { code: code.into(), title: title.into(), detail: detail.into(), action: action.into() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}\n{} ({})\nNext: {}", self.title, self.detail.trim_end_matches('.'), self.code, self.action)
    }
}

impl std::error::Error for Problem {}
