//! Changes as they are told, and Graph itself below one mailbox.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use std::time::Duration;

use axum::body::Body;
use http::{Method, Request};
use http_body_util::BodyExt as _;
use model::event::{EventKind, NewEvent};
use serde_json::{Value, json};
use store::{Transaction, audit, ledger, retention};
use support::browser::Shown;
use support::fixture::Made;
use support::token::{self, KEY};
use support::{House, WORKSPACE, fixture};
use tower::ServiceExt as _;

async fn house() -> (House, Made) {
    let clock = House::new().await.clock.clone();
    let house = House::with(clock, token::believe).await;
    let made = fixture::fill(&house).await;
    (house, made)
}

async fn ask(house: &House, path: &str, bearer: &str) -> Shown {
    house.browser().asking_for_problems().send(Method::GET, path, &[("authorization", bearer)], String::new()).await
}

fn json_of(shown: &Shown) -> Value {
    serde_json::from_str(&shown.text).unwrap_or_else(|_| panic!("{} is no JSON: {}", shown.status, shown.text))
}

async fn happen(house: &House, made: &Made, kind: EventKind, subject: i64) {
    let event = NewEvent { kind, subject, backfill: false, data: json!({ "folder": made.inbox }) };
    let happened = Transaction::new("test.happen").with_all(ledger::append(WORKSPACE, made.live, house.clock.now(), &[event]));
    house.state.db.commit(happened).await.unwrap();
}

#[tokio::test]
async fn a_long_poll_comes_back_when_something_happens_and_goes_on_where_it_was() {
    let (house, made) = house().await;
    let now = json_of(&ask(&house, "/api/v1/changes", KEY.1).await);
    assert_eq!(now["data"], json!([]));
    let path = format!("/api/v1/changes?after={}&wait=30", now["next"]);
    let (answer, ()) = tokio::join!(ask(&house, &path, KEY.1), async {
        tokio::task::yield_now().await;
        happen(&house, &made, EventKind::MessageReceived, made.messages[0].number()).await;
    });
    let answer = json_of(&answer);
    let change = &answer["data"][0];
    assert_eq!(
        (change["type"].as_str(), change["subject"].as_str().unwrap()),
        (Some("message.received"), made.messages[0].to_string().as_str())
    );
    assert_eq!((change["mailbox"].as_str().unwrap(), &change["seq"]), (made.live.to_string().as_str(), &answer["next"]));
    let all = json_of(&ask(&house, "/api/v1/changes?after=0&limit=500", KEY.1).await);
    assert!(all["data"].as_array().unwrap().iter().any(|one| one == change));
    let only = json_of(&ask(&house, "/api/v1/changes?after=0&type=folder.*", KEY.1).await);
    assert!(only["data"].as_array().unwrap().iter().all(|one| one["type"].as_str().unwrap().starts_with("folder.")));
    for (path, code) in [("?type=mail.eaten", "type_unknown"), ("?after=x", "after_unreadable"), ("?wait=61", "parameter_out_of_range")] {
        assert_eq!(ask(&house, &format!("/api/v1/changes{path}"), KEY.1).await.code(), code);
    }
}

#[tokio::test]
async fn a_private_message_is_told_to_its_own_person_only() {
    let (house, made) = house().await;
    let private = store::Statement::new("UPDATE message SET private = 1 WHERE id = $1", [made.messages[3].into()]);
    house.state.db.commit(Transaction::new("test.private").with(private)).await.unwrap();
    let head = ledger::head(&house.state.db, WORKSPACE).await.unwrap();
    happen(&house, &made, EventKind::MessageUpdated, made.messages[3].number()).await;
    let path = format!("/api/v1/changes?after={head}");
    let told = async |bearer: String| json_of(&ask(&house, &path, &bearer).await)["data"].as_array().unwrap().len();
    let of = |email: &str| format!("Bearer {}", token::of(&house.clock, email));
    assert_eq!(told(of("anna.berg@contoso.example")).await, 1);
    assert_eq!(told(of("bo@contoso.example")).await, 0);
    assert_eq!(told(KEY.1.to_owned()).await, 0);
}

