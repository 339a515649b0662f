//! Folders: the well-known ones, and what each keeps about itself.
//!
//! Reference: Graph, section 3.11. The names shown are English; ids are what clients go by.

use std::collections::BTreeSet;

use jiff::Timestamp;

use super::log::ChangeLog;
use super::message::ItemNumber;

/// The number of a folder within its mailbox; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FolderNumber(pub u32);

macro_rules! well_known {
    ($($variant:ident = $name:literal, $shown:literal, $parent:expr, $hidden:literal;)*) => {
        /// The folders that have a name usable wherever a folder id is.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[expect(missing_docs, reason = "the names are Graph's own; see `name`")]
        pub enum WellKnown { $($variant),* }

        impl WellKnown {
            /// All of them; parents come before children.
            pub const ALL: &'static [Self] = &[$(Self::$variant),*];

            /// The name in a URL.
            pub fn name(self) -> &'static str {
                match self { $(Self::$variant => $name),* }
            }

            /// The name shown.
            pub fn shown(self) -> &'static str {
                match self { $(Self::$variant => $shown),* }
            }

            /// Where it lies; `None`: beside the tree that clients see.
            pub fn parent(self) -> Option<Self> {
                match self { $(Self::$variant => $parent),* }
            }

            /// Left out of lists unless hidden folders are asked for.
            pub fn is_hidden(self) -> bool {
                match self { $(Self::$variant => $hidden),* }
            }
        }
    };
}

well_known! {
    MsgFolderRoot = "msgfolderroot", "Top of Information Store", None, false;
    Archive = "archive", "Archive", Some(Self::MsgFolderRoot), false;
    Clutter = "clutter", "Clutter", Some(Self::MsgFolderRoot), true;
    ConversationHistory = "conversationhistory", "Conversation History", Some(Self::MsgFolderRoot), false;
    DeletedItems = "deleteditems", "Deleted Items", Some(Self::MsgFolderRoot), false;
    Drafts = "drafts", "Drafts", Some(Self::MsgFolderRoot), false;
    Inbox = "inbox", "Inbox", Some(Self::MsgFolderRoot), false;
    JunkEmail = "junkemail", "Junk Email", Some(Self::MsgFolderRoot), false;
    Outbox = "outbox", "Outbox", Some(Self::MsgFolderRoot), false;
    SentItems = "sentitems", "Sent Items", Some(Self::MsgFolderRoot), false;
    SyncIssues = "syncissues", "Sync Issues", Some(Self::MsgFolderRoot), true;
    Conflicts = "conflicts", "Conflicts", Some(Self::SyncIssues), true;
    LocalFailures = "localfailures", "Local Failures", Some(Self::SyncIssues), true;
    ServerFailures = "serverfailures", "Server Failures", Some(Self::SyncIssues), true;
    Scheduled = "scheduled", "Scheduled", Some(Self::MsgFolderRoot), true;
    SearchFolders = "searchfolders", "Search Folders", None, true;
    RecoverableItemsDeletions = "recoverableitemsdeletions", "Deletions", None, true;
}

impl WellKnown {
    /// Reads a name, in any case.
    pub fn read(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|folder| folder.name().eq_ignore_ascii_case(name))
    }
}

/// A message's place in the order of its folder: by time received, then by number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// When the message was received, in seconds.
    pub received_s: i64,
    /// The message.
    pub item: ItemNumber,
}

impl Place {
    /// Before every message.
    pub const FIRST: Self = Self { received_s: i64::MIN, item: ItemNumber(0) };
    /// Behind every message.
    pub const LAST: Self = Self { received_s: i64::MAX, item: ItemNumber(u32::MAX) };
}

/// A folder, with counts kept as messages come and go.
#[derive(Debug, Clone)]
pub struct Folder {
    /// Its number.
    pub number: FolderNumber,
    /// The folder above; `None` for the tops.
    pub parent: Option<FolderNumber>,
    /// `displayName`
    pub name: String,
    /// Its well-known name.
    pub well_known: Option<WellKnown>,
    /// `isHidden`
    pub is_hidden: bool,
    /// Within the tree below `msgfolderroot`.
    pub in_tree: bool,
    /// When it was made.
    pub created: Timestamp,
    /// `childFolderCount`
    pub child_count: u32,
    /// `unreadItemCount`
    pub unread_count: u32,
    /// `sizeInBytes`
    pub byte_count: u64,
    /// Number of its last change in the mailbox's folder log, counts included.
    pub touched: u64,
    /// Number of its last change other than counts.
    pub reshaped: u64,
    /// Its messages in order.
    pub places: BTreeSet<Place>,
    /// What changed in it.
    pub log: ChangeLog,
}

impl Folder {
    /// `totalItemCount`
    pub fn total_count(&self) -> usize {
        self.places.len()
    }
}
