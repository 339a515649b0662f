//! Instructions: what somebody wants done to a message at Microsoft, from the asking to what came of it.

use base::{Problem, Timestamp};
use serde::{Deserialize, Serialize};

use crate::asked::AskedState;
use crate::id::{FolderId, InstructionId, JobId, MailboxId, MessageId, WorkspaceId};
use crate::message::{Flag, Importance};

/// The most categories that an instruction names.
pub const CATEGORIES_MAX: usize = 50;
/// The longest name of a category, in characters (Outlook's own bound).
pub const CATEGORY_LENGTH_MAX: usize = 255;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Change properties; those that are not named stay.
    Update(Update),
    /// Move it into a folder of its mailbox.
    Move(FolderId),
    /// Copy it into a folder of its mailbox.
    Copy(FolderId),
    /// Put it into Deleted Items.
    Delete,
    /// Delete it so that its owner cannot recover it.
    DeletePermanently,
}

impl Deed {
    /// Its name, for events and the audit.
    pub const fn name(&self) -> &'static str {
        match self {
            Deed::Update(_) => "update",
            Deed::Move(_) => "move",
            Deed::Copy(_) => "copy",
            Deed::Delete => "delete",
            Deed::DeletePermanently => "delete_permanently",
        }
    }

    /// The folder that it names.
    pub const fn folder(&self) -> Option<FolderId> {
        match self {
            Deed::Move(folder) | Deed::Copy(folder) => Some(*folder),
            Deed::Update(_) | Deed::Delete | Deed::DeletePermanently => None,
        }
    }
}

/// How properties of a message shall be; `None` leaves one as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Update {
    /// Whether it has been read.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub read: Option<bool>,
    /// Its flag.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub flag: Option<Flag>,
    /// Its importance.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub importance: Option<Importance>,
    /// Categories that it shall have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add_categories: Vec<String>,
    /// Categories that it shall not have.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove_categories: Vec<String>,
}

impl Update {
    /// Whether nothing shall change.
    pub fn is_empty(&self) -> bool {
        *self == Update::default()
    }

    /// Whether it depends on which categories the message has.
    pub fn is_relative(&self) -> bool {
        !self.add_categories.is_empty() || !self.remove_categories.is_empty()
    }

    /// What becomes of these categories. Their names differ by more than case (graph.md 3.3).
    pub fn categories(&self, had: &[String]) -> Vec<String> {
        let named = |names: &[String], name: &String| names.iter().any(|other| other.to_lowercase() == name.to_lowercase());
        let mut left: Vec<String> = had.iter().filter(|name| !named(&self.remove_categories, name)).cloned().collect();
        for name in &self.add_categories {
            if !named(&left, name) {
                left.push(name.clone());
            }
        }
        left
    }
}

/// What was there before a message was copied: by it a copy is told whose answer was lost.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Begun {
    /// When copying was begun.
    pub at: Timestamp,
    /// Microsoft's ids of the messages with the same `Message-ID` in the folder.
    pub there: Vec<String>,
}

/// An instruction.
#[derive(Clone, Debug, PartialEq)]
pub struct Instruction {
    /// Its id.
    pub id: InstructionId,
    /// Whose data.
    pub workspace: WorkspaceId,
    /// In which mailbox.
    pub mailbox: MailboxId,
    /// To which message.
    pub message: MessageId,
    /// The job that it belongs to, if many messages were named at once.
    pub job: Option<JobId>,
    /// What is to be done.
    pub deed: Deed,
    /// How far it is.
    pub state: AskedState,
    /// Where copying was begun.
    pub begun: Option<Begun>,
    /// How often Microsoft did not let it succeed.
    pub tries: u32,
    /// Why it still waits or has failed.
    pub problem: Option<Problem>,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// When it was done or failed.
    pub ended_at: Option<Timestamp>,
}

impl Instruction {
    /// One that is asked for now, by `asked_by`.
    pub fn asked(
        (workspace, mailbox): (WorkspaceId, MailboxId),
        message: MessageId,
        deed: Deed,
        asked_by: impl Into<String>,
        now: Timestamp,
    ) -> Self {
        Instruction {
            id: InstructionId::new(now),
            workspace,
            mailbox,
            message,
            job: None,
            deed,
            state: AskedState::Waiting,
            begun: None,
            tries: 0,
            problem: None,
            asked_by: asked_by.into(),
            asked_at: now,
            ended_at: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn categories_are_added_and_taken_away_whatever_their_case() {
        let update = Update { add_categories: names(&["Blue", "red"]), remove_categories: names(&["GREEN"]), ..Update::default() };
        assert_eq!(update.categories(&names(&["Red", "Green", "Ärger"])), names(&["Red", "Ärger", "Blue"]));
        assert!(update.is_relative() && !update.is_empty());
        assert!(Update::default().is_empty());
    }

    #[test]
    fn an_instruction_is_kept_as_it_is_read() {
        let folder = FolderId::from_number(7);
        for deed in [Deed::Move(folder), Deed::Delete, Deed::Update(Update { read: Some(true), ..Update::default() })] {
            let kept = serde_json::to_string(&deed).unwrap();
            assert_eq!(serde_json::from_str::<Deed>(&kept).unwrap(), deed, "{kept}");
        }
    }
}
