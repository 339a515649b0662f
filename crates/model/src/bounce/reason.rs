//! Reasons: why a mail was not delivered, by what was said, by the status code and by the reply, in that order.

use serde::{Deserialize, Serialize};

use super::phase::Phase;
use super::{Kind, wording};

/// Why a mail was not delivered. The distinctions are those that matter for what to do next: fix the address, wait, fix our
/// own sending domain, or change the mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// SPF, DKIM or DMARC did not pass.
    AuthFailure,
    /// Our server's reputation.
    BadReputation,
    /// Our server, its address or its name are refused.
    Blocked,
    /// The form of the content is refused.
    ContentError,
    /// Longer than this mailbox takes.
    ExceedLimit,
    /// Tried in vain until time was up.
    Expired,
    /// Taken and then refused, or refused by the recipient's own rules.
    Filtered,
    /// The recipient has moved.
    HasMoved,
    /// There is no such domain.
    HostUnknown,
    /// The mailbox is full.
    MailboxFull,
    /// A program that should have taken it failed.
    MailerError,
    /// Bigger than this server takes.
    MessageTooBig,
    /// No way to the server: names, routes, lost connections.
    NetworkError,
    /// The server does not pass mail on for us.
    NoRelaying,
    /// The domain or server takes no mail at all.
    NotAccept,
    /// The mail breaks the format.
    NotCompliantRfc,
    /// Against a policy of theirs.
    PolicyViolation,
    /// The sender's address is refused.
    Rejected,
    /// Our server's address has no name.
    RequirePtr,
    /// We should have signed in, or may not write there.
    SecurityError,
    /// Taken for spam.
    SpamDetected,
    /// The account is suspended.
    Suspend,
    /// The servers did not understand each other.
    SyntaxError,
    /// Their system failed.
    SystemError,
    /// Too many connections, messages or recipients.
    TooManyConnections,
    /// There is no such mailbox.
    UserUnknown,
    /// Taken for a virus.
    VirusDetected,
    /// It is not said.
    Undefined,
}

impl Reason {
    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Reason::AuthFailure => "auth_failure",
            Reason::BadReputation => "bad_reputation",
            Reason::Blocked => "blocked",
            Reason::ContentError => "content_error",
            Reason::ExceedLimit => "exceed_limit",
            Reason::Expired => "expired",
            Reason::Filtered => "filtered",
            Reason::HasMoved => "has_moved",
            Reason::HostUnknown => "host_unknown",
            Reason::MailboxFull => "mailbox_full",
            Reason::MailerError => "mailer_error",
            Reason::MessageTooBig => "message_too_big",
            Reason::NetworkError => "network_error",
            Reason::NoRelaying => "no_relaying",
            Reason::NotAccept => "not_accept",
            Reason::NotCompliantRfc => "not_compliant_rfc",
            Reason::PolicyViolation => "policy_violation",
            Reason::Rejected => "rejected",
            Reason::RequirePtr => "require_ptr",
            Reason::SecurityError => "security_error",
            Reason::SpamDetected => "spam_detected",
            Reason::Suspend => "suspend",
            Reason::SyntaxError => "syntax_error",
            Reason::SystemError => "system_error",
            Reason::TooManyConnections => "too_many_connections",
            Reason::UserUnknown => "user_unknown",
            Reason::VirusDetected => "virus_detected",
            Reason::Undefined => "undefined",
        }
    }

    /// Whether the address itself is at fault, so that another try is of no use.
    pub(super) const fn is_of_the_address(self) -> bool {
        matches!(self, Reason::UserUnknown | Reason::HostUnknown | Reason::HasMoved | Reason::NotAccept)
    }
}

/// What a reason is told by.
#[derive(Clone, Copy)]
pub(super) struct Evidence<'a> {
    /// What was said.
    pub(super) said: &'a str,
    /// The enhanced status code.
    pub(super) status: Option<&'a str>,
    /// The reply.
    pub(super) reply: Option<u16>,
    /// To which command.
    pub(super) phase: Option<Phase>,
    /// Whether it was given up.
    pub(super) kind: Kind,
}

