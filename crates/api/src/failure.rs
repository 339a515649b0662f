//! Failures as HTTP answers: problem+json (RFC 9457).
//!
//! `code`, `title`, `detail`, `action` (what to do and who can), `retryable` and Microsoft's `request-id` where there is
//! one. Causes stay in the log. The web side turns a failure into a page for whoever asked for HTML: it finds it among the
//! extensions of the answer.

use std::time::Duration;

use axum::response::{IntoResponse, Response};
use base::{Problem, Recourse};
use graph::GraphError;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use store::StoreError;
use utoipa::ToSchema;

/// Why a request did not get what it asked for.
#[derive(Clone, Debug)]
pub struct Failure {
    /// The answer's status.
    pub status: StatusCode,
    /// In words.
    pub problem: Problem,
    /// What else is known. Boxed: results stay small.
    known: Option<Box<Known>>,
}

/// What is known of some failures.
#[derive(Clone, Debug, Default)]
struct Known {
    retry_after: Option<Duration>,
    request_id: Option<String>,
}

/// Why a request did not get what it asked for (RFC 9457).
#[derive(Serialize, ToSchema)]
#[schema(as = Problem)]
pub(crate) struct Wire<'a> {
    /// `urn:rapport:problem:` and the code.
    r#type: String,
    /// What happened.
    title: &'a str,
    /// The answer's status.
    status: u16,
    /// Why, as far as we know.
    detail: &'a str,
    /// Stable, for programs.
    code: &'a str,
    /// What to do next, and who can.
    action: &'a str,
    /// Whether the same request may work later.
    retryable: bool,
    /// Microsoft's id of the request that failed, where it was one of theirs.
    #[serde(rename = "request-id", skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl Failure {
    /// A failure that trying again does not mend.
    pub fn new(status: StatusCode, problem: Problem) -> Self {
        Failure { status, problem, known: None }
    }

    /// The same, but worth another try after this long.
    #[must_use]
    pub fn retryable(mut self, after: Duration) -> Self {
        self.known.get_or_insert_default().retry_after = Some(after);
        self
    }

    /// The same, with Microsoft's id of the request that failed, if it gave one.
    #[must_use]
    pub fn of_request(mut self, request_id: Option<&str>) -> Self {
        if let Some(id) = request_id {
            self.known.get_or_insert_default().request_id = Some(id.to_owned());
        }
        self
    }

    /// After how long the same request may work; `None` if it will not.
    pub fn retry_after(&self) -> Option<Duration> {
        self.known.as_ref().and_then(|known| known.retry_after)
    }

    /// Microsoft's id of the request that failed.
    pub fn request_id(&self) -> Option<&str> {
        self.known.as_ref().and_then(|known| known.request_id.as_deref())
    }

    /// There is nothing at this address.
    pub fn not_found() -> Self {
        let problem = Problem::new(
            "not_found",
            "There is nothing at this address.",
            "It may have been deleted at Microsoft, or the address is incomplete.",
            "Open Mailboxes and look for it there.",
        );
        Failure::new(StatusCode::NOT_FOUND, problem)
    }

    /// There is something at this address, but it does not understand the method.
    pub fn method_not_allowed() -> Self {
        let problem = Problem::new(
            "method_not_allowed",
            "That cannot be done here.",
            "There is something at this address, but it does not understand the method.",
            "Look at this address in /openapi.json.",
        );
        Failure::new(StatusCode::METHOD_NOT_ALLOWED, problem)
    }

    /// Nobody is signed in.
    pub fn signed_out() -> Self {
        let problem = Problem::new(
            "signed_out",
            "You are not signed in.",
            "There is no session, or it has ended.",
            "Sign in with the administrator token that was printed when Rapport first started.",
        );
        Failure::new(StatusCode::UNAUTHORIZED, problem)
    }

    /// Whoever is signed in is no administrator.
    pub fn administrators_only() -> Self {
        let problem = Problem::new(
            "administrators_only",
            "This is for administrators.",
            "You are signed in as a member of the workspace, and this concerns all of it.",
            "Ask an administrator, or sign out and sign in with the administrator token.",
        );
        Failure::new(StatusCode::FORBIDDEN, problem)
    }

    /// A form that did not come from a page of ours.
    pub fn foreign_form() -> Self {
        let problem = Problem::new(
            "foreign_form",
            "That button was pressed on a page that is not, or no longer, part of this session.",
            "Its hidden key does not match: the page was open since before you signed in, or another site sent it.",
            "Go back, reload the page, and press the button again.",
        );
        Failure::new(StatusCode::FORBIDDEN, problem)
    }

    /// A request that cannot be understood: what is wrong with it, and the mend.
    pub fn bad_request(code: &str, detail: impl Into<String>, action: impl Into<String>) -> Self {
        let problem = Problem::new(code, "The request cannot be understood.", detail, action);
        Failure::new(StatusCode::BAD_REQUEST, problem)
    }

    /// The request is understood, but what it asks for cannot be.
    pub fn unprocessable(code: &str, title: impl Into<String>, detail: impl Into<String>, action: impl Into<String>) -> Self {
        Failure::new(StatusCode::UNPROCESSABLE_ENTITY, Problem::new(code, title, detail, action))
    }

    /// What is asked for stands against what is there.
    pub fn conflict(code: &str, title: impl Into<String>, detail: impl Into<String>, action: impl Into<String>) -> Self {
        Failure::new(StatusCode::CONFLICT, Problem::new(code, title, detail, action))
    }

    /// Nobody is recognised.
    pub fn unrecognised(code: &str, detail: impl Into<String>) -> Self {
        let action = "Send `Authorization: Bearer` with an API key (console, Developers) or with a token of the configured issuer.";
        Failure::new(StatusCode::UNAUTHORIZED, Problem::new(code, "Rapport does not know who is asking.", detail, action))
    }

    /// Whoever asks is known and may not.
    pub fn forbidden(code: &str, detail: impl Into<String>, action: impl Into<String>) -> Self {
        Failure::new(StatusCode::FORBIDDEN, Problem::new(code, "That is not allowed.", detail, action))
    }

    /// Too many attempts from one address.
    pub fn too_many(wait: Duration) -> Self {
        let problem = Problem::new(
            "too_many_attempts",
            "Too many attempts from this address.",
            format!("Rapport allows a few in a while, and will listen again in {} seconds.", wait.as_secs().max(1)),
            "Wait, then try again.",
        );
        Failure::new(StatusCode::TOO_MANY_REQUESTS, problem).retryable(wait.max(Duration::from_secs(1)))
    }

    fn wire(&self) -> Wire<'_> {
        Wire {
            r#type: format!("urn:rapport:problem:{}", self.problem.code),
            title: &self.problem.title,
            status: self.status.as_u16(),
            detail: &self.problem.detail,
            code: &self.problem.code,
            action: &self.problem.action,
            retryable: self.retry_after().is_some(),
            request_id: self.request_id(),
        }
    }

    /// The headers of the answer, for a body of this kind.
    pub fn head(&self, content_type: &'static str) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        if let Some(wait) = self.retry_after() {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(wait.as_secs().max(1)));
        }
        headers
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let body = serde_json::to_vec(&self.wire()).expect("our own words serialise");
        let mut response = (self.status, self.head("application/problem+json"), body).into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        tracing::error!(error = %error, "The database did not give what a page needs");
        let problem = Problem::new(
            "database_unavailable",
            "The database did not answer.",
            "It may be busy, full or unreachable. Nothing was changed.",
            "Try again in a moment. If it stays so, run `rapport doctor` on the server.",
        );
        let failure = Failure::new(StatusCode::SERVICE_UNAVAILABLE, problem);
        match error.recourse() {
            Recourse::RetryAfter(wait) => failure.retryable(wait),
            _ => failure,
        }
    }
}

impl From<GraphError> for Failure {
    fn from(error: GraphError) -> Self {
        let status = match error.recourse() {
            _ if error.status() == Some(StatusCode::NOT_FOUND) => StatusCode::NOT_FOUND,
            Recourse::RetryAfter(_) => StatusCode::SERVICE_UNAVAILABLE,
            Recourse::Reauthorize => StatusCode::CONFLICT,
            Recourse::Resync | Recourse::Verify | Recourse::Refuse => StatusCode::BAD_GATEWAY,
        };
        let failure = Failure::new(status, error.problem()).of_request(error.request_id());
        match error.recourse() {
            Recourse::RetryAfter(wait) => failure.retryable(wait),
            _ => failure,
        }
    }
}
