//! Drafts: mail that is put into a mailbox's Drafts, and drafts that are sent, whoever wrote them. A draft is a message of its mailbox
//! like any other: it is listed, read and deleted as one.

use axum::extract::State as Given;
use axum::response::Response;
use base::Timestamp;
use http::HeaderMap;
use model::id::OutgoingId;
use model::message::{BodyKind, Message};
use model::outgoing::{Intent, Outgoing, Written};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::{message, outgoing};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::sending::{accepted, answered, mark, send_at};
use crate::access::Asker;
use crate::asked::{Body, Named, write};
use crate::failure::Failure;
use crate::sending::{NewMail, check_all, check_draft, compose_draft, draft_of, may_send_from};
use crate::state::State;
use crate::view;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(keep)).routes(routes!(send))
}

/// Put a mail into Drafts
///
/// It is kept, then put into the mailbox's Drafts in the background, with its files: `202` with the mail as it stands in the outbox, where
/// it ends as `drafted`. There is one draft, also if this request is sent again with the same `Idempotency-Key`. It may be without
/// recipients still. `send_at`, `undo_seconds` and `tracking` belong to sending and are refused.
#[utoipa::path(post, path = "/api/v1/mailboxes/{mailbox}/drafts", operation_id = "createDraft", tag = "Sending",
    params(("mailbox" = view::id::MailboxId, Path, description = "In which mailbox.")), request_body = NewMail,
    responses((status = 202, body = view::Outgoing, headers(("Location" = String, description = "Where to look what comes of it.")))))]
async fn keep(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Mailbox>,
    headers: HeaderMap,
    Body(wanted): Body<NewMail>,
) -> Result<Response, Failure> {
    let mailbox = may_send_from(&state, &asker, id).await?;
    if wanted.send_at.is_some() || wanted.undo_seconds > 0 || wanted.tracking.is_some() {
        let detail = "`send_at`, `undo_seconds` and `tracking` say how a mail is sent, and a draft is not.";
        return Err(Failure::unprocessable("draft_not_sent", "A draft is not sent.", detail, "Leave them out, or send the mail."));
    }
    let (kind, written) = compose_draft(&state, &asker, &mailbox, &wanted).await?;
    check_draft(&written, state.settings.mail_limits)?;
    let now = state.clock.now();
    let draft = Outgoing {
        kind,
        intent: Intent::Draft,
        original: wanted.answers.map(|answers| answers.message),
        asked_by: asker.actor(),
        ..Outgoing::asked(OutgoingId::new(now), (asker.workspace, mailbox.id), mark(&asker, &headers), written, now)
    };
    ask(&state, &asker, draft, "mail.draft").await
}

/// When a draft is sent.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
struct Sending {
    /// Not before this time (RFC 3339), within a year.
    #[schema(value_type = Option<String>, format = DateTime)]
    send_at: Option<Timestamp>,
    /// For so many seconds it can be taken back.
    #[schema(maximum = 600)]
    undo_seconds: u32,
}

/// Send a draft
///
/// As it stands in the mailbox then, whoever wrote it, with its files; it is not tracked. Kept and handed to Microsoft in the
/// background: `202` with the mail as it stands in the outbox. It is sent once, however often this is asked.
#[utoipa::path(post, path = "/api/v1/messages/{message}/send", operation_id = "sendDraft", tag = "Sending",
    params(("message" = view::id::MessageId, Path, description = "The draft.")), request_body = Sending,
    responses((status = 202, body = view::Outgoing, headers(("Location" = String, description = "Where to look what comes of it.")))))]
async fn send(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Message>,
    Body(wanted): Body<Sending>,
) -> Result<Response, Failure> {
    let found = message::find(&state.db, id).await?.filter(|found| found.message.workspace == asker.workspace);
    let mailbox = may_send_from(&state, &asker, found.ok_or_else(Failure::not_found)?.message.mailbox).await?;
    let draft = draft_of(&state, &asker, &mailbox, id).await?;
    let now = state.clock.now();
    let send_at = send_at(wanted.send_at, wanted.undo_seconds, now)?;
    let before = outgoing::by_graph_id(&state.db, mailbox.id, &draft.graph_id).await?.filter(|one| one.intent == Intent::SendDraft);
    if let Some(under_way) = before.as_ref().filter(|one| one.state.is_under_way()) {
        return accepted(&state, &asker, under_way.clone()).await;
    }
    let mark = sending_mark(&draft, before.map(|before| before.id));
    let written = written(&state, &draft).await?;
    check_all(&written, state.settings.mail_limits)?;
    let sending = Outgoing {
        intent: Intent::SendDraft,
        draft: Some(draft.graph_id),
        internet_message_id: draft.internet_message_id,
        asked_by: asker.actor(),
        send_at,
        ..Outgoing::asked(OutgoingId::new(now), (asker.workspace, mailbox.id), mark, written, now)
    };
    ask(&state, &asker, sending, "mail.send_draft").await
}

/// A draft bears no mark of ours. So that two who ask at once send it once, what stands for one is made from the draft and from what
/// was asked of it before.
fn sending_mark(draft: &Message, before: Option<OutgoingId>) -> String {
    let text = format!("draft\n{}\n{}\n{}", draft.mailbox, draft.graph_id, before.map_or(0, OutgoingId::number));
    base::random::hex(&Sha256::digest(text.as_bytes()))
}

/// What the outbox shows of a draft that is sent as it stands. Its files stay where they are.
async fn written(state: &State, draft: &Message) -> Result<Written, Failure> {
    let body = message::body(&state.db, draft.id).await?.unwrap_or_default();
    let is_text = body.kind == BodyKind::Text;
    Ok(Written {
        recipients: draft.recipients.clone(),
        subject: draft.subject.clone(),
        body_kind: body.kind,
        body: if is_text && body.content.is_empty() { draft.preview.clone() } else { body.content },
        importance: draft.importance,
        in_reply_to: draft.in_reply_to.clone(),
        references: draft.references.clone(),
        ..Written::default()
    })
}

async fn ask(state: &State, asker: &Asker, outgoing: Outgoing, action: &'static str) -> Result<Response, Failure> {
    let detail = json!({"mailbox": outgoing.mailbox, "kind": outgoing.kind.name()});
    let outcome = write(state, asker, "api.draft_mail", action, &outgoing.id.to_string(), detail, outgoing::ask(&outgoing)).await;
    let asked = outgoing.clone();
    answered(state, asker, outcome, outgoing, |known| {
        (known.mailbox, known.intent) == (asked.mailbox, asked.intent) && known.written.says_the_same_as(&asked.written)
    })
    .await
}
