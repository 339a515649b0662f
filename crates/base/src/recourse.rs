//! Recourse: what to do after a failure. Every error that comes from outside answers with one of these, and the
//! loops branch on nothing else.

use std::time::Duration;

/// What to do next after something outside has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Recourse {
    /// It may work later: try again, no sooner than after this long.
    RetryAfter(Duration),
    /// Our permission is dead: stop for this connection, tell its person, delete nothing.
    Reauthorize,
    /// Our resume point is dead: read everything again and keep only the differences.
    Resync,
    /// A write was sent and its answer lost: look whether it happened before doing it again.
    Verify,
    /// It will never work as asked: set it aside and say why.
    Refuse,
}
