//! Filing: under which customers a thread is, and why. What a person filed stays as it is until a person changes it.

use base::Timestamp;
use model::customer::{Filing, FilingRule};
use model::event::{EventKind, NewEvent};
use model::id::{CustomerId, ThreadId, WorkspaceId};

use crate::customer;
use crate::db::Db;
use crate::dialect::numbers;
use crate::error::StoreError;
use crate::refiling::{self, Scope, by_hand};
use crate::row::Row;
use crate::statement::Statement;

/// The guard of what is done to a thread's filing.
pub const THREAD_IS_THERE: &str = "the thread is there";

/// Who filed a thread by hand, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ByHand {
    /// The thread.
    pub thread: ThreadId,
    /// Who did it.
    pub actor: String,
    /// When.
    pub filed_at: Timestamp,
}

/// By hand: the thread is filed under exactly these customers, or under none, and no rule changes that any more.
pub fn file(workspace: WorkspaceId, thread: ThreadId, customers: &[CustomerId], actor: &str, at: Timestamp) -> Vec<Statement> {
    const FEWER: &str = "UPDATE customer SET thread_count = thread_count - 1, last_at = COALESCE((SELECT MAX(at) FROM timeline
            WHERE owner_kind = 'customer' AND owner_id = customer.id), created_at)
        WHERE id IN (SELECT customer_id FROM thread_customer
        WHERE thread_id = $1)";
    const INSERT: &str = "INSERT INTO thread_customer (thread_id, customer_id, rule, because, filed_at)
        SELECT CAST($1 AS BIGINT), id, 'hand', CAST($4 AS TEXT), CAST($5 AS BIGINT) FROM customer
        WHERE id IN {numbers $2} AND workspace_id = $3 AND merged_into IS NULL";
    const ENTRIES: &str = "INSERT INTO timeline (entry_id, owner_kind, owner_id, mailbox_id, at, kind)
        SELECT timeline.entry_id, 'customer', thread_customer.customer_id, timeline.mailbox_id, timeline.at, timeline.kind
        FROM timeline JOIN thread_customer ON thread_customer.thread_id = timeline.entry_id
        WHERE timeline.entry_id = $1 AND timeline.owner_kind = 'workspace'";
    const MORE: &str = "UPDATE customer SET thread_count = thread_count + 1, last_at = COALESCE((SELECT MAX(at) FROM timeline
            WHERE owner_kind = 'customer' AND owner_id = customer.id), created_at)
        WHERE id IN (SELECT customer_id FROM thread_customer WHERE thread_id = $1)";
    let mut wanted = customers.to_vec();
    wanted.sort_unstable();
    wanted.dedup();
    let ids = numbers(wanted.iter().map(|id| id.number()));
    let insert = Statement::new(INSERT, [thread.into(), ids.into(), workspace.into(), actor.into(), at.into()])
        .expect_rows(wanted.len() as u64, customer::IS_THERE);
    let changes = [
        mark(workspace, thread, actor, at),
        Statement::new("DELETE FROM timeline WHERE entry_id = $1 AND owner_kind = 'customer'", [thread.into()]),
        Statement::new(FEWER, [thread.into()]),
        remove(thread),
        insert,
        Statement::new(ENTRIES, [thread.into()]),
        Statement::new(MORE, [thread.into()]),
        refiling::ask(workspace, &Scope::Thread(thread), actor, at),
    ];
    by_hand(workspace, at, changes, &[filed(thread, &wanted, true, false)])
}

/// By hand: the rules file the thread again, as due work.
pub fn follow_rules(workspace: WorkspaceId, thread: ThreadId, actor: &str, at: Timestamp) -> Vec<Statement> {
    const SQL: &str = "DELETE FROM filed_by_hand WHERE thread_id = $1 AND workspace_id = $2";
    const THERE: &str = "SELECT 1 FROM thread WHERE id = $1 AND workspace_id = $2";
    let changes = [
        Statement::new(THERE, [thread.into(), workspace.into()]).expect_rows(1, THREAD_IS_THERE),
        Statement::new(SQL, [thread.into(), workspace.into()]),
        refiling::ask(workspace, &Scope::Thread(thread), actor, at),
    ];
    by_hand(workspace, at, changes, &[])
}

