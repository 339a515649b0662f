//! Where every identifier, token and chance comes from: seeded generators (SplitMix64; Steele, Lea, Flood, 2014).
//!
//! Promise: the same seed and the same order of draws give the same values, on every machine. Not for secrets.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A seeded source of identifiers and chances.
#[derive(Debug, Clone)]
pub(crate) struct Ids {
    state: u64,
}

impl Ids {
    /// A source that depends on this seed and this name only, so that drawing here moves no other.
    pub(crate) fn named(seed: u64, name: &str) -> Self {
        let hash = name.bytes().fold(0x6c62_272e_07bb_0142_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        Self { state: seed.rotate_left(29) ^ hash }
    }

    /// The next 64 bits.
    pub(crate) fn next_u64(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number from 0 to `end` - 1; 0 if `end` is 0.
    pub(crate) fn below(&mut self, end: u64) -> u64 {
        if end == 0 { 0 } else { self.next_u64() % end }
    }

    /// A number from 0 up to but not 1.
    pub(crate) fn unit(&mut self) -> f64 {
        (self.next_u64() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// True with this probability.
    pub(crate) fn chance(&mut self, probability: f64) -> bool {
        self.unit() < probability
    }

    /// One of these.
    pub(crate) fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len() as u64) as usize]
    }

    /// An opaque URL-safe text made of that many bytes.
    pub(crate) fn token(&mut self, bytes: usize) -> String {
        let drawn: Vec<u8> = (0..bytes.div_ceil(8)).flat_map(|_| self.next_u64().to_le_bytes()).take(bytes).collect();
        URL_SAFE_NO_PAD.encode(drawn)
    }

    /// That many decimal digits, the first of them not 0.
    pub(crate) fn digits(&mut self, count: usize) -> String {
        let first = char::from(b'1' + self.below(9) as u8);
        std::iter::once(first).chain((1..count).map(|_| char::from(b'0' + self.below(10) as u8))).collect()
    }

    /// That many hexadecimal digits in lower case, the first of them not 0.
    pub(crate) fn hex(&mut self, count: usize) -> String {
        let digit = |ids: &mut Self, low: u64| char::from(b"0123456789abcdef"[(low + ids.below(16 - low)) as usize]);
        (0..count).map(|place| digit(self, u64::from(place == 0))).collect()
    }
}
