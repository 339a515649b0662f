//! Contacts, told on the simulator: what Outlook has is mirrored, put together with what files and programs bring, and what is joined
//! can be parted again; after any schedule of faults, crashes and changes on both sides every source contact is in one contact, as the
//! rules have it.
#![allow(clippy::unwrap_used, reason = "a test fails by stopping where something is wrong")]
#![allow(clippy::print_stdout, reason = "what the schedules met is for people to read")]
#![allow(clippy::disallowed_methods, reason = "a test program reads its wishes from the environment")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use api::access::{Scope, Scopes};
use e2e::program::{self, Answer};
use e2e::random::Random;
use e2e::story::{arm, on_a_world, rest, weather, while_it_works};
use e2e::world::{WORKSPACE, World, small_pieces};
use http::Method;
use microsoft365_sim::mailbox::contacts::Photo;
use model::contact::{Contact, SourceContact, merge};
use model::id::{ContactId, SourceContactId};
use serde_json::{Value, json};
use store::connection::{self, ConnectionState};
use store::contact::Wanted;
use store::{Phase, Transaction, contact, contact_book, contact_saying, source_contact, workspace};

const ANNA: &str = "anna@contoso.example";
const HOUR: Duration = Duration::from_secs(3600);
const POINTS: [&str; 8] = [
    "pull.contact_folders",
    "pull.contact_round",
    "pull.contact_piece",
    "pull.contacts",
    "pull.contacts_end",
    "pull.contacts_again",
    "decide.contacts",
    "decide.proposals",
];
const PATHS: [&str; 2] = ["/contactFolders", "/contacts"];

fn story(seed: u64, told: impl AsyncFnOnce(&mut World)) {
    on_a_world(seed, small_pieces(), async |world, _| {
        world.make_person(ANNA, "Anna Alm");
        let region = workspace::set_region(WORKSPACE, Some("ID"));
        world.house.db.commit(Transaction::new("test.region").with(region)).await.unwrap();
        told(world).await;
    });
}

fn person(name: &str, phone: &str, address: &str) -> Value {
    let mut contact = json!({"displayName": name});
    if !phone.is_empty() {
        contact["mobilePhone"] = phone.into();
    }
    if !address.is_empty() {
        contact["emailAddresses"] = json!([{"name": name, "address": address}]);
    }
    contact
}

/// What the account has: id, name, folder.
fn there(world: &World) -> BTreeSet<(String, String)> {
    let state = world.sim.control().contacts(ANNA).unwrap();
    let contacts = state.folders.into_iter().flat_map(|folder| folder.contacts);
    contacts.map(|contact| (contact.id, contact.properties["displayName"].as_str().unwrap_or_default().to_owned())).collect()
}

/// What is kept of it.
async fn here(world: &World) -> BTreeSet<(String, String)> {
    let Some(book) = contact_book::list(&world.house.db, WORKSPACE).await.unwrap().into_iter().find(|book| book.connection.is_some())
    else {
        return BTreeSet::new();
    };
    let all = source_contact::all(&world.house.db, WORKSPACE).await.unwrap();
    all.into_iter().filter(|kept| kept.source.book == book.id).map(|kept| (kept.foreign_id, kept.source.card.name.shown())).collect()
}

async fn contacts(world: &World) -> Vec<Contact> {
    let found = contact::list(&world.house.db, WORKSPACE, Wanted::default(), None, 10_000).await.unwrap();
    found.into_iter().map(|kept| kept.contact).collect()
}

/// Whatever happened: nothing is left to decide, and the contacts are what the rules make of the source contacts.
async fn assert_put_together(world: &World) {
    let db = &world.house.db;
    let kept = source_contact::all(db, WORKSPACE).await.unwrap();
    assert!(kept.iter().all(|kept| kept.pending.is_none()), "something is left to decide");
    let mut hands = contact_saying::hands(db, WORKSPACE, None).await.unwrap();
    for kept in &kept {
        if let Some(name) = &kept.named {
            hands.name(kept.source.id, name);
        }
    }
    let sources: Vec<SourceContact> = kept.iter().map(|kept| kept.source.clone()).collect();
    let mut found = contacts(world).await;
    found.sort_by_key(|contact| contact.id);
    assert_eq!(found, merge(&sources, &hands).contacts);
    let place: BTreeMap<SourceContactId, i64> =
        found.iter().flat_map(|contact| contact.sources.iter().map(|source| (*source, contact.id.number()))).collect();
    for kept in &kept {
        assert_eq!(kept.contact.map(ContactId::number), place.get(&kept.source.id).copied(), "each knows where it is");
    }
}

