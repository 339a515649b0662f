//! What changes ask for, and what follows when their answers are lost or refused.

use base::Recourse;
use http::Request;

use super::*;
use crate::access::Lane;
use crate::scripted::{Stage, access, answer, refusal};

fn last(stage: &Stage) -> Request<bytes::Bytes> {
    stage.script.requests().pop().unwrap()
}

fn asked(stage: &Stage) -> (String, String, Value) {
    let request = last(stage);
    assert_eq!(request.headers()["prefer"], IMMUTABLE_IDS);
    let body = if request.body().is_empty() { Value::Null } else { serde_json::from_slice(request.body()).unwrap() };
    (request.method().to_string(), request.uri().path().to_owned(), body)
}

fn message(json: Value) -> Message {
    serde_json::from_value(json).unwrap()
}

#[tokio::test]
async fn an_update_names_what_is_wanted_and_nothing_else() {
    let stage = Stage::signed_in();
    let who = access(Lane::Interactive);
    stage.script.graph(Ok(answer(200, r#"{"id":"m1"}"#))).graph(Ok(answer(204, "")));
    let read = Update { is_read: Some(true), ..Update::default() };
    update(&stage.client, &who, "m/1=", &read, None).await.unwrap();
    assert_eq!(asked(&stage), ("PATCH".into(), "/v1.0/users/user-1/messages/m%2F1%3D".into(), json!({"isRead": true})));
    assert!(!last(&stage).headers().contains_key("if-match"));

    let rest = Update { flag_status: Some("flagged"), categories: Some(vec!["Red".into()]), importance: Some("high"), ..Update::default() };
    update(&stage.client, &who, "m1", &rest, Some("CQAAABYA")).await.unwrap();
    let wanted = json!({"flag": {"flagStatus": "flagged"}, "categories": ["Red"], "importance": "high"});
    assert_eq!(asked(&stage).2, wanted);
    assert_eq!(last(&stage).headers()["if-match"], "W/\"CQAAABYA\"");

    let sent = stage.script.requests().len();
    let nothing = update(&stage.client, &who, "m1", &Update::default(), None).await.unwrap_err();
    assert_eq!((nothing.recourse(), stage.script.requests().len()), (Recourse::Refuse, sent));
}

#[tokio::test]
async fn an_update_is_repeated_after_a_failure_and_looked_into_after_a_conflict() {
    let stage = Stage::signed_in();
    let unread = Update { is_read: Some(false), ..Update::default() };
    stage.script.graph(Ok(answer(502, ""))).graph(Ok(refusal(412, "ErrorIrresolvableConflict")));
    let failed = update(&stage.client, &access(Lane::Interactive), "m1", &unread, None).await.unwrap_err();
    assert!(matches!(failed.recourse(), Recourse::RetryAfter(_)));
    let conflict = update(&stage.client, &access(Lane::Interactive), "m1", &unread, None).await.unwrap_err();
    assert_eq!(conflict.recourse(), Recourse::Verify);
}

#[test]
fn an_update_is_met_by_what_is_told_alone_and_categories_have_no_order() {
    let update = Update {
        is_read: Some(true),
        flag_status: Some("complete"),
        categories: Some(vec!["Red".into(), "Blue".into()]),
        importance: Some("low"),
    };
    let met = json!({"isRead": true, "flag": {"flagStatus": "complete"}, "categories": ["Blue", "Red"], "importance": "low"});
    assert!(update.is_met_by(&message(met.clone())));
    for (name, other) in [
        ("isRead", json!(false)),
        ("isRead", Value::Null),
        ("flag", json!({"flagStatus": "flagged"})),
        ("categories", json!(["Red"])),
        ("categories", json!(["Red", "Blue", "Green"])),
        ("importance", json!("normal")),
    ] {
        let mut found = met.clone();
        found[name] = other;
        assert!(!update.is_met_by(&message(found)), "{name}");
    }
    assert!(Update::default().is_met_by(&message(json!({}))), "who wants nothing has it");
}

#[tokio::test]
async fn a_move_a_copy_and_a_deletion_whose_answers_are_lost_are_looked_for() {
    let stage = Stage::signed_in();
    let who = access(Lane::Interactive);
    let path = "/v1.0/users/user-1/messages/m1";
    let there = json!({"destinationId": "f1"});
    stage.script.graph(Ok(answer(201, r#"{"id":"m1"}"#)));
    relocate(&stage.client, &who, "m1", "f1").await.unwrap();
    assert_eq!(asked(&stage), ("POST".into(), format!("{path}/move"), there.clone()));
    stage.script.graph(Ok(answer(201, r#"{"id":"m2"}"#)));
    assert_eq!(copy(&stage.client, &who, "m1", "f1").await.unwrap(), "m2");
    assert_eq!(asked(&stage), ("POST".into(), format!("{path}/copy"), there));
    stage.script.graph(Ok(answer(204, ""))).graph(Ok(answer(204, "")));
    delete(&stage.client, &who, "m1").await.unwrap();
    assert_eq!(asked(&stage), ("DELETE".into(), path.into(), Value::Null));
    delete_permanently(&stage.client, &who, "m1").await.unwrap();
    assert_eq!(asked(&stage), ("POST".into(), format!("{path}/permanentDelete"), Value::Null));

    for _ in 0..4 {
        stage.script.graph(Ok(answer(504, "")));
    }
    let lost = [
        relocate(&stage.client, &who, "m1", "f1").await.unwrap_err(),
        copy(&stage.client, &who, "m1", "f1").await.unwrap_err(),
        delete(&stage.client, &who, "m1").await.unwrap_err(),
        delete_permanently(&stage.client, &who, "m1").await.unwrap_err(),
    ];
    assert!(lost.iter().all(|error| error.recourse() == Recourse::Verify), "{lost:?}");
}

#[tokio::test]
async fn a_message_and_its_copies_are_looked_at() {
    let stage = Stage::signed_in();
    let who = access(Lane::Interactive);
    stage.script.graph(Ok(answer(200, r#"{"id":"m1","parentFolderId":"f1","isRead":true}"#)));
    let found = state(&stage.client, &who, "m1").await.unwrap().unwrap();
    assert_eq!((found.parent_folder_id.as_deref(), found.is_read), (Some("f1"), Some(true)));
    stage.script.graph(Ok(refusal(404, "ErrorItemNotFound"))).graph(Ok(answer(404, "")));
    assert_eq!(state(&stage.client, &who, "m1").await.unwrap(), None);
    state(&stage.client, &who, "m1").await.expect_err("a gateway knows of no message");

    stage.script.graph(Ok(answer(200, r#"{"value":[{"id":"m1"},{"id":"m2"}]}"#)));
    assert_eq!(copies(&stage.client, &who, "f/1", "<it's@acme.example>").await.unwrap(), ["m1", "m2"]);
    let request = last(&stage);
    assert_eq!(request.uri().path(), "/v1.0/users/user-1/mailFolders/f%2F1/messages");
    let query: Vec<(String, String)> = url::form_urlencoded::parse(request.uri().query().unwrap().as_bytes()).into_owned().collect();
    assert_eq!(query[0], ("$filter".into(), "internetMessageId eq '<it''s@acme.example>'".into()));
}
