//! The third witness: Microsoft's published description of Graph, as a check on both sides of a conversation.
//!
//! The simulator and the product are written by the same people, so that each could be wrong in the same
//! way. What the simulator answers and what the product asks is therefore held against the names, types,
//! paths and query options that Microsoft publishes (`graph-facts.json`, made by `make-facts.py`).
//!
//! Promises: an unknown or mistyped property, an unknown path, an option that the service refuses, a bad
//! date are each a [`Violation`] that says where. Does not judge values: whether the right message came back
//! is for other tests. Paths without a Graph version segment (sign-in, control plane) are not looked at.

mod answer;
mod batch;
mod facts;
mod notification;
mod query;
mod request;
mod route;
mod shape;
mod violation;

pub use answer::check_answer;
pub use batch::check_batch;
pub use notification::check_notification;
pub use request::check_request;
pub use violation::Violation;
