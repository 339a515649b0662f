//! Mail: folders, messages, their MIME form and their attachments; drafts, and sending them; changes of messages; inbox rules and
//! the settings of a mailbox.
//!
//! Every call asks for immutable ids (graph.md 2.8, quirk 2): a store that mixes the two forms holds everything
//! twice. They survive moves inside a mailbox; folders have only stable default ids.

pub mod attachment;
pub mod change;
pub mod draft;
pub mod folder;
pub mod message;
pub mod messages;
mod optional;
mod reading;
pub mod rule;
pub mod send;
pub mod settings;
pub mod upload;

pub(crate) use reading::{null_as_default as reading_null_as_default, time as reading_time};

pub use attachment::Attachment;
pub use folder::{MailFolder, WellKnownFolder};
pub use message::{EmailAddress, Flag, Header, ItemBody, Message, Recipient};
pub use messages::{Located, MessagesStart};
pub use rule::MessageRule;
pub use settings::MailboxSettings;

use crate::access::Access;
use crate::path::ResourcePath;

/// The preference for ids that survive a move.
pub(crate) const IMMUTABLE_IDS: &str = "IdType=\"ImmutableId\"";

/// `/users/{id}` or `/me` of an access.
pub(crate) fn mailbox_path(access: &Access) -> ResourcePath {
    ResourcePath::user(&access.user)
}

/// The preferences of a call that reads pages.
pub(crate) fn page_preference(page_size: u16) -> String {
    format!("{IMMUTABLE_IDS}, odata.maxpagesize={page_size}")
}

#[cfg(test)]
mod tests;
