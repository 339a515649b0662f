//! The public API, asked by the console's own pages without a network between: the same routes, the same rights, the same
//! refusals as any program meets. Whoever is signed in asks.

use std::sync::{Arc, OnceLock};

use api::{access, idempotency};
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::response::Response;
use base::Problem;
use http::{HeaderValue, Method, Request, StatusCode, header};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::failure::Failure;
use crate::introduce::asker_of;
use crate::session::SignedIn;
use crate::state::State;

/// The longest answer that is read.
const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The API's routes, made when first asked. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Core(Arc<OnceLock<Router>>);

/// A page of a list of the API.
#[derive(Debug, Deserialize)]
pub struct Page<T> {
    /// The objects.
    pub data: Vec<T>,
    /// Where the next page begins.
    pub next: Option<String>,
}

/// Asks the API; `()` is an answer for those that are not read.
///
/// # Errors
/// As the API refuses.
pub async fn ask<T: DeserializeOwned>(state: &State, by: &SignedIn, method: Method, path: &str, body: Option<Value>) -> Result<T, Failure> {
    understood(answer(state, request(by, method, path, body)).await).await
}

/// The same for a form that is done once, however often it is sent: `once` stands in it from when it was shown.
///
/// # Errors
/// As the API refuses.
pub async fn ask_once<T: DeserializeOwned>(
    state: &State,
    by: &SignedIn,
    method: Method,
    path: &str,
    body: Option<Value>,
    once: &str,
) -> Result<T, Failure> {
    let mut request = request(by, method, path, body);
    if let Ok(key) = HeaderValue::try_from(once) {
        request.headers_mut().insert(idempotency::HEADER, key);
    }
    understood(answer(state, request).await).await
}

async fn understood<T: DeserializeOwned>(response: Response) -> Result<T, Failure> {
    let (mut parts, body) = response.into_parts();
    if let Some(failure) = parts.extensions.remove::<Failure>() {
        return Err(failure);
    }
    let bytes = to_bytes(body, ANSWER_BYTES_MAX).await.unwrap_or_default();
    let text = if bytes.is_empty() { &b"null"[..] } else { &bytes[..] };
    serde_json::from_slice(text).map_err(|error| unreadable(parts.status, &error))
}

/// Hands on what the API answers, as it comes.
///
/// # Errors
/// As the API refuses.
pub async fn pass(state: &State, by: &SignedIn, path: &str) -> Result<Response, Failure> {
    let mut response = answer(state, request(by, Method::GET, path, None)).await;
    response.extensions_mut().remove::<Failure>().map_or(Ok(response), Err)
}

async fn answer(state: &State, request: Request<Body>) -> Response {
    let router = state.core.0.get_or_init(|| api::router(state.api.clone())).clone();
    router.oneshot(request).await.unwrap_or_else(|never| match never {})
}

/// Reads an object or a list of the API.
///
/// # Errors
/// As the API refuses.
pub async fn read<T: DeserializeOwned>(state: &State, by: &SignedIn, path: &str) -> Result<T, Failure> {
    ask(state, by, Method::GET, path, None).await
}

fn request(by: &SignedIn, method: Method, path: &str, body: Option<Value>) -> Request<Body> {
    let mut request = Request::builder().method(method).uri(path).header(access::CSRF_HEADER, &by.csrf);
    if body.is_some() {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    if let Some(caller) = &by.caller {
        request = request.extension(caller.clone());
    }
    let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
    let signed_in = access::SignedIn { asker: asker_of(by), csrf: by.csrf.clone(), from_our_own_page: true };
    request.extension(signed_in).body(body).expect("our own paths and headers are well formed")
}

fn unreadable(status: StatusCode, error: &serde_json::Error) -> Failure {
    tracing::error!(http.status = status.as_u16(), error = %error, "The console could not read an answer of the API");
    let problem = Problem::new(
        "answer_unreadable",
        "This page could not read what it needs.",
        format!("The API answered with status {}, in another form than expected.", status.as_u16()),
        "Reload the page. If it stays so, the server's log says more.",
    );
    Failure::new(StatusCode::BAD_GATEWAY, problem)
}
