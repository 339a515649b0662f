//! Tokens of the configured issuer (JWT): who they are for, proven.
//!
//! Checks, all of them: the algorithm is one that the configuration's kind of key allows (a shared secret: HS256; a key
//! document: RS256 or ES256 as the key itself is), whatever the token says of itself; the signature; `exp` (demanded) and
//! `nbf` within a minute of our clock; `iss` and `aud` where they are configured. `sub` or the address says who it is.
//! `none`, and an HS256 token signed with a public key, fail at the first of these.

use std::time::Duration;

use aws_lc_rs::hmac;
use base::{Secret, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use model::id::WorkspaceId;
use serde::Deserialize;
use serde_json::{Map, Value};

use crate::access::jwks::VerifyingKey;
use crate::access::{Asker, Mailboxes, Scope, Scopes, Who};
use crate::failure::Failure;
use crate::settings::{Jwt, JwtKeys};
use crate::state::State;

/// How far the issuer's clock and ours may be apart.
const SKEW: Duration = Duration::from_secs(60);
/// Longer texts are no token.
const TOKEN_BYTES_MAX: usize = 16 * 1024;

/// Why a token proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Doubt {
    /// It is not a JWT.
    #[error("it is not a JWT")]
    Malformed,
    /// Another algorithm than the configuration allows.
    #[error("it is signed with an algorithm that is not allowed here")]
    Algorithm,
    /// No key of its key id is known.
    #[error("it is signed with a key that the issuer's key document does not list")]
    UnknownKey,
    /// The key document cannot be had.
    #[error("the issuer's key document could not be fetched")]
    NoKeys,
    /// The signature is not that of the key.
    #[error("its signature is wrong")]
    Signature,
    /// It has run out, or has no end.
    #[error("it has run out")]
    Expired,
    /// It does not hold yet.
    #[error("it does not hold yet: check the clocks")]
    NotYet,
    /// Another issuer made it.
    #[error("its issuer is not the configured one")]
    Issuer,
    /// It is meant for somebody else.
    #[error("it is meant for another audience")]
    Audience,
    /// It does not say who it is for.
    #[error("it names neither a subject nor an address")]
    Nobody,
}

/// What a token that holds says.
#[derive(Clone, Debug, PartialEq)]
pub struct Claims(Map<String, Value>);

#[derive(Deserialize)]
struct Header {
    alg: String,
    #[serde(default)]
    kid: Option<String>,
}

/// The three parts of a token.
struct Parts<'a> {
    header: Header,
    signed: &'a [u8],
    claims: Claims,
    signature: Vec<u8>,
}

impl<'a> Parts<'a> {
    fn read(token: &'a str) -> Result<Self, Doubt> {
        if token.len() > TOKEN_BYTES_MAX {
            return Err(Doubt::Malformed);
        }
        let (signed, signature) = token.rsplit_once('.').ok_or(Doubt::Malformed)?;
        let (header, claims) = signed.split_once('.').ok_or(Doubt::Malformed)?;
        let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Doubt::Malformed);
        Ok(Parts {
            header: serde_json::from_slice(&decode(header)?).map_err(|_| Doubt::Malformed)?,
            claims: Claims(serde_json::from_slice(&decode(claims)?).map_err(|_| Doubt::Malformed)?),
            signed: signed.as_bytes(),
            signature: decode(signature)?,
        })
    }
}

impl Claims {
    /// A claim that is a text.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.0.get(name).and_then(Value::as_str)
    }

    fn time(&self, name: &str) -> Option<Timestamp> {
        let seconds = self.0.get(name)?.as_f64()?;
        #[allow(clippy::cast_possible_truncation, reason = "out of range saturates, which is far past or far future all the same")]
        Some(Timestamp::from_millis((seconds * 1000.0) as i64))
    }

    fn names(&self, name: &str) -> Vec<&str> {
        match self.0.get(name) {
            Some(Value::String(text)) => text.split([' ', ',']).collect(),
            Some(Value::Array(list)) => list.iter().filter_map(Value::as_str).collect(),
            _ => Vec::new(),
        }
    }

    fn check(&self, issuer: &Jwt, now: Timestamp) -> Result<(), Doubt> {
        if self.time("exp").is_none_or(|end| end.plus(SKEW) <= now) {
            return Err(Doubt::Expired);
        }
        if self.0.contains_key("nbf") && self.time("nbf").is_none_or(|begin| begin.minus(SKEW) > now) {
            return Err(Doubt::NotYet);
        }
        if issuer.issuer.as_deref().is_some_and(|wanted| self.text("iss") != Some(wanted)) {
            return Err(Doubt::Issuer);
        }
        let meant = |wanted: &str| match self.0.get("aud") {
            Some(Value::Array(list)) => list.iter().any(|one| one.as_str() == Some(wanted)),
            one => one.and_then(Value::as_str) == Some(wanted),
        };
        if issuer.audience.as_deref().is_some_and(|wanted| !meant(wanted)) {
            return Err(Doubt::Audience);
        }
        Ok(())
    }
}

