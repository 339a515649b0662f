//! Events: their properties, zones, whole days, changes, lists.

use http::Method;
use serde_json::{Value, json};

use crate::world::{ANNA, event, text, world, world_with};

#[tokio::test]
async fn an_event_has_the_captured_keys_and_comes_in_the_zone_that_is_asked_for() {
    let world = world();
    let body = json!({"body": {"contentType": "html", "content": "<p>Agenda</p>"}, "location": {"displayName": "Room A"}});
    let made = world.post("/me/events", event("Plan", "2026-07-21T15:00:00", "2026-07-21T15:30:00", "Europe/Berlin", body)).await;
    assert_eq!(made.status, 201);
    let json = made.json();
    let keys = [
        "allowNewTimeProposals",
        "attendees",
        "body",
        "bodyPreview",
        "categories",
        "changeKey",
        "createdDateTime",
        "end",
        "hasAttachments",
        "hideAttendees",
        "iCalUId",
        "id",
        "importance",
        "isAllDay",
        "isCancelled",
        "isDraft",
        "isOnlineMeeting",
        "isOrganizer",
        "isReminderOn",
        "lastModifiedDateTime",
        "location",
        "locations",
        "occurrenceId",
        "onlineMeeting",
        "onlineMeetingProvider",
        "onlineMeetingUrl",
        "organizer",
        "originalEndTimeZone",
        "originalStartTimeZone",
        "recurrence",
        "reminderMinutesBeforeStart",
        "responseRequested",
        "responseStatus",
        "sensitivity",
        "seriesMasterId",
        "showAs",
        "start",
        "subject",
        "transactionId",
        "type",
        "uid",
        "webLink",
    ];
    let own: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).filter(|name| !name.contains('@')).collect();
    assert_eq!(own, keys);
    assert_eq!((text(&json, "start/dateTime"), text(&json, "start/timeZone")), ("2026-07-21T13:00:00.0000000".into(), "UTC".into()));
    assert_eq!(
        (&json["originalStartTimeZone"], &json["type"], &json["showAs"]),
        (&json!("Europe/Berlin"), &json!("singleInstance"), &json!("busy"))
    );
    assert_eq!((&json["isOrganizer"], &json["responseStatus"]["response"]), (&json!(true), &json!("organizer")));
    assert_eq!((text(&json, "bodyPreview"), text(&json, "location/uniqueId")), ("Agenda".into(), "Room A".into()));
    assert_eq!(text(&json, "organizer/emailAddress/address"), ANNA);
    let path = format!("/me/events/{}", text(&json, "id"));
    for (zone, shown) in [("Pacific Standard Time", "2026-07-21T06:00:00.0000000"), ("Asia/Tokyo", "2026-07-21T22:00:00.0000000")] {
        let seen = world.get_with(&path, &[("prefer", &format!("outlook.timezone=\"{zone}\""))]).await;
        assert_eq!((text(&seen.json(), "start/dateTime"), text(&seen.json(), "start/timeZone")), (shown.into(), zone.into()));
        assert!(seen.headers["preference-applied"].to_str().unwrap().contains(zone));
    }
    let bad = world.get_with(&path, &[("prefer", "outlook.timezone=\"Middle Earth Standard Time\"")]).await;
    assert_eq!(bad.outcome(), (400, "TimeZoneNotSupportedException".to_owned()));
    let plain = world.get_with(&path, &[("prefer", "outlook.body-content-type=\"text\"")]).await.json();
    assert_eq!((text(&plain, "body/contentType"), text(&plain, "body/content").trim()), ("text".into(), "Agenda"));
    let lasting = world.get_with(&path, &[("prefer", "IdType=\"ImmutableId\"")]).await.json();
    assert!(text(&lasting, "id").starts_with("AAkALg"));
    assert_eq!(world.get(&format!("/me/events/{}", text(&lasting, "id"))).await.status, 200);
}

