//! Endpoints: making, changing, stopping and asking again, for the routes and for the console. Each is one transaction with
//! a line of the audit; what an endpoint is then told is decided elsewhere.
//!
//! An asker who is confined to some mailboxes can only have an endpoint told of these. Whose endpoint is not in the asker's
//! workspace is not there.

use std::time::Duration;

use base::{Problem, Timestamp};
use model::event::{EventKind, NewEvent};
use model::id::{DeliveryId, EndpointId, MailboxId};
use serde_json::json;
use store::delivery::{self, Announcement};
use store::endpoint::{self, Endpoint, EndpointKind, EndpointState, Filter};
use store::{Statement, due, ledger, mailbox, work};
use url::Url;

use crate::access::{Asker, Mailboxes, Scope, owner_of};
use crate::asked::{refused, write};
use crate::failure::Failure;
use crate::state::State;
use crate::view;

/// How long the secret before signs too, unless the asker says otherwise.
pub const PREVIOUS_SECRET: Duration = Duration::from_secs(24 * 3600);
/// Endpoints of one workspace.
const ENDPOINTS_MAX: usize = 500;
/// Deliveries that are repeated by one request.
pub const REPLAYED_MAX: u32 = 1_000;
/// Characters of a description.
const DESCRIPTION_MAX: usize = 500;

/// What an endpoint is to be.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Its address.
    pub url: String,
    /// What it is for.
    pub description: String,
    /// Kinds of events; none for every kind.
    pub events: Vec<String>,
    /// Mailboxes; none for all that the asker is confined to.
    pub mailboxes: Vec<MailboxId>,
    /// Whether it gets nouns.
    pub expand: bool,
}

/// The endpoints of the asker's workspace, the oldest first.
///
/// # Errors
/// 403 without the scope; when the database does not answer.
pub async fn list(state: &State, asker: &Asker) -> Result<Vec<view::Endpoint>, Failure> {
    asker.may(Scope::Webhooks)?;
    let all = endpoint::list(&state.db, asker.workspace).await?;
    all.into_iter().filter(|endpoint| sees(asker, endpoint)).map(|endpoint| shown(state, endpoint)).collect()
}

/// One endpoint, as it is kept.
///
/// # Errors
/// 404 if it is not there; as [`list`].
pub async fn find(state: &State, asker: &Asker, id: EndpointId) -> Result<Endpoint, Failure> {
    asker.may(Scope::Webhooks)?;
    let found = endpoint::find(&state.db, id).await?.filter(|found| found.workspace == asker.workspace && sees(asker, found));
    found.ok_or_else(Failure::not_found)
}

/// Who is confined to some mailboxes keeps only endpoints that are.
fn sees(asker: &Asker, endpoint: &Endpoint) -> bool {
    match &asker.mailboxes {
        Mailboxes::All => true,
        confined => !endpoint.filter.mailboxes.is_empty() && endpoint.filter.mailboxes.iter().all(|mailbox| confined.hold(*mailbox)),
    }
}

/// An endpoint as the outside reads it.
///
/// # Errors
/// When the vault does not open its address.
pub fn shown(state: &State, endpoint: Endpoint) -> Result<view::Endpoint, Failure> {
    let url = state.vault.open_text(&endpoint::url_place(endpoint.id), &endpoint.url_sealed).map_err(|error| sealed(&error))?;
    Ok(view::Endpoint::of(endpoint, url.expose()))
}

