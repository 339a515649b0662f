//! `/api/v1/outbox`: mail that was asked to be sent, from the asking to what came of it.

use axum::extract::State as Given;
use axum::response::Response;
use base::{Problem, Timestamp};
use http::StatusCode;
use model::id::{MailboxId, OutgoingId};
use model::outgoing::{Intent, Outgoing, OutgoingState};
use serde::Deserialize;
use serde_json::json;
use store::outgoing::{self, Listed as OutboxPage};
use store::{Statement, StoreError};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Scope, Sight};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Body, Filters, Listed, Named, refused, write};
use crate::failure::Failure;
use crate::sending::may_send_from;
use crate::state::State;
use crate::{read, view};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(one)).routes(routes!(cancel)).routes(routes!(resolve))
}

/// Why a mail that was asked for is not kept.
pub(super) fn unsendable(error: StoreError) -> Failure {
    match error {
        StoreError::Refused { guard: outgoing::FILES_ARE_THERE } => Failure::conflict(
            "file_forgotten",
            "A file of this mail is not there any more.",
            "Files are kept for a day after they were brought, and for 30 days for a mail that failed.",
            "Bring the file again and ask for a new mail.",
        ),
        other => refused(other, &[]),
    }
}

/// Which mails.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// From this mailbox.
    #[param(value_type = Option<view::id::MailboxId>)]
    mailbox: Option<MailboxId>,
    /// In this state.
    #[param(inline)]
    state: Option<Standing>,
}

/// How far a mail is.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = OutgoingState)]
enum Standing {
    /// It waits.
    Queued,
    /// It is being handed over.
    Sending,
    /// Microsoft has taken it.
    Accepted,
    /// Its copy stands in Sent Items.
    Sent,
    /// It came back.
    Bounced,
    /// It was not sent.
    Failed,
    /// A person decides.
    Unclear,
    /// It was taken back.
    Cancelled,
    /// It stands in Drafts.
    Drafted,
}

impl Standing {
    const fn state(self) -> OutgoingState {
        match self {
            Standing::Queued => OutgoingState::Queued,
            Standing::Sending => OutgoingState::Sending,
            Standing::Accepted => OutgoingState::Accepted,
            Standing::Sent => OutgoingState::Sent,
            Standing::Bounced => OutgoingState::Bounced,
            Standing::Failed => OutgoingState::Failed,
            Standing::Unclear => OutgoingState::Unclear,
            Standing::Cancelled => OutgoingState::Cancelled,
            Standing::Drafted => OutgoingState::Drafted,
        }
    }
}

/// The outbox
///
/// Every mail that was asked to be sent from a mailbox of which you may see anything, the newest first.
#[utoipa::path(get, path = "/api/v1/outbox", operation_id = "listOutbox", tag = "Sending", params(Asked, Paging),
    responses((status = 200, body = Page<view::Outgoing>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, filters }: Listed<Asked>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let sight = Sight::of(&state.db, &asker).await?;
    let fields = Page::<view::Outgoing>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "outbox"));
    let page = OutboxPage { mailbox: filters.mailbox, state: filters.state.map(Standing::state), before: list.position()? };
    let (data, last) = read::outgoing::list(&state.db, asker.workspace, &sight, page, limit).await?;
    let next = last.map(|last| list.cursor(&last));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// A mail in the outbox
#[utoipa::path(get, path = "/api/v1/outbox/{outgoing}", operation_id = "getOutgoing", tag = "Sending",
    params(("outgoing" = view::id::OutgoingId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Outgoing)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Outgoing>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Fields::read::<view::Outgoing>(picking.fields.as_deref())?;
    let sight = Sight::of(&state.db, &asker).await?;
    let found = read::outgoing::find(&state.db, asker.workspace, &sight, id).await?.ok_or_else(Failure::not_found)?;
    Ok(answer::one(&found, &fields, &conditions))
}

/// Take a mail back
///
/// As long as it is `queued`. What is on its way already cannot be taken back (409).
#[utoipa::path(post, path = "/api/v1/outbox/{outgoing}/cancel", operation_id = "cancelOutgoing", tag = "Sending",
    params(("outgoing" = view::id::OutgoingId, Path, description = "Its id.")),
    responses((status = 200, body = view::Outgoing)))]
