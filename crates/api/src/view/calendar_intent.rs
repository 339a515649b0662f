//! Writing calendars as the outside asks for it, and calendar intents as it reads them.

use base::Timestamp;
use model::calendar::Response;
use model::calendar_intent::{self as intent, CalendarDeed, LocalTime, Role, ShowAs, Span};
use model::message::Participant as Party;
use model::recurrence::Recurrence;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use super::{Problem, ZonedTime, id};
use crate::failure::Failure;

/// In which role somebody is invited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum AttendeeRole {
    /// It does not go on without.
    #[default]
    Required,
    /// It does.
    Optional,
    /// A room or a device.
    Resource,
}

/// How an event blocks its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub enum CalendarShowAs {
    /// Not at all.
    Free,
    /// Perhaps.
    Tentative,
    /// It does.
    Busy,
    /// Its owner is out of office.
    Oof,
    /// Its owner works, elsewhere.
    WorkingElsewhere,
}

/// Somebody who is to be invited.
#[derive(Clone, Debug, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAttendee {
    /// The address.
    #[schema(max_length = 254)]
    pub email: String,
    /// The name.
    #[serde(default)]
    pub name: String,
    /// In which role.
    #[serde(default)]
    pub role: AttendeeRole,
}

/// An event that is to be made.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCalendarEvent {
    /// In which calendar.
    #[schema(value_type = id::CalendarId)]
    pub calendar: model::id::CalendarId,
    /// The subject.
    #[schema(max_length = 255)]
    pub subject: String,
    /// When it begins.
    pub start: ZonedTime,
    /// When it ends, exclusive.
    pub end: ZonedTime,
    /// Whether it is of whole days: then both are midnights of one zone.
    #[serde(default)]
    pub is_all_day: bool,
    /// Where.
    #[serde(default)]
    #[schema(max_length = 255)]
    pub location: String,
    /// What it is about: plain text.
    #[serde(default)]
    #[schema(max_length = 50_000)]
    pub text: String,
    /// Who gets an invitation; nobody else does.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub attendees: Vec<NewAttendee>,
    /// Whether it is held online, by Teams.
    #[serde(default)]
    pub online_meeting: bool,
    /// How it blocks its time; `busy` if nothing is said.
    #[serde(default)]
    pub show_as: Option<CalendarShowAs>,
    /// Whether only its owner is to see what it is about. What is private has no attendees.
    #[serde(default)]
    pub is_private: bool,
    /// How many minutes before its start its owner is reminded.
    #[serde(default)]
    #[schema(maximum = 40_320)]
    pub reminder_minutes: Option<u32>,
    /// How it recurs, as Microsoft Graph's `patternedRecurrence` says it.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    pub recurrence: Option<Value>,
}

/// How an event shall be; what is left out stays as it is.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct CalendarEventChange {
    /// The subject.
    #[schema(max_length = 255)]
    pub subject: Option<String>,
    /// When it begins; together with `end`.
    pub start: Option<ZonedTime>,
    /// When it ends, exclusive; together with `start`.
    pub end: Option<ZonedTime>,
    /// Whether it is of whole days; with `start` and `end`.
    pub is_all_day: Option<bool>,
    /// Where.
    #[schema(max_length = 255)]
    pub location: Option<String>,
    /// What it is about: plain text. Not of an online meeting, whose text says how to join it.
    #[schema(max_length = 50_000)]
    pub text: Option<String>,
    /// How it blocks its time.
    pub show_as: Option<CalendarShowAs>,
    /// Whether only its owner is to see what it is about.
    pub is_private: Option<bool>,
    /// How many minutes before its start its owner is reminded.
    #[schema(maximum = 40_320)]
    pub reminder_minutes: Option<u32>,
    /// Who gets an invitation, beside those who have one.
    #[schema(max_items = 500)]
    pub add_attendees: Vec<NewAttendee>,
    /// Addresses of those who shall not be invited any more; they are told so.
    #[schema(max_items = 500)]
    pub remove_attendees: Vec<String>,
    /// Change the whole series, not this one of it.
    pub whole_series: bool,
}

/// How a meeting is called off.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cancellation {
    /// A word to the attendees.
    pub comment: String,
    /// The whole series, not this one of it.
    pub whole_series: bool,
}

/// An answer that can be given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MeetingAnswer {
    /// Yes.
    Accepted,
    /// Maybe.
    TentativelyAccepted,
    /// No: it leaves the calendar.
    Declined,
}

/// A time that would be better.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ProposedTime {
    /// When it would begin.
    pub start: ZonedTime,
    /// When it would end.
    pub end: ZonedTime,
}

