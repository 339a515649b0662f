//! Files with contacts: vCards (2.1, 3.0, 4.0) and tables (Google's, old and new, Outlook's, and such as people make), read and written.
//!
//! Promises: every contact that can be read is, and every one that cannot is named with its place in the file and what to do. What is
//! written is read again as the same.
//!
//! It takes names, addresses, numbers, organisation, title, the hash of a picture, `UID` and `REV`; nothing else of a card is kept.
//!
//! Sources: RFC 6350 and 2426, vCard 2.1; reference for integrations, section 5.2.

mod table;
#[cfg(test)]
mod tests;
mod text;
mod vcard;

use std::fmt;

use base::Timestamp;

pub use vcard::{Version, write};

use super::{Card, Contact, Name, Origin, SourceContact};
use crate::id::{ContactBookId, SourceContactId};
use crate::phone::{Phone, Region};

/// The largest file that is read, in bytes.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// The most contacts of a file.
pub const ENTRIES_MAX: usize = 250_000;

/// What kind of file it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// vCards.
    VCard,
    /// A table as Google writes it.
    Google,
    /// A table as Google wrote it until 2024.
    OldGoogle,
    /// A table as Outlook writes it.
    Outlook,
    /// Another table with headings that are understood.
    Table,
}

/// What was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// What kind of file it was.
    pub kind: Kind,
    /// Its contacts.
    pub entries: Vec<Entry>,
    /// What could not be read.
    pub problems: Vec<Problem>,
}

/// A contact of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Entry {
    /// Where it stands: the row of a table as a person counts (the heading is 1), or which card it is, from 1.
    pub place: u64,
    /// What the file calls it by, if it does.
    pub uid: Option<String>,
    /// What it says.
    pub card: Card,
    /// When it last changed, if the file says so.
    pub updated_at: Option<Timestamp>,
}

impl Entry {
    /// The source contact that it becomes; `read_at` stands in where the file does not say when it changed.
    pub fn into_source(self, id: SourceContactId, origin: Origin, book: ContactBookId, read_at: Timestamp) -> SourceContact {
        SourceContact { id, origin, book: book.to_owned(), card: self.card, updated_at: self.updated_at.unwrap_or(read_at) }
    }

    fn is_empty(&self) -> bool {
        let Card { name, addresses, phones, organisation, .. } = &self.card;
        name.shown().trim().is_empty() && addresses.is_empty() && phones.is_empty() && organisation.is_none()
    }
}

impl From<&Contact> for Entry {
    /// A contact as it is written into a file: what it shows, all its numbers and addresses.
    fn from(contact: &Contact) -> Self {
        let value = |chosen: &Option<super::Chosen<String>>| chosen.as_ref().map(|chosen| chosen.value.clone());
        let usable = contact.phones.iter().map(|held| Phone::Usable(held.value.clone()));
        let unusable = contact.unusable.iter().map(|held| Phone::Unusable(held.value.clone()));
        Entry {
            place: 0,
            uid: Some(contact.id.to_string()),
            card: Card {
                name: Name {
                    display: value(&contact.display_name),
                    given: value(&contact.given_name),
                    family: value(&contact.family_name),
                },
                addresses: contact.addresses.iter().map(|held| held.value.clone()).collect(),
                phones: usable.chain(unusable).collect(),
                organisation: value(&contact.organisation),
                title: value(&contact.title),
                photo: None,
            },
            updated_at: None,
        }
    }
}

/// A contact that could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands, as in [`Entry::place`].
    pub place: u64,
    /// What is wrong.
    pub what: Wrong,
}

/// What is wrong with a contact of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// It has no name, number, address or organisation.
    Empty,
    /// The row has more cells than there are headings.
    TooManyCells,
    /// The row is not in the encoding of the file.
    Unreadable,
    /// The card does not end.
    Unfinished,
    /// There is text between cards.
    NoCard(String),
}

impl fmt::Display for Problem {
    /// A sentence with what to do.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.place;
        match &self.what {
            Wrong::Empty => write!(f, "Entry {place} has no name, number, address or company. Nothing was taken from it."),
            Wrong::TooManyCells => write!(
                f,
                "Row {place} has more cells than there are headings. Put quotation marks around the cell that has a comma in it, and read \
                 the file again."
            ),
            Wrong::Unreadable => {
                write!(f, "Row {place} has letters in another encoding than the file. Save the file as UTF-8, and read it again.")
            }
            Wrong::Unfinished => write!(f, "Card {place} has no END:VCARD. Export it once more: the file seems to be cut off."),
            Wrong::NoCard(text) => {
                write!(f, "Before card {place} there is \"{text}\", which belongs to no card. Remove it, and read the file again.")
            }
        }
    }
}

/// Why nothing could be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileError {
    /// It has no contact in it.
    Empty,
    /// It is larger than [`FILE_BYTES_MAX`], or has more contacts than [`ENTRIES_MAX`].
    TooLarge,
    /// It is a table whose headings are not understood.
    Headings,
    /// It is neither text nor a table.
    NotText,
}

impl fmt::Display for FileError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            FileError::Empty => f.write_str("There is no contact in this file. Choose some in the export, and read that."),
            FileError::TooLarge => {
                write!(f, "The file is too large: at most {} MB and {ENTRIES_MAX} contacts. Export a part at a time.", FILE_BYTES_MAX >> 20)
            }
            FileError::Headings => f.write_str(
                "The headings of this table are not known. Export it as \"Google CSV\", \"Outlook CSV\" or \"vCard\", or name the columns \
                 Name, Phone, Email, Company and Title.",
            ),
            FileError::NotText => {
                f.write_str("This is no text. Export contacts as CSV or vCard (.vcf); a workbook has to be saved as CSV.")
            }
        }
    }
}

impl std::error::Error for FileError {}

/// Reads a file of any of these kinds; its name is not asked. `region` is that of the book, for numbers without a country.
///
/// # Errors
/// If nothing in it can be read.
pub fn read(bytes: &[u8], region: Option<Region>) -> Result<File, FileError> {
    if bytes.len() > FILE_BYTES_MAX {
        return Err(FileError::TooLarge);
    }
    let text = text::decoded(bytes).ok_or(FileError::NotText)?;
    if text.trim().is_empty() {
        return Err(FileError::Empty);
    }
    let begins = text.trim_start().get(..11).unwrap_or_default();
    let file = if begins.eq_ignore_ascii_case("BEGIN:VCARD") { vcard::read(&text, region) } else { table::read(&text, region) }?;
    if file.entries.is_empty() && file.problems.is_empty() { Err(FileError::Empty) } else { Ok(file) }
}

/// A text without blanks at its ends, if anything is left.
fn said(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
