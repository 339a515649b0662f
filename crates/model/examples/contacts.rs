//! Merges many made-up contacts and says how long it took: `cargo run --release -p model --example contacts -- 130000`.
//!
//! Half of the people are in two or three address books, some are behind a switchboard, some have no number.
#![allow(clippy::print_stdout, reason = "the figures are for people to read")]
#![allow(clippy::disallowed_methods, reason = "it measures")]

use std::time::Instant;

use base::Timestamp;
use model::contact::{Card, Hands, Name, Origin, SourceContact, merge, propose};
use model::id::{ContactBookId, SourceContactId};
use model::phone::{self, Region};

const GIVEN: [&str; 12] = ["Bo", "Anna", "Cy", "Di", "Ed", "Fia", "Gus", "Hana", "Ida", "Jo", "Kim", "Lea"];

fn main() {
    let wanted = std::env::args().nth(1).and_then(|count| count.parse().ok()).unwrap_or(130_000_u32);
    let began = Instant::now();
    let sources = sources(wanted);
    println!("{} source contacts made, their numbers read: {:.2?}", sources.len(), began.elapsed());
    let mut hands = Hands::default();
    for source in sources.iter().step_by(1000) {
        hands.part(&[source.id], &[SourceContactId::from_number(source.id.number() + 1)]);
    }
    let began = Instant::now();
    let merged = merge(&sources, &hands);
    println!("{} contacts of them, {} shared keys: {:.2?}", merged.contacts.len(), merged.shared.len(), began.elapsed());
    let began = Instant::now();
    println!("{} proposals: {:.2?}", propose(&merged, &hands).len(), began.elapsed());
}

fn sources(wanted: u32) -> Vec<SourceContact> {
    let mut sources = Vec::new();
    for person in 0_u32.. {
        for origin in [Origin::Outlook, Origin::Google, Origin::WhatsApp].into_iter().take(1 + person as usize % 3) {
            if sources.len() >= wanted as usize {
                return sources;
            }
            sources.push(source(i64::try_from(sources.len()).unwrap_or_default(), person, origin));
        }
    }
    sources
}

fn source(number: i64, person: u32, origin: Origin) -> SourceContact {
    let written = match origin {
        Origin::Outlook => format!("0812-{:04}-{:04}", person / 10_000, person % 10_000),
        Origin::Google => format!("+62 812 {:04} {:04}", person / 10_000, person % 10_000),
        Origin::Api | Origin::WhatsApp => format!("62812{:04}{:04}@c.us", person / 10_000, person % 10_000),
    };
    let mut phones = if person % 10 == 9 { Vec::new() } else { vec![phone::one(&written, Region::named("ID"))] };
    if person % 20 == 1 {
        phones.push(phone::one("021 5551234", Region::named("ID")));
    }
    let name = format!("{} Family{}", GIVEN[person as usize % GIVEN.len()], person / 7);
    SourceContact {
        id: SourceContactId::from_number(number + 1),
        origin,
        book: ContactBookId::from_number(origin as i64),
        card: Card {
            name: Name { display: Some(name), ..Name::default() },
            addresses: vec![format!("person{person}@company{}.example", person % 5000)],
            phones,
            organisation: Some(format!("Company {}", person % 5000)),
            title: None,
            photo: None,
        },
        updated_at: Timestamp::from_millis(number),
    }
}
