//! Contacts: listed, read, made, changed, deleted (reference: Graph, section 9.2).

use serde_json::{Map, Value};

use super::contact_input;
use super::contact_json::{self, CONTACTS};
use crate::Refusal;
use crate::graph::access;
use crate::graph::call::{Call, Owner, encode_key};
use crate::graph::drafts::body;
use crate::graph::messages::{not_found, refusal};
use crate::graph::reply::Reply;
use crate::graph::rows::{List, RowSelection, count as count_rows, entity, page};
use crate::mailbox::{FolderNumber, ItemNumber};
use crate::world::World;

/// `contacts` of a folder.
///
/// # Errors
/// 400 for options that Graph refuses, 403, 404.
pub fn list(call: &Call<'_>, owner: &Owner, folder: Option<&str>) -> Result<Reply, Refusal> {
    let rows = rows(call, owner, folder)?;
    let part = folder.map(|id| format!("/contactFolders('{}')", encode_key(id))).unwrap_or_default();
    let list = List {
        context: format!("{}{part}/contacts", call.owner_context(owner)),
        path: format!("{}{part}/contacts", call.owner_path(owner)),
        searchable: CONTACTS,
        selection: RowSelection::read(call.options.get("$select"), CONTACTS, &[])?,
        expand: &|_| {},
    };
    page(call, rows, &list)
}

/// `contacts/$count`
///
/// # Errors
/// As for the list.
pub fn count(call: &Call<'_>, owner: &Owner, folder: Option<&str>) -> Result<Reply, Refusal> {
    count_rows(call, rows(call, owner, folder)?, CONTACTS)
}

fn rows(call: &Call<'_>, owner: &Owner, folder: Option<&str>) -> Result<Vec<Map<String, Value>>, Refusal> {
    let user = access::open_contacts(call.world, call.caller, owner, false)?;
    let mailbox = &call.world.mailboxes[&user.id];
    let number = mailbox.find_contact_folder(folder.unwrap_or("contacts")).map_err(refusal)?;
    let contacts = mailbox.address_book().contacts(Some(number));
    Ok(contacts.map(|contact| contact_json::contact(mailbox, contact, call.prefer.ids)).collect())
}

/// One contact.
///
/// # Errors
/// 404 `ErrorItemNotFound`, 400 `ErrorInvalidIdMalformed`, 403.
pub fn get(call: &Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let (user, item) = found(call, owner, id, false)?;
    shown(call, owner, &user, item, 200)
}

/// `POST …/contacts`
///
/// # Errors
/// 400 for what is no contact, 403, 404.
pub fn create(call: &mut Call<'_>, owner: &Owner, folder: Option<&str>) -> Result<Reply, Refusal> {
    let user = access::open_contacts(call.world, call.caller, owner, true)?.id.clone();
    let mailbox = &call.world.mailboxes[&user];
    let number = mailbox.find_contact_folder(folder.unwrap_or("contacts")).map_err(refusal)?;
    let wanted = body(call)?;
    let item = create_as(call.world, &user, number, wanted)?;
    shown(call, owner, &user, item, 201)
}

/// Makes a contact as a client of the mailbox does.
///
/// # Errors
/// 400 for what is no contact.
pub fn create_as(world: &mut World, user: &str, folder: FolderNumber, wanted: Value) -> Result<ItemNumber, Refusal> {
    let now = world.now();
    let properties = contact_input::read(wanted, &Map::new())?;
    world.mailboxes.get_mut(user).ok_or_else(not_found)?.add_contact(folder, properties, now).map_err(refusal)
}

/// `PATCH …/contacts/{id}`
///
/// # Errors
/// 400 for what makes no sense, 404, 412 `ErrorIrresolvableConflict` for a stale `If-Match`, 403.
pub fn change(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let (user, item) = found(call, owner, id, true)?;
    let mailbox = &call.world.mailboxes[&user];
    let asked = call.request.header("if-match").trim_start_matches("W/").trim_matches('"').to_owned();
    let contact = mailbox.address_book().contact(item).ok_or_else(not_found)?;
    if !(asked.is_empty() || asked == "*" || asked == mailbox.key().change_key(contact.change)) {
        let text = "The send or update operation could not be performed because the change key passed in the request does not match the \
                    current change key for the item.";
        return Err(Refusal::new(412, "ErrorIrresolvableConflict", text));
    }
    let wanted = body(call)?;
    change_as(call.world, &user, item, wanted)?;
    shown(call, owner, &user, item, 200)
}

/// Changes a contact as a client of the mailbox does.
///
/// # Errors
/// 400 for what makes no sense, 404.
pub fn change_as(world: &mut World, user: &str, item: ItemNumber, wanted: Value) -> Result<(), Refusal> {
    let now = world.now();
    let mailbox = world.mailboxes.get_mut(user).ok_or_else(not_found)?;
    let known = &mailbox.address_book().contact(item).ok_or_else(not_found)?.properties;
    let properties = contact_input::read(wanted, known)?;
    mailbox.alter_contact(item, now, |contact| contact.properties = properties).map_err(refusal)
}

/// `DELETE …/contacts/{id}` and `…/permanentDelete`
///
/// # Errors
/// 404, 403.
pub fn delete(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let (user, item) = found(call, owner, id, true)?;
    let now = call.world.now();
    let mailbox = call.world.mailboxes.get_mut(&user).ok_or_else(not_found)?;
    mailbox.remove_contact(item, now).map_err(refusal)?;
    Ok(Reply::empty(204))
}

/// The mailbox's user and the contact, for one who may read or write.
///
/// # Errors
/// 403, 404, 400 for the id.
pub fn found(call: &Call<'_>, owner: &Owner, id: &str, to_write: bool) -> Result<(String, ItemNumber), Refusal> {
    let user = access::open_contacts(call.world, call.caller, owner, to_write)?.id.clone();
    let item = call.world.mailboxes[&user].find_contact(id).map_err(refusal)?;
    Ok((user, item))
}

fn shown(call: &Call<'_>, owner: &Owner, user: &str, item: ItemNumber, status: u16) -> Result<Reply, Refusal> {
    let mailbox = call.world.mailboxes.get(user).ok_or_else(not_found)?;
    let contact = mailbox.address_book().contact(item).ok_or_else(not_found)?;
    let selection = RowSelection::read(call.options.get("$select"), CONTACTS, &[])?;
    let row = contact_json::contact(mailbox, contact, call.prefer.ids);
    let place = format!("{}/{}/contacts('{}')", call.root(), call.owner_path(owner), encode_key(row["id"].as_str().unwrap_or_default()));
    let context = format!("{}/contacts{}", call.owner_context(owner), selection.context());
    let reply = entity(call, status, &context, selection.of(row));
    Ok(if status == 201 { reply.with_header("Location", place) } else { reply })
}
