//! What came back: what a mail system said about one recipient, in words, and what to do next.

use maud::{Markup, html};

use super::list::Bounce;

/// What is said about one recipient.
pub fn callout(bounce: &Bounce) -> Markup {
    let who = bounce.recipient.as_deref().unwrap_or("a recipient");
    let (why, next) = words(&bounce.reason);
    html! {
        div.callout {
            p.title { @if bounce.is_failed { "It did not reach " } @else { "It has not reached " } span dir="auto" { (who) } @if !bounce.is_failed { " yet" } "." }
            p { (why) @if let Some(status) = &bounce.status { " (" (status) ")" } }
            @if let Some(said) = bounce.diagnostic.as_deref().filter(|said| !said.is_empty()) { p.hint dir="auto" { "The other server said: " (said) } }
            p.next { strong { "Next: " } @if bounce.is_failed { (next) } @else { "Nothing. It goes on being tried for about two days." } }
            p { a href={ "/messages/" (bounce.report) } { "The report" } @if bounce.is_hard { ". Writing to this address again is of no use." } }
        }
    }
}

/// Why, and what to do.
fn words(reason: &str) -> (&'static str, &'static str) {
    match reason {
        "user_unknown" => ("There is no such address.", "Look whether the address is written right, and ask for the new one."),
        "host_unknown" => ("There is no such domain, or it takes no mail.", "Look whether what stands behind the @ is written right."),
        "has_moved" => ("The person has moved to another address.", "Write to the new address."),
        "not_accept" => ("This address takes no mail.", "Ask for another address."),
        "mailbox_full" | "exceed_limit" => ("The mailbox is full, or over a limit.", "Write again in some days, or call."),
        "message_too_big" => ("The mail is too large for that mailbox.", "Send it with smaller files, or a link to them."),
        "suspend" => ("The account is suspended.", "Ask for another address."),
        "spam_detected" | "content_error" | "policy_violation" | "filtered" | "security_error" | "virus_detected" => (
            "The other side's filter refused what the mail says or carries.",
            "Write it in other words, without files, or ask them to allow you.",
        ),
        "blocked" | "bad_reputation" | "require_ptr" | "auth_failure" | "not_compliant_rfc" => (
            "The other side does not trust your mail system.",
            "Show this report to whoever cares for your domain: SPF, DKIM, DMARC and the servers' standing are to be looked at.",
        ),
        "no_relaying" => ("That server does not take mail for this address.", "Ask the recipient: their domain may be set up wrongly."),
        "rejected" => ("The other server refused it.", "Ask the recipient to allow your address."),
        "expired" | "network_error" | "system_error" | "mailer_error" | "too_many_connections" => {
            ("The other server could not be reached, or was in trouble.", "Write again later.")
        }
        _ => ("The report does not say why.", "Read the report."),
    }
}
