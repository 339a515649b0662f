//! Drafts: what may be put into one, and that a draft is sent once, by whoever may send.

use api::access::Scope;
use http::Method;
use serde_json::{Value, json};
use store::{Statement, Transaction};

use crate::support::{House, OURS};

/// Has one of the house's messages be a draft to these.
async fn make_draft(house: &House, to: Value) -> String {
    let sql = "UPDATE message SET is_draft = 1, recipients = $2 WHERE id = $1";
    let made = Statement::new(sql, [house.ours.messages[0].into(), json!({ "to": to }).to_string().into()]).expect_rows(1, "it is there");
    house.state.db.commit(Transaction::new("test.draft").with(made)).await.unwrap();
    format!("/api/v1/messages/{}/send", house.ours.messages[0])
}

fn bo() -> Value {
    json!([{ "name": "Bo", "address": "bo@acme.example" }])
}

#[tokio::test]
async fn a_draft_may_be_without_recipients_but_not_what_exchange_would_never_take_and_nothing_of_sending() {
    let house = House::new().await;
    let (key, path) = (house.admin().await, format!("/api/v1/mailboxes/{}/drafts", house.ours.mailboxes[0]));
    let kept = house.ask_with(Method::POST, &path, &key, Some(&json!({ "text": "To be said" })), &[("idempotency-key", "one")]).await;
    assert_eq!(kept.status, 202, "{}", String::from_utf8_lossy(&kept.bytes));
    assert_eq!(kept.header("location"), format!("/api/v1/outbox/{}", kept.json()["id"].as_str().unwrap()));
    house.clock.advance(std::time::Duration::from_secs(25 * 3600));
    let again = house.ask_with(Method::POST, &path, &key, Some(&json!({ "text": "To be said" })), &[("idempotency-key", "one")]).await;
    assert_eq!((again.status, &again.json()["id"]), (202, &kept.json()["id"]), "one draft for a key");
    // The same key does not turn a draft into a sent mail.
    let send = format!("/api/v1/mailboxes/{}/send", house.ours.mailboxes[0]);
    let mail = json!({ "text": "To be said", "to": [{ "email": "bo@acme.example" }] });
    house.clock.advance(std::time::Duration::from_secs(25 * 3600));
    assert_eq!(
        house.ask_with(Method::POST, &send, &key, Some(&mail), &[("idempotency-key", "one")]).await.code(),
        "idempotency_key_reused"
    );
    for (draft, code) in [
        (json!({ "text": "x", "to": [{ "email": "bo at acme" }] }), "no_address"),
        (json!({ "text": "x", "headers": [{ "name": "Sender", "value": "x" }] }), "header_name"),
        (json!({ "text": "x", "undo_seconds": 5 }), "draft_not_sent"),
        (json!({ "text": "x", "send_at": "2026-12-01T00:00:00Z" }), "draft_not_sent"),
        (json!({ "html": "x", "tracking": { "opens": true } }), "draft_not_sent"),
        (json!({ "text": "x", "replaces": house.ours.messages[0] }), "no_draft"),
        (json!({ "text": "x", "replaces": house.theirs.messages[0] }), "not_found"),
    ] {
        let refused = house.ask(Method::POST, &path, &key, Some(&draft)).await;
        assert_eq!(refused.code(), code, "{draft}: {}", String::from_utf8_lossy(&refused.bytes));
    }
}

#[tokio::test]
async fn a_draft_is_sent_once_however_often_it_is_asked_and_again_only_once_the_first_was_taken_back() {
    let house = House::new().await;
    let (reader, sender) = (house.key(OURS, &[Scope::Read], None).await, house.key(OURS, &[Scope::Read, Scope::Send], None).await);
    let path = format!("/api/v1/messages/{}/send", house.ours.messages[0]);
    let wanted = json!({ "undo_seconds": 10 });
    assert_eq!(house.ask(Method::POST, &path, &sender, Some(&wanted)).await.code(), "no_draft", "it is a mail that has come");
    make_draft(&house, json!([])).await;
    assert_eq!(house.ask(Method::POST, &path, &sender, Some(&wanted)).await.code(), "no_recipients");
    make_draft(&house, bo()).await;
    assert_eq!(house.ask(Method::POST, &path, &reader, Some(&wanted)).await.code(), "scope_missing");
    let first = house.ask(Method::POST, &path, &sender, Some(&wanted)).await;
    assert_eq!(first.status, 202, "{}", String::from_utf8_lossy(&first.bytes));
    assert_eq!((&first.json()["to"][0]["email"], &first.json()["state"]), (&json!("bo@acme.example"), &json!("queued")));
    let second = house.ask(Method::POST, &path, &sender, Some(&wanted)).await;
    assert_eq!(second.json()["id"], first.json()["id"]);
    let cancel = format!("/api/v1/outbox/{}/cancel", first.json()["id"].as_str().unwrap());
    assert_eq!(house.ask(Method::POST, &cancel, &sender, None).await.json()["state"], "cancelled");
    let third = house.ask(Method::POST, &path, &sender, Some(&wanted)).await;
    assert!(third.status == 202 && third.json()["id"] != first.json()["id"], "{}", String::from_utf8_lossy(&third.bytes));
}

#[tokio::test]
async fn a_draft_that_is_gone_is_not_sent_again_on_a_guess() {
    let house = House::new().await;
    let key = house.key(OURS, &[Scope::Read, Scope::Send], None).await;
    let path = make_draft(&house, bo()).await;
    let asked = house.ask(Method::POST, &path, &key, Some(&json!({}))).await.json();
    let id = asked["id"].as_str().unwrap().parse().unwrap();
    let queued = store::outgoing::find(&house.state.db, id).await.unwrap().unwrap();
    let in_state = |state| model::outgoing::Outgoing { state, ..queued.clone() };
    let now = house.clock.now();
    let unclear = store::outgoing::change(&queued, &in_state(model::outgoing::OutgoingState::Unclear), now);
    house.state.db.commit(Transaction::new("test.unclear").with_all(unclear)).await.unwrap();
    let resolve = format!("/api/v1/outbox/{id}/resolve");
    let refused = house.ask(Method::POST, &resolve, &key, Some(&json!({ "decision": "send_again" }))).await;
    assert_eq!((refused.status, refused.code().as_str()), (409, "mail_stands_otherwise"));
    let present = store::outgoing::find(&house.state.db, id).await.unwrap().unwrap();
    let failed = model::outgoing::Outgoing { state: model::outgoing::OutgoingState::Failed, ..present.clone() };
    let failed = store::outgoing::change(&present, &failed, now);
    house.state.db.commit(Transaction::new("test.failed").with_all(failed)).await.unwrap();
    assert_eq!(house.ask(Method::POST, &resolve, &key, Some(&json!({ "decision": "send_again" }))).await.json()["state"], "queued");
    let again = store::outgoing::find(&house.state.db, id).await.unwrap().unwrap();
    assert_eq!(again.draft, queued.draft, "it is still that draft which is to be sent");
}
