//! A request with an Idempotency-Key is done once.

use http::Method;
use serde_json::json;

use crate::support::House;

#[tokio::test]
async fn a_request_that_is_sent_again_is_answered_as_the_first_time_and_done_once() {
    let house = House::new().await;
    let key = house.admin().await;
    let wanted = json!({ "name": "Umbrella" });
    let with_key = [("idempotency-key", "one")];
    let first = house.ask_with(Method::POST, "/api/v1/customers", &key, Some(&wanted), &with_key).await;
    let again = house.ask_with(Method::POST, "/api/v1/customers", &key, Some(&wanted), &with_key).await;
    assert_eq!((first.status, again.status), (201, 201));
    assert_eq!(first.bytes, again.bytes);
    assert_eq!((first.header("location"), again.header("idempotency-replayed")), (again.header("location"), "true"));
    let named = house.get("/api/v1/customers?prefix=umbrella", &key).await.json();
    assert_eq!(named["data"].as_array().unwrap().len(), 1);
    let other = house.ask_with(Method::POST, "/api/v1/customers", &key, Some(&json!({ "name": "Other" })), &with_key).await;
    assert_eq!((other.status, other.code().as_str()), (422, "idempotency_key_reused"));
    let another_asker = house.admin().await;
    let theirs = house.ask_with(Method::POST, "/api/v1/customers", &another_asker, Some(&wanted), &with_key).await;
    assert_eq!((theirs.status, theirs.header("idempotency-replayed")), (201, ""), "a key is its asker's own");
}

#[tokio::test]
async fn a_key_is_kept_for_a_day() {
    let house = House::new().await;
    let key = house.admin().await;
    let ask =
        || house.ask_with(Method::POST, "/api/v1/customers", &key, None, &[("idempotency-key", "k"), ("content-type", "application/json")]);
    assert_eq!(ask().await.status, 400, "an empty body is a refusal, which is kept too");
    house.clock.advance(std::time::Duration::from_secs(23 * 3600));
    assert_eq!(ask().await.header("idempotency-replayed"), "true");
    house.clock.advance(std::time::Duration::from_secs(3600 + 1));
    assert_eq!(ask().await.header("idempotency-replayed"), "");
}

#[tokio::test]
async fn while_the_first_is_under_way_the_second_waits() {
    let house = House::new().await;
    let key = house.admin().await;
    let listed = house.get("/api/v1/keys", &key).await.json();
    let asker = format!("{}/{}", house.ours.workspace, listed["data"][0]["id"].as_str().unwrap());
    let begun = store::idempotency::begin(&asker, "k", b"hash", house.clock.now());
    house.state.db.commit(store::Transaction::new("test.begin").with(begun)).await.unwrap();
    let wanted = json!({ "name": "x" });
    let busy = house.ask_with(Method::POST, "/api/v1/customers", &key, Some(&wanted), &[("idempotency-key", "k")]).await;
    assert_eq!(busy.status, 422, "another request's key");
    house.clock.advance(std::time::Duration::from_secs(121));
    let after = house.ask_with(Method::POST, "/api/v1/customers", &key, Some(&wanted), &[("idempotency-key", "k")]).await;
    assert_eq!(after.status, 201, "a request that was lost does not keep its key");
}

#[tokio::test]
async fn a_secret_is_not_kept_to_be_shown_again() {
    let house = House::new().await;
    let key = house.admin().await;
    let wanted = json!({ "name": "reader", "scopes": ["read"] });
    let ask = || house.ask_with(Method::POST, "/api/v1/keys", &key, Some(&wanted), &[("idempotency-key", "k")]);
    assert!(ask().await.json()["key"].is_string());
    let again = ask().await;
    assert_eq!((again.status, again.code().as_str()), (409, "shown_once"));
}
