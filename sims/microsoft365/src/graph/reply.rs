//! An answer before it becomes HTTP, and the headers that every answer of Graph has.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;

use super::prefer::Preferences;
use crate::request::Request;

/// The content type of JSON answers (reference: Graph, section 1.2).
const JSON: &str = "application/json;odata.metadata=minimal;odata.streaming=true;IEEE754Compatible=false;charset=utf-8";

/// A successful answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    status: u16,
    content_type: Option<String>,
    body: Bytes,
    headers: Vec<(&'static str, String)>,
}

impl Reply {
    /// 200 with JSON.
    pub fn json(body: impl Into<String>) -> Self {
        Self::with_status(200, body)
    }

    /// JSON with another status.
    pub fn with_status(status: u16, body: impl Into<String>) -> Self {
        Self { status, content_type: Some(JSON.to_owned()), body: Bytes::from(body.into()), headers: Vec::new() }
    }

    /// 200 with raw bytes.
    pub fn raw(content_type: &str, body: Bytes) -> Self {
        Self { status: 200, content_type: Some(content_type.to_owned()), body, headers: Vec::new() }
    }

    /// No body.
    pub fn empty(status: u16) -> Self {
        Self { status, content_type: None, body: Bytes::new(), headers: Vec::new() }
    }

    /// The same with one more header.
    pub fn with_header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The HTTP answer.
    pub fn into_response(self, request: &Request, prefer: &Preferences, request_id: &str, now: Timestamp) -> Response<Bytes> {
        let mut response = Response::new(self.body);
        *response.status_mut() = StatusCode::from_u16(self.status).unwrap_or(StatusCode::OK);
        let headers = response.headers_mut();
        if let Some(content_type) = &self.content_type {
            put(headers, header::CONTENT_TYPE.as_str(), content_type);
        }
        if self.content_type.as_deref() == Some(JSON) {
            headers.insert("OData-Version", HeaderValue::from_static("4.0"));
        }
        put(headers, "Cache-Control", "private");
        let applied = prefer.applied();
        if !applied.is_empty() {
            put(headers, "Preference-Applied", &applied);
        }
        for (name, value) in &self.headers {
            put(headers, name, value);
        }
        stamp(headers, request, request_id, now);
        response
    }
}

/// Puts on the ids, the date and the diagnostic line that every answer has.
pub fn stamp(headers: &mut HeaderMap, request: &Request, request_id: &str, now: Timestamp) {
    let client = request.header("client-request-id");
    put(headers, "request-id", request_id);
    put(headers, "client-request-id", if client.is_empty() { request_id } else { client });
    put(headers, "Date", &now.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string());
    let diagnostic =
        r#"{"ServerInfo":{"DataCenter":"Simulated","Slice":"E","Ring":"5","ScaleUnit":"001","RoleInstance":"SIM0000000000001"}}"#;
    put(headers, "x-ms-ags-diagnostic", diagnostic);
}

fn put(headers: &mut HeaderMap, name: &str, value: &str) {
    if let (Ok(name), Ok(value)) = (HeaderName::try_from(name), HeaderValue::from_str(value)) {
        headers.insert(name, value);
    }
}
