//! Metrics: counted by the rooms, gathered here, written down in Prometheus' text form when `/metrics` is asked.
//!
//! What only the database knows (mailboxes by state, the backlog, the age of the last proof of life) is looked up every
//! few seconds.

use std::time::Duration;

use base::Clock;
use metrics::{describe_gauge, gauge};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use model::id::WorkspaceId;
use model::mailbox::MailboxState;
use store::{Db, StoreError, mailbox, work};
use tokio::sync::watch;

/// How often the database is looked at.
const EVERY: Duration = Duration::from_secs(15);
/// The backlog is counted up to here.
const BACKLOG_MAX: u32 = 10_000;

/// What is counted.
#[derive(Clone)]
pub struct Meter {
    handle: PrometheusHandle,
}

impl Meter {
    /// Starts counting for the whole process; a second one counts nothing of the rooms' own.
    pub fn start() -> Self {
        let recorder = PrometheusBuilder::new().build_recorder();
        let handle = recorder.handle();
        if metrics::set_global_recorder(recorder).is_ok() {
            describe_gauge!("rapport_mailboxes", "Mailboxes, by state");
            describe_gauge!("rapport_work_due", "Pieces of work that are due or under way");
            describe_gauge!("rapport_work_oldest_due_seconds", "How long the longest waiting piece of work has been due");
            describe_gauge!("rapport_last_contact_seconds", "Since the least recent proof of life of a mailbox that should live");
        }
        Meter { handle }
    }

    /// What `/metrics` answers.
    pub fn renderer(&self) -> web::Metrics {
        let handle = self.handle.clone();
        std::sync::Arc::new(move || handle.render())
    }

    /// Looks at the database now and then until told to stop.
    pub async fn watch(self, db: Db, clock: Clock, workspace: WorkspaceId, mut stop: watch::Receiver<bool>) {
        while !*stop.borrow() {
            if let Err(error) = look(&db, &clock, workspace).await {
                tracing::warn!("The figures for /metrics cannot be read: {error}.");
            }
            self.handle.run_upkeep();
            tokio::select! {
                () = base::time::sleep(EVERY) => {}
                _ = stop.changed() => {}
            }
        }
    }
}

#[allow(clippy::cast_precision_loss, reason = "gauges are floating point")]
async fn look(db: &Db, clock: &Clock, workspace: WorkspaceId) -> Result<(), StoreError> {
    let now = clock.now();
    let mailboxes = mailbox::list(db, workspace).await?;
    for state in [MailboxState::Syncing, MailboxState::Live, MailboxState::Stopped, MailboxState::Disconnected] {
        let count = mailboxes.iter().filter(|mailbox| mailbox.state == state).count();
        gauge!("rapport_mailboxes", "state" => state.name()).set(count as f64);
    }
    let living = mailboxes.iter().filter(|mailbox| matches!(mailbox.state, MailboxState::Syncing | MailboxState::Live));
    let silence = living.map(|mailbox| now.since(mailbox.last_contact_at.unwrap_or(mailbox.created_at))).max();
    gauge!("rapport_last_contact_seconds").set(silence.unwrap_or_default().as_secs_f64());
    let backlog = work::list_due(db, now, BACKLOG_MAX).await?;
    let oldest = backlog.iter().map(|item| now.since(item.due_at)).max();
    gauge!("rapport_work_due").set(backlog.len() as f64);
    gauge!("rapport_work_oldest_due_seconds").set(oldest.unwrap_or_default().as_secs_f64());
    Ok(())
}
