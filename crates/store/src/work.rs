//! Due work: what is ready, who may work on it until when, and how it ended. One table drives all loops.
//!
//! An item is a kind and a key. It is *marked* due by whoever knows that there is something to do, *claimed* under a
//! lease, and *settled* or *postponed* by the claimer. A lease has a fence that grows with each claim: [`hold`] in a
//! transaction makes sure that nobody else has claimed since. A mark that comes during a lease is not lost: settling
//! then leaves the item due at once.

use std::time::Duration;

use base::Timestamp;

use crate::db::Db;
use crate::dialect::texts;
use crate::error::StoreError;
use crate::row::Row;
use crate::statement::{Statement, Transaction};
use crate::value::Value;

/// Who goes first among what is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Lane {
    /// A person waits.
    Interactive,
    /// Something outside told us.
    Notified,
    /// The timer, the first sync, the audit.
    Scheduled,
}

impl Lane {
    fn number(self) -> i64 {
        match self {
            Lane::Interactive => 0,
            Lane::Notified => 1,
            Lane::Scheduled => 2,
        }
    }

    fn numbered(number: i64) -> Self {
        match number {
            0 => Lane::Interactive,
            1 => Lane::Notified,
            _ => Lane::Scheduled,
        }
    }
}

/// A right to work on one item until the lease ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// What kind of work.
    pub kind: String,
    /// On what.
    pub key: String,
    /// In which lane it was claimed.
    pub lane: Lane,
    /// Grows with each claim of the item.
    pub fence: i64,
    /// How often it had been marked when it was claimed.
    pub marks: i64,
    /// Which try this is since it was last settled, from 1.
    pub attempts: u32,
}

/// An item as a person may look at it.
#[derive(Clone, Debug)]
pub struct Item {
    /// What kind of work.
    pub kind: String,
    /// On what.
    pub key: String,
    /// Its lane.
    pub lane: Lane,
    /// When it may be claimed; the end of the lease while somebody holds it.
    pub due_at: Timestamp,
    /// Who holds it.
    pub holder: Option<String>,
    /// Tries since it was last settled.
    pub attempts: u32,
    /// Why it was postponed.
    pub problem: Option<String>,
}

/// Marks an item due at `at` or earlier, and makes it if there is none. A mark never postpones. Where nobody holds it and it is due
/// as soon and as urgently, nothing is written: whoever claims it will see all that was committed before.
pub fn mark_due(kind: &str, key: &str, lane: Lane, at: Timestamp) -> Statement {
    const SQL: &str = "INSERT INTO work (kind, key, lane, due_at, fence, marks, attempts) VALUES ($1, $2, $3, $4, 0, 1, 0)
        ON CONFLICT (kind, key) DO UPDATE SET marks = work.marks + 1,
            lane = CASE WHEN excluded.lane < work.lane THEN excluded.lane ELSE work.lane END,
            due_at = CASE WHEN work.holder IS NULL AND excluded.due_at < work.due_at THEN excluded.due_at ELSE work.due_at END
        WHERE work.holder IS NOT NULL OR excluded.due_at < work.due_at OR excluded.lane < work.lane";
    Statement::new(SQL, [kind.into(), key.into(), lane.number().into(), at.into()]).waking()
}

/// As [`mark_due`], but nobody is woken: for what is due in a while and marked very often.
pub fn mark_due_quietly(kind: &str, key: &str, lane: Lane, at: Timestamp) -> Statement {
    Statement { wakes: false, ..mark_due(kind, key, lane, at) }
}

/// Makes an item due at `at` if there is none; leaves it alone otherwise.
pub fn ensure(kind: &str, key: &str, lane: Lane, at: Timestamp) -> Statement {
    const SQL: &str = "INSERT INTO work (kind, key, lane, due_at, fence, marks, attempts) VALUES ($1, $2, $3, $4, 0, 1, 0)
        ON CONFLICT (kind, key) DO NOTHING";
    Statement::new(SQL, [kind.into(), key.into(), lane.number().into(), at.into()]).waking()
}

