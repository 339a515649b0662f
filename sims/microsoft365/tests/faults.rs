//! What goes wrong on purpose: each kind, its trigger, and that a schedule replays.

#![allow(clippy::unwrap_used, reason = "test code")]

mod cloud;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use cloud::*;
use http::HeaderMap;
use microsoft365_sim::faults::{Fault, FaultKind, Matcher, Schedule, Trigger};
use microsoft365_sim::journal::Cause;
use microsoft365_sim::mailbox::DeliverOptions;
use microsoft365_sim::outside::Reply as OutsideReply;
use microsoft365_sim::{Answer, Outside, Simulator};
use serde_json::{Value, json};

fn schedule(path: &str, trigger: Trigger, kind: FaultKind) -> Schedule {
    let matches = Matcher { path: Some(path.to_owned()), ..Matcher::default() };
    Schedule { seed: 3, faults: vec![Fault { matches, trigger, kind }] }
}

fn once(path: &str, kind: FaultKind) -> Schedule {
    schedule(path, Trigger::Nth { nth: 1, times: 1 }, kind)
}

async fn meet(kind: FaultKind) -> (Simulator, Option<Reply>) {
    let sim = cloud();
    let token = app_only(&sim).await;
    sim.control().deliver_mime(ANNA, "inbox", MAIL, DeliverOptions::default()).unwrap();
    sim.control().set_faults(once("/messages", kind));
    let bearer = format!("Bearer {token}");
    let path = "/v1.0/users/anna@contoso.example/messages";
    let answer = sim.answer(request("GET", path, &[("authorization", &bearer)], "")).await;
    let reply = Reply::of(answer);
    assert_eq!(graph(&sim, &token, path).await.status, 200, "the second time nothing is wrong");
    (sim, reply)
}

#[tokio::test]
async fn each_kind_of_failing_answer_looks_as_it_should() {
    let (_, throttled) = meet(FaultKind::Throttled { retry_after_ms: Some(2128) }).await;
    let throttled = throttled.unwrap();
    assert_eq!((throttled.status, throttled.header("retry-after")), (429, "2.128"));
    assert_eq!(throttled.json()["error"]["code"], "TooManyRequests");
    let (_, failed) = meet(FaultKind::ServerError { empty: false }).await;
    assert_eq!(failed.unwrap().json()["error"]["code"], "ErrorInternalServerError");
    let (_, empty) = meet(FaultKind::Unavailable { empty: true, retry_after_ms: Some(1500) }).await;
    let empty = empty.unwrap();
    assert_eq!((empty.status, empty.body.len(), empty.header("retry-after")), (503, 0, "2"));
    let (_, gateway) = meet(FaultKind::GatewayTimeout).await;
    assert_eq!(gateway.unwrap().status, 504);
    let (_, refused) = meet(FaultKind::MailboxRefused).await;
    let refused = refused.unwrap();
    assert_eq!((refused.status, refused.json()["error"]["code"].as_str()), (403, Some("ErrorAccessDenied")));
    let (_, token) = meet(FaultKind::TokenExpired).await;
    assert_eq!(token.unwrap().status, 401);
    let (_, cut) = meet(FaultKind::TruncatedBody).await;
    let cut = cut.unwrap();
    assert_eq!(cut.status, 200);
    assert!(serde_json::from_slice::<Value>(&cut.body).is_err() && !cut.body.is_empty());
    let (sim, reset) = meet(FaultKind::ResetBefore).await;
    assert!(reset.is_none());
    assert_eq!(sim.control().counts().resets, 1);
}

#[tokio::test]
async fn a_fault_of_429_is_not_counted_as_a_limit() {
    let (sim, _) = meet(FaultKind::Throttled { retry_after_ms: None }).await;
    let counts = sim.control().counts();
    assert_eq!((counts.throttled.get(&Cause::Fault), counts.throttled.get(&Cause::Concurrency)), (Some(&1), None));
    assert_eq!(counts.faults["throttled"], 1);
}

#[tokio::test]
async fn an_answer_is_lost_after_its_effect_and_a_reset_comes_before_it() {
    let sim = cloud();
    let code = code_of(&sim, ANNA).await;
    let redeem = || sim.answer(request("POST", "/contoso.example/oauth2/v2.0/token", &[], form(&redeem_form(&code))));
    sim.control().set_faults(once("/token", FaultKind::ResetBefore));
    assert!(matches!(redeem().await, Answer::Reset));
    sim.control().set_faults(once("/token", FaultKind::AnswerLost));
    assert!(matches!(redeem().await, Answer::Reset), "this one redeems the code");
    let again = Reply::of(redeem().await).unwrap();
    assert_eq!(again.oauth_error().2, 54005, "so it is used up");
}

