//! Templates: the texts from which mail is made, each shown as a person would get it.

mod list;
mod one;

pub use list::templates;
pub use one::{change, look, make, make_page, remove, template};
