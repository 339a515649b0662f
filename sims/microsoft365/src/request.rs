//! A request as every part of the simulator sees it: method, the origin that its caller used, path, query, headers, body.
//!
//! The origin honours `X-Forwarded-Proto` and `X-Forwarded-Host`, because clients that insist on TLS are pointed at the
//! simulator through a rewriting proxy (reference: identity, section 5.3). Every URL that is given out starts with it.

use bytes::Bytes;
use http::{HeaderMap, Method};
use serde_json::Value;

use crate::graph::path::split_cloud;

/// Sign-in hosts of the clouds; as the first segment of a path they count to the origin, as Graph's hosts do, so that one
/// simulator can play several clouds (reference: identity, section 1.1).
const LOGIN_HOSTS: [&str; 5] = [
    "login.microsoftonline.com",
    "login.microsoftonline.us",
    "login.partner.microsoftonline.cn",
    "login.chinacloudapi.cn",
    "login.microsoftonline.de",
];

/// A mark in a request's extensions: it came over TLS.
#[derive(Debug, Clone, Copy)]
pub struct OverTls;

/// A request, read once.
#[derive(Debug, Clone)]
pub struct Request {
    /// The verb.
    pub method: Method,
    /// Scheme and host as the caller sees them, for example `https://127.0.0.1:8366`; no slash at the end. A national
    /// cloud's host that the path began with is a part of it.
    pub origin: String,
    /// The path as it was sent, still percent-encoded, without the query.
    pub path: String,
    /// The query as it was sent, without the question mark; empty if there is none.
    pub query: String,
    /// The headers.
    pub headers: HeaderMap,
    /// The body.
    pub body: Bytes,
    /// Its number in the journal; 0 before it has arrived.
    pub entry: u64,
    /// The journal number of the batch that it is a part of.
    pub batch: Option<u64>,
}

impl Request {
    /// Reads a request; a scheme that nothing names is plain http.
    pub fn read(request: http::Request<Bytes>) -> Self {
        let (parts, body) = request.into_parts();
        let (login, path) = split_login_host(parts.uri.path());
        let (cloud, path) = if login.is_empty() { split_cloud(path) } else { (login, path) };
        Self {
            origin: format!("{}{cloud}", origin_of(&parts)),
            path: path.to_owned(),
            method: parts.method,
            query: parts.uri.query().unwrap_or_default().to_owned(),
            headers: parts.headers,
            body,
            entry: 0,
            batch: None,
        }
    }

    /// A part of this batch request; `path_and_query` begins with the version, for example `/v1.0/me/messages?$top=5`.
    pub fn part(&self, method: Method, path_and_query: &str, headers: HeaderMap, body: Bytes) -> Self {
        let (path, query) = path_and_query.split_once('?').unwrap_or((path_and_query, ""));
        Self {
            method,
            origin: self.origin.clone(),
            path: path.to_owned(),
            query: query.to_owned(),
            headers,
            body,
            entry: 0,
            batch: Some(self.entry),
        }
    }

    /// A header's text, empty if it is missing or no text.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// Path and query together, as sent.
    pub fn path_and_query(&self) -> String {
        if self.query.is_empty() { self.path.clone() } else { format!("{}?{}", self.path, self.query) }
    }

    /// The path's segments, percent-decoded, without empty ones.
    pub fn segments(&self) -> Vec<String> {
        self.path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect()
    }

    /// The query's pairs, decoded.
    pub fn query_pairs(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(self.query.as_bytes()).into_owned().collect()
    }

    /// The body's form pairs, decoded.
    pub fn form_pairs(&self) -> Vec<(String, String)> {
        url::form_urlencoded::parse(&self.body).into_owned().collect()
    }

    /// The body as JSON, `None` if it is none.
    pub fn json(&self) -> Option<Value> {
        serde_json::from_slice(&self.body).ok()
    }
}

/// Percent-decodes one path segment; `+` stays a plus.
pub fn decode(segment: &str) -> String {
    // Ids end in `=`, which a form would take for the end of a name.
    let escaped = segment.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(escaped.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}

/// Cuts off a sign-in host that stands before a path: what was cut, with its slash, and the rest.
fn split_login_host(path: &str) -> (&str, &str) {
    let first = path.strip_prefix('/').unwrap_or_default().split('/').next().unwrap_or_default();
    match LOGIN_HOSTS.iter().any(|known| known.eq_ignore_ascii_case(first)) {
        true => path.split_at(first.len() + 1),
        false => ("", path),
    }
}

fn origin_of(parts: &http::request::Parts) -> String {
    let text = |name: &str| parts.headers.get(name).and_then(|value| value.to_str().ok());
    let first = |value: &str| value.split(',').next().unwrap_or_default().trim().to_owned();
    let own_scheme = match parts.extensions.get::<OverTls>() {
        Some(_) => "https",
        None => parts.uri.scheme_str().unwrap_or("http"),
    };
    let scheme = text("x-forwarded-proto").map(first).unwrap_or_else(|| own_scheme.to_owned());
    let host = text("x-forwarded-host")
        .map(first)
        .or_else(|| parts.uri.authority().map(|authority| authority.as_str().to_owned()))
        .or_else(|| text("host").map(str::to_owned))
        .unwrap_or_else(|| "localhost".to_owned());
    format!("{}://{}", scheme.to_ascii_lowercase(), host)
}
