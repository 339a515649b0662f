//! Carrying one outgoing mail: **nothing twice, nothing lost**.
//!
//! The mail is drafted with our own mark, then handed over, then looked for. What is about to happen and could not be taken
//! back is written down first:
//!
//! | the row says | so it may be that | what is done |
//! |---|---|---|
//! | queued | nothing has happened | it is drafted; but one that was asked for before this program started is looked for first |
//! | sending, no draft | there is a draft that nobody knows of | it is looked for by its mark |
//! | sending, a draft | files are missing from it | what is missing is added, then `attempted_at` is written, then it is handed over |
//! | sending, a draft, to stand in Drafts | files are missing from it | what is missing is added, and that is all: `drafted` |
//! | sending, attempted | it was handed over, or not | it is looked at: gone or a copy means sent; a draft is a draft still only after [`SETTLED`] |
//! | accepted | its copy has not been seen | it is looked for until [`COPY_LATE_MAX`] has passed; then a person decides |
//!
//! A draft that somebody wrote elsewhere is handed over in the same way: it bears no mark of ours, but its immutable id is known.
//!
//! Handing the same draft over twice sends it once: what is no draft any more is refused. A draft that another worker made
//! meanwhile is never handed over, because only the one whose id the row holds is.
//!
//! **A restored database sends nothing again**: what waited when the program started is looked for by its mark, and not
//! before [`SETTLED`] has passed since the start, in which a copy may still have been on its way to Sent Items.

use std::time::Duration;

use base::{Clock, Problem, Recourse, Timestamp};
use graph::mail::draft::{self, Draft};
use graph::mail::send;
use graph::{Access, Client, GrantKey, GraphError, Lane};
use model::instruction::{Deed, Instruction};
use model::mailbox::{Mailbox, MailboxState};
use model::outgoing::{Intent, Outgoing, OutgoingState};
use store::work::{self, Lease};
use store::{Db, Ending, Statement, StoreError, Transaction, due, folder, instruction, mailbox, outgoing};

use super::{enclose, instructions, look};

/// How long a draft that was handed over may still look like one, and a copy be on its way: only then is what is seen
/// believed to be the end of it.
pub const SETTLED: Duration = Duration::from_secs(180);
/// How long the work is held while a large file is uploaded.
pub(super) const LEASE: Duration = Duration::from_secs(60);
/// How long a copy is looked for.
pub const COPY_LATE_MAX: Duration = Duration::from_secs(24 * 3600);
/// How long a mail waits before it asks again whether its mailbox can be reached.
const MAILBOX_WAIT: Duration = Duration::from_secs(300);
/// Tries after which a mail that Microsoft never takes has failed.
const TRIES_MAX: u32 = 60;

/// Carries outgoing mail. Cheap to clone.
#[derive(Clone)]
pub struct Mailer {
    pub(super) db: Db,
    pub(super) clock: Clock,
    pub(super) graph: Client,
    started_at: Timestamp,
}

/// One mail while it is carried.
pub(super) struct Errand<'a> {
    pub(super) mailer: &'a Mailer,
    pub(super) lease: &'a Lease,
    pub(super) access: Access,
    pub(super) outgoing: Outgoing,
}

/// What a step came to.
pub(super) enum Step {
    /// The row is another now: go on.
    On,
    /// This is how the unit ends.
    End(Ending),
}

impl Mailer {
    /// Carries the outgoing mail of `db` through `graph`. What waits in it now is looked for before it is sent.
    pub fn new(db: Db, clock: Clock, graph: Client) -> Self {
        let started_at = clock.now();
        Mailer { db, clock, graph, started_at }
    }

    /// Runs one unit.
    ///
    /// # Errors
    /// As [`Db::commit`]; [`StoreError::Refused`] if another has taken over the work, or a person has changed the mail.
    pub async fn run(&self, lease: &Lease) -> Result<Ending, StoreError> {
        match lease.kind.as_str() {
            due::CARRY_INSTRUCTIONS => instructions::run(self, lease).await,
            _ => self.send(lease).await,
        }
    }

