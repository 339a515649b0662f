//! Archives, told on the simulator: every original byte by byte, nothing missing without being named, and after a stop at any
//! commit they go on where they stood. Another reader than ours reads real mail back: Python's `mailbox` and `hashlib`.
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by stopping where something is wrong, and prints what it measured"
)]
#![allow(clippy::disallowed_methods, reason = "a test program reads its wishes from the environment")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use base::Timestamp;
use e2e::story::{mailbox_of, rest};
use e2e::world::{WORKSPACE, World};
use microsoft365_sim::faults::Schedule;
use microsoft365_sim::mailbox::store::DeliverOptions;
use model::archive::{Archive, ArchiveState, Format, Target, Wanted};
use model::event::EventKind;
use model::id::ArchiveId;
use serde_json::{Value, json};
use store::connection::ConnectionKind;
use store::{Phase, Transaction, archive, ledger};

mod continuous;

const ANNA: &str = "anna@contoso.example";
const POINTS: [&str; 5] = ["archive.plan", "archive.open", "archive.items", "archive.done", "work.claim"];
/// More than are made sure together, so that a batch is behind another.
const MAILS: usize = 40;

fn on_a_world(pulls: inbound::Settings, told: impl AsyncFnOnce(&mut World)) {
    e2e::story::on_a_world(1, pulls, async |world, _| told(world).await);
}

/// Anna's mailbox with mail of every kind of line end, synced.
fn story(told: impl AsyncFnOnce(&mut World)) {
    on_a_world(inbound::Settings { page_size: 50, piece_size: 50, ..e2e::world::small_pieces() }, async |world| {
        world.make_person(ANNA, "Anna Alm");
        let folder = world.sim.control().create_folder(ANNA, "inbox", "Pläne/../2026").unwrap();
        for number in 0..MAILS {
            let into = if number % 3 == 0 { folder.as_str() } else { "inbox" };
            world.sim.control().deliver_mime(ANNA, into, a_mail(number), DeliverOptions::default()).unwrap();
        }
        world.connect(ANNA, ConnectionKind::Delegated).await.unwrap();
        rest(world, Duration::from_secs(30)).await;
        told(world).await;
    });
}

fn a_mail(number: usize) -> Vec<u8> {
    let end = ["\r\n", "\n"][number % 2];
    let lines = [
        format!("From: Bo <bo{number}@acme.example>"),
        format!("To: {ANNA}"),
        format!("Subject: Offer {number}"),
        format!("Message-ID: <{number}@acme.example>"),
        String::new(),
        "From here on,".to_owned(),
        ">From there on.".to_owned(),
        ".".to_owned(),
    ];
    let mut mail = lines.join(end).into_bytes();
    if !number.is_multiple_of(5) {
        mail.extend_from_slice(end.as_bytes());
    }
    mail.extend(if number.is_multiple_of(7) { b"\xe4\xf6\xfc".as_slice() } else { b"" });
    mail
}

async fn ask(world: &World, path: &str, format: Format, wanted: Wanted) -> ArchiveId {
    let (now, target) = (world.clock.now(), Target::Directory { path: path.to_owned(), format });
    let asked = Archive::asked(ArchiveId::new(now), WORKSPACE, wanted, target, now);
    world.house.db.commit(Transaction::new("test.ask").with_all(archive::ask(&asked))).await.unwrap();
    asked.id
}

async fn of_anna(world: &World) -> Wanted {
    Wanted { mailbox: Some(mailbox_of(world, ANNA).await.id), ..Wanted::default() }
}

async fn now_of(world: &World, id: ArchiveId) -> Archive {
    archive::find(&world.house.db, id).await.unwrap().unwrap()
}

/// What lies in the mailbox at Microsoft: Graph's id and the bytes that were put there.
fn originals(world: &World, user: &str) -> BTreeMap<String, Vec<u8>> {
    let folders = world.sim.control().state(user).unwrap().folders;
    let ids: Vec<String> = folders.into_iter().flat_map(|folder| folder.messages).map(|message| message.id).collect();
    let owner = world.sim.control().user(user).unwrap().id;
    let sim = world.sim.world();
    let mailbox = sim.mailbox(&owner).unwrap();
    let raw = |id: &String| mailbox.message(mailbox.find_message(id).unwrap()).unwrap().raw.to_vec();
    ids.iter().map(|id| (id.clone(), raw(id))).collect()
}

/// How often this was told.
async fn told(world: &World, kind: EventKind) -> usize {
    let events = ledger::read(&world.house.db, WORKSPACE, 0, 100_000).await.unwrap();
    events.into_iter().filter(|event| event.kind == kind).count()
}

