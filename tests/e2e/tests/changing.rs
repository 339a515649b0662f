//! Changing mail, told on the simulator: what is wanted done to messages is done at Microsoft, seen in the mirror, and done once,
//! whatever goes wrong on the way.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by stopping where something is wrong, and prints what it measured"
)]
#![allow(clippy::disallowed_methods, reason = "a test program reads its wishes from the environment")]

use std::collections::BTreeMap;
use std::time::Duration;

use e2e::random::Random;
use e2e::story::{arm, mailbox_of, on_a_world, rest, weather};
use e2e::world::{WORKSPACE, World};
use microsoft365_sim::faults::Schedule;
use microsoft365_sim::mailbox::store::DeliverOptions;
use model::asked::AskedState;
use model::event::EventKind;
use model::id::{FolderId, InstructionId, JobId, MessageId};
use model::instruction::{Deed, Instruction, Update};
use model::message::{Flag, Importance, Message};
use store::connection::ConnectionKind;
use store::job::{self, Job, JobState};
use store::{Transaction, folder, instruction, ledger, message};

const ANNA: &str = "anna@contoso.example";
const POINTS: [&str; 6] = ["instruction.begin", "instruction.done", "instruction.wait", "instruction.hold", "work.claim", "work.settle"];

/// Anna's mailbox with some mail and a folder "Done", synced.
fn story(seed: u64, mails: usize, told: impl AsyncFnOnce(&mut World)) {
    on_a_world(seed, e2e::world::small_pieces(), async |world, _| {
        world.make_person(ANNA, "Anna Alm");
        world.sim.control().create_folder(ANNA, "inbox", "Done").unwrap();
        for number in 0..mails {
            let mail = format!(
                "From: bo@acme.example\r\nTo: {ANNA}\r\nSubject: Mail {number}\r\nMessage-ID: <{number}@acme.example>\r\n\r\nHello.\r\n"
            );
            world.sim.control().deliver_mime(ANNA, "inbox", mail.into_bytes(), DeliverOptions::default()).unwrap();
        }
        world.connect(ANNA, ConnectionKind::Delegated).await.unwrap();
        assert!(rest(world, Duration::from_secs(30)).await);
        told(world).await;
    });
}

async fn messages(world: &World) -> Vec<Message> {
    let anna = mailbox_of(world, ANNA).await;
    let found = message::in_mailbox(&world.house.db, anna.id, None, 1_000).await.unwrap();
    found.into_iter().map(|found| found.message).collect()
}

async fn numbered(world: &World, number: usize) -> Vec<Message> {
    let subject = format!("Mail {number}");
    messages(world).await.into_iter().filter(|message| message.subject == subject).collect()
}

async fn the_one(world: &World, number: usize) -> Message {
    let found = numbered(world, number).await;
    assert_eq!(found.len(), 1, "message {number}");
    found.into_iter().next().unwrap()
}

async fn folder_named(world: &World, name: &str) -> FolderId {
    let anna = mailbox_of(world, ANNA).await;
    let folders = folder::list(&world.house.db, anna.id).await.unwrap();
    folders.into_iter().find(|folder| folder.display_name == name).unwrap().id
}

/// Asks for one thing to be done to some messages, as one job.
async fn ask(world: &World, messages: &[MessageId], deed: &Deed) -> (JobId, Vec<InstructionId>) {
    world.advance(Duration::from_millis(5));
    let (now, anna) = (world.clock.now(), mailbox_of(world, ANNA).await);
    let job = Job {
        id: JobId::new(now),
        workspace: WORKSPACE,
        kind: "messages.test".to_owned(),
        subject: anna.id.to_string(),
        state: JobState::Running,
        done: 0,
        total: Some(messages.len() as i64),
        problem: None,
        asked_by: "test".to_owned(),
        created_at: now,
        finished_at: None,
    };
    let asked = |message: &MessageId| Instruction {
        job: Some(job.id),
        ..Instruction::asked((WORKSPACE, anna.id), *message, deed.clone(), "test", now)
    };
    let instructions: Vec<Instruction> = messages.iter().map(asked).collect();
    let asked = Transaction::new("test.ask").with_all(instruction::ask(&instructions, Some(&job), now));
    world.house.db.commit(asked).await.unwrap();
    (job.id, instructions.iter().map(|instruction| instruction.id).collect())
}

async fn now_of(world: &World, id: InstructionId) -> Instruction {
    instruction::find(&world.house.db, id).await.unwrap().unwrap()
}

