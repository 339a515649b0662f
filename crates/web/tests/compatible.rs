//! The compatible routes: addresses, parameters and fields as they are written, each asker within its own.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use std::collections::HashMap;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use store::{connection, mailbox, work};
use support::browser::{Browser, Shown};
use support::token::{self, KEY};
use support::{House, WORKSPACE, fixture};
use url::Url;

const ANNA: &str = "anna.berg@contoso.example";

async fn house() -> House {
    let clock = House::new().await.clock.clone();
    House::with(clock, |settings| {
        token::believe(settings);
        settings.api.cors_origins = vec![Url::parse("https://crm.example").unwrap()];
    })
    .await
}

async fn ask(browser: &mut Browser, method: Method, path: &str, bearer: &str, body: &Value) -> Shown {
    let headers = [("authorization", bearer), ("content-type", "application/json")];
    let body = if body.is_null() { String::new() } else { body.to_string() };
    browser.send(method, path, &headers, body).await
}

fn json_of(shown: &Shown) -> Value {
    serde_json::from_str(&shown.text).unwrap_or_else(|_| panic!("{} is no JSON: {}", shown.status, shown.text))
}

fn bearer(house: &House, email: &str) -> String {
    format!("Bearer {}", token::of(&house.clock, email))
}

fn names(value: &Value) -> Vec<&str> {
    value.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn mail_comes_fifty_at_a_time_newest_first_with_exactly_the_fields() {
    let house = house().await;
    fixture::fill(&house).await;
    let (mut program, anna) = (house.browser().asking_for_problems(), bearer(&house, ANNA));
    let first = json_of(&ask(&mut program, Method::GET, "/api/integrations/email-messages/", &anna, &Value::Null).await);
    assert_eq!(names(&first), ["count", "next", "previous", "results"]);
    assert_eq!((first["count"].as_i64(), first["results"].as_array().unwrap().len()), (Some(120), 50));
    assert_eq!(first["previous"], Value::Null);
    let message = &first["results"][0];
    let wanted = [
        "has_attachments",
        "id",
        "importance",
        "is_read",
        "preview",
        "provider",
        "received_at",
        "recipients",
        "sender",
        "subject",
        "thread_id",
    ];
    assert_eq!(names(message), wanted);
    assert_eq!((names(&message["sender"]), message["provider"].as_str()), (vec!["email", "name"], Some("microsoft_outlook")));
    let times: Vec<&str> = first["results"].as_array().unwrap().iter().map(|one| one["received_at"].as_str().unwrap()).collect();
    assert!(times.is_sorted_by(|one, other| one >= other));

    let next = Url::parse(first["next"].as_str().unwrap()).unwrap();
    assert_eq!(next.as_str(), "http://localhost:3000/api/integrations/email-messages/?page=2");
    let last = json_of(&ask(&mut program, Method::GET, "/api/integrations/email-messages?page=3", &anna, &Value::Null).await);
    assert_eq!((last["results"].as_array().unwrap().len(), &last["next"]), (20, &Value::Null));
    let unread = "/api/integrations/email-messages/?is_read=false&provider=microsoft_outlook&page_size=200";
    let unread = json_of(&ask(&mut program, Method::GET, unread, &anna, &Value::Null).await);
    assert!(unread["results"].as_array().unwrap().iter().all(|one| one["is_read"] == false) && unread["count"].as_i64() < Some(120));
    let found = json_of(&ask(&mut program, Method::GET, "/api/integrations/email-messages/?search=weekly", &anna, &Value::Null).await);
    let found = found["results"].as_array().unwrap().clone();
    assert!(!found.is_empty() && found.iter().all(|one| one["subject"].as_str().unwrap().to_lowercase().contains("weekly")));
}

#[tokio::test]
async fn what_cannot_be_right_is_refused_with_the_mend() {
    let house = house().await;
    let (mut program, anna) = (house.browser().asking_for_problems(), bearer(&house, ANNA));
    for (path, code) in [
        ("/api/integrations/email-messages/?provider=gmail", "provider_unknown"),
        ("/api/integrations/email-messages/?is_read=perhaps", "parameter_unreadable"),
        ("/api/integrations/email-messages/?page=0", "parameter_out_of_range"),
        ("/api/integrations/email-messages/?page_size=1000", "parameter_out_of_range"),
        ("/api/integrations/calendar-events/?start_date=tomorrow", "date_unreadable"),
        ("/api/integrations/calendar-events/?start_date=2026-02-01&end_date=2026-01-01", "parameter_out_of_range"),
    ] {
        let refused = ask(&mut program, Method::GET, path, &anna, &Value::Null).await;
        assert_eq!((refused.status, refused.code().as_str()), (400, code), "{path}");
    }
    let nobody = program.get("/api/integrations/").await;
    assert_eq!(nobody.status, 401);
}

#[tokio::test]
async fn what_is_not_connected_is_said_to_be_missing_not_faked() {
    let house = house().await;
    let (mut program, anna) = (house.browser().asking_for_problems(), bearer(&house, ANNA));
    let path = "/api/integrations/calendar-events/?provider=microsoft_calendar&start_date=2026-11-01&end_date=2026-12-01T00:00:00Z";
    let answer = ask(&mut program, Method::GET, path, &anna, &Value::Null).await;
    assert_eq!(json_of(&answer), json!({ "count": 0, "next": null, "previous": null, "results": [] }));
    let contacts = ask(&mut program, Method::POST, "/api/outlook/sync-contacts", &anna, &Value::Null).await;
    assert_eq!((contacts.status, contacts.code().as_str()), (409, "contacts_not_connected"));
}

#[tokio::test]
async fn a_person_sees_the_own_integration_and_a_program_all() {
    let house = house().await;
    fixture::fill(&house).await;
    let (mut program, anna) = (house.browser().asking_for_problems(), bearer(&house, ANNA));
    let own = json_of(&ask(&mut program, Method::GET, "/api/integrations/", &anna, &Value::Null).await);
    assert_eq!(own.as_array().unwrap().len(), 1);
    assert_eq!((own[0]["email"].as_str(), own[0]["status"].as_str()), (Some(ANNA), Some("connected")));
    let all = json_of(&ask(&mut program, Method::GET, "/api/integrations/", KEY.1, &Value::Null).await);
    assert_eq!(all.as_array().unwrap().len(), 5);
    let foreign = all.as_array().unwrap().iter().find(|one| one["email"] != ANNA).unwrap()["id"].as_str().unwrap().to_owned();
    for (method, path) in [
        (Method::GET, format!("/api/integrations/{foreign}/")),
        (Method::POST, format!("/api/integrations/{foreign}/sync/")),
        (Method::DELETE, format!("/api/integrations/{foreign}/")),
    ] {
        assert_eq!(ask(&mut program, method, &path, &anna, &Value::Null).await.status, 404, "{path}");
    }
    let stranger = bearer(&house, "stranger@contoso.example");
    let none = json_of(&ask(&mut program, Method::GET, "/api/integrations/email-messages/", &stranger, &Value::Null).await);
    assert_eq!(none["count"], 0);
    let status = json_of(&ask(&mut program, Method::GET, "/api/outlook/sync-status", &stranger, &Value::Null).await);
    assert_eq!(status["connected"], false);
    assert!(status["reason"].as_str().unwrap().starts_with("No Microsoft tokens found for session"));
}

#[tokio::test]
async fn a_sync_is_begun_told_and_refused_where_it_cannot_be() {
    let house = house().await;
    fixture::fill(&house).await;
    let (mut program, anna) = (house.browser().asking_for_problems(), bearer(&house, ANNA));
    let list = json_of(&ask(&mut program, Method::GET, "/api/integrations/", &anna, &Value::Null).await);
    let path = format!("/api/integrations/{}/", list[0]["id"].as_str().unwrap());
    let before = json_of(&ask(&mut program, Method::GET, &path, &anna, &Value::Null).await);
    assert_eq!((before["sync"]["status"].as_str(), before["sync"]["messages"].as_i64()), (Some("idle"), Some(120)));
    let begun = ask(&mut program, Method::POST, &format!("{path}sync/"), &anna, &json!({ "sync_type": "email" })).await;
    assert_eq!((begun.status, names(&json_of(&begun))), (202, vec!["id", "started_at", "status"]));
    let now = json_of(&ask(&mut program, Method::GET, &path, &anna, &Value::Null).await);
    assert_eq!(now["sync"]["status"], "running");
    let calendar = ask(&mut program, Method::POST, &format!("{path}sync/"), &anna, &json!({ "sync_type": "calendar" })).await;
    assert_eq!(calendar.code(), "sync_type_of_another");
    let unknown = ask(&mut program, Method::POST, &format!("{path}sync/"), &anna, &json!({ "sync_type": "all" })).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (400, "body_unreadable"));
    assert_eq!(ask(&mut program, Method::POST, &format!("{path}sync"), &anna, &Value::Null).await.status, 202, "no body, no slash");
}

