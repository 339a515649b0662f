//! Chaos: one seeded schedule of changes, faults, crashes and interleavings, and what must be true after it.

mod changes;
mod weather;

use std::collections::BTreeMap;
use std::time::Duration;

use base::Timestamp;
use microsoft365_sim::Config;
use microsoft365_sim::faults::Schedule;
use microsoft365_sim::journal::Cause;
use model::event::About;
use model::mailbox::MailboxState;
use rapport::engine::Step;
use store::connection::ConnectionKind;
use store::{Phase, cursor, mailbox, work};

use tokio::task::AbortHandle;

pub use self::weather::COMMIT_POINTS;
use self::weather::{RARE, draw_config};
use crate::check::check;
use crate::gate::Moment;
use crate::random::Random;
use crate::world::{WORKSPACE, World, small_pieces};

/// The mailboxes of a schedule and how they are connected.
const MAILBOXES: [(&str, &str, ConnectionKind); 2] = [
    ("anna@contoso.example", "Anna Alm", ConnectionKind::Delegated),
    ("support@contoso.example", "Contoso Support", ConnectionKind::Application),
];
/// Steps of a schedule, at least and more.
const STEPS: (usize, usize) = (60, 120);
/// Pieces of work under way at once, at most.
const AT_ONCE: usize = 7;
/// Units of work after which a schedule that does not come to rest counts as failed.
const UNITS_MAX: usize = 4000;

/// How often what happened, over many schedules.
#[derive(Clone, Debug, Default)]
pub struct Histogram(pub BTreeMap<String, u64>);

impl Histogram {
    fn add(&mut self, name: String, count: u64) {
        *self.0.entry(name).or_default() += count;
    }

    /// Adds another's counts.
    pub fn merge(&mut self, other: Histogram) {
        other.0.into_iter().for_each(|(name, count)| self.add(name, count));
    }
}

/// What a schedule came to.
#[derive(Debug)]
pub struct Report {
    /// What was wrong; nothing if all held.
    pub wrong: Vec<String>,
    /// The schedule of faults, for the reader of a failure.
    pub faults: Schedule,
    /// What happened how often.
    pub histogram: Histogram,
    /// Everything that was seen from outside, in order: two runs of a seed must agree.
    pub trace: Vec<String>,
}

/// The commit point at which the schedule of `seed` stops the program first, if it gets there.
pub fn target_of(seed: u64) -> &'static str {
    let turn = usize::try_from(seed).unwrap_or(0) % (COMMIT_POINTS.len() + RARE.len());
    COMMIT_POINTS.iter().chain(&RARE).nth(turn).copied().unwrap_or(COMMIT_POINTS[0])
}

/// Runs the schedule of `seed` on a database.
pub async fn run(seed: u64, settings: store::Settings) -> Report {
    let mut random = Random::seeded(seed);
    let mut config = Config::seeded(seed);
    draw_config(&mut config, &mut random);
    let world = World::new(config, settings, small_pieces()).await;
    let mut chaos = Chaos {
        world,
        random,
        messages: 0,
        folders: 0,
        cursors: BTreeMap::new(),
        wrong: Vec::new(),
        trace: Vec::new(),
        pieces: Vec::new(),
        fair: false,
    };
    chaos.prepare().await;
    // Each commit point has its turn; schedules after that turn choose freely.
    let target = target_of(seed);
    // Half of the storms meet a mailbox that is still being synced, the others one that is live.
    if seed.is_multiple_of(2) && !["mailbox.synced", "pull.piece"].contains(&target)
        || target.ends_with("sync")
        || target.ends_with("sweep")
    {
        chaos.rest(Duration::from_secs(10)).await;
    }
    chaos.arm_at(target);
    let faults = chaos.draw_faults(seed, target);
    chaos.world.sim.control().set_faults(faults.clone());
    chaos.storm().await;
    chaos.calm().await;
    chaos.probe_calm_changes().await;
    chaos.report(faults).await
}

