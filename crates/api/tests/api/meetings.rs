//! Meetings in timelines: at their start among the threads, as much of them as the calendars show, and for nobody else.

use std::time::Duration;

use api::access::{Asker, Mailboxes, Scope, Scopes, Sight, Who};
use api::{read, view};
use base::Timestamp;
use http::Method;
use model::calendar::{Attendee, CalendarEvent, CalendarEventKind, Detail};
use model::id::{CalendarEventId, CalendarId};
use model::message::Participant;
use serde_json::{Value, json};
use store::exclusion::{Exclusion, ExclusionKind};
use store::timeline::Owner;
use store::{Statement, Transaction, calendar_event, exclusion, person};

use crate::support::{House, OURS, Place};

const HOUR: i64 = 3_600_000;

fn who(address: &str) -> Participant {
    Participant { name: String::new(), address: address.to_owned() }
}

/// A meeting so many hours from now.
fn meeting(house: &House, of: CalendarId, subject: &str, hours: i64, attendees: &[&str]) -> CalendarEvent {
    let start_at = Timestamp::from_millis(house.clock.now().millis() + hours * HOUR);
    let attendees = attendees.iter().map(|address| Attendee { who: who(address), ..Attendee::default() }).collect();
    let organizer = who("anna@contoso.example");
    let detail = Detail { subject: subject.into(), ical_uid: subject.into(), organizer, attendees, ..Detail::default() };
    CalendarEvent {
        id: CalendarEventId::new(house.clock.now()),
        calendar: of,
        graph_id: subject.into(),
        kind: CalendarEventKind::Single,
        series: None,
        start_at,
        end_at: start_at.plus(Duration::from_secs(3600)),
        detail: Some(detail),
    }
}

async fn commit(house: &House, statements: impl IntoIterator<Item = Statement>) {
    house.state.db.commit(Transaction::new("test.meetings").with_all(statements)).await.unwrap();
}

async fn keep(house: &House, event: &CalendarEvent) {
    commit(house, calendar_event::put(event, 1)).await;
}

fn customers(place: &Place) -> String {
    format!("/api/v1/customers/{}/timeline", place.customer)
}

fn peoples(place: &Place) -> String {
    format!("/api/v1/people/{}/timeline", place.person)
}

/// What a timeline has, in its order: the kind, and the subject where it is shown.
async fn entries(house: &House, path: &str, key: &str) -> Vec<(String, Option<String>)> {
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let page = house.get(path, key).await;
    assert_eq!(page.status, 200, "{}", String::from_utf8_lossy(&page.bytes));
    let entries = page.json()["data"].as_array().unwrap().clone();
    let entry = |entry: &Value| {
        let kind = text(&entry["kind"]).unwrap();
        let subject = text(&entry[&kind]["subject"]);
        (kind, subject)
    };
    entries.iter().map(entry).collect()
}

fn subjects(entries: &[(String, Option<String>)]) -> Vec<&str> {
    entries.iter().map(|(_, subject)| subject.as_deref().unwrap_or("-")).collect()
}

fn anna() -> Asker {
    let address = "anna@contoso.example";
    let who = Who::Person { subject: address.into(), email: Some(address.into()), user_id: None };
    Asker { workspace: OURS, who, scopes: Scopes::PERSON, mailboxes: Mailboxes::All }
}

async fn as_anna(house: &House) -> Vec<view::TimelineEntry> {
    let (db, asker) = (&house.state.db, anna());
    let sight = Sight::of(db, &asker).await.unwrap();
    read::timeline::page(db, &asker, &sight, Owner::Customer(house.ours.customer), None, 50).await.unwrap().data
}

#[tokio::test]
async fn meetings_and_threads_are_one_order_and_one_cursor_leads_through_it() {
    let house = House::new().await;
    let key = house.key(OURS, &[Scope::Read], None).await;
    let (calendar, bo) = (house.ours.calendar, "Bo@acme.example");
    keep(&house, &meeting(&house, calendar, "Soon", 48, &[bo])).await;
    keep(&house, &meeting(&house, calendar, "Long ago", -90, &[bo, "ben@contoso.example"])).await;
    keep(&house, &meeting(&house, calendar, "With somebody new there", -80, &["new@acme.example"])).await;
    keep(&house, &meeting(&house, calendar, "With nobody of theirs", 5, &["ada@elsewhere.example", "noreply@acme.example"])).await;
    let path = customers(&house.ours);
    let all = ["Soon", "The offer", "With somebody new there", "Long ago"];
    assert_eq!(subjects(&entries(&house, &path, &key).await), all);
    assert_eq!(subjects(&entries(&house, &peoples(&house.ours), &key).await), ["Soon", "The offer", "Long ago"]);
    let first = house.get(&path, &key).await.json()["data"][0].clone();
    assert_eq!((&first["kind"], &first["thread"]), (&json!("meeting"), &Value::Null));
    assert_eq!(first["at"], first["meeting"]["start_at"]);
    assert_eq!(first["because"], "because bo@acme.example is invited");
    let (mut walked, mut next) = (Vec::new(), String::new());
    loop {
        let page = house.get(&format!("{path}?limit=1{next}"), &key).await.json();
        walked.extend(
            page["data"]
                .as_array()
                .unwrap()
                .iter()
                .map(|entry| entry[entry["kind"].as_str().unwrap()]["subject"].as_str().unwrap().to_owned()),
        );
        match page["next"].as_str() {
            Some(cursor) => next = format!("&cursor={cursor}"),
            None => break,
        }
    }
    assert_eq!(walked, all);
    let threads = house.get("/api/v1/threads", &key).await.json();
    assert_eq!(threads["data"].as_array().unwrap().len(), 1, "a list of threads has no meetings");
}

