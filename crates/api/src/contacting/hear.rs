//! Hearing: whoever writes to a business number on WhatsApp becomes a source contact of that number's book.
//!
//! WhatsApp has no list to be read: people are learnt of one by one. Somebody is known by the id that WhatsApp gives per business, where it
//! gives one, else by the number; who was known by the number and now has an id stays the same. A number that is hidden later stays known.

use std::collections::HashMap;

use base::Timestamp;
use model::contact::{Card, Name, Origin, SourceContact};
use model::id::{SourceContactId, WorkspaceId};
use model::phone;
use store::contact_book::{self, ContactBook};
use store::contact_sync::{self, ContactSync};
use store::source_contact::{self, Kept, Pending, Standing};
use store::{Statement, StoreError, Transaction, due};

use crate::state::State;

/// How often somebody else's change at the same time is answered by reading again.
const TRIES: u32 = 3;
/// Who asks for what is heard.
const ASKED_BY: &str = "whatsapp";

/// Somebody who has written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sender {
    /// WhatsApp's id of the person for this business.
    pub user_id: Option<String>,
    /// The number with its country, digits only; missing where the person hides it.
    pub wa_id: Option<String>,
    /// The name that the person has chosen.
    pub name: Option<String>,
    /// When the person wrote.
    pub wrote_at: Timestamp,
}

impl Sender {
    /// What the person is known by: the id first.
    fn names(&self) -> impl Iterator<Item = String> {
        let user = self.user_id.as_ref().map(|id| format!("user:{id}"));
        user.into_iter().chain(self.wa_id.as_ref().map(|number| format!("wa:{number}")))
    }
}

/// Keeps who has written to the business number that `book` is called by. Who is known, and says nothing new, costs no write.
///
/// # Errors
/// When the database does not answer.
pub async fn hear(state: &State, workspace: WorkspaceId, book: &str, senders: &[Sender]) -> Result<(), StoreError> {
    let mut tries = 1;
    loop {
        let now = state.clock.now();
        let known = contact_book::named(&state.db, workspace, Origin::WhatsApp, book).await?;
        let (book, mut first) = match known {
            Some(book) => (book, Vec::new()),
            None => {
                let fresh = ContactBook::fresh(workspace, Origin::WhatsApp, book, None, now);
                let insert = contact_book::insert(&fresh);
                (fresh, vec![insert])
            }
        };
        let sync = ContactSync { pulled_at: Some(now), ..ContactSync::begun(&book, ASKED_BY, now) };
        // Nobody is counted as a first reading: whoever writes is news.
        let sync = ContactSync { backfill: false, total: i64::try_from(senders.len()).unwrap_or(i64::MAX), ..sync };
        let standing = Standing { workspace, book: book.id, folder: None, round: 0, sync: sync.id };
        let changes = changes(state, standing, senders, now).await?;
        if changes.is_empty() {
            return Ok(());
        }
        first.push(contact_sync::insert(&sync));
        first.extend(changes);
        first.push(contact_book::read_whole(book.id, now));
        first.push(due::decide_contacts(workspace, now));
        match state.db.commit(Transaction::new("contacts.hear").with_all(first)).await {
            Err(StoreError::Conflict(_)) if tries < TRIES => tries += 1,
            outcome => return outcome.map(|_| ()),
        }
    }
}

async fn changes(state: &State, standing: Standing, senders: &[Sender], now: Timestamp) -> Result<Vec<Statement>, StoreError> {
    let names: Vec<String> = senders.iter().flat_map(Sender::names).collect();
    let found = source_contact::by_foreign_ids(&state.db, standing.book, &names).await?;
    let mut known: HashMap<String, Kept> = found.into_iter().map(|kept| (kept.foreign_id.clone(), kept)).collect();
    let mut statements = Vec::new();
    for sender in senders {
        let mut rows: Vec<Kept> = sender.names().filter_map(|name| known.remove(&name)).collect();
        let Some(name) = sender.names().next() else { continue };
        if rows.len() > 1 {
            // Two who turn out to be one: the one with the id stays.
            let by_number = rows.pop().filter(|row| row.pending != Some(Pending::Gone));
            statements.extend(by_number.map(|row| source_contact::gone(&[row.source.id])));
        }
        let before = rows.pop();
        let kept = one(sender, &name, before, standing, now, &mut statements);
        known.insert(name, kept);
    }
    Ok(statements)
}

/// What one sender changes, and how the row is then.
fn one(sender: &Sender, name: &str, before: Option<Kept>, standing: Standing, now: Timestamp, statements: &mut Vec<Statement>) -> Kept {
    let card = card(sender, before.as_ref().map(|before| &before.source.card));
    let Some(before) = before else {
        let id = SourceContactId::new(now);
        let source = SourceContact { id, origin: Origin::WhatsApp, book: standing.book, card, updated_at: sender.wrote_at };
        statements.extend(source_contact::insert(&source, name, standing));
        let (foreign_id, pending) = (name.to_owned(), Some(Pending::New));
        return Kept { source, folder: None, foreign_id, version: 0, named: None, contact: None, pending, sync: Some(standing.sync) };
    };
    if before.foreign_id != name {
        statements.push(source_contact::rename(before.source.id, name));
    }
    let says_more = card.phones != before.source.card.phones;
    let is_newer = sender.wrote_at > before.source.updated_at && card != before.source.card;
    let is_back = before.pending == Some(Pending::Gone);
    if !(says_more || is_newer || is_back) {
        return Kept { foreign_id: name.to_owned(), ..before };
    }
    let updated_at = sender.wrote_at.max(before.source.updated_at);
    let source = SourceContact { card, updated_at, ..before.source };
    statements.extend(source_contact::update(&source, standing));
    Kept { source, foreign_id: name.to_owned(), pending: Some(Pending::Changed), ..before }
}

/// What a sender says, with what is not said any more as it was.
fn card(sender: &Sender, before: Option<&Card>) -> Card {
    let before = before.cloned().unwrap_or_default();
    let phones = match &sender.wa_id {
        Some(number) => vec![phone::one(&format!("+{number}"), None)],
        None => before.phones.clone(),
    };
    let name = sender.name.clone().filter(|name| !name.trim().is_empty()).or(before.name.display.clone());
    Card { name: Name { display: name, ..before.name.clone() }, phones, ..before }
}
