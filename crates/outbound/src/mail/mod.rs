//! Mail at Microsoft: what leaves is drafted with our own mark, handed over, and looked for until its copy is seen; what is
//! wanted done to messages is done.

mod carry;
mod deed;
mod draft;
mod enclose;
mod instructions;
mod look;

use store::due;

pub use carry::{Mailer, SETTLED};

/// The kinds of due work that [`Mailer::run`] takes.
pub const MAIL_KINDS: &[&str] = &[due::CARRY_MAIL, due::CARRY_INSTRUCTIONS];
