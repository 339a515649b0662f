//! A message: one e-mail in one mailbox, as the mirror keeps it.

use base::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{FolderId, MailboxId, MessageId, WorkspaceId};
use crate::nature::Nature;

/// Who wrote or gets a mail.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Participant {
    /// The display name, empty if there is none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The address as written; empty if Microsoft gave none (an undisclosed or unresolved party).
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub address: String,
}

/// Everyone on a mail except its author.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Recipients {
    /// To.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub to: Vec<Participant>,
    /// Carbon copies.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub cc: Vec<Participant>,
    /// Blind copies: known only for mail that the mailbox itself sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub bcc: Vec<Participant>,
    /// Where answers are wanted, if not at the author.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub reply_to: Vec<Participant>,
    /// The account that sent it, where that is not the author.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sender: Option<Participant>,
}

/// How urgent its author says it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Importance {
    /// It can wait.
    Low,
    /// Nothing was said.
    #[default]
    Normal,
    /// Urgent.
    High,
}

impl Importance {
    /// As Graph, the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Importance::Low => "low",
            Importance::Normal => "normal",
            Importance::High => "high",
        }
    }

    /// The importance of this name, `Normal` for an unknown one.
    pub fn named(name: &str) -> Self {
        match name {
            "low" => Importance::Low,
            "high" => Importance::High,
            _ => Importance::Normal,
        }
    }
}

/// The follow-up flag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Flag {
    /// No flag.
    #[default]
    NotFlagged,
    /// To be followed up.
    Flagged,
    /// Followed up.
    Complete,
}

impl Flag {
    /// As Graph, the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Flag::NotFlagged => "notFlagged",
            Flag::Flagged => "flagged",
            Flag::Complete => "complete",
        }
    }

    /// The flag of this name, `NotFlagged` for an unknown one.
    pub fn named(name: &str) -> Self {
        match name {
            "flagged" => Flag::Flagged,
            "complete" => Flag::Complete,
            _ => Flag::NotFlagged,
        }
    }
}

/// What kind of text a body is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BodyKind {
    /// Plain text.
    #[default]
    Text,
    /// HTML, as Microsoft cleaned it; it must be cleaned again before it is shown.
    Html,
}

impl BodyKind {
    /// As Graph, the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            BodyKind::Text => "text",
            BodyKind::Html => "html",
        }
    }

    /// The kind of this name, `Text` for an unknown one.
    pub fn named(name: &str) -> Self {
        if name.eq_ignore_ascii_case("html") { BodyKind::Html } else { BodyKind::Text }
    }
}

/// A message without its body.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// Its id, which sorts by the time it was received.
    pub id: MessageId,
    /// Whose data it is.
    pub workspace: WorkspaceId,
    /// In which mailbox.
    pub mailbox: MailboxId,
    /// In which folder; `None` from the moment it left one until it is found in another or known to be deleted.
    pub folder: Option<FolderId>,
    /// Microsoft's immutable id.
    pub graph_id: String,
    /// Microsoft's version of it.
    pub change_key: String,
    /// The `Message-ID` header with its angle brackets. Not unique: copies share it.
    pub internet_message_id: Option<String>,
    /// Microsoft's conversation id, which differs from mailbox to mailbox.
    pub conversation_id: Option<String>,
    /// Exchange's conversation index, base64.
    pub conversation_index: Option<String>,
    /// Its subject, empty if it has none.
    pub subject: String,
    /// The first 255 characters of its text.
    pub preview: String,
    /// Its author.
    pub from: Option<Participant>,
    /// Everyone else on it.
    pub recipients: Recipients,
    /// When it was received, or for a draft made.
    pub received_at: Timestamp,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
    /// When Microsoft last changed it.
    pub modified_at: Option<Timestamp>,
    /// Whether it was read.
    pub read: bool,
    /// Whether it is an unsent draft.
    pub draft: bool,
    /// Its importance.
    pub importance: Importance,
    /// Its follow-up flag.
    pub flag: Flag,
    /// Its categories.
    pub categories: Vec<String>,
    /// Whether it has attachments that are not inline.
    pub has_attachments: bool,
    /// The `In-Reply-To` header's message id.
    pub in_reply_to: Option<String>,
    /// The `References` header's message ids, oldest first.
    pub references: Vec<String>,
    /// Whether Outlook shows it under "Focused".
    pub focused: bool,
    /// Its address in Outlook on the web.
    pub web_link: Option<String>,
    /// Whether its author marked it as private: nobody but its mailbox's own person sees it, and it is never filed.
    pub private: bool,
    /// Whether a person wrote it to somebody, a list passed it on, or a program sent it.
    pub nature: Nature,
}

/// The body of a message and its internet headers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageBody {
    /// What kind of text it is.
    pub kind: BodyKind,
    /// The text itself.
    pub content: String,
    /// The internet headers in their order, as a JSON array of `[name, value]` pairs; `None` where Microsoft gave none.
    pub headers: Option<String>,
}

/// What is known of an attachment without fetching it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attachment {
    /// Microsoft's id of it within its message.
    pub graph_id: String,
    /// Its file name.
    pub name: String,
    /// Its media type, if given.
    pub content_type: Option<String>,
    /// Its size in bytes as Microsoft counts, a little more than the file.
    pub size: i64,
    /// Whether it belongs into the text.
    pub inline: bool,
    /// What the text names it by (`cid:…`), without angle brackets.
    pub content_id: Option<String>,
}
