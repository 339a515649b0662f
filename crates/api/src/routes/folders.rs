//! `/api/v1/mailboxes/{mailbox}/folders` and `/api/v1/folders/{folder}`.

use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use http::StatusCode;
use model::id::FolderId;
use serde::{Deserialize, Deserializer};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Scope, Sight};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::arranging::folders::{self, Change};
use crate::asked::{Body, Filters, Listed, Named, Unfiltered};
use crate::failure::Failure;
use crate::state::State;
use crate::{read, view};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(one, change, remove))
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

/// A folder that shall be made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewFolder {
    /// Its name, which none of those beside it has, in any case.
    #[schema(min_length = 1, max_length = 255)]
    name: String,
    /// In which folder; left out or `null` for the top.
    #[serde(default)]
    #[schema(value_type = Option<view::id::FolderId>)]
    parent: Option<FolderId>,
}

/// What of a folder shall be different: one of the two.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct FolderChange {
    /// Its name.
    #[schema(min_length = 1, max_length = 255)]
    name: Option<String>,
    /// In which folder of its mailbox; `null` for the top.
    #[serde(deserialize_with = "named")]
    #[schema(value_type = Option<view::id::FolderId>)]
    parent: Option<Option<FolderId>>,
}

/// `null` is named too.
fn named<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<FolderId>>, D::Error> {
    Option::<FolderId>::deserialize(deserializer).map(Some)
}

impl FolderChange {
    fn wanted(self) -> Result<Change, Failure> {
        match (self.name, self.parent) {
            (Some(name), None) => Ok(Change::Rename(name)),
            (None, Some(parent)) => Ok(Change::Move(parent)),
            _ => {
                let detail = "Name `name` to rename it, or `parent` to move it.";
                Err(Failure::unprocessable(
                    "one_thing_at_a_time",
                    "It is not clear what shall be done.",
                    detail,
                    "Ask for one thing at a time.",
                ))
            }
        }
    }
}

/// Make a folder
///
/// At Microsoft, at once; the mirror follows within moments, and then the folder has an id here. A name that a folder beside it has is
/// refused (409), so that nothing is made twice.
#[utoipa::path(post, path = "/api/v1/mailboxes/{mailbox}/folders", operation_id = "createFolder", tag = "Folders",
    params(("mailbox" = view::id::MailboxId, Path, description = "Its id.")), request_body = NewFolder,
    responses((status = 201, body = view::MadeFolder, headers(("Location" = String, description = "Where it will be found.")))))]
async fn create(
    Given(state): Given<State>,
    asker: Asker,
    Named(mailbox): Named<model::id::Mailbox>,
    Body(new): Body<NewFolder>,
) -> Result<Response, Failure> {
    let made = folders::create(&state, &asker, mailbox, &new.name, new.parent).await?;
    Ok(answer::created(&made, &format!("/api/v1/mailboxes/{mailbox}/folders")))
}

/// Rename or move a folder
///
/// At Microsoft, at once; the answer is what Microsoft says, and the mirror follows. Well-known folders stay as they are.
#[utoipa::path(patch, path = "/api/v1/folders/{folder}", operation_id = "changeFolder", tag = "Folders",
    params(("folder" = view::id::FolderId, Path, description = "Its id.")), request_body = FolderChange,
    responses((status = 200, body = view::Folder)))]
async fn change(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Folder>,
    conditions: Conditions,
    Body(change): Body<FolderChange>,
) -> Result<Response, Failure> {
    let now = folders::change(&state, &asker, id, &conditions, || change.wanted()).await?;
    Ok(answer::one(&now, &Fields::default(), &Conditions::default()))
}

/// Delete a folder
///
/// It goes into Deleted Items with all that is in it; what lies there already is left there.
#[utoipa::path(delete, path = "/api/v1/folders/{folder}", operation_id = "deleteFolder", tag = "Folders",
    params(("folder" = view::id::FolderId, Path, description = "Its id.")),
    responses((status = 204, description = "It is in Deleted Items.")))]
async fn remove(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Folder>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    folders::delete(&state, &asker, id, &conditions).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
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
