//! `getSchedule`: when colleagues are free (reference: Graph, section 8.7).

use jiff::{SignedDuration, Timestamp};
use serde_json::{Value, json};

use super::access::{Wish, open, role};
use super::event_input::moment;
use super::event_json::{unknown_zone, written};
use super::free_busy;
use crate::Refusal;
use crate::graph::call::{Call, Owner};
use crate::graph::drafts::{bad, body};
use crate::graph::reply::Reply;
use crate::mailbox::calendar::{CalendarRole, Instance};
use crate::zones;

const SCHEDULES_MAX: usize = 20;
const DAYS_MAX: i64 = 62;

/// What is asked for.
struct Question {
    from: Timestamp,
    to: Timestamp,
    interval: SignedDuration,
    zone: (String, jiff::tz::TimeZone),
}

/// `POST …/getSchedule`
///
/// # Errors
/// 400 for a window, an interval or a list that makes no sense; 403.
pub fn get(call: &Call<'_>, owner: &Owner) -> Result<Reply, Refusal> {
    open(call, owner, Wish::Look)?;
    let wanted = body(call)?;
    let find = |name: &str| {
        let fields = wanted.as_object().into_iter().flatten();
        fields.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map_or(Value::Null, |(_, value)| value.clone())
    };
    let instant = |name: &str| {
        let (at, zone) = moment(&find(name), name)?;
        zones::zone(&zone).map(|zone| zones::instant(at, &zone)).ok_or_else(|| unknown_zone(&zone))
    };
    let minutes = find("availabilityViewInterval").as_i64().unwrap_or(30);
    if !(5..=1440).contains(&minutes) {
        return Err(bad("The interval is from 5 to 1440 minutes."));
    }
    let name = call.prefer.zone.clone().unwrap_or_else(|| "UTC".to_owned());
    let zone = zones::zone(&name).ok_or_else(|| unknown_zone(&name))?;
    let interval = SignedDuration::from_mins(minutes);
    let question = Question { from: instant("startTime")?, to: instant("endTime")?, interval, zone: (name, zone) };
    let length = question.to.duration_since(question.from);
    if length <= SignedDuration::ZERO || length > SignedDuration::from_hours(24 * DAYS_MAX) || length < interval {
        return Err(bad("The time window is empty, too short for the interval, or longer than 62 days."));
    }
    let names = find("schedules");
    let names: Vec<&str> = names.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    if names.is_empty() || names.len() > SCHEDULES_MAX {
        return Err(bad("From 1 to 20 schedules can be asked for."));
    }
    let value: Vec<Value> = names.iter().map(|name| schedule(call, name, &question)).collect();
    let context = call.context("Collection(microsoft.graph.scheduleInformation)");
    Ok(Reply::json(json!({"@odata.context": context, "value": value}).to_string()))
}

fn schedule(call: &Call<'_>, name: &str, question: &Question) -> Value {
    let user = call.world.directory.user(name).filter(|user| user.tenant_id == call.caller.tenant_id);
    let Some((user, mailbox)) = user.and_then(|user| Some((user, call.world.mailboxes.get(&user.id)?))) else {
        let message = format!("Unable to resolve e-mail address {name} to an Active Directory object.");
        let error = json!({"message": message, "responseCode": "ErrorMailRecipientNotFound"});
        return json!({"scheduleId": name, "availabilityView": "", "scheduleItems": [], "error": error});
    };
    let agenda = mailbox.agenda();
    let seen = match &call.caller.user {
        Some(caller) if *caller != user.id => {
            agenda.calendar(agenda.default_calendar()).map_or(CalendarRole::None, |calendar| role(call, user, calendar, caller))
        }
        _ => CalendarRole::DelegateWithPrivateEventAccess,
    };
    let entries = free_busy::entries(mailbox, question.from, question.to);
    let items: Vec<Value> = entries.iter().map(|one| item(one, seen, question)).collect();
    let mut view = String::new();
    let mut at = question.from;
    while at < question.to {
        let next = at.checked_add(question.interval).unwrap_or(question.to);
        view.push(free_busy::digit(free_busy::at(&entries, at, next.min(question.to))));
        at = next;
    }
    let hours = &mailbox.settings().working_hours;
    json!({"scheduleId": name, "availabilityView": view, "scheduleItems": items, "workingHours": hours})
}

fn item(one: &Instance<'_>, seen: CalendarRole, question: &Question) -> Value {
    let (name, zone) = &question.zone;
    let at = |at: Timestamp| json!({"dateTime": written(zones::wall_clock(at, zone)), "timeZone": name});
    let is_private = matches!(one.text("sensitivity"), "private" | "personal" | "confidential");
    let mut item = json!({
        "status": free_busy::status(one), "start": at(one.times.starts_at()), "end": at(one.times.ends_at()), "isPrivate": is_private,
    });
    let sees_all = seen == CalendarRole::DelegateWithPrivateEventAccess;
    if seen >= CalendarRole::LimitedRead && (sees_all || !is_private) {
        item["subject"] = json!(one.text("subject"));
        item["location"] = one.property("location").map(|place| place["displayName"].clone()).unwrap_or_default();
    }
    item
}
