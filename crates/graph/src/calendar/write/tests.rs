//! What writing calls ask for, and what a lost answer means.

use base::Recourse;

use super::*;
use crate::access::Lane;
use crate::scripted::{Stage, access, answer as says};

fn time(text: &str) -> DateTimeTimeZone {
    DateTimeTimeZone { date_time: Some(text.into()), time_zone: Some("W. Europe Standard Time".into()) }
}

fn asked(stage: &Stage) -> (http::Method, String, Value) {
    let request = stage.script.requests().pop().unwrap();
    let body = serde_json::from_slice(request.body()).unwrap_or(Value::Null);
    (request.method().clone(), request.uri().path().to_owned(), body)
}

#[tokio::test]
async fn an_event_is_made_with_what_was_said_and_its_transaction() {
    let stage = Stage::signed_in();
    let event = EventProperties {
        transaction_id: Some("t-1".into()),
        subject: Some("Plan".into()),
        start: Some(time("2026-03-01T09:00:00")),
        end: Some(time("2026-03-01T10:00:00")),
        attendees: Some(vec![Invited {
            kind: "optional".into(),
            email_address: InvitedAddress { address: "bo@acme.example".into(), name: String::new() },
        }]),
        ..EventProperties::default()
    };
    stage.script.graph(Ok(says(201, r#"{"id":"e1","transactionId":"t-1"}"#)));
    let made = create(&stage.client, &access(Lane::Notified), "c/1", &event).await.unwrap();
    assert_eq!((made.id.as_str(), made.transaction_id.as_deref()), ("e1", Some("t-1")));
    let zone = "W. Europe Standard Time";
    let wanted = json!({"transactionId": "t-1", "subject": "Plan",
        "start": {"dateTime": "2026-03-01T09:00:00", "timeZone": zone}, "end": {"dateTime": "2026-03-01T10:00:00", "timeZone": zone},
        "attendees": [{"type": "optional", "emailAddress": {"address": "bo@acme.example"}}]});
    assert_eq!(asked(&stage), (http::Method::POST, "/v1.0/users/user-1/calendars/c%2F1/events".into(), wanted));
    let without = create(&stage.client, &access(Lane::Notified), "c1", &EventProperties::default()).await;
    assert!(matches!(without, Err(GraphError::Unaskable(_))), "an event that could be made twice is not asked for");
}

#[tokio::test]
async fn every_write_whose_answer_is_lost_is_looked_for_and_one_that_was_refused_at_the_door_is_repeated() {
    let stage = Stage::signed_in();
    let (client, access) = (&stage.client, &access(Lane::Notified));
    let event = EventProperties { transaction_id: Some("t".into()), subject: Some("a".into()), ..EventProperties::default() };
    let letter = Letter { is_sent: true, ..Letter::default() };
    let gateway = || Ok(says(504, ""));
    let throttled = || Ok(says(429, ""));
    for (scene, expected) in [(gateway as fn() -> _, true), (throttled, false)] {
        let mut outcomes = Vec::new();
        stage.script.graph(scene());
        outcomes.push(create(client, access, "c1", &event).await.unwrap_err().recourse());
        for _ in 0..4 {
            stage.clock.advance(std::time::Duration::from_secs(60));
            stage.script.graph(scene());
            outcomes.push(match outcomes.len() {
                1 => update(client, access, "e1", &event, Some("k")).await.unwrap_err().recourse(),
                2 => cancel(client, access, "e1", "").await.unwrap_err().recourse(),
                3 => delete(client, access, "e1", None).await.unwrap_err().recourse(),
                _ => answer(client, access, "e1", Reply::Accept, &letter).await.unwrap_err().recourse(),
            });
        }
        stage.clock.advance(std::time::Duration::from_secs(60));
        assert!(outcomes.iter().all(|recourse| (*recourse == Recourse::Verify) == expected), "{outcomes:?}");
    }
}

#[tokio::test]
async fn a_change_names_the_version_that_was_looked_at() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(says(200, r#"{"id":"e1"}"#)));
    let wanted = EventProperties { subject: Some("New".into()), ..EventProperties::default() };
    update(&stage.client, &access(Lane::Notified), "e/1", &wanted, Some("key=")).await.unwrap();
    let request = stage.script.requests().pop().unwrap();
    assert_eq!(request.headers()["if-match"], "W/\"key=\"");
    assert_eq!(asked(&stage), (http::Method::PATCH, "/v1.0/users/user-1/events/e%2F1".into(), json!({"subject": "New"})));
    let nothing = update(&stage.client, &access(Lane::Notified), "e1", &EventProperties::default(), None).await;
    assert!(matches!(nothing, Err(GraphError::Unaskable(_))));
}

#[tokio::test]
async fn an_answer_says_whether_the_organizer_is_told_and_what_time_would_be_better() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(says(202, "")));
    let proposal = Some((time("2026-03-02T09:00:00"), time("2026-03-02T10:00:00")));
    let letter = Letter { comment: "Later?".into(), is_sent: true, proposal };
    answer(&stage.client, &access(Lane::Notified), "e1", Reply::TentativelyAccept, &letter).await.unwrap();
    let (_, path, body) = asked(&stage);
    assert_eq!(path, "/v1.0/users/user-1/events/e1/tentativelyAccept");
    assert_eq!((&body["comment"], &body["sendResponse"]), (&json!("Later?"), &json!(true)));
    assert_eq!(body["proposedNewTime"]["start"]["dateTime"], "2026-03-02T09:00:00");
}

#[tokio::test]
async fn what_was_made_is_found_among_those_that_begin_then() {
    let stage = Stage::signed_in();
    let next = "https://graph.microsoft.com/v1.0/users/user-1/calendars/c1/events?$skip=100";
    let other = json!({"id": "e1", "transactionId": null});
    stage.script.graph(Ok(says(200, &json!({"value": [other], "@odata.nextLink": next}).to_string())));
    stage.script.graph(Ok(says(200, r#"{"value":[{"id":"e2","transactionId":"t-1"}]}"#)));
    let window = (Timestamp::parse("2026-02-01T00:00:00Z").unwrap(), Timestamp::parse("2026-02-03T00:00:00Z").unwrap());
    let found = made(&stage.client, &access(Lane::Notified), "c1", "t-1", window).await.unwrap();
    assert_eq!(found.map(|event| event.id), Some("e2".into()));
    let first = stage.script.requests().remove(1);
    let query: std::collections::HashMap<_, _> =
        url::form_urlencoded::parse(first.uri().query().unwrap().as_bytes()).into_owned().collect();
    assert_eq!(query["$filter"], "start/dateTime ge '2026-02-01T00:00:00' and start/dateTime lt '2026-02-03T00:00:00'");
    stage.script.graph(Ok(says(200, r#"{"value":[]}"#)));
    assert_eq!(made(&stage.client, &access(Lane::Notified), "c1", "t-1", window).await.unwrap(), None);
}

#[tokio::test]
async fn an_events_state_reads_its_text_plain_and_one_that_is_gone_is_none() {
    let stage = Stage::signed_in();
    let event = json!({"id": "e1", "changeKey": "k", "isOrganizer": false, "body": {"contentType": "text", "content": "Hello"},
        "responseStatus": {"response": "accepted", "time": "2026-03-01T09:00:00Z"}, "allowNewTimeProposals": false,
        "reminderMinutesBeforeStart": 15});
    stage.script.graph(Ok(says(200, &event.to_string())));
    let found = state(&stage.client, &access(Lane::Notified), "e1").await.unwrap().unwrap();
    assert_eq!((found.event.change_key.as_deref(), found.event.is_organizer), (Some("k"), Some(false)));
    assert_eq!(found.event.response_status.unwrap().time.as_deref(), Some("2026-03-01T09:00:00Z"));
    assert_eq!((found.allow_new_time_proposals, found.reminder_minutes_before_start), (Some(false), Some(15)));
    let prefer = stage.script.requests().pop().unwrap().headers()["prefer"].to_str().unwrap().to_owned();
    assert!(prefer.contains("outlook.body-content-type=\"text\"") && prefer.contains("outlook.timezone=\"UTC\""), "{prefer}");
    stage.script.graph(Ok(says(404, r#"{"error":{"code":"ErrorItemNotFound","message":""}}"#)));
    assert_eq!(state(&stage.client, &access(Lane::Notified), "e1").await.unwrap(), None);
}
