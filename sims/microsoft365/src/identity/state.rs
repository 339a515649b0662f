//! What the identity platform remembers: codes, refresh tokens, access tokens, device sign-ins.

use std::collections::HashMap;

use jiff::Timestamp;

use super::caller::Caller;
use crate::config::Config;

/// The identity platform's memory.
#[derive(Debug)]
pub struct Identity {
    callers: HashMap<String, Caller>,
}

impl Identity {
    /// An identity platform that has issued nothing yet.
    pub fn new(_config: &Config, _now: Timestamp) -> Self {
        Self { callers: HashMap::new() }
    }

    /// The bearer of an access token, expired or not.
    pub fn caller(&self, token: &str) -> Option<&Caller> {
        self.callers.get(token)
    }

    /// Notes an access token.
    pub fn put_caller(&mut self, token: String, caller: Caller) {
        self.callers.insert(token, caller);
    }
}
