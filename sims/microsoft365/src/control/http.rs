//! The control plane over HTTP, under `/_sim/`: JSON in, JSON out; errors as `{"error": "a sentence"}`.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use super::{ControlError, routes};
use crate::request::Request;
use crate::simulator::Simulator;

/// A request under `/_sim/`, taken apart.
#[derive(Debug)]
pub struct Order<'a> {
    /// As it came.
    pub request: &'a Request,
    /// The path's segments after `_sim`.
    pub path: Vec<String>,
}

impl Order<'_> {
    /// The body as that type; an empty body is an empty object.
    ///
    /// # Errors
    /// [`ControlError::Bad`] with what is wrong with it.
    pub fn body<T: DeserializeOwned>(&self) -> Result<T, ControlError> {
        let bytes: &[u8] = if self.request.body.is_empty() { b"{}" } else { &self.request.body };
        serde_json::from_slice(bytes).map_err(|error| ControlError::Bad(format!("the body is not what is expected here: {error}")))
    }

    /// A query parameter.
    pub fn query(&self, name: &str) -> Option<String> {
        self.request.query_pairs().into_iter().find(|(of, _)| of == name).map(|(_, value)| value)
    }

    /// A query parameter that is `true`.
    pub fn flag(&self, name: &str) -> bool {
        self.query(name).is_some_and(|value| value == "true" || value == "1")
    }
}

/// Answers a request under `/_sim/`.
pub async fn answer(sim: &Simulator, request: &Request) -> Response<Bytes> {
    let order = Order { request, path: request.segments().into_iter().skip(1).collect() };
    match routes::obey(&sim.control(), &order).await {
        Ok((status, body)) => reply(status, &body),
        Err(error) => reply(error.status(), &json!({"error": error.to_string()})),
    }
}

fn reply(status: u16, body: &Value) -> Response<Bytes> {
    let text = if status == 204 { Bytes::new() } else { Bytes::from(body.to_string()) };
    let mut response = Response::new(text);
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::OK);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
