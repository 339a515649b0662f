//! What is done with meetings: answered, called off, passed on; and their reminders (reference: Graph, section 8.4).

use serde_json::{Map, Value, json};

use super::access::{Wish, open};
use super::event_input::moment;
use super::events::{delete_quietly, find};
use crate::Refusal;
use crate::graph::call::{Call, Owner};
use crate::graph::drafts::{bad, body};
use crate::graph::messages::{not_found, refusal};
use crate::graph::reply::Reply;
use crate::meetings::{self, Letter, MeetingMail};

/// The actions on an event.
pub const ACTIONS: [&str; 8] =
    ["accept", "tentativelyAccept", "decline", "cancel", "forward", "snoozeReminder", "dismissReminder", "permanentDelete"];

/// `POST …/events/{id}/{action}`
///
/// # Errors
/// 400 for what the event does not allow, 403, 404.
pub fn act(call: &mut Call<'_>, owner: &Owner, id: &str, action: &str) -> Result<Reply, Refusal> {
    let wish = if action == "forward" { Wish::Read } else { Wish::Write };
    let desk = open(call, owner, wish)?;
    let (reference, _) = find(call, &desk, id)?;
    let user = desk.user.id.clone();
    let parameters = parameters(call)?;
    let is_organizer = desk.mailbox(call).agenda().instance(reference).ok_or_else(not_found)?.truth("isOrganizer");
    let comment = text(&parameters, "comment");
    match action {
        "accept" => respond(call, &user, reference, MeetingMail::Accepted, &parameters),
        "tentativelyAccept" => respond(call, &user, reference, MeetingMail::TentativelyAccepted, &parameters),
        "decline" => respond(call, &user, reference, MeetingMail::Declined, &parameters),
        "cancel" if !is_organizer => Err(bad("Your request can't be completed. You need to be an organizer to cancel a meeting.")),
        "cancel" => {
            meetings::cancel(call.world, &user, reference, &comment);
            delete_quietly(call.world, &user, reference)?;
            Ok(Reply::empty(202))
        }
        "forward" => {
            let to = get(&parameters, "toRecipients").and_then(Value::as_array).cloned().unwrap_or_default();
            let to: Vec<String> = to.iter().filter_map(|one| Some(one["emailAddress"]["address"].as_str()?.to_owned())).collect();
            if to.is_empty() {
                return Err(Refusal::new(400, "ErrorInvalidRecipients", "At least one recipient isn't valid."));
            }
            meetings::forward(call.world, &user, reference, &to, &comment);
            Ok(Reply::empty(202))
        }
        "permanentDelete" => {
            delete_quietly(call.world, &user, reference)?;
            Ok(Reply::empty(204))
        }
        _ => remind(call, &user, reference, action, &parameters),
    }
}

fn respond(
    call: &mut Call<'_>,
    user: &str,
    reference: crate::mailbox::calendar::EventReference,
    answer: MeetingMail,
    parameters: &Map<String, Value>,
) -> Result<Reply, Refusal> {
    let mailbox = call.world.mailboxes.get(user).ok_or_else(not_found)?;
    let instance = mailbox.agenda().instance(reference).ok_or_else(not_found)?;
    if instance.truth("isOrganizer") {
        return Err(bad("Your request can't be completed. You can't respond to this meeting because you're the meeting organizer."));
    }
    if instance.truth("isCancelled") {
        return Err(bad("Your request can't be completed. The meeting has been canceled."));
    }
    let is_sent = get(parameters, "sendResponse").and_then(Value::as_bool).unwrap_or(true);
    let proposal = get(parameters, "proposedNewTime").filter(|value| !value.is_null()).cloned();
    if let Some(proposal) = &proposal {
        if answer == MeetingMail::Accepted || !is_sent || !instance.truth("allowNewTimeProposals") {
            return Err(bad("A new time can't be proposed with this response."));
        }
        moment(&proposal["start"], "start")?;
        moment(&proposal["end"], "end")?;
    }
    let letter = Letter { is_sent, comment: text(parameters, "comment"), proposal };
    meetings::respond(call.world, user, reference, answer, &letter).map_err(refusal)?;
    Ok(Reply::empty(202))
}

/// `snoozeReminder` and `dismissReminder`
fn remind(
    call: &mut Call<'_>,
    user: &str,
    reference: crate::mailbox::calendar::EventReference,
    action: &str,
    parameters: &Map<String, Value>,
) -> Result<Reply, Refusal> {
    let now = call.world.now();
    let mailbox = call.world.mailboxes.get_mut(user).ok_or_else(not_found)?;
    let starts = mailbox.agenda().instance(reference).ok_or_else(not_found)?.times.starts_at();
    let set = if action == "snoozeReminder" {
        let (at, zone) = moment(get(parameters, "newReminderTime").unwrap_or(&Value::Null), "newReminderTime")?;
        let zone = crate::zones::zone(&zone).unwrap_or(jiff::tz::TimeZone::UTC);
        let minutes = starts.duration_since(crate::zones::instant(at, &zone)).as_mins();
        json!({"isReminderOn": true, "reminderMinutesBeforeStart": minutes})
    } else {
        json!({"isReminderOn": false})
    };
    let mut set = set.as_object().cloned().unwrap_or_default();
    let done = match reference.date {
        Some(date) => mailbox.alter_occurrence(reference.item, date, now, |exception| exception.properties.append(&mut set)),
        None => mailbox.alter_event(reference.item, now, |event| event.properties.append(&mut set)),
    };
    done.map_err(refusal)?;
    Ok(Reply::empty(200))
}

fn parameters(call: &Call<'_>) -> Result<Map<String, Value>, Refusal> {
    if call.request.body.trim_ascii().is_empty() {
        return Ok(Map::new());
    }
    body(call)?.as_object().cloned().ok_or_else(|| bad("The parameters are a JSON object."))
}

/// Names of parameters are taken in any case (reference: Graph, section 8.4).
fn get<'a>(parameters: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    parameters.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn text(parameters: &Map<String, Value>, name: &str) -> String {
    get(parameters, name).and_then(Value::as_str).unwrap_or_default().to_owned()
}
