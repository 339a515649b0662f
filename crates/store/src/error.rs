//! What can go wrong with the database, and what to do then.

use std::time::Duration;

use base::Recourse;

/// A failure of the database or of a demand on it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A guard did not hold: nothing has happened. Read again and decide anew, or leave it to whoever was faster.
    #[error("nothing was written, because this no longer holds: {guard}")]
    Refused {
        /// The assertion that failed.
        guard: &'static str,
    },
    /// It collided with what another has written meanwhile: nothing has happened; the same transaction may work now.
    #[error("nothing was written, because of a conflict: {0}")]
    Conflict(String),
    /// The database cannot be reached, is full, or did not answer. A commit may have happened nonetheless; guards make
    /// it safe to try again.
    #[error("the database is not available: {0}")]
    Unavailable(String),
    /// The statement, the schema or the data are wrong: trying again will not help.
    #[error("the database refused: {0}")]
    Broken(String),
    /// A test's commit hook stopped the program here.
    #[error("stopped by a test at a commit point")]
    Crashed,
}

impl StoreError {
    /// What to do next.
    pub fn recourse(&self) -> Recourse {
        match self {
            StoreError::Refused { .. } => Recourse::RetryAfter(Duration::ZERO),
            StoreError::Conflict(_) => Recourse::RetryAfter(Duration::from_millis(20)),
            StoreError::Unavailable(_) => Recourse::RetryAfter(Duration::from_secs(1)),
            StoreError::Crashed => Recourse::Verify,
            StoreError::Broken(_) => Recourse::Refuse,
        }
    }
}
