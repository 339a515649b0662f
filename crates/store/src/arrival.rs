//! Arrivals: the ledger's events about messages, joined with what a consumer needs to know of the message now. One
//! query a batch.
//!
//! The event says which message to look at, its row says what is true: a consumer that brings its own tables in line
//! with the row is right whatever has happened since, and however often it looks.

use model::event::EventKind;
use model::id::{MailboxId, MessageId, ThreadId, WorkspaceId};
use model::message::BodyKind;

use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;

/// What an event about a message says.
#[derive(Clone, Debug)]
pub struct Arrival<T> {
    /// Its number in the workspace's ledger.
    pub seq: i64,
    /// What has happened; events about other things than messages come too, so that the cursor passes them.
    pub kind: EventKind,
    /// The message, if it is about one.
    pub message: MessageId,
    /// The event's details as JSON; only for changes, where they name what has changed.
    pub changes: Option<String>,
    /// The thread that the message is in.
    pub thread: Option<ThreadId>,
    /// The message as it is now; `None` if it is not in the mailbox any more.
    pub now: Option<T>,
}

/// What the search needs of a message.
#[derive(Clone, Debug)]
pub struct Text {
    /// The mailbox that it is in.
    pub mailbox: MailboxId,
    /// Its subject.
    pub subject: String,
    /// Its author's name.
    pub author_name: Option<String>,
    /// Its author's address.
    pub author: Option<String>,
    /// Everyone else, a JSON object.
    pub recipients: String,
    /// Whether its author marked it as private.
    pub private: bool,
    /// What kind of text its body is.
    pub body_kind: BodyKind,
    /// Its body or the beginning of it.
    pub body: String,
}

/// The events after number `after`, oldest first, for the search. A body longer than `body_characters_max` is cut.
///
/// # Errors
/// As [`Db::query`].
pub async fn texts(
    db: &Db,
    workspace: WorkspaceId,
    after: i64,
    limit: u32,
    body_characters_max: u32,
) -> Result<Vec<Arrival<Text>>, StoreError> {
    const SQL: &str = "SELECT event.seq, event.kind, event.subject_id,
            CASE WHEN event.kind IN ('message.updated', 'message.moved') THEN event.data END, message.thread_id,
            CASE WHEN message.deleted_at IS NULL THEN message.mailbox_id END, message.subject, message.from_name, message.from_address,
            message.recipients, message.private, message_body.kind,
            CASE WHEN octet_length(message_body.content) > $4 THEN substr(message_body.content, 1, CAST($4 AS INTEGER)) ELSE message_body.content END
        FROM event LEFT JOIN message ON message.id = event.subject_id LEFT JOIN message_body ON message_body.message_id = message.id
        WHERE event.workspace_id = $1 AND event.seq > $2 ORDER BY event.seq LIMIT $3";
    let rows = db.query(SQL, [workspace.into(), after.into(), limit.into(), body_characters_max.into()]).await?;
    rows.into_iter().map(|row| arrival(row, text)).collect()
}

fn text(mailbox: MailboxId, row: &mut Row) -> Result<Text, StoreError> {
    Ok(Text {
        mailbox,
        subject: row.read()?,
        author_name: row.read()?,
        author: row.read()?,
        recipients: row.read()?,
        private: row.read()?,
        body_kind: BodyKind::named(&row.read::<Option<String>>()?.unwrap_or_default()),
        body: row.read::<Option<String>>()?.unwrap_or_default(),
    })
}

fn arrival<T>(mut row: Row, read: impl Fn(MailboxId, &mut Row) -> Result<T, StoreError>) -> Result<Arrival<T>, StoreError> {
    let seq = row.read()?;
    let name: String = row.read()?;
    let kind = EventKind::named(&name).ok_or_else(|| StoreError::Broken(format!("no event is called {name}")))?;
    let (message, changes, thread) = (row.read()?, row.read()?, row.read()?);
    let mailbox: Option<MailboxId> = row.read()?;
    let now = mailbox.map(|mailbox| read(mailbox, &mut row)).transpose()?;
    Ok(Arrival { seq, kind, message, changes, thread, now })
}
