//! Threads: our grouping of messages, and the keys (hashes of Message-IDs, conversations, subjects) that lead to them.

use base::Timestamp;
use model::id::{MessageId, ThreadId, WorkspaceId};
use model::thread::{Found, Key};

use crate::db::Db;
use crate::dialect::numbers;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;

/// A thread without its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its id.
    pub id: ThreadId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// What it is about: the subject of its first message.
    pub subject: String,
    /// When its first message was received.
    pub first_at: Timestamp,
    /// When its latest message was received.
    pub last_at: Timestamp,
    /// How many messages it has, copies in several mailboxes counted each.
    pub message_count: i64,
}

/// A thread that was not there before.
pub fn insert(thread: &Thread) -> Statement {
    const SQL: &str = "INSERT INTO thread (id, workspace_id, subject, first_at, last_at, message_count) VALUES ($1, $2, $3, $4, $5, $6)";
    Statement::new(
        SQL,
        [
            thread.id.into(),
            thread.workspace.into(),
            (&thread.subject).into(),
            thread.first_at.into(),
            thread.last_at.into(),
            thread.message_count.into(),
        ],
    )
}

/// `count` messages have joined, received between `first_at` and `last_at`; `subject` is that of the first of them.
pub fn grow(thread: ThreadId, count: i64, first_at: Timestamp, subject: &str, last_at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE thread SET message_count = message_count + $2, subject = CASE WHEN first_at > $3 THEN $5 ELSE subject END,
            first_at = CASE WHEN first_at > $3 THEN $3 ELSE first_at END, last_at = CASE WHEN last_at < $4 THEN $4 ELSE last_at END
        WHERE id = $1";
    Statement::new(SQL, [thread.into(), count.into(), first_at.into(), last_at.into(), subject.into()])
}

/// Takes a message that is gone out of its thread; [`recount`] the thread afterwards.
pub fn lose(message: MessageId) -> Statement {
    Statement::new("UPDATE message SET thread_id = NULL WHERE id = $1", [message.into()])
}

/// Counts a thread's messages again, after some have left; a thread without messages goes.
pub fn recount(thread: ThreadId) -> [Statement; 3] {
    const COUNT: &str = "UPDATE thread SET message_count = (SELECT COUNT(*) FROM message WHERE thread_id = $1),
            first_at = COALESCE((SELECT MIN(received_at) FROM message WHERE thread_id = $1), first_at),
            last_at = COALESCE((SELECT MAX(received_at) FROM message WHERE thread_id = $1), last_at)
        WHERE id = $1";
    const KEYS: &str = "DELETE FROM thread_key WHERE thread_id IN (SELECT id FROM thread WHERE id = $1 AND message_count = 0)";
    const GONE: &str = "DELETE FROM thread WHERE id = $1 AND message_count = 0";
    [Statement::new(COUNT, [thread.into()]), Statement::new(KEYS, [thread.into()]), Statement::new(GONE, [thread.into()])]
}

/// Turns two threads into one: everything of `from` belongs to `into`.
pub fn merge(from: ThreadId, into: ThreadId) -> [Statement; 4] {
    const SUM: &str = "UPDATE thread SET message_count = message_count + (SELECT message_count FROM thread WHERE id = $1),
            first_at = CASE WHEN first_at > (SELECT first_at FROM thread WHERE id = $1) THEN (SELECT first_at FROM thread WHERE id = $1) ELSE first_at END,
            last_at = CASE WHEN last_at < (SELECT last_at FROM thread WHERE id = $1) THEN (SELECT last_at FROM thread WHERE id = $1) ELSE last_at END,
            subject = CASE WHEN first_at > (SELECT first_at FROM thread WHERE id = $1) THEN (SELECT subject FROM thread WHERE id = $1) ELSE subject END
        WHERE id = $2 AND EXISTS (SELECT 1 FROM thread WHERE id = $1)";
    [
        Statement::new(SUM, [from.into(), into.into()]),
        Statement::new("UPDATE message SET thread_id = $2 WHERE thread_id = $1", [from.into(), into.into()]),
        Statement::new("UPDATE thread_key SET thread_id = $2 WHERE thread_id = $1", [from.into(), into.into()]),
        Statement::new("DELETE FROM thread WHERE id = $1", [from.into()]),
    ]
}

/// Lets a key lead to a thread, wherever it led before.
pub fn put_key(workspace: WorkspaceId, key: Key, thread: ThreadId) -> Statement {
    const SQL: &str = "INSERT INTO thread_key (workspace_id, key, thread_id) VALUES ($1, $2, $3)
        ON CONFLICT (workspace_id, key) DO UPDATE SET thread_id = excluded.thread_id";
    Statement::new(SQL, [workspace.into(), key.0.into(), thread.into()])
}

/// The threads that these keys lead to, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_keys(db: &Db, workspace: WorkspaceId, keys: &[Key]) -> Result<Vec<Found>, StoreError> {
    const SQL: &str = "SELECT thread_key.key, thread.id, thread.first_at, thread.last_at
        FROM thread_key JOIN thread ON thread.id = thread_key.thread_id
        WHERE thread_key.workspace_id = $1 AND thread_key.key IN {numbers $2}";
    let rows = db.query(SQL, [workspace.into(), numbers(keys.iter().map(|key| key.0)).into()]).await?;
    rows.into_iter()
        .map(|mut row| Ok(Found { key: Key(row.read()?), thread: row.read()?, first_at: row.read()?, last_at: row.read()? }))
        .collect()
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, workspace_id, subject, first_at, last_at, message_count FROM thread ", $rest)
    };
}

/// One thread.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, thread: ThreadId) -> Result<Option<Thread>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [thread.into()]).await?.map(thread_of).transpose()
}

/// Those of these threads that are there, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn find_many(db: &Db, threads: &[ThreadId]) -> Result<Vec<Thread>, StoreError> {
    let rows = db.query(select!("WHERE id IN {numbers $1}"), [numbers(threads.iter().map(|id| id.number())).into()]).await?;
    rows.into_iter().map(thread_of).collect()
}

/// Threads of a workspace behind `before` (a thread's `last_at` and id), the latest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId, before: Option<(Timestamp, ThreadId)>, limit: u32) -> Result<Vec<Thread>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 AND (last_at, id) < ($2, $3) ORDER BY last_at DESC, id DESC LIMIT $4");
    let (at, id) = before.map_or((i64::MAX, i64::MAX), |(at, id)| (at.millis(), id.number()));
    let rows = db.query(SQL, [workspace.into(), at.into(), id.into(), limit.into()]).await?;
    rows.into_iter().map(thread_of).collect()
}

fn thread_of(mut row: Row) -> Result<Thread, StoreError> {
    Ok(Thread {
        id: row.read()?,
        workspace: row.read()?,
        subject: row.read()?,
        first_at: row.read()?,
        last_at: row.read()?,
        message_count: row.read()?,
    })
}
