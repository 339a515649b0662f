//! Whether a bearer token lets its bearer in to Graph (reference: Graph, sections 1.2 and 1.5; identity, 3.4).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::caller::Caller;
use crate::refusal::Refusal;
use crate::world::World;

/// Who bears this `Authorization` header, or Graph's 401.
///
/// # Errors
/// The 401 of the reference: missing, unreadable, expired, or issued before a revocation.
pub fn validate(world: &World, authorization: &str) -> Result<Caller, Refusal> {
    if authorization.is_empty() {
        return Err(refused("Access token is empty."));
    }
    let Some((scheme, token)) = authorization.split_once(' ') else { return Err(refused("UnableToParseTokens")) };
    let token = token.trim();
    if !scheme.eq_ignore_ascii_case("bearer") || token.is_empty() {
        return Err(refused("UnableToParseTokens"));
    }
    let Some(caller) = world.identity.caller(token) else { return Err(unreadable(token)) };
    if world.now() >= caller.expires {
        return Err(expired());
    }
    check_user(world, caller)?;
    Ok(caller.clone())
}

/// The 401 of an expired token.
pub fn expired() -> Refusal {
    refused("Lifetime validation failed, the token is expired.")
}

fn refused(message: &str) -> Refusal {
    let challenge = "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
                     client_id=\"00000003-0000-0000-c000-000000000000\"";
    Refusal::new(401, "InvalidAuthenticationToken", message).with_header("WWW-Authenticate", challenge)
}

fn unreadable(token: &str) -> Refusal {
    if token.split('.').count() == 3 {
        return refused("Access token validation failure. Invalid audience.");
    }
    refused("IDX14100: JWT is not well formed, there are no dots (.).\nThe token needs to be in JWS or JWE Compact Serialization Format.")
}

/// With continuous access evaluation a revoked session ends at once, with a claims challenge.
fn check_user(world: &World, caller: &Caller) -> Result<(), Refusal> {
    if !world.config.identity.continuous_access_evaluation {
        return Ok(());
    }
    let Some(user) = caller.user.as_deref() else { return Ok(()) };
    let revoked = match world.directory.user(user) {
        None => Some(world.now()),
        Some(user) if !user.account_enabled => Some(world.now()),
        Some(user) => user.tokens_valid_from.filter(|from| caller.issued < *from),
    };
    match revoked {
        Some(from) => Err(challenged(from.as_second())),
        None => Ok(()),
    }
}

fn challenged(not_before: i64) -> Refusal {
    let claims = format!("{{\"access_token\":{{\"nbf\":{{\"essential\":true, \"value\":\"{not_before}\"}}}}}}");
    let challenge = format!(
        "Bearer realm=\"\", authorization_uri=\"https://login.microsoftonline.com/common/oauth2/authorize\", \
         client_id=\"00000003-0000-0000-c000-000000000000\", error=\"insufficient_claims\", claims=\"{}\"",
        STANDARD.encode(claims)
    );
    let message = "Continuous access evaluation resulted in claims challenge with result: InteractionRequired and code: \
                   TokenIssuedBeforeRevocationTimestamp";
    Refusal::new(401, "InvalidAuthenticationToken", message).with_header("WWW-Authenticate", challenge)
}