#[test]
fn what_stands_in_contact_folders_is_mirrored_and_changes_follow() {
    story(1, async |world| {
        let control = world.sim.control();
        let friends = control.create_contact_folder(ANNA, "contacts", "Friends").unwrap();
        let old = control.create_contact_folder(ANNA, &friends, "Old friends").unwrap();
        for number in 0..12 {
            let folder = [friends.as_str(), &old, "contacts"][number % 3];
            let contact = person(&format!("Person {number}"), &format!("0812 3456 78{number:02}"), "");
            control.create_contact(ANNA, folder, &contact).unwrap();
        }
        world.connect_contacts(ANNA).await.unwrap();
        assert!(rest(world, HOUR).await);
        assert_eq!(here(world).await, there(world));
        assert_eq!(here(world).await.len(), 12);
        assert_put_together(world).await;
        let all: Vec<(String, String)> = there(world).into_iter().collect();
        control.change_contact(ANNA, &all[0].0, &json!({"displayName": "Somebody Else"})).unwrap();
        control.delete_contact(ANNA, &all[1].0).unwrap();
        control.create_contact(ANNA, &friends, &person("New One", "", "new@acme.example")).unwrap();
        assert!(rest(world, HOUR).await);
        assert_eq!(here(world).await, there(world));
        control.delete_contact_folder(ANNA, &old).unwrap();
        assert!(rest(world, HOUR).await);
        assert_eq!(here(world).await, there(world));
        assert_put_together(world).await;
    });
}

async fn key(world: &World, scopes: &[Scope]) -> String {
    let scopes: Scopes = scopes.iter().copied().collect();
    program::key(world, &scopes.to_string()).await
}

/// Asks the API while the program goes on with its work.
async fn ask(world: &World, key: &str, method: Method, path: &str, body: Option<Value>) -> Answer {
    while_it_works(world, program::ask(world, key, method, path, body.as_ref(), "")).await
}

