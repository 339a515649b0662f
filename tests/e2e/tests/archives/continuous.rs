//! Continuous archives: what comes in or is sent later joins them, once, whenever the program is stopped and however long they stood still.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use e2e::story::{mailbox_of, rest};
use e2e::world::{WORKSPACE, World};
use microsoft365_sim::mailbox::store::DeliverOptions;
use model::archive::{ArchiveState, Format, Wanted};
use model::event::EventKind;
use model::id::OutgoingId;
use model::outgoing::{Intent, Outgoing, Written};
use serde_json::json;
use store::{Phase, Transaction, archive, ledger, message, outgoing, retention};

use super::{ANNA, MAILS, a_mail, ask, asked_for, files_in, now_of, of_anna, story, told};

/// Anna sends the one draft that she has.
async fn send_the_draft(world: &World) {
    world.advance(Duration::from_millis(5));
    let (now, anna) = (world.clock.now(), mailbox_of(world, ANNA).await.id);
    let draft = message::in_mailbox(&world.house.db, anna, None, 100).await.unwrap().into_iter().find(|one| one.message.draft).unwrap();
    let draft = draft.message;
    let as_it_stands = Written { recipients: draft.recipients, subject: draft.subject, ..Written::default() };
    let asked = Outgoing::asked(OutgoingId::new(now), (WORKSPACE, anna), "mark".to_owned(), as_it_stands, now);
    let asked = Outgoing { asked_by: "test".to_owned(), intent: Intent::SendDraft, draft: Some(draft.graph_id), ..asked };
    world.house.db.commit(Transaction::new("test.ask").with_all(outgoing::ask(&asked))).await.unwrap();
}

/// What a continuous archive has brought out, by subject: how often.
fn journaled(directory: &Path) -> BTreeMap<String, usize> {
    let mut found = BTreeMap::new();
    for file in files_in(directory).into_iter().filter(|file| file.extension().is_some_and(|kind| kind == "eml")) {
        let text = String::from_utf8_lossy(&std::fs::read(file).unwrap()).into_owned();
        let subject = text.lines().find_map(|line| line.strip_prefix("Subject: ")).unwrap().to_owned();
        *found.entry(subject).or_default() += 1;
    }
    found
}

#[test]
fn mail_that_comes_in_or_is_sent_joins_a_continuous_archive_once_whenever_the_program_is_stopped() {
    story(async |world| {
        let wanted = Wanted { continuous: true, ..of_anna(world).await };
        let id = ask(world, "journal", Format::Eml, wanted).await;
        assert!(rest(world, Duration::from_secs(60)).await);
        let present = now_of(world, id).await;
        assert_eq!((present.state, present.kept, present.planned), (ArchiveState::Carrying, MAILS as i64, MAILS as i64));
        let draft = json!({"subject": "Offer 200", "isDraft": true, "body": {"contentType": "text", "content": "Dear Bo"},
            "from": {"emailAddress": {"address": ANNA}}, "toRecipients": [{"emailAddress": {"address": "bo@acme.example"}}]});
        let as_draft = DeliverOptions { is_draft: true, ..DeliverOptions::default() };
        world.sim.control().deliver_json(ANNA, "drafts", &draft, as_draft).unwrap();
        let mut expected = MAILS;
        for point in ["archive.follow", "archive.items", "work.claim"] {
            for phase in [Phase::Before, Phase::After] {
                expected += 1;
                world.sim.control().deliver_mime(ANNA, "inbox", a_mail(100 + expected), DeliverOptions::default()).unwrap();
                world.crashes().armed = Some((point, phase));
                assert!(!rest(world, Duration::from_secs(900)).await, "stopped at {point}");
                world.restart().await;
                assert!(rest(world, Duration::from_secs(900)).await);
                let present = now_of(world, id).await;
                assert_eq!((present.kept, present.planned, present.missing), (expected as i64, expected as i64, 0), "{point} {phase:?}");
            }
        }
        let directory = world.archives.path().join("journal");
        assert!(!journaled(&directory).contains_key("Offer 200"), "a draft is no mail yet");
        send_the_draft(world).await;
        assert!(rest(world, Duration::from_secs(900)).await);
        let journaled = journaled(&directory);
        assert_eq!(journaled.len(), expected + 1, "{journaled:?}");
        assert!(journaled.values().all(|times| *times == 1) && journaled.contains_key("Offer 200"), "{journaled:?}");
    });
}

