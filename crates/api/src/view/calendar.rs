//! A calendar and what stands in it, as the outside reads them.

use base::Timestamp;
use model::calendar::{Detail, Response};
use serde::Serialize;
use utoipa::ToSchema;

use super::{Participant, id};
use crate::access::Level;
use crate::read::calendar::{Seen, Shown};

/// A calendar.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Calendar {
    /// Its id.
    #[schema(value_type = id::CalendarId)]
    pub id: model::id::CalendarId,
    /// Through which connection it is read.
    #[schema(value_type = id::ConnectionId)]
    pub connection: model::id::ConnectionId,
    /// The address of the account that it is read through.
    pub account: String,
    /// The provider's id of it.
    pub provider_id: String,
    /// Its name for people.
    pub name: String,
    /// Its colour as `#rrggbb`, where one was chosen.
    pub color: Option<String>,
    /// Whether new events of the account go here.
    pub is_default: bool,
    /// Whether the account may write into it.
    pub can_edit: bool,
    /// Whose it is: somebody else than the account, where it was shared.
    pub owner: Participant,
    /// From when on it is mirrored; `null` before it is.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub mirrored_from: Option<Timestamp>,
    /// Until when.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub mirrored_until: Option<Timestamp>,
    /// When it was last read whole; `null` while that goes on for the first time.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub synced_at: Option<Timestamp>,
}

impl Calendar {
    /// As it is seen.
    pub fn of(shown: Shown) -> Self {
        let Shown { calendar, place, account, .. } = shown;
        let mirrored = place.round > 0;
        Calendar {
            id: calendar.id,
            connection: calendar.connection,
            account,
            provider_id: calendar.graph_id,
            name: calendar.name,
            color: calendar.color,
            is_default: calendar.is_default,
            can_edit: calendar.can_edit,
            owner: Participant::of(&calendar.owner),
            mirrored_from: mirrored.then_some(place.from),
            mirrored_until: mirrored.then_some(place.until),
            synced_at: place.synced_at,
        }
    }
}

/// What kind of calendar event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
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

/// An answer to an invitation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeetingResponse {
    /// No answer was asked for.
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

/// Somebody who was invited.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Attendee {
    /// The name, as far as one is given.
    pub name: String,
    /// The address.
    pub email: String,
    /// Whether it goes on without.
    pub is_optional: bool,
    /// Whether it is a room or a device.
    pub is_resource: bool,
    /// What was answered.
    pub response: MeetingResponse,
}

/// An event of a calendar. What you may not see of it is `null`.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CalendarEvent {
    /// Its id.
    #[schema(value_type = id::CalendarEventId)]
    pub id: model::id::CalendarEventId,
    /// In which calendar.
    #[schema(value_type = id::CalendarId)]
    pub calendar: model::id::CalendarId,
    /// The provider's id of it.
    pub provider_id: String,
    /// The same for everybody who has the meeting.
    pub ical_uid: Option<String>,
    /// What it is.
    pub kind: CalendarEventKind,
    /// The provider's id of the series that it is one of.
    pub series: Option<String>,
    /// When it begins. Of whole days: the midnight of the first one, which has no zone, as if it were UTC.
    #[schema(value_type = String, format = DateTime)]
    pub start_at: Timestamp,
    /// When it ends, exclusive.
    #[schema(value_type = String, format = DateTime)]
    pub end_at: Timestamp,
    /// Whether it is of whole days.
    pub is_all_day: bool,
    /// The zone in which it was made: a Windows or an IANA name, or a custom one.
    pub time_zone: Option<String>,
    /// The subject.
    pub subject: Option<String>,
    /// The start of the text.
    pub preview: Option<String>,
    /// Where.
    pub location: Option<String>,
    /// Who called it.
    pub organizer: Option<Participant>,
    /// Who was invited.
    pub attendees: Option<Vec<Attendee>>,
    /// Whether the calendar's owner called it.
    pub is_organizer: bool,
    /// Whether it was called off.
    pub is_cancelled: bool,
    /// Whether only its owner sees what it is about.
    pub is_private: bool,
    /// `free`, `tentative`, `busy`, `oof`, `workingElsewhere` or `unknown`.
    pub show_as: String,
    /// What the calendar's owner has answered.
    pub response: MeetingResponse,
    /// Where it is joined online.
    pub join_url: Option<String>,
    /// Where Outlook on the web shows it.
    pub web_link: Option<String>,
    /// When it was made.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub created_at: Option<Timestamp>,
    /// When it last changed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub updated_at: Option<Timestamp>,
}