#[tokio::test]
async fn the_identity_platform_fails_in_its_own_words() {
    let sim = cloud();
    sim.control().set_faults(once("/token", FaultKind::Throttled { retry_after_ms: Some(5000) }));
    let throttled = token(&sim, &redeem_form("x")).await;
    assert_eq!(throttled.oauth_error(), (429, "temporarily_unavailable".into(), 90055));
    assert_eq!(throttled.header("retry-after"), "5");
    sim.control().set_faults(once("/token", FaultKind::Unavailable { empty: false, retry_after_ms: None }));
    let down = token(&sim, &redeem_form("x")).await;
    assert_eq!((down.status, down.header("content-type")), (503, "text/html"), "an outage is an HTML page");
}

#[tokio::test]
async fn only_requests_with_a_token_meet_an_expired_delta() {
    let sim = cloud();
    let token = app_only(&sim).await;
    let kind = FaultKind::DeltaExpired { status: 410, code: "syncStateNotFound".into() };
    sim.control().set_faults(schedule("*", Trigger::Always, kind));
    let first = graph(&sim, &token, "/v1.0/users/anna@contoso.example/mailFolders/inbox/messages/delta").await;
    assert_eq!(first.status, 200, "{}", first.text());
    let link = text(&first.json()["@odata.deltaLink"]);
    let second = graph(&sim, &token, &link).await;
    assert_eq!((second.status, second.json()["error"]["code"].as_str()), (410, Some("syncStateNotFound")));
}

#[tokio::test]
async fn a_grant_revoked_in_the_middle_stops_the_refresh() {
    let sim = cloud();
    let tokens = sign_in(&sim, ANNA).await;
    sim.control().set_faults(once("/me/messages", FaultKind::GrantRevoked));
    assert_eq!(graph(&sim, &text(&tokens["access_token"]), "/v1.0/me/messages").await.status, 401);
    assert_eq!(refresh(&sim, &text(&tokens["refresh_token"])).await.oauth_error().2, 50173);
}

#[tokio::test]
async fn policy_refuses_a_mailbox_to_an_app_and_not_to_its_user() {
    let sim = cloud();
    let token = app_only(&sim).await;
    let ben = sim.control().user(BEN).unwrap().id;
    sim.control().change_app(microsoft365_sim::directory::fixture::SERVICE_APP_ID, |app| app.mailbox_scope = Some(vec![ben])).unwrap();
    let refused = graph(&sim, &token, "/v1.0/users/anna@contoso.example/messages").await;
    assert_eq!(refused.status, 403);
    assert!(text(&refused.json()["error"]["message"]).contains("[RAOP]"));
    assert_eq!(graph(&sim, &token, "/v1.0/users/ben@contoso.example/messages").await.status, 200);
    let own = text(&sign_in(&sim, ANNA).await["access_token"]);
    assert_eq!(graph(&sim, &own, "/v1.0/me/messages").await.status, 200);
}

#[tokio::test]
async fn latency_is_drawn_within_its_bounds_and_told_to_whoever_waits() {
    let sim = cloud();
    sim.control().set_faults(schedule("/messages", Trigger::Always, FaultKind::Latency { min_ms: 200, max_ms: 900 }));
    let token = app_only(&sim).await;
    let bearer = format!("Bearer {token}");
    let delays: Vec<Duration> = (0..20)
        .map(|_| sim.arrive(request("GET", "/v1.0/users/anna@contoso.example/messages", &[("authorization", &bearer)], "")).delay())
        .collect();
    assert!(delays.iter().all(|delay| (200..=900).contains(&delay.as_millis())));
    assert!(delays.windows(2).any(|pair| pair[0] != pair[1]));
}

async fn strikes(seed: u64) -> (Vec<u16>, Vec<u64>) {
    let sim = cloud();
    let token = app_only(&sim).await;
    let mut schedule = schedule("/messages", Trigger::Chance { probability: 0.3 }, FaultKind::GatewayTimeout);
    schedule.seed = seed;
    let printed = serde_json::to_string(&schedule).unwrap();
    sim.control().set_faults(serde_json::from_str(&printed).unwrap());
    let mut statuses = Vec::new();
    for _ in 0..60 {
        statuses.push(graph(&sim, &token, "/v1.0/users/anna@contoso.example/messages").await.status);
    }
    (statuses, sim.control().faults().1)
}

