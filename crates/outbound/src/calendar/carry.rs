//! Carrying out what is wanted done in an account's calendars, oldest first, one thing after the other; an event that waits holds up
//! only what is wanted of it next.
//!
//! **Nothing twice**: people are sent mail by what is done here, so nothing is done again on a guess. Before Microsoft is asked it is
//! written down how the event is (`begun`); when the answer is lost, the event is looked at, and only what has not happened after
//! [`SETTLED`] is done again. A new event needs no wait: Microsoft knows it by its `transactionId`, which comes from the row. A row stops
//! waiting only by a commit.
//!
//! **Nothing late**: what could not be done within [`LATE_MAX`] is not done any more. An invitation that comes out of a restored backup or
//! days after somebody has asked for it is one that nobody wants.

use std::collections::HashSet;
use std::time::Duration;

use base::{Clock, Problem, Recourse, Timestamp};
use graph::{Access, Client, GrantKey, GraphError, Lane};
use model::calendar::Calendar;
use model::calendar_intent::{CalendarBegun, CalendarDeed, CalendarIntent};
use model::id::MailboxId;
use model::mailbox::MailboxState;
use store::calendar_intent::{self, Came};
use store::connection::{self, Connection, ConnectionState};
use store::work::{self, Lease};
use store::{Db, Ending, StoreError, Transaction, calendar, due, mailbox};

use super::deed;
use super::guard;
use crate::mail::SETTLED;
use crate::not_done::NotDone;

/// How long after it was asked for something is still done.
pub const LATE_MAX: Duration = Duration::from_secs(24 * 3600);
/// Intents that are read at a time.
const BATCH: u32 = 50;
/// How long the work is held while one thing is done.
const LEASE: Duration = Duration::from_secs(120);
/// How long one unit goes on before others of the house have their turn.
const TRIP: Duration = Duration::from_secs(20);
/// How long intents wait before it is asked again whether their account can be reached.
const ACCOUNT_WAIT: Duration = Duration::from_secs(300);
/// Tries after which something that Microsoft never takes has failed.
const TRIES_MAX: u32 = 60;

/// Writes into calendars. Cheap to clone.
#[derive(Clone)]
pub struct CalendarWriter {
    db: Db,
    clock: Clock,
    graph: Client,
    started_at: Timestamp,
}

/// How a thing came out that was carried.
enum Outcome {
    /// It has ended, one way or the other.
    Ended,
    /// It waits, and why.
    Waits(Recourse, &'static str),
}

impl CalendarWriter {
    /// Writes into the calendars of `db` through `graph`. What waits in it now may have been done already: it is looked for first.
    pub fn new(db: Db, clock: Clock, graph: Client) -> Self {
        let started_at = clock.now();
        CalendarWriter { db, clock, graph, started_at }
    }

    /// Carries out what waits for a connection. Commit points: `calendar.hold`, `calendar.begin`, `calendar.done`, `calendar.failed`,
    /// `calendar.wait`.
    ///
    /// # Errors
    /// As [`Db::commit`]; [`StoreError::Refused`] if another has taken over the work.
    pub async fn run(&self, lease: &Lease) -> Result<Ending, StoreError> {
        let Some(id) = due::connection_of(&lease.key) else { return Ok(Ending::Gone) };
        let Some(connection) = connection::find(&self.db, id).await? else { return Ok(Ending::Gone) };
        let until = self.clock.now().plus(TRIP);
        loop {
            let batch = calendar_intent::waiting(&self.db, id, BATCH).await?;
            if batch.is_empty() {
                return Ok(Ending::Rest);
            }
            let now = self.clock.now();
            if connection.state == ConnectionState::Disconnected {
                self.give_up(lease, &connection, &batch, &guard::disconnected()).await?;
                continue;
            }
            let late: Vec<_> = batch.iter().filter(|intent| intent.begun.is_none() && is_late(intent, now)).cloned().collect();
            if !late.is_empty() {
                self.give_up(lease, &connection, &late, &guard::late()).await?;
                continue;
            }
            if connection.state == ConnectionState::Reconnect {
                return Ok(Ending::Next(now.plus(ACCOUNT_WAIT), work::Lane::Scheduled));
            }
            if now >= until {
                return Ok(Ending::Next(now, work::Lane::Notified));
            }
            if let Some(ending) = self.turn(lease, &connection, batch).await? {
                return Ok(ending);
            }
        }
    }

