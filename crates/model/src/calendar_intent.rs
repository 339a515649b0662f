//! Calendar intents: what somebody wants done in a calendar at Microsoft, from the asking to what came of it.
//!
//! Promises: what is kept here is complete, so that it can be carried whenever the calendar can be reached; times keep the zone in which
//! they were said, by the name that it was given (of Windows or of the IANA database); who is told is named by whoever asks, and nobody
//! else: an update adds only attendees that it names, and what is private has none.
//!
//! Sources: Microsoft Graph, `event` and its actions (reference for Graph, sections 8.1, 8.2, 8.4 and 8.5).

mod check;
#[cfg(test)]
mod tests;

use base::{Problem, Timestamp};
use jiff::civil::DateTime;
use serde::{Deserialize, Serialize};

use crate::asked::AskedState;
use crate::calendar::Response;
use crate::id::{CalendarEventId, CalendarId, CalendarIntentId, ConnectionId, WorkspaceId};
use crate::message::Participant;
use crate::recurrence::Recurrence;
use crate::zone;

pub use check::{ATTENDEES_MAX, CalendarFault, SUBJECT_LENGTH_MAX, TEXT_LENGTH_MAX};

/// What a clock shows, and where it hangs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LocalTime {
    /// What it shows.
    pub date_time: DateTime,
    /// The zone's name as it was given: of Windows or of the IANA database.
    pub time_zone: String,
}

impl LocalTime {
    /// The moment; `None` in a zone that is not known. An hour that the clocks skip counts after the gap, one that comes twice the
    /// first time.
    pub fn moment(&self) -> Option<Timestamp> {
        let zoned = self.date_time.to_zoned(zone::read(&self.time_zone).into_zone()?.rules).ok()?;
        Some(Timestamp::from_millis(zoned.timestamp().as_millisecond()))
    }
}

/// From when to when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// When it begins.
    pub start: LocalTime,
    /// When it ends, exclusive.
    pub end: LocalTime,
    /// Whether it is of whole days: both are midnights of the same zone then.
    #[serde(default)]
    pub is_all_day: bool,
}

/// How an event blocks its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ShowAs {
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

impl ShowAs {
    /// As Microsoft and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            ShowAs::Free => "free",
            ShowAs::Tentative => "tentative",
            ShowAs::Busy => "busy",
            ShowAs::Oof => "oof",
            ShowAs::WorkingElsewhere => "workingElsewhere",
        }
    }
}

/// In which role somebody is invited.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// It does not go on without.
    #[default]
    Required,
    /// It does.
    Optional,
    /// A room or a device.
    Resource,
}

impl Role {
    /// As Microsoft and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Required => "required",
            Role::Optional => "optional",
            Role::Resource => "resource",
        }
    }
}

/// Somebody who is to be invited.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Invited {
    /// Who.
    #[serde(flatten)]
    pub who: Participant,
    /// In which role.
    pub role: Role,
}

/// An event that is to be made.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NewCalendarEvent {
    /// The subject.
    pub subject: String,
    /// From when to when.
    #[serde(flatten)]
    pub span: Span,
    /// Where.
    #[serde(default)]
    pub location: String,
    /// What it is about: plain text.
    #[serde(default)]
    pub text: String,
    /// Who gets an invitation.
    #[serde(default)]
    pub attendees: Vec<Invited>,
    /// Whether it is held online, by Teams.
    #[serde(default)]
    pub online_meeting: bool,
    /// How it blocks its time; Microsoft's default is busy.
    #[serde(default)]
    pub show_as: Option<ShowAs>,
    /// Whether only its owner is to see what it is about.
    #[serde(default)]
    pub is_private: bool,
    /// How many minutes before its start its owner is reminded; Microsoft's default is the mailbox's.
    #[serde(default)]
    pub reminder_minutes: Option<u32>,
    /// How it recurs.
    #[serde(default)]
    pub recurrence: Option<Recurrence>,
}

/// How an event shall be; `None` leaves a thing as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CalendarEventUpdate {
    /// The subject.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subject: Option<String>,
    /// From when to when.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub span: Option<Span>,
    /// Where.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// What it is about: plain text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub text: Option<String>,
    /// How it blocks its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub show_as: Option<ShowAs>,
    /// Whether only its owner is to see what it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_private: Option<bool>,
    /// How many minutes before its start its owner is reminded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reminder_minutes: Option<u32>,
    /// Who gets an invitation beside those who have one.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub add_attendees: Vec<Invited>,
    /// Addresses of those who shall not be invited any more, and are told so.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remove_attendees: Vec<String>,
}

