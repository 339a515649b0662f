//! `findMeetingTimes`: times at which enough people are free (reference: Graph, section 8.7).
//!
//! Times begin at each half hour. Somebody free counts 100, somebody unknown 49, anybody else 0; the mean is the
//! confidence. Rooms are not looked for.

use jiff::civil::Time;
use jiff::{SignedDuration, Span, Timestamp};
use serde_json::{Value, json};

use super::event_input::moment;
use super::event_json::{unknown_zone, written};
use super::free_busy;
use crate::Refusal;
use crate::graph::access::{denied, no_me, owner_user};
use crate::graph::call::{Call, Owner};
use crate::graph::drafts::{bad, body};
use crate::graph::reply::Reply;
use crate::mailbox::Mailbox;
use crate::mailbox::calendar::Instance;
use crate::zones;

const STEP: SignedDuration = SignedDuration::from_mins(30);

/// What is asked for.
struct Question<'a> {
    organizer: Vec<Instance<'a>>,
    /// Everybody else: address, type, entries if they are known.
    attendees: Vec<(String, String, Option<Vec<Instance<'a>>>)>,
    slots: Vec<(Timestamp, Timestamp)>,
    length: SignedDuration,
    /// Least confidence.
    least: f64,
    organizer_may_miss: bool,
    at_work: bool,
    most: usize,
    wants_reason: bool,
}

/// One answer.
struct Suggestion {
    at: Timestamp,
    confidence: f64,
    organizer: &'static str,
    attendees: Vec<&'static str>,
}

/// `POST /me/findMeetingTimes`
///
/// # Errors
/// 400 for times that make no sense, and for an application; 403 without `Calendars.Read.Shared`.
pub fn find(call: &Call<'_>, owner: &Owner) -> Result<Reply, Refusal> {
    let user = owner_user(call.world, call.caller, owner)?;
    let caller = call.caller.user.as_ref().ok_or_else(no_me)?;
    let holds = ["Calendars.Read.Shared", "Calendars.ReadWrite.Shared"].iter().any(|name| call.caller.holds(name));
    if !holds || *caller != user.id {
        return Err(denied());
    }
    let mailbox = call.world.mailboxes.get(&user.id).ok_or_else(denied)?;
    let question = read(call, mailbox)?;
    let mut suggestions: Vec<Suggestion> = question.slots.iter().flat_map(|slot| within(&question, mailbox, *slot)).collect();
    let organizer_is_free = suggestions.iter().any(|one| one.organizer == "free");
    suggestions.retain(|one| one.confidence >= question.least && (question.organizer_may_miss || one.organizer == "free"));
    suggestions.sort_by(|one, other| other.confidence.total_cmp(&one.confidence).then(one.at.cmp(&other.at)));
    suggestions.truncate(question.most);
    let reason = match (suggestions.is_empty(), organizer_is_free || question.organizer_may_miss) {
        (false, _) => "",
        (true, false) => "organizerUnavailable",
        (true, true) => "attendeesUnavailable",
    };
    let name = call.prefer.zone.clone().unwrap_or_else(|| "UTC".to_owned());
    let zone = zones::zone(&name).ok_or_else(|| unknown_zone(&name))?;
    let time = |at: Timestamp| json!({"dateTime": written(zones::wall_clock(at, &zone)), "timeZone": name});
    let shown = suggestions.iter().enumerate().map(|(place, one)| {
        let attendees = question.attendees.iter().zip(&one.attendees).map(|((address, kind, _), availability)| {
            json!({"availability": availability, "attendee": {"type": kind, "emailAddress": {"address": address}}})
        });
        json!({
            "confidence": one.confidence, "order": place + 1, "organizerAvailability": one.organizer, "locations": [],
            "suggestionReason": if question.wants_reason { "Suggested because it is one of the nearest times when all attendees are available." } else { "" },
            "meetingTimeSlot": {"start": time(one.at), "end": time(later(one.at, question.length))},
            "attendeeAvailability": attendees.collect::<Vec<_>>(),
        })
    });
    let context = call.context("microsoft.graph.meetingTimeSuggestionsResult");
    let value: Vec<Value> = shown.collect();
    Ok(Reply::json(json!({"@odata.context": context, "emptySuggestionsReason": reason, "meetingTimeSuggestions": value}).to_string()))
}

