//! A refusal as Graph says it: status, code, message, in the error envelope (reference: Graph, section 1.3).
//!
//! Used by the front door (authentication, throttling, faults); the Graph modules may use it too.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::json;

use crate::request::Request;

/// A refusal in Graph's words.
#[derive(Debug, Clone, PartialEq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// The code, for example `ErrorItemNotFound`.
    pub code: String,
    /// The sentence.
    pub message: String,
    /// Further headers.
    pub headers: Vec<(String, String)>,
}

impl Refusal {
    /// A refusal with no further headers.
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), headers: Vec::new() }
    }

    /// The same with one more header.
    pub fn with_header(mut self, name: &str, value: impl Into<String>) -> Self {
        self.headers.push((name.to_owned(), value.into()));
        self
    }

    /// The same with `Retry-After` in seconds, to the millisecond if there is a fraction.
    pub fn with_retry_after(self, after: Duration) -> Self {
        let text = if after.subsec_millis() == 0 { after.as_secs().to_string() } else { format!("{:.3}", after.as_secs_f64()) };
        self.with_header("Retry-After", text)
    }

    /// The answer, with the request's ids echoed as Graph does.
    pub fn answer(&self, request: &Request, request_id: &str, now: Timestamp) -> Response<Bytes> {
        let client = request.header("client-request-id");
        let client = if client.is_empty() { request_id } else { client };
        let body = json!({"error": {"code": self.code, "message": self.message, "innerError": {
            "date": now.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "request-id": request_id, "client-request-id": client}}});
        let mut response = Response::new(Bytes::from(body.to_string()));
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
        put(headers, "request-id", request_id);
        put(headers, "client-request-id", client);
        for (name, value) in &self.headers {
            put(headers, name, value);
        }
        response
    }
}

fn put(headers: &mut http::HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (http::HeaderName::try_from(name), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}
