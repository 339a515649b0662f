//! Choice: which source's value a contact shows, and why.
//!
//! By hand before all; then by origin in the order of [`Origin::ALL`]; of one origin the one that changed last; of those that changed
//! together the older. A display name without a letter (a number) gives way to one that has some.

use std::collections::BTreeMap;
use std::fmt;

use base::Timestamp;

use serde::{Deserialize, Serialize};

use super::{Origin, SourceContact};
use crate::address::Address;
use crate::id::SourceContactId;
use crate::phone::{Number, Phone, Unusable};

/// A value of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chosen<T> {
    /// The value.
    pub value: T,
    /// The source contact that says it, or to which a person said it.
    pub from: SourceContactId,
    /// Why this one.
    pub why: Choice,
}

/// Why a value was chosen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Choice {
    /// A person set it.
    ByHand,
    /// No other source says anything else.
    Only(Origin),
    /// Its origin goes before the one that says something else.
    Before {
        /// Where it comes from.
        origin: Origin,
        /// What it goes before.
        other: Origin,
    },
    /// It changed last of those of its origin.
    Newest(Origin),
}

impl fmt::Display for Choice {
    /// A sentence for whoever wonders.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Choice::ByHand => f.write_str("A person set it."),
            Choice::Only(origin) => write!(f, "It comes from {}; nothing else says otherwise.", origin.title()),
            Choice::Before { origin, other } => write!(f, "It comes from {}, which goes before {}.", origin.title(), other.title()),
            Choice::Newest(origin) => write!(f, "It is the newest of several from {}.", origin.title()),
        }
    }
}

/// A number or an address of a contact, and which of its source contacts have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held<T> {
    /// The value, as the preferred source writes it.
    pub value: T,
    /// Which source contacts have it, by id.
    pub sources: Vec<SourceContactId>,
}

/// What a person set.
pub(super) fn by_hand(source: SourceContactId, name: &str) -> Chosen<String> {
    Chosen { value: name.to_owned(), from: source, why: Choice::ByHand }
}

/// The value of a field that is shown, and why.
pub(super) fn choose(members: &[&SourceContact], field: impl Fn(&SourceContact) -> Option<String>) -> Option<Chosen<String>> {
    let values = members.iter().filter_map(|source| Some((*source, field(source)?)));
    let values: Vec<_> = values.filter(|(_, value)| !value.trim().is_empty()).collect();
    let has_letters = |value: &str| value.chars().any(char::is_alphabetic);
    let (first, value) = values.iter().min_by_key(|(source, value)| (!has_letters(value), rank(source)))?;
    let others = || values.iter().filter(|(_, other)| other != value).map(|(source, _)| source.origin);
    let why = match others().min() {
        None => Choice::Only(first.origin),
        Some(_) if others().any(|other| other == first.origin) => Choice::Newest(first.origin),
        Some(other) => Choice::Before { origin: first.origin, other },
    };
    Some(Chosen { value: value.clone(), from: first.id, why })
}

/// What sorts first is preferred.
fn rank(source: &SourceContact) -> (Origin, std::cmp::Reverse<Timestamp>, SourceContactId) {
    (source.origin, std::cmp::Reverse(source.updated_at), source.id)
}

/// The numbers of all, each once.
pub(super) fn phones(members: &[&SourceContact]) -> Vec<Held<Number>> {
    let numbers = |source: &SourceContact| source.card.phones.iter().filter_map(Phone::number).cloned().collect();
    each(members, numbers, |number: &Number| (number.e164.clone(), number.extension.clone()))
}

/// What was meant as a number by any, each once.
pub(super) fn unusable(members: &[&SourceContact]) -> Vec<Held<Unusable>> {
    let of = |source: &SourceContact| {
        let unusable = source.card.phones.iter().filter_map(|phone| match phone {
            Phone::Usable(_) => None,
            Phone::Unusable(unusable) => Some(unusable.clone()),
        });
        unusable.collect()
    };
    each(members, of, |unusable: &Unusable| unusable.written.clone())
}

/// The addresses of all, each once however it is written.
pub(super) fn addresses(members: &[&SourceContact]) -> Vec<Held<String>> {
    let folded = |written: &String| Address::read(written).map_or_else(|| written.clone(), |address| address.as_str().to_owned());
    each(members, |source| source.card.addresses.clone(), folded)
}

/// All values, those of preferred sources first, each once by its key.
fn each<T, K: Ord>(members: &[&SourceContact], values: impl Fn(&SourceContact) -> Vec<T>, key: impl Fn(&T) -> K) -> Vec<Held<T>> {
    let mut members = members.to_vec();
    members.sort_by_key(|source| rank(source));
    let mut place_of: BTreeMap<K, usize> = BTreeMap::new();
    let mut found: Vec<Held<T>> = Vec::new();
    for source in members {
        for value in values(source) {
            let place = *place_of.entry(key(&value)).or_insert(found.len());
            match found.get_mut(place) {
                Some(held) if held.sources.contains(&source.id) => {}
                Some(held) => held.sources.push(source.id),
                None => found.push(Held { value, sources: vec![source.id] }),
            }
        }
    }
    for held in &mut found {
        held.sources.sort_unstable();
    }
    found
}
