//! Subscriptions: validation of the addresses, limits, renewal, ends.

use std::time::Duration;

use http::Method;
use jiff::SignedDuration;
use serde_json::{Value, json};

use crate::world::{Answer, Listener, World, world};

pub fn body(world: &World, resource: &str, change_type: &str, hours: i64) -> Value {
    json!({
        "changeType": change_type,
        "notificationUrl": "https://client.example/notify?x=1",
        "lifecycleNotificationUrl": "https://client.example/lifecycle",
        "resource": resource,
        "expirationDateTime": (world.sim.now() + SignedDuration::from_hours(hours)).to_string(),
        "clientState": "secret",
    })
}

pub async fn post(world: &World, body: &Value) -> Answer {
    let headers = [("content-type", "application/json"), ("prefer", "IdType=\"ImmutableId\"")];
    world.call(&world.reader(), Method::POST, "/subscriptions", &headers, &body.to_string()).await
}

#[tokio::test]
async fn a_subscription_is_made_read_renewed_and_ended() {
    let world = world();
    let _listener = Listener::on(&world);
    let made = post(&world, &body(&world, "me/mailFolders('inbox')/messages", "created,updated", 10)).await;
    assert_eq!(made.status, 201);
    let json = made.json();
    let id = json["id"].as_str().unwrap().to_owned();
    assert_eq!((json["clientState"].as_str(), json["creatorId"].as_str()), (Some("secret"), Some(&*world.anna.id)));
    assert_eq!(json["expirationDateTime"], "2026-03-02T18:00:00Z");
    let path = format!("/subscriptions/{id}");
    assert_eq!(world.get(&path).await.json()["id"], id);
    assert_eq!(world.get("/subscriptions").await.column("id"), std::slice::from_ref(&id));
    assert_eq!(world.get_as(&world.app(&["Mail.Read"]), &path).await.code(), "ResourceNotFound");
    let later = json!({"expirationDateTime": "2026-03-04T00:00:00Z"}).to_string();
    let renewed = world.call(&world.reader(), Method::PATCH, &path, &[], &later).await;
    assert_eq!((renewed.status, renewed.json()["expirationDateTime"].as_str()), (200, Some("2026-03-04T00:00:00Z")));
    let reauthorized = world.call(&world.reader(), Method::POST, &format!("{path}/reauthorize"), &[], "").await;
    assert_eq!(reauthorized.status, 204);
    assert_eq!(world.call(&world.reader(), Method::DELETE, &path, &[], "").await.status, 204);
    assert_eq!(world.get(&path).await.status, 404);
}

#[tokio::test]
async fn an_address_that_does_not_answer_as_asked_prevents_it() {
    let world = world();
    let good = body(&world, "me/messages", "created", 1);
    let refused = post(&world, &good).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "InvalidRequest"));
    let listener = Listener::on(&world);
    *listener.echo.lock().unwrap() = Some("something else".to_owned());
    let refused = post(&world, &good).await;
    assert!(refused.json()["error"]["message"].as_str().unwrap().contains("must exactly match validationToken"));
    assert_eq!(world.get("/subscriptions").await.column("id").len(), 0);
}

#[tokio::test]
async fn bad_bodies_are_refused_with_their_codes() {
    let world = world();
    let _listener = Listener::on(&world);
    let with = |name: &str, value: Value| {
        let mut body = body(&world, "me/messages", "created", 1);
        body[name] = value;
        body
    };
    for (body, status, code) in [
        (with("weather", json!("fine")), 400, "RequestBodyRead"),
        (with("clientState", json!(5)), 400, "RequestBodyRead"),
        (with("clientState", json!("x".repeat(129))), 400, "ValidationError"),
        (with("changeType", json!("created,moved")), 400, "ValidationError"),
        (with("notificationUrl", json!("not an address")), 400, "ValidationError"),
        (with("resource", json!("me/weather")), 400, "InvalidRequest"),
        (with("resource", json!("users/ben@contoso.example/messages")), 403, "ExtensionError"),
        (with("resource", Value::Null), 400, "ValidationError"),
        (with("expirationDateTime", json!("2026-03-01T00:00:00Z")), 400, "ValidationError"),
        (with("expirationDateTime", json!("2026-03-09T08:00:00Z")), 400, "ExtensionError"),
        (with("includeResourceData", json!(true)), 501, "NotImplemented"),
    ] {
        let answer = post(&world, &body).await;
        assert_eq!((answer.status, answer.code().as_str()), (status, code), "{body}");
    }
    let exactly = with("expirationDateTime", json!((world.sim.now() + SignedDuration::from_mins(10_070)).to_string()));
    assert_eq!(post(&world, &exactly).await.status, 201);
}

#[tokio::test]
async fn a_second_one_alike_is_a_conflict_and_a_short_life_is_raised() {
    let world = world();
    let _listener = Listener::on(&world);
    let mut short = body(&world, "me/mailFolders/inbox/messages", "created", 1);
    short["expirationDateTime"] = json!((world.sim.now() + SignedDuration::from_mins(5)).to_string());
    let made = post(&world, &short).await.json();
    assert_eq!(made["expirationDateTime"], "2026-03-02T08:45:00Z");
    let again = post(&world, &body(&world, "/users/anna@contoso.example/mailFolders('inbox')/messages", "created", 1)).await;
    assert_eq!((again.status, again.code().as_str()), (409, "Conflict"));
    assert_eq!(post(&world, &body(&world, "me/mailFolders/inbox/messages", "updated", 1)).await.status, 201);
    world.control().advance_clock(Duration::from_secs(46 * 60));
    let path = format!("/subscriptions/{}", made["id"].as_str().unwrap());
    assert_eq!(world.get(&path).await.code(), "ResourceNotFound");
    assert_eq!(post(&world, &body(&world, "me/mailFolders/inbox/messages", "created", 1)).await.status, 201);
}
