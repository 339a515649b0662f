//! Threads: our grouping of messages, the nodes that they consist of, and the keys (hashes of Message-IDs, conversations,
//! subjects) that lead to a node. Only the decider of threads writes here.

use base::Timestamp;
use model::id::{MessageId, ThreadId, ThreadNodeId, WorkspaceId};
use model::thread::{Found, Key, Reason};

use crate::db::Db;
use crate::dialect::numbers;
use crate::error::StoreError;
use crate::message::Mirrored;
use crate::row::Row;
use crate::statement::Statement;

/// A thread without its messages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Thread {
    /// Its id: the number of one of its nodes.
    pub id: ThreadId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// What it is about: the base subject of its first message.
    pub subject: String,
    /// When its first message was received.
    pub first_at: Timestamp,
    /// When its latest message was received.
    pub last_at: Timestamp,
    /// How many mails it has; copies of one in several mailboxes count once.
    pub message_count: i64,
    /// Grows with every change.
    pub version: i64,
}

/// A thread that was not there before.
pub fn insert(thread: &Thread) -> Statement {
    const SQL: &str = "INSERT INTO thread (id, workspace_id, subject, first_at, last_at, message_count, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    Statement::new(
        SQL,
        [
            thread.id.into(),
            thread.workspace.into(),
            (&thread.subject).into(),
            thread.first_at.into(),
            thread.last_at.into(),
            thread.message_count.into(),
            thread.version.into(),
        ],
    )
}

/// A node that was not there before.
pub fn insert_node(workspace: WorkspaceId, node: ThreadNodeId, thread: ThreadId) -> Statement {
    const SQL: &str = "INSERT INTO thread_node (id, workspace_id, thread_id) VALUES ($1, $2, $3)";
    Statement::new(SQL, [node.into(), workspace.into(), thread.into()])
}

/// Where a message belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The thread.
    pub thread: ThreadId,
    /// The node of the thread.
    pub node: ThreadNodeId,
    /// Why it is there.
    pub reason: Reason,
    /// What its copies in other mailboxes have in common with it.
    pub copy_key: i64,
}

/// Puts a message into its place; [`recount`] the thread afterwards, unless it is new.
pub fn put(message: MessageId, place: Place) -> Statement {
    const SQL: &str = "UPDATE message SET thread_id = $2, node_id = $3, thread_reason = $4, copy_key = $5 WHERE id = $1";
    Statement::new(SQL, [message.into(), place.thread.into(), place.node.into(), place.reason.name().into(), place.copy_key.into()])
}

/// Says what a message's copies have in common with it, after it has changed.
pub fn set_copy_key(message: MessageId, copy_key: i64) -> Statement {
    Statement::new("UPDATE message SET copy_key = $2 WHERE id = $1", [message.into(), copy_key.into()])
}

/// Takes messages that are gone out of their threads; [`recount`] the threads afterwards.
pub fn lose(messages: &[MessageId]) -> Statement {
    const SQL: &str = "UPDATE message SET thread_id = NULL, node_id = NULL, thread_reason = NULL, copy_key = NULL WHERE id IN {numbers $1}";
    Statement::new(SQL, [numbers(messages.iter().map(|id| id.number())).into()])
}

/// What a thread is about, if its first message was received before what it knows of; before [`recount`].
pub fn set_subject(thread: ThreadId, subject: &str, first_at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE thread SET subject = $2, first_at = $3 WHERE id = $1 AND first_at > $3";
    Statement::new(SQL, [thread.into(), subject.into(), first_at.into()])
}

/// What a thread is about, whatever it was about before.
pub fn rename(thread: ThreadId, subject: &str) -> Statement {
    Statement::new("UPDATE thread SET subject = $2 WHERE id = $1", [thread.into(), subject.into()])
}

