//! A trip: batch after batch of what waits is brought to its place, for a bounded time, so that other archives get their turn.

use std::collections::HashMap;
use std::time::Duration;

use base::{Problem, Recourse, Timestamp};
use model::archive::{Archive, Fate, Item};
use model::event::{EventKind, NewEvent};
use model::id::{AuditId, MailboxId};
use serde_json::json;
use store::audit::{self, AuditLine};
use store::work::{Lane, Lease};
use store::{Ending, Statement, StoreError, Transaction, archive, due, ledger};

use super::archivist::Archivist;
use super::bring::Brought;
use super::place::{Place, Trouble};
use super::plan::News;

/// After how long nothing more is begun.
const TRIP: Duration = Duration::from_secs(20);
/// Tries after which a target that never does stops the archive: about five hours.
const TRIES_MAX: u32 = 60;
/// How often a continuous archive looks for what has come in.
const LOOK_EVERY: Duration = Duration::from_secs(30);

/// What a trip remembers.
#[derive(Default)]
struct Memory {
    mailboxes: HashMap<MailboxId, Option<model::mailbox::Mailbox>>,
    /// Mailboxes of which nothing can be had before then.
    shut: HashMap<MailboxId, Timestamp>,
}

impl Archivist {
    pub(super) async fn trip(&self, lease: &Lease, archive: Archive) -> Result<Ending, StoreError> {
        let mut place = match Place::open(self, &archive).await {
            Ok(place) => place,
            Err(trouble) => return self.troubled(lease, &archive, trouble).await,
        };
        if !archive.opened {
            self.db.commit(Transaction::new("archive.open").with(self.extend(lease)).with(archive::open(archive.id))).await?;
        }
        if let Err(trouble) = place.begin().await {
            return self.troubled(lease, &archive, trouble).await;
        }
        let until = self.clock.now().plus(TRIP);
        let mut memory = Memory::default();
        loop {
            let now = self.clock.now();
            if now >= until {
                return Ok(Ending::Next(now, Lane::Scheduled));
            }
            let shut: Vec<MailboxId> = memory.shut.keys().copied().collect();
            let items = archive::waiting(&self.db, archive.id, now, &shut, place.batch()).await?;
            if items.is_empty() {
                return self.ending(lease, &archive, &place, &memory).await;
            }
            if let Some(trouble) = self.batch(lease, &archive, &mut place, items, &mut memory).await? {
                return self.troubled(lease, &archive, trouble).await;
            }
        }
    }

    /// Brings some messages and writes down what became of them, once that is sure; what is wrong with the target, if anything is.
    async fn batch(
        &self,
        lease: &Lease,
        archive: &Archive,
        place: &mut Place,
        items: Vec<Item>,
        memory: &mut Memory,
    ) -> Result<Option<Trouble>, StoreError> {
        let (mut kept, mut missing, mut bytes, mut statements, mut trouble) = (0, 0, 0, Vec::new(), None);
        for item in items.into_iter() {
            if memory.shut.contains_key(&item.mailbox) {
                continue;
            }
            match self.holding(lease, self.bring(place, &item, &mut memory.mailboxes)).await?? {
                Brought::Settled(fate) => {
                    match &fate {
                        Fate::Kept(one) => (kept, bytes) = (kept + 1, bytes + one.size_bytes),
                        Fate::Missing { .. } => missing += 1,
                    }
                    statements.push(archive::settle(archive.id, item.message, &fate));
                }
                Brought::PutOff(until) => statements.push(archive::put_off(archive.id, item.message, until)),
                Brought::Shut(until, problem) => {
                    memory.shut.insert(item.mailbox, until);
                    self.db.commit(Transaction::new("archive.note").with(archive::note(archive.id, &problem))).await?;
                }
                Brought::Stopped(why) => {
                    trouble = Some(why);
                    break;
                }
            }
        }
        match place.settle().await {
            Ok(written) if !statements.is_empty() => {
                let progress = archive::progress(archive.id, kept, missing, bytes, written);
                let made = Transaction::new("archive.items").with(self.extend(lease)).with(progress).with_all(statements);
                self.db.commit(made).await?;
            }
            Ok(_) => {}
            Err(why) => trouble = Some(why),
        }
        Ok(trouble)
    }

