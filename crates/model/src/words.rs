//! Words: how a text becomes words, the same for what is kept in an index, for what is sought and for what is marked.
//!
//! Letters are folded to lower case and lose their accents (`Café` is `cafe`). Every run of letters and digits is a
//! word, so an address is its parts. Chinese, Japanese, Korean and Thai do not part words by blanks as others do: an
//! index keeps each pair of neighbouring characters there, and the last character of a run. Pure.

mod phrase;
mod spelled;

use unicode_normalization::UnicodeNormalization as _;
use unicode_normalization::char::is_combining_mark;

pub use phrase::{Phrase, Term};
pub use spelled::Spelled;

/// Longer words are cut: nobody types them, and engines have limits.
pub(crate) const WORD_BYTES_MAX: usize = 64;

/// Hands out the terms under which a text is kept in an index, in their order and as often as they come.
pub fn each_term(text: &str, mut found: impl FnMut(&str)) {
    Splitter::new(|word: &str, _| found(word)).split(text, true);
}

/// Whether a text has at least one word.
pub fn has_word(text: &str) -> bool {
    text.chars().any(|letter| letter.is_ascii_alphanumeric() || is_paired(letter) || folded(letter).any(char::is_alphanumeric))
}

/// A letter without accents, not yet in lower case; marks alone are nothing.
fn folded(letter: char) -> impl Iterator<Item = char> {
    std::iter::once(letter).nfkd().filter(|part| !is_combining_mark(*part))
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
        for part in folded(letter) {
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
pub(crate) fn is_paired(letter: char) -> bool {
    matches!(u32::from(letter),
        0x0E01..=0x0EFF | 0x1000..=0x109F | 0x1780..=0x17FF | 0x3041..=0x30FF | 0x3105..=0x312F | 0x31F0..=0x31FF
        | 0x3400..=0x4DBF | 0x4E00..=0x9FFF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF | 0xFF66..=0xFF9D | 0x20000..=0x3FFFF)
        && letter.is_alphanumeric()
}

#[cfg(test)]
mod tests {
    use super::{each_term, has_word};

    fn line(text: &str) -> String {
        let mut words = Vec::new();
        each_term(text, |word| words.push(word.to_owned()));
        words.join(" ")
    }

    #[test]
    fn letters_are_folded_and_addresses_are_their_parts() {
        assert_eq!(line("Café CAFE\u{301} Straße, anna.meier@contoso.example Ａ１"), "cafe cafe straße anna meier contoso example a1");
        assert_eq!(line("_m1 _w2"), "m1 w2");
    }

    #[test]
    fn unspaced_scripts_are_kept_in_pairs() {
        assert_eq!(line("東京都 x 猫"), "東京 京都 都 x 猫");
    }

    #[test]
    fn marks_and_pictures_are_no_words() {
        assert!(!has_word("?! - 🚲 \u{301} «»"));
        assert!(has_word("… é"));
        assert!(has_word("猫"));
    }
}
