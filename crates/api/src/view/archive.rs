//! Archives as the outside reads them, and names their targets. A target's secret is never among it.

use base::Timestamp;
use model::archive::{Fate, Item};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{Problem, id};

/// Original mail that is brought out to a place outside, and how far that is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Archive {
    /// Its id.
    #[schema(value_type = id::ArchiveId)]
    pub id: model::id::ArchiveId,
    /// `planning` (it is listed what belongs to it), `carrying` (a continuous one for as long as it is not stopped), `done` (each message was
    /// brought out or is named as missing), `failed` (a person has to mend something and resume it) or `cancelled`.
    #[schema(value_type = String)]
    pub state: &'static str,
    /// All of this mailbox.
    #[schema(value_type = Option<id::MailboxId>)]
    pub mailbox: Option<model::id::MailboxId>,
    /// All of this folder.
    #[schema(value_type = Option<id::FolderId>)]
    pub folder: Option<model::id::FolderId>,
    /// All that is filed under this customer.
    #[schema(value_type = Option<id::CustomerId>)]
    pub customer: Option<model::id::CustomerId>,
    /// All that this query finds.
    pub query: Option<String>,
    /// Received then or later.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub received_from: Option<Timestamp>,
    /// Received before then.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub received_before: Option<Timestamp>,
    /// Whether mail that comes in later joins it, until it is cancelled.
    pub continuous: bool,
    /// Where to.
    pub target: ArchiveTarget,
    /// Whether a command on the server's machine carries it.
    pub by_command: bool,
    /// Messages that belong to it; `null` until all are listed.
    pub planned: Option<i64>,
    /// Messages that were brought out.
    pub kept: i64,
    /// Messages that could not be had; each is named with the reason.
    pub missing: i64,
    /// Bytes of the originals that were brought out.
    pub size_bytes: i64,
    /// SHA-256 of the manifest, in lower-case hexadecimal, once all is done.
    pub manifest_sha256: Option<String>,
    /// Why it failed or waits, and what to do.
    pub problem: Option<Problem>,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// When it ended.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub finished_at: Option<Timestamp>,
}

/// Where originals are brought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum ArchiveTarget {
    /// A directory of the server's machine, empty or not there yet.
    Directory {
        /// Which one, below the one that the operator has configured (`archive.directory`).
        #[schema(example = "2026/anna", max_length = 500)]
        path: String,
        /// How messages lie in it.
        format: ArchiveFormat,
    },
    /// A bucket of an S3-compatible store; an object for each message, and `manifest.jsonl`.
    Bucket {
        /// The store's address.
        #[schema(example = "https://s3.eu-central-1.amazonaws.com", max_length = 500)]
        endpoint: String,
        /// The region that requests are signed for.
        #[schema(example = "eu-central-1", max_length = 100)]
        region: String,
        /// The bucket.
        #[schema(max_length = 255)]
        bucket: String,
        /// What every key begins with.
        #[serde(default)]
        #[schema(max_length = 500)]
        prefix: String,
        /// Whether the bucket is named in the path, as most stores but Amazon's want it.
        #[serde(default = "in_the_path")]
        path_style: bool,
        /// The name of the key; its secret goes into `secret`.
        #[schema(max_length = 255)]
        access_key_id: String,
    },
    /// A mail server that takes a journal report (the envelope, and the original as `message/rfc822`) on each message.
    Smtp {
        /// The server.
        #[schema(example = "journal.archive.example", max_length = 255)]
        host: String,
        /// Its port.
        #[schema(minimum = 1)]
        port: u16,
        /// How the talk is kept secret.
        #[serde(default = "by_starttls")]
        tls: ArchiveTls,
        /// As whom one signs in, if one has to; the password goes into `secret`.
        #[serde(default)]
        #[schema(max_length = 255)]
        username: Option<String>,
        /// From whom reports come.
        #[schema(max_length = 255)]
        sender: String,
        /// To whom they go.
        #[schema(max_length = 255)]
        recipient: String,
    },
}

