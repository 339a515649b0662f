//! Calendars and their groups.

use serde_json::json;

use crate::world::{ANNA, BEN, SALES, text, world};

#[tokio::test]
async fn every_mailbox_has_a_default_calendar_with_the_captured_keys() {
    let world = world();
    let calendars = world.get("/me/calendars").await;
    assert_eq!(calendars.column("name"), ["Calendar"]);
    let one = &calendars.rows()[0];
    let mut keys: Vec<_> = one.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    let captured = [
        "allowedOnlineMeetingProviders",
        "canEdit",
        "canShare",
        "canViewPrivateItems",
        "changeKey",
        "color",
        "defaultOnlineMeetingProvider",
        "groupClassId",
        "hexColor",
        "id",
        "isDefaultCalendar",
        "isRemovable",
        "isTallyingResponses",
        "name",
        "owner",
    ];
    assert_eq!(keys, captured);
    assert_eq!((&one["isDefaultCalendar"], &one["canEdit"], &one["owner"]["address"]), (&json!(true), &json!(true), &json!(ANNA)));
    let by_path = world.get("/me/calendar").await.json();
    assert_eq!(by_path["id"], one["id"]);
    let by_id = world.get(&format!("/users/{ANNA}/calendars/{}", text(one, "id"))).await.json();
    assert_eq!(by_id["name"], "Calendar");
    assert_eq!(world.get("/me/calendarGroups").await.column("name"), ["My Calendars", "Other Calendars", "People's Calendars"]);
    let group = text(&world.get("/me/calendarGroups").await.rows()[0], "id");
    assert_eq!(world.get(&format!("/me/calendarGroups/{group}/calendars")).await.column("name"), ["Calendar"]);
}

#[tokio::test]
async fn calendars_are_made_renamed_and_deleted_but_the_default_one_stays() {
    let world = world();
    let made = world.post("/me/calendars", json!({"name": "Travel", "color": "lightBlue"})).await;
    assert_eq!((made.status, &made.json()["color"]), (201, &json!("lightBlue")));
    let path = format!("/me/calendars/{}", text(&made.json(), "id"));
    assert_eq!(world.post("/me/calendars", json!({"name": "travel"})).await.outcome(), (409, "ErrorFolderExists".to_owned()));
    assert_eq!(world.post("/me/calendars", json!({"name": " "})).await.status, 400);
    assert_eq!(world.post("/me/calendars", json!({"name": "x", "color": "pink"})).await.status, 400);
    let renamed = world.patch(&path, json!({"name": "Trips"})).await.json();
    assert_eq!((&renamed["name"], &renamed["color"]), (&json!("Trips"), &json!("lightBlue")));
    assert_ne!(renamed["changeKey"], made.json()["changeKey"]);
    assert_eq!(world.delete(&path).await.status, 204);
    assert_eq!(world.get(&path).await.outcome(), (404, "ErrorItemNotFound".to_owned()));
    assert_eq!(world.delete("/me/calendar").await.outcome(), (400, "ErrorCannotDeleteObject".to_owned()));
}

#[tokio::test]
async fn scopes_and_roles_open_what_they_name() {
    let world = world();
    let outcome = async |caller, path: &str| world.call(&caller, http::Method::GET, path, &[], &json!(null)).await.outcome();
    let (fine, denied) = ((200, String::new()), (403, "ErrorAccessDenied".to_owned()));
    for scope in ["Calendars.ReadBasic", "Calendars.Read", "Calendars.ReadWrite"] {
        assert_eq!(outcome(world.person(&[scope]), "/me/events").await, fine, "{scope}");
        assert_eq!(outcome(world.person(&[scope]), &format!("/users/{SALES}/events")).await, denied, "{scope}");
    }
    assert_eq!(outcome(world.person(&["Mail.Read"]), "/me/events").await, denied);
    let shared = world.person(&["Calendars.Read.Shared"]);
    assert_eq!(outcome(shared.clone(), &format!("/users/{SALES}/calendar/events")).await, fine, "a delegate");
    assert_eq!(outcome(shared, &format!("/users/{BEN}/calendar/events")).await, denied, "nobody shares with Anna");
    assert_eq!(outcome(world.app(&["Calendars.Read"]), &format!("/users/{BEN}/events")).await, fine);
    assert_eq!(outcome(world.app(&["Calendars.ReadBasic.All"]), &format!("/users/{BEN}/events")).await, fine);
    assert_eq!(outcome(world.app(&["Mail.Read"]), &format!("/users/{BEN}/events")).await, denied);
    assert_eq!(outcome(world.app(&["Calendars.Read"]), "/me/events").await, (400, "BadRequest".to_owned()));
    let window = "startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z";
    assert_eq!(outcome(world.person(&["Calendars.ReadBasic"]), &format!("/me/calendarView/delta?{window}")).await, denied);
    let reader = world.person(&["Calendars.Read"]);
    let made = world.call(&reader, http::Method::POST, "/me/events", &[], &json!({})).await;
    assert_eq!(made.outcome(), denied);
}

#[tokio::test]
async fn zones_are_listed_by_both_kinds_of_name() {
    let world = world();
    let windows = world.call_unseen(&world.owner(), http::Method::GET, "/me/outlook/supportedTimeZones", &[], &json!(null)).await;
    assert!(windows.column("alias").contains(&"W. Europe Standard Time".to_owned()));
    let path = "/me/outlook/supportedTimeZones(TimeZoneStandard=microsoft.graph.timeZoneStandard'Iana')";
    let iana = world.call_unseen(&world.owner(), http::Method::GET, path, &[], &json!(null)).await;
    assert!(iana.column("alias").contains(&"Europe/Berlin".to_owned()));
}
