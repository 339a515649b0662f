//! Which conversation a message joins, and its conversation index.
//!
//! Exchange keeps a conversation per mailbox and starts a new one when the subject changes (reference:
//! Graph, sections 3.1 and 13.4). A message joins by what it refers to (In-Reply-To, then References from
//! the newest), else by its Thread-Index header, always together with its subject without prefixes.

use std::collections::HashMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value};

use super::ids::{MailboxKey, mix};

/// What a mailbox remembers about its conversations.
#[derive(Debug, Clone, Default)]
pub struct Conversations {
    by_reference: HashMap<u64, u32>,
    count: u32,
}

/// The conversation that a message was put into.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    /// The conversation's number in this mailbox.
    pub conversation: u32,
    /// `conversationIndex`: 22 bytes, 5 more for each level of reply.
    pub index: String,
}

/// The header fields that a conversation is found by.
#[derive(Debug, Default)]
struct Clues {
    own_id: Option<String>,
    references: Vec<String>,
    thread_index: Option<Vec<u8>>,
    topic: String,
}

impl Conversations {
    /// Puts a message into its conversation, making a new one when nothing fits.
    ///
    /// `split_by_subject`: a reply under another subject starts a conversation of its own.
    pub fn join(&mut self, properties: &Map<String, Value>, key: &MailboxKey, split_by_subject: bool) -> Joined {
        let clues = read_clues(properties);
        let topic = if split_by_subject { clues.topic.as_str() } else { "" };
        let marks: Vec<u64> = clues.marks(topic);
        let known = marks.iter().find_map(|mark| self.by_reference.get(mark).copied());
        let conversation = known.unwrap_or_else(|| {
            self.count += 1;
            self.count
        });
        for mark in marks {
            self.by_reference.entry(mark).or_insert(conversation);
        }
        let index = clues.index(&key.conversation_key(conversation));
        Joined { conversation, index: STANDARD.encode(index) }
    }
}

impl Clues {
    /// What the message is known by and knows others by, strongest first.
    fn marks(&self, topic: &str) -> Vec<u64> {
        let named = self.references.iter().chain(self.own_id.as_ref());
        let mut marks: Vec<u64> = named.map(|id| mark(id.as_bytes(), topic)).collect();
        if let Some(header) = self.thread_index.as_ref().and_then(|index| index.get(6..22)) {
            marks.push(mark(header, topic));
        }
        marks
    }

    fn index(&self, conversation: &[u8; 16]) -> Vec<u8> {
        if let Some(given) = &self.thread_index {
            return given.clone();
        }
        let mut index = vec![1, 0xDA, 0, 0, 0, 0];
        index.extend_from_slice(conversation);
        for level in self.references.iter().take(20) {
            let bytes = mark(level.as_bytes(), "").to_be_bytes();
            index.extend_from_slice(&bytes[..5]);
        }
        index
    }
}

fn read_clues(properties: &Map<String, Value>) -> Clues {
    let text = |name: &str| properties.get(name).and_then(Value::as_str);
    let mut clues = Clues {
        own_id: text("internetMessageId").map(str::to_owned),
        topic: topic(text("subject").unwrap_or_default()),
        thread_index: text("conversationIndex").and_then(read_index),
        ..Clues::default()
    };
    let headers = properties.get("internetMessageHeaders").and_then(Value::as_array);
    for header in headers.into_iter().flatten() {
        let field = |name: &str| header.get(name).and_then(Value::as_str).unwrap_or_default();
        match field("name").to_ascii_lowercase().as_str() {
            "in-reply-to" => {
                let ids = message_ids(field("value"));
                clues.references.splice(0..0, ids);
            }
            "references" => clues.references.extend(message_ids(field("value")).into_iter().rev()),
            "thread-index" if clues.thread_index.is_none() => {
                clues.thread_index = read_index(field("value"));
            }
            _ => {}
        }
    }
    clues.references.dedup();
    clues
}

fn read_index(text: &str) -> Option<Vec<u8>> {
    let packed: String = text.split_whitespace().collect();
    let bytes = STANDARD.decode(packed).ok()?;
    (bytes.len() >= 22 && bytes.len() <= 22 + 5 * 200).then_some(bytes)
}

fn message_ids(text: &str) -> Vec<String> {
    let opened = text.split('<').skip(1);
    opened.filter_map(|part| part.split_once('>')).map(|(id, _)| format!("<{}>", id.trim())).collect()
}

/// The subject without reply and forward prefixes, in small letters.
pub fn topic(subject: &str) -> String {
    const PREFIXES: [&str; 12] = ["re:", "aw:", "fw:", "fwd:", "wg:", "sv:", "tr:", "rv:", "antw:", "vs:", "odp:", "ref:"];
    let mut rest = subject.trim().to_lowercase();
    while let Some(prefix) = PREFIXES.iter().find(|prefix| rest.starts_with(**prefix)) {
        rest = rest[prefix.len()..].trim_start().to_owned();
    }
    rest
}

fn mark(bytes: &[u8], topic: &str) -> u64 {
    let parts = bytes.iter().chain([0u8].iter()).chain(topic.as_bytes());
    let hash = parts.fold(0xcbf2_9ce4_8422_2325u64, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    mix(u128::from(hash), 0x434f_4e56) as u64
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn mail(id: &str, subject: &str, reply_to: &str) -> Map<String, Value> {
        let headers = json!([{"name": "In-Reply-To", "value": reply_to}]);
        let mail = json!({"internetMessageId": id, "subject": subject,
            "internetMessageHeaders": if reply_to.is_empty() { Value::Null } else { headers }});
        mail.as_object().unwrap().clone()
    }

    fn joined(mails: &[Map<String, Value>], split: bool) -> Vec<u32> {
        let mut conversations = Conversations::default();
        let key = MailboxKey::new(7);
        mails.iter().map(|mail| conversations.join(mail, &key, split).conversation).collect()
    }

    #[test]
    fn a_reply_joins_and_a_changed_subject_leaves() {
        let mails = [
            mail("<1@x>", "Pumps", ""),
            mail("<2@x>", "RE: AW: Pumps", "<1@x>"),
            mail("<3@x>", "Valves (was: Pumps)", "<2@x>"),
            mail("<4@x>", "Pumps", ""),
        ];
        assert_eq!(joined(&mails, true), [1, 1, 2, 3]);
        assert_eq!(joined(&mails, false), [1, 1, 1, 2]);
    }

    #[test]
    fn replies_to_an_unseen_message_find_each_other() {
        let mails = [mail("<2@x>", "Re: Oil", "<1@x>"), mail("<3@x>", "Re: Oil", "<1@x>")];
        assert_eq!(joined(&mails, true), [1, 1]);
    }

    #[test]
    fn each_level_of_reply_adds_five_bytes_to_the_index() {
        let key = MailboxKey::new(7);
        let mut conversations = Conversations::default();
        let first = conversations.join(&mail("<1@x>", "Oil", ""), &key, true);
        let second = conversations.join(&mail("<2@x>", "Re: Oil", "<1@x>"), &key, true);
        let length = |joined: &Joined| STANDARD.decode(&joined.index).unwrap().len();
        assert_eq!((length(&first), length(&second)), (22, 27));
    }
}
