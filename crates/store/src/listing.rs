//! Listings: pages of the messages of several mailboxes, newest first, by number, with a count: what compatible readers ask
//! for. Pages far behind cost as much as all before them; whoever can, pages by key.

use model::id::{MailboxId, MessageId};

use crate::db::Db;
use crate::dialect::numbers;
use crate::error::StoreError;
use crate::value::Value;

/// Which messages are listed.
#[derive(Clone, Debug)]
pub struct Listed {
    /// In these mailboxes.
    pub mailboxes: Vec<MailboxId>,
    /// Of these, private ones too.
    pub own: Vec<MailboxId>,
    /// Read ones, unread ones, or both.
    pub read: Option<bool>,
}

impl Listed {
    fn args(&self) -> Vec<Value> {
        let list = |mailboxes: &[MailboxId]| numbers(mailboxes.iter().map(|id| id.number())).into();
        vec![list(&self.mailboxes), list(&self.own), self.read.map_or(-1_i64, i64::from).into()]
    }
}

/// How many there are.
///
/// # Errors
/// As [`Db::query`].
pub async fn count(db: &Db, listed: &Listed) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM message WHERE mailbox_id IN {numbers $1} AND deleted_at IS NULL
        AND (private = 0 OR mailbox_id IN {numbers $2}) AND (CAST($3 AS BIGINT) < 0 OR is_read = CAST($3 AS BIGINT))";
    db.query_first(SQL, listed.args()).await?.map_or(Ok(0), |mut row| row.read())
}

/// `limit` of them, behind the `offset` newest.
///
/// # Errors
/// As [`Db::query`].
pub async fn page(db: &Db, listed: &Listed, offset: i64, limit: u32) -> Result<Vec<MessageId>, StoreError> {
    const SQL: &str = "SELECT id FROM message WHERE mailbox_id IN {numbers $1} AND deleted_at IS NULL
        AND (private = 0 OR mailbox_id IN {numbers $2}) AND (CAST($3 AS BIGINT) < 0 OR is_read = CAST($3 AS BIGINT))
        ORDER BY id DESC LIMIT $5 OFFSET $4";
    let mut args = listed.args();
    args.extend([offset.into(), limit.into()]);
    db.query(SQL, args).await?.into_iter().map(|mut row| row.read()).collect()
}