/// Makes an endpoint, which is told of what happens from now on.
///
/// # Errors
/// 422 for what cannot be; as [`list`].
pub async fn make(state: &State, asker: &Asker, kind: EndpointKind, wanted: Wanted) -> Result<view::NewEndpoint, Failure> {
    asker.may(Scope::Webhooks)?;
    let now = state.clock.now();
    if endpoint::list(&state.db, asker.workspace).await?.len() >= ENDPOINTS_MAX {
        let detail = format!("A workspace can have {ENDPOINTS_MAX} endpoints.");
        return Err(Failure::conflict("too_many_endpoints", "There are too many endpoints.", detail, "Remove one that is not used."));
    }
    let url = read_url(state, &wanted.url)?;
    let filter = read_filter(state, asker, wanted.events, wanted.mailboxes).await?;
    let (id, secret) = (EndpointId::new(now), state.outside.new_secret());
    let made = Endpoint {
        id,
        workspace: asker.workspace,
        kind,
        host: url.origin().ascii_serialization(),
        url_sealed: seal_url(state, id, &url),
        description: read_description(wanted.description)?,
        filter,
        expand: wanted.expand,
        owner: owner_of(asker),
        state: EndpointState::Active,
        state_at: now,
        problem: None,
        secret_sealed: state.vault.seal_text(&endpoint::secret_place(id), &secret),
        previous_secret: None,
        failures: 0,
        failing_since: None,
        succeeded_at: None,
        held_until: None,
        after_seq: 0,
        version: 1,
        created_at: now,
    };
    keep(state, asker, "endpoint.make", &id.to_string(), json!({"host": made.host}), vec![endpoint::insert(&made)]).await?;
    Ok(view::NewEndpoint { endpoint: shown(state, made)?, secret: secret.expose().clone() })
}

/// What is to be different about an endpoint.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Another address.
    pub url: Option<String>,
    /// Another description.
    pub description: Option<String>,
    /// Other kinds of events.
    pub events: Option<Vec<String>>,
    /// Other mailboxes.
    pub mailboxes: Option<Vec<MailboxId>>,
    /// Whether it gets nouns.
    pub expand: Option<bool>,
}

/// Changes an endpoint as `present` was read.
///
/// # Errors
/// 422 for what cannot be, 409 if it has changed meanwhile; as [`list`].
pub async fn change(state: &State, asker: &Asker, present: Endpoint, change: Change) -> Result<view::Endpoint, Failure> {
    let mut next = present;
    if let Some(text) = change.url {
        let url = read_url(state, &text)?;
        next.host = url.origin().ascii_serialization();
        next.url_sealed = seal_url(state, next.id, &url);
    }
    if let Some(description) = change.description {
        next.description = read_description(description)?;
    }
    if change.events.is_some() || change.mailboxes.is_some() {
        let events = change.events.unwrap_or(next.filter.kinds);
        let mailboxes = change.mailboxes.unwrap_or(next.filter.mailboxes);
        next.filter = read_filter(state, asker, events, mailboxes).await?;
    }
    next.expand = change.expand.unwrap_or(next.expand);
    // It sees with the eyes of who last decided what it is told.
    next.owner = owner_of(asker);
    keep(state, asker, "endpoint.change", &next.id.to_string(), json!({"host": next.host}), vec![endpoint::change(&next)]).await?;
    again(state, asker, next.id).await
}

/// Signs with a new secret from now on; the present one signs too for `overlap`.
///
/// # Errors
/// As [`list`].
pub async fn rotate_secret(state: &State, asker: &Asker, id: EndpointId, overlap: Duration) -> Result<view::NewEndpoint, Failure> {
    let (found, now) = (find(state, asker, id).await?, state.clock.now());
    let secret = state.outside.new_secret();
    let sealed = state.vault.seal_text(&endpoint::secret_place(id), &secret);
    let rotated = endpoint::rotate_secret(found.id, sealed, now.plus(overlap));
    keep(state, asker, "endpoint.rotate_secret", &id.to_string(), json!(null), vec![rotated]).await?;
    Ok(view::NewEndpoint { endpoint: again(state, asker, id).await?, secret: secret.expose().clone() })
}

/// Calls an endpoint again that was paused or disabled, with everything that waits for it, or without.
///
/// # Errors
/// 409 if it is called already; as [`list`].
pub async fn resume(state: &State, asker: &Asker, id: EndpointId, skip_waiting: bool) -> Result<view::Endpoint, Failure> {
    let (found, now) = (find(state, asker, id).await?, state.clock.now());
    if found.state == EndpointState::Active {
        let action = "Nothing needs to be done.";
        return Err(Failure::conflict("endpoint_active", "This endpoint is called already.", "It is neither paused nor disabled.", action));
    }
    let mut statements = vec![endpoint::resume(id, now)];
    if skip_waiting {
        statements.extend(delivery::skip_pending(id, now));
    }
    statements.extend([delivery::hasten(id, now), due::carry(id, now)]);
    keep(state, asker, "endpoint.resume", &id.to_string(), json!({"skip_waiting": skip_waiting}), statements).await?;
    again(state, asker, id).await
}