async fn get(world: &World, key: &str, path: &str) -> Value {
    let answer = ask(world, key, Method::GET, path, None).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

/// Brings a file as a program does; what came of it.
async fn bring(world: &World, key: &str, origin: &str, whole: bool, table: &str) -> Value {
    let path = format!("http://localhost:3000/api/v1/contact-files?origin={origin}&book=export&whole={whole}");
    let request = http::Request::builder().method(Method::POST).uri(path).header("authorization", format!("Bearer {key}"));
    let answer = program::send(&world.house.router, request.body(axum::body::Body::from(table.to_owned())).unwrap()).await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert!(rest(world, Duration::from_secs(30)).await);
    get(world, key, &format!("/api/v1/contact-syncs/{}", answer.json()["sync"]["id"].as_str().unwrap())).await
}

fn counts(sync: &Value) -> [i64; 4] {
    ["new", "updated", "merged", "skipped"].map(|name| sync[name].as_i64().unwrap())
}

#[test]
fn one_person_of_three_sources_is_one_contact_and_every_merge_can_be_undone() {
    story(2, async |world| {
        let control = world.sim.control();
        control.create_contact(ANNA, "contacts", &person("Budi Santoso", "0812-3456-7890", "budi@acme.example")).unwrap();
        control.create_contact(ANNA, "contacts", &person("Citra", "", "citra@acme.example")).unwrap();
        let key = key(world, &[Scope::Read, Scope::Write, Scope::Connect]).await;
        let whatsapp = "Name,Phone\nBudi 🏍,628123456 7890\nDewi,62 813 1111 2222\n";
        assert_eq!(counts(&bring(world, &key, "whatsapp", true, whatsapp).await), [2, 0, 0, 0]);
        let google = "Name,Phone,Email\nB. Santoso,+62 812 3456 7890,\nCitra Dewi,,citra@acme.example\nNobody,14045,\n";
        assert_eq!(counts(&bring(world, &key, "google", true, google).await), [0, 0, 1, 2]);
        world.connect_contacts(ANNA).await.unwrap();
        assert!(rest(world, HOUR).await);
        assert_put_together(world).await;
        let list = get(world, &key, "/api/v1/contacts?search=0812%203456%207890").await;
        let budi = &list["data"][0];
        assert_eq!((&budi["name"], &budi["source"], list["data"].as_array().unwrap().len()), (&json!("Budi Santoso"), &json!("both"), 1));
        assert_eq!(budi["origins"], json!(["outlook", "google", "whatsapp"]));
        assert_eq!(budi["evidence"][0]["value"], "+6281234567890");
        let whole = get(world, &key, &format!("/api/v1/contacts/{}", budi["id"].as_str().unwrap())).await;
        assert_eq!(whole["cards"].as_array().unwrap().len(), 3);
        let before = contacts(world).await;

        // All merges are undone: each source contact is a contact of its own, as it came.
        undo_all(world, &key).await;
        let apart = contacts(world).await;
        assert_eq!(apart.len(), 7, "two of WhatsApp, three of Google, two of Outlook");
        assert!(apart.iter().all(|contact| contact.sources.len() == 1));
        // Coming again does not join them; taking it back does.
        assert_eq!(counts(&bring(world, &key, "google", true, google).await), [0, 0, 0, 0]);
        assert_eq!(contacts(world).await, apart);
        for contact in &apart {
            let path = format!("/api/v1/contacts/{}/sayings", ContactId::from_number(contact.id.number()));
            let answer = ask(world, &key, Method::DELETE, &path, None).await;
            assert!([204, 404].contains(&answer.status), "it may be in another by now: {}", answer.text());
        }
        assert_put_together(world).await;
        assert_eq!(contacts(world).await, before);
    });
}

/// Parts every contact of several source contacts until there is none.
async fn undo_all(world: &World, key: &str) {
    while let Some(merged) = contacts(world).await.into_iter().find(|contact| contact.sources.len() > 1) {
        let path = format!("/api/v1/contacts/{}/part", ContactId::from_number(merged.id.number()));
        let answer = ask(world, key, Method::POST, &path, Some(json!({ "sources": [merged.sources[0]] }))).await;
        assert_eq!(answer.status, 204, "{}", answer.text());
    }
    assert_put_together(world).await;
}

#[test]
fn people_join_what_is_proposed_name_it_and_say_what_is_shared() {
    story(3, async |world| {
        let key = key(world, &[Scope::Read, Scope::Write]).await;
        let table = "Name,Phone,Email,Company\nBudi Santoso,0812 3456 7890,,Acme\nBudi Santoso,,budi.s@home.example,Acme\n\
            Citra Dewi,0813 1111 2222,,\nCitra Dewi,0813 1111 2222,citra@acme.example,\n";
        bring(world, &key, "google", true, table).await;
        assert_eq!(contacts(world).await.len(), 3);
        assert!(rest(world, HOUR).await);
        let proposals = get(world, &key, "/api/v1/contact-proposals").await;
        let pair = &proposals["data"][0];
        assert_eq!(pair["reasons"][0], "They have the same name.");
        let ids: Vec<&Value> = pair["contacts"].as_array().unwrap().iter().map(|contact| &contact["id"]).collect();
        let joined = ask(world, &key, Method::POST, "/api/v1/contacts/join", Some(json!({ "contacts": ids }))).await;
        assert_eq!(joined.status, 200, "{}", joined.text());
        let joined = joined.json();
        assert_eq!((joined["cards"].as_array().unwrap().len(), &joined["evidence"][0]["because"]), (2, &json!("by_hand")));
        let path = format!("/api/v1/contacts/{}", joined["id"].as_str().unwrap());
        let named = ask(world, &key, Method::PATCH, &path, Some(json!({ "name": "Pak Budi" }))).await.json();
        assert_eq!((&named["name"], &named["name_reason"]), (&json!("Pak Budi"), &json!("A person set it.")));
        assert_put_together(world).await;
        assert!(rest(world, HOUR).await);
        assert_eq!(get(world, &key, "/api/v1/contact-proposals").await["data"], json!([]), "what was decided is proposed no more");
        let mark = json!({ "value": "0813 1111 2222", "shared": true });
        assert_eq!(ask(world, &key, Method::PUT, "/api/v1/contact-marks", Some(mark)).await.status, 204);
        assert!(rest(world, Duration::from_secs(30)).await);
        assert_eq!(contacts(world).await.len(), 3, "a number that is shared joins nobody");
        let wrong = ask(world, &key, Method::PUT, "/api/v1/contact-marks", Some(json!({ "value": "???", "shared": true }))).await;
        assert_eq!((wrong.status, &wrong.json()["code"]), (422, &json!("no_number_or_address")));
        assert_put_together(world).await;
    });
}

#[test]
fn a_program_brings_and_takes_away_and_numbers_are_read_again_with_another_region() {
    story(4, async |world| {
        let key = key(world, &[Scope::Admin]).await;
        let path = "/api/v1/contact-books/crm/contacts/42";
        let contact = json!({ "name": "Bo Ek", "phones": ["030 12345678"], "addresses": ["bo@acme.example"] });
        assert_eq!(ask(world, &key, Method::PUT, path, Some(contact)).await.status, 202);
        assert!(rest(world, Duration::from_secs(30)).await);
        assert_eq!(contacts(world).await[0].phones.len(), 0, "no number of Indonesia");
        let region = ask(world, &key, Method::PUT, "/api/v1/contact-region", Some(json!({ "region": "de" }))).await;
        assert_eq!(region.json()["region"], "DE");
        assert!(rest(world, Duration::from_secs(30)).await);
        assert_eq!(contacts(world).await[0].phones[0].value.e164, "+493012345678");
        assert_eq!(ask(world, &key, Method::PUT, "/api/v1/contact-region", Some(json!({ "region": "XQ" }))).await.status, 422);
        let cards = ask(world, &key, Method::GET, "/api/v1/contacts/export?version=3", None).await.text();
        assert!(cards.contains("FN:Bo Ek") && cards.contains("+493012345678"), "{cards}");
        assert_eq!(ask(world, &key, Method::DELETE, path, None).await.status, 204);
        assert!(rest(world, Duration::from_secs(30)).await);
        assert_eq!(contacts(world).await, []);
        assert_eq!(ask(world, &key, Method::DELETE, path, None).await.status, 404);
        let changes = get(world, &key, "/api/v1/changes?after=0&limit=200").await;
        let told: Vec<&str> = changes["data"].as_array().unwrap().iter().filter_map(|change| change["type"].as_str()).collect();
        assert_eq!(told.iter().filter(|kind| kind.starts_with("contact.")).collect::<Vec<_>>().len(), 3, "{told:?}");
    });
}

#[test]
fn the_compatible_route_synchronises_and_says_why_nothing_came() {
    story(5, async |world| {
        let key = key(world, &[Scope::Read, Scope::Write, Scope::Connect]).await;
        let sync = "/api/outlook/sync-contacts";
        let none = ask(world, &key, Method::POST, sync, None).await;
        assert_eq!((none.status, &none.json()["title"]), (409, &json!("No Microsoft tokens found for session.")));
        world.connect_contacts(ANNA).await.unwrap();
        assert!(rest(world, HOUR).await);
        let control = world.sim.control();
        control.create_contact(ANNA, "contacts", &person("Budi", "0812 3456 7890", "")).unwrap();
        control.create_contact(ANNA, "contacts", &person("Nobody", "", "nobody@acme.example")).unwrap();
        let synced = ask(world, &key, Method::POST, sync, None).await;
        assert_eq!(synced.status, 200, "{}", synced.text());
        let synced = synced.json();
        let figures = ["success", "total", "added", "updated", "merged", "skipped"].map(|name| synced[name].clone());
        assert_eq!(figures, [json!(true), json!(2), json!(1), json!(0), json!(0), json!(1)]);
        let skipped = get(world, &key, synced["details"]["skipped"].as_str().unwrap()).await;
        assert_eq!(skipped["data"][0]["source"]["name"], "Nobody");
        let again = ask(world, &key, Method::POST, sync, None).await.json();
        assert_eq!((&again["total"], again["message"].is_string()), (&json!(0), true));
        world.sim.control().revoke_sessions(ANNA);
        world.advance(HOUR * 2);
        let refused = ask(world, &key, Method::POST, sync, None).await;
        assert!(refused.status >= 400 && refused.json()["action"].as_str().is_some_and(|action| !action.is_empty()), "{}", refused.text());
        let stopped = &connection::list(&world.house.db, WORKSPACE).await.unwrap()[0];
        assert_eq!(stopped.state, ConnectionState::Reconnect);
        world.connect_contacts(ANNA).await.unwrap();
        assert!(rest(world, HOUR).await);
        assert_eq!(here(world).await, there(world));
        let ended = ask(world, &key, Method::POST, "/api/outlook/disconnect", Some(json!({ "erase": true }))).await;
        assert_eq!(ended.status, 200, "{}", ended.text());
        assert!(rest(world, HOUR).await);
        assert_eq!((contacts(world).await.len(), contact_book::list(&world.house.db, WORKSPACE).await.unwrap().len()), (0, 0));
    });
}

#[test]
fn after_any_schedule_the_mirror_equals_the_source_and_each_is_in_one_contact() {
    let wish = |name: &str| std::env::var(name).ok().and_then(|wish| wish.parse::<u64>().ok());
    let seeds = wish("RAPPORT_TEST_CONTACTS_SEEDS").unwrap_or(25);
    let first = wish("RAPPORT_TEST_CONTACTS_SEED").unwrap_or(1);
    let (mut crashes, mut changes, mut left) = (0, 0, 0);
    for seed in first..first + seeds {
        story(seed, async |world| {
            let mut random = Random::seeded(seed);
            changes += schedule(world, &mut random, seed).await;
            assert_eq!(here(world).await, there(world), "seed {seed}: RAPPORT_TEST_CONTACTS_SEED={seed} replays it");
            assert_put_together(world).await;
            crashes += world.crashes().stops.len();
            left += contacts(world).await.len();
        });
    }
    println!("contacts, {seeds} schedules: {changes} changes, {crashes} crashes, {left} contacts at the end");
    assert!(crashes as u64 >= seeds / 4 && left > 0, "the schedules met too little");
}

/// Changes on both sides and trouble in between; how many changes.
async fn schedule(world: &mut World, random: &mut Random, seed: u64) -> usize {
    let key = key(world, &[Scope::Read, Scope::Write]).await;
    world.connect_contacts(ANNA).await.unwrap();
    let mut made = 0;
    for round in 0..6 {
        world.sim.control().set_faults(weather(seed * 10 + round, random, &PATHS));
        for _ in 0..1 + random.below(6) {
            made += usize::from(change(world, random));
            made += usize::from(say_something(world, random, &key).await);
        }
        arm(world, random, &POINTS);
        if random.one_in(6) {
            let fault = json!({"kind": "deltaExpired", "when": "nth", "nth": 1, "matches": {"path": "/contacts"}});
            world.sim.control().set_faults(serde_json::from_value(json!({"seed": 1, "faults": [fault]})).unwrap());
        }
        if !rest(world, HOUR * (1 + random.below(10) as u32)).await {
            world.restart().await;
        }
    }
    world.crashes().armed = None;
    world.sim.control().set_faults(serde_json::from_value(json!({"seed": 1, "faults": []})).unwrap());
    assert!(rest(world, HOUR * 4).await);
    made
}

/// One change in Anna's contacts by another client; false if it was refused there.
fn change(world: &World, random: &mut Random) -> bool {
    let control = world.sim.control();
    let all: Vec<String> = there(world).into_iter().map(|(id, _)| id).collect();
    let folders: Vec<String> = control.contacts(ANNA).unwrap().folders.into_iter().map(|folder| folder.id).collect();
    let name = format!("{} {}", random.choose(&["Bo", "Anna", "Cy"]), random.choose(&["Ek", "Berg", "Dahl"]));
    let phone = format!("0812 3456 78{:02}", random.below(6));
    let address = if random.one_in(2) { format!("p{}@acme.example", random.below(4)) } else { String::new() };
    match random.below(9) {
        0..=3 => control.create_contact(ANNA, random.choose::<String>(&folders), &person(&name, &phone, &address)).is_ok(),
        4 => control.create_contact_folder(ANNA, "contacts", &format!("Folder {}", random.below(4))).is_ok(),
        5 if folders.len() > 1 => control.delete_contact_folder(ANNA, &folders[1 + random.below(folders.len() - 1)]).is_ok(),
        _ if all.is_empty() => false,
        6 => control.delete_contact(ANNA, random.choose::<String>(&all)).is_ok(),
        _ => control.change_contact(ANNA, random.choose::<String>(&all), &person(&name, &phone, &address)).is_ok(),
    }
}

/// One thing that a person says or a program brings, here.
async fn say_something(world: &World, random: &mut Random, key: &str) -> bool {
    let all = contacts(world).await;
    let id = |contact: &Contact| ContactId::from_number(contact.id.number()).to_string();
    let (method, path, body) = match random.below(4) {
        0 => {
            let (number, phone) = (random.below(5), format!("0812 3456 78{:02}", random.below(6)));
            let body = json!({ "name": format!("Brought {number}"), "phones": [phone] });
            (Method::PUT, format!("/api/v1/contact-books/crm/contacts/{number}"), body)
        }
        _ if all.len() < 2 => return false,
        1 => {
            let (one, other) = (random.below(all.len()), random.below(all.len()));
            (Method::POST, "/api/v1/contacts/join".to_owned(), json!({ "contacts": [id(&all[one]), id(&all[other])] }))
        }
        2 => {
            let one: &Contact = &all[random.below(all.len())];
            (Method::POST, format!("/api/v1/contacts/{}/part", id(one)), json!({ "sources": [one.sources[0]] }))
        }
        _ => (Method::PATCH, format!("/api/v1/contacts/{}", id(&all[random.below(all.len())])), json!({ "name": "By hand" })),
    };
    // Not waited for: the program may be stopped in the midst of it.
    let asked = program::ask(world, key, method, &path, Some(&body), "");
    tokio::time::timeout(Duration::from_millis(60), asked).await.is_ok_and(|answer| answer.status < 300)
}

#[test]
fn what_goes_while_a_first_page_is_read_again_goes_here_too() {
    story(10, async |world| {
        for number in 0..8 {
            let contact = person(&format!("Person {number}"), &format!("0812 3456 78{number:02}"), "");
            world.sim.control().create_contact(ANNA, "contacts", &contact).unwrap();
        }
        world.connect_contacts(ANNA).await.unwrap();
        world.crashes().armed = Some(("pull.contacts", Phase::Before));
        assert!(!rest(world, HOUR).await, "some of the page is kept, its place is not");
        let kept: Vec<(String, String)> = here(world).await.into_iter().collect();
        world.sim.control().delete_contact(ANNA, &kept[0].0).unwrap();
        world.restart().await;
        assert!(rest(world, HOUR).await);
        assert_eq!(here(world).await, there(world));
        assert_put_together(world).await;
    });
}

#[test]
fn a_contacts_picture_is_the_one_at_outlook_and_what_is_no_picture_is_not_shown() {
    story(9, async |world| {
        let control = world.sim.control();
        control.create_contact(ANNA, "contacts", &person("Budi Santoso", "0812-3456-7890", "")).unwrap();
        world.connect_contacts(ANNA).await.unwrap();
        assert!(rest(world, HOUR).await);
        let key = key(world, &[Scope::Read]).await;
        let found = get(world, &key, "/api/v1/contacts").await["data"][0]["id"].as_str().unwrap().to_owned();
        let path = format!("/api/v1/contacts/{found}/photo");
        assert_eq!(ask(world, &key, Method::GET, &path, None).await.status, 204);
        let id = there(world).into_iter().next().unwrap().0;
        let jpeg = bytes::Bytes::from_static(b"\xFF\xD8\xFF\xE0 a picture");
        let photo = |bytes: &bytes::Bytes| Some(Photo { bytes: bytes.clone(), content_type: "image/jpeg".to_owned(), size: (1, 1) });
        control.set_contact_photo(ANNA, &id, photo(&jpeg)).unwrap();
        let answer = ask(world, &key, Method::GET, &path, None).await;
        assert_eq!((answer.status, answer.headers["content-type"].to_str().unwrap()), (200, "image/jpeg"));
        assert_eq!(answer.bytes, jpeg);
        control.set_contact_photo(ANNA, &id, photo(&bytes::Bytes::from_static(b"<svg onload=x()>"))).unwrap();
        assert_eq!(ask(world, &key, Method::GET, &path, None).await.status, 204);
    });
}
