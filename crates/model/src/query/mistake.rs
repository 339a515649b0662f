//! What is wrong with a query, where, and how to mend it.

use std::fmt;

use serde::Serialize;

/// A query that cannot be understood.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mistake {
    /// Stable, for programs: `unknown_key`, `unknown_value`, `no_value`, `no_date`, `open_quotation`, `short_beginning`,
    /// `nothing_to_find`, `too_long`.
    pub code: &'static str,
    /// Where it begins: bytes of the text before it.
    pub at: usize,
    /// How many bytes of the text it is about.
    pub length: usize,
    /// What is wrong, one plain sentence.
    pub what: String,
    /// What to type instead, one plain sentence.
    pub mend: String,
}

impl Mistake {
    pub(super) fn new(code: &'static str, place: std::ops::Range<usize>, what: impl Into<String>, mend: impl Into<String>) -> Self {
        Mistake { code, at: place.start, length: place.len(), what: what.into(), mend: mend.into() }
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.what, self.mend)
    }
}

impl std::error::Error for Mistake {}
