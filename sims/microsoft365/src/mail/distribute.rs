//! Spreading loaded mail over simulated mailboxes.
//!
//! Promises: every message is placed exactly once; the same mail, count and seed give the same places; a
//! conversation stays in one mailbox, but for one message in twenty, as when a colleague was asked.

use serde_json::Value;

use super::{load::LoadedMail, parse::ParsedMail};
use crate::ids::Ids;

/// A message with its place in a mailbox.
#[derive(Debug, Clone)]
pub struct Placed {
    /// Which mailbox, counted from 0.
    pub mailbox: usize,
    /// The path of folders from the root; the first may be a well-known name such as `inbox`.
    pub folder: Vec<String>,
    /// The message.
    pub mail: ParsedMail,
    /// `isRead`
    pub is_read: bool,
    /// `flag.flagStatus` is `flagged`.
    pub is_flagged: bool,
}

/// Places each message in one of `mailboxes` mailboxes (at least one is assumed).
#[must_use]
pub fn distribute(mail: Vec<LoadedMail>, mailboxes: usize, seed: u64) -> Vec<Placed> {
    let mailboxes = mailboxes.max(1) as u64;
    mail.into_iter()
        .map(|loaded| {
            let id = text(&loaded.mail, "internetMessageId");
            let draw = hash(seed, &format!("{id} {}", loaded.name));
            let conversation = if draw.is_multiple_of(20) { id } else { conversation(&loaded.mail) };
            Placed {
                mailbox: (hash(seed, &conversation) % mailboxes) as usize,
                folder: folder(&loaded, draw),
                is_read: loaded.is_read.unwrap_or(draw / 100 % 100 < 80),
                is_flagged: loaded.is_flagged || draw / 10_000 % 100 < 3,
                mail: loaded.mail,
            }
        })
        .collect()
}

/// What a conversation's messages have in common: the subject without its marks. (The first reference would
/// do for replies, but the message that they answer does not know that it is one.)
fn conversation(mail: &ParsedMail) -> String {
    let subject = text(mail, "subject").to_lowercase();
    let mut topic = subject.trim();
    while let Some(rest) = without_mark(topic) {
        topic = rest.trim_start();
    }
    if topic.is_empty() { text(mail, "internetMessageId") } else { topic.to_owned() }
}

/// Takes one `re:`, `fw:` or `[list]` from the front.
fn without_mark(topic: &str) -> Option<&str> {
    if let Some(rest) = topic.strip_prefix('[') {
        return rest.split_once(']').map(|(_, rest)| rest);
    }
    ["re:", "fwd:", "fw:", "aw:"].iter().find_map(|mark| topic.strip_prefix(mark))
}

fn folder(loaded: &LoadedMail, draw: u64) -> Vec<String> {
    let path = |parts: &[&str]| parts.iter().map(|part| (*part).to_owned()).collect();
    let is_spam = loaded.name.to_lowercase().split('/').any(|part| part.starts_with("spam") && !part.contains("assassin"));
    match draw / 1_000_000 % 100 {
        0..55 if is_spam => path(&["junkemail"]),
        0..8 => path(&["sentitems"]),
        8..14 => path(&["archive"]),
        14..18 => path(&["deleteditems"]),
        18..26 => path(&["inbox", "Lists"]),
        26..32 => path(&["Projects", "2002"]),
        32..36 => path(&["Projects"]),
        _ => path(&["inbox"]),
    }
}

fn text(mail: &ParsedMail, property: &str) -> String {
    mail.properties.get(property).and_then(Value::as_str).unwrap_or_default().to_owned()
}

/// A number that follows from the seed and the text alone.
fn hash(seed: u64, text: &str) -> u64 {
    Ids::named(seed, text).next_u64()
}
