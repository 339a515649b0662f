//! Parts of a message: texts, files, other messages, and what holds several of them.
//!
//! Sources: RFC 2045, 6 (encodings; a message within a message is never encoded) and RFC 2046, 5.1 (boundaries).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use memchr::memmem;
use sha2::{Digest, Sha256};

use super::{Attachment, header};

/// A part of a message.
pub(in crate::compose) enum Part {
    One { headers: Vec<(&'static str, String)>, content: Vec<u8> },
    Several { kind: &'static str, parts: Vec<Part> },
}

impl Part {
    /// Text of this subtype; its line ends become CRLF.
    pub(in crate::compose) fn text(subtype: &str, text: &str) -> Part {
        let text = text.replace("\r\n", "\n").replace('\r', "\n").replace('\n', "\r\n");
        let is_short = text.split("\r\n").all(|line| line.len() <= 76);
        let is_plain = is_short && text.bytes().all(|byte| matches!(byte, b'\r' | b'\n' | b'\t' | b' '..=b'~'));
        let content_type = ("Content-Type", format!("text/{subtype}; charset=utf-8"));
        let (encoding, content) = if is_plain { ("7bit", text.into_bytes()) } else { ("base64", in_lines(text.as_bytes())) };
        Part::One { headers: vec![content_type, ("Content-Transfer-Encoding", encoding.to_owned())], content }
    }

    /// Another message, its bytes as they are.
    pub(in crate::compose) fn message(bytes: &[u8]) -> Part {
        let content_type = ("Content-Type", "message/rfc822".to_owned());
        Part::One { headers: vec![content_type, ("Content-Transfer-Encoding", encoding_of(bytes).to_owned())], content: bytes.to_vec() }
    }

    /// Several parts of one kind.
    pub(in crate::compose) fn multipart(kind: &'static str, parts: Vec<Part>) -> Part {
        Part::Several { kind, parts }
    }

    /// A part, with others if there are any.
    pub(in crate::compose) fn around(kind: &'static str, first: Part, others: Vec<Part>) -> Part {
        if others.is_empty() { first } else { Part::multipart(kind, std::iter::once(first).chain(others).collect()) }
    }

    /// Writes its headers, a blank line, and its content.
    pub(in crate::compose) fn write(&self, written: &mut Vec<u8>) {
        match self {
            Part::One { headers, content } => {
                for (name, value) in headers {
                    header::push(written, name, value);
                }
                written.extend_from_slice(b"\r\n");
                written.extend_from_slice(content);
            }
            Part::Several { kind, parts } => {
                let parts: Vec<Vec<u8>> = parts.iter().map(Part::bytes).collect();
                let boundary = boundary(&parts);
                header::push(written, "Content-Type", &format!("multipart/{kind}; boundary=\"{boundary}\""));
                written.extend_from_slice(b"\r\n");
                for part in parts {
                    written.extend_from_slice(format!("--{boundary}\r\n").as_bytes());
                    written.extend_from_slice(&part);
                    written.extend_from_slice(b"\r\n");
                }
                written.extend_from_slice(format!("--{boundary}--\r\n").as_bytes());
            }
        }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.write(&mut bytes);
        bytes
    }
}

/// A file.
pub(super) fn file(file: &Attachment<'_>) -> Part {
    let given = file.content_type.trim().to_ascii_lowercase();
    let content_type = if is_media_type(&given) { given.as_str() } else { "application/octet-stream" };
    if content_type == "message/rfc822" {
        return Part::message(file.bytes);
    }
    let disposition = if file.content_id.is_some() { "inline" } else { "attachment" };
    let mut headers = vec![
        ("Content-Type", format!("{content_type}; {}", header::parameter("name", file.name))),
        ("Content-Disposition", format!("{disposition}; {}", header::parameter("filename", file.name))),
        ("Content-Transfer-Encoding", "base64".to_owned()),
    ];
    headers.extend(file.content_id.map(|id| ("Content-ID", header::ids([id]))));
    Part::One { headers, content: in_lines(file.bytes) }
}

fn is_media_type(given: &str) -> bool {
    let is_token =
        |token: &str| !token.is_empty() && token.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte));
    given.split_once('/').is_some_and(|(first, second)| is_token(first) && is_token(second) && first != "multipart")
}

/// Base64 in lines of 76 letters.
fn in_lines(bytes: &[u8]) -> Vec<u8> {
    let mut lines = Vec::with_capacity(bytes.len() * 78 / 57 + 78);
    for line in bytes.chunks(57) {
        lines.extend_from_slice(STANDARD.encode(line).as_bytes());
        lines.extend_from_slice(b"\r\n");
    }
    lines.truncate(lines.len().saturating_sub(2));
    lines
}

/// What a message needs of those who pass it on: RFC 2045, 2.7 to 2.9.
fn encoding_of(bytes: &[u8]) -> &'static str {
    let is_lines =
        bytes.split(|byte| *byte == b'\n').all(|line| line.len() <= 999 && !line[..line.len().saturating_sub(1)].contains(&b'\r'));
    let has_bare_feed = memchr::memchr_iter(b'\n', bytes).any(|place| place == 0 || bytes[place - 1] != b'\r');
    if !is_lines || has_bare_feed || bytes.ends_with(b"\r") || bytes.contains(&0) {
        "binary"
    } else if bytes.is_ascii() {
        "7bit"
    } else {
        "8bit"
    }
}

/// A line that stands in none of the parts.
fn boundary(parts: &[Vec<u8>]) -> String {
    let mut hash = Sha256::new();
    parts.iter().for_each(|part| hash.update(part));
    loop {
        let digest = hash.clone().finalize();
        let boundary: String = digest[..16].iter().map(|byte| format!("{byte:02x}")).collect();
        let boundary = format!("=_{boundary}");
        if parts.iter().all(|part| memmem::find(part, boundary.as_bytes()).is_none()) {
            return boundary;
        }
        hash.update(digest);
    }
}
