//! An account's contacts: what is true, what is on its way, and what lists see.
//!
//! Promise: what a list has seen has a position, and whatever becomes visible later has a higher one, so that a sync
//! token misses nothing although writes are seen late and overtake each other.

use std::collections::BTreeMap;

use jiff::Timestamp;

use super::person::Stored;

/// One account's contacts, by resource name.
#[derive(Debug, Default)]
pub(crate) struct Book {
    pub(crate) truth: BTreeMap<String, Stored>,
    pending: Vec<Pending>,
    seen: BTreeMap<String, Seen>,
    position: u64,
    pub(crate) photos: BTreeMap<String, (String, Vec<u8>)>,
}

#[derive(Debug)]
struct Pending {
    name: String,
    due: Timestamp,
    person: Option<Stored>,
    /// Lists do not tell that this person is gone: the person has another name now.
    silently: bool,
}

/// A person as lists see it; `None` is one who is gone.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) person: Option<Stored>,
    pub(crate) position: u64,
}

impl Book {
    /// Writes a person; lists see it when it is due, and never before an earlier write of the same person.
    pub(crate) fn write(&mut self, name: &str, person: Option<Stored>, due: Timestamp) {
        match &person {
            Some(person) => self.truth.insert(name.to_owned(), person.clone()),
            None => self.truth.remove(name),
        };
        self.queue(name, person, due, false);
    }

    /// Takes a name away that another person's former names tell of.
    pub(crate) fn rename_away(&mut self, name: &str, due: Timestamp) {
        self.truth.remove(name);
        self.queue(name, None, due, true);
    }

    fn queue(&mut self, name: &str, person: Option<Stored>, due: Timestamp, silently: bool) {
        let before = self.pending.iter().filter(|pending| pending.name == name).map(|pending| pending.due).max();
        self.pending.push(Pending { name: name.to_owned(), due: before.map_or(due, |before| before.max(due)), person, silently });
    }

    /// Lets lists see what is due.
    pub(crate) fn settle(&mut self, now: Timestamp) {
        let (mut due, later): (Vec<Pending>, Vec<Pending>) = self.pending.drain(..).partition(|pending| pending.due <= now);
        self.pending = later;
        due.sort_by_key(|pending| pending.due);
        for Pending { name, person, silently, .. } in due {
            self.position += 1;
            match silently {
                true => self.seen.remove(&name),
                false => self.seen.insert(name, Seen { person, position: self.position }),
            };
        }
    }

    /// The position of the newest that lists have seen.
    pub(crate) fn position(&self) -> u64 {
        self.position
    }

    /// Everybody whom lists have seen, those who are gone included.
    pub(crate) fn seen(&self) -> &BTreeMap<String, Seen> {
        &self.seen
    }

    /// How many people lists see.
    pub(crate) fn visible(&self) -> usize {
        self.seen.values().filter(|seen| seen.person.is_some()).count()
    }

    /// When the last write that is on its way will be seen.
    pub(crate) fn last_due(&self) -> Option<Timestamp> {
        self.pending.iter().map(|pending| pending.due).max()
    }
}
