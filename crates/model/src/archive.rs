//! Archives: original mail brought out of mailboxes to a place outside. One archive is one run: what is wanted, where it goes,
//! how far it is, and of each message what became of it, so that nothing is missing without being named.

pub mod journal;
pub mod mbox;

use base::{Problem, Timestamp};
use serde::{Deserialize, Serialize};

use crate::id::{ArchiveId, CustomerId, FolderId, MailboxId, MessageId, WorkspaceId};

/// Which messages are wanted: those of one mailbox, folder, customer or query, or with none of these all; of a time if that is said.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wanted {
    /// All of this mailbox.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mailbox: Option<MailboxId>,
    /// All of this folder.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub folder: Option<FolderId>,
    /// All that is filed under this customer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub customer: Option<CustomerId>,
    /// All that a query of the search finds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub query: Option<String>,
    /// Received then or later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_from: Option<Timestamp>,
    /// Received before then.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub received_before: Option<Timestamp>,
    /// Also all mail that comes in later, until a person cancels the archive.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub continuous: bool,
}

impl Wanted {
    /// Whether what was received then is of the wanted time.
    pub fn is_of_its_time(&self, received_at: Timestamp) -> bool {
        self.received_from.is_none_or(|from| received_at >= from) && self.received_before.is_none_or(|before| received_at < before)
    }

    /// How many of mailbox, folder, customer and query are named; more than one is too many.
    pub fn named(&self) -> usize {
        [self.mailbox.is_some(), self.folder.is_some(), self.customer.is_some(), self.query.is_some()].into_iter().filter(|is| *is).count()
    }
}

/// How messages lie in a directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Format {
    /// A file for each message, its bytes as they are.
    Eml,
    /// One file for all messages, in the dialect mboxrd.
    Mbox,
    /// A maildir.
    Maildir,
}

/// How the talk with a mail server is kept secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tls {
    /// By TLS from the first byte, as on port 465.
    Implicit,
    /// By `STARTTLS`, without which nothing is sent.
    Starttls,
    /// Not at all: only inside one's own network.
    None,
}

/// Where messages go. What is secret of it is kept sealed beside it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Target {
    /// A directory of the machine that carries.
    Directory {
        /// Which one: below the configured directory, or of a command any.
        path: String,
        /// How messages lie in it.
        format: Format,
    },
    /// A bucket of an S3-compatible store; an object for each message.
    Bucket {
        /// The store's address.
        endpoint: String,
        /// The region that requests are signed for.
        region: String,
        /// The bucket.
        bucket: String,
        /// What every key begins with.
        prefix: String,
        /// Whether the bucket is named in the path rather than in the host's name.
        path_style: bool,
        /// The name of the key whose secret signs.
        access_key_id: String,
    },
    /// A mail server that takes a journal report on each message.
    Smtp {
        /// The server.
        host: String,
        /// Its port.
        port: u16,
        /// How the talk is kept secret.
        tls: Tls,
        /// As whom one signs in, if one has to.
        username: Option<String>,
        /// From whom reports come.
        sender: String,
        /// To whom they go.
        recipient: String,
    },
}

/// How far an archive is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveState {
    /// It is being listed what belongs to it.
    Planning,
    /// Messages are brought out.
    Carrying,
    /// Each message was brought out or is named as missing.
    Done,
    /// It stands still until a person resumes it.
    Failed,
    /// A person has stopped it, and may resume it.
    Cancelled,
}

impl ArchiveState {
    const ALL: [ArchiveState; 5] =
        [ArchiveState::Planning, ArchiveState::Carrying, ArchiveState::Done, ArchiveState::Failed, ArchiveState::Cancelled];

    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            ArchiveState::Planning => "planning",
            ArchiveState::Carrying => "carrying",
            ArchiveState::Done => "done",
            ArchiveState::Failed => "failed",
            ArchiveState::Cancelled => "cancelled",
        }
    }

    /// The state of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether there is something left to do without a person.
    pub const fn goes_on(self) -> bool {
        matches!(self, ArchiveState::Planning | ArchiveState::Carrying)
    }
}

