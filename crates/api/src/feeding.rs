//! Calendar feeds: who may make one, its secret address, and what stands at it.
//!
//! Whoever has the address reads without being asked who they are, so a feed is made by a calendar's own person, an administrator, or a
//! program that sees the calendar whole; what is private is shown in it only at the wish of its own person. The secret has 256 bits, and
//! only a hash of it is kept. A feed that was revoked, one whose account was parted from, and none at all are the same from outside.

use std::time::Duration;

use aws_lc_rs::digest;
use base::{Secret, Timestamp, random};
use model::calendar::Calendar;
use model::icalendar::{self, Mirrored};
use store::calendar::Place;
use store::calendar_feed::{self, CalendarFeed};
use store::connection::ConnectionState;
use store::{StoreError, Transaction, calendar, calendar_event, connection};

use crate::access::{Asker, Level, Who};
use crate::read::calendar::{Shown, known};
use crate::state::State;

/// Where feeds stand.
pub const PLACE: &str = "/calendar/feeds/";
/// How the address of each ends: programs go by it.
pub const ENDING: &str = ".ics";
/// How far back a feed reaches.
const BACK: Duration = Duration::from_secs(366 * 86_400);
/// The most rows of one calendar in a feed; beyond, the oldest are left out.
const EVENTS_MAX: u32 = 20_000;
/// How often it is written down that a feed was read.
const READ_EVERY: Duration = Duration::from_secs(60);

/// A secret that was just made: its address is shown once.
pub struct Made {
    /// The secret.
    pub secret: Secret<String>,
    /// What is kept of it.
    pub hash: Vec<u8>,
}

/// Makes a secret.
pub fn make() -> Made {
    let secret = random::token();
    Made { hash: hash(&secret), secret: Secret::new(secret) }
}

fn hash(secret: &str) -> Vec<u8> {
    digest::digest(&digest::SHA256, secret.as_bytes()).as_ref().to_vec()
}

/// The address of a feed.
pub fn address(state: &State, secret: &Secret<String>) -> String {
    let base = state.settings.base_url.as_str().trim_end_matches('/');
    format!("{base}{PLACE}{}{ENDING}", secret.expose())
}

/// Whether this asker may have a feed of a calendar, as far as it is a matter of who they are. The scope is another question.
pub fn may_feed(asker: &Asker, shown: &Shown) -> bool {
    let is_trusted = asker.is_administrator() || !matches!(asker.who, Who::Person { .. });
    shown.seen.own || (is_trusted && shown.seen.level == Level::Everything)
}

/// What stands at the address of this secret; `None` where no feed holds.
///
/// # Errors
/// When the database does not answer.
pub async fn open(state: &State, secret: &str) -> Result<Option<String>, StoreError> {
    let now = state.clock.now();
    let found = calendar_feed::by_hash(&state.db, &hash(secret)).await?;
    let Some(feed) = found.filter(|feed| feed.revoked_at.is_none()) else { return Ok(None) };
    let connected = connection::find(&state.db, feed.connection).await?;
    if connected.is_none_or(|connected| connected.state == ConnectionState::Disconnected) {
        return Ok(None);
    }
    let mut mirrored = Vec::new();
    for (calendar, place) in calendars(state, &feed).await? {
        let events = calendar_event::as_kept(&state.db, calendar.id, now.minus(BACK), EVENTS_MAX).await?;
        // Where something was left out, what is missing is not cancelled.
        let known = known(&place).filter(|_| events.len() < EVENTS_MAX as usize);
        mirrored.push(Mirrored { events, known });
    }
    note_reading(state, &feed, now).await?;
    let shown = icalendar::Shown { details: feed.details, private_details: feed.private_details };
    Ok(Some(icalendar::write(&feed.name, &mirrored, shown)))
}

async fn calendars(state: &State, feed: &CalendarFeed) -> Result<Vec<(Calendar, Place)>, StoreError> {
    match feed.calendar {
        Some(calendar) => Ok(calendar::find(&state.db, calendar).await?.into_iter().collect()),
        None => calendar::of_connection(&state.db, feed.connection).await,
    }
}

async fn note_reading(state: &State, feed: &CalendarFeed, now: Timestamp) -> Result<(), StoreError> {
    if feed.last_read_at.is_some_and(|last| now.since(last) < READ_EVERY) {
        return Ok(());
    }
    let read = calendar_feed::set_read(feed.id, now, now.minus(READ_EVERY));
    state.db.commit(Transaction::new("feed.read").with(read)).await.map(drop)
}
