//! The id token and the discovery document (OpenID Connect Core, 2; Discovery, 3).

use jiff::Timestamp;
use serde_json::{Value, json};

use crate::request::{Call, Host};

use super::accounts::Issued;
use super::keys::half_hash;
use super::scopes::{EMAIL, PROFILE};
use super::state::GoogleState;

const ISSUER: &str = "https://accounts.google.com";

/// A signed id token for whom the access token was issued.
pub(crate) fn sign(google: &GoogleState, issued: &Issued, access: &str, nonce: Option<&str>, now: Timestamp) -> String {
    let mut claims = json!({
        "iss": ISSUER,
        "azp": issued.client,
        "aud": issued.client,
        "sub": issued.sub,
        "at_hash": half_hash(access),
        "iat": now.as_second(),
        "exp": now.as_second() + 3600,
    });
    if let Some(account) = google.account(&issued.sub) {
        if issued.scopes.contains(EMAIL) {
            claims["email"] = json!(account.email);
            claims["email_verified"] = json!(true);
        }
        if issued.scopes.contains(PROFILE) {
            claims["name"] = json!(account.name);
        }
        if let Some(domain) = &account.hosted_domain {
            claims["hd"] = json!(domain);
        }
    }
    if let Some(nonce) = nonce {
        claims["nonce"] = json!(nonce);
    }
    google.key.sign(&claims)
}

/// `GET /.well-known/openid-configuration`
pub(crate) fn discovery(call: &Call) -> Value {
    json!({
        "issuer": ISSUER,
        "authorization_endpoint": call.address(Host::Accounts, "/o/oauth2/v2/auth"),
        "token_endpoint": call.address(Host::OAuth, "/token"),
        "userinfo_endpoint": call.address(Host::OpenId, "/v1/userinfo"),
        "revocation_endpoint": call.address(Host::OAuth, "/revoke"),
        "jwks_uri": call.address(Host::Apis, "/oauth2/v3/certs"),
        "response_types_supported": ["code"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": ["RS256"],
        "scopes_supported": ["openid", "email", "profile"],
        "token_endpoint_auth_methods_supported": ["client_secret_post"],
        "code_challenge_methods_supported": ["S256"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
    })
}
