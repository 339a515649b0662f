//! Calendar intents, for whoever sees all of the calendar that they are in: they name whom they invite.

use std::collections::HashMap;

use model::asked::AskedState;
use model::calendar_intent::CalendarIntent;
use model::id::{CalendarEventId, CalendarId, CalendarIntentId};
use store::calendar_intent::{self as rows, Listed};
use store::{Db, StoreError, calendar_event};

use super::calendar;
use crate::access::{Asker, Level};
use crate::view;

/// Which of them.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wanted {
    /// Of this calendar.
    pub calendar: Option<CalendarId>,
    /// About this event.
    pub event: Option<CalendarEventId>,
    /// In this state.
    pub state: Option<AskedState>,
    /// Older than this one.
    pub before: Option<CalendarIntentId>,
}

/// Intents of calendars of which the asker sees everything, the newest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, asker: &Asker, wanted: Wanted, limit: u32) -> Result<Vec<view::CalendarIntent>, StoreError> {
    let mut calendars = seen_whole(db, asker).await?;
    calendars.retain(|seen| wanted.calendar.is_none_or(|wanted| wanted == *seen));
    let listed = Listed { calendars: &calendars, event: wanted.event, state: wanted.state, before: wanted.before };
    let found = rows::list(db, asker.workspace, listed, limit).await?;
    named(db, found).await
}

/// One intent.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, asker: &Asker, id: CalendarIntentId) -> Result<Option<view::CalendarIntent>, StoreError> {
    let Some(found) = rows::find(db, id).await?.filter(|found| found.workspace == asker.workspace) else { return Ok(None) };
    if !seen_whole(db, asker).await?.contains(&found.calendar) {
        return Ok(None);
    }
    Ok(named(db, vec![found]).await?.pop())
}

async fn seen_whole(db: &Db, asker: &Asker) -> Result<Vec<CalendarId>, StoreError> {
    let seen = calendar::list(db, asker).await?.into_iter().filter(|shown| shown.seen.level == Level::Everything);
    Ok(seen.map(|shown| shown.calendar.id).collect())
}

/// As they are shown: events that were made bear the id that the mirror gave them.
async fn named(db: &Db, found: Vec<CalendarIntent>) -> Result<Vec<view::CalendarIntent>, StoreError> {
    let mut made: HashMap<CalendarId, Vec<&str>> = HashMap::new();
    for intent in found.iter().filter(|intent| intent.event.is_none()) {
        made.entry(intent.calendar).or_default().extend(intent.graph_id.as_deref());
    }
    let mut known = HashMap::new();
    for (calendar, graph_ids) in made.into_iter().filter(|(_, graph_ids)| !graph_ids.is_empty()) {
        let events = calendar_event::by_graph_ids(db, calendar, &graph_ids).await?;
        known.extend(events.into_iter().map(|event| (event.graph_id, event.id)));
    }
    let shown = found.into_iter().map(|mut intent| {
        intent.event = intent.event.or_else(|| intent.graph_id.as_ref().and_then(|id| known.get(id).copied()));
        view::CalendarIntent::of(intent)
    });
    Ok(shown.collect())
}
