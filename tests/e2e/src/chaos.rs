//! Chaos: one seeded schedule of changes, faults, crashes and interleavings, and what must be true after it.

use std::collections::BTreeMap;
use std::time::Duration;

use base::Timestamp;
use microsoft365_sim::Config;
use microsoft365_sim::control::Delivery;
use microsoft365_sim::faults::{Fault, FaultKind, Matcher, Schedule, Trigger};
use microsoft365_sim::graph::subscriptions::Lifecycle;
use microsoft365_sim::journal::Cause;
use microsoft365_sim::mailbox::store::DeliverOptions;
use model::mailbox::MailboxState;
use rapport::engine::Step;
use store::connection::ConnectionKind;
use store::{Phase, cursor, mailbox, subscription, work};

use tokio::task::AbortHandle;

use crate::check::check;
use crate::gate::Moment;
use crate::random::Random;
use crate::world::{WORKSPACE, World, small_pieces};

/// The mailboxes of a schedule and how they are connected.
const MAILBOXES: [(&str, &str, ConnectionKind); 2] = [
    ("anna@contoso.example", "Anna Alm", ConnectionKind::Delegated),
    ("support@contoso.example", "Contoso Support", ConnectionKind::Application),
];
const FOLDERS: [&str; 4] = ["inbox", "archive", "sentitems", "deleteditems"];
/// Where the program is stopped: every commit that the loops and Microsoft's notifications make.
const COMMIT_POINTS: [&str; 23] = [
    "audit.folder",
    "audit.mailbox",
    "connection.stop",
    "decide.search",
    "decide.threads",
    "grant.rotate",
    "hints.ask",
    "hints.follow",
    "hints.settle",
    "hooks.notification",
    "mailbox.resume",
    "mailbox.stop",
    "mailbox.synced",
    "pull.attachments",
    "pull.folders",
    "pull.page",
    "pull.piece",
    "pull.resync",
    "pull.sweep",
    "subscription.create",
    "subscription.renew",
    "work.claim",
    "work.settle",
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
    };
    chaos.prepare().await;
    // Each commit point has its turn; schedules after that turn choose freely.
    let target = COMMIT_POINTS[usize::try_from(seed).unwrap_or(0) % COMMIT_POINTS.len()];
    chaos.arm_at(target);
    let faults = chaos.draw_faults(seed, target);
    chaos.world.sim.control().set_faults(faults.clone());
    chaos.storm().await;
    chaos.calm().await;
    chaos.probe_calm_changes().await;
    chaos.report(faults).await
}

fn draw_config(config: &mut Config, random: &mut Random) {
    config.graph.delta_empty_page_probability = *random.choose(&[0.0, 0.2]);
    config.graph.delta_replayed_lines = *random.choose(&[0, 0, 3]);
    config.graph.delta_partial_read_changes = random.one_in(2);
    config.graph.delta_log_lines_max = *random.choose(&[1_000_000, 1_000_000, 6]);
    config.graph.delta_expired_status = *random.choose(&[410, 410, 400]);
    config.graph.purged_messages_are_readable = random.one_in(2);
    config.graph.subscription_http_addresses = true;
    config.limits.fractional_retry_after = random.one_in(4);
    config.limits.omit_retry_after = random.one_in(4);
}

/// The fault without which a commit point is hardly ever reached.
fn fault_for(target: &str, nth: u64) -> Option<Fault> {
    let (path, kind) = match target {
        "pull.resync" | "pull.sweep" => ("*messages/delta*", FaultKind::DeltaExpired { status: 410, code: "syncStateNotFound".to_owned() }),
        "connection.stop" => ("/v1.0/*", FaultKind::GrantRevoked),
        "mailbox.stop" | "mailbox.resume" => ("*messages/delta*", FaultKind::MailboxRefused),
        _ => return None,
    };
    let matches = Matcher { path: Some(path.to_owned()), ..Matcher::default() };
    Some(Fault { matches, trigger: Trigger::Nth { nth: nth / 3, times: 4 }, kind })
}

struct Chaos {
    world: World,
    random: Random,
    messages: u64,
    folders: u64,
    cursors: BTreeMap<String, (i64, Option<String>)>,
    wrong: Vec<String>,
    trace: Vec<String>,
    pieces: Vec<AbortHandle>,
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

