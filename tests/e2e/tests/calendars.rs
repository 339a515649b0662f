//! Calendars, told on the simulator: what stands in them is mirrored, series with their occurrences, and after any schedule of
//! faults, crashes and changes the mirror equals the source.
#![allow(clippy::unwrap_used, reason = "a test fails by stopping where something is wrong")]
#![allow(clippy::print_stdout, reason = "what the schedules met is for people to read")]
#![allow(clippy::disallowed_methods, reason = "a test program reads its wishes from the environment")]

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use api::access::{Scope, Scopes};
use base::Timestamp;
use e2e::program;
use e2e::random::Random;
use e2e::story::{arm, on_a_world, rest, weather};
use e2e::world::{WORKSPACE, World, small_pieces};
use http::Method;
use model::calendar::CalendarEvent;
use model::event::EventKind;
use serde_json::{Value, json};
use store::calendar_event::{self, Slice};
use store::connection::{self, ConnectionState};
use store::{Phase, calendar, ledger};

const ANNA: &str = "anna@contoso.example";
const HOUR: Duration = Duration::from_secs(3600);
const DAY: Duration = Duration::from_secs(86_400);
const POINTS: [&str; 5] = ["pull.calendars", "pull.calendar_round", "pull.calendar_piece", "pull.calendar_events", "pull.ask_calendars"];
const PATHS: [&str; 3] = ["/calendars", "/calendarView", "/$batch"];

/// What somebody sees in a calendar: id, start, end, subject.
type Sight = BTreeSet<(String, Timestamp, Timestamp, String)>;

fn story(seed: u64, told: impl AsyncFnOnce(&mut World)) {
    on_a_world(seed, small_pieces(), async |world, _| {
        world.make_person(ANNA, "Anna Alm");
        told(world).await;
    });
}

/// `2026-03-01T09:00:00` in UTC, so many hours from now.
fn hours_from_now(world: &World, hours: i64) -> String {
    let at = Timestamp::from_millis(world.clock.now().millis() / 3_600_000 * 3_600_000 + hours * 3_600_000);
    at.to_string().trim_end_matches('Z').split('.').next().unwrap().to_owned()
}

fn at(world: &World, hours: i64) -> Value {
    json!({"dateTime": hours_from_now(world, hours), "timeZone": "UTC"})
}

fn single(world: &World, subject: &str, hours: i64) -> Value {
    json!({"subject": subject, "start": at(world, hours), "end": at(world, hours + 1)})
}

/// A series at an hour of Berlin, which stays the same when the clocks change.
fn daily(world: &World, subject: &str, hours: i64, count: i64) -> Value {
    let date = hours_from_now(world, hours)[..10].to_owned();
    let range = json!({"type": "numbered", "startDate": date, "numberOfOccurrences": count});
    let mut event = single(world, subject, hours);
    for end in ["start", "end"] {
        event[end]["timeZone"] = "W. Europe Standard Time".into();
    }
    event["recurrence"] = json!({"pattern": {"type": "daily", "interval": 1}, "range": range});
    event
}

/// What the source has from so many days ago to so many days ahead, in each calendar by name.
fn there(world: &World, back: u32, ahead: u32) -> Vec<(String, Sight)> {
    let (from, until) = window(world, back, ahead);
    let moment = |at: Timestamp| jiff::Timestamp::from_millisecond(at.millis()).unwrap();
    let agenda = world.sim.control().agenda(ANNA, moment(from), moment(until)).unwrap();
    let ours = |at: jiff::Timestamp| Timestamp::from_millis(at.as_millisecond());
    let calendars = agenda.calendars.into_iter().map(|calendar| {
        let events = calendar.events.into_iter().map(|event| (event.id, ours(event.start), ours(event.end), event.subject));
        (calendar.name, events.collect())
    });
    let mut calendars: Vec<(String, Sight)> = calendars.collect();
    calendars.sort();
    calendars
}

fn window(world: &World, back: u32, ahead: u32) -> (Timestamp, Timestamp) {
    (world.clock.now().minus(DAY * back), world.clock.now().plus(DAY * ahead))
}

