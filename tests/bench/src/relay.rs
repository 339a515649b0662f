//! A relay between the simulator and the product's notification endpoint, which notes when a notification arrives. It
//! passes everything on as it is, the validation handshake too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use tokio::net::TcpListener;

use crate::measure;
use crate::simulator::client;

/// A running relay.
#[derive(Clone, Debug)]
pub struct Relay {
    arrivals: Arc<Mutex<HashMap<String, Instant>>>,
    client: reqwest::Client,
    target: String,
    /// Its address, without a slash at the end.
    pub url: String,
}

#[derive(Deserialize)]
struct Notifications {
    #[serde(default)]
    value: Vec<Notification>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Notification {
    resource_data: Option<ResourceData>,
}

#[derive(Deserialize)]
struct ResourceData {
    id: String,
}

impl Relay {
    /// Starts one that passes on to the server at `target`.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(target: String) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let relay = Relay { arrivals: Arc::default(), client: client()?, target, url };
        let router = Router::new().fallback(pass_on).with_state(relay.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        Ok(relay)
    }

    /// When the first notification of each message has arrived, by Graph's id of the message.
    pub fn arrivals(&self) -> HashMap<String, Instant> {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Forgets what has arrived so far.
    pub fn forget(&self) {
        self.arrivals.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    fn note(&self, body: &[u8]) {
        let arrived = measure::now();
        let Ok(notifications) = serde_json::from_slice::<Notifications>(body) else { return };
        let mut arrivals = self.arrivals.lock().unwrap_or_else(PoisonError::into_inner);
        for data in notifications.value.into_iter().filter_map(|notification| notification.resource_data) {
            arrivals.entry(data.id).or_insert(arrived);
        }
    }
}

async fn pass_on(State(relay): State<Relay>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    relay.note(&body);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let mut request = relay.client.post(format!("{}{path}", relay.target)).body(body);
    if let Some(kind) = headers.get("content-type") {
        request = request.header("content-type", kind);
    }
    match answered(request).await {
        Ok(answer) => answer,
        Err(_) => StatusCode::BAD_GATEWAY.into_response(),
    }
}

async fn answered(request: reqwest::RequestBuilder) -> reqwest::Result<Response> {
    let answer = request.send().await?;
    let status = answer.status();
    let kind = answer.headers().get("content-type").cloned();
    let mut response = (status, answer.bytes().await?).into_response();
    if let Some(kind) = kind {
        response.headers_mut().insert("content-type", kind);
    }
    Ok(response)
}
