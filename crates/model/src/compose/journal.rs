//! Journal reports: a message with its envelope, as Exchange's journaling agent sends it to an archive. The envelope tells
//! what the message does not: blind copies, and who stands behind a list.
//!
//! Promises: the original's bytes are in the report unaltered; each value of the envelope is in one line.
//!
//! Source: Exchange Server, "Journal report structure" (`X-MS-Journal-Report`, an envelope as plain text, the message as
//! `message/rfc822`).

use base::Timestamp;

use super::check;
use super::mime::header;
use super::mime::part::Part;
use crate::message::Participant;

/// How somebody came to get a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Addressed {
    /// In `To`.
    To,
    /// In `Cc`.
    Cc,
    /// In `Bcc`.
    Bcc,
    /// By a way that is not known.
    Recipient,
}

impl Addressed {
    const fn label(self) -> &'static str {
        match self {
            Addressed::To => "To",
            Addressed::Cc => "Cc",
            Addressed::Bcc => "Bcc",
            Addressed::Recipient => "Recipient",
        }
    }
}

/// Somebody who got a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalRecipient {
    /// How.
    pub addressed: Addressed,
    /// The address.
    pub address: String,
    /// The list through which.
    pub expanded: Option<String>,
    /// The address from which it was redirected.
    pub forwarded: Option<String>,
}

/// What a report tells about a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEnvelope {
    /// Who reports: the author of the report.
    pub agent: Participant,
    /// The archive: to whom the report goes.
    pub archive: Participant,
    /// The report's own `Message-ID`.
    pub report_id: String,
    /// When the report is made.
    pub reported_at: Timestamp,
    /// Who sent the message.
    pub sender: String,
    /// For whom, if not for the sender.
    pub on_behalf_of: Option<String>,
    /// The message's subject.
    pub subject: String,
    /// The message's `Message-ID`.
    pub message_id: String,
    /// Who got it.
    pub recipients: Vec<JournalRecipient>,
}

/// A journal report on the message of these bytes.
pub fn journal_report(envelope: &JournalEnvelope, original: &[u8]) -> Vec<u8> {
    let mut report = Vec::with_capacity(original.len() + 2_048);
    let mut header = |name: &str, value: &str| header::push(&mut report, name, value);
    header("From", &header::people(std::slice::from_ref(&envelope.agent)));
    header("To", &header::people(std::slice::from_ref(&envelope.archive)));
    header("Subject", &header::words(&check::subject_line(&envelope.subject)));
    header("Date", &header::date(envelope.reported_at));
    header("Message-ID", &header::ids([envelope.report_id.as_str()]));
    report.extend_from_slice(b"X-MS-Journal-Report:\r\nMIME-Version: 1.0\r\n");
    Part::multipart("mixed", vec![Part::bare_text(envelope_text(envelope)), Part::message(original)]).write(&mut report);
    report
}

/// `Sender: …`, `Subject: …`, `Message-ID: …` and a line for each recipient.
fn envelope_text(envelope: &JournalEnvelope) -> String {
    let mut lines = vec![format!("Sender: {}", check::subject_line(&envelope.sender))];
    lines.extend(envelope.on_behalf_of.as_ref().map(|principal| format!("On-Behalf-Of: {}", check::subject_line(principal))));
    lines.push(format!("Subject: {}", check::subject_line(&envelope.subject)));
    lines.push(format!("Message-ID: {}", header::ids([envelope.message_id.as_str()])));
    lines.extend(envelope.recipients.iter().map(line_of));
    lines.push(String::new());
    lines.join("\r\n")
}

fn line_of(recipient: &JournalRecipient) -> String {
    let mut line = format!("{}: {}", recipient.addressed.label(), check::subject_line(&recipient.address));
    for (label, address) in [("Expanded", &recipient.expanded), ("Forwarded", &recipient.forwarded)] {
        if let Some(address) = address {
            line.push_str(&format!(", {label}: {}", check::subject_line(address)));
        }
    }
    line
}
