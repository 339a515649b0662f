//! Calendars at Microsoft: what is wanted done in them is done, once, and nobody is told of anything that was not asked for.

mod carry;
mod deed;
mod guard;
mod likeness;

use store::due;

pub use carry::{CalendarWriter, LATE_MAX};

/// The kinds of due work that [`CalendarWriter::run`] takes.
pub const CALENDAR_KINDS: &[&str] = &[due::CARRY_CALENDAR_INTENTS];
