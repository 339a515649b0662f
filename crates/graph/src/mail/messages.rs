//! Reading messages: delta rounds, single ones, their MIME form, and what is in a folder.
//!
//! One delta chain for each folder: `GET {mailbox}/mailFolders/{id}/messages/delta` (graph.md 4.1, 4.3; there is none
//! for a whole mailbox). The first request names `$select` and `$orderby=receivedDateTime desc`, the only order it
//! takes, so that the newest come first; links repeat both, and must be asked with the same `Prefer`. `$top` would
//! cap the whole round, so the page size is a preference (4.3, quirk 21). A round begun with
//! `$filter=receivedDateTime ge` stops at 5,000 messages (quirk 16). A `Resync` means: drop the link, read a whole
//! round, keep the differences (4.2).
//! Listing ids for an audit pages with `$top` up to 1,000 over a living folder, so an item that arrives meanwhile can
//! be skipped or come twice (2.2): compare again before believing a difference.

use base::Timestamp;
use bytes::Bytes;
use http::StatusCode;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::access::Access;
use crate::batch::{self, Part};
use crate::call::Call;
use crate::client::{Client, Opened};
use crate::error::{GraphError, Unreadable};
use crate::list;
use crate::mail::message::Message;
use crate::mail::{IMMUTABLE_IDS, mailbox_path, page_preference};
use crate::page::{DeltaPage, Link, ListPage, NextLink};
use crate::path::ResourcePath;
use transport::Effect;

/// Every property that a mirror needs. `internetMessageHeaders` comes only when it is named.
pub const SELECT: &str = "id,changeKey,createdDateTime,lastModifiedDateTime,receivedDateTime,sentDateTime,hasAttachments,\
internetMessageId,subject,bodyPreview,body,importance,parentFolderId,sender,from,toRecipients,ccRecipients,bccRecipients,\
replyTo,conversationId,conversationIndex,isRead,isDraft,webLink,inferenceClassification,flag,categories,\
internetMessageHeaders";
/// The most entries that one page of a list may have.
pub const LIST_PAGE_MAX: u16 = 1000;

/// Where a page of a folder's messages is read from.
#[derive(Clone, Copy, Debug)]
pub enum MessagesStart<'a> {
    /// The beginning of a round over everything.
    Everything,
    /// The beginning of a round over what was received since; Graph stops it at 5,000 messages.
    ReceivedSince(Timestamp),
    /// Where a page before left off.
    Link(&'a Link),
}

/// Where a message is, if it still is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located {
    /// The message's id as it was asked for.
    pub id: String,
    /// Its folder; `None` when the message is not in the mailbox any more.
    pub folder_id: Option<String>,
}

/// An entry of a folder's listing.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct ListedMessage {
    /// The message's id.
    pub id: String,
}

/// A page of a folder's messages.
///
/// # Errors
/// [`GraphError`]; `Resync` when the link no longer works.
pub async fn messages_delta(
    client: &Client,
    access: &Access,
    folder_id: &str,
    start: MessagesStart<'_>,
    page_size: u16,
) -> Result<DeltaPage<Message>, GraphError> {
    let round = || {
        let path = mailbox_path(access).literal("mailFolders").segment(folder_id).literal("messages").literal("delta");
        path.query("$select", SELECT)
    };
    let newest_first = "receivedDateTime desc";
    let call = match start {
        MessagesStart::Everything => Call::get(round().query("$orderby", newest_first)),
        MessagesStart::ReceivedSince(since) => {
            let filter = format!("receivedDateTime ge {}", whole_seconds(since));
            Call::get(round().query("$filter", &filter).query("$orderby", newest_first))
        }
        MessagesStart::Link(link) => Call::follow(link),
    };
    client.delta_page(access, call.prefer(&page_preference(page_size))).await
}

/// One message, whole.
///
/// # Errors
/// [`GraphError`]; `is_not_found()` when it is gone.
pub async fn message(client: &Client, access: &Access, id: &str) -> Result<Message, GraphError> {
    client.call(access, Call::get(message_path(access, id).query("$select", SELECT)).prefer(IMMUTABLE_IDS)).await?.json()
}

/// Many messages, whole, in the order asked for; one that is gone is an error of its own (`is_not_found()`).
pub async fn messages(client: &Client, access: &Access, ids: &[&str]) -> Vec<Result<Message, GraphError>> {
    let parts: Vec<Part> = ids.iter().map(|id| part(message_path(access, id).query("$select", SELECT))).collect();
    batch::run(client, access, &parts).await.into_iter().map(|outcome| outcome.and_then(|answer| answer.json())).collect()
}

