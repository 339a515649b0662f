//! `calendarView` and `instances`: what lies in a window of time (reference: Graph, section 8.3).

use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde_json::{Map, Value};

use super::access::{Wish, open};
use super::event_json::{EVENTS, EventWriter, ON_REQUEST};
use super::events::{calendar_part, expansion, find};
use super::path::CalendarName;
use crate::Refusal;
use crate::graph::call::{Call, Owner, encode_key};
use crate::graph::drafts::bad;
use crate::graph::messages::not_found;
use crate::graph::reply::Reply;
use crate::graph::rows::{List, RowSelection, page};

/// A window of time; what begins at its end lies outside.
pub type Window = (Timestamp, Timestamp);

/// `calendarView`: single events, occurrences and exceptions; no series.
///
/// # Errors
/// 400 without a window, 400 for options that Graph refuses, 403, 404.
pub fn list(call: &Call<'_>, owner: &Owner, name: &CalendarName) -> Result<Reply, Refusal> {
    let desk = open(call, owner, Wish::Look)?;
    let (number, sight) = desk.calendar(call, name)?;
    let (from, to) = window(call)?;
    let writer = EventWriter::new(call, &desk, sight)?;
    let events = desk.mailbox(call).agenda().events(Some(number));
    let rows = events.flat_map(|event| event.within(from, to)).map(|one| writer.json(&one)).collect();
    answered(call, owner, &format!("{}/calendarView", calendar_part(name)), rows)
}

/// `events/{id}/instances`: the occurrences of a series, as far as they were not deleted.
///
/// # Errors
/// 400 `ErrorInvalidRequest` for what is no series; else as [`list`].
pub fn instances(call: &Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let desk = open(call, owner, Wish::Look)?;
    let (reference, sight) = find(call, &desk, id)?;
    let event = desk.mailbox(call).agenda().event(reference.item).ok_or_else(not_found)?;
    if event.recurrence.is_none() || reference.date.is_some() {
        return Err(bad("Only a series master has instances."));
    }
    let (from, to) = window(call)?;
    let writer = EventWriter::new(call, &desk, sight)?;
    let rows = event.within(from, to).iter().map(|one| writer.json(one)).collect();
    answered(call, owner, &format!("/events('{}')/instances", encode_key(id)), rows)
}

fn answered(call: &Call<'_>, owner: &Owner, part: &str, rows: Vec<Map<String, Value>>) -> Result<Reply, Refusal> {
    let expansion = expansion(call)?;
    let list = List {
        context: format!("{}{part}", call.owner_context(owner)),
        path: format!("{}{part}", call.owner_path(owner)),
        searchable: EVENTS,
        selection: RowSelection::read(call.options.get("$select"), EVENTS, &ON_REQUEST)?,
        expand: &|row| expansion.iter().for_each(|name| drop(row.insert((*name).to_owned(), Value::Array(Vec::new())))),
    };
    page(call, rows, &list)
}

/// The window that a request names.
///
/// # Errors
/// 400 `ErrorInvalidParameter` without both ends or with an end before the start, 400 `ErrorCalendarViewRangeTooBig`.
pub fn window(call: &Call<'_>) -> Result<Window, Refusal> {
    let invalid = |text: &str| Refusal::new(400, "ErrorInvalidParameter", text);
    let (Some(from), Some(to)) = (call.options.other("startdatetime"), call.options.other("enddatetime")) else {
        let text = "This request requires a time window specified by the query string parameters StartDateTime and EndDateTime.";
        return Err(invalid(text));
    };
    let read = |text: &str| moment(text).ok_or_else(|| invalid(&format!("'{text}' is not a date and time.")));
    let (from, to) = (read(from)?, read(to)?);
    if to < from {
        return Err(invalid("EndDateTime is before StartDateTime."));
    }
    let days = call.config().calendar_view_days_max;
    if to.duration_since(from) > SignedDuration::from_hours(24 * days) {
        return Err(Refusal::new(400, "ErrorCalendarViewRangeTooBig", format!("The view covers more than {days} days.")));
    }
    Ok((from, to))
}

/// With an offset as it says, else UTC (reference: Graph, section 8.2). A plus that was not encoded came as a blank.
fn moment(text: &str) -> Option<Timestamp> {
    let text = text.trim().replace(' ', "+");
    let civil = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    text.parse::<Timestamp>().ok().or_else(civil)
}
