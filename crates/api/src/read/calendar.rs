//! Calendars and what stands in them, as their asker may see them.
//!
//! A calendar is seen as far as the mailbox of the same account is; where no mail of the account is mirrored, by its own person,
//! by administrators, and by programs that are confined to no mailbox. What is private is busy to everybody but its own person.

use std::collections::HashMap;
use std::time::Duration;

use base::{Problem, Timestamp};
use model::calendar::{Calendar, CalendarEvent};
use model::id::{CalendarEventId, CalendarId, ConnectionId};
use store::calendar::Place;
use store::calendar_event::{self, Slice};
use store::connection::{Connection, ConnectionState};
use store::{Db, StoreError, calendar, connection, mailbox};

use crate::access::{Asker, Level, Mailboxes, Sight, Who};
use crate::view;

/// How much of the end of a window may be new while a new round reads it: the reserve of windows, and a day.
const NEW_AT_THE_END: Duration = Duration::from_secs(8 * 86_400);

/// How much of a calendar an asker sees.
#[derive(Clone, Copy, Debug)]
pub struct Seen {
    /// Of what it is about.
    pub level: Level,
    /// Whether it is the asker's own.
    pub own: bool,
}

/// A calendar with what is known beside it.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The calendar.
    pub calendar: Calendar,
    /// How far it has been read.
    pub place: Place,
    /// The address of the account that it is read through.
    pub account: String,
    /// How much of it the asker sees.
    pub seen: Seen,
    /// Why it stands still, if it does.
    pub problem: Option<Problem>,
}

/// The calendars of which the asker sees anything, those of one account together.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, asker: &Asker) -> Result<Vec<Shown>, StoreError> {
    let mailboxes = mailbox::list(db, asker.workspace).await?;
    let sight = Sight::over(&mailboxes, asker);
    let connections = connection::list(db, asker.workspace).await?;
    let seen = |connection: &Connection| {
        let own = asker.owns(&connection.account_id, &connection.principal_name);
        let mailbox = mailboxes.iter().find(|mailbox| mailbox.graph_user_id == connection.account_id);
        let level = match mailbox {
            _ if own => Level::Everything,
            Some(mailbox) => sight.level(mailbox.id),
            None if is_unconfined(asker) => Level::Everything,
            None => Level::Nothing,
        };
        Seen { level, own }
    };
    let connections: HashMap<ConnectionId, (Connection, Seen)> =
        connections.into_iter().map(|connection| (connection.id, (connection.clone(), seen(&connection)))).collect();
    let shown = calendar::list(db, asker.workspace).await?.into_iter().filter_map(|(calendar, place)| {
        let (connection, seen) = connections.get(&calendar.connection)?;
        let is_there = connection.state != ConnectionState::Disconnected && seen.level > Level::Nothing;
        let (account, problem) = (connection.principal_name.clone(), connection.problem.clone());
        is_there.then_some(Shown { calendar, place, account, seen: *seen, problem })
    });
    Ok(shown.collect())
}

/// Whether the asker sees calendars that no mirrored mailbox speaks for: an administrator, or a program that is confined to no mailbox.
pub fn is_unconfined(asker: &Asker) -> bool {
    asker.is_administrator() || (!matches!(asker.who, Who::Person { .. }) && asker.mailboxes == Mailboxes::All)
}

/// The time of which everything in a calendar is here; `None` before it was read for the first time. While a new round is read, that of which the round before it had everything.
pub fn known(place: &Place) -> Option<(Timestamp, Timestamp)> {
    match (place.synced_at, place.first_synced_at) {
        (Some(_), _) => Some((place.from, place.until)),
        (None, Some(_)) => Some((place.from, place.until.minus(NEW_AT_THE_END))),
        (None, None) => None,
    }
}

/// What stands in these calendars, the earliest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn events(
    db: &Db,
    calendars: &[Shown],
    time: (Timestamp, Timestamp),
    slice: Slice,
) -> Result<Vec<view::CalendarEvent>, StoreError> {
    let ids: Vec<CalendarId> = calendars.iter().map(|shown| shown.calendar.id).collect();
    let seen: HashMap<CalendarId, Seen> = calendars.iter().map(|shown| (shown.calendar.id, shown.seen)).collect();
    let found = calendar_event::list(db, &ids, time, slice).await?;
    Ok(found.into_iter().filter_map(|event| shown(event, &seen)).collect())
}

/// One calendar event.
///
/// # Errors
/// As [`Db::query`].
pub async fn event(db: &Db, asker: &Asker, id: CalendarEventId) -> Result<Option<view::CalendarEvent>, StoreError> {
    let Some(found) = calendar_event::find(db, id).await? else { return Ok(None) };
    let seen = list(db, asker).await?.into_iter().map(|shown| (shown.calendar.id, shown.seen)).collect();
    Ok(shown(found, &seen))
}

fn shown(event: CalendarEvent, seen: &HashMap<CalendarId, Seen>) -> Option<view::CalendarEvent> {
    let seen = seen.get(&event.calendar)?;
    Some(view::CalendarEvent::of(event, *seen))
}
