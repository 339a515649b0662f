//! Tables: rows of cells under headings, parted by commas, semicolons or tabs.
//!
//! Google counts its columns (`Phone 1 - Value`), as many as the file needs, and puts several values into a cell with ` ::: ` between
//! them. Outlook has a name for each. Fax numbers, a company's main number and an assistant's are not the person's: they are left.

use csv::{ReaderBuilder, StringRecord};

use super::{ENTRIES_MAX, Entry, File, FileError, Kind, Problem, Wrong, said};
use crate::contact::{Card, Name};
use crate::phone::{self, Region};

/// What a column is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Display,
    Given,
    Middle,
    Family,
    Phone,
    Address,
    AddressName,
    Organisation,
    Title,
}

/// Headings in lower case, without what Google counts by.
const HEADINGS: &[(&str, Column)] = &[
    ("name", Column::Display),
    ("full name", Column::Display),
    ("display name", Column::Display),
    ("given name", Column::Given),
    ("first name", Column::Given),
    ("additional name", Column::Middle),
    ("middle name", Column::Middle),
    ("family name", Column::Family),
    ("last name", Column::Family),
    ("surname", Column::Family),
    ("phone value", Column::Phone),
    ("phone", Column::Phone),
    ("phone number", Column::Phone),
    ("telephone", Column::Phone),
    ("mobile", Column::Phone),
    ("whatsapp", Column::Phone),
    ("mobile phone", Column::Phone),
    ("primary phone", Column::Phone),
    ("business phone", Column::Phone),
    ("business phone 2", Column::Phone),
    ("home phone", Column::Phone),
    ("home phone 2", Column::Phone),
    ("other phone", Column::Phone),
    ("car phone", Column::Phone),
    ("callback", Column::Phone),
    ("e-mail value", Column::Address),
    ("e-mail", Column::Address),
    ("email", Column::Address),
    ("email address", Column::Address),
    ("e-mail address", Column::Address),
    ("e-mail 2 address", Column::Address),
    ("e-mail 3 address", Column::Address),
    ("e-mail display name", Column::AddressName),
    ("organization name", Column::Organisation),
    ("organization", Column::Organisation),
    ("organisation", Column::Organisation),
    ("company", Column::Organisation),
    ("organization title", Column::Title),
    ("job title", Column::Title),
];

/// Reads a table.
pub(super) fn read(text: &str, region: Option<Region>) -> Result<File, FileError> {
    let mut reader = ReaderBuilder::new().delimiter(delimiter(text)).flexible(true).from_reader(text.as_bytes());
    let headings = reader.headers().map_err(|_| FileError::Headings)?.clone();
    let kind = kind(&headings);
    let columns: Vec<Option<Column>> = headings.iter().map(|heading| column(heading, kind)).collect();
    if !columns.iter().any(|column| matches!(column, Some(Column::Phone | Column::Address))) {
        return Err(FileError::Headings);
    }
    let mut file = File { kind, entries: Vec::new(), problems: Vec::new() };
    for (count, row) in reader.records().enumerate() {
        if count >= ENTRIES_MAX {
            return Err(FileError::TooLarge);
        }
        let place = u64::try_from(count).unwrap_or(u64::MAX).saturating_add(2);
        match row.map_err(|_| Wrong::Unreadable).and_then(|row| entry(place, &row, &columns, region)) {
            Ok(entry) => file.entries.push(entry),
            Err(what) => file.problems.push(Problem { place, what }),
        }
    }
    Ok(file)
}

/// What stands most often between the headings.
fn delimiter(text: &str) -> u8 {
    let heading = text.lines().next().unwrap_or_default();
    let count = |mark: u8| heading.bytes().filter(|byte| *byte == mark).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|mark| count(*mark)).unwrap_or(b',')
}

fn kind(headings: &StringRecord) -> Kind {
    let has = |name: &str| headings.iter().any(|heading| heading.trim().eq_ignore_ascii_case(name));
    if has("Organization Name") || has("Phone 1 - Label") || has("E-mail 1 - Label") {
        Kind::Google
    } else if has("Phone 1 - Type") || has("E-mail 1 - Type") || has("Group Membership") {
        Kind::OldGoogle
    } else if has("E-mail Address") || has("Business Phone") {
        Kind::Outlook
    } else {
        Kind::Table
    }
}

fn column(heading: &str, kind: Kind) -> Option<Column> {
    let heading = heading.trim().to_lowercase();
    let heading = match heading.split_once(" - ") {
        Some((counted, what)) => format!("{} {what}", counted.trim_end_matches(|letter: char| letter.is_ascii_digit()).trim_end()),
        None => heading,
    };
    // In Outlook's and Google's tables a title is "Dr."; in those that people make it is what somebody works as.
    if heading == "title" {
        return (kind == Kind::Table).then_some(Column::Title);
    }
    HEADINGS.iter().find(|(name, _)| *name == heading).map(|(_, column)| *column)
}

fn entry(place: u64, row: &StringRecord, columns: &[Option<Column>], region: Option<Region>) -> Result<Entry, Wrong> {
    if row.iter().skip(columns.len()).any(|cell| !cell.trim().is_empty()) {
        return Err(Wrong::TooManyCells);
    }
    let cells = |wanted: Column| {
        let cells = row.iter().zip(columns).filter(move |(_, column)| **column == Some(wanted));
        cells.filter_map(|(cell, _)| said(cell))
    };
    let one = |wanted: Column| cells(wanted).next();
    let addresses = cells(Column::Address).flat_map(|cell| cell.split(" ::: ").filter_map(said).collect::<Vec<_>>());
    let organisation = one(Column::Organisation);
    let parts: Vec<String> = [Column::Given, Column::Middle, Column::Family].into_iter().filter_map(one).collect();
    let display = one(Column::Display).or_else(|| said(&parts.join(" "))).or_else(|| one(Column::AddressName));
    let entry = Entry {
        place,
        card: Card {
            name: Name { display, given: one(Column::Given), family: one(Column::Family) },
            addresses: addresses.collect(),
            phones: cells(Column::Phone).flat_map(|cell| phone::read(&cell, region)).collect(),
            organisation,
            title: one(Column::Title),
            photo: None,
        },
        ..Entry::default()
    };
    if entry.is_empty() { Err(Wrong::Empty) } else { Ok(entry) }
}
