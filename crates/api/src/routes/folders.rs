//! `/api/v1/mailboxes/{mailbox}/folders` and `/api/v1/folders/{folder}`.

use axum::extract::State as Given;
use axum::response::Response;
use model::id::FolderId;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Scope, Sight};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Filters, Listed, Named, Unfiltered};
use crate::failure::Failure;
use crate::state::State;
use crate::{read, view};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one))
}

/// Folders of a mailbox
#[utoipa::path(get, path = "/api/v1/mailboxes/{mailbox}/folders", operation_id = "listFolders", tag = "Folders",
    params(("mailbox" = view::id::MailboxId, Path, description = "Its id."), Paging),
    responses((status = 200, body = Page<view::Folder>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Named(mailbox): Named<model::id::Mailbox>,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let sight = Sight::of(&state.db, &asker).await?;
    let fields = Page::<view::Folder>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, format!("folders of {mailbox}")));
    let after: Option<FolderId> = list.position()?;
    let mut data = read::folder::list(&state.db, &sight, mailbox).await?.ok_or_else(Failure::not_found)?;
    data.retain(|folder| after.is_none_or(|after| folder.id > after));
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&last.id));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// A folder
#[utoipa::path(get, path = "/api/v1/folders/{folder}", operation_id = "getFolder", tag = "Folders",
    params(("folder" = view::id::FolderId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Folder)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Folder>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Fields::read::<view::Folder>(picking.fields.as_deref())?;
    let sight = Sight::of(&state.db, &asker).await?;
    let found = read::folder::find(&state.db, &sight, id).await?.ok_or_else(Failure::not_found)?;
    Ok(answer::one(&found, &fields, &conditions))
}
