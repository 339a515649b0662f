//! Connections: our standing links to outside accounts.

use base::{Problem, Timestamp};
use model::id::{ConnectionId, WorkspaceId};

use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;

/// The provider of a connection by which Outlook's contacts are read.
pub const OUTLOOK_CONTACTS: &str = "microsoft_contacts";
/// The provider of a connection by which Google's contacts are read.
pub const GOOGLE_CONTACTS: &str = "google_contacts";

/// In whose name a connection acts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionKind {
    /// A person's, by that person's consent.
    Delegated,
    /// Our application's, by an administrator's consent.
    Application,
}

/// Whether a connection can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConnectionState {
    /// It can.
    Connected,
    /// Its grant is dead: a person has to connect it again.
    Reconnect,
    /// A person ended it.
    Disconnected,
}

impl ConnectionKind {
    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            ConnectionKind::Delegated => "delegated",
            ConnectionKind::Application => "application",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        [ConnectionKind::Delegated, ConnectionKind::Application].into_iter().find(|kind| kind.name() == name)
    }
}

impl ConnectionState {
    const ALL: [ConnectionState; 3] = [ConnectionState::Connected, ConnectionState::Reconnect, ConnectionState::Disconnected];

    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            ConnectionState::Connected => "connected",
            ConnectionState::Reconnect => "reconnect",
            ConnectionState::Disconnected => "disconnected",
        }
    }

    /// The state of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }
}

/// A standing link to one outside account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Connection {
    /// Its id.
    pub id: ConnectionId,
    /// Whose it is.
    pub workspace: WorkspaceId,
    /// At whom, such as `microsoft`.
    pub provider: String,
    /// In whose name it acts.
    pub kind: ConnectionKind,
    /// Microsoft's id of the tenant.
    pub tenant_id: String,
    /// Microsoft's object id of the user, or our client id for an application.
    pub account_id: String,
    /// The name that the account signs in with.
    pub principal_name: String,
    /// Its name for people.
    pub display_name: String,
    /// Whether it can be used.
    pub state: ConnectionState,
    /// Why not, if it cannot.
    pub problem: Option<Problem>,
    /// When the state last changed.
    pub state_at: Timestamp,
    /// When it was first connected.
    pub created_at: Timestamp,
}

impl Connection {
    /// Whether an account's contacts were connected, wherever they are.
    pub fn is_of_contacts(&self) -> bool {
        [OUTLOOK_CONTACTS, GOOGLE_CONTACTS].contains(&self.provider.as_str())
    }
}

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, provider, kind, tenant_id, account_id, principal_name, display_name, state, state_problem,
                state_at, created_at FROM connection ",
            $rest
        )
    };
}

/// A connection that was not there before.
pub fn insert(connection: &Connection) -> Statement {
    const SQL: &str = "INSERT INTO connection (id, workspace_id, provider, kind, tenant_id, account_id, principal_name, display_name,
            state, state_problem, state_at, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)";
    Statement::new(
        SQL,
        [
            connection.id.into(),
            connection.workspace.into(),
            (&connection.provider).into(),
            connection.kind.name().into(),
            (&connection.tenant_id).into(),
            (&connection.account_id).into(),
            (&connection.principal_name).into(),
            (&connection.display_name).into(),
            connection.state.name().into(),
            problem_value(connection.problem.as_ref()),
            connection.state_at.into(),
            connection.created_at.into(),
        ],
    )
}

/// Names that the account has by now.
pub fn set_names(connection: ConnectionId, principal_name: &str, display_name: &str) -> Statement {
    const SQL: &str = "UPDATE connection SET principal_name = $2, display_name = $3 WHERE id = $1";
    Statement::new(SQL, [connection.into(), principal_name.into(), display_name.into()])
}

/// Whether it can be used, since when, and if not, why.
pub fn set_state(connection: ConnectionId, state: ConnectionState, problem: Option<&Problem>, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE connection SET state = $2, state_problem = $3, state_at = $4 WHERE id = $1";
    Statement::new(SQL, [connection.into(), state.name().into(), problem_value(problem), at.into()])
}

/// One connection.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, connection: ConnectionId) -> Result<Option<Connection>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [connection.into()]).await?.map(connection_of).transpose()
}

/// The connection to this account.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_account(
    db: &Db,
    workspace: WorkspaceId,
    provider: &str,
    tenant_id: &str,
    account_id: &str,
) -> Result<Option<Connection>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 AND provider = $2 AND tenant_id = $3 AND account_id = $4");
    let row = db.query_first(SQL, [workspace.into(), provider.into(), tenant_id.into(), account_id.into()]).await?;
    row.map(connection_of).transpose()
}

/// All connections of a workspace, the oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId) -> Result<Vec<Connection>, StoreError> {
    let rows = db.query(select!("WHERE workspace_id = $1 ORDER BY id"), [workspace.into()]).await?;
    rows.into_iter().map(connection_of).collect()
}

fn connection_of(mut row: Row) -> Result<Connection, StoreError> {
    let row = &mut row;
    Ok(Connection {
        id: row.read()?,
        workspace: row.read()?,
        provider: row.read()?,
        kind: known(ConnectionKind::named, row.read()?)?,
        tenant_id: row.read()?,
        account_id: row.read()?,
        principal_name: row.read()?,
        display_name: row.read()?,
        state: known(ConnectionState::named, row.read()?)?,
        problem: problem_from(row.read()?)?,
        state_at: row.read()?,
        created_at: row.read()?,
    })
}

fn known<T>(named: fn(&str) -> Option<T>, name: String) -> Result<T, StoreError> {
    named(&name).ok_or_else(|| StoreError::Broken(format!("a connection is neither of kind nor in state {name}")))
}

/// A problem as a column keeps it.
pub(crate) fn problem_value(problem: Option<&Problem>) -> Value {
    problem.map(|problem| serde_json::to_string(problem).expect("a problem is JSON")).into()
}

/// A problem as a column kept it.
pub(crate) fn problem_from(text: Option<String>) -> Result<Option<Problem>, StoreError> {
    let Some(text) = text else { return Ok(None) };
    let parts: serde_json::Value =
        serde_json::from_str(&text).map_err(|error| StoreError::Broken(format!("a problem is no JSON: {error}")))?;
    let part = |name: &str| parts[name].as_str().unwrap_or_default();
    Ok(Some(Problem::new(part("code"), part("title"), part("detail"), part("action"))))
}
