//! The simulator's clock: the machine's time with an offset, or a time that only moves when told.
//!
//! Promise: with [`ClockMode::Manual`] nothing here reads the machine's clock. This is the crate's one home for that.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How the simulator's time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClockMode {
    /// The machine's time, plus whatever was added.
    Real,
    /// Starts at this instant and stands still until it is moved.
    Manual(Timestamp),
}

impl ClockMode {
    /// A manual clock that starts at 2026-03-02 08:00 UTC, a Monday morning.
    pub fn manual() -> Self {
        Self::Manual(Timestamp::constant(1_772_438_400, 0))
    }
}

/// The simulator's time.
#[derive(Debug, Clone)]
pub(crate) struct SimClock {
    mode: ClockMode,
    offset: SignedDuration,
}

impl SimClock {
    pub(crate) fn new(mode: ClockMode) -> Self {
        Self { mode, offset: SignedDuration::ZERO }
    }

    pub(crate) fn now(&self) -> Timestamp {
        let base = match self.mode {
            ClockMode::Real => machine_now(),
            ClockMode::Manual(start) => start,
        };
        base.checked_add(self.offset).unwrap_or(Timestamp::MAX)
    }

    /// Moves the clock forward. It never goes back.
    pub(crate) fn advance(&mut self, by: Duration) {
        self.offset = self.offset.saturating_add(SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX));
    }
}

#[allow(clippy::disallowed_methods, reason = "this is the one place where the simulator reads the machine's clock")]
fn machine_now() -> Timestamp {
    Timestamp::now()
}

/// That many seconds after an instant.
pub(crate) fn after(at: Timestamp, seconds: u64) -> Timestamp {
    let span = SignedDuration::from_secs(i64::try_from(seconds).unwrap_or(i64::MAX));
    at.checked_add(span).unwrap_or(Timestamp::MAX)
}
