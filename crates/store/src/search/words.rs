//! Words: how a text becomes terms of the index, the same for what is kept and for what is sought.
//!
//! Letters are folded to lower case and lose their accents (`Café` is `cafe`). Every run of letters and digits is a
//! word, so an address is its parts. Chinese, Japanese, Korean and Thai do not part words by blanks as others do: each
//! pair of neighbouring characters is a word there, and so is the last character of a run. Pure.

use std::collections::HashSet;
use std::hash::{BuildHasherDefault, Hasher};

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

/// Longer words are cut: nobody types them, and both engines have limits.
const WORD_BYTES_MAX: usize = 64;
/// A shorter last word is taken as it is: too many words begin with it.
const BEGINNING_LETTERS_MIN: usize = 3;
/// Words of a search beyond this number are not looked at.
const WANTED_MAX: usize = 16;

/// Appends the words of these texts to a line of terms, each once, parted by blanks.
pub(super) fn append(line: &mut String, texts: &[&str]) {
    let mut known: HashSet<u64, BuildHasherDefault<Same>> = HashSet::with_capacity_and_hasher(256, BuildHasherDefault::default());
    line.reserve(texts.iter().map(|text| text.len()).sum::<usize>() / 2);
    for text in texts {
        Splitter::new(|word: &str, _| {
            if known.insert(fingerprint(word)) {
                line.push(' ');
                line.push_str(word);
            }
        })
        .split(text, true);
    }
}

/// The words that somebody looks for.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Wanted {
    /// Each word, and whether it may be the beginning of one.
    words: Vec<(String, bool)>,
}

impl Wanted {
    /// The words of a search; the last one may be the beginning of a word, if it has three letters, and so may a single character of a language
    /// that is kept in pairs. `None` if there are none.
    pub(super) fn read(text: &str) -> Option<Self> {
        let mut words: Vec<(String, bool)> = Vec::new();
        Splitter::new(|word: &str, paired| words.push((word.to_owned(), paired && word.chars().count() == 1))).split(text, false);
        words.truncate(WANTED_MAX);
        let (last, beginning) = words.last_mut()?;
        *beginning |= last.chars().nth(BEGINNING_LETTERS_MIN - 1).is_some();
        Some(Wanted { words })
    }

    pub(super) fn for_sqlite(&self, scope: &str) -> String {
        self.write(scope, " AND ", |word, beginning| format!("\"{word}\"{}", if beginning { " *" } else { "" }))
    }

    pub(super) fn for_postgres(&self, scope: &str) -> String {
        self.write(scope, " & ", |word, beginning| format!("'{word}'{}", if beginning { ":*" } else { "" }))
    }

    fn write(&self, scope: &str, and: &str, quote: impl Fn(&str, bool) -> String) -> String {
        let words = self.words.iter().map(|(word, beginning)| quote(word, *beginning));
        std::iter::once(quote(scope, false)).chain(words).collect::<Vec<_>>().join(and)
    }
}

/// Hands out the words of a text one by one, each with whether it comes from a run that is kept in pairs.
struct Splitter<F> {
    word: String,
    previous: Option<char>,
    pairs: usize,
    found: F,
}

impl<F: FnMut(&str, bool)> Splitter<F> {
    fn new(found: F) -> Self {
        Splitter { word: String::with_capacity(WORD_BYTES_MAX), previous: None, pairs: 0, found }
    }

    /// `lone_tail`: whether the last character of a run of pairs is a word too. Most of most mail is ASCII: it is taken a
    /// word at a time.
    fn split(mut self, text: &str, lone_tail: bool) {
        let mut rest = text;
        loop {
            let (word, behind) = rest.split_at(rest.bytes().position(|byte| !byte.is_ascii_alphanumeric()).unwrap_or(rest.len()));
            if !word.is_empty() {
                self.end_run(lone_tail);
                self.push_ascii(word);
            }
            let Some(letter) = behind.chars().next() else { break };
            if letter.is_ascii() {
                self.end_word();
                self.end_run(lone_tail);
            } else if is_paired(letter) {
                self.end_word();
                self.pair(letter);
            } else {
                self.end_run(lone_tail);
                self.fold(letter);
            }
            rest = &behind[letter.len_utf8()..];
        }
        self.end_word();
        self.end_run(lone_tail);
    }

