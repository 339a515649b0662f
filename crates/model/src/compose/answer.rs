//! Answers: what a reply, a reply to all or a forward of a message looks like before it is sent.
//!
//! Sources: RFC 5322, 3.6.2 (`Reply-To`), 3.6.3 (who gets an answer) and 3.6.4 (`References`); what Outlook on the web and
//! Graph's `createReply` write.

mod addressees;
mod body;

use base::Timestamp;

use super::check;
use super::history::Trackers;
use super::signature::Signature;
use crate::message::{BodyKind, Message, Participant, Recipients};
use crate::subject;

pub use addressees::recipients;
pub use body::body;

/// How a message is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Answering {
    /// To its author.
    Reply,
    /// To everybody on it.
    ReplyAll,
    /// It is passed on to somebody else.
    Forward,
}

/// The message that is answered, as the mirror knows it.
#[derive(Clone, Copy, Debug)]
pub struct Original<'a> {
    /// Its subject.
    pub subject: &'a str,
    /// Its author.
    pub from: Option<&'a Participant>,
    /// Everyone else on it.
    pub recipients: &'a Recipients,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// Its `Message-ID`.
    pub message_id: Option<&'a str>,
    /// Its `In-Reply-To`.
    pub in_reply_to: Option<&'a str>,
    /// Its `References`, oldest first.
    pub references: &'a [String],
    /// What kind of text its body is.
    pub body_kind: BodyKind,
    /// Its body. HTML must have been cleaned before.
    pub body: &'a str,
}

impl<'a> Original<'a> {
    /// Of a mirrored message and its body, which must have been cleaned if it is HTML.
    pub fn of(message: &'a Message, body_kind: BodyKind, body: &'a str) -> Self {
        Original {
            subject: &message.subject,
            from: message.from.as_ref(),
            recipients: &message.recipients,
            sent_at: message.sent_at.or(Some(message.received_at)),
            message_id: message.internet_message_id.as_deref(),
            in_reply_to: message.in_reply_to.as_deref(),
            references: &message.references,
            body_kind,
            body,
        }
    }
}

/// What the person writes.
#[derive(Clone, Copy, Debug)]
pub struct NewText<'a> {
    /// What kind of text.
    pub kind: BodyKind,
    /// The text, or a fragment or a document of HTML.
    pub content: &'a str,
    /// What stands below it.
    pub signature: Option<&'a Signature>,
}

/// Who answers, and how the history is put below.
#[derive(Clone, Copy)]
pub struct Setting<'a> {
    /// The addresses and aliases of the mailbox that answers: they get no copy.
    pub own_addresses: &'a [&'a str],
    /// How our trackers are known again in the history.
    pub trackers: Trackers<'a>,
    /// The writer's distance from UTC at the time of the original; `None` has the time told in UTC.
    pub utc_offset_minutes: Option<i32>,
}

/// An answer that is ready to be looked at, changed and sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Its subject.
    pub subject: String,
    /// To whom; nobody for a forward.
    pub recipients: Recipients,
    /// The `Message-ID` that it answers.
    pub in_reply_to: Option<String>,
    /// The `References` header, oldest first.
    pub references: Vec<String>,
    /// What kind of text.
    pub body_kind: BodyKind,
    /// New text, signature, history.
    pub body: String,
}

/// Answers a message.
pub fn answer(answering: Answering, original: &Original<'_>, new: &NewText<'_>, setting: &Setting<'_>) -> Answer {
    let (body_kind, body) = body(answering, original, new, setting);
    Answer {
        subject: subject(answering, original.subject),
        recipients: recipients(answering, original, setting.own_addresses),
        in_reply_to: original.message_id.and_then(message_id),
        references: references(original),
        body_kind,
        body,
    }
}

/// `RE: ` or `FW: ` and what stood behind such marks before, in one line. Outlook's own marks are used in every language,
/// because every program knows them.
pub fn subject(answering: Answering, original: &str) -> String {
    let mark = match answering {
        Answering::Reply | Answering::ReplyAll => "RE:",
        Answering::Forward => "FW:",
    };
    format!("{mark} {}", subject::unmarked(&check::subject_line(original))).trim_end().to_owned()
}

/// References that are kept: the thread's root and the newest.
pub const REFERENCES_MAX: usize = 100;
/// Bytes of all references that are kept: some servers refuse longer headers.
pub const REFERENCES_BYTES_MAX: usize = 8_000;

/// The `References` of an answer: those of the original, or what it answered if it has none, and the original itself.
pub fn references(original: &Original<'_>) -> Vec<String> {
    let mut ids: Vec<String> = original.references.iter().filter_map(|id| message_id(id)).collect();
    if ids.is_empty() {
        ids.extend(original.in_reply_to.and_then(message_id));
    }
    if let Some(own) = original.message_id.and_then(message_id) {
        ids.retain(|id| *id != own);
        ids.push(own);
    }
    let mut seen = Vec::new();
    ids.retain(|id| !seen.contains(id) && (seen.push(id.clone()), true).1);
    bounded(ids)
}

fn bounded(ids: Vec<String>) -> Vec<String> {
    let Some((root, rest)) = ids.split_first() else { return ids };
    let mut bytes = root.len();
    let fitting = rest.iter().rev().take(REFERENCES_MAX - 1).take_while(|id| {
        bytes += id.len() + 1;
        bytes <= REFERENCES_BYTES_MAX
    });
    let newest = fitting.count();
    let kept = rest[rest.len() - newest..].iter();
    std::iter::once(root).chain(kept).cloned().collect()
}

/// A `Message-ID` in its angle brackets; `None` for what cannot stand in a header.
fn message_id(id: &str) -> Option<String> {
    let bare = id.trim().trim_start_matches('<').trim_end_matches('>');
    let is_whole = !bare.is_empty()
        && bare.len() <= 900
        && !bare.contains(|letter: char| letter.is_whitespace() || letter.is_control() || matches!(letter, '<' | '>'));
    is_whole.then(|| format!("<{bare}>"))
}

#[cfg(test)]
mod tests;
