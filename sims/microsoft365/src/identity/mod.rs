//! The Microsoft identity platform: metadata, keys, sign-in, consent, tokens (reference: identity, sections 1 to 5 and 10).
//!
//! Errors have the exact shapes and statuses of the reference; the order of the checks is that of its section 10.

pub mod caller;
pub mod outage;
pub mod router;
pub mod sessions;
pub mod state;
pub mod tokens;

pub use router::answer;
pub use state::Identity;
