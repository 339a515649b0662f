//! Answers: JSON, pages, redirects, in the shape Google gives them.

use bytes::Bytes;
use http::{HeaderName, HeaderValue, Response, StatusCode, header};
use serde_json::{Value, json};

/// An answer.
pub(crate) type Reply = Response<Bytes>;

/// JSON with that status.
pub(crate) fn json_reply(status: u16, body: &Value) -> Reply {
    let text = serde_json::to_string_pretty(body).expect("a JSON value can be written") + "\n";
    reply(status, "application/json; charset=UTF-8", Bytes::from(text))
}

/// A page.
pub(crate) fn page(status: u16, html: String) -> Reply {
    reply(status, "text/html; charset=utf-8", Bytes::from(html))
}

/// To another address.
pub(crate) fn redirect(to: &str) -> Reply {
    let mut answer = reply(302, "text/html; charset=utf-8", Bytes::new());
    answer.headers_mut().insert(header::LOCATION, HeaderValue::from_str(to).expect("an address is ASCII"));
    answer
}

/// Any body.
pub(crate) fn reply(status: u16, content_type: &str, body: Bytes) -> Reply {
    let mut answer = Response::new(body);
    *answer.status_mut() = StatusCode::from_u16(status).expect("the simulator gives real statuses");
    let kind = HeaderValue::from_str(content_type).unwrap_or(HeaderValue::from_static("application/octet-stream"));
    answer.headers_mut().insert(header::CONTENT_TYPE, kind);
    answer.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache, no-store, max-age=0, must-revalidate"));
    answer
}

/// The same answer with one header more.
pub(crate) fn with_header(mut answer: Reply, name: HeaderName, value: &str) -> Reply {
    answer.headers_mut().insert(name, HeaderValue::from_str(value).expect("the simulator's headers are ASCII"));
    answer
}

/// An error as Google's APIs give it (`google.rpc.Status` as JSON).
pub(crate) fn api_error(code: u16, status: &str, message: &str, details: &[Value]) -> Reply {
    let mut error = json!({"code": code, "message": message, "status": status});
    if !details.is_empty() {
        error["details"] = json!(details);
    }
    json_reply(code, &json!({"error": error}))
}

/// A `google.rpc.ErrorInfo`.
pub(crate) fn error_info(reason: &str, domain: &str, metadata: &Value) -> Value {
    let mut info = json!({"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": domain});
    if metadata.is_object() {
        info["metadata"] = metadata.clone();
    }
    info
}

/// An error as Google's token endpoint gives it (RFC 6749, section 5.2).
pub(crate) fn oauth_error(status: u16, error: &str, description: &str) -> Reply {
    json_reply(status, &json!({"error": error, "error_description": description}))
}
