//! Sending in any weather, by seeds: few mails at every point of a crash, and many mails from many mailboxes.

use std::collections::BTreeMap;
use std::time::Duration;

use e2e::random::Random;
use e2e::story::{arm, weather};
use e2e::world::{WORKSPACE, World};
use microsoft365_sim::faults::Schedule;
use model::mailbox::MailboxState;
use model::outgoing::OutgoingState;
use store::connection::ConnectionKind;
use store::{Phase, Transaction, mailbox, outgoing};

use super::{ANNA, BO, a_mail, a_text, ask, now_of, on_a_world, received, rest, to};

const POINTS: [&str; 10] = [
    "mail.begin",
    "mail.drafted",
    "mail.attempt",
    "mail.accepted",
    "mail.sent",
    "mail.refused",
    "mail.wait",
    "work.claim",
    "work.settle",
    "mail.attempt",
];

/// What a sending asks for.
const PATHS: [&str; 4] = ["*/send", "/messages", "/messages/", "singleValueExtendedProperties"];

/// One schedule: several mails, faults at every step, crashes at commits; then fair weather. Gives what came of it.
fn schedule(seed: u64) -> BTreeMap<&'static str, u64> {
    let mut told = BTreeMap::new();
    on_a_world(seed, async |world, _| {
        let mut random = Random::seeded(seed);
        let lingers = random.one_in(3);
        world.sim.control().configure(|config| {
            config.graph.sent_draft_lingers = lingers;
            config.graph.sent_copy_delay_ms = (0, 120_000);
        });
        world.sim.control().set_faults(weather(seed, &mut random, &PATHS));
        let mut ids = Vec::new();
        for number in 0..3 + random.below(4) {
            ids.push((number, ask(world, ANNA, number as u64, a_text(number as u64, to(BO))).await));
            arm(world, &mut random, &POINTS);
            let span = Duration::from_secs(*random.choose(&[1, 5, 70, 400]));
            if !rest(world, span).await {
                *told.entry("crashes").or_insert(0) += 1;
                world.restart().await;
            }
        }
        world.crashes().armed = None;
        world.sim.control().set_faults(Schedule::default());
        assert!(rest(world, Duration::from_secs(2 * 3600)).await);
        let received = received(world);
        for (number, id) in ids {
            let mail = now_of(world, id).await;
            let times = received.get(&format!("Offer {number} to {BO}")).copied().unwrap_or(0);
            let wanted = match mail.state {
                OutgoingState::Sent => 1,
                OutgoingState::Failed => 0,
                state => panic!("seed {seed}: mail {number} is {}: {:?}", state.name(), mail.problem),
            };
            assert_eq!(times, wanted, "seed {seed}: mail {number} is {}", mail.state.name());
            *told.entry(mail.state.name()).or_insert(0) += 1;
        }
    });
    told
}

#[test]
fn in_any_weather_each_mail_arrives_exactly_once_or_has_failed_and_not_arrived() {
    let mut told: BTreeMap<&'static str, u64> = BTreeMap::new();
    let seeds: u64 = std::env::var("RAPPORT_TEST_SENDING_SEEDS").map_or(60, |wish| wish.parse().expect("a number of seeds"));
    for seed in 0..seeds {
        schedule(seed).into_iter().for_each(|(what, count)| *told.entry(what).or_insert(0) += count);
    }
    println!("sending, {seeds} schedules: {told:?}");
    assert!(told["sent"] > seeds * 5 / 2 && told["crashes"] > seeds / 2, "{told:?}");
}

/// Mails of the great sending, 50 mailboxes together. `RAPPORT_TEST_SENDING_MAILS` says how many.
fn wanted_mails() -> u64 {
    std::env::var("RAPPORT_TEST_SENDING_MAILS").map_or(300, |wish| wish.parse().expect("a number of mails"))
}