/// What the mirror has.
async fn here(world: &World, back: u32, ahead: u32) -> Vec<(String, Sight)> {
    let db = &world.house.db;
    let mut calendars = Vec::new();
    for (calendar, _) in calendar::list(db, WORKSPACE).await.unwrap() {
        let slice = Slice { behind: None, offset: 0, limit: 10_000 };
        let events = calendar_event::list(db, &[calendar.id], window(world, back, ahead), slice).await.unwrap();
        let count = events.len();
        let sight: Sight = events.into_iter().map(seen).collect();
        assert_eq!(sight.len(), count, "nothing is there twice");
        calendars.push((calendar.name, sight));
    }
    calendars.sort();
    calendars
}

fn seen(event: CalendarEvent) -> (String, Timestamp, Timestamp, String) {
    (event.graph_id, event.start_at, event.end_at, event.detail.unwrap_or_default().subject)
}

async fn assert_the_same(world: &World) {
    assert_eq!(here(world, 29, 29).await, there(world, 29, 29));
}

#[test]
fn what_stands_in_calendars_is_mirrored_and_changes_follow() {
    story(1, async |world| {
        let control = world.sim.control();
        let team = control.create_calendar(ANNA, "Team").unwrap();
        let series = control.create_event(ANNA, None, &daily(world, "Standup", -50, 10)).unwrap();
        let once = control.create_event(ANNA, Some(&team), &single(world, "Plan", 30)).unwrap();
        world.connect_calendars(ANNA).await.unwrap();
        assert!(rest(world, HOUR).await);
        assert_the_same(world).await;
        world.sim.control().create_event(ANNA, Some(&team), &daily(world, "Over the change", 24 * 22, 9)).unwrap();
        assert!(rest(world, HOUR).await);
        assert_the_same(world).await;
        let starts: BTreeSet<String> = here(world, 29, 35).await[1]
            .1
            .iter()
            .filter(|one| one.3 == "Over the change")
            .map(|one| one.1.to_string()[10..13].to_owned())
            .collect();
        assert_eq!(starts.len(), 2, "one hour of Berlin, two of UTC: {starts:?}");
        let seen = here(world, 29, 20).await;
        assert_eq!(seen.iter().map(|(name, events)| (name.as_str(), events.len())).collect::<Vec<_>>(), [("Calendar", 10), ("Team", 1)]);
        assert!(seen[0].1.iter().all(|event| event.3 == "Standup"), "an occurrence has its subject from its series");

        let occurrence = there(world, 29, 29)[0].1.iter().max_by_key(|event| event.1).unwrap().0.clone();
        let moved = json!({"subject": "Standup, later", "start": at(world, 171), "end": at(world, 172)});
        control.change_event(ANNA, &occurrence, &moved).unwrap();
        control.change_event(ANNA, &once.id, &json!({"subject": "Plan B"})).unwrap();
        assert!(rest(world, HOUR).await);
        assert_the_same(world).await;
        control.change_event(ANNA, &series.id, &json!({"subject": "Daily"})).unwrap();
        control.delete_event(ANNA, &once.id).unwrap();
        assert!(rest(world, HOUR).await);
        assert_the_same(world).await;
        control.delete_event(ANNA, &series.id).unwrap();
        control.delete_calendar(ANNA, &team).unwrap();
        assert!(rest(world, HOUR * 2).await);
        assert_eq!(here(world, 29, 29).await, [("Calendar".to_owned(), BTreeSet::new())]);
    });
}

#[test]
fn the_window_moves_with_the_time_and_what_is_over_stays() {
    story(2, async |world| {
        let control = world.sim.control();
        control.create_event(ANNA, None, &single(world, "Over soon", 5)).unwrap();
        control.create_event(ANNA, None, &single(world, "In forty days", 40 * 24)).unwrap();
        world.connect_calendars(ANNA).await.unwrap();
        assert!(rest(world, HOUR).await);
        assert_eq!(subjects(world, 60).await, ["Over soon"]);
        assert!(rest(world, DAY * 12).await);
        assert_eq!(subjects(world, 60).await, ["Over soon", "In forty days"]);
        assert_the_same(world).await;
        assert!(rest(world, DAY * 60).await);
        assert_eq!(subjects(world, 100).await, ["Over soon", "In forty days"], "the window has left it behind, the mirror has not");
        assert_the_same(world).await;
    });
}

async fn subjects(world: &World, back: u32) -> Vec<String> {
    let mut events: Vec<_> = here(world, back, 60).await.into_iter().flat_map(|(_, events)| events).collect();
    events.sort_by_key(|event| event.1);
    events.into_iter().map(|event| event.3).collect()
}