#[tokio::test]
async fn a_printed_schedule_replays_and_another_seed_gives_another() {
    let (first, struck) = strikes(11).await;
    assert_eq!(strikes(11).await.0, first);
    assert_ne!(strikes(12).await.0, first);
    let count = first.iter().filter(|status| **status == 504).count() as u64;
    assert_eq!(struck, [count]);
    assert!((8..=30).contains(&count), "about 18 of 60: {count}");
}

#[test]
fn a_schedule_reads_as_people_write_it() {
    let text = json!({"seed": 5, "faults": [
        {"when": "nth", "nth": 3, "kind": "answerLost", "matches": {"method": "POST", "path": "/users/*/sendMail"}},
        {"when": "always", "kind": "deltaExpired", "matches": {"mailbox": "anna@contoso.example"}},
        {"when": "chance", "probability": 0.1, "kind": "unavailable", "empty": true}]});
    let schedule: Schedule = serde_json::from_value(text).unwrap();
    assert_eq!(schedule.faults[0].trigger, Trigger::Nth { nth: 3, times: 1 });
    assert_eq!(schedule.faults[1].kind, FaultKind::DeltaExpired { status: 410, code: "syncStateNotFound".into() });
    assert_eq!(schedule.faults[2].kind, FaultKind::Unavailable { empty: true, retry_after_ms: None });
}

/// Notes what is posted; answers the validation.
#[derive(Debug, Default)]
struct Subscriber {
    posts: Mutex<Vec<Value>>,
}

#[async_trait::async_trait]
impl Outside for Subscriber {
    async fn post(&self, url: &str, _headers: HeaderMap, body: Bytes) -> OutsideReply {
        let address = url::Url::parse(url).unwrap();
        if let Some((_, token)) = address.query_pairs().find(|(name, _)| name == "validationToken") {
            let mut headers = HeaderMap::new();
            headers.insert("content-type", http::HeaderValue::from_static("text/plain"));
            return Ok((200, headers, Bytes::from(token.into_owned())));
        }
        self.posts.lock().unwrap().push(serde_json::from_slice(&body).unwrap());
        Ok((202, HeaderMap::new(), Bytes::new()))
    }
}

/// Subscribes to Anna's inbox, delivers three messages a minute apart, and gives the items that arrived within an hour.
async fn notified(kind: FaultKind) -> Vec<Value> {
    let sim = cloud();
    let subscriber = Arc::new(Subscriber::default());
    sim.set_outside(subscriber.clone());
    let token = app_only(&sim).await;
    let expires = sim.now() + Duration::from_secs(86_400);
    let body = json!({"changeType": "created", "notificationUrl": "https://client.example/hook", "clientState": "s",
        "resource": "/users/anna@contoso.example/mailFolders('inbox')/messages", "expirationDateTime": expires.to_string()});
    let bearer = format!("Bearer {token}");
    let made =
        call(&sim, "POST", "/v1.0/subscriptions", &[("authorization", &bearer), ("content-type", "application/json")], body.to_string())
            .await;
    assert_eq!(made.status, 201, "{}", made.text());
    sim.control().set_faults(schedule("messages", Trigger::Nth { nth: 1, times: 1 }, kind));
    for _ in 0..3 {
        sim.control().deliver_mime(ANNA, "inbox", MAIL, DeliverOptions::default()).unwrap();
        sim.control().advance_clock(Duration::from_secs(20));
        sim.deliver_due_notifications().await;
    }
    for _ in 0..60 {
        sim.control().advance_clock(Duration::from_secs(60));
        sim.deliver_due_notifications().await;
    }
    let posts = subscriber.posts.lock().unwrap();
    posts.iter().flat_map(|post| post["value"].as_array().unwrap().clone()).map(|item| item["resourceData"]["id"].clone()).collect()
}

#[tokio::test]
async fn notifications_come_late_twice_or_never() {
    let fine = notified(FaultKind::NotificationLate { by_ms: 0 }).await;
    assert_eq!(fine.len(), 3);
    let late = notified(FaultKind::NotificationLate { by_ms: 600_000 }).await;
    assert_eq!(late.len(), 3);
    assert_eq!(late[2], fine[0], "the first comes last");
    let twice = notified(FaultKind::NotificationTwice).await;
    assert_eq!((twice.len(), twice.iter().filter(|id| **id == fine[0]).count()), (4, 2));
    let never = notified(FaultKind::NotificationNever).await;
    assert_eq!(never, fine[1..]);
}
