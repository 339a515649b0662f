//! Merging: which source contacts are one person's, and what a contact looks like.
//!
//! First what people joined, then numbers, then addresses, each in order. Of the holders of one key, those that a person has parted
//! are on sides; who came later and was not spoken of joins a side only if there is one alone: nobody can know which.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::choice::{self, Chosen, Held};
use super::group::Groups;
use super::key::{held, shared};
use super::likeness::Words;
use super::{CompatibleSource, Hands, Key, Origin, Said, SharedKey, SourceContact};
use crate::id::SourceContactId;
use crate::phone::{Number, Unusable};

/// One person, as far as is known: a view of source contacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Contact {
    /// What it is known by: the least id of its source contacts.
    pub id: SourceContactId,
    /// Its source contacts, by id.
    pub sources: Vec<SourceContactId>,
    /// Why these are one person's. Empty for one alone.
    pub evidence: Vec<Evidence>,
    /// How it is shown.
    pub display_name: Option<Chosen<String>>,
    /// What somebody is called by friends.
    pub given_name: Option<Chosen<String>>,
    /// The family's name.
    pub family_name: Option<Chosen<String>>,
    /// Where somebody works.
    pub organisation: Option<Chosen<String>>,
    /// As what.
    pub title: Option<Chosen<String>>,
    /// The hash of a picture.
    pub photo: Option<Chosen<String>>,
    /// Its numbers, each once, with who has it.
    pub phones: Vec<Held<Number>>,
    /// What was meant as a number and is none.
    pub unusable: Vec<Held<Unusable>>,
    /// Its e-mail addresses as written, each once.
    pub addresses: Vec<Held<String>>,
    /// Where it comes from.
    pub origins: Vec<Origin>,
}

impl Contact {
    /// How it is called: a name, or else where somebody works, an address or a number; empty if there is none of them.
    pub fn shown(&self) -> String {
        let chosen = [&self.display_name, &self.organisation].into_iter().flatten().map(|chosen| chosen.value.clone()).next();
        let held =
            || self.addresses.first().map(|held| held.value.clone()).or_else(|| self.phones.first().map(|held| held.value.e164.clone()));
        chosen.or_else(held).unwrap_or_default()
    }

    /// Where it comes from, in the word of compatible readers.
    pub fn compatible_source(&self) -> CompatibleSource {
        CompatibleSource::of(self.origins.iter().copied())
    }
}

/// Why some source contacts are one person's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// What they have in common.
    pub because: Because,
    /// Which of the contact's source contacts, by id; at least two.
    pub sources: Vec<SourceContactId>,
}

/// What joins source contacts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Because {
    /// A person said so.
    ByHand,
    /// They have this number or address.
    Same(Key),
}

/// All contacts, and what came up on the way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Merged {
    /// The contacts, by id.
    pub contacts: Vec<Contact>,
    /// Numbers and addresses that at least two hold and that join nobody. Numbers first.
    pub shared: Vec<SharedKey>,
    /// Joins by hand that would bring together what was parted by hand; they were not made.
    pub refused: Vec<(SourceContactId, SourceContactId)>,
    place_of: BTreeMap<SourceContactId, usize>,
}

impl Merged {
    /// The contact of a source contact.
    pub fn of(&self, source: SourceContactId) -> Option<&Contact> {
        self.place_of.get(&source).and_then(|place| self.contacts.get(*place))
    }
}

/// Puts source contacts together. Each id may be there once; of two the first counts.
pub fn merge<'a>(sources: impl IntoIterator<Item = &'a SourceContact>, hands: &Hands) -> Merged {
    let sources = in_order(sources);
    let names: Vec<Words> = sources.iter().map(|source| Words::of(&source.card.name.shown())).collect();
    let place = |id: SourceContactId| sources.binary_search_by_key(&id, |source| source.id).ok();
    let both = |(one, other)| place(one).zip(place(other));
    let mut groups = Groups::new(sources.len(), hands.pairs(Said::Parted).filter_map(both));
    let mut evidence: Vec<(Because, Vec<usize>)> = Vec::new();
    let mut merged = Merged::default();
    for (one, other) in hands.pairs(Said::Joined).filter_map(both) {
        if groups.unite(one, other) {
            evidence.push((Because::ByHand, vec![one, other]));
        } else {
            merged.refused.push((sources[one].id, sources[other].id));
        }
    }
    for (key, holders) in held(&sources) {
        match shared(&key, &holders, &sources, &names, hands) {
            Some(why) => merged.shared.push(SharedKey { key, why, holders: holders.iter().map(|place| sources[*place].id).collect() }),
            None => {
                groups.unite_all(&holders);
                evidence.push((Because::Same(key), holders));
            }
        }
    }
    merged.contacts = contacts(&sources, &mut groups, evidence, hands);
    for (place, contact) in merged.contacts.iter().enumerate() {
        merged.place_of.extend(contact.sources.iter().map(|source| (*source, place)));
    }
    merged
}

fn in_order<'a>(sources: impl IntoIterator<Item = &'a SourceContact>) -> Vec<&'a SourceContact> {
    let mut sources: Vec<&SourceContact> = sources.into_iter().collect();
    sources.sort_by_key(|source| source.id);
    sources.dedup_by_key(|source| source.id);
    sources
}

fn contacts(sources: &[&SourceContact], groups: &mut Groups, evidence: Vec<(Because, Vec<usize>)>, hands: &Hands) -> Vec<Contact> {
    let mut members: BTreeMap<usize, Vec<&SourceContact>> = BTreeMap::new();
    for (place, source) in sources.iter().enumerate() {
        members.entry(groups.root(place)).or_default().push(source);
    }
    let mut of_group: BTreeMap<usize, Vec<Evidence>> = BTreeMap::new();
    for (because, holders) in evidence {
        let mut in_group: BTreeMap<usize, Vec<SourceContactId>> = BTreeMap::new();
        for place in holders {
            in_group.entry(groups.root(place)).or_default().push(sources[place].id);
        }
        for (root, sources) in in_group.into_iter().filter(|(_, sources)| sources.len() > 1) {
            of_group.entry(root).or_default().push(Evidence { because: because.clone(), sources });
        }
    }
    let made = members.into_iter().map(|(root, members)| contact(&members, of_group.remove(&root).unwrap_or_default(), hands));
    let mut contacts: Vec<Contact> = made.collect();
    contacts.sort_by_key(|contact| contact.id);
    contacts
}

/// A contact of source contacts that are in the order of their ids.
fn contact(members: &[&SourceContact], evidence: Vec<Evidence>, hands: &Hands) -> Contact {
    let by_hand = members.iter().rev().find_map(|source| hands.named(source.id).map(|name| (source.id, name)));
    let display = choice::choose(members, |source| Some(source.card.name.shown()).filter(|name| !name.trim().is_empty()));
    let mut origins: Vec<Origin> = members.iter().map(|source| source.origin).collect();
    origins.sort_unstable();
    origins.dedup();
    Contact {
        id: members[0].id,
        sources: members.iter().map(|source| source.id).collect(),
        evidence,
        display_name: by_hand.map(|(source, name)| choice::by_hand(source, name)).or(display),
        given_name: choice::choose(members, |source| source.card.name.given.clone()),
        family_name: choice::choose(members, |source| source.card.name.family.clone()),
        organisation: choice::choose(members, |source| source.card.organisation.clone()),
        title: choice::choose(members, |source| source.card.title.clone()),
        photo: choice::choose(members, |source| source.card.photo.clone()),
        phones: choice::phones(members),
        unusable: choice::unusable(members),
        addresses: choice::addresses(members),
        origins,
    }
}
