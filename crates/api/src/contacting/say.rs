//! Saying: people join contacts and part them, name them, and say which numbers are shared. Each can be taken back.

use std::collections::BTreeSet;
use std::time::Duration;

use model::contact::{Contact, Key, Said};
use model::id::{ContactId, SourceContactId};
use serde_json::json;
use store::contact_saying::{self, Speaker};
use store::{Statement, contact, due, source_contact};

use crate::access::Asker;
use crate::asked::write;
use crate::contacting::moment;
use crate::failure::Failure;
use crate::state::State;

/// The most contacts that are joined at once.
pub const JOINED_MAX: usize = 20;
/// How long an answer waits for what was said to be seen.
const SEEN_WITHIN: Duration = Duration::from_secs(3);
/// How often it looks.
const LOOK: Duration = Duration::from_millis(30);

/// A contact of the asker's workspace.
///
/// # Errors
/// 404 if it is not there.
pub async fn find(state: &State, asker: &Asker, id: ContactId) -> Result<Contact, Failure> {
    let found = contact::find(&state.db, asker.workspace, id).await?;
    found.map(|kept| kept.contact).ok_or_else(Failure::not_found)
}

/// These contacts are one person's. The contact that they are now.
///
/// # Errors
/// 404 if one is not there, 422 for fewer than two or more than [`JOINED_MAX`].
pub async fn join(state: &State, asker: &Asker, ids: &[ContactId]) -> Result<ContactId, Failure> {
    let ids: Vec<ContactId> = ids.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
    if !(2..=JOINED_MAX).contains(&ids.len()) {
        let detail = format!("{} different contacts are named.", ids.len());
        let action = format!("Name 2 to {JOINED_MAX}.");
        return Err(Failure::unprocessable("contacts_not_countable", "These cannot be joined.", detail, action));
    }
    let mut contacts = Vec::with_capacity(ids.len());
    for id in &ids {
        contacts.push(find(state, asker, *id).await?);
    }
    let mut pairs: Vec<(SourceContactId, SourceContactId)> = Vec::new();
    let mut parted: Vec<(SourceContactId, SourceContactId)> = Vec::new();
    for (place, one) in contacts.iter().enumerate() {
        pairs.extend(place.checked_sub(1).map(|before| (contacts[before].id, one.id)));
        for other in &contacts[..place] {
            parted.extend(one.sources.iter().flat_map(|one| other.sources.iter().map(|other| (*one, *other))));
        }
    }
    // Whoever joins takes back what was said against it before.
    let mut statements = contact_saying::take_back(asker.workspace, &parted);
    statements.extend(contact_saying::say(&speaker(state, asker), &pairs, Said::Joined));
    let object = ContactId::from_number(contacts[0].id.number()).to_string();
    let detail = json!({ "contacts": ids });
    said(state, asker, "contact.join", &object, detail, statements, &contacts).await?;
    now_of(state, contacts[0].id).await
}

/// These source contacts of a contact are not the same person as its others: undoes joins, whatever they came from.
///
/// # Errors
/// 404 if it is not there, 422 if not some but none or all of its source contacts are named.
pub async fn part(state: &State, asker: &Asker, id: ContactId, sources: &[SourceContactId]) -> Result<(), Failure> {
    let contact = find(state, asker, id).await?;
    let (these, those): (Vec<SourceContactId>, Vec<SourceContactId>) = contact.sources.iter().partition(|source| sources.contains(source));
    if these.is_empty() || those.is_empty() || sources.iter().any(|source| !contact.sources.contains(source)) {
        let detail = "Some of the contact's source contacts have to be named, and not all.";
        let action = "Look at `sources` of the contact, and name those that are somebody else's.";
        return Err(Failure::unprocessable("sources_not_some", "The contact cannot be parted like this.", detail, action));
    }
    let pairs: Vec<_> = these.iter().flat_map(|one| those.iter().map(|other| (*one, *other))).collect();
    let statements = contact_saying::say(&speaker(state, asker), &pairs, Said::Parted);
    let detail = json!({ "sources": these });
    said(state, asker, "contact.part", &id.to_string(), detail, statements, &[contact]).await
}

