//! The browser that began to connect a mailbox, and in whose name.
//!
//! A cookie with a random value binds the flow to the browser; the database keeps only its hash. The value's first word says
//! whether an administrator's session was there when the flow began. That word cannot be changed, because the hash covers
//! it, and the session itself cannot be asked at the end: its cookie does not travel when Microsoft leads the browser back.

use base::random;
use http::{HeaderMap, HeaderValue};

use crate::cookie::CONNECTING;
use crate::secrets;

/// How long a flow may take: ten minutes.
pub const LIFETIME_SECONDS: u64 = 600;

/// In whose name a flow was begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Begun {
    /// An administrator who is signed in to the console: any mailbox may be connected.
    ByAdministrator,
    /// Anybody: only people of the tenants that are open to it.
    ByPerson,
}

/// What the cookie holds.
#[derive(Clone, Debug)]
pub struct Browser {
    value: String,
}

impl Browser {
    /// A browser that begins.
    pub fn new(begun: Begun) -> Self {
        let word = match begun {
            Begun::ByAdministrator => "administrator",
            Begun::ByPerson => "person",
        };
        Browser { value: format!("{word}-{}", random::token()) }
    }

    /// The browser that sent these headers.
    pub fn read(headers: &HeaderMap, secure: bool) -> Option<Self> {
        CONNECTING.read(headers, secure).map(|value| Browser { value })
    }

    /// In whose name it began.
    pub fn begun(&self) -> Begun {
        if self.value.starts_with("administrator-") { Begun::ByAdministrator } else { Begun::ByPerson }
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
