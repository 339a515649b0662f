//! Contacts written back, told on the simulator: what a contact shows stands in the address book at Outlook, once, whatever is lost on the
//! way, and nothing that stands there is lost.
#![allow(clippy::unwrap_used, reason = "a test fails by stopping where something is wrong")]
#![allow(clippy::print_stdout, reason = "what the schedules met is for people to read")]
#![allow(clippy::disallowed_methods, reason = "a test program reads its wishes from the environment")]

use std::time::Duration;

use api::access::{Scope, Scopes};
use e2e::program::{self, Answer};
use e2e::random::Random;
use e2e::story::{on_a_world, rest, weather, while_it_works};
use e2e::world::{WORKSPACE, World, small_pieces};
use http::Method;
use serde_json::{Value, json};
use store::{Transaction, workspace};

const ANNA: &str = "anna@contoso.example";
const HOUR: Duration = Duration::from_secs(3600);
const WRITING: [&str; 3] = ["Contacts.Read", "Contacts.ReadWrite", "User.Read"];

fn story(seed: u64, scopes: &[&str], told: impl AsyncFnOnce(&mut World, String)) {
    on_a_world(seed, small_pieces(), async |world, _| {
        world.make_person(ANNA, "Anna Alm");
        let region = workspace::set_region(WORKSPACE, Some("ID"));
        world.house.db.commit(Transaction::new("test.region").with(region)).await.unwrap();
        world.connect_contacts_permitting(ANNA, scopes).await.unwrap();
        assert!(rest(world, HOUR).await);
        let scopes: Scopes = [Scope::Read, Scope::Write, Scope::Connect].into_iter().collect();
        let key = program::key(world, &scopes.to_string()).await;
        told(world, key).await;
    });
}

/// Somebody whom a program brings.
async fn bring(world: &World, key: &str, name: &str, body: &Value) {
    let path = format!("/api/v1/contact-books/crm/contacts/{name}");
    let answer = program::ask(world, key, Method::PUT, &path, Some(body), "").await;
    assert_eq!(answer.status, 202, "{}", answer.text());
    assert!(rest(world, HOUR).await);
}

/// The contact that is found by this.
async fn contact(world: &World, key: &str, search: &str) -> Value {
    let found = program::ask(world, key, Method::GET, &format!("/api/v1/contacts?search={search}"), None, "").await.json();
    assert_eq!(found["data"].as_array().map(Vec::len), Some(1), "{search}: {found}");
    found["data"][0].clone()
}

async fn book(world: &World, key: &str, origin: &str) -> String {
    let books = program::ask(world, key, Method::GET, "/api/v1/contact-books", None, "").await.json();
    let book = books["data"].as_array().unwrap().iter().find(|book| book["origin"] == origin).unwrap();
    book["id"].as_str().unwrap().to_owned()
}

async fn write(world: &World, key: &str, contact: &Value, book: &str) -> Answer {
    let path = format!("/api/v1/contacts/{}/write-back", contact["id"].as_str().unwrap());
    program::ask(world, key, Method::POST, &path, Some(&json!({ "book": book })), "").await
}

/// What stands at Outlook.
fn there(world: &World) -> Vec<Value> {
    let state = world.sim.control().contacts(ANNA).unwrap();
    state.folders.into_iter().flat_map(|folder| folder.contacts).map(|contact| Value::Object(contact.properties)).collect()
}

fn fault(world: &World, kind: &str, method: &str) {
    let fault = json!({"kind": kind, "when": "nth", "nth": 1, "matches": {"method": method, "path": "/contacts"}});
    world.sim.control().set_faults(serde_json::from_value(json!({"seed": 1, "faults": [fault]})).unwrap());
}

