//! Settings that the server keeps for itself, such as its own id.

use crate::db::Db;
use crate::error::StoreError;
use crate::statement::Statement;

/// Keeps a value under a name, instead of any that was there.
pub fn put(name: &str, value: &str) -> Statement {
    const SQL: &str = "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
    Statement::new(SQL, [name.into(), value.into()])
}

/// Keeps a value under a name if there is none: whoever comes first decides.
pub fn ensure(name: &str, value: &str) -> Statement {
    Statement::new("INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING", [name.into(), value.into()])
}

/// Keeps a value under a name if there is none, and else keeps nothing of its transaction.
pub fn claim(name: &str, value: &str) -> Statement {
    ensure(name, value).expect_rows(1, "nobody was quicker")
}

/// Keeps another value under a name if there is still this one, and else keeps nothing of its transaction.
pub fn replace(name: &str, before: &str, value: &str) -> Statement {
    const SQL: &str = "UPDATE setting SET value = $3 WHERE name = $1 AND value = $2";
    Statement::new(SQL, [name.into(), before.into(), value.into()]).expect_rows(1, "nobody was quicker")
}

/// Nothing is under a name any more.
pub fn remove(name: &str) -> Statement {
    Statement::new("DELETE FROM setting WHERE name = $1", [name.into()])
}

/// The value under a name.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, name: &str) -> Result<Option<String>, StoreError> {
    db.query_first("SELECT value FROM setting WHERE name = $1", [name.into()]).await?.map(|mut row| row.read()).transpose()
}
