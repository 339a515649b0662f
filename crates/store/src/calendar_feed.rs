//! Calendar feeds: secret addresses at which programs subscribe to calendars. Of a secret only a hash is kept.

use base::Timestamp;
use model::id::{CalendarFeedId, CalendarId, ConnectionId, WorkspaceId};

use crate::db::Db;
use crate::dialect::numbers;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;

/// The guard of what is done with a feed that still holds.
pub const HOLDS: &str = "the feed was not revoked";

/// A secret address at which calendars can be subscribed to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarFeed {
    /// Its id.
    pub id: CalendarFeedId,
    /// Whose data it opens.
    pub workspace: WorkspaceId,
    /// The account whose calendars it shows.
    pub connection: ConnectionId,
    /// The calendar; `None` for all of the account.
    pub calendar: Option<CalendarId>,
    /// What subscribers call it.
    pub name: String,
    /// The hash of the secret.
    pub hash: Vec<u8>,
    /// Whether it says what events are about; otherwise only when time is taken.
    pub details: bool,
    /// Whether it says that of private events too.
    pub private_details: bool,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When it was last given another secret.
    pub renewed_at: Option<Timestamp>,
    /// When it was last read, to the minute.
    pub last_read_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, connection_id, calendar_id, name, hash, details, private_details, created_by, created_at, renewed_at,
                last_read_at, revoked_at FROM calendar_feed ",
            $rest
        )
    };
}

/// What stands in `details`.
const fn details_name(details: bool) -> &'static str {
    if details { "all" } else { "busy" }
}

/// A feed that holds from now on.
pub fn insert(feed: &CalendarFeed) -> Statement {
    const SQL: &str = "INSERT INTO calendar_feed (id, workspace_id, connection_id, calendar_id, name, hash, details, private_details,
            created_by, created_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    Statement::new(
        SQL,
        [
            feed.id.into(),
            feed.workspace.into(),
            feed.connection.into(),
            feed.calendar.into(),
            (&feed.name).into(),
            feed.hash.clone().into(),
            details_name(feed.details).into(),
            feed.private_details.into(),
            (&feed.created_by).into(),
            feed.created_at.into(),
        ],
    )
}

/// Gives a feed another secret: the address before it leads nowhere. Guards its transaction.
pub fn renew(feed: CalendarFeedId, hash: Vec<u8>, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE calendar_feed SET hash = $2, renewed_at = $3, last_read_at = NULL WHERE id = $1 AND revoked_at IS NULL";
    Statement::new(SQL, [feed.into(), hash.into(), at.into()]).expect_rows(1, HOLDS)
}

/// It holds no longer. Guards its transaction: a feed is revoked once.
pub fn revoke(feed: CalendarFeedId, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE calendar_feed SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    Statement::new(SQL, [feed.into(), at.into()]).expect_rows(1, HOLDS)
}

/// None of the feeds of a connection holds any longer.
pub fn revoke_all(connection: ConnectionId, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE calendar_feed SET revoked_at = $2 WHERE connection_id = $1 AND revoked_at IS NULL";
    Statement::new(SQL, [connection.into(), at.into()])
}

/// It was read; nothing if it was read after `until` already.
pub fn set_read(feed: CalendarFeedId, at: Timestamp, until: Timestamp) -> Statement {
    const SQL: &str = "UPDATE calendar_feed SET last_read_at = $2 WHERE id = $1 AND (last_read_at IS NULL OR last_read_at <= $3)";
    Statement::new(SQL, [feed.into(), at.into(), until.into()])
}

/// The feed of this hash, whether or not it still holds.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_hash(db: &Db, hash: &[u8]) -> Result<Option<CalendarFeed>, StoreError> {
    db.query_first(select!("WHERE hash = $1"), [hash.into()]).await?.map(feed_of).transpose()
}

/// One feed.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, feed: CalendarFeedId) -> Result<Option<CalendarFeed>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [feed.into()]).await?.map(feed_of).transpose()
}

/// Feeds of these connections of a workspace, older than `before`, the newest first, revoked ones too.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(
    db: &Db,
    workspace: WorkspaceId,
    connections: &[ConnectionId],
    before: Option<CalendarFeedId>,
    limit: u32,
) -> Result<Vec<CalendarFeed>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 AND id < $2 AND connection_id IN {numbers $3} ORDER BY id DESC LIMIT $4");
    let before = Value::Int(before.map_or(i64::MAX, CalendarFeedId::number));
    let connections = numbers(connections.iter().map(|id| id.number()));
    db.query(SQL, [workspace.into(), before, connections.into(), limit.into()]).await?.into_iter().map(feed_of).collect()
}

fn feed_of(mut row: Row) -> Result<CalendarFeed, StoreError> {
    let row = &mut row;
    Ok(CalendarFeed {
        id: row.read()?,
        workspace: row.read()?,
        connection: row.read()?,
        calendar: row.read()?,
        name: row.read()?,
        hash: row.read()?,
        details: row.read::<String>()? == details_name(true),
        private_details: row.read()?,
        created_by: row.read()?,
        created_at: row.read()?,
        renewed_at: row.read()?,
        last_read_at: row.read()?,
        revoked_at: row.read()?,
    })
}
