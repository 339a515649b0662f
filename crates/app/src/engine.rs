//! The engine: claims due work, has a room run it, and records how it ended. It contains no rule of its own.
//!
//! Production runs many units side by side ([`Engine::serve`]); a test takes them one at a time ([`Engine::claim`],
//! [`Engine::run`]) and moves the clock itself. A unit that panics is our bug: it is recorded as failed, and the rest
//! goes on.
//!
//! What calls endpoints outside has slots of its own: however long they take to answer, mail goes on being read.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Recourse, Timestamp};
use desk::Desk;
use futures::FutureExt as _;
use inbound::Inbound;
use outbound::{Archivist, CalendarWriter, Mailer, Outbound};
use store::work::{self, Lease};
use store::{Db, Ending, StoreError, Transaction};
use tokio::sync::{Semaphore, watch};

/// How long a unit may be at work before others may take it over.
pub const LEASE: Duration = Duration::from_secs(60);
/// The longest that an idle engine waits before it looks again: other nodes' marks are only seen by looking.
const LOOK_AGAIN: Duration = Duration::from_millis(250);

/// What one step of the engine came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// So many units were run.
    Ran(usize),
    /// Nothing is due; the next is due then, if anything ever is.
    Idle(Option<Timestamp>),
}

/// Runs what is due.
#[derive(Clone)]
pub struct Engine {
    db: Db,
    clock: Clock,
    node: String,
    inbound: Inbound,
    desk: Desk,
    outbound: Option<Outbound>,
    mailer: Option<Mailer>,
    calendar_writer: Option<CalendarWriter>,
    archivist: Option<Archivist>,
    kinds: Arc<[&'static str]>,
}

/// Endpoints that are called side by side: each waits for somebody else's machine, and costs us next to nothing.
pub const CARRIED_AT_ONCE: u32 = 64;
/// Mails that are handed to Microsoft side by side, of all mailboxes together: each mailbox has four slots.
pub const SENT_AT_ONCE: u32 = 32;
/// Accounts in whose calendars is written side by side: each has four slots.
pub const WRITTEN_AT_ONCE: u32 = 16;
/// Archives that are carried side by side: each asks for one original after the other, behind everything else of its mailbox.
pub const ARCHIVED_AT_ONCE: u32 = 2;

impl Engine {
    /// An engine that calls itself `node` in leases.
    pub fn new(db: Db, clock: Clock, node: impl Into<String>, inbound: Inbound, desk: Desk) -> Self {
        let kinds = inbound::KINDS.iter().chain(desk::KINDS).copied().collect();
        Engine { db, clock, node: node.into(), inbound, desk, outbound: None, mailer: None, calendar_writer: None, archivist: None, kinds }
    }

    /// The same engine, which carries to endpoints too.
    #[must_use]
    pub fn with_outbound(mut self, outbound: Outbound) -> Self {
        self.outbound = Some(outbound);
        self.kinds = self.kinds.iter().chain(outbound::KINDS).copied().collect();
        self
    }

    /// The same engine, which sends mail too.
    #[must_use]
    pub fn with_mailer(mut self, mailer: Mailer) -> Self {
        self.mailer = Some(mailer);
        self.kinds = self.kinds.iter().chain(outbound::MAIL_KINDS).copied().collect();
        self
    }

    /// The same engine, which writes into calendars too.
    #[must_use]
    pub fn with_calendar_writer(mut self, writer: CalendarWriter) -> Self {
        self.calendar_writer = Some(writer);
        self.kinds = self.kinds.iter().chain(outbound::CALENDAR_KINDS).copied().collect();
        self
    }

    /// The same engine, which carries archives too.
    #[must_use]
    pub fn with_archivist(mut self, archivist: Archivist) -> Self {
        self.archivist = Some(archivist);
        self.kinds = self.kinds.iter().chain(outbound::ARCHIVE_KINDS).copied().collect();
        self
    }

    /// Claims up to `limit` due units.
    ///
    /// # Errors
    /// As [`Db::commit`].
    pub async fn claim(&self, limit: u32) -> Result<Vec<Lease>, StoreError> {
        self.claim_of(&self.kinds, limit).await
    }

    async fn claim_of(&self, kinds: &[&str], limit: u32) -> Result<Vec<Lease>, StoreError> {
        work::claim(&self.db, self.clock.now(), limit, LEASE, &self.node, kinds).await
    }

