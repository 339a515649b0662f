//! Timelines, as their asker may see them: one order of everything with a customer or a person.

use std::collections::HashMap;

use base::Timestamp;
use model::id::WorkspaceId;
use store::timeline::{self, EntryKind, Owner};
use store::{Db, StoreError};

use super::thread;
use crate::access::Sight;
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

/// Entries behind `before`, the latest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn page(
    db: &Db,
    workspace: WorkspaceId,
    sight: &Sight,
    owner: Owner,
    before: Option<Key>,
    limit: u32,
) -> Result<Page, StoreError> {
    let mut entries = timeline::page(db, owner, sight.bounds().as_deref(), before, limit + 1).await?;
    let more = entries.len() > limit as usize;
    entries.truncate(limit as usize);
    let next = entries.last().filter(|_| more).map(|last| (last.at, last.id));
    let ids: Vec<_> = entries.iter().filter(|entry| entry.kind == EntryKind::Thread).map(|entry| entry.thread()).collect();
    let threads = thread::find_many(db, workspace, sight, &ids).await?;
    let mut threads: HashMap<_, _> = threads.into_iter().map(|view| (view.id, view)).collect();
    let data = entries.into_iter().filter_map(|entry| {
        let thread = threads.remove(&entry.thread())?;
        Some(view::TimelineEntry { kind: entry.kind.name(), at: entry.at, thread: Some(thread) })
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