#[test]
fn a_contact_is_made_once_and_what_it_shows_later_is_written_too() {
    story(1, &WRITING, async |world, key| {
        bring(world, &key, "bo", &json!({"name": "Bo Ek", "phones": ["0812 3456 7890"], "organisation": "Acme"})).await;
        let (bo, outlook) = (contact(world, &key, "Bo").await, book(world, &key, "outlook").await);
        let answer = write(world, &key, &bo, &outlook).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!((&answer.json()["made"], &answer.json()["parts"]), (&json!(true), &json!(["name", "organisation", "phones"])));
        assert!(rest(world, HOUR).await);
        let bo = contact(world, &key, "Bo").await;
        assert_eq!(bo["origins"], json!(["outlook", "api"]), "it is one person's");
        let again = write(world, &key, &bo, &outlook).await.json();
        assert_eq!((&again["made"], &again["parts"]), (&json!(false), &json!([])));

        // A name by hand, another address by a program, a note by somebody in Outlook.
        let path = format!("/api/v1/contacts/{}", bo["id"].as_str().unwrap());
        let renamed = program::ask(world, &key, Method::PATCH, &path, Some(&json!({"name": "Pak Bo"})), "").await;
        assert_eq!(renamed.status, 200, "{}", renamed.text());
        bring(world, &key, "bo", &json!({"name": "Bo Ek", "phones": ["0812 3456 7890"], "addresses": ["bo@acme.example"]})).await;
        let id = world.sim.control().contacts(ANNA).unwrap().folders[0].contacts[0].id.clone();
        world.sim.control().change_contact(ANNA, &id, &json!({"personalNotes": "Likes tea"})).unwrap();
        let answer = write(world, &key, &contact(world, &key, "Bo").await, &outlook).await;
        assert_eq!(answer.json()["parts"], json!(["name", "addresses"]), "{}", answer.text());
        let [kept] = there(world).try_into().unwrap();
        assert_eq!(
            (&kept["displayName"], &kept["personalNotes"], &kept["companyName"]),
            (&json!("Pak Bo"), &json!("Likes tea"), &json!("Acme"))
        );
        assert_eq!((&kept["mobilePhone"], &kept["emailAddresses"][0]["address"]), (&json!("+6281234567890"), &json!("bo@acme.example")));
    });
}

#[test]
fn a_lost_answer_makes_no_second_contact_and_a_lost_request_is_made_up_for() {
    story(2, &WRITING, async |world, key| {
        let outlook = book(world, &key, "outlook").await;
        for (name, phone, kind) in [("Citra", "0812 3456 7891", "answerLost"), ("Dewi", "0812 3456 7892", "gatewayTimeout")] {
            bring(world, &key, name, &json!({"name": name, "phones": [phone]})).await;
            fault(world, kind, "POST");
            let one = contact(world, &key, name).await;
            let first = write(world, &key, &one, &outlook).await;
            assert_eq!((first.status, &first.json()["code"]), (409, &json!("write_back_pending")), "{}", first.text());
            world.sim.control().set_faults(serde_json::from_value(json!({"seed": 1, "faults": []})).unwrap());
            let at_once = write(world, &key, &one, &outlook).await;
            assert_eq!(at_once.status, 409, "{}", at_once.text());
            assert!(rest(world, HOUR).await);
            let later = write(world, &key, &contact(world, &key, name).await, &outlook).await;
            assert_eq!(later.status, 200, "{}", later.text());
            assert_eq!(later.json()["made"], json!(kind == "gatewayTimeout"));
            assert!(rest(world, HOUR).await);
        }
        let names: Vec<Value> = there(world).iter().map(|contact| contact["displayName"].clone()).collect();
        assert_eq!(names, ["Citra", "Dewi"]);
        bring(world, &key, "Citra", &json!({"name": "Citra", "phones": ["0812 3456 7891"], "organisation": "Acme"})).await;
        fault(world, "answerLost", "PATCH");
        let changed = write(world, &key, &contact(world, &key, "Citra").await, &outlook).await;
        assert_eq!((changed.status, &changed.json()["parts"]), (200, &json!(["organisation"])), "{}", changed.text());
    });
}

