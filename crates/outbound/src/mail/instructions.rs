//! Carrying out what is wanted done to a mailbox's messages, oldest first, some messages side by side; never two things to
//! one message at a time.
//!
//! What is done twice by accident must be as if it was done once: a property is looked at before it is set, a message that is
//! moved keeps its immutable id and says by its folder where it is, and before a copy is made it is written down which copies
//! are there. Nothing is asked of Microsoft for a row that is not `waiting`, and a row stops waiting only by a commit.

use std::collections::HashSet;
use std::time::Duration;

use base::{Problem, Recourse, Timestamp};
use futures::{StreamExt as _, stream};
use graph::{Access, GrantKey, GraphError, Lane};
use model::instruction::Instruction;
use model::mailbox::{Mailbox, MailboxState};
use store::work::{self, Lease};
use store::{Ending, StoreError, Transaction, due, folder, instruction, mailbox, message};

use super::carry::{LEASE, Mailer};
use super::deed::{self, DELETED_ITEMS};
use crate::not_done::NotDone;

/// Messages of a mailbox that are changed side by side: a slot is left for people who read.
const AT_ONCE: usize = 3;
/// Instructions that are read at a time.
const BATCH: u32 = 60;
/// How long one unit goes on before others of the house have their turn.
const TRIP: Duration = Duration::from_secs(20);
/// How long instructions wait before it is asked again whether their mailbox can be reached.
const MAILBOX_WAIT: Duration = Duration::from_secs(300);
/// Tries after which an instruction that Microsoft never takes has failed.
const TRIES_MAX: u32 = 60;

/// What one instruction came to.
enum Came {
    /// It has ended, one way or the other.
    Ended,
    /// It waits, and why.
    Waits(Recourse, &'static str),
}

/// Carries out a mailbox's instructions. Commit points: `instruction.begin`, `instruction.done`, `instruction.failed`,
/// `instruction.wait`.
///
/// # Errors
/// As [`store::Db::commit`]; [`StoreError::Refused`] if another has taken over the work.
pub(super) async fn run(mailer: &Mailer, lease: &Lease) -> Result<Ending, StoreError> {
    let Some(id) = due::mailbox_of(&lease.key) else { return Ok(Ending::Gone) };
    let Some(mailbox) = mailbox::find(&mailer.db, id).await? else { return Ok(Ending::Gone) };
    let until = mailer.clock.now().plus(TRIP);
    loop {
        let batch = instruction::waiting(&mailer.db, id, BATCH).await?;
        if batch.is_empty() {
            return Ok(Ending::Rest);
        }
        let now = mailer.clock.now();
        match mailbox.state {
            MailboxState::Syncing | MailboxState::Live => {}
            MailboxState::Stopped => return Ok(Ending::Next(now.plus(MAILBOX_WAIT), work::Lane::Scheduled)),
            MailboxState::Disconnected => {
                give_up(mailer, lease, &batch).await?;
                continue;
            }
        }
        if now >= until {
            return Ok(Ending::Next(now, work::Lane::Notified));
        }
        let extended = Transaction::new("instruction.hold").with(work::extend(lease, now.plus(LEASE)));
        mailer.db.commit(extended).await?;
        if let Some(ending) = turn(mailer, lease, &mailbox, &batch).await? {
            return Ok(ending);
        }
    }
}

/// The first instruction of each message in a batch. How the unit ends if any of them waits.
async fn turn(mailer: &Mailer, lease: &Lease, mailbox: &Mailbox, batch: &[Instruction]) -> Result<Option<Ending>, StoreError> {
    let mut named = HashSet::new();
    let first = batch.iter().filter(|instruction| named.insert(instruction.message));
    let access = Access::new(GrantKey::new(mailbox.connection.to_string()), mailbox.graph_user_id.clone(), Lane::Notified);
    let tasks: Vec<_> = first.map(|instruction| Task { mailer, lease, access: access.clone(), instruction }.carry_out()).collect();
    let came: Vec<Result<Came, StoreError>> = stream::iter(tasks).buffer_unordered(AT_ONCE).collect().await;
    let mut waits = None;
    for came in came {
        if let Came::Waits(recourse, why) = came? {
            waits = Some((recourse, why));
        }
    }
    let now = mailer.clock.now();
    Ok(waits.map(|(recourse, why)| match recourse {
        // The pull of the same mailbox notices too, and stops it; what is wanted waits for its person.
        Recourse::Reauthorize => Ending::Failed(now.plus(MAILBOX_WAIT), why.to_owned()),
        recourse => Ending::retry(lease, now, recourse, why.to_owned()),
    }))
}

/// The mailbox is disconnected: nothing of this will be done.
async fn give_up(mailer: &Mailer, lease: &Lease, batch: &[Instruction]) -> Result<(), StoreError> {
    let problem = Problem::new(
        "mailbox_disconnected",
        "This was not done: the mailbox is disconnected.",
        "There is no grant to reach the mailbox with.",
        "Connect the mailbox again, then ask again.",
    );
    let now = mailer.clock.now();
    let ended = batch.iter().flat_map(|instruction| instruction::end(instruction, Some(&problem), now));
    mailer.db.commit(Transaction::new("instruction.failed").with(work::hold(lease)).with_all(ended)).await?;
    Ok(())
}

/// One instruction while it is carried out.
pub(super) struct Task<'a> {
    pub(super) mailer: &'a Mailer,
    pub(super) lease: &'a Lease,
    pub(super) access: Access,
    pub(super) instruction: &'a Instruction,
}