    /// Carries one mail as far as it goes now. Commit points: `mail.begin`, `mail.drafted`, `mail.attempt`, `mail.refused`,
    /// `mail.accepted`, `mail.sent`, `mail.failed`, `mail.unclear`.
    async fn send(&self, lease: &Lease) -> Result<Ending, StoreError> {
        let Ok(id) = lease.key.parse() else { return Ok(Ending::Gone) };
        loop {
            let Some(outgoing) = outgoing::find(&self.db, id).await? else { return Ok(Ending::Gone) };
            if !outgoing.state.is_under_way() {
                return Ok(Ending::Gone);
            }
            let now = self.clock.now();
            if outgoing.state == OutgoingState::Queued && outgoing.send_at > now {
                return Ok(Ending::Next(outgoing.send_at, work::Lane::Scheduled));
            }
            let Some(mailbox) = mailbox::find(&self.db, outgoing.mailbox).await? else { return Ok(Ending::Gone) };
            if let Some(ending) = self.shut(lease, &mailbox, &outgoing).await? {
                return Ok(ending);
            }
            let grant = GrantKey::new(mailbox.connection.to_string());
            let access = Access::new(grant, mailbox.graph_user_id, Lane::Notified);
            match (Errand { mailer: self, lease, access, outgoing }).step().await? {
                Step::On => {}
                Step::End(ending) => return Ok(ending),
            }
        }
    }

    /// How the unit ends where the mailbox cannot be reached. The mail waits, and says why.
    async fn shut(&self, lease: &Lease, mailbox: &Mailbox, mail: &Outgoing) -> Result<Option<Ending>, StoreError> {
        let now = self.clock.now();
        match mailbox.state {
            MailboxState::Syncing | MailboxState::Live => Ok(None),
            MailboxState::Stopped => {
                let why = mailbox.problem.clone().map_or_else(String::new, |problem| format!(" {}", problem.title));
                let problem = Problem::new(
                    "mailbox_stopped",
                    "The mail waits: its mailbox cannot be reached.",
                    format!("Microsoft refuses Rapport's access to the mailbox.{why}"),
                    "Connect the mailbox again; the mail goes on by itself.",
                );
                self.db.commit(Transaction::new("mail.wait").with(outgoing::note(mail, Some(&problem)))).await?;
                Ok(Some(Ending::Next(now.plus(MAILBOX_WAIT), work::Lane::Scheduled)))
            }
            MailboxState::Disconnected => {
                let (state, title, detail) = if mail.attempted_at.is_some() {
                    let detail = "The mailbox was disconnected before the mail's copy had been seen in Sent Items.";
                    (OutgoingState::Unclear, "Whether this mail was sent cannot be found out.", detail)
                } else {
                    let detail = "The mailbox was disconnected before the mail had left.";
                    (OutgoingState::Failed, "The mail was not sent: its mailbox is disconnected.", detail)
                };
                let action = "Connect the mailbox again, then decide about the mail in the outbox.";
                let problem = Problem::new("mailbox_disconnected", title, detail, action);
                let new = Outgoing { state, problem: Some(problem), ..mail.clone() };
                let failed = Transaction::new("mail.failed").with(work::hold(lease)).with_all(outgoing::change(mail, &new, now));
                self.db.commit(failed).await?;
                Ok(Some(Ending::Gone))
            }
        }
    }
}

