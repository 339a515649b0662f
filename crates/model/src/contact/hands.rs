//! Hands: what people said about contacts. It goes before all evidence.

use std::collections::BTreeMap;

use super::Key;
use crate::id::SourceContactId;

/// What a person said of two source contacts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Said {
    /// They are one person's.
    Joined,
    /// They are two people's.
    Parted,
}

/// Everything that people said.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Hands {
    pairs: BTreeMap<(SourceContactId, SourceContactId), Said>,
    marks: BTreeMap<Key, bool>,
    names: BTreeMap<SourceContactId, String>,
}

impl Hands {
    /// Both are one person's. The last word about two counts.
    pub fn join(&mut self, one: SourceContactId, other: SourceContactId) {
        self.say(one, other, Said::Joined);
    }

    /// None of these is the same person's as any of those: undoes a join, whatever it came from.
    pub fn part(&mut self, these: &[SourceContactId], those: &[SourceContactId]) {
        for one in these {
            for other in those {
                self.say(*one, *other, Said::Parted);
            }
        }
    }

    /// Takes back what was said of two: evidence counts again.
    pub fn take_back(&mut self, one: SourceContactId, other: SourceContactId) {
        self.pairs.remove(&pair(one, other));
    }

    /// A number or an address is shared by several people: it joins nobody.
    pub fn mark_shared(&mut self, key: Key) {
        self.marks.insert(key, true);
    }

    /// A number or an address is one person's, whatever it looks like.
    pub fn mark_personal(&mut self, key: Key) {
        self.marks.insert(key, false);
    }

    /// Takes back either mark.
    pub fn unmark(&mut self, key: &Key) {
        self.marks.remove(key);
    }

    /// The contact to which this source contact belongs is called so.
    pub fn name(&mut self, source: SourceContactId, name: &str) {
        self.names.insert(source, name.to_owned());
    }

    /// Takes back a name.
    pub fn unname(&mut self, source: SourceContactId) {
        self.names.remove(&source);
    }

    /// What was said of two.
    pub fn said(&self, one: SourceContactId, other: SourceContactId) -> Option<Said> {
        self.pairs.get(&pair(one, other)).copied()
    }

    /// Whether a key was marked as shared (`true`) or as one person's (`false`).
    pub fn mark(&self, key: &Key) -> Option<bool> {
        self.marks.get(key).copied()
    }

    /// The name that was given to the contact of a source contact.
    pub fn named(&self, source: SourceContactId) -> Option<&str> {
        self.names.get(&source).map(String::as_str)
    }

    /// All pairs of which this was said, in order.
    pub(super) fn pairs(&self, said: Said) -> impl Iterator<Item = (SourceContactId, SourceContactId)> {
        self.pairs.iter().filter(move |(_, found)| **found == said).map(|(pair, _)| *pair)
    }

    fn say(&mut self, one: SourceContactId, other: SourceContactId, said: Said) {
        if one != other {
            self.pairs.insert(pair(one, other), said);
        }
    }
}

fn pair(one: SourceContactId, other: SourceContactId) -> (SourceContactId, SourceContactId) {
    if one <= other { (one, other) } else { (other, one) }
}