#[test]
fn a_grant_that_is_revoked_stops_the_calendars_until_it_is_given_again() {
    story(3, async |world| {
        world.connect_calendars(ANNA).await.unwrap();
        assert!(rest(world, HOUR).await);
        world.sim.control().revoke_sessions(ANNA);
        world.sim.control().create_event(ANNA, None, &single(world, "Missed for now", 5)).unwrap();
        assert!(rest(world, HOUR * 3).await);
        let stopped = &connection::list(&world.house.db, WORKSPACE).await.unwrap()[0];
        assert_eq!(stopped.state, ConnectionState::Reconnect);
        assert!(stopped.problem.as_ref().is_some_and(|problem| !problem.action.is_empty()), "it says what to do");
        assert_eq!(world.connect_calendars(ANNA).await.unwrap(), stopped.id);
        assert!(rest(world, HOUR).await);
        assert_the_same(world).await;
        assert_eq!(subjects(world, 29).await, ["Missed for now"]);
    });
}

#[test]
fn programs_read_calendars_by_both_kinds_of_routes() {
    story(4, async |world| {
        let control = world.sim.control();
        let bo = json!({"type": "optional", "emailAddress": {"name": "Bo", "address": "bo@acme.example"}});
        let mut meeting = single(world, "Offer", 26);
        meeting["attendees"] = json!([bo]);
        meeting["location"] = json!({"displayName": "Room 4"});
        control.create_event(ANNA, None, &meeting).unwrap();
        let mut secret = single(world, "Doctor", 27);
        secret["sensitivity"] = json!("private");
        control.create_event(ANNA, None, &secret).unwrap();
        control.create_event(ANNA, None, &daily(world, "Standup", 28, 3)).unwrap();
        world.connect_calendars(ANNA).await.unwrap();
        assert!(rest(world, HOUR).await);

        let scopes: Scopes = [Scope::Read].into_iter().collect();
        let key = program::key(world, &scopes.to_string()).await;
        let get = async |path: String| program::ask(world, &key, Method::GET, &path, None, "").await.json();
        let calendars = get("/api/v1/calendars".to_owned()).await;
        assert_eq!((&calendars["data"][0]["account"], &calendars["data"][0]["is_default"]), (&json!(ANNA), &json!(true)));
        let first = get("/api/v1/calendar-events?limit=2".to_owned()).await;
        let offer = &first["data"][0];
        assert_eq!((&offer["subject"], &offer["location"], &offer["kind"]), (&json!("Offer"), &json!("Room 4"), &json!("single")));
        let attendee = &offer["attendees"][0];
        assert_eq!((&attendee["email"], &attendee["is_optional"]), (&json!("bo@acme.example"), &json!(true)));
        let private = &first["data"][1];
        assert_eq!((&private["subject"], &private["attendees"], &private["is_private"]), (&Value::Null, &Value::Null, &json!(true)));
        let rest = get(format!("/api/v1/calendar-events?limit=2&cursor={}", first["next"].as_str().unwrap())).await;
        assert_eq!(rest["data"].as_array().unwrap().iter().map(|one| &one["subject"]).collect::<Vec<_>>(), ["Standup", "Standup"]);
        let one = get(format!("/api/v1/calendar-events/{}", offer["id"].as_str().unwrap())).await;
        assert_eq!(&one, offer);

        let day = &hours_from_now(world, 26)[..10];
        let compatible = get(format!("/api/integrations/calendar-events/?provider=microsoft_calendar&start_date={day}&page_size=1")).await;
        assert_eq!((&compatible["count"], &compatible["results"][0]["title"]), (&json!(5), &json!("Offer")));
        let names: Vec<&str> = compatible["results"][0].as_object().unwrap().keys().map(String::as_str).collect();
        let wanted = [
            "attendees",
            "created_at",
            "description",
            "end_time",
            "id",
            "is_all_day",
            "location",
            "organizer",
            "provider",
            "start_time",
            "timezone",
            "title",
            "updated_at",
        ];
        assert_eq!(names, wanted);
        let mail = get("/api/integrations/calendar-events/?provider=microsoft_outlook".to_owned()).await;
        assert_eq!(mail["count"], 0);
    });
}

