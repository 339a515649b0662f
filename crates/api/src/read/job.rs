//! Jobs: edits of threads, refilings, and what other work is kept as a job, under one shape.

use model::id::{JobId, WorkspaceId};
use model::thread::Intent;
use store::job::Job;
use store::refiling::{Refiling, Scope};
use store::thread_edit::ThreadEdit;
use store::{Db, StoreError, job, refiling, thread_edit};

use crate::view;

/// One job.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, workspace: WorkspaceId, id: JobId) -> Result<Option<view::Job>, StoreError> {
    if let Some(found) = job::find(db, id).await?.filter(|job| job.workspace == workspace) {
        return Ok(Some(of_job(found)));
    }
    if let Some(found) = refiling::find(db, workspace, id).await? {
        return Ok(Some(of_refiling(found)));
    }
    let edit = thread_edit::find(db, id).await?.filter(|edit| edit.workspace == workspace);
    Ok(edit.map(of_edit))
}

/// Jobs before `before`, the latest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId, before: Option<JobId>, limit: u32) -> Result<Vec<view::Job>, StoreError> {
    let jobs = job::list(db, workspace, before, limit).await?.into_iter().map(of_job);
    let refilings = refiling::list(db, workspace, before, limit).await?.into_iter().map(of_refiling);
    let edits = thread_edit::list(db, workspace, before, limit).await?.into_iter().map(of_edit);
    let mut all: Vec<view::Job> = jobs.chain(refilings).chain(edits).collect();
    all.sort_by_key(|job| std::cmp::Reverse(job.id));
    all.truncate(limit as usize);
    Ok(all)
}

/// A job as the outside reads it.
pub fn of_job(job: Job) -> view::Job {
    view::Job {
        id: job.id,
        kind: job.kind,
        subject: job.subject,
        state: job.state.name(),
        done: job.done,
        total: job.total,
        result: None,
        problem: job.problem.as_ref().map(view::Problem::of),
        asked_by: job.asked_by,
        created_at: job.created_at,
        finished_at: job.finished_at,
    }
}

fn of_refiling(refiling: Refiling) -> view::Job {
    let subject = match &refiling.scope {
        Scope::Thread(id) => id.to_string(),
        Scope::Person(id) => id.to_string(),
        Scope::Customer(id) => id.to_string(),
        Scope::Domain(domain) => domain.clone(),
        Scope::Everything => refiling.workspace.to_string(),
    };
    view::Job {
        id: refiling.id,
        kind: "customers.refile".to_owned(),
        subject,
        state: if refiling.finished_at.is_some() { "done" } else { "running" },
        done: refiling.done,
        total: None,
        result: None,
        problem: None,
        asked_by: refiling.actor,
        created_at: refiling.asked_at,
        finished_at: refiling.finished_at,
    }
}

/// An edit of a thread as a job.
pub(crate) fn of_edit(edit: ThreadEdit) -> view::Job {
    let (kind, subject) = match &edit.intent {
        Intent::Join { thread, .. } => ("thread.join", thread.to_string()),
        Intent::Split { thread, .. } => ("thread.split", thread.to_string()),
        Intent::Undo { join } => ("thread.undo", join.to_string()),
    };
    let refusal = edit.ended.as_ref().and_then(|ended| ended.refusal.clone());
    let state = match (&edit.ended, &refusal) {
        (None, _) => "running",
        (Some(_), None) => "done",
        (Some(_), Some(_)) => "failed",
    };
    let action = "Look at the thread as it is now, and ask again if it is still wrong.";
    view::Job {
        id: edit.id,
        kind: kind.to_owned(),
        subject,
        state,
        done: i64::from(state == "done"),
        total: Some(1),
        result: edit.ended.as_ref().and_then(|ended| ended.thread).map(|thread| thread.to_string()),
        problem: refusal.map(|why| view::Problem::of(&base::Problem::new("edit_refused", "It was not done.", why, action))),
        asked_by: edit.actor,
        created_at: edit.asked_at,
        finished_at: edit.ended.map(|ended| ended.at),
    }
}
