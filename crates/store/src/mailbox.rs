//! Mailboxes that are mirrored.

use base::{Problem, Timestamp};
use model::id::{ConnectionId, MailboxId, WorkspaceId};
use model::mailbox::{Mailbox, MailboxKind, MailboxState, Visibility};

use crate::connection::{problem_from, problem_value};
use crate::db::Db;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;

macro_rules! select {
    ($rest:literal) => {
        concat!(
            "SELECT id, workspace_id, connection_id, graph_user_id, address, display_name, kind, state, state_problem, state_at,
                first_synced_at, last_contact_at, created_at, visibility FROM mailbox ",
            $rest
        )
    };
}

/// A mailbox that is mirrored from now on.
pub fn insert(mailbox: &Mailbox) -> Statement {
    const SQL: &str = "INSERT INTO mailbox (id, workspace_id, connection_id, graph_user_id, address, display_name, kind, state,
            state_problem, state_at, first_synced_at, last_contact_at, created_at, visibility)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)";
    Statement::new(
        SQL,
        [
            mailbox.id.into(),
            mailbox.workspace.into(),
            mailbox.connection.into(),
            (&mailbox.graph_user_id).into(),
            (&mailbox.address).into(),
            (&mailbox.display_name).into(),
            mailbox.kind.name().into(),
            mailbox.state.name().into(),
            problem_value(mailbox.problem.as_ref()),
            mailbox.state_at.into(),
            mailbox.first_synced_at.into(),
            mailbox.last_contact_at.into(),
            mailbox.created_at.into(),
            mailbox.visibility.name().into(),
        ],
    )
}

/// Connected again: through which connection, under which address and name.
pub fn set_connection(mailbox: MailboxId, connection: ConnectionId, address: &str, display_name: &str) -> Statement {
    const SQL: &str = "UPDATE mailbox SET connection_id = $2, address = $3, display_name = $4 WHERE id = $1";
    Statement::new(SQL, [mailbox.into(), connection.into(), address.into(), display_name.into()])
}

/// Whether it is being kept true, since when, and if not, why.
pub fn set_state(mailbox: MailboxId, state: MailboxState, problem: Option<&Problem>, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE mailbox SET state = $2, state_problem = $3, state_at = $4 WHERE id = $1";
    Statement::new(SQL, [mailbox.into(), state.name().into(), problem_value(problem), at.into()])
}

/// It stands still from now on, for this reason. Guards its transaction: only a mailbox that is kept true can be stopped.
pub fn stop(mailbox: MailboxId, problem: &Problem, at: Timestamp) -> Statement {
    const SQL: &str =
        "UPDATE mailbox SET state = 'stopped', state_problem = $2, state_at = $3 WHERE id = $1 AND state IN ('syncing', 'live')";
    Statement::new(SQL, [mailbox.into(), problem_value(Some(problem)), at.into()]).expect_rows(1, "the mailbox is kept true")
}

/// It goes on where it stood. Guards its transaction: only a stopped mailbox can go on.
pub fn resume(mailbox: MailboxId, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE mailbox SET state = CASE WHEN first_synced_at IS NULL THEN 'syncing' ELSE 'live' END, state_problem = NULL,
        state_at = $2 WHERE id = $1 AND state = 'stopped'";
    Statement::new(SQL, [mailbox.into(), at.into()]).expect_rows(1, "the mailbox is stopped")
}

/// The first sync is complete: the mailbox is live. Guards its transaction: that happens once.
pub fn set_first_synced(mailbox: MailboxId, at: Timestamp) -> Statement {
    const SQL: &str = "UPDATE mailbox SET state = 'live', state_problem = NULL, state_at = $2, first_synced_at = $2
        WHERE id = $1 AND first_synced_at IS NULL AND state = 'syncing'";
    Statement::new(SQL, [mailbox.into(), at.into()]).expect_rows(1, "the first sync was not complete")
}

/// How much of it others see than its own person and the administrator.
pub fn set_visibility(mailbox: MailboxId, visibility: Visibility) -> Statement {
    Statement::new("UPDATE mailbox SET visibility = $2 WHERE id = $1", [mailbox.into(), visibility.name().into()])
}

/// Microsoft answered for it.
pub fn set_contact(mailbox: MailboxId, at: Timestamp) -> Statement {
    Statement::new("UPDATE mailbox SET last_contact_at = $2 WHERE id = $1", [mailbox.into(), at.into()])
}

/// One mailbox.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, mailbox: MailboxId) -> Result<Option<Mailbox>, StoreError> {
    db.query_first(select!("WHERE id = $1"), [mailbox.into()]).await?.map(mailbox_of).transpose()
}

/// The mailbox of this Graph user.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_graph_user(db: &Db, workspace: WorkspaceId, graph_user_id: &str) -> Result<Option<Mailbox>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 AND graph_user_id = $2");
    db.query_first(SQL, [workspace.into(), graph_user_id.into()]).await?.map(mailbox_of).transpose()
}

/// All mailboxes of a workspace, the oldest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId) -> Result<Vec<Mailbox>, StoreError> {
    list_where(db, select!("WHERE workspace_id = $1 ORDER BY id"), [workspace.into()]).await
}

/// Whose a mailbox is and how much of it others see: what is read of every mailbox for every question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    /// The mailbox.
    pub id: MailboxId,
    /// As [`Mailbox::graph_user_id`].
    pub graph_user_id: String,
    /// As [`Mailbox::address`].
    pub address: String,
    /// As [`Mailbox::visibility`].
    pub visibility: Visibility,
}

/// All mailboxes of a workspace, in no order.
///
/// # Errors
/// As [`Db::query`].
pub async fn shown(db: &Db, workspace: WorkspaceId) -> Result<Vec<Shown>, StoreError> {
    const SQL: &str = "SELECT id, graph_user_id, address, visibility FROM mailbox WHERE workspace_id = $1";
    let shown = |mut row: Row| {
        let (id, graph_user_id, address) = (row.read()?, row.read()?, row.read()?);
        Ok(Shown { id, graph_user_id, address, visibility: known(Visibility::named, row.read()?)? })
    };
    db.query(SQL, [workspace.into()]).await?.into_iter().map(shown).collect()
}

/// All mailboxes that are reached through a connection.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_connection(db: &Db, connection: ConnectionId) -> Result<Vec<Mailbox>, StoreError> {
    list_where(db, select!("WHERE connection_id = $1 ORDER BY id"), [connection.into()]).await
}

async fn list_where(db: &Db, sql: &'static str, args: impl Into<Vec<Value>>) -> Result<Vec<Mailbox>, StoreError> {
    db.query(sql, args).await?.into_iter().map(mailbox_of).collect()
}

fn mailbox_of(mut row: Row) -> Result<Mailbox, StoreError> {
    let row = &mut row;
    Ok(Mailbox {
        id: row.read()?,
        workspace: row.read()?,
        connection: row.read()?,
        graph_user_id: row.read()?,
        address: row.read()?,
        display_name: row.read()?,
        kind: known(MailboxKind::named, row.read()?)?,
        state: known(MailboxState::named, row.read()?)?,
        problem: problem_from(row.read()?)?,
        state_at: row.read()?,
        first_synced_at: row.read()?,
        last_contact_at: row.read()?,
        created_at: row.read()?,
        visibility: known(Visibility::named, row.read()?)?,
    })
}

fn known<T>(named: fn(&str) -> Option<T>, name: String) -> Result<T, StoreError> {
    named(&name).ok_or_else(|| StoreError::Broken(format!("a mailbox has neither the kind, the state nor the visibility {name}")))
}
