//! `/api/v1/endpoints`: who outside is told of events.

use std::time::Duration;

use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use base::Timestamp;
use http::StatusCode;
use model::id::{DeliveryId, EndpointId, MailboxId};
use serde::{Deserialize, Serialize};
use store::delivery::{self, DeliveryState};
use store::endpoint::EndpointKind;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Scope};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Body, Filters, Listed, Named, Unfiltered};
use crate::endpoints::{self, Change, Wanted};
use crate::failure::Failure;
use crate::state::State;
use crate::view;

/// The longest that a secret that was replaced signs too.
const OVERLAP_HOURS_MAX: u32 = 30 * 24;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(list, make))
        .routes(routes!(one, change, remove))
        .routes(routes!(rotate_secret))
        .routes(routes!(pause))
        .routes(routes!(resume))
        .routes(routes!(test))
        .routes(routes!(deliveries))
        .routes(routes!(replay))
}

/// Endpoints
///
/// The oldest first.
#[utoipa::path(get, path = "/api/v1/endpoints", operation_id = "listEndpoints", tag = "Webhooks", params(Paging),
    responses((status = 200, body = Page<view::Endpoint>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    let fields = Page::<view::Endpoint>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "endpoints"));
    let after: Option<EndpointId> = list.position()?;
    let all = endpoints::list(&state, &asker).await?.into_iter();
    let mut data: Vec<view::Endpoint> =
        all.filter(|endpoint| after.is_none_or(|after| endpoint.id > after)).take(limit as usize + 1).collect();
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&last.id));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// A new endpoint.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct MakeEndpoint {
    /// Where it is called: `https`, and not inside this server's own network.
    #[schema(example = "https://crm.example.com/hooks/rapport", max_length = 2048)]
    url: String,
    /// What it is for.
    #[serde(default)]
    #[schema(max_length = 500)]
    description: String,
    /// Kinds of events, `message.*` for all of a noun; none for every kind.
    #[serde(default)]
    #[schema(example = json!(["message.received", "thread.*"]))]
    events: Vec<String>,
    /// Only these mailboxes, and nothing about the workspace as a whole; none for all.
    #[serde(default)]
    #[schema(value_type = Vec<view::id::MailboxId>)]
    mailboxes: Vec<MailboxId>,
    /// Whether it gets what an event happened to, as you may see it, and not only its id.
    #[serde(default)]
    expand: bool,
}

/// Make an endpoint
///
/// It is told of what happens from now on. Its calls are signed as Standard Webhooks says; the secret is shown this once.
#[utoipa::path(post, path = "/api/v1/endpoints", operation_id = "makeEndpoint", tag = "Webhooks", request_body = MakeEndpoint,
    responses((status = 201, description = "Made.", body = view::NewEndpoint)))]
async fn make(Given(state): Given<State>, asker: Asker, Body(wanted): Body<MakeEndpoint>) -> Result<Response, Failure> {
    let MakeEndpoint { url, description, events, mailboxes, expand } = wanted;
    let made = endpoints::make(&state, &asker, EndpointKind::Generic, Wanted { url, description, events, mailboxes, expand }).await?;
    Ok(unrepeatable(answer::created(&made, &format!("/api/v1/endpoints/{}", made.endpoint.id))))
}

/// An endpoint
#[utoipa::path(get, path = "/api/v1/endpoints/{endpoint}", operation_id = "getEndpoint", tag = "Webhooks",
    params(("endpoint" = view::id::EndpointId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::Endpoint)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Endpoint>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    let fields = Fields::read::<view::Endpoint>(picking.fields.as_deref())?;
    let found = endpoints::shown(&state, endpoints::find(&state, &asker, id).await?)?;
    Ok(answer::one(&found, &fields, &conditions))
}

/// What is to be different; what is left out stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ChangeEndpoint {
    /// Another address.
    #[schema(max_length = 2048)]
    url: Option<String>,
    /// Another description.
    #[schema(max_length = 500)]
    description: Option<String>,
    /// Other kinds of events.
    events: Option<Vec<String>>,
    /// Other mailboxes.
    #[schema(value_type = Option<Vec<view::id::MailboxId>>)]
    mailboxes: Option<Vec<MailboxId>>,
    /// Whether it gets nouns.
    expand: Option<bool>,
}

