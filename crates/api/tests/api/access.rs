//! Who may ask: keys, scopes, sessions and how often.

use api::access::{Asker, CSRF_HEADER, Scope, SignedIn};
use axum::body::Body;
use http::{Method, Request};
use serde_json::json;

use crate::support::{House, OURS};

#[tokio::test]
async fn nobody_is_told_how_to_be_recognised_and_sees_nothing() {
    let house = House::new().await;
    for bearer in ["", "rpt_00000000_wrong", "nonsense"] {
        let answer = house.get("/api/v1/mailboxes", bearer).await;
        assert_eq!(answer.status, 401, "{bearer}");
        assert_eq!(answer.header("www-authenticate"), "Bearer realm=\"rapport\"");
        assert_eq!(answer.header("content-type"), "application/problem+json");
    }
    assert_eq!(house.get("/openapi.json", "").await.status, 200);
}

#[tokio::test]
async fn a_key_does_what_its_scopes_say_and_no_more() {
    let house = House::new().await;
    let reader = house.key(OURS, &[Scope::Read], None).await;
    let writer = house.key(OURS, &[Scope::Write], None).await;
    assert_eq!(house.get("/api/v1/mailboxes", &reader).await.status, 200);
    assert_eq!(house.get("/api/v1/mailboxes", &writer).await.code(), "scope_missing");
    let address = format!("/api/v1/customers/{}", house.ours.customer);
    let change = json!({ "name": "Acme Ltd" });
    assert_eq!(house.ask(Method::PATCH, &address, &reader, Some(&change)).await.code(), "scope_missing");
    assert_eq!(house.ask(Method::PATCH, &address, &writer, Some(&change)).await.status, 200);
    assert_eq!(house.get("/api/v1/keys", &reader).await.status, 403);
    assert_eq!(house.get("/api/v1/endpoints", &reader).await.status, 403);
}

#[tokio::test]
async fn a_key_is_made_once_used_revoked_and_gives_no_more_than_its_maker_has() {
    let house = House::new().await;
    let admin = house.admin().await;
    let wanted = json!({ "name": "reader", "scopes": ["read"], "mailboxes": [house.ours.mailboxes[1]] });
    let made = house.ask(Method::POST, "/api/v1/keys", &admin, Some(&wanted)).await;
    assert_eq!(made.status, 201);
    let (id, key) = (made.json()["id"].as_str().unwrap().to_owned(), made.json()["key"].as_str().unwrap().to_owned());
    let seen = house.get("/api/v1/mailboxes", &key).await.json();
    assert_eq!(seen["data"].as_array().unwrap().len(), 1);
    let shown = house.get(&format!("/api/v1/keys/{id}"), &admin).await.json();
    assert!(shown["last_used_at"].is_string() && !shown.to_string().contains(&key));
    assert_eq!(house.ask(Method::DELETE, &format!("/api/v1/keys/{id}"), &admin, None).await.status, 200);
    assert_eq!(house.get("/api/v1/mailboxes", &key).await.code(), "key_unknown");
    let foreign = json!({ "name": "x", "scopes": ["read"], "mailboxes": [house.theirs.mailboxes[0]] });
    assert_eq!(house.ask(Method::POST, "/api/v1/keys", &admin, Some(&foreign)).await.status, 422);
}

#[tokio::test]
async fn a_key_that_has_run_out_is_unknown() {
    let house = House::new().await;
    let admin = house.admin().await;
    let wanted = json!({ "name": "brief", "scopes": ["read"], "expires_at": "2026-11-21T15:00:00Z" });
    let key = house.ask(Method::POST, "/api/v1/keys", &admin, Some(&wanted)).await.json()["key"].as_str().unwrap().to_owned();
    assert_eq!(house.get("/api/v1/mailboxes", &key).await.status, 200);
    house.clock.advance(std::time::Duration::from_secs(3_600));
    assert_eq!(house.get("/api/v1/mailboxes", &key).await.status, 401);
}

#[tokio::test]
async fn the_configured_key_may_do_everything_in_its_workspace() {
    let configured = "0123456789abcdef0123456789abcdef";
    let house = House::with(|settings| settings.key = Some(base::Secret::from(configured))).await;
    assert_eq!(house.get("/api/v1/keys", configured).await.status, 200);
    assert_eq!(house.get(&format!("/api/v1/threads/{}", house.theirs.thread), configured).await.status, 404);
}

#[tokio::test]
async fn a_session_reads_and_changes_only_from_our_own_page_with_its_key() {
    let house = House::new().await;
    let signed_in = |own_page| SignedIn { asker: Asker::administrator(OURS), csrf: "the-key".into(), from_our_own_page: own_page };
    let request = |method: &Method, key: Option<&str>, own_page| {
        let mut request = Request::builder().method(method).uri(format!("/api/v1/customers/{}", house.ours.customer));
        request = request.header("content-type", "application/json").extension(signed_in(own_page));
        if let Some(key) = key {
            request = request.header(CSRF_HEADER, key);
        }
        request.body(Body::from(json!({ "name": "Acme" }).to_string())).unwrap()
    };
    assert_eq!(house.send(request(&Method::GET, None, false)).await.status, 200);
    assert_eq!(house.send(request(&Method::PATCH, None, true)).await.code(), "foreign_form");
    assert_eq!(house.send(request(&Method::PATCH, Some("another"), true)).await.status, 403);
    assert_eq!(house.send(request(&Method::PATCH, Some("the-key"), false)).await.status, 403);
    assert_eq!(house.send(request(&Method::PATCH, Some("the-key"), true)).await.status, 200);
}

#[tokio::test]
async fn whoever_asks_too_often_is_told_how_long_to_wait() {
    let house = House::with(|settings| settings.requests_per_minute = 2).await;
    let (one, other) = (house.admin().await, house.admin().await);
    let first = house.get("/api/v1/workspaces", &one).await;
    assert_eq!((first.header("ratelimit-limit"), first.header("ratelimit-remaining")), ("2", "1"));
    house.get("/api/v1/workspaces", &one).await;
    let third = house.get("/api/v1/workspaces", &one).await;
    assert_eq!((third.status, third.header("retry-after"), third.header("ratelimit-remaining")), (429, "60", "0"));
    assert_eq!(house.get("/api/v1/workspaces", &other).await.status, 200);
}

#[tokio::test]
async fn what_was_changed_stands_in_the_audit_with_who_did_it() {
    let house = House::new().await;
    let key = house.key(OURS, &[Scope::Write], None).await;
    house.ask(Method::PATCH, &format!("/api/v1/customers/{}", house.ours.customer), &key, Some(&json!({ "name": "Acme Ltd" }))).await;
    let lines = store::audit::list(&house.state.db, OURS, None, 10).await.unwrap();
    assert!(
        lines[0].actor.starts_with("key_") && lines[0].action == "customer.rename" && lines[0].object == house.ours.customer.to_string()
    );
}
