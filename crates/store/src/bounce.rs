//! Bounces: what mail systems report about outgoing mail, a row a recipient.

use std::collections::BTreeMap;

use base::Timestamp;
use model::event::EventKind;
use model::id::{MessageId, OutgoingId};
use model::outgoing::{Outgoing, OutgoingState};
use serde_json::json;

use crate::db::Db;
use crate::dialect::numbers;
use crate::error::StoreError;
use crate::outgoing::{AS_IT_WAS, tell};
use crate::row::Row;
use crate::statement::Statement;

/// What is reported about one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bounce {
    /// The address as it was written to; empty where the report names nobody and the mail had several.
    pub recipient: String,
    /// Whether it was given up; otherwise it goes on being tried.
    pub failed: bool,
    /// Whether writing to this address again is of no use.
    pub hard: bool,
    /// The enhanced status code, such as `5.1.1`.
    pub status: Option<String>,
    /// Why, by the names of [`model::bounce::Reason`].
    pub reason: String,
    /// What the other server said; may be empty.
    pub diagnostic: String,
    /// The message that reports it.
    pub report: MessageId,
    /// When that was received.
    pub reported_at: Timestamp,
}

/// Keeps what a report says of a mail that was read as `outgoing`, and tells it if somebody will not get the mail. Guards its
/// transaction. A report that is read again changes nothing; a delay does not undo a failure.
pub fn report(outgoing: &Outgoing, bounces: &[Bounce], at: Timestamp) -> Vec<Statement> {
    const SQL: &str = "UPDATE outgoing SET bounced_at = COALESCE(bounced_at, $3), state = $4, version = version + 1
        WHERE id = $1 AND version = $2";
    let mut statements: Vec<Statement> = bounces.iter().map(|bounce| put(outgoing.id, bounce)).collect();
    let failed = bounces.iter().filter(|bounce| bounce.failed).count();
    if failed > 0 {
        // What came back has left: nobody needs to decide about it any more. One whose copy is still looked for stays so.
        let state = match outgoing.state {
            OutgoingState::Sent | OutgoingState::Unclear => OutgoingState::Bounced,
            other => other,
        };
        let args = [outgoing.id.into(), outgoing.version.into(), at.into(), state.name().into()];
        statements.push(Statement::new(SQL, args).expect_rows(1, AS_IT_WAS));
        let hard = bounces.iter().any(|bounce| bounce.hard);
        let report = bounces.iter().find(|bounce| bounce.failed).map(|bounce| bounce.report);
        let data = json!({"message": report, "recipients": failed, "hard": hard});
        statements.extend(tell(outgoing, EventKind::OutgoingBounced, at, data));
    }
    statements
}

fn put(outgoing: OutgoingId, bounce: &Bounce) -> Statement {
    const SQL: &str = "INSERT INTO bounce (outgoing_id, recipient, failed, hard, status, reason, diagnostic, report_id, reported_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        ON CONFLICT (outgoing_id, recipient) DO UPDATE SET failed = excluded.failed, hard = excluded.hard, status = excluded.status,
            reason = excluded.reason, diagnostic = excluded.diagnostic, report_id = excluded.report_id, reported_at = excluded.reported_at
        WHERE bounce.failed <= excluded.failed";
    let args = [
        outgoing.into(),
        (&bounce.recipient).into(),
        bounce.failed.into(),
        bounce.hard.into(),
        bounce.status.as_ref().into(),
        (&bounce.reason).into(),
        (&bounce.diagnostic).into(),
        bounce.report.into(),
        bounce.reported_at.into(),
    ];
    Statement::new(SQL, args)
}

/// Whether this report was kept already.
///
/// # Errors
/// As [`Db::query`].
pub async fn is_known(db: &Db, outgoing: OutgoingId, report: MessageId) -> Result<bool, StoreError> {
    const SQL: &str = "SELECT outgoing_id FROM bounce WHERE outgoing_id = $1 AND report_id = $2 LIMIT 1";
    Ok(db.query_first(SQL, [outgoing.into(), report.into()]).await?.is_some())
}

/// What is reported about these mails, by recipient.
///
/// # Errors
/// As [`Db::query`].
pub async fn of(db: &Db, outgoing: impl Iterator<Item = OutgoingId>) -> Result<BTreeMap<OutgoingId, Vec<Bounce>>, StoreError> {
    const SQL: &str = "SELECT outgoing_id, recipient, failed, hard, status, reason, diagnostic, report_id, reported_at FROM bounce
        WHERE outgoing_id IN {numbers $1} ORDER BY outgoing_id, recipient";
    let mut found: BTreeMap<OutgoingId, Vec<Bounce>> = BTreeMap::new();
    for mut row in db.query(SQL, [numbers(outgoing.map(|id| id.number())).into()]).await? {
        found.entry(row.read()?).or_default().push(bounce_of(&mut row)?);
    }
    Ok(found)
}

fn bounce_of(row: &mut Row) -> Result<Bounce, StoreError> {
    Ok(Bounce {
        recipient: row.read()?,
        failed: row.read()?,
        hard: row.read()?,
        status: row.read()?,
        reason: row.read()?,
        diagnostic: row.read()?,
        report: row.read()?,
        reported_at: row.read()?,
    })
}
