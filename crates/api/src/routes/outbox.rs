//! `/api/v1/outbox`: mail that was asked to be sent, from the asking to what came of it.

use std::time::Duration;

use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use base::{Problem, Timestamp};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use model::id::{MailboxId, OutgoingId};
use model::outgoing::{Intent, Outgoing, OutgoingState, Written};
use serde::Deserialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::outgoing::{self, Listed as OutboxPage};
use store::{Statement, StoreError, tracked};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Caller, Scope, Sight};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Body, Filters, Listed, Named, refused, write};
use crate::failure::Failure;
use crate::sending::{NewMail, compose, may_send_from};
use crate::state::State;
use crate::tracking;
use crate::{idempotency, read, view};

/// The furthest that a mail may lie ahead.
const AHEAD_MAX: Duration = Duration::from_secs(366 * 86_400);
/// The longest that a mail may wait to be taken back.
const UNDO_MAX: u32 = 600;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(send)).routes(routes!(list)).routes(routes!(one)).routes(routes!(cancel)).routes(routes!(resolve))
}

/// Send a mail
///
/// It is kept, then handed to Microsoft in the background: `202` with the mail as it stands in the outbox. It is sent once, also if
/// this request is sent again with the same `Idempotency-Key`. What Exchange would refuse is told at once (422).
#[utoipa::path(post, path = "/api/v1/mailboxes/{mailbox}/send", operation_id = "sendMail", tag = "Sending",
    params(("mailbox" = view::id::MailboxId, Path, description = "From which mailbox.")), request_body = NewMail,
    responses((status = 202, body = view::Outgoing, headers(("Location" = String, description = "Where to look what comes of it.")))))]
async fn send(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Mailbox>,
    headers: HeaderMap,
    caller: Option<Caller>,
    Body(wanted): Body<NewMail>,
) -> Result<Response, Failure> {
    let mailbox = may_send_from(&state, &asker, id).await?;
    let now = state.clock.now();
    let send_at = send_at(wanted.send_at, wanted.undo_seconds, now)?;
    let (kind, written) = compose(&state, &asker, &mailbox, &wanted).await?;
    let outgoing = Outgoing {
        kind,
        original: wanted.answers.map(|answers| answers.message),
        asked_by: asker.actor(),
        send_at,
        ..Outgoing::asked(OutgoingId::new(now), (asker.workspace, mailbox.id), mark(&asker, &headers), written, now)
    };
    let plan = tracking::plan(&state, &asker, wanted.tracking, &outgoing.written, caller).await?;
    let (mails, tracked) = match &plan {
        Some(plan) => plan.copies(&outgoing).map(|(mails, tracked)| (mails, Some(tracked)))?,
        None => (vec![outgoing], None),
    };
    let outgoing = mails.first().ok_or_else(Failure::not_found)?.clone();
    let statements = mails.iter().flat_map(outgoing::ask).chain(tracked.iter().flat_map(tracked::insert));
    let detail = json!({"mailbox": mailbox.id, "kind": kind.name(), "tracked": tracked.is_some()});
    let asked = write(&state, &asker, "api.send_mail", "mail.send", &outgoing.id.to_string(), detail, statements).await;
    match asked {
        Ok(()) => accepted(&state, &asker, outgoing).await,
        Err(StoreError::Conflict(_)) => {
            let known = known(&state, &outgoing, |known| match &plan {
                Some(plan) => plan.says_the_same(known, &outgoing.written),
                None => known.says_the_same_as(&outgoing.written),
            });
            accepted(&state, &asker, known.await?).await
        }
        Err(error) => Err(unsendable(error)),
    }
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

/// The mail that the key of this one has asked for before, when its answer was forgotten: that one is the answer, if it is the same.
pub(super) async fn known(state: &State, asked: &Outgoing, is_same: impl FnOnce(&Written) -> bool) -> Result<Outgoing, Failure> {
    let known = outgoing::by_mark(&state.db, asked.workspace, &asked.mark).await?.ok_or_else(Failure::not_found)?;
    if (known.mailbox, known.intent) != (asked.mailbox, asked.intent) || !is_same(&known.written) {
        let (title, detail) = ("That key belongs to another mail.", "The key has asked for another mail before.");
        return Err(Failure::unprocessable("idempotency_key_reused", title, detail, "Use a new key."));
    }
    Ok(known)
}

/// The mark by which a mail is found at Microsoft. It comes from the idempotency key where there is one, so that the same request
/// means the same mail also where our own memory of it was lost, as by a restored backup.
pub(super) fn mark(asker: &Asker, headers: &HeaderMap) -> String {
    match headers.get(idempotency::HEADER).and_then(|key| key.to_str().ok()) {
        None => base::random::token(),
        Some(key) => {
            let text = format!("{}\n{}\n{key}", asker.workspace, asker.identity());
            base::random::hex(&Sha256::digest(text.as_bytes()))
        }
    }
}

/// When a mail leaves that is wanted at a time, and can be taken back for so many seconds.
///
/// # Errors
/// 422 for what is too long or too far.
pub(super) fn send_at(wished: Option<Timestamp>, undo_seconds: u32, now: Timestamp) -> Result<Timestamp, Failure> {
    if undo_seconds > UNDO_MAX {
        let detail = format!("`undo_seconds` is {undo_seconds}; a mail can be held back for {UNDO_MAX}.");
        return Err(Failure::unprocessable("undo_too_long", "That is too long to hold a mail back.", detail, "Use `send_at` for later."));
    }
    let wished = wished.unwrap_or(now);
    if wished > now.plus(AHEAD_MAX) {
        let detail = "`send_at` lies more than a year ahead.";
        return Err(Failure::unprocessable("send_at_too_far", "That is too far ahead.", detail, "Choose a time within a year."));
    }
    Ok(wished.max(now).plus(Duration::from_secs(u64::from(undo_seconds))))
}

/// `202` with the mail as it stands.
pub(super) async fn accepted(state: &State, asker: &Asker, outgoing: Outgoing) -> Result<Response, Failure> {
    let sight = Sight::of(&state.db, asker).await?;
    let location = HeaderValue::from_str(&format!("/api/v1/outbox/{}", outgoing.id)).expect("our own paths are ASCII");
    let shown = view::Outgoing::of(outgoing, Vec::new(), &sight).ok_or_else(Failure::not_found)?;
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], axum::Json(shown)).into_response())
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
