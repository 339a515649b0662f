//! The closed list of what can happen. An event is a line of the ledger, in the past tense, told exactly once.

use base::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{MailboxId, WorkspaceId};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident => $name:literal,)*) => {
        /// What has happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum EventKind {
            $($(#[$doc])* #[serde(rename = $name)] $kind,)*
        }

        impl EventKind {
            /// Every kind there is.
            pub const ALL: &'static [EventKind] = &[$(EventKind::$kind),*];

            /// The name by which the ledger, the API and webhooks call it.
            pub const fn name(self) -> &'static str {
                match self { $(EventKind::$kind => $name,)* }
            }

            /// The kind of this name.
            pub fn named(name: &str) -> Option<EventKind> {
                match name { $($name => Some(EventKind::$kind),)* _ => None }
            }
        }
    };
}

kinds! {
    /// A mailbox was connected for the first time. Subject: the mailbox.
    MailboxConnected => "mailbox.connected",
    /// The first sync of a mailbox is complete; what follows is news. Subject: the mailbox.
    MailboxSynced => "mailbox.synced",
    /// Microsoft refuses us: the mailbox stands still until its person connects it again. Subject: the mailbox.
    MailboxStopped => "mailbox.stopped",
    /// A stopped mailbox goes on. Subject: the mailbox.
    MailboxResumed => "mailbox.resumed",
    /// A folder came to be known. Subject: the folder.
    FolderCreated => "folder.created",
    /// A folder has another name or another parent. Subject: the folder.
    FolderRenamed => "folder.renamed",
    /// A folder is gone. Subject: the folder.
    FolderRemoved => "folder.removed",
    /// A message is in the mailbox that was not there before, received or written. Subject: the message.
    MessageReceived => "message.received",
    /// Something about a message has changed: read, flag, categories, a draft's text. Subject: the message.
    MessageUpdated => "message.updated",
    /// A message is in another folder. Subject: the message.
    MessageMoved => "message.moved",
    /// A message is gone from the mailbox. Subject: the message.
    MessageDeleted => "message.deleted",
}

/// An event that is to be appended to the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// What has happened.
    pub kind: EventKind,
    /// The number of the id of what it happened to: a mailbox, a folder or a message, as the kind says.
    pub subject: i64,
    /// True for what a first sync found: not news, so nobody outside is told.
    pub backfill: bool,
    /// Details as a JSON object, never a body; `null` where the kind says it all.
    pub data: serde_json::Value,
}

/// An event as the ledger keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Whose ledger.
    pub workspace: WorkspaceId,
    /// Place in the workspace's ledger: grows by one, in commit order, from 1.
    pub seq: i64,
    /// Whose mailbox.
    pub mailbox: MailboxId,
    /// Place among the mailbox's own events: grows by one, from 1.
    pub mailbox_seq: i64,
    /// What has happened.
    pub kind: EventKind,
    /// The number of the id of what it happened to.
    pub subject: i64,
    /// When Rapport learned of it.
    pub at: Timestamp,
    /// True for what a first sync found.
    pub backfill: bool,
    /// Details as a JSON object.
    pub data: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::EventKind;

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::named(kind.name()), Some(*kind));
        }
        assert_eq!(EventKind::named("message.vanished"), None);
    }
}
