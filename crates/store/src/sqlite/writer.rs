//! The one writer: takes what waits together and commits it in one go. Each transaction stands or falls alone, in a
//! savepoint of its own; a group is bounded in number and in time, so that nobody waits long behind others.

use std::collections::VecDeque;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rusqlite::Connection;
use tokio::sync::oneshot;

use super::checkpoint::Checkpoints;
use super::prepared::Prepared;
use crate::error::StoreError;
use crate::statement::{Outcome, Transaction};

/// How many transactions share a commit at most.
const GROUP_MAX: usize = 64;
/// After this long no further transaction joins a group.
const GROUP_TIME_MAX: Duration = Duration::from_millis(3);

/// A transaction that waits for the writer.
pub(super) struct Job {
    pub(super) transaction: Transaction,
    pub(super) reply: oneshot::Sender<Result<Outcome, StoreError>>,
}

struct Done {
    outcome: Result<Outcome, StoreError>,
    reply: oneshot::Sender<Result<Outcome, StoreError>>,
}

/// Writes until the last sender is gone.
pub(super) fn run(connection: &Connection, checkpoints: &Checkpoints, jobs: &mpsc::Receiver<Job>) {
    let mut writer = Writer { prepared: Prepared::new(connection), full: false };
    let mut waiting = VecDeque::new();
    loop {
        if waiting.is_empty() {
            let Ok(first) = jobs.recv() else { return };
            waiting.push_back(first);
        }
        while waiting.len() < GROUP_MAX {
            let Ok(next) = jobs.try_recv() else { break };
            waiting.push_back(next);
        }
        writer.commit_group(&mut waiting);
        if let Err(error) = checkpoints.after_commit(&mut writer.prepared) {
            tracing::warn!("The write-ahead log could not be looked at: {error}.");
        }
    }
}

struct Writer<'c> {
    prepared: Prepared<'c>,
    full: bool,
}

impl Writer<'_> {
    /// Commits as many of those who wait as the time allows, at least one.
    fn commit_group(&mut self, waiting: &mut VecDeque<Job>) {
        let durable = waiting.iter().any(|job| job.transaction.durable);
        if let Err(error) = self.be_durable(durable).and_then(|()| self.say("BEGIN IMMEDIATE")) {
            if let Some(first) = waiting.pop_front() {
                let _ = first.reply.send(Err(error));
            }
            return;
        }
        let done = self.run_group(waiting);
        let committed = self.say("COMMIT");
        if committed.is_err() {
            let _ = self.say("ROLLBACK");
        }
        for Done { outcome, reply } in done {
            let outcome = match (&committed, outcome) {
                (Err(error), Ok(_)) => Err(StoreError::Unavailable(format!("the commit failed: {error}"))),
                (_, outcome) => outcome,
            };
            let _ = reply.send(outcome);
        }
    }

    /// Commits with as much safety as the most careful member of the group asks for.
    fn be_durable(&mut self, durable: bool) -> Result<(), StoreError> {
        if self.full != durable {
            self.say(if durable { "PRAGMA synchronous = FULL" } else { "PRAGMA synchronous = NORMAL" })?;
            self.full = durable;
        }
        Ok(())
    }

    #[allow(clippy::disallowed_methods, reason = "bounds how long the one writer is held; decides nothing that a replay would see")]
    fn run_group(&mut self, waiting: &mut VecDeque<Job>) -> Vec<Done> {
        let started = Instant::now();
        let mut done = Vec::with_capacity(waiting.len());
        while let Some(Job { transaction, reply }) = waiting.pop_front() {
            done.push(Done { outcome: self.run_alone(&transaction), reply });
            if started.elapsed() > GROUP_TIME_MAX {
                break;
            }
        }
        done
    }

    /// Runs one transaction so that its failure undoes it alone.
    fn run_alone(&mut self, transaction: &Transaction) -> Result<Outcome, StoreError> {
        self.say("SAVEPOINT one")?;
        match self.run_statements(transaction) {
            Ok(outcome) => self.say("RELEASE one").map(|()| outcome),
            Err(error) => {
                self.say("ROLLBACK TO one")?;
                self.say("RELEASE one")?;
                Err(error)
            }
        }
    }

    fn run_statements(&mut self, transaction: &Transaction) -> Result<Outcome, StoreError> {
        let count = transaction.statements.len();
        let mut outcome = Outcome { affected: Vec::with_capacity(count), rows: Vec::with_capacity(count) };
        for statement in &transaction.statements {
            let (touched, rows) = self.prepared.execute(statement.sql.sqlite, &statement.args)?;
            if let Some(guard) = statement.guard.filter(|guard| guard.rows != touched) {
                return Err(StoreError::Refused { guard: guard.name });
            }
            outcome.affected.push(touched);
            outcome.rows.push(rows);
        }
        Ok(outcome)
    }

    fn say(&mut self, text: &'static str) -> Result<(), StoreError> {
        self.prepared.execute(text, &[]).map(drop)
    }
}
