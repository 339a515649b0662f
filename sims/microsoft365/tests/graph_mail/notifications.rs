//! Notifications: what is told, when, again after failures, and the lifecycle.

use std::time::Duration;

use http::Method;
use serde_json::{Value, json};

use crate::subscriptions::{body, post};
use crate::world::{ANNA, Listener, World, world, world_with};
use microsoft365_sim::faults::{Fault, FaultKind, Matcher, Schedule, Trigger};
use microsoft365_sim::graph::subscriptions::Lifecycle;

/// Lets a time pass and delivers what is due by then, step by step.
async fn pass(world: &World, seconds: u64) {
    for _ in 0..seconds.div_ceil(5) {
        world.control().advance_clock(Duration::from_secs(5));
        world.sim.deliver_due_notifications().await;
    }
}

fn told(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["changeType"].as_str().or(item["lifecycleEvent"].as_str()).unwrap()).collect()
}

async fn subscribe(world: &World, resource: &str, change_type: &str) -> String {
    let made = post(world, &body(world, resource, change_type, 24)).await;
    assert_eq!(made.status, 201, "{}", made.json());
    made.json()["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_new_message_is_told_with_its_id_after_a_delay() {
    let world = world();
    let listener = Listener::on(&world);
    let subscription = subscribe(&world, "me/mailFolders('inbox')/messages", "created,deleted").await;
    let delivery = world.deliver("inbox", "a");
    assert!(world.sim.next_notification_due().unwrap() > world.sim.now());
    assert_eq!(world.sim.deliver_due_notifications().await, 0);
    pass(&world, 5).await;
    let items = listener.take();
    assert_eq!(told(&items), ["created"]);
    assert_eq!(items[0]["subscriptionId"], subscription);
    assert_eq!((items[0]["clientState"].as_str(), items[0]["tenantId"].as_str()), (Some("secret"), Some(&*world.anna.tenant_id)));
    assert_eq!(items[0]["resourceData"]["id"], delivery.id);
    assert_eq!(items[0]["resource"], format!("Users/{}/Messages/{}", world.anna.id, delivery.id));
    world.control().mark_read(ANNA, &delivery.id, true).unwrap();
    world.control().move_message(ANNA, &delivery.id, "archive").unwrap();
    pass(&world, 5).await;
    assert_eq!(told(&listener.take()), ["deleted"]);
    world.deliver("archive", "b");
    pass(&world, 10).await;
    assert!(listener.take().is_empty());
}

#[tokio::test]
async fn a_filter_on_the_read_flag_turns_updates_into_arrivals() {
    let world = world();
    let listener = Listener::on(&world);
    subscribe(&world, "me/messages?$filter=isRead eq false", "created,updated,deleted").await;
    let id = world.deliver("inbox", "a").id;
    pass(&world, 5).await;
    assert_eq!(told(&listener.take()), ["created"]);
    world.control().mark_read(ANNA, &id, true).unwrap();
    pass(&world, 5).await;
    assert_eq!(told(&listener.take()), ["deleted"]);
    world.control().flag(ANNA, &id, "flagged").unwrap();
    world.control().mark_read(ANNA, &id, false).unwrap();
    pass(&world, 5).await;
    assert_eq!(told(&listener.take()), ["created"]);
}

#[tokio::test]
async fn a_move_seen_from_the_whole_mailbox_is_as_set() {
    for (both, expected) in [(true, vec!["created", "deleted"]), (false, vec!["updated"])] {
        let world = world_with(|config| config.graph.notifications_of_moves_in_mailbox = both);
        let listener = Listener::on(&world);
        let id = world.deliver("inbox", "a").id;
        subscribe(&world, "me/messages", "created,updated,deleted").await;
        world.control().move_message(ANNA, &id, "archive").unwrap();
        pass(&world, 5).await;
        let mut heard: Vec<_> = listener.take().iter().map(|item| item["changeType"].as_str().unwrap().to_owned()).collect();
        heard.sort_unstable();
        assert_eq!(heard, expected);
        world.control().delete_message(ANNA, &id, false).unwrap();
        pass(&world, 5).await;
        listener.take();
        world.control().delete_message(ANNA, &id, false).unwrap();
        pass(&world, 5).await;
        assert_eq!(told(&listener.take()), ["deleted"]);
    }
}

#[tokio::test]
async fn what_nobody_takes_is_tried_again_and_given_up_after_four_hours() {
    let world = world();
    let listener = Listener::on(&world);
    subscribe(&world, "me/messages", "created").await;
    *listener.status.lock().unwrap() = Some(503);
    world.deliver("inbox", "a");
    pass(&world, 60).await;
    assert!(listener.take().is_empty());
    *listener.status.lock().unwrap() = None;
    pass(&world, 120).await;
    assert_eq!(told(&listener.take()), ["created"]);
    *listener.status.lock().unwrap() = Some(500);
    world.deliver("inbox", "b");
    pass(&world, 4 * 3600 - 600).await;
    assert!(world.sim.next_notification_due().is_some());
    pass(&world, 3600 * 2).await;
    *listener.status.lock().unwrap() = None;
    pass(&world, 600).await;
    assert!(!told(&listener.take()).contains(&"created"));
}

#[tokio::test]
async fn notifications_for_one_address_go_together() {
    let world = world_with(|config| config.graph.notification_delay_seconds = (0, 0));
    let listener = Listener::on(&world);
    subscribe(&world, "me/messages", "created").await;
    for number in 0..45 {
        world.deliver("inbox", &number.to_string());
    }
    assert_eq!(world.sim.deliver_due_notifications().await, 3);
    assert_eq!(listener.take().len(), 45);
}

#[tokio::test]
async fn the_fault_schedule_loses_doubles_and_delays() {
    let fault = |kind: FaultKind| Fault { matches: Matcher::default(), trigger: Trigger::Always, kind };
    for (kind, at_once, in_the_end) in [
        (FaultKind::NotificationNever, 0, 0),
        (FaultKind::NotificationTwice, 1, 2),
        (FaultKind::NotificationLate { by_ms: 30_000 }, 0, 1),
        (FaultKind::NotificationOutOfOrder, 0, 1),
    ] {
        let world = world_with(|config| config.graph.notification_delay_seconds = (0, 0));
        let listener = Listener::on(&world);
        subscribe(&world, "me/messages", "created").await;
        world.control().set_faults(Schedule { seed: 3, faults: vec![fault(kind.clone())] });
        world.deliver("inbox", "a");
        world.sim.deliver_due_notifications().await;
        let first = listener.take().len();
        pass(&world, 180).await;
        let rest = listener.take().len();
        assert_eq!((first, first + rest), (at_once, in_the_end), "{kind:?}");
        assert_eq!(world.control().counts().faults[kind.name()], 1);
    }
}

#[tokio::test]
async fn an_end_that_nears_is_told_until_it_is_renewed() {
    let world = world_with(|config| config.graph.reauthorization_for_tokens = false);
    let listener = Listener::on(&world);
    let id = post(&world, &body(&world, "me/messages", "created", 3)).await.json()["id"].as_str().unwrap().to_owned();
    pass(&world, 2 * 3600 - 60).await;
    assert!(listener.take().is_empty());
    pass(&world, 20 * 60).await;
    let items = listener.take();
    assert_eq!(told(&items), ["reauthorizationRequired", "reauthorizationRequired"]);
    assert_eq!(items[0]["subscriptionId"], id);
    let later = json!({"expirationDateTime": (world.sim.now() + jiff::SignedDuration::from_hours(5)).to_string()}).to_string();
    let renewed = world.call(&world.reader(), http::Method::PATCH, &format!("/subscriptions/{id}"), &[], &later).await;
    assert_eq!(renewed.status, 200);
    pass(&world, 3600).await;
    assert!(listener.take().is_empty());
}

#[tokio::test]
async fn the_service_may_remove_a_subscription_or_say_that_it_missed_something() {
    let world = world();
    let listener = Listener::on(&world);
    let id = subscribe(&world, "me/messages", "created").await;
    assert!(world.control().announce(&id, Lifecycle::Missed));
    world.sim.deliver_due_notifications().await;
    assert!(world.control().announce(&id, Lifecycle::SubscriptionRemoved));
    world.sim.deliver_due_notifications().await;
    assert_eq!(told(&listener.take()), ["missed", "subscriptionRemoved"]);
    assert_eq!(world.get(&format!("/subscriptions/{id}")).await.status, 404);
    world.deliver("inbox", "a");
    pass(&world, 10).await;
    assert!(listener.take().is_empty());
}

#[tokio::test]
async fn what_is_changed_through_graph_is_told() {
    let world = world();
    let listener = Listener::on(&world);
    subscribe(&world, "me/mailFolders('inbox')/messages", "created,updated,deleted").await;
    let path = format!("/me/messages/{}", world.deliver("inbox", "a").id);
    pass(&world, 5).await;
    assert_eq!(told(&listener.take()), ["created"]);
    let writer = world.person(&["Mail.ReadWrite"]);
    for (method, path, body, status, expected) in [
        (Method::PATCH, path.clone(), r#"{"importance":"high"}"#, 200, "updated"),
        (Method::POST, format!("{path}/copy"), r#"{"destinationId":"inbox"}"#, 201, "created"),
        (Method::DELETE, path, "", 204, "deleted"),
    ] {
        assert_eq!(world.call(&writer, method, &path, &[], body).await.status, status);
        pass(&world, 5).await;
        assert_eq!(told(&listener.take()), [expected]);
    }
}