async fn told(world: &World, kind: EventKind) -> usize {
    ledger::read(&world.house.db, WORKSPACE, 0, 10_000).await.unwrap().into_iter().filter(|event| event.kind == kind).count()
}

/// How often Microsoft was asked for something whose path ends so.
fn asked_for(world: &World, method: &str, end: &str) -> usize {
    let journal = world.sim.control().journal(0, 100_000);
    let path = |target: &str| target.split('?').next().unwrap_or_default().to_owned();
    journal.iter().filter(|entry| entry.method == method && path(&entry.target).ends_with(end)).count()
}

fn read(read: bool) -> Deed {
    Deed::Update(Update { read: Some(read), ..Update::default() })
}

#[test]
fn properties_are_changed_at_microsoft_and_seen_in_the_mirror_and_the_ledger() {
    story(1, 3, async |world| {
        let wanted = Update {
            read: Some(true),
            flag: Some(Flag::Flagged),
            importance: Some(Importance::High),
            add_categories: vec!["Blue category".to_owned(), "Acme".to_owned()],
            ..Update::default()
        };
        let id = the_one(world, 1).await.id;
        let (job, instructions) = ask(world, &[id], &Deed::Update(wanted)).await;
        assert!(rest(world, Duration::from_secs(10)).await);
        let seen = the_one(world, 1).await;
        assert_eq!((seen.read, seen.flag, seen.importance), (true, Flag::Flagged, Importance::High));
        assert_eq!(seen.categories, ["Blue category", "Acme"]);
        assert_eq!(now_of(world, instructions[0]).await.state, AskedState::Done);
        let job = job::find(&world.house.db, job).await.unwrap().unwrap();
        assert_eq!((job.state, job.done, job.finished_at.is_some()), (JobState::Done, 1, true));
        assert_eq!(told(world, EventKind::InstructionDone).await, 1);
        // What is relative keeps what somebody else has set meanwhile.
        let theirs = ["Blue category", "Acme", "Theirs"].map(str::to_owned);
        world.sim.control().set_categories(ANNA, &seen.graph_id, &theirs).unwrap();
        let take = Update { remove_categories: vec!["acme".to_owned()], ..Update::default() };
        ask(world, &[id], &Deed::Update(take)).await;
        assert!(rest(world, Duration::from_secs(10)).await);
        assert_eq!(the_one(world, 1).await.categories, ["Blue category", "Theirs"]);
        assert!(!the_one(world, 0).await.read, "nothing else was touched");
    });
}

#[test]
fn what_is_so_already_costs_no_change() {
    story(1, 1, async |world| {
        let id = the_one(world, 0).await.id;
        ask(world, &[id], &read(false)).await;
        assert!(rest(world, Duration::from_secs(10)).await);
        assert_eq!(asked_for(world, "PATCH", ""), 0);
        assert_eq!(told(world, EventKind::InstructionDone).await, 1);
    });
}

#[test]
fn messages_are_moved_copied_and_deleted() {
    story(1, 5, async |world| {
        let done = folder_named(world, "Done").await;
        let ids: Vec<MessageId> = [the_one(world, 0).await.id, the_one(world, 1).await.id].into();
        ask(world, &ids, &Deed::Move(done)).await;
        let copied = the_one(world, 2).await.id;
        ask(world, &[copied], &Deed::Copy(done)).await;
        let deleted = the_one(world, 3).await.id;
        ask(world, &[deleted], &Deed::Delete).await;
        let gone = the_one(world, 4).await.id;
        ask(world, &[gone], &Deed::DeletePermanently).await;
        assert!(rest(world, Duration::from_secs(60)).await);
        for (number, id) in ids.into_iter().enumerate() {
            let moved = the_one(world, number).await;
            assert_eq!((moved.folder, moved.id), (Some(done), id), "it is the same message in another folder");
        }
        let mut folders: Vec<_> = numbered(world, 2).await.into_iter().map(|message| message.folder == Some(done)).collect();
        folders.sort_unstable();
        assert_eq!(folders, [false, true], "the message and its copy");
        assert_eq!(the_one(world, 3).await.folder, Some(folder_named(world, "Deleted Items").await));
        assert!(numbered(world, 4).await.is_empty());
        // Once more: what is there already is left there, what is gone already is no failure.
        ask(world, &[deleted], &Deed::Delete).await;
        let (_, again) = ask(world, &[gone], &Deed::DeletePermanently).await;
        assert!(rest(world, Duration::from_secs(60)).await);
        assert_eq!(the_one(world, 3).await.folder, Some(folder_named(world, "Deleted Items").await));
        assert_eq!(now_of(world, again[0]).await.state, AskedState::Done);
    });
}

