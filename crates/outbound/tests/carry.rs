//! Carrying, against a receiver on this machine whose answers are scripted: order, retries, pauses, parking, signatures.
#![allow(clippy::unwrap_used, reason = "a test fails by stopping where something is wrong")]

#[allow(dead_code, reason = "another test uses the rest of it")]
mod support;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use model::event::{Event, EventKind};
use outbound::{Expand, PAUSE_AFTER, RETRIES, Shown, SigningSecret, Thin, sign};
use store::delivery::{self, DeliveryState};
use store::endpoint::{self, Endpoint, EndpointKind, EndpointState};
use store::{CommitHook, Ending, Phase, StoreError};

use support::{ENDPOINT, House, MAILBOX, OTHER, Receiver, Scene, world_caller};

/// A retry's wait with the most that jitter adds.
fn after(failure: usize) -> Duration {
    RETRIES[failure - 1] + RETRIES[failure - 1] / 10 + Duration::from_millis(1)
}

#[tokio::test]
async fn every_delivery_arrives_in_order_for_each_mailbox_and_is_settled() {
    let receiver = Receiver::start().await;
    let house = House::calling(&receiver.url).await;
    let first = house.receive(MAILBOX, 100).await;
    house.receive(OTHER, 70).await;
    assert_eq!(house.run().await, Ending::Rest);
    for (mailbox, count) in [(MAILBOX, 100), (OTHER, 70)] {
        let of_mailbox = receiver.heard().into_iter().map(|heard| heard.place()).filter(|place| place.0 == mailbox.to_string());
        let sequences: Vec<String> = of_mailbox.map(|place| place.1).collect();
        assert_eq!(sequences, (1..=count).map(|sequence| sequence.to_string()).collect::<Vec<_>>());
    }
    let settled = house.delivery(first[99]).await;
    assert_eq!((settled.state, settled.tries, settled.attempts[0].status), (DeliveryState::Delivered, 1, Some(200)));
    assert_eq!(delivery::count_pending(&house.db, ENDPOINT).await.unwrap(), 0);
    assert!(house.endpoint().await.succeeded_at.is_some());
}

#[tokio::test]
async fn a_call_is_signed_for_its_delivery_and_its_moment() {
    let receiver = Receiver::start().await;
    let house = House::calling(&receiver.url).await;
    let told = house.receive(MAILBOX, 1).await;
    house.run().await;
    let heard = receiver.heard().remove(0);
    let timestamp = house.clock.now().seconds();
    assert_eq!(heard.header("webhook-id"), told[0].to_string());
    assert_eq!(heard.header("webhook-timestamp"), timestamp.to_string());
    assert_eq!(heard.header("webhook-signature"), sign(std::slice::from_ref(&house.secret), &told[0].to_string(), timestamp, &heard.body));
    assert_eq!(heard.header("content-type"), "application/json");
    assert_eq!(heard.json()["type"], "message.received");
}

#[tokio::test]
async fn while_a_secret_is_changed_both_sign_and_later_only_the_new_one() {
    let receiver = Receiver::start().await;
    let house = House::calling(&receiver.url).await;
    let fresh = SigningSecret::generate();
    let sealed = house.vault.seal_text(&endpoint::secret_place(ENDPOINT), &fresh.write());
    let until = house.clock.now().plus(Duration::from_secs(3600));
    house.commit([endpoint::rotate_secret(ENDPOINT, sealed, until)]).await;
    let mut expected = Vec::new();
    for (wait, secrets) in [(0, vec![fresh.clone(), house.secret.clone()]), (3600, vec![fresh.clone()])] {
        house.clock.advance(Duration::from_secs(wait));
        let told = house.receive(MAILBOX, 1).await;
        house.run().await;
        let body = receiver.heard().pop().unwrap().body;
        expected.push(sign(&secrets, &told[0].to_string(), house.clock.now().seconds(), &body));
    }
    let signatures: Vec<String> = receiver.heard().iter().map(|heard| heard.header("webhook-signature").to_owned()).collect();
    assert_eq!(signatures, expected);
}

#[tokio::test]
async fn a_failed_delivery_is_tried_again_under_the_same_id_and_holds_back_its_mailbox_alone() {
    let receiver = Receiver::start().await;
    let house = House::calling(&receiver.url).await;
    receiver.script([Scene::status(503).saying("busy".repeat(200))]);
    let told = house.receive(MAILBOX, 2).await;
    house.run().await;
    assert_eq!(receiver.places(), ["1"]);
    house.receive(OTHER, 1).await;
    house.run().await;
    assert_eq!(receiver.heard().last().unwrap().place().0, OTHER.to_string());
    let failed = house.delivery(told[0]).await;
    let attempt = &failed.attempts[0];
    assert_eq!((failed.state, attempt.status, attempt.error.as_deref()), (DeliveryState::Pending, Some(503), Some("it failed")));
    assert_eq!(attempt.answer.as_ref().unwrap().len(), 300, "the beginning of the answer is kept");
    house.run_after(Duration::from_secs(4)).await;
    assert_eq!(receiver.heard().len(), 2, "it is not tried before its time");
    house.run_after(after(1)).await;
    let of_first: Vec<String> = receiver.heard().iter().map(|heard| heard.header("webhook-id").to_owned()).collect();
    assert_eq!([&of_first[0], &of_first[2]], [&told[0].to_string(), &told[0].to_string()]);
    assert_eq!(house.delivery(told[0]).await.attempts.len(), 2);
    assert_eq!(house.delivery(told[1]).await.state, DeliveryState::Delivered);
}

