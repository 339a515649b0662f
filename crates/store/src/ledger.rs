//! The ledger: what has happened, each event exactly once, in commit order.
//!
//! A workspace's and a mailbox's numbers come from a counter row each, which [`append`] raises in the transaction of the
//! events. Whoever raised it first commits first, so no reader steps over an event that is committed late. Put the
//! statements of [`append`] last in a transaction: from then on others wait for it.

use base::Timestamp;
use model::event::{Event, EventKind, NewEvent};
use model::id::{MailboxId, WorkspaceId};

use crate::db::Db;
use crate::dialect::numbers;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;

/// Appends events of one mailbox, in this order, at the end of the ledger. Nothing for no events.
pub fn append(workspace: WorkspaceId, mailbox: MailboxId, at: Timestamp, events: &[NewEvent]) -> Vec<Statement> {
    append_to(workspace, mailbox.number(), at, events)
}

/// Appends events that concern the workspace as a whole, in this order, at the end of the ledger. Nothing for no events.
pub fn append_of_workspace(workspace: WorkspaceId, at: Timestamp, events: &[NewEvent]) -> Vec<Statement> {
    append_to(workspace, workspace.number(), at, events)
}

/// `stream` is the number of a mailbox or, for what concerns the workspace as a whole, of the workspace: ids never collide.
fn append_to(workspace: WorkspaceId, stream: i64, at: Timestamp, events: &[NewEvent]) -> Vec<Statement> {
    const RAISE: &str = "INSERT INTO stream (kind, id, seq) VALUES ($1, $2, $3)
        ON CONFLICT (kind, id) DO UPDATE SET seq = stream.seq + excluded.seq";
    if events.is_empty() {
        return Vec::new();
    }
    let mut statements = Vec::with_capacity(events.len() + 2);
    statements.push(Statement::new(RAISE, ["w".into(), workspace.into(), events.len().into()]).waking());
    statements.push(Statement::new(RAISE, ["m".into(), stream.into(), events.len().into()]));
    let behind = (0..events.len()).rev();
    statements.extend(events.iter().zip(behind).map(|(event, behind)| insert(workspace, stream, at, event, behind)));
    statements
}

/// Inserts one event, `behind` places before the end of its streams.
fn insert(workspace: WorkspaceId, stream: i64, at: Timestamp, event: &NewEvent, behind: usize) -> Statement {
    const SQL: &str = "INSERT INTO event (workspace_id, seq, mailbox_id, mailbox_seq, kind, subject_id, at, backfill, data) VALUES
        ($1, (SELECT seq FROM stream WHERE kind = 'w' AND id = $1) - $3, $2, (SELECT seq FROM stream WHERE kind = 'm' AND id = $2) - $3,
        $4, $5, $6, $7, $8)";
    let data = if event.data.is_null() { Value::Null } else { event.data.to_string().into() };
    Statement::new(
        SQL,
        [
            workspace.into(),
            stream.into(),
            behind.into(),
            event.kind.name().into(),
            event.subject.into(),
            at.into(),
            event.backfill.into(),
            data,
        ],
    )
}

/// The events of a workspace after number `after`, oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn read(db: &Db, workspace: WorkspaceId, after: i64, limit: u32) -> Result<Vec<Event>, StoreError> {
    const SQL: &str = "SELECT workspace_id, seq, mailbox_id, mailbox_seq, kind, subject_id, at, backfill, data FROM event
        WHERE workspace_id = $1 AND seq > $2 ORDER BY seq LIMIT $3";
    db.query(SQL, [workspace.into(), after.into(), limit.into()]).await?.into_iter().map(event_of).collect()
}

/// The events of a mailbox after its own number `after`, oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn read_mailbox(db: &Db, mailbox: MailboxId, after: i64, limit: u32) -> Result<Vec<Event>, StoreError> {
    const SQL: &str = "SELECT workspace_id, seq, mailbox_id, mailbox_seq, kind, subject_id, at, backfill, data FROM event
        WHERE mailbox_id = $1 AND mailbox_seq > $2 ORDER BY mailbox_seq LIMIT $3";
    db.query(SQL, [mailbox.into(), after.into(), limit.into()]).await?.into_iter().map(event_of).collect()
}

