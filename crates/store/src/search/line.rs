//! Lines of terms: each term of a message once, under the mark of the part in which it stands.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use model::words;

/// A line of terms that is being written.
pub(super) struct Line {
    text: String,
    known: HashSet<u64, BuildHasherDefault<Same>>,
}

impl Line {
    /// A line that begins with these terms.
    pub(super) fn new(start: String) -> Self {
        Line { text: start, known: HashSet::with_capacity_and_hasher(256, BuildHasherDefault::default()) }
    }

    /// Appends the words of a text, each once, behind `mark`. A mark takes part in telling terms apart.
    pub(super) fn append(&mut self, mark: &str, text: &str) {
        let seed = mark.as_bytes().iter().fold(0u64, |seed, byte| (seed << 8) | u64::from(*byte));
        self.text.reserve(text.len() / 2);
        words::each_term(text, |word| {
            if self.known.insert(fingerprint(seed, word)) {
                self.text.push(' ');
                self.text.push_str(mark);
                self.text.push_str(word);
            }
        });
    }

    /// The line.
    pub(super) fn finish(self) -> String {
        self.text
    }
}

/// Eight bytes at a time, each stirred into all bits: a word missed through a collision is one in a thousand million mails.
fn fingerprint(seed: u64, word: &str) -> u64 {
    let stir = |hash: u64, part: u64| {
        let product = u128::from(hash ^ part) * 0x9E37_79B9_7F4A_7C15;
        (product as u64) ^ (product >> 64) as u64
    };
    let mut chunks = word.as_bytes().chunks_exact(8);
    let whole = chunks.by_ref().fold(word.len() as u64 ^ 0xCBF2_9CE4_8422_2325 ^ (seed << 32), |hash, chunk| {
        stir(hash, u64::from_le_bytes(chunk.try_into().expect("eight bytes")))
    });
    let tail = chunks.remainder().iter().fold(0u64, |tail, byte| (tail << 8) | u64::from(*byte));
    stir(whole, tail)
}

/// Takes a fingerprint as its own hash.
#[derive(Default)]
struct Same(u64);

impl Hasher for Same {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only fingerprints are hashed");
    }

    fn write_u64(&mut self, fingerprint: u64) {
        self.0 = fingerprint ^ (fingerprint >> 32);
    }
}
