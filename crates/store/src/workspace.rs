//! Workspaces: the customers of this server.

use base::Timestamp;
use model::id::WorkspaceId;

use crate::db::Db;
use crate::error::StoreError;
use crate::statement::Statement;

/// One customer of this server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Workspace {
    /// Its id.
    pub id: WorkspaceId,
    /// Its name for people.
    pub name: String,
    /// When it was made.
    pub created_at: Timestamp,
}

/// A new workspace; nothing if its id is there already.
pub fn ensure(workspace: &Workspace) -> Statement {
    const SQL: &str = "INSERT INTO workspace (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";
    Statement::new(SQL, [workspace.id.into(), (&workspace.name).into(), workspace.created_at.into()])
}

/// All workspaces, the oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db) -> Result<Vec<Workspace>, StoreError> {
    let rows = db.query("SELECT id, name, created_at FROM workspace ORDER BY id", []).await?;
    rows.into_iter().map(|mut row| Ok(Workspace { id: row.read()?, name: row.read()?, created_at: row.read()? })).collect()
}
