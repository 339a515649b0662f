//! Batches: limits of their own, dependencies, parts that are throttled alone.

use http::Method;
use serde_json::{Value, json};

use crate::world::{Answer, World, world, world_with};
use microsoft365_sim::directory::fixture;

async fn batch(world: &World, requests: Value) -> Answer {
    let body = json!({"requests": requests}).to_string();
    world.call(&world.reader(), Method::POST, "/$batch", &[("content-type", "application/json")], &body).await
}

fn part(answer: &Answer, id: &str) -> Value {
    let json = answer.json();
    json["responses"].as_array().unwrap().iter().find(|part| part["id"] == id).cloned().unwrap()
}

#[tokio::test]
async fn parts_are_answered_each_for_itself() {
    let world = world();
    let delivery = world.deliver("inbox", "a");
    let answer = batch(
        &world,
        json!([
            {"id": "1", "method": "GET", "url": "/me/messages?$top=5", "headers": {"Prefer": "IdType=\"ImmutableId\""}},
            {"id": "2", "method": "GET", "url": "me/messages/nonsense"},
            {"id": "3", "method": "get", "url": format!("/me/messages/{}/$value", delivery.id)},
            {"id": "4", "method": "GET", "url": "/me", "dependsOn": ["2"]},
            {"id": "5", "method": "GET", "url": "/me", "dependsOn": ["1"]},
        ]),
    )
    .await;
    assert_eq!(answer.status, 200);
    assert_eq!(part(&answer, "1")["body"]["value"][0]["id"], delivery.id);
    assert_eq!(
        (part(&answer, "2")["status"].as_u64(), part(&answer, "2")["body"]["error"]["code"].as_str()),
        (Some(400), Some("ErrorInvalidIdMalformed"))
    );
    assert!(part(&answer, "3")["body"].is_string());
    assert_eq!((part(&answer, "4")["status"].as_u64(), part(&answer, "5")["status"].as_u64()), (Some(424), Some(200)));
}

#[tokio::test]
async fn answers_come_in_a_drawn_order_unless_set_otherwise() {
    let requests = || Value::from((0..20).map(|id| json!({"id": id.to_string(), "method": "GET", "url": "/me"})).collect::<Vec<_>>());
    let order = |answer: &Answer| -> Vec<String> {
        answer.json()["responses"].as_array().unwrap().iter().map(|part| part["id"].as_str().unwrap().to_owned()).collect()
    };
    let sent: Vec<String> = (0..20).map(|id| id.to_string()).collect();
    assert_ne!(order(&batch(&world(), requests()).await), sent);
    assert_eq!(order(&batch(&world_with(|config| config.graph.batch_shuffled = false), requests()).await), sent);
}

#[tokio::test]
async fn a_malformed_batch_is_refused_whole() {
    let world = world();
    let twenty_one: Vec<_> = (0..21).map(|id| json!({"id": id.to_string(), "method": "GET", "url": "/me"})).collect();
    for requests in [
        Value::from(twenty_one),
        json!([]),
        json!([{"id": "1", "method": "GET", "url": "/me"}, {"id": "1", "method": "GET", "url": "/me"}]),
        json!([{"id": "1", "method": "GET", "url": "/me", "dependsOn": ["9"]}]),
        json!([{"id": "1", "method": "GET", "url": "/me", "dependsOn": ["2"]}, {"id": "2", "method": "GET", "url": "/me", "dependsOn": ["1"]}]),
        json!([{"id": "1", "method": "GET", "url": "https://graph.example/v1.0/me"}]),
        json!([{"id": "1", "method": "POST", "url": "/subscriptions", "body": {}}]),
        json!([{"method": "GET", "url": "/me"}]),
        json!("nonsense"),
    ] {
        let answer = batch(&world, requests.clone()).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "BadRequest"), "{requests}");
    }
}

/// Through the front door: three slots are taken, so of four parts at a time three find none.
#[tokio::test]
async fn parts_that_find_no_slot_are_throttled_alone_with_their_own_retry_after() {
    let world = world_with(|config| config.limits.concurrent_refusal_probability = 1.0);
    let form = format!(
        "grant_type=client_credentials&scope=https%3A%2F%2Fgraph.microsoft.com%2F.default&client_id={}&client_secret={}",
        fixture::SERVICE_APP_ID,
        url::form_urlencoded::byte_serialize(fixture::SERVICE_APP_SECRET.as_bytes()).collect::<String>()
    );
    let tenant = &world.anna.tenant_id;
    let token = http::Request::post(format!("https://graph.example/{tenant}/oauth2/v2.0/token"))
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form.into())
        .unwrap();
    let token: Value = serde_json::from_slice(world.sim.answer(token).await.response().unwrap().body()).unwrap();
    let bearer = format!("Bearer {}", token["access_token"].as_str().unwrap_or_else(|| panic!("{token}")));
    let get = || {
        let uri = "https://graph.example/v1.0/users/anna@contoso.example/messages";
        http::Request::get(uri).header("authorization", &bearer).body(bytes::Bytes::new()).unwrap()
    };
    let held: Vec<_> = (0..3).map(|_| world.sim.arrive(get())).collect();
    let parts: Vec<_> =
        (0..8).map(|id| json!({"id": id.to_string(), "method": "GET", "url": "/users/anna@contoso.example/messages"})).collect();
    let request = http::Request::post("https://graph.example/v1.0/$batch")
        .header("authorization", &bearer)
        .header("content-type", "application/json")
        .body(json!({"requests": parts}).to_string().into())
        .unwrap();
    let response = world.sim.answer(request).await.response().unwrap();
    let json: Value = serde_json::from_slice(response.body()).unwrap();
    let statuses: Vec<_> = json["responses"].as_array().unwrap().iter().map(|part| part["status"].as_u64().unwrap()).collect();
    assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 2, "{statuses:?}");
    let throttled: Vec<_> = json["responses"].as_array().unwrap().iter().filter(|part| part["status"] == 429).collect();
    assert_eq!(throttled.len(), 6);
    assert!(
        throttled.iter().all(|part| part["headers"]["Retry-After"].is_string() && part["body"]["error"]["code"] == "ApplicationThrottled")
    );
    drop(held);
}
