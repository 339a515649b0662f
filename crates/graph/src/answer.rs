//! Answers: what Graph said, and what it said when it refused.
//!
//! Protocol (graph.md 1.3, 1.4, 7.6): a refusal carries `{"error":{"code","message","innerError"}}`; `innerError`
//! may be spelled in any case, nest, and hold further codes; the body may be empty (gateways), HTML (proxies) or cut
//! off. So the status comes first and the code, compared without regard to case, refines it; the message is for
//! people and never branched on, and may name addresses, so it is never logged or displayed. `Retry-After` holds
//! seconds, with or without a fraction, or an HTTP date. The `request-id` is what Microsoft's support asks for.

use std::time::Duration;

use base::Timestamp;
use bytes::Bytes;
use http::{HeaderMap, StatusCode, header};
use serde::de::DeserializeOwned;

use crate::call::Addressed;
use crate::error::{GraphError, Unreadable};
use crate::lenient;
use transport::Effect;

/// The longest `Retry-After` that is believed.
pub const RETRY_AFTER_MAX: Duration = Duration::from_secs(6 * 3600);
/// The shortest wait after a `Retry-After`, even if it says zero.
pub const RETRY_AFTER_MIN: Duration = Duration::from_secs(1);

/// An answer with a status of 2xx.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, decompressed.
    pub body: Bytes,
    /// The effect of the call that this answers.
    pub effect: Effect,
}

impl Answer {
    /// The body as a `T`.
    ///
    /// # Errors
    /// [`GraphError::Unreadable`]: read again, or, after a write, look what it did.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, GraphError> {
        lenient::read(&self.body).map_err(|_| self.unreadable())
    }

    /// Microsoft's id of the request.
    pub fn request_id(&self) -> Option<&str> {
        request_id(&self.headers)
    }

    /// The error that this answer cannot be read.
    pub(crate) fn unreadable(&self) -> GraphError {
        GraphError::Unreadable(Unreadable { effect: self.effect, request_id: self.request_id().map(str::to_owned) })
    }
}

/// Microsoft's id of the request, from an answer's headers.
pub(crate) fn request_id(headers: &HeaderMap) -> Option<&str> {
    headers.get("request-id").and_then(|value| value.to_str().ok())
}

/// What Graph said when it refused.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{status} {code}", code = if self.code.is_empty() { "(no code)" } else { &self.code })]
pub struct Refusal {
    /// The HTTP status.
    pub status: StatusCode,
    /// Its code as it came; empty if there was none.
    pub code: String,
    /// Further codes inside, outermost first.
    pub inner_codes: Vec<String>,
    /// Its message, for people who may see the mailbox: it can hold addresses.
    pub message: String,
    /// Microsoft's id of the request.
    pub request_id: Option<String>,
    /// How long it asks us to wait.
    pub retry_after: Option<Duration>,
    /// Whether it asks for a token with certain claims.
    pub wants_claims: bool,
    /// The effect of the call that was refused.
    pub effect: Effect,
    /// Where the address came from.
    pub addressed: Addressed,
}

impl Refusal {
    /// Reads a refusal, whatever its body.
    pub(crate) fn read(status: StatusCode, headers: &HeaderMap, body: &[u8], effect: Effect, addressed: Addressed, now: Timestamp) -> Self {
        let envelope = lenient::read::<Envelope>(body).unwrap_or_default().error;
        let mut inner_codes = Vec::new();
        collect_codes(envelope.inner(), &mut inner_codes);
        let inner_request_id = envelope.inner().and_then(|inner| inner.get("request-id")).and_then(|id| id.as_str());
        Refusal {
            status,
            request_id: request_id(headers).or(inner_request_id).map(str::to_owned),
            retry_after: retry_after(headers, now),
            wants_claims: status == StatusCode::UNAUTHORIZED && crate::oauth::challenge::claims(headers).is_some(),
            inner_codes,
            code: envelope.code.unwrap_or_default(),
            message: envelope.message.unwrap_or_default(),
            effect,
            addressed,
        }
    }

    /// Whether the code, or one inside, is `code` in any case.
    pub fn has_code(&self, code: &str) -> bool {
        self.code.eq_ignore_ascii_case(code) || self.inner_codes.iter().any(|inner| inner.eq_ignore_ascii_case(code))
    }

