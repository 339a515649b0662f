//! Customers and the people at them: lists, pages with timelines, and what can be changed by hand.

mod change;
mod choose;
mod customer;
mod domain;
mod filing;
mod list;
mod person;
mod timeline;

pub(super) use change::name_in;
pub use change::{add_domain, merge, merge_page, remove_domain, rename};
pub use customer::customer;
pub use filing::{file, filing_page, follow_rules};
pub use list::{customers, name};
pub use person::{person, place, place_page, rename as rename_person};
