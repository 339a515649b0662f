//! The customers consumer: who outside is on messages, under whom threads are filed, and everyone's timelines.
//!
//! A batch is some events of the ledger and, where something was changed by hand, some threads that are to be looked at
//! again. What comes out depends on the threads as they are and on what was said by hand, never on the order of events;
//! so a batch may be repeated. Only new filings, people and customers make events.

mod book;
mod case;
mod changes;
mod party;
mod reading;
mod touched;

use base::Timestamp;
use model::event::NewEvent;
use model::id::WorkspaceId;
use store::refiling::{self, Refiling};
use store::work::{Lane, Lease};
use store::{Db, Ending, Statement, StoreError, Transaction, due, ledger, work};

use crate::customers::changes::Changes;
use crate::customers::reading::Reading;
use crate::customers::touched::Touched;

/// Threads that are looked at again in one batch.
const REFILED_MAX: u32 = 200;

/// Takes one batch. Commit point: `decide.customers`.
pub(crate) async fn run(db: &Db, workspace: WorkspaceId, lease: &Lease, now: Timestamp) -> Result<Ending, StoreError> {
    let version = refiling::book_version(db, workspace).await?;
    let from = ledger::position(db, due::DECIDE_CUSTOMERS, workspace).await?;
    let mut touched = Touched::read(db, workspace, from).await?;
    let refiling = Again::read(db, workspace, &mut touched).await?;
    if touched.to == from && refiling.is_none() {
        return Ok(Ending::Rest);
    }
    let Decided { statements, events, asked_again } = decide(db, workspace, &touched, now).await?;
    let mut transaction = Transaction::new(due::DECIDE_CUSTOMERS).with(work::hold(lease)).with(refiling::hold_book(workspace, version));
    if touched.to != from {
        transaction.push(ledger::advance(due::DECIDE_CUSTOMERS, workspace, from, touched.to));
    }
    transaction.extend(statements);
    transaction.extend(refiling.as_ref().map(|again| again.progress(now)));
    if !events.is_empty() {
        let key = workspace.to_string();
        transaction.push(work::mark_due(due::DECIDE_ANNOUNCE, &key, Lane::Notified, now));
        transaction.extend(ledger::append_of_workspace(workspace, now, &events));
    }
    db.commit(transaction).await?;
    let more = touched.more || refiling.is_some() || asked_again;
    Ok(if more { Ending::Next(now, Lane::Notified) } else { Ending::Rest })
}

/// What a batch comes to.
struct Decided {
    statements: Vec<Statement>,
    events: Vec<NewEvent>,
    /// Whether it asks for threads to be looked at again.
    asked_again: bool,
}

/// What the touched threads come to.
async fn decide(db: &Db, workspace: WorkspaceId, touched: &Touched, now: Timestamp) -> Result<Decided, StoreError> {
    let reading = Reading::read(db, workspace, touched, now).await?;
    let Reading { cases, mut book, merged, mut statements } = reading;
    let asked_again = !statements.is_empty();
    let mut changes = Changes::default();
    for case in &cases {
        let verdict = case.decide(workspace, &mut book, &merged, now);
        changes.add(workspace, case, &verdict, now);
    }
    let (people, mut events) = book.close();
    let (threads, filed) = changes.close();
    statements.extend(people);
    statements.extend(threads);
    events.extend(filed);
    Ok(Decided { statements, events, asked_again })
}

/// Threads that are looked at again because of something done by hand.
struct Again {
    refiling: Refiling,
    threads: Vec<model::id::ThreadId>,
}

impl Again {
    /// The next threads of the oldest refiling, added to what is touched.
    async fn read(db: &Db, workspace: WorkspaceId, touched: &mut Touched) -> Result<Option<Self>, StoreError> {
        let Some(refiling) = refiling::next(db, workspace).await? else { return Ok(None) };
        let threads = refiling::threads(db, &refiling, REFILED_MAX).await?;
        threads.iter().for_each(|thread| touched.add(*thread, false));
        Ok(Some(Again { refiling, threads }))
    }

    fn progress(&self, now: Timestamp) -> Statement {
        let complete = self.threads.len() < REFILED_MAX as usize;
        let after = self.threads.last().copied().unwrap_or(self.refiling.after_thread);
        refiling::progress(self.refiling.id, after, self.threads.len(), complete.then_some(now))
    }
}