/// The lines of a feed as they were meant; none where there is no feed.
async fn feed(world: &World, url: &str) -> Option<Vec<String>> {
    let request = http::Request::get(url).body(axum::body::Body::empty()).unwrap();
    let answer = program::send(&world.house.router, request).await;
    assert!(matches!(answer.status, 200 | 404), "{}", answer.text());
    (answer.status == 200).then(|| answer.text().replace("\r\n ", "").split("\r\n").map(str::to_owned).collect())
}

fn of<'a>(lines: &'a [String], name: &str) -> Vec<&'a str> {
    lines.iter().filter_map(|line| line.strip_prefix(name)).collect()
}

#[test]
fn another_program_reads_a_feed_that_tells_what_changes_until_it_is_revoked() {
    story(12, async |world| {
        let control = world.sim.control();
        control.create_event(ANNA, None, &single(world, "Plan", 30)).unwrap();
        control.create_event(ANNA, None, &daily(world, "Standup", 50, 500)).unwrap();
        let mut private = single(world, "Doctor", 27);
        private["sensitivity"] = json!("private");
        control.create_event(ANNA, None, &private).unwrap();
        let connection = world.connect_calendars(ANNA).await.unwrap();
        assert!(rest(world, HOUR).await);

        let key = program::key(world, "read calendar.write").await;
        let wish = json!({"connection": connection, "details": "all"});
        let made = program::ask(world, &key, Method::POST, "/api/v1/calendar-feeds", Some(&wish), "").await;
        let url = made.json()["url"].as_str().unwrap().to_owned();
        let lines = feed(world, &url).await.unwrap();
        let mut subjects = of(&lines, "SUMMARY:");
        subjects.sort_unstable();
        assert_eq!(subjects, ["Busy", "Plan", "Standup"], "what is private is busy time");
        assert!(of(&lines, "RRULE:FREQ=DAILY") == [";COUNT=500"], "the series goes on beyond what is mirrored: {lines:?}");
        assert_eq!(of(&lines, "X-WR-CALNAME:"), [ANNA]);

        let mut standups: Vec<_> = there(world, 29, 29)[0].1.iter().filter(|one| one.3 == "Standup").cloned().collect();
        standups.sort_by_key(|one| one.1);
        control.delete_event(ANNA, &standups[1].0).unwrap();
        control.change_event(ANNA, &standups[2].0, &json!({"subject": "Standup, once elsewhere"})).unwrap();
        assert!(rest(world, HOUR).await);
        let lines = feed(world, &url).await.unwrap();
        let day = |at: usize| standups[at].1.to_string()[..10].replace('-', "");
        assert!(of(&lines, "EXDATE;TZID=Europe/Berlin:")[0].starts_with(&day(1)) && of(&lines, "EXDATE").len() == 1, "{lines:?}");
        assert!(of(&lines, "RECURRENCE-ID;TZID=Europe/Berlin:")[0].starts_with(&day(2)), "{lines:?}");
        assert!(of(&lines, "SUMMARY:").contains(&"Standup\\, once elsewhere"));
        let uids: BTreeSet<&str> = of(&lines, "UID:").into_iter().collect();
        assert_eq!((of(&lines, "UID:").len(), uids.len()), (4, 3), "an exception has the id of its series");

        // A new round over a new window, which takes nothing from what was known.
        assert!(rest(world, DAY * 12).await);
        let later = feed(world, &url).await.unwrap();
        assert_eq!((of(&later, "EXDATE"), of(&later, "RECURRENCE-ID")), (of(&lines, "EXDATE"), of(&lines, "RECURRENCE-ID")));

        let feeds = program::ask(world, &key, Method::GET, "/api/v1/calendar-feeds", None, "").await.json();
        assert!(feeds["data"][0]["last_read_at"].is_string() && feeds["data"][0]["url"].is_null());
        let one = format!("/api/v1/calendar-feeds/{}", feeds["data"][0]["id"].as_str().unwrap());
        assert_eq!(program::ask(world, &key, Method::DELETE, &one, None, "").await.status, 200);
        assert_eq!(feed(world, &url).await, None);
    });
}

