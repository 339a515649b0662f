//! Edits: what a person wants done to threads. Asking writes a row and makes the decider of threads due, which performs
//! it, so that nobody else ever writes a thread; how it ended is read here.

use base::Timestamp;
use model::id::{JobId, ThreadId, WorkspaceId};
use model::thread::Intent;

use crate::db::Db;
use crate::due;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;
use crate::work::{Lane, mark_due};

/// What a person wants, and what came of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadEdit {
    /// Its id.
    pub id: JobId,
    /// Whose threads.
    pub workspace: WorkspaceId,
    /// What is wanted.
    pub intent: Intent,
    /// Who wants it.
    pub actor: String,
    /// When it was asked for.
    pub asked_at: Timestamp,
    /// What came of it; `None` while it waits.
    pub ended: Option<Ended>,
}

/// What came of an edit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ended {
    /// When it was performed or refused.
    pub at: Timestamp,
    /// The thread to look at now: the one that stays of a join, the new one of a split or an undone join.
    pub thread: Option<ThreadId>,
    /// Why it was refused, as a sentence; `None` if it was done.
    pub refusal: Option<String>,
}

/// Asks for it.
pub fn ask(edit: &ThreadEdit) -> [Statement; 2] {
    const SQL: &str = "INSERT INTO thread_edit (id, workspace_id, intent, actor, asked_at) VALUES ($1, $2, $3, $4, $5)";
    let intent = serde_json::to_string(&edit.intent).expect("our nouns are JSON");
    [
        Statement::new(SQL, [edit.id.into(), edit.workspace.into(), intent.into(), (&edit.actor).into(), edit.asked_at.into()]),
        mark_due(due::DECIDE_THREADS, &edit.workspace.to_string(), Lane::Interactive, edit.asked_at),
    ]
}

/// Says what came of an edit. Guards its transaction: an edit is performed once.
pub fn end(edit: JobId, ended: &Ended) -> Statement {
    const SQL: &str = "UPDATE thread_edit SET done_at = $2, outcome = $3, thread_id = $4 WHERE id = $1 AND done_at IS NULL";
    Statement::new(SQL, [edit.into(), ended.at.into(), ended.refusal.as_ref().into(), ended.thread.into()])
        .expect_rows(1, "the edit still waits")
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, workspace_id, intent, actor, asked_at, done_at, outcome, thread_id FROM thread_edit ", $rest)
    };
}

/// One edit.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, edit: JobId) -> Result<Option<ThreadEdit>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [edit.into()]).await?.map(edit_of).transpose()
}

/// The edit of a workspace that has waited longest.
///
/// # Errors
/// As [`Db::query`].
pub async fn next(db: &Db, workspace: WorkspaceId) -> Result<Option<ThreadEdit>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 AND done_at IS NULL ORDER BY id LIMIT 1");
    db.query_first(SQL, [workspace.into()]).await?.map(edit_of).transpose()
}

/// Edits of a workspace older than `before`, the latest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId, before: Option<JobId>, limit: u32) -> Result<Vec<ThreadEdit>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    let before = before.map_or(i64::MAX, JobId::number);
    db.query(SQL, [workspace.into(), before.into(), limit.into()]).await?.into_iter().map(edit_of).collect()
}

fn edit_of(mut row: Row) -> Result<ThreadEdit, StoreError> {
    let (id, workspace) = (row.read()?, row.read()?);
    let intent = serde_json::from_str(&row.read::<String>()?)
        .map_err(|error| StoreError::Broken(format!("a column holds no JSON of its kind: {error}")))?;
    let (actor, asked_at) = (row.read()?, row.read()?);
    let (at, refusal, thread): (Option<Timestamp>, _, _) = (row.read()?, row.read()?, row.read()?);
    Ok(ThreadEdit { id, workspace, intent, actor, asked_at, ended: at.map(|at| Ended { at, thread, refusal }) })
}
