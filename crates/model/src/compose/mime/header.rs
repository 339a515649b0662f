//! Headers: one a line, folded, with words in other scripts encoded.
//!
//! Sources: RFC 5322, 2.2.3 (folding) and 3.4 (addresses); RFC 2047; RFC 2231.

use base::Timestamp;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::compose::check;
use crate::message::Participant;

/// Where a line is folded, if it can be.
const LINE_BYTES: usize = 76;

/// Writes one header; nothing for an empty value. It is folded at blanks, and whatever would begin a line of its own is gone.
pub(in crate::compose) fn push(written: &mut Vec<u8>, name: &str, value: &str) {
    if value.is_empty() {
        return;
    }
    written.extend_from_slice(name.as_bytes());
    written.push(b':');
    let mut column = name.len() + 1;
    for word in value.split(' ').filter(|word| !word.is_empty()) {
        if column + 1 + word.len() > LINE_BYTES && column > name.len() + 1 {
            written.extend_from_slice(b"\r\n");
            column = 0;
        }
        written.push(b' ');
        written.extend(word.bytes().filter(|byte| !matches!(byte, b'\r' | b'\n' | 0)));
        column += 1 + word.len();
    }
    written.extend_from_slice(b"\r\n");
}

/// Whether a header may be called so.
pub(in crate::compose) fn is_name(name: &str) -> bool {
    !name.is_empty() && name.len() <= 76 && name.bytes().all(|byte| byte.is_ascii_graphic() && byte != b':')
}

/// Free words of a header. What is not ASCII, or a word too long for a line, is encoded as a whole.
pub(in crate::compose) fn words(text: &str) -> String {
    let is_plain = text.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic())
        && !text.contains("=?")
        && !text.contains("  ")
        && text.split(' ').all(|word| word.len() <= 200);
    if is_plain { text.to_owned() } else { encoded(text) }
}

/// Encoded words hold at most 75 bytes each, and no letter is cut.
fn encoded(text: &str) -> String {
    let mut words = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.char_indices().map(|(start, letter)| start + letter.len_utf8()).take_while(|end| *end <= 45).last();
        let (word, behind) = rest.split_at(end.expect("a letter has at most four bytes"));
        words.push(format!("=?utf-8?B?{}?=", STANDARD.encode(word)));
        rest = behind;
    }
    words.join(" ")
}

/// People with their names, those without an address left out.
pub(in crate::compose) fn people(people: &[Participant]) -> String {
    people.iter().filter_map(person).collect::<Vec<_>>().join(", ")
}

fn person(person: &Participant) -> Option<String> {
    let address: String =
        person.address.chars().filter(|letter| !letter.is_whitespace() && !letter.is_control() && !matches!(letter, '<' | '>')).collect();
    let name = check::subject_line(&person.name);
    if address.is_empty() {
        return None;
    }
    if name.is_empty() {
        return Some(format!("<{address}>"));
    }
    let is_plain = name.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) && !name.contains("=?");
    let name = if is_plain { format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\"")) } else { encoded(&name) };
    Some(format!("{name} <{address}>"))
}

/// Message ids in their angle brackets.
pub(in crate::compose) fn ids<'a>(ids: impl IntoIterator<Item = &'a str>) -> String {
    let bare = |id: &str| -> String {
        id.chars().filter(|letter| !letter.is_whitespace() && !letter.is_control() && !matches!(letter, '<' | '>')).collect()
    };
    ids.into_iter().map(bare).filter(|id| !id.is_empty()).map(|id| format!("<{id}>")).collect::<Vec<_>>().join(" ")
}

/// `Sun, 3 May 2026 08:01:00 +0000`
pub(in crate::compose) fn date(at: Timestamp) -> String {
    let at = jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    at.strftime("%a, %-d %b %Y %H:%M:%S +0000").to_string()
}

/// A parameter of a header: quoted, or where it is not ASCII as RFC 2231 has it.
pub(in crate::compose) fn parameter(name: &str, value: &str) -> String {
    let value = check::subject_line(value);
    if value.bytes().all(|byte| byte == b' ' || byte.is_ascii_graphic()) {
        return format!("{name}=\"{}\"", value.replace('\\', "\\\\").replace('"', "\\\""));
    }
    let encoded: String = value
        .bytes()
        .map(|byte| match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' | b'.' | b'-' | b'_' => char::from(byte).to_string(),
            byte => format!("%{byte:02X}"),
        })
        .collect();
    format!("{name}*=utf-8''{encoded}")
}
