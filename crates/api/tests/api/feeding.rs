//! Calendar feeds and the export: who may have one, what is kept of it, and what stands at its address.

use api::access::Scope;
use api::feeding;
use http::Method;
use serde_json::json;

use crate::support::{House, OURS};

const PATH: &str = "/api/v1/calendar-feeds";

fn secret(url: &str) -> String {
    let name = url.rsplit('/').next().unwrap();
    name.strip_suffix(feeding::ENDING).unwrap().to_owned()
}

#[tokio::test]
async fn a_feed_is_read_by_its_address_until_it_is_renewed_or_revoked() {
    let house = House::new().await;
    let key = house.key(OURS, &[Scope::Read, Scope::CalendarWrite], None).await;
    let wish = json!({"calendar": house.ours.calendar, "details": "all"});
    let made = house.ask_with(Method::POST, PATH, &key, Some(&wish), &[("idempotency-key", "one")]).await;
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.bytes));
    let first = made.json()["url"].as_str().unwrap().to_owned();
    assert!(first.contains("/calendar/feeds/") && first.len() > 60, "{first}");
    let again = house.ask_with(Method::POST, PATH, &key, Some(&wish), &[("idempotency-key", "one")]).await;
    assert!(!String::from_utf8_lossy(&again.bytes).contains(&secret(&first)), "the address is shown once");
    let text = feeding::open(&house.state, &secret(&first)).await.unwrap().unwrap();
    assert!(text.contains("SUMMARY:Plan\r\n") && text.contains("NAME:Calendar\r\n"), "{text}");
    let one = made.header("location");
    let kept = house.get(one, &key).await.json();
    assert!(kept["url"].is_null() && kept["last_read_at"].is_string(), "{kept}");

    let renewed = house.ask(Method::POST, &format!("{one}/renew"), &key, None).await;
    let second = renewed.json()["url"].as_str().unwrap().to_owned();
    assert_eq!(feeding::open(&house.state, &secret(&first)).await.unwrap(), None);
    assert!(feeding::open(&house.state, &secret(&second)).await.unwrap().is_some());
    assert_eq!(house.ask(Method::DELETE, one, &key, None).await.status, 200);
    assert_eq!(feeding::open(&house.state, &secret(&second)).await.unwrap(), None);
    assert_eq!(house.ask(Method::POST, &format!("{one}/renew"), &key, None).await.status, 404, "what was revoked stays revoked");
    assert_eq!(feeding::open(&house.state, "").await.unwrap(), None);
}

#[tokio::test]
async fn only_who_sees_a_calendar_whole_has_a_feed_and_private_details_are_for_its_person() {
    let house = House::new().await;
    let [anna, ben] = house.ours.mailboxes;
    let wish = |details: &str| json!({"calendar": house.ours.calendar, "details": details});
    let reader = house.key(OURS, &[Scope::Read], None).await;
    assert_eq!(house.ask(Method::POST, PATH, &reader, Some(&wish("all"))).await.code(), "scope_missing");
    let bens = house.key(OURS, &[Scope::Read, Scope::CalendarWrite], Some(vec![ben])).await;
    assert_eq!(house.ask(Method::POST, PATH, &bens, Some(&wish("all"))).await.status, 404);
    assert_eq!(house.get(PATH, &bens).await.json()["data"], json!([]), "nor is there one for it to see");
    let annas = house.key(OURS, &[Scope::Read, Scope::CalendarWrite], Some(vec![anna])).await;
    assert_eq!(house.ask(Method::POST, PATH, &annas, Some(&wish("busy"))).await.status, 201);
    let mut private = wish("all");
    private["private_details"] = json!(true);
    assert_eq!(house.ask(Method::POST, PATH, &annas, Some(&private)).await.code(), "field_wrong");
    let both = json!({"calendar": house.ours.calendar, "connection": house.ours.calendar_intent, "details": "all"});
    assert!(house.ask(Method::POST, PATH, &annas, Some(&both)).await.status >= 400);
    let theirs = json!({"calendar": house.theirs.calendar, "details": "all"});
    assert_eq!(house.ask(Method::POST, PATH, &house.admin().await, Some(&theirs)).await.status, 404);
}

#[tokio::test]
async fn an_export_is_the_list_in_one_answer() {
    let house = House::new().await;
    let key = house.key(OURS, &[Scope::Read], None).await;
    let listed = house.get("/api/v1/calendar-events", &key).await.json();
    let exported = house.get("/api/v1/calendar-events/export", &key).await;
    assert_eq!((exported.status, &exported.json()), (200, &listed["data"]));
    let table = house.get("/api/v1/calendar-events/export?format=csv", &key).await;
    let text = String::from_utf8(table.bytes.clone()).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 2);
    assert!(lines[0].starts_with("id,calendar,") && lines[1].contains(",Plan,"), "{text}");
    let nothing = house.get("/api/v1/calendar-events/export?until=2001-01-01T00:00:00Z", &key).await;
    assert_eq!(nothing.json(), json!([]));
    assert_eq!(house.get("/api/v1/calendar-events/export?format=xml", &key).await.status, 400);
}