#[test]
fn after_any_schedule_of_faults_crashes_and_changes_the_mirror_equals_the_source() {
    let wish = |name: &str| std::env::var(name).ok().and_then(|wish| wish.parse::<u64>().ok());
    let seeds = wish("RAPPORT_TEST_CALENDAR_SEEDS").unwrap_or(25);
    let first = wish("RAPPORT_TEST_CALENDAR_SEED").unwrap_or(1);
    let (mut crashes, mut changes, mut events) = (0, 0, 0);
    for seed in first..first + seeds {
        story(seed, async |world| {
            let mut random = Random::seeded(seed);
            let made = schedule(world, &mut random, seed).await;
            assert_eq!(here(world, 29, 29).await, there(world, 29, 29), "seed {seed}: RAPPORT_TEST_CALENDAR_SEED={seed} replays it");
            assert_the_ledger_folds(world, seed).await;
            crashes += world.crashes().stops.len();
            events += here(world, 29, 29).await.iter().map(|(_, events)| events.len()).sum::<usize>();
            changes += made;
        });
    }
    println!("calendars, {seeds} schedules: {changes} changes, {crashes} crashes, {events} events at the end");
    assert!(crashes as u64 >= seeds / 4 && events > 0, "the schedules met too little");
}

/// Changes on one side and trouble in between; how many changes.
async fn schedule(world: &mut World, random: &mut Random, seed: u64) -> usize {
    world.connect_calendars(ANNA).await.unwrap();
    let mut made = 0;
    for round in 0..6 {
        world.sim.control().set_faults(weather(seed * 10 + round, random, &PATHS));
        for _ in 0..1 + random.below(5) {
            made += usize::from(change(world, random));
        }
        arm(world, random, &POINTS);
        if random.one_in(6) {
            lose_the_links(world);
        }
        if !rest(world, HOUR * (1 + random.below(30) as u32)).await {
            world.restart().await;
        }
    }
    world.crashes().armed = None;
    world.sim.control().set_faults(serde_json::from_value(json!({"seed": 1, "faults": []})).unwrap());
    assert!(rest(world, HOUR * 4).await);
    made
}

fn lose_the_links(world: &World) {
    let fault = json!({"kind": "deltaExpired", "when": "nth", "nth": 1, "matches": {"path": "/calendarView"}});
    world.sim.control().set_faults(serde_json::from_value(json!({"seed": 1, "faults": [fault]})).unwrap());
}

/// One change in Anna's calendars by another client; false if it was refused there.
fn change(world: &World, random: &mut Random) -> bool {
    let control = world.sim.control();
    let hours = random.below(40 * 24) as i64 - 20 * 24;
    let all: Vec<String> = there(world, 29, 29).into_iter().flat_map(|(_, events)| events.into_iter().map(|event| event.0)).collect();
    match random.below(8) {
        0 | 1 => control.create_event(ANNA, None, &single(world, &format!("One {hours}"), hours)).is_ok(),
        2 => control.create_event(ANNA, None, &daily(world, &format!("Series {hours}"), hours, 2 + random.below(9) as i64)).is_ok(),
        3 => control.create_calendar(ANNA, &format!("Calendar {hours}")).is_ok(),
        _ if all.is_empty() => false,
        4 => control.delete_event(ANNA, random.choose::<String>(&all)).is_ok(),
        5 => control.change_event(ANNA, random.choose::<String>(&all), &json!({"subject": format!("Changed {hours}")})).is_ok(),
        _ => control
            .change_event(ANNA, random.choose::<String>(&all), &json!({"start": at(world, hours), "end": at(world, hours + 2)}))
            .is_ok(),
    }
}

/// What the ledger told of calendar events: kind and subject, in order.
async fn told(world: &World) -> Vec<(EventKind, i64)> {
    let kinds = [EventKind::CalendarEventCreated, EventKind::CalendarEventChanged, EventKind::CalendarEventRemoved];
    let events = ledger::read(&world.house.db, WORKSPACE, 0, 100_000).await.unwrap();
    events.into_iter().filter(|event| kinds.contains(&event.kind)).map(|event| (event.kind, event.subject)).collect()
}

/// Whoever folds what was told has what is there, but for what was found by first rounds and went with its calendar.
async fn assert_the_ledger_folds(world: &World, seed: u64) {
    let mut is_there = BTreeMap::new();
    for (kind, subject) in told(world).await {
        let before = is_there.insert(subject, kind != EventKind::CalendarEventRemoved);
        match kind {
            EventKind::CalendarEventCreated => assert_eq!(before, None, "seed {seed}: {subject} came twice"),
            _ => assert_ne!(before, Some(false), "seed {seed}: {subject} was gone"),
        }
    }
    for (subject, there) in is_there {
        let found = calendar_event::find(&world.house.db, model::id::CalendarEventId::from_number(subject)).await.unwrap();
        assert_eq!(found.is_some(), there, "seed {seed}: {subject}");
    }
}

