//! ETags: a hash of an object as its asker sees it, whole, whatever fields were asked for. `If-None-Match` saves sending it
//! again; `If-Match` keeps a change from undoing one that its author has not seen.

use aws_lc_rs::digest;
use axum::extract::FromRequestParts;
use base::Problem;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use serde::Serialize;

use crate::failure::Failure;

/// Bytes of the hash that are shown.
const TAG_BYTES: usize = 15;

/// The tag of one representation, with its quotation marks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ETag(String);

impl ETag {
    /// The tag of a view.
    pub fn of<T: Serialize>(view: &T) -> Self {
        ETag::of_bytes(&serde_json::to_vec(view).expect("views serialise"))
    }

    /// The tag of bytes.
    pub fn of_bytes(bytes: &[u8]) -> Self {
        let hash = digest::digest(&digest::SHA256, bytes);
        ETag(format!("\"{}\"", URL_SAFE_NO_PAD.encode(&hash.as_ref()[..TAG_BYTES])))
    }

    /// As a header.
    pub fn header(&self) -> HeaderValue {
        HeaderValue::from_str(&self.0).expect("a tag is ASCII")
    }

    fn is_among(&self, list: &str) -> bool {
        list.split(',').map(str::trim).any(|tag| tag == "*" || tag.trim_start_matches("W/") == self.0)
    }
}

/// What a request says about the representation that its sender knows.
#[derive(Clone, Debug, Default)]
pub struct Conditions {
    if_match: Option<String>,
    if_none_match: Option<String>,
}

impl Conditions {
    /// Reads the headers.
    pub fn read(headers: &HeaderMap) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value| value.to_str().ok()).map(str::to_owned);
        Conditions { if_match: text(header::IF_MATCH), if_none_match: text(header::IF_NONE_MATCH) }
    }

    /// Whether the sender has this representation already.
    pub fn is_known(&self, tag: &ETag) -> bool {
        self.if_none_match.as_deref().is_some_and(|known| tag.is_among(known))
    }

    /// Whether the sender wants a change only of what they know.
    pub const fn is_wanted(&self) -> bool {
        self.if_match.is_some()
    }

    /// Goes on only if the sender knows what is there now, or did not say.
    ///
    /// # Errors
    /// 412 if it has changed since.
    pub fn check<T: Serialize>(&self, present: &T) -> Result<(), Failure> {
        let Some(wanted) = &self.if_match else { return Ok(()) };
        if ETag::of(present).is_among(wanted) {
            return Ok(());
        }
        let problem = Problem::new(
            "changed_meanwhile",
            "It has changed since you read it.",
            "Its ETag is not the one in If-Match.",
            "Read it again, look at what is different, and send the change with the new ETag.",
        );
        Err(Failure::new(StatusCode::PRECONDITION_FAILED, problem))
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Conditions {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Self, Self::Rejection> {
        Ok(Conditions::read(&parts.headers))
    }
}