#[tokio::test]
async fn retry_after_is_honoured_for_the_whole_endpoint() {
    let receiver = Receiver::start().await;
    let house = House::calling(&receiver.url).await;
    receiver.script([Scene::status(429).with("retry-after", "600")]);
    house.receive(MAILBOX, 1).await;
    house.run().await;
    house.receive(OTHER, 1).await;
    house.run().await;
    house.run_after(Duration::from_secs(599)).await;
    assert_eq!(receiver.heard().len(), 1, "nobody calls before the time that it asked for");
    house.run_after(Duration::from_secs(2)).await;
    assert_eq!(receiver.heard().len(), 3);
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_disabled_and_what_waits_is_dropped() {
    let receiver = Receiver::start().await;
    let house = House::calling(&receiver.url).await;
    receiver.script([Scene::status(410)]);
    let told = house.receive(MAILBOX, 3).await;
    house.run().await;
    assert_eq!(receiver.heard().len(), 1);
    let gone = house.endpoint().await;
    assert_eq!((gone.state, gone.problem.unwrap().code), (EndpointState::Disabled, "endpoint_gone".to_owned()));
    assert_eq!(house.delivery(told[2]).await.state, DeliveryState::Skipped);
    assert_eq!(house.events_of(EventKind::EndpointDisabled).await.len(), 1);
}

#[tokio::test]
async fn a_hook_that_is_gone_is_removed() {
    let receiver = Receiver::start().await;
    let house = House::with(&receiver.url, Arc::new(world_caller()), Arc::new(Thin), EndpointKind::Zapier).await;
    receiver.script([Scene::status(410)]);
    house.receive(MAILBOX, 2).await;
    house.run().await;
    assert!(endpoint::find(&house.db, ENDPOINT).await.unwrap().is_none());
    assert_eq!(house.events_of(EventKind::EndpointDisabled).await.len(), 1);
    assert!(house.claim().await.is_none());
}

#[tokio::test]
async fn an_endpoint_that_takes_nothing_for_three_days_is_paused_and_resumes_in_order() {
    let receiver = Receiver::start().await;
    let house = House::calling(&receiver.url).await;
    receiver.judge_by(|_| Scene::status(500));
    let told = house.receive(MAILBOX, 2).await;
    house.run().await;
    for failure in 1..=RETRIES.len() {
        assert_eq!(house.endpoint().await.state, EndpointState::Active);
        house.run_after(after(failure)).await;
    }
    let paused = house.endpoint().await;
    assert_eq!((paused.state, paused.failures as usize), (EndpointState::Paused, RETRIES.len() + 1));
    assert!(paused.problem.unwrap().action.contains("Resume"));
    let events = house.events_of(EventKind::EndpointPaused).await;
    assert_eq!(events.len(), 1);
    assert!(house.clock.now().since(support::start()) >= PAUSE_AFTER);
    assert_eq!(house.delivery(told[0]).await.state, DeliveryState::Pending, "nothing is lost by a pause");
    receiver.judge_by(|_| Scene::status(200));
    let now = house.clock.now();
    house.commit([endpoint::resume(ENDPOINT, now), delivery::hasten(ENDPOINT, now), store::due::carry(ENDPOINT, now)]).await;
    house.run().await;
    let places = receiver.places();
    assert_eq!(places[places.len() - 2..], ["1", "2"]);
    assert_eq!(house.delivery(told[1]).await.state, DeliveryState::Delivered);
}

#[tokio::test]
async fn a_delivery_that_keeps_failing_while_others_succeed_is_parked_and_what_is_behind_it_goes_on() {
    let receiver = Receiver::start().await;
    let house = House::calling(&receiver.url).await;
    let poison = house.receive(MAILBOX, 2).await;
    let id = poison[0].to_string();
    receiver.judge_by(move |heard| Scene::status(if heard.header("webhook-id") == id { 422 } else { 200 }));
    house.run().await;
    for failure in 1..=4 {
        house.receive(OTHER, 1).await;
        house.run_after(after(failure)).await;
    }
    let parked = house.delivery(poison[0]).await;
    assert_eq!((parked.state, parked.tries), (DeliveryState::Parked, 5));
    assert_eq!(house.delivery(poison[1]).await.state, DeliveryState::Delivered, "what was behind it went on");
    let events = house.events_of(EventKind::DeliveryParked).await;
    assert_eq!(events, [serde_json::json!({"endpoint": ENDPOINT, "event": "message.received", "tries": 5})]);
    assert_eq!(house.endpoint().await.state, EndpointState::Active);
}

#[tokio::test]
async fn the_first_success_after_a_long_failure_lets_everything_go_at_once() {
    let receiver = Receiver::start().await;
    let house = House::calling(&receiver.url).await;
    receiver.judge_by(|_| Scene::status(503));
    let told = house.receive(MAILBOX, 1).await;
    house.run().await;
    for failure in 1..=5 {
        house.run_after(after(failure)).await;
    }
    receiver.judge_by(|_| Scene::status(200));
    house.receive(OTHER, 1).await;
    house.run().await;
    assert_eq!(house.delivery(told[0]).await.state, DeliveryState::Delivered, "it does not wait for its own three hours");
}

#[tokio::test]
async fn an_endpoint_that_nobody_answers_at_is_said_so_without_telling_what_is_there() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = url::Url::parse(&format!("http://127.0.0.1:{}/hook", listener.local_addr().unwrap().port())).unwrap();
    drop(listener);
    let house = House::calling(&url).await;
    let told = house.receive(MAILBOX, 1).await;
    let ending = house.run().await;
    assert!(matches!(ending, Ending::Next(at, _) if at.since(house.clock.now()) >= RETRIES[0]), "{ending:?}");
    let attempt = house.delivery(told[0]).await.attempts.remove(0);
    assert_eq!(
        (attempt.status, attempt.error.as_deref()),
        (None, Some("no connection could be made: the name, the port or the certificate"))
    );
}

