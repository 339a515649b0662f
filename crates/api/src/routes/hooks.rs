//! `/api/v1/hooks`: endpoints as Zapier (REST hooks) and Power Automate (webhook triggers of a custom connector) make them,
//! and the connector's file.
//!
//! A hook is an endpoint: it is among them, and has deliveries. Who answers 410 has unsubscribed. Sources: Zapier platform,
//! "REST hook triggers"; Microsoft Learn, "Use a webhook as a trigger from a custom connector".

use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use model::event::EventKind;
use model::id::{EndpointId, MailboxId};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::delivery;
use store::endpoint::EndpointKind;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::connector;
use crate::access::{Asker, Scope, Sight};
use crate::asked::{Body, Filters, Named};
use crate::changes::Told;
use crate::endpoints::{self, Wanted};
use crate::failure::Failure;
use crate::state::State;
use crate::view;

/// Samples at most, as a receiver's author needs them.
const SAMPLES_MAX: u32 = 3;
/// Among so many of the newest events samples are looked for.
const SAMPLED: u32 = 5_000;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(subscribe))
        .routes(routes!(sample))
        .routes(routes!(unsubscribe))
        .routes(routes!(trigger))
        .routes(routes!(power_automate))
}

/// A subscription of Zapier's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Subscribe {
    /// The kind of event, `message.*` for all of a noun.
    #[schema(example = "message.received")]
    event: String,
    /// Where Zapier wants to be called.
    #[schema(example = "https://hooks.zapier.com/hooks/standard/1/abc/", max_length = 2048)]
    target_url: String,
    /// Only these mailboxes.
    #[serde(default)]
    #[schema(value_type = Vec<view::id::MailboxId>)]
    mailboxes: Vec<MailboxId>,
}

/// What Zapier keeps to unsubscribe.
#[derive(Debug, Serialize, ToSchema)]
struct Subscribed {
    /// The hook's id.
    #[schema(value_type = view::id::EndpointId)]
    id: EndpointId,
}

/// Subscribe (Zapier)
#[utoipa::path(post, path = "/api/v1/hooks", operation_id = "subscribeHook", tag = "Webhooks", request_body = Subscribe,
    responses((status = 201, description = "Subscribed.", body = Subscribed)))]
async fn subscribe(Given(state): Given<State>, asker: Asker, Body(wanted): Body<Subscribe>) -> Result<Response, Failure> {
    let Subscribe { event, target_url, mailboxes } = wanted;
    hook(&state, &asker, EndpointKind::Zapier, event, target_url, mailboxes).await
}

/// A trigger of Power Automate's.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
struct Trigger {
    /// The kind of event, `message.*` for all of a noun.
    #[schema(example = "message.received")]
    event: String,
    /// Where Power Automate wants to be called.
    #[schema(max_length = 2048)]
    notification_url: String,
    /// Only this mailbox.
    #[schema(value_type = Option<view::id::MailboxId>)]
    mailbox: Option<MailboxId>,
}

/// Subscribe (Power Automate)
///
/// `Location` is the address to `DELETE` when the flow is switched off.
#[utoipa::path(post, path = "/api/v1/power-automate/triggers", operation_id = "subscribeTrigger", tag = "Webhooks", request_body = Trigger,
    responses((status = 201, description = "Subscribed.", body = Subscribed)))]
async fn trigger(Given(state): Given<State>, asker: Asker, Body(wanted): Body<Trigger>) -> Result<Response, Failure> {
    let Trigger { event, notification_url, mailbox } = wanted;
    hook(&state, &asker, EndpointKind::PowerAutomate, event, notification_url, mailbox.into_iter().collect()).await
}

async fn hook(
    state: &State,
    asker: &Asker,
    kind: EndpointKind,
    event: String,
    url: String,
    mailboxes: Vec<MailboxId>,
) -> Result<Response, Failure> {
    let wanted = Wanted { url, description: String::new(), events: vec![event], mailboxes, expand: true };
    let id = endpoints::make(state, asker, kind, wanted).await?.endpoint.id;
    let location = format!("{}/api/v1/hooks/{id}", state.settings.base_url.as_str().trim_end_matches('/'));
    let location = HeaderValue::from_str(&location).expect("an address is ASCII");
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], axum::Json(Subscribed { id })).into_response())
}

/// Unsubscribe
#[utoipa::path(delete, path = "/api/v1/hooks/{endpoint}", operation_id = "unsubscribeHook", tag = "Webhooks",
    params(("endpoint" = view::id::EndpointId, Path, description = "The hook's id.")),
    responses((status = 204, description = "Unsubscribed.")))]
async fn unsubscribe(Given(state): Given<State>, asker: Asker, Named(id): Named<model::id::Endpoint>) -> Result<Response, Failure> {
    if endpoints::find(&state, &asker, id).await?.kind == EndpointKind::Generic {
        return Err(Failure::not_found());
    }
    endpoints::remove(&state, &asker, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Which kind of event.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Sampled {
    /// The kind of event, such as `message.received`.
    #[param(max_length = 100, example = "message.received")]
    event: String,
}

/// Samples of what a hook is told
///
/// The newest such events, newest first, or a made-up one if there is none: as a hook gets them, without the noun.
#[utoipa::path(get, path = "/api/v1/hooks/sample", operation_id = "sampleHook", tag = "Webhooks", params(Sampled),
    responses((status = 200, body = Vec<Object>)))]
async fn sample(Given(state): Given<State>, asker: Asker, Filters(wanted): Filters<Sampled>) -> Result<Response, Failure> {
    asker.may(Scope::Webhooks)?;
    let kind = EventKind::ALL.iter().copied().find(|kind| kind.name() == wanted.event);
    let kind = kind.or_else(|| first_of_noun(&wanted.event)).ok_or_else(|| {
        let detail = format!("`event`: no event is called `{}`.", wanted.event);
        Failure::bad_request("event_unknown", detail, "Name one of those that GET /openapi.json lists for endpoints.")
    })?;
    let events = delivery::examples(&state.db, asker.workspace, kind, SAMPLED, SAMPLES_MAX).await?;
    let sight = Sight::of(&state.db, &asker).await?;
    let mut samples: Vec<Value> = Vec::new();
    for told in Told::of(&state.db, events).await? {
        if let Some(change) = told.seen_by(&asker, &sight) {
            samples.push(state.outside.envelope(&told.event, change.data));
        }
    }
    if samples.is_empty() {
        samples.push(state.outside.sample(kind));
    }
    Ok(axum::Json(samples).into_response())
}

fn first_of_noun(pattern: &str) -> Option<EventKind> {
    let noun = pattern.strip_suffix('*').filter(|noun| noun.ends_with('.'))?;
    EventKind::ALL.iter().copied().find(|kind| kind.name().starts_with(noun))
}

/// The connector's file for Power Automate
///
/// OpenAPI 2.0, to be imported as a custom connector.
#[utoipa::path(get, path = "/api/v1/power-automate.json", operation_id = "getConnector", tag = "Webhooks",
    responses((status = 200, body = Object)))]
async fn power_automate(Given(state): Given<State>, asker: Asker) -> Result<Response, Failure> {
    asker.may(Scope::Webhooks)?;
    let disposition = HeaderValue::from_static("attachment; filename=\"rapport-connector.json\"");
    let file = connector::file(&state.settings.base_url, &state.outside.sample(EventKind::MessageReceived));
    Ok(([(header::CONTENT_DISPOSITION, disposition)], axum::Json(file)).into_response())
}
