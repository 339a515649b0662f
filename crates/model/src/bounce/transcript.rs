//! Transcripts: which addresses a report names in free text, and what it says about each.
//!
//! Mail systems write in a few ways: a line that begins with an address (`<bo@acme.example>:`), a label before it (`Recipient:`),
//! a reply with the address behind it (`550 <bo@acme.example>... User unknown`), the command that named it (`RCPT TO:<…>`), or a
//! sentence that says that it could not be reached. What follows, up to the next address, is said about it.

use super::fields::addresses;

/// What is said about one address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Passage {
    /// The address.
    pub(super) address: String,
    /// What is said.
    pub(super) said: String,
}

/// Labels before an address, in lower case.
const LABELS: &[&str] = &[
    "recipient:",
    "recipient address:",
    "recipients:",
    "addressed to:",
    "could not be delivered to:",
    "failed recipient:",
    "rcpt to:",
    ">>> rcpt to:",
    "rcpt:",
    "final recipient:",
    "to the following address:",
    "user:",
    "invalid final delivery userid:",
    "user mailbox exceeds allowed size:",
    "you are not a member of this mailing list",
    "user's mailbox is full:",
    "original recipient:",
    "unable to deliver message to",
];

/// Phrases before an address within a sentence, in lower case.
const PHRASES: &[&str] = &[
    "wasn't delivered to ",
    "was not delivered to ",
    "not be delivered to ",
    "couldn't be delivered to ",
    "delivering your message to ",
    "rejected recipient ",
    "unable to deliver message to ",
    "your message to ",
    "delivery to ",
    "deliver to ",
    "email to group ",
    "mailbox for ",
    "not delivered to ",
    "undeliverable to ",
    "failed to deliver to ",
    "delivery failed to ",
    "message to ",
];

/// The passages of a report's own text, an address once, in order. `us` are addresses that cannot be meant: the sender's and the
/// reporting system's.
pub(super) fn read(text: &str, us: &[String]) -> Vec<Passage> {
    let mut passages: Vec<Passage> = Vec::new();
    let mut current: Option<usize> = None;
    // What two servers said before it is told whom it was about.
    let mut talk = String::new();
    for line in text.lines() {
        let line = line.trim();
        match heading(line).filter(|(address, _)| !is_ours(address, us)) {
            Some((address, rest)) => {
                let place = passages.iter().position(|passage| passage.address.eq_ignore_ascii_case(&address));
                let place = place.unwrap_or_else(|| {
                    passages.push(Passage { address, said: String::new() });
                    passages.len() - 1
                });
                push(&mut passages[place].said, &std::mem::take(&mut talk));
                push(&mut passages[place].said, rest);
                current = Some(place);
            }
            None if is_talk(line) || (!talk.is_empty() && line.starts_with(['4', '5'])) => push(&mut talk, line),
            None => {
                if let Some(place) = current {
                    push(&mut passages[place].said, line);
                }
            }
        }
    }
    if let Some(place) = current {
        push(&mut passages[place].said, &talk);
    }
    if passages.is_empty() { in_sentences(text, us) } else { passages }
}

/// A line of a conversation between two servers.
fn is_talk(line: &str) -> bool {
    [">>>", "<<<", "... while talking", "While talking"].iter().any(|start| line.starts_with(start))
}

fn push(said: &mut String, line: &str) {
    if !line.is_empty() && said.len() < 8_000 {
        if !said.is_empty() {
            said.push('\n');
        }
        said.push_str(line);
    }
}

fn is_ours(address: &str, us: &[String]) -> bool {
    us.iter().any(|known| known.eq_ignore_ascii_case(address))
}

/// The address that a line is about, and what it says about it.
fn heading(line: &str) -> Option<(String, &str)> {
    if line.is_empty() || line.len() > 1_000 || names_another(line) {
        return None;
    }
    labelled(line).or_else(|| beginning(line)).or_else(|| behind_a_reply(line))
}

/// Lines with an address that is not the recipient's.
fn names_another(line: &str) -> bool {
    let lower = line.to_lowercase();
    [
        "mail from",
        "message-id",
        "from:",
        "sender:",
        "return-path",
        "reply-to",
        "x-postfix-sender",
        "envelope-from",
        "to: ",
        "to:\t",
        "cc:",
        "subject:",
    ]
    .iter()
    .any(|start| lower.trim_start_matches(['>', ' ']).starts_with(start))
}

fn labelled(line: &str) -> Option<(String, &str)> {
    let lower = line.to_lowercase();
    let label = LABELS.iter().find(|label| lower.trim_start_matches(['>', ' ']).starts_with(**label))?;
    let behind = line.trim_start_matches(['>', ' ']).get(label.len()..)?;
    let address = addresses(behind).into_iter().next()?;
    let near = behind.trim_start().trim_start_matches(['<', '"', '\'']).to_lowercase();
    near.starts_with(&address.to_lowercase()).then_some((address, line))
}

/// A line that begins with an address, in brackets or not, alone or with what is said behind it.
fn beginning(line: &str) -> Option<(String, &str)> {
    let bare = line.trim_start_matches(['*', '-', '•', ' ', '\t', '(', '"']);
    let address = addresses(bare.get(..bare.len()).unwrap_or_default()).into_iter().next()?;
    let inner = bare.strip_prefix('<').unwrap_or(bare);
    if !inner.get(..address.len()).is_some_and(|start| start.eq_ignore_ascii_case(&address)) {
        return None;
    }
    let rest = inner[address.len()..].trim_start_matches(['>', ')', '"']);
    let parted = rest.is_empty() || rest.starts_with([':', ' ', '\t', '.', '(', '[', '<', ',']);
    parted.then(|| (address, rest.trim_start_matches([':', ' ', '\t'])))
}

/// `550 <bo@acme.example>... User unknown`, `5.2.2 <bo@acme.example>... Mailbox Full`, `550 bo@acme.example... no such user`.
fn behind_a_reply(line: &str) -> Option<(String, &str)> {
    let line = line.trim_start_matches(['<', ' ']);
    if !line.starts_with(['4', '5']) {
        return None;
    }
    let digits = |word: &str| word.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-')) && word.len() >= 3;
    let behind = line.split_whitespace().find(|word| !digits(word))?;
    let address = addresses(behind).into_iter().next()?;
    behind.trim_start_matches('<').to_lowercase().starts_with(&address.to_lowercase()).then_some((address, line))
}

/// Addresses that sentences name as not reached; failing that, whatever addresses there are.
fn in_sentences(text: &str, us: &[String]) -> Vec<Passage> {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = flat.to_lowercase();
    let mut found: Vec<String> = Vec::new();
    if lower.len() == flat.len() {
        for phrase in PHRASES {
            for (at, _) in lower.match_indices(phrase) {
                let Some(behind) = flat.get(at + phrase.len()..) else { continue };
                let word = behind.split(' ').next().unwrap_or_default();
                found.extend(addresses(word).into_iter().take(1));
            }
        }
    }
    if found.is_empty() {
        let lines = text.lines().filter(|line| !names_another(line.trim()) && !line.to_lowercase().contains("mailto:"));
        found = lines.flat_map(addresses).collect();
    }
    let mut passages: Vec<Passage> = Vec::new();
    for address in found {
        if !is_ours(&address, us) && !passages.iter().any(|passage| passage.address.eq_ignore_ascii_case(&address)) {
            passages.push(Passage { address, said: String::new() });
        }
    }
    passages.truncate(1);
    passages
}
