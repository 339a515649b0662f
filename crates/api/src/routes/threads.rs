//! `/api/v1/threads`: lists, one with its mails and joins; joining, splitting, undoing and filing by hand.
//!
//! What changes a thread is asked for here and performed by the one who decides on threads, so it answers with a job.

use axum::extract::State as Given;
use axum::response::Response;
use base::Timestamp;
use model::id::{CustomerId, JobId, MessageId, ThreadId};
use model::thread::Intent;
use serde::Deserialize;
use serde_json::json;
use store::thread_edit::{self, ThreadEdit};
use store::{customer, filing};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Picking, accepted};
use crate::access::{Asker, Scope, Sight};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Body, Filters, Listed, Named, Unfiltered, refused, write};
use crate::failure::Failure;
use crate::state::State;
use crate::{read, view};

/// Messages that can be split off at once.
const SPLIT_MAX: usize = 500;
/// Customers that a thread can be filed under.
const CUSTOMERS_MAX: usize = 20;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(one))
        .routes(routes!(messages))
        .routes(routes!(joins))
        .routes(routes!(join))
        .routes(routes!(split))
        .routes(routes!(undo))
        .routes(routes!(file, follow_rules))
}

/// Threads
///
/// Those with a message that you may see, the latest first.
#[utoipa::path(get, path = "/api/v1/threads", operation_id = "listThreads", tag = "Threads", params(Paging),
    responses((status = 200, body = Page<view::Thread>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::Thread>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "threads"));
    let before: Option<(Timestamp, i64)> = list.position()?;
    let sight = Sight::of(&state.db, &asker).await?;
    let owner = store::timeline::Owner::Workspace(asker.workspace);
    let found = read::timeline::threads(&state.db, asker.workspace, &sight, owner, before, limit).await?;
    let data = found.data.into_iter().filter_map(|entry| entry.thread).collect();
    let next = found.next.map(|last| list.cursor(&last));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// A thread
///
/// The id of a thread that has become part of another leads to that one.
#[utoipa::path(get, path = "/api/v1/threads/{thread}", operation_id = "getThread", tag = "Threads",
    params(("thread" = view::id::ThreadId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Thread)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Thread>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Fields::read::<view::Thread>(picking.fields.as_deref())?;
    let (_, found) = find(&state, &asker, id).await?;
    Ok(answer::one(&found, &fields, &conditions))
}

/// Mails of a thread
///
/// The first first; copies in several mailboxes are one mail with several holders.
#[utoipa::path(get, path = "/api/v1/threads/{thread}/messages", operation_id = "listThreadMessages", tag = "Threads",
    params(("thread" = view::id::ThreadId, Path, description = "Its id."), Paging),
    responses((status = 200, body = Page<view::ThreadMessage>)))]
async fn messages(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Thread>,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::ThreadMessage>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, format!("messages of {id}")));
    let after: Option<(Timestamp, MessageId)> = list.position()?;
    let (sight, thread) = find(&state, &asker, id).await?;
    let mut data = read::thread::messages(&state.db, asker.workspace, &sight, thread.id, after, limit + 1).await?;
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&last.key()));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// Joins of a thread
///
/// Why its parts are one, the oldest first.
#[utoipa::path(get, path = "/api/v1/threads/{thread}/joins", operation_id = "listThreadJoins", tag = "Threads",
    params(("thread" = view::id::ThreadId, Path, description = "Its id."), Paging),
    responses((status = 200, body = Page<view::Join>)))]
async fn joins(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Thread>,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::Join>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, format!("joins of {id}")));
    let after: Option<model::id::ThreadJoinId> = list.position()?;
    let (sight, thread) = find(&state, &asker, id).await?;
    let mut data = read::thread::joins(&state.db, asker.workspace, &sight, thread.id).await?;
    data.sort_by_key(|join| join.id);
    data.retain(|join| after.is_none_or(|after| join.id > after));
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&last.id));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// With which thread.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct JoinThreads {
    /// The other thread.
    #[schema(value_type = view::id::ThreadId)]
    with: ThreadId,
}

/// Join two threads
#[utoipa::path(post, path = "/api/v1/threads/{thread}/join", operation_id = "joinThreads", tag = "Threads",
    params(("thread" = view::id::ThreadId, Path, description = "Its id.")), request_body = JoinThreads,
    responses((status = 202, description = "Asked for; look at the job.", body = view::Job)))]
async fn join(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Thread>,
    Body(wanted): Body<JoinThreads>,
) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let (_, thread) = find(&state, &asker, id).await?;
    let (_, with) = find(&state, &asker, wanted.with).await.map_err(|_| unknown("with"))?;
    if thread.id == with.id {
        let action = "Name another thread.";
        return Err(Failure::unprocessable("same_thread", "That is one thread already.", "Both ids name the same thread.", action));
    }
    ask(&state, &asker, Intent::Join { thread: thread.id, with: with.id }).await
}

/// Which messages.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct SplitThread {
    /// Messages of the thread; their copies in other mailboxes go with them.
    #[schema(value_type = Vec<view::id::MessageId>, min_items = 1, max_items = 500)]
    messages: Vec<MessageId>,
}

/// Split messages off
///
/// They become a thread of their own, and stay one whatever their headers say.
#[utoipa::path(post, path = "/api/v1/threads/{thread}/split", operation_id = "splitThread", tag = "Threads",
    params(("thread" = view::id::ThreadId, Path, description = "Its id.")), request_body = SplitThread,
    responses((status = 202, description = "Asked for; look at the job.", body = view::Job)))]
