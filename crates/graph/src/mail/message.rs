//! Messages as Graph describes them.
//!
//! Every property but the id is optional, because a delta entry may hold only what has changed, a `$select` only
//! what was asked for, and Outlook sends null where its schema has a value (graph.md 3.1, 4.1, quirks 29 to 32).
//! [`Message::is_whole`] tells the two apart: in a whole entry an absent property is empty, in a partial one it is
//! unchanged. Observed on the service: whole delta entries carry `@odata.etag`, partial ones (an `isRead` alone) do
//! not. Properties that we do not read are skipped without being kept.

use base::Timestamp;
use serde::{Deserialize, Serialize};

use crate::mail::reading::time;
use crate::page::{Delta, DeltaEntry, RemovedMark};

/// A message, whole or in part.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Message {
    /// Its immutable id: case-sensitive, up to a few hundred characters.
    pub id: String,
    /// Its kind where it is more than a message, such as `#microsoft.graph.eventMessageRequest`.
    #[serde(rename = "@odata.type")]
    pub odata_type: Option<String>,
    /// `W/"<change key>"`; absent from partial delta entries.
    #[serde(rename = "@odata.etag")]
    pub etag: Option<String>,
    #[serde(rename = "@removed")]
    removed: Option<RemovedMark>,
    /// Its version. Any touch changes it, so it is no hash of the content.
    pub change_key: Option<String>,
    /// When it was made in this mailbox.
    #[serde(deserialize_with = "time")]
    pub created_date_time: Option<Timestamp>,
    /// When anything of it last changed.
    #[serde(deserialize_with = "time")]
    pub last_modified_date_time: Option<Timestamp>,
    /// When it was received; of a draft, when it was made.
    #[serde(deserialize_with = "time")]
    pub received_date_time: Option<Timestamp>,
    /// When it was sent; of a draft, when it was made.
    #[serde(deserialize_with = "time")]
    pub sent_date_time: Option<Timestamp>,
    /// Whether it has attachments that are not inline.
    pub has_attachments: Option<bool>,
    /// The `Message-ID` with its angle brackets. Copies share it.
    pub internet_message_id: Option<String>,
    /// The subject.
    pub subject: Option<String>,
    /// The start of the text, 255 characters at most.
    pub body_preview: Option<String>,
    /// The body.
    pub body: Option<ItemBody>,
    /// `low`, `normal` or `high`.
    pub importance: Option<String>,
    /// The folder that it is in.
    pub parent_folder_id: Option<String>,
    /// The account that sent it.
    pub sender: Option<Recipient>,
    /// The author.
    pub from: Option<Recipient>,
    /// To.
    pub to_recipients: Option<Vec<Recipient>>,
    /// Carbon copies.
    pub cc_recipients: Option<Vec<Recipient>>,
    /// Blind copies: only of mail that this mailbox sent.
    pub bcc_recipients: Option<Vec<Recipient>>,
    /// Where answers are wanted.
    pub reply_to: Option<Vec<Recipient>>,
    /// Outlook's grouping, of this mailbox alone.
    pub conversation_id: Option<String>,
    /// Base64: 22 bytes and 5 more for each reply.
    pub conversation_index: Option<String>,
    /// Whether it has been read.
    pub is_read: Option<bool>,
    /// Whether it is a draft.
    pub is_draft: Option<bool>,
    /// Where Outlook on the web shows it.
    pub web_link: Option<String>,
    /// `focused` or `other`.
    pub inference_classification: Option<String>,
    /// The follow-up flag.
    pub flag: Option<Flag>,
    /// The names of its categories.
    pub categories: Option<Vec<String>>,
    /// Its headers, in order; absent unless selected, and often for mail that was never on the wire.
    pub internet_message_headers: Option<Vec<Header>>,
}

impl Message {
    /// Whether everything that was selected is here, so that an absent property is an empty one.
    pub const fn is_whole(&self) -> bool {
        self.etag.is_some()
    }
}

impl DeltaEntry for Message {
    fn into_delta(self) -> Delta<Self> {
        if self.removed.is_some() { Delta::Removed { id: self.id } } else { Delta::Changed(self) }
    }
}

/// A body and what kind of text it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ItemBody {
    /// `text` or `html`.
    pub content_type: Option<String>,
    /// The text. HTML has been cleaned by Microsoft, and must be cleaned again before it is shown.
    pub content: Option<String>,
}

/// Somebody on a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Recipient {
    /// Name and address.
    pub email_address: Option<EmailAddress>,
}

impl Recipient {
    /// The name, empty if there is none.
    pub fn name(&self) -> &str {
        self.email_address.as_ref().and_then(|party| party.name.as_deref()).unwrap_or_default()
    }

    /// The address, empty if there is none. It can be an X.500 name (`/O=...`) instead of an e-mail address.
    pub fn address(&self) -> &str {
        self.email_address.as_ref().and_then(|party| party.address.as_deref()).unwrap_or_default()
    }
}

/// A name and an address.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EmailAddress {
    /// The display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The address.
    pub address: Option<String>,
}

/// The follow-up flag.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Flag {
    /// `notFlagged`, `flagged` or `complete`.
    pub flag_status: Option<String>,
}

/// One header of a message.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Header {
    /// Its name as it was written.
    #[serde(deserialize_with = "crate::mail::reading::null_as_default")]
    pub name: String,
    /// Its value, unfolded.
    #[serde(deserialize_with = "crate::mail::reading::null_as_default")]
    pub value: String,
}
