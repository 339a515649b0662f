//! What is asked: the parts of a request, read strictly, each refusal naming what is wrong.

mod body;
mod filters;
mod named;
mod write;

pub use body::Body;
pub use filters::{Filters, Listed, Unfiltered};
pub use named::{Named, NamedPair};
pub use write::{refused, write};
