//! Google and WhatsApp as sources of contacts, told on their simulator: what Google has is mirrored through the faults of both sides, and
//! whoever writes on WhatsApp is known once, however often and in which order Meta tells it.
#![allow(clippy::unwrap_used, reason = "a test fails by stopping where something is wrong")]
#![allow(clippy::print_stdout, reason = "what the schedules met is for people to read")]
#![allow(clippy::disallowed_methods, reason = "a test program reads its wishes from the environment")]

use std::collections::BTreeSet;
use std::time::Duration;

use crm_sim::google::{NewAccount, Person};
use crm_sim::whatsapp::NewWhatsappPerson;
use crm_sim::{Fault, Rates};
use e2e::beside::{connect_google, of_us};
use e2e::program::send;
use e2e::random::Random;
use e2e::story::{arm, on_a_world, rest};
use e2e::world::{WORKSPACE, World, small_pieces};
use model::contact::Origin;
use store::connection::{self, ConnectionState};
use store::contact::Wanted;
use store::contact_sync::Outcome;
use store::{Phase, audit, contact, contact_book, contact_sync, grant, source_contact};

const ADA: &str = "ada@gmail.example";
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(24 * 3600);

fn story(seed: u64, told: impl AsyncFnOnce(&mut World)) {
    on_a_world(seed, small_pieces(), async |world, _| {
        world.beside.sim.google().add_account(NewAccount::person(ADA, "Ada Lovelace"));
        told(world).await;
    });
}

/// What Google has: name of the entry, name, numbers, addresses.
fn there(world: &World) -> BTreeSet<String> {
    let persons = world.beside.sim.google().persons(ADA).unwrap();
    let texts = |person: &serde_json::Value, field: &str, value: &str| -> Vec<String> {
        let entries = person[field].as_array().cloned().unwrap_or_default();
        entries.iter().filter_map(|entry| entry[value].as_str().map(str::to_owned)).filter(|text| !text.trim().is_empty()).collect()
    };
    persons
        .iter()
        .map(|person| {
            let names = texts(person, "names", "displayName");
            let addresses = texts(person, "emailAddresses", "value");
            format!("{} {:?} {addresses:?}", person["resourceName"].as_str().unwrap(), names.first())
        })
        .collect()
}

/// What is kept of it.
async fn here(world: &World) -> BTreeSet<String> {
    let all = source_contact::all(&world.house.db, WORKSPACE).await.unwrap();
    let of_google = all.into_iter().filter(|kept| kept.source.origin == Origin::Google);
    of_google
        .map(|kept| format!("{} {:?} {:?}", kept.foreign_id, kept.source.card.name.display.as_ref(), kept.source.card.addresses))
        .collect()
}

async fn state(world: &World) -> (ConnectionState, Option<String>) {
    let all = connection::list(&world.house.db, WORKSPACE).await.unwrap();
    let own = all.into_iter().find(|known| known.provider == connection::GOOGLE_CONTACTS).unwrap();
    (own.state, own.problem.map(|problem| problem.code))
}

#[test]
fn what_google_has_is_mirrored_and_changes_follow_for_weeks() {
    story(1, async |world| {
        let google = world.beside.sim.google();
        let names = google.generate(ADA, 2_500).unwrap();
        connect_google(world, ADA).await.unwrap();
        assert!(rest(world, Duration::from_secs(60)).await);
        assert_eq!(here(world).await, there(world));
        let lists = world.beside.sim.journal().iter().filter(|entry| entry.target.contains("connections")).count();
        assert_eq!(lists, 3, "three pages of a thousand");

        google.put_person(ADA, Some(&names[0]), Person::named("Grace", "Hopper").email("grace@acme.example")).unwrap();
        google.remove_person(ADA, &names[1]).unwrap();
        google.merge_persons(ADA, &names[2], &names[3]).unwrap();
        google.put_person(ADA, None, Person::named("New", "One").phone("+62 812 3456 7890", None)).unwrap();
        assert!(rest(world, HOUR).await);
        assert_eq!(here(world).await, there(world));

        // Longer than any sync token lives: the chain is begun anew before it ends, so that Google has never to refuse.
        for _ in 0..16 {
            google.live(ADA, 5).unwrap();
            assert!(rest(world, DAY).await);
        }
        assert_eq!(here(world).await, there(world));
        assert_eq!(state(world).await, (ConnectionState::Connected, None));
        let expired = world.beside.sim.journal().iter().filter(|entry| entry.status == Some(400)).count();
        assert_eq!(expired, 0, "no call was refused");
    });
}

