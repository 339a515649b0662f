//! Reading JSON that is almost right.
//!
//! Graph now and then sends raw control characters inside strings (graph.md quirk 10) and half of a surrogate pair
//! where a preview was cut inside an emoji; strict JSON has neither. The fast way comes first and is all that a
//! healthy answer costs; only when it fails is the text repaired, once, and read again. Repair changes no structure:
//! control characters become spaces, lonely halves and bytes that are no UTF-8 become U+FFFD. A truncated answer stays unreadable.

use serde::de::DeserializeOwned;

/// Reads `body` as `T`, repairing what is known to come wrong.
///
/// # Errors
/// What the strict reader said, when repair does not help.
pub(crate) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, serde_json::Error> {
    let body = body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body);
    serde_json::from_slice(body).or_else(|error| {
        if error.is_syntax() { serde_json::from_slice(&repaired(String::from_utf8_lossy(body).as_bytes())) } else { Err(error) }
    })
}

fn repaired(body: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(body.len() + 16);
    let mut at = 0;
    while at < body.len() {
        let rest = &body[at..];
        if rest[0] < 0x20 {
            text.push(b' ');
            at += 1;
        } else if rest[0] != b'\\' {
            text.push(rest[0]);
            at += 1;
        } else {
            at += copy_escape(rest, &mut text);
        }
    }
    text
}

/// Copies the escape at the start of `rest`, a lonely surrogate replaced; says how many bytes it took.
fn copy_escape(rest: &[u8], text: &mut Vec<u8>) -> usize {
    match unit(rest) {
        Some(0xD800..=0xDBFF) if matches!(rest.get(6..).and_then(unit), Some(0xDC00..=0xDFFF)) => {
            text.extend_from_slice(&rest[..12]);
            12
        }
        Some(0xD800..=0xDFFF) => {
            text.extend_from_slice(b"\\ufffd");
            6
        }
        Some(_) => {
            text.extend_from_slice(&rest[..6]);
            6
        }
        None => {
            let length = rest.len().min(2);
            text.extend_from_slice(&rest[..length]);
            length
        }
    }
}

/// The UTF-16 unit of a `\uXXXX` escape at the start of `rest`.
fn unit(rest: &[u8]) -> Option<u16> {
    let digits = rest.strip_prefix(b"\\u")?.get(..4)?;
    u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::read;

    #[test]
    fn control_characters_become_spaces() {
        assert_eq!(read::<Vec<String>>(b"[\"a\x01b\x0bc\"]").unwrap(), ["a b c"]);
    }

    #[test]
    fn a_lonely_half_of_a_pair_becomes_a_replacement_and_whole_pairs_stay() {
        assert_eq!(
            read::<Vec<String>>(br#"["x\ud83d","\ude00y","\ud83d\ude00","\\ud83d"]"#).unwrap(),
            ["x\u{fffd}", "\u{fffd}y", "😀", "\\ud83d"]
        );
    }

    #[test]
    fn a_truncated_answer_stays_unreadable() {
        assert!(read::<Vec<String>>(br#"["a","#).is_err());
        assert!(read::<Vec<String>>(b"<html>").is_err());
        assert!(read::<Vec<String>>(b"").is_err());
    }
}
