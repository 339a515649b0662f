//! What Microsoft posts: the handshake, and notifications that are only believed to be worth a look.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use http::Method;
use store::{due, hint, subscription, work};
use support::browser::{Browser, Shown};
use support::{House, fixture};

const PATH: &str = "/hooks/microsoft/notifications";

async fn post(browser: &mut Browser, path: &str, body: &str) -> Shown {
    browser.send(Method::POST, path, &[("content-type", "application/json")], body.to_owned()).await
}

fn item(subscription: &str, secret: &str, message: &str) -> String {
    format!(
        r#"{{"subscriptionId":"{subscription}","clientState":"{secret}","changeType":"created","resource":"users/u/messages/{message}",
        "resourceData":{{"id":"{message}"}},"tenantId":"t"}}"#
    )
}

fn batch(items: &[String]) -> String {
    format!(r#"{{"value":[{}]}}"#, items.join(","))
}

/// Whether the mailbox's hints are due by now.
async fn hints_due(house: &House, made: &fixture::Made) -> bool {
    let item = work::find(&house.state.db, due::PULL_HINTS, &due::mailbox_key(made.live)).await.unwrap();
    item.is_some_and(|item| item.due_at <= house.clock.now())
}

#[tokio::test]
async fn the_handshake_answers_with_the_decoded_token_as_plain_text() {
    let house = House::new().await;
    let mut graph = house.browser();
    graph.host = "tunnel.example".into();
    for path in [PATH, "/hooks/microsoft/lifecycle"] {
        let answer = post(&mut graph, &format!("{path}?validationToken=Validation%3A+Testing%20client%2B1%3Db%C3%A4"), "").await;
        assert_eq!((answer.status, answer.text.as_str()), (200, "Validation: Testing client+1=bä"));
        assert_eq!(answer.headers["content-type"], "text/plain; charset=utf-8");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
    }
    let long = "x".repeat(9_000);
    assert_eq!(post(&mut graph, &format!("{PATH}?validationToken={long}"), "").await.status, 400);
}

#[tokio::test]
async fn a_notification_leaves_hints_and_makes_the_look_due_and_asks_microsoft_nothing() {
    let house = House::new().await;
    let made = fixture::fill(&house).await;
    let items = [item("subscription-1", "the right secret", "AAk1="), item("subscription-1", "the right secret", "AAk2=")];
    let answer = post(&mut house.browser(), PATH, &batch(&items)).await;
    assert_eq!((answer.status, answer.text.as_str()), (202, ""));
    let hints = hint::list(&house.state.db, made.live, 10).await.unwrap();
    let mut named: Vec<&str> = hints.iter().map(|hint| hint.graph_message_id.as_str()).collect();
    named.sort_unstable();
    assert_eq!(named, ["AAk1=", "AAk2="]);
    assert!(hints_due(&house, &made).await);
    let kept = subscription::find(&house.state.db, made.live).await.unwrap().unwrap();
    assert_eq!(kept.last_notified_at, Some(house.clock.now()));
    assert!(house.microsoft.asked.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_subscription_are_answered_alike_and_not_acted_on() {
    let house = House::new().await;
    let made = fixture::fill(&house).await;
    for items in [
        vec![item("subscription-1", "the wrong secret", "AAk1=")],
        vec![item("subscription-1", "", "AAk1=")],
        vec![item("subscription-2", "the right secret", "AAk1=")],
        vec![r#"{"subscriptionId":"subscription-1","changeType":"created"}"#.to_owned()],
        vec![],
    ] {
        let answer = post(&mut house.browser(), PATH, &batch(&items)).await;
        assert_eq!((answer.status, answer.text.as_str()), (202, ""));
    }
    assert!(hint::list(&house.state.db, made.live, 10).await.unwrap().is_empty());
    assert!(!hints_due(&house, &made).await);
}

#[tokio::test]
async fn a_wrong_item_does_not_lean_on_a_right_one_beside_it() {
    let house = House::new().await;
    let made = fixture::fill(&house).await;
    let items = [item("subscription-1", "the right secret", "good"), item("subscription-1", "wrong", "forged")];
    assert_eq!(post(&mut house.browser(), PATH, &batch(&items)).await.status, 202);
    let hints = hint::list(&house.state.db, made.live, 10).await.unwrap();
    assert_eq!(hints.iter().map(|hint| hint.graph_message_id.as_str()).collect::<Vec<_>>(), ["good"]);
}

#[tokio::test]
async fn lifecycle_events_make_the_subscription_and_the_whole_mailbox_due() {
    let house = House::new().await;
    let made = fixture::fill(&house).await;
    for (event, state) in [("reauthorizationRequired", "reauthorize"), ("subscriptionRemoved", "gone"), ("missed", "gone")] {
        let body =
            batch(&[format!(r#"{{"subscriptionId":"subscription-1","clientState":"the right secret","lifecycleEvent":"{event}"}}"#)]);
        assert_eq!(post(&mut house.browser(), "/hooks/microsoft/lifecycle", &body).await.status, 202);
        let kept = subscription::find(&house.state.db, made.live).await.unwrap().unwrap();
        assert_eq!(kept.state.name(), state, "{event}");
    }
    let key = due::mailbox_key(made.live);
    for kind in [due::KEEP_SUBSCRIPTION, due::PULL_FOLDERS] {
        assert!(work::find(&house.state.db, kind, &key).await.unwrap().is_some(), "{kind}");
    }
    let folder = due::folder_key(made.live, made.inbox);
    assert!(work::find(&house.state.db, due::PULL_MESSAGES, &folder).await.unwrap().is_some());
}

#[tokio::test]
async fn what_is_no_notification_or_too_long_is_refused() {
    let house = House::new().await;
    assert_eq!(post(&mut house.browser(), PATH, "{}").await.status, 400);
    assert_eq!(post(&mut house.browser(), PATH, "not json").await.status, 400);
    let long = batch(&[item("s", "c", &"A".repeat(4 * 1024 * 1024))]);
    assert_eq!(post(&mut house.browser(), PATH, &long).await.status, 413);
}
