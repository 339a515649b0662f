//! Series: their days over a change of the clocks, exceptions, deleted days, views and instances.

use serde_json::{Value, json};

use crate::world::{World, event, no_end, series, text, world};

const MARCH: &str = "startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-04-02T00:00:00Z";

async fn view(world: &World, window: &str) -> Vec<Value> {
    let path = format!("/me/calendarView?{window}&$orderby=start/dateTime&$top=100");
    world.get(&path).await.rows()
}

fn starts(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| text(row, "start/dateTime")[5..16].to_owned()).collect()
}

#[tokio::test]
async fn a_series_stays_at_its_hour_when_the_clocks_change() {
    let world = world();
    let id = world.made(series("Standup", no_end())).await;
    let master = world.get(&format!("/me/events/{id}")).await.json();
    assert_eq!((&master["type"], &master["seriesMasterId"]), (&json!("seriesMaster"), &Value::Null));
    assert_eq!(master["recurrence"]["range"]["recurrenceTimeZone"], "W. Europe Standard Time");
    assert_eq!(master["recurrence"]["pattern"]["index"], "first");
    let rows = view(&world, MARCH).await;
    let expected = [
        "03-02T08:00",
        "03-04T08:00",
        "03-09T08:00",
        "03-11T08:00",
        "03-16T08:00",
        "03-18T08:00",
        "03-23T08:00",
        "03-25T08:00",
        "03-30T07:00",
        "04-01T07:00",
    ];
    assert_eq!(starts(&rows), expected, "summer time begins on the 29th");
    for row in &rows {
        assert_eq!((&row["type"], &row["seriesMasterId"], &row["subject"]), (&json!("occurrence"), &master["id"], &json!("Standup")));
        assert_eq!((&row["recurrence"], &row["uid"]), (&Value::Null, &master["uid"]));
        assert_ne!(row["iCalUId"], master["iCalUId"], "an occurrence has its day in it");
        let path = format!("/me/events/{}", text(row, "id"));
        assert_eq!(world.get(&path).await.json()["start"], row["start"]);
    }
    let instances = world.get(&format!("/me/events/{id}/instances?{MARCH}&$top=100")).await;
    assert_eq!(instances.column("id"), rows.iter().map(|row| text(row, "id")).collect::<Vec<_>>());
    assert_eq!(world.get("/me/events").await.column("type"), ["seriesMaster"], "a list has no occurrences");
}

#[tokio::test]
async fn an_occurrence_that_is_changed_is_an_exception_and_one_that_is_deleted_is_gone() {
    let world = world();
    let id = world.made(series("Standup", json!({"type": "numbered", "startDate": "2026-03-02", "numberOfOccurrences": 5}))).await;
    let rows = view(&world, MARCH).await;
    let path = |place: usize| format!("/me/events/{}", text(&rows[place], "id"));
    let hours = json!({"start": {"dateTime": "2026-03-03T15:00:00", "timeZone": "UTC"}, "end": {"dateTime": "2026-03-03T16:00:00", "timeZone": "UTC"}});
    let mut change = hours.clone();
    change["subject"] = json!("Standup, later");
    let changed = world.patch(&path(1), change).await.json();
    assert_eq!((&changed["id"], &changed["type"]), (&rows[1]["id"], &json!("exception")));
    assert_eq!(text(&changed, "originalStart"), "2026-03-04T08:00:00.0000000Z");
    assert_eq!(world.delete(&path(2)).await.status, 204);
    let after = view(&world, MARCH).await;
    assert_eq!(starts(&after), ["03-02T08:00", "03-03T15:00", "03-11T08:00", "03-16T08:00"]);
    assert_eq!(after[1]["subject"], "Standup, later");
    assert_eq!(world.get(&path(2)).await.outcome(), (404, "ErrorItemNotFound".to_owned()));
    let master = world.get(&format!("/me/events/{id}?$select=cancelledOccurrences&$expand=exceptionOccurrences")).await.json();
    assert_eq!(master["cancelledOccurrences"].as_array().unwrap().len(), 1);
    assert_eq!(master["exceptionOccurrences"][0]["id"], rows[1]["id"]);
    world.patch(&format!("/me/events/{id}"), json!({"location": {"displayName": "Room B"}, "subject": "Daily"})).await;
    let after = view(&world, MARCH).await;
    assert_eq!(
        (&after[1]["subject"], text(&after[1], "location/displayName")),
        (&json!("Standup, later"), "Room B".into()),
        "an exception keeps what is its own"
    );
    assert_eq!(after[0]["subject"], "Daily");
}

#[tokio::test]
async fn an_exception_stays_between_its_neighbours() {
    let world = world();
    world.made(series("Standup", no_end())).await;
    let rows = view(&world, MARCH).await;
    let path = format!("/me/events/{}", text(&rows[2], "id"));
    let on = |day: &str| json!({"start": {"dateTime": format!("2026-03-{day}T12:00:00"), "timeZone": "UTC"}, "end": {"dateTime": format!("2026-03-{day}T13:00:00"), "timeZone": "UTC"}});
    for day in ["04", "03", "11", "12"] {
        assert_eq!(world.patch(&path, on(day)).await.outcome(), (400, "ErrorOccurrenceCrossingBoundary".to_owned()), "{day}");
    }
    for day in ["05", "10"] {
        assert_eq!(world.patch(&path, on(day)).await.status, 200, "{day}");
    }
}

