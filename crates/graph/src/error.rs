//! Errors of Graph calls and what to do after each.
//!
//! [`GraphError::recourse`] is the table of graph.md 1.5 and 4.2 as a function of status, code, the call's effect and
//! whether it followed a link:
//! - 401 that a fresh token did not cure: the grant is dead (`Reauthorize`), except where the code says that the
//!   tenant or mailbox is the trouble (`Refuse`).
//! - 403, 4xx in general: `Refuse`. A refusal by access policy is not cured by signing in again.
//! - 410, any code of a lost sync state, and any 400 or 404 of a *followed* link that is not about the mailbox:
//!   `Resync`. A link is not ours to correct, so when it stops working the round starts anew.
//! - 429, and a 503 with `Retry-After`: `RetryAfter`, for writes too, because they are refused before they are carried out.
//! - 408, 500, 502, 504, any other 503, a lost or unreadable answer: `RetryAfter` for what may be repeated, `Verify` for the
//!   rest: a gateway that gave up says nothing of what was done behind it.
//! - any refusal by an upload session that is not about size or pace: `Resync`. The session is over (3.7).
//! - 412 and `ErrorIrresolvableConflict`: somebody else wrote at the same time, so look first: `Verify`.
//!
//! The waits given here without a `Retry-After` are fixed; who retries more than once adds a schedule of its own.

use std::time::Duration;

use base::{Problem, Recourse};
use http::StatusCode;

use crate::answer::Refusal;
use crate::call::Addressed;
use crate::explain;
use crate::oauth::OauthError;
use crate::page::ForeignLink;
use crate::token::TokenSourceError;
use transport::{Effect, NETWORK_WAIT, TransportError};

/// The wait after a 429 that does not say how long.
pub const THROTTLED_WAIT: Duration = Duration::from_secs(10);
/// The wait after an internal failure of Microsoft's that does not say how long.
pub const BROKEN_WAIT: Duration = Duration::from_secs(5);
/// The wait where Microsoft's own limits last for hours.
pub const QUOTA_WAIT: Duration = Duration::from_secs(3600);

