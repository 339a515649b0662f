//! Writing calendars: who may, what is refused before it is kept, and what is kept of it.

use api::access::Scope;
use http::Method;
use serde_json::{Value, json};

use crate::support::{House, OURS, Place};

const PATH: &str = "/api/v1/calendar-events";
const INTENTS: &str = "/api/v1/calendar-intents";

fn event(place: &Place) -> Value {
    let time = |hour: u8| json!({ "date_time": format!("2026-12-01T{hour:02}:00:00"), "time_zone": "Europe/Berlin" });
    json!({ "calendar": place.calendar, "subject": "Plan", "start": time(9), "end": time(10), "attendees": [{ "email": "bo@acme.example" }] })
}

#[tokio::test]
async fn a_new_event_is_kept_once_and_says_who_is_invited() {
    let house = House::new().await;
    let key = house.key(OURS, &[Scope::Read, Scope::CalendarWrite], None).await;
    let wish = event(&house.ours);
    let asked = house.ask_with(Method::POST, PATH, &key, Some(&wish), &[("idempotency-key", "one")]).await;
    assert_eq!(asked.status, 202, "{}", String::from_utf8_lossy(&asked.bytes));
    let again = house.ask_with(Method::POST, PATH, &key, Some(&wish), &[("idempotency-key", "one")]).await;
    assert_eq!(again.json()["id"], asked.json()["id"], "the same request is one event");
    let kept = house.get(asked.header("location"), &key).await.json();
    assert_eq!((&kept["deed"], &kept["state"], &kept["invites"]), (&json!("create"), &json!("waiting"), &json!(["bo@acme.example"])));
    let listed = house.get(&format!("{INTENTS}?state=waiting&limit=1"), &key).await.json();
    assert_eq!(listed["data"][0]["id"], kept["id"], "the latest first");
    let about = house.get(&format!("{INTENTS}?calendar_event={}", house.ours.calendar_event), &key).await.json();
    assert_eq!(about["data"][0]["id"], json!(house.ours.calendar_intent));
}

#[tokio::test]
async fn only_who_may_write_a_calendar_writes_it() {
    let house = House::new().await;
    let [anna, ben] = house.ours.mailboxes;
    let ask = async |key: &str, place: &Place| house.ask(Method::POST, PATH, key, Some(&event(place))).await;
    let writer = house.key(OURS, &[Scope::Read, Scope::Write, Scope::MailWrite, Scope::Send], None).await;
    assert_eq!(ask(&writer, &house.ours).await.code(), "scope_missing");
    let bens = house.key(OURS, &[Scope::CalendarWrite], Some(vec![ben])).await;
    assert_eq!(ask(&bens, &house.ours).await.status, 404);
    let annas = house.key(OURS, &[Scope::CalendarWrite], Some(vec![anna])).await;
    assert_eq!(ask(&annas, &house.ours).await.status, 202);
    assert_eq!(ask(&house.admin().await, &house.theirs).await.status, 404, "another workspace's calendar is not there");
    assert_eq!(house.get(INTENTS, &bens).await.code(), "scope_missing");
}

#[tokio::test]
async fn what_stands_against_the_event_as_it_is_is_refused_with_the_reason() {
    let house = House::new().await;
    let key = house.admin().await;
    let path = format!("{PATH}/{}", house.ours.calendar_event);
    let change = house.ask(Method::PATCH, &path, &key, Some(&json!({ "subject": "Another" }))).await;
    assert_eq!((change.status, change.code().as_str()), (409, "not_organizer"));
    let cancel = house.ask(Method::POST, &format!("{path}/cancel"), &key, Some(&json!({}))).await;
    assert_eq!(cancel.code(), "not_organizer");
    let nothing = house.ask(Method::POST, &format!("{path}/answer"), &key, Some(&json!({ "response": "perhaps" }))).await;
    assert_eq!((nothing.status, nothing.code().as_str()), (422, "field_unreadable"));
    let answered = house.ask(Method::POST, &format!("{path}/answer"), &key, Some(&json!({ "response": "accepted" }))).await;
    assert_eq!((answered.status, &answered.json()["calendar_event"]), (202, &json!(house.ours.calendar_event)));
    assert_eq!(house.ask(Method::DELETE, &path, &key, None).await.status, 202, "a copy may be removed");
    let mut wrong = event(&house.ours);
    wrong["attendees"] = json!([{ "email": "nobody" }]);
    let refused = house.ask(Method::POST, PATH, &key, Some(&wrong)).await;
    assert_eq!((refused.status, refused.code().as_str()), (422, "attendee_wrong"));
    assert!(!String::from_utf8_lossy(&refused.bytes).contains("nobody"), "addresses are in no problem");
}