    /// Nothing can be brought now: because all is done, or because some has to wait.
    async fn ending(&self, lease: &Lease, archive: &Archive, place: &Place, memory: &Memory) -> Result<Ending, StoreError> {
        let now = self.clock.now();
        if let Some(next) = archive::next_waiting(&self.db, archive.id).await? {
            let opens = memory.shut.values().min().copied();
            let at = if next > now { opens.map_or(next, |opens| opens.min(next)) } else { opens.unwrap_or(next) };
            return Ok(Ending::Next(at, Lane::Scheduled));
        }
        if archive.wanted.continuous {
            return self.follow(lease, archive).await;
        }
        let written = self.holding(lease, self.write_manifest(archive, place)).await??;
        let manifest = match written {
            Ok(manifest) => manifest,
            Err(trouble) => return self.troubled(lease, archive, trouble).await,
        };
        let done = [archive::finish(archive.id, &manifest, self.clock.now()), self.line(archive, "archive.done", "done")];
        let figures = archive::find(&self.db, archive.id).await?.map(|now| json!({"kept": now.kept, "missing": now.missing}));
        let told = self.tell(archive, EventKind::ArchiveDone, figures.unwrap_or_default());
        self.db.commit(Transaction::new("archive.done").with(self.extend(lease)).with_all(done).with_all(told)).await?;
        tracing::info!(archive.id = %archive.id, "An archive is complete.");
        Ok(Ending::Gone)
    }

    /// All is brought out that a continuous archive knows of: what has come in since joins it.
    async fn follow(&self, lease: &Lease, archive: &Archive) -> Result<Ending, StoreError> {
        let (statements, again) = match self.news(archive).await? {
            News::Came { items, to, more } => (archive::follow(archive, &items, to), more || !items.is_empty()),
            News::Forgotten => (vec![archive::plan_anew(archive)], true),
            News::Nothing => (Vec::new(), false),
        };
        if !statements.is_empty() {
            self.db.commit(Transaction::new("archive.follow").with(self.extend(lease)).with_all(statements)).await?;
        }
        let wait = if again { Duration::ZERO } else { LOOK_EVERY };
        Ok(Ending::Next(self.clock.now().plus(wait), Lane::Scheduled))
    }

    /// The target does not do: later, or not before a person has mended it.
    async fn troubled(&self, lease: &Lease, archive: &Archive, trouble: Trouble) -> Result<Ending, StoreError> {
        let now = self.clock.now();
        let problem = match trouble {
            // What comes in for a continuous archive does not end either.
            Trouble::Later(problem) if archive.wanted.continuous || lease.attempts < TRIES_MAX => {
                let mut noted = Transaction::new("archive.note").with(archive::note(archive.id, &problem));
                if lease.attempts == TRIES_MAX {
                    noted.extend(self.tell(archive, EventKind::ArchiveDelayed, json!({"code": problem.code})));
                }
                self.db.commit(noted).await?;
                return Ok(Ending::retry(lease, now, Recourse::RetryAfter(Duration::ZERO), problem.code));
            }
            Trouble::Later(problem) | Trouble::Stop(problem) => problem,
            Trouble::Message { code, detail } => {
                Problem::new(code, "The target did not take what it was given.", detail, "Resume the archive.")
            }
        };
        tracing::warn!(archive.id = %archive.id, archive.problem = problem.code, "An archive has stopped until a person resumes it.");
        let failed = [archive::fail(archive.id, &problem, now), self.line(archive, "archive.fail", "failed")];
        let told = self.tell(archive, EventKind::ArchiveFailed, json!({"code": problem.code}));
        self.db.commit(Transaction::new("archive.fail").with(self.extend(lease)).with_all(failed).with_all(told)).await?;
        Ok(Ending::Gone)
    }

    fn tell(&self, archive: &Archive, kind: EventKind, data: serde_json::Value) -> Vec<Statement> {
        let (now, event) = (self.clock.now(), NewEvent { kind, subject: archive.id.number(), backfill: false, data });
        let mut told = ledger::append_of_workspace(archive.workspace, now, &[event]);
        told.extend(due::decide(archive.workspace, now));
        told
    }

    fn line(&self, archive: &Archive, action: &str, outcome: &str) -> Statement {
        let at = self.clock.now();
        audit::append(&AuditLine {
            id: AuditId::new(at),
            at,
            workspace: archive.workspace,
            actor: "rapport".to_owned(),
            action: action.to_owned(),
            object: archive.id.to_string(),
            outcome: outcome.to_owned(),
            detail: serde_json::Value::Null,
        })
    }
}