#[tokio::test]
async fn another_pattern_gives_other_occurrences_and_none_makes_it_single() {
    let world = world();
    let id = world.made(series("Standup", no_end())).await;
    let before = view(&world, MARCH).await;
    world.delete(&format!("/me/events/{}", text(&before[0], "id"))).await;
    let pattern = json!({"type": "daily", "interval": 7});
    let range = json!({"type": "endDate", "startDate": "2026-03-02", "endDate": "2026-03-16"});
    let master = format!("/me/events/{id}");
    assert_eq!(world.patch(&master, json!({"recurrence": {"pattern": pattern, "range": range}})).await.status, 200);
    let after = view(&world, MARCH).await;
    assert_eq!(starts(&after), ["03-02T08:00", "03-09T08:00", "03-16T08:00"], "deleted days come back with another pattern");
    assert_eq!(after[1]["id"], before[2]["id"], "the id of a day stays");
    assert_eq!(world.get(&format!("/me/events/{}", text(&before[1], "id"))).await.status, 404);
    let moved = json!({"start": {"dateTime": "2026-03-03T11:00:00", "timeZone": "W. Europe Standard Time"}, "end": {"dateTime": "2026-03-03T11:30:00", "timeZone": "W. Europe Standard Time"}});
    assert_eq!(world.patch(&master, moved).await.status, 200);
    assert_eq!(starts(&view(&world, MARCH).await), ["03-03T10:00", "03-10T10:00"]);
    let single = world.patch(&master, json!({"recurrence": null})).await.json();
    assert_eq!((&single["type"], &single["id"]), (&json!("singleInstance"), &json!(id)));
    assert_eq!(view(&world, MARCH).await.len(), 1);
    assert_eq!(world.get(&format!("{master}/instances?{MARCH}")).await.status, 400);
}

#[tokio::test]
async fn a_series_begins_on_the_day_of_its_event() {
    let world = world();
    let wrong = series("x", json!({"type": "noEnd", "startDate": "2026-03-03"}));
    assert_eq!(world.post("/me/events", wrong).await.status, 400);
    let pattern = json!({"type": "weekly", "interval": 1, "daysOfWeek": ["friday"]});
    let range = json!({"type": "noEnd", "startDate": "2026-03-02"});
    world
        .made(event(
            "Late",
            "2026-03-02T09:00:00",
            "2026-03-02T10:00:00",
            "UTC",
            json!({"recurrence": {"pattern": pattern, "range": range}}),
        ))
        .await;
    assert_eq!(starts(&view(&world, MARCH).await)[0], "03-06T09:00", "the first day that fits");
}

#[tokio::test]
async fn a_view_needs_a_window_and_shows_what_overlaps_it() {
    let world = world();
    let calendar = text(&world.post("/me/calendars", json!({"name": "Travel"})).await.json(), "id");
    world.made(event("night", "2026-03-02T22:00:00", "2026-03-03T02:00:00", "UTC", json!({}))).await;
    let trip = event("trip", "2026-03-03T09:00:00", "2026-03-03T10:00:00", "UTC", json!({}));
    assert_eq!(world.post(&format!("/me/calendars/{calendar}/events"), trip).await.status, 201);
    let seen = async |part: &str, from: &str, to: &str| {
        let path = format!("/me{part}/calendarView?startDateTime={from}&endDateTime={to}");
        world.get(&path).await.column("subject")
    };
    assert_eq!(seen("", "2026-03-03T01:00:00", "2026-03-03T23:00:00").await, ["night"]);
    assert_eq!(seen("/calendar", "2026-03-02T23:30:00-02:00", "2026-03-03T23:00:00Z").await, ["night"], "an offset counts");
    assert!(seen("", "2026-03-03T02:00:00Z", "2026-03-04T00:00:00Z").await.is_empty(), "the end lies outside");
    assert_eq!(seen(&format!("/calendars/{calendar}"), "2026-03-03T00:00:00Z", "2026-03-04T00:00:00Z").await, ["trip"]);
    for query in
        ["", "?startDateTime=2026-03-03T00:00:00Z", "?startDateTime=x&endDateTime=y", "?startDateTime=2026-03-03&endDateTime=2026-03-02"]
    {
        let answer = world.call_unseen(&world.owner(), http::Method::GET, &format!("/me/calendarView{query}"), &[], &Value::Null).await;
        assert_eq!(answer.outcome(), (400, "ErrorInvalidParameter".to_owned()), "{query}");
    }
    let long = "/me/calendarView?startDateTime=2026-01-01T00:00:00Z&endDateTime=2032-01-01T00:00:00Z";
    assert_eq!(world.get(long).await.outcome(), (400, "ErrorCalendarViewRangeTooBig".to_owned()));
}

#[tokio::test]
async fn a_view_comes_in_pages() {
    let world = world();
    world.made(series("Standup", no_end())).await;
    let (rows, _) = world.exhaust(&format!("/me/calendarView?{MARCH}&$top=4&$select=subject,start"), &[]).await;
    assert_eq!(rows.len(), 10);
    let (rows, _) = world.exhaust(&format!("/me/calendarView?{MARCH}"), &[("prefer", "odata.maxpagesize=3")]).await;
    assert_eq!(rows.len(), 10);
}
