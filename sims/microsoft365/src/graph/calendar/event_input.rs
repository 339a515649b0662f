//! What a client writes about an event, read and checked (reference: Graph, sections 8.1, 8.4 and 8.5).
//!
//! Says what is wrong before anything is kept. Properties that nobody can set are ignored when an event is made and
//! refused when one is changed.

use jiff::ToSpan;
use jiff::civil::DateTime;
use serde_json::{Map, Value, json};

use super::event_json::{EVENTS, NEVER, unknown_zone};
use crate::Refusal;
use crate::graph::authoring::no_such_word;
use crate::graph::drafts::bad;
use crate::mail;
use crate::mailbox::Mailbox;
use crate::mailbox::calendar::{Recurrence, Times};
use crate::zones;

/// Most attendees of an event (reference: Graph, section 8.1).
const ATTENDEES_MAX: usize = 500;

/// Properties whose values are one of a few words.
const WORDS: [(&str, &[&str]); 4] = [
    ("importance", &["low", "normal", "high"]),
    ("sensitivity", &["normal", "personal", "private", "confidential"]),
    ("showAs", &["free", "tentative", "busy", "oof", "workingElsewhere", "unknown"]),
    ("onlineMeetingProvider", &["unknown", "teamsForBusiness", "skypeForBusiness", "skypeForConsumer"]),
];
const TRUTHS: [&str; 6] = ["isReminderOn", "responseRequested", "allowNewTimeProposals", "hideAttendees", "isOnlineMeeting", "isDraft"];
/// Properties that nobody writes.
const READ_ONLY: [&str; 18] = [
    "id",
    "changeKey",
    "createdDateTime",
    "lastModifiedDateTime",
    "iCalUId",
    "uid",
    "occurrenceId",
    "bodyPreview",
    "hasAttachments",
    "isCancelled",
    "isOrganizer",
    "originalStart",
    "seriesMasterId",
    "type",
    "webLink",
    "onlineMeeting",
    "onlineMeetingUrl",
    "cancelledOccurrences",
];
/// Written by the service from what else is said, or known only at the making.
const FROM_ELSEWHERE: [&str; 6] =
    ["organizer", "responseStatus", "originalStartTimeZone", "originalEndTimeZone", "transactionId", "isDraft"];

/// What is wanted of an event.
#[derive(Debug, Clone, Default)]
pub struct EventInput {
    start: Option<(DateTime, String)>,
    end: Option<(DateTime, String)>,
    is_all_day: Option<bool>,
    /// `Some(None)`: it shall be no series any more.
    pub recurrence: Option<Option<Recurrence>>,
    /// `transactionId`
    pub transaction: Option<String>,
    /// What is kept as JSON.
    pub properties: Map<String, Value>,
}

impl EventInput {
    /// Reads a body. `is_new`: an event is made of it.
    ///
    /// # Errors
    /// 400 for what is no event, a name that events don't have, a value that makes no sense.
    pub fn read(body: Value, mailbox: &Mailbox, is_new: bool) -> Result<Self, Refusal> {
        let Value::Object(fields) = body else { return Err(bad("An event is a JSON object.")) };
        let mut input = Self::default();
        for (name, value) in fields.into_iter().filter(|(name, _)| !name.contains('@')) {
            let known = EVENTS.property(&name);
            let Some(known) = known.filter(|_| name != "singleValueExtendedProperties") else {
                return Err(no_property(&name));
            };
            if READ_ONLY.contains(&known) {
                if is_new {
                    continue;
                }
                return Err(Refusal::new(400, "ErrorInvalidPropertySet", format!("Property '{known}' is read-only and cannot be set.")));
            }
            input.take(known, value, mailbox)?;
        }
        Ok(input)
    }

    fn take(&mut self, name: &'static str, value: Value, mailbox: &Mailbox) -> Result<(), Refusal> {
        match name {
            "start" => self.start = Some(moment(&value, "start")?),
            "end" => self.end = Some(moment(&value, "end")?),
            "isAllDay" => self.is_all_day = Some(value.as_bool().ok_or_else(|| no_value(name))?),
            "recurrence" if value.is_null() => self.recurrence = Some(None),
            "recurrence" => self.recurrence = Some(Some(Recurrence::read(&value).map_err(|text| invalid(&text))?)),
            "transactionId" => self.transaction = value.as_str().map(str::to_owned),
            name if FROM_ELSEWHERE.contains(&name) => {}
            "subject" => self.keep(name, json!(value.as_str().unwrap_or_default())),
            "body" => {
                let served = mailbox.served_body(&value);
                let preview = mail::preview_of_html(served["content"].as_str().unwrap_or_default());
                self.keep("bodyPreview", json!(preview));
                self.keep(name, served);
            }
            "location" => {
                let place = place(&value);
                let all = if value["displayName"].as_str().unwrap_or_default().is_empty() { json!([]) } else { json!([place]) };
                self.keep(name, place);
                self.keep("locations", all);
            }
            "locations" => {
                let all: Vec<Value> = value.as_array().into_iter().flatten().map(place).collect();
                self.keep("location", all.first().cloned().unwrap_or_else(|| place(&Value::Null)));
                self.keep(name, Value::from(all));
            }
            "attendees" => self.keep(name, attendees(&value)?),
            "categories" => self.keep(name, value.as_array().map_or_else(|| json!([]), |list| json!(list))),
            "reminderMinutesBeforeStart" => self.keep(name, json!(value.as_i64().ok_or_else(|| no_value(name))?)),
            name if TRUTHS.contains(&name) => self.keep(name, json!(value.as_bool().ok_or_else(|| no_value(name))?)),
            name => self.keep(name, word(name, &value)?),
        }
        Ok(())
    }

