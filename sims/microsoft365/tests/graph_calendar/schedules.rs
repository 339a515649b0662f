//! Sharing, free and busy times, and the fixture that fills a tenant.

use http::Method;
use microsoft365_sim::Caller;
use serde_json::{Value, json};

use crate::world::{ANNA, Answer, BEN, SALES, World, at, event, text, world};

const DAY: &str = "2026-03-03";

fn hour(subject: &str, from: u32, to: u32, more: Value) -> Value {
    event(subject, &format!("{DAY}T{from:02}:00:00"), &format!("{DAY}T{to:02}:00:00"), "UTC", more)
}

async fn ask(world: &World, caller: &Caller, method: Method, path: &str, body: Value) -> Answer {
    world.call_unseen(caller, method, path, &[], &body).await
}

fn window(from: &str, to: &str) -> Value {
    json!({"startTime": {"dateTime": format!("{DAY}T{from}:00"), "timeZone": "UTC"}, "endTime": {"dateTime": format!("{DAY}T{to}:00"), "timeZone": "UTC"}})
}

fn schedule(names: &[&str], from: &str, to: &str) -> Value {
    let mut body = window(from, to);
    (body["schedules"], body["availabilityViewInterval"]) = (json!(names), json!(60));
    body
}

#[tokio::test]
async fn a_schedule_shows_the_busiest_of_each_hour() {
    let world = world();
    let control = world.control();
    for (subject, from, to, shows) in
        [("a", 8, 9, "tentative"), ("b", 9, 11, "busy"), ("c", 10, 11, "oof"), ("d", 12, 13, "workingElsewhere")]
    {
        control.create_event(BEN, None, &hour(subject, from, to, json!({"showAs": shows}))).unwrap();
    }
    let body = schedule(&[BEN, "nobody@contoso.example"], "08:00", "14:00");
    let answer = ask(&world, &world.owner(), Method::POST, "/me/calendar/getSchedule", body.clone()).await.json();
    assert_eq!(answer["value"][0]["availabilityView"], "123040");
    let items = answer["value"][0]["scheduleItems"].as_array().unwrap();
    assert_eq!(
        (items.len(), &items[0]["status"], items[0].get("subject")),
        (4, &json!("tentative"), None),
        "the organisation sees times only"
    );
    assert_eq!(answer["value"][1]["error"]["responseCode"], "ErrorMailRecipientNotFound");
    let app = world.app(&["Calendars.Read"]);
    let whole = ask(&world, &app, Method::POST, &format!("/users/{ANNA}/calendar/getSchedule"), body).await.json();
    assert_eq!(whole["value"][0]["scheduleItems"][0]["subject"], "a");
    for bad in [schedule(&[], "08:00", "09:00"), schedule(&[BEN], "09:00", "08:00"), {
        let mut body = schedule(&[BEN], "08:00", "09:00");
        body["availabilityViewInterval"] = json!(3);
        body
    }] {
        assert_eq!(ask(&world, &world.owner(), Method::POST, "/me/calendar/getSchedule", bad).await.status, 400);
    }
}