#[tokio::test]
async fn whole_days_are_midnight_to_midnight_wherever_one_looks() {
    let world = world();
    let all_day = |start: &str, end: &str| event("Offsite", start, end, "Europe/Berlin", json!({"isAllDay": true}));
    let id = world.made(all_day("2026-08-10T00:00:00", "2026-08-12T00:00:00")).await;
    for zone in ["Pacific Standard Time", "UTC", "Asia/Tokyo"] {
        let seen = world.get_with(&format!("/me/events/{id}"), &[("prefer", &format!("outlook.timezone=\"{zone}\""))]).await.json();
        assert_eq!(text(&seen, "start/dateTime"), "2026-08-10T00:00:00.0000000", "{zone}");
        assert_eq!(text(&seen, "end/dateTime"), "2026-08-12T00:00:00.0000000", "{zone}");
    }
    for (start, end) in [("2026-08-10T01:00:00", "2026-08-11T00:00:00"), ("2026-08-10T00:00:00", "2026-08-10T00:00:00")] {
        assert_eq!(world.post("/me/events", all_day(start, end)).await.status, 400, "{start} {end}");
    }
    let mut mixed = all_day("2026-08-10T00:00:00", "2026-08-11T00:00:00");
    mixed["end"]["timeZone"] = json!("UTC");
    assert_eq!(world.post("/me/events", mixed).await.status, 400);
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let world = world();
    let good = event("x", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC", json!({}));
    let with = |name: &str, value: Value| {
        let mut event = good.clone();
        event[name] = value;
        event
    };
    for (body, code) in [
        (json!({"subject": "no times"}), "ErrorInvalidRequest"),
        (with("weather", json!("fine")), "RequestBodyRead"),
        (with("showAs", json!("asleep")), "RequestBodyRead"),
        (with("isReminderOn", json!("yes")), "RequestBodyRead"),
        (with("end", json!({"dateTime": "2026-03-02T08:00:00", "timeZone": "UTC"})), "ErrorPropertyValidationFailure"),
        (with("start", json!({"dateTime": "tomorrow", "timeZone": "UTC"})), "RequestBodyRead"),
        (with("start", json!({"dateTime": "2026-03-02T08:00:00", "timeZone": "Nowhere"})), "TimeZoneNotSupportedException"),
        (with("attendees", json!([{"emailAddress": {"address": "nobody"}}])), "ErrorInvalidRecipients"),
        (with("recurrence", json!({"pattern": {"type": "daily", "interval": 0}})), "ErrorPropertyValidationFailure"),
    ] {
        assert_eq!(world.post("/me/events", body.clone()).await.outcome(), (400, code.to_owned()), "{body}");
    }
    assert!(world.get("/me/events").await.rows().is_empty());
    let id = world.made(good).await;
    let read_only = world.patch(&format!("/me/events/{id}"), json!({"iCalUId": "x"})).await;
    assert_eq!(read_only.outcome(), (400, "ErrorInvalidPropertySet".to_owned()));
    assert_eq!(world.get("/me/events/AAMkabc").await.outcome(), (400, "ErrorInvalidIdMalformed".to_owned()));
}

#[tokio::test]
async fn an_event_is_changed_in_part_with_a_fresh_change_key_and_deleted() {
    let world = world();
    let id = world.made(event("a", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "Europe/Berlin", json!({}))).await;
    let path = format!("/me/events/{id}");
    let before = world.get(&path).await.json();
    let changed =
        world.patch(&path, json!({"subject": "b", "showAs": "oof", "categories": ["Red"], "sensitivity": "private"})).await.json();
    assert_eq!((&changed["subject"], &changed["showAs"], &changed["start"]), (&json!("b"), &json!("oof"), &before["start"]));
    assert_ne!(changed["changeKey"], before["changeKey"]);
    assert_eq!((&changed["id"], &changed["iCalUId"]), (&before["id"], &before["iCalUId"]));
    let later = world.patch(&path, json!({"end": {"dateTime": "2026-03-02T12:00:00", "timeZone": "UTC"}})).await.json();
    assert_eq!(
        (text(&later, "start/dateTime"), text(&later, "end/dateTime")),
        ("2026-03-02T08:00:00.0000000".into(), "2026-03-02T12:00:00.0000000".into())
    );
    let stale = [("if-match", before["@odata.etag"].as_str().unwrap())];
    let refused = world.call(&world.owner(), Method::PATCH, &path, &stale, &json!({"subject": "c"})).await;
    assert_eq!(refused.outcome(), (412, "ErrorIrresolvableConflict".to_owned()));
    let current = text(&later, "@odata.etag");
    assert_eq!(world.call(&world.owner(), Method::PATCH, &path, &[("if-match", &current)], &json!({"subject": "c"})).await.status, 200);
    assert_eq!(world.delete(&path).await.status, 204);
    assert_eq!(world.get(&path).await.outcome(), (404, "ErrorItemNotFound".to_owned()));
}

#[tokio::test]
async fn the_same_transaction_makes_one_event() {
    for (conflicts, status) in [(false, 201), (true, 409)] {
        let world = world_with(|config| config.graph.repeated_transaction_conflicts = conflicts);
        let body = event("a", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC", json!({"transactionId": "t-1"}));
        let first = world.post("/me/events", body.clone()).await;
        assert_eq!((first.status, &first.json()["transactionId"]), (201, &json!("t-1")));
        let again = world.post("/me/events", body).await;
        assert_eq!(again.status, status);
        if !conflicts {
            assert_eq!(again.json()["id"], first.json()["id"]);
        }
        assert_eq!(world.get("/me/events").await.rows().len(), 1);
    }
}

#[tokio::test]
async fn an_online_meeting_has_a_link_for_ever() {
    let world = world();
    let online = json!({"isOnlineMeeting": true, "onlineMeetingProvider": "teamsForBusiness"});
    let id = world.made(event("a", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC", online)).await;
    let seen = world.patch(&format!("/me/events/{id}"), json!({"isOnlineMeeting": false, "subject": "b"})).await.json();
    let url = text(&seen, "onlineMeeting/joinUrl");
    assert!(url.starts_with("https://teams.microsoft.com/") && text(&seen, "body/content").contains(&url));
    assert_eq!((&seen["isOnlineMeeting"], &seen["subject"], &seen["onlineMeetingUrl"]), (&json!(true), &json!("b"), &Value::Null));
}

#[tokio::test]
async fn lists_are_selected_filtered_ordered_paged_and_counted() {
    let world = world();
    for (number, subject) in ["c", "a", "d", "b"].into_iter().enumerate() {
        let day = number + 2;
        let hours = (format!("2026-03-0{day}T09:00:00"), format!("2026-03-0{day}T10:00:00"));
        world.made(event(subject, &hours.0, &hours.1, "UTC", json!({"showAs": if number == 1 { "free" } else { "busy" }}))).await;
    }
    assert_eq!(world.get("/me/events?$orderby=subject&$top=3").await.column("subject"), ["a", "b", "c"]);
    assert_eq!(world.get("/me/events?$orderby=start/dateTime desc&$skip=1&$top=2").await.column("subject"), ["d", "a"]);
    let filter = "$filter=start/dateTime ge '2026-03-03T00:00:00' and end/dateTime lt '2026-03-05T00:00:00'";
    assert_eq!(world.get(&format!("/me/calendar/events?{filter}")).await.column("subject"), ["a", "d"]);
    assert_eq!(world.get("/me/events?$filter=showAs eq 'free'").await.column("subject"), ["a"]);
    let by_uid = text(&world.get("/me/events").await.rows()[2], "iCalUId");
    assert_eq!(world.get(&format!("/me/events?$filter=iCalUId eq '{by_uid}'")).await.column("subject"), ["d"]);
    let selected = world.get("/me/events?$select=subject,start&$count=true&$top=1").await.json();
    assert_eq!((&selected["@odata.count"], selected["value"][0].as_object().unwrap().len()), (&json!(4), 4));
    let (rows, _) = world.exhaust("/me/events?$top=3&$select=subject", &[]).await;
    assert_eq!(rows.len(), 4);
    let caller = world.owner();
    let organizer =
        world.call_unseen(&caller, Method::GET, "/me/events?$filter=organizer/emailAddress/address eq 'a@b'", &[], &Value::Null).await;
    assert_eq!(organizer.outcome(), (400, "ErrorInvalidUrlQueryFilter".to_owned()));
    let unknown = world.call_unseen(&caller, Method::GET, "/me/events?$select=weather", &[], &Value::Null).await;
    assert_eq!(unknown.outcome(), (400, "BadRequest".to_owned()));
}

#[tokio::test]
async fn a_basic_permission_shows_no_bodies() {
    let world = world();
    let id = world
        .made(event("a", "2026-03-02T09:00:00", "2026-03-02T10:00:00", "UTC", json!({"body": {"contentType": "text", "content": "s"}})))
        .await;
    let basic = world.person(&["Calendars.ReadBasic"]);
    let seen = world.call(&basic, Method::GET, &format!("/me/events/{id}"), &[], &Value::Null).await.json();
    assert_eq!((&seen["subject"], seen.get("body"), seen.get("bodyPreview")), (&json!("a"), None, None));
}
