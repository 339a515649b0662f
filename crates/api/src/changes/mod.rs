//! Changes: what has happened, told while it happens: by a long poll, and as a stream of events.

mod connection;
mod route;
mod tail;
mod told;

pub use connection::{Connections, Place};
pub use route::routes;
pub use tail::{Tails, Watch};
pub use told::{Change, Told};
