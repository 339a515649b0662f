//! Waiting: the only place of this crate that sleeps.
//!
//! A call whose mailbox has been told to wait may sit out a short wait itself, if a person is waiting for it;
//! anything longer, and anything in the other lanes, goes back to the caller as "after this long", because a loop
//! has better things to do than sleep. With [`Waiting::never`] nothing sleeps at all, which is what tests on a
//! manual clock need: time moves there only when the test moves it.

use std::time::Duration;

use crate::access::Lane;

/// How long an interactive call may sit out a wait by itself, by default.
pub const INTERACTIVE_WAIT_MAX: Duration = Duration::from_secs(5);

/// The longest wait that is sat out.
#[derive(Clone, Copy, Debug)]
pub struct Waiting {
    longest: Duration,
}

impl Default for Waiting {
    fn default() -> Self {
        Waiting { longest: INTERACTIVE_WAIT_MAX }
    }
}

impl Waiting {
    /// Never sleeps: every wait is told to the caller.
    pub const fn never() -> Self {
        Waiting { longest: Duration::ZERO }
    }

    /// Sits out waits of interactive calls up to this long.
    pub const fn up_to(longest: Duration) -> Self {
        Waiting { longest }
    }

    /// Sits out `wait` if it is short enough for this lane; `false` if it was not waited for.
    #[allow(clippy::disallowed_methods, reason = "the one place of this crate that sleeps")]
    pub(crate) async fn sit_out(self, wait: Duration, lane: Lane) -> bool {
        let patient = lane == Lane::Interactive && wait <= self.longest;
        if patient && !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
        patient && !self.longest.is_zero()
    }
}
