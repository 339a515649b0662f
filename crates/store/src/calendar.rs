//! Calendars, and where the chain of changes of each stands.

use base::Timestamp;
use model::calendar::Calendar;
use model::id::{CalendarId, ConnectionId, WorkspaceId};
use model::message::Participant;

use crate::cursor::CursorKind;
use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;

/// The guard of what is decided on a place in a calendar's chain.
const WHERE_I_READ_IT: &str = "the calendar is where I read it";

/// A place in a calendar's chain of changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// What the link leads to.
    pub kind: CursorKind,
    /// The link; `None` at the start.
    pub link: Option<String>,
    /// Grows by one with each save.
    pub version: i64,
    /// Which pass over the whole window this is, from 1.
    pub round: i64,
    /// Where the window begins.
    pub from: Timestamp,
    /// Where it ends.
    pub until: Timestamp,
    /// When what the round began with was last complete; `None` while it is being read.
    pub synced_at: Option<Timestamp>,
    /// When a round was complete for the first time: what changes afterwards is news.
    pub first_synced_at: Option<Timestamp>,
}

impl Place {
    /// Before the first round.
    pub fn beginning() -> Self {
        let (from, until) = (Timestamp::EPOCH, Timestamp::EPOCH);
        Place { kind: CursorKind::Start, link: None, version: 0, round: 0, from, until, synced_at: None, first_synced_at: None }
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, connection_id, graph_id, name, color, is_default, can_edit, owner_name, owner_address,
                link_kind, link, version, round, window_from, window_until, synced_at, first_synced_at FROM calendar ",
            $rest
        )
    };
}

/// A calendar that was not known, of which nothing has been read.
pub fn insert(calendar: &Calendar) -> Statement {
    const SQL: &str = "INSERT INTO calendar (id, workspace_id, connection_id, graph_id, name, color, is_default, can_edit, owner_name,
            owner_address, link_kind, version, round, window_from, window_until)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, 0, 0, 0, 0)";
    Statement::new(
        SQL,
        [
            calendar.id.into(),
            calendar.workspace.into(),
            calendar.connection.into(),
            (&calendar.graph_id).into(),
            (&calendar.name).into(),
            calendar.color.as_ref().into(),
            calendar.is_default.into(),
            calendar.can_edit.into(),
            (&calendar.owner.name).into(),
            (&calendar.owner.address).into(),
            CursorKind::Start.name().into(),
        ],
    )
}

/// What Microsoft says of a known calendar.
pub fn update(calendar: &Calendar) -> Statement {
    const SQL: &str =
        "UPDATE calendar SET name = $2, color = $3, is_default = $4, can_edit = $5, owner_name = $6, owner_address = $7 WHERE id = $1";
    Statement::new(
        SQL,
        [
            calendar.id.into(),
            (&calendar.name).into(),
            calendar.color.as_ref().into(),
            calendar.is_default.into(),
            calendar.can_edit.into(),
            (&calendar.owner.name).into(),
            (&calendar.owner.address).into(),
        ],
    )
}

/// Takes a calendar away with all that stands in it.
pub fn remove(calendar: CalendarId) -> [Statement; 2] {
    const EVENTS: &str = "DELETE FROM calendar_event WHERE calendar_id = $1";
    const CALENDAR: &str = "DELETE FROM calendar WHERE id = $1";
    [EVENTS, CALENDAR].map(|sql| Statement::new(sql, [calendar.into()]))
}

/// Takes all calendars of a connection away with all that stands in them.
pub fn remove_all(connection: ConnectionId) -> [Statement; 2] {
    const EVENTS: &str = "DELETE FROM calendar_event WHERE calendar_id IN (SELECT id FROM calendar WHERE connection_id = $1)";
    const CALENDARS: &str = "DELETE FROM calendar WHERE connection_id = $1";
    [EVENTS, CALENDARS].map(|sql| Statement::new(sql, [connection.into()]))
}

/// Guards a transaction: the calendar is there, and its chain is at the place of this version.
pub fn is_at(calendar: CalendarId, version: i64) -> Statement {
    const SQL: &str = "SELECT 1 FROM calendar WHERE id = $1 AND version = $2 {lock}";
    Statement::new(SQL, [calendar.into(), version.into()]).expect_rows(1, WHERE_I_READ_IT)
}

/// Moves a calendar's chain from the place of this version on to `place`. Guards its transaction.
pub fn advance(calendar: CalendarId, version: i64, place: &Place) -> Statement {
    const SQL: &str =
        "UPDATE calendar SET link_kind = $3, link = $4, version = version + 1, round = $5, window_from = $6, window_until = $7,
            synced_at = $8, first_synced_at = $9 WHERE id = $1 AND version = $2";
    Statement::new(
        SQL,
        [
            calendar.into(),
            version.into(),
            place.kind.name().into(),
            place.link.as_ref().into(),
            place.round.into(),
            place.from.into(),
            place.until.into(),
            place.synced_at.into(),
            place.first_synced_at.into(),
        ],
    )
    .expect_rows(1, WHERE_I_READ_IT)
}

/// One calendar, and where its chain stands.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, calendar: CalendarId) -> Result<Option<(Calendar, Place)>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [calendar.into()]).await?.map(calendar_of).transpose()
}

/// The calendars of a connection, the default one first.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_connection(db: &Db, connection: ConnectionId) -> Result<Vec<(Calendar, Place)>, StoreError> {
    const SQL: &str = select!("WHERE connection_id = $1 ORDER BY is_default DESC, name, id");
    db.query(SQL, [connection.into()]).await?.into_iter().map(calendar_of).collect()
}

/// The calendars of a workspace, those of one connection together, its default one first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId) -> Result<Vec<(Calendar, Place)>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 ORDER BY connection_id, is_default DESC, name, id");
    db.query(SQL, [workspace.into()]).await?.into_iter().map(calendar_of).collect()
}

fn calendar_of(mut row: Row) -> Result<(Calendar, Place), StoreError> {
    let row = &mut row;
    let calendar = Calendar {
        id: row.read()?,
        workspace: row.read()?,
        connection: row.read()?,
        graph_id: row.read()?,
        name: row.read()?,
        color: row.read()?,
        is_default: row.read()?,
        can_edit: row.read()?,
        owner: Participant { name: row.read()?, address: row.read()? },
    };
    let place = Place {
        kind: CursorKind::read(row)?,
        link: row.read()?,
        version: row.read()?,
        round: row.read()?,
        from: row.read()?,
        until: row.read()?,
        synced_at: row.read()?,
        first_synced_at: row.read()?,
    };
    Ok((calendar, place))
}
