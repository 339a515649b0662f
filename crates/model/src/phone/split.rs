//! A field with several numbers, cut into each. Pure.
//!
//! Some marks stand between numbers only (a line break, Google's ` ::: `, `;`, `|`); others stand within one as well (`030/1234567`,
//! a comma before an extension), so they part only what is a number on both sides.

use super::{FIELD_BYTES_MAX, Region, reading};

/// Marks and words that may stand within a number or between two.
const UNSURE: &[&str] = &["/", ",", "&", "\\", " - ", " or ", " and ", " oder ", " und ", " atau ", " dan ", " ou ", " o ", " y ", " e "];

/// How many parts are looked for at most.
const PARTS_MAX: usize = 20;

/// The parts of a field that are a number each, as far as can be told. No part is empty.
pub(super) fn split(field: &str, region: Option<Region>) -> Vec<&str> {
    if field.len() > FIELD_BYTES_MAX {
        return vec![field];
    }
    let mut parts = Vec::new();
    for line in field.split(['\n', '\r', '|']).flat_map(|line| line.split(" ::: ")).flat_map(without_semicolons) {
        cut(line.trim(), region, &mut parts);
    }
    parts.retain(|part| !part.is_empty());
    parts.truncate(PARTS_MAX);
    parts
}

/// Cut at `;`, but for the parameters of `tel:` (`;ext=12`).
fn without_semicolons(line: &str) -> Vec<&str> {
    let is_parameter =
        |part: &str| part.split_once('=').is_some_and(|(name, _)| name.chars().all(|letter| letter.is_ascii_alphabetic() || letter == '-'));
    let mut parts = Vec::new();
    let mut start = 0;
    for (place, _) in line.match_indices(';') {
        if !is_parameter(&line[place + 1..]) {
            parts.push(&line[start..place]);
            start = place + 1;
        }
    }
    parts.push(&line[start..]);
    parts
}

/// Cuts at an unsure mark where both sides are numbers by themselves.
fn cut<'a>(line: &'a str, region: Option<Region>, parts: &mut Vec<&'a str>) {
    let places = UNSURE.iter().flat_map(|mark| line.match_indices(mark).map(move |(place, mark)| (place, place + mark.len())));
    let mut places: Vec<_> = places.collect();
    places.sort_unstable();
    for (place, behind) in places.into_iter().take(PARTS_MAX) {
        let (before, after) = (line[..place].trim(), line[behind..].trim());
        if is_number(before, region) && begins_with_number(after, region) {
            parts.push(before);
            return cut(after, region, parts);
        }
    }
    parts.push(line);
}

fn begins_with_number(text: &str, region: Option<Region>) -> bool {
    if is_number(text, region) {
        return true;
    }
    let mut ends = UNSURE.iter().flat_map(|mark| text.match_indices(mark).map(|(place, _)| place));
    ends.any(|end| is_number(&text[..end], region))
}

fn is_number(text: &str, region: Option<Region>) -> bool {
    // Seven digits: fewer are an extension or a last part that was written apart, even where a plan has numbers so short.
    text.chars().filter(|letter| letter.is_numeric()).count() >= 7 && reading::read(text.trim(), region).is_ok()
}