    fn draw_faults(&mut self, seed: u64, target: &str) -> Schedule {
        let retry_after_ms = Some(1000);
        let kinds = [
            FaultKind::Throttled { retry_after_ms },
            FaultKind::Throttled { retry_after_ms: None },
            FaultKind::ServerError { empty: false },
            FaultKind::Unavailable { empty: true, retry_after_ms: None },
            FaultKind::Unavailable { empty: false, retry_after_ms },
            FaultKind::GatewayTimeout,
            FaultKind::GatewayTimeoutAfter,
            FaultKind::ResetBefore,
            FaultKind::AnswerLost,
            FaultKind::TruncatedBody,
            FaultKind::TokenExpired,
            FaultKind::DeltaExpired { status: 410, code: "syncStateNotFound".to_owned() },
            FaultKind::DeltaExpired { status: 400, code: "resyncRequired".to_owned() },
            FaultKind::MailboxRefused,
            FaultKind::GrantRevoked,
            FaultKind::NotificationLate { by_ms: 45_000 },
            FaultKind::NotificationTwice,
            FaultKind::NotificationOutOfOrder,
            FaultKind::NotificationNever,
        ];
        let mut faults = Vec::new();
        for _ in 0..2 + self.random.below(5) {
            let kind = self.random.choose(&kinds).clone();
            let rare = matches!(kind, FaultKind::MailboxRefused | FaultKind::GrantRevoked | FaultKind::TokenExpired);
            let path = self.random.choose(&["/v1.0/*", "*messages/delta*", "*mailFolders/delta*", "/v1.0/*"]);
            let path = (!kind.is_of_notifications()).then(|| (*path).to_owned());
            let trigger = if rare || self.random.one_in(3) {
                Trigger::Nth { nth: 1 + self.random.below(25) as u64, times: if rare { 1 } else { 1 + self.random.below(3) as u64 } }
            } else {
                Trigger::Chance { probability: 0.02 + 0.02 * self.random.below(5) as f64 }
            };
            faults.push(Fault { matches: Matcher { path, ..Matcher::default() }, trigger, kind });
        }
        faults.extend(fault_for(target, 4 + self.random.below(30) as u64));
        Schedule { seed, faults }
    }

