//! Cross-origin requests (Fetch standard, 3.2): pages of listed origins may call the API, others are told how that is mended.
//!
//! No cookie is ever allowed across origins: such a page brings a key or a token. A browser shows its developer only that
//! CORS failed, so the answer to an origin that is not listed says in words what to do, where the network view shows it.

use axum::extract::{Request, State as Given};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base::Problem;
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use url::Url;

use crate::failure::Failure;
use crate::state::State;

const METHODS: HeaderValue = HeaderValue::from_static("GET, HEAD, POST, PUT, PATCH, DELETE");
const HEADERS: HeaderValue =
    HeaderValue::from_static("authorization, content-type, idempotency-key, if-match, if-none-match, last-event-id, prefer, range");
const EXPOSED: HeaderValue = HeaderValue::from_static(
    "content-disposition, content-range, etag, idempotency-replayed, location, ratelimit-limit, ratelimit-remaining, ratelimit-reset, \
     rapport-notice, request-id, retry-after",
);
/// How long a browser remembers the answer to a preflight, in seconds.
const REMEMBERED: HeaderValue = HeaderValue::from_static("600");

/// Lets a page's request pass if its origin is listed, or is our own.
pub async fn check(Given(state): Given<State>, request: Request, next: Next) -> Response {
    let Some(origin) = request.headers().get(header::ORIGIN).cloned() else { return next.run(request).await };
    if is_our_own(&origin, request.headers(), &state.settings.base_url) {
        return next.run(request).await;
    }
    if !is_listed(&origin, &state.settings.cors_origins) {
        return not_listed(&origin).into_response();
    }
    let preflight = *request.method() == Method::OPTIONS && request.headers().contains_key(header::ACCESS_CONTROL_REQUEST_METHOD);
    let mut response = if preflight { StatusCode::NO_CONTENT.into_response() } else { next.run(request).await };
    allow(response.headers_mut(), origin, preflight);
    response
}

fn allow(headers: &mut HeaderMap, origin: HeaderValue, preflight: bool) {
    headers.insert(header::ACCESS_CONTROL_ALLOW_ORIGIN, origin);
    headers.append(header::VARY, HeaderValue::from_static("origin"));
    if preflight {
        headers.insert(header::ACCESS_CONTROL_ALLOW_METHODS, METHODS);
        headers.insert(header::ACCESS_CONTROL_ALLOW_HEADERS, HEADERS);
        headers.insert(header::ACCESS_CONTROL_MAX_AGE, REMEMBERED);
    } else {
        headers.insert(header::ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    }
}

fn is_our_own(origin: &HeaderValue, headers: &HeaderMap, base: &Url) -> bool {
    let text = origin.to_str().unwrap_or_default();
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    let named = text.split_once("://").map(|parts| parts.1);
    base.origin().ascii_serialization() == text || (named.is_some() && named == host)
}

fn is_listed(origin: &HeaderValue, listed: &[Url]) -> bool {
    origin.to_str().is_ok_and(|text| listed.iter().any(|url| url.origin().ascii_serialization() == text))
}

fn not_listed(origin: &HeaderValue) -> Failure {
    let said: String = origin.to_str().unwrap_or_default().chars().take(120).collect();
    let problem = Problem::new(
        "origin_not_listed",
        "Pages of this origin may not call Rapport (CORS).",
        format!("The request comes from a page of {said}, which is not listed."),
        "An administrator adds exactly this origin, with its scheme and port, to server.cors_origins and starts Rapport again.",
    );
    Failure::new(StatusCode::FORBIDDEN, problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_is_listed_whole_or_not() {
        let listed = [Url::parse("https://crm.example").expect("an address")];
        assert!(is_listed(&HeaderValue::from_static("https://crm.example"), &listed));
        for other in ["http://crm.example", "https://crm.example:8443", "https://crm.example.evil.example", "null", "https://evil.example"]
        {
            assert!(!is_listed(&HeaderValue::from_static(other), &listed), "{other}");
        }
    }

    #[test]
    fn our_own_pages_are_no_strangers() {
        let base = Url::parse("https://rapport.example/").expect("an address");
        let mut headers = HeaderMap::new();
        headers.insert(header::HOST, HeaderValue::from_static("localhost:3000"));
        assert!(is_our_own(&HeaderValue::from_static("http://localhost:3000"), &headers, &base));
        assert!(is_our_own(&HeaderValue::from_static("https://rapport.example"), &headers, &base));
        assert!(!is_our_own(&HeaderValue::from_static("null"), &headers, &base));
    }
}
