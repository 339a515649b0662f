//! Failures as pages. A failure answers as problem+json, as the API writes it; [`as_page`] turns it into a page for whoever
//! asked for HTML.

use axum::extract::{Request, State as Given};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, StatusCode, header};

pub use api::Failure;

use crate::state::State;
use crate::view::problem_page;

/// Whether whoever asks wants a page.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.contains("text/html")
}

/// Turns a failure into a page for those who want one.
pub async fn as_page(Given(state): Given<State>, request: Request, next: Next) -> Response {
    let page = wants_page(request.headers());
    let mut response = next.run(request).await;
    let Some(failure) = response.extensions_mut().remove::<Failure>().filter(|_| page) else { return response };
    let signed_out = failure.status == StatusCode::UNAUTHORIZED;
    let body = problem_page::render(&failure.problem, failure.request_id(), signed_out, &state.settings);
    let cookies: Vec<HeaderValue> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
    let mut answer = (failure.status, failure.head("text/html; charset=utf-8"), body.into_string()).into_response();
    answer.headers_mut().extend(cookies.into_iter().map(|cookie| (header::SET_COOKIE, cookie)));
    answer
}
