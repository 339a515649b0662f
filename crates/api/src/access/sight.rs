//! Sight: how much of each mailbox an asker may see.
//!
//! A mailbox's own person and an administrator in person see everything in it. Everybody else sees as much as the
//! mailbox's visibility says, in the mailboxes that they are confined to. A mailbox of another workspace is not there.

use std::collections::HashMap;

use model::id::MailboxId;
use model::mailbox::{Mailbox, Visibility};
use serde::Serialize;
use store::{Db, StoreError, mailbox};
use utoipa::ToSchema;

use crate::access::Asker;

/// How much of a message somebody may see, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Not even that it is there.
    Nothing,
    /// Who wrote to whom, and when.
    Metadata,
    /// The subject too.
    Subject,
    /// Everything.
    Everything,
}

#[derive(Clone, Copy, Debug)]
struct Seen {
    level: Level,
    own: bool,
}

/// How much of each mailbox an asker may see.
#[derive(Clone, Debug, Default)]
pub struct Sight {
    mailboxes: HashMap<MailboxId, Seen>,
    /// Whether no mailbox of the workspace is hidden from them.
    whole: bool,
}

impl Sight {
    /// What `asker` may see.
    ///
    /// # Errors
    /// As [`Db::query`].
    pub async fn of(db: &Db, asker: &Asker) -> Result<Self, StoreError> {
        let all = mailbox::shown(db, asker.workspace).await?;
        let seen = all.iter().map(|one| (one.id, seen_of(asker, &one.graph_user_id, &one.address, one.visibility)));
        Ok(Self::holding(asker, seen, all.len()))
    }

    /// What `asker` may see of these mailboxes, which are all those of their workspace.
    pub fn over(mailboxes: &[Mailbox], asker: &Asker) -> Self {
        let own = mailboxes.iter().filter(|mailbox| mailbox.workspace == asker.workspace);
        let seen = own.map(|one| (one.id, seen_of(asker, &one.graph_user_id, &one.address, one.visibility)));
        Self::holding(asker, seen, mailboxes.len())
    }

    fn holding(asker: &Asker, seen: impl Iterator<Item = (MailboxId, Seen)>, all: usize) -> Self {
        let mailboxes: HashMap<MailboxId, Seen> = seen.filter(|(id, _)| asker.mailboxes.hold(*id)).collect();
        Sight { whole: mailboxes.len() == all, mailboxes }
    }

    /// How much of this mailbox.
    pub fn level(&self, mailbox: MailboxId) -> Level {
        self.mailboxes.get(&mailbox).map_or(Level::Nothing, |seen| seen.level)
    }

    /// Whether it is the asker's own mailbox, in which they see private messages too.
    pub fn is_own(&self, mailbox: MailboxId) -> bool {
        self.mailboxes.get(&mailbox).is_some_and(|seen| seen.own)
    }

    /// Whether no mailbox of the workspace is hidden from them.
    pub fn is_whole(&self) -> bool {
        self.whole
    }

    /// Whether they see everything in every mailbox of the workspace, but for private messages.
    pub fn is_unbounded(&self) -> bool {
        self.whole && self.mailboxes.values().all(|seen| seen.level == Level::Everything && !seen.own)
    }

    /// The mailboxes of which they see anything, in no order.
    pub fn visible(&self) -> Vec<MailboxId> {
        self.mailboxes.iter().filter(|(_, seen)| seen.level > Level::Nothing).map(|(mailbox, _)| *mailbox).collect()
    }

    /// The mailboxes of which they see the subjects at least, in no order.
    pub fn with_subjects(&self) -> Vec<MailboxId> {
        self.mailboxes.iter().filter(|(_, seen)| seen.level >= Level::Subject).map(|(mailbox, _)| *mailbox).collect()
    }

    /// The mailboxes to ask for where a reader takes `None` for all of them.
    pub fn bounds(&self) -> Option<Vec<MailboxId>> {
        (!self.whole).then(|| self.visible())
    }

    /// The mailboxes that are the asker's own.
    pub fn own(&self) -> Vec<MailboxId> {
        self.mailboxes.iter().filter(|(_, seen)| seen.own).map(|(mailbox, _)| *mailbox).collect()
    }
}

fn seen_of(asker: &Asker, graph_user_id: &str, address: &str, visibility: Visibility) -> Seen {
    let own = asker.owns(graph_user_id, address);
    let others_see = match visibility {
        Visibility::Metadata => Level::Metadata,
        Visibility::Subject => Level::Subject,
        Visibility::Everything => Level::Everything,
    };
    Seen { level: if own || asker.is_administrator() { Level::Everything } else { others_see }, own }
}
