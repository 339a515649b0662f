//! Sending, told on the simulator: once, in Sent Items, whatever goes wrong on the way; and in any weather, by seeds
//! (`RAPPORT_TEST_SENDING_SEEDS` how many).
#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test fails by stopping where something is wrong, and prints what it measured"
)]
#![allow(clippy::disallowed_methods, reason = "a test program reads its wishes from the environment")]

use std::collections::BTreeMap;
use std::time::Duration;

use base::Clock;
use e2e::random::Random;
use e2e::story::{mailbox_of, rest};
use e2e::world::{WORKSPACE, World};
use microsoft365_sim::faults::Schedule;
use model::event::EventKind;
use model::id::{FileId, OutgoingId};
use model::mailbox::Mailbox;
use model::message::{BodyKind, Participant, Recipients};
use model::outgoing::{Enclosed, Outgoing, OutgoingState, Written};
use store::connection::ConnectionKind;
use store::file::{self, CHUNK_BYTES, File};
use store::{Phase, Transaction, folder, ledger, message, outgoing};

mod drafts;
mod weather;

const ANNA: &str = "anna@contoso.example";
const BEN: &str = "ben@contoso.example";
const BO: &str = "bo@acme.example";

fn on_a_world(seed: u64, told: impl AsyncFnOnce(&mut World, &std::path::Path)) {
    e2e::story::on_a_world(seed, e2e::world::small_pieces(), async |world, directory| {
        world.make_person(ANNA, "Anna Alm");
        world.make_person(BEN, "Ben Berg");
        world.connect(ANNA, ConnectionKind::Delegated).await.unwrap();
        rest(world, Duration::from_secs(30)).await;
        told(world, directory).await;
    });
}

fn story(told: impl AsyncFnOnce(&World)) {
    on_a_world(1, async |world, _| told(world).await);
}

fn to(address: &str) -> Recipients {
    Recipients { to: vec![Participant { name: String::new(), address: address.to_owned() }], ..Recipients::default() }
}

fn a_mail(clock: &Clock, mailbox: &Mailbox, number: u64, written: Written) -> Outgoing {
    let (now, owner) = (clock.now(), (WORKSPACE, mailbox.id));
    let mark = format!("mark-{number}-{}", now.millis());
    Outgoing { asked_by: "test".to_owned(), ..Outgoing::asked(OutgoingId::new(now), owner, mark, written, now) }
}

fn a_text(number: u64, recipients: Recipients) -> Written {
    let body = format!("<p>Number {number}.</p>");
    Written { recipients, subject: format!("Offer {number}"), body_kind: BodyKind::Html, body, ..Written::default() }
}

async fn ask(world: &World, from: &str, number: u64, written: Written) -> OutgoingId {
    // One that is asked for at the very moment of the start counts as older than the program.
    world.advance(Duration::from_millis(5));
    let mail = a_mail(&world.clock, &mailbox_of(world, from).await, number, written);
    world.house.db.commit(Transaction::new("test.ask").with_all(outgoing::ask(&mail))).await.unwrap();
    mail.id
}

async fn now_of(world: &World, id: OutgoingId) -> Outgoing {
    outgoing::find(&world.house.db, id).await.unwrap().unwrap()
}

/// How often each subject has reached people outside.
fn received(world: &World) -> BTreeMap<String, u64> {
    let mut counted = BTreeMap::new();
    for mail in world.sim.control().outside(0) {
        let parsed = microsoft365_sim::mail::parse(mail.raw).unwrap();
        let subject = parsed.properties["subject"].as_str().unwrap_or_default().to_owned();
        *counted.entry(format!("{} to {}", subject, mail.address)).or_insert(0) += 1;
    }
    counted
}

async fn kinds_told(world: &World) -> Vec<EventKind> {
    let events = ledger::read(&world.house.db, WORKSPACE, 0, 10_000).await.unwrap();
    events.into_iter().map(|event| event.kind).filter(|kind| kind.name().starts_with("outgoing.")).collect()
}

