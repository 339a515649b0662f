//! A calendar feed as the outside reads it: never its address, but for the moment in which it is made.

use base::Timestamp;
use serde::{Deserialize, Serialize};
use store::calendar_feed;
use utoipa::ToSchema;

use super::id;

/// How much a feed says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedDetails {
    /// What events are about.
    All,
    /// Only when time is taken.
    Busy,
}

/// A secret address at which other programs subscribe to calendars.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct CalendarFeed {
    /// Its id.
    #[schema(value_type = id::CalendarFeedId)]
    pub id: model::id::CalendarFeedId,
    /// Through which connection its calendars are read.
    #[schema(value_type = id::ConnectionId)]
    pub connection: model::id::ConnectionId,
    /// The calendar; `null` for all of the connection.
    #[schema(value_type = Option<id::CalendarId>)]
    pub calendar: Option<model::id::CalendarId>,
    /// What subscribers call it.
    pub name: String,
    /// How much it says.
    pub details: FeedDetails,
    /// Whether it says that much of private events too; otherwise these are busy time.
    pub private_details: bool,
    /// Who made it.
    pub created_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it was last given another address.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub renewed_at: Option<Timestamp>,
    /// When it was last read at its present address, to the minute.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub last_read_at: Option<Timestamp>,
    /// When it was revoked.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

/// A calendar feed that has just been made or renewed.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MadeCalendarFeed {
    /// What is known of it from now on.
    #[serde(flatten)]
    pub about: CalendarFeed,
    /// Its address. It is not shown again, and whoever has it reads the feed.
    pub url: String,
}

impl CalendarFeed {
    /// A feed as the outside reads it.
    pub fn of(feed: calendar_feed::CalendarFeed) -> Self {
        CalendarFeed {
            id: feed.id,
            connection: feed.connection,
            calendar: feed.calendar,
            name: feed.name,
            details: if feed.details { FeedDetails::All } else { FeedDetails::Busy },
            private_details: feed.private_details,
            created_by: feed.created_by,
            created_at: feed.created_at,
            renewed_at: feed.renewed_at,
            last_read_at: feed.last_read_at,
            revoked_at: feed.revoked_at,
        }
    }
}