struct Chaos {
    world: World,
    random: Random,
    messages: u64,
    folders: u64,
    cursors: BTreeMap<String, (i64, Option<String>, i64)>,
    wrong: Vec<String>,
    trace: Vec<String>,
    pieces: Vec<AbortHandle>,
    /// No fault strikes and no token expires any more: nothing should have to be mended.
    fair: bool,
}

impl Chaos {
    async fn prepare(&mut self) {
        for (address, name, kind) in MAILBOXES {
            match kind {
                ConnectionKind::Delegated => self.world.make_person(address, name),
                ConnectionKind::Application => self.world.make_shared(address, name),
            }
        }
        for _ in 0..12 + self.random.below(20) {
            self.change().await;
        }
        for (address, _, kind) in MAILBOXES {
            self.world.connect(address, kind).await.expect("connecting succeeds in calm weather");
        }
    }

    /// Changes, work, waiting and crashes in an order that the seed chooses.
    async fn storm(&mut self) {
        self.world.gate.stand_open(false);
        for _ in 0..STEPS.0 + self.random.below(STEPS.1) {
            match self.random.below(24) {
                0..=2 => self.change().await,
                20..=21 => drop(self.world.sim.deliver_due_notifications().await),
                3..=8 => self.claim().await,
                9..=16 => self.release().await,
                17 => self.wait(),
                18 | 22 | 23 => self.arm(),
                _ => {
                    for _ in 0..1 + self.random.below(12) {
                        self.release().await;
                    }
                }
            }
            if self.world.crashes().stopped {
                self.crash().await;
            }
        }
        self.world.sim.control().set_faults(Schedule::default());
        self.world.gate.stand_open(true);
        self.finish_running().await;
    }

    /// Takes up one piece of work, if there is any and room for it.
    async fn claim(&mut self) {
        if self.world.gate.running() >= AT_ONCE {
            return self.release().await;
        }
        let Ok(mut leases) = self.world.house.engine.claim(1).await else { return };
        let Some(lease) = leases.pop() else { return };
        self.trace.push(format!("claim {} {}", lease.kind, lease.attempts));
        self.spawn(lease);
        self.settle().await;
    }

    fn spawn(&mut self, lease: work::Lease) {
        let (engine, gate) = (self.world.house.engine.clone(), self.world.gate.clone());
        let work = format!("{} of {}", lease.kind, lease.key);
        let (ready, go) = tokio::sync::oneshot::channel::<()>();
        let piece = tokio::task::spawn_local(async move {
            let _ = go.await;
            let _ = engine.run(lease).await;
            gate.end(tokio::task::id());
        });
        self.world.gate.begin(piece.id());
        self.world.holders.claimed(piece.id(), work);
        self.pieces.push(piece.abort_handle());
        let _ = ready.send(());
    }

    async fn settle(&self) -> usize {
        let graph = self.world.house.graph.clone();
        self.world.gate.settle(move || graph.waiting_calls()).await
    }

    /// Lets one waiting piece go on.
    async fn release(&mut self) {
        let parked = self.settle().await;
        if parked == 0 {
            return;
        }
        let place = self.random.below(parked);
        let moment = self.world.gate.release(place);
        self.trace.push(format!("release {moment:?}"));
        self.settle().await;
        if matches!(moment, Moment::Commit(_)) {
            self.watch_cursors().await;
        }
    }

    fn wait(&mut self) {
        let seconds = *self.random.choose(&[1, 2, 10, 61, 75, 310, 900, 2400]);
        self.trace.push(format!("wait {seconds}"));
        self.world.advance(Duration::from_secs(seconds));
    }

    /// The program will be stopped at one of the next commits.
    fn arm(&mut self) {
        let name = *self.random.choose(&COMMIT_POINTS);
        self.arm_at(name);
    }