/// How messages lie in a directory: `eml` (a file each), `mbox` (one file, mboxrd) or `maildir`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveFormat {
    /// A file for each message, its bytes as they are.
    Eml,
    /// One file for all messages, in the dialect mboxrd.
    Mbox,
    /// A maildir.
    Maildir,
}

/// `implicit` (TLS from the first byte), `starttls`, or `none`, which only hosts take that the operator has named.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ArchiveTls {
    /// TLS from the first byte.
    Implicit,
    /// By `STARTTLS`, without which nothing is sent.
    Starttls,
    /// In the clear.
    None,
}

const fn in_the_path() -> bool {
    true
}

const fn by_starttls() -> ArchiveTls {
    ArchiveTls::Starttls
}

/// A message that an archive could not have.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ArchiveMissing {
    /// The message.
    #[schema(value_type = id::MessageId)]
    pub id: model::id::MessageId,
    /// Its mailbox.
    #[schema(value_type = id::MailboxId)]
    pub mailbox: model::id::MailboxId,
    /// Its `Message-ID`.
    pub internet_message_id: Option<String>,
    /// Where it was when the archive was asked for.
    pub folder: String,
    /// When it was received.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// Why, for programs: `gone`, `mailbox_disconnected`, `not_sendable`, `refused_by_server`, or Microsoft's own code.
    pub code: String,
    /// Why, in words.
    pub detail: String,
}

impl ArchiveTarget {
    /// The target as the house knows it: both are written alike.
    pub fn target(&self) -> model::archive::Target {
        serde_json::to_value(self).and_then(serde_json::from_value).expect("both are written alike")
    }

    fn of(target: &model::archive::Target) -> Self {
        serde_json::to_value(target).and_then(serde_json::from_value).expect("both are written alike")
    }
}

impl Archive {
    /// The archive as the outside reads it.
    pub fn of(archive: model::archive::Archive) -> Self {
        Archive {
            id: archive.id,
            state: archive.state.name(),
            mailbox: archive.wanted.mailbox,
            folder: archive.wanted.folder,
            customer: archive.wanted.customer,
            query: archive.wanted.query,
            received_from: archive.wanted.received_from,
            received_before: archive.wanted.received_before,
            continuous: archive.wanted.continuous,
            target: ArchiveTarget::of(&archive.target),
            by_command: archive.by_command,
            planned: archive.planned_at.map(|_| archive.planned),
            kept: archive.kept,
            missing: archive.missing,
            size_bytes: archive.size_bytes,
            manifest_sha256: archive.manifest_sha256.as_deref().map(base::random::hex),
            problem: archive.problem.as_ref().map(Problem::of),
            asked_by: archive.asked_by,
            asked_at: archive.asked_at,
            finished_at: archive.finished_at,
        }
    }
}

impl ArchiveMissing {
    /// The message, if it is missing.
    pub fn of(item: Item) -> Option<Self> {
        let Some(Fate::Missing { code, detail }) = item.fate else { return None };
        Some(ArchiveMissing {
            id: item.message,
            mailbox: item.mailbox,
            internet_message_id: item.internet_message_id,
            folder: item.folder,
            received_at: item.received_at,
            code,
            detail,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_is_written_alike_here_and_in_the_house() {
        let targets = [
            ArchiveTarget::Directory { path: "a".into(), format: ArchiveFormat::Maildir },
            ArchiveTarget::Bucket {
                endpoint: "https://s3.example".into(),
                region: "eu".into(),
                bucket: "b".into(),
                prefix: String::new(),
                path_style: false,
                access_key_id: "k".into(),
            },
            ArchiveTarget::Smtp {
                host: "h".into(),
                port: 25,
                tls: ArchiveTls::Implicit,
                username: Some("u".into()),
                sender: "a@b.example".into(),
                recipient: "c@d.example".into(),
            },
        ];
        for target in targets {
            assert_eq!(ArchiveTarget::of(&target.target()), target);
        }
    }
}
