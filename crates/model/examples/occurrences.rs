//! Reads series as JSON lines and writes their occurrences as JSON lines, for `tests/oracle/recurrence.py`, which works them out
//! by other means.
//!
//! A line in: `{"recurrence": patternedRecurrence, "zone": name, "start": local, "end": local, "from": instant, "until": instant,
//! "cancelled": [instant], "changed": [[original, start, end]]}`. A line out: `{"occurrences": [[start, end, changed]], "rule": text}`
//! with milliseconds since 1970, or `{"error": sentence}`.

use std::error::Error;
use std::io::{BufRead as _, Write as _};

use base::Timestamp;
use jiff::civil::DateTime;
use model::recurrence::{Form, Original, Recurrence, Series, Window, rule};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Line {
    recurrence: Recurrence,
    zone: String,
    start: DateTime,
    end: DateTime,
    from: Timestamp,
    until: Timestamp,
    cancelled: Vec<Timestamp>,
    changed: Vec<(Timestamp, Timestamp, Timestamp)>,
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
    let rule = rule(&line.recurrence, Form::Times { start: line.start.time(), zone: &zone });
    let mut series = Series::new(line.recurrence, zone, line.start, line.end)?;
    for (original, start, end) in line.changed {
        series.change(Original::At(original), start, end);
    }
    for original in line.cancelled {
        series.cancel(Original::At(original));
    }
    let found = series.occurrences(Window::new(line.from, line.until)?);
    let occurrences: Vec<_> = found.map(|found| (found.start.millis(), found.end.millis(), found.changed)).collect();
    Ok(json!({"occurrences": occurrences, "rule": rule}))
}
