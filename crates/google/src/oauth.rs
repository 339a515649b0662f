//! Signing a person in at Google, and keeping the permission alive.
//!
//! The authorization code flow with PKCE (S256). A refresh token comes with `access_type=offline`, and for a person who has consented
//! before only with `prompt=consent`: so that is always asked for. A refresh token stays the same when it is used. Who signed in is asked
//! of the userinfo endpoint with the fresh access token, over TLS, so that no token is taken apart here.

use std::time::Duration;

use aws_lc_rs::digest;
use base::{Secret, random};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use transport::Effect;
use url::form_urlencoded;

use crate::client::Client;
use crate::error::{GoogleError, Refusal};

/// The longest code that is looked at.
const CODE_BYTES_MAX: usize = 4096;

/// A journey through the browser that has begun.
#[derive(Clone, Debug)]
pub struct Authorization {
    /// Where to send the browser.
    pub url: String,
    /// What must come back unchanged.
    pub state: String,
    /// What redeems the code.
    pub code_verifier: Secret<String>,
}

/// What the token endpoint gave.
#[derive(Clone, Debug, Deserialize)]
pub struct Tokens {
    /// The access token.
    pub access_token: Secret<String>,
    /// How many seconds it lives.
    pub expires_in: u64,
    /// The refresh token, where a new one is given.
    #[serde(default)]
    pub refresh_token: Option<Secret<String>>,
    /// What was granted, words joined by blanks: a person may leave boxes unticked.
    #[serde(default)]
    pub scope: String,
}

impl Tokens {
    /// How long the access token lives.
    pub fn lives(&self) -> Duration {
        Duration::from_secs(self.expires_in)
    }

    /// Whether this scope was granted.
    pub fn grants(&self, scope: &str) -> bool {
        self.scope.split_whitespace().any(|granted| granted == scope)
    }
}

/// Who signed in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct User {
    /// Google's id of the account, which never changes.
    #[serde(rename = "sub")]
    pub id: String,
    /// Its address.
    pub email: String,
    /// Whether Google vouches for the address.
    #[serde(default)]
    pub email_verified: bool,
    /// Its name for people.
    #[serde(default)]
    pub name: Option<String>,
}

/// What came back to the redirect address.
#[derive(Clone, Debug)]
pub struct Callback {
    /// The state as it came: verify it before anything else.
    pub state: String,
    /// The code to redeem, or what Google said instead.
    pub outcome: Result<Secret<String>, Refusal>,
}

impl Callback {
    /// Reads the query of a redirect; `None` if it holds neither a code nor an error.
    pub fn read(query: &str) -> Option<Self> {
        let value = |name: &str| form_urlencoded::parse(query.as_bytes()).find(|pair| pair.0 == name).map(|pair| pair.1.into_owned());
        let state = value("state").unwrap_or_default();
        if let Some(error) = value("error").filter(|error| !error.is_empty()) {
            return Some(Callback { state, outcome: Err(Refusal::from_redirect(&error)) });
        }
        let code = value("code").filter(|code| !code.is_empty() && code.len() <= CODE_BYTES_MAX)?;
        Some(Callback { state, outcome: Ok(Secret::new(code)) })
    }
}

impl Client {
    /// Begins a sign-in that asks for these scopes.
    pub fn begin(&self, scopes: &[&str], login_hint: Option<&str>) -> Authorization {
        let (state, verifier) = (random::token(), random::token());
        let challenge = URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, verifier.as_bytes()));
        let mut url = self.places.authorize.clone();
        url.query_pairs_mut()
            .append_pair("client_id", &self.registration.client_id)
            .append_pair("response_type", "code")
            .append_pair("redirect_uri", self.registration.redirect_uri.as_str())
            .append_pair("scope", &scopes.join(" "))
            .append_pair("state", &state)
            .append_pair("access_type", "offline")
            .append_pair("prompt", "consent")
            .append_pair("code_challenge", &challenge)
            .append_pair("code_challenge_method", "S256");
        if let Some(hint) = login_hint {
            url.query_pairs_mut().append_pair("login_hint", hint);
        }
        Authorization { url: url.into(), state, code_verifier: Secret::new(verifier) }
    }

    /// Redeems a code. It is good for once.
    ///
    /// # Errors
    /// When Google refuses or does not answer.
    pub async fn redeem_code(&self, code: &Secret<String>, code_verifier: &Secret<String>) -> Result<Tokens, GoogleError> {
        let pairs = [
            ("grant_type", "authorization_code"),
            ("code", code.expose()),
            ("redirect_uri", self.registration.redirect_uri.as_str()),
            ("code_verifier", code_verifier.expose()),
        ];
        self.tokens(&pairs, Effect::Once).await
    }

    /// A fresh access token.
    ///
    /// # Errors
    /// When Google refuses or does not answer.
    pub async fn refresh(&self, refresh_token: &Secret<String>) -> Result<Tokens, GoogleError> {
        self.tokens(&[("grant_type", "refresh_token"), ("refresh_token", refresh_token.expose())], Effect::Repeatable).await
    }

    /// Ends a grant at Google. One that is ended already is.
    ///
    /// # Errors
    /// When Google does not answer.
    pub async fn revoke(&self, refresh_token: &Secret<String>) -> Result<(), GoogleError> {
        let form = form_urlencoded::Serializer::new(String::new()).append_pair("token", refresh_token.expose()).finish();
        match self.post(&self.places.revoke, form, Effect::Repeatable).await {
            Err(GoogleError::Refused(refusal)) if refusal.status.is_client_error() => Ok(()),
            outcome => outcome.map(|_| ()),
        }
    }

    /// Who an access token belongs to.
    ///
    /// # Errors
    /// When Google refuses or does not answer.
    pub async fn user(&self, access_token: &Secret<String>) -> Result<User, GoogleError> {
        let answer = self.read(self.places.user.clone(), access_token).await?;
        serde_json::from_slice(answer.body()).map_err(|_| GoogleError::Unreadable)
    }

    async fn tokens(&self, pairs: &[(&str, &str)], effect: Effect) -> Result<Tokens, GoogleError> {
        let form = form_urlencoded::Serializer::new(String::new())
            .append_pair("client_id", &self.registration.client_id)
            .append_pair("client_secret", self.registration.client_secret.expose())
            .extend_pairs(pairs)
            .finish();
        let answer = self.post(&self.places.token, form, effect).await?;
        serde_json::from_slice(answer.body()).map_err(|_| GoogleError::Unreadable)
    }
}
