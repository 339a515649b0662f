//! The handshake: before Graph makes a subscription it posts a token and wants its decoded text back, as plain text, within
//! ten seconds (graph.md 5.6). The answer's type and `nosniff` keep a forged token from being read as a page.

use axum::response::{IntoResponse, Response};
use graph::notification;
use http::{HeaderValue, header};

/// The answer to a validation call; `None` for any other.
pub fn answer(query: Option<&str>) -> Option<Response> {
    let token = notification::validation_token(query?)?;
    let plain = HeaderValue::from_static("text/plain; charset=utf-8");
    Some(([(header::CONTENT_TYPE, plain)], token).into_response())
}
