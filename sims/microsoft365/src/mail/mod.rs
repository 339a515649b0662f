//! Mail as bytes: reading it, finding it on disk, spreading it over mailboxes, and making it up.
//!
//! Everything the simulator serves begins as raw MIME. This room turns the bytes into the Graph
//! properties that come from the message itself; what comes from being *in a mailbox* (ids, folder,
//! read state, change keys) is the mailbox's business and absent here.

mod answer;
mod attachment;
mod body;
pub mod bounce;
pub mod compose;
mod distribute;
mod generate;
mod load;
mod mbox;
mod parse;
mod properties;

pub use answer::{AnswerKind, Author, answer};
pub use attachment::{AttachmentKind, ParsedAttachment};
pub use body::{html_to_text, preview_of_html, text_to_html};
pub use distribute::{Placed, distribute};
pub use generate::{BulkMail, GeneratedMailbox, GeneratedTenant, LiveMail, TenantPlan, generate, generate_bulk, next_live_mail};
pub use load::{Loaded, LoadedMail, Skipped, load};
pub use parse::{ParsedMail, Unreadable, parse};
