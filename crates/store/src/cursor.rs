//! Delta cursors: where each of a mailbox's delta chains stands. The link is Microsoft's and opaque.
//!
//! A page's transaction carries [`save`] with the version that it was read at, so that a cursor never goes back and two
//! pullers never both win.

use base::Timestamp;
use model::id::MailboxId;

use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;

/// What the link of a cursor leads to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CursorKind {
    /// Nothing yet: the round begins without a link.
    Start,
    /// The next page of a round that is under way.
    Next,
    /// The changes since the last round was complete.
    Delta,
}

impl CursorKind {
    const ALL: [CursorKind; 3] = [CursorKind::Start, CursorKind::Next, CursorKind::Delta];

    pub(crate) fn name(self) -> &'static str {
        match self {
            CursorKind::Start => "start",
            CursorKind::Next => "next",
            CursorKind::Delta => "delta",
        }
    }

    /// The kind that the next column of a row names.
    pub(crate) fn read(row: &mut Row) -> Result<Self, StoreError> {
        let name: String = row.read()?;
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or_else(|| StoreError::Broken(format!("no cursor is of kind {name}")))
    }
}

/// A place in a delta chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Position {
    /// What the link leads to.
    pub kind: CursorKind,
    /// The link; `None` at the start.
    pub link: Option<String>,
    /// Which pass over the whole resource this is, from 1: a resynchronisation begins a new one.
    pub round: i64,
    /// When that pass began.
    pub round_started_at: Timestamp,
    /// Pages taken in that pass.
    pub pages: i64,
    /// When this place was reached.
    pub saved_at: Timestamp,
}

/// A saved place in a delta chain.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeltaCursor {
    /// `folders`, or `messages:` and the folder's Graph id.
    pub resource: String,
    /// Grows by one with each save.
    pub version: i64,
    /// Where it stands.
    pub position: Position,
}

/// The resource of a folder's messages.
pub fn messages_of(folder_graph_id: &str) -> String {
    format!("messages:{folder_graph_id}")
}

/// The resource of a mailbox's folders.
pub const FOLDERS: &str = "folders";

/// Saves a place; `version` is that of the cursor it was decided on, 0 if there was none. Guards its transaction.
pub fn save(mailbox: MailboxId, resource: &str, version: i64, position: &Position) -> Statement {
    const SQL: &str = "INSERT INTO delta_cursor (mailbox_id, resource, kind, link, version, round, round_started_at, pages, saved_at)
            VALUES ($1, $2, $4, $5, CAST($3 AS BIGINT) + 1, $6, $7, $8, $9)
        ON CONFLICT (mailbox_id, resource) DO UPDATE SET kind = excluded.kind, link = excluded.link, version = excluded.version,
            round = excluded.round, round_started_at = excluded.round_started_at, pages = excluded.pages, saved_at = excluded.saved_at
        WHERE delta_cursor.version = $3";
    Statement::new(
        SQL,
        [
            mailbox.into(),
            resource.into(),
            version.into(),
            position.kind.name().into(),
            position.link.as_ref().into(),
            position.round.into(),
            position.round_started_at.into(),
            position.pages.into(),
            position.saved_at.into(),
        ],
    )
    .expect_rows(1, "the cursor still stands where the page began")
}

/// Forgets a chain: its folder is gone.
pub fn remove(mailbox: MailboxId, resource: &str) -> Statement {
    Statement::new("DELETE FROM delta_cursor WHERE mailbox_id = $1 AND resource = $2", [mailbox.into(), resource.into()])
}

/// Where a chain stands.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, mailbox: MailboxId, resource: &str) -> Result<Option<DeltaCursor>, StoreError> {
    const SQL: &str = "SELECT resource, version, kind, link, round, round_started_at, pages, saved_at FROM delta_cursor
        WHERE mailbox_id = $1 AND resource = $2";
    db.query_first(SQL, [mailbox.into(), resource.into()]).await?.map(cursor_of).transpose()
}

/// All chains of a mailbox.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, mailbox: MailboxId) -> Result<Vec<DeltaCursor>, StoreError> {
    const SQL: &str = "SELECT resource, version, kind, link, round, round_started_at, pages, saved_at FROM delta_cursor
        WHERE mailbox_id = $1 ORDER BY resource";
    db.query(SQL, [mailbox.into()]).await?.into_iter().map(cursor_of).collect()
}

fn cursor_of(mut row: Row) -> Result<DeltaCursor, StoreError> {
    let (resource, version) = (row.read()?, row.read()?);
    let kind = CursorKind::read(&mut row)?;
    let position =
        Position { kind, link: row.read()?, round: row.read()?, round_started_at: row.read()?, pages: row.read()?, saved_at: row.read()? };
    Ok(DeltaCursor { resource, version, position })
}
