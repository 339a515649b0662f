//! Folders of a mailbox, and the ledger that compares each with its source.

use base::Timestamp;
use model::id::{FolderId, MailboxId};

use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;

/// What an audit found in a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FolderAudit {
    /// When it was checked.
    pub at: Timestamp,
    /// Messages at the source.
    pub there: i64,
    /// Messages here.
    pub here: i64,
    /// Messages at the source that were not here.
    pub missing: i64,
    /// Messages here that were not at the source.
    pub extra: i64,
}

/// A mail folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    /// Its id.
    pub id: FolderId,
    /// In which mailbox.
    pub mailbox: MailboxId,
    /// Microsoft's immutable id.
    pub graph_id: String,
    /// Microsoft's id of the folder around it; `None` at the top.
    pub parent_graph_id: Option<String>,
    /// Its name for people.
    pub display_name: String,
    /// Microsoft's name for its purpose, such as `inbox`.
    pub well_known: Option<String>,
    /// Whether Outlook hides it.
    pub hidden: bool,
    /// Messages in it as Microsoft last said.
    pub total_there: i64,
    /// Unread messages in it as Microsoft last said.
    pub unread_there: i64,
    /// When it was removed at the source.
    pub removed_at: Option<Timestamp>,
    /// When its first sync was complete.
    pub first_synced_at: Option<Timestamp>,
    /// When a pass over its changes was last complete.
    pub last_synced_at: Option<Timestamp>,
    /// How many messages its first sync expects.
    pub estimate_total: Option<i64>,
    /// What the last audit found.
    pub audit: Option<FolderAudit>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, mailbox_id, graph_id, parent_graph_id, display_name, well_known, hidden, total_there, unread_there, removed_at,
                first_synced_at, last_synced_at, estimate_total, audit_at, audit_there, audit_here, audit_missing, audit_extra,
                (SELECT COUNT(*) FROM message WHERE message.folder_id = folder.id AND CAST($1 AS BIGINT) = 1) AS here FROM folder ",
            $rest
        )
    };
}

/// A folder that was not known; its audit begins empty.
pub fn insert(folder: &Folder) -> Statement {
    const SQL: &str = "INSERT INTO folder (id, mailbox_id, graph_id, parent_graph_id, display_name, well_known, hidden, total_there,
            unread_there, removed_at, first_synced_at, last_synced_at, estimate_total)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)";
    Statement::new(
        SQL,
        [
            folder.id.into(),
            folder.mailbox.into(),
            (&folder.graph_id).into(),
            folder.parent_graph_id.as_ref().into(),
            (&folder.display_name).into(),
            folder.well_known.as_ref().into(),
            folder.hidden.into(),
            folder.total_there.into(),
            folder.unread_there.into(),
            folder.removed_at.into(),
            folder.first_synced_at.into(),
            folder.last_synced_at.into(),
            folder.estimate_total.into(),
        ],
    )
}

/// What Microsoft says of a folder: parent, names, visibility, counts, and whether it is there.
pub fn update(folder: &Folder) -> Statement {
    const SQL: &str = "UPDATE folder SET parent_graph_id = $2, display_name = $3, well_known = $4, hidden = $5, total_there = $6,
            unread_there = $7, removed_at = $8 WHERE id = $1";
    Statement::new(
        SQL,
        [
            folder.id.into(),
            folder.parent_graph_id.as_ref().into(),
            (&folder.display_name).into(),
            folder.well_known.as_ref().into(),
            folder.hidden.into(),
            folder.total_there.into(),
            folder.unread_there.into(),
            folder.removed_at.into(),
        ],
    )
}

/// Notes that a folder is gone at the source.
pub fn set_removed(folder: FolderId, at: Timestamp) -> Statement {
    Statement::new("UPDATE folder SET removed_at = $2 WHERE id = $1 AND removed_at IS NULL", [folder.into(), at.into()])
}

/// Notes that a pass over the folder's changes is complete.
pub fn set_synced(folder: FolderId, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE folder SET last_synced_at = $2, first_synced_at = COALESCE(first_synced_at, $2) WHERE id = $1";
    Statement::new(SQL, [folder.into(), at.into()])
}

