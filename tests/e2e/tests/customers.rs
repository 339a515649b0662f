//! Customers, told on the simulator's believable tenant: every conversation with somebody outside is under its customer,
//! with the reason, and stays where a person put it.
#![allow(clippy::unwrap_used, reason = "a story stops where something is wrong")]

use std::collections::BTreeSet;
use std::time::Duration;

use e2e::world::{WORKSPACE, World};
use microsoft365_sim::Config;
use microsoft365_sim::mailbox::store::DeliverOptions;
use model::customer::FilingRule;
use model::id::ThreadId;
use model::nature::Nature;
use model::person::PersonKind;
use rapport::engine::Step;
use store::connection::ConnectionKind;
use store::customer::Wanted;
use store::timeline::Owner;
use store::{Statement, Transaction, customer, filing, message, person, thread, timeline};

/// Tells a story on a world of its own, with a believable tenant whose mailboxes are all connected.
fn story(told: impl AsyncFnOnce(&World, Vec<String>)) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    tokio::task::LocalSet::new().block_on(&runtime, async {
        let directory = tempfile::tempdir().expect("a directory");
        let url = format!("sqlite:{}", directory.path().join("rapport.db").display());
        let pulls = inbound::Settings { page_size: 50, piece_size: 50, ..e2e::world::small_pieces() };
        let world = World::new(Config::seeded(3), store::Settings::new(url), pulls).await;
        let mailboxes = world.sim.control().generate(3, 2).expect("a tenant").mailboxes;
        for (place, address) in mailboxes.iter().enumerate() {
            let shared = place + 1 == mailboxes.len();
            world.connect(address, if shared { ConnectionKind::Application } else { ConnectionKind::Delegated }).await.unwrap();
        }
        settle(&world).await;
        told(&world, mailboxes).await;
        assert_eq!(e2e::check::check(&world).await, Vec::<String>::new());
    });
}

async fn settle(world: &World) {
    loop {
        let notified = world.sim.deliver_due_notifications().await;
        let step = world.house.engine.run_due().await.expect("the database works");
        if notified == 0 && matches!(step, Step::Idle(next) if next.is_none_or(|next| next > world.clock.now())) {
            return;
        }
    }
}

async fn commit(world: &World, statements: Vec<Statement>) {
    world.house.db.commit(Transaction::new("test").with_all(statements)).await.unwrap();
    settle(world).await;
}

async fn threads(world: &World) -> Vec<ThreadId> {
    let threads = thread::list(&world.house.db, WORKSPACE, None, 100_000).await.unwrap();
    threads.into_iter().map(|thread| thread.id).collect()
}

/// Under whom a thread is: the customer's name, the rule, and the address that caused it.
async fn filed(world: &World, thread: ThreadId) -> Vec<(String, FilingRule, String)> {
    let db = &world.house.db;
    let mut filed = Vec::new();
    for filing in filing::of_threads(db, &[thread]).await.unwrap() {
        let customer = customer::find(db, WORKSPACE, filing.customer).await.unwrap().unwrap();
        filed.push((customer.name, filing.rule, filing.because));
    }
    filed.sort_by(|one, other| one.0.cmp(&other.0));
    filed
}

async fn deliver(world: &World, address: &str, message: serde_json::Value) {
    world.sim.control().deliver_json(address, "inbox", &message, DeliverOptions::default()).expect("it is delivered");
    world.advance(Duration::from_secs(60));
    settle(world).await;
}

fn message_id(subject: &str) -> String {
    format!("<{}@mail.example>", subject.replace([' ', ':'], "-"))
}

fn mail(from: &str, to: &str, subject: &str, headers: &[(&str, &str)]) -> serde_json::Value {
    let headers: Vec<_> = headers.iter().map(|(name, value)| serde_json::json!({ "name": name, "value": value })).collect();
    serde_json::json!({
        "subject": subject,
        "internetMessageId": message_id(subject),
        "from": { "emailAddress": { "address": from } },
        "toRecipients": [{ "emailAddress": { "address": to } }],
        "body": { "contentType": "text", "content": "Hello." },
        "internetMessageHeaders": headers,
    })
}

async fn thread_about(world: &World, subject: &str) -> ThreadId {
    let found = thread::list(&world.house.db, WORKSPACE, None, 100_000).await.unwrap();
    found.into_iter().find(|thread| thread.subject == subject).unwrap_or_else(|| panic!("no thread is about {subject}")).id
}