/// Why a call to Graph did not give what it should.
#[derive(Clone, Debug, thiserror::Error)]
pub enum GraphError {
    /// Graph answered and refused.
    #[error("Graph refused: {0}")]
    Refused(Box<Refusal>),
    /// No whole answer came.
    #[error("no answer from Graph: {error}")]
    Lost {
        /// What went wrong.
        error: TransportError,
        /// The effect of the call.
        effect: Effect,
    },
    /// An answer came that cannot be read.
    #[error("{0}")]
    Unreadable(Unreadable),
    /// No token could be had.
    #[error("no token: {0}")]
    Oauth(Box<OauthError>),
    /// Whoever keeps the tokens failed.
    #[error("no token: {0}")]
    TokenSource(TokenSourceError),
    /// The mailbox may not be called yet: nothing was sent.
    #[error("the mailbox may be called again in {} ms", wait.as_millis())]
    Paced {
        /// How long to wait.
        wait: Duration,
    },
    /// A link leads away from the configured root: nothing was sent, nothing may be stored.
    #[error(transparent)]
    ForeignLink(#[from] ForeignLink),
    /// What is asked for cannot be asked: nothing was sent.
    #[error("the request cannot be made: {0}")]
    Unaskable(&'static str),
}

/// An answer of 2xx whose body is not what it should be: cut off, HTML, another shape.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Graph's answer cannot be read")]
pub struct Unreadable {
    /// The effect of the call.
    pub effect: Effect,
    /// Microsoft's id of the request.
    pub request_id: Option<String>,
}

impl GraphError {
    /// What to do next.
    pub fn recourse(&self) -> Recourse {
        match self {
            GraphError::Refused(refusal) => after_refusal(refusal),
            GraphError::Lost { error, effect } => error.recourse(*effect),
            GraphError::Unreadable(unreadable) => again_or_verify(unreadable.effect, BROKEN_WAIT),
            GraphError::Oauth(error) => error.recourse(),
            GraphError::TokenSource(error) => error.recourse(),
            GraphError::Paced { wait } => Recourse::RetryAfter(*wait),
            GraphError::ForeignLink(_) | GraphError::Unaskable(_) => Recourse::Refuse,
        }
    }

    /// The failure in words for people, without addresses, subjects or secrets.
    pub fn problem(&self) -> Problem {
        explain::problem(self)
    }

    /// Microsoft's id of the request, where there is one.
    pub fn request_id(&self) -> Option<&str> {
        match self {
            GraphError::Refused(refusal) => refusal.request_id.as_deref(),
            GraphError::Unreadable(unreadable) => unreadable.request_id.as_deref(),
            GraphError::Oauth(error) => error.trace_id.as_deref(),
            _ => None,
        }
    }

    /// The status that Graph answered with, where it refused.
    pub fn status(&self) -> Option<StatusCode> {
        match self {
            GraphError::Refused(refusal) => Some(refusal.status),
            _ => None,
        }
    }

    /// Graph's code, where it gave one.
    pub fn code(&self) -> Option<&str> {
        match self {
            GraphError::Refused(refusal) if !refusal.code.is_empty() => Some(&refusal.code),
            GraphError::Oauth(error) => Some(&error.error),
            _ => None,
        }
    }

    /// Whether the token was refused in a way that another token may cure.
    pub(crate) fn wants_another_token(&self) -> bool {
        let GraphError::Refused(refusal) = self else { return false };
        refusal.status == StatusCode::UNAUTHORIZED && (refusal.wants_claims || !refusal.has_any_code(NOT_THE_GRANT))
    }

    /// Whether Graph says that it stands against what is there, such as an event that was made before.
    pub fn is_conflict(&self) -> bool {
        self.status() == Some(StatusCode::CONFLICT)
    }

    /// Whether Graph says that the thing asked for is not there.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }
}

/// Codes that mean that a delta link no longer resumes anything.
const LOST_SYNC_STATE: &[&str] =
    &["syncStateNotFound", "syncStateInvalid", "resyncRequired", "ErrorInvalidSyncStateData", "ErrorSyncFolderNotFound"];
/// Codes that say that the mailbox, not the link or the id, cannot be used.
const MAILBOX_UNUSABLE: &[&str] =
    &["MailboxNotEnabledForRESTAPI", "ErrorInvalidUser", "ErrorNonExistentMailbox", "Request_ResourceNotFound", "ErrorAccessDenied"];
/// Codes of a 401 that no sign-in cures.
const NOT_THE_GRANT: &[&str] =
    &["MailboxNotEnabledForRESTAPI", "OrganizationFromTenantGuidNotFound", "AuthenticationError", "Unauthorized"];
/// Codes of limits that last for hours.
const HOURS: &[&str] = &["ErrorExceededMessageLimit", "ErrorMessageSubmissionBlocked"];
/// Codes that mean that trying again never helps, whatever the status.
const FOR_EVER: &[&str] = &["ErrorCorruptData", "ErrorQuotaExceeded", "quotaLimitReached", "notSupported"];

fn after_refusal(refusal: &Refusal) -> Recourse {
    if refusal.has_any_code(LOST_SYNC_STATE) {
        return Recourse::Resync;
    }
    if refusal.has_any_code(HOURS) {
        return Recourse::RetryAfter(refusal.retry_after.unwrap_or(QUOTA_WAIT));
    }
    if refusal.has_any_code(FOR_EVER) {
        return Recourse::Refuse;
    }
    if refusal.has_code("ErrorIrresolvableConflict") {
        return look_first(refusal.effect);
    }
    if refusal.addressed == Addressed::BySession && SESSION_IS_OVER.contains(&refusal.status.as_u16()) && !refusal.has_any_code(TOO_LARGE) {
        return Recourse::Resync;
    }
    by_status(refusal)
}

/// How an upload session says that it has ended or expects another range (graph.md 3.7).
const SESSION_IS_OVER: &[u16] = &[400, 401, 403, 404, 409, 410, 416];
/// Codes that say that a message is larger than its mailbox may send.
const TOO_LARGE: &[&str] = &["ErrorMessageSizeExceeded", "RequestEntityTooLarge"];

fn by_status(refusal: &Refusal) -> Recourse {
    let wait = |fallback| refusal.retry_after.unwrap_or(fallback);
    match refusal.status.as_u16() {
        401 if !refusal.wants_claims && refusal.has_any_code(NOT_THE_GRANT) => Recourse::Refuse,
        401 => Recourse::Reauthorize,
        410 => Recourse::Resync,
        400 | 404 if refusal.addressed == Addressed::ByLink && !refusal.has_any_code(MAILBOX_UNUSABLE) => Recourse::Resync,
        412 => look_first(refusal.effect),
        429 | 509 => Recourse::RetryAfter(wait(THROTTLED_WAIT)),
        503 if refusal.retry_after.is_some() => Recourse::RetryAfter(wait(BROKEN_WAIT)),
        423 | 424 => Recourse::RetryAfter(wait(BROKEN_WAIT)),
        408 | 500 | 502..=504 => again_or_verify(refusal.effect, wait(BROKEN_WAIT)),
        _ => Recourse::Refuse,
    }
}

fn again_or_verify(effect: Effect, wait: Duration) -> Recourse {
    match effect {
        Effect::Read | Effect::Repeatable => Recourse::RetryAfter(wait),
        Effect::Once => Recourse::Verify,
    }
}

fn look_first(effect: Effect) -> Recourse {
    match effect {
        Effect::Read => Recourse::RetryAfter(NETWORK_WAIT),
        Effect::Repeatable | Effect::Once => Recourse::Verify,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::Timestamp;
    use http::HeaderMap;

    const AGAIN: Recourse = Recourse::RetryAfter(BROKEN_WAIT);

    fn recourse(status: u16, code: &str, effect: Effect, addressed: Addressed) -> Recourse {
        after(status, code, None, effect, addressed)
    }

    fn after(status: u16, code: &str, wait: Option<&str>, effect: Effect, addressed: Addressed) -> Recourse {
        let headers: HeaderMap = wait.into_iter().map(|wait| (http::header::RETRY_AFTER, wait.parse().unwrap())).collect();
        let body = format!(r#"{{"error":{{"code":"{code}","message":""}}}}"#);
        let status = StatusCode::from_u16(status).unwrap();
        let refusal = Refusal::read(status, &headers, body.as_bytes(), effect, addressed, Timestamp::EPOCH);
        GraphError::Refused(Box::new(refusal)).recourse()
    }

    #[test]
    fn reads_follow_the_table_of_codes() {
        for (status, code, expected) in [
            (401, "InvalidAuthenticationToken", Recourse::Reauthorize),
            (401, "OrganizationFromTenantGuidNotFound", Recourse::Refuse),
            (403, "ErrorAccessDenied", Recourse::Refuse),
            (403, "errormessagesubmissionblocked", Recourse::RetryAfter(QUOTA_WAIT)),
            (404, "MailboxNotEnabledForRESTAPI", Recourse::Refuse),
            (404, "ErrorItemNotFound", Recourse::Refuse),
            (404, "ErrorSyncFolderNotFound", Recourse::Resync),
            (404, "", Recourse::Refuse),
            (410, "", Recourse::Resync),
            (410, "SYNCSTATENOTFOUND", Recourse::Resync),
            (400, "resyncRequired", Recourse::Resync),
            (400, "ErrorInvalidIdMalformed", Recourse::Refuse),
            (429, "ApplicationThrottled", Recourse::RetryAfter(THROTTLED_WAIT)),
            (507, "ErrorQuotaExceeded", Recourse::Refuse),
            (500, "ErrorCorruptData", Recourse::Refuse),
            (500, "ErrorInternalServerError", AGAIN),
            (502, "", AGAIN),
            (503, "serviceNotAvailable", AGAIN),
            (504, "", AGAIN),
            (501, "", Recourse::Refuse),
            (302, "", Recourse::Refuse),
        ] {
            assert_eq!(recourse(status, code, Effect::Read, Addressed::ByPath), expected, "{status} {code}");
        }
    }

    #[test]
    fn a_write_that_may_have_happened_is_verified_and_one_refused_at_the_door_is_repeated() {
        for status in [408, 500, 502, 503, 504, 412] {
            assert_eq!(recourse(status, "", Effect::Once, Addressed::ByPath), Recourse::Verify, "{status}");
        }
        assert_eq!(recourse(409, "ErrorIrresolvableConflict", Effect::Repeatable, Addressed::ByPath), Recourse::Verify);
        let busy = after(503, "ErrorServerBusy", Some("7"), Effect::Once, Addressed::ByPath);
        assert_eq!(busy, Recourse::RetryAfter(Duration::from_secs(7)), "a wait that is named proves the refusal");
        assert_eq!(recourse(429, "", Effect::Once, Addressed::ByPath), Recourse::RetryAfter(THROTTLED_WAIT));
        assert_eq!(recourse(500, "", Effect::Repeatable, Addressed::ByPath), AGAIN);
    }

    #[test]
    fn an_upload_session_that_is_over_says_nothing_of_the_grant() {
        for status in [400, 401, 403, 404, 409, 410, 416] {
            assert_eq!(recourse(status, "", Effect::Once, Addressed::BySession), Recourse::Resync, "{status}");
        }
        assert_eq!(recourse(400, "ErrorMessageSizeExceeded", Effect::Once, Addressed::BySession), Recourse::Refuse);
        assert_eq!(recourse(502, "", Effect::Once, Addressed::BySession), Recourse::Verify);
    }

    #[test]
    fn a_link_that_stops_working_means_a_new_round_unless_the_mailbox_is_the_trouble() {
        assert_eq!(recourse(400, "BadRequest", Effect::Read, Addressed::ByLink), Recourse::Resync);
        assert_eq!(recourse(404, "ErrorItemNotFound", Effect::Read, Addressed::ByLink), Recourse::Resync);
        assert_eq!(recourse(404, "MailboxNotEnabledForRESTAPI", Effect::Read, Addressed::ByLink), Recourse::Refuse);
        assert_eq!(recourse(403, "ErrorAccessDenied", Effect::Read, Addressed::ByLink), Recourse::Refuse);
    }

    #[test]
    fn an_unreadable_answer_is_read_again_but_a_write_is_looked_for() {
        let unreadable = |effect| GraphError::Unreadable(Unreadable { effect, request_id: None }).recourse();
        assert_eq!(unreadable(Effect::Read), AGAIN);
        assert_eq!(unreadable(Effect::Once), Recourse::Verify);
        assert_eq!(GraphError::from(ForeignLink).recourse(), Recourse::Refuse);
    }
}
