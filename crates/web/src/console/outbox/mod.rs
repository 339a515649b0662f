//! The outbox: what is to leave, what has left, and what needs a person; and writing a mail.

mod compose;
mod list;
mod outgoing;
mod returned;
mod tracking;

pub use compose::{compose, send};
pub use list::outbox;
pub use outgoing::{cancel, outgoing, resolve};
pub use tracking::{live as tracking_live, report as tracking, set as set_tracking};