#[test]
fn a_mail_is_sent_once_stands_in_sent_items_and_the_ledger_tells_each_step() {
    story(async |world| {
        let id = ask(world, ANNA, 1, a_text(1, to(BO))).await;
        assert!(rest(world, Duration::from_secs(120)).await);
        let mail = now_of(world, id).await;
        assert_eq!((mail.state, mail.problem), (OutgoingState::Sent, None));
        assert_eq!(received(world), BTreeMap::from([(format!("Offer 1 to {BO}"), 1)]));
        use EventKind as K;
        assert_eq!(kinds_told(world).await, [K::OutgoingQueued, K::OutgoingSending, K::OutgoingAccepted, K::OutgoingSent]);

        let anna = mailbox_of(world, ANNA).await;
        let folders = folder::list(&world.house.db, anna.id).await.unwrap();
        let sent = folders.iter().find(|folder| folder.well_known.as_deref() == Some("sentitems")).unwrap();
        let copies = message::in_mailbox(&world.house.db, anna.id, None, 10).await.unwrap();
        let copies: Vec<_> = copies.iter().filter(|copy| copy.message.subject == "Offer 1").collect();
        assert_eq!(copies.len(), 1);
        assert_eq!((copies[0].message.folder, copies[0].message.draft), (Some(sent.id), false));
        assert_eq!(Some(&copies[0].message.graph_id), mail.draft.as_ref(), "the copy keeps the draft's immutable id");
    });
}

#[test]
fn a_colleague_gets_it_too_and_a_blind_copy_is_not_told_to_the_others() {
    story(async |world| {
        let blind = Participant { name: String::new(), address: "quiet@acme.example".to_owned() };
        let recipients = Recipients { bcc: vec![blind], cc: to(BEN).to, ..to(BO) };
        ask(world, ANNA, 2, a_text(2, recipients)).await;
        assert!(rest(world, Duration::from_secs(60)).await);
        assert_eq!(received(world).len(), 2);
        for mail in world.sim.control().outside(0) {
            assert!(!String::from_utf8_lossy(&mail.raw).contains("quiet@"), "to {}", mail.address);
        }
        let state = world.sim.control().state(BEN).unwrap();
        assert_eq!(state.folders.iter().find(|folder| folder.well_known == Some("inbox")).unwrap().messages.len(), 1);
    });
}

#[test]
fn what_is_cancelled_in_time_is_never_sent_and_what_waits_for_its_hour_is_sent_then() {
    story(async |world| {
        let later = world.clock.now().plus(Duration::from_secs(3600));
        let anna = mailbox_of(world, ANNA).await;
        let mail = Outgoing { send_at: later, ..a_mail(&world.clock, &anna, 3, a_text(3, to(BO))) };
        let other = Outgoing {
            send_at: later,
            id: OutgoingId::new(later),
            mark: "other".to_owned(),
            ..a_mail(&world.clock, &anna, 4, a_text(4, to(BO)))
        };
        for mail in [&mail, &other] {
            world.house.db.commit(Transaction::new("test.ask").with_all(outgoing::ask(mail))).await.unwrap();
        }
        rest(world, Duration::from_secs(600)).await;
        assert!(received(world).is_empty());
        let present = now_of(world, mail.id).await;
        let cancelled = Outgoing { state: OutgoingState::Cancelled, ..present.clone() };
        let changed = outgoing::change(&present, &cancelled, world.clock.now());
        world.house.db.commit(Transaction::new("test.cancel").with_all(changed)).await.unwrap();
        rest(world, Duration::from_secs(3600)).await;
        assert_eq!(received(world), BTreeMap::from([(format!("Offer 4 to {BO}"), 1)]));
    });
}

#[test]
fn an_answer_that_is_lost_after_the_mail_was_taken_sends_nothing_again() {
    story(async |world| {
        let lost: Schedule = serde_json::from_value(serde_json::json!({"seed": 1, "faults": [
            {"when": "nth", "nth": 1, "times": 1, "kind": "answerLost", "matches": {"method": "POST", "path": "*/send"}},
            {"when": "nth", "nth": 1, "times": 1, "kind": "answerLost", "matches": {"method": "POST", "path": "/messages"}}]}))
        .unwrap();
        world.sim.control().set_faults(lost);
        let id = ask(world, ANNA, 5, a_text(5, to(BO))).await;
        assert!(rest(world, Duration::from_secs(600)).await);
        assert_eq!(now_of(world, id).await.state, OutgoingState::Sent);
        assert_eq!(received(world).values().sum::<u64>(), 1);
        assert_eq!(world.sim.control().faults().1, [1, 1], "both answers were lost");
    });
}

