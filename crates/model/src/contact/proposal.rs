//! Proposals: contacts that may be one person's, for a person to decide. Nothing is joined by these.
//!
//! Looked for among contacts that have the same name, that have a key in common which joins nobody, or whose addresses begin alike.
//! What a person has parted is not proposed.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::fmt;

use serde::{Deserialize, Serialize};

use super::likeness::Words;
use super::{Contact, Hands, Key, Merged, Said};
use crate::address::{Address, Post};
use crate::id::SourceContactId;

/// How many are given at most, the likeliest first.
pub const PROPOSALS_MAX: usize = 1_000;
/// More that are alike in one thing say nothing: half a company is behind a switchboard.
const ALIKE_MAX: usize = 12;
/// Below this a proposal is not worth a look, in percent.
const SCORE_MIN: u8 = 45;
/// It is never certain, in percent.
const SCORE_MAX: u8 = 95;
/// A shorter beginning of an address is common to many.
const LOCAL_BYTES_MIN: usize = 6;

/// Two contacts that may be one person's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Which, by their ids, the lesser first.
    pub contacts: (SourceContactId, SourceContactId),
    /// How likely it is, in percent; a feeling, not a probability.
    pub score: u8,
    /// What speaks for it and against it.
    pub reasons: Vec<Reason>,
}

/// What speaks for two contacts being one person's, or against it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// They have the same full name.
    SameName,
    /// They have the same name, of one word.
    SameFirstName,
    /// Their names are not the same but may be one person's.
    FittingNames,
    /// They have this number or address, which joins nobody: it is shared, or a person parted others that have it.
    SameKey(Key),
    /// Their addresses begin alike, at two providers.
    SameLocalPart(String),
    /// They work for the same organisation.
    SameOrganisation,
    /// They work for two organisations: it speaks against it.
    OtherOrganisation,
}

impl Reason {
    /// What it adds to a score, in percent.
    fn weight(&self) -> i16 {
        match self {
            Reason::SameName => 50,
            Reason::SameFirstName => 20,
            Reason::FittingNames => 25,
            Reason::SameKey(_) | Reason::SameOrganisation => 20,
            Reason::SameLocalPart(_) => 25,
            Reason::OtherOrganisation => -10,
        }
    }
}

impl fmt::Display for Reason {
    /// A sentence for whoever decides.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Reason::SameName => f.write_str("They have the same name."),
            Reason::SameFirstName => f.write_str("They have the same name, of one word."),
            Reason::FittingNames => f.write_str("One name may be a shorter form of the other."),
            Reason::SameKey(key) => write!(f, "Both have {}, which others share.", key.text()),
            Reason::SameLocalPart(local) => write!(f, "Both have an address that begins with {local}@."),
            Reason::SameOrganisation => f.write_str("They work for the same company."),
            Reason::OtherOrganisation => f.write_str("But they work for two companies."),
        }
    }
}

/// Contacts that may be one person's, the likeliest first.
pub fn propose(merged: &Merged, hands: &Hands) -> Vec<Proposal> {
    let names: Vec<Words> = merged.contacts.iter().map(|contact| Words::of(&name_of(contact))).collect();
    let mut proposals = Vec::new();
    for ((one, other), mut reasons) in likely(merged, &names) {
        let (first, second) = (&merged.contacts[one], &merged.contacts[other]);
        if !names[one].fits(&names[other]) || are_parted(first, second, hands) {
            continue;
        }
        reasons.extend(reasons_of_names(&names[one], &names[other]));
        reasons.extend(reason_of_work(first, second));
        reasons.sort_unstable();
        reasons.dedup();
        let score = reasons.iter().map(Reason::weight).sum::<i16>().clamp(0, SCORE_MAX.into());
        let score = u8::try_from(score).unwrap_or(SCORE_MAX);
        if score >= SCORE_MIN {
            proposals.push(Proposal { contacts: (first.id, second.id), score, reasons });
        }
    }
    proposals.sort_by_key(|proposal| (std::cmp::Reverse(proposal.score), proposal.contacts));
    proposals.truncate(PROPOSALS_MAX);
    proposals
}

