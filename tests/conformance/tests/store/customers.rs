//! Customers, people, filing by hand, timelines and exclusions: what is written is what is read.

use base::Id;
use model::customer::{Customer, Filing, FilingRule};
use model::event::EventKind;
use model::id::{CustomerId, MailboxId, PersonId, ThreadId};
use model::person::{Person, PersonAddress, PersonKind};
use store::customer::{self, Wanted};
use store::exclusion::{self, Exclusion, ExclusionKind};
use store::refiling::{self, Scope};
use store::timeline::{self, Owner, Place};
use store::{Db, Statement, StoreError, Transaction, filing, ledger, person};

use crate::world::{MAILBOX, WORKSPACE, World, at, both};

const ACME: CustomerId = Id::from_number(801);
const FABRIKAM: CustomerId = Id::from_number(802);
const BO: PersonId = Id::from_number(901);
const ADA: PersonId = Id::from_number(902);
const OTHER_MAILBOX: MailboxId = Id::from_number(11);

async fn commit(db: &Db, statements: impl IntoIterator<Item = Statement>) {
    try_commit(db, statements).await.unwrap();
}

async fn try_commit(db: &Db, statements: impl IntoIterator<Item = Statement>) -> Result<(), StoreError> {
    db.commit(Transaction::new("test.customers").with_all(statements)).await.map(drop)
}

fn refused(result: Result<(), StoreError>) -> &'static str {
    match result {
        Err(StoreError::Refused { guard }) => guard,
        other => panic!("{other:?}"),
    }
}

fn customer(id: CustomerId, name: &str, last_at: i64) -> Customer {
    Customer {
        id,
        workspace: WORKSPACE,
        name: name.to_owned(),
        named_by_hand: false,
        created_at: at(0),
        last_at: at(last_at),
        thread_count: 0,
        version: 1,
        merged_into: None,
    }
}

fn person_of(id: PersonId, name: &str, domain: &str, customer: Option<CustomerId>) -> Person {
    Person {
        id,
        workspace: WORKSPACE,
        name: name.to_owned(),
        named_by_hand: false,
        kind: PersonKind::Person,
        domain: domain.to_owned(),
        customer,
        customer_by_hand: false,
        created_at: at(0),
        last_at: at(0),
        version: 1,
        merged_into: None,
    }
}

fn address(person: PersonId, address: &str) -> PersonAddress {
    PersonAddress { person, address: address.to_owned(), written: address.to_owned(), by_hand: false, added_at: at(0) }
}

/// Two customers, a person each, and two threads that nobody has filed yet.
async fn furnish(db: &Db) {
    commit(
        db,
        [
            customer::insert(&customer(ACME, "Äcme", 10)),
            customer::insert(&customer(FABRIKAM, "Fabrikam", 20)),
            customer::insert_domain(WORKSPACE, "acme.example", ACME, at(0)),
            customer::insert_domain(WORKSPACE, "fabrikam.example", FABRIKAM, at(0)),
            person::insert(&person_of(BO, "Bo", "acme.example", Some(ACME))),
            person::insert(&person_of(ADA, "Ada", "fabrikam.example", Some(FABRIKAM))),
            person::insert_address(WORKSPACE, &address(BO, "bo@acme.example")),
            person::insert_address(WORKSPACE, &address(ADA, "ada@fabrikam.example")),
        ],
    )
    .await;
    for thread in [71, 72] {
        commit(
            db,
            [Statement::new(
                "INSERT INTO thread (id, workspace_id, subject, first_at, last_at, message_count) VALUES ($1, $2, 'Offer', 0, 0, 1)",
                [i64::into(thread), WORKSPACE.into()],
            )],
        )
        .await;
    }
}

fn thread(number: i64) -> ThreadId {
    Id::from_number(number)
}

fn place(number: i64, owner: Owner, mailbox: MailboxId) -> Place {
    Place { thread: thread(number), owner, mailbox }
}

