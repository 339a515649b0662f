//! Calendar events. An occurrence is kept as it comes, and joined with its series when it is read.

use base::Timestamp;
use model::calendar::{CalendarEvent, CalendarEventKind, Detail};
use model::id::{CalendarEventId, CalendarId};

use crate::db::Db;
use crate::dialect::{numbers, texts};
use crate::error::StoreError;
use crate::meeting;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;

/// A place in a list: behind this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    /// When it began.
    pub start_at: Timestamp,
    /// Its id.
    pub id: CalendarEventId,
}

/// A piece of a list.
#[derive(Clone, Copy, Debug)]
pub struct Slice {
    /// Behind which it begins.
    pub behind: Option<Behind>,
    /// How many are left out then.
    pub offset: i64,
    /// How many it has at most.
    pub limit: u32,
}

/// Keeps a calendar event, new or known, as one that pass `round` has shown, with who is in it.
pub fn put(event: &CalendarEvent, round: i64) -> Vec<Statement> {
    const SQL: &str = "INSERT INTO calendar_event (id, calendar_id, graph_id, kind, series_id, start_at, end_at, detail, seen_round)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (calendar_id, graph_id) DO UPDATE SET kind = excluded.kind, series_id = excluded.series_id, start_at = excluded.start_at,
            end_at = excluded.end_at, detail = excluded.detail, seen_round = excluded.seen_round";
    let detail = event.detail.as_ref().map(|detail| serde_json::to_string(detail).expect("a detail is JSON"));
    let mut statements = vec![Statement::new(
        SQL,
        [
            event.id.into(),
            event.calendar.into(),
            (&event.graph_id).into(),
            event.kind.name().into(),
            event.series.as_ref().into(),
            event.start_at.into(),
            event.end_at.into(),
            detail.into(),
            round.into(),
        ],
    )];
    statements.extend(meeting::note(event));
    statements
}

/// Notes that these were shown in pass `round` and are as they were.
pub fn seen(events: &[CalendarEventId], round: i64) -> Statement {
    const SQL: &str = "UPDATE calendar_event SET seen_round = $2 WHERE id IN {numbers $1}";
    Statement::new(SQL, [numbers(events.iter().map(|id| id.number())).into(), round.into()])
}

/// Takes those of these Graph ids out of a calendar.
pub fn remove(calendar: CalendarId, graph_ids: &[&str]) -> Statement {
    const SQL: &str = "DELETE FROM calendar_event WHERE calendar_id = $1 AND graph_id IN {texts $2}";
    Statement::new(SQL, [calendar.into(), texts(graph_ids).into()])
}

/// Takes out what pass `round` over everything from `from` on did not show, and the series of which nothing is left. What ended
/// before stays as it was.
pub fn sweep(calendar: CalendarId, round: i64, from: Timestamp) -> [Statement; 2] {
    const UNSEEN: &str = "DELETE FROM calendar_event WHERE calendar_id = $1 AND seen_round < $2 AND end_at > $3 AND kind <> 'series'";
    const SERIES: &str = "DELETE FROM calendar_event WHERE calendar_id = $1 AND kind = 'series' AND NOT EXISTS (SELECT 1
        FROM calendar_event AS one WHERE one.calendar_id = $1 AND one.series_id = calendar_event.graph_id)";
    [Statement::new(UNSEEN, [calendar.into(), round.into(), from.into()]), Statement::new(SERIES, [calendar.into()])]
}

/// What [`sweep`] of these would take out now, each with its kind.
///
/// # Errors
/// As [`Db::query`].
pub async fn swept(
    db: &Db,
    calendar: CalendarId,
    round: i64,
    from: Timestamp,
) -> Result<Vec<(CalendarEventId, CalendarEventKind)>, StoreError> {
    const SQL: &str = "SELECT id, kind FROM calendar_event WHERE calendar_id = $1
        AND ((kind <> 'series' AND seen_round < $2 AND end_at > $3) OR (kind = 'series' AND NOT EXISTS (SELECT 1
            FROM calendar_event AS one WHERE one.calendar_id = $1 AND one.series_id = calendar_event.graph_id
                AND NOT (one.seen_round < $2 AND one.end_at > $3)))) ORDER BY id";
    let rows = db.query(SQL, [calendar.into(), round.into(), from.into()]).await?;
    rows.into_iter().map(|mut row| Ok((row.read()?, kind_of(&row.read::<String>()?)?))).collect()
}

fn kind_of(name: &str) -> Result<CalendarEventKind, StoreError> {
    CalendarEventKind::named(name).ok_or_else(|| StoreError::Broken(format!("a calendar event is of kind {name}")))
}

