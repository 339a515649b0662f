//! Idempotency keys: a `POST` that is sent again under the same key is not done again, but answered as the first time.
//!
//! The key is the asker's own; with it the method, the address and a hash of the body are kept for a day, and the answer once
//! there is one. Another request under the same key is refused (422), one whose first is still under way too (409). What
//! failed for a while (429, 5xx) is forgotten, so that sending it again does it. An answer that must not be kept, because it
//! holds a secret, is replaced by a refusal that says so.

use std::time::Duration;

use aws_lc_rs::digest;
use axum::body::{Body, to_bytes};
use axum::extract::{Request, State as Given};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base::Problem;
use http::{HeaderName, HeaderValue, Method, StatusCode, header};
use store::idempotency::{self as rows, Answer, Begun};
use store::{StoreError, Transaction};

use crate::access::Asker;
use crate::failure::Failure;
use crate::router::BODY_BYTES_MAX;
use crate::state::State;

/// The header that names the key.
pub const HEADER: HeaderName = HeaderName::from_static("idempotency-key");
/// The header of an answer that was given before.
pub const REPLAYED: HeaderName = HeaderName::from_static("idempotency-replayed");
/// How long answers are kept.
const KEPT: Duration = Duration::from_secs(24 * 3600);
/// How long a request may be under way before it counts as lost.
const UNDER_WAY_MAX: Duration = Duration::from_secs(120);
const KEY_BYTES_MAX: usize = 255;
/// The longest answer that is kept.
const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// Put among an answer's extensions: it holds a secret and is not kept.
#[derive(Clone, Copy, Debug)]
pub struct Unrepeatable;

/// Does a `POST` with a key once.
pub async fn once(Given(state): Given<State>, request: Request, next: Next) -> Response {
    let asker = request.extensions().get::<Asker>().map(Asker::identity);
    let key = request.headers().get(HEADER).cloned();
    match (request.method() == Method::POST, asker, key) {
        (true, Some(asker), Some(key)) => match under_key(&state, &asker, &key, request, next).await {
            Ok(response) => response,
            Err(failure) => failure.into_response(),
        },
        _ => next.run(request).await,
    }
}

async fn under_key(state: &State, asker: &str, key: &HeaderValue, request: Request, next: Next) -> Result<Response, Failure> {
    let key = key.to_str().ok().map(str::trim).filter(|key| !key.is_empty() && key.len() <= KEY_BYTES_MAX);
    let key = key.ok_or_else(|| {
        Failure::bad_request(
            "idempotency_key_wrong",
            "`Idempotency-Key` is empty or too long.",
            "Send 1 to 255 ASCII letters, such as a UUID.",
        )
    })?;
    let (parts, body) = request.into_parts();
    let body = to_bytes(body, BODY_BYTES_MAX).await.map_err(|_| too_large())?;
    let hash = hash_of(&parts.method, parts.uri.path(), parts.uri.query().unwrap_or_default(), &body);
    if let Some(answer) = begin(state, asker, key, &hash).await? {
        return Ok(answer);
    }
    let response = next.run(Request::from_parts(parts, Body::from(body))).await;
    settle(state, asker, key, response).await
}

fn hash_of(method: &Method, path: &str, query: &str, body: &[u8]) -> Vec<u8> {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in [method.as_str().as_bytes(), path.as_bytes(), query.as_bytes(), body] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    context.finish().as_ref().to_vec()
}

/// Begins a request under its key; the answer if it was answered before.
async fn begin(state: &State, asker: &str, key: &str, hash: &[u8]) -> Result<Option<Response>, Failure> {
    let now = state.clock.now();
    for _ in 0..2 {
        let begun = Transaction::new("api.begin_once").with(rows::purge(now.minus(KEPT))).with(rows::begin(asker, key, hash, now));
        match state.db.commit(begun).await {
            Ok(_) => return Ok(None),
            Err(StoreError::Refused { .. } | StoreError::Conflict(_)) => {}
            Err(error) => return Err(error.into()),
        }
        let Some(known) = rows::find(&state.db, asker, key).await? else { continue };
        let lost = known.answer.is_none() && now.since(known.begun_at) > UNDER_WAY_MAX;
        if !lost {
            return judge(known, hash).map(Some);
        }
        state.db.commit(Transaction::new("api.forget_once").with(rows::forget(asker, key))).await?;
    }
    Err(under_way())
}

fn judge(known: Begun, hash: &[u8]) -> Result<Response, Failure> {
    if known.request_hash != hash {
        let detail = "The key was used for another request within the last day.";
        return Err(Failure::unprocessable("idempotency_key_reused", "That key belongs to another request.", detail, "Use a new key."));
    }
    let answer = known.answer.ok_or_else(under_way)?;
    let status = u16::try_from(answer.status).ok().and_then(|status| StatusCode::from_u16(status).ok());
    let mut response = (status.unwrap_or(StatusCode::OK), answer.body).into_response();
    response.headers_mut().remove(header::CONTENT_TYPE);
    let headers: Vec<(String, String)> = serde_json::from_str(&answer.headers).unwrap_or_default();
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::try_from(value)) {
            response.headers_mut().append(name, value);
        }
    }
    response.headers_mut().insert(REPLAYED, HeaderValue::from_static("true"));
    Ok(response)
}

/// Keeps the answer, or forgets a request that may be sent again.
async fn settle(state: &State, asker: &str, key: &str, response: Response) -> Result<Response, Failure> {
    let status = response.status();
    if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
        state.db.commit(Transaction::new("api.forget_once").with(rows::forget(asker, key))).await?;
        return Ok(response);
    }
    let secret = response.extensions().get::<Unrepeatable>().is_some();
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, ANSWER_BYTES_MAX).await.map_err(|_| too_large())?;
    let kept = if secret { answer_of(gone().into_response()).await } else { kept_of(&parts, &body) };
    state.db.commit(Transaction::new("api.settle_once").with(rows::settle(asker, key, &kept))).await?;
    Ok(Response::from_parts(parts, Body::from(body)))
}

async fn answer_of(response: Response) -> Answer {
    let (parts, body) = response.into_parts();
    kept_of(&parts, &to_bytes(body, ANSWER_BYTES_MAX).await.unwrap_or_default())
}

fn kept_of(parts: &http::response::Parts, body: &[u8]) -> Answer {
    let names = [header::CONTENT_TYPE, header::LOCATION, header::ETAG];
    let pairs = names.iter().filter_map(|name| Some((name.as_str(), parts.headers.get(name)?.to_str().ok()?)));
    let headers = serde_json::to_string(&pairs.collect::<Vec<_>>()).expect("headers are texts");
    Answer { status: i64::from(parts.status.as_u16()), headers, body: body.to_vec() }
}

fn under_way() -> Failure {
    let detail = "The first request with this key has not been answered yet.";
    Failure::conflict("request_under_way", "The same request is under way.", detail, "Wait a moment and send it again.")
        .retryable(Duration::from_secs(1))
}

fn gone() -> Failure {
    let detail = "It was done when the request came first; its answer held a secret, which is shown once.";
    Failure::conflict(
        "shown_once",
        "That was done, and its answer is not shown again.",
        detail,
        "Revoke what was made and make it anew under a new key.",
    )
}

fn too_large() -> Failure {
    Failure::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        Problem::new("body_too_large", "The body is too large.", "A request may hold 1 MiB.", "Send less at once."),
    )
}
