//! Refilings: threads that are to be looked at again because something was changed by hand, how far that is, and the book
//! whose version tells the consumer that something was.
//!
//! Nothing is looked at again in a person's request: the request asks, the customers consumer does it in batches.

use base::Timestamp;
use model::event::NewEvent;
use model::id::{CustomerId, JobId, PersonId, ThreadId, WorkspaceId};

use crate::db::Db;
use crate::due::{DECIDE_ANNOUNCE, DECIDE_CUSTOMERS};
use crate::error::StoreError;
use crate::ledger;
use crate::row::Row;
use crate::statement::Statement;
use crate::value::Value;
use crate::work::{Lane, mark_due};

/// Which threads are to be looked at again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Scope {
    /// This one.
    Thread(ThreadId),
    /// Those that this person is in.
    Person(PersonId),
    /// Those filed under this customer.
    Customer(CustomerId),
    /// Those that somebody of this domain is in.
    Domain(String),
    /// All of the workspace.
    Everything,
}

impl Scope {
    fn name(&self) -> &'static str {
        match self {
            Scope::Thread(_) => "thread",
            Scope::Person(_) => "person",
            Scope::Customer(_) => "customer",
            Scope::Domain(_) => "domain",
            Scope::Everything => "everything",
        }
    }

    fn key(&self) -> String {
        match self {
            Scope::Thread(id) => id.to_string(),
            Scope::Person(id) => id.to_string(),
            Scope::Customer(id) => id.to_string(),
            Scope::Domain(domain) => domain.clone(),
            Scope::Everything => String::new(),
        }
    }

    fn read(name: &str, key: String) -> Option<Self> {
        Some(match name {
            "thread" => Scope::Thread(key.parse().ok()?),
            "person" => Scope::Person(key.parse().ok()?),
            "customer" => Scope::Customer(key.parse().ok()?),
            "domain" => Scope::Domain(key),
            "everything" => Scope::Everything,
            _ => return None,
        })
    }
}

/// Threads that are looked at again, and how far that is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refiling {
    /// Its id.
    pub id: JobId,
    /// Whose.
    pub workspace: WorkspaceId,
    /// Which threads.
    pub scope: Scope,
    /// Who asked for it.
    pub actor: String,
    /// When.
    pub asked_at: Timestamp,
    /// The thread that was looked at last; threads are taken in the order of their ids.
    pub after_thread: ThreadId,
    /// How many were looked at.
    pub done: i64,
    /// When it was complete.
    pub finished_at: Option<Timestamp>,
}

/// Asks for threads to be looked at again.
pub(crate) fn ask(workspace: WorkspaceId, scope: &Scope, actor: &str, at: Timestamp) -> Statement {
    const SQL: &str = "INSERT INTO refiling (id, workspace_id, scope, key, actor, asked_at, after_thread, done)
        VALUES ($1, $2, $3, $4, $5, $6, 0, 0)";
    let id = JobId::new(at);
    Statement::new(SQL, [id.into(), workspace.into(), scope.name().into(), scope.key().into(), actor.into(), at.into()])
}

/// Asks for all threads to be looked at again, because something that filing rests on came to be known late.
pub fn look_again(workspace: WorkspaceId, actor: &str, at: Timestamp) -> [Statement; 2] {
    let wake = mark_due(DECIDE_CUSTOMERS, &workspace.to_string(), Lane::Notified, at);
    [ask(workspace, &Scope::Everything, actor, at), wake]
}

/// `count` more threads were looked at, the last of them `after`; `finished_at` if that was all.
pub fn progress(refiling: JobId, after: ThreadId, count: usize, finished_at: Option<Timestamp>) -> Statement {
    const SQL: &str = "UPDATE refiling SET after_thread = $2, done = done + $3, finished_at = $4 WHERE id = $1 AND finished_at IS NULL";
    Statement::new(SQL, [refiling.into(), after.into(), count.into(), finished_at.into()])
        .expect_rows(1, "the refiling is not complete yet")
}

/// What a change by hand writes: the book's next version first, so that nothing decided before it is committed after it;
/// then the change; then the events, last.
pub(crate) fn by_hand(
    workspace: WorkspaceId,
    at: Timestamp,
    changes: impl IntoIterator<Item = Statement>,
    events: &[NewEvent],
) -> Vec<Statement> {
    const TURN: &str = "INSERT INTO customer_book (workspace_id, version) VALUES ($1, 1)
        ON CONFLICT (workspace_id) DO UPDATE SET version = customer_book.version + 1";
    let mut statements = vec![Statement::new(TURN, [workspace.into()])];
    statements.extend(changes);
    let key = workspace.to_string();
    statements.push(mark_due(DECIDE_CUSTOMERS, &key, Lane::Interactive, at));
    statements.push(mark_due(DECIDE_ANNOUNCE, &key, Lane::Notified, at));
    statements.extend(ledger::append_of_workspace(workspace, at, events));
    statements
}