/// Notes how many messages the first sync of a folder expects.
pub fn set_estimate(folder: FolderId, total: i64) -> Statement {
    Statement::new("UPDATE folder SET estimate_total = $2 WHERE id = $1", [folder.into(), total.into()])
}

/// Notes what an audit found.
pub fn set_audit(folder: FolderId, audit: &FolderAudit) -> Statement {
    const SQL: &str = "UPDATE folder SET audit_at = $2, audit_there = $3, audit_here = $4, audit_missing = $5, audit_extra = $6,
        total_there = $3 WHERE id = $1";
    Statement::new(SQL, [folder.into(), audit.at.into(), audit.there.into(), audit.here.into(), audit.missing.into(), audit.extra.into()])
}

/// Guards what may happen once every folder's first sync is complete.
pub fn all_first_synced(mailbox: MailboxId) -> Statement {
    const SQL: &str = "SELECT 1 FROM mailbox WHERE id = $1 AND NOT EXISTS (SELECT 1 FROM folder
        WHERE mailbox_id = $1 AND removed_at IS NULL AND first_synced_at IS NULL)";
    Statement::new(SQL, [mailbox.into()]).expect_rows(1, "every folder is synced")
}

/// One folder.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, folder: FolderId) -> Result<Option<Folder>, StoreError> {
    let row = db.query_first(select!("WHERE id = $2"), [0_i64.into(), folder.into()]).await?;
    row.map(|row| folder_of(row).map(|(folder, _)| folder)).transpose()
}

/// A mailbox's folder of this well-known name, as far as it has been seen and is still there.
///
/// # Errors
/// As [`Db::query`].
pub async fn well_known(db: &Db, mailbox: MailboxId, name: &str) -> Result<Option<Folder>, StoreError> {
    let folders = list(db, mailbox).await?;
    Ok(folders.into_iter().find(|folder| folder.well_known.as_deref() == Some(name) && folder.removed_at.is_none()))
}

/// The folder that Graph calls by this id.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_graph_id(db: &Db, mailbox: MailboxId, graph_id: &str) -> Result<Option<Folder>, StoreError> {
    const SQL: &str = select!("WHERE mailbox_id = $2 AND graph_id = $3");
    let row = db.query_first(SQL, [0_i64.into(), mailbox.into(), graph_id.into()]).await?;
    row.map(|row| folder_of(row).map(|(folder, _)| folder)).transpose()
}

/// All folders of a mailbox, those removed at the source among them.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, mailbox: MailboxId) -> Result<Vec<Folder>, StoreError> {
    let rows = db.query(select!("WHERE mailbox_id = $2 ORDER BY graph_id"), [0_i64.into(), mailbox.into()]).await?;
    rows.into_iter().map(|row| folder_of(row).map(|(folder, _)| folder)).collect()
}

/// The folders of a mailbox that are there, each with the count of its messages here.
///
/// # Errors
/// As [`Db::query`].
pub async fn counted(db: &Db, mailbox: MailboxId) -> Result<Vec<(Folder, i64)>, StoreError> {
    const SQL: &str = select!("WHERE mailbox_id = $2 AND removed_at IS NULL ORDER BY graph_id");
    db.query(SQL, [1_i64.into(), mailbox.into()]).await?.into_iter().map(folder_of).collect()
}

fn folder_of(mut row: Row) -> Result<(Folder, i64), StoreError> {
    let row = &mut row;
    let mut folder = Folder {
        id: row.read()?,
        mailbox: row.read()?,
        graph_id: row.read()?,
        parent_graph_id: row.read()?,
        display_name: row.read()?,
        well_known: row.read()?,
        hidden: row.read()?,
        total_there: row.read()?,
        unread_there: row.read()?,
        removed_at: row.read()?,
        first_synced_at: row.read()?,
        last_synced_at: row.read()?,
        estimate_total: row.read()?,
        audit: None,
    };
    if let Some(at) = row.read()? {
        folder.audit = Some(FolderAudit { at, there: row.read()?, here: row.read()?, missing: row.read()?, extra: row.read()? });
    }
    Ok((folder, row.take("here")?))
}
