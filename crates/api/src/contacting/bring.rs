//! Bringing: entries of a file, or one by a program, become source contacts of a book.
//!
//! A file is all that its book has, or only more of it, as is said. An entry is known again by what the file calls it, or by its first
//! number or address, so that the same file brought again changes nothing.

use std::collections::{HashMap, HashSet};

use base::Timestamp;
use model::contact::file::{Entry, File};
use model::contact::{Card, Key, Origin, SourceContact, keys};
use model::id::{ContactSyncId, SourceContactId};
use model::phone::{self, Phone, Region};
use serde_json::json;
use store::contact_book::{self, ContactBook};
use store::contact_sync::{self, ContactSync};
use store::source_contact::{self, Kept, Pending, Standing, key_text};
use store::{Statement, StoreError, due};

use crate::access::Asker;
use crate::asked::write;
use crate::failure::Failure;
use crate::state::State;

/// Foreign ids that are looked for at a time.
const KNOWN_AT_ONCE: usize = 5_000;
/// How often somebody else's change at the same time is answered by reading again.
const TRIES: u32 = 3;

/// Entries for a book.
#[derive(Debug)]
pub struct Entries<'a> {
    /// Where they come from.
    pub origin: Origin,
    /// What the book is called.
    pub book: &'a str,
    /// Each with what it is called there.
    pub entries: Vec<(String, Card, Timestamp)>,
    /// Whether they are all that the book has: what else is there is gone.
    pub whole: bool,
}

impl<'a> Entries<'a> {
    /// Those of a file.
    pub fn of_file(origin: Origin, book: &'a str, file: File, whole: bool, now: Timestamp) -> Self {
        let mut taken: HashMap<String, usize> = HashMap::new();
        let entries = file.entries.into_iter().map(|entry| {
            let updated_at = entry.updated_at.unwrap_or(now);
            let name = called(&entry);
            let count = taken.entry(name.clone()).or_default();
            *count += 1;
            let name = if *count == 1 { name } else { format!("{name}#{count}") };
            (name, entry.card, updated_at)
        });
        Entries { origin, book, entries: entries.collect(), whole }
    }
}

/// What an entry is known by: what the file calls it, its first key, or all that it says.
fn called(entry: &Entry) -> String {
    match (&entry.uid, keys(&entry.card).first()) {
        (Some(uid), _) => format!("uid:{uid}"),
        (None, Some(key)) => format!("key:{}", key_text(key)),
        (None, None) => {
            let said = [entry.card.name.shown(), entry.card.organisation.clone().unwrap_or_default()];
            format!("said:{}", said.join("\n").to_lowercase())
        }
    }
}

/// What was brought.
#[derive(Clone, Copy, Debug)]
pub struct Brought {
    /// The synchronisation that it is.
    pub sync: ContactSyncId,
}

/// Puts entries into their book, which is made if it is not there, in one transaction. What comes of it is decided behind it.
///
/// # Errors
/// When the database does not answer.
pub async fn bring(state: &State, asker: &Asker, entries: &Entries<'_>) -> Result<Brought, Failure> {
    let mut tries = 1;
    loop {
        let (now, mut statements) = (state.clock.now(), Vec::new());
        let known = contact_book::named(&state.db, asker.workspace, entries.origin, entries.book).await?;
        let book = known.unwrap_or_else(|| {
            let fresh = ContactBook::fresh(asker.workspace, entries.origin, entries.book, None, now);
            statements.push(contact_book::insert(&fresh));
            fresh
        });
        let total = i64::try_from(entries.entries.len()).unwrap_or(i64::MAX);
        let sync = ContactSync { total, pulled_at: Some(now), ..ContactSync::begun(&book, &asker.actor(), now) };
        statements.push(contact_sync::insert(&sync));
        statements.extend(changes(state, &book, entries, sync.id, now).await?);
        statements.push(contact_book::read_whole(book.id, now));
        statements.push(due::decide_contacts(asker.workspace, now));
        let detail = json!({ "origin": entries.origin.name(), "entries": entries.entries.len(), "whole": entries.whole });
        match write(state, asker, "contacts.bring", "contacts.bring", &book.id.to_string(), detail, statements).await {
            Err(StoreError::Conflict(_)) if tries < TRIES => tries += 1,
            outcome => return Ok(outcome.map(|()| Brought { sync: sync.id })?),
        }
    }
}

