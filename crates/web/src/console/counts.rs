//! How many messages the folders of a mailbox hold, counted again only when something has happened in that mailbox.
//!
//! Counting reads an index entry for each message, so a page over many mailboxes may not do it each time. Every change of a
//! folder's messages raises the mailbox's number in the ledger, in one transaction with it: as long as that number stands,
//! the count does. While a first sync raises it all the time, a count may be some seconds old.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::Timestamp;
use model::id::{FolderId, MailboxId};
use store::{Db, StoreError, folder, ledger};

/// How old a count may be while the mailbox changes all the time.
const AGE_MAX: Duration = Duration::from_secs(3);

/// Messages by folder.
pub type ByFolder = Arc<HashMap<FolderId, i64>>;

#[derive(Clone, Debug)]
struct Kept {
    head: i64,
    at: Timestamp,
    counts: ByFolder,
}

/// The counts that are known. Clones share them.
#[derive(Clone, Debug, Default)]
pub struct Counts(Arc<Mutex<HashMap<MailboxId, Kept>>>);

impl Counts {
    /// The counts of these mailboxes, in their order.
    ///
    /// # Errors
    /// As the store's reads.
    pub async fn of(&self, db: &Db, mailboxes: &[MailboxId], now: Timestamp) -> Result<Vec<ByFolder>, StoreError> {
        let heads: HashMap<MailboxId, i64> = ledger::mailbox_heads(db, mailboxes).await?.into_iter().collect();
        let mut all = Vec::with_capacity(mailboxes.len());
        for mailbox in mailboxes {
            let head = heads.get(mailbox).copied().unwrap_or(0);
            let counts = match self.known(*mailbox, head, now) {
                Some(counts) => counts,
                None => self.count(db, *mailbox, head, now).await?,
            };
            all.push(counts);
        }
        Ok(all)
    }

    fn known(&self, mailbox: MailboxId, head: i64, now: Timestamp) -> Option<ByFolder> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&mailbox).cloned()?;
        let recent = now > kept.at && now.since(kept.at) < AGE_MAX;
        (kept.head == head || recent).then_some(kept.counts)
    }

    /// `head` was read before, so a change between the two is counted again next time.
    async fn count(&self, db: &Db, mailbox: MailboxId, head: i64, now: Timestamp) -> Result<ByFolder, StoreError> {
        let counted = folder::counted(db, mailbox).await?;
        let counts: ByFolder = Arc::new(counted.into_iter().map(|(folder, here)| (folder.id, here)).collect());
        let kept = Kept { head, at: now, counts: counts.clone() };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(mailbox, kept);
        Ok(counts)
    }
}
