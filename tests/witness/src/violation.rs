//! What was found wrong, and where.

use std::fmt;

/// One departure from the published facts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where: `value[3].subject`, `query $top`, `status`.
    pub place: String,
    /// What: `expected String, found a number`.
    pub problem: String,
}

impl Violation {
    pub(crate) fn new(place: impl Into<String>, problem: impl Into<String>) -> Self {
        Self { place: place.into(), problem: problem.into() }
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.problem)
    }
}

/// Collects violations while descending; the place is kept as a path.
#[derive(Default)]
pub(crate) struct Findings {
    place: String,
    pub(crate) found: Vec<Violation>,
}

impl Findings {
    /// Notes a problem at the present place.
    pub(crate) fn note(&mut self, problem: impl Into<String>) {
        let place = if self.place.is_empty() { "body" } else { &self.place };
        self.found.push(Violation::new(place, problem));
    }

    /// Descends into a member while `look` runs.
    pub(crate) fn within(&mut self, member: &str, look: impl FnOnce(&mut Self)) {
        let length = self.place.len();
        if !member.starts_with('[') && length > 0 {
            self.place.push('.');
        }
        self.place.push_str(member);
        look(self);
        self.place.truncate(length);
    }
}