#[tokio::test]
async fn a_calendar_is_seen_as_far_as_it_is_shared() {
    let world = world();
    let ben_id = world.control().user(BEN).unwrap().id;
    let ben = world.caller(Some(ben_id), &["Calendars.ReadWrite"], &[]);
    world.control().create_event(BEN, None, &hour("open", 9, 10, json!({"body": {"contentType": "text", "content": "notes"}}))).unwrap();
    world.control().create_event(BEN, None, &hour("secret", 11, 12, json!({"sensitivity": "private"}))).unwrap();
    let guest = world.person(&["Calendars.ReadWrite.Shared"]);
    let path = format!("/users/{BEN}/calendar/events");
    let look = async || ask(&world, &guest, Method::GET, &path, Value::Null).await;
    assert_eq!(look().await.outcome(), (403, "ErrorAccessDenied".to_owned()), "free and busy is not reading");
    let shares = "/me/calendar/calendarPermissions";
    let share = json!({"emailAddress": {"address": ANNA}, "role": "limitedRead"});
    let made = ask(&world, &ben, Method::POST, shares, share).await;
    assert_eq!((made.status, &made.json()["isInsideOrganization"]), (201, &json!(true)));
    let one = format!("{shares}/{}", text(&made.json(), "id"));
    let rows = look().await.rows();
    assert_eq!(
        (&rows[0]["subject"], text(&rows[0], "body/content"), &rows[1]["subject"]),
        (&json!("open"), String::new(), &json!("Private Appointment"))
    );
    let create = async |caller: &Caller| ask(&world, caller, Method::POST, &path, hour("from Anna", 14, 15, json!({}))).await;
    assert_eq!(create(&guest).await.status, 403);
    assert_eq!(ask(&world, &ben, Method::PATCH, &one, json!({"role": "write"})).await.json()["role"], "write");
    assert!(text(&look().await.rows()[0], "body/content").contains("notes"));
    let by_guest = create(&guest).await;
    assert_eq!((by_guest.status, text(&by_guest.json(), "organizer/emailAddress/address")), (201, BEN.to_owned()));
    let listed = ask(&world, &ben, Method::GET, shares, Value::Null).await.rows();
    assert_eq!((listed.len(), &listed[0]["emailAddress"]["address"], &listed[0]["role"]), (2, &Value::Null, &json!("freeBusyRead")));
    let seen_by_guest = ask(&world, &guest, Method::GET, &format!("/users/{BEN}/calendar/calendarPermissions"), Value::Null).await;
    assert!(seen_by_guest.rows().is_empty());
    assert_eq!(ask(&world, &ben, Method::DELETE, &one, Value::Null).await.status, 204);
    assert_eq!(look().await.status, 403);
}

#[tokio::test]
async fn times_are_found_at_which_enough_people_are_free() {
    let world = world();
    world.control().create_event(BEN, None, &hour("busy", 9, 12, json!({}))).unwrap();
    world.control().create_event(ANNA, None, &hour("busy", 12, 13, json!({}))).unwrap();
    let slot = json!({"start": {"dateTime": format!("{DAY}T09:00:00"), "timeZone": "UTC"}, "end": {"dateTime": format!("{DAY}T16:00:00"), "timeZone": "UTC"}});
    let body = json!({"attendees": [{"type": "required", "emailAddress": {"address": BEN}}], "meetingDuration": "PT1H", "minimumAttendeePercentage": 100,
        "timeConstraint": {"activityDomain": "work", "timeSlots": [slot]}, "maxCandidates": 2});
    let caller = world.person(&["Calendars.Read.Shared"]);
    let found = ask(&world, &caller, Method::POST, "/me/findMeetingTimes", body.clone()).await.json();
    let starts: Vec<String> =
        found["meetingTimeSuggestions"].as_array().unwrap().iter().map(|one| text(one, "meetingTimeSlot/start/dateTime")).collect();
    assert_eq!(starts, ["2026-03-03T13:00:00.0000000", "2026-03-03T13:30:00.0000000"]);
    assert_eq!((&found["emptySuggestionsReason"], &found["meetingTimeSuggestions"][0]["confidence"]), (&json!(""), &json!(100.0)));
    world.control().create_event(BEN, None, &hour("all day long", 9, 16, json!({}))).unwrap();
    let none = ask(&world, &caller, Method::POST, "/me/findMeetingTimes", body.clone()).await.json();
    assert_eq!((&none["emptySuggestionsReason"], &none["meetingTimeSuggestions"]), (&json!("attendeesUnavailable"), &json!([])));
    assert_eq!(ask(&world, &world.person(&["Calendars.ReadWrite"]), Method::POST, "/me/findMeetingTimes", body).await.status, 403);
}

