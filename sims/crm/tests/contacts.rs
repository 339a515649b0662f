//! The People API's list (reference: integrations 5.1; Google, people.connections.list and PersonMetadata).

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod world;

use std::time::Duration;

use crm_sim::config::Quota;
use crm_sim::google::{Client, EMAIL, OPENID, Person};
use crm_sim::{Broken, Config, Fault, Rates, Simulator};
use serde_json::Value;
use world::{ANNA, get, json, list, names, run, tokens, with, world};

const FULL: &str = "personFields=names,emailAddresses,phoneNumbers,metadata&pageSize=3&requestSyncToken=true";

fn filled(sim: &Simulator, count: usize) -> String {
    sim.google().generate(ANNA, count).unwrap();
    tokens(sim).access_token
}

fn reason(answer: &Value) -> &str {
    answer["error"]["details"][0]["reason"].as_str().unwrap_or_default()
}

#[test]
fn person_fields_are_required_and_known() {
    let sim = world();
    let token = filled(&sim, 1);
    for query in ["", "personFields=", "personFields=names,shoeSizes", "personFields=names&colour=red"] {
        let (status, answer) = list(&sim, &token, query);
        assert_eq!((status, answer["error"]["status"].as_str()), (400, Some("INVALID_ARGUMENT")), "{query}");
    }
}

#[test]
fn the_page_size_is_1_to_1000_and_100_by_itself() {
    let sim = world();
    let token = filled(&sim, 120);
    for wrong in ["-1", "1001", "many"] {
        assert_eq!(list(&sim, &token, &format!("personFields=names&pageSize={wrong}")).0, 400, "{wrong}");
    }
    for usual in ["personFields=names", "personFields=names&pageSize=0"] {
        assert_eq!(names(&list(&sim, &token, usual).1).len(), 100, "{usual}");
    }
    assert_eq!(names(&list(&sim, &token, "personFields=names&pageSize=1000").1).len(), 120);
}

#[test]
fn only_the_fields_that_were_asked_for_are_answered() {
    let sim = world();
    let person = Person::named("Jörg", "Müller").email("joerg@contoso.example").phone("0151 2345678", Some("+491512345678"));
    sim.google().put_person(ANNA, None, person).unwrap();
    let token = tokens(&sim).access_token;
    let person = list(&sim, &token, "personFields=emailAddresses").1["connections"][0].clone();
    let fields: Vec<&String> = person.as_object().unwrap().keys().collect();
    assert_eq!(fields, ["emailAddresses", "etag", "resourceName"]);
    assert_eq!(person["emailAddresses"][0]["metadata"]["primary"], true);
    let person = list(&sim, &token, "personFields=phoneNumbers").1["connections"][0].clone();
    assert_eq!(person["phoneNumbers"][0]["canonicalForm"], "+491512345678");
}

#[test]
fn the_sync_token_is_on_the_last_page_only_and_only_if_asked_for() {
    let sim = world();
    let token = filled(&sim, 7);
    let first = list(&sim, &token, FULL).1;
    assert_eq!((names(&first).len(), first["nextSyncToken"].clone(), first["totalItems"].clone()), (3, Value::Null, 7.into()));
    let (people, sync) = run(&sim, &token, FULL);
    assert_eq!((people.len(), sync.is_some()), (7, true));
    assert_eq!(run(&sim, &token, "personFields=names&pageSize=3").1, None);
}

#[test]
fn an_incremental_run_tells_what_changed_and_who_is_gone() {
    let sim = world();
    let token = filled(&sim, 7);
    let (people, sync) = run(&sim, &token, FULL);
    let name = |place: usize| people[place]["resourceName"].as_str().unwrap();
    sim.google().remove_person(ANNA, name(0)).unwrap();
    sim.google().put_person(ANNA, Some(name(1)), Person::named("New", "Name")).unwrap();
    let (changed, next) = run(&sim, &token, &format!("{FULL}&syncToken={}", sync.unwrap()));
    assert_eq!(changed.len(), 2);
    assert_eq!((changed[0]["resourceName"].as_str(), &changed[0]["metadata"]["deleted"]), (Some(name(0)), &Value::Bool(true)));
    assert_eq!(changed[1]["names"][0]["displayName"], "New Name");
    assert!(run(&sim, &token, &format!("{FULL}&syncToken={}", next.unwrap())).0.is_empty());
    let full = run(&sim, &token, FULL).0;
    assert_eq!(full.len(), 6, "a full run knows nobody who is gone");
    assert!(full.iter().all(|person| person["metadata"]["deleted"].is_null()));
}

