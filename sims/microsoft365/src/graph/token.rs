//! Delta and skip tokens: everything that a round needs, sealed into one opaque word.
//!
//! The simulator keeps no table of tokens: a token says where it is bound to, what was asked for and how far
//! the round has come. A changed or cut token is badly formed; a whole one from another folder, mailbox,
//! app or version is foreign (reference: Graph, sections 4.1, 13.22).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};

use crate::ids::Ids;

/// Where a token is valid.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// GUID of the mailbox.
    pub mailbox: String,
    /// Number of the folder; 0 for the folder tree.
    pub folder: u32,
    /// `v1.0` or `beta`.
    pub version: String,
    /// The app that it was given to.
    pub app: String,
}

/// How far a round has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Within the first round.
    First {
        /// Number in the log when the round began: where the next round starts.
        began: u64,
        /// The last message given: when it was received, its number.
        last: Option<(i64, u32)>,
        /// How many more the round may give.
        left: Option<usize>,
    },
    /// A round is complete: a delta link.
    Done {
        /// Number in the log up to which the client knows everything.
        seen: u64,
    },
    /// Within a later round.
    Later {
        /// What the client knew when the round began.
        seen: u64,
        /// Up to where this round has given.
        given: u64,
        /// Where the round ends.
        end: u64,
    },
}

/// A token.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Where it is valid.
    pub bound: Bound,
    /// `$select` of the first request.
    pub select: Option<String>,
    /// `$expand` of the first request.
    pub expand: Option<String>,
    /// Messages received before this many seconds are left out; the flag says whether that second counts.
    pub since: Option<(i64, bool)>,
    /// `changeType` of the first request.
    pub change: Option<String>,
    /// Newest received first.
    pub newest_first: bool,
    /// The window of a calendar view, in seconds.
    #[serde(default)]
    pub window: Option<(i64, i64)>,
    /// The last row given of a round whose rows are ordered by item and day.
    #[serde(default)]
    pub reached: Option<(u32, i64)>,
    /// When it was made, in seconds.
    pub made: i64,
    /// Makes two tokens of the same content differ.
    pub nonce: u64,
    /// How far the round has come.
    pub stage: Stage,
}

impl Token {
    /// A token of a round that nothing more is asked of.
    pub fn begun(bound: Bound, stage: Stage) -> Self {
        Self {
            bound,
            select: None,
            expand: None,
            since: None,
            change: None,
            newest_first: false,
            window: None,
            reached: None,
            made: 0,
            nonce: 0,
            stage,
        }
    }

    /// The word for a link.
    pub fn seal(&self, seed: u64) -> String {
        let mut bytes = serde_json::to_vec(self).expect("a token is plain data");
        let check = checksum(&bytes, seed);
        veil(&mut bytes, check, seed);
        bytes.splice(0..0, check.to_be_bytes());
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a word; `None` when it was never handed out.
    pub fn open(word: &str, seed: u64) -> Option<Self> {
        let mut bytes = URL_SAFE_NO_PAD.decode(word.trim_end_matches('=')).ok()?;
        let mut content = bytes.split_off(8.min(bytes.len()));
        let check = u64::from_be_bytes(bytes.try_into().ok()?);
        veil(&mut content, check, seed);
        (checksum(&content, seed) == check).then(|| serde_json::from_slice(&content).ok())?
    }
}

fn checksum(bytes: &[u8], seed: u64) -> u64 {
    let hash = bytes.iter().fold(seed ^ 0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3));
    Ids::new(hash).next_u64()
}

/// Makes the content unreadable at a glance; no secret is in it.
fn veil(bytes: &mut [u8], check: u64, seed: u64) {
    let mut stream = Ids::new(check ^ seed.rotate_left(32));
    for chunk in bytes.chunks_mut(8) {
        for (byte, mask) in chunk.iter_mut().zip(stream.next_u64().to_le_bytes()) {
            *byte ^= mask;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_back_and_a_changed_one_does_not() {
        let bound = Bound { mailbox: "m".into(), folder: 7, version: "v1.0".into(), app: "a".into() };
        let stage = Stage::Done { seen: 12 };
        let token = Token { nonce: 9, made: 5, newest_first: true, ..Token::begun(bound, stage) };
        let word = token.seal(3);
        assert_eq!(Token::open(&word, 3), Some(token));
        assert_eq!(Token::open(&word, 4), None);
        assert_eq!(Token::open(&word[1..], 3), None);
        assert_eq!(Token::open("", 3), None);
        assert!(!word.contains("v1"));
    }
}
