//! What stories have in common: a world on a thread of its own, and time that passes in it.

use std::path::Path;
use std::time::Duration;

use base::Timestamp;
use microsoft365_sim::Config;
use microsoft365_sim::faults::Schedule;
use model::mailbox::Mailbox;
use rapport::engine::Step;
use serde_json::json;
use store::{Phase, mailbox};

use crate::random::Random;
use crate::world::{WORKSPACE, World};

/// Tells a story on one thread, with a SQLite database in a directory of its own. All that is said to Microsoft must be in its
/// schema.
pub fn on_a_world(seed: u64, pulls: inbound::Settings, told: impl AsyncFnOnce(&mut World, &Path)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let directory = tempfile::tempdir().expect("a temporary directory");
        let settings = store::Settings::new(format!("sqlite:{}", directory.path().join("rapport.db").display()));
        let mut world = World::new(Config::seeded(seed), settings, pulls).await;
        told(&mut world, directory.path()).await;
        assert_eq!(world.wire.seen().violations, Vec::<String>::new(), "what Microsoft's schema does not know");
    });
}

/// Does all that becomes due within `span`, here and at Microsoft. False if the program was stopped.
pub async fn rest(world: &World, span: Duration) -> bool {
    let until = world.clock.now().plus(span);
    loop {
        world.sim.deliver_due_notifications().await;
        world.beside.deliver(world).await;
        let step = world.house.engine.run_due().await;
        if world.crashes().stopped {
            return false;
        }
        match step {
            Ok(Step::Ran(_)) => {}
            Ok(Step::Idle(next)) => {
                let there = world.sim.next_notification_due().map(|at| Timestamp::from_millis(at.as_millisecond()));
                match next.into_iter().chain(there).chain(world.beside.next_due()).min().filter(|next| *next <= until) {
                    Some(next) => world.advance(next.since(world.clock.now()).max(Duration::from_millis(1))),
                    None => {
                        world.advance(until.since(world.clock.now()));
                        return true;
                    }
                }
            }
            Err(error) => panic!("the engine failed: {error}"),
        }
    }
}

/// Faults of every kind that a call may meet, each by chance, on some of these paths.
pub fn weather(seed: u64, random: &mut Random, paths: &[&str]) -> Schedule {
    let kinds = [
        json!({"kind": "answerLost"}),
        json!({"kind": "gatewayTimeoutAfter"}),
        json!({"kind": "resetBefore"}),
        json!({"kind": "throttled", "retryAfterMs": 7000}),
        json!({"kind": "unavailable", "empty": true}),
        json!({"kind": "serverError", "empty": false}),
    ];
    let mut faults = Vec::new();
    for _ in 0..2 + random.below(4) {
        let mut fault = random.choose(&kinds).clone();
        fault["when"] = "chance".into();
        fault["probability"] = (0.1 + random.below(5) as f64 / 10.0).into();
        fault["matches"] = json!({"path": random.choose(paths)});
        faults.push(fault);
    }
    serde_json::from_value(json!({"seed": seed, "faults": faults})).expect("the simulator knows its faults")
}

/// Has the program stop at one of these commit points, or not.
pub fn arm(world: &World, random: &mut Random, points: &[&'static str]) {
    let phase = if random.one_in(2) { Phase::Before } else { Phase::After };
    if random.one_in(2) {
        world.crashes().armed = Some((*random.choose(points), phase));
    }
}

/// What is asked, while the program goes on with its work: some answers wait for that.
///
/// # Panics
/// When the program stops meanwhile.
pub async fn while_it_works<T>(world: &World, asked: impl Future<Output = T>) -> T {
    let (mut asked, mut woken) = (std::pin::pin!(asked), world.house.db.woken());
    loop {
        tokio::select! {
            biased;
            answer = &mut asked => return answer,
            _ = woken.changed() => assert!(rest(world, Duration::from_secs(1)).await),
        }
    }
}

/// A connected mailbox.
pub async fn mailbox_of(world: &World, address: &str) -> Mailbox {
    let mailboxes = mailbox::list(&world.house.db, WORKSPACE).await.expect("the database answers");
    mailboxes.into_iter().find(|mailbox| mailbox.address == address).expect("it is connected")
}
