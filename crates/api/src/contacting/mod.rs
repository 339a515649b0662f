//! Contacting: what is done with contacts: books are synchronised, files and programs bring entries, people join and part.

pub mod book;
pub mod bring;
pub mod say;

pub use book::{account_book, end_book, sync};
pub use bring::{Brought, Entries, bring, take_away};
