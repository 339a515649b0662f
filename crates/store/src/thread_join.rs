//! Joins: why nodes are one thread, and which of them a person keeps apart. Joins of a thread that were not undone are a
//! tree over its nodes: cutting one parts the thread in two.

use base::Timestamp;
use model::id::{MessageId, ThreadId, ThreadJoinId, ThreadNodeId, WorkspaceId};
use model::thread::Reason;

use crate::db::Db;
use crate::dialect::numbers;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;

/// Two nodes that are one thread, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Join {
    /// Its id.
    pub id: ThreadJoinId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// One node.
    pub one: ThreadNodeId,
    /// The other.
    pub other: ThreadNodeId,
    /// The message that showed it; `None` for a join by hand.
    pub message: Option<MessageId>,
    /// Why.
    pub reason: Reason,
    /// Who did it by hand.
    pub actor: Option<String>,
    /// When it was decided.
    pub at: Timestamp,
    /// When it was undone.
    pub undone_at: Option<Timestamp>,
    /// Who undid it.
    pub undone_by: Option<String>,
}

/// A join that was not there before.
pub fn insert(join: &Join) -> Statement {
    const SQL: &str = "INSERT INTO thread_join (id, workspace_id, one_node, other_node, message_id, reason, actor, at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
    Statement::new(
        SQL,
        [
            join.id.into(),
            join.workspace.into(),
            join.one.into(),
            join.other.into(),
            join.message.into(),
            join.reason.name().into(),
            join.actor.as_ref().into(),
            join.at.into(),
        ],
    )
}

/// Cuts a join.
pub fn undo(join: ThreadJoinId, actor: &str, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE thread_join SET undone_at = $2, undone_by = $3 WHERE id = $1";
    Statement::new(SQL, [join.into(), at.into(), actor.into()])
}

/// Keeps two nodes apart whatever mail may show.
pub fn keep_apart(workspace: WorkspaceId, one: ThreadNodeId, other: ThreadNodeId, actor: &str, at: Timestamp) -> Statement {
    const SQL: &str = "INSERT INTO thread_apart (one_node, other_node, workspace_id, actor, at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (one_node, other_node) DO NOTHING";
    Statement::new(SQL, [one.min(other).into(), one.max(other).into(), workspace.into(), actor.into(), at.into()])
}

/// Lets two nodes be in one thread again.
pub fn allow(one: ThreadNodeId, other: ThreadNodeId) -> Statement {
    Statement::new("DELETE FROM thread_apart WHERE one_node = $1 AND other_node = $2", [one.min(other).into(), one.max(other).into()])
}

/// Two nodes that are kept apart, each with the thread that it is in.
pub type Apart = ((ThreadNodeId, ThreadId), (ThreadNodeId, ThreadId));

/// What is kept apart among these threads.
///
/// # Errors
/// As [`Db::query`].
pub async fn apart(db: &Db, threads: &[ThreadId]) -> Result<Vec<Apart>, StoreError> {
    const SQL: &str = "SELECT one.id, one.thread_id, other.id, other.thread_id FROM thread_node AS one
        JOIN thread_apart ON thread_apart.one_node = one.id JOIN thread_node AS other ON other.id = thread_apart.other_node
        WHERE one.thread_id IN {numbers $1} AND other.thread_id IN {numbers $1}";
    let rows = db.query(SQL, [numbers(threads.iter().map(|id| id.number())).into()]).await?;
    rows.into_iter().map(|mut row| Ok(((row.read()?, row.read()?), (row.read()?, row.read()?)))).collect()
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT thread_join.id, thread_join.workspace_id, one_node, other_node, message_id, reason, actor, at, undone_at, undone_by
             FROM thread_join ",
            $rest
        )
    };
}

/// One join.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, join: ThreadJoinId) -> Result<Option<Join>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [join.into()]).await?.map(join_of).transpose()
}

/// The joins that hold a thread together, the oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_thread(db: &Db, thread: ThreadId) -> Result<Vec<Join>, StoreError> {
    const SQL: &str = select!(
        "JOIN thread_node ON thread_node.id = one_node
         WHERE thread_node.thread_id = $1 AND undone_at IS NULL ORDER BY thread_join.id"
    );
    db.query(SQL, [thread.into()]).await?.into_iter().map(join_of).collect()
}

/// The thread that a join holds together now; `None` if it was undone or is not there.
///
/// # Errors
/// As [`Db::query`].
pub async fn thread_of(db: &Db, join: ThreadJoinId) -> Result<Option<ThreadId>, StoreError> {
    const SQL: &str = "SELECT thread_node.thread_id FROM thread_join JOIN thread_node ON thread_node.id = one_node
        WHERE thread_join.id = $1 AND undone_at IS NULL";
    db.query_first(SQL, [join.into()]).await?.map(|mut row| row.read()).transpose()
}

fn join_of(mut row: Row) -> Result<Join, StoreError> {
    Ok(Join {
        id: row.read()?,
        workspace: row.read()?,
        one: row.read()?,
        other: row.read()?,
        message: row.read()?,
        reason: Reason::named(&row.read::<String>()?),
        actor: row.read()?,
        at: row.read()?,
        undone_at: row.read()?,
        undone_by: row.read()?,
    })
}