impl Evidence<'_> {
    pub(super) fn reason(&self) -> Reason {
        let told = self.by_exact_status().or_else(|| wording::reason(self.said).map(|reason| self.in_its_phase(reason)));
        told.or_else(|| self.by_phase()).or_else(|| self.by_status()).or_else(|| self.by_reply()).unwrap_or(Reason::Undefined)
    }

    /// Codes that mean one thing only, whatever the words around them.
    fn by_exact_status(&self) -> Option<Reason> {
        match self.status? {
            "5.1.6" => Some(Reason::HasMoved),
            "5.2.2" | "4.2.2" => Some(Reason::MailboxFull),
            "5.2.3" => Some(Reason::ExceedLimit),
            "5.7.13" => Some(Reason::Suspend),
            "5.7.20" | "5.7.21" | "5.7.22" | "5.7.23" | "5.7.24" | "5.7.26" | "5.7.509" => Some(Reason::AuthFailure),
            "5.7.25" | "5.7.27" => Some(Reason::RequirePtr),
            _ => None,
        }
    }

    /// The same words to another command.
    fn in_its_phase(&self, reason: Reason) -> Reason {
        match (reason, self.phase) {
            (Reason::UserUnknown, Some(Phase::Data)) if !self.status.is_some_and(|status| status.ends_with(".1.1")) => Reason::Filtered,
            (Reason::UserUnknown | Reason::HostUnknown, Some(Phase::Sender)) => Reason::Rejected,
            (Reason::SystemError, Some(Phase::Greeting)) => Reason::Blocked,
            (Reason::UserUnknown, None) if self.is_doubtful() => Reason::Filtered,
            (Reason::UserUnknown, _) if self.status == Some("5.2.0") => Reason::Filtered,
            (reason, _) => reason,
        }
    }

    /// Whether an unknown user is but a word: a reply without a code that blames the address, and nothing tells to which command;
    /// filters answer so too. As mail to an address is stopped for good by it, it has to be certain.
    fn is_doubtful(&self) -> bool {
        let subject = self.status.and_then(|status| status.split_once('.')).map(|(_, rest)| rest);
        match subject {
            Some(rest) if rest.starts_with("3.") => true,
            Some(rest) if rest.starts_with("1.") => false,
            Some(_) | None => self.reply.is_some(),
        }
    }

    fn by_phase(&self) -> Option<Reason> {
        match self.phase? {
            Phase::Sender => Some(Reason::Rejected),
            Phase::Greeting => Some(Reason::Blocked),
            Phase::Recipient | Phase::Data => None,
        }
    }

    fn by_status(&self) -> Option<Reason> {
        let status = self.status?;
        let (_, rest) = status.split_once('.')?;
        Some(match rest {
            "1.1" | "1.3" | "1.4" | "1.10" => Reason::UserUnknown,
            "1.0" if status.starts_with('5') => Reason::UserUnknown,
            "1.2" => Reason::HostUnknown,
            "1.7" | "1.8" => Reason::Rejected,
            "2.0" | "2.1" => Reason::Filtered,
            "3.2" => Reason::NotAccept,
            "3.4" => Reason::MessageTooBig,
            "4.2" | "4.3" | "4.6" => Reason::NetworkError,
            "4.4" if status.starts_with('5') => Reason::HostUnknown,
            "4.1" | "4.7" => Reason::Expired,
            "5.3" => Reason::TooManyConnections,
            "7.8" | "7.1" => Reason::SecurityError,
            _ if rest.starts_with("3.") => Reason::SystemError,
            _ if rest.starts_with("4.") => Reason::NetworkError,
            _ if rest.starts_with("5.") && rest != "5.0" => Reason::SyntaxError,
            _ if rest.starts_with("6.") => Reason::ContentError,
            _ if rest.starts_with("7.") => Reason::PolicyViolation,
            _ if self.kind == Kind::Delayed => Reason::Expired,
            _ => return None,
        })
    }

    fn by_reply(&self) -> Option<Reason> {
        match self.reply {
            Some(500..=504) => Some(Reason::SyntaxError),
            Some(552) => Some(Reason::MailboxFull),
            Some(421) => Some(Reason::Expired),
            Some(550 | 551 | 553) if self.phase == Some(Phase::Recipient) => Some(Reason::UserUnknown),
            Some(_) | None => (self.kind == Kind::Delayed).then_some(Reason::Expired),
        }
    }
}
