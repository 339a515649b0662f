//! Events: listed, read, made, changed, deleted (reference: Graph, sections 8.3 and 8.4).

use serde_json::{Map, Value, json};

use super::access::{Desk, Sight, Wish, open};
use super::event_input::{EventInput, check_boundary, check_series, defaults};
use super::event_json::{EVENTS, EventWriter, NEVER, ON_REQUEST, party};
use super::path::CalendarName;
use crate::Refusal;
use crate::graph::call::{Call, Owner, encode_key};
use crate::graph::drafts::{bad, body};
use crate::graph::expand::{relations, unknown};
use crate::graph::messages::{not_found, refusal};
use crate::graph::reply::Reply;
use crate::graph::rows::{List, RowSelection, count as count_rows, entity, page};
use crate::mailbox::calendar::{EventReference, NewEvent, Times};
use crate::mailbox::{FolderNumber, ItemNumber, Mailbox};
use crate::meetings;
use crate::world::World;

/// Relations that may be expanded; of attachments and extensions there are none here.
const EMPTY_RELATIONS: [&str; 4] = ["attachments", "extensions", "singleValueExtendedProperties", "multiValueExtendedProperties"];
/// What an attendee can change on a copy; everything else is the organizer's (reference: Graph, section 8.4).
const OF_COPIES: [&str; 6] = ["showAs", "isReminderOn", "reminderMinutesBeforeStart", "categories", "sensitivity", "importance"];

/// `events`: single ones and series.
///
/// # Errors
/// 400 for options that Graph refuses, 403, 404.
pub fn list(call: &Call<'_>, owner: &Owner, name: &CalendarName) -> Result<Reply, Refusal> {
    let desk = open(call, owner, Wish::Look)?;
    let (rows, sight) = rows(call, &desk, name)?;
    let part = format!("{}/events", calendar_part(name));
    let expansion = expansion(call)?;
    let writer = EventWriter::new(call, &desk, sight)?;
    let agenda = desk.mailbox(call).agenda();
    let exceptions = |row: &Map<String, Value>| -> Value {
        let reference = desk.mailbox(call).find_event(row["id"].as_str().unwrap_or_default()).ok();
        let event = reference.and_then(|reference| agenda.event(reference.item));
        let days = event.into_iter().flat_map(|event| event.exceptions.keys().filter_map(|date| event.occurrence(*date)));
        days.map(|one| Value::Object(writer.json(&one))).collect()
    };
    let list = List {
        context: format!("{}{part}", call.owner_context(owner)),
        path: format!("{}{part}", call.owner_path(owner)),
        searchable: EVENTS,
        selection: RowSelection::read(call.options.get("$select"), EVENTS, &ON_REQUEST)?,
        expand: &|row| {
            for name in &expansion {
                let value = if *name == "exceptionOccurrences" { exceptions(row) } else { json!([]) };
                row.insert((*name).to_owned(), value);
            }
        },
    };
    page(call, rows, &list)
}

/// `events/$count`
///
/// # Errors
/// As for the list.
pub fn count(call: &Call<'_>, owner: &Owner, name: &CalendarName) -> Result<Reply, Refusal> {
    let desk = open(call, owner, Wish::Look)?;
    let (rows, _) = rows(call, &desk, name)?;
    count_rows(call, rows, EVENTS)
}

fn rows(call: &Call<'_>, desk: &Desk, name: &CalendarName) -> Result<(Vec<Map<String, Value>>, Sight), Refusal> {
    let (number, sight) = desk.calendar(call, name)?;
    let writer = EventWriter::new(call, desk, sight)?;
    let events = desk.mailbox(call).agenda().events(Some(number));
    Ok((events.map(|event| writer.json(&event.whole())).collect(), sight))
}

/// One event or occurrence.
///
/// # Errors
/// 404 `ErrorItemNotFound`, 400 `ErrorInvalidIdMalformed`, 403.
pub fn get(call: &Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let desk = open(call, owner, Wish::Look)?;
    let (reference, sight) = find(call, &desk, id)?;
    shown(call, owner, &desk, reference, sight, 200)
}