#[test]
fn every_conversation_with_somebody_outside_is_under_its_customer_because_of_somebody_in_it() {
    story(async |world, _| {
        let db = &world.house.db;
        let (mut outside, mut internal) = (0, 0);
        for thread in threads(world).await {
            let messages = message::in_thread(db, thread, 1000).await.unwrap();
            let mut addresses = BTreeSet::new();
            for mirrored in messages.iter().filter(|mirrored| mirrored.message.nature == Nature::Personal && !mirrored.message.draft) {
                let people = &mirrored.message.recipients;
                let everyone = mirrored.message.from.iter().chain(&people.to).chain(&people.cc).chain(&people.bcc);
                addresses.extend(everyone.map(|participant| participant.address.to_lowercase()));
            }
            let filings = filing::of_threads(db, &[thread]).await.unwrap();
            for filing in &filings {
                assert_eq!(filing.sentence(), format!("because {} is in it", filing.because));
                assert!(addresses.iter().any(|address| *address == filing.because), "{} is in the thread", filing.because);
                let domains = customer::domains_of(db, &[filing.customer]).await.unwrap();
                assert!(domains.iter().any(|domain| filing.because.ends_with(&domain.domain)));
            }
            let ours = addresses.iter().all(|address| address.ends_with("@contoso.example"));
            if ours {
                internal += 1
            } else {
                outside += usize::from(!filings.is_empty())
            }
            assert!(!ours || filings.is_empty(), "an internal thread is filed nowhere");
        }
        assert!(outside >= 30 && internal >= 5, "{outside} conversations outside, {internal} internal ones");
        let kinds: BTreeSet<&str> = person::list_latest(db, WORKSPACE, Wanted::default(), &PersonKind::ALL, None, 1000)
            .await
            .unwrap()
            .into_iter()
            .map(|person| person.kind.name())
            .collect();
        assert!(kinds.contains("person") && kinds.contains("list") && kinds.contains("automatic"), "{kinds:?}");
        let customers = customer::list_latest(db, WORKSPACE, Wanted::default(), None, 1000).await.unwrap();
        assert!(customers.len() >= 8, "{} customers", customers.len());
        assert!(
            customers.iter().all(|customer| !["Tradeweekly", "Parceldesk", "Ledgerly"].contains(&customer.name.as_str())),
            "no newsletter is a customer"
        );
    });
}

#[test]
fn what_a_person_filed_stays_there_after_new_mail_and_private_mail_is_never_filed() {
    story(async |world, mailboxes| {
        let anna = mailboxes[0].as_str();
        deliver(world, anna, mail("bo@acme.example", anna, "Zebra crossing", &[])).await;
        deliver(world, anna, mail("ada@fabrikam.example", anna, "Yellow submarine", &[])).await;
        let zebra = thread_about(world, "Zebra crossing").await;
        assert_eq!(filed(world, zebra).await, [("Acme".to_owned(), FilingRule::Domain, "bo@acme.example".to_owned())]);
        let fabrikam = filing::of_threads(&world.house.db, &[thread_about(world, "Yellow submarine").await]).await.unwrap()[0].customer;
        commit(world, filing::file(WORKSPACE, zebra, &[fabrikam], "Anna", world.clock.now())).await;
        let opening = message_id("Zebra crossing");
        deliver(world, anna, mail("bo@acme.example", anna, "Re: Zebra crossing", &[("In-Reply-To", &opening)])).await;
        assert_eq!(message::in_thread(&world.house.db, zebra, 10).await.unwrap().len(), 2, "the answer is in the same thread");
        assert_eq!(filed(world, zebra).await, [("Fabrikam".to_owned(), FilingRule::Hand, "Anna".to_owned())]);
        let entries = timeline::page(&world.house.db, Owner::Customer(fabrikam), None, None, 1).await.unwrap();
        assert_eq!(entries[0].thread(), zebra, "and on top of that customer's timeline");

        deliver(world, anna, mail("cy@secret.example", anna, "Between us", &[("Sensitivity", "Private")])).await;
        let secret = thread_about(world, "Between us").await;
        assert_eq!(filed(world, secret).await, []);
        assert!(person::by_addresses(&world.house.db, WORKSPACE, &["cy@secret.example"]).await.unwrap().is_empty());
        let all = timeline::page(&world.house.db, Owner::Workspace(WORKSPACE), None, None, 100_000).await.unwrap();
        assert!(all.iter().all(|entry| entry.thread() != secret));
        // The checks of a quiet house know nothing of what is done by hand: hand it back.
        commit(world, filing::follow_rules(WORKSPACE, zebra, "Anna", world.clock.now())).await;
        assert_eq!(filed(world, zebra).await, [("Acme".to_owned(), FilingRule::Domain, "bo@acme.example".to_owned())]);
    });
}
