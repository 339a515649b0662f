//! A message in Graph's JSON as MIME, so that what was delivered as JSON has a `$value` like any other.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use jiff::Timestamp;
use serde_json::Value;

/// JSON that is no message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unwritable(pub &'static str);

/// Writes the MIME of a JSON message that has come to a mailbox. What is missing is made up: sender, recipient (the mailbox),
/// time, Message-ID.
///
/// # Errors
/// [`Unwritable`] for JSON that is no message, or an attachment that is no base64.
pub fn mime(message: &Value, mailbox: &str, number: u64, now: Timestamp) -> Result<Bytes, Unwritable> {
    written(message, Some(mailbox), number, now)
}

/// The same of a message that is written in a mailbox: it may have no recipient.
///
/// # Errors
/// As [`mime`].
pub fn draft(message: &Value, number: u64, now: Timestamp) -> Result<Bytes, Unwritable> {
    written(message, None, number, now)
}

fn written(message: &Value, mailbox: Option<&str>, number: u64, now: Timestamp) -> Result<Bytes, Unwritable> {
    let fields = message.as_object().ok_or(Unwritable("the message must be a JSON object"))?;
    let mut head = String::new();
    let mut put = |name: &str, value: &str| head.push_str(&format!("{name}: {}\r\n", one_line(value)));
    let from = party(fields.get("from").or(fields.get("sender")));
    put("From", from.as_deref().unwrap_or("Somebody <somebody@elsewhere.example>"));
    let address = |name: &str| fields.get(name).and_then(|party| party["emailAddress"]["address"].as_str());
    if let Some(sender) = party(fields.get("sender")).filter(|_| from.is_some() && address("sender") != address("from")) {
        put("Sender", &sender);
    }
    let to = parties(fields.get("toRecipients"));
    if let Some(to) = Some(to.as_str()).filter(|to| !to.is_empty()).or(mailbox) {
        put("To", to);
    }
    for (name, field) in [("Cc", "ccRecipients"), ("Bcc", "bccRecipients"), ("Reply-To", "replyTo")] {
        let list = parties(fields.get(field));
        if !list.is_empty() {
            put(name, &list);
        }
    }
    put("Subject", &word(fields.get("subject").and_then(Value::as_str).unwrap_or_default()));
    let sent = fields.get("sentDateTime").and_then(Value::as_str).and_then(|text| text.parse().ok()).unwrap_or(now);
    put("Date", &rfc2822(sent));
    let made_up = format!("<{number:016x}@sim.example>");
    put("Message-ID", fields.get("internetMessageId").and_then(Value::as_str).unwrap_or(&made_up));
    if let Some(importance) = fields.get("importance").and_then(Value::as_str) {
        put("Importance", importance);
    }
    for (name, field) in [("Disposition-Notification-To", "isReadReceiptRequested"), ("Return-Receipt-To", "isDeliveryReceiptRequested")] {
        if fields.get(field) == Some(&Value::Bool(true)) {
            put(name, from.as_deref().unwrap_or_default());
        }
    }
    for header in fields.get("internetMessageHeaders").and_then(Value::as_array).into_iter().flatten() {
        put(header["name"].as_str().unwrap_or("X-Unnamed"), header["value"].as_str().unwrap_or_default());
    }
    head.push_str("MIME-Version: 1.0\r\n");
    head.push_str(&content(message, number)?);
    Ok(Bytes::from(head))
}

fn content(message: &Value, number: u64) -> Result<String, Unwritable> {
    let html = message["body"]["contentType"].as_str().is_some_and(|kind| kind.eq_ignore_ascii_case("html"));
    let kind = if html { "text/html; charset=utf-8" } else { "text/plain; charset=utf-8" };
    let text = message["body"]["content"].as_str().unwrap_or_default();
    let body = part(kind, "", text.as_bytes());
    let attachments = message["attachments"].as_array().map(Vec::as_slice).unwrap_or_default();
    if attachments.is_empty() {
        return Ok(body);
    }
    let boundary = format!("sim-{number:016x}");
    let mut all = format!("Content-Type: multipart/mixed; boundary=\"{boundary}\"\r\n\r\n--{boundary}\r\n{body}\r\n");
    for attachment in attachments {
        all.push_str(&format!("--{boundary}\r\n{}\r\n", attached(attachment)?));
    }
    all.push_str(&format!("--{boundary}--\r\n"));
    Ok(all)
}

fn attached(attachment: &Value) -> Result<String, Unwritable> {
    let bytes = STANDARD.decode(attachment["contentBytes"].as_str().unwrap_or_default());
    let bytes = bytes.map_err(|_| Unwritable("an attachment's contentBytes is no base64"))?;
    let name = attachment["name"].as_str().unwrap_or("attachment").replace(['"', '\\', '\r', '\n'], "_");
    let inline = attachment["isInline"].as_bool().unwrap_or_default();
    let mut extra = format!("Content-Disposition: {}; filename=\"{name}\"\r\n", if inline { "inline" } else { "attachment" });
    if let Some(id) = attachment["contentId"].as_str() {
        extra.push_str(&format!("Content-ID: <{}>\r\n", one_line(id)));
    }
    Ok(part(&one_line(attachment["contentType"].as_str().unwrap_or("application/octet-stream")), &extra, &bytes))
}

