//! Mail folders.
//!
//! `GET {mailbox}/mailFolders/delta` gives the whole tree flat, nested and hidden folders included, and later what
//! has changed (graph.md 4.3); it takes `$select` and no other option, and counts that change count as changes.
//! A folder does not say that it is the Inbox, and names are localised, so the well-known names are resolved by
//! asking for each once (3.11): 17 names, one batch, 404 for those that the mailbox lacks. Ids of folders survive
//! renaming and moving. A deleted folder moves below Deleted Items with its messages (quirk 36).
//!
//! Writing (3.11): `POST {mailbox}/mailFolders`, or `…/{id}/childFolders` below another; `PATCH` of the name; `POST …/move`; `DELETE`.
//! Siblings cannot share a name (409 `ErrorFolderExists`), whatever its case, so that making a folder twice makes one. Moving is
//! looked for by the parent, which keeps the id. A second `DELETE` of what the first put into Deleted Items takes it out of
//! there too, so that nothing undoes it: a lost answer is looked into, never repeated (`Recourse::Verify`).

use base::Recourse;
use serde::Deserialize;
use serde_json::json;

use crate::access::Access;
use crate::batch::{self, Part};
use crate::call::Call;
use crate::client::Client;
use crate::error::GraphError;
use crate::mail::{IMMUTABLE_IDS, mailbox_path, messages, page_preference};
use crate::page::{Delta, DeltaEntry, DeltaPage, Link, RemovedMark};
use crate::path::ResourcePath;
use transport::Effect;

const SELECT: &str = "id,displayName,parentFolderId,childFolderCount,unreadItemCount,totalItemCount,isHidden";

/// The well-known folders of graph.md 3.11.
const WELL_KNOWN: [&str; 17] = [
    "inbox",
    "sentitems",
    "drafts",
    "deleteditems",
    "junkemail",
    "archive",
    "outbox",
    "msgfolderroot",
    "clutter",
    "conflicts",
    "conversationhistory",
    "localfailures",
    "recoverableitemsdeletions",
    "scheduled",
    "searchfolders",
    "serverfailures",
    "syncissues",
];

/// A mail folder, whole or in part.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MailFolder {
    /// Its id.
    pub id: String,
    /// Its kind where it is more than a folder, such as `#microsoft.graph.mailSearchFolder`.
    #[serde(rename = "@odata.type")]
    pub odata_type: Option<String>,
    #[serde(rename = "@removed")]
    removed: Option<RemovedMark>,
    /// Its name, in the mailbox's language.
    pub display_name: Option<String>,
    /// The folder above it.
    pub parent_folder_id: Option<String>,
    /// Folders directly below it.
    pub child_folder_count: Option<i64>,
    /// Unread items, of all kinds.
    pub unread_item_count: Option<i64>,
    /// Items, of all kinds.
    pub total_item_count: Option<i64>,
    /// Whether Outlook hides it.
    pub is_hidden: Option<bool>,
}

impl MailFolder {
    /// Whether it only shows items of other folders: nothing is in it.
    pub fn is_search_folder(&self) -> bool {
        self.odata_type.as_deref().is_some_and(|kind| kind.to_ascii_lowercase().ends_with("mailsearchfolder"))
    }
}

impl DeltaEntry for MailFolder {
    fn into_delta(self) -> Delta<Self> {
        if self.removed.is_some() { Delta::Removed { id: self.id } } else { Delta::Changed(self) }
    }
}

/// A well-known folder of a mailbox.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WellKnownFolder {
    /// Its well-known name, such as `inbox`.
    pub name: &'static str,
    /// The folder.
    pub folder: MailFolder,
}

/// A page of the folders' delta: the first of a new round, or the one that a link leads to.
///
/// # Errors
/// [`GraphError`]; `Resync` when the link no longer works: begin a new round and drop what is not in it.
pub async fn folders_delta(
    client: &Client,
    access: &Access,
    from: Option<&Link>,
    page_size: u16,
) -> Result<DeltaPage<MailFolder>, GraphError> {
    let call = match from {
        Some(link) => Call::follow(link),
        None => Call::get(mailbox_path(access).literal("mailFolders").literal("delta").query("$select", SELECT)),
    };
    client.delta_page(access, call.prefer(&page_preference(page_size))).await
}