#[test]
fn joining_a_contact_with_an_older_one_before_it_is_read_back_makes_no_second_one() {
    story(4, &WRITING, async |world, key| {
        let outlook = book(world, &key, "outlook").await;
        bring(world, &key, "older", &json!({"name": "Wati", "phones": ["0812 3456 7893"]})).await;
        bring(world, &key, "younger", &json!({"name": "Wati Tale", "phones": ["0812 3456 7894"]})).await;
        let (older, younger) = (contact(world, &key, "7893").await, contact(world, &key, "7894").await);
        fault(world, "answerLost", "POST");
        assert_eq!(write(world, &key, &younger, &outlook).await.status, 409);
        // Outlook cannot be read back while a person joins the two.
        let closed =
            json!({"kind": "unavailable", "when": "chance", "probability": 1.0, "matches": {"method": "GET", "path": "/contacts"}});
        world.sim.control().set_faults(serde_json::from_value(json!({"seed": 1, "faults": [closed]})).unwrap());
        let ids = json!({"contacts": [&older["id"], &younger["id"]]});
        let joined = program::ask(world, &key, Method::POST, "/api/v1/contacts/join", Some(&ids), "");
        let joined = while_it_works(world, joined).await;
        assert_eq!(joined.status, 200, "{}", joined.text());
        assert_eq!(joined.json()["id"], older["id"], "it has the older one's id now");
        let again = write(world, &key, &joined.json(), &outlook).await;
        assert_eq!((again.status, &again.json()["code"]), (409, &json!("write_back_pending")), "{}", again.text());
        assert_eq!(there(world).len(), 1);
    });
}

#[test]
fn what_may_not_be_written_says_how_it_may() {
    story(3, &["Contacts.Read", "User.Read"], async |world, key| {
        bring(world, &key, "bo", &json!({"name": "Bo Ek", "phones": ["0812 3456 7890"]})).await;
        let bo = contact(world, &key, "Bo").await;
        let refused = write(world, &key, &bo, &book(world, &key, "outlook").await).await;
        assert_eq!((refused.status, &refused.json()["code"]), (403, &json!("permission_missing")), "{}", refused.text());
        assert!(refused.text().contains("write_contacts"), "{}", refused.text());
        let refused = write(world, &key, &bo, &book(world, &key, "api").await).await;
        assert_eq!((refused.status, &refused.json()["code"]), (422, &json!("book_not_writable")));
        assert!(there(world).is_empty());
    });
}

fn schedule(seed: u64) -> usize {
    let mut struck = 0;
    story(seed, &WRITING, async |world, key| {
        let (mut random, outlook) = (Random::seeded(seed), book(world, &key, "outlook").await);
        let numbers: Vec<String> = (0..6).map(|number| format!("+62812345678{number}{number}")).collect();
        for (place, number) in numbers.iter().enumerate() {
            bring(world, &key, &place.to_string(), &json!({"name": format!("Person {place}"), "phones": [number]})).await;
        }
        world.sim.control().set_faults(weather(seed, &mut random, &["/contacts"]));
        for _ in 0..12 {
            let number = random.choose(&numbers).clone();
            if random.one_in(3) {
                let body = json!({"name": format!("Renamed {}", random.below(9)), "phones": [number], "organisation": "Acme"});
                bring(world, &key, &numbers.iter().position(|known| *known == number).unwrap().to_string(), &body).await;
            }
            let one = contact(world, &key, &number[1..]).await;
            let answer = write(world, &key, &one, &outlook).await;
            assert!([200, 409, 429, 502, 503].contains(&answer.status), "{} {}", answer.status, answer.text());
            if random.one_in(3) {
                assert!(rest(world, Duration::from_secs(60 * random.below(30) as u64)).await);
            }
        }
        struck = world.sim.control().faults().1.iter().map(|times| usize::try_from(*times).unwrap()).sum();
        world.sim.control().set_faults(serde_json::from_value(json!({"seed": 1, "faults": []})).unwrap());
        for number in &numbers {
            assert!(rest(world, HOUR).await);
            let one = contact(world, &key, &number[1..]).await;
            let answer = write(world, &key, &one, &outlook).await;
            assert_eq!(answer.status, 200, "{}", answer.text());
        }
        let mut written: Vec<String> = there(world).iter().map(|contact| contact["mobilePhone"].as_str().unwrap().to_owned()).collect();
        written.sort();
        assert_eq!(written, numbers, "each is there once");
    });
    struck
}

#[test]
fn after_any_schedule_each_contact_is_there_once() {
    let count: u64 = std::env::var("RAPPORT_TEST_WRITTEN_SEEDS").map_or(10, |count| count.parse().unwrap());
    let first: u64 = std::env::var("RAPPORT_TEST_SEED").map_or(1, |seed| seed.parse().unwrap());
    let mut struck = 0;
    for seed in first..first + count {
        println!("RAPPORT_TEST_SEED={seed} RAPPORT_TEST_WRITTEN_SEEDS=1");
        struck += schedule(seed);
    }
    println!("{count} schedules, {struck} faults");
    assert!(struck > 0, "nothing was in the way");
}
