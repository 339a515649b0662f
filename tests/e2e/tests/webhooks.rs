//! Webhooks in any weather: seeded schedules of events, of receivers that fail, lose answers and are slow, and of crashes at
//! every commit on the way, on both engines. Afterwards what was heard is held against the ledger.
#![allow(clippy::unwrap_used, reason = "a test fails by stopping where something is wrong")]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Id, Timestamp};
use e2e::random::Random;
use e2e::receivers::{DEAD, Heard, POISONED, Receivers, STEADY, is_poison};
use e2e::world::{WORKSPACE, World, small_pieces};
use microsoft365_sim::Config;
use model::event::{Event, EventKind, NewEvent};
use model::id::{EndpointId, MailboxId};
use outbound::{Answer, Call, Caller, Miss, Outbound, PAUSE_AFTER, SigningSecret, Thin};
use rapport::engine::{Engine, Step};
use store::delivery::{self, DeliveryState};
use store::endpoint::{self, Endpoint, EndpointKind, EndpointState, Filter};
use store::vault::Vault;
use store::{Db, Phase, Transaction, due, ledger};
use url::Url;

const FLAKY: &str = "/flaky";
const NARROW: &str = "/narrow";
const RECEIVERS: [&str; 5] = [STEADY, FLAKY, NARROW, POISONED, DEAD];
const MAILBOXES: [MailboxId; 3] = [Id::from_number(101), Id::from_number(102), Id::from_number(103)];
/// In this mailbox nothing happens that somebody cannot take.
const HARMLESS: MailboxId = Id::from_number(104);
const POINTS: [&str; 4] = ["decide.announce", "carry.webhooks", "work.claim", "work.settle"];
const SEEDS: u64 = 12;

fn endpoint_id(receiver: &str) -> EndpointId {
    let place = RECEIVERS.iter().position(|known| *known == receiver).unwrap();
    Id::from_number(700 + i64::try_from(place).unwrap())
}

fn an_endpoint(vault: &Vault, receiver: &str, filter: Filter, now: Timestamp) -> Endpoint {
    let id = endpoint_id(receiver);
    let url = format!("https://hooks.fabrikam.example{receiver}");
    Endpoint {
        id,
        workspace: WORKSPACE,
        kind: EndpointKind::Generic,
        host: "https://hooks.fabrikam.example".to_owned(),
        url_sealed: vault.seal_text(&endpoint::url_place(id), &url.into()),
        description: String::new(),
        filter,
        expand: false,
        owner: "administrator".to_owned(),
        state: EndpointState::Active,
        state_at: now,
        problem: None,
        secret_sealed: vault.seal_text(&endpoint::secret_place(id), &SigningSecret::generate().write()),
        previous_secret: None,
        failures: 0,
        failing_since: None,
        succeeded_at: None,
        held_until: None,
        after_seq: 0,
        version: 1,
        created_at: now,
    }
}

fn filter_of(receiver: &str) -> Filter {
    match receiver {
        NARROW => Filter { kinds: vec!["message.*".to_owned()], mailboxes: vec![MAILBOXES[0], MAILBOXES[1]] },
        _ => Filter { kinds: vec!["message.*".to_owned(), "thread.*".to_owned()], mailboxes: Vec::new() },
    }
}

fn outbound(db: &Db, clock: &Clock, vault: &Vault, caller: Arc<dyn Caller>) -> Outbound {
    let settings = outbound::Settings { base_url: Url::parse("https://rapport.contoso.example").unwrap() };
    Outbound::new(db.clone(), clock.clone(), vault.clone(), caller, Arc::new(Thin), settings)
}

struct Storm {
    world: World,
    receivers: Receivers,
    random: Random,
    subjects: i64,
}

