//! Access: with which grant, to which user's data, and how urgently a call is made.
//!
//! Microsoft counts calls by application and mailbox (graph.md 7.2), whichever grant they use, so the mailbox named
//! here is also what calls are paced by. It must be the user's object id wherever that is known: a principal name
//! that can change, or an alias, would be counted as another mailbox, and Outlook paths and directory paths disagree
//! about what an address resolves to (graph.md 1.1).

use std::fmt;

/// The key by which whoever keeps the tokens knows a grant. Opaque here.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct GrantKey(String);

impl GrantKey {
    /// A key of the keeper's choosing.
    pub fn new(key: impl Into<String>) -> Self {
        GrantKey(key.into())
    }

    /// The key as its keeper gave it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for GrantKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GrantKey({})", self.0)
    }
}

/// How urgent a call is. Lanes share one mailbox's four slots, the most urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// A person is waiting.
    Interactive,
    /// Microsoft told us that something has changed, or a poll is due.
    Notified,
    /// The first sync, audits, anything that may take its time.
    Backfill,
}

/// Whose data.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum User {
    /// Whoever signed in: delegated grants only (graph.md 1.1), and only where the object id is not known yet.
    Me,
    /// A user or shared mailbox, by object id (or principal name until the id is known).
    Id(String),
}

/// With which grant, to whose data, how urgently.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Access {
    /// The permission used.
    pub grant: GrantKey,
    /// Whose data.
    pub user: User,
    /// How urgently.
    pub lane: Lane,
}

impl Access {
    /// Access to one user's mailbox by object id.
    pub fn new(grant: GrantKey, user_id: impl Into<String>, lane: Lane) -> Self {
        Access { grant, user: User::Id(user_id.into()), lane }
    }

    /// Access to whoever gave the grant.
    pub const fn me(grant: GrantKey, lane: Lane) -> Self {
        Access { grant, user: User::Me, lane }
    }

    /// The same, but as urgent as `lane`.
    #[must_use]
    pub fn in_lane(&self, lane: Lane) -> Self {
        Access { lane, ..self.clone() }
    }

    /// What the calls are counted by.
    pub(crate) fn pace_key(&self) -> String {
        match &self.user {
            User::Me => format!("me:{}", self.grant.as_str()),
            User::Id(id) => id.to_ascii_lowercase(),
        }
    }
}
