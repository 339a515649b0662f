//! Failure: why a command ended without its result, and with which status.

use base::Problem;

use crate::config::Refusal;

/// With what a command ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Done, and all is well.
    Well,
    /// Done, and something is wrong with what was looked at.
    FoundWrong,
    /// Asked or configured wrongly.
    AskedWrongly,
    /// Cannot be done now.
    NotNow,
}

impl Status {
    /// The exit code.
    pub const fn code(self) -> u8 {
        match self {
            Status::Well => 0,
            Status::FoundWrong => 1,
            Status::AskedWrongly => 2,
            Status::NotNow => 3,
        }
    }
}

/// Why a command ended without its result.
#[derive(Debug)]
pub struct Failure {
    /// For people, and as JSON for programs.
    pub problems: Vec<Problem>,
    /// For scripts.
    pub status: Status,
}

impl Failure {
    /// Something that could work at another time.
    pub fn not_now(code: &str, title: impl Into<String>, detail: impl Into<String>, action: impl Into<String>) -> Self {
        Failure { problems: vec![Problem::new(code, title, detail, action)], status: Status::NotNow }
    }

    /// Something that was asked wrongly.
    pub fn asked_wrongly(code: &str, title: impl Into<String>, detail: impl Into<String>, action: impl Into<String>) -> Self {
        Failure { problems: vec![Problem::new(code, title, detail, action)], status: Status::AskedWrongly }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Failure { problems: refusal.0, status: Status::AskedWrongly }
    }
}
