//! Every failure has words, and none of them are Microsoft's.

use base::Timestamp;
use http::{HeaderMap, StatusCode};

use super::*;
use crate::call::Addressed;
use transport::{Effect, Fault, TransportError};

fn refused(status: u16, code: &str) -> Problem {
    let body = format!(r#"{{"error":{{"code":"{code}","message":"The requested user 'anna@contoso.example' is invalid."}}}}"#);
    let status = StatusCode::from_u16(status).unwrap();
    let refusal = Refusal::read(status, &HeaderMap::new(), body.as_bytes(), Effect::Read, Addressed::ByPath, Timestamp::EPOCH);
    GraphError::Refused(Box::new(refusal)).problem()
}

#[test]
fn what_a_person_can_do_follows_from_status_and_code() {
    for (status, code, title) in [
        (404, "MailboxNotEnabledForRESTAPI", "The account has no mailbox that can be read"),
        (403, "erroraccessdenied", "Microsoft does not let this application into the mailbox"),
        (403, "somethingNew", "Microsoft forbids it"),
        (401, "InvalidAuthenticationToken", "Microsoft does not accept our access any more"),
        (404, "ErrorItemNotFound", "It is not there any more"),
        (410, "syncStateNotFound", "Microsoft has forgotten where we left off"),
        (429, "", "Microsoft asks us to slow down for this mailbox"),
        (503, "", "Microsoft could not answer"),
        (400, "BadRequest", "Microsoft refused the request"),
        (507, "ErrorQuotaExceeded", "The mailbox is full"),
    ] {
        assert_eq!(refused(status, code).title, title, "{status} {code}");
    }
    assert_eq!(refused(502, "").code, "HTTP 502");
}

#[test]
fn no_words_hold_what_microsofts_message_says() {
    for (status, code) in [(404, "ErrorInvalidUser"), (400, "BadRequest"), (500, "x"), (403, "y"), (401, "z")] {
        assert!(!refused(status, code).to_string().contains("anna"), "{status} {code}");
    }
}

#[test]
fn a_refusal_reads_as_one_message() {
    assert_eq!(
        refused(403, "ErrorAccessDenied").to_string(),
        "Microsoft does not let this application into the mailbox\n\
         A permission is missing, or an access policy or role assignment of the organisation leaves this mailbox out (ErrorAccessDenied)\n\
         Next: Ask an administrator to check the application's permissions and its access policy in Exchange Online. Changes take up to two hours."
    );
}

#[test]
fn every_other_failure_has_whole_sentences() {
    let lost = |effect| GraphError::Lost { error: TransportError::answer_lost(Fault::Timeout), effect };
    for error in [
        lost(Effect::Read),
        lost(Effect::Once),
        GraphError::Paced { wait: std::time::Duration::from_secs(1) },
        GraphError::ForeignLink(crate::page::ForeignLink),
        GraphError::Unaskable("the address is not a URI"),
        GraphError::TokenSource(TokenSourceError::Gone),
        GraphError::TokenSource(TokenSourceError::Sealed),
        GraphError::TokenSource(TokenSourceError::Unavailable),
    ] {
        let problem = error.problem();
        assert!(!problem.title.ends_with('.') && problem.detail.ends_with('.') && problem.action.ends_with('.'), "{problem}");
    }
}