#[test]
fn all_other_parameters_must_equal_the_first_call() {
    let sim = world();
    let token = filled(&sim, 7);
    let page = list(&sim, &token, FULL).1["nextPageToken"].as_str().unwrap().to_owned();
    let sync = run(&sim, &token, FULL).1.unwrap();
    let other = FULL.replace("pageSize=3", "pageSize=4");
    for query in
        [format!("{other}&pageToken={page}"), format!("{other}&syncToken={sync}"), format!("{FULL}&pageToken={page}&syncToken={sync}")]
    {
        let (status, answer) = list(&sim, &token, &query);
        assert_eq!((status, answer["error"]["status"].as_str()), (400, Some("INVALID_ARGUMENT")), "{query}");
    }
    let reordered = FULL.replace("names,emailAddresses", "emailAddresses,names");
    assert_eq!(list(&sim, &token, &format!("{reordered}&pageToken={page}")).0, 200, "the same fields in another order are the same");
}

#[test]
fn a_sync_token_dies_seven_days_after_the_full_sync_and_not_after_the_last_one() {
    let sim = world();
    sim.google().generate(ANNA, 2).unwrap();
    let sync = run(&sim, &tokens(&sim).access_token, FULL).1.unwrap();
    sim.advance(Duration::from_secs(6 * 86_400));
    let next = run(&sim, &tokens(&sim).access_token, &format!("{FULL}&syncToken={sync}")).1.unwrap();
    sim.advance(Duration::from_secs(86_399));
    assert_eq!(list(&sim, &tokens(&sim).access_token, &format!("{FULL}&syncToken={next}")).0, 200);
    sim.advance(Duration::from_secs(1));
    let (status, answer) = list(&sim, &tokens(&sim).access_token, &format!("{FULL}&syncToken={next}"));
    assert_eq!((status, reason(&answer), answer["error"]["status"].as_str()), (400, "EXPIRED_SYNC_TOKEN", Some("FAILED_PRECONDITION")));
    assert_eq!(answer["error"]["details"][0]["domain"], "people.googleapis.com");
}

#[test]
fn a_sync_token_of_another_account_is_none() {
    let sim = world();
    let sync = run(&sim, &filled(&sim, 2), FULL).1.unwrap();
    sim.google().add_account(crm_sim::google::NewAccount::person("bob@gmail.example", "Bob"));
    let bob = sim.google().grant(&Client::default().id, "bob@gmail.example", &[crm_sim::google::CONTACTS]).unwrap();
    assert_eq!(list(&sim, &bob.access_token, &format!("{FULL}&syncToken={sync}")).0, 400);
    assert!(run(&sim, &bob.access_token, FULL).0.is_empty(), "nobody sees another's contacts");
}

#[test]
fn a_merge_gives_another_name_and_tells_the_former_ones_to_sync_calls_only() {
    let sim = world();
    let token = filled(&sim, 3);
    let (people, sync) = run(&sim, &token, FULL);
    let old: Vec<&str> = people.iter().map(|person| person["resourceName"].as_str().unwrap()).collect();
    let new = sim.google().merge_persons(ANNA, old[0], old[1]).unwrap();
    assert!(!old.contains(&new.as_str()));
    let changed = run(&sim, &token, &format!("{FULL}&syncToken={}", sync.unwrap())).0;
    assert_eq!(changed.len(), 1);
    assert_eq!(changed[0]["metadata"]["previousResourceNames"], serde_json::json!([old[0], old[1]]));
    let full = run(&sim, &token, FULL).0;
    assert_eq!(full.len(), 2);
    assert!(full.iter().all(|person| person["metadata"]["previousResourceNames"].is_null()));
}

