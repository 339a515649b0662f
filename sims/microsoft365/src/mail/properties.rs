//! Header fields to the Graph properties they determine.
//!
//! Follows the names and forms of reference: Graph, section 3.1. A value that the mail does not give is
//! left out or null as a received Graph message has it; nothing is invented but the Message-ID, which
//! Exchange too adds when the sender gave none.

use bytes::Bytes;
use jiff::Timestamp;
use mail_parser::{Addr, Address, DateTime, Header, HeaderName, HeaderValue, Message};
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};

/// The properties that the header fields determine; `text` is what was parsed, `raw` what is kept.
pub(super) fn of_headers(message: &Message<'_>, text: &Bytes, raw: &Bytes) -> Map<String, Value> {
    let mut properties = Map::new();
    let mut put = |name: &str, value: Value| properties.insert(name.to_owned(), value);
    let from = first(message.from()).or_else(|| first(message.sender()));
    let sender = first(message.sender()).or_else(|| from.clone());
    put("subject", subject(message));
    put("from", from.unwrap_or(Value::Null));
    put("sender", sender.unwrap_or(Value::Null));
    put("toRecipients", recipients(message.all_to()));
    put("ccRecipients", recipients(message.all_cc()));
    put("bccRecipients", recipients(message.all_bcc()));
    put("replyTo", recipients(message.reply_to().into_iter()));
    put("internetMessageId", message_id(message, raw).into());
    put("importance", importance(message).into());
    put("inferenceClassification", classification(message).into());
    put("isReadReceiptRequested", has(message, "Disposition-Notification-To").into());
    put("isDeliveryReceiptRequested", has(message, "Return-Receipt-To").into());
    put("internetMessageHeaders", fields(message, text));
    if let Some(sent) = sent_at(message).or_else(|| received_at(message)) {
        put("sentDateTime", sent.to_string().into());
    }
    if let Some(index) = thread_index(message) {
        put("conversationIndex", index.into());
    }
    properties
}

/// The topmost Received date that makes sense, else the Date field's.
pub(super) fn received_at(message: &Message<'_>) -> Option<Timestamp> {
    let stamped = message.received_all().find_map(|received| received.date.as_ref().and_then(instant));
    stamped.or_else(|| sent_at(message))
}

fn sent_at(message: &Message<'_>) -> Option<Timestamp> {
    message.date().and_then(instant)
}

fn instant(date: &DateTime) -> Option<Timestamp> {
    if !date.is_valid() {
        return None;
    }
    Timestamp::from_second(date.to_timestamp()).ok()
}

/// Null without the field, as Graph shows it; an empty field is an empty subject.
fn subject(message: &Message<'_>) -> Value {
    match message.header(HeaderName::Subject) {
        None => Value::Null,
        Some(value) => value.as_text().map(unfold).unwrap_or_default().into(),
    }
}

fn first(address: Option<&Address<'_>>) -> Option<Value> {
    address.and_then(Address::first).and_then(recipient)
}

fn recipients<'a>(addresses: impl Iterator<Item = &'a Address<'a>>) -> Value {
    addresses.flat_map(Address::iter).filter_map(recipient).collect()
}

/// A Graph `recipient`: the name is the address when the mail gives none, and the address is empty when
/// the mail gives only a name.
fn recipient(addr: &Addr<'_>) -> Option<Value> {
    let address = addr.address().map(unfold).unwrap_or_default();
    let name = addr.name().map(unfold).filter(|name| !name.is_empty()).unwrap_or_else(|| address.clone());
    if name.is_empty() {
        return None;
    }
    Some(json!({"emailAddress": {"name": name, "address": address}}))
}

fn message_id(message: &Message<'_>, raw: &Bytes) -> String {
    let given = match message.header(HeaderName::MessageId) {
        Some(HeaderValue::Text(id)) => Some(id.as_ref()),
        Some(HeaderValue::TextList(ids)) => ids.first().map(AsRef::as_ref),
        _ => None,
    };
    match given.map(str::trim).filter(|id| !id.is_empty()) {
        Some(id) => format!("<{id}>"),
        None => format!("<{}@no-message-id.example>", hex(&Sha256::digest(raw)[..16])),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// `Importance` first, then the `X-Priority` family that older clients write.
fn importance(message: &Message<'_>) -> &'static str {
    for name in ["Importance", "X-MSMail-Priority", "X-Priority", "Priority"] {
        let Some(value) = text_of(message, name) else { continue };
        let value = value.to_ascii_lowercase();
        if value.starts_with("high") || value.starts_with("urgent") || value.starts_with(['1', '2']) {
            return "high";
        }
        if value.starts_with("low") || value.starts_with("non-urgent") || value.starts_with(['4', '5']) {
            return "low";
        }
    }
    "normal"
}

/// Bulk mail goes to "other"; the real classifier is a secret of Exchange.
fn classification(message: &Message<'_>) -> &'static str {
    let bulk =
        text_of(message, "Precedence").is_some_and(|value| ["bulk", "list", "junk"].iter().any(|kind| value.eq_ignore_ascii_case(kind)));
    if bulk || has(message, "List-Unsubscribe") || has(message, "List-ID") { "other" } else { "focused" }
}

/// The Thread-Index field when it is base64 of at least the 22-byte header.
fn thread_index(message: &Message<'_>) -> Option<String> {
    use base64::{Engine, engine::general_purpose::STANDARD};
    let value = text_of(message, "Thread-Index")?;
    let packed: String = value.chars().filter(|c| !c.is_whitespace()).collect();
    STANDARD.decode(&packed).ok().filter(|bytes| bytes.len() >= 22).map(|_| packed)
}

fn has(message: &Message<'_>, name: &str) -> bool {
    message.headers().iter().any(|header| header.name.as_str().eq_ignore_ascii_case(name))
}

fn text_of<'a>(message: &'a Message<'_>, name: &str) -> Option<String> {
    let header = message.headers().iter().find(|header| header.name.as_str().eq_ignore_ascii_case(name))?;
    let value: &'a HeaderValue<'_> = &header.value;
    value.as_text().map(|text| text.trim().to_owned())
}

/// `internetMessageHeaders`: every field in order, unfolded, otherwise as it stands in the mail.
fn fields(message: &Message<'_>, text: &Bytes) -> Value {
    let entries = message.headers().iter().filter_map(|header| {
        let name = field_name(header, text)?;
        let value = text.get(header.offset_start as usize..header.offset_end as usize).unwrap_or_default();
        Some(json!({"name": name, "value": unfold(&String::from_utf8_lossy(value))}))
    });
    entries.collect()
}

/// The name as the sender wrote it; nothing for a line that merely has a colon somewhere.
pub(super) fn field_name<'a>(header: &Header<'_>, text: &'a [u8]) -> Option<&'a str> {
    let written = text.get(header.offset_field as usize..header.offset_start as usize)?;
    let name = std::str::from_utf8(written).ok()?.strip_suffix(':')?.trim();
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic());
    is_name.then_some(name)
}

/// Line breaks of a folded value become nothing, as the blank that follows them stays.
fn unfold(value: &str) -> String {
    value.trim().replace(['\r', '\n'], "")
}
