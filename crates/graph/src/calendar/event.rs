//! Events as Graph describes them.
//!
//! Every property but the id is optional: the delta of a calendar's view gives occurrences as stubs of five properties, and
//! exceptions sometimes without what they share with their series (graph.md 4.4). [`Event::is_whole`] tells the two apart.
//! Properties that we do not read are skipped; the recurrence is kept as it came.

use base::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::mail::reading_time as time;
use crate::mail::{EmailAddress, Recipient};
use crate::page::{Delta, DeltaEntry, RemovedMark};

/// What a master is asked for. In a delta nothing can be selected (graph.md 4.3).
pub const SELECT: &str = "id,changeKey,createdDateTime,lastModifiedDateTime,subject,bodyPreview,start,end,originalStartTimeZone,\
isAllDay,isCancelled,isOrganizer,organizer,attendees,location,showAs,sensitivity,importance,type,seriesMasterId,recurrence,iCalUId,\
responseStatus,onlineMeeting,onlineMeetingUrl,webLink,categories,hideAttendees,originalStart,cancelledOccurrences";

/// An event, whole or as a stub.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Event {
    /// Its immutable id.
    pub id: String,
    #[serde(rename = "@removed")]
    removed: Option<RemovedMark>,
    /// `singleInstance`, `occurrence`, `exception` or `seriesMaster`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// The id of its series, of an occurrence or an exception.
    pub series_master_id: Option<String>,
    /// Its version.
    pub change_key: Option<String>,
    /// The same for all who have the meeting; of an occurrence the date is in it.
    #[serde(rename = "iCalUId")]
    pub ical_uid: Option<String>,
    /// When it was made.
    #[serde(deserialize_with = "time")]
    pub created_date_time: Option<Timestamp>,
    /// When anything of it last changed.
    #[serde(deserialize_with = "time")]
    pub last_modified_date_time: Option<Timestamp>,
    /// The subject.
    pub subject: Option<String>,
    /// The start of the text, 255 characters at most.
    pub body_preview: Option<String>,
    /// When it begins.
    pub start: Option<DateTimeTimeZone>,
    /// When it ends.
    pub end: Option<DateTimeTimeZone>,
    /// The zone in which it was made: a Windows or an IANA name, or `tzone://Microsoft/Custom`.
    pub original_start_time_zone: Option<String>,
    /// Whether it is of whole days.
    pub is_all_day: Option<bool>,
    /// Whether it was called off.
    pub is_cancelled: Option<bool>,
    /// Whether the owner of the calendar called it.
    pub is_organizer: Option<bool>,
    /// Who called it.
    pub organizer: Option<Recipient>,
    /// Who was invited.
    pub attendees: Option<Vec<Attendee>>,
    /// Where.
    pub location: Option<Location>,
    /// `free`, `tentative`, `busy`, `oof`, `workingElsewhere` or `unknown`.
    pub show_as: Option<String>,
    /// `normal`, `personal`, `private` or `confidential`.
    pub sensitivity: Option<String>,
    /// `low`, `normal` or `high`.
    pub importance: Option<String>,
    /// How it recurs, as it came; of a master only.
    pub recurrence: Option<Value>,
    /// The ids of occurrences that were cancelled (`OID.….2026-08-03`); of a master only, and only where they are asked for.
    pub cancelled_occurrences: Option<Vec<String>>,
    /// When its series would have it begin; of an exception only.
    #[serde(deserialize_with = "time")]
    pub original_start: Option<Timestamp>,
    /// What the owner of the calendar has answered.
    pub response_status: Option<ResponseStatus>,
    /// How to join it online.
    pub online_meeting: Option<OnlineMeeting>,
    /// The same in the older way.
    pub online_meeting_url: Option<String>,
    /// Where Outlook on the web shows it.
    pub web_link: Option<String>,
    /// The names of its categories.
    pub categories: Option<Vec<String>>,
}

impl Event {
    /// Whether all that there is to say of it is here, so that an absent property is an empty one. A stub has no version.
    pub const fn is_whole(&self) -> bool {
        self.change_key.is_some() || self.ical_uid.is_some()
    }
}

impl DeltaEntry for Event {
    fn into_delta(self) -> Delta<Self> {
        if self.removed.is_some() { Delta::Removed { id: self.id } } else { Delta::Changed(self) }
    }
}

/// A time in a zone.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct DateTimeTimeZone {
    /// `2026-03-01T09:00:00.0000000`: without an offset.
    pub date_time: Option<String>,
    /// The zone's name.
    pub time_zone: Option<String>,
}

impl DateTimeTimeZone {
    /// The moment, where the zone is UTC as we ask for. UTC comes under two names (graph.md 8.2).
    pub fn utc(&self) -> Option<Timestamp> {
        let zone = self.time_zone.as_deref().unwrap_or("UTC");
        let known = ["UTC", "tzone://Microsoft/Utc", "Etc/UTC", "Etc/GMT"].iter().any(|name| name.eq_ignore_ascii_case(zone));
        let text = self.date_time.as_deref().filter(|_| known)?;
        Timestamp::parse(&format!("{}Z", text.trim_end_matches('Z')))
    }
}

/// Somebody who was invited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Attendee {
    /// `required`, `optional` or `resource`.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// Name and address.
    pub email_address: Option<EmailAddress>,
    /// What was answered.
    pub status: Option<ResponseStatus>,
}

/// An answer to an invitation.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct ResponseStatus {
    /// `none`, `organizer`, `tentativelyAccepted`, `accepted`, `declined` or `notResponded`.
    pub response: Option<String>,
    /// When, as it came; a time long ago where nothing was answered.
    pub time: Option<String>,
}

/// A place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Location {
    /// Its name for people.
    pub display_name: Option<String>,
}

/// An online meeting.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct OnlineMeeting {
    /// Where it is joined.
    pub join_url: Option<String>,
}