impl Storm {
    async fn new(seed: u64, settings: store::Settings) -> Storm {
        let world = World::new(Config::seeded(seed), settings, small_pieces()).await;
        let storm = Storm { world, receivers: Receivers::seeded(seed), random: Random::seeded(seed), subjects: 0 };
        let now = storm.world.clock.now();
        let endpoints =
            RECEIVERS.map(|receiver| endpoint::insert(&an_endpoint(&storm.world.house.vault, receiver, filter_of(receiver), now)));
        storm.world.house.db.commit(Transaction::new("test.endpoints").with_all(endpoints)).await.unwrap();
        storm
    }

    fn engine(&self) -> Engine {
        let house = &self.world.house;
        house.engine.clone().with_outbound(outbound(&house.db, &self.world.clock, &house.vault, Arc::new(self.receivers.clone())))
    }

    /// Something happens in a mailbox, or to the workspace as a whole.
    async fn happen(&mut self, mailbox: Option<MailboxId>) {
        let now = self.world.clock.now();
        let count = 1 + self.random.below(4);
        let events: Vec<NewEvent> = (0..count)
            .map(|_| {
                self.subjects += 1;
                let kind = if mailbox.is_some() { EventKind::MessageUpdated } else { EventKind::ThreadFiled };
                NewEvent { kind, subject: self.subjects, backfill: self.random.one_in(8), data: serde_json::Value::Null }
            })
            .collect();
        let appended = match mailbox {
            Some(mailbox) => ledger::append(WORKSPACE, mailbox, now, &events),
            None => ledger::append_of_workspace(WORKSPACE, now, &events),
        };
        let transaction = Transaction::new("test.happen").with_all(due::decide(WORKSPACE, now)).with_all(appended);
        // The program may have been stopped meanwhile: then it did not happen.
        let _ = self.world.house.db.commit(transaction).await;
    }

    async fn step(&mut self) {
        match self.random.below(10) {
            0..=2 => {
                let mailbox = *self.random.choose(&[Some(MAILBOXES[0]), Some(MAILBOXES[1]), Some(MAILBOXES[2]), None]);
                self.happen(mailbox).await;
            }
            3 => {
                let seconds = *self.random.choose(&[1, 6, 31, 61, 130, 700]);
                self.world.advance(Duration::from_secs(seconds));
            }
            4 => {
                let phase = if self.random.one_in(2) { Phase::Before } else { Phase::After };
                let point = *self.random.choose(&POINTS);
                self.world.crashes().armed = Some((point, phase));
            }
            _ => drop(self.engine().run_due().await),
        }
        self.restart_if_stopped().await;
    }

    async fn restart_if_stopped(&mut self) {
        if self.world.crashes().stopped {
            self.world.restart().await;
        }
    }

    /// Does everything that becomes due within `span`.
    async fn rest(&mut self, span: Duration) {
        let until = self.world.clock.now().plus(span);
        loop {
            match self.engine().run_due().await.unwrap() {
                Step::Ran(_) => {}
                Step::Idle(Some(next)) if next <= until => {
                    let wait = next.since(self.world.clock.now()).max(Duration::from_millis(1));
                    self.world.advance(wait);
                }
                Step::Idle(_) => return self.world.advance(until.since(self.world.clock.now())),
            }
        }
    }

    async fn calm(&mut self) {
        self.world.crashes().armed = None;
        self.receivers.calm_down();
        let days = PAUSE_AFTER + Duration::from_secs(24 * 3600);
        for _ in 0..24 {
            for mailbox in [Some(MAILBOXES[0]), Some(MAILBOXES[1]), Some(MAILBOXES[2]), None] {
                self.happen(mailbox).await;
            }
            self.rest(Duration::from_secs(60)).await;
            self.happen_harmlessly().await;
            self.rest(days / 24).await;
        }
        // What an endpoint can never take is set aside once it has taken something since.
        for _ in 0..60 {
            self.happen_harmlessly().await;
            self.rest(Duration::from_secs(2 * 3600)).await;
        }
    }

