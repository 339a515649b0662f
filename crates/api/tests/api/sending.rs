//! Asking for mail to be sent: who may, what is refused before it is kept, and what comes back.

use api::access::Scope;
use axum::body::Body;
use http::{Method, Request, header};
use serde_json::json;

use crate::support::{House, OURS};

fn a_mail() -> serde_json::Value {
    json!({ "to": [{ "email": "bo@acme.example", "name": "Bo" }], "subject": "Offer\r\nBcc: x@y.example", "html": "<p>Hello</p>" })
}

#[tokio::test]
async fn a_mail_is_kept_once_however_often_it_is_asked_for_under_one_key() {
    let house = House::new().await;
    let (key, path) = (house.admin().await, format!("/api/v1/mailboxes/{}/send", house.ours.mailboxes[0]));
    let first = house.ask_with(Method::POST, &path, &key, Some(&a_mail()), &[("idempotency-key", "one")]).await;
    assert_eq!(first.status, 202, "{}", String::from_utf8_lossy(&first.bytes));
    assert_eq!(first.header("location"), format!("/api/v1/outbox/{}", first.json()["id"].as_str().unwrap()));
    assert_eq!(first.json()["subject"], "Offer Bcc: x@y.example", "a subject is one line");
    assert_eq!(first.json()["state"], "queued");
    // The answer is forgotten after a day; the mail is not.
    house.clock.advance(std::time::Duration::from_secs(25 * 3600));
    let again = house.ask_with(Method::POST, &path, &key, Some(&a_mail()), &[("idempotency-key", "one")]).await;
    assert_eq!((again.status, &again.json()["id"]), (202, &first.json()["id"]));
    house.clock.advance(std::time::Duration::from_secs(25 * 3600));
    let other = json!({ "to": [{ "email": "ann@acme.example" }], "text": "Another" });
    let refused = house.ask_with(Method::POST, &path, &key, Some(&other), &[("idempotency-key", "one")]).await;
    assert_eq!((refused.status, refused.code().as_str()), (422, "idempotency_key_reused"), "another mail is not swallowed");
    let listed = house.get("/api/v1/outbox?state=queued", &key).await.json();
    assert_eq!(listed["data"].as_array().unwrap().len(), 2, "this one and the one for tomorrow");
}

#[tokio::test]
async fn what_exchange_would_refuse_is_told_before_anything_is_kept() {
    let house = House::new().await;
    let (key, path) = (house.admin().await, format!("/api/v1/mailboxes/{}/send", house.ours.mailboxes[0]));
    let large = store::file::File {
        id: model::id::FileId::new(house.clock.now()),
        workspace: OURS,
        name: "film.mov".into(),
        content_type: "video/quicktime".into(),
        size_bytes: 30_000_000,
        sha256: None,
        asked_by: "test".into(),
        created_at: house.clock.now(),
        completed_at: None,
    };
    let brought = [store::file::insert(&large), store::file::complete(large.id, large.size_bytes, b"", house.clock.now())];
    house.state.db.commit(store::Transaction::new("test.file").with_all(brought)).await.unwrap();
    let with = |field: &str, value: serde_json::Value| {
        let mut mail = a_mail();
        mail[field] = value;
        mail
    };
    for (mail, status, said) in [
        (with("to", json!([])), 422, "recipient"),
        (with("to", json!([{ "email": "bo at acme" }])), 422, "address"),
        (with("headers", json!([{ "name": "Sender", "value": "x" }])), 422, "x-"),
        (with("text", json!("Hello")), 422, "`html` and `text`"),
        (with("attachments", json!([{ "file": large.id }])), 422, "35 MB"),
        (with("attachments", json!([{ "file": "fil_0G3KQ7T2ZJ4M8" }])), 404, "nothing"),
        (with("send_at", json!("2036-01-01T00:00:00Z")), 422, "year"),
        (with("undo_seconds", json!(601)), 422, "601"),
        (with("colour", json!("red")), 422, "colour"),
    ] {
        let answer = house.ask(Method::POST, &path, &key, Some(&mail)).await;
        let problem = answer.json();
        let words = format!("{} {} {}", problem["title"], problem["detail"], problem["action"]);
        assert_eq!(answer.status, status, "{said}: {words}");
        assert!(words.contains(said), "{said}: {words}");
    }
    assert_eq!(house.get("/api/v1/outbox", &key).await.json()["data"].as_array().unwrap().len(), 1, "nothing was kept");
}

#[tokio::test]
async fn only_who_may_send_sends_and_what_is_queued_can_be_taken_back_once() {
    let house = House::new().await;
    let (reader, sender) = (house.key(OURS, &[Scope::Read], None).await, house.key(OURS, &[Scope::Read, Scope::Send], None).await);
    let elsewhere = house.key(OURS, &[Scope::Send], Some(vec![house.ours.mailboxes[1]])).await;
    let path = format!("/api/v1/mailboxes/{}/send", house.ours.mailboxes[0]);
    assert_eq!(house.ask(Method::POST, &path, &reader, Some(&a_mail())).await.code(), "scope_missing");
    assert_eq!(house.ask(Method::POST, &path, &elsewhere, Some(&a_mail())).await.status, 404);
    let cancel = format!("/api/v1/outbox/{}/cancel", house.ours.outgoing);
    assert_eq!(house.ask(Method::POST, &cancel, &reader, None).await.status, 403);
    let cancelled = house.ask(Method::POST, &cancel, &sender, None).await;
    assert_eq!((cancelled.status, &cancelled.json()["state"]), (200, &json!("cancelled")));
    assert_eq!(house.ask(Method::POST, &cancel, &sender, None).await.code(), "mail_stands_otherwise");
    let resolve = format!("/api/v1/outbox/{}/resolve", house.ours.outgoing);
    let decided = house.ask(Method::POST, &resolve, &sender, Some(&json!({ "decision": "send_again" }))).await;
    assert_eq!(decided.status, 409, "what was taken back is not decided about");
}

