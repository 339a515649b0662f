//! Exchange's conversation index: which conversation a message is in, and which message of it it answers.
//!
//! Promises: never fails on anything but what is no index. It does not read the times in it.
//! Source: MS-OXOMSG, 2.2.1.3: 22 bytes, of which 6 to 21 are the conversation's GUID, and 5 more for each answer.

use std::fmt::Write as _;

/// An index, read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConversationIndex {
    bytes: Vec<u8>,
}

const HEADER_BYTES: usize = 22;
const LEVEL_BYTES: usize = 5;
/// Deeper than any conversation; what is longer is no index.
const LEVELS_MAX: usize = 400;

impl ConversationIndex {
    /// Reads base64, folded or not, padded or not; `None` for anything that is no index.
    pub fn read(text: &str) -> Option<Self> {
        let bytes = decode(text)?;
        let levels = bytes.len().checked_sub(HEADER_BYTES)?;
        let whole = levels % LEVEL_BYTES == 0 && levels / LEVEL_BYTES <= LEVELS_MAX && bytes[0] == 1;
        let named = bytes[6..HEADER_BYTES].iter().any(|byte| *byte != 0);
        (whole && named).then_some(ConversationIndex { bytes })
    }

    /// The GUID of the conversation, in hexadecimal digits.
    pub fn conversation_hex(&self) -> String {
        self.bytes[6..HEADER_BYTES].iter().fold(String::with_capacity(32), |mut text, byte| {
            write!(text, "{byte:02x}").expect("a text takes what is written");
            text
        })
    }

    /// Whether it is an answer and not an opening.
    pub fn is_answer(&self) -> bool {
        self.bytes.len() > HEADER_BYTES
    }

    /// Whether `other` answers this one, or answers an answer to it.
    pub fn is_ancestor_of(&self, other: &ConversationIndex) -> bool {
        self.bytes.len() < other.bytes.len() && other.bytes.starts_with(&self.bytes)
    }
}

fn decode(text: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(text.len() * 3 / 4);
    let (mut bits, mut count) = (0u32, 0u32);
    for byte in text.bytes().filter(|byte| !byte.is_ascii_whitespace()) {
        let six = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            b'/' | b'_' => 63,
            b'=' => break,
            _ => return None,
        };
        (bits, count) = ((bits << 6) | u32::from(six), count + 6);
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
            bits &= (1 << count) - 1;
        }
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::ConversationIndex;

    const OPENING: &str = "AQHT0y3xTn9QzJ8mJwE2aBcDEFGHIw==";

    #[test]
    fn an_index_names_its_conversation_and_its_ancestors() {
        let opening = ConversationIndex::read(OPENING).unwrap();
        assert_eq!(opening.conversation_hex(), "4e7f50cc9f2627013668170310518723");
        let mut bytes = opening.bytes.clone();
        bytes.extend([1, 2, 3, 4, 5]);
        let answer = ConversationIndex { bytes };
        assert!(opening.is_ancestor_of(&answer) && !answer.is_ancestor_of(&opening) && !opening.is_ancestor_of(&opening));
        assert!(answer.is_answer() && !opening.is_answer());
    }

    #[test]
    fn what_is_no_index_is_none() {
        for text in
            ["", "AQHT", "AQHT0y3xTn9QzJ8mJwE2aBcDEFGHI0Ab", "!!!", "AgHT0y3xTn9QzJ8mJwE2aBcDEFGHIw==", "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAA=="]
        {
            assert_eq!(ConversationIndex::read(text), None, "{text}");
        }
        assert!(ConversationIndex::read(" AQHT0y3xTn9QzJ8mJ\r\n wE2aBcDEFGHIw").is_some());
    }
}
