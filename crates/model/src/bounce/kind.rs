//! Kinds: whether a letter reports a failure, a delay, an arrival or a complaint, is the answer of an absent person, or nothing of
//! the sort. A report is one by its form, or by who wrote it together with what it says.

use super::letter::Letter;
use super::{Kind, fields};

impl Letter {
    /// What the message is about, if it reports anything.
    pub(super) fn kind(&self) -> Option<Kind> {
        if let Some(amazon) = &self.amazon {
            return amazon.kind();
        }
        let content_type = self.header("content-type").to_ascii_lowercase();
        if self.feedback.is_some()
            || !self.header("x-apple-unsubscribe").is_empty()
            || content_type.contains("feedback-report")
            || self.is_plain_complaint()
        {
            return Some(Kind::Complaint);
        }
        if !self.status.is_empty() || !self.header("x-failed-recipients").is_empty() {
            return Some(if self.speaks_of_delay() { Kind::Delayed } else { Kind::Failed });
        }
        if self.receipt || content_type.contains("disposition-notification") {
            return None;
        }
        if self.is_by_a_mail_system() && self.speaks_of_failure() {
            return Some(if self.speaks_of_delay() { Kind::Delayed } else { Kind::Failed });
        }
        self.is_automatic_answer().then_some(Kind::AutoReply)
    }

    /// A complaint without fields, as some mailbox providers forward them.
    fn is_plain_complaint(&self) -> bool {
        let start: String = self.text.trim_start().chars().take(200).collect::<String>().to_lowercase();
        let subject = self.header("subject").to_lowercase();
        (start.starts_with("this is a") && start.contains("abuse report")) || subject.starts_with("complaint about message from")
    }

    fn is_by_a_mail_system(&self) -> bool {
        let from = self.header("from").to_lowercase();
        let author = fields::addresses(&from).into_iter().next().unwrap_or_default();
        let local = author.split('@').next().unwrap_or_default();
        let named = [
            "mailer-daemon",
            "postmaster",
            "mail delivery",
            "mail deliver",
            "mail.delivery",
            "delivery subsystem",
            "ndr administrator",
            "microsoftexchange329e71ec88ae4615bbc36ab6ce41109e",
        ];
        let nobody = author.is_empty() && (from.trim().is_empty() || from.contains("<>"));
        let nowhere = self.header("return-path").trim() == "<>";
        named.iter().any(|name| from.contains(name) || local == *name)
            || nobody
            || nowhere
            || self.header("content-type").to_ascii_lowercase().contains("delivery-status")
            || self.text.contains("You are not a member of this mailing list")
            || self.text.to_lowercase().contains("could not be delivered to: <")
    }

    /// Whether it is a report itself, or quotes how a server refused it.
    pub(super) fn is_a_transcript(&self) -> bool {
        self.kind() == Some(Kind::Failed) || (self.text.contains("<<< 5") && self.speaks_of_failure())
    }

    fn speaks_of_failure(&self) -> bool {
        let lower = format!("{}\n{}", self.header("subject"), self.text).to_lowercase();
        let lower = lower.split_whitespace().collect::<Vec<_>>().join(" ");
        FAILURES.iter().any(|words| lower.contains(words))
    }

    fn speaks_of_delay(&self) -> bool {
        let start: String = format!("{}\n{}", self.header("subject"), self.text).chars().take(3_000).collect::<String>().to_lowercase();
        DELAYS.iter().any(|words| start.contains(words)) && !start.contains("failed permanently")
    }

    fn is_automatic_answer(&self) -> bool {
        let automatic = self.header("auto-submitted").to_ascii_lowercase();
        let subject = self.header("subject").to_lowercase();
        let precedence = self.header("precedence").to_ascii_lowercase();
        automatic.starts_with("auto-replied")
            || automatic.starts_with("auto-generated") && subject.starts_with("auto")
            || matches!(precedence.as_str(), "auto_reply" | "auto-reply")
            || ["x-autoreply", "x-autorespond", "x-mail-autoreply", "x-autoreply-from"].iter().any(|name| !self.header(name).is_empty())
            || [
                "auto:",
                "auto reply",
                "autoreply",
                "automatic reply",
                "out of office",
                "out of the office",
                "automatische antwort",
                "abwesenheit",
            ]
            .iter()
            .any(|start| subject.starts_with(start))
    }
}

/// Words of a report that a mail was not delivered, in lower case.
const FAILURES: &[&str] = &[
    "could not be delivered",
    "error message below",
    "requested action not taken",
    "permanent failure",
    "couldn't be delivered",
    "cannot be delivered",
    "can't be delivered",
    "not able to deliver",
    "wasn't able to deliver",
    "unable to deliver",
    "was not delivered",
    "wasn't delivered",
    "not been delivered",
    "could not deliver",
    "delivery failed",
    "delivery has failed",
    "failed permanently",
    "delivery error",
    "delivery problem",
    "permanent error",
    "permanent fatal error",
    "could not be reached",
    "did not reach",
    "undeliverable",
    "transcript of session",
    "delivery failure",
    "returned mail",
    "failure reasons",
    "failed to deliver",
    "failed addresses",
    "送信できません",
    "送信に失敗",
    "was rejected",
    "had trouble delivering",
    "could not be sent",
    "not a member of this mailing list",
    "incorrectly constructed",
    "mail system error",
    "failure notice",
    "delivery to the following",
    "delivery status notification",
    "problems delivering",
    "mail delivery failed",
    "undelivered mail",
    "have been delayed",
    "has been delayed",
    "not yet been delivered",
    "still undelivered",
    "mailbox is full",
    "failure delivery",
];

/// Words of a report that it goes on being tried.
const DELAYS: &[&str] = &[
    "has been delayed",
    "delivery delayed",
    "(delay)",
    "this is a warning only",
    "warning: could not send",
    "still undelivered",
    "will be retried",
    "will keep trying",
    "delivery is delayed",
    "delayed mail",
    "has not yet been delivered",
    "temporarily delayed",
];
