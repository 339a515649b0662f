//! `/api/v1/jobs`: work that was asked for and goes on behind an answer.

use axum::extract::State as Given;
use axum::response::Response;
use model::id::JobId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Scope};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Filters, Listed, Named, Unfiltered};
use crate::failure::Failure;
use crate::state::State;
use crate::{read, view};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one))
}

/// Jobs
///
/// The latest first.
#[utoipa::path(get, path = "/api/v1/jobs", operation_id = "listJobs", tag = "Jobs", params(Paging),
    responses((status = 200, body = Page<view::Job>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Write).or_else(|_| asker.may(Scope::MailWrite))?;
    let fields = Page::<view::Job>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "jobs"));
    let before: Option<JobId> = list.position()?;
    let mut data = read::job::list(&state.db, asker.workspace, before, limit + 1).await?;
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&last.id));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// A job
#[utoipa::path(get, path = "/api/v1/jobs/{job}", operation_id = "getJob", tag = "Jobs",
    params(("job" = view::id::JobId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Job)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Job>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Write).or_else(|_| asker.may(Scope::MailWrite))?;
    let fields = Fields::read::<view::Job>(picking.fields.as_deref())?;
    let found = read::job::find(&state.db, asker.workspace, id).await?.ok_or_else(Failure::not_found)?;
    Ok(answer::one(&found, &fields, &conditions))
}