/// Notes that a person filed the thread.
fn mark(workspace: WorkspaceId, thread: ThreadId, actor: &str, at: Timestamp) -> Statement {
    const SQL: &str = "INSERT INTO filed_by_hand (thread_id, workspace_id, actor, filed_at)
        SELECT id, workspace_id, CAST($3 AS TEXT), CAST($4 AS BIGINT) FROM thread WHERE id = $1 AND workspace_id = $2
        ON CONFLICT (thread_id) DO UPDATE SET actor = excluded.actor, filed_at = excluded.filed_at";
    Statement::new(SQL, [thread.into(), workspace.into(), actor.into(), at.into()]).expect_rows(1, THREAD_IS_THERE)
}

/// Notes that a person filed what became part of this thread, which may itself be gone again.
pub fn inherit(workspace: WorkspaceId, thread: ThreadId, actor: &str, at: Timestamp) -> Statement {
    const SQL: &str = "INSERT INTO filed_by_hand (thread_id, workspace_id, actor, filed_at) VALUES ($1, $2, $3, $4)";
    Statement::new(SQL, [thread.into(), workspace.into(), actor.into(), at.into()])
}

/// Forgets that a person filed a thread that is gone.
pub fn unmark(thread: ThreadId) -> Statement {
    Statement::new("DELETE FROM filed_by_hand WHERE thread_id = $1", [thread.into()])
}

/// A thread is under a customer from now on.
pub fn insert(filing: &Filing) -> Statement {
    const SQL: &str = "INSERT INTO thread_customer (thread_id, customer_id, rule, because, filed_at) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (thread_id, customer_id) DO UPDATE SET rule = excluded.rule, because = excluded.because";
    let Filing { thread, customer, rule, because, filed_at } = filing;
    Statement::new(SQL, [(*thread).into(), (*customer).into(), rule.name().into(), because.into(), (*filed_at).into()])
}

/// A thread is no longer under a customer.
pub fn remove_one(thread: ThreadId, customer: CustomerId) -> Statement {
    Statement::new("DELETE FROM thread_customer WHERE thread_id = $1 AND customer_id = $2", [thread.into(), customer.into()])
}

fn remove(thread: ThreadId) -> Statement {
    Statement::new("DELETE FROM thread_customer WHERE thread_id = $1", [thread.into()])
}

/// That a thread is filed under other customers than before.
pub fn filed(thread: ThreadId, customers: &[CustomerId], by_hand: bool, backfill: bool) -> NewEvent {
    let data = serde_json::json!({ "customers": customers, "by_hand": by_hand });
    NewEvent { kind: EventKind::ThreadFiled, subject: thread.number(), backfill, data }
}

/// Under which customers these threads are, by thread and customer.
///
/// # Errors
/// As [`Db::query`].
pub async fn of_threads(db: &Db, threads: &[ThreadId]) -> Result<Vec<Filing>, StoreError> {
    const SQL: &str = "SELECT thread_id, customer_id, rule, because, filed_at FROM thread_customer WHERE thread_id IN {numbers $1}
        ORDER BY thread_id, customer_id";
    let ids = numbers(threads.iter().map(|id| id.number()));
    db.query(SQL, [ids.into()]).await?.into_iter().map(filing_of).collect()
}

/// Which of these threads a person filed.
///
/// # Errors
/// As [`Db::query`].
pub async fn by_hand_of(db: &Db, threads: &[ThreadId]) -> Result<Vec<ByHand>, StoreError> {
    const SQL: &str = "SELECT thread_id, actor, filed_at FROM filed_by_hand WHERE thread_id IN {numbers $1} ORDER BY thread_id";
    let ids = numbers(threads.iter().map(|id| id.number()));
    let rows = db.query(SQL, [ids.into()]).await?;
    rows.into_iter().map(|mut row| Ok(ByHand { thread: row.read()?, actor: row.read()?, filed_at: row.read()? })).collect()
}

fn filing_of(mut row: Row) -> Result<Filing, StoreError> {
    let row = &mut row;
    let (thread, customer) = (row.read()?, row.read()?);
    let name: String = row.read()?;
    let rule = FilingRule::named(&name).ok_or_else(|| StoreError::Broken(format!("no filing follows the rule {name}")))?;
    Ok(Filing { thread, customer, rule, because: row.read()?, filed_at: row.read()? })
}
