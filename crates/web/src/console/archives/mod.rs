//! Archives: original mail that is brought out, how far that is, and what could not be had.

mod archive;
mod list;
mod start;

pub use archive::{archive, cancel, live, manifest, resume};
pub use list::archives;
pub use start::start;
