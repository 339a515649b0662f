//! Graph mail over the simulator, in process: each area in a file of its own.
//!
//! Every answer that these tests see is also held against Microsoft's published schema.

#![allow(clippy::unwrap_used, reason = "a test that finds nothing there fails")]

mod answering;
mod attachments;
mod batch;
mod captured;
mod delta;
mod determinism;
mod folders;
mod messages;
mod notifications;
mod paging;
mod permissions;
mod rules;
mod sending;
mod settings;
mod speed;
mod subscriptions;
mod users;
mod world;
mod writing;
