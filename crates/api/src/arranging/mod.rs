//! Arranging a mailbox: its folders, its rules and its settings, changed at Microsoft while whoever asks waits.
//!
//! Nothing of it is kept here: Microsoft is asked in the interactive lane, what it answers is the answer, and the mirror follows
//! by its own pull, which is made due at once. Each change is a line of the audit, whether Microsoft did it or refused.

pub mod folders;
mod opened;
mod permission;
pub mod rules;
pub mod settings;

pub(crate) use opened::refusal;
pub use opened::{Opened, seen_whole, to_change, to_read};
pub use permission::Permission;