#[tokio::test]
async fn a_meeting_shows_as_much_as_the_calendar_does() {
    let house = House::new().await;
    let (admin, reader) = (house.admin().await, house.key(OURS, &[Scope::Read], None).await);
    keep(&house, &meeting(&house, house.ours.calendar, "Plan with Bo", 2, &["bo@acme.example"])).await;
    let mailbox = format!("/api/v1/mailboxes/{}", house.ours.mailboxes[0]);
    for (visibility, subject, text) in [("metadata", false, false), ("subject", true, false), ("everything", true, true)] {
        house.ask(Method::PATCH, &mailbox, &admin, Some(&json!({ "visibility": visibility }))).await;
        let seen = house.get(&customers(&house.ours), &reader).await.json()["data"][0]["meeting"].clone();
        assert_eq!((seen["subject"].is_string(), seen["preview"].is_string()), (subject, text), "{visibility}: {seen}");
        assert_eq!(seen["attendees"][0]["email"], "bo@acme.example");
    }
    let ben = house.key(OURS, &[Scope::Read], Some(vec![house.ours.mailboxes[1]])).await;
    for path in [customers(&house.ours), peoples(&house.ours)] {
        assert_eq!(subjects(&entries(&house, &path, &ben).await), ["The offer"], "who sees nothing of the calendar sees no meeting");
    }
}

#[tokio::test]
async fn a_private_meeting_is_there_for_its_own_person_only() {
    let house = House::new().await;
    let mut secret = meeting(&house, house.ours.calendar, "Between us", 2, &["bo@acme.example"]);
    secret.detail.as_mut().unwrap().is_private = true;
    keep(&house, &secret).await;
    let own = as_anna(&house).await;
    let shown = own[0].meeting.as_ref().unwrap();
    assert_eq!((shown.subject.as_deref(), shown.is_private), (Some("Between us"), true));
    for path in [customers(&house.ours), peoples(&house.ours)] {
        assert_eq!(subjects(&entries(&house, &path, &house.admin().await).await), ["The offer"]);
    }
}

#[tokio::test]
async fn nothing_of_another_workspaces_calendars_is_there() {
    let house = House::new().await;
    keep(&house, &meeting(&house, house.theirs.calendar, "Theirs", 2, &["bo@acme.example", "bo@initech.example"])).await;
    assert_eq!(subjects(&entries(&house, &customers(&house.ours), &house.admin().await).await), ["The offer"]);
    let theirs = house.key(crate::support::THEIRS, &[Scope::Read], None).await;
    assert_eq!(subjects(&entries(&house, &customers(&house.theirs), &theirs).await), ["Theirs", "The offer"]);
}

#[tokio::test]
async fn what_is_said_by_hand_of_people_and_exclusions_holds_for_meetings_at_once() {
    let house = House::new().await;
    let (key, place, now) = (house.admin().await, &house.ours, house.clock.now());
    keep(&house, &meeting(&house, place.calendar, "Plan with Bo", 2, &["bo@acme.example", "counsel@law.example"])).await;
    let other = format!("/api/v1/customers/{}/timeline", place.other_customer);
    assert_eq!(subjects(&entries(&house, &other, &key).await), [""; 0]);
    commit(&house, person::set_customer(OURS, place.person, Some(place.other_customer), "test", now)).await;
    let there = house.get(&other, &key).await.json()["data"][0].clone();
    assert_eq!(there["because"], "because bo@acme.example, who belongs to this customer, is invited");
    assert_eq!(subjects(&entries(&house, &customers(place), &key).await), ["The offer"]);
    let counsel =
        Exclusion { kind: ExclusionKind::Domain, value: "law.example".into(), why: String::new(), actor: "test".into(), added_at: now };
    commit(&house, exclusion::add(OURS, &counsel)).await;
    assert_eq!(subjects(&entries(&house, &other, &key).await), [""; 0], "whoever is left out takes the meeting along");
}

#[tokio::test]
async fn a_meeting_that_was_called_off_says_so_and_pages_fill_past_what_is_not_theirs() {
    let house = House::new().await;
    let key = house.admin().await;
    let mut off = meeting(&house, house.ours.calendar, "Called off", -30, &["bo@acme.example"]);
    off.detail.as_mut().unwrap().is_cancelled = true;
    keep(&house, &off).await;
    let many: Vec<String> = (0..30).map(|number| format!("x@company{number}.example")).collect();
    for hours in 1..6 {
        let mut attendees: Vec<&str> = many.iter().map(String::as_str).collect();
        attendees.push("bo@acme.example");
        keep(&house, &meeting(&house, house.ours.calendar, &format!("Circular {hours}"), hours, &attendees)).await;
    }
    let page = house.get(&format!("{}?limit=2", customers(&house.ours)), &key).await.json();
    assert_eq!(page["data"].as_array().unwrap().len(), 2, "{page}");
    assert_eq!((&page["data"][1]["meeting"]["subject"], &page["data"][1]["meeting"]["is_cancelled"]), (&json!("Called off"), &json!(true)));
}
