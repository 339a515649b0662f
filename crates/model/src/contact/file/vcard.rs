//! vCards, by calcard: read in versions 2.1, 3.0 and 4.0, written in 3.0 and 4.0.

use std::fmt::Write as _;

use base::Timestamp;
use calcard::vcard::{
    VCard, VCardEntry, VCardParameter, VCardParameterName, VCardProperty, VCardType, VCardValue, VCardValueType, VCardVersion,
};
use calcard::{Entry as Parsed, Parser};
use sha2::{Digest as _, Sha256};

use super::{ENTRIES_MAX, Entry, File, FileError, Kind, Problem, Wrong, said};
use crate::contact::{Card, Name};
use crate::phone::{self, Kind as LineKind, Number, Phone, Region};

/// How much of a stray line is shown.
const SHOWN_LETTERS_MAX: usize = 40;

/// In which version cards are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Version {
    /// What Google, Apple and Outlook read.
    V3,
    /// RFC 6350.
    V4,
}

/// Reads cards. They are told apart here, so that one without an end does not take the next with it.
pub(super) fn read(text: &str, region: Option<Region>) -> Result<File, FileError> {
    let mut file = File { kind: Kind::VCard, entries: Vec::new(), problems: Vec::new() };
    let mut place = 1;
    for (count, piece) in pieces(text).into_iter().enumerate() {
        if count >= ENTRIES_MAX {
            return Err(FileError::TooLarge);
        }
        match piece {
            Piece::Card(text) => match Parser::new(text).entry() {
                Parsed::VCard(card) => {
                    let entry = entry(place, &card, region);
                    if entry.is_empty() {
                        file.problems.push(Problem { place, what: Wrong::Empty });
                    } else {
                        file.entries.push(entry);
                    }
                }
                _ => file.problems.push(Problem { place, what: Wrong::Unfinished }),
            },
            Piece::Unfinished => file.problems.push(Problem { place, what: Wrong::Unfinished }),
            Piece::Stray(line) => {
                // It stands before a card and takes no place of its own.
                let shown = line.chars().take(SHOWN_LETTERS_MAX).collect();
                file.problems.push(Problem { place, what: Wrong::NoCard(shown) });
                continue;
            }
        }
        place += 1;
    }
    Ok(file)
}

