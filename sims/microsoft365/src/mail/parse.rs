//! Raw MIME to the Graph properties of a received message.
//!
//! Promises: never panics, whatever the bytes; the raw bytes are kept untouched (`$value` gives them
//! back as they came); the same bytes give the same properties, the made-up Message-ID included.
//! Does not sanitise HTML and does not decide folders, read state or ids.
//! Source: the properties are those of reference: Graph, section 3.1; the parsing is mail-parser's.

use std::panic::{AssertUnwindSafe, catch_unwind};

use bytes::Bytes;
use jiff::Timestamp;
use mail_parser::{Message, MessageParser};
use serde_json::{Map, Value};

use super::{attachment, attachment::ParsedAttachment, body, properties};

/// How deep item attachments are read; what lies deeper stays a file attachment.
/// Graph itself expands nested items to 30 levels (reference: Graph, section 3.7).
const NESTING_MAX: usize = 30;

/// More nested containers than any real mail has; beyond it the bytes are an attack on the parser.
const CONTAINERS_MAX: usize = 400;

/// One message read from its MIME form.
#[derive(Debug, Clone)]
pub struct ParsedMail {
    /// The Graph `message` properties that the mail itself determines: `subject`, `body`, `bodyPreview`,
    /// `from`, `sender`, recipients, `sentDateTime`, `internetMessageId`, `importance`,
    /// `internetMessageHeaders`, `conversationIndex` (when there is a Thread-Index) and their like.
    pub properties: Map<String, Value>,
    /// Everything attached, inline parts and forwarded messages included, in the order of the mail.
    pub attachments: Vec<ParsedAttachment>,
    /// The bytes as they came.
    pub raw: Bytes,
    /// When the mail says it arrived: the topmost Received header that has a date, else Date.
    pub received: Option<Timestamp>,
}

/// Why bytes could not be read as a message.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct Unreadable {
    /// A plain clause, such as `no header field was found`.
    pub reason: &'static str,
}

/// Reads one message.
///
/// # Errors
/// [`Unreadable`] when no header field is found, or when the nesting is deeper than any parser survives.
pub fn parse(raw: Bytes) -> Result<ParsedMail, Unreadable> {
    parse_nested(raw, 0)
}

/// Reads a message that lies `depth` levels inside another one.
pub(super) fn parse_nested(raw: Bytes, depth: usize) -> Result<ParsedMail, Unreadable> {
    if raw.is_empty() {
        return Err(Unreadable { reason: "it is empty" });
    }
    if containers(&raw) > CONTAINERS_MAX {
        return Err(Unreadable { reason: "messages are nested in it too deeply" });
    }
    let text = raw.slice(envelope_bytes(&raw)..);
    // The parser indexes with offsets that it computes from broken boundaries; a slip there is the
    // message's fault and must not take the tenant down.
    catch_unwind(AssertUnwindSafe(|| read(&raw, &text, depth))).unwrap_or(Err(Unreadable { reason: "the MIME parser gave up on it" }))
}

fn read(raw: &Bytes, text: &Bytes, depth: usize) -> Result<ParsedMail, Unreadable> {
    let message = MessageParser::default()
        .parse(text.as_ref())
        .filter(|message| message.headers().iter().any(|field| properties::field_name(field, text).is_some()))
        .ok_or(Unreadable { reason: "no header field was found" })?;
    let content = body::choose(&message);
    let attachments = read_attachments(&message, text, &content, depth);
    let mut properties = properties::of_headers(&message, text, raw);
    body::describe(&content, &mut properties);
    let has_files = attachments.iter().any(|attachment| !attachment.is_inline);
    properties.insert("hasAttachments".into(), has_files.into());
    let received = properties::received_at(&message);
    Ok(ParsedMail { properties, attachments, raw: raw.clone(), received })
}

fn read_attachments(message: &Message<'_>, text: &Bytes, content: &body::Content, depth: usize) -> Vec<ParsedAttachment> {
    let nested = |raw: Bytes| {
        if depth < NESTING_MAX { parse_nested(raw, depth + 1).ok() } else { None }
    };
    message
        .attachments
        .iter()
        .filter_map(|id| message.parts.get(*id as usize))
        .enumerate()
        .map(|(index, part)| attachment::read(part, text, content, index, &nested))
        .collect()
}

/// How many leading bytes are no part of the message: a byte order mark, blank lines, and the `From `
/// line that mbox files put before it.
fn envelope_bytes(raw: &[u8]) -> usize {
    let mut start = if raw.starts_with(b"\xef\xbb\xbf") { 3 } else { 0 };
    start += raw[start..].iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
    if raw[start..].starts_with(b"From ") {
        let line = raw[start..].iter().position(|byte| *byte == b'\n');
        start = line.map_or(raw.len(), |end| start + end + 1);
    }
    start
}

