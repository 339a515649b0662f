//! Contacts: source contacts are decided again when something that they share changes, settled only as they were read, and swept
//! away when a pass does not show them; what people said, and what came of synchronisations, is kept.

use model::contact::{Card, Contact, Hands, Key, Name, Origin, Proposal, Reason, Said, SourceContact, keys, merge};
use model::id::{ContactBookId, ContactFolderId, ContactId, ContactSyncId, SourceContactId};
use model::phone::{self, Region};
use store::contact::{self as rows, Wanted};
use store::contact_book::{self, ContactBook, ContactFolder};
use store::contact_saying::{self, Speaker};
use store::contact_sync::{self, ContactSync, Outcome};
use store::cursor::CursorKind;
use store::job::JobState;
use store::source_contact::{self, Kept, Pending, Standing};
use store::{Db, Statement, StoreError, Transaction};

use crate::world::{WORKSPACE, World, at, both};

const BOOK: ContactBookId = ContactBookId::from_number(80);
const FOLDER: ContactFolderId = ContactFolderId::from_number(81);
const SYNC: ContactSyncId = ContactSyncId::from_number(82);

async fn commit(db: &Db, statements: impl IntoIterator<Item = Statement>) -> Result<(), StoreError> {
    db.commit(Transaction::new("test.contacts").with_all(statements)).await.map(drop)
}

fn id(number: i64) -> SourceContactId {
    SourceContactId::from_number(number)
}

fn source(number: i64, name: &str, phone: &str) -> SourceContact {
    let phones = phone::read(phone, Region::named("ID"));
    let card = Card { name: Name { display: Some(name.to_owned()), ..Name::default() }, phones, ..Card::default() };
    SourceContact { id: id(number), origin: Origin::Outlook, book: BOOK, card, updated_at: at(number) }
}

fn standing(round: i64) -> Standing {
    Standing { workspace: WORKSPACE, book: BOOK, folder: Some(FOLDER), round, sync: SYNC }
}

async fn with_a_book(world: World) -> World {
    let world = world.furnished().await;
    let book = ContactBook { id: BOOK, ..ContactBook::fresh(WORKSPACE, Origin::Outlook, "anna", None, at(1)) };
    let sync = ContactSync { id: SYNC, ..ContactSync::begun(&book, "test", at(2)) };
    let folder = contact_book::insert_folder(FOLDER, BOOK, "graph-folder", "Contacts");
    commit(&world.db, [contact_book::insert(&book), folder, contact_sync::insert(&sync)]).await.unwrap();
    for (number, name, phone) in [(1, "Bo", "0812 3456 7890"), (2, "Bo Ek", "0812 3456 7890"), (3, "Cy", "0813 1111 2222")] {
        commit(&world.db, source_contact::insert(&source(number, name, phone), &format!("graph-{number}"), standing(1))).await.unwrap();
    }
    world
}

async fn settle_all(db: &Db) {
    for kept in source_contact::all(db, WORKSPACE).await.unwrap() {
        commit(db, [source_contact::settle(kept.source.id, kept.version)]).await.unwrap();
    }
}

async fn pending(db: &Db) -> Vec<i64> {
    source_contact::pending(db, WORKSPACE, 100).await.unwrap().into_iter().map(SourceContactId::number).collect()
}

async fn one(db: &Db, number: i64) -> Kept {
    source_contact::find_many(db, WORKSPACE, &[id(number)]).await.unwrap().remove(0)
}

fn sorted(mut ids: Vec<SourceContactId>) -> Vec<i64> {
    ids.sort_unstable();
    ids.into_iter().map(SourceContactId::number).collect()
}

