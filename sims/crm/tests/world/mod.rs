//! A small world for tests: one account, one app, and the calls a client makes.

#![allow(dead_code, reason = "each test binary uses a part")]

use bytes::Bytes;
use crm_sim::google::{CONTACTS_READONLY, Client, NewAccount, Tokens};
use crm_sim::{Config, Simulator};
use http::{Request, Response};
use serde_json::Value;

pub const ANNA: &str = "anna@gmail.example";

pub fn world() -> Simulator {
    with(Config::seeded(7))
}

pub fn with(config: Config) -> Simulator {
    let sim = Simulator::new(config);
    sim.google().add_account(NewAccount::person(ANNA, "Anna Müller"));
    sim
}

pub fn tokens(sim: &Simulator) -> Tokens {
    sim.google().grant(&Client::default().id, ANNA, &[CONTACTS_READONLY]).unwrap()
}

pub fn get(sim: &Simulator, url: &str, token: &str) -> Response<Bytes> {
    let request = Request::get(url).header("authorization", format!("Bearer {token}")).body(Bytes::new()).unwrap();
    sim.answer_now(request).expect("the connection holds")
}

pub fn post(sim: &Simulator, url: &str, form: &[(&str, &str)]) -> (u16, Value) {
    let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let request = Request::post(url).header("content-type", "application/x-www-form-urlencoded").body(Bytes::from(body)).unwrap();
    let answer = sim.answer_now(request).expect("the connection holds");
    (answer.status().as_u16(), json(&answer))
}

pub fn json(answer: &Response<Bytes>) -> Value {
    serde_json::from_slice(answer.body()).expect("JSON")
}

/// A list call with these parameters: status and JSON.
pub fn list(sim: &Simulator, token: &str, query: &str) -> (u16, Value) {
    let answer = get(sim, &format!("https://people.googleapis.com/v1/people/me/connections?{query}"), token);
    (answer.status().as_u16(), json(&answer))
}

pub fn names(page: &Value) -> Vec<String> {
    let people = page["connections"].as_array().cloned().unwrap_or_default();
    people.iter().map(|person| person["resourceName"].as_str().unwrap().to_owned()).collect()
}

/// Pages from the first to the last: people and the sync token.
pub fn run(sim: &Simulator, token: &str, query: &str) -> (Vec<Value>, Option<String>) {
    let (mut people, mut page_token) = (Vec::new(), String::new());
    loop {
        let (status, page) = list(sim, token, &format!("{query}{page_token}"));
        assert_eq!(status, 200, "{page}");
        people.extend(page["connections"].as_array().cloned().unwrap_or_default());
        match page["nextPageToken"].as_str() {
            Some(next) => page_token = format!("&pageToken={next}"),
            None => return (people, page["nextSyncToken"].as_str().map(str::to_owned)),
        }
    }
}
