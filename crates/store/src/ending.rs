//! Endings: how a unit of work came out, in the one form that both loops give it to whoever claimed it for them.

use base::{Recourse, Timestamp};

use crate::statement::Statement;
use crate::work::{self, Lane, Lease};

/// How a unit of work ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ending {
    /// Done; the next time is then, in that lane. A mark made meanwhile brings it forward.
    Next(Timestamp, Lane),
    /// Done, until somebody marks it.
    Rest,
    /// Done for ever: what it was about is gone.
    Gone,
    /// It did not work; try again then. The text says why, without any name of a person or a mail.
    Failed(Timestamp, String),
}

impl Ending {
    /// The statements that record it.
    pub fn statements(&self, lease: &Lease) -> Vec<Statement> {
        match self {
            Ending::Next(at, lane) => vec![work::settle(lease, *at, *lane)],
            Ending::Rest => vec![work::settle(lease, Timestamp::NEVER, Lane::Scheduled)],
            Ending::Gone => work::finish(lease).into(),
            Ending::Failed(at, problem) => vec![work::postpone(lease, *at, lease.lane, problem)],
        }
    }

    /// The ending for a failure after which the same thing is to be tried again: as `recourse` says, and no sooner than
    /// the usual wait for this try.
    pub fn retry(lease: &Lease, now: Timestamp, recourse: Recourse, problem: String) -> Self {
        let backoff = base::backoff::Backoff { first: std::time::Duration::from_secs(1), ceiling: std::time::Duration::from_secs(300) };
        let usual = backoff.delay(lease.attempts, lease.fence.cast_unsigned().wrapping_mul(0x9E37_79B9_7F4A_7C15));
        let wait = match recourse {
            Recourse::RetryAfter(wait) => wait.max(if lease.attempts > 1 { usual } else { wait }),
            _ => usual,
        };
        Ending::Failed(now.plus(wait), problem)
    }
}
