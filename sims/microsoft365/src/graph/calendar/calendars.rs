//! Calendars and their groups: listed, made, changed, deleted (reference: Graph, section 8.8).

use serde_json::{Map, Value, json};

use super::access::{Desk, Sight, Wish, open, role};
use super::path::CalendarName;
use crate::Refusal;
use crate::graph::authoring::no_such_word;
use crate::graph::call::{Call, Owner, encode_key};
use crate::graph::drafts::{bad, body, mailbox};
use crate::graph::messages::{not_found, refusal};
use crate::graph::reply::Reply;
use crate::graph::row_filter::Searchable;
use crate::graph::rows::{List, RowSelection, entity, page};
use crate::mailbox::calendar::{Calendar, CalendarRole};
use crate::mailbox::ids::mix;
use crate::mailbox::{FolderNumber, Mailbox, Refused};
use crate::zones::WINDOWS_ZONES;

const CALENDARS: Searchable = Searchable {
    kind: "calendar",
    properties: &[&[
        "id",
        "name",
        "color",
        "hexColor",
        "changeKey",
        "isDefaultCalendar",
        "canShare",
        "canViewPrivateItems",
        "canEdit",
        "isRemovable",
        "isTallyingResponses",
        "allowedOnlineMeetingProviders",
        "defaultOnlineMeetingProvider",
        "owner",
        "groupClassId",
    ]],
    paths: &["name", "isDefaultCalendar", "canEdit"],
    collections: &[],
};
const GROUPS: Searchable =
    Searchable { kind: "calendarGroup", properties: &[&["id", "name", "classId", "changeKey"]], paths: &["name"], collections: &[] };
const COLOURS: [&str; 10] =
    ["auto", "lightBlue", "lightGreen", "lightOrange", "lightGray", "lightYellow", "lightTeal", "lightPink", "lightBrown", "lightRed"];

/// `calendars`, all or those of a group.
///
/// # Errors
/// 400 for options that Graph refuses, 403, 404.
pub fn list(call: &Call<'_>, owner: &Owner, group: Option<&str>) -> Result<Reply, Refusal> {
    let desk = open(call, owner, Wish::Look)?;
    let place = group.map(|id| group_place(desk.mailbox(call), id)).transpose()?;
    let calendars = desk.mailbox(call).agenda().calendars().filter(|one| place.is_none_or(|place| place == one.group));
    let visible = calendars.filter(|one| desk.sight(call, one.number).is_ok());
    let rows = visible.map(|one| written(call, &desk, one)).collect();
    let within = group.map(|id| format!("/calendarGroups('{}')", encode_key(id))).unwrap_or_default();
    let list = List {
        context: format!("{}{within}/calendars", call.owner_context(owner)),
        path: format!("{}{within}/calendars", call.owner_path(owner)),
        searchable: CALENDARS,
        selection: RowSelection::read(call.options.get("$select"), CALENDARS, &[])?,
        expand: &|_| {},
    };
    page(call, rows, &list)
}

/// One calendar.
///
/// # Errors
/// 400 or 404 for the id, 403.
pub fn get(call: &Call<'_>, owner: &Owner, name: &CalendarName) -> Result<Reply, Refusal> {
    let desk = open(call, owner, Wish::Look)?;
    let (number, _) = desk.calendar(call, name)?;
    shown(call, owner, &desk, number, 200)
}

/// `POST …/calendars`
///
/// # Errors
/// 400 without a name, 409 `ErrorFolderExists`, 403.
pub fn create(call: &mut Call<'_>, owner: &Owner, group: Option<&str>) -> Result<Reply, Refusal> {
    let desk = open(call, owner, Wish::Write)?;
    let place = group.map(|id| group_place(desk.mailbox(call), id)).transpose()?.unwrap_or(0);
    let wanted = body(call)?;
    let name = name(&wanted)?.ok_or_else(|| bad("A calendar has a name."))?;
    let colour = colour(&wanted)?;
    let mailbox = mailbox(call.world, &desk.user.id)?;
    let number = mailbox.create_calendar(&name, place).map_err(refusal)?;
    if let Some(colour) = colour {
        mailbox.alter_calendar(number, |calendar| calendar.color = colour).map_err(refusal)?;
    }
    shown(call, owner, &desk, number, 201)
}

