//! The folders of a user's contacts.
//!
//! `GET {user}/contactFolders` does not list the default folder (graph.md 9.2), which is read as `{user}/contacts`; should it list it
//! after all, it is left out by the id that its contacts name. Folders may be in folders.

use serde::Deserialize;

use super::contacts_path;
use crate::access::Access;
use crate::call::Call;
use crate::client::Client;
use crate::error::GraphError;
use crate::list;
use crate::mail::{IMMUTABLE_IDS, mailbox_path};

/// Folders of one account: beyond them something is wrong.
const FOLDERS_MAX: usize = 1_000;

/// A folder of contacts, other than the default one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ContactFolder {
    /// Its id.
    pub id: String,
    /// Its name.
    pub display_name: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Parent {
    parent_folder_id: Option<String>,
}

/// All folders of a user's contacts but the default one, however deep.
///
/// # Errors
/// [`GraphError`]; also when one of them cannot be read: what a list lacks would count as gone.
pub async fn folders(client: &Client, access: &Access) -> Result<Vec<ContactFolder>, GraphError> {
    let first = Call::get(contacts_path(access, None).query("$select", "parentFolderId").query("$top", "1"));
    let first = client.list_page::<Parent>(access, first.prefer(IMMUTABLE_IDS)).await?;
    let default = first.items.into_iter().next().and_then(|contact| contact.parent_folder_id);
    let mut found: Vec<ContactFolder> = Vec::new();
    let mut looked_into = 0;
    let mut wanted = mailbox_path(access).literal("contactFolders");
    loop {
        let call = Call::get(wanted.query("$select", "id,displayName").query("$top", "100"));
        let listed: Vec<ContactFolder> = list::whole(client, access, call, IMMUTABLE_IDS).await?;
        found.extend(listed.into_iter().filter(|folder| Some(&folder.id) != default.as_ref()));
        if found.len() > FOLDERS_MAX {
            return Err(GraphError::Unaskable("there is no end of contact folders"));
        }
        let Some(next) = found.get(looked_into) else { return Ok(found) };
        wanted = mailbox_path(access).literal("contactFolders").segment(&next.id).literal("childFolders");
        looked_into += 1;
    }
}