/// Change an endpoint
///
/// It belongs to you from then on: it sees what you may see.
#[utoipa::path(patch, path = "/api/v1/endpoints/{endpoint}", operation_id = "changeEndpoint", tag = "Webhooks",
    params(("endpoint" = view::id::EndpointId, Path, description = "Its id.")), request_body = ChangeEndpoint,
    responses((status = 200, body = view::Endpoint)))]
async fn change(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Endpoint>,
    conditions: Conditions,
    Body(wanted): Body<ChangeEndpoint>,
) -> Result<Response, Failure> {
    let present = endpoints::find(&state, &asker, id).await?;
    conditions.check(&endpoints::shown(&state, present.clone())?)?;
    let ChangeEndpoint { url, description, events, mailboxes, expand } = wanted;
    let now = endpoints::change(&state, &asker, present, Change { url, description, events, mailboxes, expand }).await?;
    Ok(answer::one(&now, &Fields::default(), &Conditions::default()))
}

/// Remove an endpoint
///
/// With everything that it is still to be told.
#[utoipa::path(delete, path = "/api/v1/endpoints/{endpoint}", operation_id = "removeEndpoint", tag = "Webhooks",
    params(("endpoint" = view::id::EndpointId, Path, description = "Its id.")),
    responses((status = 204, description = "Removed.")))]
async fn remove(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Endpoint>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    conditions.check(&endpoints::shown(&state, endpoints::find(&state, &asker, id).await?)?)?;
    endpoints::remove(&state, &asker, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// How the secret is changed.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct RotateSecret {
    /// For how many hours the present secret signs too; 24 unless you say otherwise, 0 for not at all.
    #[schema(minimum = 0, maximum = 720)]
    overlap_hours: Option<u32>,
}

/// Change an endpoint's secret
///
/// Calls carry a signature for each of the two secrets until the old one runs out. The new one is shown this once.
#[utoipa::path(post, path = "/api/v1/endpoints/{endpoint}/rotate-secret", operation_id = "rotateEndpointSecret", tag = "Webhooks",
    params(("endpoint" = view::id::EndpointId, Path, description = "Its id.")), request_body = RotateSecret,
    responses((status = 200, body = view::NewEndpoint)))]
async fn rotate_secret(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Endpoint>,
    Body(wanted): Body<RotateSecret>,
) -> Result<Response, Failure> {
    let hours = wanted.overlap_hours.map_or(endpoints::PREVIOUS_SECRET, |hours| Duration::from_secs(u64::from(hours) * 3600));
    if hours > Duration::from_secs(u64::from(OVERLAP_HOURS_MAX) * 3600) {
        let detail = format!("`overlap_hours` is more than {OVERLAP_HOURS_MAX}.");
        return Err(Failure::unprocessable("overlap_too_long", "The old secret would live too long.", detail, "Give fewer hours."));
    }
    let rotated = endpoints::rotate_secret(&state, &asker, id, hours).await?;
    Ok(unrepeatable(answer::one(&rotated, &Fields::default(), &Conditions::default())))
}

/// It holds a secret.
fn unrepeatable(mut response: Response) -> Response {
    response.extensions_mut().insert(crate::idempotency::Unrepeatable);
    response
}

/// Pause an endpoint
///
/// What it is to be told waits, for up to 30 days.
#[utoipa::path(post, path = "/api/v1/endpoints/{endpoint}/pause", operation_id = "pauseEndpoint", tag = "Webhooks",
    params(("endpoint" = view::id::EndpointId, Path, description = "Its id.")),
    responses((status = 200, body = view::Endpoint)))]
async fn pause(Given(state): Given<State>, asker: Asker, Named(id): Named<model::id::Endpoint>) -> Result<Response, Failure> {
    let now = endpoints::pause(&state, &asker, id).await?;
    Ok(answer::one(&now, &Fields::default(), &Conditions::default()))
}

/// How an endpoint goes on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ResumeEndpoint {
    /// Whether what waits for it is dropped instead of delivered.
    #[serde(default)]
    skip_waiting: bool,
}

