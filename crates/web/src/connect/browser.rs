//! The browser that began a flow.
//!
//! A cookie with a random value binds the flow to the browser; the database keeps only its hash. Who began and what for is
//! kept with the flow, because the session's own cookie does not travel when Microsoft leads the browser back.

use base::random;
use http::{HeaderMap, HeaderValue};

use crate::cookie::CONNECTING;
use crate::secrets;

/// How long a flow may take: ten minutes.
pub const LIFETIME_SECONDS: u64 = 600;

/// What the cookie holds.
#[derive(Clone, Debug)]
pub struct Browser {
    value: String,
}

impl Browser {
    /// A browser that begins.
    pub fn new() -> Self {
        Browser { value: random::token() }
    }

    /// The browser that sent these headers.
    pub fn read(headers: &HeaderMap, secure: bool) -> Option<Self> {
        CONNECTING.read(headers, secure).map(|value| Browser { value })
    }

    /// What the database keeps.
    pub fn hash(&self) -> Vec<u8> {
        secrets::hash(&self.value)
    }

    /// The header that tells the browser.
    pub fn set(&self, secure: bool) -> HeaderValue {
        CONNECTING.set(&self.value, LIFETIME_SECONDS, secure)
    }
}
