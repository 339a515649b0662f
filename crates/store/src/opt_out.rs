//! Opt-outs: who asked not to be written to again by mail that offers it. The sender is told, and is refused the next such mail.

use base::Timestamp;
use model::event::{EventKind, NewEvent};
use model::id::{OutgoingId, WorkspaceId};
use serde_json::json;

use crate::db::Db;
use crate::dialect::texts;
use crate::error::StoreError;
use crate::statement::Statement;
use crate::tracked::Tracked;
use crate::{due, ledger};

/// Somebody who asked not to be written to again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OptOut {
    /// The address, in small letters.
    pub address: String,
    /// By which mail.
    pub outgoing: OutgoingId,
    /// When.
    pub at: Timestamp,
}

/// The recipient of this copy unsubscribes. Nothing for a copy that has several, or whose recipient has done so.
pub fn add(tracked: &Tracked, copy: usize, at: Timestamp) -> Vec<Statement> {
    const SQL: &str = "INSERT INTO opt_out (workspace_id, address, outgoing_id, at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (workspace_id, address) DO NOTHING";
    const NOTE: &str = "UPDATE tracked_copy SET unsubscribed_at = $2 WHERE outgoing_id = $1 AND unsubscribed_at IS NULL";
    let Some(copy) = tracked.copies.get(copy).filter(|copy| copy.unsubscribed_at.is_none()) else { return Vec::new() };
    let [address] = copy.recipients.as_slice() else { return Vec::new() };
    let event = NewEvent { kind: EventKind::MailUnsubscribed, subject: copy.outgoing.number(), backfill: false, data: json!({}) };
    let mut statements = vec![
        Statement::new(NOTE, [copy.outgoing.into(), at.into()]).expect_rows(1, "the recipient has not unsubscribed yet"),
        Statement::new(SQL, [tracked.workspace.into(), address.into(), copy.outgoing.into(), at.into()]),
    ];
    statements.extend(due::decide(tracked.workspace, at));
    statements.extend(ledger::append(tracked.workspace, tracked.mailbox, at, &[event]));
    statements
}

/// May be written to again.
pub fn remove(workspace: WorkspaceId, address: &str) -> Statement {
    let statement = Statement::new("DELETE FROM opt_out WHERE workspace_id = $1 AND address = $2", [workspace.into(), address.into()]);
    statement.expect_rows(1, "the opt-out is there")
}

/// Everybody in a workspace behind this address, by address.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId, after: &str, limit: u32) -> Result<Vec<OptOut>, StoreError> {
    const SQL: &str = "SELECT address, outgoing_id, at FROM opt_out WHERE workspace_id = $1 AND address > $2 ORDER BY address LIMIT $3";
    let rows = db.query(SQL, [workspace.into(), after.into(), limit.into()]).await?;
    rows.into_iter().map(|mut row| Ok(OptOut { address: row.read()?, outgoing: row.read()?, at: row.read()? })).collect()
}

/// Those of these addresses (in small letters) that are among them.
///
/// # Errors
/// As [`Db::query`].
pub async fn among(db: &Db, workspace: WorkspaceId, addresses: &[String]) -> Result<Vec<String>, StoreError> {
    const SQL: &str = "SELECT address FROM opt_out WHERE workspace_id = $1 AND address IN {texts $2} ORDER BY address";
    let rows = db.query(SQL, [workspace.into(), texts(addresses).into()]).await?;
    rows.into_iter().map(|mut row| row.read()).collect()
}
