//! `/api/v1/calendars` and `/api/v1/calendar-events`.

use axum::extract::State as Given;
use axum::response::Response;
use base::Timestamp;
use model::id::CalendarId;
use serde::Deserialize;
use store::calendar_event::{Behind, Slice};
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::Picking;
use crate::access::{Asker, Scope};
use crate::answer::{self, Conditions, Fields, Page, Paging};
use crate::asked::{Filters, Listed, Named, Unfiltered};
use crate::failure::Failure;
use crate::state::State;
use crate::{read, view};

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(events)).routes(routes!(event))
}

/// Calendars
///
/// Those of which you may see anything: of each connected account its own ones and those that others share with it. An account has few,
/// so they come on one page.
#[utoipa::path(get, path = "/api/v1/calendars", operation_id = "listCalendars", tag = "Calendars", params(Paging),
    responses((status = 200, body = Page<view::Calendar>)))]
async fn list(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, .. }: Listed<Unfiltered>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::Calendar>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "calendars"));
    let after: Option<CalendarId> = list.position()?;
    let mut shown = read::calendar::list(&state.db, &asker).await?;
    shown.sort_by_key(|shown| shown.calendar.id);
    let behind = shown.into_iter().filter(|shown| after.is_none_or(|after| shown.calendar.id > after));
    let mut data: Vec<_> = behind.map(view::Calendar::of).take(limit as usize + 1).collect();
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&last.id));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// Which of them.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// Of this calendar only.
    #[param(value_type = Option<view::id::CalendarId>)]
    calendar: Option<CalendarId>,
    /// Those that end after then.
    #[param(value_type = Option<String>, format = DateTime)]
    from: Option<Timestamp>,
    /// Those that begin before then.
    #[param(value_type = Option<String>, format = DateTime)]
    until: Option<Timestamp>,
}

/// What stands in calendars
///
/// Single events, occurrences and exceptions of series, the earliest first, as far as calendars are mirrored: 30 days back and ahead
/// unless it is configured otherwise, and what was mirrored before.
#[utoipa::path(get, path = "/api/v1/calendar-events", operation_id = "listCalendarEvents", tag = "Calendars", params(Wanted, Paging),
    responses((status = 200, body = Page<view::CalendarEvent>)))]
async fn events(
    Given(state): Given<State>,
    asker: Asker,
    Listed { paging, filters: wanted }: Listed<Wanted>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Page::<view::CalendarEvent>::fields(&paging)?;
    let (limit, list) = (paging.limit()?, paging.list(&state, &asker, "calendar-events"));
    let behind: Option<(Timestamp, model::id::CalendarEventId)> = list.position()?;
    let mut calendars = read::calendar::list(&state.db, &asker).await?;
    calendars.retain(|shown| wanted.calendar.is_none_or(|wanted| shown.calendar.id == wanted));
    let time = (wanted.from.unwrap_or(Timestamp::EPOCH), wanted.until.unwrap_or(Timestamp::NEVER));
    let behind = behind.map(|(start_at, id)| Behind { start_at, id });
    let slice = Slice { behind, offset: 0, limit: limit + 1 };
    let mut data = read::calendar::events(&state.db, &calendars, time, slice).await?;
    let next = answer::cut(&mut data, limit).map(|last| list.cursor(&(last.start_at, last.id)));
    Ok(answer::page(&Page { data, next }, &fields, &conditions))
}

/// A calendar event
#[utoipa::path(get, path = "/api/v1/calendar-events/{calendar_event}", operation_id = "getCalendarEvent", tag = "Calendars",
    params(("calendar_event" = view::id::CalendarEventId, Path, description = "Its id."), Picking),
    responses((status = 200, body = view::CalendarEvent)))]
async fn event(
    Given(state): Given<State>,
    asker: Asker,
    Named(id): Named<model::id::CalendarEvent>,
    Filters(picking): Filters<Picking>,
    conditions: Conditions,
) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let fields = Fields::read::<view::CalendarEvent>(picking.fields.as_deref())?;
    let found = read::calendar::event(&state.db, &asker, id).await?.ok_or_else(Failure::not_found)?;
    Ok(answer::one(&found, &fields, &conditions))
}
