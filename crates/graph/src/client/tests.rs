//! Calls from end to end, on a scripted transport and a manual clock.

use std::time::Duration;

use super::*;
use crate::path::ResourcePath;
use crate::scripted::{Script, Stage, access, answer, oauth_refusal, refusal, stored, tokens, with_header};
use transport::Effect;
use transport::{Fault, TransportError};

fn read() -> Call {
    Call::get(ResourcePath::of("me"))
}

async fn call(stage: &Stage, lane: Lane, call: Call) -> Result<Answer, GraphError> {
    stage.client.call(&access(lane), call).await
}

fn unauthorized() -> http::Response<Bytes> {
    refusal(401, "InvalidAuthenticationToken")
}

fn challenged() -> http::Response<Bytes> {
    let value = "Bearer realm=\"\", error=\"insufficient_claims\", claims=\"eyJhY2Nlc3NfdG9rZW4iOnsibmJmIjp7ImVzc2VudGlhbCI6dHJ1ZX19fQ==\"";
    with_header(unauthorized(), "www-authenticate", value)
}

fn token_form(script: &Script, index: usize) -> std::collections::HashMap<String, String> {
    let requests = script.requests();
    let forms = requests.iter().filter(|request| request.uri().host() == Some("login.microsoftonline.com"));
    url::form_urlencoded::parse(forms.skip(index).map(Request::body).next().unwrap()).into_owned().collect()
}

#[tokio::test]
async fn the_rotated_refresh_token_is_stored_before_the_new_access_token_is_used() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(answer(200, "{}")));
    call(&stage, Lane::Notified, read()).await.unwrap();
    assert_eq!(stage.script.journal(), ["token refresh-1", "saved refresh-2", "graph GET /v1.0/me token-1"]);
}

#[tokio::test]
async fn a_refused_token_is_replaced_once_and_the_call_made_again_once() {
    let stage = Stage::signed_in();
    stage.script.identity(Ok(tokens("token-2", "refresh-3")));
    stage.script.graph(Ok(unauthorized())).graph(Ok(answer(200, "{}")));
    call(&stage, Lane::Notified, Call::post(ResourcePath::of("me"))).await.unwrap();
    assert_eq!(
        stage.script.journal()[2..],
        ["graph POST /v1.0/me token-1", "token refresh-2", "saved refresh-3", "graph POST /v1.0/me token-2"]
    );
}

#[tokio::test]
async fn a_fresh_token_refused_too_means_that_the_grant_is_dead() {
    let stage = Stage::signed_in();
    stage.script.identity(Ok(tokens("token-2", "refresh-3")));
    stage.script.graph(Ok(unauthorized())).graph(Ok(unauthorized()));
    assert_eq!(call(&stage, Lane::Notified, read()).await.unwrap_err().recourse(), Recourse::Reauthorize);
    assert_eq!(stage.script.requests().len(), 4);
}

#[tokio::test]
async fn a_401_that_no_token_cures_costs_no_token() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(refusal(401, "MailboxNotEnabledForRESTAPI")));
    assert_eq!(call(&stage, Lane::Notified, read()).await.unwrap_err().recourse(), Recourse::Refuse);
    assert_eq!(stage.script.requests().len(), 2);
}

#[tokio::test]
async fn two_calls_refused_with_the_same_token_share_its_replacement() {
    let stage = Stage::signed_in();
    stage.script.identity(Ok(tokens("token-2", "refresh-3")));
    stage.script.graph(Ok(unauthorized())).graph(Ok(unauthorized())).graph(Ok(answer(200, "{}"))).graph(Ok(answer(200, "{}")));
    let (one, two) = tokio::join!(call(&stage, Lane::Notified, read()), call(&stage, Lane::Notified, read()));
    assert!(one.is_ok() && two.is_ok());
    assert_eq!(stage.script.journal().iter().filter(|line| line.starts_with("token ")).count(), 2);
}