fn part(kind: &str, extra: &str, bytes: &[u8]) -> String {
    let encoded = STANDARD.encode(bytes);
    let lines: Vec<&str> = encoded.as_bytes().chunks(76).map(|line| std::str::from_utf8(line).unwrap_or_default()).collect();
    format!("Content-Type: {kind}\r\n{extra}Content-Transfer-Encoding: base64\r\n\r\n{}\r\n", lines.join("\r\n"))
}

fn parties(list: Option<&Value>) -> String {
    let parties = list.and_then(Value::as_array).into_iter().flatten().filter_map(|one| party(Some(one)));
    parties.collect::<Vec<_>>().join(", ")
}

fn party(value: Option<&Value>) -> Option<String> {
    let address = &value?["emailAddress"];
    let mail = one_line(address["address"].as_str()?);
    Some(match address["name"].as_str().filter(|name| !name.is_empty()) {
        Some(name) if name.is_ascii() => format!("\"{}\" <{mail}>", one_line(name).replace(['"', '\\'], "'")),
        Some(name) => format!("{} <{mail}>", word(name)),
        None => mail,
    })
}

/// A header's text; encoded if it is not plain ASCII (RFC 2047), in pieces that never split a letter.
fn word(text: &str) -> String {
    let text = one_line(text);
    if text.is_ascii() {
        return text;
    }
    let mut pieces = vec![String::new()];
    for letter in text.chars() {
        if pieces.last().is_some_and(|piece| piece.len() + letter.len_utf8() > 42) {
            pieces.push(String::new());
        }
        if let Some(piece) = pieces.last_mut() {
            piece.push(letter);
        }
    }
    pieces.iter().map(|piece| format!("=?utf-8?B?{}?=", STANDARD.encode(piece))).collect::<Vec<_>>().join("\r\n ")
}

/// Line breaks would end the header, but for the folds made here.
fn one_line(text: &str) -> String {
    if text.contains("\r\n ") && !text.contains("\n\n") {
        return text.split("\r\n ").map(|line| line.replace(['\r', '\n'], " ")).collect::<Vec<_>>().join("\r\n ");
    }
    text.replace(['\r', '\n'], " ")
}

fn rfc2822(at: Timestamp) -> String {
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// A message that was written in a mailbox as JSON again, with its attachments' bytes and the headers that it was given.
pub fn of_message(message: &crate::mailbox::Message) -> Value {
    let mut json = Value::Object(message.document.to_map());
    json["importance"] = Value::from(message.importance.word());
    let mut headers = further_headers(&message.raw);
    let mut put = |name: &str, value: &str| {
        headers.retain(|header| !header["name"].as_str().is_some_and(|known| known.eq_ignore_ascii_case(name)));
        headers.push(serde_json::json!({"name": name, "value": value}));
    };
    for (id, value) in &message.extended {
        match id.to_lowercase().as_str() {
            "string 0x1042" => put("In-Reply-To", value),
            "string 0x1039" => put("References", value),
            _ => {}
        }
    }
    json["internetMessageHeaders"] = Value::Array(headers);
    let attachments = message.attachments.iter().map(|attachment| {
        serde_json::json!({
            "name": &*attachment.name, "contentType": &*attachment.content_type, "isInline": attachment.is_inline,
            "contentId": attachment.content_id.as_deref(), "contentBytes": STANDARD.encode(attachment.bytes()),
        })
    });
    json["attachments"] = attachments.collect();
    json
}

/// The header fields that nothing else in a message's JSON stands for: the author's own, and what the mail answers.
fn further_headers(raw: &[u8]) -> Vec<Value> {
    const ELSEWHERE: [&str; 15] = [
        "from",
        "sender",
        "to",
        "cc",
        "bcc",
        "reply-to",
        "subject",
        "date",
        "message-id",
        "importance",
        "mime-version",
        "received",
        "return-path",
        "disposition-notification-to",
        "return-receipt-to",
    ];
    let end = raw.windows(4).position(|bytes| bytes == b"\r\n\r\n").unwrap_or(raw.len());
    let head = String::from_utf8_lossy(&raw[..end]).replace("\r\n ", " ").replace("\r\n\t", " ");
    let fields = head.lines().filter_map(|line| line.split_once(':'));
    let further = fields.filter(|(name, _)| {
        let small = name.to_ascii_lowercase();
        !small.contains(' ') && !small.starts_with("content-") && !ELSEWHERE.contains(&small.as_str())
    });
    further.map(|(name, value)| serde_json::json!({"name": name, "value": value.trim()})).collect()
}