fn manifest(directory: &Path) -> Vec<Value> {
    let text = std::fs::read_to_string(directory.join("manifest.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// How often originals were given by Microsoft.
fn asked_for(world: &World) -> usize {
    let given = |entry: &&microsoft365_sim::journal::Entry| entry.target.ends_with("/$value") && entry.status == Some(200);
    world.sim.control().journal(0, 1_000_000).iter().filter(given).count()
}

/// Each line of the manifest leads to the bytes that were put into the mailbox, and each mail there has a line.
fn assert_files_are_whole(world: &World, directory: &Path) {
    let mut there = originals(world, ANNA);
    for line in manifest(directory) {
        let bytes = std::fs::read(directory.join(line["file"].as_str().unwrap())).unwrap();
        assert_eq!(Some(bytes), there.remove(line["provider_id"].as_str().unwrap()), "{line}");
    }
    assert!(there.is_empty(), "{} mails have no line in the manifest", there.len());
}

/// Everything in a directory but its manifest, by path.
fn files_in(directory: &Path) -> BTreeSet<PathBuf> {
    let (mut found, mut left) = (BTreeSet::new(), vec![directory.to_owned()]);
    while let Some(next) = left.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                left.push(path);
            } else if path.file_name().unwrap() != "manifest.jsonl" {
                found.insert(path);
            }
        }
    }
    found
}

/// Another reader than ours: counts and hashes what a manifest tells of. `left out` without Python.
fn read_by_python(directory: &Path, format: Format) -> Option<Value> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/archives/archive_reader.py");
    let name = match format {
        Format::Eml => "eml",
        Format::Mbox => "mbox",
        Format::Maildir => "maildir",
    };
    let Ok(output) = Command::new("python3").arg(script).arg(name).arg(directory).output() else {
        println!("left out: reading archives back by Python (no python3)");
        return None;
    };
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    Some(serde_json::from_slice(&output.stdout).unwrap())
}

#[test]
fn a_mailbox_comes_out_byte_by_byte_with_its_folders_and_hashes() {
    story(async |world| {
        let id = ask(world, "2026/anna", Format::Eml, of_anna(world).await).await;
        assert!(rest(world, Duration::from_secs(60)).await);
        let done = now_of(world, id).await;
        assert_eq!((done.state, done.kept, done.missing), (ArchiveState::Done, MAILS as i64, 0), "{:?}", done.problem);
        let directory = world.archives.path().join("2026/anna");
        assert_files_are_whole(world, &directory);
        assert_eq!(files_in(&directory).len(), MAILS, "nothing but the mails and the manifest is left there");
        let folders: BTreeSet<String> = manifest(&directory).iter().map(|line| line["folder"].as_str().unwrap().to_owned()).collect();
        assert_eq!(told(world, EventKind::ArchiveDone).await, 1);
        assert!(folders.iter().any(|folder| folder.ends_with("/Pläne/../2026")), "{folders:?}");
        if let Some(read) = read_by_python(&directory, Format::Eml) {
            assert_eq!(read, json!({"messages": MAILS, "equal": MAILS, "missing": 0}));
        }
    });
}

#[test]
fn mbox_and_maildir_are_read_back_by_another_reader() {
    story(async |world| {
        for (path, format) in [("box", Format::Mbox), ("dir", Format::Maildir)] {
            let id = ask(world, path, format, of_anna(world).await).await;
            assert!(rest(world, Duration::from_secs(60)).await);
            assert_eq!(now_of(world, id).await.state, ArchiveState::Done);
            if let Some(read) = read_by_python(&world.archives.path().join(path), format) {
                assert_eq!(read, json!({"messages": MAILS, "equal": MAILS, "missing": 0}), "{path}");
            }
        }
    });
}

#[test]
fn a_stop_at_any_commit_loses_nothing_and_asks_for_no_whole_file_again() {
    for format in [Format::Eml, Format::Maildir, Format::Mbox] {
        story(async |world| {
            let mut number = 0;
            for point in POINTS {
                for phase in [Phase::Before, Phase::After] {
                    number += 1;
                    let (path, before) = (format!("stopped/{number}"), asked_for(world));
                    let id = ask(world, &path, format, of_anna(world).await).await;
                    world.crashes().armed = Some((point, phase));
                    assert!(!rest(world, Duration::from_secs(300)).await, "stopped at {point}");
                    world.restart().await;
                    assert!(rest(world, Duration::from_secs(300)).await);
                    let done = now_of(world, id).await;
                    assert_eq!((done.state, done.kept, done.missing), (ArchiveState::Done, MAILS as i64, 0), "{point} {phase:?}");
                    let directory = world.archives.path().join(&path);
                    if let Some(read) = read_by_python(&directory, format) {
                        assert_eq!(read, json!({"messages": MAILS, "equal": MAILS, "missing": 0}), "{point} {phase:?}");
                    }
                    let expected = if format == Format::Mbox { 1 } else { MAILS };
                    assert_eq!(files_in(&directory).len(), expected, "{point} {phase:?}");
                    let again = asked_for(world) - before - MAILS;
                    // Of an mbox file only what no row tells of is cut off and asked for again.
                    let may_repeat = if format == Format::Mbox && (point, phase) == ("archive.items", Phase::Before) { 32 } else { 0 };
                    assert_eq!(again, may_repeat, "{point} {phase:?}");
                }
            }
        });
    }
}

