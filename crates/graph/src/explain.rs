//! Failures of Graph calls in words for people.
//!
//! By status first and by the few codes that change what a person can do (graph.md 1.5). Microsoft's own message is
//! not repeated: it may name addresses, and it speaks to programmers.

use base::{Problem, Recourse};

use crate::answer::Refusal;
use crate::error::GraphError;
use crate::token::TokenSourceError;

const TRIED_AGAIN: &str = "Nothing: it is tried again by itself.";

/// The failure in words for people.
pub(crate) fn problem(error: &GraphError) -> Problem {
    match error {
        GraphError::Refused(refusal) => refused(refusal),
        GraphError::Lost { .. } => lost(error),
        GraphError::Unreadable(_) => Problem::new(
            "unreadable_answer",
            "Microsoft's answer could not be read",
            "It was cut off or came from something in between, such as a proxy.",
            "Nothing at first: it is tried again. If it stays, check the proxy between this server and graph.microsoft.com.",
        ),
        GraphError::Oauth(error) => error.problem(),
        GraphError::TokenSource(error) => token_source(error),
        GraphError::Paced { .. } => throttled("paced".to_owned()),
        GraphError::ForeignLink(_) => Problem::new(
            "foreign_link",
            "A link in Microsoft's answer leads to another server",
            "Following it would send the access token there, so it was not followed.",
            "Check what stands between this server and Microsoft, and the configured Graph address.",
        ),
        GraphError::Unaskable(what) => Problem::new(
            "unaskable",
            "A request to Microsoft could not be made",
            format!("What is missing or wrong: {what}."),
            "Check the configuration of this connection.",
        ),
    }
}

fn refused(refusal: &Refusal) -> Problem {
    let code = if refusal.code.is_empty() { format!("HTTP {}", refusal.status.as_u16()) } else { refusal.code.clone() };
    for (codes, title, detail, action) in BY_CODE {
        if refusal.has_any_code(codes) {
            return Problem::new(code, *title, *detail, *action);
        }
    }
    match refusal.status.as_u16() {
        429 | 509 => throttled(code),
        status => by_status(status, code, GraphError::Refused(Box::new(refusal.clone())).recourse()),
    }
}

type Words = (&'static [&'static str], &'static str, &'static str, &'static str);

/// Codes that change what a person can do.
const BY_CODE: &[Words] = &[
    (
        &["MailboxNotEnabledForRESTAPI", "ErrorNonExistentMailbox"],
        "The account has no mailbox that can be read",
        "It has no Exchange Online licence, its mailbox is on the organisation's own server, or it was made only minutes ago.",
        "Check the user's licence in the Microsoft 365 admin centre. A new mailbox can take 15 minutes.",
    ),
    (
        &["ErrorAccessDenied", "ExtensionError"],
        "Microsoft does not let this application into the mailbox",
        "A permission is missing, or an access policy or role assignment of the organisation leaves this mailbox out.",
        "Ask an administrator to check the application's permissions and its access policy in Exchange Online. Changes take up to two hours.",
    ),
    (
        &["Authorization_RequestDenied"],
        "Microsoft does not let this application read the directory",
        "A directory permission is missing.",
        "Ask an administrator to add the permission under API permissions in Entra ID and to grant consent.",
    ),
    (
        &["ErrorQuotaExceeded", "quotaLimitReached"],
        "The mailbox is full",
        "Microsoft accepts nothing more into it.",
        "Make room in the mailbox, or ask an administrator for more.",
    ),
    (
        &["ErrorSendAsDenied"],
        "Microsoft does not let this mailbox send in that name",
        "Whoever sends in another's name needs \"Send as\" or \"Send on behalf\" for it, and has neither.",
        "Ask an administrator for that right in the Exchange admin centre, or send as the mailbox itself.",
    ),
    (
        &["ErrorInvalidRecipients"],
        "Microsoft does not take the recipients",
        "There is none, or an address is none that mail can be sent to.",
        "Correct the addresses and send it again.",
    ),
    (
        &["ErrorMessageSizeExceeded", "RequestEntityTooLarge"],
        "The mail is too large for this mailbox",
        "With its files it is over what the organisation allows: 35 MB unless an administrator has set another limit, up to 150 MB.",
        "Send less, or a link to the file; or ask an administrator to raise the mailbox's limit.",
    ),
    (
        &["ErrorExceededMessageLimit", "ErrorMessageSubmissionBlocked"],
        "The mailbox may not send at the moment",
        "It has sent as much as Microsoft allows, or its sending was blocked.",
        "Wait some hours. If it stays, ask an administrator to look at restricted users in Microsoft Defender.",
    ),
    (
        &["ErrorCorruptData"],
        "An item of the mailbox is damaged",
        "Microsoft itself cannot read it.",
        "Nothing: it is left out. Deleting it in Outlook removes this message.",
    ),
    (
        &["ErrorFolderExists"],
        "There is a folder of that name already",
        "Folders directly beside one another cannot share a name, whatever its case. Hidden ones count too.",
        "Use the one that is there, or choose another name.",
    ),
    (
        &["ErrorMoveCopyFailed"],
        "It cannot be moved there",
        "A folder cannot be moved into itself or into what lies in it.",
        "Choose another place.",
    ),
    (
        &["ErrorDeleteDistinguishedFolder"],
        "Outlook itself needs this folder",
        "Folders such as Inbox and Sent Items can be neither renamed nor moved nor deleted.",
        "Take a folder that somebody has made.",
    ),
    (
        &["ErrorInboxRulesValidationError"],
        "Exchange does not take the rule",
        "A condition or an action is not one that it can work with.",
        "Look at the rule's conditions and actions, and change what they name.",
    ),
    (
        &["InvalidTimeZone", "TimeZoneNotSupportedException"],
        "Microsoft does not know the time zone",
        "It takes the names of Windows and those of the IANA database.",
        "Write it such as `W. Europe Standard Time` or `Europe/Berlin`.",
    ),
    (
        &["ErrorInvalidTimeSettings"],
        "Microsoft does not take the times",
        "The end must be later than the beginning, and automatic replies can only be scheduled for the future.",
        "Correct the times and ask again.",
    ),
    (
        &["InvalidArguments"],
        "Microsoft does not take a value",
        "A language, a day or a format is not one that it knows.",
        "Correct it and ask again.",
    ),
    (
        &["ErrorInvalidUser", "Request_ResourceNotFound", "OrganizationFromTenantGuidNotFound"],
        "Microsoft does not know this user",
        "The account was deleted or renamed, or belongs to another organisation.",
        "Check the account; if it is gone, remove the connection.",
    ),
];

