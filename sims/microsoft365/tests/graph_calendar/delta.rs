//! The delta of a calendar's view: shapes, rounds, removals, tokens that die, and a mirror that follows it.

use std::collections::BTreeMap;
use std::time::Duration;

use http::Method;
use microsoft365_sim::graph::config::SeriesInDelta;
use microsoft365_sim::ids::Ids;
use serde_json::{Value, json};

use crate::world::{ANNA, World, at, event, no_end, series, text, world, world_with};

const PATH: &str = "/me/calendarView/delta?startDateTime=2026-03-01T00:00:00Z&endDateTime=2026-03-20T00:00:00Z";
const IMMUTABLE: (&str, &str) = ("prefer", "IdType=\"ImmutableId\"");

async fn round(world: &World, link: &str) -> (Vec<Value>, String) {
    let (rows, last) = world.exhaust(link, &[IMMUTABLE]).await;
    (rows, text(&last, "@odata.deltaLink"))
}

fn kinds(rows: &[Value]) -> Vec<String> {
    rows.iter().map(|row| if row.get("@removed").is_some() { "removed".to_owned() } else { text(row, "type") }).collect()
}

fn hour(subject: &str, day: u32) -> Value {
    event(subject, &format!("2026-03-{day:02}T09:00:00"), &format!("2026-03-{day:02}T10:00:00"), "UTC", json!({}))
}

#[tokio::test]
async fn occurrences_come_as_stubs_and_everything_else_whole() {
    let world = world();
    let control = world.control();
    control.create_event(ANNA, None, &hour("single", 3)).unwrap();
    control.create_event(ANNA, None, &series("Standup", no_end())).unwrap();
    let (rows, _) = round(&world, PATH).await;
    assert_eq!(kinds(&rows), ["singleInstance", "occurrence", "occurrence", "occurrence", "occurrence", "occurrence", "occurrence"]);
    assert!(rows[0]["body"].is_object() && rows[0]["@odata.type"] == "#microsoft.graph.event");
    let mut keys: Vec<_> = rows[1].as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["@odata.etag", "@odata.type", "end", "id", "seriesMasterId", "start", "type"]);
    assert_eq!(
        (text(&rows[1], "start/dateTime"), text(&rows[1], "start/timeZone")),
        ("2026-03-02T09:00:00.0000000".into(), "W. Europe Standard Time".into())
    );
    world.control().configure(|config| config.graph.delta_stubs_in_own_zone = false);
    let (rows, _) = round(&world, PATH).await;
    assert_eq!((text(&rows[1], "start/dateTime"), text(&rows[1], "start/timeZone")), ("2026-03-02T08:00:00.0000000".into(), "UTC".into()));
}

#[tokio::test]
async fn changes_of_single_events_come_once_and_what_left_the_window_is_removed() {
    let world = world();
    let control = world.control();
    let kept = control.create_event(ANNA, None, &hour("kept", 3)).unwrap().id;
    let moved = control.create_event(ANNA, None, &hour("moved", 4)).unwrap().id;
    let gone = control.create_event(ANNA, None, &hour("gone", 5)).unwrap().id;
    let (_, link) = round(&world, PATH).await;
    assert!(round(&world, &link).await.0.is_empty());
    control.change_event(ANNA, &kept, &json!({"subject": "changed"})).unwrap();
    control.change_event(ANNA, &kept, &json!({"showAs": "free"})).unwrap();
    let away = hour("x", 28);
    control.change_event(ANNA, &moved, &json!({"start": away["start"], "end": away["end"]})).unwrap();
    control.delete_event(ANNA, &gone).unwrap();
    control.create_event(ANNA, None, &hour("outside", 27)).unwrap();
    let (rows, link) = round(&world, &link).await;
    assert_eq!(kinds(&rows), ["singleInstance", "removed", "removed"]);
    assert_eq!((&rows[0]["subject"], &rows[0]["showAs"]), (&json!("changed"), &json!("free")));
    assert_eq!((text(&rows[1], "id"), text(&rows[2], "id")), (moved, gone));
    assert_eq!(rows[1], json!({"@odata.type": "#microsoft.graph.event", "id": rows[1]["id"], "@removed": {"reason": "deleted"}}));
    assert!(round(&world, &link).await.0.is_empty());
}

