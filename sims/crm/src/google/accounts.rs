//! Who is at Google, which apps are registered, and what the one has allowed the other.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// An app that is registered with Google.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Client {
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: String,
    /// Where sign-ins may lead back to, each compared as text.
    pub redirect_uris: Vec<String>,
}

impl Default for Client {
    fn default() -> Self {
        Self {
            id: "123456789012-simulated.apps.googleusercontent.com".to_owned(),
            secret: "GOCSPX-simulated+secret".to_owned(),
            redirect_uris: vec!["http://localhost:3000/callback".to_owned(), "http://127.0.0.1:3000/callback".to_owned()],
        }
    }
}

/// Somebody with a Google account.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Account {
    /// The lasting id.
    pub sub: String,
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// The Workspace domain, if the account belongs to one.
    pub hosted_domain: Option<String>,
    /// Consent is refused in the automatic mode.
    pub declines: bool,
    /// Scopes that are left unticked where consent is asked.
    pub withholds: BTreeSet<String>,
}

/// An account to make.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct NewAccount {
    /// The address.
    pub email: String,
    /// The name.
    pub name: String,
    /// The Workspace domain, if the account belongs to one.
    pub hosted_domain: Option<String>,
}

impl NewAccount {
    /// A consumer's account.
    pub fn person(email: &str, name: &str) -> Self {
        Self { email: email.to_owned(), name: name.to_owned(), hosted_domain: None }
    }
}

/// Tokens as a client would hold them after a sign-in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Tokens {
    /// For calls.
    pub access_token: String,
    /// For more of them.
    pub refresh_token: String,
}

/// What an account has allowed a client.
#[derive(Debug, Clone)]
pub(crate) struct Grant {
    pub(crate) client: String,
    pub(crate) sub: String,
    pub(crate) scopes: BTreeSet<String>,
}

/// An authorization code.
#[derive(Debug, Clone)]
pub(crate) struct Code {
    pub(crate) client: String,
    pub(crate) sub: String,
    pub(crate) redirect_uri: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) gives_refresh_token: bool,
    pub(crate) challenge: Option<String>,
    pub(crate) nonce: Option<String>,
    pub(crate) dies: Timestamp,
}

/// An access or a refresh token.
#[derive(Debug, Clone)]
pub(crate) struct Issued {
    pub(crate) client: String,
    pub(crate) sub: String,
    pub(crate) scopes: BTreeSet<String>,
    pub(crate) number: u64,
    /// `None`: it lives until it is revoked.
    pub(crate) dies: Option<Timestamp>,
}

impl Issued {
    pub(crate) fn is_of(&self, client: &str, sub: &str) -> bool {
        self.client == client && self.sub == sub
    }

    pub(crate) fn lives(&self, now: Timestamp) -> bool {
        self.dies.is_none_or(|dies| now < dies)
    }
}
