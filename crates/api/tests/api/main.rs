//! The API as whoever uses it sees it: who may ask, what they see, how lists and changes behave, and the document of it.

#![allow(clippy::unwrap_used, dead_code, reason = "a test stops at what it did not expect")]

mod access;
mod archives;
mod arranging;
mod calendaring;
mod document;
mod drafts;
mod feeding;
mod instructing;
mod isolation;
mod lists;
mod meetings;
mod once;
mod sending;
mod sight;
mod support;
mod templates;
mod tokens;
