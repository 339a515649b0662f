//! Failures as HTTP answers: problem+json (RFC 9457) for programs, a page for people.
//!
//! `code`, `title`, `detail`, `action` (what to do and who can), `retryable` and Microsoft's `request-id` where there is
//! one. Causes stay in the log. A failure answers as JSON; [`as_page`] turns it into a page for whoever asked for HTML.

use std::time::Duration;

use axum::extract::{Request, State as Given};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use base::{Problem, Recourse};
use graph::GraphError;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Serialize;
use store::StoreError;

use crate::state::State;
use crate::view::problem_page;

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

#[derive(Serialize)]
struct Wire<'a> {
    r#type: String,
    title: &'a str,
    status: u16,
    detail: &'a str,
    code: &'a str,
    action: &'a str,
    retryable: bool,
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

    fn head(&self, content_type: &'static str) -> HeaderMap {
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

/// Whether whoever asks wants a page.
pub fn wants_page(headers: &HeaderMap) -> bool {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok()).unwrap_or_default();
    accept.contains("text/html")
}

/// Turns a failure into a page for those who want one.
pub async fn as_page(Given(state): Given<State>, request: Request, next: Next) -> Response {
    let page = wants_page(request.headers());
    let mut response = next.run(request).await;
    let Some(failure) = response.extensions_mut().remove::<Failure>().filter(|_| page) else { return response };
    let signed_out = failure.status == StatusCode::UNAUTHORIZED;
    let body = problem_page::render(&failure.problem, failure.request_id(), signed_out, &state.settings);
    let cookies: Vec<HeaderValue> = response.headers().get_all(header::SET_COOKIE).iter().cloned().collect();
    let mut answer = (failure.status, failure.head("text/html; charset=utf-8"), body.into_string()).into_response();
    answer.headers_mut().extend(cookies.into_iter().map(|cookie| (header::SET_COOKIE, cookie)));
    answer
}