#[tokio::test]
async fn disconnecting_destroys_the_tokens_and_says_so() {
    let house = house().await;
    let made = fixture::fill(&house).await;
    let (mut program, anna) = (house.browser().asking_for_problems(), bearer(&house, ANNA));
    let status = json_of(&ask(&mut program, Method::GET, "/api/outlook/sync-status", &anna, &Value::Null).await);
    assert_eq!(names(&status), ["connected", "email", "expires_at", "last_sync", "reason", "state"]);
    assert_eq!((status["connected"].as_bool(), status["state"].as_str()), (Some(true), Some("live")));
    let erase = ask(&mut program, Method::POST, "/api/outlook/disconnect", &anna, &json!({ "erase": true })).await;
    assert_eq!((erase.status, erase.code().as_str()), (501, "erase_not_possible"));
    let ended = ask(&mut program, Method::POST, "/api/outlook/disconnect", &anna, &json!({ "erase": false })).await;
    assert_eq!(json_of(&ended), json!({ "success": true }));
    let kept = store::grant::find(&house.state.db, made.connection).await.unwrap().unwrap();
    assert_eq!(kept.refresh_token_sealed, None);
    let after = json_of(&ask(&mut program, Method::GET, "/api/outlook/sync-status", &anna, &Value::Null).await);
    assert_eq!((after["connected"].as_bool(), after["state"].as_str()), (Some(false), Some("disconnected")));
}

