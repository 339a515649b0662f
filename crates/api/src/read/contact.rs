//! Contacts, books and synchronisations of a workspace. Whoever may read reads all of them: who connects an address book puts it
//! before the workspace.

use std::collections::HashMap;

use model::id::{ContactBookId, ContactId, ContactSyncId, SourceContactId, WorkspaceId};
use model::phone::{self, Region};
use store::contact::Wanted;
use store::contact_sync::{ContactSync, Outcome};
use store::{Db, StoreError, connection, contact, contact_book, contact_saying, contact_sync, source_contact, workspace};

use crate::view;

/// Proposals that are shown at most.
const PROPOSALS_MAX: u32 = 200;

/// The region of a workspace's numbers.
///
/// # Errors
/// As [`Db::query`].
pub async fn region(db: &Db, workspace: WorkspaceId) -> Result<Option<Region>, StoreError> {
    Ok(workspace::region(db, workspace).await?.as_deref().and_then(Region::named))
}

/// What is looked for where somebody writes this: a number as it is kept, or the text itself.
///
/// # Errors
/// As [`Db::query`].
pub async fn searched(db: &Db, workspace: WorkspaceId, written: Option<&str>) -> Result<Option<String>, StoreError> {
    let Some(written) = written.map(str::trim).filter(|written| !written.is_empty()) else { return Ok(None) };
    let is_number = written.chars().any(|letter| letter.is_ascii_digit()) && !written.chars().any(char::is_alphabetic);
    if is_number && let Some(number) = phone::one(written, region(db, workspace).await?).number() {
        return Ok(Some(number.e164.clone()));
    }
    let digits: String = written.chars().filter(char::is_ascii_digit).collect();
    Ok(Some(if is_number && !written.contains('@') { digits.trim_start_matches('0').to_owned() } else { written.to_owned() }))
}

/// Contacts behind `after`, by name.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(
    db: &Db,
    workspace: WorkspaceId,
    wanted: Wanted<'_>,
    after: Option<(&str, ContactId)>,
    limit: u32,
) -> Result<Vec<view::Contact>, StoreError> {
    let found = contact::list(db, workspace, wanted, after, limit).await?;
    Ok(found.into_iter().map(|kept| view::Contact::of(kept.contact, kept.changed_at)).collect())
}

/// A contact with what each source says.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, workspace: WorkspaceId, id: ContactId) -> Result<Option<view::WholeContact>, StoreError> {
    let Some(kept) = contact::find(db, workspace, id).await? else { return Ok(None) };
    let mut cards = source_contact::find_many(db, workspace, &kept.contact.sources).await?;
    cards.sort_by_key(|card| (card.source.origin, card.source.id));
    let sayings = contact_saying::said_of(db, workspace, &kept.contact.sources).await?;
    Ok(Some(view::WholeContact {
        contact: view::Contact::of(kept.contact, kept.changed_at),
        cards: cards.into_iter().map(view::SourceContact::of).collect(),
        sayings: sayings.into_iter().map(view::ContactSaying::of).collect(),
    }))
}

/// Contacts that may be one person's, the likeliest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn proposals(db: &Db, workspace: WorkspaceId) -> Result<Vec<view::ContactProposal>, StoreError> {
    let proposals = contact::proposals(db, workspace, PROPOSALS_MAX).await?;
    let id = |source: SourceContactId| ContactId::from_number(source.number());
    let ids: Vec<ContactId> = proposals.iter().flat_map(|proposal| [id(proposal.contacts.0), id(proposal.contacts.1)]).collect();
    let found = contact::find_many(db, workspace, &ids).await?;
    let found: HashMap<SourceContactId, _> = found.into_iter().map(|kept| (kept.contact.id, kept)).collect();
    let view = |source: SourceContactId| found.get(&source).map(|kept| view::Contact::of(kept.contact.clone(), kept.changed_at));
    // One that was joined meanwhile is proposed no more.
    let both = proposals.iter().filter_map(|proposal| {
        let contacts = vec![view(proposal.contacts.0)?, view(proposal.contacts.1)?];
        Some(view::ContactProposal::of(proposal, contacts))
    });
    Ok(both.collect())
}

/// The address books of a workspace, the oldest first, each with its last synchronisation.
///
/// # Errors
/// As [`Db::query`].
pub async fn books(db: &Db, workspace: WorkspaceId) -> Result<Vec<view::ContactBook>, StoreError> {
    let counts: HashMap<ContactBookId, i64> = source_contact::count_by_book(db, workspace).await?.into_iter().collect();
    let mut books = Vec::new();
    for book in contact_book::list(db, workspace).await? {
        let connection = match book.connection {
            Some(connection) => connection::find(db, connection).await?,
            None => None,
        };
        let last = contact_sync::list(db, workspace, Some(book.id), None, 1).await?.pop();
        books.push(view::ContactBook {
            id: book.id,
            origin: book.origin.name(),
            name: book.name,
            connection: book.connection,
            state: connection.as_ref().map(|connection| connection.state.name()),
            problem: connection.and_then(|connection| connection.problem).as_ref().map(view::Problem::of),
            contact_count: counts.get(&book.id).copied().unwrap_or_default(),
            read_at: book.read_at,
            last_sync: match last {
                Some(last) => Some(sync(db, last).await?),
                None => None,
            },
        });
    }
    Ok(books)
}

/// A synchronisation with what came of it.
///
/// # Errors
/// As [`Db::query`].
pub async fn sync(db: &Db, sync: ContactSync) -> Result<view::ContactSync, StoreError> {
    let counts = contact_sync::counts(db, sync.id).await?;
    Ok(view::ContactSync::of(sync, &counts))
}

/// The source contacts of a synchronisation that came to this outcome, behind `after`, with where each stands.
///
/// # Errors
/// As [`Db::query`].
pub async fn lines(
    db: &Db,
    workspace: WorkspaceId,
    sync: ContactSyncId,
    outcome: Outcome,
    after: Option<SourceContactId>,
    limit: u32,
) -> Result<Vec<(SourceContactId, view::ContactSyncLine)>, StoreError> {
    let lines = contact_sync::lines(db, sync, outcome, after, limit).await?;
    let ids: Vec<SourceContactId> = lines.iter().map(|(id, _)| *id).collect();
    let found = source_contact::find_many(db, workspace, &ids).await?;
    let mut found: HashMap<SourceContactId, _> = found.into_iter().map(|kept| (kept.source.id, kept)).collect();
    let line = |(id, reasons): (SourceContactId, Vec<model::phone::Reason>)| {
        let source = found.remove(&id).map(view::SourceContact::of);
        (id, view::ContactSyncLine { source, reasons: reasons.iter().map(ToString::to_string).collect() })
    };
    Ok(lines.into_iter().map(line).collect())
}
