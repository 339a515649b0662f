//! Threads: which messages belong together. Pure: keys of a message in, what was found under them in, a decision out.
//!
//! Everything that could connect a message with another becomes a [`Key`], a number, so that finding the threads of
//! many messages is one look-up. In this order:
//!
//! 1. **References**: the message's own `Message-ID` and those in its `References` and `In-Reply-To`. They name
//!    messages the world over, so they connect colleagues' mailboxes too. All threads found are one thread: which
//!    messages end up together does not depend on the order in which they come, and a first sync brings the newest first.
//! 2. **Conversation**: Graph's `conversationId`, within one mailbox. Like references, but only near in time, because
//!    Exchange gives unrelated mail of the same subject the same conversation for years.
//! 3. **Subject**: last, for answers of programs that write no references. The base subject must be the same, it must
//!    be marked as an answer, the author of one and a recipient of the other must be the same two people, and it must
//!    be near in time. A subject joins a thread, it never makes two threads one.
//!
//! Precision goes before recall: a message in a wrong thread shows somebody's mail where it does not belong, a thread
//! in two parts is a nuisance.
//!
//! Sources: RFC 5322, section 3.6.4; RFC 5256; Microsoft Graph, "message resource type" (a conversation's id differs
//! between mailboxes and changes with the subject).

use std::time::Duration;

use base::Timestamp;
use sha2::{Digest, Sha256};

use crate::id::{MailboxId, ThreadId};
use crate::subject::Subject;

/// How far from a thread's time a message of the same conversation may be.
pub const CONVERSATION_GAP_MAX: Duration = Duration::from_secs(90 * 86_400);
/// How far from a thread's time an answer with nothing but a subject may be.
pub const SUBJECT_GAP_MAX: Duration = Duration::from_secs(30 * 86_400);
/// References that count: the first, which is the thread's root, and the last ones.
pub const REFERENCES_MAX: usize = 16;
/// Pairs of author and recipient that count for a subject.
pub const PAIRS_MAX: usize = 6;

/// Something that messages of one thread have in common: 64 bits of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub i64);

impl Key {
    /// Of a `Message-ID`; `None` for an empty one. Angle brackets and what is around them do not count.
    pub fn of_message_id(id: &str) -> Option<Key> {
        let id = id.trim().trim_start_matches('<').trim_end_matches('>');
        (!id.is_empty()).then(|| hash(MESSAGE_ID, &[id]))
    }

    fn of_conversation(mailbox: MailboxId, conversation: &str) -> Option<Key> {
        (!conversation.is_empty()).then(|| hash(CONVERSATION, &[&mailbox.number().to_string(), conversation]))
    }
}

fn hash(kind: u8, parts: &[&str]) -> Key {
    let mut sha = Sha256::new();
    sha.update([kind]);
    for part in parts {
        sha.update(part.as_bytes());
        sha.update([0]);
    }
    let digest = sha.finalize();
    Key(i64::from_le_bytes(digest[..8].try_into().expect("a digest has 32 bytes")))
}

/// What is looked at of a message.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The mailbox that it is in.
    pub mailbox: MailboxId,
    /// When it was received.
    pub at: Timestamp,
    /// Its `Message-ID`.
    pub internet_message_id: Option<&'a str>,
    /// Its `In-Reply-To`.
    pub in_reply_to: Option<&'a str>,
    /// Its `References`, oldest first.
    pub references: &'a [&'a str],
    /// Graph's conversation.
    pub conversation_id: Option<&'a str>,
    /// Its subject.
    pub subject: &'a str,
    /// Its author's address.
    pub author: Option<&'a str>,
    /// The addresses of everyone that it is to, copied to or answered to.
    pub recipients: &'a [&'a str],
}

/// The keys of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    at: Timestamp,
    references: Vec<Key>,
    conversation: Option<Key>,
    subject: SubjectKeys,
}

/// What a subject can prove; empty for a message that names others, has no base subject, was forwarded or names nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct SubjectKeys {
    /// Its own: of an opening, or of an answer that does not say what it answers.
    left: Vec<Key>,
    /// Of openings that it may answer.
    openings: Vec<Key>,
    /// Of answers: those that wait for this opening, or others to the same opening.
    answers: Vec<Key>,
}

impl Keys {
    /// The keys of a message of which this is known.
    pub fn of(facts: Facts<'_>) -> Self {
        let references = reference_keys(facts);
        let names_others = facts.in_reply_to.into_iter().chain(facts.references.iter().copied()).any(|id| Key::of_message_id(id).is_some());
        let subject = if names_others { SubjectKeys::default() } else { subject_keys(facts) };
        let conversation = facts.conversation_id.and_then(|id| Key::of_conversation(facts.mailbox, id));
        Keys { at: facts.at, references, conversation, subject }
    }

    /// Under what to look for threads that the message may join.
    pub fn sought(&self) -> impl Iterator<Item = Key> + '_ {
        self.lasting().chain(self.subject.openings.iter().copied()).chain(self.subject.answers.iter().copied())
    }

    /// Under what later messages shall find the message's thread. The newest message under a key counts.
    pub fn left(&self) -> impl Iterator<Item = Key> + '_ {
        self.lasting().chain(self.subject.left.iter().copied())
    }

    fn lasting(&self) -> impl Iterator<Item = Key> + '_ {
        self.references.iter().copied().chain(self.conversation)
    }
}

