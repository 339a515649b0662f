//! When people are free, as the outside asks for it and reads it.

use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::CalendarShowAs;

/// Whose time is looked at.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AvailabilityQuery {
    /// Addresses of people and rooms of the organisation.
    #[schema(min_items = 1, max_items = 20)]
    pub addresses: Vec<String>,
    /// From then.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Until then, 62 days later at most.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
}

/// When people are free.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Availability {
    /// Each address that was asked for, in that order.
    pub data: Vec<PersonAvailability>,
}

/// When somebody is free.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct PersonAvailability {
    /// Whose time it is.
    pub address: String,
    /// What is taken of it, in order. What is not listed is free.
    pub taken: Vec<TakenTime>,
    /// Why it cannot be said, in Exchange's word, such as `ErrorMailRecipientNotFound`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// Time that is taken. What for is not told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct TakenTime {
    /// From then.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Until then.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// How.
    pub show_as: CalendarShowAs,
}

/// What a time is looked for.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MeetingTimeQuery {
    /// Who should come, besides the calendar's owner.
    #[schema(max_items = 20)]
    pub attendees: Vec<WantedAttendee>,
    /// Not before.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Not after, 62 days later at most.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// How long it takes, in minutes.
    #[schema(minimum = 5, maximum = 1440)]
    pub minutes: u32,
    /// How many times to suggest.
    #[serde(default = "some")]
    #[schema(minimum = 1, maximum = 50)]
    pub limit: u32,
    /// How likely all must come for a time to be suggested, in percent; with 100, only times at which all are free.
    #[serde(default = "likely")]
    #[schema(minimum = 0, maximum = 100)]
    pub minimum_confidence: u32,
}

const fn some() -> u32 {
    10
}

const fn likely() -> u32 {
    50
}

/// Somebody who should come.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedAttendee {
    /// The address.
    pub email: String,
    /// Whether it goes on without.
    #[serde(default)]
    pub optional: bool,
}

/// Times at which people could meet.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MeetingTimes {
    /// The best first.
    pub data: Vec<MeetingTime>,
    /// Why there are none, in Exchange's word, such as `attendeesUnavailable`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A time at which people could meet, within the owner's working hours.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MeetingTime {
    /// From then.
    #[schema(value_type = String, format = DateTime)]
    pub from: Timestamp,
    /// Until then.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
    /// How likely all come, in percent.
    pub confidence: f64,
    /// Who could come, in Exchange's words: `free`, `tentative`, `busy`, `oof`, `workingElsewhere` or `unknown`.
    pub attendees: Vec<AttendeeAvailability>,
}

/// Whether somebody could come.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct AttendeeAvailability {
    /// Who.
    pub email: String,
    /// In Exchange's word.
    pub availability: String,
}
