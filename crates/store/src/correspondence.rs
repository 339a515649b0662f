//! Correspondence: what the filing of threads needs to know of the ledger and of the messages of a thread.
//!
//! Private messages, drafts and deleted messages do not exist here: nothing decided from this reading can tell of them.

use base::Timestamp;
use model::event::EventKind;
use model::id::{MailboxId, ThreadId, WorkspaceId};
use model::nature::Nature;

use crate::db::Db;
use crate::dialect::numbers;
use crate::error::StoreError;
use crate::row::Row;

/// An event, as far as it can touch the filing of threads.
#[derive(Clone, Debug)]
pub struct Touch {
    /// Its number in the workspace's ledger.
    pub seq: i64,
    /// What has happened.
    pub kind: EventKind,
    /// The number of the id of what it happened to.
    pub subject: i64,
    /// Whether it is what a first sync found.
    pub backfill: bool,
    /// The event's details as JSON; only of joins, splits and changes of messages.
    pub data: Option<String>,
    /// The thread of the message, for moves and changes of messages.
    pub thread: Option<ThreadId>,
}

/// What a thread's filing needs of a message.
#[derive(Clone, Debug)]
pub struct Sheet {
    /// The thread.
    pub thread: ThreadId,
    /// In which mailbox.
    pub mailbox: MailboxId,
    /// The well-known name of its folder, such as `junkemail`.
    pub folder: Option<String>,
    /// Its author's name.
    pub author_name: Option<String>,
    /// Its author's address.
    pub author: Option<String>,
    /// Everyone else, a JSON object.
    pub recipients: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// Who is behind it.
    pub nature: Nature,
}

/// The events after number `after`, oldest first; those that touch nothing here come too, so that the cursor passes them.
///
/// # Errors
/// As [`Db::query`].
pub async fn touches(db: &Db, workspace: WorkspaceId, after: i64, limit: u32) -> Result<Vec<Touch>, StoreError> {
    const SQL: &str = "SELECT event.seq, event.kind, event.subject_id, event.backfill,
            CASE WHEN event.kind IN ('thread.joined', 'thread.split', 'message.updated') THEN event.data END, message.thread_id
        FROM event LEFT JOIN message ON message.id = event.subject_id AND event.kind IN ('message.moved', 'message.updated')
        WHERE event.workspace_id = $1 AND event.seq > $2 ORDER BY event.seq LIMIT $3";
    let rows = db.query(SQL, [workspace.into(), after.into(), limit.into()]).await?;
    rows.into_iter().map(touch_of).collect()
}

fn touch_of(mut row: Row) -> Result<Touch, StoreError> {
    let seq = row.read()?;
    let name: String = row.read()?;
    let kind = EventKind::named(&name).ok_or_else(|| StoreError::Broken(format!("no event is called {name}")))?;
    Ok(Touch { seq, kind, subject: row.read()?, backfill: row.read()?, data: row.read()?, thread: row.read()? })
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT message.thread_id, message.mailbox_id, folder.well_known, message.from_name, message.from_address,
                message.recipients, message.received_at, message.nature
            FROM message LEFT JOIN folder ON folder.id = message.folder_id ",
            $rest
        )
    };
}

/// The messages of these threads, by thread, oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_threads(db: &Db, threads: &[ThreadId]) -> Result<Vec<Sheet>, StoreError> {
    const SQL: &str = select!(
        "WHERE message.thread_id IN {numbers $1} AND message.private = 0 AND message.is_draft = 0 AND message.deleted_at IS NULL
        ORDER BY message.thread_id, message.received_at, message.id"
    );
    if threads.is_empty() {
        return Ok(Vec::new());
    }
    let rows = db.query(SQL, [numbers(threads.iter().map(|id| id.number())).into()]).await?;
    rows.into_iter().map(sheet_of).collect()
}

/// The latest messages of one long thread, the latest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn latest_of(db: &Db, thread: ThreadId, limit: u32) -> Result<Vec<Sheet>, StoreError> {
    const SQL: &str = select!(
        "WHERE message.thread_id = $1 AND message.private = 0 AND message.is_draft = 0 AND message.deleted_at IS NULL
        ORDER BY message.received_at DESC, message.id DESC LIMIT $2"
    );
    db.query(SQL, [thread.into(), limit.into()]).await?.into_iter().map(sheet_of).collect()
}

fn sheet_of(mut row: Row) -> Result<Sheet, StoreError> {
    let row = &mut row;
    Ok(Sheet {
        thread: row.read()?,
        mailbox: row.read()?,
        folder: row.read()?,
        author_name: row.read()?,
        author: row.read()?,
        recipients: row.read()?,
        received_at: row.read()?,
        nature: Nature::named(&row.read::<String>()?),
    })
}
