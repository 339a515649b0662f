//! One suite, two engines: what the store promises holds on SQLite and on PostgreSQL, and both answer the same.
//!
//! PostgreSQL is a private server started for the occasion, or the one that `RAPPORT_TEST_POSTGRES` names.
#![allow(clippy::unwrap_used, reason = "a test fails by stopping where something is wrong")]

mod archives;
mod arrivals;
mod calendar_feeds;
mod calendar_intents;
mod calendars;
mod contacts;
mod customers;
mod deliveries;
mod instructions;
mod ledger;
mod meetings;
mod mirror;
mod schema;
mod search;
mod sign_in;
mod templates;
mod threads;
mod tracking;
mod transactions;
mod vault;
mod work;
mod world;
