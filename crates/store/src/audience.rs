//! Audience: in which mailboxes something is seen, which decides who may be told of it. Private messages do not count.

use model::id::{MailboxId, ThreadId};

use crate::db::Db;
use crate::error::StoreError;
use crate::timeline::Owner;
use crate::value::Value;

/// The mailboxes in which there is something of a thread.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_thread(db: &Db, thread: ThreadId) -> Result<Vec<MailboxId>, StoreError> {
    const SQL: &str = "SELECT DISTINCT mailbox_id FROM message WHERE thread_id = $1 AND private = 0";
    mailboxes(db, SQL, [thread.into()]).await
}

/// The mailboxes in which there is something of a timeline; one numbered 0 for what is in none and for everybody.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_timeline(db: &Db, owner: Owner) -> Result<Vec<MailboxId>, StoreError> {
    const SQL: &str = "SELECT DISTINCT mailbox_id FROM timeline WHERE owner_kind = $1 AND owner_id = $2";
    let (kind, number) = owner.parts();
    mailboxes(db, SQL, [kind.into(), number.into()]).await
}

async fn mailboxes(db: &Db, sql: &'static str, args: impl Into<Vec<Value>>) -> Result<Vec<MailboxId>, StoreError> {
    db.query(sql, args).await?.into_iter().map(|mut row| row.read()).collect()
}