#[tokio::test]
async fn a_series_that_changes_gives_its_occurrences_again_and_one_day_only_itself() {
    let world = world();
    let control = world.control();
    let master = control.create_event(ANNA, None, &series("Standup", no_end())).unwrap().id;
    let (rows, link) = round(&world, PATH).await;
    let days: Vec<String> = rows.iter().map(|row| text(row, "id")).collect();
    control.change_event(ANNA, &days[1], &json!({"subject": "Special"})).unwrap();
    control.delete_event(ANNA, &days[3]).unwrap();
    let (rows, link) = round(&world, &link).await;
    assert_eq!(kinds(&rows), ["exception", "removed"]);
    assert_eq!((&rows[0]["subject"], text(&rows[1], "id")), (&json!("Special"), days[3].clone()));
    control.change_event(ANNA, &master, &json!({"subject": "Daily"})).unwrap();
    let (rows, link) = round(&world, &link).await;
    assert_eq!(kinds(&rows), ["seriesMaster", "occurrence", "exception", "occurrence", "occurrence", "occurrence"]);
    let pattern = json!({"type": "weekly", "interval": 1, "daysOfWeek": ["monday"]});
    control.change_event(ANNA, &master, &json!({"recurrence": {"pattern": pattern, "range": no_end()}})).unwrap();
    let (rows, link) = round(&world, &link).await;
    assert_eq!(kinds(&rows), ["seriesMaster", "occurrence", "removed", "occurrence", "occurrence", "removed"]);
    control.delete_event(ANNA, &master).unwrap();
    let (rows, _) = round(&world, &link).await;
    assert!(kinds(&rows).iter().all(|kind| kind == "removed"));
    assert_eq!(rows.len(), 4, "what a client may hold of it, the series too");
}

#[tokio::test]
async fn series_come_as_the_settings_say() {
    for (setting, first, later) in [(SeriesInDelta::Always, 1, 1), (SeriesInDelta::WhenChanged, 0, 1), (SeriesInDelta::Never, 0, 0)] {
        let world = world_with(|config| config.graph.delta_series = setting);
        let master = world.control().create_event(ANNA, None, &series("Standup", no_end())).unwrap().id;
        let masters = |rows: &[Value]| kinds(rows).iter().filter(|kind| *kind == "seriesMaster").count();
        let (rows, link) = round(&world, PATH).await;
        assert_eq!(masters(&rows), first, "{setting:?}");
        world.control().change_event(ANNA, &master, &json!({"subject": "x"})).unwrap();
        assert_eq!(masters(&round(&world, &link).await.0), later, "{setting:?}");
    }
}

#[tokio::test]
async fn a_round_needs_its_window_once_and_takes_no_other_options() {
    let world = world();
    let refused = async |path: &str| {
        let caller = world.owner();
        world.call_unseen(&caller, Method::GET, path, &[], &Value::Null).await.outcome()
    };
    assert_eq!(refused("/me/calendarView/delta").await, (400, "ErrorInvalidParameter".to_owned()));
    for option in ["$select=subject", "$top=5", "$filter=subject eq 'x'", "$orderby=subject", "$expand=instances"] {
        assert_eq!(refused(&format!("{PATH}&{option}")).await, (400, "ErrorInvalidUrlQuery".to_owned()), "{option}");
    }
    assert_eq!(refused("/me/calendarView/delta?$deltatoken=bogus").await, (400, "BadRequest".to_owned()));
}

#[tokio::test]
async fn a_token_dies_by_age_by_eviction_and_elsewhere() {
    let world = world_with(|config| {
        config.graph.delta_token_seconds = 3600;
        config.graph.delta_log_lines_max = 3;
    });
    let (_, link) = round(&world, PATH).await;
    let token = link.split('=').nth(1).unwrap().to_owned();
    let calendar = text(&world.post("/me/calendars", json!({"name": "Travel"})).await.json(), "id");
    let elsewhere = world.get(&format!("/me/calendars/{calendar}/calendarView/delta?$deltatoken={token}")).await;
    assert_eq!(elsewhere.outcome(), (410, "SyncStateInvalid".to_owned()));
    assert_eq!(world.get(&format!("/me/events/delta?$deltatoken={token}")).await.status, 410);
    for day in 3..8 {
        world.control().create_event(ANNA, None, &hour("x", day)).unwrap();
    }
    assert_eq!(world.get(&link).await.outcome(), (410, "SyncStateNotFound".to_owned()));
    let (_, link) = round(&world, PATH).await;
    world.control().advance_clock(Duration::from_secs(3601));
    assert_eq!(world.get(&link).await.status, 410);
    let own = format!("/me/calendars/{calendar}/calendarView/delta");
    let (_, link) = round(&world, &PATH.replace("/me/calendarView/delta", &own)).await;
    world.control().delete_calendar(ANNA, &calendar).unwrap();
    assert_eq!(world.get(&link).await.outcome(), (404, "ErrorSyncFolderNotFound".to_owned()));
}

#[tokio::test]
async fn events_have_a_delta_of_their_own_without_occurrences() {
    let world = world();
    let control = world.control();
    control.create_event(ANNA, None, &series("Standup", no_end())).unwrap();
    let single = control.create_event(ANNA, None, &hour("x", 3)).unwrap().id;
    let (rows, link) = round(&world, "/me/events/delta").await;
    assert_eq!(kinds(&rows), ["seriesMaster", "singleInstance"]);
    assert!(rows[0].get("subject").is_none());
    control.delete_event(ANNA, &single).unwrap();
    assert_eq!(kinds(&round(&world, &link).await.0), ["removed"]);
}