    /// Changes, work, waiting and crashes in an order that the seed chooses.
    async fn storm(&mut self) {
        self.world.gate.stand_open(false);
        for _ in 0..STEPS.0 + self.random.below(STEPS.1) {
            match self.random.below(22) {
                0..=2 => self.change().await,
                20..=21 => drop(self.world.sim.deliver_due_notifications().await),
                3..=8 => self.claim().await,
                9..=16 => self.release().await,
                17 => self.wait(),
                18 => self.arm(),
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
        let (ready, go) = tokio::sync::oneshot::channel::<()>();
        let piece = tokio::task::spawn_local(async move {
            let _ = go.await;
            let _ = engine.run(lease).await;
            gate.end(tokio::task::id());
        });
        self.world.gate.begin(piece.id());
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
        if crashes.armed.is_none() {
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
                let now = (cursor.version, cursor.position.link.clone());
                if let Some(before) = self.cursors.insert(key, now.clone())
                    && (now.0 < before.0 || (now.0 == before.0 && now.1 != before.1))
                {
                    self.wrong.push(format!("a cursor went back: version {} after {}", now.0, before.0));
                }
            }
        }
    }

    /// One change at Microsoft.
    async fn change(&mut self) {
        let (address, _, _) = *self.random.choose(&MAILBOXES);
        let any = self.any_message(address);
        let what = self.random.below(13);
        match (what, any) {
            (12, _) => self.announce(address).await,
            (0..=3, _) | (4..=9, None) => drop(self.deliver(address)),
            (4..=5, Some(id)) => self.move_message(address, &id),
            (6, Some(id)) => {
                let read = self.random.one_in(2);
                let _ = self.world.sim.control().mark_read(address, &id, read);
            }
            (7, Some(id)) => {
                let flag = *self.random.choose(&["flagged", "complete", "notFlagged"]);
                let _ = self.world.sim.control().flag(address, &id, flag);
            }
            (8..=9, Some(id)) => {
                let for_good = self.random.one_in(2);
                let _ = self.world.sim.control().delete_message(address, &id, for_good);
            }
            _ => self.change_folders(address),
        }
        self.trace.push(format!("change {what}"));
    }

    /// Microsoft says that something is the matter with a subscription.
    async fn announce(&mut self, address: &str) {
        let event = *self.random.choose(&[Lifecycle::Missed, Lifecycle::SubscriptionRemoved, Lifecycle::ReauthorizationRequired]);
        let mailboxes = mailbox::list(&self.world.house.db, WORKSPACE).await.expect("mailboxes are listed");
        let Some(mailbox) = mailboxes.iter().find(|mailbox| mailbox.address == address) else { return };
        if let Some(known) = subscription::find(&self.world.house.db, mailbox.id).await.expect("subscriptions are read") {
            self.world.sim.control().announce(&known.graph_id, event);
        }
    }

    fn any_message(&mut self, address: &str) -> Option<String> {
        let state = self.world.sim.control().state(address).expect("the mailbox is there");
        let ids: Vec<String> = state.folders.into_iter().flat_map(|folder| folder.messages).map(|message| message.id).collect();
        if ids.is_empty() { None } else { Some(self.random.choose(&ids).clone()) }
    }

    fn any_folder(&mut self, address: &str) -> String {
        let state = self.world.sim.control().state(address).expect("the mailbox is there");
        let own: Vec<String> =
            state.folders.into_iter().filter(|folder| folder.well_known.is_none() && !folder.is_hidden).map(|folder| folder.id).collect();
        if own.is_empty() || self.random.one_in(2) { (*self.random.choose(&FOLDERS)).to_owned() } else { self.random.choose(&own).clone() }
    }

    fn deliver(&mut self, address: &str) -> Option<Delivery> {
        self.messages += 1;
        let number = self.messages;
        let body = if self.random.one_in(3) { "<p>See <img src=\"cid:logo\"></p>" } else { "Plain words." };
        let message = serde_json::json!({
            "subject": format!("unique{number}word about tender {}", number % 5),
            "from": {"emailAddress": {"name": "Bo Berg", "address": "bo@acme.example"}},
            "toRecipients": [{"emailAddress": {"address": address}}],
            "body": {"contentType": "html", "content": body},
        });
        let folder = self.any_folder(address);
        self.world.sim.control().deliver_json(address, &folder, &message, DeliverOptions::default()).ok()
    }

    fn move_message(&mut self, address: &str, id: &str) {
        let folder = self.any_folder(address);
        let _ = self.world.sim.control().move_message(address, id, &folder);
    }

    fn change_folders(&mut self, address: &str) {
        let control = self.world.sim.control();
        let state = control.state(address).expect("the mailbox is there");
        let own: Vec<String> = state.folders.into_iter().filter(|f| f.well_known.is_none() && !f.is_hidden).map(|f| f.id).collect();
        self.folders += 1;
        let name = format!("Folder {}", self.folders);
        match (self.random.below(5), own.is_empty()) {
            (0..=1, _) | (_, true) => {
                let parent =
                    if own.is_empty() || self.random.one_in(2) { "msgfolderroot".to_owned() } else { self.random.choose(&own).clone() };
                let _ = control.create_folder(address, &parent, &name);
            }
            (2, false) => {
                let _ = control.rename_folder(address, &self.random.choose(&own).clone(), &name);
            }
            (3, false) => {
                let parent = self.random.choose(&["msgfolderroot", "inbox"]);
                let folder = self.random.choose(&own).clone();
                let _ = control.move_folder(address, &folder, parent);
            }
            _ => {
                let (folder, for_good) = (self.random.choose(&own).clone(), self.random.one_in(2));
                let _ = control.delete_folder(address, &folder, for_good);
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
        // A grant that was revoked is noticed when its token ends, so more than once.
        for _ in 0..3 {
            self.rest(Duration::from_secs(100 * 60)).await;
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
        let told: Vec<_> = events.iter().map(|event| event.kind.name()).collect();
        if told != [kind] {
            self.wrong.push(format!("{what} was told as {told:?}, not as [{kind}]"));
        }
    }

    async fn report(mut self, faults: Schedule) -> Report {
        self.wrong.extend(check(&self.world).await);
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