/// An answer to an invitation.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvitationAnswer {
    /// Yes, maybe or no.
    pub response: MeetingAnswer,
    /// A word to the organizer.
    #[serde(default)]
    pub comment: String,
    /// Whether the organizer is told.
    #[serde(default = "yes")]
    #[schema(default = true)]
    pub tells_organizer: bool,
    /// A time that would be better; with a maybe or a no.
    #[serde(default)]
    pub proposed_new_time: Option<ProposedTime>,
    /// The whole series, not this one of it.
    #[serde(default)]
    pub whole_series: bool,
}

const fn yes() -> bool {
    true
}

fn local(time: &ZonedTime) -> Result<LocalTime, Failure> {
    let date_time = time.date_time.parse().ok().filter(|_| !time.date_time.contains(['Z', '+', '[']));
    let date_time = date_time.ok_or_else(|| {
        let detail = "`date_time` is what a clock shows, without an offset; the zone stands beside it.";
        Failure::unprocessable("time_wrong", "A time cannot be read.", detail, "Write it such as `2026-03-02T09:00:00`.")
    })?;
    Ok(LocalTime { date_time, time_zone: time.time_zone.trim().to_owned() })
}

fn span(start: &ZonedTime, end: &ZonedTime, is_all_day: bool) -> Result<Span, Failure> {
    Ok(Span { start: local(start)?, end: local(end)?, is_all_day })
}

impl NewAttendee {
    fn read(self) -> intent::Invited {
        let role = match self.role {
            AttendeeRole::Required => Role::Required,
            AttendeeRole::Optional => Role::Optional,
            AttendeeRole::Resource => Role::Resource,
        };
        intent::Invited { who: Party { name: self.name.trim().to_owned(), address: self.email.trim().to_owned() }, role }
    }
}

impl From<CalendarShowAs> for ShowAs {
    fn from(show_as: CalendarShowAs) -> Self {
        match show_as {
            CalendarShowAs::Free => ShowAs::Free,
            CalendarShowAs::Tentative => ShowAs::Tentative,
            CalendarShowAs::Busy => ShowAs::Busy,
            CalendarShowAs::Oof => ShowAs::Oof,
            CalendarShowAs::WorkingElsewhere => ShowAs::WorkingElsewhere,
        }
    }
}

impl NewCalendarEvent {
    /// What is wanted.
    ///
    /// # Errors
    /// 422 for a time or a recurrence that cannot be read.
    pub fn deed(self) -> Result<CalendarDeed, Failure> {
        let recurrence = self.recurrence.map(serde_json::from_value::<Recurrence>).transpose().map_err(|error| {
            let action = "Write it as Microsoft Graph's `patternedRecurrence`.";
            Failure::unprocessable("recurrence_wrong", "The recurrence cannot be read.", format!("{error}."), action)
        })?;
        Ok(CalendarDeed::Create(Box::new(intent::NewCalendarEvent {
            subject: self.subject.trim().to_owned(),
            span: span(&self.start, &self.end, self.is_all_day)?,
            location: self.location.trim().to_owned(),
            text: self.text,
            attendees: self.attendees.into_iter().map(NewAttendee::read).collect(),
            online_meeting: self.online_meeting,
            show_as: self.show_as.map(ShowAs::from),
            is_private: self.is_private,
            reminder_minutes: self.reminder_minutes,
            recurrence,
        })))
    }
}

impl CalendarEventChange {
    /// What is wanted.
    ///
    /// # Errors
    /// 422 for a time that cannot be read, or half a time.
    pub fn deed(self) -> Result<CalendarDeed, Failure> {
        let span = match (&self.start, &self.end) {
            (Some(start), Some(end)) => Some(span(start, end, self.is_all_day.unwrap_or_default())?),
            (None, None) if self.is_all_day.is_none() => None,
            _ => {
                let detail = "`start`, `end` and `is_all_day` say together when it is.";
                return Err(Failure::unprocessable("half_a_time", "It is not clear when it shall be.", detail, "Name `start` and `end`."));
            }
        };
        Ok(CalendarDeed::Update(Box::new(intent::CalendarEventUpdate {
            subject: self.subject.map(|subject| subject.trim().to_owned()),
            span,
            location: self.location.map(|location| location.trim().to_owned()),
            text: self.text,
            show_as: self.show_as.map(ShowAs::from),
            is_private: self.is_private,
            reminder_minutes: self.reminder_minutes,
            add_attendees: self.add_attendees.into_iter().map(NewAttendee::read).collect(),
            remove_attendees: self.remove_attendees.into_iter().map(|address| address.trim().to_owned()).collect(),
        })))
    }
}

