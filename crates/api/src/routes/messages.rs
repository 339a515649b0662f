//! `/api/v1/messages`: lists, one, its text and the list of its attachments. Files are in [`super::files`].

use axum::extract::State as Given;
use axum::response::Response;
use base::Timestamp;
use model::id::{FolderId, MailboxId, MessageId, ThreadId};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Scope, Sight};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Filters, Listed, Named, Unfiltered};
use crate::failure::Failure;
use crate::read::message::Wanted;
use crate::state::State;
use crate::{read, view};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one)).routes(routes!(body)).routes(routes!(attachments))
}

/// Which messages.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// Of this mailbox.
    #[param(value_type = Option<view::id::MailboxId>)]
    mailbox: Option<MailboxId>,
    /// In this folder.
    #[param(value_type = Option<view::id::FolderId>)]
    folder: Option<FolderId>,
    /// Of this thread.
    #[param(value_type = Option<view::id::ThreadId>)]
    thread: Option<ThreadId>,
    /// Only those that were read, or only the others.
    is_read: Option<bool>,
    /// Only drafts, or only the others.
    is_draft: Option<bool>,
    /// Only those with attachments, or only the others.
    has_attachments: Option<bool>,
    /// By this author: an address.
    #[param(max_length = 320)]
    from: Option<String>,
    /// With this `Message-ID`, angle brackets included.
    #[param(max_length = 1000)]
    internet_message_id: Option<String>,
    /// Received at this time (RFC 3339) or later.
    #[param(value_type = Option<String>, format = DateTime)]
    after: Option<Timestamp>,
    /// Received before this time (RFC 3339).
    #[param(value_type = Option<String>, format = DateTime)]
    before: Option<Timestamp>,
}

/// Messages
///
/// The newest first. A page may hold fewer than `limit`, even none, while `next` leads on: rare ones are looked for in
/// steps. For words, use the search.
#[utoipa::path(get, path = "/api/v1/messages", operation_id = "listMessages", tag = "Messages", params(Asked, Paging),
    responses((status = 200, body = Page<view::Message>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, filters }: Listed<Asked>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let sight = Sight::of(&state.db, &asker).await?;
    let fields = Page::<view::Message>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "messages"));
    let before: Option<MessageId> = list.position()?;
    let wanted = Wanted {
        mailbox: filters.mailbox,
        folder: filters.folder,
        thread: filters.thread,
        is_read: filters.is_read,
        is_draft: filters.is_draft,
        has_attachments: filters.has_attachments,
        from: filters.from,
        internet_message_id: filters.internet_message_id,
        after: filters.after,
        before: filters.before,
    };
    let found = read::message::list(&state.db, asker.workspace, &sight, &wanted, before, limit).await?;
    let next = found.next.map(|last| list.cursor(&last));
    Ok(answer::page(&Page { data: found.data, next }, &fields, &conditions))
}

/// A message
#[utoipa::path(get, path = "/api/v1/messages/{message}", operation_id = "getMessage", tag = "Messages",
    params(("message" = view::id::MessageId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Message)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Message>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Fields::read::<view::Message>(picking.fields.as_deref())?;
    let sight = Sight::of(&state.db, &asker).await?;
    let found = read::message::find(&state.db, asker.workspace, &sight, id).await?.ok_or_else(Failure::not_found)?;
    Ok(answer::one(&found, &fields, &conditions))
}

/// The text of a message
///
/// 404 also while it has not come yet, and where the mailbox does not show it to you.
#[utoipa::path(get, path = "/api/v1/messages/{message}/body", operation_id = "getMessageBody", tag = "Messages",
    params(("message" = view::id::MessageId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Body)))]
async fn body(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Message>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Fields::read::<view::Body>(picking.fields.as_deref())?;
    let sight = Sight::of(&state.db, &asker).await?;
    let found = read::message::body(&state.db, asker.workspace, &sight, id).await?.ok_or_else(Failure::not_found)?;
    Ok(answer::one(&found, &fields, &conditions))
}

/// Attachments of a message
#[utoipa::path(get, path = "/api/v1/messages/{message}/attachments", operation_id = "listAttachments", tag = "Messages",
    params(("message" = view::id::MessageId, Path, description = "Its id."), Paging),
    responses((status = 200, body = Page<view::Attachment>)))]
async fn attachments(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Message>,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::Attachment>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, format!("attachments of {id}")));
    let after: Option<String> = list.position()?;
    let sight = Sight::of(&state.db, &asker).await?;
    let found = read::message::attachments(&state.db, asker.workspace, &sight, id).await?;
    let mut data = found.ok_or_else(Failure::not_found)?;
    data.retain(|attachment| after.as_ref().is_none_or(|after| attachment.id > *after));
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&last.id));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}