/// `POST …/events`
///
/// # Errors
/// 400 for what is no event, 403, 404.
pub fn create(call: &mut Call<'_>, owner: &Owner, name: &CalendarName) -> Result<Reply, Refusal> {
    let desk = open(call, owner, Wish::Write)?;
    let (number, sight) = desk.calendar(call, name)?;
    let wanted = body(call)?;
    let item = create_as(call.world, &desk.user.id, number, wanted)?;
    shown(call, owner, &desk, EventReference { item, date: None }, sight, 201)
}

/// Makes an event as its organizer's client does, and invites its attendees.
///
/// # Errors
/// As [`make`].
pub fn create_as(world: &mut World, user: &str, calendar: FolderNumber, wanted: Value) -> Result<ItemNumber, Refusal> {
    let made_before = world.mailboxes.get(user).map_or(0, |mailbox| mailbox.agenda().events(None).count());
    let item = make(world, user, calendar, wanted)?;
    if world.mailboxes.get(user).is_some_and(|mailbox| mailbox.agenda().events(None).count() > made_before) {
        meetings::invite(world, user, item);
    }
    Ok(item)
}

/// Makes an event without a word to anybody. The same `transactionId` again gives the event that is there.
///
/// # Errors
/// 400 for what is no event; 409 `ErrorDuplicateTransactionId` where the settings say so.
pub fn make(world: &mut World, user: &str, calendar: FolderNumber, wanted: Value) -> Result<ItemNumber, Refusal> {
    let now = world.now();
    let owner = world.directory.user(user).ok_or_else(not_found)?.clone();
    let mailbox = world.mailboxes.get_mut(user).ok_or_else(not_found)?;
    let mut input = EventInput::read(wanted, mailbox, true)?;
    if let Some(known) = input.transaction.as_deref().and_then(|id| mailbox.agenda().by_transaction(id)) {
        return match world.config.graph.repeated_transaction_conflicts {
            true => Err(Refusal::new(409, "ErrorDuplicateTransactionId", "An event with this transactionId is there already.")),
            false => Ok(known.item),
        };
    }
    let times = input.times(None)?.ok_or_else(|| bad("An event has a start and an end."))?;
    let recurrence = input.recurrence.take().flatten();
    if let Some(recurrence) = &recurrence {
        check_series(recurrence, &times)?;
    }
    let mut properties = defaults();
    properties.insert("transactionId".to_owned(), json!(input.transaction));
    properties.insert("organizer".to_owned(), party(&owner));
    properties.insert("isOrganizer".to_owned(), json!(true));
    properties.insert("responseStatus".to_owned(), json!({"response": "organizer", "time": NEVER}));
    properties.append(&mut input.properties);
    put_online(&mut properties, world.ids.token(24));
    let mailbox = world.mailboxes.get_mut(user).ok_or_else(not_found)?;
    mailbox.add_event(calendar, NewEvent { times, recurrence, properties, uid: None }, now).map_err(refusal)
}

/// `PATCH …/events/{id}`: of an occurrence it makes an exception.
///
/// # Errors
/// 400 for what can't be changed, 404, 412 `ErrorIrresolvableConflict` for a stale `If-Match`, 403.
pub fn change(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let desk = open(call, owner, Wish::Write)?;
    let (reference, sight) = find(call, &desk, id)?;
    check_version(call, &desk, reference)?;
    let wanted = body(call)?;
    change_as(call.world, &desk.user.id, reference, wanted)?;
    shown(call, owner, &desk, reference, sight, 200)
}