/// Calls an endpoint no more until a person resumes it; what it is to be told waits.
///
/// # Errors
/// 409 if it is not called anyway; as [`list`].
pub async fn pause(state: &State, asker: &Asker, id: EndpointId) -> Result<view::Endpoint, Failure> {
    let (found, now) = (find(state, asker, id).await?, state.clock.now());
    if found.state != EndpointState::Active {
        return Err(not_active());
    }
    let problem = Problem::new(
        "endpoint_paused_by_hand",
        "This endpoint is paused.",
        format!("{} paused it at {now}.", asker.actor()),
        "Choose Resume when it is to be called again: what waits is delivered in order.",
    );
    let stop = endpoint::stop(id, EndpointState::Paused, &problem, now);
    keep(state, asker, "endpoint.pause", &id.to_string(), json!(null), vec![stop]).await?;
    again(state, asker, id).await
}

/// Removes an endpoint with everything that it is still to be told.
///
/// # Errors
/// As [`list`].
pub async fn remove(state: &State, asker: &Asker, id: EndpointId) -> Result<(), Failure> {
    let found = find(state, asker, id).await?;
    let statements = endpoint::remove(id).into_iter().chain([work::remove(due::CARRY_WEBHOOKS, &id.to_string())]);
    keep(state, asker, "endpoint.remove", &id.to_string(), json!({"host": found.host}), statements.collect()).await
}

/// Has an endpoint called with a test event.
///
/// # Errors
/// 409 if it is not called; as [`list`].
pub async fn test(state: &State, asker: &Asker, id: EndpointId) -> Result<(), Failure> {
    let (found, now) = (find(state, asker, id).await?, state.clock.now());
    if found.state != EndpointState::Active {
        return Err(not_active());
    }
    let event = NewEvent { kind: EventKind::EndpointTested, subject: id.number(), backfill: false, data: json!({"by": asker.actor()}) };
    let mut statements = due::decide(asker.workspace, now).to_vec();
    statements.extend(ledger::append_of_workspace(asker.workspace, now, &[event]));
    keep(state, asker, "endpoint.test", &id.to_string(), json!(null), statements).await
}

/// One delivery of the asker's workspace.
///
/// # Errors
/// 404 if it is not there; as [`list`].
pub async fn find_delivery(state: &State, asker: &Asker, id: DeliveryId) -> Result<delivery::Delivery, Failure> {
    asker.may(Scope::Webhooks)?;
    let found = delivery::find(&state.db, id).await?.filter(|found| found.workspace == asker.workspace);
    let found = found.ok_or_else(Failure::not_found)?;
    find(state, asker, found.endpoint).await?;
    Ok(found)
}

/// Has one delivery repeated: a new one about the same event, at the end of its stream. Answers the new one.
///
/// # Errors
/// As [`replay_between`].
pub async fn replay(state: &State, asker: &Asker, id: DeliveryId) -> Result<view::Delivery, Failure> {
    let old = find_delivery(state, asker, id).await?;
    let endpoint = find(state, asker, old.endpoint).await?;
    let repeated = repeat(state, asker, &endpoint, vec![old]).await?;
    let new = delivery::find(&state.db, repeated[0]).await?.ok_or_else(Failure::not_found)?;
    Ok(view::Delivery::of(new))
}

/// Has what an endpoint was told in a time repeated, oldest first, up to [`REPLAYED_MAX`] of it behind `after`. Answers how
/// many it was, and the last of them if there may be more.
///
/// # Errors
/// 409 if the endpoint is disabled; as [`list`].
pub async fn replay_between(
    state: &State,
    asker: &Asker,
    endpoint: &Endpoint,
    (from, until): (Timestamp, Timestamp),
    after: Option<DeliveryId>,
) -> Result<(usize, Option<DeliveryId>), Failure> {
    let old = delivery::made_between(&state.db, endpoint.id, from, until, after, REPLAYED_MAX).await?;
    let (count, last) = (old.len(), old.last().map(|last| last.id));
    if count > 0 {
        repeat(state, asker, endpoint, old).await?;
    }
    Ok((count, last.filter(|_| count == REPLAYED_MAX as usize)))
}