#[tokio::test]
async fn who_comes_too_late_is_told_how_to_go_on() {
    let (house, made) = house().await;
    happen(&house, &made, EventKind::MessageUpdated, made.messages[3].number()).await;
    let head = ledger::head(&house.state.db, WORKSPACE).await.unwrap();
    house.state.db.commit(Transaction::new("test.purge").with(retention::forget_events(WORKSPACE, head - 1))).await.unwrap();
    let gone = ask(&house, "/api/v1/changes?after=0", KEY.1).await;
    assert_eq!((gone.status, gone.code().as_str()), (410, "changes_gone"));
    assert!(gone.text.contains("without `after`"));
    assert_eq!(ask(&house, &format!("/api/v1/changes?after={}", head - 1), KEY.1).await.status, 200);
}

#[tokio::test]
async fn a_stream_tells_what_happens_and_goes_on_behind_the_last_id() {
    let (house, made) = house().await;
    let head = ledger::head(&house.state.db, WORKSPACE).await.unwrap();
    happen(&house, &made, EventKind::MessageUpdated, made.messages[3].number()).await;
    let request = Request::get("/api/v1/changes/stream").header("host", "localhost:3000").header(KEY.0, KEY.1);
    let request = request.header("last-event-id", head.to_string()).body(Body::empty()).unwrap();
    let answer = web::router(house.state.clone()).oneshot(request).await.unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    let mut body = answer.into_body();
    let mut text = String::new();
    while !text.contains("event: change") {
        let frame = tokio::time::timeout(Duration::from_secs(5), body.frame()).await.unwrap().unwrap().unwrap();
        text.push_str(&String::from_utf8_lossy(frame.data_ref().unwrap()));
    }
    assert!(text.starts_with("event: heartbeat"), "{text}");
    assert!(text.contains(&format!("id: {}", head + 1)) && text.contains("message.updated"), "{text}");
    house.state.api.waiting.close();
    let rest = tokio::time::timeout(Duration::from_secs(5), body.collect()).await;
    assert!(rest.is_ok(), "a server that stops ends its streams");
}

#[tokio::test]
async fn graph_is_asked_below_the_mailbox_and_nowhere_else_and_it_is_audited() {
    let (house, made) = house().await;
    let path = |below: &str| format!("/api/v1/mailboxes/{}/graph/{below}", made.live);
    let answer = ask(&house, &path("mailFolders/inbox?$select=id,displayName"), KEY.1).await;
    assert_eq!((answer.status, json_of(&answer)["displayName"].as_str()), (200, Some("Inbox")), "{}", answer.text);
    let asked = house.microsoft.asked.lock().unwrap().clone();
    assert!(
        asked.iter().any(|asked| asked.starts_with("GET http://graph.test/v1.0/users/user-0/mailFolders/inbox?$select=id,displayName")),
        "{asked:?}"
    );
    for below in
        ["manager", "../user-1/messages", "messages/..%2F..%2Fuser-1", "messages/%252e%252e/x", "https://graph.test/v1.0/me", "memberOf"]
    {
        let refused = ask(&house, &path(below), KEY.1).await;
        assert!([403, 404].contains(&refused.status), "{below}: {}", refused.status);
    }
    assert_eq!(house.microsoft.asked.lock().unwrap().len(), asked.len(), "nothing was sent for what leads elsewhere");
    let person = format!("Bearer {}", token::of(&house.clock, "anna.berg@contoso.example"));
    assert_eq!(ask(&house, &path("messages"), &person).await.code(), "scope_missing");
    let lines = audit::list(&house.state.db, WORKSPACE, None, 20).await.unwrap();
    let line = lines.iter().find(|line| line.action == "mailbox.graph").unwrap();
    assert_eq!(
        (line.object.as_str(), &line.detail["resource"], line.outcome.as_str()),
        (made.live.to_string().as_str(), &json!("mailFolders"), "done")
    );
}
