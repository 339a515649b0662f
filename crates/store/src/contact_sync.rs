//! Synchronisations of address books, and what came of them.

use base::{Problem, Timestamp};
use model::id::{ContactBookId, ContactSyncId, SourceContactId, WorkspaceId};
use model::phone::Reason;

use crate::connection::{problem_from, problem_value};
use crate::contact_book::ContactBook;
use crate::db::Db;
use crate::error::StoreError;
use crate::job::JobState;
use crate::row::Row;
use crate::statement::Statement;

/// What came of a source contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It made a contact.
    New,
    /// It changed.
    Updated,
    /// It came to a contact that was there before.
    Merged,
    /// It has no number that can be used.
    Skipped,
}

impl Outcome {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Outcome; 4] = [Outcome::New, Outcome::Updated, Outcome::Merged, Outcome::Skipped];

    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Outcome::New => "new",
            Outcome::Updated => "updated",
            Outcome::Merged => "merged",
            Outcome::Skipped => "skipped",
        }
    }

    /// The outcome of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// A synchronisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactSync {
    /// Its id.
    pub id: ContactSyncId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Of which book.
    pub book: ContactBookId,
    /// How far it is.
    pub state: JobState,
    /// Whether it is the first of its book: what it finds is not news.
    pub backfill: bool,
    /// How many contacts were read.
    pub total: i64,
    /// Why it failed.
    pub problem: Option<Problem>,
    /// Who asked for it; `schedule` if nobody did.
    pub asked_by: String,
    /// When it began.
    pub started_at: Timestamp,
    /// When the last of it was read.
    pub pulled_at: Option<Timestamp>,
    /// When all of it was decided, or it failed.
    pub ended_at: Option<Timestamp>,
}

impl ContactSync {
    /// One that begins to read `book`.
    pub fn begun(book: &ContactBook, asked_by: &str, now: Timestamp) -> Self {
        ContactSync {
            id: ContactSyncId::new(now),
            workspace: book.workspace,
            book: book.id,
            state: JobState::Running,
            backfill: book.read_at.is_none(),
            total: 0,
            problem: None,
            asked_by: asked_by.to_owned(),
            started_at: now,
            pulled_at: None,
            ended_at: None,
        }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, book_id, state, backfill, total, problem, asked_by, started_at, pulled_at, ended_at FROM contact_sync ",
            $rest
        )
    };
}

/// One that begins.
pub fn insert(sync: &ContactSync) -> Statement {
    const SQL: &str =
        "INSERT INTO contact_sync (id, workspace_id, book_id, state, backfill, total, problem, asked_by, started_at, pulled_at,
            ended_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)";
    Statement::new(
        SQL,
        [
            sync.id.into(),
            sync.workspace.into(),
            sync.book.into(),
            sync.state.name().into(),
            sync.backfill.into(),
            sync.total.into(),
            problem_value(sync.problem.as_ref()),
            (&sync.asked_by).into(),
            sync.started_at.into(),
            sync.pulled_at.into(),
            sync.ended_at.into(),
        ],
    )
}

/// So many more contacts were read.
pub fn add(sync: ContactSyncId, read: usize) -> Statement {
    Statement::new("UPDATE contact_sync SET total = total + $2 WHERE id = $1", [sync.into(), read.into()])
}

/// Everything was read that the running ones of a book are about.
pub fn pulled(book: ContactBookId, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE contact_sync SET pulled_at = $2 WHERE book_id = $1 AND state = 'running' AND pulled_at IS NULL";
    Statement::new(SQL, [book.into(), at.into()])
}

/// The running ones of a book have failed.
pub fn fail(book: ContactBookId, problem: &Problem, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE contact_sync SET state = 'failed', problem = $2, ended_at = $3 WHERE book_id = $1 AND state = 'running'";
    Statement::new(SQL, [book.into(), problem_value(Some(problem)), at.into()])
}

/// The running ones of a workspace that were read to their end and of which nothing is to be decided any more are done.
pub fn finish(workspace: WorkspaceId, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE contact_sync SET state = 'done', ended_at = $2 WHERE workspace_id = $1 AND state = 'running'
        AND pulled_at IS NOT NULL AND NOT EXISTS (SELECT 1 FROM source_contact WHERE source_contact.workspace_id = $1
            AND pending IS NOT NULL AND sync_id = contact_sync.id)";
    Statement::new(SQL, [workspace.into(), at.into()])
}