fn read<'a>(call: &'a Call<'_>, own: &'a Mailbox) -> Result<Question<'a>, Refusal> {
    let wanted = if call.request.body.trim_ascii().is_empty() { json!({}) } else { body(call)? };
    let instant = |value: &Value, name: &str| {
        let (at, zone) = moment(value, name)?;
        zones::zone(&zone).map(|zone| zones::instant(at, &zone)).ok_or_else(|| unknown_zone(&zone))
    };
    let constraint = &wanted["timeConstraint"];
    let mut slots = Vec::new();
    for slot in constraint["timeSlots"].as_array().into_iter().flatten() {
        slots.push((instant(&slot["start"], "start")?, instant(&slot["end"], "end")?));
    }
    if slots.is_empty() {
        let now = call.world.now();
        slots.push((now, later(now, SignedDuration::from_hours(24 * 7))));
    }
    let length: Span = wanted["meetingDuration"].as_str().unwrap_or("PT30M").parse().map_err(|_| bad("meetingDuration is no duration."))?;
    let length = SignedDuration::try_from(length).map_err(|_| bad("meetingDuration is no duration."))?;
    let (from, to) = slots.iter().fold((Timestamp::MAX, Timestamp::MIN), |(from, to), slot| (from.min(slot.0), to.max(slot.1)));
    if length <= SignedDuration::ZERO || to <= from || to.duration_since(from) > SignedDuration::from_hours(24 * 62) {
        return Err(bad("The times to choose from are empty or further apart than 62 days."));
    }
    let attendees = wanted["attendees"].as_array().into_iter().flatten().map(|one| {
        let address = one["emailAddress"]["address"].as_str().unwrap_or_default().to_owned();
        let user = call.world.directory.user(&address).filter(|user| user.tenant_id == call.caller.tenant_id);
        let entries = user.and_then(|user| call.world.mailboxes.get(&user.id)).map(|mailbox| free_busy::entries(mailbox, from, to));
        (address, one["type"].as_str().unwrap_or("required").to_owned(), entries)
    });
    Ok(Question {
        organizer: free_busy::entries(own, from, to),
        attendees: attendees.collect(),
        slots,
        length,
        least: wanted["minimumAttendeePercentage"].as_f64().unwrap_or(50.0),
        organizer_may_miss: wanted["isOrganizerOptional"].as_bool().unwrap_or_default(),
        at_work: constraint["activityDomain"].as_str().unwrap_or("work").eq_ignore_ascii_case("work"),
        most: wanted["maxCandidates"].as_u64().and_then(|most| usize::try_from(most).ok()).unwrap_or(20),
        wants_reason: wanted["returnSuggestionReasons"].as_bool().unwrap_or_default(),
    })
}

fn within(question: &Question<'_>, own: &Mailbox, (from, to): (Timestamp, Timestamp)) -> Vec<Suggestion> {
    let step_s = STEP.as_secs();
    let first = (from.as_second() + step_s - 1).div_euclid(step_s) * step_s;
    let starts = (0..).map_while(|count| Timestamp::from_second(first + count * step_s).ok());
    let fitting = starts.take_while(|at| later(*at, question.length) <= to);
    fitting.filter(|at| !question.at_work || is_at_work(own, *at, later(*at, question.length))).map(|at| judged(question, at)).collect()
}

fn judged(question: &Question<'_>, at: Timestamp) -> Suggestion {
    let end = later(at, question.length);
    let organizer = free_busy::at(&question.organizer, at, end);
    let known = |entries: &Option<Vec<Instance<'_>>>| entries.as_ref().map_or("unknown", |entries| free_busy::at(entries, at, end));
    let attendees: Vec<&str> = question.attendees.iter().map(|(_, _, entries)| known(entries)).collect();
    let worth = |status: &&str| match *status {
        "free" => 100.0,
        "unknown" => 49.0,
        _ => 0.0,
    };
    let all = attendees.iter().chain([&organizer]);
    let confidence = all.map(worth).sum::<f64>() / (attendees.len() + 1) as f64;
    Suggestion { at, confidence, organizer, attendees }
}

/// Within one working day of the organizer.
fn is_at_work(own: &Mailbox, from: Timestamp, to: Timestamp) -> bool {
    let hours = &own.settings().working_hours;
    let zone = zones::zone(hours["timeZone"]["name"].as_str().unwrap_or("UTC")).unwrap_or(jiff::tz::TimeZone::UTC);
    let (from, to) = (zones::wall_clock(from, &zone), zones::wall_clock(to, &zone));
    let time = |name: &str| hours[name].as_str().and_then(|text| text.parse::<Time>().ok());
    let (Some(start), Some(end)) = (time("startTime"), time("endTime")) else { return true };
    let day = from.strftime("%A").to_string().to_lowercase();
    let works = hours["daysOfWeek"].as_array().is_some_and(|days| days.iter().any(|one| one.as_str() == Some(day.as_str())));
    works && from.date() == to.date() && from.time() >= start && to.time() <= end
}

fn later(at: Timestamp, by: SignedDuration) -> Timestamp {
    at.checked_add(by).unwrap_or(at)
}
