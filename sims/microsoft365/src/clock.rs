//! The simulator's clock: real time with an offset, or a time that only moves when told.
//!
//! Promise: with `ClockMode::Manual` nothing in the simulator reads the operating system's clock.
//! This is the crate's one named home for that reading.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How the simulator's time passes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ClockMode {
    /// The machine's time, plus whatever was added with [`SimClock::advance`].
    Real,
    /// Starts at this instant and stands still until [`SimClock::advance`].
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
pub struct SimClock {
    fixed: Option<Timestamp>,
    offset: SignedDuration,
}

impl SimClock {
    /// A clock of that mode.
    pub fn new(mode: ClockMode) -> Self {
        let fixed = match mode {
            ClockMode::Real => None,
            ClockMode::Manual(start) => Some(start),
        };
        Self { fixed, offset: SignedDuration::ZERO }
    }

    /// The simulator's now.
    pub fn now(&self) -> Timestamp {
        let base = self.fixed.unwrap_or_else(machine_now);
        base.checked_add(self.offset).unwrap_or(Timestamp::MAX)
    }

    /// Moves the clock forward. It never goes back.
    pub fn advance(&mut self, by: Duration) {
        let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
        self.offset = self.offset.saturating_add(by);
    }

    /// Whether time stands still between calls of [`Self::advance`].
    pub fn is_manual(&self) -> bool {
        self.fixed.is_some()
    }
}

#[allow(clippy::disallowed_methods, reason = "this is the one place where the simulator reads the machine's clock")]
fn machine_now() -> Timestamp {
    Timestamp::now()
}