#[test]
fn a_merge_that_keeps_its_name_and_tells_deletions_can_be_set() {
    let mut config = Config::seeded(7);
    config.google.merge_renames = false;
    config.google.former_names_deleted = true;
    let sim = with(config);
    let token = filled(&sim, 2);
    let sync = run(&sim, &token, FULL).1.unwrap();
    let old = sim.google().names(ANNA).unwrap();
    assert_eq!(sim.google().merge_persons(ANNA, &old[0], &old[1]).unwrap(), old[0]);
    let changed = run(&sim, &token, &format!("{FULL}&syncToken={sync}")).0;
    assert_eq!(changed.len(), 2);
    assert!(changed.iter().any(|person| person["resourceName"] == old[1].as_str() && person["metadata"]["deleted"] == true));
}

#[test]
fn a_write_is_seen_by_lists_only_after_a_while_and_is_never_missed() {
    let mut config = Config::seeded(7);
    config.google.propagation_seconds = (10, 60);
    let sim = with(config);
    let token = filled(&sim, 20);
    assert!(run(&sim, &token, FULL).0.is_empty());
    assert_eq!(sim.google().persons(ANNA).unwrap().len(), 20, "the truth knows at once");
    let mut sync = run(&sim, &token, FULL).1.unwrap();
    let mut seen = std::collections::BTreeSet::new();
    for _ in 0..61 {
        sim.advance(Duration::from_secs(1));
        let (changed, next) = run(&sim, &token, &format!("{FULL}&syncToken={sync}"));
        seen.extend(changed.iter().map(|person| person["resourceName"].to_string()));
        sync = next.unwrap();
    }
    assert_eq!(seen.len(), 20);
    assert_eq!(sim.google().propagated_at(ANNA).unwrap(), None);
}

