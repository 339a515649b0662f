//! WhatsApp's state: people, notes that wait for a call, calls that wait for an answer.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::ids::Ids;

use super::payload::Note;
use super::people::WhatsappPerson;

/// All that WhatsApp knows.
#[derive(Debug)]
pub(crate) struct WhatsappState {
    pub(super) ids: Ids,
    pub(super) people: Vec<WhatsappPerson>,
    pub(super) notes: Vec<Note>,
    pub(super) calls: BTreeMap<u64, Pending>,
    pub(super) made: u64,
    pub(super) answered: u64,
    pub(super) given_up: u64,
}

/// A call that has not been answered 200.
#[derive(Debug, Clone)]
pub(super) struct Pending {
    pub(super) body: String,
    pub(super) attempt: u32,
    pub(super) made: Timestamp,
    pub(super) due: Timestamp,
    /// Somebody is carrying it.
    pub(super) is_out: bool,
    /// A second copy of one that was answered.
    pub(super) is_copy: bool,
}

impl WhatsappState {
    pub(crate) fn new(seed: u64) -> Self {
        Self {
            ids: Ids::named(seed, "whatsapp"),
            people: Vec::new(),
            notes: Vec::new(),
            calls: BTreeMap::new(),
            made: 0,
            answered: 0,
            given_up: 0,
        }
    }

    pub(super) fn person(&self, user_id: &str) -> Option<&WhatsappPerson> {
        self.people.iter().find(|person| person.user_id == user_id)
    }

    pub(super) fn person_mut(&mut self, user_id: &str) -> Option<&mut WhatsappPerson> {
        self.people.iter_mut().find(|person| person.user_id == user_id)
    }
}
