//! Desk: the loop that decides. Each consumer reads the ledger in its own pace from its own cursor, decides, and commits
//! its decisions and its cursor together, so that every event is decided exactly once.
//!
//! Consumers never call one another and never call out: the ledger is their only table, and what needs the network is
//! not decided here.

mod announce;
mod consumer;
mod contacts;
mod customers;
mod edits;
mod index;
mod parting;
mod retention;
mod sorted;
mod sorting;
mod threads;
mod tracking;

pub use consumer::{Desk, KINDS};