#[tokio::test]
async fn a_filled_tenant_is_the_same_each_time_and_nobody_got_mail() {
    let fill = || {
        let world = world();
        let names = [ANNA, BEN, SALES].map(str::to_owned);
        world.control().generate_agenda(&names).unwrap();
        let states =
            names.each_ref().map(|name| world.control().agenda(name, at("2026-01-01T00:00:00Z"), at("2026-12-31T00:00:00Z")).unwrap());
        let contacts = names.each_ref().map(|name| world.control().contacts(name).unwrap());
        (world, states, contacts)
    };
    let (world, states, contacts) = fill();
    for (state, contacts) in states.iter().zip(&contacts) {
        let events = &state.calendars[0].events;
        let count = |kind: &str| events.iter().filter(|one| one.kind == kind).count();
        assert_eq!((count("occurrence"), count("exception")), (6, 1), "eight weeks, one moved, one left out");
        assert!(count("singleInstance") >= 8 && events.iter().any(|one| one.is_all_day));
        assert_eq!(contacts.folders[0].contacts.len(), 20);
    }
    assert!(world.control().meeting_mail(0).is_empty() && world.control().outside(0).is_empty());
    let again = fill();
    assert_eq!((states, contacts), (again.1, again.2));
}

#[tokio::test]
async fn the_control_plane_fills_changes_and_shows_them_over_http() {
    let world = world();
    let order = async |method: &str, path: &str, body: Value| {
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let request = http::Request::builder().method(method).uri(format!("http://sim.example/_sim{path}"));
        let answer =
            world.sim.answer(request.header("content-type", "application/json").body(body.into()).unwrap()).await.response().unwrap();
        let status = answer.status().as_u16();
        (status, serde_json::from_slice::<Value>(answer.body()).unwrap_or_default())
    };
    let base = format!("/mailboxes/{ANNA}");
    let (status, calendar) = order("POST", &format!("{base}/calendars"), json!({"name": "Travel"})).await;
    assert_eq!(status, 201);
    let (status, made) =
        order("POST", &format!("{base}/events"), json!({"calendar": calendar["id"], "event": hour("trip", 9, 10, json!({}))})).await;
    assert_eq!(status, 201, "{made}");
    let event = format!("{base}/events/{}", text(&made, "id"));
    assert_eq!(order("PATCH", &event, json!({"subject": "journey"})).await.0, 204);
    assert_eq!(order("PATCH", &event, json!({"showAs": "asleep"})).await.0, 400);
    let (_, state) = order("GET", &format!("{base}/calendars?from=2026-03-01T00:00:00Z&to=2026-04-01T00:00:00Z"), Value::Null).await;
    assert_eq!(state["calendars"][1]["events"][0]["subject"], "journey");
    assert_eq!(order("DELETE", &event, Value::Null).await.0, 204);
    assert_eq!(order("DELETE", &event, Value::Null).await.0, 404);
    let (status, contact) = order("POST", &format!("{base}/contacts"), json!({"givenName": "Ada"})).await;
    assert_eq!(status, 201);
    let path = format!("{base}/contacts/{}", text(&contact, "id"));
    assert_eq!(order("PATCH", &path, json!({"mobilePhone": "0812"})).await.0, 204);
    assert_eq!(order("GET", &format!("{base}/contacts"), Value::Null).await.1["folders"][0]["contacts"][0]["mobilePhone"], "0812");
    assert_eq!(order("DELETE", &path, Value::Null).await.0, 204);
    let people = json!([{"emailAddress": {"address": BEN}}]);
    order("POST", &format!("{base}/events"), hour("plan", 9, 10, json!({"attendees": people}))).await;
    let (_, sent) = order("GET", "/meetings", Value::Null).await;
    assert_eq!((&sent["value"][0]["kind"], &sent["value"][0]["to"]), (&json!("request"), &json!(BEN)));
    assert_eq!(order("POST", "/agenda", json!({"mailboxes": [ANNA]})).await.0, 204);
}
