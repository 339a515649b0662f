//! The commands, a file each, and the one way in which all of them begin and end.

mod completions;
mod start;

pub use start::run;