/// Those of these Graph ids that a calendar has, as they are kept.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_graph_ids(db: &Db, calendar: CalendarId, graph_ids: &[&str]) -> Result<Vec<CalendarEvent>, StoreError> {
    const SQL: &str = "SELECT id, calendar_id, graph_id, kind, series_id, start_at, end_at, detail FROM calendar_event
        WHERE calendar_id = $1 AND graph_id IN {texts $2}";
    db.query(SQL, [calendar.into(), texts(graph_ids).into()]).await?.into_iter().map(event_of).collect()
}

/// What stands in these calendars from `from` to `until`, the earliest first, occurrences with what they have from their series.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(
    db: &Db,
    calendars: &[CalendarId],
    (from, until): (Timestamp, Timestamp),
    slice: Slice,
) -> Result<Vec<CalendarEvent>, StoreError> {
    const SQL: &str = "SELECT one.id, one.calendar_id, one.graph_id, one.kind, one.series_id, one.start_at, one.end_at,
            COALESCE(one.detail, series.detail) FROM calendar_event AS one
        LEFT JOIN calendar_event AS series ON series.calendar_id = one.calendar_id AND series.graph_id = one.series_id
        WHERE one.calendar_id IN {numbers $1} AND one.kind <> 'series' AND one.end_at > $2 AND one.start_at < $3
            AND (one.start_at, one.id) > ($4, $5) ORDER BY one.start_at, one.id LIMIT $6 OFFSET $7";
    let (start_at, id) = slice.behind.map_or((i64::MIN, i64::MIN), |behind| (behind.start_at.millis(), behind.id.number()));
    let calendars = numbers(calendars.iter().map(|id| id.number()));
    let args: [Value; 7] =
        [calendars.into(), from.into(), until.into(), start_at.into(), id.into(), slice.limit.into(), slice.offset.into()];
    db.query(SQL, args).await?.into_iter().map(event_of).collect()
}

/// What stands in a calendar and ends after `since`, each with its own detail only, and every series: these first, then the latest
/// first, at most `limit`.
///
/// # Errors
/// As [`Db::query`].
pub async fn as_kept(db: &Db, calendar: CalendarId, since: Timestamp, limit: u32) -> Result<Vec<CalendarEvent>, StoreError> {
    const SQL: &str = "SELECT id, calendar_id, graph_id, kind, series_id, start_at, end_at, detail FROM calendar_event
        WHERE calendar_id = $1 AND (end_at > $2 OR kind = 'series')
        ORDER BY CASE WHEN kind = 'series' THEN 0 ELSE 1 END, start_at DESC, id DESC LIMIT $3";
    db.query(SQL, [calendar.into(), since.into(), limit.into()]).await?.into_iter().map(event_of).collect()
}

/// How many stand in these calendars from `from` to `until`.
///
/// # Errors
/// As [`Db::query`].
pub async fn count(db: &Db, calendars: &[CalendarId], (from, until): (Timestamp, Timestamp)) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT COUNT(*) FROM calendar_event
        WHERE calendar_id IN {numbers $1} AND kind <> 'series' AND end_at > $2 AND start_at < $3";
    let calendars = numbers(calendars.iter().map(|id| id.number()));
    db.query_first(SQL, [calendars.into(), from.into(), until.into()]).await?.map_or(Ok(0), |mut row| row.read())
}

/// One calendar event, with what it has from its series.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, event: CalendarEventId) -> Result<Option<CalendarEvent>, StoreError> {
    const SQL: &str = "SELECT one.id, one.calendar_id, one.graph_id, one.kind, one.series_id, one.start_at, one.end_at,
            COALESCE(one.detail, series.detail) FROM calendar_event AS one
        LEFT JOIN calendar_event AS series ON series.calendar_id = one.calendar_id AND series.graph_id = one.series_id WHERE one.id = $1";
    db.query_first(SQL, [event.into()]).await?.map(event_of).transpose()
}

pub(crate) fn event_of(mut row: Row) -> Result<CalendarEvent, StoreError> {
    let row = &mut row;
    let (id, calendar, graph_id) = (row.read()?, row.read()?, row.read()?);
    let kind: String = row.read()?;
    Ok(CalendarEvent {
        id,
        calendar,
        graph_id,
        kind: kind_of(&kind)?,
        series: row.read()?,
        start_at: row.read()?,
        end_at: row.read()?,
        detail: row.read::<Option<String>>()?.map(detail_of).transpose()?,
    })
}

fn detail_of(text: String) -> Result<Detail, StoreError> {
    serde_json::from_str(&text).map_err(|error| StoreError::Broken(format!("a calendar event's detail is unreadable: {error}")))
}
