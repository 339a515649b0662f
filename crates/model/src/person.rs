//! A person: the human, or what stands where one would, behind one or more addresses.

use base::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{CustomerId, PersonId, WorkspaceId};

/// What is behind an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PersonKind {
    /// A human.
    Person,
    /// A post that several humans fill, such as `sales@`.
    Role,
    /// A mailing list or a newsletter.
    List,
    /// A program.
    Automatic,
}

impl PersonKind {
    /// Every kind there is.
    pub const ALL: [PersonKind; 4] = [PersonKind::Person, PersonKind::Role, PersonKind::List, PersonKind::Automatic];

    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            PersonKind::Person => "person",
            PersonKind::Role => "role",
            PersonKind::List => "list",
            PersonKind::Automatic => "automatic",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// Whether conversations with it are filed under its customer.
    pub const fn is_party(self) -> bool {
        matches!(self, PersonKind::Person | PersonKind::Role)
    }
}

/// Somebody outside with whom there is mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Its id.
    pub id: PersonId,
    /// Whose data it is.
    pub workspace: WorkspaceId,
    /// Its name for people; its address where no name is known.
    pub name: String,
    /// Whether a person chose that name: then no mail changes it.
    pub named_by_hand: bool,
    /// What it is.
    pub kind: PersonKind,
    /// The domain by which its customer is found; empty for one at a provider of mail for everyone.
    pub domain: String,
    /// The customer that it belongs to.
    pub customer: Option<CustomerId>,
    /// Whether a person said so: then no domain changes it.
    pub customer_by_hand: bool,
    /// When it came to be known.
    pub created_at: Timestamp,
    /// When the latest conversation with it was.
    pub last_at: Timestamp,
    /// Grows with every change.
    pub version: i64,
    /// The person that it turned out to be, if its last address went there.
    pub merged_into: Option<PersonId>,
}

/// One address of a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonAddress {
    /// Whose it is.
    pub person: PersonId,
    /// Folded, as it is looked up.
    pub address: String,
    /// As it was last written.
    pub written: String,
    /// Whether a person said whose it is.
    pub by_hand: bool,
    /// When it came to be known.
    pub added_at: Timestamp,
}