#[test]
fn what_was_deleted_meanwhile_is_named_with_the_reason() {
    story(async |world| {
        let id = ask(world, "gone", Format::Eml, of_anna(world).await).await;
        world.crashes().armed = Some(("archive.open", Phase::Before));
        assert!(!rest(world, Duration::from_secs(60)).await);
        world.restart().await;
        let mut there = originals(world, ANNA).into_keys();
        let (deleted, lost) = (there.next().unwrap(), there.next().unwrap());
        // What is deleted for good can be read for a while by who knows its id; then retention takes it, and no id leads to it.
        world.sim.control().delete_message(ANNA, &deleted, true).unwrap();
        let stale = world.sim.control().deliver_mime(ANNA, "inbox", a_mail(99), DeliverOptions::default()).unwrap();
        world.sim.control().move_message(ANNA, &stale.id, "junkemail").unwrap();
        let taken = "UPDATE archive_item SET graph_id = $2 WHERE graph_id = $1";
        let taken = store::Statement::new(taken, [lost.as_str().into(), stale.default_id.as_str().into()]).expect_rows(1, "it is listed");
        world.house.db.commit(Transaction::new("test.taken").with(taken)).await.unwrap();
        assert!(rest(world, Duration::from_secs(300)).await);
        let done = now_of(world, id).await;
        assert_eq!((done.state, done.kept, done.missing), (ArchiveState::Done, MAILS as i64 - 1, 1));
        let lines = manifest(&world.archives.path().join("gone"));
        let named: Vec<&Value> = lines.iter().filter(|line| !line["missing"].is_null()).collect();
        assert_eq!((lines.len(), named.len()), (MAILS, 1));
        assert_eq!((&named[0]["provider_id"], &named[0]["missing"]["code"]), (&json!(stale.default_id), &json!("gone")));
        assert!(named[0]["internet_message_id"].as_str().unwrap().ends_with("@acme.example>"), "{}", named[0]);
    });
}

#[test]
fn a_message_that_fails_is_tried_again_and_then_named_while_the_others_go_on() {
    story(async |world| {
        let poisoned = originals(world, ANNA).into_keys().next().unwrap();
        let faults = json!({"seed": 1, "faults": [{"when": "always", "kind": "serverError",
            "matches": {"method": "GET", "path": format!("*/messages/{poisoned}/$value")}}]});
        world.sim.control().set_faults(serde_json::from_value::<Schedule>(faults).unwrap());
        let id = ask(world, "faulty", Format::Eml, of_anna(world).await).await;
        assert!(rest(world, Duration::from_secs(20)).await);
        let present = now_of(world, id).await;
        assert_eq!((present.state, present.kept, present.missing), (ArchiveState::Carrying, MAILS as i64 - 1, 0), "the others do not wait");
        assert!(rest(world, Duration::from_secs(6 * 3600)).await);
        let done = now_of(world, id).await;
        assert_eq!((done.state, done.kept, done.missing), (ArchiveState::Done, MAILS as i64 - 1, 1));
    });
}

#[test]
fn what_is_cancelled_stands_still_and_goes_on_when_it_is_resumed() {
    story(async |world| {
        let id = ask(world, "resumed", Format::Eml, of_anna(world).await).await;
        world.crashes().armed = Some(("archive.items", Phase::After));
        assert!(!rest(world, Duration::from_secs(60)).await);
        world.restart().await;
        let now = world.clock.now();
        world.house.db.commit(Transaction::new("test.cancel").with(archive::cancel(id, now))).await.unwrap();
        let before = asked_for(world);
        assert!(rest(world, Duration::from_secs(300)).await);
        assert_eq!((now_of(world, id).await.state, asked_for(world)), (ArchiveState::Cancelled, before));
        let present = now_of(world, id).await;
        let resumed = archive::resume(&present, None, world.clock.now());
        world.house.db.commit(Transaction::new("test.resume").with_all(resumed)).await.unwrap();
        assert!(rest(world, Duration::from_secs(300)).await);
        assert_eq!((now_of(world, id).await.state, asked_for(world)), (ArchiveState::Done, MAILS), "nothing was asked for twice");
        assert_files_are_whole(world, &world.archives.path().join("resumed"));
    });
}