/// The version of the book, to be read before anything that a decision rests on.
///
/// # Errors
/// As [`Db::query`].
pub async fn book_version(db: &Db, workspace: WorkspaceId) -> Result<i64, StoreError> {
    let row = db.query_first("SELECT version FROM customer_book WHERE workspace_id = $1", [workspace.into()]).await?;
    row.map_or(Ok(0), |mut row| row.read())
}

/// Guards a transaction: nothing was changed by hand since the book had this version, and nothing is until it is committed.
pub fn hold_book(workspace: WorkspaceId, version: i64) -> Statement {
    const SQL: &str = "INSERT INTO customer_book (workspace_id, version) VALUES ($1, 0)
        ON CONFLICT (workspace_id) DO UPDATE SET version = customer_book.version WHERE customer_book.version = $2";
    Statement::new(SQL, [workspace.into(), version.into()]).expect_rows(1, "nothing was changed by hand meanwhile")
}

macro_rules! select {
    ($rest:literal) => {
        concat!("SELECT id, workspace_id, scope, key, actor, asked_at, after_thread, done, finished_at FROM refiling ", $rest)
    };
}

/// The oldest refiling that is not complete.
///
/// # Errors
/// As [`Db::query`].
pub async fn next(db: &Db, workspace: WorkspaceId) -> Result<Option<Refiling>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 AND finished_at IS NULL ORDER BY id LIMIT 1");
    db.query_first(SQL, [workspace.into()]).await?.map(refiling_of).transpose()
}

/// One refiling.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, workspace: WorkspaceId, id: JobId) -> Result<Option<Refiling>, StoreError> {
    const SQL: &str = select!("WHERE id = $1 AND workspace_id = $2");
    db.query_first(SQL, [id.into(), workspace.into()]).await?.map(refiling_of).transpose()
}

/// The refilings of a workspace before `before`, the latest first.
///
/// # Errors
/// As [`Db::query`].
pub async fn list(db: &Db, workspace: WorkspaceId, before: Option<JobId>, limit: u32) -> Result<Vec<Refiling>, StoreError> {
    const SQL: &str = select!("WHERE workspace_id = $1 AND id < $2 ORDER BY id DESC LIMIT $3");
    let before = before.map_or(Value::Int(i64::MAX), Value::from);
    db.query(SQL, [workspace.into(), before, limit.into()]).await?.into_iter().map(refiling_of).collect()
}

/// The next threads of a refiling, in the order of their ids.
///
/// # Errors
/// As [`Db::query`].
pub async fn threads(db: &Db, refiling: &Refiling, limit: u32) -> Result<Vec<ThreadId>, StoreError> {
    const PERSON: &str = "SELECT DISTINCT entry_id FROM timeline WHERE owner_kind = 'person' AND owner_id = $1 AND kind = 'thread'
        AND entry_id > $2 ORDER BY entry_id LIMIT $3";
    const CUSTOMER: &str = "SELECT thread_id FROM thread_customer WHERE customer_id = $1 AND thread_id > $2 ORDER BY thread_id LIMIT $3";
    const DOMAIN: &str = "SELECT DISTINCT entry_id FROM timeline WHERE owner_kind = 'person' AND kind = 'thread' AND entry_id > $2
        AND owner_id IN (SELECT id FROM person WHERE workspace_id = $4 AND domain = $1) ORDER BY entry_id LIMIT $3";
    const EVERYTHING: &str = "SELECT id FROM thread WHERE workspace_id = $1 AND id > $2 ORDER BY id LIMIT $3";
    let after = refiling.after_thread;
    let rows = match &refiling.scope {
        Scope::Thread(thread) => return Ok(if after < *thread { vec![*thread] } else { Vec::new() }),
        Scope::Person(person) => db.query(PERSON, [(*person).into(), after.into(), limit.into()]).await?,
        Scope::Customer(customer) => db.query(CUSTOMER, [(*customer).into(), after.into(), limit.into()]).await?,
        Scope::Domain(domain) => db.query(DOMAIN, [domain.into(), after.into(), limit.into(), refiling.workspace.into()]).await?,
        Scope::Everything => db.query(EVERYTHING, [refiling.workspace.into(), after.into(), limit.into()]).await?,
    };
    rows.into_iter().map(|mut row| row.read()).collect()
}

fn refiling_of(mut row: Row) -> Result<Refiling, StoreError> {
    let row = &mut row;
    let (id, workspace) = (row.read()?, row.read()?);
    let (name, key): (String, String) = (row.read()?, row.read()?);
    let scope = Scope::read(&name, key).ok_or_else(|| StoreError::Broken(format!("no refiling has the scope {name}")))?;
    Ok(Refiling {
        id,
        workspace,
        scope,
        actor: row.read()?,
        asked_at: row.read()?,
        after_thread: row.read()?,
        done: row.read()?,
        finished_at: row.read()?,
    })
}
