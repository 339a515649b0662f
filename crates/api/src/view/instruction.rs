//! Instructions as the outside reads and writes them: what is wanted done to messages at Microsoft.

use base::Timestamp;
use model::instruction::{self, Deed, Update};
use model::message::{Flag, Importance};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Job, Problem, id};

/// How far something is that Microsoft was to do, for the document.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[allow(dead_code, reason = "it stands in the document alone")]
pub enum HowFar {
    /// It is still to be done.
    Waiting,
    /// It is done.
    Done,
    /// It was not done.
    Failed,
}

/// What is wanted done to messages: properties to change, or one of moving, copying and deleting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct WantedDeed {
    /// Whether they shall count as read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_read: Option<bool>,
    /// Their flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MessageFlag>)]
    pub flag: Option<Flag>,
    /// Their importance.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<MailImportance>)]
    pub importance: Option<Importance>,
    /// Categories that they shall have, beside those that they have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub add_categories: Vec<String>,
    /// Categories that they shall not have any more.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schema(max_items = 50)]
    pub remove_categories: Vec<String>,
    /// Move them into this folder of their mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<id::FolderId>)]
    pub move_to: Option<model::id::FolderId>,
    /// Copy them into this folder of their mailbox.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<id::FolderId>)]
    pub copy_to: Option<model::id::FolderId>,
    /// Delete them.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete: Option<Deletion>,
}

/// A flag, for the document.
#[derive(ToSchema)]
#[schema(rename_all = "camelCase")]
pub enum MessageFlag {
    /// None.
    NotFlagged,
    /// To be followed up.
    Flagged,
    /// Followed up.
    Complete,
}

/// An importance, for the document.
#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
pub enum MailImportance {
    /// It can wait.
    Low,
    /// Nothing is said.
    Normal,
    /// Urgent.
    High,
}

/// How messages are deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Deletion {
    /// Into Deleted Items.
    ToDeletedItems,
    /// So that nobody can recover them, except by what an administrator of Microsoft 365 may hold.
    Permanently,
}

impl WantedDeed {
    /// The one thing that is wanted; `None` if there are several, or none.
    pub fn deed(&self) -> Option<Deed> {
        let update = Update {
            read: self.is_read,
            flag: self.flag,
            importance: self.importance,
            add_categories: self.add_categories.clone(),
            remove_categories: self.remove_categories.clone(),
        };
        let update = (!update.is_empty()).then_some(Deed::Update(update));
        let deletion = self.delete.map(|deletion| match deletion {
            Deletion::ToDeletedItems => Deed::Delete,
            Deletion::Permanently => Deed::DeletePermanently,
        });
        let mut wanted = [update, self.move_to.map(Deed::Move), self.copy_to.map(Deed::Copy), deletion].into_iter().flatten();
        wanted.next().filter(|_| wanted.next().is_none())
    }

    fn of(deed: Deed) -> Self {
        match deed {
            Deed::Update(update) => WantedDeed {
                is_read: update.read,
                flag: update.flag,
                importance: update.importance,
                add_categories: update.add_categories,
                remove_categories: update.remove_categories,
                ..WantedDeed::default()
            },
            Deed::Move(folder) => WantedDeed { move_to: Some(folder), ..WantedDeed::default() },
            Deed::Copy(folder) => WantedDeed { copy_to: Some(folder), ..WantedDeed::default() },
            Deed::Delete => WantedDeed { delete: Some(Deletion::ToDeletedItems), ..WantedDeed::default() },
            Deed::DeletePermanently => WantedDeed { delete: Some(Deletion::Permanently), ..WantedDeed::default() },
        }
    }
}

/// What is wanted done to one message, and what came of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Instruction {
    /// Its id.
    #[schema(value_type = id::InstructionId)]
    pub id: model::id::InstructionId,
    /// In which mailbox.
    #[schema(value_type = id::MailboxId)]
    pub mailbox: model::id::MailboxId,
    /// To which message.
    #[schema(value_type = id::MessageId)]
    pub message: model::id::MessageId,
    /// The job that it belongs to.
    #[schema(value_type = Option<id::JobId>)]
    pub job: Option<model::id::JobId>,
    /// What is wanted.
    pub wanted: WantedDeed,
    /// `waiting`, `done` (or it was so already) or `failed` (it was not done, and is not tried again).
    #[schema(value_type = String)]
    pub state: &'static str,
    /// Why it still waits or has failed.
    pub problem: Option<Problem>,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// When it was done or failed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
}

impl Instruction {
    /// As the outside reads it.
    pub fn of(instruction: instruction::Instruction) -> Self {
        Instruction {
            id: instruction.id,
            mailbox: instruction.mailbox,
            message: instruction.message,
            job: instruction.job,
            wanted: WantedDeed::of(instruction.deed),
            state: instruction.state.name(),
            problem: instruction.problem.as_ref().map(Problem::of),
            asked_by: instruction.asked_by,
            asked_at: instruction.asked_at,
            ended_at: instruction.ended_at,
        }
    }
}

/// What an instruction is about, and the job that carries it out.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Instructed {
    /// How many messages.
    pub messages: usize,
    /// In how many mailboxes.
    pub mailboxes: usize,
    /// The job that counts what is done; `null` for a preview, of which nothing is done.
    pub job: Option<Job>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_wanted_at_a_time() {
        let folder = model::id::FolderId::from_number(4);
        let read = WantedDeed { is_read: Some(true), flag: Some(Flag::Flagged), ..WantedDeed::default() };
        assert!(matches!(read.deed(), Some(Deed::Update(_))));
        assert_eq!(WantedDeed { move_to: Some(folder), ..read.clone() }.deed(), None);
        assert_eq!(WantedDeed::default().deed(), None);
        for deed in [Deed::Move(folder), Deed::Copy(folder), Deed::Delete, Deed::DeletePermanently, read.deed().unwrap()] {
            assert_eq!(WantedDeed::of(deed.clone()).deed(), Some(deed));
        }
    }
}
