//! Retention: what is forgotten when it is older than is promised, a bounded piece at a time. The ledger never forgets
//! what a consumer has not read or an endpoint is still to be told.

use base::{Id, Timestamp};
use model::id::{DeliveryId, WorkspaceId};

use crate::db::Db;
use crate::error::StoreError;
use crate::statement::Statement;

/// Up to which event, at most `limit` of them, a workspace's ledger may forget what happened before `before`: nothing that
/// a consumer has not read, nothing that a pending delivery tells of. `None` if there is nothing to forget.
///
/// # Errors
/// As [`Db::query`].
pub async fn forgettable(db: &Db, workspace: WorkspaceId, before: Timestamp, limit: u32) -> Result<Option<i64>, StoreError> {
    const OLD: &str = "SELECT CAST(MAX(seq) AS BIGINT) FROM
            (SELECT seq, at FROM event WHERE workspace_id = $1 ORDER BY seq LIMIT $3) AS oldest WHERE at < $2";
    const READ: &str = "SELECT CAST(MIN(seq) AS BIGINT) FROM consumer_cursor WHERE workspace_id = $1";
    // The head of a stream is the oldest of it that is pending, but for a replay, which tells of something older again.
    const TOLD: &str =
        "SELECT CAST(MIN(event_seq) AS BIGINT) FROM endpoint JOIN endpoint_stream ON endpoint_stream.endpoint_id = endpoint.id
        JOIN delivery ON delivery.endpoint_id = endpoint.id AND delivery.stream = endpoint_stream.stream
            AND delivery.sequence >= endpoint_stream.head
        WHERE endpoint.workspace_id = $1";
    let Some(old) = number(db, OLD, vec![workspace.into(), before.into(), limit.into()]).await? else { return Ok(None) };
    let read = number(db, READ, vec![workspace.into()]).await?.unwrap_or(0);
    let told = number(db, TOLD, vec![workspace.into()]).await?.map_or(i64::MAX, |seq| seq - 1);
    let until = old.min(read).min(told);
    let oldest = number(db, "SELECT CAST(MIN(seq) AS BIGINT) FROM event WHERE workspace_id = $1", vec![workspace.into()]).await?;
    Ok(oldest.is_some_and(|oldest| oldest <= until).then_some(until))
}

async fn number(db: &Db, sql: &'static str, args: Vec<crate::Value>) -> Result<Option<i64>, StoreError> {
    db.query_first(sql, args).await?.map_or(Ok(None), |mut row| row.read())
}

/// Forgets the events of a workspace up to number `until`, as [`forgettable`] found it.
pub fn forget_events(workspace: WorkspaceId, until: i64) -> Statement {
    Statement::new("DELETE FROM event WHERE workspace_id = $1 AND seq <= $2", [workspace.into(), until.into()])
}

/// Forgets up to `limit` of a workspace's deliveries that were made before `before` and are settled.
pub fn forget_deliveries(workspace: WorkspaceId, before: Timestamp, limit: u32) -> Statement {
    const SQL: &str = "DELETE FROM delivery WHERE id IN (SELECT id FROM delivery
        WHERE id < $2 AND workspace_id = $1 AND state <> 'pending' ORDER BY id LIMIT $3)";
    Statement::new(SQL, [workspace.into(), first_id_at(before).into(), limit.into()])
}

/// The endpoints of a workspace that are not called and still have something to be told that is older than `before`.
///
/// # Errors
/// As [`Db::query`].
pub async fn stale_endpoints(db: &Db, workspace: WorkspaceId, before: Timestamp) -> Result<Vec<model::id::EndpointId>, StoreError> {
    const SQL: &str = "SELECT DISTINCT endpoint.id FROM endpoint JOIN endpoint_stream ON endpoint_stream.endpoint_id = endpoint.id
        JOIN delivery ON delivery.endpoint_id = endpoint.id AND delivery.stream = endpoint_stream.stream
            AND delivery.sequence = endpoint_stream.head
        WHERE endpoint.workspace_id = $1 AND endpoint.state <> 'active' AND delivery.created_at < $2";
    let rows = db.query(SQL, [workspace.into(), before.into()]).await?;
    rows.into_iter().map(|mut row| row.read()).collect()
}

/// Ids begin with the second in which they were made.
fn first_id_at(at: Timestamp) -> DeliveryId {
    Id::from_number(at.seconds().max(0) << base::id::LOW_BITS)
}