impl CalendarEvent {
    /// As much of it as is seen.
    pub fn of(event: model::calendar::CalendarEvent, seen: Seen) -> Self {
        let detail = event.detail.unwrap_or_default();
        let level = if detail.is_private && !seen.own { Level::Nothing } else { seen.level };
        let Detail { subject, preview, location, organizer, attendees, .. } = detail;
        let subject_shown = level >= Level::Subject;
        CalendarEvent {
            id: event.id,
            calendar: event.calendar,
            provider_id: event.graph_id,
            ical_uid: Some(detail.ical_uid).filter(|uid| !uid.is_empty()),
            kind: event.kind.into(),
            series: event.series,
            start_at: event.start_at,
            end_at: event.end_at,
            is_all_day: detail.is_all_day,
            time_zone: Some(detail.zone).filter(|zone| !zone.is_empty()),
            subject: subject_shown.then_some(subject),
            preview: (level >= Level::Everything).then_some(preview),
            location: subject_shown.then_some(location),
            organizer: (level >= Level::Metadata).then(|| Participant::of(&organizer)),
            attendees: (level >= Level::Metadata).then(|| attendees.into_iter().map(Attendee::from).collect()),
            is_organizer: detail.is_organizer,
            is_cancelled: detail.is_cancelled,
            is_private: detail.is_private,
            show_as: detail.show_as,
            response: detail.response.into(),
            join_url: detail.join_url.filter(|_| level >= Level::Everything),
            web_link: detail.web_link.filter(|_| seen.own),
            created_at: detail.created_at,
            updated_at: detail.modified_at,
        }
    }
}

impl From<model::calendar::CalendarEventKind> for CalendarEventKind {
    fn from(kind: model::calendar::CalendarEventKind) -> Self {
        use model::calendar::CalendarEventKind as Kind;
        match kind {
            Kind::Single => CalendarEventKind::Single,
            Kind::Occurrence => CalendarEventKind::Occurrence,
            Kind::Exception => CalendarEventKind::Exception,
            Kind::Series => CalendarEventKind::Series,
        }
    }
}

impl MeetingResponse {
    /// As the provider and compatible readers write it.
    pub(crate) const fn compatible_name(self) -> &'static str {
        match self {
            MeetingResponse::None => Response::None.name(),
            MeetingResponse::Organizer => Response::Organizer.name(),
            MeetingResponse::TentativelyAccepted => Response::TentativelyAccepted.name(),
            MeetingResponse::Accepted => Response::Accepted.name(),
            MeetingResponse::Declined => Response::Declined.name(),
            MeetingResponse::NotResponded => Response::NotResponded.name(),
        }
    }
}

impl From<Response> for MeetingResponse {
    fn from(response: Response) -> Self {
        match response {
            Response::None => MeetingResponse::None,
            Response::Organizer => MeetingResponse::Organizer,
            Response::TentativelyAccepted => MeetingResponse::TentativelyAccepted,
            Response::Accepted => MeetingResponse::Accepted,
            Response::Declined => MeetingResponse::Declined,
            Response::NotResponded => MeetingResponse::NotResponded,
        }
    }
}

impl From<model::calendar::Attendee> for Attendee {
    fn from(attendee: model::calendar::Attendee) -> Self {
        Attendee {
            name: attendee.who.name,
            email: attendee.who.address,
            is_optional: attendee.optional,
            is_resource: attendee.resource,
            response: attendee.response.into(),
        }
    }
}