#[test]
fn what_may_not_be_sent_in_anothers_name_fails_with_words_and_reaches_nobody() {
    story(async |world| {
        let from = Some(Participant { name: "Ben".to_owned(), address: BEN.to_owned() });
        let id = ask(world, ANNA, 6, Written { from, ..a_text(6, to(BO)) }).await;
        assert!(rest(world, Duration::from_secs(120)).await);
        let mail = now_of(world, id).await;
        assert_eq!(mail.state, OutgoingState::Failed);
        assert_eq!(mail.problem.unwrap().code, "ErrorSendAsDenied");
        assert!(received(world).is_empty());
    });
}

#[test]
fn a_copy_that_comes_two_minutes_late_is_waited_for() {
    story(async |world| {
        world.sim.control().configure(|config| config.graph.sent_copy_delay_ms = (120_000, 120_000));
        let id = ask(world, ANNA, 7, a_text(7, to(BO))).await;
        rest(world, Duration::from_secs(60)).await;
        assert_eq!(now_of(world, id).await.state, OutgoingState::Accepted);
        rest(world, Duration::from_secs(180)).await;
        assert_eq!(now_of(world, id).await.state, OutgoingState::Sent);
    });
}

#[test]
fn a_draft_that_still_looks_like_one_while_it_is_on_its_way_is_not_handed_over_twice() {
    story(async |world| {
        world.sim.control().configure(|config| {
            config.graph.sent_draft_lingers = true;
            config.graph.submission_delay_ms = (60_000, 60_000);
        });
        let lost: Schedule = serde_json::from_value(serde_json::json!({"seed": 1, "faults": [
            {"when": "nth", "nth": 1, "times": 1, "kind": "gatewayTimeoutAfter", "matches": {"method": "POST", "path": "*/send"}}]}))
        .unwrap();
        world.sim.control().set_faults(lost);
        let id = ask(world, ANNA, 8, a_text(8, to(BO))).await;
        assert!(rest(world, Duration::from_secs(900)).await);
        assert_eq!(now_of(world, id).await.state, OutgoingState::Sent);
        assert_eq!(received(world).values().sum::<u64>(), 1);
    });
}

async fn bring(world: &World, name: &str, bytes: &[u8]) -> Enclosed {
    let now = world.clock.now();
    let id = FileId::new(now);
    let content_type = "application/octet-stream".to_owned();
    let new = File {
        id,
        workspace: WORKSPACE,
        name: name.to_owned(),
        content_type: content_type.clone(),
        size_bytes: 0,
        sha256: None,
        asked_by: "test".to_owned(),
        created_at: now,
        completed_at: None,
    };
    let mut brought = Transaction::new("test.bring").with(file::insert(&new));
    for (place, chunk) in bytes.chunks(CHUNK_BYTES).enumerate() {
        brought.push(file::put_chunk(id, i64::try_from(place).unwrap(), chunk.to_vec()));
    }
    let size_bytes = i64::try_from(bytes.len()).unwrap();
    world.house.db.commit(brought.with(file::complete(id, size_bytes, b"", now))).await.unwrap();
    Enclosed { file: id, name: name.to_owned(), content_type, size_bytes, content_id: None }
}

#[test]
fn files_of_every_size_arrive_as_they_were() {
    story(async |world| {
        let sizes = [0usize, 1, 2_900_000, 3_000_000, 20_000_000];
        let mut random = Random::seeded(7);
        let mut wanted: BTreeMap<String, Vec<u8>> = BTreeMap::new();
        for size in sizes {
            let bytes: Vec<u8> = (0..size).map(|_| u8::try_from(random.below(256)).unwrap()).collect();
            let name = format!("{size}.bin");
            let enclosed = bring(world, &name, &bytes).await;
            wanted.insert(name, bytes);
            let id = ask(world, ANNA, size as u64, Written { enclosed: vec![enclosed], ..a_text(size as u64, to(BO)) }).await;
            rest(world, Duration::from_secs(60)).await;
            assert_eq!(now_of(world, id).await.state, OutgoingState::Sent, "{size}");
        }
        let mut arrived = BTreeMap::new();
        for mail in world.sim.control().outside(0) {
            for attachment in microsoft365_sim::mail::parse(mail.raw).unwrap().attachments {
                let microsoft365_sim::mail::AttachmentKind::File(bytes) = attachment.kind else { panic!("no file") };
                arrived.insert(attachment.name, bytes.to_vec());
            }
        }
        assert_eq!(arrived.keys().collect::<Vec<_>>(), wanted.keys().collect::<Vec<_>>());
        assert!(arrived == wanted, "some byte is another");
    });
}

