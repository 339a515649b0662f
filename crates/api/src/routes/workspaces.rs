//! `/api/v1/workspaces`: an asker is always of one workspace, so the list holds that one.

use axum::extract::State as Given;
use axum::response::Response;
use model::id::WorkspaceId;
use store::workspace;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Scope};
use crate::answer::{self, Conditions, Fields, Page};
use crate::asked::{Filters, Listed, Named, Unfiltered};
use crate::failure::Failure;
use crate::state::State;
use crate::{answer::Paging, view};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one))
}

async fn own(state: &State, asker: &Asker, id: WorkspaceId) -> Result<Option<view::Workspace>, Failure> {
    if id != asker.workspace {
        return Ok(None);
    }
    let found = workspace::find(&state.db, id).await?;
    Ok(found.map(|found| view::Workspace { id: found.id, name: found.name, created_at: found.created_at }))
}

/// Workspaces
///
/// The one that you ask for.
#[utoipa::path(get, path = "/api/v1/workspaces", operation_id = "listWorkspaces", tag = "Workspaces", params(Paging),
    responses((status = 200, body = Page<view::Workspace>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let (fields, _) = (Page::<view::Workspace>::fields(&paging)?, paging.limit()?);
    let after: Option<WorkspaceId> = paging.list(&state, &asker, "workspaces").position()?;
    let data = own(&state, &asker, asker.workspace).await?.into_iter().filter(|own| after.is_none_or(|after| own.id > after)).collect();
    Ok(answer::page(&Page { data, next: None }, &fields, &conditions))
}

/// A workspace
#[utoipa::path(get, path = "/api/v1/workspaces/{workspace}", operation_id = "getWorkspace", tag = "Workspaces",
    params(("workspace" = view::id::WorkspaceId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Workspace)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Workspace>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Fields::read::<view::Workspace>(picking.fields.as_deref())?;
    let found = own(&state, &asker, id).await?.ok_or_else(Failure::not_found)?;
    Ok(answer::one(&found, &fields, &conditions))
}
