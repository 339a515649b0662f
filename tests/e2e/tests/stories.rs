//! Stories: what a person would see, told on the simulator.

use std::time::Duration;

use e2e::world::{WORKSPACE, World};
use graph::{Access, GrantKey, Lane};
use microsoft365_sim::Config;
use microsoft365_sim::journal::Cause;
use microsoft365_sim::mailbox::store::DeliverOptions;
use model::event::{About, EventKind};
use model::mailbox::{Mailbox, MailboxState};
use rapport::engine::Step;
use store::connection::ConnectionKind;
use store::{due, folder, ledger, mailbox, message, work};

const ANNA: &str = "anna@contoso.example";
const BEN: &str = "ben@contoso.example";

/// Tells a story on a world of its own, on one thread.
fn story(told: impl AsyncFnOnce(&World)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let directory = tempfile::tempdir().expect("a directory");
        let url = format!("sqlite:{}", directory.path().join("rapport.db").display());
        let pulls = inbound::Settings { page_size: 10, ..e2e::world::small_pieces() };
        let world = World::new(Config::seeded(1), store::Settings::new(url), pulls).await;
        world.make_person(ANNA, "Anna Alm");
        world.make_person(BEN, "Ben Berg");
        told(&world).await;
        assert_eq!(world.wire.seen().violations, Vec::<String>::new(), "what Microsoft's schema does not know");
    });
}

fn deliver(world: &World, address: &str, folder: &str, number: u32) -> String {
    let message = serde_json::json!({
        "subject": format!("Offer {number}"),
        "from": {"emailAddress": {"address": "bo@acme.example"}},
        "toRecipients": [{"emailAddress": {"address": address}}],
        "body": {"contentType": "text", "content": "Hello."},
    });
    world.advance(Duration::from_secs(60));
    world.sim.control().deliver_json(address, folder, &message, DeliverOptions::default()).expect("it is delivered").id
}

/// Does all that is due now, and what Microsoft has to say meanwhile.
async fn settle(world: &World) {
    loop {
        let notified = world.sim.deliver_due_notifications().await;
        let step = world.house.engine.run_due().await.expect("the database works");
        if notified == 0 && matches!(step, Step::Idle(next) if next.is_none_or(|next| next > world.clock.now())) {
            return;
        }
    }
}

async fn the_mailbox(world: &World, address: &str) -> Mailbox {
    let mailboxes = mailbox::list(&world.house.db, WORKSPACE).await.expect("mailboxes are listed");
    mailboxes.into_iter().find(|mailbox| mailbox.address == address).expect("it is connected")
}

async fn events(world: &World, after: i64) -> Vec<(EventKind, bool)> {
    let events = ledger::read(&world.house.db, WORKSPACE, after, 10_000).await.expect("the ledger is read");
    events.into_iter().map(|event| (event.kind, event.backfill)).collect()
}

#[test]
fn the_newest_mail_is_there_after_the_first_page() {
    story(async |world| {
        let sent: Vec<String> = (0..25).map(|number| deliver(world, ANNA, "inbox", number)).collect();
        world.connect(ANNA, ConnectionKind::Delegated).await.unwrap();
        let anna = the_mailbox(world, ANNA).await;
        while message::in_mailbox(&world.house.db, anna.id, None, 1).await.unwrap().is_empty() {
            world.house.engine.run_due().await.unwrap();
        }
        let here = message::in_mailbox(&world.house.db, anna.id, None, 100).await.unwrap();
        assert_eq!(here[0].message.graph_id, sent[24], "the newest comes first");
        settle(world).await;
        assert_eq!(message::in_mailbox(&world.house.db, anna.id, None, 100).await.unwrap().len(), 25);
    });
}

#[test]
fn a_first_sync_is_no_news_and_what_comes_after_it_is() {
    story(async |world| {
        deliver(world, ANNA, "inbox", 1);
        world.connect(ANNA, ConnectionKind::Delegated).await.unwrap();
        settle(world).await;
        let told = events(world, 0).await;
        assert!(told.iter().filter(|(kind, _)| *kind == EventKind::MessageReceived).all(|(_, backfill)| *backfill));
        assert_eq!(told.iter().filter(|(kind, _)| *kind == EventKind::MailboxSynced).count(), 1);
        let before = ledger::head(&world.house.db, WORKSPACE).await.unwrap();
        deliver(world, ANNA, "inbox", 2);
        world.advance(Duration::from_secs(10));
        settle(world).await;
        let told = events(world, before).await;
        let of_messages: Vec<_> = told.iter().filter(|(kind, _)| kind.about() == About::Message).collect();
        assert_eq!(of_messages, [&(EventKind::MessageReceived, false)], "a notification brought it, long before the next poll");
        assert!(told.contains(&(EventKind::ThreadCreated, false)), "and what is decided of it is news too");
    });
}

