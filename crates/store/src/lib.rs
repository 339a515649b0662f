//! The store: the one place that speaks SQL. It keeps the mirror, the ledger, due work and secrets on SQLite or
//! PostgreSQL, behind one seam ([`Db`]); every statement is written once.
//!
//! A transaction is a value: functions named for what they write return [`Statement`]s, the caller gathers them in a
//! [`Transaction`] and commits it. Reading and deciding come before, outside; guards make that safe.

mod db;
mod dialect;
mod error;
mod migrate;
mod postgres;
mod row;
mod sqlite;
mod statement;
mod value;

pub mod api_key;
pub mod archive;
pub mod arrival;
pub mod audience;
pub mod audit;
pub mod bounce;
pub mod calendar;
pub mod calendar_event;
pub mod calendar_feed;
pub mod calendar_intent;
pub mod connect;
pub mod connection;
pub mod contact;
pub mod contact_book;
pub mod contact_saying;
pub mod contact_sync;
pub mod correspondence;
pub mod cursor;
pub mod customer;
pub mod delivery;
pub mod due;
pub mod ending;
pub mod endpoint;
pub mod exclusion;
pub mod file;
pub mod filing;
pub mod folder;
pub mod grant;
pub mod hint;
pub mod idempotency;
pub mod instruction;
pub mod job;
pub mod ledger;
pub mod letter;
pub mod listing;
pub mod mailbox;
pub mod meeting;
pub mod message;
pub mod oauth_flow;
pub mod opt_out;
pub mod outgoing;
pub mod person;
pub mod refiling;
pub mod retention;
pub mod search;
pub mod session;
pub mod setting;
pub mod signature;
pub mod source_contact;
pub mod subscription;
pub mod template;
pub mod thread;
pub mod thread_edit;
pub mod thread_join;
pub mod thread_sight;
pub mod timeline;
pub mod touch;
pub mod tracked;
pub mod tracking_setting;
pub mod vault;
pub mod work;
pub mod workspace;

pub use db::{CommitGate, CommitHook, Db, Phase, Settings};
pub use ending::Ending;
pub use error::StoreError;
pub use row::{FromValue, Row};
pub use statement::{Guard, Outcome, Sql, Statement, Transaction};
pub use value::Value;
