//! The Google client: the only sender of requests to Google. It signs a person in, keeps nothing, and reads that person's contacts.
//!
//! It speaks only Google's words (person, sync token) and knows nothing of ours. What goes wrong is a [`GoogleError`] with a
//! [`base::Recourse`]. Tokens are kept, and renewed before they end, by whoever asks.
//!
//! Sources: reference for integrations, section 5.1; Google's "OAuth 2.0 for Web Server Applications" and "People API".

mod client;
mod error;
pub mod oauth;
pub mod people;

pub use client::{Client, Places, Registration};
pub use error::{GoogleError, Refusal};

/// To read contacts.
pub const CONTACTS_SCOPE: &str = "https://www.googleapis.com/auth/contacts.readonly";
/// What a person is asked for who connects contacts: to read them, and who it is.
pub const SCOPES: [&str; 3] = ["openid", "email", CONTACTS_SCOPE];
