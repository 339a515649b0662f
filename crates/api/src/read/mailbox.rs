//! Mailboxes, as their asker may see them.

use model::id::MailboxId;
use store::{Db, StoreError, mailbox};

use crate::access::{Asker, Sight};
use crate::view;

/// The mailboxes behind `after`, the oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, asker: &Asker, after: Option<MailboxId>, limit: u32) -> Result<Vec<view::Mailbox>, StoreError> {
    let all = mailbox::list(db, asker.workspace).await?;
    let sight = Sight::over(&all, asker);
    let behind = all.into_iter().filter(|mailbox| after.is_none_or(|after| mailbox.id > after));
    Ok(behind.filter_map(|mailbox| view::Mailbox::of(mailbox, asker, &sight)).take(limit as usize).collect())
}

/// One mailbox.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, asker: &Asker, id: MailboxId) -> Result<Option<view::Mailbox>, StoreError> {
    let found = mailbox::find(db, id).await?.filter(|mailbox| mailbox.workspace == asker.workspace);
    Ok(found.and_then(|mailbox| {
        let sight = Sight::over(std::slice::from_ref(&mailbox), asker);
        view::Mailbox::of(mailbox, asker, &sight)
    }))
}
