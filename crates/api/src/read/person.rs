//! People, as their asker may see them.

use std::collections::HashMap;

use base::Timestamp;
use model::id::{CustomerId, PersonId, WorkspaceId};
use model::person::PersonKind;
use store::customer::Wanted;
use store::timeline::Owner;
use store::{Db, StoreError, person};

use super::timeline;
use crate::access::Sight;
use crate::view;

/// The key by which people are paged: when the latest conversation was, and the id.
pub type Key = (Timestamp, PersonId);

/// People behind `before`, the latest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(
    db: &Db,
    workspace: WorkspaceId,
    sight: &Sight,
    prefix: Option<&str>,
    kinds: &[PersonKind],
    before: Option<Key>,
    limit: u32,
) -> Result<Vec<view::Person>, StoreError> {
    let bounds = sight.bounds();
    let wanted = Wanted { prefix, seen_in: bounds.as_deref() };
    views(db, person::list_latest(db, workspace, wanted, kinds, before, limit).await?).await
}

/// A page of people, and behind which one the next begins.
#[derive(Debug, Default)]
pub struct Found {
    /// The people, the latest first.
    pub data: Vec<view::Person>,
    /// The last one that was looked at, if there is more behind it.
    pub next: Option<Key>,
}

/// The people of a customer behind `before`, the latest first; whoever calls has made sure that the customer may be seen.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_customer(db: &Db, sight: &Sight, customer: CustomerId, before: Option<Key>, limit: u32) -> Result<Found, StoreError> {
    let mut people = person::of_customer(db, customer, before, limit + 1).await?;
    let more = people.len() > limit as usize;
    people.truncate(limit as usize);
    let next = people.last().filter(|_| more).map(|last| (last.last_at, last.id));
    if !sight.is_whole() {
        let mut known = Vec::with_capacity(people.len());
        for person in people {
            if timeline::is_known_to(db, sight, Owner::Person(person.id)).await? {
                known.push(person);
            }
        }
        people = known;
    }
    Ok(Found { data: views(db, people).await?, next })
}

/// One person, also one who turned out to be another.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, workspace: WorkspaceId, sight: &Sight, id: PersonId) -> Result<Option<view::Person>, StoreError> {
    let Some(found) = person::find(db, workspace, id).await? else { return Ok(None) };
    let shown_by = Owner::Person(found.merged_into.unwrap_or(id));
    if !timeline::is_known_to(db, sight, shown_by).await? {
        return Ok(None);
    }
    Ok(views(db, vec![found]).await?.pop())
}

async fn views(db: &Db, people: Vec<model::person::Person>) -> Result<Vec<view::Person>, StoreError> {
    let ids: Vec<PersonId> = people.iter().map(|person| person.id).collect();
    let mut addresses: HashMap<PersonId, Vec<view::Address>> = HashMap::new();
    for address in person::addresses_of(db, &ids).await? {
        let view = view::Address { address: address.address, written: address.written, is_by_hand: address.by_hand };
        addresses.entry(address.person).or_default().push(view);
    }
    Ok(people
        .into_iter()
        .map(|person| {
            let own = addresses.remove(&person.id).unwrap_or_default();
            view::Person::of(person, own)
        })
        .collect())
}
