//! Contacts: the folders of a user's contacts and what changes in each.
//!
//! Every call asks for immutable ids (graph.md 2.8): a link does not carry the preference, so it stands on every page.

pub mod folders;
pub mod person;
#[cfg(test)]
mod tests;
pub mod write;

pub use folders::ContactFolder;
pub use person::Contact;

use bytes::Bytes;

use crate::access::Access;
use crate::call::Call;
use crate::client::Client;
use crate::error::GraphError;
use crate::mail::{IMMUTABLE_IDS, mailbox_path};
use crate::page::{DeltaPage, Link};
use crate::path::ResourcePath;

/// A page of what has changed in a folder since `link`, or of everything in it. The chain takes no `$select`, `$top` and their like
/// (graph.md 4.3). `None` names the default folder.
///
/// # Errors
/// [`GraphError`]; `Resync` when the link no longer works.
pub async fn delta(
    client: &Client,
    access: &Access,
    folder_id: Option<&str>,
    link: Option<&Link>,
    page_size: u16,
) -> Result<DeltaPage<Contact>, GraphError> {
    let call = link.map_or_else(|| Call::get(contacts_path(access, folder_id).literal("delta")), Call::follow);
    client.delta_page(access, call.prefer(&format!("{IMMUTABLE_IDS}, odata.maxpagesize={page_size}"))).await
}

/// The picture of a contact; `None` if it has none, or is gone.
///
/// # Errors
/// [`GraphError`]: it is not known.
pub async fn photo(client: &Client, access: &Access, id: &str) -> Result<Option<Bytes>, GraphError> {
    let path = mailbox_path(access).literal("contacts").segment(id).literal("photo").literal("$value");
    match client.call(access, Call::get(path).prefer(IMMUTABLE_IDS).raw()).await {
        Ok(answer) => Ok(Some(answer.body)),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

fn contacts_path(access: &Access, folder_id: Option<&str>) -> ResourcePath {
    match folder_id {
        None => mailbox_path(access).literal("contacts"),
        Some(id) => mailbox_path(access).literal("contactFolders").segment(id).literal("contacts"),
    }
}
