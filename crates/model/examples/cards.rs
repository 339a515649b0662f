//! Reads contacts as JSON lines and writes all of them as vCards of the version that the argument names (3 or 4), for
//! `tests/oracle/cards.py`, which reads them by another program. A line is a card as the store keeps it.

use std::error::Error;
use std::io::{BufRead as _, Write as _};

use model::contact::Card;
use model::contact::file::{Entry, Version, write};

fn main() -> Result<(), Box<dyn Error>> {
    let version = if std::env::args().nth(1).as_deref() == Some("3") { Version::V3 } else { Version::V4 };
    let mut entries = Vec::new();
    for line in std::io::stdin().lock().lines() {
        let card: Card = serde_json::from_str(&line?)?;
        entries.push(Entry { card, uid: Some(format!("card-{}", entries.len())), ..Entry::default() });
    }
    std::io::stdout().lock().write_all(write(&entries, version).as_bytes())?;
    Ok(())
}