/// These two contacts are two people, and are not proposed any more.
///
/// # Errors
/// 404 if one is not there.
pub async fn keep_apart(state: &State, asker: &Asker, one: ContactId, other: ContactId) -> Result<(), Failure> {
    let contacts = [find(state, asker, one).await?, find(state, asker, other).await?];
    let pairs = [(contacts[0].id, contacts[1].id)];
    let statements = contact_saying::say(&speaker(state, asker), &pairs, Said::Parted);
    let detail = json!({ "other": other });
    said(state, asker, "contact.keep_apart", &one.to_string(), detail, statements, &contacts).await
}

/// Takes back everything that was said of a contact's source contacts and others: evidence counts again.
///
/// # Errors
/// 404 if it is not there.
pub async fn take_back(state: &State, asker: &Asker, id: ContactId) -> Result<(), Failure> {
    let contact = find(state, asker, id).await?;
    let sayings = contact_saying::said_of(&state.db, asker.workspace, &contact.sources).await?;
    let pairs: Vec<_> = sayings.iter().map(|saying| (saying.one, saying.other)).collect();
    let statements = contact_saying::take_back(asker.workspace, &pairs);
    let detail = json!({ "sayings": pairs.len() });
    said(state, asker, "contact.take_back", &id.to_string(), detail, statements, &[contact]).await
}

/// The contact is called so; `None` takes it back.
///
/// # Errors
/// 404 if it is not there.
pub async fn name(state: &State, asker: &Asker, id: ContactId, name: Option<&str>) -> Result<(), Failure> {
    let contact = find(state, asker, id).await?;
    // The last word counts: of the others it is taken back.
    let mut statements: Vec<Statement> = contact.sources.iter().skip(1).map(|source| source_contact::set_named(*source, None)).collect();
    statements.push(source_contact::set_named(contact.id, name));
    said(state, asker, "contact.name", &id.to_string(), json!({}), statements, &[contact]).await
}

/// A number or an address is shared by several people, or one person's, whatever it looks like; `None` takes it back.
///
/// # Errors
/// When the database does not answer.
pub async fn mark(state: &State, asker: &Asker, key: &Key, shared: Option<bool>) -> Result<(), Failure> {
    let statements = contact_saying::mark(&speaker(state, asker), key, shared);
    said(state, asker, "contact.mark", "contacts", json!({ "shared": shared }), statements, &[]).await
}

fn speaker(state: &State, asker: &Asker) -> Speaker {
    Speaker { workspace: asker.workspace, by: asker.actor(), at: state.clock.now() }
}

/// Commits it, and waits a moment until it can be seen.
async fn said(
    state: &State,
    asker: &Asker,
    action: &str,
    object: &str,
    detail: serde_json::Value,
    statements: impl IntoIterator<Item = Statement>,
    about: &[Contact],
) -> Result<(), Failure> {
    let due = due::decide_contacts(asker.workspace, state.clock.now());
    write(state, asker, "contacts.say", action, object, detail, statements.into_iter().chain([due])).await?;
    let sources: Vec<SourceContactId> = about.iter().flat_map(|contact| contact.sources.iter().copied()).collect();
    let seen = async {
        loop {
            let kept = source_contact::find_many(&state.db, asker.workspace, &sources).await?;
            if kept.iter().all(|kept| kept.pending.is_none()) {
                return Ok(());
            }
            moment(&state.db, LOOK).await;
        }
    };
    // What was said counts, seen or not.
    tokio::time::timeout(SEEN_WITHIN, seen).await.unwrap_or(Ok(()))
}

async fn now_of(state: &State, source: SourceContactId) -> Result<ContactId, Failure> {
    let found = contact::of_sources(&state.db, &[source]).await?;
    found.into_iter().next().ok_or_else(Failure::not_found)
}
