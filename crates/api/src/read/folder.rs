//! Folders, as their asker may see them.

use model::id::{FolderId, MailboxId};
use store::{Db, StoreError, folder};

use crate::access::{Level, Sight};
use crate::view;

/// The folders of a mailbox that are there, by id; `None` if nothing of the mailbox may be seen.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, sight: &Sight, mailbox: MailboxId) -> Result<Option<Vec<view::Folder>>, StoreError> {
    if sight.level(mailbox) == Level::Nothing {
        return Ok(None);
    }
    let all = folder::list(db, mailbox).await?;
    let names: Vec<(String, FolderId)> = all.iter().map(|folder| (folder.graph_id.clone(), folder.id)).collect();
    let present = all.into_iter().filter(|folder| folder.removed_at.is_none());
    let mut views: Vec<view::Folder> = present.map(|folder| view::Folder::of(folder, &names)).collect();
    views.sort_by_key(|view| view.id);
    Ok(Some(views))
}

/// One folder.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, sight: &Sight, id: FolderId) -> Result<Option<view::Folder>, StoreError> {
    let Some(found) = folder::find(db, id).await? else { return Ok(None) };
    let all = list(db, sight, found.mailbox).await?.unwrap_or_default();
    Ok(all.into_iter().find(|view| view.id == id))
}