#[test]
fn a_directory_that_is_not_empty_is_not_touched_and_no_link_leads_out() {
    story(async |world| {
        let root = world.archives.path().to_owned();
        std::fs::create_dir(root.join("mine")).unwrap();
        std::fs::write(root.join("mine/letter.txt"), "mine").unwrap();
        let elsewhere = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), root.join("out")).unwrap();
        for (path, code) in
            [("mine", "archive_directory_not_empty"), ("out/anna", "archive_directory_refused"), ("../anna", "archive_directory_refused")]
        {
            let id = ask(world, path, Format::Eml, of_anna(world).await).await;
            assert!(rest(world, Duration::from_secs(60)).await);
            let failed = now_of(world, id).await;
            assert_eq!((failed.state, failed.problem.unwrap().code.as_str()), (ArchiveState::Failed, code), "{path}");
        }
        assert_eq!(told(world, EventKind::ArchiveFailed).await, 3);
        assert_eq!(files_in(&root.join("mine")).len(), 1);
        assert_eq!(files_in(elsewhere.path()).len(), 0);
    });
}

#[test]
fn folder_query_and_time_choose_what_comes_out() {
    story(async |world| {
        let anna = mailbox_of(world, ANNA).await;
        let folders = store::folder::list(&world.house.db, anna.id).await.unwrap();
        let plans = folders.iter().find(|folder| folder.display_name.starts_with("Pl")).unwrap().id;
        let never = Some(Timestamp::from_millis(1));
        let wishes = [
            (Wanted { folder: Some(plans), ..Wanted::default() }, MAILS.div_ceil(3)),
            (Wanted { query: Some("subject:\"offer 7\"".to_owned()), ..Wanted::default() }, 1),
            (Wanted::default(), MAILS),
            (Wanted { received_before: never, ..Wanted::default() }, 0),
        ];
        for (number, (wanted, expected)) in wishes.into_iter().enumerate() {
            let id = ask(world, &format!("chosen/{number}"), Format::Eml, wanted).await;
            assert!(rest(world, Duration::from_secs(120)).await);
            let done = now_of(world, id).await;
            assert_eq!((done.state, done.kept), (ArchiveState::Done, expected as i64), "{number}");
        }
    });
}

/// The proof on real mail: 6,046 messages out as files and as mbox, stopped in the middle, read back by another reader.
#[test]
fn six_thousand_real_messages_come_out_whole_though_the_program_is_stopped_in_between() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let shared = std::env::var_os("RAPPORT_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let mail = shared.join("data/mail/spamassassin.tar.gz");
    if !mail.exists() {
        return println!("left out: ../shared/data not found (mail/spamassassin.tar.gz)");
    }
    let pulls = inbound::Settings { notification_url: None, lifecycle_url: None, ..inbound::Settings::default() };
    on_a_world(pulls, async |world| {
        let loaded = world.sim.control().load(1, &[mail]).unwrap();
        let address = loaded.mailboxes[0].clone();
        world.connect(&address, ConnectionKind::Delegated).await.unwrap();
        assert!(rest(world, Duration::from_secs(1)).await);
        let count = originals(world, &address).len();
        assert_eq!(count, loaded.taken);
        for (path, format) in [("eml", Format::Eml), ("mbox", Format::Mbox)] {
            let id = ask(world, path, format, Wanted::default()).await;
            // Stopped after the first batch, and once more where all is brought and the manifest is written.
            for stop in [("archive.items", Phase::After), ("archive.done", Phase::Before)] {
                world.crashes().armed = Some(stop);
                // Microsoft's allowance (10,000 requests in 10 minutes) is waited for.
                assert!(!rest(world, Duration::from_secs(1800)).await, "stopped at {stop:?}");
                world.restart().await;
            }
            assert!(rest(world, Duration::from_secs(300)).await);
            let done = now_of(world, id).await;
            assert_eq!((done.state, done.kept, done.missing), (ArchiveState::Done, count as i64, 0));
            if let Some(read) = read_by_python(&world.archives.path().join(path), format) {
                assert_eq!(read, json!({"messages": count, "equal": count, "missing": 0}), "{path}");
            }
        }
        assert_eq!(asked_for(world), 2 * count, "nothing that was written whole was asked for again");
        let put: BTreeSet<Vec<u8>> = originals(world, &address).into_values().collect();
        let there: BTreeSet<Vec<u8>> =
            files_in(&world.archives.path().join("eml")).iter().map(|path| std::fs::read(path).unwrap()).collect();
        assert!(put == there, "the files are what was put into the mailbox");
        println!("{count} real messages, twice");
    });
}