/// One archive.
#[derive(Clone, Debug, PartialEq)]
pub struct Archive {
    /// Its id.
    pub id: ArchiveId,
    /// Whose data.
    pub workspace: WorkspaceId,
    /// How far it is.
    pub state: ArchiveState,
    /// Which messages.
    pub wanted: Wanted,
    /// The mailboxes that whoever asked is confined to; `None` for all of the workspace.
    pub mailboxes: Option<Vec<MailboxId>>,
    /// Where to.
    pub target: Target,
    /// The target's secret, sealed.
    pub secret_sealed: Option<Vec<u8>>,
    /// Whether a command carries it by itself, on its own machine, and no server does.
    pub by_command: bool,
    /// Where listing goes on.
    pub plan_cursor: Option<String>,
    /// When all was listed.
    pub planned_at: Option<Timestamp>,
    /// Messages that belong to it, once all are listed.
    pub planned: i64,
    /// Messages that were brought out.
    pub kept: i64,
    /// Messages that could not be had.
    pub missing: i64,
    /// Bytes of the originals that were brought out.
    pub size_bytes: i64,
    /// Whether the target was begun: from then on what lies there is our own.
    pub opened: bool,
    /// How much of an mbox file is surely written.
    pub written_bytes: i64,
    /// Up to which event of the ledger a continuous archive has looked for mail that came in.
    pub followed_to: i64,
    /// SHA-256 of the manifest, once it is written.
    pub manifest_sha256: Option<Vec<u8>>,
    /// Why it failed, or waits.
    pub problem: Option<Problem>,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// When it ended.
    pub finished_at: Option<Timestamp>,
}

impl Archive {
    /// An archive that is asked for at `at`, of all mailboxes of a workspace, to be carried by a server: nothing has happened yet.
    pub fn asked(id: ArchiveId, workspace: WorkspaceId, wanted: Wanted, target: Target, at: Timestamp) -> Self {
        Archive {
            id,
            workspace,
            state: ArchiveState::Planning,
            wanted,
            mailboxes: None,
            target,
            secret_sealed: None,
            by_command: false,
            plan_cursor: None,
            planned_at: None,
            planned: 0,
            kept: 0,
            missing: 0,
            size_bytes: 0,
            opened: false,
            written_bytes: 0,
            followed_to: 0,
            manifest_sha256: None,
            problem: None,
            asked_by: String::new(),
            asked_at: at,
            finished_at: None,
        }
    }
}

/// A message of an archive, as it was when it was listed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Item {
    /// The message.
    pub message: MessageId,
    /// Its mailbox.
    pub mailbox: MailboxId,
    /// Microsoft's id of it.
    pub graph_id: String,
    /// Its `Message-ID`.
    pub internet_message_id: Option<String>,
    /// Names of its folder and of those around it, the outermost first, parted by `/`; empty while it was between two folders.
    pub folder: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// How often it was tried in vain.
    pub tries: u32,
    /// What became of it; `None` while it waits.
    pub fate: Option<Fate>,
}

/// What became of a message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fate {
    /// It was brought out.
    Kept(Kept),
    /// It could not be had, or not be brought out.
    Missing {
        /// Stable, for programs.
        code: String,
        /// In words.
        detail: String,
    },
}

/// A message that was brought out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Bytes of the original.
    pub size_bytes: i64,
    /// SHA-256 of the original.
    pub sha256: Vec<u8>,
    /// The file or key, or the `Message-ID` of the report.
    pub file: String,
    /// Where it begins in a file of several: the place of its line `From `.
    pub start: Option<i64>,
    /// In what it differs there from the original, where the format or the way allows no other.
    pub altered: Option<String>,
}

impl Item {
    /// Its line of the manifest: JSON, with its line end.
    pub fn manifest_line(&self, address: &str) -> String {
        let mut line = serde_json::json!({
            "id": self.message, "mailbox": address, "folder": self.folder, "received_at": self.received_at,
            "provider_id": self.graph_id, "internet_message_id": self.internet_message_id,
        });
        match &self.fate {
            Some(Fate::Kept(kept)) => {
                line["file"] = kept.file.as_str().into();
                line["size_bytes"] = kept.size_bytes.into();
                line["sha256"] = base::random::hex(&kept.sha256).into();
                if let Some(start) = kept.start {
                    line["start"] = start.into();
                }
                if let Some(altered) = &kept.altered {
                    line["altered"] = altered.as_str().into();
                }
            }
            Some(Fate::Missing { code, detail }) => line["missing"] = serde_json::json!({"code": code, "detail": detail}),
            None => line["missing"] = serde_json::json!({"code": "waiting", "detail": "It was not brought out yet."}),
        }
        line.to_string() + "\n"
    }
}