/// Changes an event or an occurrence as a client of its mailbox does.
///
/// # Errors
/// 400 for what can't be changed, 404.
pub fn change_as(world: &mut World, user: &str, reference: EventReference, wanted: Value) -> Result<(), Refusal> {
    let now = world.now();
    let before = meetings::before(world, user, reference);
    let mailbox = world.mailboxes.get_mut(user).ok_or_else(not_found)?;
    let mut input = EventInput::read(wanted, mailbox, false)?;
    let instance = mailbox.agenda().instance(reference).ok_or_else(not_found)?;
    if !instance.truth("isOrganizer") {
        input.properties.retain(|name, _| OF_COPIES.contains(&name.as_str()));
        return altered(mailbox, reference, None, None, input.properties, now);
    }
    let times = input.times(Some(&instance.times))?;
    if instance.date.is_some() && input.recurrence.is_some() {
        return Err(bad("An occurrence has no recurrence of its own."));
    }
    if let Some(times) = times.as_ref().filter(|_| instance.date.is_some()) {
        check_boundary(&instance, times)?;
    }
    let series = input.recurrence.clone().unwrap_or_else(|| instance.event.recurrence.clone());
    let series = series.map(|mut series| {
        // A client that moves the start of a series need not repeat its pattern.
        if let (Some(times), None) = (&times, &input.recurrence) {
            series.start = times.start.date();
        }
        series
    });
    if let (Some(series), None) = (&series, instance.date) {
        check_series(series, times.as_ref().unwrap_or(&instance.times))?;
    }
    keep_responses(instance.property("attendees"), &mut input.properties);
    let was_online = instance.truth("isOnlineMeeting");
    if was_online {
        // Once online, always online (reference 8.6).
        input.properties.retain(|name, _| !matches!(name.as_str(), "isOnlineMeeting" | "onlineMeetingProvider"));
    } else {
        put_online(&mut input.properties, world.ids.token(24));
    }
    let mailbox = world.mailboxes.get_mut(user).ok_or_else(not_found)?;
    let series = Some(series).filter(|_| reference.date.is_none());
    altered(mailbox, reference, times, series, input.properties, now)?;
    if let Some(before) = before {
        meetings::update(world, user, reference, &before);
    }
    Ok(())
}

fn altered(
    mailbox: &mut Mailbox,
    reference: EventReference,
    times: Option<Times>,
    series: Option<Option<crate::mailbox::calendar::Recurrence>>,
    mut properties: Map<String, Value>,
    now: jiff::Timestamp,
) -> Result<(), Refusal> {
    let done = match reference.date {
        Some(date) => mailbox.alter_occurrence(reference.item, date, now, |exception| {
            exception.times = times.or_else(|| exception.times.take());
            exception.properties.append(&mut properties);
        }),
        None => mailbox.alter_event(reference.item, now, |event| {
            event.times = times.unwrap_or_else(|| event.times.clone());
            event.recurrence = series.unwrap_or_else(|| event.recurrence.clone());
            event.properties.append(&mut properties);
        }),
    };
    done.map_err(refusal)
}

/// `DELETE …/events/{id}`: of an occurrence it takes that day out of the series.
///
/// # Errors
/// 404, 403.
pub fn delete(call: &mut Call<'_>, owner: &Owner, id: &str) -> Result<Reply, Refusal> {
    let desk = open(call, owner, Wish::Write)?;
    let (reference, _) = find(call, &desk, id)?;
    delete_as(call.world, &desk.user.id, reference)?;
    Ok(Reply::empty(204))
}

/// Deletes an event or an occurrence as a client of its mailbox does; an organizer's attendees are told.
///
/// # Errors
/// 404.
pub fn delete_as(world: &mut World, user: &str, reference: EventReference) -> Result<(), Refusal> {
    let mailbox = world.mailboxes.get(user).ok_or_else(not_found)?;
    if mailbox.agenda().instance(reference).ok_or_else(not_found)?.truth("isOrganizer") {
        meetings::cancel(world, user, reference, "");
    }
    delete_quietly(world, user, reference)
}

/// The same without a word to anybody.
///
/// # Errors
/// 404.
pub fn delete_quietly(world: &mut World, user: &str, reference: EventReference) -> Result<(), Refusal> {
    let now = world.now();
    let mailbox = world.mailboxes.get_mut(user).ok_or_else(not_found)?;
    let gone = match reference.date {
        Some(date) => mailbox.cancel_occurrence(reference.item, date, now),
        None => mailbox.remove_event(reference.item, now),
    };
    gone.map_err(refusal)
}

/// Finds an event or occurrence, and how much of it is shown.
///
/// # Errors
/// 404, 400 for the id; 403 where its calendar is not shared.
pub fn find(call: &Call<'_>, desk: &Desk, id: &str) -> Result<(EventReference, Sight), Refusal> {
    let mailbox = desk.mailbox(call);
    let reference = mailbox.find_event(id).map_err(refusal)?;
    let event = mailbox.agenda().event(reference.item).ok_or_else(not_found)?;
    Ok((reference, desk.sight(call, event.calendar)?))
}

