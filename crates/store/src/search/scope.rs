//! What an asker may see: mailboxes, each with how much of its messages may be read.

use std::collections::BTreeMap;

use model::id::{MailboxId, WorkspaceId};

/// How much of a mailbox's messages may be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Who wrote to whom, and when.
    Metadata,
    /// That, and the subject.
    Subject,
    /// All of it.
    Everything,
}

/// A mailbox that may be seen.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seen {
    /// Which one.
    pub mailbox: MailboxId,
    /// How much of it.
    pub level: Level,
    /// Whether its private messages too: only for its own person.
    pub private: bool,
}

/// What may be searched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scope {
    workspace: WorkspaceId,
    /// `None`: all mailboxes, everything but private messages.
    seen: Option<BTreeMap<MailboxId, Seen>>,
}

impl Scope {
    /// Everything in all mailboxes of a workspace, but for private messages.
    pub fn workspace(workspace: WorkspaceId) -> Self {
        Scope { workspace, seen: None }
    }

    /// These mailboxes of a workspace and no other; without any, nothing is found.
    pub fn mailboxes(workspace: WorkspaceId, seen: impl IntoIterator<Item = Seen>) -> Self {
        Scope { workspace, seen: Some(seen.into_iter().map(|one| (one.mailbox, one)).collect()) }
    }

    /// Everything in one mailbox, but for private messages.
    pub fn mailbox(workspace: WorkspaceId, mailbox: MailboxId) -> Self {
        Scope::mailboxes(workspace, [Seen { mailbox, level: Level::Everything, private: false }])
    }

    /// Whether it is all of the workspace.
    pub(super) fn is_workspace(&self) -> bool {
        self.seen.is_none()
    }

    pub(super) fn workspace_id(&self) -> WorkspaceId {
        self.workspace
    }

    /// How a mailbox of the workspace may be seen; `None` if not at all.
    pub(super) fn sight(&self, mailbox: MailboxId) -> Option<Seen> {
        match &self.seen {
            None => Some(Seen { mailbox, level: Level::Everything, private: false }),
            Some(seen) => seen.get(&mailbox).copied(),
        }
    }
}

/// The term under which all private messages stand.
pub(super) const PRIVATE: &str = "_p";

/// The term under which all messages of a mailbox stand. No word begins with `_`.
pub(super) fn mailbox_term(mailbox: MailboxId) -> String {
    format!("_m{}", mailbox.number())
}

/// The term under which all messages of a workspace stand.
pub(super) fn workspace_term(workspace: WorkspaceId) -> String {
    format!("_w{}", workspace.number())
}