/// Counts and dates these threads again by the messages that are in them, and gives each a new version.
pub fn recount(threads: &[ThreadId]) -> Statement {
    const SQL: &str = "UPDATE thread SET message_count = now.mails, first_at = now.first_at, last_at = now.last_at, version = version + 1
        FROM (SELECT thread_id, COUNT(DISTINCT copy_key) AS mails, MIN(received_at) AS first_at, MAX(received_at) AS last_at
            FROM message WHERE thread_id IN {numbers $1} GROUP BY thread_id) AS now
        WHERE thread.id = now.thread_id";
    Statement::new(SQL, [numbers(threads.iter().map(|id| id.number())).into()])
}

/// Turns two threads into one: everything of `from` belongs to `into`; [`recount`] it afterwards.
pub fn merge(from: ThreadId, into: ThreadId) -> [Statement; 4] {
    const SUBJECT: &str = "UPDATE thread SET subject = CASE WHEN thread.first_at > earlier.at THEN earlier.subject ELSE thread.subject END,
            first_at = CASE WHEN thread.first_at > earlier.at THEN earlier.at ELSE thread.first_at END
        FROM (SELECT first_at AS at, subject FROM thread WHERE id = $1) AS earlier WHERE thread.id = $2";
    [
        Statement::new(SUBJECT, [from.into(), into.into()]),
        Statement::new("UPDATE message SET thread_id = $2 WHERE thread_id = $1", [from.into(), into.into()]),
        Statement::new("UPDATE thread_node SET thread_id = $2 WHERE thread_id = $1", [from.into(), into.into()]),
        Statement::new("DELETE FROM thread WHERE id = $1", [from.into()]),
    ]
}

/// Forgets a thread that has no message left, with its nodes and what led to them. What was kept apart from it is
/// forgotten too.
pub fn forget(thread: ThreadId) -> [Statement; 5] {
    const KEYS: &str = "DELETE FROM thread_key WHERE node_id IN (SELECT id FROM thread_node WHERE thread_id = $1)";
    const JOINS: &str = "DELETE FROM thread_join WHERE one_node IN (SELECT id FROM thread_node WHERE thread_id = $1)
            OR other_node IN (SELECT id FROM thread_node WHERE thread_id = $1)";
    const APART: &str = "DELETE FROM thread_apart WHERE one_node IN (SELECT id FROM thread_node WHERE thread_id = $1)
            OR other_node IN (SELECT id FROM thread_node WHERE thread_id = $1)";
    [
        Statement::new(KEYS, [thread.into()]),
        Statement::new(JOINS, [thread.into()]),
        Statement::new(APART, [thread.into()]),
        Statement::new("DELETE FROM thread_node WHERE thread_id = $1", [thread.into()]),
        Statement::new("DELETE FROM thread WHERE id = $1", [thread.into()]),
    ]
}

/// Moves nodes, with the messages in them, from one thread to another; [`recount`] both afterwards.
pub fn move_nodes(nodes: &[ThreadNodeId], from: ThreadId, into: ThreadId) -> [Statement; 2] {
    let nodes = numbers(nodes.iter().map(|id| id.number()));
    [
        Statement::new("UPDATE thread_node SET thread_id = $2 WHERE id IN {numbers $1}", [nodes.clone().into(), into.into()]),
        Statement::new(
            "UPDATE message SET thread_id = $2 WHERE thread_id = $3 AND node_id IN {numbers $1}",
            [nodes.into(), into.into(), from.into()],
        ),
    ]
}

/// Lets a key lead to a node, wherever it led before.
pub fn put_key(workspace: WorkspaceId, key: Key, node: ThreadNodeId) -> Statement {
    const SQL: &str = "INSERT INTO thread_key (workspace_id, key, node_id) VALUES ($1, $2, $3)
        ON CONFLICT (workspace_id, key) DO UPDATE SET node_id = excluded.node_id";
    Statement::new(SQL, [workspace.into(), key.0.into(), node.into()])
}

/// The nodes that these keys lead to, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_keys(db: &Db, workspace: WorkspaceId, keys: &[Key]) -> Result<Vec<Found>, StoreError> {
    const SQL: &str = "SELECT thread_key.key, thread_node.id, thread.id, thread.first_at, thread.last_at
        FROM thread_key JOIN thread_node ON thread_node.id = thread_key.node_id JOIN thread ON thread.id = thread_node.thread_id
        WHERE thread_key.workspace_id = $1 AND thread_key.key IN {numbers $2}";
    let rows = db.query(SQL, [workspace.into(), numbers(keys.iter().map(|key| key.0)).into()]).await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Found { key: Key(row.read()?), node: row.read()?, thread: row.read()?, first_at: row.read()?, last_at: row.read()? })
        })
        .collect()
}