async fn cancel(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Outgoing>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    let present = changeable(&state, &asker, id).await?;
    if present.state != OutgoingState::Queued {
        return Err(not_as_it_stands(present.state, "Only a queued mail can be taken back."));
    }
    let new = Outgoing { state: OutgoingState::Cancelled, problem: None, ..present.clone() };
    let changed = outgoing::change(&present, &new, state.clock.now());
    settle(&state, &asker, "mail.cancel", id, changed, &conditions).await
}

/// What a person has decided of a mail that is not settled.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Decision {
    /// `sent`: it was sent after all; `send_again`: it was not, and is to be sent.
    decision: Decided,
}

/// What a person has decided.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum Decided {
    /// It was sent after all.
    Sent,
    /// It was not sent, and is to be.
    SendAgain,
}

/// Decide about a mail
///
/// About one that is `unclear` (say whether it was sent) or `failed` (have it sent again). It is never sent again on a guess of ours.
#[utoipa::path(post, path = "/api/v1/outbox/{outgoing}/resolve", operation_id = "resolveOutgoing", tag = "Sending",
    params(("outgoing" = view::id::OutgoingId, Path, description = "Its id.")), request_body = Decision,
    responses((status = 200, body = view::Outgoing)))]
async fn resolve(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Outgoing>,
    conditions: Conditions,
    Body(wanted): Body<Decision>,
) -> Result<Response, Failure> {
    let present = changeable(&state, &asker, id).await?;
    let now = state.clock.now();
    let new = match (wanted.decision, present.state) {
        (Decided::Sent, OutgoingState::Unclear) => Outgoing { state: OutgoingState::Sent, problem: None, ..present.clone() },
        (Decided::SendAgain, OutgoingState::Unclear) if present.intent == Intent::SendDraft => {
            return Err(not_as_it_stands(present.state, "Its draft is gone, and what it said is not kept here: write it anew."));
        }
        (Decided::SendAgain, OutgoingState::Unclear | OutgoingState::Failed) => again(&present, now),
        (_, standing) => return Err(not_as_it_stands(standing, "Only what is unclear or has failed can be decided about.")),
    };
    let mut changed = outgoing::change(&present, &new, now);
    if new.state == OutgoingState::Queued {
        changed.splice(0..0, outgoing::need_files(&present).into_iter().chain([outgoing::carry(id, now)]));
    }
    settle(&state, &asker, "mail.resolve", id, changed, &conditions).await
}

/// The same mail from the beginning, under another mark; a draft that somebody wrote elsewhere is still the one to be sent.
fn again(present: &Outgoing, now: Timestamp) -> Outgoing {
    Outgoing {
        state: OutgoingState::Queued,
        mark: base::random::token(),
        send_at: now,
        draft: present.draft.clone().filter(|_| present.intent == Intent::SendDraft),
        attempted_at: None,
        accepted_at: None,
        bounced_at: None,
        problem: None,
        ..present.clone()
    }
}

async fn changeable(state: &State, asker: &Asker, id: OutgoingId) -> Result<Outgoing, Failure> {
    asker.may(Scope::Send)?;
    let found = outgoing::find(&state.db, id).await?.filter(|found| found.workspace == asker.workspace).ok_or_else(Failure::not_found)?;
    may_send_from(state, asker, found.mailbox).await?;
    Ok(found)
}

async fn settle(
    state: &State,
    asker: &Asker,
    action: &'static str,
    id: OutgoingId,
    statements: Vec<Statement>,
    conditions: &Conditions,
) -> Result<Response, Failure> {
    write(state, asker, "api.change_mail", action, &id.to_string(), json!(null), statements).await.map_err(unsendable)?;
    let sight = Sight::of(&state.db, asker).await?;
    let found = read::outgoing::find(&state.db, asker.workspace, &sight, id).await?.ok_or_else(Failure::not_found)?;
    Ok(answer::one(&found, &Fields::default(), conditions))
}

fn not_as_it_stands(standing: OutgoingState, detail: &str) -> Failure {
    let title = format!("The mail is {}.", standing.name());
    Failure::new(StatusCode::CONFLICT, Problem::new("mail_stands_otherwise", title, detail, "Look at it in the outbox."))
}