#[test]
fn a_permission_that_is_taken_back_stops_the_account_and_says_so_and_a_new_one_goes_on() {
    story(2, async |world| {
        let google = world.beside.sim.google();
        google.generate(ADA, 30).unwrap();
        let id = connect_google(world, ADA).await.unwrap();
        assert!(rest(world, HOUR).await);
        google.revoke(ADA, None).unwrap();
        google.live(ADA, 10).unwrap();
        assert!(rest(world, HOUR).await);
        assert_eq!(state(world).await, (ConnectionState::Reconnect, Some("google_invalid_grant".to_owned())));
        assert_eq!(here(world).await.len(), 30, "nothing is deleted for a dead permission");
        assert_eq!(connect_google(world, ADA).await.unwrap(), id, "it is the same connection");
        assert!(rest(world, HOUR).await);
        assert_eq!(state(world).await, (ConnectionState::Connected, None));
        assert_eq!(here(world).await, there(world));
    });
}

#[test]
fn who_leaves_the_box_for_contacts_empty_is_told_and_nothing_is_connected() {
    story(3, async |world| {
        world.beside.sim.google().set_withholds(ADA, &[crm_sim::google::CONTACTS_READONLY]).unwrap();
        let refused = connect_google(world, ADA).await.unwrap_err();
        assert!(refused.contains("was not ticked"), "{refused}");
        assert!(connection::list(&world.house.db, WORKSPACE).await.unwrap().is_empty());
        let lines = audit::list(&world.house.db, WORKSPACE, None, 10).await.unwrap();
        assert!(lines.iter().any(|line| line.outcome == "refused" && line.detail["code"] == "google_contacts_not_granted"));
    });
}

#[test]
fn disconnecting_ends_the_permission_at_google_and_destroys_the_tokens() {
    story(4, async |world| {
        world.beside.sim.google().generate(ADA, 5).unwrap();
        let id = connect_google(world, ADA).await.unwrap();
        assert!(rest(world, HOUR).await);
        let key = e2e::program::key(world, "read connect").await;
        let path = format!("/api/integrations/{id}/");
        let ended = e2e::program::ask(world, &key, http::Method::DELETE, &path, None, "").await;
        assert_eq!(ended.status, 204, "{}", ended.text());
        let kept = grant::find(&world.house.db, id).await.unwrap().unwrap();
        assert_eq!((kept.refresh_token_sealed, kept.access_token_sealed), (None, None));
        let asked = world.beside.sim.journal();
        assert!(asked.iter().any(|entry| entry.target.contains("revoke") && entry.status == Some(200)), "Google was told");
        assert_eq!(here(world).await.len(), 5, "what was read stays");
    });
}

