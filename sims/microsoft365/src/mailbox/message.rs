//! One message: what changes often, beside the document that does not.

use bytes::Bytes;
use jiff::Timestamp;
use serde_json::{Map, Value, json};

use super::document::{Document, Property};
use super::folder::FolderNumber;

/// The number of an item within its mailbox; never used twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ItemNumber(pub u32);

/// `importance`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the words are Graph's")]
pub enum Importance {
    Low,
    #[default]
    Normal,
    High,
}

impl Importance {
    /// The JSON word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Normal => "normal",
            Self::High => "high",
        }
    }

    /// Reads the JSON word, in any case.
    pub fn read(word: &str) -> Option<Self> {
        [Self::Low, Self::Normal, Self::High].into_iter().find(|value| value.word().eq_ignore_ascii_case(word))
    }
}

/// `inferenceClassification`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[expect(missing_docs, reason = "the words are Graph's")]
pub enum Inference {
    #[default]
    Focused,
    Other,
}

impl Inference {
    /// The JSON word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Focused => "focused",
            Self::Other => "other",
        }
    }

    /// Reads the JSON word, in any case.
    pub fn read(word: &str) -> Option<Self> {
        [Self::Focused, Self::Other].into_iter().find(|value| value.word().eq_ignore_ascii_case(word))
    }
}

/// `flag`: the whole JSON object, since its dates may be there or not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flag(Map<String, Value>);

impl Flag {
    /// Not flagged: what nearly every message has; it is not stored.
    pub const NONE_JSON: &'static str = "{\"flagStatus\":\"notFlagged\"}";

    /// A flag without dates; `status` is `flagged` or `complete`.
    pub fn of(status: &str) -> Option<Box<Self>> {
        let named = matches!(status, "flagged" | "complete");
        named.then(|| Box::new(Self(Map::from_iter([("flagStatus".to_owned(), json!(status))]))))
    }

    /// A flag as it came in JSON; `None` for `notFlagged`.
    pub fn from_json(flag: &Map<String, Value>) -> Option<Box<Self>> {
        let status = flag.get("flagStatus").and_then(Value::as_str).unwrap_or("notFlagged");
        (status != "notFlagged").then(|| Box::new(Self(flag.clone())))
    }

    /// The status word.
    pub fn status(&self) -> &str {
        self.0.get("flagStatus").and_then(Value::as_str).unwrap_or("flagged")
    }

    /// The JSON text.
    pub fn json(&self) -> String {
        Value::Object(self.0.clone()).to_string()
    }
}

/// What an attachment holds.
#[derive(Debug, Clone)]
pub enum AttachmentContent {
    /// A file's bytes, decoded.
    File(Bytes),
    /// Another message, as raw MIME; its JSON is made when someone expands it.
    Item(Bytes),
}

/// An attachment of a message.
#[derive(Debug, Clone)]
pub struct Attachment {
    /// Its number within the message, from which its id is made; never used twice.
    pub number: usize,
    /// The file's name or the inner message's subject.
    pub name: Box<str>,
    /// The media type.
    pub content_type: Box<str>,
    /// Shown within the body instead of beside it.
    pub is_inline: bool,
    /// The id that the body refers to.
    pub content_id: Option<Box<str>>,
    /// The location that the body refers to.
    pub content_location: Option<Box<str>>,
    /// The content.
    pub content: AttachmentContent,
}

impl Attachment {
    /// The content's bytes: the file, or the inner message's MIME.
    pub fn bytes(&self) -> &Bytes {
        match &self.content {
            AttachmentContent::File(bytes) | AttachmentContent::Item(bytes) => bytes,
        }
    }
}

/// A message in a mailbox.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its number, for as long as it stays in the mailbox.
    pub item: ItemNumber,
    /// The folder it lies in.
    pub folder: FolderNumber,
    /// Its stay in that folder: a default id is bound to it.
    pub stay: u32,
    /// The number of its last change: change key and etag are made from it.
    pub change: u64,
    /// When it last changed.
    pub modified: Timestamp,
    /// When it was received: the order of lists.
    pub received: Timestamp,
    /// When it was sent: the order of search results.
    pub sent: Timestamp,
    /// `isRead`
    pub is_read: bool,
    /// `isDraft`
    pub is_draft: bool,
    /// The mail itself has a plain text body and no HTML.
    pub is_plain: bool,
    /// `importance`
    pub importance: Importance,
    /// `inferenceClassification`
    pub inference: Inference,
    /// `flag`, when there is one.
    pub flag: Option<Box<Flag>>,
    /// `categories`
    pub categories: Box<[Box<str>]>,
    /// Number in the folder's log of the line with which it came in.
    pub entered: u64,
    /// Number in the folder's log of its last change other than the read flag alone.
    pub altered: u64,
    /// Number in the folder's log of its last line.
    pub logged: u64,
    /// Everything else.
    pub document: Document,
    /// The MIME, byte for byte as it was loaded.
    pub raw: Bytes,
    /// The attachments, in the order of the MIME.
    pub attachments: Box<[Attachment]>,
    /// How many attachments it ever had: the number of the next.
    pub attachments_made: usize,
    /// Single-value extended properties that were set on it: id and value (reference: Graph, section 3.8).
    pub extended: Box<[(Box<str>, Box<str>)]>,
}

impl Message {
    /// The message's size as the folder's `sizeInBytes` counts it.
    pub fn byte_count(&self) -> u64 {
        self.raw.len() as u64
    }

    /// A string of the document.
    pub fn text(&self, property: Property) -> Option<String> {
        self.document.text(property)
    }

    /// The `flag` JSON.
    pub fn flag_json(&self) -> String {
        self.flag.as_ref().map_or_else(|| Flag::NONE_JSON.to_owned(), |flag| flag.json())
    }

    /// The `flagStatus` word.
    pub fn flag_status(&self) -> &str {
        self.flag.as_ref().map_or("notFlagged", |flag| flag.status())
    }
}
