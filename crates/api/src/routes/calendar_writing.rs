//! Writing calendars: `POST`, `PATCH` and `DELETE` of `/api/v1/calendar-events`, and `/api/v1/calendar-intents`, what came of it.

use axum::Json;
use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use model::asked::AskedState;
use model::calendar_intent::{CalendarDeed, CalendarIntent};
use model::id::{CalendarEventId, CalendarId, CalendarIntentId};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Scope};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Body, Filters, Listed, Named};
use crate::calendaring::{self, Target};
use crate::failure::Failure;
use crate::read::calendar_intent as read;
use crate::state::State;
use crate::view;

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new()
        .routes(routes!(create))
        .routes(routes!(change, delete))
        .routes(routes!(cancel))
        .routes(routes!(answer_invitation))
        .routes(routes!(list))
        .routes(routes!(one))
}

fn accepted(intent: CalendarIntent) -> Response {
    let location = HeaderValue::from_str(&format!("/api/v1/calendar-intents/{}", intent.id)).expect("our own paths are ASCII");
    (StatusCode::ACCEPTED, [(header::LOCATION, location)], Json(view::CalendarIntent::of(intent))).into_response()
}

/// Make a calendar event
///
/// It is kept, then made at Microsoft in the background: `202` with the calendar intent, which names who gets an invitation; nobody else
/// does. It is made once, whatever is lost on the way. What Microsoft refuses is told by a `calendar_intent.failed` event and by the
/// intent, with the reason. Times are said in a zone by its name, which is kept.
#[utoipa::path(post, path = "/api/v1/calendar-events", operation_id = "createCalendarEvent", tag = "Calendars",
    request_body = view::NewCalendarEvent,
    responses((status = 202, body = view::CalendarIntent, headers(("Location" = String, description = "Where to look what comes of it.")))))]
async fn create(Given(state): Given<State>, asker: Asker, Body(wanted): Body<view::NewCalendarEvent>) -> Result<Response, Failure> {
    asker.may(Scope::CalendarWrite)?;
    let calendar = wanted.calendar;
    Ok(accepted(calendaring::create(&state, &asker, calendar, wanted.deed()?).await?))
}

/// Change a calendar event
///
/// One of which the calendar's owner is the organizer; `202` with the calendar intent. Microsoft tells attendees of what concerns them. Only
/// who is named in `add_attendees` is invited besides. One of a series changes alone, unless `whole_series` says otherwise.
#[utoipa::path(patch, path = "/api/v1/calendar-events/{calendar_event}", operation_id = "updateCalendarEvent", tag = "Calendars",
    params(("calendar_event" = view::id::CalendarEventId, Path, description = "Its id.")), request_body = view::CalendarEventChange,
    responses((status = 202, body = view::CalendarIntent, headers(("Location" = String, description = "Where to look what comes of it.")))))]
async fn change(
    Given(state): Given<State>,
    asker: Asker,
    Named(event): Named<model::id::CalendarEvent>,
    Body(wanted): Body<view::CalendarEventChange>,
) -> Result<Response, Failure> {
    let target = Target { event, whole_series: wanted.whole_series };
    Ok(accepted(calendaring::act(&state, &asker, target, wanted.deed()?).await?))
}

/// How much is deleted.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Extent {
    /// The whole series, not this one of it.
    #[serde(default)]
    whole_series: bool,
}

/// Delete a calendar event
///
/// Takes it out of the calendar without a word to anybody: one's own without attendees, or the copy of a meeting that one was invited to.
/// A meeting with attendees is cancelled instead (`409`). `202` with the calendar intent.
#[utoipa::path(delete, path = "/api/v1/calendar-events/{calendar_event}", operation_id = "deleteCalendarEvent", tag = "Calendars",
    params(("calendar_event" = view::id::CalendarEventId, Path, description = "Its id."), Extent),
    responses((status = 202, body = view::CalendarIntent, headers(("Location" = String, description = "Where to look what comes of it.")))))]
