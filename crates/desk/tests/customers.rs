//! Customers on both engines: who comes to be known from mail, under whom threads are filed and why, what a person changes
//! by hand, and what is in whose timeline.

#![allow(clippy::unwrap_used, reason = "a test stops at what it did not expect")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base::{Clock, Id, Timestamp};
use desk::{Desk, KINDS};
use model::customer::{Customer, FilingRule};
use model::event::{EventKind, NewEvent};
use model::id::{CustomerId, FolderId, MailboxId, MessageId, ThreadId, WorkspaceId};
use model::mailbox::{Mailbox, MailboxKind, MailboxState, Visibility};
use model::message::{Flag, Importance, Message, Participant, Recipients};
use model::nature::Nature;
use model::person::{Person, PersonKind};
use store::connection::{Connection, ConnectionKind, ConnectionState};
use store::customer::Wanted;
use store::exclusion::{Exclusion, ExclusionKind};
use store::folder::Folder;
use store::message::Listing;
use store::timeline::Owner;
use store::workspace::Workspace;
use store::{
    Db, Phase, Settings, Statement, StoreError, Transaction, customer, due, exclusion, filing, ledger, message, person, timeline, work,
};

const WORKSPACE: WorkspaceId = Id::from_number(7);
const ANNA: MailboxId = Id::from_number(1);
const BEN: MailboxId = Id::from_number(2);
const INBOX: i64 = 10;
const JUNK: i64 = 20;
const DELETED: i64 = 30;