/// A client that follows the rules ends with what the calendar has, whatever happens and however it is served.
#[tokio::test]
async fn a_mirror_that_follows_the_delta_equals_the_view() {
    for seed in 0..60u64 {
        let world = world_with(|config| {
            config.seed = seed;
            config.graph.delta_empty_page_probability = if seed % 2 == 0 { 0.3 } else { 0.0 };
            config.graph.delta_replayed_lines = seed % 5;
            config.graph.delta_series = [SeriesInDelta::Always, SeriesInDelta::WhenChanged, SeriesInDelta::Never][seed as usize % 3];
        });
        let mut draw = Ids::new(seed);
        let mut mirror: BTreeMap<String, (String, String)> = BTreeMap::new();
        let mut link = PATH.to_owned();
        for _ in 0..10 {
            let page = format!("odata.maxpagesize={}", 1 + draw.below(4));
            loop {
                (0..draw.below(3)).for_each(|_| change(&world, &mut draw));
                let answer = world.get_with(&link, &[IMMUTABLE, ("prefer", &page)]).await.json();
                answer["value"].as_array().unwrap().iter().for_each(|row| apply(&mut mirror, row));
                let next = text(&answer, "@odata.nextLink");
                link = if next.is_empty() { text(&answer, "@odata.deltaLink") } else { next.clone() };
                if next.is_empty() {
                    break;
                }
            }
        }
        let (rows, _) = world.exhaust(&link, &[IMMUTABLE]).await;
        rows.iter().for_each(|row| apply(&mut mirror, row));
        assert_eq!(mirror, there(&world), "seed {seed}");
    }
}

fn there(world: &World) -> BTreeMap<String, (String, String)> {
    let state = world.control().agenda(ANNA, at("2026-03-01T00:00:00Z"), at("2026-03-20T00:00:00Z")).unwrap();
    let events = state.calendars[0].events.iter();
    events.map(|one| (one.id.clone(), (one.change_key.clone(), one.kind.to_owned()))).map(|(id, what)| (id, normal(what))).collect()
}

/// The etag of an occurrence says when its series last changed, which a single day's change does not repeat.
fn normal((key, kind): (String, String)) -> (String, String) {
    if kind == "occurrence" || kind == "exception" { (String::new(), kind) } else { (key, kind) }
}

fn apply(mirror: &mut BTreeMap<String, (String, String)>, row: &Value) {
    let id = text(row, "id");
    let kind = text(row, "type");
    if row.get("@removed").is_some() {
        mirror.remove(&id);
    } else if kind != "seriesMaster" {
        let key = text(row, "@odata.etag").trim_start_matches("W/").trim_matches('"').to_owned();
        mirror.insert(id, normal((key, kind)));
    } else {
        mirror.remove(&id);
    }
}

fn change(world: &World, draw: &mut Ids) {
    let control = world.control();
    let day = u32::try_from(1 + draw.below(28)).unwrap();
    let state = control.agenda(ANNA, at("2026-02-01T00:00:00Z"), at("2026-05-01T00:00:00Z")).unwrap();
    let events = &state.calendars[0].events;
    let any = events.get(usize::try_from(draw.below(events.len().max(1) as u64)).unwrap());
    match (draw.below(8), any) {
        (0, _) => drop(control.create_event(ANNA, None, &series("s", no_end()))),
        (1, Some(one)) => drop(control.change_event(ANNA, &one.id, &json!({"subject": format!("n{day}")}))),
        (2, Some(one)) => {
            let hours = hour("x", day);
            drop(control.change_event(ANNA, &one.id, &json!({"start": hours["start"], "end": hours["end"]})));
        }
        (3, Some(one)) => drop(control.delete_event(ANNA, &one.id)),
        (4, Some(one)) => drop(control.delete_event(ANNA, one.series_master_id.as_ref().unwrap_or(&one.id))),
        (5, Some(one)) => {
            let days = if draw.chance(0.5) { json!(["monday"]) } else { json!(["monday", "thursday", "friday"]) };
            let pattern = json!({"type": "weekly", "interval": 1, "daysOfWeek": days});
            let recurrence = json!({"pattern": pattern, "range": no_end()});
            let master = one.series_master_id.as_ref();
            master.into_iter().for_each(|id| drop(control.change_event(ANNA, id, &json!({"recurrence": recurrence}))));
        }
        (6, Some(one)) => {
            let master = one.series_master_id.as_ref();
            master.into_iter().for_each(|id| drop(control.change_event(ANNA, id, &json!({"recurrence": null}))));
        }
        _ => drop(control.create_event(ANNA, None, &hour("e", day))),
    }
}