#[test]
fn a_revoked_grant_stops_only_its_own_mailbox_and_connecting_again_goes_on_where_it_stood() {
    story(async |world| {
        for address in [ANNA, BEN] {
            deliver(world, address, "inbox", 1);
            world.connect(address, ConnectionKind::Delegated).await.unwrap();
        }
        settle(world).await;
        world.sim.control().revoke_sessions(ANNA);
        world.advance(Duration::from_secs(2 * 3600));
        deliver(world, ANNA, "inbox", 2);
        deliver(world, BEN, "inbox", 2);
        settle(world).await;
        let (anna, ben) = (the_mailbox(world, ANNA).await, the_mailbox(world, BEN).await);
        assert_eq!((anna.state, ben.state), (MailboxState::Stopped, MailboxState::Live));
        let problem = anna.problem.expect("a reason is kept");
        assert!(problem.code.starts_with("AADSTS") && !problem.action.is_empty(), "{problem}");
        let count = |mailbox| message::in_mailbox(&world.house.db, mailbox, None, 100);
        assert_eq!((count(anna.id).await.unwrap().len(), count(ben.id).await.unwrap().len()), (1, 2), "nothing is deleted");
        world.connect(ANNA, ConnectionKind::Delegated).await.unwrap();
        world.advance(Duration::from_secs(60));
        settle(world).await;
        assert_eq!((the_mailbox(world, ANNA).await.state, count(anna.id).await.unwrap().len()), (MailboxState::Live, 2));
        let received = events(world, 0).await.into_iter().filter(|(kind, _)| *kind == EventKind::MessageReceived).count();
        assert_eq!(received, 4, "nothing is told twice");
    });
}

#[test]
fn the_audit_proves_each_folder_and_finds_what_is_missing() {
    story(async |world| {
        deliver(world, ANNA, "inbox", 1);
        let lost = deliver(world, ANNA, "inbox", 2);
        world.connect(ANNA, ConnectionKind::Delegated).await.unwrap();
        settle(world).await;
        let anna = the_mailbox(world, ANNA).await;
        let inbox = async || {
            let folders = folder::list(&world.house.db, anna.id).await.unwrap();
            folders
                .into_iter()
                .find(|folder| folder.well_known.as_deref() == Some("inbox"))
                .and_then(|folder| folder.audit)
                .expect("it is audited")
        };
        let proof = inbox().await;
        assert_eq!((proof.there, proof.here, proof.missing, proof.extra), (2, 2, 0, 0));
        let row = message::by_graph_ids(&world.house.db, anna.id, &[lost]).await.unwrap().remove(0).message;
        let harm = store::Statement::new("DELETE FROM message WHERE id = $1", [row.id.into()]);
        world.house.db.commit(store::Transaction::new("test.harm").with(harm)).await.unwrap();
        let again = work::mark_due(due::AUDIT_MAILBOX, &due::mailbox_key(anna.id), work::Lane::Interactive, world.clock.now());
        world.house.db.commit(store::Transaction::new("test.audit").with(again)).await.unwrap();
        settle(world).await;
        assert_eq!(inbox().await.missing, 1, "the harm is seen");
        for _ in 0..5 {
            world.advance(Duration::from_secs(300));
            settle(world).await;
        }
        let proof = inbox().await;
        assert_eq!((proof.there, proof.here, proof.missing), (2, 2, 0), "and mended");
    });
}

#[test]
fn a_person_waits_for_no_page_of_a_first_sync() {
    story(async |world| {
        for number in 0..8 {
            let folder = world.sim.control().create_folder(ANNA, "msgfolderroot", &format!("Customer {number}")).unwrap();
            deliver(world, ANNA, &folder, number);
        }
        world.connect(ANNA, ConnectionKind::Delegated).await.unwrap();
        let engine = world.house.engine.clone();
        // The folders come to be known; then all their pulls are under way at once.
        let first = engine.claim(20).await.unwrap();
        for lease in first {
            engine.run(lease).await.unwrap();
        }
        let mut pulls = engine.claim(40).await.unwrap();
        pulls.retain(|lease| lease.kind == due::PULL_MESSAGES);
        assert!(pulls.len() > 6);
        world.gate.stand_open(false);
        for lease in pulls {
            let (engine, gate) = (engine.clone(), world.gate.clone());
            piece(world, async move { drop(engine.run(lease).await) }, gate);
        }
        let graph = world.house.graph.clone();
        let waiting = || graph.waiting_calls();
        world.gate.settle(waiting).await;
        assert_eq!(world.sim.control().slots_held(), 3, "the first sync leaves one slot free");
        let anna = the_mailbox(world, ANNA).await;
        let access = Access::new(GrantKey::new(anna.connection.to_string()), anna.graph_user_id.clone(), Lane::Interactive);
        let client = world.house.graph.clone();
        let asked = async move { drop(graph::mail::folder::folder(&client, &access, "inbox").await) };
        piece(world, asked, world.gate.clone());
        world.gate.settle(waiting).await;
        assert_eq!(world.sim.control().slots_held(), 4, "a person's call is at Microsoft at once");
        world.gate.stand_open(true);
        while world.gate.running() > 0 {
            world.gate.settle(waiting).await;
        }
        assert_eq!(world.sim.control().counts().throttled.get(&Cause::Concurrency), None);
    });
}

fn piece(world: &World, work: impl Future<Output = ()> + 'static, gate: e2e::gate::Gate) {
    let (ready, go) = tokio::sync::oneshot::channel::<()>();
    let task = tokio::task::spawn_local(async move {
        let _ = go.await;
        work.await;
        gate.end(tokio::task::id());
    });
    world.gate.begin(task.id());
    let _ = ready.send(());
}
