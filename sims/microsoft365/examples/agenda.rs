//! Reads series as JSON lines, makes each in a simulated calendar, and writes what stands there as JSON lines, for
//! `tests/oracle/recurrence.py`, which works it out by other means. Lines as those of model's example `occurrences`, but for the rule.

use std::error::Error;
use std::io::{BufRead as _, Write as _};

use jiff::Timestamp;
use jiff::civil::DateTime;
use microsoft365_sim::control::{Control, NewUser};
use microsoft365_sim::{Config, Simulator};
use serde::Deserialize;
use serde_json::{Value, json};

const WHO: &str = "anna@contoso.example";

#[derive(Deserialize)]
struct Line {
    recurrence: Value,
    zone: String,
    start: DateTime,
    end: DateTime,
    from: Timestamp,
    until: Timestamp,
    cancelled: Vec<Timestamp>,
    changed: Vec<(Timestamp, Timestamp, Timestamp)>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let sim = Simulator::new(Config::seeded(1));
    let control = sim.control();
    control.create_user(NewUser::person(WHO, "Anna Alm"))?;
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let answer = answer(&control, &line?).unwrap_or_else(|error| json!({"error": error.to_string()}));
        writeln!(output, "{answer}")?;
    }
    output.flush()?;
    Ok(())
}

fn answer(control: &Control, line: &str) -> Result<Value, Box<dyn Error>> {
    let line: Line = serde_json::from_str(line)?;
    let time = |at: DateTime| json!({"dateTime": at.to_string(), "timeZone": line.zone});
    let series = json!({"subject": "Series", "start": time(line.start), "end": time(line.end), "recurrence": line.recurrence});
    let made = control.create_event(WHO, None, &series)?;
    let found = what_stands(control, &line);
    control.delete_event(WHO, &made.id)?;
    Ok(json!({"occurrences": found?}))
}

/// Start, end, and whether it was changed, of each occurrence.
type Occurrences = Vec<(i64, i64, bool)>;

/// Changes and cancels what the line says, and reads the window.
fn what_stands(control: &Control, line: &Line) -> Result<Occurrences, Box<dyn Error>> {
    let utc = |at: Timestamp| json!({"dateTime": at.strftime("%Y-%m-%dT%H:%M:%S").to_string(), "timeZone": "UTC"});
    let mut ids = Vec::new();
    for original in line.cancelled.iter().chain(line.changed.iter().map(|(original, ..)| original)) {
        let second = jiff::SignedDuration::from_secs(1);
        let there = control.agenda(WHO, original.checked_sub(second)?, original.checked_add(second)?)?;
        let events = there.calendars.into_iter().flat_map(|calendar| calendar.events);
        let id = events.into_iter().find(|event| event.start == *original).ok_or("an occurrence is not there")?.id;
        ids.push((*original, id));
    }
    let id_of = |original: &Timestamp| ids.iter().find(|(at, _)| at == original).map(|(_, id)| id.clone()).unwrap_or_default();
    for original in &line.cancelled {
        control.delete_event(WHO, &id_of(original))?;
    }
    let mut changed = Vec::new();
    for (original, start, end) in &line.changed {
        control.change_event(WHO, &id_of(original), &json!({"start": utc(*start), "end": utc(*end)}))?;
        changed.push(id_of(original));
    }
    let there = control.agenda(WHO, line.from, line.until)?;
    let events = there.calendars.into_iter().flat_map(|calendar| calendar.events);
    let mut found: Vec<_> =
        events.map(|event| (event.start.as_millisecond(), event.end.as_millisecond(), changed.contains(&event.id))).collect();
    found.sort_unstable();
    Ok(found)
}