/// In which folders messages are, in the order asked for.
///
/// # Errors
/// [`GraphError`] of the first message that could not be asked for (one that is gone is no error).
pub async fn locate(client: &Client, access: &Access, ids: &[&str]) -> Result<Vec<Located>, GraphError> {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Place {
        parent_folder_id: Option<String>,
    }
    let parts: Vec<Part> = ids.iter().map(|id| part(message_path(access, id).query("$select", "id,parentFolderId"))).collect();
    let mut located = Vec::with_capacity(ids.len());
    for (id, outcome) in ids.iter().zip(batch::run(client, access, &parts).await) {
        let folder_id = match outcome {
            Ok(answer) => answer.json::<Place>()?.parent_folder_id,
            Err(error) if error.is_not_found() && !concerns_the_mailbox(&error) => None,
            Err(error) => return Err(error),
        };
        located.push(Located { id: (*id).to_owned(), folder_id });
    }
    Ok(located)
}

/// A message as it was on the wire: RFC 5322.
///
/// # Errors
/// [`GraphError`]; `is_not_found()` when it is gone.
pub async fn mime(client: &Client, access: &Access, id: &str) -> Result<Bytes, GraphError> {
    let call = Call::get(message_path(access, id).literal("$value")).raw().prefer(IMMUTABLE_IDS);
    Ok(client.call(access, call).await?.body)
}

/// A message as it was on the wire, as it comes.
///
/// # Errors
/// As [`mime`].
pub async fn open_mime(client: &Client, access: &Access, id: &str) -> Result<Opened, GraphError> {
    let call = Call::get(message_path(access, id).literal("$value")).raw().prefer(IMMUTABLE_IDS);
    client.open(access, call).await
}

/// A page of the ids in a folder, for comparing: the first, or the one that a link leads to.
///
/// # Errors
/// [`GraphError`].
pub async fn list_ids(
    client: &Client,
    access: &Access,
    folder_id: &str,
    from: Option<&NextLink>,
    page_size: u16,
) -> Result<ListPage<ListedMessage>, GraphError> {
    let call = match from {
        Some(next) => Call::follow_next(next),
        None => {
            let path = mailbox_path(access).literal("mailFolders").segment(folder_id).literal("messages");
            Call::get(path.query("$select", "id").query("$top", &page_size.clamp(1, LIST_PAGE_MAX).to_string()))
        }
    };
    client.list_page(access, call.prefer(IMMUTABLE_IDS)).await
}

/// A message as far as `select` names it; `None` if the mailbox does not have it.
///
/// # Errors
/// [`GraphError`]; also when the mailbox itself is not there, and for a 404 in nobody's words: a gateway that could not reach
/// Outlook says nothing of the message.
pub(super) async fn look<T: DeserializeOwned>(client: &Client, access: &Access, id: &str, select: &str) -> Result<Option<T>, GraphError> {
    let call = Call::get(message_path(access, id).query("$select", select)).prefer(IMMUTABLE_IDS);
    match client.call(access, call).await {
        Ok(answer) => answer.json().map(Some),
        Err(GraphError::Refused(refusal)) if refusal.status == StatusCode::NOT_FOUND && refusal.code.is_empty() => {
            Err(GraphError::Unreadable(Unreadable { effect: Effect::Read, request_id: refusal.request_id }))
        }
        Err(error) if error.is_not_found() && !concerns_the_mailbox(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// All that a search finds, page by page, where it finds few.
///
/// # Errors
/// [`GraphError`]: it is not known whether there are any. Also when one of them cannot be read.
pub(super) async fn every<T: DeserializeOwned>(client: &Client, access: &Access, path: ResourcePath) -> Result<Vec<T>, GraphError> {
    list::whole(client, access, Call::get(path), IMMUTABLE_IDS).await
}

/// `{mailbox}/messages/{id}`.
pub(crate) fn message_path(access: &Access, id: &str) -> ResourcePath {
    mailbox_path(access).literal("messages").segment(id)
}

pub(crate) fn part(path: ResourcePath) -> Part {
    Part::get(path).header("Prefer", IMMUTABLE_IDS)
}

/// Whether a refusal is about the mailbox rather than about something in it.
pub fn concerns_the_mailbox(error: &GraphError) -> bool {
    let codes = ["MailboxNotEnabledForRESTAPI", "ErrorInvalidUser", "ErrorNonExistentMailbox", "Request_ResourceNotFound"];
    matches!(error, GraphError::Refused(refusal) if refusal.has_any_code(&codes))
}

/// A time as OData's filters take it.
fn whole_seconds(at: Timestamp) -> String {
    Timestamp::from_millis(at.seconds() * 1000).to_string()
}