fn reference_keys(facts: Facts<'_>) -> Vec<Key> {
    let count = facts.references.len();
    let skipped = 1..count.saturating_sub(REFERENCES_MAX - 1).max(1);
    let counted = facts.references.iter().enumerate().filter(|(index, _)| !skipped.contains(index)).map(|(_, id)| *id);
    let mut keys = Vec::with_capacity(count.min(REFERENCES_MAX) + 2);
    for key in facts.internet_message_id.into_iter().chain(facts.in_reply_to).chain(counted).filter_map(Key::of_message_id) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// A key of a subject holds for a period as long as the gap allowed, so that a report that comes daily for years does
/// not gather under one; what is sought is sought in the neighbouring periods too.
fn subject_keys(facts: Facts<'_>) -> SubjectKeys {
    let subject = Subject::read(facts.subject);
    if subject.base.is_empty() || (subject.forward && !subject.answer) {
        return SubjectKeys::default();
    }
    let base = subject.folded();
    let period = facts.at.millis().div_euclid(i64::try_from(SUBJECT_GAP_MAX.as_millis()).expect("30 days"));
    let mut keys = SubjectKeys::default();
    for (one, other) in pairs(facts) {
        let key = |kind: u8, period: i64| hash(kind, &[&period.to_string(), &base, &one, &other]);
        if subject.answer {
            keys.left.push(key(ANSWER, period));
            keys.openings.extend([period, period - 1].map(|period| key(OPENING, period)));
            keys.answers.extend([period, period - 1, period + 1].map(|period| key(ANSWER, period)));
        } else {
            keys.left.push(key(OPENING, period));
            keys.answers.extend([period, period + 1].map(|period| key(ANSWER, period)));
        }
    }
    keys
}

const MESSAGE_ID: u8 = b'm';
const CONVERSATION: u8 = b'c';
const OPENING: u8 = b'o';
const ANSWER: u8 = b'a';

/// The author with each recipient, in alphabetical order, so that an answer has the same pair as what it answers.
fn pairs(facts: Facts<'_>) -> Vec<(String, String)> {
    let Some(author) = facts.author.map(str::to_lowercase).filter(|author| !author.is_empty()) else { return Vec::new() };
    let mut pairs = Vec::new();
    for recipient in facts.recipients.iter().map(|recipient| recipient.to_lowercase()) {
        if recipient.is_empty() || recipient == author || pairs.len() == PAIRS_MAX {
            continue;
        }
        let pair = if author < recipient { (author.clone(), recipient) } else { (recipient, author.clone()) };
        if !pairs.contains(&pair) {
            pairs.push(pair);
        }
    }
    pairs
}

/// A thread that was found under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The key.
    pub key: Key,
    /// The thread.
    pub thread: ThreadId,
    /// When its first message was received.
    pub first_at: Timestamp,
    /// When its last message was received.
    pub last_at: Timestamp,
}

impl Found {
    /// How far outside the thread's time this is, in milliseconds; 0 within it.
    fn distance_ms(&self, at: Timestamp) -> i64 {
        let before = self.first_at.millis().saturating_sub(at.millis());
        let after = at.millis().saturating_sub(self.last_at.millis());
        before.max(after).max(0)
    }

    fn is_within(&self, at: Timestamp, gap: Duration) -> bool {
        u128::try_from(self.distance_ms(at)).is_ok_and(|distance_ms| distance_ms <= gap.as_millis())
    }
}

/// Why a message is in its thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// A `Message-ID`, `References` or `In-Reply-To` says so.
    Reference,
    /// Graph's conversation says so.
    Conversation,
    /// It answers somebody under the same subject.
    Subject,
    /// It is the first of its thread.
    New,
}

/// Where a message belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The thread; `None`: a new one.
    pub thread: Option<ThreadId>,
    /// Threads that the message shows to be the same as `thread`, which they become.
    pub joins: Vec<ThreadId>,
    /// The strongest reason.
    pub reason: Reason,
}

/// Decides where a message with these keys belongs, given every thread that was found under one of them. Of several
/// threads that turn out to be one, the oldest keeps its id.
pub fn choose_thread(keys: &Keys, found: &[Found]) -> Decision {
    let by_reference = found.iter().filter(|found| keys.references.contains(&found.key));
    let by_conversation =
        found.iter().filter(|found| keys.conversation == Some(found.key) && found.is_within(keys.at, CONVERSATION_GAP_MAX));
    let mut threads: Vec<ThreadId> = by_reference.clone().chain(by_conversation).map(|found| found.thread).collect();
    threads.sort_unstable();
    threads.dedup();
    if !threads.is_empty() {
        let thread = threads.remove(0);
        let reason = if by_reference.clone().next().is_some() { Reason::Reference } else { Reason::Conversation };
        return Decision { thread: Some(thread), joins: threads, reason };
    }
    match nearest_by_subject(keys, found) {
        Some(thread) => Decision { thread: Some(thread), joins: Vec::new(), reason: Reason::Subject },
        None => Decision { thread: None, joins: Vec::new(), reason: Reason::New },
    }
}

fn nearest_by_subject(keys: &Keys, found: &[Found]) -> Option<ThreadId> {
    let is_opening = keys.subject.openings.is_empty();
    let fits = |found: &&Found| {
        let answers = keys.subject.answers.contains(&found.key) && (!is_opening || keys.at <= found.first_at);
        let opening = keys.subject.openings.contains(&found.key) && keys.at >= found.first_at;
        (answers || opening) && found.is_within(keys.at, SUBJECT_GAP_MAX)
    };
    let near = found.iter().filter(fits).min_by_key(|found| (found.distance_ms(keys.at), found.thread));
    near.map(|found| found.thread)
}

#[cfg(test)]
mod tests;
