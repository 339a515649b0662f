//! Changing messages that are there: read, flag, categories, importance; moving, copying, deleting.
//!
//! `PATCH {mailbox}/messages/{id}` takes fixed values and may be made twice; categories are replaced whole, and values that
//! are there already cost as much as others (graph.md 3.3), so [`state`] and [`Update::is_met_by`] come first. `If-Match` is
//! optional, and a 412 comes even without it when something else wrote at the same time (quirk 44): look, and ask again.
//!
//! The rest is looked for, not repeated, when its answer was lost (`Recourse::Verify`, graph.md 3.6):
//! - a move keeps the immutable id, so the message says by its folder whether it was moved;
//! - a second `DELETE` of what the first put into Deleted Items takes it out of there too, so that nothing undoes it;
//! - a copy has a new id: it is found by its `Message-ID` in the folder ([`copies`]), beside those that were there before.

use http::{HeaderValue, header};
use serde_json::{Map, Value, json};

use crate::access::Access;
use crate::call::Call;
use crate::client::Client;
use crate::error::GraphError;
use crate::mail::message::Message;
use crate::mail::messages::{self, ListedMessage, message_path};
use crate::mail::{IMMUTABLE_IDS, mailbox_path};
use transport::Effect;

/// What a change can be about.
const SELECT: &str = "id,changeKey,parentFolderId,internetMessageId,isRead,flag,categories,importance";

/// How a message shall be; `None` leaves a property as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Update {
    /// Whether it has been read.
    pub is_read: Option<bool>,
    /// `notFlagged`, `flagged` or `complete`.
    pub flag_status: Option<&'static str>,
    /// The names of all its categories.
    pub categories: Option<Vec<String>>,
    /// `low`, `normal` or `high`.
    pub importance: Option<&'static str>,
}

impl Update {
    /// Whether a message is so already. What it does not tell is not believed.
    pub fn is_met_by(&self, message: &Message) -> bool {
        let flag = message.flag.as_ref().and_then(|flag| flag.flag_status.as_deref());
        self.is_read.is_none_or(|read| message.is_read == Some(read))
            && self.flag_status.is_none_or(|status| flag == Some(status))
            && self.importance.is_none_or(|importance| message.importance.as_deref() == Some(importance))
            && self.categories.as_ref().is_none_or(|wanted| message.categories.as_ref().is_some_and(|found| same(wanted, found)))
    }

    fn json(&self) -> Map<String, Value> {
        let properties = [
            ("isRead", self.is_read.map(Value::from)),
            ("flag", self.flag_status.map(|status| json!({"flagStatus": status}))),
            ("categories", self.categories.as_ref().map(|names| json!(names))),
            ("importance", self.importance.map(Value::from)),
        ];
        properties.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
    }
}

/// Categories have no order.
fn same(one: &[String], other: &[String]) -> bool {
    one.iter().all(|name| other.contains(name)) && other.iter().all(|name| one.contains(name))
}

/// How a message is now, as far as it can be changed here; `None` if the mailbox does not have it.
///
/// # Errors
/// [`GraphError`]; also when the mailbox itself is not there, or a gateway answers 404 in nobody's words.
pub async fn state(client: &Client, access: &Access, id: &str) -> Result<Option<Message>, GraphError> {
    messages::look(client, access, id, SELECT).await
}

/// Makes a message as it is wanted; with `change_key` only if it is still of that version.
///
/// # Errors
/// [`GraphError`]; `Verify` when somebody else changed it at the same time or since `change_key`; `Refuse` for an empty update,
/// of which nothing is sent.
pub async fn update(client: &Client, access: &Access, id: &str, wanted: &Update, change_key: Option<&str>) -> Result<(), GraphError> {
    let properties = wanted.json();
    if properties.is_empty() {
        return Err(GraphError::Unaskable("nothing of the message shall change"));
    }
    let mut call = Call::patch(message_path(access, id)).json(&properties).prefer(IMMUTABLE_IDS);
    if let Some(key) = change_key {
        let etag = HeaderValue::try_from(format!("W/\"{key}\""));
        call = call.header(header::IF_MATCH, etag.map_err(|_| GraphError::Unaskable("the change key is no header"))?);
    }
    client.call(access, call).await.map(drop)
}

/// Moves a message into a folder, named by its id or its well-known name. It keeps its immutable id.
///
/// # Errors
/// [`GraphError`]; `Verify` when it may have been moved: look at its folder.
pub async fn relocate(client: &Client, access: &Access, id: &str, folder_id: &str) -> Result<(), GraphError> {
    let call = Call::post(message_path(access, id).literal("move")).json(&json!({"destinationId": folder_id}));
    client.call(access, call.prefer(IMMUTABLE_IDS)).await.map(drop)
}

/// Copies a message into a folder, named by its id or its well-known name, and gives the copy's id.
///
/// # Errors
/// [`GraphError`]; `Verify` when it may have been copied: look with [`copies`].
pub async fn copy(client: &Client, access: &Access, id: &str, folder_id: &str) -> Result<String, GraphError> {
    let call = Call::post(message_path(access, id).literal("copy")).json(&json!({"destinationId": folder_id}));
    let made: ListedMessage = client.call(access, call.prefer(IMMUTABLE_IDS)).await?.json()?;
    Ok(made.id)
}

/// The ids of the messages in a folder that have a `Message-ID`.
///
/// # Errors
/// [`GraphError`]: it is not known whether there are any.
pub async fn copies(client: &Client, access: &Access, folder_id: &str, internet_message_id: &str) -> Result<Vec<String>, GraphError> {
    let filter = format!("internetMessageId eq '{}'", internet_message_id.replace('\'', "''"));
    let path = mailbox_path(access).literal("mailFolders").segment(folder_id).literal("messages");
    let found = messages::every::<ListedMessage>(client, access, path.query("$filter", &filter).query("$select", "id")).await?;
    Ok(found.into_iter().map(|message| message.id).collect())
}

/// Puts a message into Deleted Items, or, if it is there already, where only its owner's mail program can recover it.
///
/// # Errors
/// [`GraphError`]; `Verify` when it may have been done: look where it is; `is_not_found()` when it is gone already.
pub async fn delete(client: &Client, access: &Access, id: &str) -> Result<(), GraphError> {
    let call = Call::delete(message_path(access, id)).with_effect(Effect::Once);
    client.call(access, call.prefer(IMMUTABLE_IDS)).await.map(drop)
}

/// Deletes a message so that its owner cannot recover it. Documented for the global cloud only.
///
/// # Errors
/// [`GraphError`]; `Verify` when it may have been done: look whether it is there; `is_not_found()` when it is gone already.
pub async fn delete_permanently(client: &Client, access: &Access, id: &str) -> Result<(), GraphError> {
    let call = Call::post(message_path(access, id).literal("permanentDelete"));
    client.call(access, call.prefer(IMMUTABLE_IDS)).await.map(drop)
}

#[cfg(test)]
mod tests;
