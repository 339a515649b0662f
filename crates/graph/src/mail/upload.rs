//! Files of a draft that are too large to go into it.
//!
//! Up to 3 MB a file is added by `POST …/attachments`, one a call. From 3 MB to 150 MB it goes by an upload session
//! (graph.md 3.7): `createUploadSession` gives an address at Outlook's own host, to which ranges of at most 4 MB are put one
//! after another without a token. In between Outlook answers 200 with `NextExpectedRanges` in Pascal case; the last range is
//! answered 201 with `Location`. A session ends by itself when it is not gone on with. Adding must happen once: after a lost answer look at what the draft
//! has. What the draft has counts by name here, because sizes there count more than the bytes.

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use serde::Deserialize;
use serde_json::json;
use url::Url;

use crate::access::Access;
use crate::call::Call;
use crate::client::Client;
use crate::error::GraphError;
use crate::mail::IMMUTABLE_IDS;
use crate::mail::attachment::{Attachment, Listing, SELECT};
use crate::mail::draft::EnclosedFile;
use crate::mail::messages::message_path;

/// Smaller files are refused by an upload session, and larger ones by a simple call.
pub const SESSION_FROM_BYTES: u64 = 3_000_000;
/// The most that one range may have.
pub const RANGE_BYTES_MAX: usize = 4_000_000;

/// A file that is to be uploaded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announced {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// What the text names it by.
    pub content_id: Option<String>,
    /// Its size in bytes.
    pub size_bytes: u64,
}

/// An upload that is under way. Its address is a secret: whoever has it can write.
pub struct Session {
    url: Url,
    size_bytes: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Opened {
    upload_url: String,
}

/// What a draft carries, without the bytes.
///
/// # Errors
/// [`GraphError`].
pub async fn list(client: &Client, access: &Access, draft: &str) -> Result<Vec<Attachment>, GraphError> {
    let path = message_path(access, draft).literal("attachments").query("$select", SELECT);
    Ok(client.call(access, Call::get(path).prefer(IMMUTABLE_IDS)).await?.json::<Listing>()?.value)
}

/// Adds a small file to a draft.
///
/// # Errors
/// [`GraphError`]; `Verify` when the answer was lost.
pub async fn add(client: &Client, access: &Access, draft: &str, file: EnclosedFile) -> Result<(), GraphError> {
    let path = message_path(access, draft).literal("attachments");
    // Its bytes stand in the request once, in Base64; nothing of them is needed twice.
    let json = file.json();
    drop(file);
    let call = Call::post(path).json(&json).prefer(IMMUTABLE_IDS);
    drop(json);
    client.call(access, call).await.map(drop)
}

/// Begins the upload of a large file.
///
/// # Errors
/// [`GraphError`]; `Refuse` when the address that Outlook gives leads elsewhere.
pub async fn begin(client: &Client, access: &Access, draft: &str, file: &Announced) -> Result<Session, GraphError> {
    let mut item = json!({
        "attachmentType": "file", "name": file.name, "size": file.size_bytes, "contentType": file.content_type,
        "isInline": file.content_id.is_some(),
    });
    if let Some(id) = &file.content_id {
        item["contentId"] = json!(id);
    }
    let path = message_path(access, draft).literal("attachments").literal("createUploadSession");
    let call = Call::post(path).json(&json!({ "AttachmentItem": item })).prefer(IMMUTABLE_IDS);
    let opened: Opened = client.call(access, call).await?.json()?;
    let url = Url::parse(&opened.upload_url).map_err(|_| GraphError::Unaskable("the upload's address is none"))?;
    Ok(Session { url, size_bytes: file.size_bytes })
}

/// Puts a range that begins at byte `from`. True if it was the last and the file is there.
///
/// # Errors
/// [`GraphError`]; after any the upload is best begun anew.
pub async fn put(client: &Client, access: &Access, session: &Session, from: u64, range: Bytes) -> Result<bool, GraphError> {
    let last = from + range.len() as u64 - 1;
    let mut headers = HeaderMap::new();
    let said = format!("bytes {from}-{last}/{}", session.size_bytes);
    headers.insert(header::CONTENT_RANGE, HeaderValue::from_str(&said).expect("numbers are ASCII"));
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(range.len()));
    let answer = client.put_range(access, &session.url, headers, range).await?;
    Ok(answer.status == StatusCode::CREATED)
}

/// About how many bytes a file of this size takes in a message: Base64 makes three bytes four, and breaks lines.
pub const fn encoded_bytes(size_bytes: u64) -> u64 {
    size_bytes.div_ceil(57) * 78
}