#[tokio::test]
async fn a_crash_at_the_commit_repeats_the_call_under_the_same_id() {
    for phase in [Phase::Before, Phase::After] {
        let receiver = Receiver::start().await;
        let mut house = House::calling(&receiver.url).await;
        let told = house.receive(MAILBOX, 1).await;
        let whole = house.outbound.clone();
        let hook: CommitHook = Arc::new(move |name, at| name == "carry.webhooks" && at == phase);
        let settings = outbound::Settings { base_url: url::Url::parse("https://rapport.contoso.example").unwrap() };
        let (db, clock, vault) = (house.db.with_commit_hook(hook), house.clock.clone(), house.vault.clone());
        house.outbound = outbound::Outbound::new(db, clock, vault, Arc::new(world_caller()), Arc::new(Thin), settings);
        let lease = house.claim().await.unwrap();
        assert!(matches!(house.outbound.run(&lease).await, Err(StoreError::Crashed)));
        house.outbound = whole;
        house.run_after(Duration::from_secs(61)).await;
        let ids: Vec<String> = receiver.heard().iter().map(|heard| heard.header("webhook-id").to_owned()).collect();
        let repeated = if phase == Phase::Before { 2 } else { 1 };
        assert_eq!(ids, vec![told[0].to_string(); repeated]);
        assert_eq!(house.delivery(told[0]).await.state, DeliveryState::Delivered);
    }
}

#[tokio::test]
async fn who_lost_the_lease_writes_nothing() {
    let receiver = Receiver::start().await;
    let house = House::calling(&receiver.url).await;
    let told = house.receive(MAILBOX, 1).await;
    let old = house.claim().await.unwrap();
    house.clock.advance(Duration::from_secs(61));
    let new = house.claim().await.unwrap();
    assert!(matches!(house.outbound.run(&old).await, Err(StoreError::Refused { .. })));
    assert_eq!(house.delivery(told[0]).await.state, DeliveryState::Pending);
    house.outbound.run(&new).await.unwrap();
    assert_eq!(house.delivery(told[0]).await.state, DeliveryState::Delivered);
}

#[tokio::test]
async fn what_a_person_dropped_meanwhile_stays_dropped() {
    let receiver = Receiver::start().await;
    let house = Arc::new(House::calling(&receiver.url).await);
    let told = house.receive(MAILBOX, 1).await;
    let db = house.db.clone();
    receiver.judge_by(move |_| {
        let db = db.clone();
        let dropped = std::thread::spawn(move || {
            let now = support::start();
            let dropping = store::Transaction::new("test.drop").with_all(delivery::skip_pending(ENDPOINT, now));
            tokio::runtime::Runtime::new().unwrap().block_on(db.commit(dropping)).unwrap();
        });
        dropped.join().unwrap();
        Scene::status(200)
    });
    assert_eq!(house.run().await, Ending::Rest);
    assert_eq!(house.delivery(told[0]).await.state, DeliveryState::Skipped);
}

/// Shows a noun to one owner.
struct ForAdministrators;

#[async_trait]
impl Expand for ForAdministrators {
    async fn show(&self, endpoint: &Endpoint, event: &Event) -> Shown {
        let sees = endpoint.owner == "administrator" && endpoint.expand;
        Shown { details: serde_json::Value::Null, noun: sees.then(|| serde_json::json!({"number": event.subject})) }
    }
}

#[tokio::test]
async fn an_endpoint_that_asks_for_the_noun_gets_it_as_its_owner_sees_it() {
    let receiver = Receiver::start().await;
    let house = House::with(&receiver.url, Arc::new(world_caller()), Arc::new(ForAdministrators), EndpointKind::Generic).await;
    house.receive(MAILBOX, 1).await;
    house.run().await;
    assert_eq!(receiver.heard()[0].json()["data"]["message"], serde_json::json!({"number": 1}));
}
