//! Likeness of names: whether two may be one person's. It parts and proposes; it never joins.

use crate::words::each_term;

/// What stands with a name and is none.
const TITLES: &[&str] = &[
    "mr", "mrs", "ms", "miss", "dr", "prof", "sir", "herr", "frau", "hr", "fr", "mme", "sr", "sra", "ing", "dipl", "bapak", "pak", "bpk",
    "ibu", "bu", "haji", "h", "hj", "ir", "jr", "phd", "mba",
];

/// The words of a name, folded and sorted, without titles.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Words(Vec<String>);

impl Words {
    /// Of a name as it is shown. Digits are no name: many are kept under their number.
    pub(super) fn of(name: &str) -> Self {
        let mut words = Vec::new();
        each_term(name, |word| {
            if word.chars().any(char::is_alphabetic) && !TITLES.contains(&word) {
                words.push(word.to_owned());
            }
        });
        words.sort_unstable();
        words.dedup();
        Words(words)
    }

    /// How many words there are.
    pub(super) fn count(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is known.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether both may be one person's name: the shorter's words are all in the longer, or begin as one of its do (`B. Ek`, `Bob Ek` and
    /// `Bobby Ek`). Nothing fits everything.
    pub(super) fn fits(&self, other: &Words) -> bool {
        let (short, long) = if self.0.len() <= other.0.len() { (self, other) } else { (other, self) };
        short.0.iter().all(|word| long.0.iter().any(|one| one == word || one.starts_with(word.as_str()) || word.starts_with(one.as_str())))
    }
}

/// Names that do not fit one another, as they are met.
#[derive(Debug, Default)]
pub(super) struct DistinctNames<'a>(Vec<&'a Words>);

impl<'a> DistinctNames<'a> {
    /// Adds one more name; how many there are now.
    pub(super) fn add(&mut self, name: &'a Words) -> usize {
        if !self.0.iter().any(|known| known.fits(name)) && !name.is_empty() {
            self.0.push(name);
        }
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use super::{DistinctNames, Words};

    #[test]
    fn names_fit_that_may_be_one_persons() {
        for (one, other, fit) in [
            ("Bo Ek", "bo ek", true),
            ("Bo Ek", "Ek, Bo", true),
            ("Bo Ek", "Dr. Bo Ek", true),
            ("Bo Ek", "Bo", true),
            ("Bo Ek", "B. Ek", true),
            ("Bo Ek", "", true),
            ("Bo Ek", "+62 812", true),
            ("José García", "Jose Garcia", true),
            ("Bo Ek", "Anna Ek", false),
            ("Bo Ek", "Bo Berg", false),
            ("王小明", "王小明", true),
            ("王小明", "李小龙", false),
        ] {
            assert_eq!(Words::of(one).fits(&Words::of(other)), fit, "{one} and {other}");
            assert_eq!(Words::of(other).fits(&Words::of(one)), fit, "{other} and {one}");
        }
    }

    #[test]
    fn only_names_that_do_not_fit_are_counted() {
        let names: Vec<_> = ["Bo Ek", "", "Ek Bo", "Anna Berg", "Anna", "Cy Dahl"].map(Words::of).into();
        let mut distinct = DistinctNames::default();
        let counts: Vec<_> = names.iter().map(|name| distinct.add(name)).collect();
        assert_eq!(counts, [1, 1, 1, 2, 2, 3]);
    }
}
