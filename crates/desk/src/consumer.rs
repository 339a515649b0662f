//! The loop: which consumers there are, and what one unit of their work is.

use base::Clock;
use model::id::WorkspaceId;
use store::work::{Lane, Lease};
use store::{Db, Ending, Statement, StoreError, Transaction, due, ledger, work};

use crate::{announce, contacts, customers, index, retention, threads, tracking};

/// The kinds of due work that [`Desk::run`] takes. Their key is a workspace, but for the judging of a tracked mail.
pub const KINDS: &[&str] = &[
    due::DECIDE_THREADS,
    due::DECIDE_SEARCH,
    due::DECIDE_CUSTOMERS,
    due::DECIDE_CONTACTS,
    due::DECIDE_PROPOSALS,
    due::DECIDE_ANNOUNCE,
    due::KEEP_LEDGER,
    due::JUDGE_MAIL,
];

/// The consumers of one database. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Desk {
    db: Db,
    clock: Clock,
}

/// What a consumer makes of a batch of events.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    /// The number of the last event that was read; `None` if there was none.
    pub(crate) last: Option<i64>,
    /// Whether there may be more.
    pub(crate) more: bool,
    /// The decisions.
    pub(crate) decisions: Vec<Statement>,
}

impl Desk {
    /// Consumers of this database's ledger.
    pub fn new(db: Db, clock: Clock) -> Self {
        Desk { db, clock }
    }

    /// Takes one batch of events. Commit points: `decide.threads`, `decide.search`, `decide.customers`, `decide.contacts`,
    /// `decide.proposals`, `decide.announce`, `keep.ledger`, `judge.mail`.
    ///
    /// # Errors
    /// As [`Db::commit`]; [`StoreError::Refused`] if another has taken over the work meanwhile.
    pub async fn run(&self, lease: &Lease) -> Result<Ending, StoreError> {
        if lease.kind == due::JUDGE_MAIL {
            let Ok(mail) = lease.key.parse() else { return Ok(Ending::Gone) };
            return tracking::run(&self.db, mail, lease, self.clock.now()).await;
        }
        let Ok(workspace) = lease.key.parse::<WorkspaceId>() else { return Ok(Ending::Gone) };
        match lease.kind.as_str() {
            due::KEEP_LEDGER => return retention::run(&self.db, workspace, lease, self.clock.now()).await,
            due::DECIDE_CUSTOMERS => return customers::run(&self.db, workspace, lease, self.clock.now()).await,
            due::DECIDE_CONTACTS => return contacts::run(&self.db, workspace, lease, &self.clock).await,
            due::DECIDE_PROPOSALS => return contacts::propose(&self.db, workspace, lease).await,
            _ => {}
        }
        let from = ledger::position(&self.db, &lease.kind, workspace).await?;
        let (name, batch) = match lease.kind.as_str() {
            due::DECIDE_THREADS => (due::DECIDE_THREADS, threads::decide(&self.db, workspace, from, self.clock.now()).await?),
            due::DECIDE_ANNOUNCE => (due::DECIDE_ANNOUNCE, announce::decide(&self.db, workspace, from, self.clock.now()).await?),
            _ => (due::DECIDE_SEARCH, index::decide(&self.db, workspace, from).await?),
        };
        if batch.last.is_none() && batch.decisions.is_empty() {
            return Ok(Ending::Rest);
        }
        let advance = batch.last.map(|to| ledger::advance(name, workspace, from, to));
        let mut transaction = Transaction::new(name).with(work::hold(lease)).with_all(advance);
        if name == due::DECIDE_THREADS {
            // Also for what changed nothing of threads: a message that was moved may count no longer.
            transaction.push(work::mark_due(due::DECIDE_CUSTOMERS, &lease.key, Lane::Notified, self.clock.now()));
        }
        transaction.extend(batch.decisions);
        self.db.commit(transaction).await?;
        Ok(if batch.more { Ending::Next(self.clock.now(), Lane::Notified) } else { Ending::Rest })
    }
}

/// Whether an event's details say that any of these has changed.
pub(crate) fn has_changed(changes: Option<&str>, names: &[&str]) -> bool {
    #[derive(serde::Deserialize)]
    struct Changes<'a> {
        #[serde(borrow, default)]
        changed: Vec<std::borrow::Cow<'a, str>>,
    }
    let changes = changes.and_then(|text| serde_json::from_str::<Changes<'_>>(text).ok());
    changes.is_some_and(|changes| changes.changed.iter().any(|changed| names.contains(&changed.as_ref())))
}