    /// The first intent about each event. How the unit ends if any of them waits.
    async fn turn(&self, lease: &Lease, connection: &Connection, batch: Vec<CalendarIntent>) -> Result<Option<Ending>, StoreError> {
        let mut named = HashSet::new();
        let access = Access::new(GrantKey::new(connection.id.to_string()), connection.account_id.clone(), Lane::Notified);
        let mailbox = self.mailbox_of(connection).await?;
        let mut waits = None;
        for intent in batch {
            if intent.graph_id.as_ref().is_some_and(|id| !named.insert(id.clone())) {
                continue;
            }
            let extended = Transaction::new("calendar.hold").with(work::extend(lease, self.clock.now().plus(LEASE)));
            self.db.commit(extended).await?;
            let before = intent.begun.clone();
            let task = Task { writer: self, lease, access: access.clone(), mailbox, intent, before };
            if let Outcome::Waits(recourse, why) = task.carry_out().await? {
                waits = Some((recourse, why));
            }
        }
        let now = self.clock.now();
        Ok(waits.map(|(recourse, why)| match recourse {
            // The pull of the same account notices too, and says so; what is wanted waits for its person.
            Recourse::Reauthorize => Ending::Failed(now.plus(ACCOUNT_WAIT), why.to_owned()),
            recourse => Ending::retry(lease, now, recourse, why.to_owned()),
        }))
    }

    /// The mailbox of the same account, if it is mirrored.
    async fn mailbox_of(&self, connection: &Connection) -> Result<Option<MailboxId>, StoreError> {
        let mailboxes = mailbox::list(&self.db, connection.workspace).await?;
        let found = mailboxes
            .into_iter()
            .find(|mailbox| mailbox.graph_user_id == connection.account_id && mailbox.state != MailboxState::Disconnected);
        Ok(found.map(|mailbox| mailbox.id))
    }

    /// Nothing of this will be done.
    async fn give_up(
        &self,
        lease: &Lease,
        connection: &Connection,
        intents: &[CalendarIntent],
        problem: &Problem,
    ) -> Result<(), StoreError> {
        let (now, mailbox) = (self.clock.now(), self.mailbox_of(connection).await?);
        for intent in intents {
            let ended = calendar_intent::end(intent, Came { problem: Some(problem), made: None, mailbox }, now);
            self.db.commit(Transaction::new("calendar.failed").with(work::hold(lease)).with_all(ended)).await?;
        }
        Ok(())
    }
}

fn is_late(intent: &CalendarIntent, now: Timestamp) -> bool {
    now.since(intent.asked_at) > LATE_MAX
}

/// One intent while it is carried out.
pub(super) struct Task<'a> {
    writer: &'a CalendarWriter,
    lease: &'a Lease,
    pub(super) access: Access,
    mailbox: Option<MailboxId>,
    pub(super) intent: CalendarIntent,
    /// What was not known to have happened when this try began.
    before: Option<CalendarBegun>,
}

