//! `calendarPermissions`: with whom a calendar is shared (reference: Graph, section 8.8).

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE;
use serde_json::{Map, Value, json};

use super::access::{Desk, Wish, open};
use super::events::calendar_part;
use super::path::CalendarName;
use crate::Refusal;
use crate::graph::authoring::no_such_word;
use crate::graph::call::{Call, Owner};
use crate::graph::drafts::{bad, body, mailbox};
use crate::graph::messages::{not_found, refusal};
use crate::graph::reply::Reply;
use crate::graph::row_filter::Searchable;
use crate::graph::rows::{List, RowSelection, entity, page};
use crate::mailbox::FolderNumber;
use crate::mailbox::calendar::{CalendarRole, Permission};

const PERMISSIONS: Searchable = Searchable {
    kind: "calendarPermission",
    properties: &[&["id", "emailAddress", "role", "allowedRoles", "isInsideOrganization", "isRemovable"]],
    paths: &["role"],
    collections: &[],
};

/// The list; who was given a share sees an empty one.
///
/// # Errors
/// 400 for options that Graph refuses, 403, 404.
pub fn list(call: &Call<'_>, owner: &Owner, name: &CalendarName) -> Result<Reply, Refusal> {
    let desk = open(call, owner, Wish::Read)?;
    let (number, _) = desk.calendar(call, name)?;
    let known = if desk.guest.is_some() { &[] } else { permissions(call, &desk, number)? };
    let rows = known.iter().map(|one| written(call, &desk, one)).collect();
    let part = format!("{}/calendarPermissions", part(name));
    let list = List {
        context: format!("{}{part}", call.owner_context(owner)),
        path: format!("{}{part}", call.owner_path(owner)),
        searchable: PERMISSIONS,
        selection: RowSelection::read(call.options.get("$select"), PERMISSIONS, &[])?,
        expand: &|_| {},
    };
    page(call, rows, &list)
}

/// One of them.
///
/// # Errors
/// 403, 404.
pub fn get(call: &Call<'_>, owner: &Owner, name: &CalendarName, id: &str) -> Result<Reply, Refusal> {
    let (desk, number) = own(call, owner, name, Wish::Read)?;
    let one = permissions(call, &desk, number)?.iter().find(|one| id_of(one) == id).ok_or_else(not_found)?;
    Ok(entity(call, 200, &context(call, owner, name), written(call, &desk, one)))
}

/// `POST …/calendarPermissions`
///
/// # Errors
/// 400 without an address or a role, 403, 404.
pub fn create(call: &mut Call<'_>, owner: &Owner, name: &CalendarName) -> Result<Reply, Refusal> {
    let (desk, number) = own(call, owner, name, Wish::Write)?;
    let wanted = body(call)?;
    let address = wanted["emailAddress"]["address"].as_str().filter(|address| address.contains('@'));
    let address = address.ok_or_else(|| bad("A calendar permission has an address."))?.to_owned();
    let role = role(&wanted)?;
    let label = wanted["emailAddress"]["name"].as_str().unwrap_or(&address).to_owned();
    let mut made = None;
    let alter = |calendar: &mut crate::mailbox::calendar::Calendar| {
        calendar.permissions.retain(|one| !one.address.as_ref().is_some_and(|known| known.eq_ignore_ascii_case(&address)));
        calendar.permissions_made += 1;
        let one = Permission { number: calendar.permissions_made, address: Some(address.clone()), name: label, role };
        made = Some(one.clone());
        calendar.permissions.push(one);
    };
    mailbox(call.world, &desk.user.id)?.alter_calendar(number, alter).map_err(refusal)?;
    let made = made.ok_or_else(not_found)?;
    Ok(entity(call, 201, &context(call, owner, name), written(call, &desk, &made)))
}