impl CalendarEventUpdate {
    /// Whether nothing shall change.
    pub fn is_empty(&self) -> bool {
        *self == CalendarEventUpdate::default()
    }

    /// Whether it depends on who is invited already.
    pub fn is_relative(&self) -> bool {
        !self.add_attendees.is_empty() || !self.remove_attendees.is_empty()
    }
}

/// An answer to an invitation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Yes, maybe or no.
    pub response: Response,
    /// A word to the organizer.
    #[serde(default)]
    pub comment: String,
    /// Whether the organizer is told.
    pub tells_organizer: bool,
    /// A time that would be better; not with a yes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub proposal: Option<Span>,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CalendarDeed {
    /// Make an event, and invite its attendees.
    Create(Box<NewCalendarEvent>),
    /// Change one of which the calendar's owner is the organizer; attendees are told.
    Update(Box<CalendarEventUpdate>),
    /// Call a meeting off, and tell its attendees, with this word to them.
    Cancel(String),
    /// Take it out of the calendar without a word to anybody.
    Delete,
    /// Answer an invitation.
    Answer(Box<Answer>),
}

impl CalendarDeed {
    /// Its name, for events and the audit.
    pub const fn name(&self) -> &'static str {
        match self {
            CalendarDeed::Create(_) => "create",
            CalendarDeed::Update(_) => "update",
            CalendarDeed::Cancel(_) => "cancel",
            CalendarDeed::Delete => "delete",
            CalendarDeed::Answer(_) => "answer",
        }
    }
}

/// How the event was before Microsoft was asked to do something with it that cannot be taken back: by it is told whether it was done
/// when the answer was lost.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CalendarBegun {
    /// When Microsoft was about to be asked.
    pub at: Timestamp,
    /// The version of the event then.
    pub change_key: Option<String>,
    /// When its owner had last answered then, as Microsoft wrote it.
    pub answered: Option<String>,
}

/// A calendar intent.
#[derive(Clone, Debug, PartialEq)]
pub struct CalendarIntent {
    /// Its id.
    pub id: CalendarIntentId,
    /// Whose data.
    pub workspace: WorkspaceId,
    /// Through which connection it is done.
    pub connection: ConnectionId,
    /// In which calendar.
    pub calendar: CalendarId,
    /// With which event of the mirror; `None` for one that is to be made.
    pub event: Option<CalendarEventId>,
    /// Microsoft's id of the event, or of its series where that is meant; `None` for one that was not made yet.
    pub graph_id: Option<String>,
    /// What is to be done.
    pub deed: CalendarDeed,
    /// How far it is.
    pub state: AskedState,
    /// Where Microsoft was asked and the answer is not known.
    pub begun: Option<CalendarBegun>,
    /// How often Microsoft did not let it succeed.
    pub tries: u32,
    /// Why it still waits or has failed.
    pub problem: Option<Problem>,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// When it was done or failed.
    pub ended_at: Option<Timestamp>,
}

impl CalendarIntent {
    /// One that is asked for now, by `asked_by`, in a calendar of a connection.
    pub fn asked(
        (workspace, connection, calendar): (WorkspaceId, ConnectionId, CalendarId),
        target: Option<(CalendarEventId, String)>,
        deed: CalendarDeed,
        asked_by: impl Into<String>,
        now: Timestamp,
    ) -> Self {
        let (event, graph_id) = target.map_or((None, None), |(event, graph_id)| (Some(event), Some(graph_id)));
        CalendarIntent {
            id: CalendarIntentId::new(now),
            workspace,
            connection,
            calendar,
            event,
            graph_id,
            deed,
            state: AskedState::Waiting,
            begun: None,
            tries: 0,
            problem: None,
            asked_by: asked_by.into(),
            asked_at: now,
            ended_at: None,
        }
    }

    /// By what Microsoft knows an event that is to be made from every other: the same for each try, and kept with the row.
    pub fn transaction_id(&self) -> String {
        format!("rapport-{}", self.id)
    }
}
