//! The outbox: what is to leave, what has left, and what needs a person; and writing a mail.

mod compose;
mod filling;
mod list;
mod outgoing;
mod returned;
mod tracking;
mod written;

pub use compose::{compose, fill, send};
pub use list::{live as outbox_live, outbox};
pub use outgoing::{cancel, live as outgoing_live, outgoing, resolve};
pub use tracking::{report as tracking, set as set_tracking};
