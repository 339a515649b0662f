//! Letters: the ledger's events about messages, joined with what matching threads needs to know of the message now. One
//! query a batch.
//!
//! The event says which message to look at, its row says what is true: the decider is right whatever has happened since,
//! and however often it looks.

use base::Timestamp;
use model::event::EventKind;
use model::id::{MailboxId, MessageId, ThreadId, ThreadNodeId, WorkspaceId};

use crate::db::Db;
use crate::dialect::numbers;
use crate::error::StoreError;
use crate::row::Row;

/// What an event about a message says.
#[derive(Clone, Debug)]
pub struct Arrived {
    /// Its number in the workspace's ledger.
    pub seq: i64,
    /// What has happened; events about other things than messages come too, so that the cursor passes them.
    pub kind: EventKind,
    /// The message, if it is about one.
    pub message: MessageId,
    /// Whether it is what a first sync found.
    pub backfill: bool,
    /// The event's details as JSON; only for changes, where they name what has changed.
    pub changes: Option<String>,
    /// The thread that the message is in, and the node.
    pub place: Option<(ThreadId, ThreadNodeId)>,
    /// The message as it is now; `None` if it is not in the mailbox any more.
    pub now: Option<Letter>,
}

/// What matching threads needs of a message.
#[derive(Clone, Debug)]
pub struct Letter {
    /// The mailbox that it is in.
    pub mailbox: MailboxId,
    /// When it was received.
    pub received_at: Timestamp,
    /// Its `Message-ID`.
    pub internet_message_id: Option<String>,
    /// Graph's conversation.
    pub conversation_id: Option<String>,
    /// Exchange's conversation index.
    pub conversation_index: Option<String>,
    /// Its `In-Reply-To`.
    pub in_reply_to: Option<String>,
    /// Its `References`, a JSON array.
    pub references: String,
    /// Its subject.
    pub subject: String,
    /// Its author's address.
    pub author: Option<String>,
    /// Everyone else, a JSON object.
    pub recipients: String,
}

/// The events after number `after`, oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn after(db: &Db, workspace: WorkspaceId, after: i64, limit: u32) -> Result<Vec<Arrived>, StoreError> {
    const SQL: &str = "SELECT event.seq, event.kind, event.subject_id, event.backfill,
            CASE WHEN event.kind IN ('message.updated', 'message.moved') THEN event.data END, message.thread_id, message.node_id,
            CASE WHEN message.deleted_at IS NULL THEN message.mailbox_id END, message.received_at, message.internet_message_id,
            message.conversation_id, message.conversation_index, message.in_reply_to, message.reference_ids, message.subject,
            message.from_address, message.recipients
        FROM event LEFT JOIN message ON message.id = event.subject_id
        WHERE event.workspace_id = $1 AND event.seq > $2 ORDER BY event.seq LIMIT $3";
    let rows = db.query(SQL, [workspace.into(), after.into(), limit.into()]).await?;
    rows.into_iter().map(arrived_of).collect()
}

fn arrived_of(mut row: Row) -> Result<Arrived, StoreError> {
    let seq = row.read()?;
    let name: String = row.read()?;
    let kind = EventKind::named(&name).ok_or_else(|| StoreError::Broken(format!("no event is called {name}")))?;
    let (message, backfill, changes) = (row.read()?, row.read()?, row.read()?);
    let (thread, node): (Option<ThreadId>, Option<ThreadNodeId>) = (row.read()?, row.read()?);
    let mailbox: Option<MailboxId> = row.read()?;
    let now = mailbox.map(|mailbox| letter_of(mailbox, &mut row)).transpose()?;
    Ok(Arrived { seq, kind, message, backfill, changes, place: thread.zip(node), now })
}

fn letter_of(mailbox: MailboxId, row: &mut Row) -> Result<Letter, StoreError> {
    Ok(Letter {
        mailbox,
        received_at: row.read()?,
        internet_message_id: row.read()?,
        conversation_id: row.read()?,
        conversation_index: row.read()?,
        in_reply_to: row.read()?,
        references: row.read()?,
        subject: row.read()?,
        author: row.read()?,
        recipients: row.read()?,
    })
}

/// A message that is in a node already.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The message.
    pub message: MessageId,
    /// Its node.
    pub node: ThreadNodeId,
    /// What its copies have in common with it.
    pub copy_key: Option<i64>,
    /// The message itself.
    pub letter: Letter,
}

/// The messages of these nodes, the latest first, at most `limit` of them.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_nodes(db: &Db, nodes: &[ThreadNodeId], limit: u32) -> Result<Vec<Kept>, StoreError> {
    const SQL: &str = "SELECT message.id, message.node_id, message.copy_key, message.mailbox_id, message.received_at,
            message.internet_message_id, message.conversation_id, message.conversation_index, message.in_reply_to,
            message.reference_ids, message.subject, message.from_address, message.recipients
        FROM message WHERE message.thread_id IN (SELECT thread_id FROM thread_node WHERE id IN {numbers $1})
            AND message.node_id IN {numbers $1} AND message.deleted_at IS NULL
        ORDER BY message.received_at DESC, message.id LIMIT $2";
    let rows = db.query(SQL, [numbers(nodes.iter().map(|id| id.number())).into(), limit.into()]).await?;
    rows.into_iter()
        .map(|mut row| {
            let (message, node, copy_key, mailbox) = (row.read()?, row.read()?, row.read()?, row.read()?);
            Ok(Kept { message, node, copy_key, letter: letter_of(mailbox, &mut row)? })
        })
        .collect()
}
