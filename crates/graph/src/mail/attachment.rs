//! Attachments: what a message carries, and their bytes.
//!
//! `GET {mailbox}/messages/{id}/attachments` lists all of a message's attachments, with their bytes unless they are
//! left out by `$select` (graph.md 3.7); it is not paged reliably and ignores `$filter`. Bytes come from
//! `.../attachments/{id}/$value`: of a file its bytes, of an attached message its MIME form, of an event iCalendar;
//! a reference (a link to a file elsewhere) has none (405). `size` counts more than the bytes. `hasAttachments` is
//! false for a message with inline images only, so inline ones are found only by listing.

use base::Timestamp;
use bytes::Bytes;
use serde::Deserialize;

use crate::access::Access;
use crate::batch;
use crate::call::Call;
use crate::client::{Client, Opened};
use crate::error::GraphError;
use crate::mail::IMMUTABLE_IDS;
use crate::mail::messages::{message_path, part};
use crate::mail::reading::time;

/// `contentId` is a property of files alone, so it is named with its type: without it Graph answers 400
/// (`Could not find a property named 'contentId' on type 'microsoft.graph.attachment'`).
pub(super) const SELECT: &str = "id,name,contentType,size,isInline,lastModifiedDateTime,microsoft.graph.fileAttachment/contentId";

/// What is known of an attachment without its bytes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attachment {
    /// Its id, within its message.
    pub id: String,
    /// `#microsoft.graph.fileAttachment`, `itemAttachment` or `referenceAttachment`.
    #[serde(rename = "@odata.type")]
    pub odata_type: Option<String>,
    /// Its file name.
    pub name: Option<String>,
    /// Its media type.
    pub content_type: Option<String>,
    /// Its size in bytes, with what Exchange adds.
    pub size: Option<i64>,
    /// Whether the body shows it in place.
    pub is_inline: Option<bool>,
    /// What the body names it by, without angle brackets.
    pub content_id: Option<String>,
    /// When it was last changed.
    #[serde(deserialize_with = "time")]
    pub last_modified_date_time: Option<Timestamp>,
}

#[derive(Deserialize)]
pub(super) struct Listing {
    pub(super) value: Vec<Attachment>,
}

/// The attachments of many messages without their bytes, in the order asked for.
pub async fn attachments(client: &Client, access: &Access, message_ids: &[&str]) -> Vec<Result<Vec<Attachment>, GraphError>> {
    let path = |id: &&str| message_path(access, id).literal("attachments").query("$select", SELECT);
    let parts: Vec<_> = message_ids.iter().map(|id| part(path(id))).collect();
    let outcomes = batch::run(client, access, &parts).await.into_iter();
    outcomes.map(|outcome| outcome.and_then(|answer| answer.json::<Listing>()).map(|listing| listing.value)).collect()
}

/// The bytes of an attachment that is shown inside a text.
///
/// # Errors
/// [`GraphError`]; status 405 when it is a reference, which has none.
pub async fn attachment_value(client: &Client, access: &Access, message_id: &str, id: &str) -> Result<Bytes, GraphError> {
    Ok(client.call(access, value_of(access, message_id, id)).await?.body)
}

/// The bytes of an attachment, as they come.
///
/// # Errors
/// As [`attachment_value`].
pub async fn open_attachment(client: &Client, access: &Access, message_id: &str, id: &str) -> Result<Opened, GraphError> {
    client.open(access, value_of(access, message_id, id)).await
}

fn value_of(access: &Access, message_id: &str, id: &str) -> Call {
    let path = message_path(access, message_id).literal("attachments").segment(id).literal("$value");
    Call::get(path).raw().prefer(IMMUTABLE_IDS)
}
