//! Batches on a scripted transport.

use base::Recourse;
use serde_json::{Value, json};

use super::*;
use crate::scripted::{Stage, access, answer, refusal, tokens, with_header};
use transport::{Fault, TransportError};

fn reads(count: usize) -> Vec<Part> {
    (0..count).map(|number| Part::get(ResourcePath::of("me").segment(&number.to_string()))).collect()
}

fn ok(id: usize) -> Value {
    json!({"id": id.to_string(), "status": 200, "headers": {"Content-Type": "application/json"}, "body": {"n": id}})
}

fn failed(id: usize, status: u16, code: &str, retry_after: Option<&str>) -> Value {
    let headers = retry_after.map_or_else(|| json!({}), |wait| json!({"Retry-After": wait}));
    json!({"id": id.to_string(), "status": status, "headers": headers, "body": {"error": {"code": code, "message": "m"}}})
}

fn responses(parts: &[Value]) -> http::Response<Bytes> {
    answer(200, &json!({ "responses": parts }).to_string())
}

fn number(outcome: &PartOutcome) -> u64 {
    outcome.as_ref().unwrap().json::<Value>().unwrap()["n"].as_u64().unwrap()
}

/// The number of parts of each batch that was sent.
fn sizes(stage: &Stage) -> Vec<usize> {
    let batches = stage.script.requests().into_iter().filter(|request| request.uri().path().ends_with("$batch"));
    batches.map(|request| serde_json::from_slice::<Value>(request.body()).unwrap()["requests"].as_array().unwrap().len()).collect()
}

#[tokio::test]
async fn answers_in_any_order_come_back_in_the_order_of_the_parts() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(responses(&[ok(2), ok(0), ok(1)])));
    let outcomes = run(&stage.client, &access(Lane::Notified), &reads(3)).await;
    assert_eq!(outcomes.iter().map(number).collect::<Vec<_>>(), [0, 1, 2]);
    let body: Value = serde_json::from_slice(stage.script.requests().last().unwrap().body()).unwrap();
    assert_eq!(body["requests"][1], json!({"id": "1", "method": "GET", "url": "/me/1"}));
}

#[tokio::test]
async fn many_parts_are_cut_into_batches_of_twenty_and_of_three_in_backfill() {
    let stage = Stage::signed_in();
    for length in [20, 20, 5] {
        stage.script.graph(Ok(responses(&(0..length).map(ok).collect::<Vec<_>>())));
    }
    assert_eq!(run(&stage.client, &access(Lane::Interactive), &reads(45)).await.len(), 45);
    for length in [3, 3, 1] {
        stage.script.graph(Ok(responses(&(0..length).map(ok).collect::<Vec<_>>())));
    }
    assert!(run(&stage.client, &access(Lane::Backfill), &reads(7)).await.iter().all(Result::is_ok));
    assert_eq!(sizes(&stage), [20, 20, 5, 3, 3, 1]);
}

#[tokio::test]
async fn each_part_has_its_own_outcome_and_the_longest_wait_shuts_the_mailbox() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(responses(&[
        failed(0, 429, "ApplicationThrottled", Some("3")),
        ok(1),
        failed(2, 404, "ErrorItemNotFound", None),
        failed(3, 503, "", Some("9")),
        failed(4, 424, "FailedDependency", None),
    ])));
    let outcomes = run(&stage.client, &access(Lane::Notified), &reads(5)).await;
    let recourses: Vec<_> = outcomes.iter().map(|outcome| outcome.as_ref().err().map(GraphError::recourse)).collect();
    let after = |seconds| Some(Recourse::RetryAfter(std::time::Duration::from_secs(seconds)));
    assert_eq!(recourses, [after(3), None, Some(Recourse::Refuse), after(9), after(5)]);
    let shut = stage.client.call(&access(Lane::Interactive), Call::get(ResourcePath::of("me"))).await.unwrap_err();
    assert_eq!(Some(shut.recourse()), after(9));
}