/// `PATCH …/calendarPermissions/{id}`: the role only.
///
/// # Errors
/// 400 without a role, 403, 404.
pub fn change(call: &mut Call<'_>, owner: &Owner, name: &CalendarName, id: &str) -> Result<Reply, Refusal> {
    let (desk, number) = own(call, owner, name, Wish::Write)?;
    let role = role(&body(call)?)?;
    permissions(call, &desk, number)?.iter().find(|one| id_of(one) == id).ok_or_else(not_found)?;
    let alter = |calendar: &mut crate::mailbox::calendar::Calendar| {
        calendar.permissions.iter_mut().filter(|one| id_of(one) == id).for_each(|one| one.role = role);
    };
    mailbox(call.world, &desk.user.id)?.alter_calendar(number, alter).map_err(refusal)?;
    get(call, owner, name, id)
}

/// `DELETE …/calendarPermissions/{id}`; the entry of the organisation stays.
///
/// # Errors
/// 400 for that entry, 403, 404.
pub fn delete(call: &mut Call<'_>, owner: &Owner, name: &CalendarName, id: &str) -> Result<Reply, Refusal> {
    let (desk, number) = own(call, owner, name, Wish::Write)?;
    let one = permissions(call, &desk, number)?.iter().find(|one| id_of(one) == id).ok_or_else(not_found)?;
    if one.address.is_none() {
        return Err(bad("The permission of the organization can't be removed."));
    }
    let alter = |calendar: &mut crate::mailbox::calendar::Calendar| calendar.permissions.retain(|one| id_of(one) != id);
    mailbox(call.world, &desk.user.id)?.alter_calendar(number, alter).map_err(refusal)?;
    Ok(Reply::empty(204))
}

/// Only the owner, or an application, looks at single entries and changes them.
fn own(call: &Call<'_>, owner: &Owner, name: &CalendarName, wish: Wish) -> Result<(Desk, FolderNumber), Refusal> {
    let desk = open(call, owner, wish)?;
    if desk.guest.is_some() {
        return Err(crate::graph::access::denied());
    }
    let (number, _) = desk.calendar(call, name)?;
    Ok((desk, number))
}

fn permissions<'a>(call: &'a Call<'_>, desk: &Desk, number: FolderNumber) -> Result<&'a [Permission], Refusal> {
    desk.mailbox(call).agenda().calendar(number).map(|calendar| calendar.permissions.as_slice()).ok_or_else(not_found)
}

fn written(call: &Call<'_>, desk: &Desk, one: &Permission) -> Map<String, Value> {
    let known = one.address.as_deref().and_then(|address| call.world.directory.user(address));
    let is_inside = one.address.is_none() || known.is_some_and(|user| user.tenant_id == desk.user.tenant_id);
    let name = known.map_or(one.name.as_str(), |user| user.display_name.as_str());
    let roles = ["freeBusyRead", "limitedRead", "read", "write"];
    let json = json!({
        "id": id_of(one), "isRemovable": one.address.is_some(), "isInsideOrganization": is_inside, "role": one.role.word(),
        "allowedRoles": if is_inside { &roles[..] } else { &roles[..3] }, "emailAddress": {"name": name, "address": one.address},
    });
    json.as_object().cloned().unwrap_or_default()
}

fn id_of(one: &Permission) -> String {
    URL_SAFE.encode(one.address.as_ref().map_or_else(|| "Default".to_owned(), |address| format!("l={}/{address}", one.number)))
}

fn role(wanted: &Value) -> Result<CalendarRole, Refusal> {
    let word = wanted["role"].as_str().unwrap_or_default();
    CalendarRole::read(word).ok_or_else(|| no_such_word(word, "role"))
}

fn part(name: &CalendarName) -> String {
    if *name == CalendarName::Default { "/calendar".to_owned() } else { calendar_part(name) }
}

fn context(call: &Call<'_>, owner: &Owner, name: &CalendarName) -> String {
    format!("{}{}/calendarPermissions", call.owner_context(owner), part(name))
}
