//! What a batch of contacts is decided on: what is pending and everything that hangs together with it, or everything.

use std::collections::{HashMap, HashSet};

use model::contact::{Hands, SourceContact};
use model::id::{ContactId, ContactSyncId, SourceContactId, WorkspaceId};
use store::source_contact::{Kept, Pending};
use store::{Db, StoreError, contact, contact_saying, contact_sync, source_contact};

/// From so many on, everything is read: it is cheaper than looking for what hangs together.
const WHOLE_FROM: usize = 2_000;

/// What a batch is decided on.
#[derive(Debug, Default)]
pub(super) struct Reading {
    /// Source contacts, by id.
    pub(super) kept: Vec<Kept>,
    /// What people said.
    pub(super) hands: Hands,
    /// The contacts that they are in, as these are kept.
    pub(super) contents: HashMap<ContactId, String>,
    /// Synchronisations that are the first of their book.
    pub(super) backfills: HashSet<ContactSyncId>,
}

impl Reading {
    /// What is to be decided now; `None` if nothing is.
    pub(super) async fn read(db: &Db, workspace: WorkspaceId) -> Result<Option<Self>, StoreError> {
        let pending = source_contact::pending(db, workspace, WHOLE_FROM).await?;
        if pending.is_empty() {
            return Ok(None);
        }
        let mut reading = match hanging_together(db, workspace, pending).await? {
            Some(some) => {
                let kept = source_contact::find_many(db, workspace, &some).await?;
                let contacts: HashSet<ContactId> = kept.iter().filter_map(|kept| kept.contact).collect();
                let contacts: Vec<ContactId> = contacts.into_iter().collect();
                Reading {
                    kept,
                    hands: contact_saying::hands(db, workspace, Some(&some)).await?,
                    contents: contact::contents(db, &contacts).await?.into_iter().collect(),
                    ..Reading::default()
                }
            }
            None => {
                let contents = contact::all_contents(db, workspace).await?.into_iter().collect();
                Reading { contents, ..Reading::whole(db, workspace).await? }
            }
        };
        reading.put_in_order();
        let syncs: HashSet<ContactSyncId> = reading.kept.iter().filter_map(|kept| kept.sync).collect();
        for sync in syncs {
            let is_backfill = contact_sync::find(db, workspace, sync).await?.is_some_and(|sync| sync.backfill);
            reading.backfills.extend(is_backfill.then_some(sync));
        }
        Ok(Some(reading))
    }

    /// All source contacts and all that people said.
    pub(super) async fn whole(db: &Db, workspace: WorkspaceId) -> Result<Self, StoreError> {
        let kept = source_contact::all(db, workspace).await?;
        let hands = contact_saying::hands(db, workspace, None).await?;
        let mut reading = Reading { kept, hands, ..Reading::default() };
        reading.put_in_order();
        Ok(reading)
    }

    fn put_in_order(&mut self) {
        self.kept.sort_by_key(|kept| kept.source.id);
        for kept in &self.kept {
            if let Some(name) = &kept.named {
                self.hands.name(kept.source.id, name);
            }
        }
    }

    /// The source contacts that are not gone.
    pub(super) fn there(&self) -> impl Iterator<Item = &SourceContact> {
        self.kept.iter().filter(|kept| kept.pending != Some(Pending::Gone)).map(|kept| &kept.source)
    }
}

/// These and all that something in common leads to; `None` if they are so many that everything had better be read.
async fn hanging_together(
    db: &Db,
    workspace: WorkspaceId,
    mut found: Vec<SourceContactId>,
) -> Result<Option<Vec<SourceContactId>>, StoreError> {
    loop {
        if found.len() >= WHOLE_FROM {
            return Ok(None);
        }
        let more = source_contact::neighbours(db, workspace, &found).await?;
        if more.len() == found.len() {
            return Ok(Some(found));
        }
        found = more;
    }
}
