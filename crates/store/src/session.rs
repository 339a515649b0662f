//! Who may use the console: the administrator's token (kept as Argon2id) and the sessions of browsers (kept as hashes).
//!
//! A session is in one workspace, which it was begun for. It is the administrator's, or a member's: a colleague whom
//! Microsoft has named, with the role that was then given. It does not follow later changes; it ends soon.

use base::Timestamp;
use model::id::WorkspaceId;

use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;

/// A browser that has signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The hash of its cookie.
    pub token_hash: Vec<u8>,
    /// What its forms must repeat.
    pub csrf: String,
    /// In which workspace it looks around.
    pub workspace: WorkspaceId,
    /// What it may do.
    pub role: Role,
    /// Who it is; `None` for whoever holds the administrator's token.
    pub member: Option<Member>,
    /// When it signed in.
    pub created_at: Timestamp,
    /// Until when it may come back.
    pub expires_at: Timestamp,
}

/// What whoever is signed in may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// Everything in the workspace.
    Administrator,
    /// Connect the own mailbox, and read what the workspace's mailboxes show.
    Member,
}

/// A colleague who has signed in by Microsoft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    /// Microsoft's id of the tenant.
    pub tenant_id: String,
    /// Microsoft's object id of the user: with the tenant's, the colleague for ever.
    pub object_id: String,
    /// The address, in small letters.
    pub email: String,
    /// The name to show.
    pub name: String,
}

impl Role {
    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Role::Administrator => "administrator",
            Role::Member => "member",
        }
    }

    /// The role of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Role::Administrator, Role::Member].into_iter().find(|role| role.name() == name)
    }
}

/// The one administrator, numbered 1.
const ADMINISTRATOR: i64 = 1;

/// A browser signs in.
pub fn insert(session: &Session) -> Statement {
    const SQL: &str =
        "INSERT INTO session (token_hash, csrf, workspace_id, role, tenant_id, object_id, email, name, created_at, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    let member = |read: fn(&Member) -> &String| session.member.as_ref().map(read).cloned();
    Statement::new(
        SQL,
        [
            session.token_hash.clone().into(),
            (&session.csrf).into(),
            session.workspace.into(),
            session.role.name().into(),
            member(|member| &member.tenant_id).into(),
            member(|member| &member.object_id).into(),
            member(|member| &member.email).into(),
            member(|member| &member.name).into(),
            session.created_at.into(),
            session.expires_at.into(),
        ],
    )
}

/// A browser signs out.
pub fn remove(token_hash: &[u8]) -> Statement {
    Statement::new("DELETE FROM session WHERE token_hash = $1", [token_hash.into()])
}

/// Looks around in another workspace from now on: for the administrator of the whole server.
pub fn move_to(token_hash: &[u8], workspace: WorkspaceId) -> Statement {
    const SQL: &str = "UPDATE session SET workspace_id = $2 WHERE token_hash = $1 AND object_id IS NULL";
    Statement::new(SQL, [token_hash.into(), workspace.into()]).expect_rows(1, "the session is the server administrator's")
}

/// A member's address, as it has now been learnt, in all of the member's sessions.
pub fn set_email(tenant_id: &str, object_id: &str, email: &str) -> Statement {
    const SQL: &str = "UPDATE session SET email = $3 WHERE tenant_id = $1 AND object_id = $2";
    Statement::new(SQL, [tenant_id.into(), object_id.into(), email.into()])
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
    const SQL: &str = "SELECT token_hash, csrf, workspace_id, role, tenant_id, object_id, email, name, created_at, expires_at
        FROM session WHERE token_hash = $1 AND expires_at > $2";
    db.query_first(SQL, [token_hash.into(), now.into()]).await?.map(session_of).transpose()
}

fn session_of(mut row: Row) -> Result<Session, StoreError> {
    let row = &mut row;
    Ok(Session {
        token_hash: row.read()?,
        csrf: row.read()?,
        workspace: row.read()?,
        role: role_of(&row.read::<String>()?)?,
        member: member_of(row)?,
        created_at: row.read()?,
        expires_at: row.read()?,
    })
}

fn role_of(name: &str) -> Result<Role, StoreError> {
    Role::named(name).ok_or_else(|| StoreError::Broken(format!("a session has the unknown role {name}")))
}

fn member_of(row: &mut Row) -> Result<Option<Member>, StoreError> {
    let parts: [Option<String>; 4] = [row.read()?, row.read()?, row.read()?, row.read()?];
    let [Some(tenant_id), Some(object_id), Some(email), Some(name)] = parts else { return Ok(None) };
    Ok(Some(Member { tenant_id, object_id, email, name }))
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