/// A piece of a file.
enum Piece<'a> {
    /// From `BEGIN:VCARD` to `END:VCARD`.
    Card(&'a str),
    /// What began as a card and has no end.
    Unfinished,
    /// The first line of what is in no card.
    Stray(&'a str),
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut card: Option<usize> = None;
    let mut is_stray = false;
    let mut place = 0;
    for line in text.split_inclusive('\n') {
        let start = place;
        place += line.len();
        let line = line.trim();
        if line.eq_ignore_ascii_case("BEGIN:VCARD") {
            if card.replace(start).is_some() {
                pieces.push(Piece::Unfinished);
            }
            is_stray = false;
        } else if let (true, Some(begun)) = (line.eq_ignore_ascii_case("END:VCARD"), card) {
            pieces.push(Piece::Card(&text[begun..place]));
            card = None;
        } else if card.is_none() && !line.is_empty() && !is_stray {
            pieces.push(Piece::Stray(line));
            is_stray = true;
        }
    }
    if card.is_some() {
        pieces.push(Piece::Unfinished);
    }
    pieces
}

fn entry(place: u64, card: &VCard, region: Option<Region>) -> Entry {
    let values = |name: VCardProperty| card.entries.iter().filter(move |entry| entry.name == name);
    let first = |name: VCardProperty| values(name).find_map(|entry| entry.values.first().and_then(text_of));
    let parts = values(VCardProperty::N).next().map(|entry| entry.values.iter().map(text_of).collect::<Vec<_>>()).unwrap_or_default();
    let part = |place: usize| parts.get(place).cloned().flatten();
    let numbers = values(VCardProperty::Tel).filter_map(|entry| said(&whole(entry)));
    let photo = values(VCardProperty::Photo).flat_map(|entry| &entry.values).find_map(|value| match value {
        VCardValue::Binary(data) => Some(hash(&data.data)),
        _ => None,
    });
    let changed = values(VCardProperty::Rev).flat_map(|entry| &entry.values).find_map(|value| match value {
        VCardValue::PartialDateTime(time) => time.to_timestamp(),
        _ => None,
    });
    Entry {
        place,
        uid: first(VCardProperty::Uid),
        card: Card {
            name: Name { display: first(VCardProperty::Fn), given: part(1), family: part(0) },
            addresses: values(VCardProperty::Email).filter_map(|entry| said(whole(entry).trim_start_matches("mailto:"))).collect(),
            phones: numbers.flat_map(|written| phone::read(&written, region)).collect(),
            organisation: first(VCardProperty::Org),
            title: first(VCardProperty::Title),
            photo,
        },
        updated_at: changed.map(|seconds| Timestamp::from_millis(seconds.saturating_mul(1000))),
    }
}

fn text_of(value: &VCardValue) -> Option<String> {
    value.clone().into_text().and_then(|text| said(&text))
}

/// A value that has marks in it which part others (`tel:+62-21-555;ext=12`).
fn whole(entry: &VCardEntry) -> String {
    entry.values.iter().filter_map(|value| value.clone().into_text()).collect::<Vec<_>>().join(";")
}

fn hash(data: &[u8]) -> String {
    Sha256::digest(data).iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Writes cards, each with what is known of it.
pub fn write<'a>(entries: impl IntoIterator<Item = &'a Entry>, version: Version) -> String {
    let mut text = String::new();
    let number = match version {
        Version::V3 => VCardVersion::V3_0,
        Version::V4 => VCardVersion::V4_0,
    };
    for entry in entries {
        // Writing to a text does not fail.
        let _ = card(entry, version).write_to(&mut text, number);
    }
    text
}

fn card(entry: &Entry, version: Version) -> VCard {
    let mut entries = Vec::new();
    let mut add = |name: VCardProperty, value: &str| entries.push(VCardEntry::new(name).with_value(value.to_owned()));
    if let Some(uid) = &entry.uid {
        add(VCardProperty::Uid, uid);
    }
    add(VCardProperty::Fn, &shown(entry));
    for address in &entry.card.addresses {
        add(VCardProperty::Email, address);
    }
    if let Some(organisation) = &entry.card.organisation {
        add(VCardProperty::Org, organisation);
    }
    if let Some(title) = &entry.card.title {
        add(VCardProperty::Title, title);
    }
    let parts = [entry.card.name.family.as_deref(), entry.card.name.given.as_deref(), None, None, None];
    if version == Version::V3 || parts.iter().any(Option::is_some) {
        let parts = parts.map(|part| VCardValue::Text(part.unwrap_or_default().to_owned()));
        entries.push(VCardEntry::new(VCardProperty::N).with_values(parts.into()));
    }
    entries.extend(entry.card.phones.iter().map(|phone| match phone {
        Phone::Usable(number) => line(number, version),
        Phone::Unusable(unusable) => VCardEntry::new(VCardProperty::Tel).with_value(unusable.written.clone()),
    }));
    VCard { entries }
}

/// What every card has to have: a name that is shown.
fn shown(entry: &Entry) -> String {
    let name = said(&entry.card.name.shown());
    let number = || entry.card.phones.first().map(|phone| phone.number().map_or(phone.written(), |number| &number.e164).to_owned());
    name.or_else(|| entry.card.organisation.clone()).or_else(|| entry.card.addresses.first().cloned()).or_else(number).unwrap_or_default()
}

fn line(number: &Number, version: Version) -> VCardEntry {
    let mut line = VCardEntry::new(VCardProperty::Tel);
    if number.kind == LineKind::Mobile {
        line = line.with_param(VCardParameter::new(VCardParameterName::Type, VCardType::Cell));
    }
    match (&number.extension, version) {
        (None, _) => line.with_value(number.e164.clone()),
        (Some(extension), Version::V3) => line.with_value(format!("{} x{extension}", number.e164)),
        (Some(extension), Version::V4) => {
            line = line.with_param(VCardParameter::new(VCardParameterName::Value, VCardValueType::Uri));
            line.with_value(format!("tel:{};ext={extension}", number.e164))
        }
    }
}