    fn keep(&mut self, name: &str, value: Value) {
        self.properties.insert(name.to_owned(), value);
    }

    /// When the event shall be, given when it is.
    ///
    /// # Errors
    /// 400 without start or end, for an end before the start, for whole days that are none.
    pub fn times(&self, known: Option<&Times>) -> Result<Option<Times>, Refusal> {
        if known.is_some() && self.start.is_none() && self.end.is_none() && self.is_all_day.is_none() {
            return Ok(None);
        }
        let given = |one: &Option<(DateTime, String)>, at: fn(&Times) -> (DateTime, String)| one.clone().or_else(|| known.map(at));
        let start = given(&self.start, |times| (times.start, times.zone.clone()));
        let end = given(&self.end, |times| (times.end, times.zone.clone()));
        let ((start, zone), (end, end_zone)) = start.zip(end).ok_or_else(|| bad("An event has a start and an end."))?;
        let is_all_day = self.is_all_day.or(known.map(|times| times.is_all_day)).unwrap_or_default();
        let midnight = |at: DateTime| at.time() == jiff::civil::Time::midnight();
        if is_all_day && !(midnight(start) && midnight(end) && zone.eq_ignore_ascii_case(&end_zone) && end > start) {
            return Err(invalid("The Event.Start and Event.End of an all-day event need to be midnight in the same time zone."));
        }
        let times = self.in_series_zone(start, end, zone, end_zone, is_all_day)?;
        if times.end < times.start {
            return Err(invalid("At least one property failed validation. The end is before the start."));
        }
        Ok(Some(times))
    }

    /// The end in the zone of the start, and both in the zone that a series is to be expanded in.
    fn in_series_zone(&self, start: DateTime, end: DateTime, zone: String, end_zone: String, is_all_day: bool) -> Result<Times, Refusal> {
        let find = |name: &str| zones::zone(name).ok_or_else(|| unknown_zone(name));
        let series = self.recurrence.as_ref().and_then(Option::as_ref).and_then(|recurrence| recurrence.zone.clone());
        let target = series.filter(|_| !is_all_day).unwrap_or_else(|| zone.clone());
        let to = find(&target)?;
        let turned = |at: DateTime, from: &str| find(from).map(|from| zones::wall_clock(zones::instant(at, &from), &to));
        let (start, end) = match is_all_day {
            true => (start, end),
            false => (turned(start, &zone)?, turned(end, &end_zone)?),
        };
        Ok(Times { start, end, zone: target, end_zone, is_all_day })
    }
}

/// A new event's properties that nobody has said anything about.
pub fn defaults() -> Map<String, Value> {
    let json = json!({
        "subject": "", "body": {"contentType": "html", "content": ""}, "bodyPreview": "", "importance": "normal",
        "sensitivity": "normal", "showAs": "busy", "isReminderOn": true, "reminderMinutesBeforeStart": 15, "categories": [],
        "responseRequested": true, "allowNewTimeProposals": true, "hideAttendees": false, "isCancelled": false, "attendees": [],
        "location": place(&Value::Null), "locations": [], "isOnlineMeeting": false, "onlineMeetingProvider": "unknown",
        "onlineMeeting": null, "transactionId": null,
    });
    json.as_object().cloned().unwrap_or_default()
}

/// A `dateTimeTimeZone`: what the clock shows, and the zone's name.
///
/// # Errors
/// 400 for what is no time, and for a zone that there is not.
pub fn moment(value: &Value, name: &str) -> Result<(DateTime, String), Refusal> {
    let zone = value["timeZone"].as_str().filter(|zone| !zone.is_empty()).unwrap_or("UTC");
    zones::zone(zone).ok_or_else(|| unknown_zone(zone))?;
    let text = value["dateTime"].as_str().unwrap_or_default();
    let at = text
        .trim_end_matches('Z')
        .parse::<DateTime>()
        .map_err(|_| Refusal::new(400, "RequestBodyRead", format!("Cannot convert the value of '{name}' to a date and time: '{text}'.")))?;
    Ok((at, zone.to_owned()))
}

