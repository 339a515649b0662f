//! Drafts: put there whole and once, replaced without losing anything, and sent as they stand, whoever wrote them.

use std::time::Duration;

use e2e::story::{mailbox_of, rest};
use e2e::world::World;
use microsoft365_sim::faults::Schedule;
use microsoft365_sim::mailbox::store::DeliverOptions;
use model::event::EventKind;
use model::id::OutgoingId;
use model::message::Message;
use model::outgoing::{Intent, Outgoing, OutgoingState, Written};
use serde_json::json;
use store::{Phase, Transaction, folder, message, outgoing};

use super::{ANNA, BO, a_mail, a_text, bring, kinds_told, now_of, on_a_world, received, story, to};

/// Everything in Anna's folder of this well-known name, as the mirror has it.
async fn in_folder(world: &World, well_known: &str) -> Vec<Message> {
    let anna = mailbox_of(world, ANNA).await;
    let folder = folder::well_known(&world.house.db, anna.id, well_known).await.unwrap().unwrap();
    let all = message::in_mailbox(&world.house.db, anna.id, None, 100).await.unwrap();
    all.into_iter().map(|mirrored| mirrored.message).filter(|message| message.folder == Some(folder.id)).collect()
}

async fn ask(world: &World, change: impl FnOnce(Outgoing) -> Outgoing, number: u64, written: Written) -> OutgoingId {
    world.advance(Duration::from_millis(5));
    let mail = change(a_mail(&world.clock, &mailbox_of(world, ANNA).await, number, written));
    world.house.db.commit(Transaction::new("test.ask").with_all(outgoing::ask(&mail))).await.unwrap();
    mail.id
}

async fn keep(world: &World, number: u64, written: Written) -> OutgoingId {
    ask(world, |mail| Outgoing { intent: Intent::Draft, ..mail }, number, written).await
}

async fn send(world: &World, draft: &Message, number: u64) -> OutgoingId {
    let as_it_stands = Written { recipients: draft.recipients.clone(), subject: draft.subject.clone(), ..Written::default() };
    let graph_id = draft.graph_id.clone();
    ask(world, |mail| Outgoing { intent: Intent::SendDraft, draft: Some(graph_id), ..mail }, number, as_it_stands).await
}

/// A draft that Anna has begun in Outlook.
fn begun_in_outlook(world: &World, subject: &str) {
    let message = json!({"subject": subject, "isDraft": true, "body": {"contentType": "html", "content": "<p>Dear Bo</p>"},
        "from": {"emailAddress": {"address": ANNA}}, "toRecipients": [{"emailAddress": {"address": BO}}]});
    let as_draft = DeliverOptions { is_draft: true, ..DeliverOptions::default() };
    world.sim.control().deliver_json(ANNA, "drafts", &message, as_draft).unwrap();
}

#[test]
fn a_draft_stands_in_drafts_once_with_its_files_also_if_the_answer_was_lost_and_is_never_sent() {
    story(async |world| {
        let lost: Schedule = serde_json::from_value(json!({"seed": 1, "faults": [
            {"when": "nth", "nth": 1, "times": 1, "kind": "answerLost", "matches": {"method": "POST", "path": "/messages"}}]}))
        .unwrap();
        world.sim.control().set_faults(lost);
        let files = vec![bring(world, "large.bin", &[7; 3_500_000]).await, bring(world, "small.txt", b"small").await];
        let id = keep(world, 1, Written { enclosed: files, ..a_text(1, to(BO)) }).await;
        assert!(rest(world, Duration::from_secs(3600)).await);
        let mail = now_of(world, id).await;
        assert_eq!((mail.state, mail.problem), (OutgoingState::Drafted, None));
        let drafts = in_folder(world, "drafts").await;
        assert_eq!(drafts.len(), 1);
        assert_eq!((&drafts[0].subject, drafts[0].draft, Some(&drafts[0].graph_id)), (&mail.written.subject, true, mail.draft.as_ref()));
        assert_eq!(drafts[0].recipients.to[0].address, BO);
        let files = message::attachments(&world.house.db, drafts[0].id).await.unwrap();
        assert_eq!(files.iter().map(|file| file.name.as_str()).collect::<Vec<_>>(), ["large.bin", "small.txt"]);
        assert!(received(world).is_empty());
        use EventKind as K;
        assert_eq!(kinds_told(world).await, [K::OutgoingQueued, K::OutgoingSending, K::OutgoingDrafted]);
    });
}

