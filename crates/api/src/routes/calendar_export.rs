//! `/api/v1/calendar-events/export`: what stands in calendars, whole, as JSON or CSV. It is read piece by piece while it is sent, so that
//! its length costs no memory.

use std::fmt::Write as _;

use axum::body::Body;
use axum::extract::State as Given;
use axum::response::{IntoResponse, Response};
use base::Timestamp;
use bytes::Bytes;
use futures::{Stream, stream};
use http::{HeaderValue, header};
use model::id::CalendarId;
use serde::Deserialize;
use store::calendar_event::{Behind, Slice};
use store::{Db, StoreError};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::access::{Asker, Scope};
use crate::asked::Filters;
use crate::failure::Failure;
use crate::read::calendar::{self, Shown};
use crate::state::State;
use crate::view;

/// Events that are read at once.
const PIECE: u32 = 500;
/// The columns of a table.
const COLUMNS: [&str; 15] = [
    "id",
    "calendar",
    "ical_uid",
    "kind",
    "start_at",
    "end_at",
    "is_all_day",
    "time_zone",
    "subject",
    "location",
    "organizer",
    "attendees",
    "show_as",
    "response",
    "is_cancelled",
];

/// The routes of this file.
pub fn routes() -> OpenApiRouter<State> {
    OpenApiRouter::new().routes(routes!(export))
}

/// In what form.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum ExportFormat {
    /// A list of calendar events.
    #[default]
    Json,
    /// A table with a line for each.
    Csv,
}

/// Which of them, and how.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
struct Wanted {
    /// In what form; `json` unless it is said.
    #[serde(default)]
    #[param(inline)]
    format: ExportFormat,
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

/// Export what stands in calendars
///
/// All that the list of calendar events shows of that time, in one answer: a list as JSON, or a table as CSV (UTF-8, RFC 4180) in which
/// people are parted by `; ` and no cell begins as a formula does. Single events, occurrences and exceptions, the earliest first.
#[utoipa::path(get, path = "/api/v1/calendar-events/export", operation_id = "exportCalendarEvents", tag = "Calendars", params(Wanted),
    responses((status = 200, content((Vec<view::CalendarEvent> = "application/json"), (String = "text/csv")))))]
async fn export(Given(state): Given<State>, asker: Asker, Filters(wanted): Filters<Wanted>) -> Result<Response, Failure> {
    asker.may(Scope::Read)?;
    let mut calendars = calendar::list(&state.db, &asker).await?;
    calendars.retain(|shown| wanted.calendar.is_none_or(|wanted| shown.calendar.id == wanted));
    let time = (wanted.from.unwrap_or(Timestamp::EPOCH), wanted.until.unwrap_or(Timestamp::NEVER));
    let (kind, disposition) = match wanted.format {
        ExportFormat::Json => ("application/json", "attachment; filename=\"calendar-events.json\""),
        ExportFormat::Csv => ("text/csv; charset=utf-8; header=present", "attachment; filename=\"calendar-events.csv\""),
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, HeaderValue::from_static(disposition)),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
    ];
    let export = Export { db: state.db.clone(), calendars, time, format: wanted.format, place: Place::Beginning };
    Ok((headers, Body::from_stream(export.pieces())).into_response())
}

/// How far an export is.
enum Place {
    Beginning,
    Behind(Behind),
    End,
}

/// What is being sent.
struct Export {
    db: Db,
    calendars: Vec<Shown>,
    time: (Timestamp, Timestamp),
    format: ExportFormat,
    place: Place,
}

impl Export {
    fn pieces(self) -> impl Stream<Item = Result<Bytes, StoreError>> + Send {
        stream::try_unfold(self, |mut export| async move { Ok(export.piece().await?.map(|piece| (piece, export))) })
    }

    /// The next piece; `None` behind the last.
    async fn piece(&mut self) -> Result<Option<Bytes>, StoreError> {
        let (is_first, behind) = match &self.place {
            Place::Beginning => (true, None),
            Place::Behind(behind) => (false, Some(*behind)),
            Place::End => return Ok(None),
        };
        let slice = Slice { behind, offset: 0, limit: PIECE };
        let events = calendar::events(&self.db, &self.calendars, self.time, slice).await?;
        let last = events.last().filter(|_| events.len() == PIECE as usize);
        self.place = last.map_or(Place::End, |last| Place::Behind(Behind { start_at: last.start_at, id: last.id }));
        let is_last = matches!(self.place, Place::End);
        Ok(Some(match self.format {
            ExportFormat::Json => json_piece(&events, is_first, is_last),
            ExportFormat::Csv => csv_piece(&events, is_first),
        }))
    }
}

fn json_piece(events: &[view::CalendarEvent], is_first: bool, is_last: bool) -> Bytes {
    let mut text = String::from(if is_first { "[" } else { "" });
    for (number, event) in events.iter().enumerate() {
        let parted = if is_first && number == 0 { "\n" } else { ",\n" };
        text.push_str(parted);
        text.push_str(&serde_json::to_string(event).expect("views serialise"));
    }
    text.push_str(if is_last { "\n]\n" } else { "" });
    text.into()
}

fn csv_piece(events: &[view::CalendarEvent], is_first: bool) -> Bytes {
    let mut text = if is_first { format!("{}\r\n", COLUMNS.join(",")) } else { String::new() };
    for event in events {
        let cells = cells(event);
        let cells: Vec<String> = cells.iter().map(|value| cell(value)).collect();
        let _ = write!(text, "{}\r\n", cells.join(","));
    }
    text.into()
}

fn cells(event: &view::CalendarEvent) -> [String; COLUMNS.len()] {
    let word = |value: serde_json::Value| value.as_str().unwrap_or_default().to_owned();
    let said = |text: &Option<String>| text.clone().unwrap_or_default();
    let attendees: Vec<String> = event.attendees.iter().flatten().map(|attendee| person(&attendee.name, &attendee.email)).collect();
    [
        event.id.to_string(),
        event.calendar.to_string(),
        said(&event.ical_uid),
        word(serde_json::json!(event.kind)),
        event.start_at.to_string(),
        event.end_at.to_string(),
        event.is_all_day.to_string(),
        said(&event.time_zone),
        said(&event.subject),
        said(&event.location),
        event.organizer.as_ref().map(|organizer| person(&organizer.name, &organizer.email)).unwrap_or_default(),
        attendees.join("; "),
        event.show_as.clone(),
        word(serde_json::json!(event.response)),
        event.is_cancelled.to_string(),
    ]
}

fn person(name: &str, address: &str) -> String {
    if name.is_empty() || name == address { address.to_owned() } else { format!("{name} <{address}>") }
}

/// A cell, quoted where it has to be. One that a spreadsheet would read as a formula begins with an apostrophe (OWASP, CSV injection).
fn cell(value: &str) -> String {
    let is_formula = value.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠']);
    let value = if is_formula { format!("'{value}") } else { value.to_owned() };
    if is_formula || value.contains([',', '"', '\r', '\n', ';']) { format!("\"{}\"", value.replace('"', "\"\"")) } else { value }
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn no_cell_begins_as_a_formula_does_and_none_ends_before_its_end() {
        assert_eq!(cell("Plan"), "Plan");
        assert_eq!(cell("=1+1"), "\"'=1+1\"");
        assert_eq!(cell("@SUM(A1)"), "\"'@SUM(A1)\"");
        assert_eq!(cell("\t=x"), "\"'\t=x\"");
        assert_eq!(cell("a \"b\", c\nd"), "\"a \"\"b\"\", c\nd\"");
    }
}
