//! Contacts: what Outlook, Google, WhatsApp and programs say of people, put together into one contact for each person.
//!
//! Promises: pure, and the same whatever the order in which things were learned. A *source contact* is never changed: a contact is a
//! view of its source contacts, so that undoing every join gives back exactly what came. Each join keeps its evidence, each
//! value says why it was chosen. A name alone never joins anybody. What a person has parted, no evidence joins again.
//!
//! It does not fetch or keep anything. It works on all source contacts of a workspace, or on some of them together with every
//! other that holds one of their [`keys`]: the contacts of those come out the same.
//!
//! Sources: COMPATIBILITY for contacts (`source`, whose name wins); reference for integrations, section 5.5.

pub mod file;

mod choice;
mod count;
mod group;
mod hands;
mod key;
mod likeness;
mod merge;
mod proposal;
#[cfg(test)]
mod tests;

use base::Timestamp;
use serde::{Deserialize, Serialize};

pub use choice::{Choice, Chosen, Held};
pub use count::{Counts, Seen, count};
pub use hands::{Hands, Said};
pub use key::{Key, Shared, SharedKey, keys};
pub use merge::{Because, Contact, Evidence, Merged, merge};
pub use proposal::{PROPOSALS_MAX, Proposal, Reason, propose};

use crate::id::{ContactBookId, SourceContactId};
use crate::phone::Phone;

/// Where a source contact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Origin {
    /// Microsoft's Outlook. Its display name goes before others.
    Outlook,
    /// Google Contacts.
    Google,
    /// A program or a file, by the API.
    Api,
    /// WhatsApp, where people choose their own names.
    WhatsApp,
}

impl Origin {
    /// Every origin there is, in the order in which their values are preferred.
    pub const ALL: [Origin; 4] = [Origin::Outlook, Origin::Google, Origin::Api, Origin::WhatsApp];

    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Origin::Outlook => "outlook",
            Origin::Google => "google",
            Origin::Api => "api",
            Origin::WhatsApp => "whatsapp",
        }
    }

    /// The origin of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|origin| origin.name() == name)
    }

    /// As people call it.
    pub const fn title(self) -> &'static str {
        match self {
            Origin::Outlook => "Outlook",
            Origin::Google => "Google",
            Origin::Api => "the API",
            Origin::WhatsApp => "WhatsApp",
        }
    }
}

/// The one word that compatible readers are told about where a contact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum CompatibleSource {
    /// WhatsApp, and any other.
    Both,
    /// Google, without WhatsApp.
    Google,
    /// Outlook, without Google or WhatsApp.
    Outlook,
    /// WhatsApp alone, and what comes from none of the three, because it is that table's default.
    WhatsApp,
}

impl CompatibleSource {
    /// What a set of origins is called.
    pub fn of(origins: impl IntoIterator<Item = Origin>) -> Self {
        let (mut whatsapp, mut google, mut outlook, mut api) = (false, false, false, false);
        for origin in origins {
            match origin {
                Origin::WhatsApp => whatsapp = true,
                Origin::Google => google = true,
                Origin::Outlook => outlook = true,
                Origin::Api => api = true,
            }
        }
        match (whatsapp, google, outlook, api) {
            (true, false, false, false) | (false, false, false, _) => CompatibleSource::WhatsApp,
            (true, ..) => CompatibleSource::Both,
            (false, true, ..) => CompatibleSource::Google,
            (false, false, true, _) => CompatibleSource::Outlook,
        }
    }

    /// As that table writes it.
    pub const fn name(self) -> &'static str {
        match self {
            CompatibleSource::Both => "both",
            CompatibleSource::Google => "google",
            CompatibleSource::Outlook => "outlook",
            CompatibleSource::WhatsApp => "whatsapp",
        }
    }
}

/// The parts of a name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Name {
    /// As it is shown.
    pub display: Option<String>,
    /// What somebody is called by friends.
    pub given: Option<String>,
    /// The family's.
    pub family: Option<String>,
}

impl Name {
    /// As it is shown; put together from its parts where nothing else is known. Empty if there is none.
    pub fn shown(&self) -> String {
        match &self.display {
            Some(display) => display.clone(),
            None => [&self.given, &self.family].into_iter().flatten().map(String::as_str).collect::<Vec<_>>().join(" "),
        }
    }
}

/// What is said of somebody.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Card {
    /// A name.
    pub name: Name,
    /// E-mail addresses as written.
    pub addresses: Vec<String>,
    /// Phone numbers, read with the region of the book.
    pub phones: Vec<Phone>,
    /// Where somebody works.
    pub organisation: Option<String>,
    /// As what.
    pub title: Option<String>,
    /// The hash of a picture: SHA-256 in hexadecimal.
    pub photo: Option<String>,
}

impl Card {
    /// Whether it has a number that can be used.
    pub fn has_number(&self) -> bool {
        self.phones.iter().any(|phone| phone.number().is_some())
    }
}

/// What one source says of somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SourceContact {
    /// Its id.
    pub id: SourceContactId,
    /// Where it comes from.
    pub origin: Origin,
    /// Whose address book it is in: two of one book with different names are two people.
    pub book: ContactBookId,
    /// What it says.
    pub card: Card,
    /// When the source says that it last changed.
    pub updated_at: Timestamp,
}