/// The well-known folders that this mailbox has.
///
/// # Errors
/// [`GraphError`] when they could not be asked for. A mailbox lacks some of them, and some kinds of mailbox refuse to
/// name them: that is no error unless it is true of all.
pub async fn well_known_folders(client: &Client, access: &Access) -> Result<Vec<WellKnownFolder>, GraphError> {
    let path = |name: &'static str| mailbox_path(access).literal("mailFolders").literal(name).query("$select", SELECT);
    let parts: Vec<Part> = WELL_KNOWN.iter().map(|name| Part::get(path(name)).header("Prefer", IMMUTABLE_IDS)).collect();
    let outcomes = batch::run(client, access, &parts).await;
    let mut folders = Vec::with_capacity(WELL_KNOWN.len());
    let mut refused = None;
    for (name, outcome) in WELL_KNOWN.into_iter().zip(outcomes) {
        match outcome {
            Ok(answer) => folders.push(WellKnownFolder { name, folder: answer.json()? }),
            Err(error) if error.recourse() == Recourse::Refuse => refused = refused.or(Some(error)),
            Err(error) => return Err(error),
        }
    }
    // Every mailbox has an Inbox: when nothing at all could be had, it is not the folders that are missing.
    match refused {
        Some(error) if folders.is_empty() => Err(error),
        _ => Ok(folders),
    }
}

/// One folder with its counts; `id` may be a well-known name.
///
/// # Errors
/// [`GraphError`]; `is_not_found()` when it is gone.
pub async fn folder(client: &Client, access: &Access, id: &str) -> Result<MailFolder, GraphError> {
    let path = folder_path(access, id).query("$select", SELECT);
    client.call(access, Call::get(path).prefer(IMMUTABLE_IDS)).await?.json()
}

/// Makes a folder in another, or at the top.
///
/// # Errors
/// [`GraphError`]; 409 `ErrorFolderExists` where a sibling has the name; `Verify` when it may have been made: look with [`named`].
pub async fn create(client: &Client, access: &Access, parent: Option<&str>, name: &str) -> Result<MailFolder, GraphError> {
    let call = Call::post(level_path(access, parent)).json(&json!({"displayName": name}));
    client.call(access, call.prefer(IMMUTABLE_IDS)).await?.json()
}

/// The folder of this name, in any case, in another folder or at the top.
///
/// # Errors
/// [`GraphError`]: it is not known whether there is one.
pub async fn named(client: &Client, access: &Access, parent: Option<&str>, name: &str) -> Result<Option<MailFolder>, GraphError> {
    let filter = format!("displayName eq '{}'", name.replace('\'', "''"));
    let path = level_path(access, parent).query("$filter", &filter).query("$select", SELECT);
    let found = messages::every::<MailFolder>(client, access, path).await?;
    let is_named = |folder: &MailFolder| folder.display_name.as_deref().is_some_and(|found| found.to_lowercase() == name.to_lowercase());
    Ok(found.into_iter().find(is_named))
}

/// Gives a folder another name.
///
/// # Errors
/// [`GraphError`]; 409 `ErrorFolderExists` where a sibling has the name; a refusal for a well-known folder.
pub async fn rename(client: &Client, access: &Access, id: &str, name: &str) -> Result<MailFolder, GraphError> {
    let call = Call::patch(folder_path(access, id)).json(&json!({"displayName": name}));
    client.call(access, call.prefer(IMMUTABLE_IDS)).await?.json()
}

/// Moves a folder with all that is in it into another, named by its id or its well-known name (`msgfolderroot` is the top).
///
/// # Errors
/// [`GraphError`]; `Verify` when it may have been moved: look at its parent.
pub async fn relocate(client: &Client, access: &Access, id: &str, destination: &str) -> Result<MailFolder, GraphError> {
    let call = Call::post(folder_path(access, id).literal("move")).json(&json!({"destinationId": destination}));
    client.call(access, call.prefer(IMMUTABLE_IDS)).await?.json()
}

/// Puts a folder with all that is in it into Deleted Items; **for good if it is there already**.
///
/// # Errors
/// [`GraphError`]; `Verify` when it may have been done: look where it is; `is_not_found()` when it is gone.
pub async fn delete(client: &Client, access: &Access, id: &str) -> Result<(), GraphError> {
    let call = Call::delete(folder_path(access, id)).with_effect(Effect::Once);
    client.call(access, call.prefer(IMMUTABLE_IDS)).await.map(drop)
}

fn folder_path(access: &Access, id: &str) -> ResourcePath {
    mailbox_path(access).literal("mailFolders").segment(id)
}

/// The folders directly below one, or at the top.
fn level_path(access: &Access, parent: Option<&str>) -> ResourcePath {
    match parent {
        Some(id) => folder_path(access, id).literal("childFolders"),
        None => mailbox_path(access).literal("mailFolders"),
    }
}
