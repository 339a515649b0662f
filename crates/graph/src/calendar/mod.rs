//! Calendars: the calendars of a user, what is in them in a window of time, series masters, and writing events.
//!
//! Every call asks for immutable ids and for times in UTC (graph.md 2.8, 8.2): a link does not carry the preference, so it
//! stands on every page. Times of whole-day events have no zone: they are the midnights of their days.

pub mod availability;
pub mod calendars;
pub mod event;
pub mod view;
pub mod write;

pub use calendars::Calendar;
pub use event::{Attendee, DateTimeTimeZone, Event};

use crate::mail::IMMUTABLE_IDS;

/// The preferences of a call that reads events.
pub(crate) fn preference(page_size: Option<u16>) -> String {
    let page = page_size.map(|size| format!(", odata.maxpagesize={size}")).unwrap_or_default();
    format!("{IMMUTABLE_IDS}, outlook.timezone=\"UTC\"{page}")
}

#[cfg(test)]
mod tests;