async fn page(db: &Db, owner: Owner, mailboxes: Option<&[MailboxId]>) -> Vec<(i64, i64)> {
    let mut found = Vec::new();
    let mut before = None;
    loop {
        let entries = timeline::page(db, owner, mailboxes, before, 1).await.unwrap();
        let Some(entry) = entries.first() else { return found };
        before = Some((entry.at, entry.id));
        found.push((entry.thread().number(), entry.at.millis()));
    }
}

both! {
    async fn a_timeline_has_each_entry_once_in_the_order_of_what_the_asker_may_see(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let owner = Owner::Customer(ACME);
        commit(db, [
            timeline::put(place(71, owner, MAILBOX), at(100)),
            timeline::put(place(71, owner, OTHER_MAILBOX), at(900)),
            timeline::put(place(72, owner, MAILBOX), at(500)),
            timeline::put(place(73, owner, OTHER_MAILBOX), at(500)),
            timeline::put(place(74, Owner::Person(BO), MAILBOX), at(950)),
        ]).await;
        assert_eq!(page(db, owner, None).await, [(71, 900), (73, 500), (72, 500)]);
        assert_eq!(page(db, owner, Some(&[MAILBOX])).await, [(72, 500), (71, 100)]);
        assert_eq!(page(db, owner, Some(&[MAILBOX, OTHER_MAILBOX])).await, page(db, owner, None).await);
        assert_eq!(page(db, owner, Some(&[])).await, []);
        commit(db, [
            timeline::remove(place(71, owner, OTHER_MAILBOX)),
            timeline::put(place(71, owner, MAILBOX), at(700)),
        ]).await;
        assert_eq!(page(db, owner, None).await, [(71, 700), (73, 500), (72, 500)]);
        let mut places = timeline::places(db, &[thread(71), thread(74)]).await.unwrap();
        places.sort_unstable();
        assert_eq!(places, [(place(71, owner, MAILBOX), at(700)), (place(74, Owner::Person(BO), MAILBOX), at(950))]);
    }

    async fn customers_are_listed_by_activity_and_by_name_and_found_by_the_beginning_of_a_name_or_domain(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        furnish(db).await;
        let ids = |customers: Vec<Customer>| customers.into_iter().map(|found| found.id).collect::<Vec<_>>();
        let all = Wanted::default();
        let latest = customer::list_latest(db, WORKSPACE, all, None, 1).await.unwrap();
        assert_eq!(latest, [customer(FABRIKAM, "Fabrikam", 20)]);
        let rest = customer::list_latest(db, WORKSPACE, all, Some((latest[0].last_at, latest[0].id)), 9).await.unwrap();
        assert_eq!(ids(rest), [ACME]);
        let named = customer::list_named(db, WORKSPACE, all, None, 1).await.unwrap();
        assert_eq!(ids(named.clone()), [FABRIKAM]);
        let key = customer::name_key(&named[0].name);
        assert_eq!(ids(customer::list_named(db, WORKSPACE, all, Some((&key, FABRIKAM)), 9).await.unwrap()), [ACME]);
        for (prefix, found) in [("äC", vec![ACME]), ("acm", vec![ACME]), ("F", vec![FABRIKAM]), ("x", vec![]), (" ", vec![FABRIKAM, ACME])] {
            let wanted = Wanted { prefix: Some(prefix), seen_in: None };
            assert_eq!(ids(customer::list_latest(db, WORKSPACE, wanted, None, 9).await.unwrap()), found, "{prefix}");
            let mut by_name = ids(customer::list_named(db, WORKSPACE, wanted, None, 9).await.unwrap());
            by_name.sort_unstable();
            assert_eq!(by_name.len(), found.len(), "{prefix}");
        }
        commit(db, [timeline::put(place(71, Owner::Customer(ACME), MAILBOX), at(5))]).await;
        let seen = Wanted { prefix: None, seen_in: Some(&[MAILBOX]) };
        assert_eq!(ids(customer::list_latest(db, WORKSPACE, seen, None, 9).await.unwrap()), [ACME]);
        assert_eq!(ids(customer::list_named(db, WORKSPACE, seen, None, 9).await.unwrap()), [ACME]);
        assert_eq!(customer::find(db, Id::from_number(2), ACME).await.unwrap(), None, "another workspace's");
        assert_eq!(person::count_of_customers(db, &[ACME, FABRIKAM]).await.unwrap().len(), 2);
        let kinds = [PersonKind::Person];
        let people = person::list_latest(db, WORKSPACE, Wanted { prefix: Some("bo@"), seen_in: None }, &kinds, None, 9).await.unwrap();
        assert_eq!(people.iter().map(|found| found.id).collect::<Vec<_>>(), [BO]);
        assert_eq!(person::list_latest(db, WORKSPACE, all, &[PersonKind::List], None, 9).await.unwrap(), []);
    }

    async fn filing_by_hand_shows_at_once_and_in_the_ledger(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        furnish(db).await;
        commit(db, [
            timeline::put(place(71, Owner::Workspace(WORKSPACE), MAILBOX), at(40)),
            timeline::put(place(71, Owner::Customer(ACME), MAILBOX), at(40)),
            filing::insert(&Filing { thread: thread(71), customer: ACME, rule: FilingRule::Domain, because: "bo@acme.example".to_owned(), filed_at: at(1) }),
            customer::refresh(ACME, 1),
        ]).await;
        assert_eq!(customer::find(db, WORKSPACE, ACME).await.unwrap().unwrap().thread_count, 1);
        commit(db, filing::file(WORKSPACE, thread(71), &[FABRIKAM, FABRIKAM], "anna", at(50))).await;
        let filings = filing::of_threads(db, &[thread(71), thread(72)]).await.unwrap();
        assert_eq!(filings, [Filing { thread: thread(71), customer: FABRIKAM, rule: FilingRule::Hand, because: "anna".to_owned(), filed_at: at(50) }]);
        assert_eq!(filing::by_hand_of(db, &[thread(71)]).await.unwrap()[0].actor, "anna");
        assert_eq!(page(db, Owner::Customer(ACME), None).await, []);
        assert_eq!(page(db, Owner::Customer(FABRIKAM), None).await, [(71, 40)]);
        let counts = [ACME, FABRIKAM].map(|id| customer::find(db, WORKSPACE, id));
        let [acme, fabrikam] = counts;
        assert_eq!((acme.await.unwrap().unwrap().thread_count, fabrikam.await.unwrap().unwrap().thread_count), (0, 1));
        let events = ledger::read(db, WORKSPACE, 0, 9).await.unwrap();
        let told = events.last().unwrap();
        assert_eq!((told.kind, told.subject), (EventKind::ThreadFiled, 71));
        assert_eq!(told.data, serde_json::json!({ "customers": [FABRIKAM], "by_hand": true }));
        commit(db, filing::file(WORKSPACE, thread(71), &[], "anna", at(60))).await;
        assert_eq!(filing::of_threads(db, &[thread(71)]).await.unwrap(), []);
        commit(db, filing::follow_rules(WORKSPACE, thread(71), "anna", at(70))).await;
        assert_eq!(filing::by_hand_of(db, &[thread(71)]).await.unwrap(), []);
        assert_eq!(refused(try_commit(db, filing::file(WORKSPACE, thread(99), &[ACME], "anna", at(50))).await), filing::THREAD_IS_THERE);
        assert_eq!(refused(try_commit(db, filing::file(WORKSPACE, thread(71), &[Id::from_number(1)], "anna", at(50))).await), customer::IS_THERE);
        assert_eq!(refused(try_commit(db, filing::file(Id::from_number(2), thread(71), &[], "anna", at(50))).await), filing::THREAD_IS_THERE);
    }

    async fn domains_and_merged_customers_take_their_people_along(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        furnish(db).await;
        commit(db, customer::rename(WORKSPACE, ACME, "ACME Ltd", at(1))).await;
        commit(db, customer::add_domain(WORKSPACE, ACME, "fabrikam.example", "anna", at(2))).await;
        assert_eq!(person::find(db, WORKSPACE, ADA).await.unwrap().unwrap().customer, Some(ACME));
        commit(db, customer::remove_domain(WORKSPACE, ACME, "fabrikam.example", "anna", at(3))).await;
        assert_eq!(person::find(db, WORKSPACE, ADA).await.unwrap().unwrap().customer, None);
        let domains = customer::by_domains(db, WORKSPACE, &["fabrikam.example"]).await.unwrap();
        assert_eq!((domains[0].customer, domains[0].by_hand), (None, true), "nobody's by hand");
        assert_eq!(refused(try_commit(db, customer::remove_domain(WORKSPACE, ACME, "fabrikam.example", "anna", at(3))).await), customer::IS_ITS_DOMAIN);
        commit(db, customer::merge(WORKSPACE, ACME, FABRIKAM, "anna", at(4))).await;
        let acme = customer::find(db, WORKSPACE, ACME).await.unwrap().unwrap();
        assert_eq!((acme.merged_into, acme.name.as_str()), (Some(FABRIKAM), "ACME Ltd"));
        assert_eq!(person::find(db, WORKSPACE, BO).await.unwrap().unwrap().customer, Some(FABRIKAM));
        assert_eq!(customer::domains_of(db, &[FABRIKAM]).await.unwrap()[0].domain, "acme.example");
        assert_eq!(customer::list_latest(db, WORKSPACE, Wanted::default(), None, 9).await.unwrap().len(), 1);
        for statements in [
            customer::merge(WORKSPACE, ACME, FABRIKAM, "anna", at(5)),
            customer::merge(WORKSPACE, FABRIKAM, FABRIKAM, "anna", at(5)),
            customer::rename(WORKSPACE, ACME, "x", at(5)),
            customer::rename(Id::from_number(2), FABRIKAM, "x", at(5)),
        ] {
            assert_eq!(refused(try_commit(db, statements).await), customer::IS_THERE);
        }
        let scopes: Vec<Scope> = refiling::list(db, WORKSPACE, None, 9).await.unwrap().into_iter().map(|refiling| refiling.scope).collect();
        assert_eq!(scopes, [Scope::Customer(ACME), Scope::Domain("fabrikam.example".to_owned()), Scope::Domain("fabrikam.example".to_owned())]);
    }

    async fn an_address_moves_and_who_has_none_left_is_a_signpost(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        furnish(db).await;
        commit(db, person::rename(WORKSPACE, BO, "Bo Ek", at(1))).await;
        commit(db, person::add_address(WORKSPACE, &address(BO, "bo@home.example"), "anna")).await;
        assert_eq!(refused(try_commit(db, person::add_address(WORKSPACE, &address(BO, "ada@fabrikam.example"), "anna")).await), person::IS_NOBODYS);
        commit(db, person::move_address(WORKSPACE, "bo@acme.example", BO, ADA, "anna", at(2))).await;
        assert_eq!(person::find(db, WORKSPACE, BO).await.unwrap().unwrap().merged_into, None);
        assert_eq!(refused(try_commit(db, person::move_address(WORKSPACE, "bo@acme.example", BO, ADA, "anna", at(2))).await), person::IS_ITS_ADDRESS);
        commit(db, person::move_address(WORKSPACE, "bo@home.example", BO, ADA, "anna", at(3))).await;
        let bo = person::find(db, WORKSPACE, BO).await.unwrap().unwrap();
        assert_eq!((bo.merged_into, bo.name.as_str(), bo.named_by_hand), (Some(ADA), "Bo Ek", true));
        let addresses = person::addresses_of(db, &[ADA, BO]).await.unwrap();
        assert_eq!(addresses.iter().map(|found| (found.address.as_str(), found.by_hand)).collect::<Vec<_>>(),
            [("ada@fabrikam.example", false), ("bo@acme.example", true), ("bo@home.example", true)]);
        commit(db, person::set_customer(WORKSPACE, ADA, Some(ACME), "anna", at(4))).await;
        commit(db, customer::add_domain(WORKSPACE, FABRIKAM, "fabrikam.example", "anna", at(5))).await;
        assert_eq!(person::find(db, WORKSPACE, ADA).await.unwrap().unwrap().customer, Some(ACME), "by hand wins");
        commit(db, person::follow_domain(WORKSPACE, ADA, "anna", at(6))).await;
        assert_eq!(person::find(db, WORKSPACE, ADA).await.unwrap().unwrap().customer, Some(FABRIKAM));
        assert_eq!(refused(try_commit(db, person::set_customer(WORKSPACE, ADA, Some(Id::from_number(1)), "anna", at(7))).await), person::IS_THERE);
    }

    async fn a_refiling_walks_its_threads_once_and_what_was_decided_before_a_change_by_hand_is_refused(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        furnish(db).await;
        let before = refiling::book_version(db, WORKSPACE).await.unwrap();
        commit(db, [refiling::hold_book(WORKSPACE, before)]).await;
        let exclusion = Exclusion { kind: ExclusionKind::Domain, value: "law.example".to_owned(), why: "Counsel".to_owned(), actor: "anna".to_owned(), added_at: at(9) };
        commit(db, exclusion::add(WORKSPACE, &exclusion)).await;
        assert_eq!(refused(try_commit(db, [refiling::hold_book(WORKSPACE, before)]).await), "nothing was changed by hand meanwhile");
        assert_eq!(exclusion::list(db, WORKSPACE).await.unwrap(), [exclusion]);
        let refiling = refiling::next(db, WORKSPACE).await.unwrap().unwrap();
        assert_eq!((refiling.scope.clone(), refiling.done), (Scope::Everything, 0));
        assert_eq!(refiling::threads(db, &refiling, 1).await.unwrap(), [thread(71)]);
        commit(db, [refiling::progress(refiling.id, thread(71), 1, None)]).await;
        let refiling = refiling::next(db, WORKSPACE).await.unwrap().unwrap();
        assert_eq!(refiling::threads(db, &refiling, 9).await.unwrap(), [thread(72)]);
        commit(db, [refiling::progress(refiling.id, thread(72), 1, Some(at(10)))]).await;
        assert_eq!(refiling::next(db, WORKSPACE).await.unwrap(), None);
        let done = refiling::find(db, WORKSPACE, refiling.id).await.unwrap().unwrap();
        assert_eq!((done.done, done.finished_at), (2, Some(at(10))));
        commit(db, [
            timeline::put(place(71, Owner::Person(BO), MAILBOX), at(1)),
            timeline::put(place(71, Owner::Person(BO), OTHER_MAILBOX), at(1)),
            filing::insert(&Filing { thread: thread(72), customer: ACME, rule: FilingRule::Domain, because: "b".to_owned(), filed_at: at(1) }),
        ]).await;
        for (scope, threads) in [
            (Scope::Person(BO), vec![thread(71)]),
            (Scope::Domain("acme.example".to_owned()), vec![thread(71)]),
            (Scope::Customer(ACME), vec![thread(72)]),
            (Scope::Thread(thread(72)), vec![thread(72)]),
        ] {
            let asked = refiling::Refiling { scope, after_thread: thread(0), ..done.clone() };
            assert_eq!(refiling::threads(db, &asked, 9).await.unwrap(), threads, "{:?}", asked.scope);
        }
        commit(db, exclusion::remove(WORKSPACE, ExclusionKind::Domain, "law.example", "anna", at(11))).await;
        commit(db, exclusion::set_own_domains(WORKSPACE, &["a.example".to_owned(), "b.example".to_owned()], "anna", at(12))).await;
        commit(db, exclusion::set_own_domains(WORKSPACE, &["b.example".to_owned()], "anna", at(13))).await;
        assert_eq!(exclusion::own_domains(db, WORKSPACE).await.unwrap(), ["b.example"]);
        assert_eq!(exclusion::list(db, WORKSPACE).await.unwrap(), []);
    }

    async fn how_much_of_a_mailbox_others_see_is_kept(world: World) {
        use model::mailbox::Visibility;
        let world = world.furnished().await;
        let seen = async || store::mailbox::find(&world.db, MAILBOX).await.unwrap().unwrap().visibility;
        assert_eq!(seen().await, Visibility::Everything);
        commit(&world.db, [store::mailbox::set_visibility(MAILBOX, Visibility::Metadata)]).await;
        assert_eq!(seen().await, Visibility::Metadata);
    }
}
