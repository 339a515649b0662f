//! Keys: everything that could connect a message with another, as numbers, so that finding the threads of many messages
//! is one look-up. Pure. What is found under a key is evidence; what it proves is decided in the parent.
//!
//! Source: RFC 5322, section 3.6.4; RFC 5256; MS-OXOMSG, 2.2.1.3 (the conversation index).

use std::time::Duration;

use base::Timestamp;
use sha2::{Digest, Sha256};

use crate::id::MailboxId;
use crate::subject::Subject;
use crate::thread::index::ConversationIndex;

/// How far from a message's time an answer with nothing but a subject may be.
pub const SUBJECT_GAP_MAX: Duration = Duration::from_secs(30 * 86_400);
/// References that count: the first, which is the thread's root, and the last ones.
pub const REFERENCES_MAX: usize = 16;
/// Recipients that count for a subject.
pub const RECIPIENTS_MAX: usize = 6;

/// Something that messages of one thread have in common: 64 bits of a hash.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Key(pub i64);

impl Key {
    /// Of a `Message-ID`; `None` for an empty one. Angle brackets and what is around them do not count.
    pub fn of_message_id(id: &str) -> Option<Key> {
        let id = bare(id);
        (!id.is_empty()).then(|| hash(MESSAGE_ID, &[id]))
    }

    fn of_conversation(mailbox: MailboxId, conversation: &str) -> Option<Key> {
        (!conversation.is_empty()).then(|| hash(CONVERSATION, &[&mailbox.number().to_string(), conversation]))
    }

    /// Of a conversation index: the GUID means the same in every mailbox, but people answer old mail to say something new.
    fn of_index(index: &ConversationIndex, base: &str) -> Key {
        hash(INDEX, &[&index.conversation_hex(), base])
    }
}

fn bare(id: &str) -> &str {
    id.trim().trim_start_matches('<').trim_end_matches('>')
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
    /// Exchange's conversation index, base64.
    pub conversation_index: Option<&'a str>,
    /// Its author's address.
    pub author: Option<&'a str>,
    /// The addresses of everyone that it is to, copied to or answered to.
    pub recipients: &'a [&'a str],
}

/// What copies of the same mail in several mailboxes have in common. The same `Message-ID` under another author or
/// another subject is another mail: some devices give the same id twice. `None` without a `Message-ID`.
pub fn copy_key(internet_message_id: Option<&str>, author: Option<&str>, subject: &Subject) -> Option<i64> {
    let id = internet_message_id.map(bare).filter(|id| !id.is_empty())?;
    Some(hash(COPY, &[id, &author.unwrap_or_default().to_lowercase(), &subject.folded()]).0)
}

/// The keys of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys {
    pub(super) at: Timestamp,
    /// Its own, then those that it names: the nearest first, the root last.
    pub(super) references: Vec<Key>,
    /// Of its conversation and of its conversation index.
    pub(super) conversations: Vec<Key>,
    pub(super) index: Option<Key>,
    pub(super) subject: SubjectKeys,
}

/// What a subject can prove; empty for a message that names others, has no base subject, was forwarded or names nobody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct SubjectKeys {
    /// Its own: of an opening, or of an answer that does not say what it answers.
    pub(super) left: Vec<Key>,
    /// Of openings that it may answer.
    pub(super) openings: Vec<Key>,
    /// Of answers: those that wait for this opening, or others to the same opening.
    pub(super) answers: Vec<Key>,
}

impl Keys {
    /// The keys of a message of which this is known.
    pub fn of(facts: Facts<'_>, subject: &Subject) -> Self {
        let references = reference_keys(facts);
        let names_others = facts.in_reply_to.into_iter().chain(facts.references.iter().copied()).any(|id| !bare(id).is_empty());
        let base = subject.folded();
        let conversation = facts.conversation_id.and_then(|id| Key::of_conversation(facts.mailbox, id));
        let index = facts.conversation_index.and_then(ConversationIndex::read).map(|index| Key::of_index(&index, &base));
        let subject = if names_others { SubjectKeys::default() } else { subject_keys(facts, subject, &base) };
        Keys { at: facts.at, references, conversations: conversation.into_iter().chain(index).collect(), index, subject }
    }