#[test]
fn what_changes_after_the_first_round_is_told_once() {
    story(11, async |world| {
        let control = world.sim.control();
        let first = control.create_event(ANNA, None, &single(world, "Before", 20)).unwrap();
        world.connect_calendars(ANNA).await.unwrap();
        assert!(rest(world, HOUR).await);
        assert_eq!(told(world).await, [], "what a first round finds is no news");
        let second = control.create_event(ANNA, None, &single(world, "News", 30)).unwrap();
        world.crashes().armed = Some(("pull.calendar_events", Phase::After));
        assert!(!rest(world, HOUR).await);
        world.restart().await;
        assert!(rest(world, HOUR).await);
        let ids = |events: &[(EventKind, i64)]| events.iter().map(|event| event.1).collect::<Vec<_>>();
        let made = told(world).await;
        assert_eq!(made.iter().map(|event| event.0).collect::<Vec<_>>(), [EventKind::CalendarEventCreated]);
        let control = world.sim.control();
        control.change_event(ANNA, &second.id, &json!({"subject": "News, corrected"})).unwrap();
        assert!(rest(world, HOUR).await);
        control.delete_event(ANNA, &second.id).unwrap();
        // Gone while the link is lost: a new round does not show it.
        lose_the_links(world);
        control.delete_event(ANNA, &first.id).unwrap();
        assert!(rest(world, HOUR).await);
        let all = told(world).await;
        let kinds: Vec<EventKind> = all.iter().map(|event| event.0).collect();
        let (created, changed, removed) =
            (EventKind::CalendarEventCreated, EventKind::CalendarEventChanged, EventKind::CalendarEventRemoved);
        assert_eq!(kinds, [created, changed, removed, removed]);
        assert_eq!(ids(&all[..2]), [ids(&made), ids(&made)].concat());
        let gone: BTreeSet<i64> = ids(&all[2..]).into_iter().collect();
        assert!(gone.len() == 2 && gone.contains(&made[0].1));
        assert_the_ledger_folds(world, 11).await;
    });
}

#[test]
fn a_page_that_is_read_twice_changes_nothing() {
    story(9, async |world| {
        for hours in 1..8 {
            world.sim.control().create_event(ANNA, None, &single(world, &format!("Meeting {hours}"), hours * 3)).unwrap();
        }
        world.connect_calendars(ANNA).await.unwrap();
        world.crashes().armed = Some(("pull.calendar_events", Phase::Before));
        assert!(!rest(world, HOUR).await, "it stops after the pieces of the page, before its place is kept");
        world.restart().await;
        assert!(rest(world, HOUR).await);
        let before = ids(world).await;
        assert_the_same(world).await;
        lose_the_links(world);
        assert!(rest(world, HOUR).await);
        assert_eq!(ids(world).await, before, "a new round finds what it knows");
    });
}

#[test]
fn what_goes_while_a_first_page_is_read_again_goes_here_too() {
    story(10, async |world| {
        let made: Vec<_> = (1..8)
            .map(|hours| world.sim.control().create_event(ANNA, None, &single(world, &format!("Meeting {hours}"), hours * 3)).unwrap())
            .collect();
        world.connect_calendars(ANNA).await.unwrap();
        world.crashes().armed = Some(("pull.calendar_events", Phase::Before));
        assert!(!rest(world, HOUR).await, "some of the page is kept, its place is not");
        world.sim.control().delete_event(ANNA, &made[0].id).unwrap();
        world.restart().await;
        assert!(rest(world, HOUR).await);
        assert_the_same(world).await;
    });
}

async fn ids(world: &World) -> Vec<String> {
    let slice = Slice { behind: None, offset: 0, limit: 1_000 };
    let (calendar, _) = calendar::list(&world.house.db, WORKSPACE).await.unwrap().into_iter().next().unwrap();
    let events = calendar_event::list(&world.house.db, &[calendar.id], window(world, 29, 29), slice).await.unwrap();
    events.into_iter().map(|event| event.id.to_string()).collect()
}
