//! The ground floor: time, ids, secrets, randomness, and the words in which a failure says what to do next.
//!
//! Everything here is small, pure where it can be, and known to every other room. It knows none of them.

pub mod backoff;
pub mod id;
pub mod problem;
pub mod random;
pub mod recourse;
pub mod secret;
pub mod time;

pub use id::Id;
pub use problem::Problem;
pub use recourse::Recourse;
pub use secret::Secret;
pub use time::{Clock, Timestamp};
