//! Keys by which programs use the API: who may do what with them. Of a key itself only a hash is kept.

use base::Timestamp;
use model::id::{ApiKeyId, MailboxId, WorkspaceId};

use crate::db::Db;
use crate::dialect::numbers;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;

/// A key by which a program uses the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Its id.
    pub id: ApiKeyId,
    /// Whose data it opens.
    pub workspace: WorkspaceId,
    /// What it is for, in words.
    pub name: String,
    /// What is shown of the key itself.
    pub prefix: String,
    /// The hash of the key.
    pub hash: Vec<u8>,
    /// What it may do: names of scopes, parted by spaces.
    pub scopes: String,
    /// In which mailboxes; `None` for all.
    pub mailboxes: Option<Vec<MailboxId>>,
    /// Who made it.
    pub created_by: String,
    /// When.
    pub created_at: Timestamp,
    /// Until when it holds; `None` for ever.
    pub expires_at: Option<Timestamp>,
    /// When it was last used, to the minute.
    pub last_used_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, name, prefix, hash, scopes, mailboxes, created_by, created_at, expires_at, last_used_at, revoked_at
                FROM api_key ",
            $rest
        )
    };
}

/// A key that holds from now on.
pub fn insert(key: &ApiKey) -> Statement {
    const SQL: &str = "INSERT INTO api_key (id, workspace_id, name, prefix, hash, scopes, mailboxes, created_by, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let mailboxes = key.mailboxes.as_ref().map(|some| numbers(some.iter().map(|id| id.number())));
    Statement::new(
        SQL,
        [
            key.id.into(),
            key.workspace.into(),
            (&key.name).into(),
            (&key.prefix).into(),
            key.hash.clone().into(),
            (&key.scopes).into(),
            mailboxes.into(),
            (&key.created_by).into(),
            key.created_at.into(),
            key.expires_at.into(),
        ],
    )
}

/// It was used; nothing if it was used after `until` already.
pub fn set_used(key: ApiKeyId, at: Timestamp, until: Timestamp) -> Statement {
    const SQL: &str = "UPDATE api_key SET last_used_at = $2 WHERE id = $1 AND (last_used_at IS NULL OR last_used_at <= $3)";
    Statement::new(SQL, [key.into(), at.into(), until.into()])
}

/// It holds no longer. Guards its transaction: a key is revoked once.
pub fn revoke(key: ApiKeyId, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE api_key SET revoked_at = $2 WHERE id = $1 AND revoked_at IS NULL";
    Statement::new(SQL, [key.into(), at.into()]).expect_rows(1, "the key was not revoked")
}

/// The key of this hash, whether or not it still holds.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_hash(db: &Db, hash: &[u8]) -> Result<Option<ApiKey>, StoreError> {
    db.query_first(select!("WHERE hash = $1"), [hash.into()]).await?.map(key_of).transpose()
}

/// One key.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, key: ApiKeyId) -> Result<Option<ApiKey>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [key.into()]).await?.map(key_of).transpose()
}

/// Keys of a workspace older than `before`, the newest first, revoked ones too.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId, before: Option<ApiKeyId>, limit: u32) -> Result<Vec<ApiKey>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    let before = Value::Int(before.map_or(i64::MAX, ApiKeyId::number));
    db.query(SQL, [workspace.into(), before, limit.into()]).await?.into_iter().map(key_of).collect()
}

fn key_of(mut row: Row) -> Result<ApiKey, StoreError> {
    let row = &mut row;
    Ok(ApiKey {
        id: row.read()?,
        workspace: row.read()?,
        name: row.read()?,
        prefix: row.read()?,
        hash: row.read()?,
        scopes: row.read()?,
        mailboxes: row.read::<Option<String>>()?.map(|text| mailboxes_of(&text)).transpose()?,
        created_by: row.read()?,
        created_at: row.read()?,
        expires_at: row.read()?,
        last_used_at: row.read()?,
        revoked_at: row.read()?,
    })
}

fn mailboxes_of(text: &str) -> Result<Vec<MailboxId>, StoreError> {
    let numbers: Vec<i64> =
        serde_json::from_str(text).map_err(|error| StoreError::Broken(format!("a key's mailboxes are no list: {error}")))?;
    Ok(numbers.into_iter().map(MailboxId::from_number).collect())
}
