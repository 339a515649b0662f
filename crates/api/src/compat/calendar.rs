//! `GET /api/integrations/calendar-events/`: what stands in calendars, the earliest first, fifty on a page.
//!
//! A person gets the own calendars, a program and an administrator all that they see. What is private is shown without its
//! subject to everybody but its own person. `description` is the start of the text.

use axum::Json;
use axum::extract::{Query, State as Given};
use base::Timestamp;
use http::Uri;
use serde::{Deserialize, Serialize};
use store::calendar_event::{self, Slice};

use super::envelope::{Envelope, Numbered};
use super::integration::{CALENDAR, OUTLOOK, is_person};
use super::mail::{provider, query_of};
use crate::access::{Asker, Scope};
use crate::failure::Failure;
use crate::state::State;
use crate::{read, view};

/// Which events.
#[derive(Debug, Deserialize)]
pub struct Asked {
    provider: Option<String>,
    start_date: Option<String>,
    end_date: Option<String>,
    page: Option<String>,
    page_size: Option<String>,
}

/// A calendar event as compatible readers know it.
#[derive(Debug, Serialize)]
pub struct CalendarEvent {
    id: model::id::CalendarEventId,
    provider: &'static str,
    title: String,
    description: String,
    start_time: Timestamp,
    end_time: Timestamp,
    timezone: String,
    is_all_day: bool,
    location: String,
    attendees: Vec<Attendee>,
    organizer: Option<Organizer>,
    created_at: Option<Timestamp>,
    updated_at: Option<Timestamp>,
}

/// Somebody who was invited.
#[derive(Debug, Serialize)]
struct Attendee {
    email: String,
    name: String,
    response: &'static str,
}

/// Who called it.
#[derive(Debug, Serialize)]
struct Organizer {
    email: String,
    name: String,
}

/// The list.
pub async fn list(
    Given(state): Given<State>,
    asker: Asker,
    uri: Uri,
    asked: Query<Asked>,
) -> Result<Json<Envelope<CalendarEvent>>, Failure> {
    asker.may(Scope::Read)?;
    let wanted = provider(asked.provider.as_deref())?;
    let start = moment("start_date", asked.start_date.as_deref(), "T00:00:00Z")?;
    // A day counts to its end.
    let end = moment("end_date", asked.end_date.as_deref(), "T23:59:59.999Z")?;
    if start.zip(end).is_some_and(|(start, end)| end < start) {
        return Err(Failure::bad_request("parameter_out_of_range", "`end_date` is before `start_date`.", "Swap them."));
    }
    let page = Numbered::read(asked.page.as_deref(), asked.page_size.as_deref())?;
    let mut calendars = read::calendar::list(&state.db, &asker).await?;
    calendars.retain(|shown| wanted != Some(OUTLOOK) && (shown.seen.own || !is_person(&asker)));
    let time = (start.unwrap_or(Timestamp::EPOCH), end.unwrap_or(Timestamp::NEVER));
    let ids: Vec<_> = calendars.iter().map(|shown| shown.calendar.id).collect();
    let count = calendar_event::count(&state.db, &ids, time).await?;
    let slice = Slice { behind: None, offset: page.offset(), limit: page.size() };
    let results = read::calendar::events(&state.db, &calendars, time, slice).await?.into_iter().map(compatible).collect();
    Ok(Json(page.around(&state.settings.base_url, "/api/integrations/calendar-events/", query_of(&uri), count, results)))
}

fn compatible(event: view::CalendarEvent) -> CalendarEvent {
    let attendee =
        |attendee: view::Attendee| Attendee { email: attendee.email, name: attendee.name, response: attendee.response.compatible_name() };
    CalendarEvent {
        id: event.id,
        provider: CALENDAR,
        title: event.subject.unwrap_or_default(),
        description: event.preview.unwrap_or_default(),
        start_time: event.start_at,
        end_time: event.end_at,
        timezone: event.time_zone.unwrap_or_else(|| "UTC".to_owned()),
        is_all_day: event.is_all_day,
        location: event.location.unwrap_or_default(),
        attendees: event.attendees.unwrap_or_default().into_iter().map(attendee).collect(),
        organizer: event.organizer.map(|organizer| Organizer { email: organizer.email, name: organizer.name }),
        created_at: event.created_at,
        updated_at: event.updated_at,
    }
}

/// A day or a moment, as ISO 8601 writes it; a day counts at `of_day`.
fn moment(name: &str, text: Option<&str>, of_day: &str) -> Result<Option<Timestamp>, Failure> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(None) };
    let moment = Timestamp::parse(text).or_else(|| Timestamp::parse(&format!("{text}{of_day}")));
    moment.map(Some).ok_or_else(|| {
        let action = "Write a day such as 2026-11-21, or a moment such as 2026-11-21T14:00:00Z.";
        Failure::bad_request("date_unreadable", format!("`{name}` is no date."), action)
    })
}