fn shown(call: &Call<'_>, owner: &Owner, desk: &Desk, reference: EventReference, sight: Sight, status: u16) -> Result<Reply, Refusal> {
    let instance = desk.mailbox(call).agenda().instance(reference).ok_or_else(not_found)?;
    let selection = RowSelection::read(call.options.get("$select"), EVENTS, &ON_REQUEST)?;
    let writer = EventWriter::new(call, desk, sight)?;
    let mut row = writer.json(&instance);
    for name in expansion(call)? {
        let days = instance.event.exceptions.keys().filter_map(|date| instance.event.occurrence(*date));
        let value = if name == "exceptionOccurrences" { days.map(|one| Value::Object(writer.json(&one))).collect() } else { json!([]) };
        row.insert(name.to_owned(), value);
    }
    let place = format!("{}/{}/events('{}')", call.root(), call.owner_path(owner), encode_key(&writer.id(&instance)));
    let expanded: Vec<(String, Value)> =
        expansion(call)?.iter().filter_map(|name| Some(((*name).to_owned(), row.get(*name)?.clone()))).collect();
    let mut chosen = selection.of(row);
    chosen.extend(expanded);
    let context = format!("{}/events{}", call.owner_context(owner), selection.context());
    let reply = entity(call, status, &context, chosen);
    Ok(if status == 201 { reply.with_header("Location", place) } else { reply })
}

/// The relations that `$expand` names.
///
/// # Errors
/// 400 `BadRequest` for one that events don't have.
pub fn expansion(call: &Call<'_>) -> Result<Vec<&'static str>, Refusal> {
    let known = || EMPTY_RELATIONS.into_iter().chain(["exceptionOccurrences"]);
    let named = relations(call.options.get("$expand").unwrap_or_default())?;
    let read = |name: &str| known().find(|known| known.eq_ignore_ascii_case(name)).ok_or_else(|| unknown(name, "event"));
    named.iter().map(|relation| read(&relation.name)).collect()
}

/// How links and contexts name a calendar.
pub fn calendar_part(name: &CalendarName) -> String {
    match name {
        CalendarName::Default => String::new(),
        CalendarName::Id(id) => format!("/calendars('{}')", encode_key(id)),
    }
}

fn check_version(call: &Call<'_>, desk: &Desk, reference: EventReference) -> Result<(), Refusal> {
    let asked = call.request.header("if-match").trim_start_matches("W/").trim_matches('"').to_owned();
    let mailbox = desk.mailbox(call);
    let instance = mailbox.agenda().instance(reference).ok_or_else(not_found)?;
    if asked.is_empty() || asked == "*" || asked == mailbox.key().change_key(instance.change()) {
        return Ok(());
    }
    let text = "The send or update operation could not be performed because the change key passed in the request does not match the \
                current change key for the item.";
    Err(Refusal::new(412, "ErrorIrresolvableConflict", text))
}

/// Attendees who were there already keep their answers.
fn keep_responses(known: Option<&Value>, properties: &mut Map<String, Value>) {
    let Some(wanted) = properties.get_mut("attendees").and_then(Value::as_array_mut) else { return };
    let known = known.and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let address = |one: &Value| one["emailAddress"]["address"].as_str().unwrap_or_default().to_lowercase();
    for one in wanted {
        if let Some(before) = known.iter().find(|before| address(before) == address(one)) {
            one["status"] = before["status"].clone();
        }
    }
}

/// A meeting that is to be online gets its link, in the body too (reference: Graph, section 8.6).
fn put_online(properties: &mut Map<String, Value>, token: String) {
    if properties.get("isOnlineMeeting") != Some(&json!(true)) {
        return;
    }
    let provider = properties.get("onlineMeetingProvider").and_then(Value::as_str).unwrap_or("unknown");
    if provider == "unknown" {
        properties.insert("onlineMeetingProvider".to_owned(), json!("teamsForBusiness"));
    }
    let url = format!("https://teams.microsoft.com/l/meetup-join/19%3ameeting_{token}%40thread.v2/0");
    properties.insert("onlineMeeting".to_owned(), json!({"joinUrl": url}));
    let text = properties.get("body").and_then(|body| body["content"].as_str()).unwrap_or_default();
    let blob = format!("<div><hr><b>Microsoft Teams meeting</b><br><a href=\"{url}\">Join the meeting now</a></div>");
    let whole = match text.rfind("</body>") {
        Some(at) => format!("{}{blob}{}", &text[..at], &text[at..]),
        None => format!("{text}{blob}"),
    };
    properties.insert("body".to_owned(), json!({"contentType": "html", "content": whole}));
}
