//! What requests with an Idempotency-Key were answered. A request that is under way has no answer yet.

use base::Timestamp;

use crate::db::Db;
use crate::error::StoreError;
use crate::statement::Statement;

/// A request that was begun under a key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Begun {
    /// The hash of the request: its method, its address and its body.
    pub request_hash: Vec<u8>,
    /// When.
    pub begun_at: Timestamp,
    /// What it was answered, if it has been.
    pub answer: Option<Answer>,
}

/// What a request was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: i64,
    /// The headers that are repeated, as a JSON array of pairs.
    pub headers: String,
    /// The body.
    pub body: Vec<u8>,
}

/// A request begins under a key of its asker. Guards its transaction: a key begins one request.
pub fn begin(asker: &str, key: &str, request_hash: &[u8], at: Timestamp) -> Statement {
    const SQL: &str =
        "INSERT INTO idempotency (asker, key, request_hash, begun_at) VALUES ($1, $2, $3, $4) ON CONFLICT (asker, key) DO NOTHING";
    Statement::new(SQL, [asker.into(), key.into(), request_hash.into(), at.into()]).expect_rows(1, "the key has begun no request")
}

/// What the request under this key was answered.
pub fn settle(asker: &str, key: &str, answer: &Answer) -> Statement {
    const SQL: &str = "UPDATE idempotency SET status = $3, headers = $4, answer = $5 WHERE asker = $1 AND key = $2";
    Statement::new(SQL, [asker.into(), key.into(), answer.status.into(), (&answer.headers).into(), answer.body.clone().into()])
}

/// Forgets the request under this key, so that it may be sent again.
pub fn forget(asker: &str, key: &str) -> Statement {
    Statement::new("DELETE FROM idempotency WHERE asker = $1 AND key = $2", [asker.into(), key.into()])
}

/// Forgets requests that were begun before `until`.
pub fn purge(until: Timestamp) -> Statement {
    Statement::new("DELETE FROM idempotency WHERE begun_at < $1", [until.into()])
}

/// The request that was begun under this key.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, asker: &str, key: &str) -> Result<Option<Begun>, StoreError> {
    const SQL: &str = "SELECT request_hash, begun_at, status, headers, answer FROM idempotency WHERE asker = $1 AND key = $2";
    let Some(mut row) = db.query_first(SQL, [asker.into(), key.into()]).await? else { return Ok(None) };
    let (request_hash, begun_at) = (row.read()?, row.read()?);
    let (status, headers, body): (Option<i64>, Option<String>, Option<Vec<u8>>) = (row.read()?, row.read()?, row.read()?);
    let answer = match (status, headers, body) {
        (Some(status), Some(headers), Some(body)) => Some(Answer { status, headers, body }),
        _ => None,
    };
    Ok(Some(Begun { request_hash, begun_at, answer }))
}