/// Counts what makes a parser descend. Short messages can't hold enough to matter.
fn containers(raw: &[u8]) -> usize {
    const SHORTEST: usize = 24;
    if raw.len() < CONTAINERS_MAX * SHORTEST {
        return 0;
    }
    const NAMES: [&[u8]; 3] = [b"message/rfc822", b"message/global", b"multipart/"];
    raw.windows(14)
        .filter(|window| matches!(window[0], b'm' | b'M'))
        .filter(|window| NAMES.iter().any(|name| window[..name.len()].eq_ignore_ascii_case(name)))
        .count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_text(text: &str) -> ParsedMail {
        parse(Bytes::copy_from_slice(text.as_bytes())).unwrap()
    }

    #[test]
    fn a_plain_message_gives_its_properties() {
        let mail = read_text(
            "Received: from a by b; Tue, 3 Mar 2026 10:00:05 +0100\r\nDate: Tue, 3 Mar 2026 09:59:58 +0100\r\n\
             From: =?utf-8?q?J=C3=BCrgen?= <j@kunde.example>\r\nTo: Anna <anna@firma.example>, b@firma.example\r\n\
             Subject: =?utf-8?b?R3LDvMOfZQ==?=\r\nMessage-ID: <1@kunde.example>\r\nX-Priority: 1\r\n\r\nHallo,\r\n\r\n  Welt\r\n",
        );
        let get = |name: &str| mail.properties[name].clone();
        assert_eq!(get("subject"), "Grüße");
        assert_eq!(get("from")["emailAddress"]["name"], "Jürgen");
        assert_eq!(get("sender"), get("from"));
        assert_eq!(get("toRecipients")[1]["emailAddress"]["name"], "b@firma.example");
        assert_eq!(get("internetMessageId"), "<1@kunde.example>");
        assert_eq!(get("sentDateTime"), "2026-03-03T08:59:58Z");
        assert_eq!(mail.received.unwrap().to_string(), "2026-03-03T09:00:05Z");
        assert_eq!(get("importance"), "high");
        assert_eq!(get("bodyPreview"), "Hallo, Welt");
        assert_eq!(get("body")["contentType"], "text");
        assert_eq!(get("hasAttachments"), false);
        assert_eq!(get("internetMessageHeaders")[3]["name"], "To");
    }

    #[test]
    fn a_missing_message_id_is_made_from_the_bytes() {
        let once = read_text("From: a@a.example\n\nx");
        let again = read_text("From: a@a.example\n\nx");
        let other = read_text("From: a@a.example\n\ny");
        assert_eq!(once.properties["internetMessageId"], again.properties["internetMessageId"]);
        assert_ne!(once.properties["internetMessageId"], other.properties["internetMessageId"]);
    }

    #[test]
    fn an_mbox_line_is_kept_in_the_bytes_but_is_no_header() {
        let mail = read_text("From a@b.example Thu Aug 22 12:36:23 2002\nSubject: s\n\nb");
        assert!(mail.raw.starts_with(b"From "));
        assert_eq!(mail.properties["internetMessageHeaders"].as_array().unwrap().len(), 1);
    }

    #[test]
    fn inline_images_do_not_count_as_attachments_and_files_do() {
        let mail = read_text(
            "From: a@a.example\nContent-Type: multipart/related; boundary=x\n\n--x\nContent-Type: text/html\n\n\
             <p>Hi <img src=\"cid:logo@a\"></p>\n--x\nContent-Type: image/png; name=l.png\nContent-ID: <logo@a>\n\
             Content-Transfer-Encoding: base64\n\niVBORw==\n--x--\n",
        );
        assert_eq!(mail.properties["hasAttachments"], false);
        assert_eq!(mail.attachments.len(), 1);
        assert!(mail.attachments[0].is_inline);
        assert_eq!(mail.attachments[0].content_id.as_deref(), Some("logo@a"));
    }

    #[test]
    fn a_forwarded_message_becomes_an_item_attachment() {
        let mail = read_text(
            "From: a@a.example\nContent-Type: multipart/mixed; boundary=x\n\n--x\n\nsee below\n--x\n\
             Content-Type: message/rfc822\n\nFrom: b@b.example\nSubject: inner\n\ninner text\n--x--\n",
        );
        assert_eq!(mail.properties["hasAttachments"], true);
        let attachment::AttachmentKind::Item(inner) = &mail.attachments[0].kind else { panic!("a file") };
        assert_eq!(inner.properties["subject"], "inner");
        assert_eq!(mail.attachments[0].name, "inner");
        assert_eq!(inner.raw.as_ref(), b"From: b@b.example\nSubject: inner\n\ninner text");
    }

    #[test]
    fn garbage_is_refused_or_read_but_never_a_panic() {
        let nested = "Content-Type: message/rfc822\n\n".repeat(50_000);
        assert_eq!(parse(Bytes::from(nested)).unwrap_err().reason, "messages are nested in it too deeply");
        assert!(parse(Bytes::new()).is_err());
        assert!(parse(Bytes::from_static(b"no header here")).is_err());
        let mut noise: u64 = 0x9e37_79b9_7f4a_7c15;
        for length in 0..400 {
            let bytes: Vec<u8> = (0..length)
                .map(|_| {
                    noise = noise.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                    (noise >> 33) as u8
                })
                .collect();
            let mut mail = b"Content-Type: multipart/mixed; boundary=\"\"\nSubject: =?x?q?".to_vec();
            mail.extend(bytes);
            let _ = parse(Bytes::from(mail));
        }
    }
}
