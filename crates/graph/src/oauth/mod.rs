//! The Microsoft identity platform: signing in, consent, tokens, and who somebody is.
//!
//! Everything here is the v2.0 endpoint (identity-and-security.md 1 to 3). Requests and answers are made and read by
//! pure functions; [`Identities`] sends them.

pub mod aadsts;
pub mod authorize;
pub mod certificate;
pub mod challenge;
pub mod error;
pub mod exchange;
pub mod id_token;
mod identities;
mod keys;
pub mod registration;

pub use authorize::{Authorization, AuthorizeRequest, Prompt};
pub use certificate::Certificate;
pub use error::OauthError;
pub use exchange::{CodeExchange, TokenAnswer};
pub use id_token::{Expected, Identity};
pub(crate) use identities::Identities;
pub use registration::{Credential, Registration};

#[cfg(test)]
mod tests;
