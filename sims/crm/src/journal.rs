//! What was asked, in order of arrival: for tests that want to know how often, and of whom.

use jiff::Timestamp;
use serde::Serialize;

use crate::faults::Fault;

/// One call. It names no query and no token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// From 1.
    pub number: u64,
    /// When it arrived.
    pub at: Timestamp,
    /// The verb.
    pub method: String,
    /// Host and path.
    pub target: String,
    /// The fault that struck it.
    pub fault: Option<Fault>,
    /// The status; `None` if the connection broke.
    pub status: Option<u16>,
}