#[test]
fn a_backup_of_an_hour_ago_sends_nothing_again() {
    on_a_world(1, async |world, directory| {
        // What waits in the backup: one that is queued, one whose draft is there, one that was just asked for.
        let ids = [ask(world, ANNA, 10, a_text(10, to(BO))).await, ask(world, ANNA, 11, a_text(11, to(BO))).await];
        let backup = directory.join("backup.db");
        world.house.db.query("SELECT 1", []).await.unwrap();
        rusqlite_copy(&directory.join("rapport.db"), &backup);
        assert!(rest(world, Duration::from_secs(3600)).await);
        assert_eq!(received(world).values().sum::<u64>(), 2);
        world.reopen(store::Settings::new(format!("sqlite:{}", backup.display()))).await;
        for id in ids {
            assert_eq!(now_of(world, id).await.state, OutgoingState::Queued, "the backup has forgotten that it was sent");
        }
        assert!(rest(world, Duration::from_secs(3600)).await);
        for id in ids {
            assert_eq!(now_of(world, id).await.state, OutgoingState::Sent);
        }
        assert_eq!(received(world).values().sum::<u64>(), 2, "nothing was sent again");
    });
}

/// A copy of a living database, as a backup makes it.
fn rusqlite_copy(from: &std::path::Path, to: &std::path::Path) {
    let connection = rusqlite::Connection::open(from).unwrap();
    connection.execute("VACUUM INTO ?1", [to.to_str().unwrap()]).unwrap();
}

/// A report as a mail system writes it, about a mail with this `Message-ID`.
fn a_report(message_id: &str, about: &str) -> String {
    format!(
        "From: MAILER-DAEMON@mx.example\r\nTo: {ANNA}\r\nSubject: Undelivered Mail\r\nMessage-ID: <forged@mx.example>\r\n\
         Auto-Submitted: auto-replied\r\nMIME-Version: 1.0\r\nContent-Type: multipart/report; report-type=delivery-status; boundary=\"b\"\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nIt failed.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns;mx.example\r\n\r\n\
         Final-Recipient: rfc822;{about}\r\nAction: failed\r\nStatus: 5.1.1\r\nDiagnostic-Code: smtp;550 5.1.1 User unknown\r\n\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: {message_id}\r\nSubject: Offer\r\n\r\n--b--\r\n"
    )
}

#[test]
fn a_mail_that_comes_back_says_whom_it_did_not_reach_and_why_also_if_its_copy_is_late() {
    story(async |world| {
        let nobody = "nobody@contoso.example";
        world.sim.control().configure(|config| config.graph.sent_copy_delay_ms = (60_000, 60_000));
        let mut recipients = to(BO);
        recipients.cc.push(Participant { name: String::new(), address: nobody.to_owned() });
        let id = ask(world, ANNA, 31, a_text(31, recipients)).await;
        assert!(rest(world, Duration::from_secs(600)).await);
        let mail = now_of(world, id).await;
        assert_eq!(mail.state, OutgoingState::Bounced);
        assert!(mail.bounced_at.is_some() && mail.sent_at.is_some());
        let told = store::bounce::of(&world.house.db, [id].into_iter()).await.unwrap();
        let [told] = told[&id].as_slice() else { panic!("one recipient: {told:?}") };
        assert_eq!((told.recipient.as_str(), told.failed, told.hard), (nobody, true, true));
        assert_eq!((told.status.as_deref(), told.reason.as_str()), (Some("5.1.10"), "user_unknown"));
        let kinds = kinds_told(world).await;
        let count = |wanted: EventKind| kinds.iter().filter(|kind| **kind == wanted).count();
        assert_eq!((count(EventKind::OutgoingSent), count(EventKind::OutgoingBounced)), (1, 1));

        // Whoever got the mail can write a report, but not about people to whom it was not sent, nor about other mail.
        let message_id = mail.internet_message_id.unwrap();
        for report in [a_report(&message_id, "somebody@else.example"), a_report("<other@contoso.example>", BO)] {
            world.sim.control().deliver_mime(ANNA, "inbox", report, Default::default()).unwrap();
        }
        assert!(rest(world, Duration::from_secs(600)).await);
        assert_eq!(store::bounce::of(&world.house.db, [id].into_iter()).await.unwrap()[&id].len(), 1);
        assert_eq!(kinds_told(world).await, kinds);
    });
}

