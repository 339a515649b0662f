//! A program that uses the product's API: a key, and requests to the product's own router.

use axum::Router;
use axum::body::{Body, to_bytes};
use http::{HeaderMap, Method, Request, header};
use serde_json::Value;
use store::Transaction;
use store::api_key::{self, ApiKey};
use tower::ServiceExt as _;

use crate::door::BASE;
use crate::world::{WORKSPACE, World};

const ANSWER_BYTES_MAX: usize = 1 << 20;

/// What the product answered.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its headers.
    pub headers: HeaderMap,
    /// Its body.
    pub bytes: Vec<u8>,
}

impl Answer {
    /// The body as JSON; `null` for none.
    pub fn json(&self) -> Value {
        match self.bytes.as_slice() {
            [] => Value::Null,
            bytes => serde_json::from_slice(bytes).unwrap_or_else(|_| panic!("{}: {}", self.status, self.text())),
        }
    }

    /// The body as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.bytes).into_owned()
    }

    /// Where it leads.
    pub fn location(&self) -> Option<&str> {
        self.headers.get(header::LOCATION).map(|location| location.to_str().expect("addresses are ASCII"))
    }
}

/// A new key of the workspace with these scopes.
pub async fn key(world: &World, scopes: &str) -> String {
    let (made, now) = (api::access::key::make(), world.clock.now());
    let row = ApiKey {
        id: model::id::ApiKeyId::new(now),
        workspace: WORKSPACE,
        name: "test".to_owned(),
        prefix: made.prefix,
        hash: made.hash,
        scopes: scopes.to_owned(),
        mailboxes: None,
        created_by: "test".to_owned(),
        created_at: now,
        expires_at: None,
        last_used_at: None,
        revoked_at: None,
    };
    world.house.db.commit(Transaction::new("test.key").with(api_key::insert(&row))).await.expect("the database answers");
    made.key.expose().clone()
}

/// Asks the API with a key; `once` is the idempotency key, empty for none.
pub async fn ask(world: &World, key: &str, method: Method, path: &str, body: Option<&Value>, once: &str) -> Answer {
    let mut request = Request::builder().method(method).uri(format!("{BASE}{path}")).header(header::AUTHORIZATION, format!("Bearer {key}"));
    if !once.is_empty() {
        request = request.header("idempotency-key", once);
    }
    let body = match body {
        None => Body::empty(),
        Some(body) => {
            request = request.header(header::CONTENT_TYPE, "application/json");
            Body::from(body.to_string())
        }
    };
    send(&world.house.router, request.body(body).expect("a request")).await
}

/// Hands a request to the product.
pub async fn send(router: &Router, request: Request<Body>) -> Answer {
    let Ok(answer) = router.clone().oneshot(request).await;
    let (parts, body) = answer.into_parts();
    let bytes = to_bytes(body, ANSWER_BYTES_MAX).await.expect("an answer that is not too long").to_vec();
    Answer { status: parts.status.as_u16(), headers: parts.headers, bytes }
}
