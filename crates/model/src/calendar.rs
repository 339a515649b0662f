//! Calendars and what stands in them.
//!
//! A *calendar event* is a single one, one occurrence of a series, an exception of a series, or the series itself (its master,
//! which is at no time). An occurrence says only when it is; what it is it takes from its series. Sources: Microsoft Graph, `event`;
//! RFC 5545, 3.8.5.

use base::Timestamp;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::id::{CalendarEventId, CalendarId, ConnectionId, WorkspaceId};
use crate::message::{Importance, Participant};

/// A calendar of a connected account: its own, or one that was shared with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Calendar {
    /// Its id.
    pub id: CalendarId,
    /// Whose data it is.
    pub workspace: WorkspaceId,
    /// Through which connection it is read.
    pub connection: ConnectionId,
    /// Microsoft's id.
    pub graph_id: String,
    /// Its name, in the language of the account.
    pub name: String,
    /// Its colour as `#rrggbb`, where one was chosen.
    pub color: Option<String>,
    /// Whether new events of the account go here.
    pub is_default: bool,
    /// Whether the account may write into it.
    pub can_edit: bool,
    /// Whose it is; somebody else than the account where it was shared.
    pub owner: Participant,
}

/// What kind of calendar event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarEventKind {
    /// It happens once.
    Single,
    /// One of a series, as the series has it.
    Occurrence,
    /// One of a series, changed.
    Exception,
    /// The series.
    Series,
}

impl CalendarEventKind {
    const ALL: [CalendarEventKind; 4] =
        [CalendarEventKind::Single, CalendarEventKind::Occurrence, CalendarEventKind::Exception, CalendarEventKind::Series];

    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            CalendarEventKind::Single => "single",
            CalendarEventKind::Occurrence => "occurrence",
            CalendarEventKind::Exception => "exception",
            CalendarEventKind::Series => "series",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}

/// An event of a calendar.
#[derive(Clone, Debug, PartialEq)]
pub struct CalendarEvent {
    /// Its id.
    pub id: CalendarEventId,
    /// In which calendar.
    pub calendar: CalendarId,
    /// Microsoft's immutable id.
    pub graph_id: String,
    /// What it is.
    pub kind: CalendarEventKind,
    /// Microsoft's id of the series that it is one of.
    pub series: Option<String>,
    /// When it begins; of whole days the midnight of the first one, which has no zone, as if it were UTC.
    pub start_at: Timestamp,
    /// When it ends, exclusive.
    pub end_at: Timestamp,
    /// What it is about; `None` of an occurrence, which has it from its series.
    pub detail: Option<Detail>,
}

/// What a calendar event is about.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Detail {
    /// The same for everybody who has the meeting.
    pub ical_uid: String,
    /// The subject.
    pub subject: String,
    /// The start of the text, at most 255 characters.
    pub preview: String,
    /// Where.
    pub location: String,
    /// Who called it.
    pub organizer: Participant,
    /// Who was invited.
    pub attendees: Vec<Attendee>,
    /// Whether the calendar's owner called it.
    pub is_organizer: bool,
    /// Whether it was called off.
    pub is_cancelled: bool,
    /// Whether it is of whole days.
    pub is_all_day: bool,
    /// `free`, `tentative`, `busy`, `oof`, `workingElsewhere` or `unknown`.
    pub show_as: String,
    /// Whether only its owner is to see what it is about: `private` or `confidential`.
    pub is_private: bool,
    /// How urgent it is.
    pub importance: Importance,
    /// The zone in which it was made, as it came: a Windows or an IANA name, or a custom one.
    pub zone: String,
    /// How a series recurs, as Microsoft writes it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recurrence: Option<serde_json::Value>,
    /// Of a series, the days whose occurrences were cancelled; `None` where Microsoft did not say.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancelled_days: Option<Vec<Date>>,
    /// Of an exception, when its series would have it begin.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub original_start: Option<Timestamp>,
    /// What the calendar's owner has answered.
    pub response: Response,
    /// Where it is joined online.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub join_url: Option<String>,
    /// Where Outlook on the web shows it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub web_link: Option<String>,
    /// Its categories.
    pub categories: Vec<String>,
    /// When it was made.
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    pub modified_at: Option<Timestamp>,
}

/// Somebody who was invited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Attendee {
    /// Who.
    #[serde(flatten)]
    pub who: Participant,
    /// Whether it goes on without.
    pub optional: bool,
    /// Whether it is a room or a device.
    pub resource: bool,
    /// What was answered.
    pub response: Response,
}

/// An answer to an invitation.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Response {
    /// No answer was asked for.
    #[default]
    None,
    /// It is one's own.
    Organizer,
    /// Maybe.
    TentativelyAccepted,
    /// Yes.
    Accepted,
    /// No.
    Declined,
    /// None so far.
    NotResponded,
}

impl Response {
    /// As Microsoft and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Response::None => "none",
            Response::Organizer => "organizer",
            Response::TentativelyAccepted => "tentativelyAccepted",
            Response::Accepted => "accepted",
            Response::Declined => "declined",
            Response::NotResponded => "notResponded",
        }
    }

    /// The answer of this name, `None` for an unknown one.
    pub fn named(name: &str) -> Self {
        let all = [Response::Organizer, Response::TentativelyAccepted, Response::Accepted, Response::Declined, Response::NotResponded];
        all.into_iter().find(|response| response.name().eq_ignore_ascii_case(name)).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back_as_they_are_written() {
        for kind in CalendarEventKind::ALL {
            assert_eq!(CalendarEventKind::named(kind.name()), Some(kind));
        }
        assert_eq!(Response::named("accepted"), Response::Accepted);
        assert_eq!(Response::named("something new"), Response::None);
        assert_eq!(serde_json::to_value(Response::TentativelyAccepted).unwrap(), Response::TentativelyAccepted.name());
    }

    #[test]
    fn what_was_kept_by_an_older_version_reads_with_its_gaps() {
        let detail: Detail = serde_json::from_str(r#"{"subject":"Plan","attendees":[{"address":"bo@acme.example"}]}"#).unwrap();
        assert_eq!((detail.subject.as_str(), detail.attendees[0].who.address.as_str()), ("Plan", "bo@acme.example"));
        assert_eq!(detail.attendees[0].response, Response::None);
    }
}