async fn split(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Thread>,
    Body(wanted): Body<SplitThread>,
) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let (sight, thread) = find(&state, &asker, id).await?;
    if wanted.messages.is_empty() || wanted.messages.len() > SPLIT_MAX {
        let detail = format!("`messages` names {} messages.", wanted.messages.len());
        return Err(Failure::unprocessable("messages_wrong", "That cannot be split off.", detail, format!("Name 1 to {SPLIT_MAX}.")));
    }
    let found = read::message::find_many(&state.db, asker.workspace, &sight, &wanted.messages).await?;
    let all = wanted.messages.iter().all(|id| found.iter().any(|message| message.id == *id && message.thread == Some(thread.id)));
    if !all {
        return Err(unknown("messages"));
    }
    ask(&state, &asker, Intent::Split { thread: thread.id, messages: wanted.messages }).await
}

/// Undo a join
///
/// The two sides are kept apart from then on, whatever their headers say.
#[utoipa::path(post, path = "/api/v1/joins/{join}/undo", operation_id = "undoJoin", tag = "Threads",
    params(("join" = view::id::ThreadJoinId, Path, description = "Its id.")),
    responses((status = 202, description = "Asked for; look at the job.", body = view::Job)))]
async fn undo(Given(state): Given<State>, asker: Asker, Named(id): Named<model::id::ThreadJoin>) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let sight = Sight::of(&state.db, &asker).await?;
    read::thread::of_join(&state.db, asker.workspace, &sight, id).await?.ok_or_else(Failure::not_found)?;
    ask(&state, &asker, Intent::Undo { join: id }).await
}

/// Under which customers.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct FileThread {
    /// All customers under which the thread is to be; none for nowhere.
    #[schema(value_type = Vec<view::id::CustomerId>, max_items = 20)]
    customers: Vec<CustomerId>,
}

/// File a thread by hand
///
/// No rule changes that any more.
#[utoipa::path(put, path = "/api/v1/threads/{thread}/filing", operation_id = "fileThread", tag = "Threads",
    params(("thread" = view::id::ThreadId, Path, description = "Its id.")), request_body = FileThread,
    responses((status = 200, body = view::Thread)))]
async fn file(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Thread>,
    conditions: Conditions,
    Body(wanted): Body<FileThread>,
) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let (_, thread) = find(&state, &asker, id).await?;
    conditions.check(&thread)?;
    let known = customer::find_many(&state.db, asker.workspace, &wanted.customers).await?;
    let known = known.iter().filter(|known| known.merged_into.is_none());
    if known.count() != wanted.customers.len() || wanted.customers.len() > CUSTOMERS_MAX {
        return Err(unknown("customers"));
    }
    let statements = filing::file(asker.workspace, thread.id, &wanted.customers, &asker.actor(), state.clock.now());
    let detail = json!({ "customers": wanted.customers });
    write(&state, &asker, "api.file", "thread.file", &thread.id.to_string(), detail, statements)
        .await
        .map_err(|error| refused(error, &[filing::THREAD_IS_THERE]))?;
    let (_, now) = find(&state, &asker, thread.id).await?;
    Ok(answer::one(&now, &Fields::default(), &Conditions::default()))
}

/// Let the rules file a thread again
#[utoipa::path(delete, path = "/api/v1/threads/{thread}/filing", operation_id = "followRules", tag = "Threads",
    params(("thread" = view::id::ThreadId, Path, description = "Its id.")),
    responses((status = 200, description = "The thread as it is now; the rules follow in a moment.", body = view::Thread)))]
async fn follow_rules(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Thread>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Write)?;
    let (_, thread) = find(&state, &asker, id).await?;
    conditions.check(&thread)?;
    let statements = filing::follow_rules(asker.workspace, thread.id, &asker.actor(), state.clock.now());
    write(&state, &asker, "api.follow_rules", "thread.follow_rules", &thread.id.to_string(), json!(null), statements)
        .await
        .map_err(|error| refused(error, &[filing::THREAD_IS_THERE]))?;
    let (_, now) = find(&state, &asker, thread.id).await?;
    Ok(answer::one(&now, &Fields::default(), &Conditions::default()))
}

async fn find(state: &State, asker: &Asker, id: ThreadId) -> Result<(Sight, view::Thread), Failure> {
    let sight = Sight::of(&state.db, asker).await?;
    let found = read::thread::find(&state.db, asker.workspace, &sight, id).await?.ok_or_else(Failure::not_found)?;
    Ok((sight, found))
}

/// Asks the one who decides on threads.
async fn ask(state: &State, asker: &Asker, intent: Intent) -> Result<Response, Failure> {
    let now = state.clock.now();
    let edit = ThreadEdit { id: JobId::new(now), workspace: asker.workspace, intent, actor: asker.actor(), asked_at: now, ended: None };
    let job = read::job::of_edit(edit.clone());
    write(state, asker, "api.edit_thread", &job.kind, &job.subject, json!({ "job": job.id }), thread_edit::ask(&edit)).await?;
    Ok(accepted(&job))
}

fn unknown(field: &str) -> Failure {
    let detail = format!("`{field}` names something that is not there, not part of it, or not yours to see.");
    Failure::unprocessable("reference_unknown", "A field names nothing that can be used.", detail, "Look at the ids and send it again.")
}
