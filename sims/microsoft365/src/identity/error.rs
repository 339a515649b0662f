//! An error of the identity platform: one value, shown as a token answer, on a redirect or on a page
//! (reference: identity, section 1.5).

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::request::Request;
use crate::world::World;

/// What went wrong, in the platform's words.
#[derive(Debug, Clone, PartialEq)]
pub struct OauthError {
    /// The HTTP status at the token endpoint.
    pub status: u16,
    /// The OAuth word, for example `invalid_grant`.
    pub error: &'static str,
    /// The AADSTS number.
    pub code: u32,
    /// The sentence without its number.
    pub sentence: String,
    /// `suberror`
    pub suberror: Option<&'static str>,
    /// `claims`, a text that holds JSON.
    pub claims: Option<String>,
}

impl OauthError {
    /// An error with status 400.
    pub fn new(error: &'static str, code: u32, sentence: impl Into<String>) -> Self {
        Self { status: 400, error, code, sentence: sentence.into(), suberror: None, claims: None }
    }

    /// `invalid_client`, which has status 401.
    pub fn client(code: u32, sentence: impl Into<String>) -> Self {
        Self { status: 401, ..Self::new("invalid_client", code, sentence) }
    }

    /// A parameter is missing (AADSTS900144).
    pub fn missing(parameter: &str) -> Self {
        Self::new("invalid_request", 900_144, format!("The request body must contain the following parameter: '{parameter}'."))
    }

    /// A malformed request (AADSTS9002313).
    pub fn malformed() -> Self {
        Self::new("invalid_request", 9_002_313, "Invalid request. Request is malformed or invalid.")
    }

    /// The same with that status.
    pub fn with_status(mut self, status: u16) -> Self {
        self.status = status;
        self
    }

    /// The same with that `suberror`.
    pub fn with_suberror(mut self, suberror: &'static str) -> Self {
        self.suberror = Some(suberror);
        self
    }

    /// The same with a claims challenge.
    pub fn with_claims(mut self, claims: &Value) -> Self {
        self.claims = Some(claims.to_string());
        self
    }

    /// `AADSTSnnn: sentence`, without the ids that follow it.
    pub fn text(&self) -> String {
        format!("AADSTS{}: {}", self.code, self.sentence)
    }
}

/// The ids and the time that go with one error.
#[derive(Debug, Clone)]
pub struct Trace {
    /// `trace_id`, also `x-ms-request-id`.
    pub trace: String,
    /// The caller's `client-request-id`, or a new one.
    pub correlation: String,
    /// As the platform writes it, for example `2026-01-09 02:02:12Z`.
    pub time: String,
    crlf: bool,
}

impl Trace {
    /// New ids for one answer.
    pub fn new(world: &mut World, request: &Request) -> Self {
        let from_header = request.header("client-request-id").to_owned();
        let from_body = || request.form_pairs().into_iter().find(|(name, _)| name == "client-request-id").map(|(_, value)| value);
        let given = Some(from_header).filter(|id| !id.is_empty()).or_else(from_body);
        Self {
            trace: world.ids.guid(),
            correlation: given.unwrap_or_else(|| world.ids.guid()),
            time: platform_time(world.now()),
            crlf: world.config.identity.crlf_descriptions,
        }
    }

    /// The whole description of an error.
    pub fn describe(&self, error: &OauthError) -> String {
        let gap = if self.crlf { "\r\n" } else { " " };
        format!("{}{gap}Trace ID: {}{gap}Correlation ID: {}{gap}Timestamp: {}", error.text(), self.trace, self.correlation, self.time)
    }
}

/// A time as the platform writes it.
pub fn platform_time(at: Timestamp) -> String {
    at.strftime("%Y-%m-%d %H:%M:%SZ").to_string()
}

/// The token endpoint's answer for an error.
pub fn answer(world: &mut World, request: &Request, error: &OauthError) -> Response<Bytes> {
    let trace = Trace::new(world, request);
    let mut body = json!({
        "error": error.error,
        "error_description": trace.describe(error),
        "error_codes": [error.code],
        "timestamp": trace.time,
        "trace_id": trace.trace,
        "correlation_id": trace.correlation,
        "error_uri": format!("{}/error?code={}", request.origin, error.code),
    });
    if let Some(suberror) = error.suberror {
        body["suberror"] = json!(suberror);
    }
    if let Some(claims) = &error.claims {
        body["claims"] = json!(claims);
    }
    let mut response = json_answer(error.status, &body);
    stamp(&mut response, &trace.trace);
    let telemetry = format!("1,{},0,,", error.code);
    if let Ok(value) = HeaderValue::from_str(&telemetry) {
        response.headers_mut().insert("x-ms-clitelem", value);
    }
    response
}

/// An answer with a JSON body.
pub fn json_answer(status: u16, body: &Value) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8"));
    response
}

/// The headers that every answer of the platform carries and no cache may keep.
pub fn stamp(response: &mut Response<Bytes>, trace: &str) {
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store, no-cache"));
    headers.insert(header::PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(header::EXPIRES, HeaderValue::from_static("-1"));
    headers.insert("x-content-type-options", HeaderValue::from_static("nosniff"));
    headers.insert("strict-transport-security", HeaderValue::from_static("max-age=31536000; includeSubDomains"));
    headers.insert("x-ms-ests-server", HeaderValue::from_static("2.1.22000.4 - SIM ProdSlices"));
    headers.insert("x-ms-srs", HeaderValue::from_static("1.P"));
    if let Ok(value) = HeaderValue::from_str(trace) {
        headers.insert("x-ms-request-id", value);
    }
}