/// What came of a source contact. What was said of it first counts.
pub fn line(sync: ContactSyncId, source: SourceContactId, outcome: Outcome, reasons: &[Reason]) -> Statement {
    const SQL: &str = "INSERT INTO contact_sync_line (sync_id, outcome, source_id, reasons) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING";
    let reasons = (!reasons.is_empty()).then(|| serde_json::to_string(reasons).expect("reasons are JSON"));
    Statement::new(SQL, [sync.into(), outcome.name().into(), source.into(), reasons.into()])
}

/// One synchronisation.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, workspace: WorkspaceId, sync: ContactSyncId) -> Result<Option<ContactSync>, StoreError> {
    const SQL: &str = select!("WHERE id = $1 AND workspace_id = $2");
    db.query_first(SQL, [sync.into(), workspace.into()]).await?.map(sync_of).transpose()
}

/// The last synchronisation of a book that is still being read.
///
/// # Errors
/// As [`Db::query`].
pub async fn open(db: &Db, book: ContactBookId) -> Result<Option<ContactSync>, StoreError> {
    const SQL: &str = select!("WHERE book_id = $1 AND state = 'running' AND pulled_at IS NULL ORDER BY id DESC LIMIT 1");
    db.query_first(SQL, [book.into()]).await?.map(sync_of).transpose()
}

/// The synchronisations of a workspace older than `before`, the newest first; of one book, if one is named.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(
    db: &Db,
    workspace: WorkspaceId,
    book: Option<ContactBookId>,
    before: Option<ContactSyncId>,
    limit: u32,
) -> Result<Vec<ContactSync>, StoreError> {
    const SQL: &str =
        select!("WHERE workspace_id = $1 AND id < $2 AND (CAST($3 AS BIGINT) IS NULL OR book_id = $3) ORDER BY id DESC LIMIT $4");
    let before = before.map_or(i64::MAX, ContactSyncId::number);
    db.query(SQL, [workspace.into(), before.into(), book.into(), limit.into()]).await?.into_iter().map(sync_of).collect()
}

/// How many source contacts came to each outcome.
///
/// # Errors
/// As [`Db::query`].
pub async fn counts(db: &Db, sync: ContactSyncId) -> Result<Vec<(Outcome, i64)>, StoreError> {
    const SQL: &str = "SELECT outcome, COUNT(*) FROM contact_sync_line WHERE sync_id = $1 GROUP BY outcome";
    let read = |mut row: Row| {
        let name: String = row.read()?;
        let outcome = Outcome::named(&name).ok_or_else(|| StoreError::Broken(format!("no synchronisation comes to {name}")))?;
        Ok((outcome, row.read()?))
    };
    db.query(SQL, [sync.into()]).await?.into_iter().map(read).collect()
}

/// The source contacts that came to this outcome, behind `after`, with why none of their numbers can be used.
///
/// # Errors
/// As [`Db::query`].
pub async fn lines(
    db: &Db,
    sync: ContactSyncId,
    outcome: Outcome,
    after: Option<SourceContactId>,
    limit: u32,
) -> Result<Vec<(SourceContactId, Vec<Reason>)>, StoreError> {
    const SQL: &str = "SELECT source_id, reasons FROM contact_sync_line WHERE sync_id = $1 AND outcome = $2 AND source_id > $3
        ORDER BY source_id LIMIT $4";
    let after = after.map_or(i64::MIN, SourceContactId::number);
    let read = |mut row: Row| {
        let (source, reasons): (SourceContactId, Option<String>) = (row.read()?, row.read()?);
        let reasons = reasons.map(|text| serde_json::from_str(&text)).transpose();
        let reasons = reasons.map_err(|error| StoreError::Broken(format!("reasons of a synchronisation are unreadable: {error}")))?;
        Ok((source, reasons.unwrap_or_default()))
    };
    db.query(SQL, [sync.into(), outcome.name().into(), after.into(), limit.into()]).await?.into_iter().map(read).collect()
}

fn sync_of(mut row: Row) -> Result<ContactSync, StoreError> {
    let row = &mut row;
    Ok(ContactSync {
        id: row.read()?,
        workspace: row.read()?,
        book: row.read()?,
        state: JobState::named(&row.read::<String>()?)?,
        backfill: row.read()?,
        total: row.read()?,
        problem: problem_from(row.read()?)?,
        asked_by: row.read()?,
        started_at: row.read()?,
        pulled_at: row.read()?,
        ended_at: row.read()?,
    })
}