/// Each test on SQLite and on PostgreSQL, the latter unless it was left out on purpose.
macro_rules! both {
    ($($(#[$doc:meta])* async fn $name:ident($world:ident: World) $body:block)*) => {$(
        $(#[$doc])*
        mod $name {
            use super::*;

            async fn tell($world: World) $body

            #[tokio::test]
            async fn on_sqlite() {
                tell(World::sqlite().await).await;
            }

            #[tokio::test]
            async fn on_postgres() {
                if let Some(world) = World::postgres().await {
                    tell(world).await;
                }
            }
        }
    )*};
}

struct World {
    db: Db,
    clock: Clock,
    _folder: tempfile::TempDir,
}

fn at(day: i64) -> Timestamp {
    Timestamp::from_millis(1_700_000_000_000 + day * 86_400_000)
}

impl World {
    async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::new(format!("sqlite:{}", folder.path().join("test.db").display()));
        Self::on(&settings, folder).await
    }

    async fn postgres() -> Option<Self> {
        let server = match test_postgres::shared() {
            Ok(server) => server,
            Err(test_postgres::Unavailable::LeftOut) => return None,
            Err(error) => panic!("{error}"),
        };
        let settings = Settings::new(server.database().await.unwrap().url());
        Some(Self::on(&settings, tempfile::tempdir().unwrap()).await)
    }

    async fn on(settings: &Settings, folder: tempfile::TempDir) -> Self {
        let db = Db::open(settings).await.unwrap();
        let world = World { db, clock: Clock::manual(at(100)), _folder: folder };
        let workspace = Workspace { id: WORKSPACE, name: "Contoso".to_owned(), created_at: at(0) };
        let mut furnish =
            Transaction::new("test").with(store::workspace::ensure(&workspace)).with(store::connection::insert(&connection()));
        for (mailbox, address) in [(ANNA, "anna@contoso.example"), (BEN, "ben@contoso.example")] {
            furnish.push(store::mailbox::insert(&a_mailbox(mailbox, address)));
            for (folder, name) in [(INBOX, "inbox"), (JUNK, "junkemail"), (DELETED, "deleteditems")] {
                furnish.push(store::folder::insert(&a_folder(mailbox, folder, name)));
            }
        }
        world.db.commit(furnish).await.unwrap();
        world
    }

    async fn commit(&self, statements: impl IntoIterator<Item = Statement>) {
        self.db.commit(Transaction::new("test").with_all(statements)).await.unwrap();
    }

    async fn receive(&self, mails: &[Message]) {
        for mail in mails {
            let listing = Listing { seen_round: 1, body_hash: 0, attachments_wanted: false };
            let mut statements: Vec<Statement> = due::decide(WORKSPACE, self.clock.now()).into();
            statements.push(message::insert(mail, listing));
            statements.extend(event_of(mail, EventKind::MessageReceived, self.clock.now()));
            self.commit(statements).await;
        }
        self.decide().await;
    }

    async fn move_to(&self, mail: &Message, folder: i64) {
        let listing = Listing { seen_round: 1, body_hash: 0, attachments_wanted: false };
        let now = message::find(&self.db, mail.id).await.unwrap().unwrap().message;
        let was = message::Was { folder: now.folder, claimed_by: None, deleted: false };
        let moved = Message { folder: Some(folder_id(mail.mailbox, folder)), ..now };
        let mut statements: Vec<Statement> = due::decide(WORKSPACE, self.clock.now()).into();
        statements.push(message::update(&moved, listing, None, was, self.clock.now()));
        statements.extend(event_of(mail, EventKind::MessageMoved, self.clock.now()));
        self.commit(statements).await;
        self.decide().await;
    }

    /// Runs what is due until nothing is, on a database that may stop the program at a commit.
    async fn decide_on(&self, db: &Db) -> Result<(), StoreError> {
        let desk = Desk::new(db.clone(), self.clock.clone());
        loop {
            let leases = work::claim(db, self.clock.now(), 4, Duration::from_secs(60), "test", KINDS).await?;
            if leases.is_empty() {
                return Ok(());
            }
            for lease in leases {
                let ending = desk.run(&lease).await?;
                db.commit(Transaction::new("settle").with_all(ending.statements(&lease))).await?;
            }
        }
    }

    async fn decide(&self) {
        self.decide_on(&self.db).await.unwrap();
        self.check().await;
    }

    async fn thread_of(&self, mail: &Message) -> ThreadId {
        message::find(&self.db, mail.id).await.unwrap().unwrap().thread.unwrap()
    }

    /// Under whom a mail's thread is, with the reason.
    async fn filed(&self, mail: &Message) -> Vec<(String, FilingRule, String)> {
        let filings = filing::of_threads(&self.db, &[self.thread_of(mail).await]).await.unwrap();
        let mut filed = Vec::new();
        for filing in filings {
            let customer = customer::find(&self.db, WORKSPACE, filing.customer).await.unwrap().unwrap();
            filed.push((customer.name, filing.rule, filing.because));
        }
        filed.sort_by(|one, other| one.0.cmp(&other.0));
        filed
    }

    async fn customers(&self) -> Vec<Customer> {
        customer::list_named(&self.db, WORKSPACE, Wanted::default(), None, 1000).await.unwrap()
    }

    async fn customer(&self, name: &str) -> Customer {
        self.customers().await.into_iter().find(|customer| customer.name == name).unwrap()
    }

    async fn people(&self) -> Vec<Person> {
        person::list_latest(&self.db, WORKSPACE, Wanted::default(), &PersonKind::ALL, None, 1000).await.unwrap()
    }

    async fn person(&self, address: &str) -> Option<Person> {
        let found = person::by_addresses(&self.db, WORKSPACE, &[address]).await.unwrap();
        let id = found.first()?.person;
        person::find(&self.db, WORKSPACE, id).await.unwrap()
    }

    async fn timeline(&self, owner: Owner, mailboxes: Option<&[MailboxId]>) -> Vec<(ThreadId, Timestamp)> {
        let entries = timeline::page(&self.db, owner, mailboxes, None, 1000).await.unwrap();
        entries.into_iter().map(|entry| (entry.thread(), entry.at)).collect()
    }

    async fn events(&self, kind: EventKind) -> Vec<model::event::Event> {
        let events = ledger::read(&self.db, WORKSPACE, 0, 100_000).await.unwrap();
        events.into_iter().filter(|event| event.kind == kind).collect()
    }

    /// What holds whenever nothing is due: counts, last times and the ledger agree with what is filed.
    async fn check(&self) {
        for customer in self.customers().await {
            let entries = self.timeline(Owner::Customer(customer.id), None).await;
            assert_eq!(customer.thread_count, i64::try_from(entries.len()).unwrap(), "{customer:?}");
            assert_eq!(customer.last_at, entries.first().map_or(customer.created_at, |(_, at)| *at));
        }
        let mut told: BTreeMap<i64, serde_json::Value> = BTreeMap::new();
        self.events(EventKind::ThreadFiled)
            .await
            .into_iter()
            .for_each(|event| drop(told.insert(event.subject, event.data["customers"].clone())));
        let threads = store::thread::list(&self.db, WORKSPACE, None, 1000).await.unwrap();
        for thread in threads {
            let customers: Vec<CustomerId> =
                filing::of_threads(&self.db, &[thread.id]).await.unwrap().into_iter().map(|filing| filing.customer).collect();
            let said = told.get(&thread.id.number()).cloned().unwrap_or_else(|| serde_json::json!([]));
            assert_eq!(said, serde_json::json!(customers), "the ledger tells under whom each thread is");
        }
    }
}

fn folder_id(mailbox: MailboxId, folder: i64) -> FolderId {
    Id::from_number(folder + mailbox.number())
}

fn a_folder(mailbox: MailboxId, folder: i64, name: &str) -> Folder {
    Folder {
        id: folder_id(mailbox, folder),
        mailbox,
        graph_id: name.to_owned(),
        parent_graph_id: None,
        display_name: name.to_owned(),
        well_known: Some(name.to_owned()),
        hidden: false,
        total_there: 0,
        unread_there: 0,
        removed_at: None,
        first_synced_at: None,
        last_synced_at: None,
        estimate_total: None,
        audit: None,
    }
}

fn connection() -> Connection {
    Connection {
        id: Id::from_number(5),
        workspace: WORKSPACE,
        provider: "microsoft".to_owned(),
        kind: ConnectionKind::Delegated,
        tenant_id: "tenant".to_owned(),
        account_id: "account".to_owned(),
        principal_name: "anna@contoso.example".to_owned(),
        display_name: "Anna".to_owned(),
        state: ConnectionState::Connected,
        problem: None,
        state_at: at(0),
        created_at: at(0),
    }
}

fn a_mailbox(id: MailboxId, address: &str) -> Mailbox {
    Mailbox {
        id,
        workspace: WORKSPACE,
        connection: Id::from_number(5),
        graph_user_id: address.to_owned(),
        address: address.to_owned(),
        display_name: address.to_owned(),
        kind: MailboxKind::User,
        state: MailboxState::Live,
        problem: None,
        state_at: at(0),
        first_synced_at: None,
        last_contact_at: None,
        created_at: at(0),
        visibility: Visibility::Everything,
    }
}

fn event_of(mail: &Message, kind: EventKind, now: Timestamp) -> Vec<Statement> {
    let event = NewEvent { kind, subject: mail.id.number(), backfill: false, data: serde_json::Value::Null };
    ledger::append(WORKSPACE, mail.mailbox, now, &[event])
}

fn party(written: &str) -> Participant {
    let (name, address) = written.split_once('|').unwrap_or(("", written));
    Participant { name: name.to_owned(), address: address.to_owned() }
}

/// A mail of its own thread: `from` and `to` are addresses, with a name before a bar.
fn mail(number: i64, day: i64, from: &str, to: &[&str]) -> Message {
    Message {
        id: MessageId::sorted_by(at(day)),
        workspace: WORKSPACE,
        mailbox: ANNA,
        folder: Some(folder_id(ANNA, INBOX)),
        graph_id: format!("graph-{number}"),
        change_key: String::new(),
        internet_message_id: Some(format!("<{number}@example.com>")),
        conversation_id: None,
        conversation_index: None,
        subject: format!("Subject {number}"),
        preview: String::new(),
        from: Some(party(from)),
        recipients: Recipients { to: to.iter().map(|to| party(to)).collect(), ..Recipients::default() },
        received_at: at(day),
        sent_at: None,
        modified_at: None,
        read: false,
        draft: false,
        importance: Importance::Normal,
        flag: Flag::NotFlagged,
        categories: Vec::new(),
        has_attachments: false,
        in_reply_to: None,
        references: Vec::new(),
        focused: true,
        web_link: None,
        private: false,
        nature: Nature::Personal,
    }
}

fn answer(to: i64, mail: Message) -> Message {
    let reference = format!("<{to}@example.com>");
    Message { in_reply_to: Some(reference.clone()), references: vec![reference], subject: format!("Re: Subject {to}"), ..mail }
}

fn copy_for_ben(mail: &Message) -> Message {
    Message {
        mailbox: BEN,
        id: MessageId::sorted_by(mail.received_at),
        folder: Some(folder_id(BEN, INBOX)),
        graph_id: format!("ben-{}", mail.graph_id),
        ..mail.clone()
    }
}

fn by_domain(name: &str, address: &str) -> (String, FilingRule, String) {
    (name.to_owned(), FilingRule::Domain, address.to_owned())
}

fn by_hand(name: &str) -> (String, FilingRule, String) {
    (name.to_owned(), FilingRule::Hand, "anna".to_owned())
}

both! {
async fn a_conversation_is_filed_under_the_companies_in_it_and_says_because_of_whom(world: World) {
    let opening = mail(1, 1, "Anna|anna@contoso.example", &["BO@Acme.example", "Ada|ada@eu.fabrikam.co.uk"]);
    let reply = answer(1, mail(2, 2, "Ek, Bo|bo+x@acme.example", &["anna@contoso.example"]));
    let internal = mail(3, 3, "anna@contoso.example", &["ben@contoso.example"]);
    world.receive(&[opening.clone(), internal.clone(), reply.clone()]).await;
    let filed = [by_domain("Acme", "bo@acme.example"), by_domain("Fabrikam", "ada@eu.fabrikam.co.uk")];
    assert_eq!(world.filed(&opening).await, filed);
    assert_eq!(world.filed(&internal).await, [], "internal mail is left out");
    assert_eq!(world.people().await.len(), 2);
    let bo = world.person("bo@acme.example").await.unwrap();
    assert_eq!((bo.name.as_str(), bo.kind, bo.last_at), ("Bo Ek", PersonKind::Person, at(2)));
    let thread = world.thread_of(&opening).await;
    assert_eq!(world.timeline(Owner::Customer(world.customer("Fabrikam").await.id), None).await, [(thread, at(2))]);
    assert_eq!(world.timeline(Owner::Person(world.person("ada@eu.fabrikam.co.uk").await.unwrap().id), None).await, [(thread, at(1))]);
    let all = [(world.thread_of(&internal).await, at(3)), (thread, at(2))];
    assert_eq!(world.timeline(Owner::Workspace(WORKSPACE), None).await, all);
    assert_eq!(world.events(EventKind::CustomerCreated).await.len(), 2);
    assert_eq!(world.events(EventKind::PersonCreated).await.len(), 2);
    assert_eq!(world.events(EventKind::ThreadFiled).await.len(), 1, "two mails of one thread are filed once");
}

async fn what_a_person_filed_stays_after_new_mail_until_the_rules_are_asked_again(world: World) {
    let opening = mail(1, 1, "bo@acme.example", &["anna@contoso.example"]);
    let other = mail(2, 1, "ada@fabrikam.example", &["anna@contoso.example"]);
    world.receive(&[opening.clone(), other.clone()]).await;
    let (thread, fabrikam) = (world.thread_of(&opening).await, world.customer("Fabrikam").await.id);
    world.commit(filing::file(WORKSPACE, thread, &[fabrikam], "anna", at(5))).await;
    world.decide().await;
    world.receive(&[answer(1, mail(3, 6, "bo@acme.example", &["anna@contoso.example"]))]).await;
    assert_eq!(world.filed(&opening).await, [by_hand("Fabrikam")]);
    assert_eq!(world.timeline(Owner::Customer(fabrikam), None).await, [(thread, at(6)), (world.thread_of(&other).await, at(1))]);
    assert_eq!(world.timeline(Owner::Customer(world.customer("Acme").await.id), None).await, []);
    world.commit(filing::file(WORKSPACE, thread, &[], "anna", at(7))).await;
    world.receive(&[answer(1, mail(4, 8, "bo@acme.example", &["anna@contoso.example"]))]).await;
    assert_eq!(world.filed(&opening).await, [], "nowhere is a place too");
    world.commit(filing::follow_rules(WORKSPACE, thread, "anna", at(9))).await;
    world.decide().await;
    assert_eq!(world.filed(&opening).await, [by_domain("Acme", "bo@acme.example")]);
}

async fn private_list_and_automatic_mail_and_free_mail_make_no_customer(world: World) {
    let private = Message { private: true, ..mail(1, 1, "cy@secret.example", &["anna@contoso.example"]) };
    let list = Message { nature: Nature::List, ..mail(2, 2, "News|news@letters.example", &["anna@contoso.example", "x@fabrikam.example"]) };
    let receipt = Message { nature: Nature::Automatic, ..mail(3, 3, "no-reply@shop.example", &["anna@contoso.example"]) };
    let friend = mail(4, 4, "Dot|dot.ty@gmail.com", &["anna@contoso.example"]);
    let draft = Message { draft: true, ..mail(5, 5, "anna@contoso.example", &["eve@drafted.example"]) };
    world.receive(&[private.clone(), list.clone(), receipt.clone(), friend.clone(), draft]).await;
    assert_eq!(world.customers().await, []);
    let mut people: Vec<_> = world.people().await.into_iter().map(|person| (person.name, person.kind)).collect();
    people.sort();
    let expected = [("Dot", PersonKind::Person), ("News", PersonKind::List), ("no-reply@shop.example", PersonKind::Automatic)];
    assert_eq!(people, expected.map(|(name, kind)| (name.to_owned(), kind)));
    let dot = world.person("dotty@gmail.com").await.unwrap();
    assert_eq!(world.timeline(Owner::Person(dot.id), None).await, [(world.thread_of(&friend).await, at(4))]);
    for owner in [Owner::Workspace(WORKSPACE)] {
        let hidden = world.thread_of(&private).await;
        assert!(world.timeline(owner, None).await.iter().all(|(thread, _)| *thread != hidden), "a private mail is nobody's to see");
    }
    // A person of a customer answers in the list's thread: now it is a conversation with that customer.
    world.receive(&[answer(2, mail(6, 6, "bo@acme.example", &["anna@contoso.example"]))]).await;
    assert_eq!(world.filed(&list).await, [by_domain("Acme", "bo@acme.example")]);
    // Who was known by a list alone is a person once there is a mail to somebody.
    world.receive(&[mail(7, 7, "anna@contoso.example", &["bo@letters.example"]), Message { nature: Nature::List, ..mail(8, 8, "bo@acme.example", &["anna@contoso.example"]) }]).await;
    assert_eq!(world.person("bo@acme.example").await.unwrap().kind, PersonKind::Person);
    // The friend belongs to a customer because somebody says so.
    let acme = world.customer("Acme").await.id;
    world.commit(person::set_customer(WORKSPACE, dot.id, Some(acme), "anna", at(9))).await;
    world.decide().await;
    assert_eq!(world.filed(&friend).await, [("Acme".to_owned(), FilingRule::Person, "dotty@gmail.com".to_owned())]);
}

async fn junk_makes_nothing_until_it_is_taken_out_and_deleted_mail_counts_no_more(world: World) {
    let junk = Message { folder: Some(folder_id(ANNA, JUNK)), ..mail(1, 1, "bo@acme.example", &["anna@contoso.example"]) };
    world.receive(std::slice::from_ref(&junk)).await;
    assert_eq!((world.people().await.len(), world.customers().await.len()), (0, 0));
    world.move_to(&junk, INBOX).await;
    assert_eq!(world.filed(&junk).await, [by_domain("Acme", "bo@acme.example")]);
    world.move_to(&junk, DELETED).await;
    assert_eq!(world.filed(&junk).await, []);
}

async fn who_is_excluded_is_never_filed_and_comes_back_when_the_exclusion_goes(world: World) {
    let with_counsel = mail(1, 1, "bo@acme.example", &["anna@contoso.example", "counsel@mail.law.example"]);
    let without = mail(2, 2, "bo@acme.example", &["anna@contoso.example"]);
    world.receive(&[with_counsel.clone(), without.clone()]).await;
    assert_eq!(world.filed(&with_counsel).await.len(), 2);
    let (kind, value) = (ExclusionKind::Domain, "law.example".to_owned());
    let law = Exclusion { kind, value, why: "Counsel".to_owned(), actor: "anna".to_owned(), added_at: at(5) };
    world.commit(exclusion::add(WORKSPACE, &law)).await;
    world.decide().await;
    assert_eq!((world.filed(&with_counsel).await.len(), world.filed(&without).await.len()), (0, 1));
    world.receive(&[mail(3, 3, "new@law.example", &["anna@contoso.example"])]).await;
    assert_eq!(world.person("new@law.example").await, None);
    world.commit(exclusion::remove(WORKSPACE, ExclusionKind::Domain, "law.example", "anna", at(6))).await;
    world.decide().await;
    assert_eq!(world.filed(&with_counsel).await.len(), 2);
    assert!(world.person("new@law.example").await.is_some());
    let jobs = store::refiling::list(&world.db, WORKSPACE, None, 9).await.unwrap();
    assert!(jobs.iter().all(|job| job.finished_at.is_some() && job.done >= 2), "{jobs:?}");
}

async fn domains_and_merged_customers_take_their_threads_along(world: World) {
    let acme = mail(1, 1, "bo@acme.example", &["anna@contoso.example"]);
    let brand = mail(2, 2, "ada@brand.example", &["anna@contoso.example"]);
    let by_hand_there = mail(3, 3, "cy@else.example", &["anna@contoso.example"]);
    world.receive(&[acme.clone(), brand.clone(), by_hand_there.clone()]).await;
    let (acme_id, brand_id) = (world.customer("Acme").await.id, world.customer("Brand").await.id);
    world.commit(customer::add_domain(WORKSPACE, acme_id, "brand.example", "anna", at(5))).await;
    world.decide().await;
    assert_eq!(world.filed(&brand).await, [by_domain("Acme", "ada@brand.example")]);
    world.commit(customer::remove_domain(WORKSPACE, acme_id, "brand.example", "anna", at(6))).await;
    world.decide().await;
    world.receive(&[answer(2, mail(4, 7, "new@brand.example", &["anna@contoso.example"]))]).await;
    assert_eq!(world.filed(&brand).await, [], "the domain makes no customer by itself any more");
    world.commit(customer::add_domain(WORKSPACE, brand_id, "brand.example", "anna", at(8))).await;
    world.commit(filing::file(WORKSPACE, world.thread_of(&by_hand_there).await, &[brand_id], "anna", at(9))).await;
    world.decide().await;
    assert_eq!(world.filed(&brand).await, [by_domain("Brand", "ada@brand.example")]);
    world.commit(customer::merge(WORKSPACE, brand_id, acme_id, "anna", at(10))).await;
    world.decide().await;
    assert_eq!(world.filed(&brand).await, [by_domain("Acme", "ada@brand.example")]);
    assert_eq!(world.filed(&by_hand_there).await, [by_hand("Acme")]);
    assert_eq!(world.customer("Acme").await.thread_count, 3);
    assert_eq!(world.timeline(Owner::Customer(brand_id), None).await, []);
}

async fn an_address_that_moves_takes_its_conversations_to_the_other_persons_timeline(world: World) {
    let (office, home) = (mail(1, 1, "Bo|bo@acme.example", &["anna@contoso.example"]), mail(2, 2, "B.|bo@gmail.com", &["anna@contoso.example"]));
    world.receive(&[office.clone(), home.clone()]).await;
    let (bo, b) = (world.person("bo@acme.example").await.unwrap(), world.person("bo@gmail.com").await.unwrap());
    world.commit(person::move_address(WORKSPACE, "bo@gmail.com", b.id, bo.id, "anna", at(5))).await;
    world.decide().await;
    let threads = [(world.thread_of(&home).await, at(2)), (world.thread_of(&office).await, at(1))];
    assert_eq!(world.timeline(Owner::Person(bo.id), None).await, threads);
    assert_eq!(world.timeline(Owner::Person(b.id), None).await, []);
    assert_eq!(world.filed(&home).await, [by_domain("Acme", "bo@gmail.com")], "the person is of the customer, wherever it writes from");
    assert_eq!(world.people().await.len(), 1);
}

async fn a_colleagues_copy_counts_once_and_each_asker_has_an_order_of_its_own(world: World) {
    let shared = mail(1, 1, "bo@acme.example", &["anna@contoso.example", "ben@contoso.example"]);
    let later = Message { mailbox: BEN, folder: Some(folder_id(BEN, INBOX)), ..answer(1, mail(2, 5, "bo@acme.example", &["ben@contoso.example"])) };
    let between = mail(3, 3, "bo@acme.example", &["anna@contoso.example"]);
    world.receive(&[shared.clone(), copy_for_ben(&shared), later, between.clone()]).await;
    let owner = Owner::Customer(world.customer("Acme").await.id);
    let (one, other) = (world.thread_of(&shared).await, world.thread_of(&between).await);
    assert_eq!(world.timeline(owner, None).await, [(one, at(5)), (other, at(3))]);
    assert_eq!(world.timeline(owner, Some(&[ANNA])).await, [(other, at(3)), (one, at(1))]);
    assert_eq!(world.timeline(owner, Some(&[BEN])).await, [(one, at(5))]);
}

async fn a_thread_that_is_parted_refiles_both_and_one_that_joins_brings_what_was_filed_by_hand(world: World) {
    let (acme, fabrikam) = (mail(1, 1, "bo@acme.example", &["anna@contoso.example"]), mail(2, 2, "ada@fabrikam.example", &["anna@contoso.example"]));
    let link = Message { references: vec!["<1@example.com>".to_owned(), "<2@example.com>".to_owned()], ..mail(3, 3, "anna@contoso.example", &["bo@acme.example"]) };
    world.receive(&[acme.clone(), fabrikam.clone(), mail(9, 1, "cy@else.example", &["anna@contoso.example"])]).await;
    let elsewhere = world.customer("Else").await.id;
    world.commit(filing::file(WORKSPACE, world.thread_of(&fabrikam).await, &[elsewhere], "anna", at(4))).await;
    world.receive(std::slice::from_ref(&link)).await;
    let thread = world.thread_of(&acme).await;
    assert_eq!(world.thread_of(&fabrikam).await, thread, "the link joins both");
    assert_eq!(world.filed(&link).await, [by_hand("Else")], "whichever of the two threads stays");
    world.commit(filing::follow_rules(WORKSPACE, thread, "anna", at(5))).await;
    world.decide().await;
    assert_eq!(world.filed(&link).await, [by_domain("Acme", "bo@acme.example"), by_domain("Fabrikam", "ada@fabrikam.example")]);
    // Parted, as the one who decides on threads does it.
    let other = ThreadId::new(at(6));
    let data = serde_json::json!({ "thread": other, "messages": [fabrikam.id], "reason": "by_hand" });
    let split = NewEvent { kind: EventKind::ThreadSplit, subject: thread.number(), backfill: false, data };
    let mut statements = vec![
        Statement::new(
            "INSERT INTO thread (id, workspace_id, subject, first_at, last_at, message_count) VALUES ($1, $2, 'x', 0, 0, 1)",
            [other.into(), WORKSPACE.into()],
        ),
        Statement::new("UPDATE message SET thread_id = $2 WHERE id = $1", [fabrikam.id.into(), other.into()]),
        work::mark_due(due::DECIDE_CUSTOMERS, &WORKSPACE.to_string(), work::Lane::Notified, at(6)),
    ];
    statements.extend(ledger::append_of_workspace(WORKSPACE, at(6), &[split]));
    world.commit(statements).await;
    world.decide().await;
    assert_eq!(world.filed(&acme).await, [by_domain("Acme", "bo@acme.example")]);
    assert_eq!(world.filed(&fabrikam).await, [by_domain("Fabrikam", "ada@fabrikam.example")]);
}

async fn what_was_filed_by_hand_goes_along_through_threads_that_are_gone_before_anybody_looks(world: World) {
    let (acme, other) = (mail(1, 1, "bo@acme.example", &["anna@contoso.example"]), mail(2, 2, "ada@fabrikam.example", &["anna@contoso.example"]));
    world.receive(&[acme.clone(), other.clone(), mail(9, 1, "cy@else.example", &["anna@contoso.example"])]).await;
    let (first, last, between) = (world.thread_of(&acme).await, world.thread_of(&other).await, ThreadId::new(at(3)));
    let elsewhere = world.customer("Else").await.id;
    world.commit(filing::file(WORKSPACE, first, &[elsewhere], "anna", at(4))).await;
    world.decide().await;
    world.commit([
        Statement::new("UPDATE message SET thread_id = $2 WHERE id = $1", [acme.id.into(), last.into()]),
        Statement::new("DELETE FROM thread WHERE id = $1", [first.into()]),
    ]).await;
    for (from, into) in [(first, between), (between, last)] {
        let data = serde_json::json!({ "from": from });
        let joined = NewEvent { kind: EventKind::ThreadJoined, subject: into.number(), backfill: false, data };
        let mut statements = vec![work::mark_due(due::DECIDE_CUSTOMERS, &WORKSPACE.to_string(), work::Lane::Notified, at(6))];
        statements.extend(ledger::append_of_workspace(WORKSPACE, at(6), &[joined]));
        world.commit(statements).await;
        world.decide_on(&world.db).await.unwrap();
    }
    world.check().await;
    assert_eq!(world.filed(&acme).await, [by_hand("Else")]);
    assert_eq!(filing::by_hand_of(&world.db, &[first, between]).await.unwrap(), []);
    assert_eq!(filing::of_threads(&world.db, &[first, between]).await.unwrap(), []);
}

async fn a_domain_of_a_mailbox_that_is_connected_later_is_ours_from_then_on(world: World) {
    let sister = mail(1, 1, "eve@sister.example", &["anna@contoso.example"]);
    world.receive(std::slice::from_ref(&sister)).await;
    assert_eq!(world.filed(&sister).await, [by_domain("Sister", "eve@sister.example")]);
    world.commit([store::mailbox::insert(&a_mailbox(Id::from_number(3), "eve@sister.example"))]).await;
    world.receive(&[mail(2, 2, "bo@acme.example", &["anna@contoso.example"])]).await;
    assert_eq!(world.filed(&sister).await, []);
    assert_eq!(world.customer("Sister").await.thread_count, 0);
}

/// Many conversations, the program stopped at many commits: the same filings as without a stop.
async fn a_program_that_stops_at_any_commit_files_each_thread_once(world: World) {
    for number in 0..120i64 {
        let (company, root) = (number % 7, number % 30);
        let from = format!("p{}@company{company}.example", number % 3);
        let fresh = mail(number, number, &from, &["anna@contoso.example"]);
        let fresh = if number < 30 { fresh } else { answer(root, fresh) };
        let listing = Listing { seen_round: 1, body_hash: 0, attachments_wanted: false };
        let mut statements: Vec<Statement> = due::decide(WORKSPACE, world.clock.now()).into();
        statements.push(message::insert(&fresh, listing));
        statements.extend(event_of(&fresh, EventKind::MessageReceived, world.clock.now()));
        world.commit(statements).await;
    }
    let commits = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&commits);
    let unsafe_db = world.db.with_commit_hook(Arc::new(move |_, phase| {
        let number = counter.fetch_add(1, Ordering::SeqCst).wrapping_mul(0x9E37_79B9_7F4A_7C15) >> 33;
        number % 4 == if phase == Phase::Before { 0 } else { 1 }
    }));
    let mut stops = 0;
    while let Err(error) = world.decide_on(&unsafe_db).await {
        assert!(matches!(error, StoreError::Crashed), "{error}");
        stops += 1;
        world.clock.advance(Duration::from_secs(61));
    }
    assert!(stops >= 5, "stopped {stops} times");
    world.check().await;
    assert_eq!((world.customers().await.len(), world.people().await.len()), (7, 21));
    assert_eq!(world.events(EventKind::CustomerCreated).await.len(), 7);
    assert_eq!(world.events(EventKind::PersonCreated).await.len(), 21);
    let threads = store::thread::list(&world.db, WORKSPACE, None, 1000).await.unwrap();
    assert_eq!(threads.len(), 30);
    for thread in threads {
        assert!(!filing::of_threads(&world.db, &[thread.id]).await.unwrap().is_empty());
    }
}
}
