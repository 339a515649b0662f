//! Archives: original mail asked of Microsoft, message by message, and brought to a place outside, so that after any crash it goes
//! on where it stood and nothing is missing without being named.

mod archivist;
mod bring;
mod bucket;
mod directory;
mod manifest;
mod place;
mod plan;
mod smtp;
mod trip;

use store::due;

pub use archivist::{Archivist, Settings};
pub use place::judge;

/// The kinds of due work that [`Archivist::run`] takes. Their key is an archive.
pub const ARCHIVE_KINDS: &[&str] = &[due::CARRY_ARCHIVE];