fn name_of(contact: &Contact) -> String {
    contact.display_name.as_ref().map(|name| name.value.clone()).unwrap_or_default()
}

/// Pairs of places that are alike in something, with what that is.
fn likely(merged: &Merged, names: &[Words]) -> BTreeMap<(usize, usize), Vec<Reason>> {
    let place_of: HashMap<SourceContactId, usize> =
        merged.contacts.iter().enumerate().map(|(place, contact)| (contact.id, place)).collect();
    let mut by_name: HashMap<&Words, BTreeSet<usize>> = HashMap::new();
    let mut by_local: HashMap<String, BTreeSet<usize>> = HashMap::new();
    let mut by_key: HashMap<Key, BTreeSet<usize>> = HashMap::new();
    for (place, contact) in merged.contacts.iter().enumerate() {
        if !names[place].is_empty() {
            by_name.entry(&names[place]).or_default().insert(place);
        }
        for address in contact.addresses.iter().filter_map(|held| Address::read(&held.value)) {
            if address.local().len() >= LOCAL_BYTES_MIN && address.post() == Post::Somebody {
                by_local.entry(address.local().to_owned()).or_default().insert(place);
            }
        }
    }
    for shared in &merged.shared {
        let holders = shared.holders.iter().filter_map(|holder| merged.of(*holder)).filter_map(|contact| place_of.get(&contact.id));
        by_key.entry(shared.key.clone()).or_default().extend(holders);
    }
    for (key, places) in kept_apart(merged) {
        by_key.entry(key).or_default().extend(places);
    }
    let mut found = BTreeMap::new();
    by_name.into_values().for_each(|places| note(&mut found, &places, None));
    by_local.into_iter().for_each(|(local, places)| note(&mut found, &places, Some(&Reason::SameLocalPart(local))));
    by_key.into_iter().for_each(|(key, places)| note(&mut found, &places, Some(&Reason::SameKey(key))));
    found
}

/// Numbers and addresses that several contacts have although they are nobody's shared ones: a parting keeps them apart.
fn kept_apart(merged: &Merged) -> impl Iterator<Item = (Key, BTreeSet<usize>)> {
    let mut holders: HashMap<Key, BTreeSet<usize>> = HashMap::new();
    for (place, contact) in merged.contacts.iter().enumerate() {
        for held in &contact.phones {
            let key = Key::Phone { e164: held.value.e164.clone(), extension: held.value.extension.clone() };
            holders.entry(key).or_default().insert(place);
        }
        for address in contact.addresses.iter().filter_map(|held| Address::read(&held.value)) {
            holders.entry(Key::Address(address.as_str().to_owned())).or_default().insert(place);
        }
    }
    holders.into_iter().filter(|(_, places)| places.len() > 1)
}

fn note(found: &mut BTreeMap<(usize, usize), Vec<Reason>>, places: &BTreeSet<usize>, reason: Option<&Reason>) {
    if places.len() > ALIKE_MAX {
        return;
    }
    for one in places {
        for other in places.range(one + 1..) {
            found.entry((*one, *other)).or_default().extend(reason.cloned());
        }
    }
}

fn reasons_of_names(one: &Words, other: &Words) -> Option<Reason> {
    match (one == other, one.count(), other.count()) {
        (_, 0, _) | (_, _, 0) => None,
        (true, 1, _) => Some(Reason::SameFirstName),
        (true, ..) => Some(Reason::SameName),
        (false, ..) => Some(Reason::FittingNames),
    }
}

fn reason_of_work(one: &Contact, other: &Contact) -> Option<Reason> {
    let words = |contact: &Contact| Words::of(&contact.organisation.as_ref().map(|chosen| chosen.value.clone()).unwrap_or_default());
    let (one, other) = (words(one), words(other));
    if one.is_empty() || other.is_empty() {
        return None;
    }
    Some(if one.fits(&other) { Reason::SameOrganisation } else { Reason::OtherOrganisation })
}

fn are_parted(one: &Contact, other: &Contact, hands: &Hands) -> bool {
    one.sources.iter().any(|one| other.sources.iter().any(|other| hands.said(*one, *other) == Some(Said::Parted)))
}
