//! `/api/v1/mailboxes/{id}/send` and `/send-each`: mail that is asked to be sent.

use std::collections::HashMap;
use std::time::Duration;

use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use base::Timestamp;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use model::id::OutgoingId;
use model::outgoing::Outgoing;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use store::tracked::Tracked;
use store::{Statement, StoreError, outgoing, tracked};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::outbox::unsendable;
use crate::access::{Asker, Caller, Sight};
use crate::asked::{Body, Named, write};
use crate::failure::Failure;
use crate::sending::{MailForEach, NewMail, check_draft, compose, compose_draft, compose_each, may_send_from, of_one};
use crate::state::State;
use crate::tracking::{self, Plan};
use crate::{idempotency, view};

/// The furthest that a mail may lie ahead.
const AHEAD_MAX: Duration = Duration::from_secs(366 * 86_400);
/// The longest that a mail may wait to be taken back.
const UNDO_MAX: u32 = 600;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(send)).routes(routes!(send_each)).routes(routes!(preview))
}

/// A mail that is asked for, as it will go out.
struct Made {
    mails: Vec<Outgoing>,
    tracked: Option<Tracked>,
    plan: Option<Plan>,
}

impl Made {
    async fn of(state: &State, asker: &Asker, wanted: &NewMail, asked: Outgoing, caller: Option<Caller>) -> Result<Self, Failure> {
        let plan = tracking::plan(state, asker, wanted.tracking, &asked.written, caller).await?;
        let (mails, tracked) = match &plan {
            Some(plan) => plan.copies(&asked).map(|(mails, tracked)| (mails, Some(tracked)))?,
            None => (vec![asked], None),
        };
        Ok(Made { mails, tracked, plan })
    }

    /// The first of its copies: the one that was asked for.
    fn first(&self) -> Result<&Outgoing, Failure> {
        self.mails.first().ok_or_else(Failure::not_found)
    }

    /// Whether a mail that is known already is this one.
    fn is(&self, known: &Outgoing) -> bool {
        let says_the_same = |first: &Outgoing| match &self.plan {
            Some(plan) => plan.says_the_same(&known.written, &first.written),
            None => known.written.says_the_same_as(&first.written),
        };
        self.mails.first().is_some_and(|first| (known.mailbox, known.intent) == (first.mailbox, first.intent) && says_the_same(first))
    }
}

/// All that keeps these mails, the ledger last.
fn kept(made: &[Made]) -> Vec<Statement> {
    let mails: Vec<Outgoing> = made.iter().flat_map(|made| made.mails.iter().cloned()).collect();
    let tracked = made.iter().filter_map(|made| made.tracked.as_ref()).flat_map(tracked::insert);
    tracked.chain(outgoing::ask_all(&mails)).collect()
}

/// The key has asked for another mail before.
fn another_mail() -> Failure {
    let (title, detail) = ("That key belongs to another mail.", "The key has sent another mail before.");
    Failure::unprocessable("idempotency_key_reused", title, detail, "Use a new key.")
}

/// Send a mail
///
/// It is kept, then handed to Microsoft in the background: `202` with the mail as it stands in the outbox. It is sent once, also if
/// this request is sent again with the same `Idempotency-Key`. What Exchange would refuse is told at once (422), and so is a field of
/// a template that has no value.
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
    let asked = Outgoing {
        kind,
        original: wanted.answers.map(|answers| answers.message),
        asked_by: asker.actor(),
        send_at,
        ..Outgoing::asked(OutgoingId::new(now), (asker.workspace, mailbox.id), mark(&asker, &headers), written, now)
    };
    let made = Made::of(&state, &asker, &wanted, asked, caller).await?;
    let first = made.first()?.clone();
    let detail = json!({"mailbox": mailbox.id, "kind": kind.name(), "tracked": made.tracked.is_some()});
    let statements = kept(std::slice::from_ref(&made));
    let outcome = write(&state, &asker, "api.send_mail", "mail.send", &first.id.to_string(), detail, statements).await;
    answered(&state, &asker, outcome, first, |known| made.is(known)).await
}

/// The answer to who has asked for a mail. If its mark has asked for one before, and that answer was forgotten, that mail is the answer.
///
/// # Errors
/// 422 if that is another mail, and as `outcome` says.
pub(super) async fn answered(
    state: &State,
    asker: &Asker,
    outcome: Result<(), StoreError>,
    asked: Outgoing,
    is_it: impl FnOnce(&Outgoing) -> bool,
) -> Result<Response, Failure> {
    match outcome {
        Ok(()) => accepted(state, asker, asked).await,
        Err(error @ StoreError::Conflict(_)) => match outgoing::by_mark(&state.db, asker.workspace, &asked.mark).await? {
            Some(known) if is_it(&known) => accepted(state, asker, known).await,
            Some(_) => Err(another_mail()),
            None => Err(unsendable(error)),
        },
        Err(error) => Err(unsendable(error)),
    }
}

/// Look at a mail before it is sent
///
/// As it would leave, with template, signature and quotation; its HTML is cleaned for showing and without remote images. Nothing is kept.
/// It may be without recipients still.
#[utoipa::path(post, path = "/api/v1/mailboxes/{mailbox}/preview", operation_id = "previewMail", tag = "Sending",
    params(("mailbox" = view::id::MailboxId, Path, description = "From which mailbox.")), request_body = NewMail,
    responses((status = 200, body = view::MailPreview)))]
