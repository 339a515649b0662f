//! What goes wrong at Google, and what to do next.
//!
//! Two shapes of refusals: the token endpoint's `{"error":"invalid_grant","error_description":…}`, and the APIs'
//! `{"error":{"code","message","status","details":[{"@type":…ErrorInfo,"reason",…}]}}`. Words for people are ours: what Google says may
//! hold an address and is never shown or logged; its codes are.

use std::time::Duration;

use base::{Problem, Recourse};
use bytes::Bytes;
use http::{HeaderMap, Response, StatusCode, header};
use serde::Deserialize;
use serde_json::Value;
use transport::{Effect, TransportError};

/// The wait after a passing trouble that does not say how long. The quota of the People API is one of minutes.
const PASSING_WAIT: Duration = Duration::from_secs(60);
/// How long a wrong registration is left alone.
const MISCONFIGURED_WAIT: Duration = Duration::from_secs(900);

/// Why Google has not done what was asked.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GoogleError {
    /// No whole answer came.
    #[error("no answer from Google: {error}")]
    Lost {
        /// Why.
        error: TransportError,
        /// Of a request with this effect.
        effect: Effect,
    },
    /// An answer that is none of Google's.
    #[error("Google's answer cannot be read")]
    Unreadable,
    /// Google refused.
    #[error("Google refused: {} {}", .0.status.as_u16(), .0.code)]
    Refused(Box<Refusal>),
}

/// What Google said when it refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The HTTP status; 400 on the way back from the browser.
    pub status: StatusCode,
    /// The most telling of its codes: a reason such as `EXPIRED_SYNC_TOKEN`, a status such as `RESOURCE_EXHAUSTED`, or an OAuth error such
    /// as `invalid_grant`; empty if none came.
    pub code: String,
    /// How long it asks us to wait.
    pub retry_after: Option<Duration>,
}

#[derive(Deserialize)]
struct Wire {
    error: Value,
}

impl Refusal {
    /// Reads an answer that is no success.
    pub(crate) fn read(answer: &Response<Bytes>) -> Self {
        let error = serde_json::from_slice::<Wire>(answer.body()).map_or(Value::Null, |wire| wire.error);
        let reason = error["details"].as_array().and_then(|details| details.iter().find_map(|detail| detail["reason"].as_str()));
        let code = reason.or_else(|| error["status"].as_str()).or_else(|| error.as_str()).unwrap_or_default();
        Refusal { status: answer.status(), code: plain(code), retry_after: retry_after(answer.headers()) }
    }

    /// What the browser brought back instead of a code.
    pub fn from_redirect(error: &str) -> Self {
        Refusal { status: StatusCode::BAD_REQUEST, code: plain(error), retry_after: None }
    }

    fn recourse(&self) -> Recourse {
        let passing = || Recourse::RetryAfter(self.retry_after.unwrap_or(PASSING_WAIT));
        match (self.status.as_u16(), self.code.as_str()) {
            (_, "EXPIRED_SYNC_TOKEN") => Recourse::Resync,
            (_, "invalid_client" | "unauthorized_client" | "deleted_client" | "SERVICE_DISABLED") => {
                Recourse::RetryAfter(MISCONFIGURED_WAIT)
            }
            (408 | 429 | 500..=599, _) | (_, "rateLimitExceeded" | "RATE_LIMIT_EXCEEDED" | "RESOURCE_EXHAUSTED") => passing(),
            // The token endpoint alone says that a permission is dead: a token that it has just given may be refused for a while.
            (401, _) => passing(),
            (_, "invalid_grant" | "access_denied" | "ACCESS_TOKEN_SCOPE_INSUFFICIENT" | "PERMISSION_DENIED") => Recourse::Reauthorize,
            _ => Recourse::Refuse,
        }
    }

    fn problem(&self) -> Problem {
        let again = "Connect the Google account again on the contacts page.";
        let (title, detail, action) = match (self.code.as_str(), self.status.as_u16()) {
            ("invalid_grant", _) => (
                "Google does not accept the permission any more.",
                "It was taken back, has not been used for six months, or belongs to an app whose consent screen is still in testing, where it ends after a week.",
                again,
            ),
            ("access_denied", _) => ("The permission was not given.", "Whoever signed in at Google declined.", again),
            ("ACCESS_TOKEN_SCOPE_INSUFFICIENT" | "PERMISSION_DENIED", _) => (
                "Rapport may not read the contacts.",
                "At Google's question, the box for contacts was not ticked.",
                "Connect the Google account again and tick \u{201c}See and download your contacts\u{201d}.",
            ),
            ("invalid_client" | "unauthorized_client" | "deleted_client", _) => (
                "Google does not know this client, or its secret is wrong.",
                "The client id or its secret is not what the Google Cloud console shows.",
                "Compare google.client_id and google.client_secret with the console's page \u{201c}Clients\u{201d}, then start Rapport again.",
            ),
            ("redirect_uri_mismatch", _) => (
                "Google does not know the address to come back to.",
                "The redirect address of google.redirect_uri is not listed for this client, character for character.",
                "Add it in the Google Cloud console under \u{201c}Authorised redirect URIs\u{201d}, with https, without a slash at its end.",
            ),
            ("SERVICE_DISABLED", _) => (
                "The People API is not switched on.",
                "The project of the Google client may not use it yet.",
                "Switch on \u{201c}People API\u{201d} in the Google Cloud console; some minutes later Rapport goes on by itself.",
            ),
            (_, 401) => (
                "Google does not take the token that it has just given.",
                "That passes, as a rule.",
                "Nothing: Rapport tries again by itself.",
            ),
            (_, 429) => (
                "Google asks us to wait.",
                "Too many requests were made for this account or this client.",
                "Nothing: Rapport goes on by itself.",
            ),
            (_, 500..=599) => {
                ("Google has a passing trouble.", "Its service did not answer as it should.", "Nothing: Rapport tries again by itself.")
            }
            _ => ("Google refused.", "It did not say why in a way that Rapport knows.", "Try again; if it stays, report the code."),
        };
        let code =
            if self.code.is_empty() { format!("google_{}", self.status.as_u16()) } else { format!("google_{}", self.code.to_lowercase()) };
        Problem::new(code, title, detail, action)
    }
}

