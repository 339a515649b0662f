//! Asking for mail to be sent: who may, what it will look like, and what Exchange would refuse, told before anything is kept.

mod compose;
mod each;
pub mod files;
mod forwarded;
mod merge;
mod rights;
mod wanted;

pub(crate) use compose::{check_all, check_draft};
pub use compose::{compose, compose_draft, draft_of};
pub use each::{EACH_MAX, compose_each, of_one};
pub use merge::{Merge, Shown, WITHOUT_VALUE, find as find_template, pattern};
pub use rights::{may_send_from, may_sign_for};
pub use wanted::{Addressed, Answers, Attach, ForOne, FromTemplate, How, MailForEach, NewMail, OwnHeader, TrackingWish};
