//! A call as every part of the simulator sees it: which of Google's hosts it is for, path, query, headers, body.
//!
//! In process the host is the request's own; on one port it is the first segment of the path, and every address that is
//! then given out carries that segment too.

use bytes::Bytes;
use http::{HeaderMap, Method, header};

/// Whom a call is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Host {
    /// Pages for people: sign-in and consent.
    Accounts,
    /// Tokens.
    OAuth,
    /// Who has signed in.
    OpenId,
    /// Contacts.
    People,
    /// The key set, at its own address.
    Apis,
    /// Photos.
    Photos,
    /// The simulator's own `/_sim/`.
    Control,
}

const HOSTS: [(&str, Host); 6] = [
    ("accounts.google.com", Host::Accounts),
    ("oauth2.googleapis.com", Host::OAuth),
    ("openidconnect.googleapis.com", Host::OpenId),
    ("people.googleapis.com", Host::People),
    ("www.googleapis.com", Host::Apis),
    ("lh3.googleusercontent.com", Host::Photos),
];

impl Host {
    /// The host's name.
    pub(crate) fn name(self) -> &'static str {
        HOSTS.iter().find(|(_, host)| *host == self).map_or("", |(name, _)| name)
    }
}

/// A call, read once.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub(crate) method: Method,
    pub(crate) host: Host,
    /// `http://host:port` if the host came as a segment of the path.
    port: Option<String>,
    /// The path after the host's segment, still encoded.
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Call {
    /// Reads a request; `None` if it is for nobody here.
    pub(crate) fn read(request: http::Request<Bytes>) -> Option<Self> {
        let (parts, body) = request.into_parts();
        let named = parts.headers.get(header::HOST).and_then(|value| value.to_str().ok());
        let authority = parts.uri.authority().map(|authority| authority.as_str()).or(named).unwrap_or("localhost").to_owned();
        let (host, path, port) = place(&authority, parts.uri.path(), parts.uri.scheme_str().unwrap_or("http"))?;
        let query = parts.uri.query().unwrap_or_default().to_owned();
        Some(Self { method: parts.method, host, port, path, query, headers: parts.headers, body })
    }

    /// The address of something at another of Google's hosts, as this caller can reach it.
    pub(crate) fn address(&self, host: Host, path: &str) -> String {
        match &self.port {
            Some(port) => format!("{port}/{}{path}", host.name()),
            None => format!("https://{}{path}", host.name()),
        }
    }

    /// A header's text, empty if there is none.
    pub(crate) fn header(&self, name: header::HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The query's pairs, decoded.
    pub(crate) fn query(&self) -> Pairs {
        Pairs::read(self.query.as_bytes())
    }

    /// The body's form pairs, decoded.
    pub(crate) fn form(&self) -> Pairs {
        Pairs::read(&self.body)
    }

    /// The path's segments, decoded, without empty ones.
    pub(crate) fn segments(&self) -> Vec<String> {
        self.path.split('/').filter(|segment| !segment.is_empty()).map(decode).collect()
    }
}

/// Pairs of a query or a form, in their order.
#[derive(Debug, Clone)]
pub(crate) struct Pairs(pub(crate) Vec<(String, String)>);

impl Pairs {
    fn read(text: &[u8]) -> Self {
        Self(url::form_urlencoded::parse(text).into_owned().collect())
    }

    /// A value; an empty one counts as none.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(of, value)| of == name && !value.is_empty()).map(|(_, value)| value.as_str())
    }
}

fn place(authority: &str, path: &str, scheme: &str) -> Option<(Host, String, Option<String>)> {
    if path == "/_sim" || path.starts_with("/_sim/") {
        return Some((Host::Control, path.trim_start_matches("/_sim").to_owned(), None));
    }
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    if let Some((name, host)) = HOSTS.iter().find(|(name, _)| *name == first) {
        let rest = path.trim_start_matches('/')[name.len()..].to_owned();
        return Some((*host, rest, Some(format!("{scheme}://{authority}"))));
    }
    let bare = authority.split(':').next().unwrap_or_default();
    HOSTS.iter().find(|(name, _)| *name == bare).map(|(_, host)| (*host, path.to_owned(), None))
}

fn decode(segment: &str) -> String {
    let escaped = segment.replace('+', "%2B").replace('&', "%26").replace('=', "%3D");
    url::form_urlencoded::parse(escaped.as_bytes()).next().map(|(name, _)| name.into_owned()).unwrap_or_default()
}