#[test]
fn what_cannot_be_done_fails_and_says_why_and_the_rest_goes_on() {
    story(1, 2, async |world| {
        let (first, second) = (the_one(world, 0).await, the_one(world, 1).await);
        world.sim.control().delete_message(ANNA, &first.graph_id, true).unwrap();
        let (job, ids) = ask(world, &[first.id, second.id], &read(true)).await;
        assert!(rest(world, Duration::from_secs(60)).await);
        let failed = now_of(world, ids[0]).await;
        assert_eq!((failed.state, failed.problem.unwrap().code.as_str()), (AskedState::Failed, "message_gone"));
        assert_eq!(now_of(world, ids[1]).await.state, AskedState::Done);
        assert_eq!(job::find(&world.house.db, job).await.unwrap().unwrap().state, JobState::Done);
        assert_eq!((told(world, EventKind::InstructionFailed).await, told(world, EventKind::InstructionDone).await), (1, 1));
    });
}

#[test]
fn a_grant_that_died_holds_instructions_back_until_its_person_signs_in_again() {
    story(1, 1, async |world| {
        let id = the_one(world, 0).await.id;
        world.sim.control().revoke_sessions(ANNA);
        world.advance(Duration::from_secs(2 * 3600));
        let (_, ids) = ask(world, &[id], &read(true)).await;
        assert!(rest(world, Duration::from_secs(900)).await);
        assert_eq!(now_of(world, ids[0]).await.state, AskedState::Waiting);
        world.connect(ANNA, ConnectionKind::Delegated).await.unwrap();
        assert!(rest(world, Duration::from_secs(900)).await);
        assert_eq!(now_of(world, ids[0]).await.state, AskedState::Done);
        assert!(the_one(world, 0).await.read);
    });
}

/// What doing things to messages asks for.
const PATHS: [&str; 5] = ["*/move", "*/copy", "*/permanentDelete", "/messages/", "/mailFolders/"];

/// One schedule: everything that can be done, faults at every step, crashes at commits; then fair weather.
fn schedule(seed: u64, counted: &mut BTreeMap<&'static str, u64>) {
    story(seed, 6, async |world| {
        let mut random = Random::seeded(seed);
        let done = folder_named(world, "Done").await;
        let mut ids = Vec::new();
        for number in 0..6 {
            ids.push(the_one(world, number).await.id);
        }
        let category = Update { add_categories: vec!["Acme".to_owned()], ..Update::default() };
        let deeds = [read(true), Deed::Update(category), Deed::Move(done), Deed::Copy(done), Deed::Delete, Deed::DeletePermanently];
        world.sim.control().set_faults(weather(seed, &mut random, &PATHS));
        let mut asked = Vec::new();
        for (id, deed) in ids.iter().zip(&deeds) {
            asked.extend(ask(world, &[*id], deed).await.1);
            arm(world, &mut random, &POINTS);
            if !rest(world, Duration::from_secs(*random.choose(&[1, 5, 70]))).await {
                *counted.entry("crashes").or_insert(0) += 1;
                world.restart().await;
            }
        }
        world.crashes().armed = None;
        world.sim.control().set_faults(Schedule::default());
        assert!(rest(world, Duration::from_secs(3600)).await);
        for id in asked {
            let ended = now_of(world, id).await;
            assert_eq!(ended.state, AskedState::Done, "seed {seed}: {:?} {:?}", ended.deed, ended.problem);
            *counted.entry("done").or_insert(0) += 1;
        }
        assert!(the_one(world, 0).await.read, "seed {seed}");
        assert_eq!(the_one(world, 1).await.categories, ["Acme"], "seed {seed}");
        assert_eq!(the_one(world, 2).await.folder, Some(done), "seed {seed}");
        assert_eq!(numbered(world, 3).await.len(), 2, "seed {seed}: copied once");
        assert_eq!(the_one(world, 4).await.folder, Some(folder_named(world, "Deleted Items").await), "seed {seed}");
        assert!(numbered(world, 5).await.is_empty(), "seed {seed}");
    });
}

#[test]
fn in_any_weather_each_thing_is_done_once() {
    let seeds: u64 = std::env::var("RAPPORT_TEST_CHANGING_SEEDS").map_or(40, |wish| wish.parse().expect("a number of seeds"));
    let mut counted = BTreeMap::new();
    (0..seeds).for_each(|seed| schedule(seed, &mut counted));
    println!("changing, {seeds} schedules: {counted:?}");
    assert!(counted["crashes"] > seeds / 2, "{counted:?}");
}
