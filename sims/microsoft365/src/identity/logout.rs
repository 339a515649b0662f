//! Logout and the UserInfo endpoint (reference: identity, section 1.10).

use bytes::Bytes;
use http::{HeaderValue, Method, Response, header};
use serde_json::json;

use super::authorize::{SESSION_COOKIE, cookie};
use super::error::json_answer;
use super::issue::pairwise;
use super::token::Form;
use super::{pages, redirect, reply, tokens};
use crate::request::Request;
use crate::world::World;

/// Answers `/{tenant}/oauth2/v2.0/logout`: ends the browser's session, never a refresh token or a consent.
pub fn answer(world: &mut World, request: &Request) -> Response<Bytes> {
    let mut pairs = request.query_pairs();
    if request.method == Method::POST {
        pairs.extend(request.form_pairs());
    }
    let form = Form::of(pairs);
    if let Some(session) = cookie(request) {
        world.identity.browsers.remove(&session);
    }
    let back = form.get("post_logout_redirect_uri").filter(|uri| world.directory.apps().any(|app| redirect::find(app, uri).is_ok()));
    let mut response = match back {
        Some(uri) => {
            let state = form.get("state").map(|state| ("state".to_owned(), state.to_owned()));
            let pairs: Vec<(String, String)> = state.into_iter().collect();
            reply::redirect_to(&if pairs.is_empty() { uri.to_owned() } else { redirect::with_parameters(uri, &pairs, false) })
        }
        None => pages::notice("You signed out of your account", "It's a good idea to close all browser windows."),
    };
    let gone = format!("{SESSION_COOKIE}=; Path=/; Max-Age=0");
    if let Ok(gone) = HeaderValue::from_str(&gone) {
        response.headers_mut().append(header::SET_COOKIE, gone);
    }
    response
}

/// Answers `/oidc/userinfo`.
pub fn user_info(world: &mut World, request: &Request) -> Response<Bytes> {
    let now = world.now();
    let request_id = world.ids.guid();
    let caller = match tokens::validate(world, request.header("authorization")) {
        Ok(caller) => caller,
        Err(refusal) => return refusal.answer(request, &request_id, now),
    };
    let Some(user) = caller.user.as_deref().and_then(|id| world.directory.user(id)) else {
        return crate::Refusal::new(403, "Authorization_RequestDenied", "Insufficient privileges to complete the operation.").answer(
            request,
            &request_id,
            now,
        );
    };
    let mut body = json!({"sub": pairwise(&caller.app_id, &user.id), "name": user.display_name,
        "picture": "https://graph.microsoft.com/v1.0/me/photo/$value"});
    for (name, value) in [("family_name", &user.surname), ("given_name", &user.given_name), ("email", &user.mail)] {
        if let Some(value) = value {
            body[name] = json!(value);
        }
    }
    json_answer(200, &body)
}