async fn changes(
    state: &State,
    book: &ContactBook,
    brought: &Entries<'_>,
    sync: ContactSyncId,
    now: Timestamp,
) -> Result<Vec<Statement>, StoreError> {
    let names: Vec<&str> = brought.entries.iter().map(|(name, ..)| name.as_str()).collect();
    let mut known: HashMap<String, Kept> = HashMap::new();
    for names in names.chunks(KNOWN_AT_ONCE) {
        let found = source_contact::by_foreign_ids(&state.db, book.id, names).await?;
        known.extend(found.into_iter().map(|kept| (kept.foreign_id.clone(), kept)));
    }
    let standing = Standing { workspace: book.workspace, book: book.id, folder: None, round: 0, sync };
    let mut statements = Vec::new();
    for (name, card, updated_at) in &brought.entries {
        let before = known.get(name);
        let id = before.map_or_else(|| SourceContactId::new(now), |before| before.source.id);
        let source = SourceContact { id, origin: brought.origin, book: book.id, card: card.clone(), updated_at: *updated_at };
        match before {
            None => statements.extend(source_contact::insert(&source, name, standing)),
            Some(before) if before.source.card == source.card && before.pending != Some(Pending::Gone) => {}
            Some(_) => statements.extend(source_contact::update(&source, standing)),
        }
    }
    if brought.whole {
        let names: HashSet<&str> = names.into_iter().collect();
        let there = source_contact::ids_of_book(&state.db, book.id).await?;
        let gone: Vec<SourceContactId> = there.into_iter().filter(|(name, _)| !names.contains(name.as_str())).map(|(_, id)| id).collect();
        statements.push(source_contact::gone(&gone));
    }
    Ok(statements)
}

/// Takes one entry out of a book; 404 if it is not there.
///
/// # Errors
/// When the database does not answer.
pub async fn take_away(state: &State, asker: &Asker, origin: Origin, book: &str, name: &str) -> Result<(), Failure> {
    let found = match contact_book::named(&state.db, asker.workspace, origin, book).await? {
        Some(book) => source_contact::by_foreign_ids(&state.db, book.id, &[name]).await?.pop(),
        None => None,
    };
    let there = found.filter(|kept| kept.pending != Some(Pending::Gone)).ok_or_else(Failure::not_found)?;
    let statements = [source_contact::gone(&[there.source.id]), due::decide_contacts(asker.workspace, state.clock.now())];
    Ok(write(state, asker, "contacts.take_away", "contacts.take_away", &there.source.id.to_string(), json!({}), statements).await?)
}

/// The key that a person wrote: an address, or a number with its country.
///
/// # Errors
/// 422 for what is neither.
pub fn key(written: &str, region: Option<Region>) -> Result<Key, Failure> {
    if written.contains('@')
        && let Some(address) = model::address::Address::read(written)
    {
        return Ok(Key::Address(address.as_str().to_owned()));
    }
    match phone::one(written, region).number() {
        Some(number) => Ok(Key::Phone { e164: number.e164.clone(), extension: number.extension.clone() }),
        None => Err(Failure::unprocessable(
            "no_number_or_address",
            "This is neither a phone number nor an address.",
            "It can be read as neither.",
            "Write the number with its country, such as +62 812 3456 7890, or a whole address.",
        )),
    }
}

/// What reads the numbers of all source contacts again, with another region: those that come out differently change.
///
/// # Errors
/// When the database does not answer.
pub async fn read_again(state: &State, asker: &Asker, region: Option<Region>) -> Result<Vec<Statement>, Failure> {
    let (now, mut statements) = (state.clock.now(), Vec::new());
    for kept in source_contact::all(&state.db, asker.workspace).await? {
        let phones: Vec<Phone> = kept.source.card.phones.iter().map(|phone| phone::one(phone.written(), region)).collect();
        if phones != kept.source.card.phones && kept.pending != Some(Pending::Gone) {
            let source = SourceContact { card: Card { phones, ..kept.source.card }, ..kept.source };
            statements.extend(source_contact::read_again(asker.workspace, &source));
        }
    }
    statements.push(due::decide_contacts(asker.workspace, now));
    Ok(statements)
}
