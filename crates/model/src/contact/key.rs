//! Keys: the numbers and addresses by which source contacts are joined, and which of them join nobody because several people share them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::likeness::{DistinctNames, Words};
use super::{Card, Hands, SourceContact};
use crate::address::{Address, Post};
use crate::id::{ContactBookId, SourceContactId};
use crate::phone::{Kind, Phone};

/// At so many differently named contacts a number or an address is shared, whatever it looks like.
const SHARED_NAMES_MIN: usize = 3;
/// At so many differently named contacts of one address book what may be a landline is shared: its owner keeps them apart.
const SHARED_LINE_NAMES_MIN: usize = 2;

/// What two source contacts can have in common. Numbers sort before addresses: they join first.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Key {
    /// A phone number.
    Phone {
        /// The number.
        e164: String,
        /// Behind it. Two numbers that differ in it are two.
        extension: Option<String>,
    },
    /// An e-mail address, folded.
    Address(String),
}

impl Key {
    /// The number or the address.
    pub fn text(&self) -> &str {
        match self {
            Key::Phone { e164, .. } => e164,
            Key::Address(address) => address,
        }
    }
}

/// Why a number or an address joins nobody.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Shared {
    /// A person said so.
    ByHand,
    /// It is a service's number: free, shared cost, one for a whole company.
    Service,
    /// It is the address of a post (`info@`), a list or a program.
    Role,
    /// At least three contacts with different names have it.
    ManyNames,
    /// Contacts of one address book with different names have this landline, as colleagues have a switchboard.
    Switchboard,
}

impl Shared {
    /// As the API writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Shared::ByHand => "by_hand",
            Shared::Service => "service",
            Shared::Role => "role",
            Shared::ManyNames => "many_names",
            Shared::Switchboard => "switchboard",
        }
    }
}

/// A number or an address that joins nobody, and who has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SharedKey {
    /// The number or the address.
    pub key: Key,
    /// Why it joins nobody.
    pub why: Shared,
    /// Who has it, by id; at least two.
    pub holders: Vec<SourceContactId>,
}

/// The keys of a card, each once, in order. By these a store finds the others that belong with it.
pub fn keys(card: &Card) -> Vec<Key> {
    let numbers = card.phones.iter().filter_map(Phone::number);
    let numbers = numbers.map(|number| Key::Phone { e164: number.e164.clone(), extension: number.extension.clone() });
    let addresses = card.addresses.iter().filter_map(|written| Address::read(written));
    let mut keys: Vec<Key> = numbers.chain(addresses.map(|address| Key::Address(address.as_str().to_owned()))).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Every key that at least two hold, with their places in ascending order.
pub(super) fn held(sources: &[&SourceContact]) -> Vec<(Key, Vec<usize>)> {
    let mut each: Vec<(Key, usize)> = Vec::with_capacity(sources.len() * 2);
    for (place, source) in sources.iter().enumerate() {
        each.extend(keys(&source.card).into_iter().map(|key| (key, place)));
    }
    each.sort_unstable();
    let mut held: Vec<(Key, Vec<usize>)> = Vec::new();
    for (key, place) in each {
        match held.last_mut() {
            Some((last, places)) if *last == key => places.push(place),
            _ => held.push((key, vec![place])),
        }
    }
    held.retain(|(_, places)| places.len() > 1);
    held
}

/// Why a key joins nobody, if it does not.
pub(super) fn shared(key: &Key, holders: &[usize], sources: &[&SourceContact], names: &[Words], hands: &Hands) -> Option<Shared> {
    if let Some(by_hand) = hands.mark(key) {
        return by_hand.then_some(Shared::ByHand);
    }
    if let Key::Address(address) = key
        && Address::read(address).is_none_or(|address| address.post() != Post::Somebody)
    {
        return Some(Shared::Role);
    }
    let kind = kind_of(key, sources[holders[0]]);
    if kind.is_some_and(|kind| !kind.is_personal()) {
        return Some(Shared::Service);
    }
    if distinct(holders.iter().copied(), names, SHARED_NAMES_MIN) {
        return Some(Shared::ManyNames);
    }
    let may_be_one = matches!(kind, Some(Kind::Landline | Kind::MobileOrLandline));
    (may_be_one && is_switchboard(holders, sources, names)).then_some(Shared::Switchboard)
}

fn kind_of(key: &Key, holder: &SourceContact) -> Option<Kind> {
    let Key::Phone { e164, .. } = key else { return None };
    holder.card.phones.iter().filter_map(Phone::number).find(|number| number.e164 == *e164).map(|number| number.kind)
}

fn is_switchboard(holders: &[usize], sources: &[&SourceContact], names: &[Words]) -> bool {
    let mut books: BTreeMap<ContactBookId, Vec<usize>> = BTreeMap::new();
    for holder in holders {
        books.entry(sources[*holder].book).or_default().push(*holder);
    }
    books.into_values().any(|holders| distinct(holders.into_iter(), names, SHARED_LINE_NAMES_MIN))
}

/// Whether there are at least so many different names among holders.
fn distinct(holders: impl Iterator<Item = usize>, names: &[Words], wanted: usize) -> bool {
    let mut found = DistinctNames::default();
    for holder in holders {
        if found.add(&names[holder]) >= wanted {
            return true;
        }
    }
    false
}
