//! The tail of each workspace's ledger, read once for everybody who waits at it.
//!
//! As long as somebody waits, one task follows the ledger: woken by commits of this process, and every second for those of
//! other nodes. It keeps the newest events with their audience, so that any number of waiters costs the database one read
//! for each batch of events. Who is further behind than what is kept reads the ledger.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::id::WorkspaceId;
use store::{Db, StoreError, ledger};
use tokio::sync::watch;

use super::told::Told;

/// Events kept for each workspace.
const KEPT: usize = 2_000;
/// Events read at once.
const BATCH: u32 = 500;
/// How often other nodes' events are looked for.
const LOOK: Duration = Duration::from_secs(1);
/// How long commits are gathered before the ledger is read.
const GATHER: Duration = Duration::from_millis(15);

/// The newest events of one workspace.
#[derive(Default)]
struct Recent {
    /// The number behind which `events` are complete.
    behind: i64,
    events: VecDeque<Arc<Told>>,
}

struct Tail {
    recent: Mutex<Recent>,
    head: watch::Sender<i64>,
}

/// The tails of all workspaces that somebody waits at.
#[derive(Clone)]
pub struct Tails {
    db: Db,
    open: Arc<Mutex<HashMap<WorkspaceId, Arc<Tail>>>>,
}

/// Somebody who waits at the tail of a workspace's ledger.
pub struct Watch {
    db: Db,
    workspace: WorkspaceId,
    tail: Arc<Tail>,
    head: watch::Receiver<i64>,
}

impl Tails {
    /// Nobody waits.
    pub fn new(db: Db) -> Self {
        Tails { db, open: Arc::default() }
    }

    /// Waits at a workspace's ledger from now on.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn watch(&self, workspace: WorkspaceId) -> Result<Watch, StoreError> {
        let head = ledger::head(&self.db, workspace).await?;
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let (tail, head) = match open.get(&workspace) {
            Some(tail) => (tail.clone(), tail.head.subscribe()),
            None => {
                let recent = Recent { behind: head, events: VecDeque::new() };
                let tail = Arc::new(Tail { recent: Mutex::new(recent), head: watch::Sender::new(head) });
                let head = tail.head.subscribe();
                open.insert(workspace, tail.clone());
                tokio::spawn(follow(self.clone(), workspace, tail.clone()));
                (tail, head)
            }
        };
        drop(open);
        Ok(Watch { db: self.db.clone(), workspace, tail, head })
    }

    /// Closes a tail at which nobody waits any more; whether it is closed.
    fn close(&self, workspace: WorkspaceId, tail: &Tail) -> bool {
        let mut open = self.open.lock().unwrap_or_else(PoisonError::into_inner);
        let idle = tail.head.receiver_count() == 0;
        if idle {
            open.remove(&workspace);
        }
        idle
    }
}

/// Follows one ledger for as long as somebody waits.
async fn follow(tails: Tails, workspace: WorkspaceId, tail: Arc<Tail>) {
    let mut woken = tails.db.woken();
    while !tails.close(workspace, &tail) {
        tokio::select! {
            changed = woken.changed() => {
                if changed.is_err() { break }
                base::time::sleep(GATHER).await;
            }
            () = base::time::sleep(LOOK) => {}
        }
        if let Err(error) = tail.extend(&tails.db, workspace).await {
            tracing::warn!(error = %error, "The ledger's tail could not be read; it is tried again");
        }
    }
}

impl Tail {
    async fn extend(&self, db: &Db, workspace: WorkspaceId) -> Result<(), StoreError> {
        loop {
            let last = *self.head.borrow();
            let events = ledger::read(db, workspace, last, BATCH).await?;
            let (more, Some(head)) = (events.len() == BATCH as usize, events.last().map(|event| event.seq)) else { return Ok(()) };
            self.keep(Told::of(db, events).await?);
            self.head.send_replace(head);
            if !more {
                return Ok(());
            }
        }
    }

    fn keep(&self, told: Vec<Told>) {
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.events.extend(told.into_iter().map(Arc::new));
        while recent.events.len() > KEPT {
            if let Some(gone) = recent.events.pop_front() {
                recent.behind = gone.event.seq;
            }
        }
    }

    /// The events after `after`, if all of them are kept.
    fn recent(&self, after: i64) -> Option<Vec<Arc<Told>>> {
        let recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let from = recent.events.partition_point(|told| told.event.seq <= after);
        (after >= recent.behind).then(|| recent.events.range(from..).take(BATCH as usize).cloned().collect())
    }
}

impl Watch {
    /// The number of the newest event.
    pub fn head(&self) -> i64 {
        *self.head.borrow()
    }

    /// The events after `after`, oldest first, at most 500; none if there are none yet.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn read(&mut self, after: i64) -> Result<Vec<Arc<Told>>, StoreError> {
        if let Some(recent) = self.tail.recent(after) {
            return Ok(recent);
        }
        let events = ledger::read(&self.db, self.workspace, after, BATCH).await?;
        Ok(Told::of(&self.db, events).await?.into_iter().map(Arc::new).collect())
    }

    /// Returns when there is an event after `after`.
    pub async fn wait(&mut self, after: i64) {
        if self.head.wait_for(|head| *head > after).await.is_err() {
            // The tail is gone, which cannot be while somebody waits: then nothing comes any more.
            std::future::pending::<()>().await;
        }
    }
}
