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

/// The value under a name.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, name: &str) -> Result<Option<String>, StoreError> {
    db.query_first("SELECT value FROM setting WHERE name = $1", [name.into()]).await?.map(|mut row| row.read()).transpose()
}
