//! `/api/v1/mailboxes`.

use axum::extract::State as Given;
use axum::response::Response;
use model::id::MailboxId;
use model::mailbox::Visibility;
use serde::Deserialize;
use serde_json::json;
use store::mailbox;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Scope};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Body, Filters, Listed, Named, Unfiltered, write};
use crate::failure::Failure;
use crate::state::State;
use crate::{read, view};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one, change))
}

/// Mailboxes
///
/// Those of which you may see anything, the oldest first.
#[utoipa::path(get, path = "/api/v1/mailboxes", operation_id = "listMailboxes", tag = "Mailboxes", params(Paging),
    responses((status = 200, body = Page<view::Mailbox>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::Mailbox>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "mailboxes"));
    let after: Option<MailboxId> = list.position()?;
    let mut data = read::mailbox::list(&state.db, &asker, after, limit + 1).await?;
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&last.id));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// A mailbox
#[utoipa::path(get, path = "/api/v1/mailboxes/{mailbox}", operation_id = "getMailbox", tag = "Mailboxes",
    params(("mailbox" = view::id::MailboxId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Mailbox)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Mailbox>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Fields::read::<view::Mailbox>(picking.fields.as_deref())?;
    let found = read::mailbox::find(&state.db, &asker, id).await?.ok_or_else(Failure::not_found)?;
    Ok(answer::one(&found, &fields, &conditions))
}

/// How much others than the mailbox's own person see of it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = Visibility)]
enum Shown {
    /// Who wrote to whom, and when.
    Metadata,
    /// The subjects too.
    Subject,
    /// Everything.
    Everything,
}

/// What is to be different.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MailboxChange {
    /// How much others than the mailbox's own person see of it.
    visibility: Shown,
}

/// Change a mailbox
///
/// For administrators: how much others see of it.
#[utoipa::path(patch, path = "/api/v1/mailboxes/{mailbox}", operation_id = "changeMailbox", tag = "Mailboxes",
    params(("mailbox" = view::id::MailboxId, Path, description = "Its id.")), request_body = MailboxChange,
    responses((status = 200, body = view::Mailbox)))]
async fn change(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Mailbox>,
    conditions: Conditions,
    Body(wanted): Body<MailboxChange>,
) -> Result<Response, Failure> {
    asker.may(Scope::Admin)?;
    let present = read::mailbox::find(&state.db, &asker, id).await?.ok_or_else(Failure::not_found)?;
    conditions.check(&present)?;
    let visibility = match wanted.visibility {
        Shown::Metadata => Visibility::Metadata,
        Shown::Subject => Visibility::Subject,
        Shown::Everything => Visibility::Everything,
    };
    let detail = json!({ "visibility": visibility.name() });
    let statement = mailbox::set_visibility(id, visibility);
    write(&state, &asker, "api.change_mailbox", "mailbox.set_visibility", &id.to_string(), detail, [statement]).await?;
    let now = read::mailbox::find(&state.db, &asker, id).await?.ok_or_else(Failure::not_found)?;
    Ok(answer::one(&now, &Fields::default(), &Conditions::default()))
}
