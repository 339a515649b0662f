//! Folders: made, renamed, moved, copied, deleted (reference: Graph, sections 3.6 and 3.11).

use serde_json::{Map, Value, json};

use super::access;
use super::call::{Call, Owner, encode_key};
use super::drafts::{bad, body, mailbox};
use super::folder_json::FolderSelection;
use super::messages::{folder_number, not_found, refusal};
use super::reply::Reply;
use crate::Refusal;
use crate::mailbox::{FolderNumber, WellKnown};

/// `POST …/mailFolders` and `…/childFolders`
///
/// # Errors
/// 400 without a name, 409 `ErrorFolderExists`, 403, 404.
pub fn create(call: &mut Call<'_>, owner: &Owner, parent: Option<&str>) -> Result<Reply, Refusal> {
    let user = access::open_to_write(call.world, call.caller, owner)?.id.clone();
    let wanted = body(call)?;
    let name = name(&wanted)?;
    let now = call.world.now();
    let mailbox = mailbox(call.world, &user)?;
    let parent = match parent {
        Some(id) => folder_number(mailbox, id)?,
        None => mailbox.well_known(WellKnown::MsgFolderRoot).number,
    };
    let hidden = wanted["isHidden"].as_bool().unwrap_or_default();
    let folder = mailbox.create_folder(parent, &name, hidden, now).map_err(refusal)?;
    shown(call, owner, &user, folder, 201)
}

/// `PATCH …/mailFolders/{id}`
///
/// # Errors
/// As for making one; 400 `ErrorDeleteDistinguishedFolder` for a well-known folder.
pub fn rename(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let (user, folder) = found(call, owner, id)?;
    let name = name(&body(call)?)?;
    mailbox(call.world, &user)?.rename_folder(folder, &name).map_err(refusal)?;
    shown(call, owner, &user, folder, 200)
}

/// `DELETE …/mailFolders/{id}`: into Deleted Items, from there for good.
///
/// # Errors
/// 404, 400 for a well-known folder.
pub fn delete(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let (user, folder) = found(call, owner, id)?;
    let now = call.world.now();
    mailbox(call.world, &user)?.delete_folder(folder, now).map_err(refusal)?;
    Ok(Reply::empty(204))
}

/// `POST …/permanentDelete`
///
/// # Errors
/// As for deleting.
pub fn purge(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let (user, folder) = found(call, owner, id)?;
    let now = call.world.now();
    mailbox(call.world, &user)?.purge_folder(folder, now).map_err(refusal)?;
    Ok(Reply::empty(204))
}

/// `POST …/move` and `…/copy`
///
/// # Errors
/// 404 for either folder, 409 `ErrorFolderExists`, 400 `ErrorMoveCopyFailed` into itself.
pub fn relocate(call: &mut Call<'_>, owner: &Owner, id: &str, action: &str) -> Result<Reply, Refusal> {
    let (user, folder) = found(call, owner, id)?;
    let wanted = body(call)?;
    let now = call.world.now();
    let mailbox = mailbox(call.world, &user)?;
    let target = folder_number(mailbox, wanted["destinationId"].as_str().unwrap_or_default())?;
    let placed = match action {
        "move" => mailbox.move_folder(folder, target).map(|()| folder),
        _ => mailbox.copy_folder(folder, target, now),
    };
    let placed = placed.map_err(refusal)?;
    shown(call, owner, &user, placed, 200)
}

fn name(wanted: &Value) -> Result<String, Refusal> {
    let name = wanted["displayName"].as_str().map(str::trim).filter(|name| !name.is_empty());
    name.map(str::to_owned).ok_or_else(|| bad("a folder has a displayName"))
}

fn found(call: &Call<'_>, owner: &Owner, id: &str) -> Result<(String, FolderNumber), Refusal> {
    let user = access::open_to_write(call.world, call.caller, owner)?.id.clone();
    let folder = folder_number(&call.world.mailboxes[&user], id)?;
    Ok((user, folder))
}

fn shown(call: &Call<'_>, owner: &Owner, user: &str, folder: FolderNumber, status: u16) -> Result<Reply, Refusal> {
    let mailbox = call.world.mailboxes.get(user).ok_or_else(not_found)?;
    let folder = mailbox.folder(folder).ok_or_else(not_found)?;
    let selection = FolderSelection::read(None, call.config().folder_size_in_bytes)?;
    let context = call.context(&format!("{}/mailFolders/$entity", call.owner_context(owner)));
    let mut answer = Map::from_iter([("@odata.context".to_owned(), json!(context))]);
    answer.extend(selection.json(mailbox, folder));
    let reply = Reply::with_status(status, Value::Object(answer).to_string());
    let id = encode_key(&mailbox.folder_id(folder.number));
    let place = format!("{}/{}/mailFolders('{id}')", call.root(), call.owner_path(owner));
    Ok(if status == 201 { reply.with_header("Location", place) } else { reply })
}
