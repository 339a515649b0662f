//! When people are free and could meet, asked through a connected calendar.
#![allow(clippy::unwrap_used, reason = "a test fails by stopping where something is wrong")]

use std::time::Duration;

use e2e::program::{self, Answer};
use e2e::story::{on_a_world, rest};
use e2e::world::{World, small_pieces};
use http::Method;
use serde_json::{Value, json};

const ANNA: &str = "anna@contoso.example";
const BEN: &str = "ben@contoso.example";

fn story(seed: u64, told: impl AsyncFnOnce(&mut World, String, String)) {
    on_a_world(seed, small_pieces(), async |world, _| {
        world.make_person(ANNA, "Anna Alm");
        world.make_person(BEN, "Ben Berg");
        let scopes = ["Calendars.ReadWrite", "Calendars.Read.Shared", "User.Read"];
        world.connect_calendars_permitting(ANNA, &scopes).await.unwrap();
        assert!(rest(world, Duration::from_secs(600)).await);
        let key = program::key(world, "read").await;
        let list = program::ask(world, &key, Method::GET, "/api/v1/calendars", None, "").await.json();
        let calendar = list["data"].as_array().unwrap().iter().find(|one| one["is_default"] == true).unwrap()["id"].as_str().unwrap();
        told(world, key.clone(), calendar.to_owned()).await;
    });
}

async fn ask(world: &World, key: &str, path: &str, body: &Value) -> Answer {
    program::ask(world, key, Method::POST, path, Some(body), "").await
}

#[test]
fn what_is_taken_of_peoples_time_is_told_and_what_for_is_not() {
    story(1, async |world, key, calendar| {
        let at = |hour: u32| json!({"dateTime": format!("2026-03-03T{hour:02}:00:00"), "timeZone": "UTC"});
        let control = world.sim.control();
        for (hours, show_as) in [((9, 10), "busy"), ((12, 13), "tentative"), ((14, 15), "free")] {
            let event = json!({"subject": "Layoffs", "start": at(hours.0), "end": at(hours.1), "showAs": show_as});
            control.create_event(BEN, None, &event).unwrap();
        }
        let path = format!("/api/v1/calendars/{calendar}/availability");
        let body = json!({"addresses": ["nobody@contoso.example", BEN], "from": "2026-03-03T00:00:00Z", "until": "2026-03-04T00:00:00Z"});
        let answer = ask(world, &key, &path, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert!(!answer.text().contains("Layoffs"));
        let data = answer.json()["data"].clone();
        assert_eq!((&data[0]["address"], &data[0]["error"]), (&json!("nobody@contoso.example"), &json!("ErrorMailRecipientNotFound")));
        assert_eq!(
            data[1],
            json!({"address": BEN, "taken": [
                {"from": "2026-03-03T09:00:00Z", "until": "2026-03-03T10:00:00Z", "show_as": "busy"},
                {"from": "2026-03-03T12:00:00Z", "until": "2026-03-03T13:00:00Z", "show_as": "tentative"},
            ]})
        );
    });
}

#[test]
fn times_to_meet_are_those_at_which_all_are_free() {
    story(2, async |world, key, calendar| {
        let at = |hour: u32| json!({"dateTime": format!("2026-03-03T{hour:02}:00:00"), "timeZone": "UTC"});
        let control = world.sim.control();
        control.create_event(BEN, None, &json!({"subject": "Away", "start": at(0), "end": at(14), "showAs": "busy"})).unwrap();
        let path = format!("/api/v1/calendars/{calendar}/meeting-times");
        let body = json!({"attendees": [{"email": BEN}], "from": "2026-03-03T00:00:00Z", "until": "2026-03-04T00:00:00Z", "minutes": 60, "limit": 3});
        let answer = ask(world, &key, &path, &body).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        let found = answer.json();
        let first = &found["data"][0];
        assert!(first["from"].as_str().unwrap() >= "2026-03-03T14:00:00", "{found}");
        assert_eq!((&first["confidence"], &first["attendees"]), (&json!(100.0), &json!([{"email": BEN, "availability": "free"}])));

        let none = json!({"attendees": [{"email": BEN}], "from": "2026-03-03T08:00:00Z", "until": "2026-03-03T12:00:00Z", "minutes": 60, "minimum_confidence": 100});
        let none = ask(world, &key, &path, &none).await.json();
        assert_eq!((&none["data"], &none["reason"]), (&json!([]), &json!("attendeesUnavailable")));
    });
}

#[test]
fn what_cannot_be_asked_is_refused_before_microsoft_hears_of_it() {
    story(3, async |world, key, calendar| {
        let path = format!("/api/v1/calendars/{calendar}/availability");
        let ask_for = |addresses: Value, until: &str| json!({"addresses": addresses, "from": "2026-03-03T00:00:00Z", "until": until});
        for (body, said) in [
            (ask_for(json!([]), "2026-03-04T00:00:00Z"), "0 addresses"),
            (ask_for(json!(["anna"]), "2026-03-04T00:00:00Z"), "place 1"),
            (ask_for(json!([BEN]), "2026-03-03T00:00:00Z"), "empty"),
            (ask_for(json!([BEN]), "2026-06-03T00:00:00Z"), "62 days"),
        ] {
            let answer = ask(world, &key, &path, &body).await;
            assert_eq!(answer.status, 422, "{}", answer.text());
            assert!(answer.text().contains(said), "{}", answer.text());
        }
        let nowhere = "/api/v1/calendars/cal_00000000000000000000000000/availability";
        assert_eq!(ask(world, &key, nowhere, &ask_for(json!([BEN]), "2026-03-04T00:00:00Z")).await.status, 404);
    });
}
