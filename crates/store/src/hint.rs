//! Hints: which messages a notification named. A hint makes news arrive quicker and is never needed: the delta chain
//! brings the same in the end.

use base::Timestamp;
use model::id::MailboxId;

use crate::db::Db;
use crate::error::StoreError;
use crate::statement::Statement;

/// A message that a notification named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// In which mailbox.
    pub mailbox: MailboxId,
    /// Microsoft's id of the message.
    pub graph_message_id: String,
    /// `created`, `updated` or `deleted`, as Microsoft said.
    pub change_type: String,
    /// When the notification last arrived.
    pub arrived_at: Timestamp,
}

/// Keeps a hint; the same again only renews its time.
pub fn put(hint: &Hint) -> Statement {
    const SQL: &str = "INSERT INTO hint (mailbox_id, graph_message_id, change_type, arrived_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (mailbox_id, graph_message_id, change_type) DO UPDATE SET arrived_at = excluded.arrived_at";
    Statement::new(SQL, [hint.mailbox.into(), (&hint.graph_message_id).into(), (&hint.change_type).into(), hint.arrived_at.into()])
}

/// Forgets a hint as it was read; one renewed since stays.
pub fn remove(hint: &Hint) -> Statement {
    const SQL: &str = "DELETE FROM hint WHERE mailbox_id = $1 AND graph_message_id = $2 AND change_type = $3 AND arrived_at <= $4";
    Statement::new(SQL, [hint.mailbox.into(), (&hint.graph_message_id).into(), (&hint.change_type).into(), hint.arrived_at.into()])
}

/// Forgets all hints of a mailbox that arrived up to `until`: a pass over its changes has brought what they named.
pub fn purge(mailbox: MailboxId, until: Timestamp) -> Statement {
    Statement::new("DELETE FROM hint WHERE mailbox_id = $1 AND arrived_at <= $2", [mailbox.into(), until.into()])
}

/// The hints of a mailbox, the oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, mailbox: MailboxId, limit: u32) -> Result<Vec<Hint>, StoreError> {
    const SQL: &str = "SELECT mailbox_id, graph_message_id, change_type, arrived_at FROM hint
        WHERE mailbox_id = $1 ORDER BY arrived_at, graph_message_id LIMIT $2";
    let rows = db.query(SQL, [mailbox.into(), limit.into()]).await?;
    rows.into_iter()
        .map(|mut row| Ok(Hint { mailbox: row.read()?, graph_message_id: row.read()?, change_type: row.read()?, arrived_at: row.read()? }))
        .collect()
}
