//! Files that go with outgoing mail: written and read in chunks, so that no file is ever in memory whole.

use base::Timestamp;
use model::id::{FileId, WorkspaceId};

use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;

/// The size of every chunk but the last, in bytes. Three of them make a range of an upload (Microsoft takes 4 MB).
pub const CHUNK_BYTES: usize = 1024 * 1024;

/// What is known of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its id.
    pub id: FileId,
    /// Whose data.
    pub workspace: WorkspaceId,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its size in bytes; as far as it has come while it is not complete.
    pub size_bytes: i64,
    /// SHA-256 of its bytes, once it is complete.
    pub sha256: Option<Vec<u8>>,
    /// Who brought it.
    pub asked_by: String,
    /// When.
    pub created_at: Timestamp,
    /// When its last byte had come; `None` while it is coming, or if it broke off.
    pub completed_at: Option<Timestamp>,
}

/// A file that begins to come.
pub fn insert(file: &File) -> Statement {
    const SQL: &str = "INSERT INTO file (id, workspace_id, name, content_type, size_bytes, asked_by, created_at)
        VALUES ($1, $2, $3, $4, 0, $5, $6)";
    let args = [
        file.id.into(),
        file.workspace.into(),
        (&file.name).into(),
        (&file.content_type).into(),
        (&file.asked_by).into(),
        file.created_at.into(),
    ];
    Statement::new(SQL, args)
}

/// One more chunk of it, the first at place 0.
pub fn put_chunk(file: FileId, place: i64, content: Vec<u8>) -> Statement {
    Statement::new("INSERT INTO file_chunk (file_id, place, content) VALUES ($1, $2, $3)", [file.into(), place.into(), content.into()])
}

/// It is complete. Guards its transaction: that happens once.
pub fn complete(file: FileId, size_bytes: i64, sha256: &[u8], at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE file SET size_bytes = $2, sha256 = $3, completed_at = $4 WHERE id = $1 AND completed_at IS NULL";
    Statement::new(SQL, [file.into(), size_bytes.into(), sha256.into(), at.into()]).expect_rows(1, "the file was coming")
}

/// It is forgotten with its bytes.
pub fn remove(file: FileId) -> [Statement; 2] {
    [
        Statement::new("DELETE FROM file_chunk WHERE file_id = $1", [file.into()]),
        Statement::new("DELETE FROM file WHERE id = $1", [file.into()]),
    ]
}

/// One file.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, file: FileId) -> Result<Option<File>, StoreError> {
    const SQL: &str =
        "SELECT id, workspace_id, name, content_type, size_bytes, sha256, asked_by, created_at, completed_at FROM file WHERE id = $1";
    db.query_first(SQL, [file.into()]).await?.map(file_of).transpose()
}

/// A chunk of a file; `None` past its end.
///
/// # Errors
/// As [`Db::query`].
pub async fn chunk(db: &Db, file: FileId, place: i64) -> Result<Option<Vec<u8>>, StoreError> {
    const SQL: &str = "SELECT content FROM file_chunk WHERE file_id = $1 AND place = $2";
    db.query_first(SQL, [file.into(), place.into()]).await?.map(|mut row| row.read()).transpose()
}

/// The bytes of a small file that has `size_bytes`.
///
/// # Errors
/// As [`Db::query`]; [`StoreError::Broken`] if it has another size: a mail must not leave with less than it was given.
pub async fn whole(db: &Db, file: FileId, size_bytes: i64) -> Result<Vec<u8>, StoreError> {
    let mut bytes = Vec::with_capacity(usize::try_from(size_bytes).unwrap_or(0));
    for place in 0.. {
        let Some(chunk) = chunk(db, file, place).await? else { break };
        bytes.extend(chunk);
    }
    if i64::try_from(bytes.len()) == Ok(size_bytes) {
        return Ok(bytes);
    }
    Err(StoreError::Broken(format!("a file has {} bytes and should have {size_bytes}", bytes.len())))
}

/// Files that were brought before `until`, the oldest first, and belong to no outgoing mail that is still to be sent, nor to
/// one asked for since `failed_since` that has failed and may be sent again.
///
/// # Errors
/// As [`Db::query`].
pub async fn forgettable(
    db: &Db,
    workspace: WorkspaceId,
    until: Timestamp,
    failed_since: Timestamp,
    limit: u32,
) -> Result<Vec<FileId>, StoreError> {
    const SQL: &str = "SELECT file.id FROM file WHERE file.workspace_id = $1 AND file.created_at < $2 AND NOT EXISTS
            (SELECT 1 FROM enclosed JOIN outgoing ON outgoing.id = enclosed.outgoing_id
            WHERE enclosed.file_id = file.id AND (outgoing.state IN ('queued', 'sending', 'accepted', 'unclear')
                OR (outgoing.state = 'failed' AND outgoing.asked_at >= $3)))
        ORDER BY file.id LIMIT $4";
    let rows = db.query(SQL, [workspace.into(), until.into(), failed_since.into(), limit.into()]).await?;
    rows.into_iter().map(|mut row| row.read()).collect()
}

fn file_of(mut row: Row) -> Result<File, StoreError> {
    Ok(File {
        id: row.read()?,
        workspace: row.read()?,
        name: row.read()?,
        content_type: row.read()?,
        size_bytes: row.read()?,
        sha256: row.read()?,
        asked_by: row.read()?,
        created_at: row.read()?,
        completed_at: row.read()?,
    })
}