    fn push_ascii(&mut self, part: &str) {
        let start = self.word.len();
        self.word.push_str(&part[..part.len().min(WORD_BYTES_MAX.saturating_sub(start))]);
        self.word[start..].make_ascii_lowercase();
    }

    fn fold(&mut self, letter: char) {
        for part in std::iter::once(letter).nfkd().filter(|part| !is_combining_mark(*part)) {
            if part.is_alphanumeric() {
                part.to_lowercase().for_each(|lower| self.push(lower));
            } else {
                self.end_word();
            }
        }
    }

    fn push(&mut self, letter: char) {
        if self.word.len() + letter.len_utf8() <= WORD_BYTES_MAX {
            self.word.push(letter);
        }
    }

    fn pair(&mut self, letter: char) {
        if let Some(previous) = self.previous.replace(letter) {
            self.pairs += 1;
            let pair: String = [previous, letter].iter().collect();
            (self.found)(&pair, true);
        }
    }

    fn end_word(&mut self) {
        if !self.word.is_empty() {
            (self.found)(&self.word, false);
            self.word.clear();
        }
    }

    fn end_run(&mut self, lone_tail: bool) {
        if let Some(last) = self.previous.take() {
            if lone_tail || self.pairs == 0 {
                (self.found)(last.encode_utf8(&mut [0; 4]), true);
            }
            self.pairs = 0;
        }
    }
}

/// Letters of Thai, Lao, Myanmar and Khmer, kana, Han and Hangul.
fn is_paired(letter: char) -> bool {
    matches!(u32::from(letter),
        0x0E01..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3041..=0x30FF | 0x3105..=0x312F | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFF66..=0xFF9D | 0x20000..=0x3FFFF)
        && letter.is_alphanumeric()
}

/// Eight bytes at a time, each stirred into all bits: a word missed through a collision is one in a thousand million mails.
fn fingerprint(word: &str) -> u64 {
    let stir = |hash: u64, part: u64| {
        let product = u128::from(hash ^ part) * 0x9E37_79B9_7F4A_7C15;
        (product as u64) ^ (product >> 64) as u64
    };
    let mut chunks = word.as_bytes().chunks_exact(8);
    let whole = chunks.by_ref().fold(word.len() as u64 ^ 0xCBF2_9CE4_8422_2325, |hash, chunk| {
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

#[cfg(test)]
mod tests {
    use super::{Wanted, append};

    fn line(text: &str) -> String {
        let mut line = String::new();
        append(&mut line, &[text]);
        line.trim_start().to_owned()
    }

    #[test]
    fn letters_are_folded_and_addresses_are_their_parts() {
        assert_eq!(line("Café CAFE\u{301} Straße, anna.meier@contoso.example Ａ１"), "cafe straße anna meier contoso example a1");
    }

    #[test]
    fn unspaced_scripts_are_kept_in_pairs() {
        assert_eq!(line("東京都 x 猫"), "東京 京都 都 x 猫");
        let wanted = Wanted::read("東京 offer").unwrap();
        assert_eq!(wanted.for_sqlite("_m1"), "\"_m1\" AND \"東京\" AND \"offer\" *");
        assert_eq!(Wanted::read("都").unwrap().for_postgres("_m1"), "'_m1' & '都':*");
    }

    #[test]
    fn a_text_cannot_name_a_scope_or_break_out_of_a_query() {
        assert_eq!(line("_m1 _w2"), "m1 w2");
        assert_eq!(Wanted::read("a\" OR _m2 '& |").unwrap().for_sqlite("_m1"), "\"_m1\" AND \"a\" AND \"or\" AND \"m2\"");
        assert_eq!(Wanted::read("?! -"), None);
    }
}