    /// Something happens in a mailbox of which everything can be taken: a first sync's find stands where poison would.
    async fn happen_harmlessly(&mut self) {
        let now = self.world.clock.now();
        let next = ledger::head(&self.world.house.db, WORKSPACE).await.unwrap() + 1;
        self.subjects += 1;
        let event =
            |backfill| NewEvent { kind: EventKind::MessageUpdated, subject: self.subjects, backfill, data: serde_json::Value::Null };
        let events: Vec<NewEvent> = if is_poison(next) { vec![event(true), event(false)] } else { vec![event(false)] };
        let appended = ledger::append(WORKSPACE, HARMLESS, now, &events);
        let transaction = Transaction::new("test.happen").with_all(due::decide(WORKSPACE, now)).with_all(appended);
        self.world.house.db.commit(transaction).await.unwrap();
    }
}

async fn run(seed: u64, settings: store::Settings) -> Vec<&'static str> {
    let mut storm = Storm::new(seed, settings).await;
    for _ in 0..160 {
        storm.step().await;
    }
    storm.calm().await;
    check(&storm).await;
    let stops = storm.world.crashes().stops.clone();
    stops.into_iter().map(|(name, _)| name).collect()
}

async fn check(storm: &Storm) {
    let db = &storm.world.house.db;
    let events = ledger::read(db, WORKSPACE, 0, 100_000).await.unwrap();
    let heard = storm.receivers.heard();
    let mut all_parked = 0;
    for receiver in RECEIVERS.into_iter().filter(|receiver| *receiver != DEAD) {
        let expected = expected(receiver, &events);
        let heard: Vec<&Heard> = heard.iter().filter(|heard| heard.receiver == receiver).collect();
        let id = endpoint_id(receiver);
        assert_eq!(delivery::count_pending(db, id).await.unwrap(), 0, "{receiver} is still to be told of something");
        let parked = delivery::list(db, id, Some(DeliveryState::Parked), None, 1_000).await.unwrap();
        assert!(parked.iter().all(|one| one.tries >= 5), "{receiver}: set aside too soon");
        let parked: BTreeSet<i64> = parked.iter().map(|one| one.event_seq).collect();
        all_parked += parked.len();
        let poison = expected.values().flatten().filter(|event| receiver == POISONED && is_poison(**event));
        assert!(poison.into_iter().all(|event| parked.contains(event)), "{receiver}: what it can never take is set aside");
        assert!(receiver != STEADY || parked.is_empty(), "nothing is set aside that is always taken");
        check_streams(receiver, &expected, &heard, &parked);
    }
    let told = events.iter().filter(|event| event.kind == EventKind::DeliveryParked).count();
    assert_eq!(told, all_parked, "each parked delivery is said once");
    let dead = endpoint::find(db, endpoint_id(DEAD)).await.unwrap().unwrap();
    assert_eq!(dead.state, EndpointState::Paused, "an endpoint that never answers is paused");
    assert_eq!(events.iter().filter(|event| event.kind == EventKind::EndpointPaused).count(), 1);
}

/// The events that a receiver is to be told of, by stream, in order.
fn expected(receiver: &str, events: &[Event]) -> BTreeMap<String, Vec<i64>> {
    let filter = filter_of(receiver);
    let mut expected: BTreeMap<String, Vec<i64>> = BTreeMap::new();
    for event in events.iter().filter(|event| !event.backfill && filter.admits(event.kind, event.mailbox)) {
        let partition = event.mailbox.map_or_else(|| WORKSPACE.to_string(), |mailbox| mailbox.to_string());
        expected.entry(partition).or_default().push(event.seq);
    }
    expected
}