impl GoogleError {
    /// What to do next.
    pub fn recourse(&self) -> Recourse {
        match self {
            GoogleError::Lost { error, effect } => error.recourse(*effect),
            GoogleError::Unreadable => Recourse::RetryAfter(PASSING_WAIT),
            GoogleError::Refused(refusal) => refusal.recourse(),
        }
    }

    /// What happened, for people.
    pub fn problem(&self) -> Problem {
        match self {
            GoogleError::Lost { error, .. } => {
                let action = "Nothing: Rapport tries again by itself. If it stays, see whether this machine reaches googleapis.com.";
                Problem::new("google_not_reached", "Google was not reached.", format!("{error}."), action)
            }
            GoogleError::Unreadable => {
                let detail = "What came was not Google's: a proxy or a firewall may have answered.";
                Problem::new(
                    "google_unreadable",
                    "Google's answer cannot be read.",
                    detail,
                    "See whether this machine reaches googleapis.com.",
                )
            }
            GoogleError::Refused(refusal) => refusal.problem(),
        }
    }

    /// Google's code, if it gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            GoogleError::Refused(refusal) => Some(refusal.code.as_str()).filter(|code| !code.is_empty()),
            _ => None,
        }
    }
}

/// A code as it may stand in a log: letters, digits and underscores, not too many.
fn plain(code: &str) -> String {
    code.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').take(60).collect()
}

/// `Retry-After` in seconds.
fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let seconds: u64 = headers.get(header::RETRY_AFTER)?.to_str().ok()?.trim().parse().ok()?;
    Some(Duration::from_secs(seconds.clamp(1, 3600)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(status: u16, body: &str) -> GoogleError {
        let answer = Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap();
        GoogleError::Refused(Box::new(Refusal::read(&answer)))
    }

    #[test]
    fn the_reason_goes_before_the_status_and_says_what_to_do() {
        let expired = r#"{"error":{"code":400,"message":"Sync token is expired.","status":"FAILED_PRECONDITION","details":[
            {"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"EXPIRED_SYNC_TOKEN","domain":"people.googleapis.com"}]}}"#;
        assert_eq!((refused(400, expired).recourse(), refused(400, expired).code()), (Recourse::Resync, Some("EXPIRED_SYNC_TOKEN")));
        let missing = r#"{"error":{"code":403,"status":"PERMISSION_DENIED","details":[{"reason":"ACCESS_TOKEN_SCOPE_INSUFFICIENT"}]}}"#;
        assert_eq!(refused(403, missing).recourse(), Recourse::Reauthorize);
        assert!(refused(403, missing).problem().action.contains("tick"));
        let off = r#"{"error":{"code":403,"status":"PERMISSION_DENIED","details":[{"reason":"SERVICE_DISABLED"}]}}"#;
        assert_eq!(refused(403, off).recourse(), Recourse::RetryAfter(MISCONFIGURED_WAIT));
    }

    #[test]
    fn a_dead_grant_asks_for_a_person_and_a_wrong_secret_kills_none() {
        let dead = r#"{"error":"invalid_grant","error_description":"Token has been expired or revoked."}"#;
        assert_eq!(refused(400, dead).recourse(), Recourse::Reauthorize);
        let refused_token = r#"{"error":{"code":401,"status":"UNAUTHENTICATED"}}"#;
        assert_eq!(refused(401, refused_token).recourse(), Recourse::RetryAfter(PASSING_WAIT));
        assert_eq!(refused(401, r#"{"error":"invalid_client"}"#).recourse(), Recourse::RetryAfter(MISCONFIGURED_WAIT));
        assert_eq!(refused(400, r#"{"error":"redirect_uri_mismatch"}"#).recourse(), Recourse::Refuse);
    }

    #[test]
    fn what_passes_is_waited_for_as_long_as_google_says() {
        let answer = Response::builder().status(429).header("Retry-After", "7").body(Bytes::new()).unwrap();
        assert_eq!(Refusal::read(&answer).recourse(), Recourse::RetryAfter(Duration::from_secs(7)));
        assert_eq!(refused(503, "<html>").recourse(), Recourse::RetryAfter(PASSING_WAIT));
    }

    #[test]
    fn what_google_says_in_words_reaches_nobody() {
        let told = refused(400, r#"{"error":{"code":400,"message":"bo@acme.example is not allowed","status":"bo@acme.example"}}"#);
        assert!(!format!("{told} {} {told:?}", told.problem()).contains('@'));
    }
}