/// Begins for an asker; Microsoft learns the nonce. Gives the state.
async fn initiate(house: &House, program: &mut Browser, bearer: &str, provider: &str) -> String {
    let begun = ask(program, Method::POST, "/api/integrations/oauth/initiate/", bearer, &json!({ "provider": provider })).await;
    let begun = json_of(&begun);
    assert_eq!(names(&begun), ["authorization_url", "state"]);
    let url = Url::parse(begun["authorization_url"].as_str().unwrap()).unwrap();
    let pairs: HashMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!(Some(pairs["state"].as_str()), begun["state"].as_str());
    house.microsoft.script.lock().unwrap().nonce = pairs["nonce"].clone();
    pairs["state"].clone()
}

#[tokio::test]
async fn a_single_page_application_connects_for_its_user_and_nobody_else_can_end_it() {
    let house = house().await;
    let anna = bearer(&house, "anna@contoso.example");
    let mut program = house.browser().asking_for_problems();
    let unknown = ask(&mut program, Method::POST, "/api/integrations/oauth/initiate/", &anna, &json!({ "provider": "gmail" })).await;
    assert_eq!((unknown.status, unknown.code().as_str()), (400, "provider_unknown"));
    assert!(unknown.text.contains("microsoft_outlook") && unknown.text.contains("microsoft_calendar"));

    let state = initiate(&house, &mut program, &anna, "microsoft_outlook").await;
    let body = json!({ "code": "good", "provider": "microsoft_outlook", "state": state });
    let other = bearer(&house, "bo@contoso.example");
    let stolen = ask(&mut program, Method::POST, "/api/integrations/oauth/callback/", &other, &body).await;
    assert_eq!((stolen.status, stolen.code().as_str()), (400, "flow_over"));
    let wrong = json!({ "code": "good", "provider": "microsoft_calendar", "state": state });
    let wrong = ask(&mut program, Method::POST, "/api/integrations/oauth/callback/", &anna, &wrong).await;
    assert_eq!(wrong.code(), "provider_of_another_flow");
    let joined = json_of(&ask(&mut program, Method::POST, "/api/integrations/oauth/callback/", &anna, &body).await);
    assert_eq!(names(&joined), ["connected_at", "email", "id", "provider", "scopes", "status"]);
    assert_eq!((joined["provider"].as_str(), joined["email"].as_str()), (Some("microsoft_outlook"), Some(ANNA)));
    let again = ask(&mut program, Method::POST, "/api/integrations/oauth/callback/", &anna, &body).await;
    assert_eq!(again.code(), "flow_over", "a state works once");

    let state = initiate(&house, &mut program, &anna, "microsoft_outlook").await;
    house.clock.advance(Duration::from_secs(601));
    let late = json!({ "code": "good", "provider": "microsoft_outlook", "state": state });
    let fresh = bearer(&house, "anna@contoso.example");
    assert_eq!(ask(&mut program, Method::POST, "/api/integrations/oauth/callback/", &fresh, &late).await.code(), "flow_over");
}

