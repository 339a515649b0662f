//! A text spelled out: its words one after another, folded, each with the place where it stands in the text.
//!
//! Where words are not parted by blanks, each character is a word of its own here: a phrase then stands in a text
//! exactly if its words stand there side by side.

use std::ops::Range;

use super::{WORD_BYTES_MAX, folded, is_paired};

/// The words of a text in their order.
#[derive(Clone, Debug, Default)]
pub struct Spelled {
    letters: String,
    words: Vec<Word>,
}

#[derive(Clone, Copy, Debug)]
struct Word {
    /// Where it ends in `letters`; it begins where the one before ends.
    end: usize,
    /// From which byte of the text.
    from: usize,
    /// To which byte of the text.
    to: usize,
    /// Whether it is a character of a script that does not part words.
    unspaced: bool,
}

impl Spelled {
    /// Spells out a text.
    pub fn of(text: &str) -> Self {
        let mut spelled = Spelled { letters: String::with_capacity(text.len()), words: Vec::with_capacity(text.len() / 6) };
        let mut open = None;
        for (at, letter) in text.char_indices() {
            let to = at + letter.len_utf8();
            if letter.is_ascii() {
                if letter.is_ascii_alphanumeric() {
                    spelled.push(letter.to_ascii_lowercase(), at, to, &mut open);
                } else {
                    spelled.end(&mut open, false);
                }
            } else if is_paired(letter) {
                spelled.end(&mut open, false);
                spelled.push(letter, at, to, &mut open);
                spelled.end(&mut open, true);
            } else {
                spelled.fold(letter, at, to, &mut open);
            }
        }
        spelled.end(&mut open, false);
        spelled
    }

    fn fold(&mut self, letter: char, at: usize, to: usize, open: &mut Option<Range<usize>>) {
        for part in folded(letter) {
            if part.is_alphanumeric() {
                part.to_lowercase().for_each(|lower| self.push(lower, at, to, open));
            } else {
                self.end(open, false);
            }
        }
        if let Some(place) = open {
            place.end = to;
        }
    }

    fn push(&mut self, letter: char, at: usize, to: usize, open: &mut Option<Range<usize>>) {
        let start = self.words.last().map_or(0, |word| word.end);
        if self.letters.len() - start + letter.len_utf8() <= WORD_BYTES_MAX {
            self.letters.push(letter);
        }
        open.get_or_insert(at..to).end = to;
    }

    fn end(&mut self, open: &mut Option<Range<usize>>, unspaced: bool) {
        if let Some(place) = open.take() {
            self.words.push(Word { end: self.letters.len(), from: place.start, to: place.end, unspaced });
        }
    }

    /// How many words it has.
    pub fn len(&self) -> usize {
        self.words.len()
    }

    /// Whether it has no word.
    pub fn is_empty(&self) -> bool {
        self.words.is_empty()
    }

    /// The word at a place, folded.
    pub(super) fn word(&self, place: usize) -> &str {
        let start = place.checked_sub(1).map_or(0, |before| self.words[before].end);
        &self.letters[start..self.words[place].end]
    }

    /// Whether the word at a place is a character of a script that does not part words.
    pub(super) fn is_unspaced(&self, place: usize) -> bool {
        self.words[place].unspaced
    }

    /// From where to where in the text these words stand.
    pub(super) fn place_of(&self, words: Range<usize>) -> Range<usize> {
        self.words[words.start].from..self.words[words.end - 1].to
    }
}

impl std::fmt::Display for Spelled {
    /// Its words, parted by blanks.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let words: Vec<&str> = (0..self.words.len()).map(|place| self.word(place)).collect();
        f.write_str(&words.join(" "))
    }
}

#[cfg(test)]
mod tests {
    use super::super::each_term;
    use super::*;

    fn words(text: &str) -> Vec<String> {
        let spelled = Spelled::of(text);
        (0..spelled.len()).map(|place| spelled.word(place).to_owned()).collect()
    }

    #[test]
    fn a_text_is_spelled_as_its_terms_are_but_characters_stand_alone() {
        assert_eq!(words("東京都 ½ Ünal-x"), ["東", "京", "都", "1", "2", "unal", "x"]);
        for text in ["Grüße, İstanbul №5 e\u{301}tude", &"ä".repeat(100), "مرحبا بالعالم ½ ﬁn", "a\u{301}\u{302}b \u{301}"]
        {
            let mut terms = Vec::new();
            each_term(text, |term| terms.push(term.to_owned()));
            assert_eq!(words(text), terms, "{text}");
        }
    }

    #[test]
    fn each_word_knows_its_place() {
        let text = "«Cafe\u{301}» 東京!";
        let spelled = Spelled::of(text);
        let places: Vec<&str> = (0..spelled.len()).map(|place| &text[spelled.place_of(place..place + 1)]).collect();
        assert_eq!(places, ["Cafe\u{301}", "東", "京"]);
    }
}
