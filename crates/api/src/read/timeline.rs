//! Timelines, as their asker may see them: one order of everything with a customer or a person.

use std::collections::HashMap;

use base::Timestamp;
use model::id::WorkspaceId;
use store::timeline::{self, EntryKind, Owner};
use store::{Db, StoreError};

use super::meeting::{self, Meeting};
use super::thread;
use crate::access::{Asker, Sight};
use crate::view;

/// The key by which timelines are paged: when an entry was, and the number of its id.
pub type Key = (Timestamp, i64);

/// A page of a timeline, and behind which entry the next begins.
#[derive(Debug, Default)]
pub struct Page {
    /// The entries, the latest first. Fewer than were asked for where something may not be seen.
    pub data: Vec<view::TimelineEntry>,
    /// The key of the last entry that was looked at, if there is more behind it.
    pub next: Option<Key>,
}

/// What an entry is about.
enum Found {
    Thread(timeline::Entry),
    Meeting(Box<Meeting>),
}

impl Found {
    fn key(&self) -> Key {
        match self {
            Found::Thread(entry) => (entry.at, entry.id),
            Found::Meeting(meeting) => meeting.key(),
        }
    }
}

/// Entries behind `before`, the latest first: threads, and meetings at their start. A timeline of a workspace has threads only.
///
/// # Errors
/// As [`Db::query`].
pub async fn page(db: &Db, asker: &Asker, sight: &Sight, owner: Owner, before: Option<Key>, limit: u32) -> Result<Page, StoreError> {
    let threads = timeline::page(db, owner, sight.bounds().as_deref(), before, limit + 1).await?;
    let meetings = meeting::of_timeline(db, asker, owner, before, limit + 1).await?;
    let found = threads.into_iter().map(Found::Thread);
    let mut found: Vec<Found> = found.chain(meetings.into_iter().map(|meeting| Found::Meeting(Box::new(meeting)))).collect();
    found.sort_by_key(|found| std::cmp::Reverse(found.key()));
    show(db, asker.workspace, sight, found, limit).await
}

/// Threads behind `before`, the latest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn threads(
    db: &Db,
    workspace: WorkspaceId,
    sight: &Sight,
    owner: Owner,
    before: Option<Key>,
    limit: u32,
) -> Result<Page, StoreError> {
    let entries = timeline::page(db, owner, sight.bounds().as_deref(), before, limit + 1).await?;
    show(db, workspace, sight, entries.into_iter().map(Found::Thread).collect(), limit).await
}

/// The first of what was found, as it is seen.
async fn show(db: &Db, workspace: WorkspaceId, sight: &Sight, mut found: Vec<Found>, limit: u32) -> Result<Page, StoreError> {
    let more = found.len() > limit as usize;
    found.truncate(limit as usize);
    let next = found.last().filter(|_| more).map(Found::key);
    let ids = found.iter().filter_map(|found| match found {
        Found::Thread(entry) => Some(entry.thread()),
        Found::Meeting(_) => None,
    });
    let threads = thread::find_many(db, workspace, sight, &ids.collect::<Vec<_>>()).await?;
    let mut threads: HashMap<_, _> = threads.into_iter().map(|view| (view.id, view)).collect();
    let data = found.into_iter().filter_map(|found| match found {
        Found::Thread(entry) => {
            let thread = threads.remove(&entry.thread())?;
            let kind = EntryKind::Thread.name();
            Some(view::TimelineEntry { kind, at: entry.at, thread: Some(thread), meeting: None, because: None })
        }
        Found::Meeting(meeting) => Some(meeting.into_entry()),
    });
    Ok(Page { data: data.collect(), next })
}

/// Whether somebody may know of a customer or a person: they see all mailboxes, or one in which there is mail with it.
///
/// # Errors
/// As [`Db::query`].
pub(crate) async fn is_known_to(db: &Db, sight: &Sight, owner: Owner) -> Result<bool, StoreError> {
    match sight.bounds() {
        None => Ok(true),
        Some(mailboxes) => Ok(!timeline::page(db, owner, Some(&mailboxes), None, 1).await?.is_empty()),
    }
}