#[tokio::test]
async fn a_calendar_is_connected_by_its_own_permissions_and_its_data_is_due_at_once() {
    let house = house().await;
    let anna = bearer(&house, "anna@contoso.example");
    let mut program = house.browser().asking_for_problems();
    let state = initiate(&house, &mut program, &anna, "microsoft_calendar").await;
    house.microsoft.script.lock().unwrap().scope = "openid profile Calendars.Read User.Read".into();
    let body = json!({ "code": "good", "provider": "microsoft_calendar", "state": state });
    let joined = json_of(&ask(&mut program, Method::POST, "/api/integrations/oauth/callback/", &anna, &body).await);
    assert_eq!((joined["status"].as_str(), joined["email"].as_str()), (Some("connected"), Some("anna@contoso.example")));
    assert!(mailbox::list(&house.state.db, WORKSPACE).await.unwrap().is_empty());
    let path = format!("/api/integrations/{}/", joined["id"].as_str().unwrap());
    let due = work::list_due(&house.state.db, house.clock.now(), 10).await.unwrap();
    assert_eq!(
        due.iter().map(|item| (item.kind.as_str(), item.key.as_str())).collect::<Vec<_>>(),
        [("pull.calendars", joined["id"].as_str().unwrap())]
    );
    let told = json_of(&ask(&mut program, Method::GET, &path, &anna, &Value::Null).await);
    assert_eq!((&told["sync"]["status"], &told["sync"]["calendars"], &told["sync"]["events"]), (&json!("running"), &json!(0), &json!(0)));
    let asked = ask(&mut program, Method::POST, &format!("{path}sync/"), &anna, &json!({ "sync_type": "calendar" })).await;
    assert_eq!((asked.status, json_of(&asked)["status"].as_str()), (202, Some("running")));
    let other = ask(&mut program, Method::POST, &format!("{path}sync/"), &anna, &json!({ "sync_type": "email" })).await;
    assert_eq!((other.status, other.code().as_str()), (400, "sync_type_of_another"));
    assert_eq!(ask(&mut program, Method::DELETE, &path, &anna, &Value::Null).await.status, 204);
    let kept = &connection::list(&house.state.db, WORKSPACE).await.unwrap()[0];
    assert_eq!(kept.state, connection::ConnectionState::Disconnected);
}

