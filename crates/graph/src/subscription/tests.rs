//! Subscriptions on a scripted transport.

use base::Recourse;
use serde_json::{Value, json};

use super::*;
use crate::scripted::{START, Stage, access, answer, grant, refusal};
use transport::{Fault, TransportError};

fn new<'a>(resource: &'a str) -> NewSubscription<'a> {
    NewSubscription {
        resource,
        change_type: "created,updated,deleted",
        notification_url: "https://rapport.example/hooks/graph",
        lifecycle_notification_url: Some("https://rapport.example/hooks/graph"),
        expiration_date_time: START.plus(MAIL_LIFETIME_MAX),
        client_state: "unpredictable",
    }
}

const MADE: &str =
    r#"{"id":"s1","resource":"users/user-1/messages","expirationDateTime":"2026-01-09T02:54:05.0000000Z","clientState":null}"#;

fn last_body(stage: &Stage) -> Value {
    serde_json::from_slice(stage.script.requests().last().unwrap().body()).unwrap()
}

#[tokio::test]
async fn a_subscription_is_made_for_immutable_ids_and_both_addresses() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(answer(201, MADE)));
    let resource = mail_resource(&access(Lane::Notified));
    let made = create(&stage.client, &grant(), &new(&resource)).await.unwrap();
    assert_eq!((made.id.as_str(), made.expiration_date_time), ("s1", Some(START.plus(MAIL_LIFETIME_MAX))));
    assert_eq!(stage.script.requests().last().unwrap().headers()["prefer"], "IdType=\"ImmutableId\"");
    let expected = json!({"resource": "/users/user-1/messages", "changeType": "created,updated,deleted", "clientState": "unpredictable",
        "notificationUrl": "https://rapport.example/hooks/graph", "lifecycleNotificationUrl": "https://rapport.example/hooks/graph",
        "expirationDateTime": "2026-01-09T02:54:05Z"});
    assert_eq!(last_body(&stage), expected);
}

#[tokio::test]
async fn a_subscription_that_is_gone_is_told_and_one_made_twice_is_a_conflict() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(refusal(404, "ResourceNotFound"))).graph(Ok(refusal(409, "Conflict")));
    let gone = renew(&stage.client, &grant(), "s1", START).await.unwrap_err();
    assert!(gone.is_not_found());
    assert_eq!(last_body(&stage), json!({"expirationDateTime": "2026-01-02T03:04:05Z"}));
    let twice = create(&stage.client, &grant(), &new("/me/messages")).await.unwrap_err();
    assert_eq!((twice.status().map(|status| status.as_u16()), twice.recourse()), (Some(409), Recourse::Refuse));
}

#[tokio::test]
async fn a_lost_answer_is_verified_after_making_and_repeated_after_renewing() {
    let stage = Stage::signed_in();
    let lost = || Err(TransportError::answer_lost(Fault::Timeout));
    stage.script.graph(lost()).graph(lost()).graph(lost());
    assert_eq!(create(&stage.client, &grant(), &new("/me/messages")).await.unwrap_err().recourse(), Recourse::Verify);
    assert!(matches!(renew(&stage.client, &grant(), "s1", START).await.unwrap_err().recourse(), Recourse::RetryAfter(_)));
    assert!(matches!(reauthorize(&stage.client, &grant(), "s1").await.unwrap_err().recourse(), Recourse::RetryAfter(_)));
}

#[tokio::test]
async fn ending_what_has_ended_is_no_error() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(refusal(404, "ResourceNotFound"))).graph(Ok(answer(204, ""))).graph(Ok(refusal(403, "Forbidden")));
    assert!(delete(&stage.client, &grant(), "s1").await.is_ok());
    assert!(delete(&stage.client, &grant(), "s1").await.is_ok());
    assert!(delete(&stage.client, &grant(), "s1").await.is_err());
}

#[tokio::test]
async fn subscriptions_throttled_leave_the_mailboxes_open() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(crate::scripted::with_header(refusal(429, "TooManyRequests"), "retry-after", "20")));
    list(&stage.client, &grant(), None).await.unwrap_err();
    assert!(matches!(get(&stage.client, &grant(), "s1").await.unwrap_err(), GraphError::Paced { .. }));
    stage.script.graph(Ok(answer(200, r#"{"id":"user-1"}"#)));
    crate::directory::user(&stage.client, &access(Lane::Notified)).await.unwrap();
}