#[test]
fn lists_have_an_order() {
    let sim = world();
    for (given, family) in [("Zoë", "Adams"), ("Anna", "Zander"), ("Mia", "Meier")] {
        sim.google().put_person(ANNA, None, Person::named(given, family)).unwrap();
    }
    let token = tokens(&sim).access_token;
    let firsts = |order: &str| {
        let people = run(&sim, &token, &format!("personFields=names{order}")).0;
        people.iter().map(|person| person["names"][0]["givenName"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(firsts(""), ["Zoë", "Anna", "Mia"]);
    assert_eq!(firsts("&sortOrder=LAST_MODIFIED_DESCENDING"), ["Mia", "Anna", "Zoë"]);
    assert_eq!(firsts("&sortOrder=FIRST_NAME_ASCENDING"), ["Anna", "Mia", "Zoë"]);
    assert_eq!(firsts("&sortOrder=LAST_NAME_ASCENDING"), ["Zoë", "Mia", "Anna"]);
    assert_eq!(list(&sim, &token, "personFields=names&sortOrder=BY_SHOE_SIZE").0, 400);
}

#[test]
fn the_first_page_of_full_syncs_has_a_quota_of_its_own() {
    let mut config = Config::seeded(7);
    config.google.full_sync_quota = Some(Quota { requests: 1, window_seconds: 60 });
    let sim = with(config);
    let token = filled(&sim, 7);
    let sync = run(&sim, &token, FULL).1.unwrap();
    let (status, answer) = list(&sim, &token, FULL);
    assert_eq!((status, answer["error"]["status"].as_str()), (429, Some("RESOURCE_EXHAUSTED")));
    assert_eq!(list(&sim, &token, &format!("{FULL}&syncToken={sync}")).0, 200, "incremental runs do not count");
    sim.advance(Duration::from_secs(60));
    assert_eq!(list(&sim, &token, FULL).0, 200);
}

#[test]
fn dead_tokens_are_401_and_missing_scopes_403() {
    let sim = world();
    let token = filled(&sim, 1);
    let (status, answer) = list(&sim, "ya29.unknown", FULL);
    assert_eq!((status, answer["error"]["status"].as_str()), (401, Some("UNAUTHENTICATED")));
    let bare = sim.google().grant(&Client::default().id, ANNA, &[OPENID, EMAIL]).unwrap().access_token;
    let (status, answer) = list(&sim, &bare, FULL);
    assert_eq!((status, reason(&answer)), (403, "ACCESS_TOKEN_SCOPE_INSUFFICIENT"));
    assert_eq!(answer["error"]["status"], "PERMISSION_DENIED");
    sim.advance(Duration::from_secs(3600));
    assert_eq!(list(&sim, &token, FULL).0, 401, "an access token lives an hour");
}

#[test]
fn faults_strike_as_asked() {
    let sim = world();
    let token = filled(&sim, 7);
    let strike = |fault: Fault, query: &str| {
        sim.strike_next(fault);
        get(&sim, &format!("https://people.googleapis.com/v1/people/me/connections?{query}"), &token)
    };
    let throttled = strike(Fault::Throttled, FULL);
    assert_eq!((throttled.status().as_u16(), throttled.headers()["retry-after"].to_str().unwrap()), (429, "5"));
    let silent = strike(Fault::ThrottledSilently, FULL);
    assert_eq!((silent.status().as_u16(), silent.headers().get("retry-after")), (429, None));
    assert_eq!(json(&strike(Fault::ServerError, FULL))["error"]["status"], "INTERNAL");
    assert_eq!(json(&strike(Fault::Unavailable, FULL))["error"]["status"], "UNAVAILABLE");
    assert_eq!(strike(Fault::TokenRefused, FULL).status().as_u16(), 401);
    let disabled = json(&strike(Fault::ServiceDisabled, FULL));
    assert_eq!(disabled["error"]["details"][1]["reason"], "SERVICE_DISABLED");
    let sync = run(&sim, &token, FULL).1.unwrap();
    let expired = json(&strike(Fault::SyncTokenExpired, &format!("{FULL}&syncToken={sync}")));
    assert_eq!(reason(&expired), "EXPIRED_SYNC_TOKEN");
    assert_eq!(sim.struck().values().sum::<u64>(), 7);
}

#[test]
fn a_repeated_page_comes_twice_and_the_run_still_ends() {
    let sim = world();
    let token = filled(&sim, 7);
    sim.strike_next(Fault::RepeatedPage);
    let (people, sync) = run(&sim, &token, FULL);
    assert_eq!((people.len(), sync.is_some()), (10, true));
    assert_eq!(people[0]["resourceName"], people[3]["resourceName"]);
}

#[test]
fn a_broken_connection_is_an_error() {
    let sim = world();
    let request = || http::Request::get("https://people.googleapis.com/v1/people/me/connections").body(bytes::Bytes::new()).unwrap();
    for fault in [Fault::BrokenBefore, Fault::BrokenAfter] {
        sim.strike_next(fault);
        assert_eq!(sim.answer_now(request()).err(), Some(Broken));
    }
    assert_eq!(sim.journal().iter().map(|entry| entry.status).collect::<Vec<_>>(), [None, None]);
}

#[test]
fn photos_are_served_at_the_address_they_name() {
    let sim = world();
    let token = filled(&sim, 2);
    let name = sim.google().names(ANNA).unwrap()[0].clone();
    sim.google().set_photo(ANNA, &name, "image/jpeg", b"picture").unwrap();
    let people = run(&sim, &token, "personFields=photos").0;
    let of = |own: bool| people.iter().find(|person| (person["resourceName"] == name.as_str()) == own).unwrap()["photos"][0].clone();
    assert_eq!((of(true)["default"].clone(), of(false)["default"].clone()), (Value::Null, Value::Bool(true)));
    let own = get(&sim, of(true)["url"].as_str().unwrap(), "");
    assert_eq!((own.headers()["content-type"].to_str().unwrap(), &own.body()[..]), ("image/jpeg", &b"picture"[..]));
    assert_eq!(get(&sim, of(false)["url"].as_str().unwrap(), "").headers()["content-type"], "image/png");
    assert_eq!(get(&sim, "https://lh3.googleusercontent.com/cm/nothing", "").status().as_u16(), 404);
}

#[test]
fn on_one_port_the_host_is_the_first_segment_and_addresses_keep_it() {
    let sim = world();
    let token = filled(&sim, 1);
    let base = "http://127.0.0.1:8377";
    let answer = get(&sim, &format!("{base}/people.googleapis.com/v1/people/me/connections?personFields=photos"), &token);
    let url = json(&answer)["connections"][0]["photos"][0]["url"].as_str().unwrap().to_owned();
    assert!(url.starts_with("http://127.0.0.1:8377/lh3.googleusercontent.com/cm/"), "{url}");
    assert_eq!(get(&sim, &url, "").status().as_u16(), 200);
    let discovery = json(&get(&sim, &format!("{base}/accounts.google.com/.well-known/openid-configuration"), ""));
    assert_eq!(discovery["token_endpoint"], "http://127.0.0.1:8377/oauth2.googleapis.com/token");
    assert_eq!(get(&sim, "http://nobody.example/", "").status().as_u16(), 404);
}

#[test]
fn a_mirror_that_follows_sync_tokens_comes_to_the_truth_through_every_fault() {
    let mut config = Config::seeded(11);
    config.google.propagation_seconds = (0, 30);
    config.faults = Rates::everything(0.04);
    let sim = with(config);
    sim.google().generate(ANNA, 40).unwrap();
    let mut mirror = Mirror::default();
    for _ in 0..200 {
        sim.google().live(ANNA, 2).unwrap();
        sim.advance(Duration::from_secs(600));
        mirror.follow(&sim);
    }
    sim.set_rates(Rates::default());
    sim.advance(Duration::from_secs(60));
    mirror.follow(&sim);
    let truth = sim.google().persons(ANNA).unwrap();
    let truth: std::collections::BTreeMap<_, _> =
        truth.iter().map(|person| (person["resourceName"].to_string(), person["etag"].clone())).collect();
    assert_eq!(mirror.people, truth);
    assert!(sim.struck().len() >= 8, "{:?}", sim.struck());
}

#[derive(Default)]
struct Mirror {
    people: std::collections::BTreeMap<String, Value>,
    sync: Option<String>,
}

impl Mirror {
    /// One run; a fault ends it, and the next one begins from the last sync token again.
    fn follow(&mut self, sim: &Simulator) {
        let token = tokens(sim).access_token;
        let (mut page, mut told, full) = (String::new(), Vec::new(), self.sync.is_none());
        loop {
            let sync = self.sync.as_ref().map(|sync| format!("&syncToken={sync}")).unwrap_or_default();
            let url = format!("https://people.googleapis.com/v1/people/me/connections?{FULL}{sync}{page}");
            let request = http::Request::get(url).header("authorization", format!("Bearer {token}")).body(bytes::Bytes::new()).unwrap();
            let Ok(answer) = sim.answer_now(request) else { return };
            let body = json(&answer);
            if reason(&body) == "EXPIRED_SYNC_TOKEN" {
                self.sync = None;
                return;
            }
            if answer.status() != 200 {
                return;
            }
            told.extend(body["connections"].as_array().cloned().unwrap_or_default());
            match (body["nextPageToken"].as_str(), body["nextSyncToken"].as_str()) {
                (Some(next), _) => page = format!("&pageToken={next}"),
                (None, sync) => {
                    self.sync = sync.map(str::to_owned);
                    break;
                }
            }
        }
        if full {
            self.people.clear();
        }
        for person in told {
            for former in person["metadata"]["previousResourceNames"].as_array().into_iter().flatten() {
                self.people.remove(&former.to_string());
            }
            match person["metadata"]["deleted"] == true {
                true => self.people.remove(&person["resourceName"].to_string()),
                false => self.people.insert(person["resourceName"].to_string(), person["etag"].clone()),
            };
        }
    }
}

#[test]
fn the_same_seed_gives_the_same_bytes() {
    let bytes = || {
        let sim = world();
        let token = filled(&sim, 30);
        let answer = get(&sim, &format!("https://people.googleapis.com/v1/people/me/connections?{FULL}"), &token);
        (token, answer.body().clone())
    };
    assert_eq!(bytes(), bytes());
    let other = with(Config::seeded(8));
    assert_ne!(filled(&other, 30), bytes().0);
}