#[test]
fn a_continuous_archive_misses_nothing_that_came_while_it_stood_still_longer_than_the_ledger_remembers() {
    story(async |world| {
        let id = ask(world, "journal", Format::Eml, Wanted { continuous: true, ..Wanted::default() }).await;
        assert!(rest(world, Duration::from_secs(60)).await);
        world.house.db.commit(Transaction::new("test.cancel").with(archive::cancel(id, world.clock.now()))).await.unwrap();
        world.sim.control().deliver_mime(ANNA, "inbox", a_mail(300), DeliverOptions::default()).unwrap();
        assert!(rest(world, Duration::from_secs(900)).await);
        let head = ledger::head(&world.house.db, WORKSPACE).await.unwrap();
        world.house.db.commit(Transaction::new("test.forget").with(retention::forget_events(WORKSPACE, head))).await.unwrap();
        assert!(head > now_of(world, id).await.followed_to, "it has not read what is forgotten");
        let resumed = archive::resume(&now_of(world, id).await, None, world.clock.now());
        world.house.db.commit(Transaction::new("test.resume").with_all(resumed)).await.unwrap();
        let before = asked_for(world);
        assert!(rest(world, Duration::from_secs(60)).await);
        world.sim.control().deliver_mime(ANNA, "inbox", a_mail(301), DeliverOptions::default()).unwrap();
        assert!(rest(world, Duration::from_secs(900)).await);
        let present = now_of(world, id).await;
        assert_eq!((present.kept, present.planned), (MAILS as i64 + 2, MAILS as i64 + 2));
        assert_eq!(asked_for(world), before + 2, "what it had is not asked for again");
    });
}

#[test]
fn what_was_deleted_for_good_before_its_turn_is_brought_out_or_named() {
    story(async |world| {
        let id = ask(world, "journal", Format::Eml, Wanted { continuous: true, ..Wanted::default() }).await;
        assert!(rest(world, Duration::from_secs(60)).await);
        world.house.db.commit(Transaction::new("test.cancel").with(archive::cancel(id, world.clock.now()))).await.unwrap();
        let came = world.sim.control().deliver_mime(ANNA, "inbox", a_mail(300), DeliverOptions::default()).unwrap();
        assert!(rest(world, Duration::from_secs(900)).await);
        world.sim.control().delete_message(ANNA, &came.id, true).unwrap();
        assert!(rest(world, Duration::from_secs(900)).await);
        let resumed = archive::resume(&now_of(world, id).await, None, world.clock.now());
        world.house.db.commit(Transaction::new("test.resume").with_all(resumed)).await.unwrap();
        assert!(rest(world, Duration::from_secs(60)).await);
        let present = now_of(world, id).await;
        assert_eq!((present.planned, present.kept + present.missing), (MAILS as i64 + 1, MAILS as i64 + 1));
    });
}

#[test]
fn a_continuous_archive_waits_for_its_target_however_long_says_so_and_goes_on_by_itself() {
    story(async |world| {
        let id = ask(world, "journal", Format::Eml, Wanted { continuous: true, ..Wanted::default() }).await;
        assert!(rest(world, Duration::from_secs(60)).await);
        let lock = std::fs::OpenOptions::new().write(true).open(world.archives.path().join("journal/.rapport-lock")).unwrap();
        lock.try_lock().unwrap();
        world.sim.control().deliver_mime(ANNA, "inbox", a_mail(300), DeliverOptions::default()).unwrap();
        assert!(rest(world, Duration::from_secs(2 * 86_400)).await);
        let waiting = now_of(world, id).await;
        assert_eq!((waiting.state, waiting.problem.unwrap().code.as_str()), (ArchiveState::Carrying, "archive_directory_busy"));
        assert_eq!(told(world, EventKind::ArchiveDelayed).await, 1, "told once");
        drop(lock);
        assert!(rest(world, Duration::from_secs(900)).await);
        let present = now_of(world, id).await;
        assert_eq!((present.kept, present.problem), (MAILS as i64 + 1, None));
    });
}
