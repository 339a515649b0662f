//! The console: pages for whoever is signed in, each object at an address of its own, showing as much as they may see.

mod activity;
mod attachment;
mod audit;
mod body;
mod connect;
mod core;
mod counts;
pub mod customers;
mod deed;
pub mod developers;
mod folders;
mod mailbox;
mod mailboxes;
mod message;
mod named;
mod overview;
mod search;
pub mod sharing;
mod thread;
pub mod thread_edit;
mod thread_joins;
mod threads;

pub use activity::activity;
pub use attachment::{download, inline, original};
pub use audit::audit;
pub use body::body;
pub use connect::connect;
pub use core::Core;
pub use counts::Counts;
pub use folders::folders;
pub use mailbox::{audit_now, check_now, live as mailbox_live, mailbox};
pub use mailboxes::{live as mailboxes_live, mailboxes};
pub use message::message;
pub use search::search;
pub use thread::thread;
pub use threads::threads;
