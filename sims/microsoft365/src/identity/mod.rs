//! The Microsoft identity platform: metadata, keys, sign-in, consent, tokens (reference: identity, sections 1 to 5 and 10).
//!
//! Errors have the exact shapes and statuses of the reference; the order of the checks is that of its section 10.

pub mod admin_consent;
pub mod app_only;
pub mod assertion;
pub mod authority;
pub mod authorize;
pub mod caller;
pub mod client;
pub mod code;
pub mod device;
pub mod error;
pub mod issue;
pub mod keys;
pub mod logout;
pub mod metadata;
pub mod outage;
pub mod pages;
pub mod permissions;
pub mod redirect;
pub mod refresh;
pub mod reply;
pub mod router;
pub mod scope;
pub mod sessions;
pub mod sign_in;
pub mod state;
pub mod token;
pub mod tokens;

pub use router::answer;
pub use state::Identity;
