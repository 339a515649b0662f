//! When people are free: what `getSchedule` and `findMeetingTimes` say (graph.md 8.7).
//!
//! Both change nothing, though they are `POST`. A schedule that cannot be shown has an error of its own beside those that can; of 20
//! schedules and 62 days at most. Times are asked for and come in UTC.

use std::time::Duration;

use base::Timestamp;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::access::Access;
use crate::calendar::event::{Attendee, DateTimeTimeZone};
use crate::calendar::preference;
use crate::call::Call;
use crate::client::Client;
use crate::error::GraphError;
use crate::mail::mailbox_path;
use crate::path::ResourcePath;
use transport::Effect;

/// Schedules that can be asked for at a time.
pub const SCHEDULES_MAX: usize = 20;
/// The longest span that can be asked for.
pub const SPAN_MAX: Duration = Duration::from_secs(62 * 24 * 3600);

/// Somebody's time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Schedule {
    /// The address that was asked for.
    pub schedule_id: String,
    /// What stands in it.
    pub schedule_items: Vec<ScheduleItem>,
    /// Why it cannot be shown.
    pub error: Option<ScheduleError>,
}

/// Time that is taken.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScheduleItem {
    /// `free`, `tentative`, `busy`, `oof` or `workingElsewhere`.
    pub status: Option<String>,
    /// From then.
    pub start: Option<DateTimeTimeZone>,
    /// Until then.
    pub end: Option<DateTimeTimeZone>,
}

/// Why a schedule cannot be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ScheduleError {
    /// Exchange's code, such as `ErrorMailRecipientNotFound`.
    pub response_code: Option<String>,
}

/// Times at which people could meet.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MeetingTimes {
    /// Why there are none: `attendeesUnavailable`, `organizerUnavailable` or others; empty if there are some.
    pub empty_suggestions_reason: String,
    /// The best first.
    pub meeting_time_suggestions: Vec<MeetingTime>,
}

/// A time at which people could meet.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct MeetingTime {
    /// How likely all come, in percent.
    pub confidence: f64,
    /// Whether the organizer is free, in the words of an item's status.
    pub organizer_availability: Option<String>,
    /// When.
    pub meeting_time_slot: Option<Slot>,
    /// Who is free then.
    pub attendee_availability: Vec<AttendeeAvailability>,
}

/// A span of time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Slot {
    /// From then.
    pub start: Option<DateTimeTimeZone>,
    /// Until then.
    pub end: Option<DateTimeTimeZone>,
}

/// Whether somebody is free.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct AttendeeAvailability {
    /// In the words of an item's status, or `unknown`.
    pub availability: Option<String>,
    /// Who.
    pub attendee: Option<Attendee>,
}

/// What is looked for.
#[derive(Clone, Debug)]
pub struct Meeting<'a> {
    /// Who should come; whether it can do without them.
    pub attendees: &'a [(String, bool)],
    /// Not before.
    pub from: Timestamp,
    /// Not after.
    pub until: Timestamp,
    /// How long, in minutes.
    pub minutes: u32,
    /// How many times to suggest, at most.
    pub limit: u32,
    /// How likely all must come, in percent.
    pub minimum_confidence: u32,
}

#[derive(Deserialize)]
struct Schedules {
    value: Vec<Schedule>,
}

fn utc(at: Timestamp) -> Value {
    json!({ "dateTime": at.to_string().trim_end_matches('Z'), "timeZone": "UTC" })
}

/// When these are free, as the account may see it.
///
/// # Errors
/// [`GraphError`].
pub async fn schedules(
    client: &Client,
    access: &Access,
    addresses: &[String],
    from: Timestamp,
    until: Timestamp,
) -> Result<Vec<Schedule>, GraphError> {
    let body = json!({ "schedules": addresses, "startTime": utc(from), "endTime": utc(until), "availabilityViewInterval": 30 });
    let call = asking(mailbox_path(access).literal("calendar").literal("getSchedule"), &body);
    Ok(client.call(access, call).await?.json::<Schedules>()?.value)
}

/// When these could meet with the account's own person.
///
/// # Errors
/// [`GraphError`].
pub async fn meeting_times(client: &Client, access: &Access, meeting: &Meeting<'_>) -> Result<MeetingTimes, GraphError> {
    let attendee = |(address, optional): &(String, bool)| json!({ "type": if *optional { "optional" } else { "required" }, "emailAddress": { "address": address } });
    let body = json!({
        "attendees": meeting.attendees.iter().map(attendee).collect::<Vec<_>>(),
        "timeConstraint": { "activityDomain": "work", "timeSlots": [{ "start": utc(meeting.from), "end": utc(meeting.until) }] },
        "meetingDuration": format!("PT{}M", meeting.minutes),
        "maxCandidates": meeting.limit,
        "minimumAttendeePercentage": meeting.minimum_confidence,
    });
    client.call(access, asking(mailbox_path(access).literal("findMeetingTimes"), &body)).await?.json()
}

fn asking(path: ResourcePath, body: &Value) -> Call {
    Call::post(path).json(body).prefer(&preference(None)).with_effect(Effect::Read)
}
