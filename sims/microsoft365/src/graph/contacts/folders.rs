//! Contact folders: listed, made, renamed, deleted. Lists leave the default folder out (reference: Graph, section 9.2).

use serde_json::Value;

use super::contact_json::{FOLDERS, folder};
use crate::Refusal;
use crate::graph::access;
use crate::graph::call::{Call, Owner, encode_key};
use crate::graph::drafts::{bad, body, mailbox};
use crate::graph::messages::{not_found, refusal};
use crate::graph::reply::Reply;
use crate::graph::rows::{List, RowSelection, entity, page};
use crate::mailbox::FolderNumber;

/// `contactFolders`, or `childFolders` of one.
///
/// # Errors
/// 400 for options that Graph refuses, 403, 404.
pub fn list(call: &Call<'_>, owner: &Owner, parent: Option<&str>) -> Result<Reply, Refusal> {
    let user = access::open_contacts(call.world, call.caller, owner, false)?;
    let mailbox = &call.world.mailboxes[&user.id];
    let number = mailbox.find_contact_folder(parent.unwrap_or("contacts")).map_err(refusal)?;
    let rows = mailbox.address_book().children(number).map(|one| folder(mailbox, one)).collect();
    let part = parent.map(|id| format!("('{}')/childFolders", encode_key(id))).unwrap_or_default();
    let list = List {
        context: format!("{}/contactFolders{part}", call.owner_context(owner)),
        path: format!("{}/contactFolders{part}", call.owner_path(owner)),
        searchable: FOLDERS,
        selection: RowSelection::read(call.options.get("$select"), FOLDERS, &[])?,
        expand: &|_| {},
    };
    page(call, rows, &list)
}

/// One folder, by id or as `contacts`.
///
/// # Errors
/// 404, 400 for the id, 403.
pub fn get(call: &Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let user = access::open_contacts(call.world, call.caller, owner, false)?.id.clone();
    let number = call.world.mailboxes[&user].find_contact_folder(id).map_err(refusal)?;
    shown(call, owner, &user, number, 200)
}

/// `POST …/contactFolders` and `…/childFolders`
///
/// # Errors
/// 400 without a name, 409 `ErrorFolderExists`, 403, 404.
pub fn create(call: &mut Call<'_>, owner: &Owner, parent: Option<&str>) -> Result<Reply, Refusal> {
    let user = access::open_contacts(call.world, call.caller, owner, true)?.id.clone();
    let name = name(&body(call)?)?;
    let mailbox = mailbox(call.world, &user)?;
    let parent = mailbox.find_contact_folder(parent.unwrap_or("contacts")).map_err(refusal)?;
    let number = mailbox.create_contact_folder(parent, &name).map_err(refusal)?;
    shown(call, owner, &user, number, 201)
}

/// `PATCH …/contactFolders/{id}`
///
/// # Errors
/// As for making one; 400 for the default one.
pub fn rename(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let (user, number) = found(call, owner, id)?;
    let name = name(&body(call)?)?;
    mailbox(call.world, &user)?.rename_contact_folder(number, &name).map_err(refusal)?;
    shown(call, owner, &user, number, 200)
}

/// `DELETE …/contactFolders/{id}`, with all that is in it.
///
/// # Errors
/// 404, 400 for the default one, 403.
pub fn delete(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let (user, number) = found(call, owner, id)?;
    let now = call.world.now();
    mailbox(call.world, &user)?.delete_contact_folder(number, now).map_err(refusal)?;
    Ok(Reply::empty(204))
}

fn found(call: &Call<'_>, owner: &Owner, id: &str) -> Result<(String, FolderNumber), Refusal> {
    let user = access::open_contacts(call.world, call.caller, owner, true)?.id.clone();
    let number = call.world.mailboxes[&user].find_contact_folder(id).map_err(refusal)?;
    Ok((user, number))
}

fn name(wanted: &Value) -> Result<String, Refusal> {
    let name = wanted["displayName"].as_str().map(str::trim).filter(|name| !name.is_empty());
    name.map(str::to_owned).ok_or_else(|| bad("A contact folder has a displayName."))
}

fn shown(call: &Call<'_>, owner: &Owner, user: &str, number: FolderNumber, status: u16) -> Result<Reply, Refusal> {
    let mailbox = call.world.mailboxes.get(user).ok_or_else(not_found)?;
    let row = folder(mailbox, mailbox.address_book().folder(number).ok_or_else(not_found)?);
    let selection = RowSelection::read(call.options.get("$select"), FOLDERS, &[])?;
    let place = format!("{}/{}/contactFolders('{}')", call.root(), call.owner_path(owner), encode_key(&mailbox.folder_id(number)));
    let context = format!("{}/contactFolders{}", call.owner_context(owner), selection.context());
    let reply = entity(call, status, &context, selection.of(row));
    Ok(if status == 201 { reply.with_header("Location", place) } else { reply })
}
