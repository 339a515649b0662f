//! ID tokens: who has signed in, proven.
//!
//! Checks (identity-and-security.md 3.3), all of them, although the token came from the token endpoint over TLS:
//! `alg` exactly `RS256`; signature by the key of that `kid` in the tenant's key document; `aud` our client id as a
//! plain string; `iss` equal to the discovery document's issuer, and to the key's own issuer where it has one, each
//! with `{tenantid}` replaced by the token's `tid` (which must be a GUID); `exp` and `nbf` within five minutes of
//! our clock; `nonce` equal to ours, compared in constant time; `ver` `2.0`; the tenant one of those expected.
//! A person is `tid` + `oid`. Names and addresses in the token are for display only: never join or authorise by them.

use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base::{Recourse, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Deserialize;
use serde::de::DeserializeOwned;

/// How far Microsoft's clock and ours may be apart.
const SKEW: Duration = Duration::from_secs(300);

/// What must hold of an ID token.
#[derive(Clone, Debug)]
pub struct Expected {
    /// Our application.
    pub client_id: String,
    /// The nonce of the journey; `None` for the token of a renewal, which belongs to no journey (OpenID Connect Core 12.2).
    pub nonce: Option<String>,
    /// The tenants that may sign in, by id; empty for any.
    pub tenants: Vec<String>,
}

/// Who has signed in.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct Identity {
    /// The tenant's id.
    #[serde(rename = "tid")]
    pub tenant_id: String,
    /// The user's object id: with the tenant's, the person for ever.
    #[serde(rename = "oid")]
    pub object_id: String,
    /// The name to show.
    #[serde(default)]
    pub name: Option<String>,
    /// The principal name to show. It can change.
    #[serde(default)]
    pub preferred_username: Option<String>,
    /// The address to show, if Microsoft gave one. A tenant may write anything there.
    #[serde(default)]
    pub email: Option<String>,
    /// Roles of our registration that the tenant's administrator has given.
    #[serde(default)]
    pub roles: Vec<String>,
    /// What to give as `login_hint` next time.
    #[serde(default)]
    pub login_hint: Option<String>,
}

/// Why an ID token proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdTokenError {
    /// It is not a JWT with the claims of an ID token.
    #[error("the ID token cannot be read")]
    Malformed,
    /// Another algorithm than RS256.
    #[error("the ID token is signed with an algorithm that is not allowed")]
    Algorithm,
    /// No key of this id is known.
    #[error("the ID token is signed with an unknown key")]
    UnknownKey,
    /// The signature is not that of the key.
    #[error("the ID token's signature is wrong")]
    Signature,
    /// It is for another application.
    #[error("the ID token is meant for another application")]
    Audience,
    /// It was not made by the tenant it names.
    #[error("the ID token's issuer is not the one expected")]
    Issuer,
    /// It is no longer or not yet valid.
    #[error("the ID token is outside its time: check this computer's clock")]
    Time,
    /// It belongs to another journey.
    #[error("the ID token belongs to another sign-in")]
    Nonce,
    /// Its tenant is not one of those expected.
    #[error("the account belongs to another organisation than the one expected")]
    Tenant,
}

impl IdTokenError {
    /// What to do next: sign in again, except where that cannot help.
    pub const fn recourse(self) -> Recourse {
        match self {
            IdTokenError::UnknownKey | IdTokenError::Time => Recourse::RetryAfter(Duration::from_secs(60)),
            IdTokenError::Nonce | IdTokenError::Tenant => Recourse::Reauthorize,
            IdTokenError::Malformed | IdTokenError::Algorithm | IdTokenError::Signature | IdTokenError::Audience | IdTokenError::Issuer => {
                Recourse::Refuse
            }
        }
    }
}

/// A signing key of a key document.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    kty: String,
    #[serde(default)]
    n: String,
    #[serde(default)]
    e: String,
    #[serde(default)]
    issuer: Option<String>,
}

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: String,
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    iss: String,
    tid: String,
    exp: i64,
    #[serde(default)]
    nbf: i64,
    #[serde(default)]
    nonce: String,
    #[serde(default)]
    ver: String,
}

/// The id of the key that `token` says it is signed with.
pub(crate) fn key_id(token: &str) -> Result<String, IdTokenError> {
    let header: Header = part(token, 0)?;
    if header.alg == "RS256" { Ok(header.kid) } else { Err(IdTokenError::Algorithm) }
}

/// Checks everything and says who signed in.
pub(crate) fn validate(token: &str, key: &SigningKey, issuer: &str, expected: &Expected, now: Timestamp) -> Result<Identity, IdTokenError> {
    if key_id(token)? != key.kid {
        return Err(IdTokenError::UnknownKey);
    }
    verify_signature(token, key)?;
    check_claims(&part(token, 1)?, key, issuer, expected, now)?;
    part(token, 1)
}

fn check_claims(claims: &Claims, key: &SigningKey, issuer: &str, expected: &Expected, now: Timestamp) -> Result<(), IdTokenError> {
    let issued_by = |template: &str| is_guid(&claims.tid) && template.replace("{tenantid}", &claims.tid) == claims.iss;
    if claims.aud != expected.client_id {
        return Err(IdTokenError::Audience);
    }
    if !issued_by(issuer) || !key.issuer.as_deref().is_none_or(issued_by) || claims.ver != "2.0" {
        return Err(IdTokenError::Issuer);
    }
    if claims.exp <= now.minus(SKEW).seconds() || claims.nbf > now.plus(SKEW).seconds() {
        return Err(IdTokenError::Time);
    }
    let is_of_journey = |nonce: &str| !nonce.is_empty() && verify_slices_are_equal(claims.nonce.as_bytes(), nonce.as_bytes()).is_ok();
    if !expected.nonce.as_deref().is_none_or(is_of_journey) {
        return Err(IdTokenError::Nonce);
    }
    let welcome = expected.tenants.is_empty() || expected.tenants.iter().any(|tenant| tenant.eq_ignore_ascii_case(&claims.tid));
    if welcome { Ok(()) } else { Err(IdTokenError::Tenant) }
}

fn verify_signature(token: &str, key: &SigningKey) -> Result<(), IdTokenError> {
    let (signed, signature) = token.rsplit_once('.').ok_or(IdTokenError::Malformed)?;
    let decode = |text: &str| URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| IdTokenError::Malformed);
    if key.kty != "RSA" {
        return Err(IdTokenError::Algorithm);
    }
    let (n, e, signature) = (decode(&key.n)?, decode(&key.e)?, decode(signature)?);
    RsaPublicKeyComponents { n: &n, e: &e }
        .verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &signature)
        .map_err(|_| IdTokenError::Signature)
}

fn part<T: DeserializeOwned>(token: &str, index: usize) -> Result<T, IdTokenError> {
    let parts: Vec<&str> = token.split('.').collect();
    if parts.len() != 3 {
        return Err(IdTokenError::Malformed);
    }
    let bytes = URL_SAFE_NO_PAD.decode(parts[index]).map_err(|_| IdTokenError::Malformed)?;
    serde_json::from_slice(&bytes).map_err(|_| IdTokenError::Malformed)
}

/// Whether a text is written as an id of Microsoft's.
pub(crate) fn is_guid(text: &str) -> bool {
    let dashes = [8, 13, 18, 23];
    text.len() == 36
        && text.bytes().enumerate().all(|(at, byte)| if dashes.contains(&at) { byte == b'-' } else { byte.is_ascii_hexdigit() })
}