impl Task<'_> {
    pub(super) fn now(&self) -> Timestamp {
        self.mailer.clock.now()
    }

    async fn carry_out(self) -> Result<Came, StoreError> {
        match deed::perform(&self).await {
            Ok(()) => self.end(None).await,
            Err(NotDone::Store(error)) => Err(error),
            Err(NotDone::Early(wait)) => Ok(Came::Waits(Recourse::RetryAfter(wait), "a copy may still be on its way")),
            Err(NotDone::Impossible(problem)) => self.end(Some(&problem)).await,
            Err(NotDone::Graph(error)) => self.missed(&error).await,
        }
    }

    /// Done, or failed for good. The folders that it touched are read at once, so that the mirror shows it.
    async fn end(&self, problem: Option<&Problem>) -> Result<Came, StoreError> {
        let (db, now, mailbox) = (&self.mailer.db, self.now(), self.instruction.mailbox);
        let mut statements = instruction::end(self.instruction, problem, now);
        if problem.is_none() {
            let here = message::find(db, self.instruction.message).await?.and_then(|found| found.message.folder);
            let there = match (&self.instruction.deed, self.instruction.deed.folder()) {
                (model::instruction::Deed::Delete, _) => folder::well_known(db, mailbox, DELETED_ITEMS).await?.map(|folder| folder.id),
                (_, folder) => folder,
            };
            let touched = here.into_iter().chain(there);
            let due = touched.map(|folder| due::pull_messages(mailbox, folder, work::Lane::Interactive, now));
            statements.splice(0..0, due);
        }
        let name = if problem.is_none() { "instruction.done" } else { "instruction.failed" };
        db.commit(Transaction::new(name).with(work::hold(self.lease)).with_all(statements)).await?;
        Ok(Came::Ended)
    }

    /// Microsoft did not let it succeed.
    async fn missed(&self, error: &GraphError) -> Result<Came, StoreError> {
        tracing::info!(
            instruction.id = %self.instruction.id, mailbox.id = %self.instruction.mailbox, instruction.deed = self.instruction.deed.name(),
            instruction.tries = self.instruction.tries, graph.request_id = error.request_id(), graph.code = error.code(),
            graph.status = error.status().map(|status| status.as_u16()), "Microsoft did not let this be done: {error}."
        );
        let problem = error.problem();
        let recourse = error.recourse();
        if matches!(recourse, Recourse::Refuse) || self.instruction.tries + 1 >= TRIES_MAX {
            return self.end(Some(&problem)).await;
        }
        let note = instruction::note(self.instruction.id, &problem);
        self.mailer.db.commit(Transaction::new("instruction.wait").with(work::hold(self.lease)).with(note)).await?;
        Ok(Came::Waits(recourse, "Microsoft did not let it be done"))
    }
}