/// The number of the newest event of a workspace, 0 if there is none.
///
/// # Errors
/// As [`Db::query`].
pub async fn head(db: &Db, workspace: WorkspaceId) -> Result<i64, StoreError> {
    let row = db.query_first("SELECT seq FROM stream WHERE kind = 'w' AND id = $1", [workspace.into()]).await?;
    row.map_or(Ok(0), |mut row| row.read())
}

/// The number of the oldest event of a workspace that is still kept; the one that comes next if none is. Who has read up
/// to a number below the one before it has missed something.
///
/// # Errors
/// As [`Db::query`].
pub async fn oldest(db: &Db, workspace: WorkspaceId) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT seq FROM event WHERE workspace_id = $1 ORDER BY seq LIMIT 1";
    match db.query_first(SQL, [workspace.into()]).await? {
        Some(mut row) => row.read(),
        None => Ok(head(db, workspace).await? + 1),
    }
}

/// The number of the newest event of each of these mailboxes that has any, in any order.
///
/// # Errors
/// As [`Db::query`].
pub async fn mailbox_heads(db: &Db, mailboxes: &[MailboxId]) -> Result<Vec<(MailboxId, i64)>, StoreError> {
    const SQL: &str = "SELECT id, seq FROM stream WHERE kind = 'm' AND id IN {numbers $1}";
    let rows = db.query(SQL, [numbers(mailboxes.iter().map(|mailbox| mailbox.number())).into()]).await?;
    rows.into_iter().map(|mut row| Ok((row.read()?, row.read()?))).collect()
}

fn event_of(mut row: Row) -> Result<Event, StoreError> {
    let (workspace, seq): (WorkspaceId, i64) = (row.read()?, row.read()?);
    let (stream, mailbox_seq): (i64, i64) = (row.read()?, row.read()?);
    let mailbox = (stream != workspace.number()).then(|| MailboxId::from_number(stream));
    let name: String = row.read()?;
    let kind = EventKind::named(&name).ok_or_else(|| StoreError::Broken(format!("no event is called {name}")))?;
    let (subject, at, backfill) = (row.read()?, row.read()?, row.read()?);
    let data = data_of(row.read()?)?;
    Ok(Event { workspace, seq, mailbox, mailbox_seq, kind, subject, at, backfill, data })
}

/// An event's details, as the column holds them.
pub(crate) fn data_of(text: Option<String>) -> Result<serde_json::Value, StoreError> {
    let Some(text) = text else { return Ok(serde_json::Value::Null) };
    serde_json::from_str(&text).map_err(|error| StoreError::Broken(format!("an event's data are no JSON: {error}")))
}

/// Up to which event a consumer has decided, 0 if it has not begun.
///
/// # Errors
/// As [`Db::query`].
pub async fn position(db: &Db, consumer: &str, workspace: WorkspaceId) -> Result<i64, StoreError> {
    const SQL: &str = "SELECT seq FROM consumer_cursor WHERE consumer = $1 AND workspace_id = $2";
    db.query_first(SQL, [consumer.into(), workspace.into()]).await?.map_or(Ok(0), |mut row| row.read())
}

/// Moves a consumer's cursor from `from`, where [`position`] found it, to `to`; guards its transaction, so that each
/// event is decided exactly once whoever else runs.
pub fn advance(consumer: &str, workspace: WorkspaceId, from: i64, to: i64) -> Statement {
    const SQL: &str = "INSERT INTO consumer_cursor (consumer, workspace_id, seq) VALUES ($1, $2, $4)
        ON CONFLICT (consumer, workspace_id) DO UPDATE SET seq = excluded.seq WHERE consumer_cursor.seq = $3";
    Statement::new(SQL, [consumer.into(), workspace.into(), from.into(), to.into()])
        .expect_rows(1, "the consumer's cursor still stands where the batch began")
}
