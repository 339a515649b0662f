//! Asking for messages to be changed: who may, what is refused before it is kept, and what is counted.

use api::access::Scope;
use http::Method;
use serde_json::json;

use crate::support::{House, OURS};

const PATH: &str = "/api/v1/instructions";

#[tokio::test]
async fn what_is_wanted_is_counted_first_then_kept_and_told_of() {
    let house = House::new().await;
    let key = house.admin().await;
    let [first, second, _] = house.ours.messages;
    let mut wish = json!({ "messages": [first, second], "wanted": { "is_read": true, "add_categories": ["Acme"] }, "preview": true });
    let counted = house.ask(Method::POST, PATH, &key, Some(&wish)).await;
    assert_eq!((counted.status, counted.json()["messages"].as_u64(), &counted.json()["job"]), (200, Some(2), &json!(null)));
    assert_eq!(house.get(PATH, &key).await.json()["data"].as_array().unwrap().len(), 1, "only the one that was there");
    wish["preview"] = json!(false);
    let asked = house.ask_with(Method::POST, PATH, &key, Some(&wish), &[("idempotency-key", "one")]).await;
    assert_eq!(asked.status, 202, "{}", String::from_utf8_lossy(&asked.bytes));
    let again = house.ask_with(Method::POST, PATH, &key, Some(&wish), &[("idempotency-key", "one")]).await;
    assert_eq!(again.json()["job"]["id"], asked.json()["job"]["id"], "the same request is one job");
    let job = house.get(asked.header("location"), &key).await.json();
    assert_eq!((&job["state"], &job["total"], &job["kind"]), (&json!("running"), &json!(2), &json!("messages.update")));
    let listed = house.get(&format!("{PATH}?job={}&state=waiting", job["id"].as_str().unwrap()), &key).await.json();
    let wanted = &listed["data"][0]["wanted"];
    assert_eq!(listed["data"].as_array().unwrap().len(), 2);
    assert_eq!(wanted, &json!({ "is_read": true, "add_categories": ["Acme"] }));
    let about = house.get(&format!("{PATH}?message={second}"), &key).await.json();
    assert_eq!(about["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn a_filter_finds_what_it_is_about_and_must_be_bounded() {
    let house = House::new().await;
    let key = house.admin().await;
    let (anna, folder) = (house.ours.mailboxes[0], house.ours.folders[0]);
    let all = json!({ "filter": { "mailbox": anna, "folder": folder }, "wanted": { "flag": "flagged" }, "preview": true });
    let there = house.get(&format!("/api/v1/messages?mailbox={anna}&folder={folder}&limit=100"), &key).await.json();
    let counted = house.ask(Method::POST, PATH, &key, Some(&all)).await;
    let visible = there["data"].as_array().unwrap().iter().filter(|message| message["shown"] == "everything").count();
    assert_eq!(counted.json()["messages"].as_u64(), u64::try_from(visible).ok(), "{}", String::from_utf8_lossy(&counted.bytes));
    assert!(visible > 0);
    let everybodys = json!({ "filter": { "is_read": false }, "wanted": { "is_read": true } });
    assert_eq!(house.ask(Method::POST, PATH, &key, Some(&everybodys)).await.code(), "messages_unclear");
    let nothing = json!({ "filter": { "mailbox": anna, "before": "2001-01-01T00:00:00Z" }, "wanted": { "is_read": true } });
    let ended = house.ask(Method::POST, PATH, &key, Some(&nothing)).await.json();
    assert_eq!((&ended["job"]["state"], &ended["messages"]), (&json!("done"), &json!(0)), "a job about nothing has ended");
}

#[tokio::test]
async fn only_who_may_change_mail_changes_it_and_only_in_their_mailboxes() {
    let house = House::new().await;
    let [anna, ben] = house.ours.mailboxes;
    let wish = json!({ "messages": [house.ours.messages[0]], "wanted": { "delete": "to_deleted_items" } });
    let writer = house.key(OURS, &[Scope::Read, Scope::Write, Scope::Send], None).await;
    assert_eq!(house.ask(Method::POST, PATH, &writer, Some(&wish)).await.code(), "scope_missing");
    let bens = house.key(OURS, &[Scope::MailWrite], Some(vec![ben])).await;
    assert_eq!(house.ask(Method::POST, PATH, &bens, Some(&wish)).await.status, 404);
    let annas = house.key(OURS, &[Scope::MailWrite], Some(vec![anna])).await;
    assert_eq!(house.ask(Method::POST, PATH, &annas, Some(&wish)).await.status, 202);
    let foreign = json!({ "messages": [house.ours.messages[0], house.theirs.messages[0]], "wanted": { "is_read": true } });
    assert_eq!(house.ask(Method::POST, PATH, &house.admin().await, Some(&foreign)).await.status, 404, "nothing is done to any of them");
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_before_it_is_kept() {
    let house = House::new().await;
    let key = house.admin().await;
    let (message, folder) = (house.ours.messages[0], house.ours.folders[0]);
    for (wish, code) in [
        (json!({ "messages": [message], "wanted": {} }), "one_thing_at_a_time"),
        (json!({ "messages": [message], "wanted": { "is_read": true, "move_to": folder } }), "one_thing_at_a_time"),
        (json!({ "messages": [message], "wanted": { "move_to": house.theirs.folders[0] } }), "folder_wrong"),
        (json!({ "messages": [message], "wanted": { "move_to": house.ours.folders[1] } }), "folder_wrong"),
        (json!({ "messages": [message], "wanted": { "add_categories": [" "] } }), "category_wrong"),
        (json!({ "messages": [], "wanted": { "is_read": true } }), "messages_unclear"),
        (json!({ "wanted": { "is_read": true } }), "messages_unclear"),
        (json!({ "messages": [message], "wanted": { "colour": "red" } }), "field_unreadable"),
    ] {
        let answer = house.ask(Method::POST, PATH, &key, Some(&wish)).await;
        assert_eq!(answer.code(), code, "{wish}: {}", String::from_utf8_lossy(&answer.bytes));
    }
    assert_eq!(house.get(PATH, &key).await.json()["data"].as_array().unwrap().len(), 1, "nothing was kept");
}