/// `PATCH …/calendars/{id}`
///
/// # Errors
/// As for making one; 404.
pub fn change(call: &mut Call<'_>, owner: &Owner, name_in_path: &CalendarName) -> Result<Reply, Refusal> {
    let desk = open(call, owner, Wish::Write)?;
    let (number, _) = desk.calendar(call, name_in_path)?;
    let wanted = body(call)?;
    let (name, colour) = (name(&wanted)?, colour(&wanted)?);
    mailbox(call.world, &desk.user.id)?
        .alter_calendar(number, |calendar| {
            calendar.name = name.unwrap_or_else(|| std::mem::take(&mut calendar.name));
            calendar.color = colour.unwrap_or_else(|| std::mem::take(&mut calendar.color));
        })
        .map_err(refusal)?;
    shown(call, owner, &desk, number, 200)
}

/// `DELETE …/calendars/{id}`; the default one stays.
///
/// # Errors
/// 400 `ErrorCannotDeleteObject` for the default one, 404, 403.
pub fn delete(call: &mut Call<'_>, owner: &Owner, name: &CalendarName) -> Result<Reply, Refusal> {
    let desk = open(call, owner, Wish::Write)?;
    let (number, _) = desk.calendar(call, name)?;
    let now = call.world.now();
    mailbox(call.world, &desk.user.id)?.delete_calendar(number, now).map_err(|refused| match refused {
        Refused::ProtectedFolder => Refusal::new(400, "ErrorCannotDeleteObject", "The default calendar cannot be deleted."),
        other => refusal(other),
    })?;
    Ok(Reply::empty(204))
}

/// `calendarGroups`
///
/// # Errors
/// 403, 404.
pub fn groups(call: &Call<'_>, owner: &Owner) -> Result<Reply, Refusal> {
    let desk = open(call, owner, Wish::Look)?;
    let count = desk.mailbox(call).agenda().groups().len();
    let rows = (0..count).map(|place| written_group(desk.mailbox(call), place)).collect();
    let list = List {
        context: format!("{}/calendarGroups", call.owner_context(owner)),
        path: format!("{}/calendarGroups", call.owner_path(owner)),
        searchable: GROUPS,
        selection: RowSelection::read(call.options.get("$select"), GROUPS, &[])?,
        expand: &|_| {},
    };
    page(call, rows, &list)
}

/// One group.
///
/// # Errors
/// 403, 404.
pub fn group(call: &Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let desk = open(call, owner, Wish::Look)?;
    let place = group_place(desk.mailbox(call), id)?;
    let context = format!("{}/calendarGroups", call.owner_context(owner));
    Ok(entity(call, 200, &context, written_group(desk.mailbox(call), place)))
}

/// `outlook/supportedTimeZones`
///
/// # Errors
/// 403 without `User.Read`.
pub fn time_zones(call: &Call<'_>, owner: &Owner, iana: bool) -> Result<Reply, Refusal> {
    crate::graph::access::owner_user(call.world, call.caller, owner)?;
    if !["User.Read", "User.ReadWrite", "User.Read.All", "User.ReadWrite.All"].iter().any(|name| call.caller.holds(name)) {
        return Err(crate::graph::access::denied());
    }
    let name = |(windows, zone): &(&'static str, &'static str)| if iana { *zone } else { *windows };
    let value: Vec<Value> = WINDOWS_ZONES.iter().map(|pair| json!({"alias": name(pair), "displayName": pair.0})).collect();
    let context = call.context("Collection(microsoft.graph.timeZoneInformation)");
    Ok(Reply::json(json!({"@odata.context": context, "value": value}).to_string()))
}

