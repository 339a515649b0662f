//! The mail that a report returns: where it begins in a text, and what its headers say.

/// Words on a line that introduces what is returned.
const INTRODUCTIONS: &[&str] = &[
    "copy of the message",
    "copy of your message",
    "original message",
    "copy of the original",
    "original mail info",
    "original mail message",
    "returned message",
    "unsent message",
    "undelivered message",
    "message header follows",
    "message headers follow",
    "message text follows",
    "message follows",
    "header of the original",
    "headers of the original",
    "original headers",
    "original message headers",
    "原始邮件",
];

/// What a text says itself, and what it returns below.
pub(super) fn split(text: &str) -> (&str, &str) {
    let mut at = 0;
    let mut apart = false;
    for line in text.split_inclusive('\n') {
        let end = at + line.len();
        if introduces(line.trim()) {
            return (&text[..at], &text[end..]);
        }
        if (begins(line) || (apart && line.to_ascii_lowercase().starts_with("message-id:"))) && at > 0 {
            return (&text[..at], &text[at..]);
        }
        apart = line.trim().is_empty() || line.starts_with([' ', '\t']);
        at = end;
    }
    (text, "")
}

/// A line that says that what is returned follows: words in a frame of dashes, or at the end of a short line.
fn introduces(line: &str) -> bool {
    if line.is_empty() || line.len() > 120 {
        return false;
    }
    let framed = line.starts_with(['-', '|', '*', '=', '_']) || line.ends_with(['-', '|', '*', '=', '_']);
    let closed = line.len() < 60 && line.ends_with([':', '.']);
    let lower = line.to_lowercase();
    let said = INTRODUCTIONS.iter().any(|words| lower.contains(words));
    said && (framed
        || (closed && (lower.starts_with("original message") || lower.contains("follow") || lower.contains("copy of the original"))))
}

/// The first header of a mail that is returned without a word.
fn begins(line: &str) -> bool {
    ["Received: ", "Return-Path: <", "Return-path: <", "X-Originating-IP: ["].iter().any(|start| line.starts_with(start))
}

/// An identifier without its brackets; `None` for what is none.
pub(super) fn message_id(value: &str) -> Option<String> {
    let value = value.trim();
    let bare = match value.find('<') {
        Some(start) => value[start + 1..].split('>').next().unwrap_or_default(),
        None => value.split_whitespace().next().unwrap_or_default(),
    };
    let bare = bare.trim();
    (bare.len() > 2 && bare.len() <= 998 && !bare.contains(char::is_whitespace)).then(|| bare.to_owned())
}