#[test]
fn any_schedule_of_faults_and_crashes_leaves_what_google_has() {
    let seeds: u64 = std::env::var("RAPPORT_TEST_CONTACTS_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(15);
    let first: u64 = std::env::var("RAPPORT_TEST_FIRST_SEED").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let (mut changes, mut crashes, mut struck) = (0, 0, std::collections::BTreeMap::<Fault, u64>::new());
    for seed in first..first + seeds {
        println!("seed {seed}");
        story(seed, async |world| {
            let (stops, steps) = schedule(world, seed).await;
            crashes += stops;
            changes += steps;
            for (fault, count) in world.beside.sim.struck() {
                *struck.entry(fault).or_default() += count;
            }
        });
    }
    println!("{seeds} schedules: {changes} changes at Google, {crashes} crashes, faults {struck:?}");
    if seeds >= 15 {
        assert!(crashes >= 10 && struck.len() >= 7, "the schedules met too little: {crashes} crashes, {struck:?}");
    }
}

const POINTS: [&str; 6] =
    ["grant.rotate", "pull.contact_folders", "pull.contact_round", "pull.contact_piece", "pull.contacts", "pull.contacts_end"];

async fn schedule(world: &mut World, seed: u64) -> (usize, usize) {
    let (mut random, mut steps) = (Random::seeded(seed), 0);
    let google = world.beside.sim.google();
    google.generate(ADA, 20 + random.below(60)).unwrap();
    world.beside.sim.configure(|config| config.google.propagation_seconds = (0, 90));
    connect_google(world, ADA).await.unwrap();
    world.beside.sim.set_rates(Rates::everything(0.04));
    for _ in 0..8 {
        arm(world, &mut random, &POINTS);
        let count = random.below(6);
        google.live(ADA, count).unwrap();
        steps += count;
        let span = *random.choose(&[Duration::from_secs(200), HOUR, DAY * 3]);
        if !rest(world, span).await {
            world.restart().await;
        }
    }
    world.crashes().armed = None;
    world.beside.sim.set_rates(Rates::default());
    assert!(rest(world, HOUR * 2).await);
    assert_eq!(state(world).await, (ConnectionState::Connected, None));
    assert_eq!(here(world).await, there(world));
    let kept = source_contact::all(&world.house.db, WORKSPACE).await.unwrap();
    assert!(kept.iter().all(|kept| kept.pending.is_none() && kept.contact.is_some()), "something is left to decide");
    let stops = world.crashes().stops.len();
    (stops, steps)
}

#[test]
fn whoever_writes_on_whatsapp_is_one_contact_however_often_meta_tells_it() {
    story(5, async |world| {
        let whatsapp = world.beside.sim.whatsapp();
        let handshake = whatsapp.handshake();
        let answer = send(&world.house.router, of_us(handshake.request)).await;
        assert_eq!((answer.status, answer.text()), (200, handshake.challenge));

        world.beside.sim.set_rates(Rates { webhook_twice: 0.3, webhook_late: 0.3, ..Rates::default() });
        world.beside.sim.configure(|config| config.whatsapp.notes_per_call_max = 4);
        let people = whatsapp.generate(120);
        for person in people.iter().chain(&people) {
            whatsapp.says(&person.user_id, "hello").unwrap();
        }
        assert!(rest(world, HOUR).await);
        let db = &world.house.db;
        let kept = source_contact::all(db, WORKSPACE).await.unwrap();
        let told: BTreeSet<String> = kept.iter().map(|kept| kept.foreign_id.clone()).collect();
        assert_eq!(told, people.iter().map(|person| format!("user:{}", person.user_id)).collect());
        let book = &contact_book::list(db, WORKSPACE).await.unwrap()[0];
        assert_eq!((book.origin, book.name.as_str()), (Origin::WhatsApp, "+15550783881"));
        for person in &people {
            let kept = kept.iter().find(|kept| kept.foreign_id.ends_with(&person.user_id)).unwrap();
            let number = kept.source.card.phones.first().map(|phone| phone.written().to_owned());
            assert_eq!(number, (!person.number_hidden).then(|| format!("+{}", person.wa_id)), "{person:?}");
            assert_eq!(kept.source.card.name.display.as_deref(), Some(person.name.as_str()));
        }
        let text = serde_json::to_string(&kept.iter().map(|kept| &kept.source.card).collect::<Vec<_>>()).unwrap();
        assert!(!text.contains("hello"), "no message is kept");
    });
}

#[test]
fn who_was_known_by_the_number_stays_the_same_when_an_id_comes_and_when_the_number_is_hidden() {
    story(6, async |world| {
        let whatsapp = world.beside.sim.whatsapp();
        world.beside.sim.configure(|config| config.whatsapp.user_ids = false);
        let budi = whatsapp.add_person(NewWhatsappPerson::person("Budi", "+62 812 3456 7890"));
        whatsapp.says(&budi.user_id, "halo").unwrap();
        assert!(rest(world, HOUR).await);
        let db = world.house.db.clone();
        let before = contact::list(&db, WORKSPACE, Wanted::default(), None, 10).await.unwrap();
        assert_eq!(before.len(), 1);

        world.beside.sim.configure(|config| config.whatsapp.user_ids = true);
        whatsapp.change(&budi.user_id, |person| person.name = "Budi S.".to_owned()).unwrap();
        whatsapp.says(&budi.user_id, "halo").unwrap();
        assert!(rest(world, HOUR).await);
        whatsapp.change(&budi.user_id, |person| person.number_hidden = true).unwrap();
        whatsapp.says(&budi.user_id, "halo").unwrap();
        assert!(rest(world, HOUR).await);
        let after = contact::list(&db, WORKSPACE, Wanted::default(), None, 10).await.unwrap();
        assert_eq!((after.len(), after[0].contact.id), (1, before[0].contact.id), "it is the same contact");
        let kept = source_contact::all(&db, WORKSPACE).await.unwrap();
        assert_eq!((kept.len(), kept[0].foreign_id.as_str()), (1, format!("user:{}", budi.user_id).as_str()));
        let card = &kept[0].source.card;
        assert_eq!(card.name.display.as_deref(), Some("Budi S."));
        assert_eq!(card.phones[0].number().unwrap().e164, "+6281234567890", "a number that is hidden later stays known");
        let mut new = 0;
        for sync in contact_sync::list(&db, WORKSPACE, None, None, 10).await.unwrap() {
            let counts = contact_sync::counts(&db, sync.id).await.unwrap();
            new += counts.iter().filter(|(outcome, _)| *outcome == Outcome::New).map(|(_, count)| count).sum::<i64>();
        }
        assert_eq!(new, 1, "whoever is known is not new again");
    });
}

#[test]
fn what_meta_has_not_signed_is_not_believed() {
    story(7, async |world| {
        let whatsapp = world.beside.sim.whatsapp();
        let person = whatsapp.add_person(NewWhatsappPerson::person("Budi", "+62 812 3456 7890"));
        whatsapp.says(&person.user_id, "halo").unwrap();
        let delivery = whatsapp.deliveries_due().remove(0);
        let (parts, body) = delivery.request.into_parts();
        for change in ["signature", "body", "nothing signed"] {
            let (mut parts, mut body) = (parts.clone(), body.clone());
            match change {
                "signature" => _ = parts.headers.insert("x-hub-signature-256", "sha256=00".parse().unwrap()),
                "body" => body = body.iter().copied().chain([b' ']).collect(),
                _ => _ = parts.headers.remove("x-hub-signature-256"),
            }
            let answer = send(&world.house.router, of_us(http::Request::from_parts(parts, body))).await;
            assert_eq!(answer.status, 403, "{change}");
        }
        assert!(source_contact::all(&world.house.db, WORKSPACE).await.unwrap().is_empty());
        let token = "/hooks/whatsapp?hub.mode=subscribe&hub.verify_token=guessed&hub.challenge=1";
        let request = http::Request::builder().uri(token).body(bytes::Bytes::new()).unwrap();
        assert_eq!(send(&world.house.router, of_us(request)).await.status, 403);
    });
}

#[test]
fn a_crash_while_meta_is_heard_loses_nobody_and_keeps_nobody_twice() {
    for (seed, phase) in [(8, Phase::Before), (9, Phase::After)] {
        story(seed, async |world| {
            let whatsapp = world.beside.sim.whatsapp();
            let person = whatsapp.add_person(NewWhatsappPerson::person("Budi", "+62 812 3456 7890"));
            whatsapp.says(&person.user_id, "halo").unwrap();
            world.crashes().armed = Some(("contacts.hear", phase));
            assert!(!rest(world, HOUR).await);
            world.restart().await;
            assert!(rest(world, HOUR).await);
            assert_eq!(source_contact::all(&world.house.db, WORKSPACE).await.unwrap().len(), 1);
            let (_, _, given_up) = whatsapp.counts();
            assert_eq!(given_up, 0);
        });
    }
}
