//! Files of a message: its original and its attachments, fetched from Microsoft when somebody asks and kept nowhere here.

use axum::extract::State as Given;
use axum::response::Response;
use graph::{Access, GrantKey, Lane, mail};
use http::HeaderMap;
use model::id::MessageId;
use model::message::Message;
use store::{mailbox, message as rows};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Asker, Scope, Sight};
use crate::answer::ETag;
use crate::asked::{Named, NamedPair};
use crate::failure::Failure;
use crate::state::State;
use crate::{answer, read, view};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(original)).routes(routes!(content))
}

/// The original of a message
///
/// As it was on the wire (`message/rfc822`). Understands `Range` and `If-Range`.
#[utoipa::path(get, path = "/api/v1/messages/{message}/mime", operation_id = "getMessageMime", tag = "Messages",
    params(("message" = view::id::MessageId, Path, description = "Its id.")),
    responses((status = 200, description = "The whole of it.", content_type = "message/rfc822", body = String),
        (status = 206, description = "The part that `Range` names.", content_type = "message/rfc822", body = String),
        (status = 416, description = "`Range` names nothing of it."),
        (status = 502, description = "Microsoft did not give it.")))]
async fn original(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Message>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (access, found) = reach(&state, &asker, id).await?;
    let tag = ETag::of_bytes(format!("{id} {}", found.change_key).as_bytes());
    let opened = mail::messages::open_mime(&state.microsoft, &access, &found.graph_id).await?;
    Ok(answer::file(opened, &tag, &format!("{id}.eml"), "message/rfc822", &headers))
}

/// The content of an attachment
///
/// Always as a file to be saved. Understands `Range` and `If-Range`.
#[utoipa::path(get, path = "/api/v1/messages/{message}/attachments/{attachment}", operation_id = "getAttachment", tag = "Messages",
    params(("message" = view::id::MessageId, Path, description = "Its id."),
        ("attachment" = String, Path, description = "The attachment's id.")),
    responses((status = 200, description = "The whole of it.", content_type = "application/octet-stream", body = String),
        (status = 206, description = "The part that `Range` names.", content_type = "application/octet-stream", body = String),
        (status = 416, description = "`Range` names nothing of it."),
        (status = 502, description = "Microsoft did not give it.")))]
async fn content(
    Given(state): Given<State>,
    asker: Asker,
    NamedPair(id, attachment): NamedPair<model::id::Message>,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let (access, found) = reach(&state, &asker, id).await?;
    let known = rows::attachments(&state.db, id).await?;
    let known = known.into_iter().find(|known| known.graph_id == attachment).ok_or_else(Failure::not_found)?;
    let tag = ETag::of_bytes(format!("{id} {attachment} {}", found.change_key).as_bytes());
    let opened = mail::attachment::open_attachment(&state.microsoft, &access, &found.graph_id, &known.graph_id).await?;
    let name = if known.name.trim().is_empty() { "attachment" } else { &known.name };
    Ok(answer::file(opened, &tag, name, "application/octet-stream", &headers))
}

/// How a message is reached at Microsoft, if everything of it may be seen.
async fn reach(state: &State, asker: &Asker, id: MessageId) -> Result<(Access, Message), Failure> {
    asker.may(Scope::Read)?;
    let sight = Sight::of(&state.db, asker).await?;
    let found = read::message::find_whole(&state.db, asker.workspace, &sight, id).await?.ok_or_else(Failure::not_found)?;
    let mailbox = mailbox::find(&state.db, found.message.mailbox).await?.ok_or_else(Failure::not_found)?;
    let grant = GrantKey::new(mailbox.connection.to_string());
    Ok((Access::new(grant, mailbox.graph_user_id, Lane::Interactive), found.message))
}