impl Errand<'_> {
    fn now(&self) -> Timestamp {
        self.mailer.clock.now()
    }

    async fn step(self) -> Result<Step, StoreError> {
        let believed_from = self.believed_from();
        if self.outgoing.state != OutgoingState::Accepted && self.outgoing.attempted_at.is_none() && self.now() < believed_from {
            return Ok(Step::End(Ending::Next(believed_from, work::Lane::Scheduled)));
        }
        match (self.outgoing.state, &self.outgoing.draft, self.outgoing.attempted_at) {
            (OutgoingState::Queued, None, _) if self.waited_at_the_start() => self.begin_looking().await,
            (OutgoingState::Queued, None, _) => self.begin().await,
            (OutgoingState::Accepted, Some(_), _) => look::for_copy(self).await,
            (OutgoingState::Accepted, None, _) => look::by_mark(self).await,
            (_, None, _) => look::by_mark(self).await,
            (_, Some(_), Some(_)) => look::at_draft(self).await,
            (_, Some(_), None) => self.hand_over().await,
        }
    }

    /// Whether the mail waited already when this program started: then a restored database may have forgotten that it left.
    fn waited_at_the_start(&self) -> bool {
        self.outgoing.asked_at <= self.mailer.started_at
    }

    /// From when on what is seen of the mail at Microsoft is believed, and no copy of it can still be on its way.
    pub(super) fn believed_from(&self) -> Timestamp {
        let started = if self.waited_at_the_start() { self.mailer.started_at.plus(SETTLED) } else { Timestamp::EPOCH };
        self.outgoing.attempted_at.map_or(started, |attempted| started.max(attempted.plus(SETTLED)))
    }

    async fn begin_looking(self) -> Result<Step, StoreError> {
        let new = Outgoing { state: OutgoingState::Sending, ..self.outgoing.clone() };
        self.change("mail.begin", new).await
    }

    /// Nothing has happened yet: say that something may have, then draft.
    async fn begin(mut self) -> Result<Step, StoreError> {
        let new = Outgoing { state: OutgoingState::Sending, problem: None, ..self.outgoing.clone() };
        if let Step::End(ending) = self.change("mail.begin", new.clone()).await? {
            return Ok(Step::End(ending));
        }
        self.outgoing = Outgoing { version: self.outgoing.version + 1, ..new };
        self.draft().await
    }

    /// Makes the draft, with the small files in it.
    pub(super) async fn draft(self) -> Result<Step, StoreError> {
        let wanted = super::draft::of(&self.mailer.db, &self.outgoing).await?;
        match draft::create(&self.mailer.graph, &self.access, &wanted).await {
            Ok(made) => {
                let new = Outgoing {
                    draft: Some(made.id.clone()),
                    internet_message_id: made.internet_message_id,
                    problem: None,
                    ..self.outgoing.clone()
                };
                let drafted = self.change("mail.drafted", new).await;
                if matches!(drafted, Err(StoreError::Refused { .. })) {
                    // Another has taken over, or the mail was cancelled: nobody will ever hand this draft over.
                    self.discard(&made.id).await;
                }
                drafted
            }
            Err(error) => self.failed(&error, "drafting").await,
        }
    }

    /// Adds what is missing from the draft, and hands it over, if that is wanted.
    async fn hand_over(mut self) -> Result<Step, StoreError> {
        let id = self.outgoing.draft.clone().expect("there is a draft");
        // What somebody wrote elsewhere is handed over as it stands.
        if self.outgoing.intent != Intent::SendDraft
            && let Some(ended) = enclose::missing(&self, &id).await?
        {
            return Ok(Step::End(ended));
        }
        if self.outgoing.intent == Intent::Draft {
            return self.leave_in_drafts().await;
        }
        let new = Outgoing { state: OutgoingState::Sending, attempted_at: Some(self.now()), ..self.outgoing.clone() };
        if let Step::End(ending) = self.change("mail.attempt", new.clone()).await? {
            return Ok(Step::End(ending));
        }
        self.outgoing = Outgoing { version: self.outgoing.version + 1, ..new };
        match send::send(&self.mailer.graph, &self.access, &id).await {
            Ok(()) => {
                let new =
                    Outgoing { state: OutgoingState::Accepted, accepted_at: Some(self.now()), problem: None, ..self.outgoing.clone() };
                self.change("mail.accepted", new).await?;
                Ok(Step::End(Ending::Next(self.now().plus(look::FIRST_LOOK), work::Lane::Notified)))
            }
            Err(error) if error.recourse() == Recourse::Verify || error.is_not_found() => {
                Ok(Step::End(Ending::Next(self.now().plus(look::FIRST_LOOK), work::Lane::Notified)))
            }
            // What is no draft any more is refused too: then it was sent before, by whoever has forgotten it.
            Err(error) if error.recourse() == Recourse::Refuse => look::after_refusal(self, &error).await,
            Err(error) => self.refused(&error).await,
        }
    }

    /// It stands in Drafts, whole: that was wanted.
    async fn leave_in_drafts(self) -> Result<Step, StoreError> {
        let new = Outgoing { state: OutgoingState::Drafted, problem: None, ..self.outgoing.clone() };
        let drafts = self.pull("drafts").await?;
        let drafted = Transaction::new("mail.left").with(work::hold(self.lease)).with_all(drafts);
        self.mailer.db.commit(drafted.with_all(self.becomes(&new))).await?;
        Ok(Step::End(Ending::Gone))
    }

    /// Has a folder pulled at once: what came of the mail is to be seen in the mirror also where nobody tells us of changes.
    pub(super) async fn pull(&self, well_known: &str) -> Result<Option<Statement>, StoreError> {
        let mailbox = self.outgoing.mailbox;
        let folder = folder::well_known(&self.mailer.db, mailbox, well_known).await?;
        Ok(folder.map(|folder| due::pull_messages(mailbox, folder.id, work::Lane::Notified, self.now())))
    }

    /// The row as `new`. When the mail is in Microsoft's hands, the draft that it takes the place of is to go.
    pub(super) fn becomes(&self, new: &Outgoing) -> Vec<Statement> {
        let now = self.now();
        let mut statements = outgoing::change(&self.outgoing, new, now);
        let had = matches!(self.outgoing.state, OutgoingState::Queued | OutgoingState::Sending);
        let has = matches!(new.state, OutgoingState::Accepted | OutgoingState::Sent | OutgoingState::Bounced | OutgoingState::Drafted);
        if let Some(replaced) = new.written.replaces.filter(|_| had && has) {
            let owner = (new.workspace, new.mailbox);
            let delete = Instruction::asked(owner, replaced, Deed::Delete, new.asked_by.clone(), now);
            statements.extend(instruction::ask(&[delete], None, now));
        }
        statements
    }

    /// It was refused before it had any effect: the next try is the first again.
    pub(super) async fn refused(mut self, error: &GraphError) -> Result<Step, StoreError> {
        let new = Outgoing { attempted_at: None, ..self.outgoing.clone() };
        self.change("mail.refused", new.clone()).await?;
        self.outgoing = Outgoing { version: self.outgoing.version + 1, ..new };
        self.failed(error, "sending").await
    }

    /// The same errand once more, for a step that takes it.
    pub(super) fn same(&self) -> Self {
        Errand { mailer: self.mailer, lease: self.lease, access: self.access.clone(), outgoing: self.outgoing.clone() }
    }

    /// The row as `new`, in a transaction of its own.
    pub(super) async fn change(&self, name: &'static str, new: Outgoing) -> Result<Step, StoreError> {
        let statements = self.becomes(&new);
        self.mailer.db.commit(Transaction::new(name).with(work::hold(self.lease)).with_all(statements)).await?;
        Ok(Step::On)
    }

    /// How the unit goes on that Microsoft did not let succeed.
    pub(super) async fn failed(self, error: &GraphError, doing: &'static str) -> Result<Step, StoreError> {
        let now = self.now();
        tracing::info!(
            outgoing.id = %self.outgoing.id, mailbox.id = %self.outgoing.mailbox, work.attempts = self.lease.attempts, outgoing.doing = doing,
            graph.request_id = error.request_id(), graph.code = error.code(), graph.status = error.status().map(|status| status.as_u16()),
            "Microsoft did not let this mail go on: {error}."
        );
        let problem = error.problem();
        let handed_over = self.outgoing.attempted_at.or(self.outgoing.accepted_at);
        let again = match (handed_over, error.recourse()) {
            // What may have left is never called a failure: it is looked for, and in the end a person decides.
            (Some(at), _) => now.since(at) < COPY_LATE_MAX,
            (None, Recourse::Refuse) => false,
            (None, Recourse::Reauthorize) => true,
            (None, Recourse::RetryAfter(_) | Recourse::Resync | Recourse::Verify) => self.lease.attempts < TRIES_MAX,
        };
        if again {
            let note = outgoing::note(&self.outgoing, Some(&problem));
            self.mailer.db.commit(Transaction::new("mail.wait").with(note)).await?;
            return Ok(Step::End(match error.recourse() {
                // The pull of the same mailbox notices too, and stops it; the mail waits for its person.
                Recourse::Reauthorize => Ending::Failed(now.plus(MAILBOX_WAIT), problem.title),
                recourse => Ending::retry(self.lease, now, recourse, problem.title),
            }));
        }
        if handed_over.is_some() {
            return look::unclear(self, problem).await;
        }
        let draft = self.outgoing.draft.clone();
        let new =
            Outgoing { state: OutgoingState::Failed, problem: Some(problem), draft: None, attempted_at: None, ..self.outgoing.clone() };
        self.change("mail.failed", new).await?;
        if let Some(draft) = draft {
            self.discard(&draft).await;
        }
        Ok(Step::End(Ending::Gone))
    }

    /// Takes a draft away that nobody will hand over. If that fails, it lies in Drafts and is no mail.
    pub(super) async fn discard(&self, draft: &str) {
        if let Err(error) = graph::mail::draft::discard(&self.mailer.graph, &self.access, draft).await {
            tracing::debug!(outgoing.id = %self.outgoing.id, graph.code = error.code(), "A draft that is not needed could not be taken away.");
        }
    }
}

/// Whether what Graph says of a draft means that it was handed over.
pub(super) fn was_sent(state: &Draft) -> bool {
    !state.is_draft
}