#[tokio::test]
async fn claims_that_graph_asks_for_go_into_the_token_request() {
    let stage = Stage::signed_in();
    stage.script.identity(Ok(tokens("token-2", "refresh-3")));
    stage.script.graph(Ok(challenged())).graph(Ok(answer(200, "{}")));
    call(&stage, Lane::Notified, read()).await.unwrap();
    assert_eq!(token_form(&stage.script, 1)["claims"], r#"{"access_token":{"nbf":{"essential":true}}}"#);
    assert!(!token_form(&stage.script, 0).contains_key("claims"));
}

#[tokio::test]
async fn claims_that_cannot_be_met_are_kept_for_the_next_sign_in() {
    let stage = Stage::signed_in();
    stage.script.identity(Ok(oauth_refusal(400, "invalid_grant", 50076)));
    stage.script.graph(Ok(challenged()));
    let error = call(&stage, Lane::Notified, read()).await.unwrap_err();
    assert_eq!(error.recourse(), Recourse::Reauthorize);
    let GraphError::Oauth(error) = error else { panic!("a refusal of the identity platform") };
    assert_eq!(error.claims.as_deref(), Some(r#"{"access_token":{"nbf":{"essential":true}}}"#));
}

#[tokio::test]
async fn retry_after_shuts_the_mailbox_for_everybody_until_it_is_over() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(with_header(refusal(429, "ApplicationThrottled"), "retry-after", "7")));
    let error = call(&stage, Lane::Backfill, read()).await.unwrap_err();
    assert_eq!(error.recourse(), Recourse::RetryAfter(Duration::from_secs(7)));
    stage.clock.advance(Duration::from_secs(3));
    for lane in [Lane::Interactive, Lane::Notified, Lane::Backfill] {
        let error = call(&stage, lane, read()).await.unwrap_err();
        assert!(matches!(error, GraphError::Paced { wait } if wait == Duration::from_secs(4)), "{lane:?}");
    }
    assert_eq!(stage.script.requests().len(), 2, "nothing was sent while the mailbox was shut");
    stage.clock.advance(Duration::from_secs(4));
    stage.script.graph(Ok(answer(200, "{}")));
    call(&stage, Lane::Backfill, read()).await.unwrap();
}

#[tokio::test]
async fn one_mailbox_shut_leaves_others_open() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(with_header(refusal(429, "TooManyRequests"), "retry-after", "60")));
    call(&stage, Lane::Notified, read()).await.unwrap_err();
    stage.script.graph(Ok(answer(200, "{}")));
    let other = Access::new(crate::scripted::grant(), "user-2", Lane::Notified);
    stage.client.call(&other, read()).await.unwrap();
}

#[tokio::test(start_paused = true)]
async fn a_person_waits_out_a_short_throttle_and_a_loop_does_not() {
    let stage = Stage::with(Waiting::up_to(Duration::from_secs(5)), stored("refresh-1", 1));
    stage.script.identity(Ok(tokens("token-1", "refresh-2")));
    stage.script.graph(Ok(with_header(answer(503, ""), "retry-after", "2")));
    let error = call(&stage, Lane::Backfill, read()).await.unwrap_err();
    assert_eq!(error.recourse(), Recourse::RetryAfter(Duration::from_secs(2)));
    stage.clock.advance(Duration::from_secs(2));
    // The mailbox's own clock stands still here, so only a failure without Retry-After can be waited out.
    stage.script.graph(Ok(answer(500, ""))).graph(Ok(answer(200, "{}")));
    call(&stage, Lane::Interactive, read()).await.unwrap();
}

