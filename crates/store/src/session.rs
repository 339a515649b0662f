//! Who may use the console: the administrator's token (kept as Argon2id) and the sessions of browsers (kept as hashes).

use base::Timestamp;

use crate::db::Db;
use crate::error::StoreError;
use crate::statement::Statement;

/// A browser that has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of its cookie.
    pub token_hash: Vec<u8>,
    /// What its forms must repeat.
    pub csrf: String,
    /// When it signed in.
    pub created_at: Timestamp,
    /// Until when it may come back.
    pub expires_at: Timestamp,
}

/// The one administrator, numbered 1.
const ADMINISTRATOR: i64 = 1;

/// A browser signs in.
pub fn insert(session: &Session) -> Statement {
    const SQL: &str = "INSERT INTO session (token_hash, csrf, created_at, expires_at) VALUES ($1, $2, $3, $4)";
    Statement::new(SQL, [session.token_hash.clone().into(), (&session.csrf).into(), session.created_at.into(), session.expires_at.into()])
}

/// A browser signs out.
pub fn remove(token_hash: &[u8]) -> Statement {
    Statement::new("DELETE FROM session WHERE token_hash = $1", [token_hash.into()])
}

/// Signs everybody out: the administrator's token has changed.
pub fn remove_all() -> Statement {
    Statement::new("DELETE FROM session", [])
}

/// Forgets sessions that ended before `before`.
pub fn purge(before: Timestamp) -> Statement {
    Statement::new("DELETE FROM session WHERE expires_at < $1", [before.into()])
}

/// The session of this cookie, if it has not ended.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, token_hash: &[u8], now: Timestamp) -> Result<Option<Session>, StoreError> {
    const SQL: &str = "SELECT token_hash, csrf, created_at, expires_at FROM session WHERE token_hash = $1 AND expires_at > $2";
    let row = db.query_first(SQL, [token_hash.into(), now.into()]).await?;
    row.map(|mut row| Ok(Session { token_hash: row.read()?, csrf: row.read()?, created_at: row.read()?, expires_at: row.read()? }))
        .transpose()
}

/// Sets the administrator's token (its Argon2id form), if there is none yet: touches no row otherwise.
pub fn ensure_administrator(token_argon2id: &str, at: Timestamp) -> Statement {
    const SQL: &str = "INSERT INTO administrator (id, token_argon2id, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";
    Statement::new(SQL, [ADMINISTRATOR.into(), token_argon2id.into(), at.into()])
}

/// Sets the administrator's token (its Argon2id form), whether or not there was one.
pub fn put_administrator(token_argon2id: &str, at: Timestamp) -> Statement {
    const SQL: &str = "INSERT INTO administrator (id, token_argon2id, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (id) DO UPDATE SET token_argon2id = excluded.token_argon2id, created_at = excluded.created_at";
    Statement::new(SQL, [ADMINISTRATOR.into(), token_argon2id.into(), at.into()])
}

/// The administrator's token in its Argon2id form.
///
/// # Errors
/// As [`Db::query`].
pub async fn administrator(db: &Db) -> Result<Option<String>, StoreError> {
    let row = db.query_first("SELECT token_argon2id FROM administrator WHERE id = $1", [ADMINISTRATOR.into()]).await?;
    row.map(|mut row| row.read()).transpose()
}
