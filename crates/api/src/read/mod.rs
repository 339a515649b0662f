//! Readers: what is asked for, fetched from the store and redacted by the asker's [`Sight`](crate::access::Sight). The
//! routes, the console and the webhooks read through the same functions. What an asker may not see is as if it were not
//! there.

pub mod calendar;
pub mod calendar_intent;
pub mod contact;
pub mod customer;
pub mod folder;
pub mod job;
pub mod mailbox;
mod meeting;
pub mod message;
pub mod outgoing;
pub mod person;
pub mod search;
pub mod thread;
pub mod timeline;
pub mod tracking;