#[tokio::test]
async fn what_a_lost_answer_means_depends_on_what_was_asked() {
    let stage = Stage::signed_in();
    for (request, expected) in [
        (read(), Recourse::RetryAfter(transport::NETWORK_WAIT)),
        (Call::post(ResourcePath::of("me")), Recourse::Verify),
        (Call::delete(ResourcePath::of("me")), Recourse::RetryAfter(transport::NETWORK_WAIT)),
        (Call::post(ResourcePath::of("me")).with_effect(Effect::Read), Recourse::RetryAfter(transport::NETWORK_WAIT)),
    ] {
        stage.script.graph(Err(TransportError::answer_lost(Fault::Timeout)));
        assert_eq!(call(&stage, Lane::Notified, request).await.unwrap_err().recourse(), expected);
    }
    stage.script.graph(Err(TransportError::never_sent(Fault::Connect)));
    let unsent = call(&stage, Lane::Notified, Call::post(ResourcePath::of("me"))).await.unwrap_err();
    assert_eq!(unsent.recourse(), Recourse::RetryAfter(transport::NETWORK_WAIT));
}

#[tokio::test]
async fn truncated_and_html_answers_are_unreadable_and_refusals_keep_their_request_id() {
    let stage = Stage::signed_in();
    for body in [r#"{"id":"#, "<html>sign in to the hotel's network</html>", ""] {
        stage.script.graph(Ok(with_header(answer(200, body), "request-id", "r-1")));
        let error = crate::directory::user(&stage.client, &access(Lane::Interactive)).await.unwrap_err();
        assert!(matches!(error, GraphError::Unreadable(_)), "{body}");
        assert_eq!(error.request_id(), Some("r-1"));
    }
    stage.script.graph(Ok(with_header(answer(504, ""), "request-id", "r-2")));
    let error = call(&stage, Lane::Notified, read()).await.unwrap_err();
    assert_eq!((error.request_id(), error.status().map(|status| status.as_u16())), (Some("r-2"), Some(504)));
}

#[tokio::test]
async fn what_is_sent_names_the_host_the_token_and_a_length() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(answer(202, "")));
    call(&stage, Lane::Notified, Call::post(ResourcePath::of("me").literal("x")).prefer("a=b")).await.unwrap();
    let request = stage.script.requests().pop().unwrap();
    assert_eq!(request.uri(), "https://graph.microsoft.com/v1.0/me/x");
    assert_eq!(request.headers()["content-length"], "0", "Graph answers 411 to a POST without a length");
    assert_eq!(request.headers()["prefer"], "a=b");
    assert!(request.headers()["authorization"].is_sensitive());
    assert!(request.headers()["user-agent"].to_str().unwrap().starts_with("Rapport/"));
}

#[tokio::test]
async fn an_application_that_is_not_configured_is_refused_before_anything_is_sent() {
    let grant = crate::token::StoredGrant { client_id: "another".into(), ..stored("refresh-1", 1) };
    let stage = Stage::with(Waiting::never(), grant);
    assert_eq!(call(&stage, Lane::Notified, read()).await.unwrap_err().recourse(), Recourse::Refuse);
    assert!(stage.script.requests().is_empty());
}

#[tokio::test]
async fn a_file_is_opened_with_another_token_too_and_keeps_its_slot_until_it_is_dropped() {
    use futures::StreamExt as _;
    let stage = Stage::signed_in();
    stage.script.identity(Ok(tokens("token-2", "refresh-3")));
    stage.script.graph(Ok(unauthorized())).graph(Ok(answer(200, "the bytes"))).graph(Ok(refusal(404, "ErrorItemNotFound")));
    let who = access(Lane::Interactive);
    let mut opened = stage.client.open(&who, read()).await.unwrap();
    assert_eq!(opened.length, Some(9));
    assert_eq!(opened.pieces.next().await.unwrap().unwrap(), "the bytes");
    assert!(opened.pieces.next().await.is_none());
    let (all, most) = (Weight::ONE, 4);
    let mut taken = Vec::new();
    for _ in 1..most {
        taken.push(stage.client.admit(&who, all).await.unwrap());
    }
    assert!(tokio::time::timeout(Duration::from_millis(20), stage.client.admit(&who, all)).await.is_err(), "the file has the last one");
    drop(opened);
    drop(taken);
    let gone = stage.client.open(&who, read()).await.err().unwrap();
    assert!(gone.is_not_found(), "a refusal is read as of any call");
}
