//! Writing events: made, changed, called off, deleted, answered.
//!
//! Nothing here may simply be done again, because attendees are sent mail each time (graph.md 8.4); a lost answer is
//! `Recourse::Verify`, and each call has its way to look:
//! - `POST …/calendars/{id}/events` carries a `transactionId`: the same again gives the event that is there, or a 409 (8.1). Whether it is
//!   there is looked for by [`made`]. That a list could be filtered by `transactionId` is documented nowhere, so it is filtered by
//!   the start, which is (2.1), and the property compared here.
//! - `PATCH …/events/{id}` of fixed values mails attendees even if nothing changes: [`state`] comes first, and afterwards. Attendees are
//!   replaced whole, so that a change of them names the version that was looked at (`If-Match`, 412).
//! - `cancel` and `DELETE` leave nothing behind: it is gone then.
//! - `accept`, `tentativelyAccept` and `decline` leave a new `responseStatus` with its time; what is declined leaves the calendar.

use base::Timestamp;
use http::{HeaderValue, header};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::access::Access;
use crate::calendar::event::{DateTimeTimeZone, Event};
use crate::call::Call;
use crate::client::Client;
use crate::error::GraphError;
use crate::mail::{ItemBody, mailbox_path};
use crate::path::ResourcePath;
use transport::Effect;

/// What of an event is looked at before it is written.
const SELECT: &str = "id,changeKey,type,subject,body,start,end,isAllDay,isCancelled,isOrganizer,organizer,attendees,location,showAs,sensitivity,\
isReminderOn,reminderMinutesBeforeStart,isOnlineMeeting,responseStatus,allowNewTimeProposals,seriesMasterId";
/// What of an event is looked at to find one by its `transactionId`.
const SELECT_MADE: &str = "id,transactionId";
/// Events asked for on a page of those that begin at about the same time.
const PAGE_SIZE: &str = "100";
/// Pages of them: beyond that something is wrong with the list.
const PAGES_MAX: usize = 50;

/// Properties of an event that are to be written; what is `None` is left out.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EventProperties {
    /// By which the same event is known when it is made twice; only for a new one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub transaction_id: Option<String>,
    /// The subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// The text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub body: Option<TextBody>,
    /// When it begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start: Option<DateTimeTimeZone>,
    /// When it ends.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub end: Option<DateTimeTimeZone>,
    /// Whether it is of whole days.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_all_day: Option<bool>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<Place>,
    /// All attendees: those that are not named are invited no more.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attendees: Option<Vec<Invited>>,
    /// `free`, `tentative`, `busy`, `oof` or `workingElsewhere`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_as: Option<&'static str>,
    /// `normal` or `private`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sensitivity: Option<&'static str>,
    /// Whether there is a reminder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_reminder_on: Option<bool>,
    /// How long before the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminder_minutes_before_start: Option<u32>,
    /// Whether it is held online.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_online_meeting: Option<bool>,
    /// By whom, such as `teamsForBusiness`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub online_meeting_provider: Option<&'static str>,
    /// How it recurs, as Graph writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<Value>,
}

/// A plain text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct TextBody {
    content_type: &'static str,
    content: String,
}

impl TextBody {
    /// This text.
    pub fn new(content: impl Into<String>) -> Self {
        TextBody { content_type: "text", content: content.into() }
    }
}

/// A place by its name.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Place {
    /// Its name for people.
    pub display_name: String,
}

/// Somebody who is to be invited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Invited {
    /// `required`, `optional` or `resource`.
    #[serde(rename = "type")]
    pub kind: String,
    /// Name and address.
    pub email_address: InvitedAddress,
}

/// Name and address of somebody who is to be invited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct InvitedAddress {
    /// The address.
    pub address: String,
    /// The name; Exchange takes the address where there is none.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub name: String,
}

/// What an event is like, as far as writing it depends on that.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct EventState {
    /// What every event has.
    #[serde(flatten)]
    pub event: Event,
    /// Its text, made plain.
    pub body: Option<ItemBody>,
    /// Whether there is a reminder.
    pub is_reminder_on: Option<bool>,
    /// How long before the start.
    pub reminder_minutes_before_start: Option<i64>,
    /// Whether it is held online.
    pub is_online_meeting: Option<bool>,
    /// Whether attendees may propose another time; they may if nothing is said.
    pub allow_new_time_proposals: Option<bool>,
}

/// An event that was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MadeEvent {
    /// Its immutable id.
    pub id: String,
    /// By which it is known when it is made twice.
    pub transaction_id: Option<String>,
}

/// An answer to an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reply {
    /// Yes.
    Accept,
    /// Maybe.
    TentativelyAccept,
    /// No.
    Decline,
}

impl Reply {
    const fn action(self) -> &'static str {
        match self {
            Reply::Accept => "accept",
            Reply::TentativelyAccept => "tentativelyAccept",
            Reply::Decline => "decline",
        }
    }
}

/// What goes with an answer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Letter {
    /// A word to the organizer.
    pub comment: String,
    /// Whether the organizer is told.
    pub is_sent: bool,
    /// A time that would be better, from when to when; not with a yes.
    pub proposal: Option<(DateTimeTimeZone, DateTimeTimeZone)>,
}

fn preference() -> String {
    format!("{}, outlook.body-content-type=\"text\"", super::preference(None))
}

fn event_path(access: &Access, id: &str) -> ResourcePath {
    mailbox_path(access).literal("events").segment(id)
}

