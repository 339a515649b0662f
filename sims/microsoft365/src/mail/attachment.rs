//! Attachments: files, inline images, and messages within messages.
//!
//! `is_inline` says what Outlook shows within the body: a part that the HTML refers to by its
//! Content-ID, or one that the sender marked inline and gave a Content-ID.
//! Source: reference: Graph, section 3.7.

use bytes::Bytes;
use mail_parser::{Encoding, MessagePart, MimeHeaders, PartType};

use super::{body::Content, parse::ParsedMail};

/// One attachment of a parsed message.
#[derive(Debug, Clone)]
pub struct ParsedAttachment {
    /// File name, or the subject of an attached message; never empty.
    pub name: String,
    /// Media type in lower case, such as `image/png`.
    pub content_type: String,
    /// Shown within the body, not in the list of attachments.
    pub is_inline: bool,
    /// Content-ID without its brackets.
    pub content_id: Option<String>,
    /// Content-Location as given.
    pub content_location: Option<String>,
    /// What is attached.
    pub kind: AttachmentKind,
}

/// What is attached: bytes, or a message of its own.
#[derive(Debug, Clone)]
pub enum AttachmentKind {
    /// `#microsoft.graph.fileAttachment`, with the decoded bytes.
    File(Bytes),
    /// `#microsoft.graph.itemAttachment`, holding a message.
    Item(Box<ParsedMail>),
}

/// Reads one part; `nested` parses a message within, or declines.
pub(super) fn read(
    part: &MessagePart<'_>,
    text: &Bytes,
    content: &Content,
    index: usize,
    nested: &dyn Fn(Bytes) -> Option<ParsedMail>,
) -> ParsedAttachment {
    let content_id = part.content_id().map(|id| id.trim_matches(['<', '>', ' ']).to_owned()).filter(|id| !id.is_empty());
    let kind = kind(part, text, nested);
    let content_type = content_type(part);
    ParsedAttachment {
        name: name(part, &kind, &content_type, index),
        is_inline: is_inline(part, content_id.as_deref(), content),
        content_location: part.content_location().map(str::to_owned),
        content_type,
        content_id,
        kind,
    }
}

fn kind(part: &MessagePart<'_>, text: &Bytes, nested: &dyn Fn(Bytes) -> Option<ParsedMail>) -> AttachmentKind {
    if !matches!(part.body, PartType::Message(_)) {
        return AttachmentKind::File(file_bytes(part, text));
    }
    let inner = match &part.body {
        // Encoded as a whole (base64): the decoded bytes live in the parsed part.
        PartType::Message(message) if part.encoding != Encoding::None => Bytes::copy_from_slice(&message.raw_message),
        _ => text.slice(range(part, text)),
    };
    match nested(inner.clone()) {
        Some(mail) => AttachmentKind::Item(Box::new(mail)),
        None => AttachmentKind::File(inner),
    }
}

/// The decoded bytes; text that came unencoded is given back in its own charset, not in UTF-8.
fn file_bytes(part: &MessagePart<'_>, text: &Bytes) -> Bytes {
    if part.encoding == Encoding::None && !matches!(part.body, PartType::Multipart(_)) {
        return text.slice(range(part, text));
    }
    Bytes::copy_from_slice(part.contents())
}

fn range(part: &MessagePart<'_>, text: &Bytes) -> std::ops::Range<usize> {
    let end = (part.offset_end as usize).min(text.len());
    let start = (part.offset_body as usize).min(end);
    start..end
}

fn content_type(part: &MessagePart<'_>) -> String {
    let given = part.content_type().map(|value| match value.subtype() {
        Some(subtype) => format!("{}/{subtype}", value.ctype()).to_ascii_lowercase(),
        None => value.ctype().to_ascii_lowercase(),
    });
    given.filter(|value| value.contains('/')).unwrap_or_else(|| fallback_type(part).to_owned())
}

fn fallback_type(part: &MessagePart<'_>) -> &'static str {
    match part.body {
        PartType::Text(_) => "text/plain",
        PartType::Html(_) => "text/html",
        PartType::Message(_) => "message/rfc822",
        _ => "application/octet-stream",
    }
}

fn name(part: &MessagePart<'_>, kind: &AttachmentKind, content_type: &str, index: usize) -> String {
    let subject = match kind {
        AttachmentKind::Item(mail) => mail.properties.get("subject").and_then(|subject| subject.as_str()),
        AttachmentKind::File(_) => None,
    };
    let given = part.attachment_name().or(subject).map(|name| name.replace(['\r', '\n', '\0'], ""));
    given
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| format!("ATT{:05}{}", index + 1, extension(content_type)))
}

/// Outlook names a nameless part `ATT00001` with the extension of its type.
fn extension(content_type: &str) -> &'static str {
    match content_type {
        "text/plain" => ".txt",
        "text/html" => ".htm",
        "image/png" => ".png",
        "image/jpeg" | "image/jpg" => ".jpg",
        "image/gif" => ".gif",
        "application/pdf" => ".pdf",
        "message/rfc822" => ".eml",
        _ => ".bin",
    }
}

fn is_inline(part: &MessagePart<'_>, content_id: Option<&str>, content: &Content) -> bool {
    let referred = |id: &str| content.is_html && content.text.contains(&format!("cid:{id}"));
    let marked = part.content_disposition().is_some_and(|disposition| disposition.is_inline());
    match content_id {
        Some(id) => marked || referred(id),
        None => {
            let location = part.content_location().filter(|location| !location.is_empty());
            location.is_some_and(|location| content.is_html && content.text.contains(location))
        }
    }
}
