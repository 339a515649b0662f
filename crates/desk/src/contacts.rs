//! The contacts consumer: puts source contacts together into contacts.
//!
//! What comes out depends on the source contacts as they are and on what people said, never on the order in which things came; so
//! a batch may be repeated. First the contacts are written, and only then is what was pending settled: after a crash between two
//! transactions it is all decided again, and what is right already is left alone.

mod plan;
mod reading;

use std::time::Duration;

use base::Clock;
use model::contact;
use model::id::WorkspaceId;
use store::work::{self, Lane, Lease};
use store::{Db, Ending, StoreError, Transaction, contact as rows, contact_sync, due, ledger};

use self::plan::{Group, Plan};
use self::reading::Reading;

/// Statements in one transaction, about: it holds SQLite's one writer for some tens of milliseconds.
const PIECE: usize = 1_000;
/// How much longer a batch may take after each piece.
const LEASE_MORE: Duration = Duration::from_secs(60);
/// How long after a change it is looked what may be one person's: a synchronisation brings many changes.
const PROPOSALS_AFTER: Duration = Duration::from_secs(5);

/// Decides everything that is pending. Commit point: `decide.contacts`.
pub(crate) async fn run(db: &Db, workspace: WorkspaceId, lease: &Lease, clock: &Clock) -> Result<Ending, StoreError> {
    let Some(reading) = Reading::read(db, workspace).await? else {
        let finished = contact_sync::finish(workspace, clock.now());
        db.commit(Transaction::new("decide.contacts").with(work::hold(lease)).with(finished)).await?;
        return Ok(Ending::Rest);
    };
    let plan = Plan::new(workspace, &reading, clock.now());
    let mut groups = plan.groups().peekable();
    while groups.peek().is_some() {
        let (mut statements, mut events) = (Vec::new(), Vec::new());
        while statements.len() + 2 * events.len() < PIECE
            && let Some(Group { statements: more, event }) = groups.next()
        {
            statements.extend(more);
            events.extend(event);
        }
        let now = clock.now();
        let mut piece = Transaction::new("decide.contacts").with(work::extend(lease, now.plus(LEASE_MORE))).with_all(statements);
        if !events.is_empty() {
            let key = workspace.to_string();
            piece.push(work::mark_due(due::DECIDE_PROPOSALS, &key, Lane::Scheduled, now.plus(PROPOSALS_AFTER)));
            piece.push(work::mark_due(due::DECIDE_ANNOUNCE, &key, Lane::Notified, now));
            piece.extend(ledger::append_of_workspace(workspace, now, &events));
        }
        db.commit(piece).await?;
    }
    // Once more: for what came meanwhile, and to end the synchronisations.
    Ok(Ending::Next(clock.now(), Lane::Notified))
}

/// Looks which contacts may be one person's. Commit point: `decide.proposals`.
pub(crate) async fn propose(db: &Db, workspace: WorkspaceId, lease: &Lease) -> Result<Ending, StoreError> {
    let reading = Reading::whole(db, workspace).await?;
    let proposals = contact::propose(&contact::merge(reading.there(), &reading.hands), &reading.hands);
    let proposed = Transaction::new("decide.proposals").with(work::hold(lease)).with_all(rows::set_proposals(workspace, &proposals));
    db.commit(proposed).await?;
    Ok(Ending::Rest)
}
