//! Graph calendars and contacts over the simulator, in process: each area in a file of its own.
//!
//! Every answer that these tests see is also held against Microsoft's published schema.

#![allow(clippy::unwrap_used, reason = "a test that finds nothing there fails")]

mod calendars;
mod contacts;
mod delta;
mod events;
mod meetings;
mod notifications;
mod recurrence;
mod schedules;
mod world;
