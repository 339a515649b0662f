//! Contacting: what is done with contacts: books are synchronised, files and programs bring entries, people join and part.

pub mod book;
pub mod bring;
pub mod hear;
pub mod picture;
pub mod say;
pub mod write_back;
mod written;

use std::time::Duration;

use store::Db;

pub use book::{account_book, end_book, set_region, sync};
pub use bring::{Brought, Entries, bring, take_away};
pub use hear::{Sender, hear};

/// Waits until something was committed that others wait for, or so long: other nodes' commits are only seen by looking.
pub(crate) async fn moment(db: &Db, longest: Duration) {
    let _ = tokio::time::timeout(longest, db.woken().changed()).await;
}
