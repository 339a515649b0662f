//! What a mailbox tells the outside: that something changed, and why an operation was refused.
//!
//! A [`Change`] feeds the change notifications (reference: Graph, section 5.3): a message that moves is
//! deleted in the folder it leaves and created in the folder it enters.

use jiff::Timestamp;

use super::folder::FolderNumber;
use super::message::ItemNumber;

/// How a message changed, as a subscription sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ChangeKind {
    /// It appeared in the folder.
    Created,
    /// A property of it changed, the read flag included.
    Updated,
    /// It left the folder.
    Deleted,
}

impl ChangeKind {
    /// The word in `changeType`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "updated",
            Self::Deleted => "deleted",
        }
    }
}

/// What kind of item changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ItemClass {
    /// A message in a mail folder.
    Message,
    /// An event in a calendar.
    Event,
    /// A contact in a contact folder.
    Contact,
}

/// One change of one item in one folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Change {
    /// What it happened to.
    pub class: ItemClass,
    /// What happened.
    pub kind: ChangeKind,
    /// The folder it happened in.
    pub folder: FolderNumber,
    /// The item.
    pub item: ItemNumber,
    /// The stay that the message's default id was bound to at that moment.
    pub stay: u32,
    /// The number of the change, from which the etag is made.
    pub change: u64,
    /// Whether the message was read before, and is read now.
    pub read: (bool, bool),
    /// The message only moved within the visible tree: seen from the whole mailbox nothing came or went.
    pub moved: bool,
    /// When it happened.
    pub at: Timestamp,
}

/// Why the mailbox did not do what it was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refused {
    /// The id is of no form that this mailbox hands out.
    MalformedId,
    /// The id was good once, or never: no such message here now.
    NoSuchItem,
    /// No such folder.
    NoSuchFolder,
    /// A sibling has this name already.
    FolderExists,
    /// A well-known folder can be neither renamed nor moved nor deleted.
    ProtectedFolder,
    /// A folder can't move into itself or below itself.
    Circular,
    /// The item was already purged: it lingers but can't be deleted again.
    AlreadyPurged,
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::MalformedId => "the id is malformed",
            Self::NoSuchItem => "there is no such message",
            Self::NoSuchFolder => "there is no such folder",
            Self::FolderExists => "a folder with this name is already there",
            Self::ProtectedFolder => "this folder belongs to the mailbox and stays as it is",
            Self::Circular => "a folder can't be put into itself",
            Self::AlreadyPurged => "the message was already deleted for good",
        })
    }
}

impl std::error::Error for Refused {}