async fn delete(
    Given(state): Given<State>,
    asker: Asker,
    Named(event): Named<model::id::CalendarEvent>,
    Filters(extent): Filters<Extent>,
) -> Result<Response, Failure> {
    let target = Target { event, whole_series: extent.whole_series };
    Ok(accepted(calendaring::act(&state, &asker, target, CalendarDeed::Delete).await?))
}

/// Cancel a meeting
///
/// For its organizer: attendees are told, with the comment. `202` with the calendar intent.
#[utoipa::path(post, path = "/api/v1/calendar-events/{calendar_event}/cancel", operation_id = "cancelCalendarEvent", tag = "Calendars",
    params(("calendar_event" = view::id::CalendarEventId, Path, description = "Its id.")), request_body = view::Cancellation,
    responses((status = 202, body = view::CalendarIntent, headers(("Location" = String, description = "Where to look what comes of it.")))))]
async fn cancel(
    Given(state): Given<State>,
    asker: Asker,
    Named(event): Named<model::id::CalendarEvent>,
    Body(wanted): Body<view::Cancellation>,
) -> Result<Response, Failure> {
    let target = Target { event, whole_series: wanted.whole_series };
    Ok(accepted(calendaring::act(&state, &asker, target, CalendarDeed::Cancel(wanted.comment)).await?))
}

/// Answer an invitation
///
/// For attendees; `202` with the calendar intent. The organizer is told unless `tells_organizer` is false. What is declined leaves the
/// calendar.
#[utoipa::path(post, path = "/api/v1/calendar-events/{calendar_event}/answer", operation_id = "answerInvitation", tag = "Calendars",
    params(("calendar_event" = view::id::CalendarEventId, Path, description = "Its id.")), request_body = view::InvitationAnswer,
    responses((status = 202, body = view::CalendarIntent, headers(("Location" = String, description = "Where to look what comes of it.")))))]
async fn answer_invitation(
    Given(state): Given<State>,
    asker: Asker,
    Named(event): Named<model::id::CalendarEvent>,
    Body(wanted): Body<view::InvitationAnswer>,
) -> Result<Response, Failure> {
    let target = Target { event, whole_series: wanted.whole_series };
    Ok(accepted(calendaring::act(&state, &asker, target, wanted.deed()?).await?))
}

/// Which calendar intents.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Asked {
    /// In this calendar.
    #[param(value_type = Option<view::id::CalendarId>)]
    calendar: Option<CalendarId>,
    /// About this calendar event, as it was named when it was asked for.
    #[param(value_type = Option<view::id::CalendarEventId>)]
    calendar_event: Option<CalendarEventId>,
    /// In this state.
    #[param(value_type = Option<view::HowFar>, inline)]
    state: Option<AskedState>,
}

/// Calendar intents
///
/// What was wanted done in the calendars of which you see everything, the latest first. Those that ended are kept for 30 days.
#[utoipa::path(get, path = "/api/v1/calendar-intents", operation_id = "listCalendarIntents", tag = "Calendars", params(Asked, Paging),
    responses((status = 200, body = Page<view::CalendarIntent>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, filters }: Listed<Asked>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::CalendarIntent>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "calendar-intents"));
    let before: Option<CalendarIntentId> = list.position()?;
    let wanted = read::Wanted { calendar: filters.calendar, event: filters.calendar_event, state: filters.state, before };
    let mut data = read::list(&state.db, &asker, wanted, limit + 1).await?;
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&last.id));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// A calendar intent
#[utoipa::path(get, path = "/api/v1/calendar-intents/{calendar_intent}", operation_id = "getCalendarIntent", tag = "Calendars",
    params(("calendar_intent" = view::id::CalendarIntentId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::CalendarIntent)))]
async fn one(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::CalendarIntent>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Fields::read::<view::CalendarIntent>(picking.fields.as_deref())?;
    let found = read::find(&state.db, &asker, id).await?.ok_or_else(Failure::not_found)?;
    Ok(answer::one(&found, &fields, &conditions))
}
