//! `rapport demo`: a Microsoft 365 of its own, the server, four mailboxes connected as a person would connect them, and
//! mail that goes on arriving. With `--until-synced` it ends with the proof that everything is here.

mod browser;
mod compare;
mod originals;
mod play;
mod report;
mod stage;
mod wait;

pub use play::play;
