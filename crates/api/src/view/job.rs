//! A job as the outside reads it: work that was asked for and goes on behind the answer.

use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Problem, id};

/// Work that was asked for and goes on behind the answer.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Job {
    /// Its id.
    #[schema(value_type = id::JobId)]
    pub id: model::id::JobId,
    /// What kind of work, such as `thread.join`.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// `running`, `done` or `failed`.
    #[schema(value_type = String)]
    pub state: &'static str,
    /// Pieces that are done.
    pub done: i64,
    /// Of how many, as far as that is known.
    pub total: Option<i64>,
    /// What to look at now, such as the thread that stays of a join.
    pub result: Option<String>,
    /// Why it failed.
    pub problem: Option<Problem>,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}
