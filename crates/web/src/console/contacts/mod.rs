//! Contacts: one for each person of all address books; where they come from, what came of each reading, and what people join and part.

mod contact;
mod list;
mod review;
mod sources;
mod sync;
mod write_back;

pub use contact::{contact, name, part, photo, take_back};
pub use list::contacts;
pub use review::{join, keep_apart, review};
pub use sources::{live as sources_live, set_region, sync_now};
pub use sync::{live as sync_live, sync};
pub use write_back::send as write_back;
