//! Recognising: the layer that every route of the API lies behind. A request comes out with an [`Asker`] in it, or not at all.
//!
//! `Authorization: Bearer` counts before a session: a page that sends a key means the key. Where a bearer is given and
//! does not hold, nothing else is tried.

use axum::extract::{Request, State as Given};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};

use crate::access::{Asker, Mailboxes, Scopes, SignedIn, Who, jwt, key};
use crate::failure::Failure;
use crate::state::State;

/// Lets a request pass if somebody is recognised who has not asked too often.
pub async fn recognise(Given(state): Given<State>, mut request: Request, next: Next) -> Response {
    let signed_in = request.extensions().get::<SignedIn>().cloned();
    let asker = match recognised(&state, request.method(), request.headers(), signed_in.as_ref()).await {
        Ok(asker) => asker,
        Err(failure) => return challenge(failure),
    };
    let quota = state.limits.count(&asker.identity());
    let mut response = match quota.check() {
        Ok(()) => {
            request.extensions_mut().insert(asker);
            next.run(request).await
        }
        Err(failure) => failure.into_response(),
    };
    quota.write(response.headers_mut());
    response
}

/// Who asks.
///
/// # Errors
/// 401 if nobody is recognised, 403 for a change that another site may have sent.
pub async fn recognised(state: &State, method: &Method, headers: &HeaderMap, signed_in: Option<&SignedIn>) -> Result<Asker, Failure> {
    match bearer(headers)? {
        Some(bearer) => by_bearer(state, bearer).await,
        None => match signed_in {
            Some(signed_in) => signed_in.ask(method, headers),
            None => Err(Failure::unrecognised("nobody_recognised", "The request brings neither a key, a token nor a session.")),
        },
    }
}

async fn by_bearer(state: &State, bearer: &str) -> Result<Asker, Failure> {
    if key::is_configured(state, bearer) {
        let workspace = state.settings.workspace;
        return Ok(Asker { workspace, who: Who::ConfiguredKey, scopes: Scopes::ALL, mailboxes: Mailboxes::All });
    }
    if key::looks_like_one(bearer) {
        let known = key::recognise(state, bearer).await?;
        return known.ok_or_else(|| {
            Failure::unrecognised("key_unknown", "No key of that text holds: it was revoked, has run out, or never was one.")
        });
    }
    if state.settings.jwt.is_none() {
        return Err(Failure::unrecognised("key_unknown", "That is no key of Rapport's, and no issuer of tokens is configured."));
    }
    jwt::recognise(state, bearer).await
}

fn bearer(headers: &HeaderMap) -> Result<Option<&str>, Failure> {
    let Some(given) = headers.get(header::AUTHORIZATION) else { return Ok(None) };
    let text = given.to_str().ok().and_then(|text| text.split_once(' '));
    match text {
        Some((scheme, bearer)) if scheme.eq_ignore_ascii_case("bearer") && !bearer.trim().is_empty() => Ok(Some(bearer.trim())),
        _ => Err(Failure::unrecognised("authorization_unreadable", "The Authorization header is not of the form `Bearer` and a text.")),
    }
}

fn challenge(failure: Failure) -> Response {
    let unrecognised = failure.status == StatusCode::UNAUTHORIZED;
    let mut response = failure.into_response();
    if unrecognised {
        response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer realm=\"rapport\""));
    }
    response
}
