//! Composing MIME: the bytes of a message from its parts.
//!
//! Writes what mail programs write: encoded words, quoted-printable or base64 bodies, alternatives with
//! related images, mixed with attachments. Lines end in CRLF.
//! Source: RFC 5322, RFC 2045 to 2047, RFC 2387.

use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{
    Timestamp,
    tz::{Offset, TimeZone},
};

/// A name with an address.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Party {
    pub(super) name: String,
    pub(super) address: String,
}

/// A file within a message; with a Content-ID it is an image within the HTML.
#[derive(Debug, Clone)]
pub(super) struct Part {
    pub(super) name: String,
    pub(super) content_type: &'static str,
    pub(super) content_id: Option<String>,
    pub(super) bytes: Vec<u8>,
}

/// A message before it becomes bytes.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) from: Party,
    pub(super) to: Vec<Party>,
    pub(super) cc: Vec<Party>,
    pub(super) subject: String,
    pub(super) sent: Timestamp,
    pub(super) offset_h: i8,
    pub(super) message_id: String,
    pub(super) references: Vec<String>,
    /// Further header fields, ASCII.
    pub(super) fields: Vec<(&'static str, String)>,
    pub(super) text: String,
    pub(super) html: Option<String>,
    pub(super) images: Vec<Part>,
    pub(super) files: Vec<Part>,
}

impl Draft {
    pub(super) fn new(from: Party, to: Vec<Party>, subject: String, sent: Timestamp, message_id: String) -> Self {
        Self {
            from,
            to,
            cc: Vec::new(),
            subject,
            sent,
            offset_h: 0,
            message_id,
            references: Vec::new(),
            fields: Vec::new(),
            text: String::new(),
            html: None,
            images: Vec::new(),
            files: Vec::new(),
        }
    }

    /// The bytes, with the trace fields of a delivery before them (none for a sender's own copy).
    pub(super) fn compose(&self, trace: &str) -> Vec<u8> {
        let mut mail = String::with_capacity(4096);
        mail.push_str(trace);
        self.write_fields(&mut mail);
        self.write_body(&mut mail);
        mail.into_bytes()
    }

    fn write_fields(&self, mail: &mut String) {
        let mut field = |name: &str, value: &str| {
            mail.push_str(&format!("{name}: {value}\r\n"));
        };
        field("From", &addresses(std::slice::from_ref(&self.from)));
        field("To", &addresses(&self.to));
        if !self.cc.is_empty() {
            field("Cc", &addresses(&self.cc));
        }
        field("Subject", &words(&self.subject));
        field("Date", &date(self.sent, self.offset_h));
        field("Message-ID", &format!("<{}>", self.message_id));
        if let Some(last) = self.references.last() {
            field("In-Reply-To", &format!("<{last}>"));
            let all: Vec<_> = self.references.iter().map(|id| format!("<{id}>")).collect();
            field("References", &all.join("\r\n "));
        }
        for (name, value) in &self.fields {
            field(name, value);
        }
        field("MIME-Version", "1.0");
    }

    fn write_body(&self, mail: &mut String) {
        let wrap = |inner: String, kind: &str, parts: &[Part]| {
            if parts.is_empty() { inner } else { multipart(kind, &self.message_id, std::iter::once(inner).chain(parts.iter().map(file))) }
        };
        let text = leaf("text/plain", &self.text);
        let body = match &self.html {
            None => text,
            Some(html) => {
                let html = wrap(leaf("text/html", html), "related", &self.images);
                multipart("alternative", &self.message_id, [text, html].into_iter())
            }
        };
        mail.push_str(&wrap(body, "mixed", &self.files));
    }
}

/// A part with its own fields: the boundary is made of the kind and the Message-ID, which is unique.
fn multipart(kind: &str, message_id: &str, parts: impl Iterator<Item = String>) -> String {
    let id: String = message_id.chars().filter(char::is_ascii_alphanumeric).take(24).collect();
    let boundary = format!("=_{kind}_{id}");
    let mut body = format!("Content-Type: multipart/{kind}; boundary=\"{boundary}\"\r\n\r\n");
    for part in parts {
        body.push_str(&format!("--{boundary}\r\n{part}\r\n"));
    }
    body.push_str(&format!("--{boundary}--\r\n"));
    body
}

