//! `/api/v1/instructions`: what is wanted done to messages at Microsoft, one or many, and what came of it.

use axum::Json;
use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use base::Timestamp;
use http::{HeaderValue, StatusCode, header};
use model::asked::AskedState;
use model::id::{FolderId, InstructionId, JobId, MailboxId, MessageId, ThreadId};
use serde::Deserialize;
use store::instruction as rows;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Level, Scope, Sight};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Body, Filters, Listed, Named};
use crate::failure::Failure;
use crate::instructing;
use crate::read::message::Wanted as Filter;
use crate::state::State;
use crate::view;

/// Messages that can be named one by one.
const NAMED_MAX: usize = 1_000;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list, instruct)).routes(routes!(one))
}

/// Which messages, and what is wanted done to them.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct NewInstruction {
    /// These messages.
    #[serde(default)]
    #[schema(value_type = Option<Vec<view::id::MessageId>>, max_items = 1000)]
    messages: Option<Vec<MessageId>>,
    /// Or all messages that this finds, up to 5,000.
    #[serde(default)]
    filter: Option<Finding>,
    /// What is wanted done.
    wanted: view::WantedDeed,
    /// Only count the messages: nothing is done.
    #[serde(default)]
    preview: bool,
}

/// Which messages; all that is named must hold.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
struct Finding {
    /// Of this mailbox.
    #[schema(value_type = Option<view::id::MailboxId>)]
    mailbox: Option<MailboxId>,
    /// In this folder.
    #[schema(value_type = Option<view::id::FolderId>)]
    folder: Option<FolderId>,
    /// Of this thread.
    #[schema(value_type = Option<view::id::ThreadId>)]
    thread: Option<ThreadId>,
    /// Only those that were read, or only the others.
    is_read: Option<bool>,
    /// By this author: an address.
    #[schema(max_length = 320)]
    from: Option<String>,
    /// Received at this time (RFC 3339) or later.
    #[schema(value_type = Option<String>, format = DateTime)]
    after: Option<Timestamp>,
    /// Received before this time (RFC 3339).
    #[schema(value_type = Option<String>, format = DateTime)]
    before: Option<Timestamp>,
}

impl Finding {
    /// What is looked for; `None` without a mailbox, a folder or a thread, which would be everybody's mail.
    fn filter(self) -> Option<Filter> {
        let bounded = self.mailbox.is_some() || self.folder.is_some() || self.thread.is_some();
        bounded.then_some(Filter {
            mailbox: self.mailbox,
            folder: self.folder,
            thread: self.thread,
            is_read: self.is_read,
            from: self.from,
            after: self.after,
            before: self.before,
            ..Filter::default()
        })
    }
}

/// Change, move, copy or delete messages
///
/// It is kept, then done at Microsoft in the background, oldest first: `202` with the job that counts it. What was so already counts
/// as done; what Microsoft refuses is told by an `instruction.failed` event and listed here with the reason. With `preview` the
/// messages are only counted (`200`).
#[utoipa::path(post, path = "/api/v1/instructions", operation_id = "instruct", tag = "Messages", request_body = NewInstruction,
    responses((status = 200, body = view::Instructed), (status = 202, body = view::Instructed,
        headers(("Location" = String, description = "Where to look how far it is.")))))]
async fn instruct(Given(state): Given<State>, asker: Asker, Body(asked): Body<NewInstruction>) -> Result<Response, Failure> {
    asker.may(Scope::MailWrite)?;
    let messages = match (asked.messages, asked.filter) {
        (Some(ids), None) if !ids.is_empty() && ids.len() <= NAMED_MAX => instructing::named(&state, &asker, &ids).await?,
        (None, Some(finding)) => match finding.filter() {
            Some(filter) => instructing::found(&state, &asker, &filter).await?,
            None => return Err(unclear("A filter names a `mailbox`, a `folder` or a `thread`.")),
        },
        _ => return Err(unclear("Either `messages` (1 to 1,000 ids) or a `filter` says which messages.")),
    };
    let deed = instructing::deed(&state, &asked.wanted, &messages).await?;
    let (count, mailboxes) = messages.counts();
    if asked.preview {
        return Ok(Json(view::Instructed { messages: count, mailboxes, job: None }).into_response());
    }
    let job = instructing::ask(&state, &asker, &messages, &deed).await?;
    let location = HeaderValue::from_str(&format!("/api/v1/jobs/{}", job.id)).expect("our own paths are ASCII");
    let shown = view::Instructed { messages: count, mailboxes, job: Some(crate::read::job::of_job(job)) };
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(shown)).into_response())
}

fn unclear(detail: &str) -> Failure {
    Failure::unprocessable("messages_unclear", "It is not clear which messages are meant.", detail, "Say which, and ask again.")
}

/// Which instructions.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// About this message.
    #[param(value_type = Option<view::id::MessageId>)]
    message: Option<MessageId>,
    /// Of this job.
    #[param(value_type = Option<view::id::JobId>)]
    job: Option<JobId>,
    /// In this state.
    #[param(value_type = Option<view::HowFar>, inline)]
    state: Option<AskedState>,
}

/// Instructions
///
/// What was wanted done to messages, the latest first. Those that ended are kept for 30 days. A page may hold fewer than `limit`
/// while `next` leads on.
#[utoipa::path(get, path = "/api/v1/instructions", operation_id = "listInstructions", tag = "Messages", params(Asked, Paging),
    responses((status = 200, body = Page<view::Instruction>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, filters }: Listed<Asked>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::Instruction>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "instructions"));
    let before: Option<InstructionId> = list.position()?;
    let sight = Sight::of(&state.db, &asker).await?;
    let listed = rows::Listed { message: filters.message, job: filters.job, state: filters.state, before };
    let mut found = rows::list(&state.db, asker.workspace, listed, limit + 1).await?;
    let next = answer::cut(&mut found, limit).map(|last| list.cursor(&last.id));
    let seen = found.into_iter().filter(|found| sight.level(found.mailbox) > Level::Nothing);
    Ok(answer::page(&Page { data: seen.map(view::Instruction::of).collect(), next }, &fields, &conditions))
}

/// An instruction
#[utoipa::path(get, path = "/api/v1/instructions/{instruction}", operation_id = "getInstruction", tag = "Messages",
    params(("instruction" = view::id::InstructionId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Instruction)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Instruction>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Fields::read::<view::Instruction>(picking.fields.as_deref())?;
    let sight = Sight::of(&state.db, &asker).await?;
    let found = rows::find(&state.db, id).await?.filter(|found| found.workspace == asker.workspace);
    let found = found.filter(|found| sight.level(found.mailbox) > Level::Nothing).ok_or_else(Failure::not_found)?;
    Ok(answer::one(&view::Instruction::of(found), &fields, &conditions))
}
