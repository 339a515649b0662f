//! Refusals of the identity platform, at the token endpoint and on the way back from the browser.
//!
//! A refusal (identity-and-security.md 1.5, 2) is JSON: `error`, `error_description` ("AADSTSnnnnn: ..."),
//! `error_codes`, `suberror`, `trace_id`, `correlation_id`, sometimes `claims`; on the redirect the first two come as
//! query parameters; behind an outage there may be HTML or nothing. What to do follows from status, `error` and
//! `suberror`; Microsoft's codes only choose the words for people, except for the few that say that the directory,
//! not the grant, has a passing trouble. `invalid_grant` and its kin kill the grant; `invalid_client` and its kin
//! are a mistake in the registration that stops every grant of the application and none for good.
//! The description is text from outside: it is never shown, logged or branched on.

use std::time::Duration;

use base::{Problem, Recourse, Timestamp};
use bytes::Bytes;
use http::Response;
use serde::Deserialize;

use crate::answer::retry_after;
use crate::oauth::aadsts::{self, Cause};

/// How long a wrong registration is left alone before it is tried again.
pub const MISCONFIGURED_WAIT: Duration = Duration::from_secs(900);
/// The wait after a passing trouble that does not say how long.
pub const PASSING_WAIT: Duration = Duration::from_secs(30);

/// What the identity platform said when it refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the identity platform refused: {} {}", self.error, self.code_name())]
pub struct OauthError {
    /// The HTTP status; 0 on the way back from the browser.
    pub status: u16,
    /// The OAuth error, such as `invalid_grant`; empty if the answer was not readable.
    pub error: String,
    /// Microsoft's refinement, such as `consent_required`.
    pub suberror: String,
    /// Microsoft's codes (`AADSTS` numbers), the most telling first.
    pub codes: Vec<u32>,
    /// Claims to be sent along with the next sign-in.
    pub claims: Option<String>,
    /// What Microsoft's support asks for.
    pub trace_id: Option<String>,
    /// What Microsoft's support asks for.
    pub correlation_id: Option<String>,
    /// How long it asks us to wait.
    pub retry_after: Option<Duration>,
}

#[derive(Default, Deserialize)]
struct Wire {
    #[serde(default)]
    error: Option<String>,
    #[serde(default)]
    error_description: Option<String>,
    #[serde(default)]
    error_codes: Option<Vec<u32>>,
    #[serde(default)]
    suberror: Option<String>,
    #[serde(default)]
    claims: Option<String>,
    #[serde(default)]
    trace_id: Option<String>,
    #[serde(default)]
    correlation_id: Option<String>,
}

impl OauthError {
    /// Reads what the token endpoint answered.
    pub(crate) fn read(answer: &Response<Bytes>, now: Timestamp) -> Self {
        let wire: Wire = serde_json::from_slice(answer.body()).unwrap_or_default();
        let described = aadsts_code(wire.error_description.as_deref().unwrap_or_default());
        let mut codes = wire.error_codes.unwrap_or_default();
        if let Some(code) = described.filter(|code| !codes.contains(code)) {
            codes.insert(0, code);
        }
        OauthError {
            status: answer.status().as_u16(),
            error: wire.error.unwrap_or_default(),
            suberror: wire.suberror.unwrap_or_default(),
            codes,
            claims: wire.claims.filter(|claims| !claims.is_empty()),
            trace_id: wire.trace_id,
            correlation_id: wire.correlation_id,
            retry_after: retry_after(answer.headers(), now),
        }
    }

    /// A refusal that came back through the browser. Believe it only once the state has been verified.
    pub fn from_redirect(error: &str, description: &str, subcode: &str) -> Self {
        let mut refusal = OauthError::bare(0, error);
        subcode.clone_into(&mut refusal.suberror);
        refusal.codes = aadsts_code(description).into_iter().collect();
        refusal
    }

    pub(crate) fn bare(status: u16, error: &str) -> Self {
        OauthError {
            status,
            error: error.chars().filter(|letter| letter.is_ascii_alphanumeric() || *letter == '_').take(64).collect(),
            suberror: String::new(),
            codes: Vec::new(),
            claims: None,
            trace_id: None,
            correlation_id: None,
            retry_after: None,
        }
    }

    /// What to do next.
    pub fn recourse(&self) -> Recourse {
        match self.cause() {
            Cause::Passing => Recourse::RetryAfter(self.retry_after.unwrap_or(PASSING_WAIT)),
            Cause::Registration => Recourse::RetryAfter(self.retry_after.unwrap_or(MISCONFIGURED_WAIT)),
            Cause::Grant => Recourse::Reauthorize,
        }
    }

    /// The refusal in words for people.
    pub fn problem(&self) -> Problem {
        aadsts::problem(self)
    }

    /// Microsoft's code as people write it, such as `AADSTS65001`; the OAuth error where there is none.
    pub fn code_name(&self) -> String {
        match self.codes.first() {
            Some(code) => format!("AADSTS{code}"),
            None if self.error.is_empty() => format!("HTTP {}", self.status),
            None => self.error.clone(),
        }
    }

    /// Whether the registration is wrong, so that every grant of the application is refused alike.
    pub(crate) fn concerns_the_client(&self) -> bool {
        matches!(self.error.as_str(), "invalid_client" | "unauthorized_client") && self.cause() == Cause::Registration
    }

    pub(crate) fn cause(&self) -> Cause {
        if self.codes.iter().any(|code| aadsts::is_passing(*code)) || matches!(self.status, 408 | 429 | 500..=599) {
            return Cause::Passing;
        }
        match self.error.as_str() {
            "temporarily_unavailable" | "server_error" => Cause::Passing,
            "invalid_grant"
            | "interaction_required"
            | "consent_required"
            | "login_required"
            | "access_denied"
            | "account_selection_required"
            | "permission_denied" => Cause::Grant,
            "invalid_client"
            | "unauthorized_client"
            | "invalid_scope"
            | "invalid_resource"
            | "invalid_request"
            | "invalid_tenant"
            | "unsupported_grant_type"
            | "unsupported_response_type"
            | "invalid_instance" => Cause::Registration,
            _ => Cause::Passing,
        }
    }
}

/// The number in "AADSTS65001: ...".
fn aadsts_code(description: &str) -> Option<u32> {
    let after = description.split_once("AADSTS")?.1;
    let digits = after.split(|letter: char| !letter.is_ascii_digit()).next()?;
    digits.parse().ok()
}
