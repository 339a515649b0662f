//! The embedded page: opened by a pass and nothing else, on listed origins only, as much as its asker may see.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use std::time::Duration;

use http::Method;
use model::id::{CustomerId, ThreadId};
use serde_json::{Value, json};
use store::timeline::{self, Owner, Place};
use store::{Statement, Transaction, customer};
use support::browser::Shown;
use support::token::{self, KEY};
use support::{House, WORKSPACE, fixture, meetings};
use url::Url;

const CUSTOMER: CustomerId = CustomerId::from_number(77);

async fn house() -> (House, ThreadId) {
    let clock = House::new().await.clock.clone();
    let house = House::with(clock, |settings| {
        token::believe(settings);
        settings.api.embed_origins = vec![Url::parse("https://crm.example").unwrap(), Url::parse("https://other.example").unwrap()];
    })
    .await;
    let made = fixture::fill(&house).await;
    let customer = Statement::new(
        "INSERT INTO customer (id, workspace_id, name, name_folded, named_by_hand, created_at, last_at, thread_count, version)
            VALUES ($1, $2, 'Northwind & Söhne', 'northwind & sohne', 0, 0, 0, 1, 0)",
        [CUSTOMER.into(), WORKSPACE.into()],
    );
    let place = Place { thread: made.thread, owner: Owner::Customer(CUSTOMER), mailbox: made.live };
    let filed = Transaction::new("test.file").with(customer).with(timeline::put(place, house.clock.now()));
    house.state.db.commit(filed).await.unwrap();
    (house, made.thread)
}

async fn ask(house: &House, method: Method, path: &str, bearer: &str, body: &Value) -> Shown {
    let headers = [("authorization", bearer), ("content-type", "application/json")];
    house.browser().asking_for_problems().send(method, path, &headers, body.to_string()).await
}

