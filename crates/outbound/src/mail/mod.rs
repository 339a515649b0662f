//! Mail that leaves: drafted at Microsoft with our own mark, handed over, and looked for until its copy is seen.

mod carry;
mod draft;
mod enclose;
mod look;

use store::due;

pub use carry::{Mailer, SETTLED};

/// The kinds of due work that [`Mailer::run`] takes. Their key is an outgoing mail.
pub const MAIL_KINDS: &[&str] = &[due::CARRY_MAIL];