fn shown(call: &Call<'_>, owner: &Owner, desk: &Desk, number: FolderNumber, status: u16) -> Result<Reply, Refusal> {
    let calendar = desk.mailbox(call).agenda().calendar(number).ok_or_else(not_found)?;
    let selection = RowSelection::read(call.options.get("$select"), CALENDARS, &[])?;
    let row = written(call, desk, calendar);
    let place = format!("{}/{}/calendars('{}')", call.root(), call.owner_path(owner), encode_key(row["id"].as_str().unwrap_or_default()));
    let context = format!("{}/calendars{}", call.owner_context(owner), selection.context());
    let reply = entity(call, status, &context, selection.of(row));
    Ok(if status == 201 { reply.with_header("Location", place) } else { reply })
}

fn written(call: &Call<'_>, desk: &Desk, calendar: &Calendar) -> Map<String, Value> {
    let mailbox = desk.mailbox(call);
    let role = desk.guest.as_deref().map(|guest| role(call, &desk.user, calendar, guest));
    let json = json!({
        "id": mailbox.folder_id(calendar.number),
        "name": calendar.name,
        "color": calendar.color,
        "hexColor": calendar.hex_color,
        "groupClassId": mailbox.agenda().groups()[calendar.group].class_id,
        "isDefaultCalendar": calendar.is_default && role.is_none(),
        "changeKey": mailbox.key().change_key(calendar.change),
        "canShare": role.is_none(),
        "canViewPrivateItems": role.is_none() || desk.sight(call, calendar.number).is_ok_and(|sight| sight == Sight::All),
        "canEdit": role.is_none_or(|role| role >= CalendarRole::Write),
        "isTallyingResponses": calendar.is_default,
        "isRemovable": !calendar.is_default,
        "allowedOnlineMeetingProviders": ["teamsForBusiness"],
        "defaultOnlineMeetingProvider": "teamsForBusiness",
        "owner": {"name": desk.user.display_name, "address": desk.user.address()},
    });
    json.as_object().cloned().unwrap_or_default()
}

/// The id of a group is made like a folder's, of numbers that no folder has.
fn group_id(mailbox: &Mailbox, place: usize) -> String {
    mailbox.folder_id(FolderNumber(0xF000_0000 | u32::try_from(place).unwrap_or(0)))
}

fn group_place(mailbox: &Mailbox, id: &str) -> Result<usize, Refusal> {
    mailbox.key().read_folder_id(id).ok_or_else(|| refusal(Refused::MalformedId))?;
    (0..mailbox.agenda().groups().len()).find(|place| group_id(mailbox, *place) == id).ok_or_else(not_found)
}

fn written_group(mailbox: &Mailbox, place: usize) -> Map<String, Value> {
    let group = &mailbox.agenda().groups()[place];
    let change = (mix(place as u128, 0xC0_10_12) as u64) >> 20;
    let json = json!({
        "id": group_id(mailbox, place), "name": group.name, "classId": group.class_id, "changeKey": mailbox.key().change_key(change),
    });
    json.as_object().cloned().unwrap_or_default()
}

fn name(wanted: &Value) -> Result<Option<String>, Refusal> {
    match wanted.get("name") {
        None => Ok(None),
        Some(value) => {
            let name = value.as_str().map(str::trim).filter(|name| !name.is_empty());
            name.map(|name| Some(name.to_owned())).ok_or_else(|| bad("A calendar has a name."))
        }
    }
}

fn colour(wanted: &Value) -> Result<Option<String>, Refusal> {
    let Some(value) = wanted.get("color").filter(|value| !value.is_null()) else { return Ok(None) };
    let word = value.as_str().unwrap_or_default();
    let known = COLOURS.into_iter().find(|known| known.eq_ignore_ascii_case(word));
    known.map(|word| Some(word.to_owned())).ok_or_else(|| no_such_word(word, "color"))
}