    /// Whether the code, or one inside, is among `codes` in any case.
    pub fn has_any_code(&self, codes: &[&str]) -> bool {
        codes.iter().any(|code| self.has_code(code))
    }
}

#[derive(Default, serde::Deserialize)]
struct Envelope {
    #[serde(default)]
    error: Body,
}

#[derive(Default, serde::Deserialize)]
struct Body {
    #[serde(default)]
    code: Option<String>,
    #[serde(default)]
    message: Option<String>,
    #[serde(flatten)]
    rest: serde_json::Map<String, serde_json::Value>,
}

impl Body {
    fn inner(&self) -> Option<&serde_json::Map<String, serde_json::Value>> {
        inner_of(&self.rest)
    }
}

type Object = serde_json::Map<String, serde_json::Value>;

fn inner_of(object: &Object) -> Option<&Object> {
    object.iter().find(|(name, _)| name.eq_ignore_ascii_case("innererror")).and_then(|(_, value)| value.as_object())
}

/// The deepest nesting of inner errors that is read.
const INNER_MAX: usize = 8;

fn collect_codes(inner: Option<&Object>, codes: &mut Vec<String>) {
    let mut level = inner;
    while let Some(object) = level.filter(|_| codes.len() < INNER_MAX) {
        codes.push(object.get("code").and_then(|code| code.as_str()).unwrap_or_default().to_owned());
        level = inner_of(object);
    }
    codes.retain(|code| !code.is_empty());
}

/// The wait that `Retry-After` asks for, between [`RETRY_AFTER_MIN`] and [`RETRY_AFTER_MAX`].
pub(crate) fn retry_after(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    let text = headers.get(header::RETRY_AFTER)?.to_str().ok()?;
    retry_after_text(text, now)
}

/// As [`retry_after`], from the header's text.
pub(crate) fn retry_after_text(text: &str, now: Timestamp) -> Option<Duration> {
    let text = text.trim();
    let wait = match text.parse::<f64>() {
        Ok(seconds) => Duration::try_from_secs_f64(seconds).ok()?,
        Err(_) => {
            let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(text).ok()?;
            Timestamp::from_millis(at.as_millisecond()).since(now)
        }
    };
    Some(wait.clamp(RETRY_AFTER_MIN, RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(status: u16, body: &str) -> Refusal {
        let mut headers = HeaderMap::new();
        headers.insert("request-id", "from-header".parse().unwrap());
        Refusal::read(StatusCode::from_u16(status).unwrap(), &headers, body.as_bytes(), Effect::Read, Addressed::ByPath, Timestamp::EPOCH)
    }

    #[test]
    fn codes_are_found_in_any_case_and_at_any_depth() {
        let refusal = read(
            403,
            r#"{"error":{"code":"ExtensionError","message":"m","innererror":{"code":"a","InnerError":{"code":"ErrorAccessDenied"}}}}"#,
        );
        assert!(refusal.has_code("extensionerror") && refusal.has_code("erroraccessdenied"));
        assert_eq!(refusal.request_id.as_deref(), Some("from-header"));
        assert_eq!(refusal.to_string(), "403 Forbidden ExtensionError");
    }

    #[test]
    fn empty_html_and_truncated_bodies_leave_the_status() {
        for body in ["", "<html>Bad gateway</html>", r#"{"error":{"code":"Err"#, r#"{"error":null}"#, "[]"] {
            let refusal = read(503, body);
            assert_eq!((refusal.status.as_u16(), refusal.code.as_str()), (503, ""), "{body}");
        }
    }

    #[test]
    fn retry_after_is_read_in_all_its_forms() {
        let now = Timestamp::parse("2015-10-21T07:27:00Z").unwrap();
        for (text, seconds) in [
            ("7", Some(7.0)),
            ("2.128", Some(2.128)),
            ("0", Some(1.0)),
            ("999999", Some(21600.0)),
            ("Wed, 21 Oct 2015 07:28:00 GMT", Some(60.0)),
            ("Wed, 21 Oct 2015 07:00:00 GMT", Some(1.0)),
            ("soon", None),
            ("-3", None),
        ] {
            assert_eq!(retry_after_text(text, now).map(|wait| wait.as_secs_f64()), seconds, "{text}");
        }
    }
}
