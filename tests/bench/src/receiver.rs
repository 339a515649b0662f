//! A receiver of webhooks that notes when each call arrives. Below `/live` it answers at once; below `/dead` it never does.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::measure;

/// A running receiver.
#[derive(Clone, Debug)]
pub struct Receiver {
    calls: Arc<Mutex<HashMap<(String, String), Call>>>,
    /// Its address, without a slash at the end.
    pub url: String,
}

/// The first call for one delivery.
#[derive(Clone, Copy, Debug)]
pub struct Call {
    /// When it arrived.
    pub at: Instant,
    /// How long after the event, in milliseconds.
    pub after_ms: f64,
}

#[derive(Deserialize)]
struct Told {
    time: String,
}

impl Receiver {
    /// Starts one.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start() -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let receiver = Receiver { calls: Arc::default(), url };
        let router = Router::new().fallback(answer).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(receiver)
    }

    /// The first call of every delivery to an address below `/live` since the last [`Receiver::forget`].
    pub fn live(&self) -> Vec<Call> {
        let calls = self.calls.lock().unwrap_or_else(PoisonError::into_inner);
        calls.iter().filter(|((path, _), _)| path.starts_with("/live")).map(|(_, call)| *call).collect()
    }

    /// Forgets what has arrived so far.
    pub fn forget(&self) {
        self.calls.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

async fn answer(State(receiver): State<Receiver>, uri: Uri, headers: HeaderMap, body: Bytes) -> StatusCode {
    let (at, now_ms) = (measure::now(), measure::wall_ms());
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default().to_owned();
    let told = serde_json::from_slice::<Told>(&body).ok().and_then(|told| measure::millis_of(&told.time));
    if let Some(told_ms) = told {
        let call = Call { at, after_ms: (now_ms - told_ms).max(0.0) };
        receiver.calls.lock().unwrap_or_else(PoisonError::into_inner).entry((uri.path().to_owned(), id)).or_insert(call);
    }
    if uri.path().starts_with("/dead") {
        std::future::pending::<()>().await;
    }
    StatusCode::NO_CONTENT
}