    /// Under what to look for threads that the message may join.
    pub fn sought(&self) -> impl Iterator<Item = Key> + '_ {
        let lasting = self.references.iter().chain(&self.conversations);
        lasting.chain(&self.subject.openings).chain(&self.subject.answers).copied()
    }

    /// The messages that it names, itself first: later messages that name them find its node.
    pub fn names(&self) -> impl Iterator<Item = Key> + '_ {
        self.references.iter().copied()
    }

    /// What else may lead later messages to it: conversation and subject.
    pub fn hints(&self) -> impl Iterator<Item = Key> + '_ {
        self.conversations.iter().chain(&self.subject.left).copied()
    }

    /// The keys of its conversation, which count only between mails that could answer one another.
    pub fn conversations(&self) -> &[Key] {
        &self.conversations
    }
}

fn reference_keys(facts: Facts<'_>) -> Vec<Key> {
    let count = facts.references.len();
    let skipped = 1..count.saturating_sub(REFERENCES_MAX - 1).max(1);
    let counted = facts.references.iter().enumerate().rev().filter(|(index, _)| !skipped.contains(index)).map(|(_, id)| *id);
    let mut keys = Vec::with_capacity(count.min(REFERENCES_MAX) + 2);
    for key in facts.internet_message_id.into_iter().chain(facts.in_reply_to).chain(counted).filter_map(Key::of_message_id) {
        if !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}

/// An answer comes from whom the mail went to and goes to whom it came from: two answers of one author under one subject
/// may belong to two discussions of a list, and in real mail one in four does.
///
/// A key of a subject holds for a period as long as the gap allowed, so that a report that comes daily for years does
/// not gather under one; what is sought is sought in the neighbouring periods too.
fn subject_keys(facts: Facts<'_>, subject: &Subject, base: &str) -> SubjectKeys {
    if base.is_empty() || (subject.forward && !subject.answer) {
        return SubjectKeys::default();
    }
    let period = facts.at.millis().div_euclid(i64::try_from(SUBJECT_GAP_MAX.as_millis()).expect("30 days"));
    let Some(author) = facts.author.map(str::to_lowercase).filter(|author| !author.is_empty()) else { return SubjectKeys::default() };
    let mut keys = SubjectKeys::default();
    for recipient in recipients(facts, &author) {
        let left = |kind: u8| hash(kind, &[&period.to_string(), base, &author, &recipient]);
        let sought = |kind: u8, period: i64| hash(kind, &[&period.to_string(), base, &recipient, &author]);
        if subject.answer {
            keys.left.push(left(ANSWER));
            keys.openings.extend([period, period - 1].map(|period| sought(OPENING, period)));
            keys.answers.extend([period, period - 1, period + 1].map(|period| sought(ANSWER, period)));
        } else {
            keys.left.push(left(OPENING));
            keys.answers.extend([period, period + 1].map(|period| sought(ANSWER, period)));
        }
    }
    keys
}

const MESSAGE_ID: u8 = b'm';
const CONVERSATION: u8 = b'c';
const INDEX: u8 = b'x';
const OPENING: u8 = b'o';
const ANSWER: u8 = b'a';
const COPY: u8 = b'k';

/// Whom a mail goes to, but for its author.
fn recipients(facts: Facts<'_>, author: &str) -> Vec<String> {
    let mut recipients: Vec<String> = Vec::new();
    for recipient in facts.recipients.iter().map(|recipient| recipient.to_lowercase()) {
        if !recipient.is_empty() && recipient != author && !recipients.contains(&recipient) {
            recipients.push(recipient);
        }
    }
    recipients.truncate(RECIPIENTS_MAX);
    recipients
}