fn if_match(call: Call, change_key: Option<&str>) -> Result<Call, GraphError> {
    let Some(key) = change_key else { return Ok(call) };
    let etag = HeaderValue::try_from(format!("W/\"{key}\"")).map_err(|_| GraphError::Unaskable("the change key is no header"))?;
    Ok(call.header(header::IF_MATCH, etag))
}

/// Makes an event in a calendar; whoever is an attendee is sent an invitation. The properties have a `transactionId`.
///
/// # Errors
/// [`GraphError`]; `Verify` when it may have been made: make it again or look with [`made`]; `is_conflict()` when it was made before.
pub async fn create(client: &Client, access: &Access, calendar_id: &str, event: &EventProperties) -> Result<MadeEvent, GraphError> {
    if event.transaction_id.is_none() {
        return Err(GraphError::Unaskable("the new event has no transactionId"));
    }
    let path = mailbox_path(access).literal("calendars").segment(calendar_id).literal("events");
    client.call(access, Call::post(path).json(event).prefer(&super::preference(None))).await?.json()
}

/// The event of this `transactionId` in a calendar, if it begins from `from` on and before `until`.
///
/// # Errors
/// [`GraphError`]: it is not known whether there is one.
pub async fn made(
    client: &Client,
    access: &Access,
    calendar_id: &str,
    transaction_id: &str,
    (from, until): (Timestamp, Timestamp),
) -> Result<Option<MadeEvent>, GraphError> {
    let (from, until) = (from.to_string(), until.to_string());
    let (from, until) = (from.trim_end_matches('Z'), until.trim_end_matches('Z'));
    let filter = format!("start/dateTime ge '{from}' and start/dateTime lt '{until}'");
    let path = mailbox_path(access).literal("calendars").segment(calendar_id).literal("events");
    let path = path.query("$filter", &filter).query("$select", SELECT_MADE).query("$top", PAGE_SIZE);
    let mut call = Call::get(path);
    for _ in 0..PAGES_MAX {
        let page = client.list_page::<MadeEvent>(access, call.prefer(&super::preference(None))).await?;
        if let Some(found) = page.items.into_iter().find(|event| event.transaction_id.as_deref() == Some(transaction_id)) {
            return Ok(Some(found));
        }
        match page.next {
            Some(next) => call = Call::follow_next(&next),
            None => return Ok(None),
        }
    }
    Err(GraphError::Unaskable("the list of events has no end"))
}

/// What an event is like now; `None` if it is gone.
///
/// # Errors
/// [`GraphError`]: it is not known.
pub async fn state(client: &Client, access: &Access, id: &str) -> Result<Option<EventState>, GraphError> {
    let call = Call::get(event_path(access, id).query("$select", SELECT)).prefer(&preference());
    match client.call(access, call).await {
        Ok(answer) => answer.json().map(Some),
        Err(error) if error.is_not_found() => Ok(None),
        Err(error) => Err(error),
    }
}

/// Changes properties of an event, or of one occurrence; attendees are told. Where attendees change, `change_key` is the version by
/// which they were put together.
///
/// # Errors
/// [`GraphError`]; `Verify` when it may have been changed, or somebody else changed it since: look with [`state`].
pub async fn update(
    client: &Client,
    access: &Access,
    id: &str,
    wanted: &EventProperties,
    change_key: Option<&str>,
) -> Result<(), GraphError> {
    if *wanted == EventProperties::default() {
        return Err(GraphError::Unaskable("nothing of the event shall change"));
    }
    let call = Call::patch(event_path(access, id)).json(wanted).prefer(&super::preference(None));
    let call = if_match(call.with_effect(Effect::Once), change_key)?;
    client.call(access, call).await.map(drop)
}

/// Calls a meeting, or one occurrence, off; attendees are told. For its organizer alone.
///
/// # Errors
/// [`GraphError`]; `Verify` when it may have been called off: look with [`state`].
pub async fn cancel(client: &Client, access: &Access, id: &str, comment: &str) -> Result<(), GraphError> {
    let call = Call::post(event_path(access, id).literal("cancel")).json(&json!({"comment": comment}));
    client.call(access, call.prefer(&super::preference(None))).await.map(drop)
}

/// Takes an event, or one occurrence, out of its calendar. **An organizer's attendees are told that it is called off.**
///
/// # Errors
/// [`GraphError`]; `Verify` when it may be gone: look with [`state`]; `is_not_found()` when it was gone already.
pub async fn delete(client: &Client, access: &Access, id: &str, change_key: Option<&str>) -> Result<(), GraphError> {
    let call = Call::delete(event_path(access, id)).with_effect(Effect::Once).prefer(&super::preference(None));
    client.call(access, if_match(call, change_key)?).await.map(drop)
}

/// Answers an invitation. For attendees alone.
///
/// # Errors
/// [`GraphError`]; `Verify` when it may have been answered: look with [`state`].
pub async fn answer(client: &Client, access: &Access, id: &str, reply: Reply, letter: &Letter) -> Result<(), GraphError> {
    let mut body = json!({"comment": letter.comment, "sendResponse": letter.is_sent});
    if let Some((start, end)) = &letter.proposal {
        body["proposedNewTime"] = json!({"start": start, "end": end});
    }
    let call = Call::post(event_path(access, id).literal(reply.action())).json(&body);
    client.call(access, call.prefer(&super::preference(None))).await.map(drop)
}

#[cfg(test)]
mod tests;