#[test]
fn a_draft_that_was_begun_in_outlook_is_sent_once_as_it_stands() {
    story(async |world| {
        begun_in_outlook(world, "Begun in Outlook");
        rest(world, Duration::from_secs(600)).await;
        let draft = in_folder(world, "drafts").await.remove(0);
        let lost: Schedule = serde_json::from_value(json!({"seed": 1, "faults": [
            {"when": "nth", "nth": 1, "times": 1, "kind": "answerLost", "matches": {"method": "POST", "path": "*/send"}}]}))
        .unwrap();
        world.sim.control().set_faults(lost);
        let id = send(world, &draft, 2).await;
        assert!(rest(world, Duration::from_secs(900)).await);
        assert_eq!(now_of(world, id).await.state, OutgoingState::Sent);
        assert_eq!(received(world).into_iter().collect::<Vec<_>>(), [(format!("Begun in Outlook to {BO}"), 1)]);
        assert_eq!(in_folder(world, "drafts").await, []);
        let sent = in_folder(world, "sentitems").await;
        assert_eq!(sent.iter().map(|copy| &copy.graph_id).collect::<Vec<_>>(), [&draft.graph_id]);
    });
}

#[test]
fn a_draft_is_replaced_only_once_the_other_has_left_wherever_the_program_stops() {
    for (point, phase) in [("mail.drafted", Phase::After), ("mail.accepted", Phase::Before), ("mail.accepted", Phase::After)] {
        on_a_world(3, async |world, _| {
            begun_in_outlook(world, "First words");
            rest(world, Duration::from_secs(600)).await;
            let draft = in_folder(world, "drafts").await.remove(0);
            world.crashes().armed = Some((point, phase));
            let id = ask(world, |mail| mail, 3, Written { replaces: Some(draft.id), ..a_text(3, to(BO)) }).await;
            assert!(!rest(world, Duration::from_secs(600)).await, "it stops there");
            let gone = world.sim.control().state(ANNA).unwrap();
            let there = gone.folders.iter().find(|folder| folder.well_known == Some("drafts")).unwrap();
            assert!(there.messages.iter().any(|message| message.id == draft.graph_id), "it stands until the other has left");
            world.restart().await;
            assert!(rest(world, Duration::from_secs(3600)).await);
            assert_eq!(now_of(world, id).await.state, OutgoingState::Sent);
            assert_eq!(received(world).into_iter().collect::<Vec<_>>(), [(format!("Offer 3 to {BO}"), 1)]);
            assert_eq!(in_folder(world, "drafts").await, []);
            let deleted = in_folder(world, "deleteditems").await;
            assert_eq!(deleted.iter().map(|message| message.id).collect::<Vec<_>>(), [draft.id], "it can be had back");
        });
    }
}

#[test]
fn a_backup_of_before_a_draft_was_sent_sends_it_not_again() {
    on_a_world(4, async |world, directory| {
        begun_in_outlook(world, "Only once");
        rest(world, Duration::from_secs(600)).await;
        let draft = in_folder(world, "drafts").await.remove(0);
        let id = send(world, &draft, 4).await;
        let backup = directory.join("backup.db");
        super::rusqlite_copy(&directory.join("rapport.db"), &backup);
        assert!(rest(world, Duration::from_secs(3600)).await);
        assert_eq!(received(world).values().sum::<u64>(), 1);
        world.reopen(store::Settings::new(format!("sqlite:{}", backup.display()))).await;
        assert_eq!(now_of(world, id).await.state, OutgoingState::Queued, "the backup has forgotten that it was sent");
        assert!(rest(world, Duration::from_secs(3600)).await);
        assert_eq!(now_of(world, id).await.state, OutgoingState::Sent);
        assert_eq!(received(world).values().sum::<u64>(), 1);
    });
}