both! {
    async fn who_shares_something_with_what_changes_is_decided_again(world: World) {
        let db = &with_a_book(world).await.db;
        assert_eq!(pending(db).await, [1, 2, 3]);
        assert_eq!(one(db, 1).await.source, source(1, "Bo", "0812 3456 7890"), "it is read as it was kept");
        settle_all(db).await;
        assert_eq!(pending(db).await, [] as [i64; 0]);
        commit(db, source_contact::update(&source(1, "Bo", "0813 1111 2222"), standing(1))).await.unwrap();
        assert_eq!(pending(db).await, [1, 2], "the other that had the old number may stand alone now");
        assert_eq!(sorted(source_contact::neighbours(db, WORKSPACE, &[id(1)]).await.unwrap()), [1, 3], "and the one that has the new one");
        settle_all(db).await;
        commit(db, [source_contact::gone(&[id(1)])]).await.unwrap();
        assert_eq!(pending(db).await, [1]);
        assert_eq!(sorted(source_contact::neighbours(db, WORKSPACE, &[id(1)]).await.unwrap()), [1, 3], "it keeps its keys until then");
        assert_eq!(one(db, 1).await.pending, Some(Pending::Gone));
        let ids = source_contact::ids_of_book(db, BOOK).await.unwrap();
        assert_eq!(ids.len(), 2, "what is gone is not there any more");
        assert_eq!(source_contact::count_by_book(db, WORKSPACE).await.unwrap(), [(BOOK, 2)]);
    }

    async fn what_changes_while_it_is_decided_is_decided_again(world: World) {
        let db = &with_a_book(world).await.db;
        let read = one(db, 3).await;
        commit(db, source_contact::update(&source(3, "Cy Dahl", ""), standing(1))).await.unwrap();
        let contact = ContactId::from_number(3);
        commit(db, [source_contact::assign(id(3), contact), source_contact::settle(id(3), read.version)]).await.unwrap();
        let now = one(db, 3).await;
        assert_eq!((now.contact, now.pending), (Some(contact), Some(Pending::New)), "it is new as long as it was never decided");
        commit(db, [source_contact::gone(&[id(3)])]).await.unwrap();
        commit(db, source_contact::forget(WORKSPACE, id(3), now.version)).await.unwrap();
        assert_eq!(one(db, 3).await.pending, Some(Pending::Gone), "it was read before it went");
        let gone = one(db, 3).await;
        commit(db, source_contact::forget(WORKSPACE, id(3), gone.version)).await.unwrap();
        assert_eq!(source_contact::find_many(db, WORKSPACE, &[id(3)]).await.unwrap(), []);
    }

    async fn contacts_are_read_by_id_and_numbers_of_several_are_known(world: World) {
        let db = &with_a_book(world).await.db;
        let sources = [source(1, "Bo", "0812 3456 7890"), source(3, "Cy", "0813 1111 2222")];
        let contacts = merge(&sources, &Hands::default()).contacts;
        for contact in &contacts {
            commit(db, [rows::put(WORKSPACE, contact, &serde_json::to_string(contact).unwrap(), at(5))]).await.unwrap();
        }
        assert_eq!(rows::page(db, WORKSPACE, None, 1).await.unwrap(), contacts[..1]);
        assert_eq!(rows::page(db, WORKSPACE, Some(ContactId::from_number(1)), 9).await.unwrap(), contacts[1..]);
        let numbers = ["+6281234567890", "+6281311112222"];
        let apart = [(1, 1), (2, 2), (3, 3)].map(|(number, contact)| source_contact::assign(id(number), ContactId::from_number(contact)));
        commit(db, apart).await.unwrap();
        assert_eq!(rows::shared_numbers(db, WORKSPACE, &numbers).await.unwrap(), ["+6281234567890"]);
        commit(db, [source_contact::assign(id(2), ContactId::from_number(1))]).await.unwrap();
        assert_eq!(rows::shared_numbers(db, WORKSPACE, &numbers).await.unwrap(), [] as [String; 0], "both are one's");
    }

    async fn a_pass_sweeps_away_what_it_did_not_show(world: World) {
        let db = &with_a_book(world).await.db;
        settle_all(db).await;
        commit(db, [source_contact::seen(&[id(1)], Some(FOLDER), 2)]).await.unwrap();
        commit(db, [source_contact::sweep(FOLDER, 2)]).await.unwrap();
        let kept = source_contact::all(db, WORKSPACE).await.unwrap();
        let gone: Vec<i64> = kept.iter().filter(|kept| kept.pending == Some(Pending::Gone)).map(|kept| kept.source.id.number()).collect();
        assert_eq!(sorted(gone.into_iter().map(id).collect()), [2, 3]);
        assert_eq!(sorted(source_contact::neighbours(db, WORKSPACE, &[id(2)]).await.unwrap()), [1, 2], "who shared a number with it is found");
    }

    async fn a_chain_moves_only_from_where_it_was_read(world: World) {
        let db = &with_a_book(world).await.db;
        let folder = contact_book::folders(db, BOOK).await.unwrap().remove(0);
        let next = ContactFolder { kind: CursorKind::Next, link: Some("link".to_owned()), round: 1, ..folder.clone() };
        commit(db, [contact_book::advance(folder.version, &next)]).await.unwrap();
        let refused = commit(db, [contact_book::advance(folder.version, &next)]).await;
        assert!(matches!(refused, Err(StoreError::Refused { .. })), "{refused:?}");
        assert_eq!(contact_book::folders(db, BOOK).await.unwrap()[0], ContactFolder { version: 1, ..next });
        commit(db, [contact_book::look_again(BOOK)]).await.unwrap();
        let book = contact_book::list(db, WORKSPACE).await.unwrap().remove(0);
        assert_eq!((book.look, contact_book::named(db, WORKSPACE, Origin::Outlook, "anna").await.unwrap()), (1, Some(book)));
        assert!(commit(db, [contact_book::looked_through(BOOK, 0, at(9))]).await.is_err(), "another look was begun");
        commit(db, [contact_book::looked_through(BOOK, 1, at(9))]).await.unwrap();
        commit(db, contact_book::remove(BOOK)).await.unwrap();
        assert_eq!(contact_book::folders(db, BOOK).await.unwrap(), []);
    }

    async fn contacts_are_listed_by_name_and_found_by_what_they_have(world: World) {
        let db = &with_a_book(world).await.db;
        let sources = [source(1, "Émile 100%", "0812 3456 7890"), source(2, "bo", "0813 1111 2222"), source(3, "Anna_B", "")];
        let made: Vec<Contact> = merge(&sources, &Hands::default()).contacts;
        for contact in &made {
            let content = serde_json::to_string(contact).unwrap();
            commit(db, [rows::put(WORKSPACE, contact, &content, at(7))]).await.unwrap();
        }
        let names = async |wanted: Wanted<'_>, after: Option<(&str, ContactId)>| {
            let found = rows::list(db, WORKSPACE, wanted, after, 10).await.unwrap();
            found.into_iter().map(|kept| kept.contact.shown()).collect::<Vec<_>>()
        };
        assert_eq!(names(Wanted::default(), None).await, ["Anna_B", "bo", "Émile 100%"]);
        assert_eq!(names(Wanted::default(), Some(("bo", ContactId::from_number(2)))).await, ["Émile 100%"]);
        for (search, found) in [("BO", "bo"), ("0%", "Émile 100%"), ("a_", "Anna_B"), ("+6281311", "bo")] {
            let wanted = Wanted { search: Some(search), ..Wanted::default() };
            assert_eq!(names(wanted, None).await, [found], "{search}");
            assert_eq!(rows::count(db, WORKSPACE, wanted).await.unwrap(), 1);
        }
        assert_eq!(names(Wanted { source: Some("outlook"), ..Wanted::default() }, None).await.len(), 3);
        assert_eq!(names(Wanted { merged: true, ..Wanted::default() }, None).await, [] as [String; 0]);
        let found = rows::find(db, WORKSPACE, ContactId::from_number(2)).await.unwrap().unwrap();
        assert_eq!((&found.contact, found.changed_at), (&made[1], at(7)));
        commit(db, [rows::remove(ContactId::from_number(2)), source_contact::assign(id(1), ContactId::from_number(1))]).await.unwrap();
        assert_eq!(rows::all_contents(db, WORKSPACE).await.unwrap().len(), 2);
        let key = &keys(&sources[0].card)[0];
        assert_eq!(rows::of_sources(db, &[id(1), id(2)]).await.unwrap(), [ContactId::from_number(1)]);
        let proposal = Proposal { contacts: (id(1), id(3)), score: 70, reasons: vec![Reason::SameName, Reason::SameKey(key.clone())] };
        for proposals in [std::slice::from_ref(&proposal), &[]] {
            commit(db, rows::set_proposals(WORKSPACE, proposals)).await.unwrap();
            assert_eq!(rows::proposals(db, WORKSPACE, 10).await.unwrap(), proposals);
        }
    }

    async fn what_people_said_is_kept_and_taken_back(world: World) {
        let db = &with_a_book(world).await.db;
        settle_all(db).await;
        let speaker = Speaker { workspace: WORKSPACE, by: "anna".to_owned(), at: at(5) };
        commit(db, contact_saying::say(&speaker, &[(id(3), id(1))], Said::Joined)).await.unwrap();
        commit(db, contact_saying::say(&speaker, &[(id(1), id(2))], Said::Parted)).await.unwrap();
        assert_eq!(pending(db).await, [1, 2, 3]);
        let key = Key::Phone { e164: "+6281234567890".to_owned(), extension: None };
        commit(db, contact_saying::mark(&speaker, &key, Some(true))).await.unwrap();
        let hands = contact_saying::hands(db, WORKSPACE, None).await.unwrap();
        assert_eq!((hands.said(id(1), id(3)), hands.said(id(2), id(1)), hands.mark(&key)), (Some(Said::Joined), Some(Said::Parted), Some(true)));
        let some = contact_saying::hands(db, WORKSPACE, Some(&[id(2), id(3)])).await.unwrap();
        assert_eq!((some.said(id(1), id(3)), some.mark(&key)), (None, Some(true)), "of the lesser one of a pair only");
        let said = contact_saying::said_of(db, WORKSPACE, &[id(2)]).await.unwrap();
        assert_eq!((said.len(), said[0].said, said[0].by.as_str()), (1, Said::Parted, "anna"));
        assert_eq!(sorted(source_contact::neighbours(db, WORKSPACE, &[id(3)]).await.unwrap()), [1, 3]);
        commit(db, contact_saying::take_back(WORKSPACE, &[(id(1), id(2)), (id(3), id(1))])).await.unwrap();
        commit(db, contact_saying::mark(&speaker, &key, None)).await.unwrap();
        assert_eq!(contact_saying::hands(db, WORKSPACE, None).await.unwrap(), Hands::default());
    }

    async fn a_synchronisation_ends_when_all_of_it_is_decided(world: World) {
        let db = &with_a_book(world).await.db;
        let state = async || contact_sync::find(db, WORKSPACE, SYNC).await.unwrap().unwrap();
        assert_eq!(contact_sync::open(db, BOOK).await.unwrap().map(|open| open.id), Some(SYNC));
        commit(db, [contact_sync::add(SYNC, 3), contact_sync::finish(WORKSPACE, at(9))]).await.unwrap();
        assert_eq!((state().await.state, state().await.total), (JobState::Running, 3));
        commit(db, [contact_sync::pulled(BOOK, at(8)), contact_sync::finish(WORKSPACE, at(9))]).await.unwrap();
        assert_eq!(state().await.state, JobState::Running, "three are still to be decided");
        let no_number = [phone::Reason::TooShort];
        commit(db, [
            contact_sync::line(SYNC, id(1), Outcome::New, &[]),
            contact_sync::line(SYNC, id(2), Outcome::Merged, &[]),
            contact_sync::line(SYNC, id(3), Outcome::Skipped, &no_number),
            contact_sync::line(SYNC, id(3), Outcome::New, &[]),
        ]).await.unwrap();
        settle_all(db).await;
        commit(db, [contact_sync::finish(WORKSPACE, at(9))]).await.unwrap();
        assert_eq!((state().await.state, state().await.ended_at), (JobState::Done, Some(at(9))));
        let mut counts = contact_sync::counts(db, SYNC).await.unwrap();
        counts.sort_by_key(|(outcome, _)| outcome.name());
        assert_eq!(counts, [(Outcome::Merged, 1), (Outcome::New, 1), (Outcome::Skipped, 1)]);
        assert_eq!(contact_sync::lines(db, SYNC, Outcome::Skipped, None, 9).await.unwrap(), [(id(3), no_number.to_vec())]);
        assert_eq!(contact_sync::lines(db, SYNC, Outcome::New, Some(id(1)), 9).await.unwrap(), []);
        assert_eq!(contact_sync::list(db, WORKSPACE, Some(BOOK), None, 9).await.unwrap().len(), 1);
    }
}