/// Whether an exception stays between its neighbours (reference: Graph, section 8.5).
///
/// # Errors
/// 400 `ErrorOccurrenceCrossingBoundary`.
pub fn check_boundary(instance: &crate::mailbox::calendar::Instance<'_>, times: &Times) -> Result<(), Refusal> {
    let Some(date) = instance.date else { return Ok(()) };
    let (before, after) = instance.event.neighbours(date);
    // Days are those of the series, whatever zone the change was said in.
    let zone = instance.event.times.time_zone();
    let day = |times: &Times| zones::wall_clock(times.starts_at(), &zone).date();
    let crosses_before = before.is_some_and(|one| day(times) <= day(&one.times) || times.starts_at() < one.times.ends_at());
    let crosses_after = after.is_some_and(|one| day(times) >= day(&one.times) || times.ends_at() > one.times.starts_at());
    if crosses_before || crosses_after {
        let message = "Modified occurrence is crossing or overlapping adjacent occurrence.";
        return Err(Refusal::new(400, "ErrorOccurrenceCrossingBoundary", message));
    }
    Ok(())
}

/// A series begins on the day of its event, and its event fits between two of its days (reference: Graph, section 8.5).
///
/// # Errors
/// 400 `ErrorPropertyValidationFailure`.
pub fn check_series(recurrence: &Recurrence, times: &Times) -> Result<(), Refusal> {
    if recurrence.start != times.start.date() {
        return Err(invalid("The startDate of the recurrence is the date of the event's start."));
    }
    let dates = recurrence.dates_until(recurrence.start.checked_add(1500.days()).unwrap_or(recurrence.start));
    if dates.is_empty() {
        return Err(invalid("The recurrence has no occurrence."));
    }
    Ok(())
}

fn attendees(value: &Value) -> Result<Value, Refusal> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    if list.len() > ATTENDEES_MAX {
        return Err(invalid("An event has at most 500 attendees."));
    }
    let one = |attendee: &Value| {
        let address = attendee["emailAddress"]["address"].as_str().unwrap_or_default();
        if !address.split_once('@').is_some_and(|(name, domain)| !name.is_empty() && !domain.is_empty()) {
            return Err(Refusal::new(
                400,
                "ErrorInvalidRecipients",
                format!("At least one recipient isn't valid., Recipient '{address}'."),
            ));
        }
        let name = attendee["emailAddress"]["name"].as_str().filter(|name| !name.is_empty()).unwrap_or(address);
        let kind = attendee["type"].as_str().unwrap_or("required");
        let known = ["required", "optional", "resource"].into_iter().find(|known| known.eq_ignore_ascii_case(kind));
        let kind = known.ok_or_else(|| no_such_word(kind, "type"))?;
        Ok(json!({
            "type": kind, "emailAddress": {"name": name, "address": address}, "status": {"response": "none", "time": NEVER},
        }))
    };
    list.iter().map(one).collect::<Result<Vec<Value>, Refusal>>().map(Value::from)
}

fn place(value: &Value) -> Value {
    let name = value["displayName"].as_str().unwrap_or_default();
    let mut place = json!({"displayName": name, "locationType": "default", "uniqueIdType": "unknown"});
    for part in ["locationType", "address", "coordinates", "locationUri", "locationEmailAddress"] {
        if !value[part].is_null() {
            place[part] = value[part].clone();
        }
    }
    if name.is_empty() {
        (place["address"], place["coordinates"]) = (json!({}), json!({}));
    } else {
        (place["uniqueId"], place["uniqueIdType"]) = (json!(name), json!("private"));
    }
    place
}

fn word(name: &str, value: &Value) -> Result<Value, Refusal> {
    let text = value.as_str().unwrap_or_default();
    let words = WORDS.iter().find(|(known, _)| *known == name).map(|(_, words)| *words).unwrap_or_default();
    let known = words.iter().find(|known| known.eq_ignore_ascii_case(text));
    known.map(|word| json!(word)).ok_or_else(|| no_such_word(text, name))
}

fn no_property(name: &str) -> Refusal {
    let text = format!("The property '{name}' does not exist on type 'microsoft.graph.event'.");
    Refusal::new(400, "RequestBodyRead", text)
}

fn no_value(name: &str) -> Refusal {
    Refusal::new(400, "RequestBodyRead", format!("Cannot convert the value of '{name}' to the type that it has."))
}

/// (reference: Graph, section 1.5, uncertain)
pub fn invalid(text: &str) -> Refusal {
    Refusal::new(400, "ErrorPropertyValidationFailure", text)
}
