//! Workspaces: the customers of this server, and the homes that their people come from.
//!
//! A home is a Microsoft tenant or a mail domain. It belongs to one workspace at most: whoever signs in from there is of
//! that workspace.

use base::Timestamp;
use model::id::WorkspaceId;

use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;
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

/// Where people come from. Names are kept in small letters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Home {
    /// A Microsoft tenant, by its id.
    Tenant(String),
    /// A mail domain.
    Domain(String),
}

impl Home {
    /// As the database and the API write its kind.
    pub const fn kind(&self) -> &'static str {
        match self {
            Home::Tenant(_) => "tenant",
            Home::Domain(_) => "domain",
        }
    }

    /// Its id or its domain, in small letters.
    pub fn name(&self) -> String {
        match self {
            Home::Tenant(name) | Home::Domain(name) => name.trim().to_lowercase(),
        }
    }
}

/// The country whose people write numbers without its code, by ISO 3166-1 alpha-2.
///
/// # Errors
/// As [`Db::query`].
pub async fn region(db: &Db, workspace: WorkspaceId) -> Result<Option<String>, StoreError> {
    db.query_first("SELECT region FROM workspace WHERE id = $1", [workspace.into()]).await?.map_or(Ok(None), |mut row| row.read())
}

/// Sets the region; `None` takes it away.
pub fn set_region(workspace: WorkspaceId, region: Option<&str>) -> Statement {
    Statement::new("UPDATE workspace SET region = $2 WHERE id = $1", [workspace.into(), region.into()])
}

/// A new workspace; nothing if its id is there already.
pub fn ensure(workspace: &Workspace) -> Statement {
    const SQL: &str = "INSERT INTO workspace (id, name, created_at) VALUES ($1, $2, $3) ON CONFLICT (id) DO NOTHING";
    Statement::new(SQL, [workspace.id.into(), (&workspace.name).into(), workspace.created_at.into()])
}

/// People from this home belong to this workspace from now on. Guards its transaction: no other workspace has it.
pub fn put_home(workspace: WorkspaceId, home: &Home, at: Timestamp) -> Statement {
    const SQL: &str = "INSERT INTO workspace_home (kind, name, workspace_id, created_at) VALUES ($1, $2, $3, $4)
        ON CONFLICT (kind, name) DO UPDATE SET created_at = workspace_home.created_at
        WHERE workspace_home.workspace_id = excluded.workspace_id";
    let statement = Statement::new(SQL, [home.kind().into(), home.name().into(), workspace.into(), at.into()]);
    statement.expect_rows(1, "the home is not another workspace's")
}

/// People from this home no longer belong to this workspace.
pub fn remove_home(workspace: WorkspaceId, home: &Home) -> Statement {
    const SQL: &str = "DELETE FROM workspace_home WHERE kind = $1 AND name = $2 AND workspace_id = $3";
    Statement::new(SQL, [home.kind().into(), home.name().into(), workspace.into()])
}

/// All workspaces, the oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db) -> Result<Vec<Workspace>, StoreError> {
    db.query("SELECT id, name, created_at FROM workspace ORDER BY id", []).await?.into_iter().map(workspace_of).collect()
}

/// One workspace.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, workspace: WorkspaceId) -> Result<Option<Workspace>, StoreError> {
    let row = db.query_first("SELECT id, name, created_at FROM workspace WHERE id = $1", [workspace.into()]).await?;
    row.map(workspace_of).transpose()
}

/// The workspace that people from this home belong to.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_home(db: &Db, home: &Home) -> Result<Option<WorkspaceId>, StoreError> {
    const SQL: &str = "SELECT workspace_id FROM workspace_home WHERE kind = $1 AND name = $2";
    let row = db.query_first(SQL, [home.kind().into(), home.name().into()]).await?;
    row.map(|mut row| row.read()).transpose()
}

/// The homes of a workspace, by kind and name.
///
/// # Errors
/// As [`Db::query`].
pub async fn homes(db: &Db, workspace: WorkspaceId) -> Result<Vec<Home>, StoreError> {
    const SQL: &str = "SELECT kind, name FROM workspace_home WHERE workspace_id = $1 ORDER BY kind, name";
    db.query(SQL, [workspace.into()]).await?.into_iter().map(home_of).collect()
}

/// Whether any workspace has a home.
///
/// # Errors
/// As [`Db::query`].
pub async fn has_homes(db: &Db) -> Result<bool, StoreError> {
    Ok(db.query_first("SELECT kind FROM workspace_home LIMIT 1", []).await?.is_some())
}

fn workspace_of(mut row: Row) -> Result<Workspace, StoreError> {
    Ok(Workspace { id: row.read()?, name: row.read()?, created_at: row.read()? })
}

fn home_of(mut row: Row) -> Result<Home, StoreError> {
    let (kind, name): (String, String) = (row.read()?, row.read()?);
    match kind.as_str() {
        "tenant" => Ok(Home::Tenant(name)),
        "domain" => Ok(Home::Domain(name)),
        _ => Err(StoreError::Broken(format!("a workspace has a home of the unknown kind {kind}"))),
    }
}
