//! Outgoing mail, as its asker may see it: as much as of the mailbox that it leaves by.

use model::id::{OutgoingId, WorkspaceId};
use store::outgoing::{self, Listed};
use store::{Db, StoreError};

use crate::access::Sight;
use crate::view;

/// Rows that are looked at for one page.
const LOOKED_AT_MAX: usize = 2_000;

/// One outgoing mail.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, workspace: WorkspaceId, sight: &Sight, id: OutgoingId) -> Result<Option<view::Outgoing>, StoreError> {
    let found = outgoing::find(db, id).await?.filter(|found| found.workspace == workspace);
    let Some(found) = found else { return Ok(None) };
    let bounces = store::bounce::of(db, [id].into_iter()).await?.remove(&id).unwrap_or_default();
    Ok(view::Outgoing::of(found, bounces, sight))
}

/// Outgoing mail, the newest first, and behind which one to go on if there may be more.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(
    db: &Db,
    workspace: WorkspaceId,
    sight: &Sight,
    listed: Listed,
    limit: u32,
) -> Result<(Vec<view::Outgoing>, Option<OutgoingId>), StoreError> {
    let (mut position, mut data, mut looked_at, page) = (listed, Vec::new(), 0, limit as usize);
    loop {
        let rows = outgoing::list(db, workspace, position, limit + 1).await?;
        let more = rows.len() > page;
        let returned = rows.iter().filter(|row| row.bounced_at.is_some()).map(|row| row.id);
        let mut bounces = store::bounce::of(db, returned).await?;
        for row in rows.into_iter().take(page) {
            position.before = Some(row.id);
            let bounces = bounces.remove(&row.id).unwrap_or_default();
            data.extend(view::Outgoing::of(row, bounces, sight));
            looked_at += 1;
            if data.len() == page {
                return Ok((data, position.before.filter(|_| more)));
            }
        }
        if !more || looked_at >= LOOKED_AT_MAX {
            return Ok((data, position.before.filter(|_| more)));
        }
    }
}
