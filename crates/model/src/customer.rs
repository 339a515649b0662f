//! A customer: the party that conversations are with, and the rule by which a thread came to it.

use base::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{CustomerId, ThreadId, WorkspaceId};

/// What goes to more outside companies than this is a circular: those it went to have nothing to do with each other.
pub const COMPANIES_MAX: usize = 25;

/// A party outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Customer {
    /// Its id.
    pub id: CustomerId,
    /// Whose data it is.
    pub workspace: WorkspaceId,
    /// Its name for people.
    pub name: String,
    /// Whether a person chose that name.
    pub named_by_hand: bool,
    /// When it came to be known.
    pub created_at: Timestamp,
    /// When the latest conversation with it was; when it came to be known, while there is none.
    pub last_at: Timestamp,
    /// How many threads are filed under it.
    pub thread_count: i64,
    /// Grows with every change made by hand.
    pub version: i64,
    /// The customer that it was merged into: a signpost for old links.
    pub merged_into: Option<CustomerId>,
}

/// A domain and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomerDomain {
    /// The registrable domain.
    pub domain: String,
    /// Whose it is; `None` if a person said that it makes no customer.
    pub customer: Option<CustomerId>,
    /// Whether a person said so.
    pub by_hand: bool,
}

/// Why a thread is filed under a customer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FilingRule {
    /// Somebody of one of its domains is in the thread.
    Domain,
    /// Somebody who belongs to it by hand is in the thread.
    Person,
    /// A person filed the thread there.
    Hand,
}

impl FilingRule {
    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            FilingRule::Domain => "domain",
            FilingRule::Person => "person",
            FilingRule::Hand => "hand",
        }
    }

    /// The rule of this name.
    pub fn named(name: &str) -> Option<Self> {
        [FilingRule::Domain, FilingRule::Person, FilingRule::Hand].into_iter().find(|rule| rule.name() == name)
    }
}

/// A thread under a customer, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filing {
    /// The thread.
    pub thread: ThreadId,
    /// The customer.
    pub customer: CustomerId,
    /// The rule.
    pub rule: FilingRule,
    /// The address that caused it; for [`FilingRule::Hand`] who did it.
    pub because: String,
    /// When it was filed there.
    pub filed_at: Timestamp,
}

impl Filing {
    /// The rule as a sentence, to be shown beside the customer.
    pub fn sentence(&self) -> String {
        match self.rule {
            FilingRule::Domain => format!("because {} is in it", self.because),
            FilingRule::Person => format!("because {}, who belongs to this customer, is in it", self.because),
            FilingRule::Hand => format!("filed by hand by {}", self.because),
        }
    }
}
