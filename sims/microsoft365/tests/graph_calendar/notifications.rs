//! Subscriptions to events: what is told, to whom, and what can't be watched.

use http::Method;
use serde_json::{Value, json};

use crate::world::{ANNA, BEN, Listener, World, event, no_end, series, text, world};

pub async fn subscribe(world: &World, scopes: &[&str], resource: &str) -> (u16, String) {
    let expires = (world.sim.now() + jiff::SignedDuration::from_hours(24)).to_string();
    let body = json!({"changeType": "created,updated,deleted", "notificationUrl": "https://listener.example/n", "resource": resource,
        "expirationDateTime": expires, "clientState": "secret"});
    let immutable = [("prefer", "IdType=\"ImmutableId\"")];
    world.call(&world.person(scopes), Method::POST, "/subscriptions", &immutable, &body).await.outcome()
}

pub fn told(items: &[Value]) -> Vec<&str> {
    items.iter().map(|item| item["changeType"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn events_are_told_with_their_ids_and_mail_is_not_among_them() {
    let world = world();
    let listener = Listener::on(&world);
    assert_eq!(subscribe(&world, &["Calendars.Read"], "me/events").await.0, 201);
    let control = world.control();
    let made = control.create_event(ANNA, None, &event("a", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC", json!({}))).unwrap();
    control.deliver_json(ANNA, "inbox", &json!({"subject": "mail"}), Default::default()).unwrap();
    let items = listener.take(&world).await;
    assert_eq!(told(&items), ["created"]);
    assert_eq!(
        (text(&items[0], "resourceData/id"), text(&items[0], "resourceData/@odata.type")),
        (made.id.clone(), "#Microsoft.Graph.Event".into())
    );
    assert_eq!(text(&items[0], "resource"), format!("Users/{}/Events/{}", world.anna.id, made.id));
    control.change_event(ANNA, &made.id, &json!({"subject": "b"})).unwrap();
    assert_eq!(told(&listener.take(&world).await), ["updated"]);
    world.delete(&format!("/me/events/{}", made.id)).await;
    assert_eq!(told(&listener.take(&world).await), ["deleted"]);
}

#[tokio::test]
async fn a_changed_day_is_told_as_a_change_of_its_series() {
    let world = world();
    let listener = Listener::on(&world);
    let master = world.control().create_event(ANNA, None, &series("Standup", no_end())).unwrap();
    assert_eq!(subscribe(&world, &["Calendars.Read"], &format!("users/{ANNA}/events")).await.0, 201);
    let window = "startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-03-20T00:00:00Z";
    let days = world.get(&format!("/me/calendarView?{window}")).await.column("id");
    world.patch(&format!("/me/events/{}", days[0]), json!({"subject": "x"})).await;
    world.delete(&format!("/me/events/{}", days[1])).await;
    let items = listener.take(&world).await;
    assert_eq!(told(&items), ["updated", "updated"]);
    assert_eq!(text(&items[0], "resourceData/id"), master.id);
}

#[tokio::test]
async fn only_ones_own_events_with_a_permission_to_read_can_be_watched() {
    let world = world();
    let _listener = Listener::on(&world);
    let refused = (403, "ExtensionError".to_owned());
    assert_eq!(subscribe(&world, &["Mail.Read"], "me/events").await, refused);
    assert_eq!(subscribe(&world, &["Calendars.Read.Shared"], &format!("users/{BEN}/events")).await, refused);
    assert_eq!(subscribe(&world, &["Calendars.Read"], "me/calendarView").await, (400, "InvalidRequest".to_owned()));
}
