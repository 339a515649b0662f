//! Calendars as iCalendar, for programs that subscribe to them.
//!
//! Promises: lines of at most 75 octets with CRLF; a series is a rule (`RRULE`) with what was cancelled (`EXDATE`) and what was changed
//! (`RECURRENCE-ID`), so that it goes on beyond what is mirrored; one that cannot be said as a rule comes as its occurrences, one by one.
//! Zones have IANA names and bring their rules (`VTIMEZONE`). The same events give the same bytes. What is not to be seen is busy time:
//! no subject, no place, no text, nobody's name.
//!
//! It reads no iCalendar, and says nothing of an exception that lies beyond what is mirrored: there the series is shown as its rule has it.
//!
//! Sources: RFC 5545; RFC 7986 for `NAME`, `REFRESH-INTERVAL` and `CONFERENCE`; MS-OXCICAL for `X-MICROSOFT-CDO-BUSYSTATUS`.

mod event;
mod line;
mod series;
#[cfg(test)]
mod tests;
mod timezone;

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base::Timestamp;

use crate::calendar::{CalendarEvent, CalendarEventKind};
use event::Writing;
use line::Lines;

/// How much is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shown {
    /// What events are about; otherwise that the time is taken, and how.
    pub details: bool,
    /// The same of private ones.
    pub private_details: bool,
}

/// A calendar as the mirror has it.
#[derive(Clone, Debug)]
pub struct Mirrored {
    /// What stands in it, each with its own detail only, and its series.
    pub events: Vec<CalendarEvent>,
    /// From when until when everything is known: an occurrence that is missing there is cancelled.
    pub known: Option<(Timestamp, Timestamp)>,
}

/// Writes calendars as one. A meeting that stands in several of them is written as the first has it.
pub fn write(name: &str, calendars: &[Mirrored], shown: Shown) -> String {
    let mut writing = Writing { lines: Lines::default(), zones: BTreeMap::new(), shown };
    let mut written = BTreeSet::new();
    for calendar in calendars {
        for bundle in bundles(&calendar.events) {
            if written.insert(bundle.uid()) {
                bundle.write(calendar.known, &mut writing);
            }
        }
    }
    let mut whole = Lines::default();
    for line in ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Rapport//Calendar feed//EN", "CALSCALE:GREGORIAN"] {
        whole.line(line);
    }
    whole.text("NAME", name);
    whole.text("X-WR-CALNAME", name);
    whole.line("REFRESH-INTERVAL;VALUE=DURATION:PT15M");
    whole.line("X-PUBLISHED-TTL:PT15M");
    for (iana, (rules, since)) in &writing.zones {
        timezone::write(&mut whole, iana, rules, *since);
    }
    whole.append(writing.lines);
    whole.line("END:VCALENDAR");
    whole.into_text()
}

/// What belongs together under one UID.
enum Bundle<'a> {
    Single(&'a CalendarEvent),
    Series(&'a CalendarEvent, Vec<&'a CalendarEvent>),
}

impl Bundle<'_> {
    fn uid(&self) -> String {
        match self {
            Bundle::Single(event) | Bundle::Series(event, _) => event::uid(event),
        }
    }

    fn write(&self, known: Option<(Timestamp, Timestamp)>, writing: &mut Writing) {
        match self {
            Bundle::Single(event) => writing.single(event, &event::uid(event)),
            Bundle::Series(series, members) => series::write(series, members, known, writing),
        }
    }
}

/// Series with what is one of them, each where it first appears, and the single ones between them. An exception of a series that is not
/// here stands alone; an occurrence of such a one says nothing and is left out.
fn bundles(events: &[CalendarEvent]) -> Vec<Bundle<'_>> {
    let series = events.iter().filter(|event| event.kind == CalendarEventKind::Series && event.detail.is_some());
    let mut bundles: Vec<Bundle<'_>> = Vec::new();
    let mut place_of: HashMap<&str, usize> = HashMap::new();
    for event in series {
        place_of.insert(&event.graph_id, bundles.len());
        bundles.push(Bundle::Series(event, Vec::new()));
    }
    for event in events.iter().filter(|event| event.kind != CalendarEventKind::Series) {
        let place = event.series.as_deref().and_then(|series| place_of.get(series));
        match place.map(|place| &mut bundles[*place]) {
            Some(Bundle::Series(_, members)) => members.push(event),
            _ if event.detail.is_some() => bundles.push(Bundle::Single(event)),
            _ => {}
        }
    }
    bundles
}