/// Every event arrived, first in order and without gaps; what came again came under the same id; nothing came that was not
/// to be told; and nothing was called before what is ahead of it was taken or set aside.
fn check_streams(receiver: &str, expected: &BTreeMap<String, Vec<i64>>, heard: &[&Heard], parked: &BTreeSet<i64>) {
    let partitions: BTreeSet<&String> = heard.iter().map(|heard| &heard.partition).collect();
    assert_eq!(partitions, expected.keys().collect(), "{receiver}");
    for (partition, events) in expected {
        let of_stream: Vec<&&Heard> = heard.iter().filter(|heard| heard.partition == *partition).collect();
        let mut first: BTreeMap<i64, (&str, i64)> = BTreeMap::new();
        let mut order = Vec::new();
        for one in &of_stream {
            let known = first.entry(one.sequence).or_insert_with(|| {
                order.push(one.sequence);
                (&one.id, one.event)
            });
            assert_eq!(*known, (one.id.as_str(), one.event), "{receiver} {partition}: a repetition is another delivery");
        }
        assert_eq!(order, (1..=i64::try_from(events.len()).unwrap()).collect::<Vec<_>>(), "{receiver} {partition}: order of first calls");
        assert_eq!(first.values().map(|(_, event)| *event).collect::<Vec<_>>(), *events, "{receiver} {partition}: the events");
        let taken: BTreeSet<i64> = of_stream.iter().filter(|one| one.taken).map(|one| one.sequence).collect();
        let ended = |(sequence, (_, event)): (&i64, &(&str, i64))| taken.contains(sequence) != parked.contains(event);
        assert!(first.iter().all(ended), "{receiver} {partition}: each was taken or set aside, and none both");
    }
}

async fn on(engine: &str, seed: u64) -> Option<Vec<&'static str>> {
    if engine == "sqlite" {
        let directory = tempfile::tempdir().unwrap();
        let settings = store::Settings::new(format!("sqlite:{}", directory.path().join("rapport.db").display()));
        return Some(run(seed, settings).await);
    }
    let server = match test_postgres::shared() {
        Ok(server) => server,
        Err(test_postgres::Unavailable::LeftOut) => return None,
        Err(error) => panic!("{error}"),
    };
    Some(run(seed, store::Settings::new(server.database().await.unwrap().url())).await)
}

#[tokio::test]
async fn in_any_weather_every_event_reaches_every_endpoint_in_order() {
    let mut stops: BTreeSet<&str> = BTreeSet::new();
    for seed in 1..=SEEDS {
        stops.extend(on("sqlite", seed).await.unwrap());
    }
    assert_eq!(stops, POINTS.into_iter().collect(), "the program was stopped at every commit on the way");
}

#[tokio::test]
async fn in_any_weather_every_event_reaches_every_endpoint_in_order_on_postgres() {
    for seed in 101..=103 {
        if on("postgres", seed).await.is_none() {
            println!("left out: PostgreSQL");
        }
    }
}

/// Answers at once, but for what is dead: that never answers.
struct Hanging(Receivers);

#[async_trait::async_trait]
impl Caller for Hanging {
    async fn call(&self, call: Call) -> Result<Answer, Miss> {
        if call.url.path() == DEAD {
            std::future::pending::<()>().await;
        }
        self.0.call(call).await
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_endpoint_that_never_answers_delays_no_other_and_no_mail() {
    let directory = tempfile::tempdir().unwrap();
    let settings = store::Settings::new(format!("sqlite:{}", directory.path().join("rapport.db").display()));
    let mut storm = Storm::new(1, settings).await;
    let house = storm.world.house.clone();
    let carried = outbound(&house.db, &storm.world.clock, &house.vault, Arc::new(Hanging(storm.receivers.clone())));
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let mut woken = house.db.woken();
    // One slot for everything else: a call that never ends must not take it.
    let serving = tokio::spawn(house.engine.clone().with_outbound(carried).serve(1, stopped));
    for _ in 0..5 {
        for mailbox in MAILBOXES {
            storm.happen(Some(mailbox)).await;
        }
    }
    let events = ledger::read(&house.db, WORKSPACE, 0, 1_000).await.unwrap();
    let wanted: usize = expected(STEADY, &events).values().map(Vec::len).sum();
    let all_come = async {
        while storm.receivers.heard().iter().filter(|heard| heard.receiver == STEADY).count() < wanted {
            woken.changed().await.unwrap();
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(20), all_come).await;
    assert!(in_time.is_ok(), "the others were not told while one hung");
    assert!(delivery::count_pending(&house.db, endpoint_id(DEAD)).await.unwrap() > 0);
    stop.send(true).unwrap();
    serving.abort();
}