fn by_status(status: u16, code: String, recourse: Recourse) -> Problem {
    let (title, detail, action) = match (status, recourse) {
        (401, _) => (
            "Microsoft does not accept our access any more",
            "Even a fresh permission was refused: the account or the consent has changed.",
            "Open Connections and choose Reconnect.",
        ),
        (403, _) => (
            "Microsoft forbids it",
            "A permission or a licence is missing, or a policy of the organisation forbids it.",
            "Ask an administrator to check the application's permissions and the user's licence.",
        ),
        (_, Recourse::Resync) => (
            "Microsoft has forgotten where we left off",
            "That happens after some time or when a mailbox is moved.",
            "Nothing: everything is compared again, and nothing is lost.",
        ),
        (404, _) => ("It is not there any more", "It was deleted or moved in the meantime.", "Nothing."),
        (_, Recourse::RetryAfter(_) | Recourse::Verify) => (
            "Microsoft could not answer",
            "Its service is disturbed at the moment.",
            "Nothing: it is tried again by itself. If it lasts for hours, look at Microsoft 365's service health.",
        ),
        _ => (
            "Microsoft refused the request",
            "It does not accept it as it was made.",
            "Nothing that you can do. Report it to us with the request id.",
        ),
    };
    Problem::new(code, title, detail, action)
}

fn throttled(code: String) -> Problem {
    Problem::new(
        code,
        "Microsoft asks us to slow down for this mailbox",
        "Each mailbox may be called so often only, whoever calls.",
        TRIED_AGAIN,
    )
}

fn lost(error: &GraphError) -> Problem {
    Problem::new(
        "no_answer",
        "Microsoft could not be reached",
        match error.recourse() {
            Recourse::Verify => "The request may have arrived and only its answer was lost.",
            _ => "No connection could be made, or it broke.",
        },
        "Nothing at first: it is tried again. If it stays, check this server's network, proxy and certificates.",
    )
}

fn token_source(error: &TokenSourceError) -> Problem {
    match error {
        TokenSourceError::Gone => Problem::new(
            "grant_gone",
            "The connection is no longer there",
            "It was removed or disconnected.",
            "Connect the mailbox again if it should be read.",
        ),
        TokenSourceError::Sealed => Problem::new(
            "grant_sealed",
            "The stored permission cannot be opened",
            "The key that it was sealed with is missing or another one.",
            "Give this server the key it had before; without it, every mailbox must be reconnected.",
        ),
        TokenSourceError::Unavailable => Problem::new(
            "grant_unavailable",
            "The stored permission could not be read",
            "The database cannot be reached, or another server keeps changing the permission.",
            TRIED_AGAIN,
        ),
    }
}

#[cfg(test)]
mod tests;