/// Who asks by this token.
///
/// # Errors
/// 401, saying which check failed.
pub(crate) async fn recognise(state: &State, token: &str) -> Result<Asker, Failure> {
    let Some(issuer) = &state.settings.jwt else { return Err(doubted(Doubt::Algorithm)) };
    let claims = prove(state, issuer, token).await.map_err(doubted)?;
    asker_of(state, issuer, &claims).map_err(doubted)
}

fn doubted(doubt: Doubt) -> Failure {
    Failure::unrecognised("invalid_token", format!("Invalid token: {doubt}."))
}

/// What the token says, if it holds.
async fn prove(state: &State, issuer: &Jwt, token: &str) -> Result<Claims, Doubt> {
    let parts = Parts::read(token)?;
    match &issuer.keys {
        JwtKeys::Shared(secret) => check_shared(secret, &parts)?,
        JwtKeys::Document(address) => {
            if parts.header.alg != "RS256" && parts.header.alg != "ES256" {
                return Err(Doubt::Algorithm);
            }
            let key = state.documents.key(address, parts.header.kid.as_deref()).await?;
            check_by_key(&key, &parts)?;
        }
    }
    parts.claims.check(issuer, state.clock.now())?;
    Ok(parts.claims)
}

fn check_shared(secret: &Secret<String>, parts: &Parts<'_>) -> Result<(), Doubt> {
    if parts.header.alg != "HS256" {
        return Err(Doubt::Algorithm);
    }
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret.expose().as_bytes());
    hmac::verify(&key, parts.signed, &parts.signature).map_err(|_| Doubt::Signature)
}

fn check_by_key(key: &VerifyingKey, parts: &Parts<'_>) -> Result<(), Doubt> {
    if key.algorithm() != parts.header.alg {
        return Err(Doubt::Algorithm);
    }
    if key.verifies(parts.signed, &parts.signature) { Ok(()) } else { Err(Doubt::Signature) }
}

fn asker_of(state: &State, issuer: &Jwt, claims: &Claims) -> Result<Asker, Doubt> {
    let email = claims.text(&issuer.email_claim).map(str::trim).filter(|email| email.contains('@')).map(str::to_lowercase);
    let subject = claims.text("sub").map(str::to_owned).or_else(|| email.clone()).ok_or(Doubt::Nobody)?;
    let named = claims.text(&issuer.workspace_claim).map(str::parse::<WorkspaceId>);
    let workspace = match named {
        Some(Ok(workspace)) => workspace,
        Some(Err(_)) => return Err(Doubt::Audience),
        None => state.settings.workspace,
    };
    let scopes = scopes_of(&claims.names(&issuer.roles_claim), claims.text("scope"));
    Ok(Asker { workspace, who: Who::Person { subject, email, user_id: None }, scopes, mailboxes: Mailboxes::All })
}

/// Roles are names of scopes, or `admin`, `user`, `reader`. Whoever has no role that is known here is a person without one.
fn scopes_of(roles: &[&str], scope: Option<&str>) -> Scopes {
    let mut scopes = Scopes::read(scope.unwrap_or_default());
    for role in roles {
        match role.to_ascii_lowercase().as_str() {
            "admin" | "administrator" => scopes = scopes.with(Scope::Admin),
            "reader" | "viewer" => scopes = scopes.with(Scope::Read),
            "user" => scopes = Scopes::PERSON.list().into_iter().fold(scopes, Scopes::with),
            name => scopes = Scope::named(name).map_or(scopes, |scope| scopes.with(scope)),
        }
    }
    if scopes.is_empty() { Scopes::PERSON } else { scopes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_become_scopes_and_none_means_a_person() {
        assert_eq!(scopes_of(&[], None), Scopes::PERSON);
        assert_eq!(scopes_of(&["sales"], None), Scopes::PERSON);
        assert_eq!(scopes_of(&["reader"], None).to_string(), "read");
        assert_eq!(scopes_of(&["webhooks"], Some("read openid")).to_string(), "read webhooks");
        assert!(scopes_of(&["Admin"], None).hold(Scope::GraphWrite));
    }
}