fn leaf(content_type: &str, text: &str) -> String {
    let foreign = text.chars().filter(|c| !c.is_ascii()).count();
    let fields = |charset: &str, encoding: &str| {
        format!("Content-Type: {content_type}; charset={charset}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n")
    };
    if foreign == 0 && text.lines().all(|line| line.len() < 900) {
        return fields("us-ascii", "7bit") + &crlf(text);
    }
    if foreign * 4 > text.chars().count() {
        return fields("utf-8", "base64") + &lines_of(&STANDARD.encode(crlf(text)), 76);
    }
    match latin(text) {
        // Some mail is still written in the old charsets.
        Some(bytes) if text.len().is_multiple_of(3) => fields("iso-8859-1", "quoted-printable") + &quoted_printable(&bytes),
        _ => fields("utf-8", "quoted-printable") + &quoted_printable(text.as_bytes()),
    }
}

fn latin(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|c| u8::try_from(u32::from(c)).ok()).collect()
}

fn file(part: &Part) -> String {
    let file_name = parameter("filename", &part.name);
    let disposition = match &part.content_id {
        Some(id) => format!("Content-ID: <{id}>\r\nContent-Disposition: inline;\r\n {file_name}"),
        None => format!("Content-Disposition: attachment;\r\n {file_name}"),
    };
    if part.content_type == "message/rfc822" {
        let inner = String::from_utf8_lossy(&part.bytes);
        return format!("Content-Type: message/rfc822\r\n{disposition}\r\n\r\n{inner}");
    }
    let bytes = lines_of(&STANDARD.encode(&part.bytes), 76);
    let (content_type, name) = (part.content_type, parameter("name", &part.name));
    format!("Content-Type: {content_type};\r\n {name}\r\n{disposition}\r\nContent-Transfer-Encoding: base64\r\n\r\n{bytes}")
}

/// A parameter of a field, in the form of RFC 2231 where it is not ASCII.
fn parameter(name: &str, value: &str) -> String {
    if value.is_ascii() {
        return format!("{name}=\"{}\"", value.replace(['"', '\\'], "'"));
    }
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    let bytes = value.bytes().map(|byte| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") });
    format!("{name}*=utf-8''{}", bytes.collect::<String>())
}

fn crlf(text: &str) -> String {
    text.replace("\r\n", "\n").replace('\n', "\r\n")
}

fn lines_of(text: &str, width: usize) -> String {
    let mut lines = String::with_capacity(text.len() + text.len() / 30);
    for line in text.as_bytes().chunks(width) {
        lines.push_str(std::str::from_utf8(line).expect("base64 is ASCII"));
        lines.push_str("\r\n");
    }
    lines
}

fn quoted_printable(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 4);
    let mut column = 0;
    for (at, byte) in bytes.iter().enumerate() {
        if *byte == b'\n' {
            text.push_str("\r\n");
            column = 0;
            continue;
        }
        let ends_line = matches!(bytes.get(at + 1), None | Some(b'\n'));
        let plain = matches!(byte, b'!'..=b'<' | b'>'..=b'~') || matches!(byte, b' ' | b'\t') && !ends_line;
        let width = if plain { 1 } else { 3 };
        if column + width > 75 {
            text.push_str("=\r\n");
            column = 0;
        }
        if plain {
            text.push(char::from(*byte));
        } else {
            text.push_str(&format!("={byte:02X}"));
        }
        column += width;
    }
    text
}

/// Encoded words where the text is not ASCII, each within its length and never splitting a character.
pub(super) fn words(text: &str) -> String {
    const BYTES_MAX: usize = 42;
    if text.is_ascii() {
        return text.to_owned();
    }
    let mut chunks = vec![String::new()];
    for character in text.chars() {
        let full = chunks.last().is_some_and(|chunk| chunk.len() + character.len_utf8() > BYTES_MAX);
        if full {
            chunks.push(String::new());
        }
        chunks.last_mut().expect("there is always one").push(character);
    }
    let encoded: Vec<_> = chunks.iter().map(|chunk| format!("=?utf-8?B?{}?=", STANDARD.encode(chunk))).collect();
    encoded.join("\r\n ")
}

fn addresses(parties: &[Party]) -> String {
    let each: Vec<_> = parties
        .iter()
        .map(|party| match party.name.as_str() {
            "" => party.address.clone(),
            name if name.is_ascii() => format!("\"{}\" <{}>", name.replace('"', "\\\""), party.address),
            name => format!("{} <{}>", words(name), party.address),
        })
        .collect();
    each.join(",\r\n ")
}

/// A date as mail writes it, in the writer's own zone.
pub(super) fn date(instant: Timestamp, offset_h: i8) -> String {
    let zone = TimeZone::fixed(Offset::constant(offset_h));
    instant.to_zoned(zone).strftime("%a, %d %b %Y %H:%M:%S %z").to_string()
}
