//! What of threads somebody sees who does not see every mailbox.

use base::Timestamp;
use model::id::{MailboxId, ThreadId};

use crate::db::Db;
use crate::dialect::numbers;
use crate::error::StoreError;

/// The mailboxes that somebody sees.
#[derive(Clone, Copy, Debug)]
pub struct SeenIn<'a> {
    /// Those of which they see anything.
    pub mailboxes: &'a [MailboxId],
    /// Those of which they see the subjects.
    pub subjects: &'a [MailboxId],
    /// Those in which they see private messages.
    pub own: &'a [MailboxId],
}

/// What they see of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The thread.
    pub thread: ThreadId,
    /// When the first message that they see was received.
    pub first_at: Timestamp,
    /// When the latest was.
    pub last_at: Timestamp,
    /// How many mails they see; copies of one count once.
    pub message_count: i64,
    /// Whether they see the subject of one.
    pub subject: bool,
}

/// What somebody sees of these threads; those of which they see nothing are missing.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_threads(db: &Db, threads: &[ThreadId], seen_in: SeenIn<'_>) -> Result<Vec<Seen>, StoreError> {
    const SQL: &str = "SELECT thread_id, MIN(received_at), MAX(received_at), COUNT(DISTINCT COALESCE(copy_key, id)),
            MAX(CASE WHEN mailbox_id IN {numbers $3} THEN 1 ELSE 0 END)
        FROM message WHERE thread_id IN {numbers $1} AND deleted_at IS NULL AND mailbox_id IN {numbers $2}
            AND (private = 0 OR mailbox_id IN {numbers $4})
        GROUP BY thread_id";
    let ids = |mailboxes: &[MailboxId]| numbers(mailboxes.iter().map(|id| id.number()));
    let threads = numbers(threads.iter().map(|id| id.number()));
    let args = [threads.into(), ids(seen_in.mailboxes).into(), ids(seen_in.subjects).into(), ids(seen_in.own).into()];
    let rows = db.query(SQL, args).await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Seen { thread: row.read()?, first_at: row.read()?, last_at: row.read()?, message_count: row.read()?, subject: row.read()? })
        })
        .collect()
}