async fn preview(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Mailbox>,
    Body(wanted): Body<NewMail>,
) -> Result<Response, Failure> {
    let mailbox = may_send_from(&state, &asker, id).await?;
    let (kind, written) = compose_draft(&state, &asker, &mailbox, &wanted).await?;
    check_draft(&written, state.settings.mail_limits)?;
    Ok(axum::Json(view::MailPreview::of(kind, written)).into_response())
}

/// Mails that were asked for together.
#[derive(Debug, Serialize, ToSchema)]
struct AskedForEach {
    /// One for each recipient, in their order.
    mails: Vec<AskedForOne>,
}

/// One of them.
#[derive(Debug, Serialize, ToSchema)]
struct AskedForOne {
    /// The mail in the outbox.
    #[schema(value_type = view::id::OutgoingId)]
    id: OutgoingId,
    /// To whom.
    email: String,
}

/// Send a mail to each of many
///
/// A template is filled for each recipient, and each gets a mail of their own. All are judged before the first is kept, and all are
/// kept or none. Sent again with the same `Idempotency-Key` nobody gets a second one. At most 500 recipients in one request.
#[utoipa::path(post, path = "/api/v1/mailboxes/{mailbox}/send-each", operation_id = "sendMailToEach", tag = "Sending",
    params(("mailbox" = view::id::MailboxId, Path, description = "From which mailbox.")), request_body = MailForEach,
    responses((status = 202, description = "They are in the outbox.", body = AskedForEach)))]
async fn send_each(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Mailbox>,
    headers: HeaderMap,
    caller: Option<Caller>,
    Body(wanted): Body<MailForEach>,
) -> Result<Response, Failure> {
    let mailbox = may_send_from(&state, &asker, id).await?;
    let now = state.clock.now();
    let (send_at, mark) = (send_at(wanted.mail.send_at, wanted.mail.undo_seconds, now)?, mark(&asker, &headers));
    let all = compose_each(&state, &asker, &mailbox, &wanted).await?;
    let mut made = Vec::with_capacity(all.len());
    for (place, (written, one)) in all.into_iter().zip(&wanted.recipients).enumerate() {
        let own = (asker.workspace, mailbox.id);
        let asked = Outgoing::asked(OutgoingId::new(now), own, mark_of_one(&mark, &one.email), written, now);
        let asked = Outgoing { asked_by: asker.actor(), send_at, ..asked };
        let whole = Made::of(&state, &asker, &wanted.mail, asked, caller.clone()).await;
        made.push(whole.map_err(|failure| of_one(failure, (place, wanted.recipients.len()), &one.email, 0))?);
    }
    let detail = json!({ "mails": made.len(), "template": wanted.mail.template.as_ref().map(|template| template.id) });
    let done = write(&state, &asker, "api.send_each", "mail.send_each", &mailbox.id.to_string(), detail, kept(&made)).await;
    let ids = match done {
        Ok(()) => made.iter().map(|made| Ok(made.first()?.id)).collect::<Result<Vec<_>, Failure>>()?,
        Err(error @ StoreError::Conflict(_)) => known(&state, &asker, &made).await?.ok_or_else(|| unsendable(error))?,
        Err(error) => return Err(unsendable(error)),
    };
    let mails = ids.into_iter().zip(&wanted.recipients).map(|(id, one)| AskedForOne { id, email: one.email.trim().to_owned() });
    Ok((StatusCode::ACCEPTED, axum::Json(AskedForEach { mails: mails.collect() })).into_response())
}

/// The mails that the key has sent before, if it has sent any.
///
/// # Errors
/// 422 if they are others than these.
async fn known(state: &State, asker: &Asker, made: &[Made]) -> Result<Option<Vec<OutgoingId>>, Failure> {
    let marks = made.iter().map(|made| Ok(made.first()?.mark.clone())).collect::<Result<Vec<String>, Failure>>()?;
    let found = outgoing::by_marks(&state.db, asker.workspace, &marks).await?;
    if found.is_empty() {
        return Ok(None);
    }
    let by_mark: HashMap<&str, &Outgoing> = found.iter().map(|found| (found.mark.as_str(), found)).collect();
    let one = |(made, mark): (&Made, &String)| by_mark.get(mark.as_str()).filter(|known| made.is(known)).map(|known| known.id);
    made.iter().zip(&marks).map(one).collect::<Option<Vec<OutgoingId>>>().map(Some).ok_or_else(another_mail)
}

/// The mark by which a mail is found at Microsoft. It comes from the idempotency key where there is one, so that the same request
/// means the same mail also where our own memory of it was lost, as by a restored backup.
pub(super) fn mark(asker: &Asker, headers: &HeaderMap) -> String {
    match headers.get(idempotency::HEADER).and_then(|key| key.to_str().ok()) {
        None => base::random::token(),
        Some(key) => hashed(&format!("{}\n{}\n{key}", asker.workspace, asker.identity())),
    }
}

/// The mark of the mail to one of many: the same for the same request and address, in whatever order they come.
fn mark_of_one(mark: &str, email: &str) -> String {
    hashed(&format!("{mark}\nto {}", email.trim().to_lowercase()))
}

fn hashed(text: &str) -> String {
    base::random::hex(&Sha256::digest(text.as_bytes()))
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