    /// Runs a claimed unit and records how it ended.
    ///
    /// # Errors
    /// When the ending cannot be recorded: the lease then runs out and the unit is done again.
    pub async fn run(&self, lease: Lease) -> Result<(), StoreError> {
        let ending = match AssertUnwindSafe(self.dispatch(&lease)).catch_unwind().await {
            Ok(Ok(ending)) => ending,
            Ok(Err(StoreError::Refused { guard })) => {
                tracing::debug!(work.kind = lease.kind, guard, "Somebody else has taken over this work.");
                return Ok(());
            }
            Ok(Err(StoreError::Crashed)) => return Err(StoreError::Crashed),
            Ok(Err(error)) => {
                tracing::warn!(work.kind = lease.kind, work.attempts = lease.attempts, "The database did not take this work: {error}.");
                Ending::retry(&lease, self.clock.now(), error.recourse(), error.to_string())
            }
            Err(_) => {
                tracing::error!(work.kind = lease.kind, work.attempts = lease.attempts, "This work stopped with a panic, which is a bug.");
                Ending::retry(&lease, self.clock.now(), Recourse::Refuse, "it stopped with a panic, which is a bug".to_owned())
            }
        };
        let settled = Transaction::new("work.settle").with_all(ending.statements(&lease));
        match self.db.commit(settled).await {
            Ok(_) | Err(StoreError::Refused { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    async fn dispatch(&self, lease: &Lease) -> Result<Ending, StoreError> {
        match lease.kind.as_str() {
            kind if desk::KINDS.contains(&kind) => self.desk.run(lease).await,
            kind if outbound::KINDS.contains(&kind) => match &self.outbound {
                Some(outbound) => outbound.run(lease).await,
                None => Ok(Ending::Rest),
            },
            kind if outbound::MAIL_KINDS.contains(&kind) => match &self.mailer {
                Some(mailer) => mailer.run(lease).await,
                None => Ok(Ending::Rest),
            },
            kind if outbound::CALENDAR_KINDS.contains(&kind) => match &self.calendar_writer {
                Some(writer) => writer.run(lease).await,
                None => Ok(Ending::Rest),
            },
            kind if kind.starts_with(store::due::CARRY_ARCHIVE) => match &self.archivist {
                Some(archivist) => archivist.run(lease).await,
                None => Ok(Ending::Rest),
            },
            _ => self.inbound.run(lease).await,
        }
    }

    /// Claims and runs one unit.
    ///
    /// # Errors
    /// As [`Engine::claim`] and [`Engine::run`].
    pub async fn run_due(&self) -> Result<Step, StoreError> {
        let mut leases = self.claim(1).await?;
        match leases.pop() {
            Some(lease) => self.run(lease).await.map(|()| Step::Ran(1)),
            None => Ok(Step::Idle(work::next_due(&self.db, &self.kinds).await?)),
        }
    }

    /// Runs what is due, up to `at_once` units side by side, and beside them up to [`CARRIED_AT_ONCE`] that call endpoints,
    /// [`SENT_AT_ONCE`] that send mail, [`WRITTEN_AT_ONCE`] that write into calendars and [`ARCHIVED_AT_ONCE`] archives, until `stop` says so; then waits for those under way.
    pub async fn serve(self, at_once: u32, stop: watch::Receiver<bool>) {
        let pools = [
            (outbound::KINDS, CARRIED_AT_ONCE),
            (outbound::MAIL_KINDS, SENT_AT_ONCE),
            (outbound::CALENDAR_KINDS, WRITTEN_AT_ONCE),
            (outbound::ARCHIVE_KINDS, ARCHIVED_AT_ONCE),
        ];
        let apart = |kind: &&'static str| pools.iter().any(|(kinds, _)| kinds.contains(kind));
        let own: Vec<_> = self.kinds.iter().copied().filter(|kind| !apart(kind)).collect();
        let own = self.clone().serve_kinds(own, at_once, stop.clone());
        let [webhooks, mail, calendars, archives] = pools.map(|(kinds, at_once)| {
            let kinds: Vec<_> = self.kinds.iter().copied().filter(|kind| kinds.contains(kind)).collect();
            self.clone().serve_kinds(kinds, at_once, stop.clone())
        });
        tokio::join!(own, webhooks, mail, calendars, archives);
    }

    async fn serve_kinds(self, kinds: Vec<&'static str>, at_once: u32, mut stop: watch::Receiver<bool>) {
        if kinds.is_empty() {
            return;
        }
        let slots = Arc::new(Semaphore::new(at_once as usize));
        let mut woken = self.db.woken();
        while !*stop.borrow() {
            woken.borrow_and_update();
            let free = slots.available_permits();
            let claimed = if free == 0 { Ok(Vec::new()) } else { self.claim_of(&kinds, u32::try_from(free).unwrap_or(u32::MAX)).await };
            let idle = match claimed {
                Ok(leases) => {
                    let all_taken = !leases.is_empty() && leases.len() == free;
                    leases.into_iter().for_each(|lease| self.spawn(lease, &slots));
                    !all_taken
                }
                Err(error) => {
                    tracing::error!("Due work cannot be claimed: {error}.");
                    true
                }
            };
            if free == 0 {
                // Wait for a unit to end; its slot is taken again on the next turn.
                tokio::select! { _ = slots.acquire() => {}, _ = stop.changed() => {} }
            } else if idle {
                self.rest(&kinds, &mut woken, &mut stop).await;
            }
        }
        let _ = slots.acquire_many(at_once).await;
    }

    /// Waits until something is due, somebody wakes us, or it is time to look again.
    async fn rest(&self, kinds: &[&str], woken: &mut watch::Receiver<u64>, stop: &mut watch::Receiver<bool>) {
        let due = work::next_due(&self.db, kinds).await.ok().flatten();
        let wait = due.map_or(LOOK_AGAIN, |due| due.since(self.clock.now()).min(LOOK_AGAIN));
        tokio::select! {
            () = base::time::sleep(wait) => {}
            _ = woken.changed() => {}
            _ = stop.changed() => {}
        }
    }

    fn spawn(&self, lease: Lease, slots: &Arc<Semaphore>) {
        let Ok(slot) = Arc::clone(slots).try_acquire_owned() else { return };
        let engine = self.clone();
        tokio::spawn(async move {
            if let Err(error) = engine.run(lease).await {
                tracing::error!("How this work ended cannot be recorded, so it will be done again: {error}.");
            }
            drop(slot);
        });
    }
}