impl InvitationAnswer {
    /// What is wanted.
    ///
    /// # Errors
    /// 422 for a time that cannot be read.
    pub fn deed(self) -> Result<CalendarDeed, Failure> {
        let proposal = self.proposed_new_time.map(|time| span(&time.start, &time.end, false)).transpose()?;
        let response = match self.response {
            MeetingAnswer::Accepted => Response::Accepted,
            MeetingAnswer::TentativelyAccepted => Response::TentativelyAccepted,
            MeetingAnswer::Declined => Response::Declined,
        };
        let answer = intent::Answer { response, comment: self.comment, tells_organizer: self.tells_organizer, proposal };
        Ok(CalendarDeed::Answer(Box::new(answer)))
    }
}

/// What is wanted done in a calendar, and what came of it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CalendarIntent {
    /// Its id.
    #[schema(value_type = id::CalendarIntentId)]
    pub id: model::id::CalendarIntentId,
    /// In which calendar.
    #[schema(value_type = id::CalendarId)]
    pub calendar: model::id::CalendarId,
    /// With which calendar event. One that was made is known once the calendar was read again.
    #[schema(value_type = Option<id::CalendarEventId>)]
    pub calendar_event: Option<model::id::CalendarEventId>,
    /// The provider's id of the calendar event, or of its series where that is meant.
    pub provider_id: Option<String>,
    /// `create`, `update`, `cancel`, `delete` or `answer`.
    #[schema(value_type = String)]
    pub deed: &'static str,
    /// Addresses of those who get an invitation by it.
    pub invites: Vec<String>,
    /// Addresses of those who are told that they are invited no more.
    pub uninvites: Vec<String>,
    /// `waiting`, `done` (or it was so already) or `failed` (it was not done, and is not tried again).
    #[schema(value_type = String)]
    pub state: &'static str,
    /// Why it still waits or has failed.
    pub problem: Option<Problem>,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// When it was done or failed.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub ended_at: Option<Timestamp>,
}

impl CalendarIntent {
    /// As the outside reads it.
    pub fn of(intent: intent::CalendarIntent) -> Self {
        let addresses = |invited: &[intent::Invited]| invited.iter().map(|one| one.who.address.clone()).collect();
        let (invites, uninvites) = match &intent.deed {
            CalendarDeed::Create(new) => (addresses(&new.attendees), Vec::new()),
            CalendarDeed::Update(update) => (addresses(&update.add_attendees), update.remove_attendees.clone()),
            CalendarDeed::Cancel(_) | CalendarDeed::Delete | CalendarDeed::Answer(_) => (Vec::new(), Vec::new()),
        };
        CalendarIntent {
            id: intent.id,
            calendar: intent.calendar,
            calendar_event: intent.event,
            provider_id: intent.graph_id,
            deed: intent.deed.name(),
            invites,
            uninvites,
            state: intent.state.name(),
            problem: intent.problem.as_ref().map(Problem::of),
            asked_by: intent.asked_by,
            asked_at: intent.asked_at,
            ended_at: intent.ended_at,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn code<T: std::fmt::Debug>(outcome: Result<T, Failure>) -> String {
        outcome.unwrap_err().problem.code
    }

    #[test]
    fn half_a_time_and_one_with_an_offset_are_refused() {
        let change = |body: Value| serde_json::from_value::<CalendarEventChange>(body).unwrap().deed();
        let time = |text: &str| json!({"date_time": text, "time_zone": "UTC"});
        assert_eq!(code(change(json!({"start": time("2026-03-02T09:00:00")}))), "half_a_time");
        assert_eq!(code(change(json!({"is_all_day": true}))), "half_a_time");
        assert_eq!(code(change(json!({"start": time("2026-03-02T09:00:00+01:00"), "end": time("2026-03-02T10:00:00")}))), "time_wrong");
        assert!(change(json!({"start": time("2026-03-02T09:00:00"), "end": time("2026-03-02T10:00:00")})).is_ok());
    }

    #[test]
    fn an_answer_tells_the_organizer_unless_it_says_otherwise() {
        let answer = |body: Value| match serde_json::from_value::<InvitationAnswer>(body).unwrap().deed().unwrap() {
            CalendarDeed::Answer(answer) => answer.tells_organizer,
            other => panic!("{other:?}"),
        };
        assert!(answer(json!({"response": "declined"})));
        assert!(!answer(json!({"response": "tentatively_accepted", "tells_organizer": false})));
    }
}
