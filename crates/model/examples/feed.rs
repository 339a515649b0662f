//! Reads series as JSON lines, keeps each as the mirror would have it, and writes it as iCalendar with the product's own occurrences beside
//! it, for `tests/oracle/feed.py`, which reads the one by other programs and compares it with the other.
//!
//! A line in is one of `occurrences.rs`, with `"known": [instant, instant]` (what is mirrored), `"listed": bool` (whether Microsoft names
//! every cancelled occurrence, or only those that are not mirrored), `"all_day": bool`, and what it is about: `"subject"`, `"preview"`,
//! `"location"`, `"attendees": [[name, address]]`. A line out: `{"ics": text, "occurrences": [[start, end, changed]]}`, or
//! `{"error": sentence}`.

use std::error::Error;
use std::io::{BufRead as _, Write as _};

use base::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use model::calendar::{Attendee, CalendarEvent, CalendarEventKind, Detail, Response};
use model::icalendar::{Mirrored, Shown, write};
use model::id::{CalendarEventId, CalendarId};
use model::message::Participant;
use model::recurrence::{Occurrence, Original, Recurrence, Series, Window};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Line {
    recurrence: Value,
    zone: String,
    start: DateTime,
    end: DateTime,
    from: Timestamp,
    until: Timestamp,
    known: (Timestamp, Timestamp),
    listed: bool,
    all_day: bool,
    cancelled: Vec<Timestamp>,
    changed: Vec<(Timestamp, Timestamp, Timestamp)>,
    subject: String,
    preview: String,
    location: String,
    attendees: Vec<(String, String)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let answer = answer(&line?).unwrap_or_else(|error| json!({"error": error.to_string()}));
        writeln!(output, "{answer}")?;
    }
    output.flush()?;
    Ok(())
}

fn answer(line: &str) -> Result<Value, Box<dyn Error>> {
    let line: Line = serde_json::from_str(line)?;
    let zone = model::zone::read(&line.zone).into_zone().ok_or("the zone is not known")?.rules;
    let zone = if line.all_day { TimeZone::UTC } else { zone };
    let recurrence: Recurrence = serde_json::from_value(line.recurrence.clone())?;
    let mut series = Series::new(recurrence, zone, line.start, line.end)?;
    for (original, start, end) in &line.changed {
        series.change(Original::At(*original), *start, *end);
    }
    for original in &line.cancelled {
        series.cancel(Original::At(*original));
    }
    let found: Vec<Occurrence> = series.occurrences(Window::new(line.from, line.until)?).collect();
    let ics = write(
        "Oracle",
        &[Mirrored { events: mirror(&line, &series)?, known: Some(line.known) }],
        Shown { details: true, private_details: true },
    );
    let occurrences: Vec<_> = found.iter().map(|found| (found.start.millis(), found.end.millis(), found.changed)).collect();
    Ok(json!({"ics": ics, "occurrences": occurrences}))
}

/// The rows that the mirror would have: the series, and what there is of it in the window.
fn mirror(line: &Line, series: &Series) -> Result<Vec<CalendarEvent>, Box<dyn Error>> {
    let first = series.first().ok_or("the series has no day")?;
    let (from, until) = line.known;
    let unlisted = |at: &Timestamp| {
        !line.listed
            && series.on(series.day_of(Original::At(*at))).start >= from
            && series.on(series.day_of(Original::At(*at))).end <= until
    };
    let listed = line.cancelled.iter().filter(|at| !unlisted(at)).map(|at| series.day_of(Original::At(*at))).collect();
    let detail = Detail { recurrence: Some(line.recurrence.clone()), cancelled_days: Some(listed), ..about(line) };
    let row = |kind, start_at, end_at, detail| CalendarEvent {
        id: CalendarEventId::from_number(1),
        calendar: CalendarId::from_number(1),
        graph_id: if kind == CalendarEventKind::Series { "series".to_owned() } else { String::new() },
        kind,
        series: (kind != CalendarEventKind::Series).then(|| "series".to_owned()),
        start_at,
        end_at,
        detail,
    };
    let mut rows = vec![row(CalendarEventKind::Series, first.start, first.end, Some(detail))];
    for found in series.occurrences(Window::new(from, until)?) {
        let original_start = found.changed.then(|| series.on(found.day).start);
        let detail = original_start.map(|at| Detail { original_start: Some(at), subject: "Changed".to_owned(), ..about(line) });
        let kind = if found.changed { CalendarEventKind::Exception } else { CalendarEventKind::Occurrence };
        rows.push(row(kind, found.start, found.end, detail));
    }
    Ok(rows)
}

fn about(line: &Line) -> Detail {
    let person = |(name, address): &(String, String)| Participant { name: name.clone(), address: address.clone() };
    let attendee = |one| Attendee { who: person(one), response: Response::Accepted, ..Attendee::default() };
    Detail {
        ical_uid: "040000008200E00074C5B7101A82E008".to_owned(),
        subject: line.subject.clone(),
        preview: line.preview.clone(),
        location: line.location.clone(),
        organizer: Participant { name: "Ada".to_owned(), address: "ada@acme.example".to_owned() },
        attendees: line.attendees.iter().map(attendee).collect(),
        is_all_day: line.all_day,
        show_as: "busy".to_owned(),
        zone: line.zone.clone(),
        created_at: Some(Timestamp::from_millis(1_700_000_000_000)),
        modified_at: Some(Timestamp::from_millis(1_700_000_600_000)),
        ..Detail::default()
    }
}
