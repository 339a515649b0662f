//! A mailbox: whose it is, and whether it can be synced.

use base::{Problem, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{ConnectionId, MailboxId, WorkspaceId};

/// Whose mailbox it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailboxKind {
    /// A person's, reached by that person's own grant.
    User,
    /// A team's, reached by an application grant.
    Shared,
}

impl MailboxKind {
    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            MailboxKind::User => "user",
            MailboxKind::Shared => "shared",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        [MailboxKind::User, MailboxKind::Shared].into_iter().find(|kind| kind.name() == name)
    }
}

/// Whether a mailbox is being kept true.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailboxState {
    /// The first sync is running; what has come so far is usable.
    Syncing,
    /// Everything is here and is kept true.
    Live,
    /// Microsoft refuses us; a person has to connect it again or an administrator has to allow it.
    Stopped,
    /// Disconnected by a person.
    Disconnected,
}

impl MailboxState {
    const ALL: [MailboxState; 4] = [MailboxState::Syncing, MailboxState::Live, MailboxState::Stopped, MailboxState::Disconnected];

    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            MailboxState::Syncing => "syncing",
            MailboxState::Live => "live",
            MailboxState::Stopped => "stopped",
            MailboxState::Disconnected => "disconnected",
        }
    }

    /// The state of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// How much of a mailbox others see than its own person and the administrator.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Who wrote to whom, and when.
    Metadata,
    /// That, and what it was about.
    Subject,
    /// All of it.
    #[default]
    Everything,
}

impl Visibility {
    /// Every visibility, the least first.
    pub const ALL: [Visibility; 3] = [Visibility::Metadata, Visibility::Subject, Visibility::Everything];

    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Visibility::Metadata => "metadata",
            Visibility::Subject => "subject",
            Visibility::Everything => "everything",
        }
    }

    /// The visibility of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|visibility| visibility.name() == name)
    }
}

/// A mailbox that is mirrored.
#[derive(Clone, Debug)]
pub struct Mailbox {
    /// Its id.
    pub id: MailboxId,
    /// Whose data it is.
    pub workspace: WorkspaceId,
    /// The connection through which it is reached.
    pub connection: ConnectionId,
    /// Microsoft's object id of the user that owns it.
    pub graph_user_id: String,
    /// Its address.
    pub address: String,
    /// Its name for people.
    pub display_name: String,
    /// Whose it is.
    pub kind: MailboxKind,
    /// Whether it is being kept true.
    pub state: MailboxState,
    /// Why it stands still, if it does.
    pub problem: Option<Problem>,
    /// When the state last changed.
    pub state_at: Timestamp,
    /// When the first sync was complete.
    pub first_synced_at: Option<Timestamp>,
    /// Last proof of life: when Microsoft last answered for it.
    pub last_contact_at: Option<Timestamp>,
    /// When it was connected.
    pub created_at: Timestamp,
    /// How much of it others see.
    pub visibility: Visibility,
}