async fn repeat(state: &State, asker: &Asker, endpoint: &Endpoint, old: Vec<delivery::Delivery>) -> Result<Vec<DeliveryId>, Failure> {
    if endpoint.state == EndpointState::Disabled {
        return Err(not_active());
    }
    let now = state.clock.now();
    let mut statements = Vec::new();
    let mut ids = Vec::with_capacity(old.len());
    for one in &old {
        let (event_seq, event_kind, replay_of) = (one.event_seq, one.event_kind, Some(one.id));
        let announcement = Announcement { id: DeliveryId::new(now), event_seq, event_kind, replay_of };
        ids.push(announcement.id);
        let stream = one.mailbox.map_or(one.workspace.number(), MailboxId::number);
        statements.extend(delivery::announce(one.workspace, one.endpoint, stream, &[announcement], now));
    }
    statements.push(due::carry(endpoint.id, now));
    keep(state, asker, "endpoint.replay", &endpoint.id.to_string(), json!({"deliveries": old.len()}), statements).await?;
    Ok(ids)
}

async fn again(state: &State, asker: &Asker, id: EndpointId) -> Result<view::Endpoint, Failure> {
    shown(state, find(state, asker, id).await?)
}

async fn keep(
    state: &State,
    asker: &Asker,
    action: &str,
    object: &str,
    detail: serde_json::Value,
    statements: Vec<Statement>,
) -> Result<(), Failure> {
    write(state, asker, "api.endpoint", action, object, detail, statements).await.map_err(|error| refused(error, &[]))
}

fn seal_url(state: &State, id: EndpointId, url: &Url) -> Vec<u8> {
    state.vault.seal_text(&endpoint::url_place(id), &url.to_string().into())
}

fn read_url(state: &State, text: &str) -> Result<Url, Failure> {
    state.outside.read(text).map_err(|why| {
        let action =
            "Give an https:// address that can be reached from the internet; for one inside, ask the operator for webhooks.allowed_hosts.";
        Failure::unprocessable("url_not_called", "This address is not called.", format!("`url`: {why}."), action)
    })
}

fn read_description(text: String) -> Result<String, Failure> {
    if text.chars().count() <= DESCRIPTION_MAX {
        return Ok(text);
    }
    let detail = format!("`description` is longer than {DESCRIPTION_MAX} characters.");
    Err(Failure::unprocessable("description_too_long", "The description is too long.", detail, "Say it more shortly."))
}

async fn read_filter(state: &State, asker: &Asker, kinds: Vec<String>, mailboxes: Vec<MailboxId>) -> Result<Filter, Failure> {
    let mailboxes = match (&asker.mailboxes, mailboxes.is_empty()) {
        (Mailboxes::Only(own), true) => own.clone(),
        _ => mailboxes,
    };
    let known = mailbox::list(&state.db, asker.workspace).await?;
    let unknown = |wanted: &&MailboxId| !asker.mailboxes.hold(**wanted) || !known.iter().any(|known| known.id == **wanted);
    if let Some(unknown) = mailboxes.iter().find(unknown) {
        let detail = format!("`mailboxes`: there is no {unknown} that you may see.");
        return Err(Failure::unprocessable("mailbox_unknown", "A mailbox is not there.", detail, "Look at GET /api/v1/mailboxes."));
    }
    let filter = Filter { kinds, mailboxes };
    if let Some(unknown) = filter.unknown_kind() {
        let names: Vec<&str> = EventKind::ALL.iter().map(|kind| kind.name()).collect();
        let detail = format!("`events`: no event is called `{unknown}`.");
        let action = format!("Name some of {}, or all of a noun as `message.*`.", names.join(", "));
        return Err(Failure::unprocessable("event_unknown", "An event is not known.", detail, action));
    }
    Ok(filter)
}

fn not_active() -> Failure {
    let detail = "It is paused or disabled, so it would not be called.";
    Failure::conflict("endpoint_not_active", "This endpoint is not called.", detail, "Resume it first.")
}

fn sealed(error: &store::vault::VaultError) -> Failure {
    tracing::error!(error = %error, "An endpoint's address does not open");
    let action = "Ask the operator whether the encryption key was changed.";
    let problem = Problem::new("sealed", "The endpoint's address cannot be read.", "It was sealed with another key.", action);
    Failure::new(http::StatusCode::SERVICE_UNAVAILABLE, problem)
}