#[tokio::test]
async fn a_users_token_in_the_address_connects_that_user_and_no_other_account() {
    let house = house().await;
    let mut browser = house.browser().asking_for_problems();
    let begin = format!("/auth/microsoft?return_to=https://crm.example/done&token={}", token::of(&house.clock, "anna@contoso.example"));
    let go = |address: &str| -> (String, String) {
        let pairs: HashMap<String, String> = Url::parse(address).unwrap().query_pairs().into_owned().collect();
        (pairs["state"].clone(), pairs["nonce"].clone())
    };
    let (state, nonce) = go(browser.get(&begin).await.location());
    house.microsoft.script.lock().unwrap().nonce = nonce;
    let back = browser.get(&format!("/auth/callback?code=good&state={state}")).await;
    assert_eq!(back.location(), "https://crm.example/done", "{}", back.text);
    assert_eq!(mailbox::list(&house.state.db, WORKSPACE).await.unwrap().len(), 1);
    assert!(!browser.cookies.contains_key("rapport_session"), "a CRM's token begins no session of the console");

    let (state, nonce) = go(browser.get(&begin).await.location());
    (house.microsoft.script.lock().unwrap().nonce, house.microsoft.script.lock().unwrap().principal) = (nonce, "bo@contoso.example".into());
    assert_eq!(browser.get(&format!("/auth/callback?code=good&state={state}")).await.code(), "account_of_another");
    assert_eq!(browser.get("/auth/microsoft?token=configured-key-of-the-house").await.code(), "token_of_no_person");
    assert_eq!(browser.get("/auth/microsoft?token=x.y.z").await.status, 401);
}

#[tokio::test]
async fn pages_of_listed_origins_may_call_and_others_are_told_how() {
    let house = house().await;
    let mut page = house.browser().asking_for_problems();
    let preflight = |origin: &'static str| [("origin", origin), ("access-control-request-method", "POST")];
    for path in ["/api/integrations/oauth/initiate/", "/api/integrations/", "/api/v1/changes"] {
        let asked = page.send(Method::OPTIONS, path, &preflight("https://crm.example"), String::new()).await;
        assert_eq!((asked.status, asked.headers["access-control-allow-origin"].to_str().unwrap()), (204, "https://crm.example"), "{path}");
        assert!(asked.headers["access-control-allow-headers"].to_str().unwrap().contains("authorization"));
        assert!(!asked.headers.contains_key("access-control-allow-credentials"));
        let refused = page.send(Method::OPTIONS, path, &preflight("https://evil.example"), String::new()).await;
        assert_eq!((refused.status, refused.code().as_str()), (403, "origin_not_listed"), "{path}");
        assert!(refused.text.contains("server.cors_origins") && !refused.headers.contains_key("access-control-allow-origin"));
    }
    let headers = [KEY, ("origin", "https://crm.example")];
    let answer = page.send(Method::GET, "/api/integrations/", &headers, String::new()).await;
    assert_eq!((answer.status, answer.headers["access-control-allow-origin"].to_str().unwrap()), (200, "https://crm.example"));
}

#[tokio::test]
async fn the_table_of_these_routes_is_true() {
    let house = house().await;
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/COMPATIBLE-ROUTES.md");
    let text = std::fs::read_to_string(path).unwrap();
    let rows: Vec<(String, String)> = text
        .lines()
        .filter_map(|line| line.strip_prefix("| ")?.split_once(" | `"))
        .map(|(method, rest)| (method.to_owned(), rest.split('`').next().unwrap().to_owned()))
        .collect();
    for (methods, address) in api::compat::ADDRESSES {
        for method in methods.split(", ") {
            assert!(rows.contains(&(method.to_owned(), address.to_owned())), "{method} {address} is missing in the table");
        }
    }
    for (method, address) in &rows {
        let path = address.replace("{id}", "con_0000000000001");
        for path in [path.clone(), path.trim_end_matches('/').to_owned()] {
            let mut anybody = house.browser().asking_for_problems();
            let shown = anybody.send(method.parse().unwrap(), &path, &[], String::new()).await;
            let wanted = if address.contains("/auth/") { vec![400, 403] } else { vec![401] };
            assert!(wanted.contains(&shown.status), "{method} {path} answers {}: {}", shown.status, shown.text);
        }
    }
}
