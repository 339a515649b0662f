//! What the identity platform remembers: keys, codes, refresh tokens, access tokens, device sign-ins.
//!
//! Nothing is forgotten before it has expired; what has is dropped when the next one is noted.

use std::collections::{BTreeSet, HashMap};

use jiff::Timestamp;

use super::caller::Caller;
use super::keys::{Keys, SigningKey};
use crate::config::Config;

/// What the user agreed to when signing in, carried from the code into every refresh token.
#[derive(Debug, Clone, PartialEq)]
pub struct SignIn {
    /// The app's client id.
    pub app: String,
    /// The tenant that the user signed in to.
    pub tenant: String,
    /// The user's object id.
    pub user: String,
    /// When the user signed in.
    pub at: Timestamp,
    /// The user passed a second factor.
    pub strong: bool,
    /// The redirect URI is a single-page app's: refresh tokens end 24 hours after sign-in.
    pub spa: bool,
    /// A `sid`.
    pub session: String,
}

/// An authorization code that was given out.
#[derive(Debug, Clone)]
pub struct Code {
    /// Who signed in to what.
    pub sign_in: SignIn,
    /// The path's tenant word, in lower case.
    pub authority: String,
    /// The redirect URI as it was sent; empty if it was left out.
    pub redirect_uri: String,
    /// The scopes as they were asked for.
    pub scope: String,
    /// PKCE method and challenge.
    pub challenge: Option<(String, String)>,
    /// Goes into the id token.
    pub nonce: Option<String>,
    /// When it was given out.
    pub issued: Timestamp,
    /// It was redeemed.
    pub used: bool,
}

/// A refresh token that was given out.
#[derive(Debug, Clone)]
pub struct RefreshToken {
    /// Who signed in to what.
    pub sign_in: SignIn,
    /// The scopes of the first request, in their style.
    pub scope: String,
    /// When it was given out.
    pub issued: Timestamp,
    /// When it was last used.
    pub last_used: Timestamp,
    /// It was used and the simulator is strict about reuse.
    pub dead: bool,
}

/// A device sign-in.
#[derive(Debug, Clone)]
pub struct Device {
    /// What the person types.
    pub user_code: String,
    /// The app's client id.
    pub app: String,
    /// The path's tenant word.
    pub authority: String,
    /// The scopes as they were asked for.
    pub scope: String,
    /// When it was started.
    pub issued: Timestamp,
    /// Who signed in; `Err` if they declined.
    pub outcome: Option<Result<SignIn, ()>>,
}

/// The identity platform's memory.
#[derive(Debug)]
pub struct Identity {
    /// The keys that sign tokens.
    pub keys: Keys,
    /// Codes by their text.
    pub codes: HashMap<String, Code>,
    /// Refresh tokens by their text.
    pub refresh_tokens: HashMap<String, RefreshToken>,
    /// Device sign-ins by their device code.
    pub devices: HashMap<String, Device>,
    /// Users whose sign-in session a browser holds, by the cookie's text.
    pub browsers: HashMap<String, String>,
    callers: HashMap<String, Caller>,
    forgotten: Timestamp,
}

impl Identity {
    /// An identity platform that has issued nothing yet.
    pub fn new(config: &Config, now: Timestamp) -> Self {
        let key = if matches!(config.clock, crate::ClockMode::Manual(_)) { SigningKey::seeded() } else { SigningKey::generated() };
        Self {
            keys: Keys::new(key),
            codes: HashMap::new(),
            refresh_tokens: HashMap::new(),
            devices: HashMap::new(),
            browsers: HashMap::new(),
            callers: HashMap::new(),
            forgotten: now,
        }
    }

    /// The bearer of an access token, expired or not.
    pub fn caller(&self, token: &str) -> Option<&Caller> {
        self.callers.get(token)
    }

    /// Notes an access token.
    pub fn put_caller(&mut self, token: String, caller: Caller) {
        self.forget(caller.issued);
        self.callers.insert(token, caller);
    }

    /// The apps that hold a refresh token of this user.
    pub fn apps_of(&self, user: &str) -> BTreeSet<String> {
        self.refresh_tokens.values().filter(|token| token.sign_in.user == user).map(|token| token.sign_in.app.clone()).collect()
    }

    /// Drops what expired more than a day ago, at most once an hour.
    fn forget(&mut self, now: Timestamp) {
        if now.as_second() - self.forgotten.as_second() < 3600 {
            return;
        }
        self.forgotten = now;
        let is_old = |at: Timestamp| now.as_second() - at.as_second() > 86_400;
        self.callers.retain(|_, caller| !is_old(caller.expires));
        self.codes.retain(|_, code| !is_old(code.issued));
        self.devices.retain(|_, device| !is_old(device.issued));
    }
}
