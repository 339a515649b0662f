//! Archives by the API: who may, what is refused before it is kept, what is told, and that a secret never comes back.

use api::access::Scope;
use http::Method;
use serde_json::{Value, json};

use crate::support::{House, OURS};

fn a_bucket() -> Value {
    json!({ "kind": "bucket", "endpoint": "https://s3.example", "region": "eu", "bucket": "mail", "access_key_id": "AKID" })
}

fn a_mail_server() -> Value {
    json!({ "kind": "smtp", "host": "journal.example", "port": 587, "tls": "starttls", "sender": "us@contoso.example", "recipient": "us@archive.example" })
}

#[tokio::test]
async fn an_archive_is_started_told_of_cancelled_and_resumed_and_its_secret_is_sealed() {
    let house = House::new().await;
    let key = house.key(OURS, &[Scope::Archive], None).await;
    let body = json!({ "mailbox": house.ours.mailboxes[0], "target": a_bucket(), "secret": "hush-hush" });
    let started = house.ask_with(Method::POST, "/api/v1/archives", &key, Some(&body), &[("idempotency-key", "one")]).await;
    assert_eq!(started.status, 202, "{}", String::from_utf8_lossy(&started.bytes));
    let again = house.ask_with(Method::POST, "/api/v1/archives", &key, Some(&body), &[("idempotency-key", "one")]).await;
    assert_eq!(again.json()["id"], started.json()["id"], "the same request starts one archive");
    let path = started.header("location").to_owned();
    let told = house.get(&path, &key).await;
    assert_eq!((&told.json()["state"], &told.json()["planned"]), (&json!("planning"), &Value::Null));
    assert_eq!(told.json()["target"]["path_style"], true);
    let cancelled = house.ask(Method::POST, &format!("{path}/cancel"), &key, None).await;
    assert_eq!(cancelled.json()["state"], "cancelled");
    assert_eq!(house.ask(Method::POST, &format!("{path}/cancel"), &key, None).await.status, 409, "it stands still already");
    let resumed = house.ask(Method::POST, &format!("{path}/resume"), &key, Some(&json!({ "secret": "another" }))).await;
    assert_eq!(resumed.json()["state"], "planning", "nothing was listed yet");
    for answer in [started, again, told, cancelled, resumed, house.get("/api/v1/archives", &key).await] {
        assert!(!String::from_utf8_lossy(&answer.bytes).contains("hush"), "a secret came back");
    }
    let id = path.rsplit('/').next().unwrap().parse().unwrap();
    let kept = store::archive::find(&house.state.db, id).await.unwrap().unwrap();
    let place = store::archive::secret_place(id);
    let secret = house.state.vault.open_text(&place, &kept.secret_sealed.unwrap()).unwrap();
    assert_eq!(secret.expose(), "another");
}

#[tokio::test]
async fn only_who_may_archive_can_and_only_their_own_mailboxes() {
    let house = House::new().await;
    let [anna, ben] = house.ours.mailboxes;
    let wish = json!({ "mailbox": anna, "target": a_bucket(), "secret": "x" });
    let reader = house.key(OURS, &[Scope::Read, Scope::Write], None).await;
    assert_eq!(house.ask(Method::POST, "/api/v1/archives", &reader, Some(&wish)).await.code(), "scope_missing");
    let bens = house.key(OURS, &[Scope::Archive], Some(vec![ben])).await;
    assert_eq!(house.ask(Method::POST, "/api/v1/archives", &bens, Some(&wish)).await.status, 404);
    assert_eq!(house.get(&format!("/api/v1/archives/{}", house.ours.archive), &bens).await.status, 404, "of all mailboxes");
    assert_eq!(house.get("/api/v1/archives", &bens).await.json()["data"], json!([]));
    let started = house.ask(Method::POST, "/api/v1/archives", &bens, Some(&json!({ "target": a_bucket(), "secret": "x" }))).await;
    let id = started.json()["id"].as_str().unwrap().parse().unwrap();
    let kept = store::archive::find(&house.state.db, id).await.unwrap().unwrap();
    assert_eq!(kept.mailboxes, Some(vec![ben]), "all mail is all of what the key may use");
    assert_eq!(house.get(&format!("/api/v1/archives/{id}"), &bens).await.status, 200);
}

#[tokio::test]
async fn what_cannot_be_meant_is_refused_before_it_is_kept() {
    let house = House::new().await;
    let key = house.admin().await;
    let (anna, customer, folder) = (house.ours.mailboxes[0], house.ours.customer, house.theirs.folders[0]);
    for (wish, code) in [
        (json!({ "mailbox": anna, "customer": customer, "target": a_bucket() }), "archive_of_two_things"),
        (json!({ "query": "  ", "target": a_bucket() }), "query_empty"),
        (json!({ "query": "before:nonsense", "target": a_bucket() }), "query_no_date"),
        (json!({ "folder": folder, "target": a_bucket() }), "not_found"),
        (json!({ "mailbox": anna, "target": a_bucket(), "secret": "" }), "secret_wrong"),
        (json!({ "continuous": true, "target": a_bucket() }), "continuous_archive_refused"),
        (json!({ "continuous": true, "target": a_mail_server(), "query": "offer" }), "continuous_archive_refused"),
        (json!({ "continuous": true, "target": a_mail_server(), "received_before": "2030-01-01T00:00:00Z" }), "continuous_archive_refused"),
    ] {
        let answer = house.ask(Method::POST, "/api/v1/archives", &key, Some(&wish)).await;
        assert_eq!(answer.code(), code, "{wish}: {}", String::from_utf8_lossy(&answer.bytes));
    }
    assert_eq!(house.get("/api/v1/archives", &key).await.json()["data"].as_array().unwrap().len(), 1, "only the one that was there");
}

#[tokio::test]
async fn a_journal_of_one_mailbox_is_continuous_and_says_so() {
    let house = House::new().await;
    let key = house.admin().await;
    let wish = json!({ "continuous": true, "mailbox": house.ours.mailboxes[0], "target": a_mail_server() });
    let started = house.ask(Method::POST, "/api/v1/archives", &key, Some(&wish)).await;
    assert_eq!((started.status, &started.json()["continuous"]), (202, &json!(true)));
    let listed = house.get("/api/v1/archives", &key).await.json();
    assert_eq!(listed["data"].as_array().unwrap().iter().map(|one| one["continuous"] == true).collect::<Vec<_>>(), [true, false]);
}