/// Resume an endpoint
///
/// One that was paused or disabled is called again, first with what waits for it.
#[utoipa::path(post, path = "/api/v1/endpoints/{endpoint}/resume", operation_id = "resumeEndpoint", tag = "Webhooks",
    params(("endpoint" = view::id::EndpointId, Path, description = "Its id.")), request_body = ResumeEndpoint,
    responses((status = 200, body = view::Endpoint)))]
async fn resume(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Endpoint>,
    Body(wanted): Body<ResumeEndpoint>,
) -> Result<Response, Failure> {
    let now = endpoints::resume(&state, &asker, id, wanted.skip_waiting).await?;
    Ok(answer::one(&now, &Fields::default(), &Conditions::default()))
}

/// Send a test event
///
/// An `endpoint.tested` event for this endpoint alone; look for it among its deliveries.
#[utoipa::path(post, path = "/api/v1/endpoints/{endpoint}/test", operation_id = "testEndpoint", tag = "Webhooks",
    params(("endpoint" = view::id::EndpointId, Path, description = "Its id.")),
    responses((status = 202, description = "It is called in a moment.")))]
async fn test(Given(state): Given<State>, asker: Asker, Named(id): Named<model::id::Endpoint>) -> Result<Response, Failure> {
    endpoints::test(&state, &asker, id).await?;
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Which deliveries.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct OfState {
    /// Only those that are `pending`, `delivered`, `parked` or `skipped`.
    #[param(value_type = Option<String>, pattern = "^(pending|delivered|parked|skipped)$")]
    state: Option<DeliveryState>,
}

/// Deliveries of an endpoint
///
/// What it was and is to be told, the newest first.
#[utoipa::path(get, path = "/api/v1/endpoints/{endpoint}/deliveries", operation_id = "listDeliveries", tag = "Webhooks",
    params(("endpoint" = view::id::EndpointId, Path, description = "Its id."), OfState, Paging),
    responses((status = 200, body = Page<view::Delivery>)))]
async fn deliveries(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Endpoint>,
    Listed { paging, filters }: Listed<OfState>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Webhooks)?;
    let fields = Page::<view::Delivery>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, format!("deliveries of {id}")));
    let before: Option<DeliveryId> = list.position()?;
    endpoints::find(&state, &asker, id).await?;
    let found = delivery::list(&state.db, id, filters.state, before, limit + 1).await?;
    let mut data: Vec<view::Delivery> = found.into_iter().map(view::Delivery::of).collect();
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&last.id));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// Which time.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct ReplayRange {
    /// Deliveries made at this time or later.
    #[schema(value_type = String, format = DateTime)]
    from: Timestamp,
    /// Deliveries made before this time; until now, unless you say otherwise.
    #[schema(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
    /// `next` of the answer before, if there was one.
    #[schema(value_type = Option<view::id::DeliveryId>)]
    after: Option<DeliveryId>,
}

/// How much was repeated.
#[derive(Debug, Serialize, ToSchema)]
struct Replayed {
    /// So many new deliveries.
    count: usize,
    /// Send it as `after` to repeat what is left; `null` if nothing is.
    #[schema(value_type = Option<view::id::DeliveryId>)]
    next: Option<DeliveryId>,
}

/// Repeat what an endpoint was told
///
/// New deliveries about the same events, in the same order, marked `replay`: up to 1,000 at once.
#[utoipa::path(post, path = "/api/v1/endpoints/{endpoint}/replay", operation_id = "replayDeliveries", tag = "Webhooks",
    params(("endpoint" = view::id::EndpointId, Path, description = "Its id.")), request_body = ReplayRange,
    responses((status = 200, body = Replayed)))]
async fn replay(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::Endpoint>,
    Body(wanted): Body<ReplayRange>,
) -> Result<Response, Failure> {
    let found = endpoints::find(&state, &asker, id).await?;
    let until = wanted.until.unwrap_or_else(|| state.clock.now());
    let (count, next) = endpoints::replay_between(&state, &asker, &found, (wanted.from, until), wanted.after).await?;
    Ok(answer::one(&Replayed { count, next }, &Fields::default(), &Conditions::default()))
}
