//! Jobs: work that was asked for and goes on behind an answer, with how far it is.

use base::{Problem, Timestamp};
use model::id::{JobId, WorkspaceId};

use crate::connection::{problem_from, problem_value};
use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;

/// How far a job is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JobState {
    /// It goes on.
    Running,
    /// All of it is done.
    Done,
    /// It ended before its end.
    Failed,
}

impl JobState {
    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            JobState::Running => "running",
            JobState::Done => "done",
            JobState::Failed => "failed",
        }
    }

    pub(crate) fn named(name: &str) -> Result<Self, StoreError> {
        let known = [JobState::Running, JobState::Done, JobState::Failed].into_iter().find(|state| state.name() == name);
        known.ok_or_else(|| StoreError::Broken(format!("no job is {name}")))
    }
}

/// Work that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: JobId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// What kind of work, such as `customers.refile`.
    pub kind: String,
    /// What it is about: an id as the API writes it.
    pub subject: String,
    /// How far.
    pub state: JobState,
    /// Pieces that are done.
    pub done: i64,
    /// Of how many, as far as that is known.
    pub total: Option<i64>,
    /// Why it failed.
    pub problem: Option<Problem>,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, workspace_id, kind, subject, state, done, total, problem, asked_by, created_at, finished_at FROM job ", $rest)
    };
}

/// A job that begins.
pub fn insert(job: &Job) -> Statement {
    const SQL: &str = "INSERT INTO job (id, workspace_id, kind, subject, state, done, total, asked_by, created_at, finished_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    Statement::new(
        SQL,
        [
            job.id.into(),
            job.workspace.into(),
            (&job.kind).into(),
            (&job.subject).into(),
            job.state.name().into(),
            job.done.into(),
            job.total.into(),
            (&job.asked_by).into(),
            job.created_at.into(),
            job.finished_at.into(),
        ],
    )
}

/// So many more pieces are done.
pub fn progress(job: JobId, more: i64) -> Statement {
    Statement::new("UPDATE job SET done = done + $2 WHERE id = $1 AND state = 'running'", [job.into(), more.into()])
}

/// One more piece is done; the last one ends the job.
pub fn count(job: JobId, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE job SET done = done + 1, state = CASE WHEN done + 1 >= total THEN 'done' ELSE state END,
            finished_at = CASE WHEN done + 1 >= total THEN CAST($2 AS BIGINT) ELSE finished_at END
        WHERE id = $1 AND state = 'running'";
    Statement::new(SQL, [job.into(), at.into()])
}

/// It has ended, well or with a problem.
pub fn finish(job: JobId, problem: Option<&Problem>, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE job SET state = $2, problem = $3, finished_at = $4 WHERE id = $1 AND state = 'running'";
    let state = if problem.is_some() { JobState::Failed } else { JobState::Done };
    Statement::new(SQL, [job.into(), state.name().into(), problem_value(problem), at.into()])
}

/// Forgets jobs that ended before `until`.
pub fn purge(until: Timestamp) -> Statement {
    Statement::new("DELETE FROM job WHERE finished_at < $1", [until.into()])
}

/// One job.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, job: JobId) -> Result<Option<Job>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [job.into()]).await?.map(job_of).transpose()
}

/// Jobs of a workspace older than `before`, the newest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId, before: Option<JobId>, limit: u32) -> Result<Vec<Job>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    let before = Value::Int(before.map_or(i64::MAX, JobId::number));
    db.query(SQL, [workspace.into(), before, limit.into()]).await?.into_iter().map(job_of).collect()
}

fn job_of(mut row: Row) -> Result<Job, StoreError> {
    let row = &mut row;
    Ok(Job {
        id: row.read()?,
        workspace: row.read()?,
        kind: row.read()?,
        subject: row.read()?,
        state: JobState::named(&row.read::<String>()?)?,
        done: row.read()?,
        total: row.read()?,
        problem: problem_from(row.read()?)?,
        asked_by: row.read()?,
        created_at: row.read()?,
        finished_at: row.read()?,
    })
}