#[tokio::test(start_paused = true)]
async fn for_a_person_only_what_was_throttled_is_asked_again() {
    let stage = Stage::with(crate::Waiting::default(), crate::scripted::stored("refresh-1", 1));
    stage.script.identity(Ok(tokens("token-1", "refresh-2")));
    stage.script.graph(Ok(responses(&[ok(0), failed(1, 503, "", Some("2")), ok(2)])));
    stage.script.graph(Ok(responses(&[json!({"id": "0", "status": 200, "body": {"n": 1}})])));
    let parts = reads(3);
    let who = access(Lane::Interactive);
    let running = run(&stage.client, &who, &parts);
    let passing = async {
        // The manual clock moves while the call sits its wait out.
        for _ in 0..20 {
            tokio::task::yield_now().await;
        }
        stage.clock.advance(std::time::Duration::from_secs(2));
    };
    let (outcomes, ()) = tokio::join!(running, passing);
    assert_eq!(outcomes.iter().map(number).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(sizes(&stage), [3, 1]);
}

#[tokio::test]
async fn a_part_without_an_answer_is_read_again_or_verified() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(responses(&[])));
    let parts = [Part::get(ResourcePath::of("me")), Part::new(Method::POST, ResourcePath::of("me"), Effect::Once).json(&json!({"a": 1}))];
    let outcomes = run(&stage.client, &access(Lane::Notified), &parts).await;
    let recourses: Vec<_> = outcomes.iter().map(|outcome| outcome.as_ref().unwrap_err().recourse()).collect();
    assert!(matches!(recourses[..], [Recourse::RetryAfter(_), Recourse::Verify]));
}

#[tokio::test]
async fn a_batch_whose_answer_is_lost_means_for_each_part_what_it_means_for_that_part() {
    let stage = Stage::signed_in();
    stage.script.graph(Err(TransportError::answer_lost(Fault::Broken)));
    let parts = [Part::get(ResourcePath::of("me")), Part::new(Method::POST, ResourcePath::of("me"), Effect::Once)];
    let outcomes = run(&stage.client, &access(Lane::Notified), &parts).await;
    let recourses: Vec<_> = outcomes.iter().map(|outcome| outcome.as_ref().unwrap_err().recourse()).collect();
    assert!(matches!(recourses[..], [Recourse::RetryAfter(_), Recourse::Verify]));
}

#[tokio::test]
async fn a_part_whose_token_was_refused_is_asked_by_itself() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(responses(&[ok(0), failed(1, 401, "InvalidAuthenticationToken", None)])));
    stage.script.identity(Ok(tokens("token-2", "refresh-3")));
    stage.script.graph(Ok(refusal(401, "InvalidAuthenticationToken"))).graph(Ok(answer(200, r#"{"n":1}"#)));
    let outcomes = run(&stage.client, &access(Lane::Notified), &reads(2)).await;
    assert_eq!(outcomes.iter().map(number).collect::<Vec<_>>(), [0, 1]);
    assert_eq!(stage.script.journal().last().unwrap(), "graph GET /v1.0/me/1 token-2");
}

#[tokio::test]
async fn a_throttled_batch_is_throttled_for_every_part() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(with_header(refusal(429, "TooManyRequests"), "retry-after", "4")));
    let outcomes = run(&stage.client, &access(Lane::Backfill), &reads(5)).await;
    assert_eq!(outcomes.len(), 5);
    assert!(outcomes.iter().all(|outcome| matches!(outcome.as_ref().unwrap_err().recourse(), Recourse::RetryAfter(_))));
    assert_eq!(sizes(&stage), [3], "nothing more was sent to the shut mailbox");
}

#[tokio::test]
async fn parts_that_depend_on_others_go_in_one_batch_that_names_them() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(responses(&[ok(0), ok(1)])));
    let mut parts = reads(2);
    parts[1] = parts[1].clone().after(0);
    assert!(run(&stage.client, &access(Lane::Notified), &parts).await.iter().all(Result::is_ok));
    let body: Value = serde_json::from_slice(stage.script.requests().last().unwrap().body()).unwrap();
    assert_eq!(body["requests"][1]["dependsOn"], json!(["0"]));
    let backwards = [parts[1].clone().after(1), parts[0].clone()];
    let refused = run(&stage.client, &access(Lane::Notified), &backwards).await;
    assert!(refused.iter().all(|outcome| matches!(outcome, Err(GraphError::Unaskable(_)))));
}

#[tokio::test]
async fn bodies_that_are_not_json_come_as_base64() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(responses(&[json!({"id": "0", "status": 200, "body": "aGVsbG8="})])));
    let outcomes = run(&stage.client, &access(Lane::Notified), &reads(1)).await;
    assert_eq!(outcomes[0].as_ref().unwrap().bytes().unwrap(), "hello");
}
