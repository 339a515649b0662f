//! The token endpoint: what is posted and what comes back.
//!
//! `POST {authority}/{tenant}/oauth2/v2.0/token`, form-encoded (identity-and-security.md 1.5). Grants used:
//! `authorization_code` with `code_verifier` and the same `redirect_uri`; `refresh_token`; `client_credentials` with
//! `<graph>/.default`, whose tenant must be a concrete one. The answer's numbers may be strings; `scope` says what
//! was granted, which may be less or more than was asked; a refresh usually brings a new refresh token; `expires_in`
//! is what counts, never the token's inside. A refusal is JSON (see [`super::OauthError`]) unless a proxy spoke.

use std::time::Duration;

use base::{Secret, Timestamp};
use bytes::Bytes;
use http::{HeaderValue, Method, Request, Response, header};
use serde::{Deserialize, Deserializer};
use url::form_urlencoded;

use crate::cloud::Cloud;
use crate::oauth::challenge;
use crate::oauth::error::OauthError;
use crate::oauth::registration::{Credential, Registration};

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A code to be redeemed, with what the browser's journey began with.
#[derive(Clone, Debug)]
pub struct CodeExchange {
    /// The tenant segment used at the authorize endpoint.
    pub tenant: String,
    /// The code from the redirect.
    pub code: Secret<String>,
    /// The redirect URI used at the authorize endpoint, character for character.
    pub redirect_uri: String,
    /// The PKCE verifier.
    pub code_verifier: Secret<String>,
}

/// What the token endpoint gave.
#[derive(Clone, Debug, Deserialize)]
pub struct TokenAnswer {
    /// The access token, opaque.
    pub access_token: Secret<String>,
    /// How long it lives.
    #[serde(deserialize_with = "seconds")]
    pub expires_in: Duration,
    /// When it should be renewed, for long-lived ones.
    #[serde(default, deserialize_with = "optional_seconds")]
    pub refresh_in: Option<Duration>,
    /// The newest refresh token; absent without `offline_access` and for the application's own grants.
    #[serde(default)]
    pub refresh_token: Option<Secret<String>>,
    /// Who signed in: present with the scope `openid`.
    #[serde(default)]
    pub id_token: Option<Secret<String>>,
    /// What was granted, as Microsoft words it.
    #[serde(default)]
    pub scope: String,
}

impl TokenAnswer {
    /// Whether `scope` was granted, named short or with its resource, in any case.
    pub fn grants(&self, scope: &str) -> bool {
        let short = |text: &str| text.rsplit('/').next().unwrap_or_default().to_ascii_lowercase();
        self.scope.split_whitespace().any(|granted| short(granted) == short(scope))
    }
}

/// What is asked of the token endpoint.
pub(crate) enum TokenGrant<'a> {
    Code(&'a CodeExchange),
    Refresh { tenant: &'a str, refresh_token: &'a Secret<String>, claims: Option<&'a str> },
    Application { tenant: &'a str, claims: Option<&'a str> },
}

/// The request for a token.
pub(crate) fn token_request(cloud: &Cloud, registration: &Registration, grant: &TokenGrant<'_>, now: Timestamp) -> Request<Bytes> {
    let (tenant, claims) = match grant {
        TokenGrant::Code(code) => (code.tenant.as_str(), None),
        TokenGrant::Refresh { tenant, claims, .. } | TokenGrant::Application { tenant, claims } => (*tenant, *claims),
    };
    let endpoint = cloud.identity_url(tenant, "oauth2/v2.0/token");
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("client_id", &registration.client_id);
    match grant {
        TokenGrant::Code(code) => form
            .append_pair("grant_type", "authorization_code")
            .append_pair("code", code.code.expose())
            .append_pair("redirect_uri", &code.redirect_uri)
            .append_pair("code_verifier", code.code_verifier.expose()),
        TokenGrant::Refresh { refresh_token, .. } => {
            form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", refresh_token.expose())
        }
        TokenGrant::Application { .. } => form.append_pair("grant_type", "client_credentials").append_pair("scope", &cloud.default_scope()),
    };
    if let Some(claims) = challenge::merged(claims, registration.continuous_access) {
        form.append_pair("claims", &claims);
    }
    prove(&mut form, registration, endpoint.as_str(), now);
    form_post(endpoint.as_str(), form.finish())
}

fn prove(form: &mut form_urlencoded::Serializer<'_, String>, registration: &Registration, endpoint: &str, now: Timestamp) {
    match &registration.credential {
        Credential::Secret(secret) => {
            form.append_pair("client_secret", secret.expose());
        }
        Credential::Certificate(certificate) => {
            let assertion = certificate.assertion(&registration.client_id, endpoint, now);
            form.append_pair("client_assertion_type", ASSERTION_TYPE).append_pair("client_assertion", &assertion);
        }
        Credential::None => {}
    }
}

fn form_post(url: &str, form: String) -> Request<Bytes> {
    Request::builder()
        .method(Method::POST)
        .uri(url)
        .header(header::CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded"))
        .header(header::ACCEPT, HeaderValue::from_static("application/json"))
        .body(Bytes::from(form))
        .expect("an endpoint of a cloud is a URI")
}

/// Reads what the token endpoint answered.
pub(crate) fn read_token_answer(answer: &Response<Bytes>, now: Timestamp) -> Result<TokenAnswer, Box<OauthError>> {
    if answer.status().is_success()
        && let Ok(tokens) = serde_json::from_slice(answer.body())
    {
        return Ok(tokens);
    }
    Err(Box::new(OauthError::read(answer, now)))
}

#[derive(Deserialize)]
#[serde(untagged)]
enum NumberOrText {
    Number(f64),
    Text(String),
}

fn seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
    let seconds = match NumberOrText::deserialize(deserializer)? {
        NumberOrText::Number(number) => Some(number),
        NumberOrText::Text(text) => text.trim().parse().ok(),
    };
    let duration = seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    duration.ok_or_else(|| serde::de::Error::custom("not a number of seconds"))
}

fn optional_seconds<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Duration>, D::Error> {
    let number = Option::<NumberOrText>::deserialize(deserializer)?;
    let seconds = number.and_then(|number| match number {
        NumberOrText::Number(number) => Some(number),
        NumberOrText::Text(text) => text.trim().parse().ok(),
    });
    Ok(seconds.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok()))
}
