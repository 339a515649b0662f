//! The token endpoint and the revocation endpoint, with Google's errors (RFC 6749, 5.1 and 5.2; RFC 7009).

use serde_json::{Value, json};

use crate::reply::{Reply, json_reply, oauth_error};
use crate::request::{Call, Pairs};
use crate::world::World;

use super::accounts::{Client, Code, Issued};
use super::{id_token, keys, scopes};

type Refused = Box<Reply>;

fn refuse<T>(status: u16, error: &str, description: &str) -> Result<T, Refused> {
    Err(Box::new(oauth_error(status, error, description)))
}

/// `POST /token`
pub(crate) fn give(world: &mut World, call: &Call) -> Reply {
    if !call.header(http::header::CONTENT_TYPE).starts_with("application/x-www-form-urlencoded") {
        return oauth_error(400, "invalid_request", "The content type must be application/x-www-form-urlencoded.");
    }
    let form = call.form();
    let answer = authenticate(world, &form).and_then(|client| match form.get("grant_type") {
        Some("authorization_code") => redeem(world, &client, &form),
        Some("refresh_token") => refresh(world, &client, &form),
        Some(other) => refuse(400, "unsupported_grant_type", &format!("Invalid grant_type: {other}")),
        None => refuse(400, "invalid_request", "Missing required parameter: grant_type"),
    });
    answer.map_or_else(|refusal| *refusal, |tokens| json_reply(200, &tokens))
}

fn authenticate(world: &World, form: &Pairs) -> Result<Client, Refused> {
    let Some(id) = form.get("client_id") else {
        return refuse(400, "invalid_request", "Could not determine client ID from request.");
    };
    let Some(client) = world.google.client(&world.config.google, id) else {
        return refuse(401, "invalid_client", "The OAuth client was not found.");
    };
    match form.get("client_secret") {
        None => refuse(400, "invalid_request", "client_secret is missing."),
        Some(secret) if secret != client.secret => refuse(401, "invalid_client", "The provided client secret is invalid."),
        Some(_) => Ok(client.clone()),
    }
}

fn redeem(world: &mut World, client: &Client, form: &Pairs) -> Result<Value, Refused> {
    let now = world.now();
    let Some(text) = form.get("code") else { return refuse(400, "invalid_request", "Missing required parameter: code") };
    let Some(code) = world.google.codes.get(text).cloned() else {
        let known_shape = text.starts_with("4/");
        return refuse(400, "invalid_grant", if known_shape { "Bad Request" } else { "Malformed auth code." });
    };
    if code.client != client.id {
        return refuse(401, "unauthorized_client", "Unauthorized");
    }
    match form.get("redirect_uri") {
        None => return refuse(400, "invalid_request", "Missing required parameter: redirect_uri"),
        Some(given) if given != code.redirect_uri => return refuse(400, "redirect_uri_mismatch", "Bad Request"),
        Some(_) => {}
    }
    // A code is good for one try that names the right app and address.
    world.google.codes.remove(text);
    if now >= code.dies {
        return refuse(400, "invalid_grant", "Bad Request");
    }
    check_verifier(&code, form.get("code_verifier"))?;
    let nonce = code.nonce.clone();
    let issued = Issued { client: code.client, sub: code.sub, scopes: code.scopes, number: 0, dies: None };
    let mut answer = tokens(world, &issued, nonce.as_deref());
    if code.gives_refresh_token {
        answer["refresh_token"] = json!(world.google.issue_refresh(&issued, now, &world.config.google));
        if let Some(seconds) = world.config.google.refresh_token_seconds {
            answer["refresh_token_expires_in"] = json!(seconds.saturating_sub(1));
        }
    }
    Ok(answer)
}

fn check_verifier(code: &Code, verifier: Option<&str>) -> Result<(), Refused> {
    match (&code.challenge, verifier) {
        (None, _) => Ok(()),
        (Some(_), None) => refuse(400, "invalid_grant", "Missing code verifier."),
        (Some(challenge), Some(verifier)) if keys::challenge(verifier) == *challenge => Ok(()),
        (Some(_), Some(_)) => refuse(400, "invalid_grant", "Invalid code verifier."),
    }
}

fn refresh(world: &mut World, client: &Client, form: &Pairs) -> Result<Value, Refused> {
    let now = world.now();
    let Some(text) = form.get("refresh_token") else {
        return refuse(400, "invalid_request", "Missing required parameter: refresh_token");
    };
    let Some(issued) = world.google.refresh_tokens.get(text).filter(|issued| issued.lives(now)).cloned() else {
        return refuse(400, "invalid_grant", "Token has been expired or revoked.");
    };
    if issued.client != client.id {
        return refuse(401, "unauthorized_client", "Unauthorized");
    }
    let asked = form.get("scope").map(scopes::read);
    if asked.as_ref().is_some_and(|asked| !asked.is_subset(&issued.scopes)) {
        return refuse(400, "invalid_scope", "Bad Request");
    }
    let issued = Issued { scopes: asked.unwrap_or_else(|| issued.scopes.clone()), ..issued };
    Ok(tokens(world, &issued, None))
}

fn tokens(world: &mut World, issued: &Issued, nonce: Option<&str>) -> Value {
    let now = world.now();
    let access = world.google.issue_access(issued, now, &world.config.google);
    let mut answer = json!({
        "access_token": access,
        "expires_in": world.config.google.access_token_seconds.saturating_sub(1),
        "scope": scopes::write(&issued.scopes),
        "token_type": "Bearer",
    });
    if issued.scopes.contains(scopes::OPENID) {
        answer["id_token"] = json!(id_token::sign(&world.google, issued, &access, nonce, now));
    }
    answer
}

/// `POST /revoke`: either token takes the whole grant back.
pub(crate) fn revoke(world: &mut World, call: &Call) -> Reply {
    let now = world.now();
    let token = call.form().get("token").or(call.query().get("token")).unwrap_or_default().to_owned();
    let google = &mut world.google;
    let held = google.refresh_tokens.get(&token).or_else(|| google.access_tokens.get(&token));
    match held.filter(|issued| issued.lives(now)).cloned() {
        Some(issued) => {
            google.revoke(Some(&issued.client), &issued.sub);
            json_reply(200, &json!({}))
        }
        None => oauth_error(400, "invalid_token", "Token expired or revoked"),
    }
}
