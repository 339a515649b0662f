//! A phrase: words that stand side by side. It knows the terms by which an index finds its candidates, whether those are
//! proof enough, and where it stands in a text.

use std::ops::Range;

use super::Spelled;

/// Words that stand side by side, at least one.
#[derive(Clone, Debug)]
pub struct Phrase {
    words: Spelled,
    beginning: bool,
}

/// What an index is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Term {
    /// The word, or pair of characters.
    pub word: String,
    /// Whether any term that begins so will do.
    pub beginning: bool,
}

impl Phrase {
    /// The words of a text; the last one may be the `beginning` of a word. `None` for a text without words.
    pub fn read(text: &str, beginning: bool) -> Option<Self> {
        let words = Spelled::of(text);
        (!words.is_empty()).then_some(Phrase { words, beginning })
    }

    /// The terms that every text with this phrase has.
    pub fn terms(&self) -> Vec<Term> {
        let mut terms = Vec::with_capacity(self.words.len());
        let mut place = 0;
        while place < self.words.len() {
            let run = self.run(place);
            if !self.words.is_unspaced(place) {
                let last = place + 1 == self.words.len();
                terms.push(Term { word: self.words.word(place).to_owned(), beginning: last && self.beginning });
            } else if run == 1 {
                terms.push(Term { word: self.words.word(place).to_owned(), beginning: true });
            } else {
                terms.extend((place..place + run - 1).map(|first| self.pair(first)));
            }
            place += run;
        }
        terms
    }

    /// How many characters from here on stand in one run of an unspaced script; 1 for a word.
    fn run(&self, place: usize) -> usize {
        let words = &self.words;
        let follows = |next: usize| words.is_unspaced(next) && words.place_of(next - 1..next).end == words.place_of(next..next + 1).start;
        if !words.is_unspaced(place) { 1 } else { 1 + (place + 1..words.len()).take_while(|next| follows(*next)).count() }
    }

    fn pair(&self, first: usize) -> Term {
        Term { word: format!("{}{}", self.words.word(first), self.words.word(first + 1)), beginning: false }
    }

    /// Whether a text that has all the terms has the phrase for sure.
    pub fn is_one_term(&self) -> bool {
        self.terms().len() == 1
    }

    /// Letters of the last word: how much a beginning narrows.
    pub fn last_letters(&self) -> usize {
        self.words.word(self.words.len() - 1).chars().count()
    }

    /// Whether the last word is a character of a script that does not part words.
    pub fn ends_unspaced(&self) -> bool {
        self.words.is_unspaced(self.words.len() - 1)
    }

    /// Whether it stands in this text.
    pub fn stands_in(&self, text: &Spelled) -> bool {
        (0..text.len()).any(|start| self.begins_at(text, start))
    }

    /// Where it stands in this text: bytes from and to, one after another, never overlapping.
    pub fn places(&self, text: &Spelled) -> Vec<Range<usize>> {
        let mut places = Vec::new();
        let mut start = 0;
        while start < text.len() {
            if self.begins_at(text, start) {
                places.push(text.place_of(start..start + self.words.len()));
                start += self.words.len();
            } else {
                start += 1;
            }
        }
        places
    }

    fn begins_at(&self, text: &Spelled, start: usize) -> bool {
        let count = self.words.len();
        start + count <= text.len()
            && (0..count).all(|place| {
                let (wanted, found) = (self.words.word(place), text.word(start + place));
                if self.beginning && place + 1 == count { found.starts_with(wanted) } else { found == wanted }
            })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn terms(text: &str, beginning: bool) -> String {
        let terms = Phrase::read(text, beginning).unwrap().terms();
        terms.iter().map(|term| format!("{}{}", term.word, if term.beginning { "*" } else { "" })).collect::<Vec<_>>().join(" ")
    }

    fn stands(phrase: &str, beginning: bool, text: &str) -> bool {
        Phrase::read(phrase, beginning).unwrap().stands_in(&Spelled::of(text))
    }

    #[test]
    fn a_phrase_is_found_by_its_words_and_pairs() {
        assert_eq!(terms("Anna.Meier@contoso", false), "anna meier contoso");
        assert_eq!(terms("quarterly rep", true), "quarterly rep*");
        assert_eq!(terms("東京都 offer 猫", false), "東京 京都 offer 猫*");
        assert_eq!(terms("東 京", false), "東* 京*");
        assert!(Phrase::read("?! 🚲", false).is_none());
    }

    #[test]
    fn a_phrase_stands_where_its_words_stand_side_by_side() {
        assert!(stands("café OFFER", false, "the Cafe, offer!"));
        assert!(!stands("cafe offer", false, "offer cafe"));
        assert!(stands("cafe off", true, "cafe offer"));
        assert!(!stands("cafe off", false, "cafe offer"));
        assert!(!stands("caf offer", true, "cafe offer"));
        assert!(stands("京都", false, "東京都です"));
        assert!(!stands("都京", false, "東京都です"));
    }

    #[test]
    fn places_are_bytes_of_the_text() {
        let text = "Grüße aus der Küche, grusse!";
        let places = Phrase::read("gru", true).unwrap().places(&Spelled::of(text));
        assert_eq!(places.into_iter().map(|place| &text[place]).collect::<Vec<_>>(), ["Grüße", "grusse"]);
    }
}