    fn arm_at(&mut self, name: &'static str) {
        let phase = if self.random.one_in(2) { Phase::Before } else { Phase::After };
        let mut crashes = self.world.crashes();
        // The schedule's own target stays until it is met; what is chosen later gives way to the next choice.
        if crashes.armed.is_none() || !crashes.stops.is_empty() {
            crashes.armed = Some((name, phase));
        }
    }

    /// The program has stopped: everything in memory is gone; it is started again.
    async fn crash(&mut self) {
        let stop = self.world.crashes().stops.last().copied();
        self.trace.push(format!("crash {stop:?}"));
        self.pieces.drain(..).for_each(|piece| piece.abort());
        self.world.restart().await;
        self.world.gate.stand_open(false);
    }

    /// Cursors only ever go forward, and never change without saying so.
    async fn watch_cursors(&mut self) {
        for mailbox in mailbox::list(&self.world.house.db, WORKSPACE).await.expect("mailboxes are listed") {
            for cursor in cursor::list(&self.world.house.db, mailbox.id).await.expect("cursors are listed") {
                let key = format!("{} {}", mailbox.id, cursor.resource);
                let now = (cursor.version, cursor.position.link.clone(), cursor.position.round);
                let Some(before) = self.cursors.insert(key, now.clone()) else { continue };
                if now.0 < before.0 || (now.0 == before.0 && now.1 != before.1) {
                    self.wrong.push(format!("a cursor went back: version {} after {}", now.0, before.0));
                }
                if self.fair && now.2 > before.2 {
                    self.wrong.push("in fair weather the audit had to have a folder read again".to_owned());
                }
            }
        }
    }

    async fn finish_running(&mut self) {
        while self.world.gate.running() > 0 {
            self.settle().await;
            if self.world.crashes().stopped {
                self.crash().await;
                self.world.gate.stand_open(true);
            }
        }
    }

    /// Fair weather: what was revoked is granted again, and everything that is due is done until nothing changes.
    async fn calm(&mut self) {
        if self.world.crashes().stopped {
            self.crash().await;
        }
        self.world.gate.stand_open(true);
        self.world.advance(Duration::from_secs(120));
        // Links that died in the storm are noticed within the first looks at every folder; after them none may be lost.
        self.rest(Duration::from_secs(32 * 60)).await;
        self.watch_cursors().await;
        self.fair = self.world.sim.control().config().graph.delta_log_lines_max > 1000;
        // A grant that was revoked is noticed when its token ends, so more than once.
        for _ in 0..3 {
            self.rest(Duration::from_secs(100 * 60)).await;
            self.watch_cursors().await;
            if !self.reconnect().await {
                return;
            }
        }
    }

    /// People whose grants died connect again; true if there were any.
    async fn reconnect(&mut self) -> bool {
        let mailboxes = mailbox::list(&self.world.house.db, WORKSPACE).await.expect("mailboxes are listed");
        let stopped = |address: &str| mailboxes.iter().any(|mailbox| mailbox.address == address && mailbox.state == MailboxState::Stopped);
        let mut any = false;
        for (address, _, kind) in MAILBOXES.into_iter().filter(|(address, _, _)| stopped(address)) {
            self.world.connect(address, kind).await.expect("connecting again succeeds");
            any = true;
        }
        any
    }

    /// When something is due next, here or at Microsoft.
    fn next(&self, here: Option<Timestamp>) -> Option<Timestamp> {
        let there = self.world.sim.next_notification_due().map(|at| Timestamp::from_millis(at.as_millisecond()));
        here.into_iter().chain(there).min()
    }

