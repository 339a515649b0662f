//! The contacts of one mailbox: nested folders, what changed in each, photos.
//!
//! Knows nothing of HTTP. A contact is kept as Graph's JSON, since nothing here computes with it.

mod store;

pub use store::{AddressBook, Contact, ContactFolder, Photo};