#[tokio::test]
async fn an_answer_quotes_the_original_and_goes_to_its_author() {
    let house = House::new().await;
    let (key, path) = (house.admin().await, format!("/api/v1/mailboxes/{}/send", house.ours.mailboxes[0]));
    let original = house.get(&format!("/api/v1/messages/{}", house.ours.messages[0]), &key).await.json();
    let wanted = json!({ "html": "<p>Gladly.</p>", "answers": { "message": house.ours.messages[0], "how": "reply" } });
    let answer = house.ask(Method::POST, &path, &key, Some(&wanted)).await;
    assert_eq!(answer.status, 202, "{}", String::from_utf8_lossy(&answer.bytes));
    let shown = answer.json();
    assert_eq!(shown["to"][0]["email"], original["from"]["email"]);
    assert_eq!((&shown["kind"], &shown["original"]), (&json!("reply"), &json!(house.ours.messages[0])));
    assert!(shown["subject"].as_str().unwrap().starts_with("RE: "), "{shown}");
    let id = shown["id"].as_str().unwrap().parse().unwrap();
    let kept = store::outgoing::find(&house.state.db, id).await.unwrap().unwrap();
    assert!(kept.written.body.contains("Gladly.") && kept.written.body.contains("divRplyFwdMsg"), "{}", kept.written.body);
    assert_eq!(kept.written.in_reply_to.as_deref(), original["internet_message_id"].as_str());
}

#[tokio::test]
async fn a_file_is_brought_as_a_stream_and_known_by_its_hash() {
    let house = House::new().await;
    let key = house.key(OURS, &[Scope::Send], None).await;
    let bytes: Vec<u8> = (0..2_500_000u32).map(|number| u8::try_from(number % 251).unwrap()).collect();
    let request = Request::builder()
        .method(Method::POST)
        .uri("/api/v1/files?name=a%2Fb%20offer.pdf")
        .header(header::AUTHORIZATION, format!("Bearer {key}"))
        .header(header::CONTENT_TYPE, "application/pdf")
        .body(Body::from(bytes.clone()))
        .unwrap();
    let answer = house.send(request).await;
    assert_eq!(answer.status, 201, "{}", String::from_utf8_lossy(&answer.bytes));
    let file = answer.json();
    assert_eq!((&file["name"], &file["size_bytes"]), (&json!("ab offer.pdf"), &json!(2_500_000)));
    let id = file["id"].as_str().unwrap().parse().unwrap();
    assert!(store::file::whole(&house.state.db, id, 2_500_000).await.unwrap() == bytes);
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &bytes);
    assert_eq!(file["sha256"], base::random::hex(hash.as_ref()));
    let other = house.key(OURS, &[Scope::Send], None).await;
    let path = format!("/api/v1/files/{}", file["id"].as_str().unwrap());
    assert_eq!((house.get(&path, &key).await.status, house.get(&path, &other).await.status), (200, 404), "a file is its bringer's");
    let send = format!("/api/v1/mailboxes/{}/send", house.ours.mailboxes[0]);
    let mut mail = a_mail();
    mail["attachments"] = json!([{ "file": file["id"] }]);
    assert_eq!(house.ask(Method::POST, &send, &other, Some(&mail)).await.status, 404);
}

#[tokio::test]
async fn a_mail_that_failed_and_whose_file_is_gone_is_not_sent_without_it() {
    let house = House::new().await;
    let key = house.key(OURS, &[Scope::Read, Scope::Send], None).await;
    let now = house.clock.now();
    let file = model::id::FileId::new(now);
    let enclosed =
        model::outgoing::Enclosed { file, name: "a.txt".into(), content_type: "text/plain".into(), size_bytes: 5, content_id: None };
    let written = model::outgoing::Written { enclosed: vec![enclosed], ..Default::default() };
    let owner = (OURS, house.ours.mailboxes[0]);
    let mail = model::outgoing::Outgoing::asked(model::id::OutgoingId::new(now), owner, "gone".into(), written, now);
    let failed = model::outgoing::Outgoing { state: model::outgoing::OutgoingState::Failed, ..mail.clone() };
    let brought = store::file::File {
        id: file,
        workspace: OURS,
        name: "a.txt".into(),
        content_type: "text/plain".into(),
        size_bytes: 5,
        sha256: None,
        asked_by: "test".into(),
        created_at: now,
        completed_at: None,
    };
    let made = store::Transaction::new("test.failed")
        .with_all([store::file::insert(&brought), store::file::complete(file, 5, b"", now)])
        .with_all(store::outgoing::ask(&mail))
        .with_all(store::outgoing::change(&mail, &failed, now))
        .with_all(store::file::remove(file));
    house.state.db.commit(made).await.unwrap();
    let again =
        house.ask(Method::POST, &format!("/api/v1/outbox/{}/resolve", mail.id), &key, Some(&json!({ "decision": "send_again" }))).await;
    assert_eq!((again.status, again.code().as_str()), (409, "file_forgotten"));
    assert_eq!(house.get(&format!("/api/v1/outbox/{}", mail.id), &key).await.json()["state"], "failed");
}
