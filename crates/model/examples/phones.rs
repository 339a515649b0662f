//! Reads fields with phone numbers as JSON lines and writes what they are as JSON lines, for `tests/oracle/phones.py`, which knows.
//!
//! A line in: `{"field": text, "region": country or null}`. A line out: `[[e164, extension or null, kind] or [reason]]`.

use std::error::Error;
use std::io::{BufRead as _, Write as _};

use model::phone::{Phone, Region, read};
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Line {
    field: String,
    region: Option<String>,
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut output = std::io::BufWriter::new(std::io::stdout().lock());
    for line in std::io::stdin().lock().lines() {
        let line: Line = serde_json::from_str(&line?)?;
        let found = read(&line.field, line.region.as_deref().and_then(Region::named));
        let shown: Vec<Value> = found.iter().map(shown).collect();
        writeln!(output, "{}", Value::from(shown))?;
    }
    output.flush()?;
    Ok(())
}

fn shown(phone: &Phone) -> Value {
    match phone {
        Phone::Usable(number) => json!([number.e164, number.extension, number.kind.name()]),
        Phone::Unusable(unusable) => json!([unusable.reason.name()]),
    }
}