/// Whoever's grant was revoked connects again.
async fn reconnect(world: &World) -> u64 {
    let stopped = mailbox::list(&world.house.db, WORKSPACE).await.unwrap();
    let mut again = 0;
    for mailbox in stopped.iter().filter(|mailbox| mailbox.state == MailboxState::Stopped) {
        world.connect(&mailbox.address, ConnectionKind::Delegated).await.unwrap();
        again += 1;
    }
    again
}

#[test]
fn many_mails_of_fifty_mailboxes_arrive_exactly_once_though_grants_die_and_the_program_stops() {
    const MAILBOXES: u64 = 50;
    let (mails, round_size) = (wanted_mails(), 100);
    on_a_world(11, async |world, _| {
        let began = world.clock.now();
        let mut random = Random::seeded(11);
        let mut told: BTreeMap<&str, u64> = BTreeMap::new();
        let addresses: Vec<String> = (0..MAILBOXES).map(|number| format!("user{number}@contoso.example")).collect();
        for address in &addresses {
            world.make_person(address, "Una User");
            world.connect(address, ConnectionKind::Delegated).await.unwrap();
        }
        assert!(rest(world, Duration::from_secs(60)).await);
        let mailboxes: BTreeMap<String, _> = mailbox::list(&world.house.db, WORKSPACE)
            .await
            .unwrap()
            .into_iter()
            .map(|mailbox| (mailbox.address.clone(), mailbox))
            .collect();
        world.sim.control().configure(|config| config.graph.sent_copy_delay_ms = (0, 120_000));
        let mut ids = Vec::new();
        for round in 0..mails.div_ceil(round_size) {
            world.sim.control().set_faults(weather(round, &mut random, &PATHS));
            for number in round * round_size..mails.min((round + 1) * round_size) {
                let from = &mailboxes[&addresses[usize::try_from(number % MAILBOXES).unwrap()]];
                let mail = a_mail(&world.clock, from, number, a_text(number, to(BO)));
                ids.push((number, mail.id));
                world.house.db.commit(Transaction::new("test.ask").with_all(outgoing::ask(&mail))).await.unwrap();
            }
            let whose: &String = random.choose(&addresses);
            world.sim.control().revoke_sessions(whose);
            *told.entry("grants revoked").or_insert(0) += 1;
            for _ in 0..3 {
                let phase = if random.one_in(2) { Phase::Before } else { Phase::After };
                world.crashes().armed = Some((*random.choose(&POINTS), phase));
                if !rest(world, Duration::from_secs(*random.choose(&[2, 20, 70]))).await {
                    *told.entry("crashes").or_insert(0) += 1;
                    world.restart().await;
                }
                world.crashes().armed = None;
            }
            world.sim.control().set_faults(Schedule::default());
            *told.entry("connected again").or_insert(0) += reconnect(world).await;
        }
        for _ in 0..36 {
            assert!(rest(world, Duration::from_secs(600)).await);
            *told.entry("connected again").or_insert(0) += reconnect(world).await;
            let counts = outgoing::counts(&world.house.db, WORKSPACE).await.unwrap();
            if !counts.iter().any(|(state, _)| state.is_under_way()) {
                break;
            }
        }
        let received = received(world);
        assert!(received.values().all(|times| *times == 1), "nothing arrived twice");
        for (number, id) in ids {
            let mail = now_of(world, id).await;
            let arrived = received.contains_key(&format!("Offer {number} to {BO}"));
            match mail.state {
                OutgoingState::Sent => assert!(arrived, "mail {number} is said to be sent"),
                OutgoingState::Failed => assert!(!arrived, "mail {number} is said to have failed"),
                OutgoingState::Unclear => assert!(mail.problem.is_some(), "a person is told why"),
                state => panic!("mail {number} is {}: {:?}", state.name(), mail.problem),
            }
            *told.entry(mail.state.name()).or_insert(0) += 1;
        }
        println!(
            "sending, {mails} mails of {MAILBOXES} mailboxes in {} simulated minutes: {told:?}",
            world.clock.now().since(began).as_secs() / 60
        );
        assert!(told["sent"] * 10 > mails * 9 && told["crashes"] > 0, "{told:?}");
    });
}