/// Claims up to `limit` items of these kinds that are due, the more urgent lane first, then who has waited longest.
/// Nobody else can claim them until `now + lease` or until they are settled. Commit point: `work.claim`.
///
/// # Errors
/// As [`Db::commit`].
pub async fn claim(db: &Db, now: Timestamp, limit: u32, lease: Duration, holder: &str, kinds: &[&str]) -> Result<Vec<Lease>, StoreError> {
    const SQL: &str = "WITH due AS MATERIALIZED (
            SELECT due_kind, due_key FROM (
                SELECT * FROM (SELECT kind AS due_kind, key AS due_key, lane AS due_lane, due_at AS due_since FROM work
                    WHERE lane = 0 AND due_at <= $1 AND kind IN {texts $5} ORDER BY due_at LIMIT $2 {skip locked}) AS interactive
                UNION ALL
                SELECT * FROM (SELECT kind AS due_kind, key AS due_key, lane AS due_lane, due_at AS due_since FROM work
                    WHERE lane = 1 AND due_at <= $1 AND kind IN {texts $5} ORDER BY due_at LIMIT $2 {skip locked}) AS notified
                UNION ALL
                SELECT * FROM (SELECT kind AS due_kind, key AS due_key, lane AS due_lane, due_at AS due_since FROM work
                    WHERE lane = 2 AND due_at <= $1 AND kind IN {texts $5} ORDER BY due_at LIMIT $2 {skip locked}) AS scheduled
            ) AS every ORDER BY due_lane, due_since LIMIT $2)
        UPDATE work SET holder = $3, due_at = $4, fence = fence + 1, attempts = attempts + 1
        FROM due WHERE kind = due_kind AND key = due_key
        RETURNING kind, key, lane, fence, marks, attempts";
    let args: [Value; 5] = [now.into(), limit.into(), holder.into(), now.plus(lease).into(), texts(kinds).into()];
    let outcome = db.commit(Transaction::new("work.claim").with(Statement::new(SQL, args))).await?;
    let rows = outcome.rows.into_iter().flatten();
    let mut leases = rows.map(lease_of).collect::<Result<Vec<_>, _>>()?;
    leases.sort_by(|one, other| (one.lane, &one.kind, &one.key).cmp(&(other.lane, &other.kind, &other.key)));
    Ok(leases)
}

fn lease_of(mut row: Row) -> Result<Lease, StoreError> {
    Ok(Lease {
        kind: row.read()?,
        key: row.read()?,
        lane: Lane::numbered(row.read()?),
        fence: row.read()?,
        marks: row.read()?,
        attempts: attempts(row.read()?),
    })
}

fn attempts(number: i64) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// Guards a transaction: it happens only if nobody has claimed the item since, and nobody can until it is committed.
/// Put it first.
pub fn hold(lease: &Lease) -> Statement {
    const SQL: &str = "SELECT 1 FROM work WHERE kind = $1 AND key = $2 AND fence = $3 {lock}";
    Statement::new(SQL, [(&lease.kind).into(), (&lease.key).into(), lease.fence.into()]).expect_rows(1, "the lease is still mine")
}

/// As [`hold`], and moves the end of the lease to `until`.
pub fn extend(lease: &Lease, until: Timestamp) -> Statement {
    const SQL: &str = "UPDATE work SET due_at = $4 WHERE kind = $1 AND key = $2 AND fence = $3 AND holder IS NOT NULL";
    Statement::new(SQL, [(&lease.kind).into(), (&lease.key).into(), lease.fence.into(), until.into()])
        .expect_rows(1, "the lease is still mine")
}

/// Ends the lease: done, to be done again at `next_due` in `lane` ([`Timestamp::NEVER`] for "when it is marked"). If it
/// was marked since the claim, it is due at once, in the lane of the mark.
pub fn settle(lease: &Lease, next_due: Timestamp, lane: Lane) -> Statement {
    const SQL: &str = "UPDATE work SET holder = NULL, attempts = 0, problem = NULL,
            lane = CASE WHEN marks > $4 THEN lane ELSE CAST($6 AS BIGINT) END, due_at = CASE WHEN marks > $4 THEN 0 ELSE CAST($5 AS BIGINT) END
        WHERE kind = $1 AND key = $2 AND fence = $3 AND holder IS NOT NULL";
    Statement::new(
        SQL,
        [(&lease.kind).into(), (&lease.key).into(), lease.fence.into(), lease.marks.into(), next_due.into(), lane.number().into()],
    )
    .expect_rows(1, "the lease is still mine")
    .waking()
}