impl Task<'_> {
    pub(super) fn graph(&self) -> &Client {
        &self.writer.graph
    }

    fn now(&self) -> Timestamp {
        self.writer.clock.now()
    }

    /// The calendar that it is wanted in.
    pub(super) async fn calendar(&self) -> Result<Option<Calendar>, StoreError> {
        Ok(calendar::find(&self.writer.db, self.intent.calendar).await?.map(|(calendar, _)| calendar))
    }

    /// Whether it waited already when this program started: then a restored database may have forgotten that it was done.
    pub(super) fn waited_at_the_start(&self) -> bool {
        self.intent.asked_at <= self.writer.started_at
    }

    /// Goes on only when what was seen of the event can be believed: what is still under way after a lost answer shows late.
    pub(super) fn settled(&self) -> Result<(), NotDone> {
        let Some(begun) = &self.intent.begun else { return Ok(()) };
        let settled = begun.at.plus(SETTLED);
        if self.now() < settled { Err(NotDone::Early(settled.since(self.now()))) } else { Ok(()) }
    }

    /// Microsoft is about to be asked: says how the event is, so that it can be told afterwards whether it was done.
    pub(super) async fn begin(&mut self, change_key: Option<String>, answered: Option<String>) -> Result<(), NotDone> {
        if is_late(&self.intent, self.now()) {
            return Err(NotDone::Impossible(guard::late()));
        }
        let begun = CalendarBegun { at: self.now(), change_key, answered };
        let begin = calendar_intent::begin(self.intent.id, &begun);
        self.writer.db.commit(Transaction::new("calendar.begin").with(work::hold(self.lease)).with(begin)).await?;
        self.intent.begun = Some(begun);
        Ok(())
    }

    /// What was begun has certainly not been done.
    pub(super) fn undo(&mut self) {
        self.intent.begun.clone_from(&self.before);
    }

    async fn carry_out(mut self) -> Result<Outcome, StoreError> {
        match deed::perform(&mut self).await {
            Ok(made) => self.end(None, made.as_deref()).await,
            Err(NotDone::Store(error)) => Err(error),
            Err(NotDone::Early(wait)) => Ok(Outcome::Waits(Recourse::RetryAfter(wait), "it may still be under way at Microsoft")),
            Err(NotDone::Impossible(problem)) => self.end(Some(&problem), None).await,
            Err(NotDone::Graph(error)) => self.missed(&error).await,
        }
    }

    /// Done, or failed for good. The calendar is read at once, so that the mirror shows what is there.
    async fn end(&self, problem: Option<&Problem>, made: Option<&str>) -> Result<Outcome, StoreError> {
        let (now, intent) = (self.now(), &self.intent);
        let name = if problem.is_none() { "calendar.done" } else { "calendar.failed" };
        let mut ended = Transaction::new(name).with(work::hold(self.lease));
        if self.calendar().await?.is_some() {
            ended.push(due::pull_calendar_events(intent.connection, intent.calendar, work::Lane::Interactive, now));
        }
        let came = Came { problem, made, mailbox: self.mailbox };
        self.writer.db.commit(ended.with_all(calendar_intent::end(intent, came, now))).await?;
        Ok(Outcome::Ended)
    }

    /// Microsoft did not let it succeed.
    async fn missed(&self, error: &GraphError) -> Result<Outcome, StoreError> {
        let intent = &self.intent;
        tracing::info!(
            calendar_intent.id = %intent.id, connection.id = %intent.connection, calendar_intent.deed = intent.deed.name(),
            calendar_intent.tries = intent.tries, graph.request_id = error.request_id(), graph.code = error.code(),
            graph.status = error.status().map(|status| status.as_u16()), "Microsoft did not let this be done in a calendar: {error}."
        );
        let recourse = error.recourse();
        if matches!(recourse, Recourse::Refuse) || intent.tries + 1 >= TRIES_MAX || is_late(intent, self.now()) {
            return self.end(Some(&guard::refused(error, matches!(intent.deed, CalendarDeed::Create(_)))), None).await;
        }
        // Refused at the door, it had no effect: what is left to be looked into is what was before.
        let begun = if recourse == Recourse::Verify { &intent.begun } else { &self.before };
        let note = calendar_intent::note(intent.id, &error.problem(), begun.as_ref());
        self.writer.db.commit(Transaction::new("calendar.wait").with(work::hold(self.lease)).with(note)).await?;
        Ok(Outcome::Waits(recourse, "Microsoft did not let it be done"))
    }
}
