//! The nouns of Rapport and the rules about them that need nothing but themselves: no database, no network, no clock.

pub mod address;
pub mod archive;
pub mod bounce;
pub mod compose;
pub mod customer;
pub mod display_name;
pub mod domain;
pub mod event;
pub mod free_mail;
pub mod id;
pub mod instruction;
pub mod mailbox;
pub mod message;
pub mod nature;
pub mod outgoing;
pub mod person;
pub mod query;
pub mod recurrence;
pub mod reply;
pub mod subject;
pub mod template;
pub mod text;
pub mod thread;
pub mod tracking;
pub mod words;
pub mod zone;
