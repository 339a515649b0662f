//! What calendar calls ask for, and how what comes back reads.

use base::Timestamp;
use serde_json::json;

use super::*;
use crate::access::Lane;
use crate::page::Delta;
use crate::scripted::{Stage, access, answer};

const NEXT: &str = "https://graph.microsoft.com/v1.0/users/user-1/calendars/c1/calendarView/delta?$skiptoken=abc";

#[tokio::test]
async fn a_view_names_its_window_once_and_asks_for_utc_on_every_page() {
    let stage = Stage::signed_in();
    let stub = json!({"@odata.type": "#microsoft.graph.event", "@odata.etag": "W/\"1\"", "id": "o1", "seriesMasterId": "s1",
        "type": "occurrence", "start": {"dateTime": "2026-03-01T09:00:00.0000000", "timeZone": "UTC"},
        "end": {"dateTime": "2026-03-01T10:00:00.0000000", "timeZone": "tzone://Microsoft/Utc"}});
    let gone = json!({"id": "o2", "@removed": {"reason": "deleted"}});
    stage.script.graph(Ok(answer(200, &json!({"value": [stub, gone], "@odata.nextLink": NEXT}).to_string())));
    let (from, until) = (Timestamp::parse("2026-02-01T00:00:00Z").unwrap(), Timestamp::parse("2026-04-01T00:00:00Z").unwrap());
    let page = view::view_delta(&stage.client, &access(Lane::Backfill), "c/1", view::ViewStart::Window(from, until), 50).await.unwrap();
    let first = stage.script.requests().pop().unwrap();
    assert_eq!(first.uri().path(), "/v1.0/users/user-1/calendars/c%2F1/calendarView/delta");
    assert_eq!(first.uri().query(), Some("startDateTime=2026-02-01T00:00:00Z&endDateTime=2026-04-01T00:00:00Z"));
    assert_eq!(first.headers()["prefer"], "IdType=\"ImmutableId\", outlook.timezone=\"UTC\", odata.maxpagesize=50");
    let [Delta::Changed(stub), Delta::Removed { id }] = page.items.as_slice() else { panic!("{:?}", page.items) };
    assert!(!stub.is_whole());
    assert_eq!(stub.start.as_ref().and_then(DateTimeTimeZone::utc), Timestamp::parse("2026-03-01T09:00:00Z"));
    assert_eq!(stub.end.as_ref().and_then(DateTimeTimeZone::utc), Timestamp::parse("2026-03-01T10:00:00Z"));
    assert_eq!((stub.series_master_id.as_deref(), id.as_str()), (Some("s1"), "o2"));

    stage.script.graph(Ok(answer(200, r#"{"value":[],"@odata.deltaLink":"https://graph.microsoft.com/v1.0/x?$deltatoken=d"}"#)));
    view::view_delta(&stage.client, &access(Lane::Backfill), "c/1", view::ViewStart::Link(&page.link), 50).await.unwrap();
    let second = stage.script.requests().pop().unwrap();
    assert_eq!((second.uri().to_string().as_str(), &second.headers()["prefer"]), (NEXT, &first.headers()["prefer"]));
}

#[tokio::test]
async fn calendars_are_read_to_the_end_and_one_that_cannot_be_read_fails_the_list() {
    let stage = Stage::signed_in();
    let next = "https://graph.microsoft.com/v1.0/users/user-1/calendars?$skip=1";
    let own = json!({"id": "c1", "name": "Calendar", "isDefaultCalendar": true, "canEdit": true, "owner": {"address": "a@x"}});
    stage.script.graph(Ok(answer(200, &json!({"value": [own], "@odata.nextLink": next}).to_string())));
    stage.script.graph(Ok(answer(200, r#"{"value":[{"id":"c2","name":"Team","color":"lightBlue"}]}"#)));
    let found = calendars::calendars(&stage.client, &access(Lane::Notified)).await.unwrap();
    assert_eq!(found.iter().map(|calendar| calendar.id.as_str()).collect::<Vec<_>>(), ["c1", "c2"]);
    assert_eq!(found[0].owner.as_ref().and_then(|owner| owner.address.as_deref()), Some("a@x"));
    stage.script.graph(Ok(answer(200, r#"{"value":[{"id":"c2","name":7}]}"#)));
    assert!(calendars::calendars(&stage.client, &access(Lane::Notified)).await.is_err());
}

#[tokio::test]
async fn a_time_in_another_zone_is_no_moment() {
    let in_zone = |zone: &str| DateTimeTimeZone { date_time: Some("2026-03-01T09:00:00".into()), time_zone: Some(zone.into()) };
    assert_eq!(in_zone("Pacific Standard Time").utc(), None);
    assert!(in_zone("UTC").utc().is_some());
    assert_eq!(DateTimeTimeZone::default().utc(), None);
}