#[test]
fn a_report_is_told_once_although_the_program_stops_while_it_is_read() {
    for phase in [Phase::Before, Phase::After] {
        on_a_world(7, async |world, _| {
            let id = ask(world, ANNA, 32, a_text(32, to("nobody@contoso.example"))).await;
            world.crashes().armed = Some(("pull.report", phase));
            assert!(!rest(world, Duration::from_secs(600)).await, "it stops there");
            world.restart().await;
            assert!(rest(world, Duration::from_secs(600)).await);
            assert_eq!(now_of(world, id).await.state, OutgoingState::Bounced);
            let told = kinds_told(world).await.into_iter().filter(|kind| *kind == EventKind::OutgoingBounced).count();
            assert_eq!(told, 1);
        });
    }
}

#[test]
fn a_mail_that_failed_keeps_its_files_so_that_it_can_be_sent_again() {
    story(async |world| {
        let now = world.clock.now();
        let keep = store::work::ensure(store::due::KEEP_LEDGER, &WORKSPACE.to_string(), store::work::Lane::Scheduled, now);
        world.house.db.commit(Transaction::new("test.keep").with(keep)).await.unwrap();
        let file = bring(world, "offer.txt", b"whole").await;
        let from = Some(Participant { name: String::new(), address: BEN.to_owned() });
        let id = ask(world, ANNA, 21, Written { from, enclosed: vec![file.clone()], ..a_text(21, to(BO)) }).await;
        assert!(rest(world, Duration::from_secs(3 * 86_400)).await);
        let failed = now_of(world, id).await;
        assert_eq!(failed.state, OutgoingState::Failed);
        assert!(file::find(&world.house.db, file.file).await.unwrap().is_some(), "it may be sent again");
        let needed = Transaction::new("test.need").with_all(outgoing::need_files(&failed));
        world.house.db.commit(needed).await.unwrap();
        assert!(rest(world, Duration::from_secs(30 * 86_400)).await);
        assert_eq!(file::find(&world.house.db, file.file).await.unwrap(), None);
        let needed = Transaction::new("test.need").with_all(outgoing::need_files(&failed));
        let refused = world.house.db.commit(needed).await.unwrap_err();
        assert!(matches!(refused, store::StoreError::Refused { guard: outgoing::FILES_ARE_THERE }), "never without its file: {refused}");
    });
}

#[test]
fn a_file_that_no_mail_needs_is_forgotten_after_a_day() {
    story(async |world| {
        let now = world.clock.now();
        let keep = store::work::ensure(store::due::KEEP_LEDGER, &WORKSPACE.to_string(), store::work::Lane::Scheduled, now);
        world.house.db.commit(Transaction::new("test.keep").with(keep)).await.unwrap();
        let (needed, left) = (bring(world, "needed.txt", b"yes").await, bring(world, "left.txt", b"no").await);
        let anna = mailbox_of(world, ANNA).await;
        let written = Written { enclosed: vec![needed.clone()], ..a_text(20, to(BO)) };
        let mail = Outgoing { send_at: now.plus(Duration::from_secs(3 * 86_400)), ..a_mail(&world.clock, &anna, 20, written) };
        world.house.db.commit(Transaction::new("test.ask").with_all(outgoing::ask(&mail))).await.unwrap();
        assert!(rest(world, Duration::from_secs(26 * 3600)).await);
        assert_eq!(file::find(&world.house.db, left.file).await.unwrap(), None);
        assert!(file::find(&world.house.db, needed.file).await.unwrap().is_some());
        assert!(rest(world, Duration::from_secs(50 * 3600)).await);
        assert_eq!(now_of(world, mail.id).await.state, OutgoingState::Sent);
        assert_eq!(file::find(&world.house.db, needed.file).await.unwrap(), None, "it was sent");
    });
}
