//! Asking for mail to be sent: who may, what it will look like, and what Exchange would refuse, told before anything is kept.

mod compose;
pub mod files;
mod forwarded;
mod rights;
mod wanted;

pub(crate) use compose::{check_all, check_draft};
pub use compose::{compose, compose_draft, draft_of};
pub use rights::may_send_from;
pub use wanted::{Addressed, Answers, Attach, How, NewMail, OwnHeader, TrackingWish};