    /// Does everything that becomes due within `span`.
    async fn rest(&mut self, span: Duration) {
        let until = self.world.clock.now().plus(span);
        for _ in 0..UNITS_MAX {
            self.world.sim.deliver_due_notifications().await;
            let step = self.world.house.engine.run_due().await;
            if self.world.crashes().stopped {
                self.crash().await;
                self.world.gate.stand_open(true);
                continue;
            }
            match step {
                Ok(Step::Ran(_)) => {}
                Ok(Step::Idle(next)) => match self.next(next).filter(|next| *next <= until) {
                    Some(next) => self.world.advance(next.since(self.world.clock.now()).max(Duration::from_millis(1))),
                    None => return self.world.advance(until.since(self.world.clock.now())),
                },
                Err(error) => return self.wrong.push(format!("in fair weather the engine failed: {error}")),
            }
        }
        let now = self.world.clock.now();
        let there = self.world.sim.next_notification_due().map(|at| at.to_string());
        let here = work::list_due(&self.world.house.db, now, 5).await.expect("due work is listed");
        let here: Vec<_> = here.into_iter().map(|item| (item.kind, item.key, item.due_at, item.attempts, item.problem)).collect();
        self.wrong.push(format!("at {now}, after {UNITS_MAX} units of work, there still is more to do: {here:?}; at Microsoft {there:?}"));
    }

    /// In fair weather one change is one event.
    async fn probe_calm_changes(&mut self) {
        let address = MAILBOXES[0].0;
        let Some(delivery) = self.deliver(address) else { return };
        self.expect_one("message.received", "a delivery").await;
        let _ = self.world.sim.control().mark_read(address, &delivery.id, true);
        self.expect_one("message.updated", "marking as read").await;
        let home = if delivery.folder_id == self.well_known(address, "archive") { "inbox" } else { "archive" };
        let _ = self.world.sim.control().move_message(address, &delivery.id, home);
        self.expect_one("message.moved", "a move").await;
        let _ = self.world.sim.control().delete_message(address, &delivery.id, true);
        self.expect_one("message.deleted", "a deletion for good").await;
    }

    fn well_known(&self, address: &str, name: &str) -> String {
        let state = self.world.sim.control().state(address).expect("the mailbox is there");
        state.folders.into_iter().find(|folder| folder.well_known == Some(name)).map(|folder| folder.id).unwrap_or_default()
    }

    async fn expect_one(&mut self, kind: &str, what: &str) {
        let db = self.world.house.db.clone();
        let before = store::ledger::head(&db, WORKSPACE).await.expect("the ledger answers");
        self.rest(Duration::from_secs(40 * 60)).await;
        let events = store::ledger::read(&db, WORKSPACE, before, 100).await.expect("the ledger answers");
        // What is decided of it (threads, filing) is told too, and checked when all is quiet.
        let of_messages = events.iter().filter(|event| event.kind.about() == About::Message);
        let told: Vec<_> = of_messages.map(|event| event.kind.name()).collect();
        if told != [kind] {
            self.wrong.push(format!("{what} was told as {told:?}, not as [{kind}]"));
        }
    }

    async fn report(mut self, faults: Schedule) -> Report {
        self.wrong.extend(check(&self.world).await);
        self.wrong.extend(self.world.holders.wrong());
        let counts = self.world.sim.control().counts();
        let seen = self.world.wire.seen();
        if counts.throttled.get(&Cause::Concurrency).copied().unwrap_or(0) > 0 {
            self.wrong.push("more than four calls at once reached one mailbox".to_owned());
        }
        if seen.cut > counts.faults.get("truncatedBody").copied().unwrap_or(0) {
            self.wrong.push("the simulator answered with broken JSON without being told to".to_owned());
        }
        self.wrong.extend(seen.violations.into_iter().take(5));
        let mut histogram = Histogram::default();
        counts.faults.iter().for_each(|(name, count)| histogram.add(format!("fault {name}"), *count));
        let stops = self.world.crashes().stops.clone();
        stops.iter().for_each(|(name, _)| histogram.add(format!("crash at {name}"), 1));
        histogram.add("schedules".to_owned(), 1);
        Report { wrong: self.wrong, faults, histogram, trace: self.trace }
    }
}
