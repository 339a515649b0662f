//! Reading calendars: Microsoft's words into ours.

use std::collections::BTreeSet;

use base::Timestamp;
use graph::calendar::{self as theirs, DateTimeTimeZone};
use graph::mail::{EmailAddress, Recipient};
use jiff::civil::{Date, DateTime};
use model::calendar::{Attendee, CalendarEventKind, Detail, Response};
use model::message::{Importance, Participant};
use model::zone;

use crate::calendar_plan::{CalendarSighting, EventSighting};

/// A calendar.
pub fn calendar(calendar: theirs::Calendar) -> CalendarSighting {
    CalendarSighting {
        graph_id: calendar.id,
        name: calendar.name.unwrap_or_default(),
        color: calendar.hex_color.filter(|color| is_color(color)),
        is_default: calendar.is_default_calendar.unwrap_or_default(),
        can_edit: calendar.can_edit.unwrap_or_default(),
        owner: calendar.owner.map(party).unwrap_or_default(),
    }
}

fn is_color(text: &str) -> bool {
    text.strip_prefix('#').is_some_and(|digits| digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_hexdigit()))
}

/// An event; `None` for one that is at no time we can read. Stubs come in the zone of their series, whatever zone was asked for
/// (seen on the service); one whose zone is in no table has to be read whole.
pub fn event(event: theirs::Event) -> Option<EventSighting> {
    let kind = match event.kind.as_deref() {
        Some("occurrence") => CalendarEventKind::Occurrence,
        Some("exception") => CalendarEventKind::Exception,
        Some("seriesMaster") => CalendarEventKind::Series,
        _ => CalendarEventKind::Single,
    };
    let (start_at, end_at) = (moment(event.start.as_ref()?)?, moment(event.end.as_ref()?)?);
    // Occurrences come as stubs; should one come whole, it still has all from its series.
    let is_whole = event.is_whole() && kind != CalendarEventKind::Occurrence;
    Some(EventSighting {
        graph_id: event.id.clone(),
        kind,
        series: event.series_master_id.clone(),
        start_at,
        end_at,
        detail: is_whole.then(|| Box::new(detail(event))),
    })
}

/// A time in UTC, or in a zone that is known. An hour that the clocks skip counts after the gap, one that comes twice the first time.
fn moment(time: &DateTimeTimeZone) -> Option<Timestamp> {
    if let Some(utc) = time.utc() {
        return Some(utc);
    }
    let read = zone::read(time.time_zone.as_deref()?);
    let local: DateTime = time.date_time.as_deref()?.parse().ok()?;
    let zoned = local.to_zoned(read.zone()?.rules.clone()).ok()?;
    Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
}

fn detail(event: theirs::Event) -> Detail {
    Detail {
        ical_uid: event.ical_uid.unwrap_or_default(),
        subject: event.subject.unwrap_or_default(),
        preview: event.body_preview.unwrap_or_default(),
        location: event.location.and_then(|location| location.display_name).unwrap_or_default(),
        organizer: event.organizer.map(|organizer| person(&organizer)).unwrap_or_default(),
        attendees: event.attendees.unwrap_or_default().into_iter().map(attendee).collect(),
        is_organizer: event.is_organizer.unwrap_or_default(),
        is_cancelled: event.is_cancelled.unwrap_or_default(),
        is_all_day: event.is_all_day.unwrap_or_default(),
        show_as: event.show_as.unwrap_or_default(),
        is_private: matches!(event.sensitivity.as_deref(), Some("private" | "confidential")),
        importance: event.importance.as_deref().map(Importance::named).unwrap_or_default(),
        zone: event.original_start_time_zone.unwrap_or_default(),
        recurrence: event.recurrence.filter(|recurrence| !recurrence.is_null()),
        cancelled_days: event.cancelled_occurrences.map(|ids| days(&ids)),
        original_start: event.original_start,
        response: answer(event.response_status),
        join_url: event.online_meeting.and_then(|meeting| meeting.join_url).or(event.online_meeting_url).filter(|url| !url.is_empty()),
        web_link: event.web_link,
        categories: event.categories.unwrap_or_default(),
        created_at: event.created_date_time,
        modified_at: event.last_modified_date_time,
    }
}

/// The days at the end of the ids of occurrences, in order.
fn days(ids: &[String]) -> Vec<Date> {
    let days = ids.iter().filter_map(|id| id.rsplit('.').next()?.parse().ok());
    days.collect::<BTreeSet<Date>>().into_iter().collect()
}

fn attendee(attendee: theirs::Attendee) -> Attendee {
    Attendee {
        who: attendee.email_address.map(party).unwrap_or_default(),
        optional: attendee.kind.as_deref() == Some("optional"),
        resource: attendee.kind.as_deref() == Some("resource"),
        response: answer(attendee.status),
    }
}

fn answer(status: Option<theirs::event::ResponseStatus>) -> Response {
    status.and_then(|status| status.response).map(|response| Response::named(&response)).unwrap_or_default()
}

fn person(recipient: &Recipient) -> Participant {
    Participant { name: recipient.name().to_owned(), address: recipient.address().to_owned() }
}

fn party(address: EmailAddress) -> Participant {
    Participant { name: address.name.unwrap_or_default(), address: address.address.unwrap_or_default() }
}
