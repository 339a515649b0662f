//! One mailbox: folders, messages, the change logs that drive delta, ids, counts.
//!
//! Knows nothing of HTTP, OData or tokens: `graph` reads it, `control` and the later write endpoints
//! change it. Everything here is plain, synchronous and deterministic; the time is always an argument.

pub mod calendar;
pub mod change;
pub mod contacts;
pub mod conversation;
pub mod document;
pub mod drafting;
mod extended;
pub mod folder;
pub mod ids;
pub mod inbox_rules;
mod invitation;
pub mod log;
pub mod message;
mod operations;
mod place;
pub mod sanitise;
pub mod settings;
pub mod state;
pub mod store;
mod tree;

pub use change::{Change, ChangeKind, ItemClass, Refused};
pub use document::{Document, Property};
pub use extended::property_key;
pub use folder::{Folder, FolderNumber, WellKnown};
pub use ids::{IdForm, ItemReference, MailboxKey};
pub use inbox_rules::{InboxRule, LOOP_HEADER, Onward};
pub use message::{Attachment, AttachmentContent, Flag, Importance, Inference, ItemNumber, Message};
pub use settings::{AutomaticReplies, ExternalAudience, MailboxSettings, ReplyStatus};
pub use state::{FolderState, MailboxState, MessageState};
pub use store::{DeliverOptions, Mailbox};