/// How many messages, copies counted each, these threads have; those without any are left out.
///
/// # Errors
/// As [`Db::query`].
pub async fn sizes(db: &Db, threads: &[ThreadId]) -> Result<Vec<(ThreadId, i64)>, StoreError> {
    const SQL: &str = "SELECT thread_id, COUNT(*) FROM message WHERE thread_id IN {numbers $1} GROUP BY thread_id";
    let rows = db.query(SQL, [numbers(threads.iter().map(|id| id.number())).into()]).await?;
    rows.into_iter().map(|mut row| Ok((row.read()?, row.read()?))).collect()
}

/// The nodes of a thread.
///
/// # Errors
/// As [`Db::query`].
pub async fn nodes(db: &Db, thread: ThreadId) -> Result<Vec<ThreadNodeId>, StoreError> {
    let rows = db.query("SELECT id FROM thread_node WHERE thread_id = $1 ORDER BY id", [thread.into()]).await?;
    rows.into_iter().map(|mut row| row.read()).collect()
}

/// A message of a thread, as far as parting the thread asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// The message.
    pub message: MessageId,
    /// Its node.
    pub node: ThreadNodeId,
    /// What its copies have in common with it.
    pub copy_key: i64,
    /// When it was received.
    pub received_at: Timestamp,
    /// Its subject.
    pub subject: String,
    /// Its `Message-ID`.
    pub internet_message_id: Option<String>,
}

/// The messages of a thread that are in their mailboxes, oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn members(db: &Db, thread: ThreadId) -> Result<Vec<Member>, StoreError> {
    const SQL: &str = "SELECT id, node_id, copy_key, received_at, subject, internet_message_id FROM message
        WHERE thread_id = $1 AND deleted_at IS NULL AND node_id IS NOT NULL ORDER BY received_at, id";
    let rows = db.query(SQL, [thread.into()]).await?;
    rows.into_iter()
        .map(|mut row| {
            Ok(Member {
                message: row.read()?,
                node: row.read()?,
                copy_key: row.read()?,
                received_at: row.read()?,
                subject: row.read()?,
                internet_message_id: row.read()?,
            })
        })
        .collect()
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, workspace_id, subject, first_at, last_at, message_count, version FROM thread ", $rest)
    };
}

/// One thread.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, thread: ThreadId) -> Result<Option<Thread>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [thread.into()]).await?.map(thread_of).transpose()
}

/// The thread that this one has become part of, for addresses that are older than a join; `None` if it is no node of
/// any thread of the workspace.
///
/// # Errors
/// As [`Db::query`].
pub async fn became(db: &Db, workspace: WorkspaceId, thread: ThreadId) -> Result<Option<ThreadId>, StoreError> {
    const SQL: &str = "SELECT thread_id FROM thread_node WHERE id = $1 AND workspace_id = $2";
    db.query_first(SQL, [thread.into(), workspace.into()]).await?.map(|mut row| row.read()).transpose()
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
        version: row.read()?,
    })
}

/// Puts the copies of each mail together, in the order of the first of them: one message with several holders.
pub fn fold(messages: Vec<Mirrored>) -> Vec<Vec<Mirrored>> {
    let mut mails: Vec<Vec<Mirrored>> = Vec::with_capacity(messages.len());
    let mut places: std::collections::HashMap<i64, usize> = std::collections::HashMap::with_capacity(messages.len());
    for message in messages {
        let Some(key) = message.copy_key else {
            mails.push(vec![message]);
            continue;
        };
        match places.get(&key) {
            Some(place) => mails[*place].push(message),
            None => {
                places.insert(key, mails.len());
                mails.push(vec![message]);
            }
        }
    }
    mails
}