async fn address(house: &House, body: &Value) -> Url {
    let made = ask(house, Method::POST, "/api/v1/embed", KEY.1, body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let made: Value = serde_json::from_str(&made.text).unwrap();
    Url::parse(made["url"].as_str().unwrap()).unwrap()
}

fn path_of(url: &Url) -> String {
    format!("{}?{}", url.path(), url.query().unwrap())
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> &'a str {
    text.split_once(before).unwrap().1.split(after).next().unwrap()
}

#[tokio::test]
async fn a_pass_opens_one_timeline_without_any_cookie_and_only_its_origin_may_frame_it() {
    let (house, thread) = house().await;
    let url = address(&house, &json!({ "customer": CUSTOMER, "origin": "https://crm.example" })).await;
    let page = house.browser().get(&path_of(&url)).await;
    assert_eq!(page.status, 200, "{}", page.text);
    assert!(page.text.contains("Northwind &amp; Söhne") && page.text.contains("Offer for the spring campaign"));
    let policy = page.headers["content-security-policy"].to_str().unwrap();
    assert!(policy.ends_with("frame-ancestors https://crm.example") && !policy.contains("unsafe"), "{policy}");
    assert!(!page.headers.contains_key("set-cookie") && !page.headers.contains_key("x-frame-options"));
    assert_eq!(page.headers["referrer-policy"], "no-referrer");

    let pass = between(&page.text, "data-pass=\"", "\"").to_owned();
    let mails = house.browser().get(&format!("/embed/thread?pass={pass}&thread={thread}")).await;
    assert!(mails.status == 200 && mails.text.contains("<li>"), "{}", mails.text);
    assert!(!page.text.contains("=\"<") && !mails.text.contains("=\"<"), "no markup stands inside an attribute");
    let other = ThreadId::from_number(4_711);
    assert_eq!(house.browser().get(&format!("/embed/thread?pass={pass}&thread={other}")).await.status, 404);
    assert_eq!(house.browser().get(&format!("/embed/part?pass={pass}")).await.status, 200);
    let opening = between(url.query().unwrap(), "pass=", "&").to_owned();
    assert_eq!(house.browser().get(&format!("/embed/part?pass={opening}")).await.status, 403, "to open is not to go on");
    assert_eq!(house.browser().get(&format!("/embed/timeline?pass={pass}")).await.status, 403, "to go on is not to open");
}

#[tokio::test]
async fn meetings_stand_among_what_was_written() {
    let (house, thread) = house().await;
    let domain = customer::insert_domain(WORKSPACE, "acme.example", CUSTOMER, house.clock.now());
    house.state.db.commit(Transaction::new("test.domain").with(domain)).await.unwrap();
    meetings::keep(&house).await;
    let url = address(&house, &json!({ "customer": CUSTOMER })).await;
    let page = house.browser().get(&path_of(&url)).await.text;
    let place = |word: &str| page.find(word).unwrap_or_else(|| panic!("{word}: {page}"));
    assert!(place("&lt;i&gt;Plan&lt;/i&gt;") < place(&thread.to_string()) && place(&thread.to_string()) < place("<s>Fair</s>"));
    assert!(page.contains("because bo@acme.example is invited") && page.contains("called off"));
}

#[tokio::test]
async fn a_pass_ends_and_cannot_be_made_up() {
    let (house, _) = house().await;
    let url = address(&house, &json!({ "customer": CUSTOMER })).await;
    let page = house.browser().get(&path_of(&url)).await;
    let going_on = between(&page.text, "data-pass=\"", "\"").to_owned();
    let mut forged = path_of(&url);
    let last = if forged.ends_with('A') { 'B' } else { 'A' };
    forged.truncate(forged.len() - 3);
    forged.extend([last, last, last]);
    assert_eq!(house.browser().get(&forged).await.status, 403);
    house.clock.advance(Duration::from_secs(601));
    let over = house.browser().get(&path_of(&url)).await;
    assert!(over.status == 403 && over.text.contains("expired") && over.text.contains("data-over"), "{}", over.text);
    assert_eq!(house.browser().get(&format!("/embed/part?pass={going_on}")).await.status, 200, "an opened page goes on");
    house.clock.advance(Duration::from_secs(3600));
    assert_eq!(house.browser().get(&format!("/embed/part?pass={going_on}")).await.status, 403);
}

#[tokio::test]
async fn what_cannot_be_embedded_is_said_with_the_mend() {
    let (house, _) = house().await;
    let bearer = KEY.1;
    let foreign =
        ask(&house, Method::POST, "/api/v1/embed", bearer, &json!({ "customer": CUSTOMER, "origin": "https://evil.example" })).await;
    assert!(foreign.status == 422 && foreign.text.contains("embed.origins"), "{}", foreign.text);
    let unknown = ask(&house, Method::POST, "/api/v1/embed", bearer, &json!({ "customer": CustomerId::from_number(5) })).await;
    assert_eq!(unknown.status, 404);
    let neither = ask(&house, Method::POST, "/api/v1/embed", bearer, &json!({})).await;
    assert_eq!(neither.code(), "embed_unclear");
}

#[tokio::test]
async fn an_embedded_page_shows_no_more_than_its_asker_may_see() {
    let (house, thread) = house().await;
    let hide = Statement::new("UPDATE mailbox SET visibility = 'metadata' WHERE workspace_id = $1", [WORKSPACE.into()]);
    house.state.db.commit(Transaction::new("test.hide").with(hide)).await.unwrap();
    let bearer = format!("Bearer {}", token::of(&house.clock, "bo@contoso.example"));
    let made = ask(&house, Method::POST, "/api/v1/embed", &bearer, &json!({ "customer": CUSTOMER })).await;
    let made: Value = serde_json::from_str(&made.text).unwrap();
    let page = house.browser().get(&path_of(&Url::parse(made["url"].as_str().unwrap()).unwrap())).await;
    assert!(page.text.contains("Subject not shown to you") && !page.text.contains("Offer for the spring campaign"), "{}", page.text);
    let pass = between(&page.text, "data-pass=\"", "\"").to_owned();
    let mails = house.browser().get(&format!("/embed/thread?pass={pass}&thread={thread}")).await;
    assert!(mails.text.contains("not shown to you"), "{}", mails.text);
}

#[tokio::test]
async fn the_files_of_the_page_need_no_pass_and_the_component_may_be_loaded_anywhere() {
    let (house, _) = house().await;
    let mut anybody = house.browser();
    anybody.host = "whatever.example".to_owned();
    let component = anybody.get("/embed/rapport-timeline.js").await;
    assert_eq!((component.status, component.headers["access-control-allow-origin"].to_str().unwrap()), (200, "*"));
    assert!(component.bytes.len() < 6_000, "one small file");
    for path in ["/embed/timeline.css", "/embed/timeline.js"] {
        assert_eq!(anybody.get(path).await.status, 200);
    }
}
