//! `GET /v1/userinfo`: who has signed in (OpenID Connect Core, 5.3).

use serde_json::json;

use crate::reply::{Reply, json_reply, oauth_error, with_header};
use crate::request::Call;
use crate::world::World;

use super::accounts::Issued;
use super::scopes::{EMAIL, PROFILE};

/// The claims that the token's scopes open.
pub(crate) fn tell(world: &World, call: &Call) -> Reply {
    let Some(issued) = bearer(world, call) else { return refused() };
    let Some(account) = world.google.account(&issued.sub) else { return refused() };
    let mut claims = json!({"sub": account.sub});
    if issued.scopes.contains(PROFILE) {
        claims["name"] = json!(account.name);
    }
    if issued.scopes.contains(EMAIL) {
        claims["email"] = json!(account.email);
        claims["email_verified"] = json!(true);
    }
    if let Some(domain) = &account.hosted_domain {
        claims["hd"] = json!(domain);
    }
    json_reply(200, &claims)
}

/// The live access token that the call shows.
pub(crate) fn bearer<'a>(world: &'a World, call: &Call) -> Option<&'a Issued> {
    let header = call.header(http::header::AUTHORIZATION);
    let token = header.strip_prefix("Bearer ").or_else(|| header.strip_prefix("bearer "))?;
    world.google.access_tokens.get(token).filter(|issued| issued.lives(world.now()))
}

/// 401 as this endpoint says it.
pub(crate) fn refused() -> Reply {
    let answer = oauth_error(401, "invalid_request", "Invalid Credentials");
    with_header(answer, http::header::WWW_AUTHENTICATE, "Bearer realm=\"https://accounts.google.com/\", error=\"invalid_token\"")
}