/// Ends the lease: done for ever, unless it was marked since the claim; then it is due at once.
pub fn finish(lease: &Lease) -> [Statement; 2] {
    const GONE: &str = "DELETE FROM work WHERE kind = $1 AND key = $2 AND fence = $3 AND marks = $4 AND holder IS NOT NULL";
    let gone = Statement::new(GONE, [(&lease.kind).into(), (&lease.key).into(), lease.fence.into(), lease.marks.into()]);
    const AGAIN: &str = "UPDATE work SET holder = NULL, attempts = 0, problem = NULL, due_at = 0
        WHERE kind = $1 AND key = $2 AND fence = $3 AND holder IS NOT NULL";
    let again = Statement::new(AGAIN, [(&lease.kind).into(), (&lease.key).into(), lease.fence.into()]).waking();
    [gone, again]
}

/// Ends the lease: it did not work; try again at `at`. The tries go on counting, and a mark brings it forward as usual.
pub fn postpone(lease: &Lease, at: Timestamp, lane: Lane, problem: &str) -> Statement {
    const SQL: &str = "UPDATE work SET holder = NULL, due_at = $4, lane = $5, problem = $6
        WHERE kind = $1 AND key = $2 AND fence = $3 AND holder IS NOT NULL";
    Statement::new(SQL, [(&lease.kind).into(), (&lease.key).into(), lease.fence.into(), at.into(), lane.number().into(), problem.into()])
        .expect_rows(1, "the lease is still mine")
        .waking()
}

/// Takes an item away, whoever holds it: its subject is gone.
pub fn remove(kind: &str, key: &str) -> Statement {
    Statement::new("DELETE FROM work WHERE kind = $1 AND key = $2", [kind.into(), key.into()])
}

/// When the next item of these kinds may be claimed; `None` if there is none.
///
/// # Errors
/// As [`Db::query`].
pub async fn next_due(db: &Db, kinds: &[&str]) -> Result<Option<Timestamp>, StoreError> {
    const SQL: &str = "SELECT due_at FROM (
            SELECT * FROM (SELECT due_at FROM work WHERE lane = 0 AND kind IN {texts $1} ORDER BY due_at LIMIT 1) AS interactive
            UNION ALL SELECT * FROM (SELECT due_at FROM work WHERE lane = 1 AND kind IN {texts $1} ORDER BY due_at LIMIT 1) AS notified
            UNION ALL SELECT * FROM (SELECT due_at FROM work WHERE lane = 2 AND kind IN {texts $1} ORDER BY due_at LIMIT 1) AS scheduled
        ) AS every ORDER BY due_at LIMIT 1";
    db.query_first(SQL, [texts(kinds).into()]).await?.map(|mut row| row.read()).transpose()
}

/// One item as it stands.
///
/// # Errors
/// As [`Db::query`].
pub async fn find(db: &Db, kind: &str, key: &str) -> Result<Option<Item>, StoreError> {
    const SQL: &str = "SELECT kind, key, lane, due_at, holder, attempts, problem FROM work WHERE kind = $1 AND key = $2";
    db.query_first(SQL, [kind.into(), key.into()]).await?.map(item_of).transpose()
}

/// Items due at `now` or held, the longest waiting first: the backlog.
///
/// # Errors
/// As [`Db::query`].
pub async fn list_due(db: &Db, now: Timestamp, limit: u32) -> Result<Vec<Item>, StoreError> {
    const SQL: &str = "SELECT kind, key, lane, due_at, holder, attempts, problem FROM work
        WHERE due_at <= $1 OR holder IS NOT NULL ORDER BY due_at, kind, key LIMIT $2";
    db.query(SQL, [now.into(), limit.into()]).await?.into_iter().map(item_of).collect()
}

fn item_of(mut row: Row) -> Result<Item, StoreError> {
    Ok(Item {
        kind: row.read()?,
        key: row.read()?,
        lane: Lane::numbered(row.read()?),
        due_at: row.read()?,
        holder: row.read()?,
        attempts: attempts(row.read()?),
        problem: row.read()?,
    })
}
