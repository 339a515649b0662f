//! The token cache, step by step, on a manual clock.

use super::*;
use crate::scripted::{Stage, grant, oauth_refusal, stored, tokens};
use transport::{Fault, TransportError};

async fn token(stage: &Stage) -> Result<String, GraphError> {
    stage.client.token_for_tests(&grant()).await
}

fn asked(stage: &Stage) -> usize {
    stage.script.journal().iter().filter(|line| line.starts_with("token ")).count()
}

#[tokio::test]
async fn many_calls_that_need_a_token_ask_for_one() {
    let stage = Stage::signed_in();
    let (one, two, three) = tokio::join!(token(&stage), token(&stage), token(&stage));
    assert_eq!([one.unwrap(), two.unwrap(), three.unwrap()], ["token-1", "token-1", "token-1"]);
    assert_eq!(stage.script.journal(), ["token refresh-1", "saved refresh-2"]);
}

#[tokio::test]
async fn a_token_is_renewed_before_it_ends_and_with_the_rotated_refresh_token() {
    let stage = Stage::signed_in();
    token(&stage).await.unwrap();
    stage.clock.advance(Duration::from_secs(2900));
    assert_eq!(token(&stage).await.unwrap(), "token-1", "it has more than ten minutes left");
    stage.clock.advance(Duration::from_secs(450));
    stage.script.identity(Ok(tokens("token-2", "refresh-3")));
    assert_eq!(token(&stage).await.unwrap(), "token-2", "it has less than five minutes left");
    assert_eq!(stage.script.journal(), ["token refresh-1", "saved refresh-2", "token refresh-2", "saved refresh-3"]);
}

#[tokio::test]
async fn grants_made_together_are_renewed_apart() {
    let answer = || crate::oauth::TokenAnswer {
        access_token: Secret::from("t"),
        expires_in: Duration::from_secs(3600),
        refresh_in: None,
        refresh_token: None,
        id_token: None,
        scope: String::new(),
    };
    let now = crate::scripted::START;
    let renewals: std::collections::BTreeSet<_> =
        (0..100).map(|number| fresh_tokens(&GrantKey::new(format!("grant-{number}")), answer(), now).access.renew_at).collect();
    assert!(renewals.len() > 90, "{} different times", renewals.len());
    let (first, last) = (*renewals.first().unwrap(), *renewals.last().unwrap());
    assert!(first >= now.plus(Duration::from_secs(3000)) && last <= now.plus(Duration::from_secs(3300)), "{first} to {last}");
    assert!(last.since(first) > Duration::from_secs(200));
}

#[tokio::test]
async fn while_a_living_token_is_renewed_others_go_on_with_it() {
    let stage = Stage::signed_in();
    token(&stage).await.unwrap();
    stage.clock.advance(Duration::from_secs(3350));
    stage.script.identity(Ok(tokens("token-2", "refresh-3")));
    let (one, two) = tokio::join!(token(&stage), token(&stage));
    assert_eq!([one.unwrap(), two.unwrap()], ["token-2", "token-1"]);
    assert_eq!(asked(&stage), 2);
}

#[tokio::test]
async fn a_passing_trouble_leaves_the_living_token_in_use_and_is_not_repeated_at_once() {
    let stage = Stage::signed_in();
    token(&stage).await.unwrap();
    stage.clock.advance(Duration::from_secs(3350));
    stage.script.identity(Ok(oauth_refusal(503, "temporarily_unavailable", 90033)));
    assert_eq!(token(&stage).await.unwrap(), "token-1");
    assert_eq!(token(&stage).await.unwrap(), "token-1");
    assert_eq!(asked(&stage), 2, "the failed renewal is not repeated within its wait");
    stage.clock.advance(Duration::from_secs(31));
    stage.script.identity(Ok(tokens("token-2", "refresh-3")));
    assert_eq!(token(&stage).await.unwrap(), "token-2");
}

#[tokio::test]
async fn a_dead_grant_is_asked_about_once_until_it_is_connected_anew() {
    let stage = Stage::new();
    stage.script.identity(Ok(oauth_refusal(400, "invalid_grant", 50173)));
    for _ in 0..3 {
        assert_eq!(token(&stage).await.unwrap_err().recourse(), Recourse::Reauthorize);
    }
    assert_eq!(asked(&stage), 1);
    *stage.keeper.grant.lock().unwrap() = stored("refresh-9", 2);
    stage.script.identity(Ok(tokens("token-9", "refresh-10")));
    assert_eq!(token(&stage).await.unwrap(), "token-9");
}

#[tokio::test]
async fn a_wrong_client_secret_stops_all_grants_of_the_client_for_a_minute_and_kills_none() {
    let stage = Stage::new();
    stage.script.identity(Ok(oauth_refusal(401, "invalid_client", 7_000_222)));
    let error = token(&stage).await.unwrap_err();
    assert_eq!(error.recourse(), Recourse::RetryAfter(Duration::from_secs(900)));
    assert_eq!(error.problem().code, "AADSTS7000222");
    let other = stage.client.token_for_tests(&GrantKey::new("grant-2")).await.unwrap_err();
    assert_eq!(other.problem().code, "AADSTS7000222");
    assert_eq!(asked(&stage), 1);
    stage.clock.advance(Duration::from_secs(61));
    stage.script.identity(Ok(tokens("token-1", "refresh-2")));
    assert_eq!(token(&stage).await.unwrap(), "token-1");
}

#[tokio::test]
async fn when_another_node_was_quicker_its_token_is_used() {
    let stage = Stage::signed_in();
    let end = stage.clock.now().plus(Duration::from_secs(3600));
    let access = AccessToken { secret: Secret::from("token-of-the-other"), expires_at: end, renew_at: end.minus(Duration::from_secs(300)) };
    *stage.keeper.overtaken_by.lock().unwrap() = Some(StoredGrant { access: Some(access), ..stored("refresh-other", 2) });
    assert_eq!(token(&stage).await.unwrap(), "token-of-the-other");
    assert_eq!(stage.script.journal(), ["token refresh-1"], "ours was neither saved nor used");
}

#[tokio::test]
async fn when_another_node_keeps_no_access_tokens_its_refresh_token_is_used() {
    let stage = Stage::signed_in();
    *stage.keeper.overtaken_by.lock().unwrap() = Some(stored("refresh-other", 2));
    stage.script.identity(Ok(tokens("token-2", "refresh-3")));
    assert_eq!(token(&stage).await.unwrap(), "token-2");
    assert_eq!(stage.script.journal(), ["token refresh-1", "token refresh-other", "saved refresh-3"]);
}

#[tokio::test]
async fn a_refused_refresh_token_is_dead_only_if_it_is_still_the_stored_one() {
    let stage = Stage::new();
    stage.script.identity(Ok(oauth_refusal(400, "invalid_grant", 70000))).identity(Ok(tokens("token-2", "refresh-9")));
    let renewal = token(&stage);
    let connected_anew = async {
        // The other runs as soon as the first waits for its answer.
        *stage.keeper.grant.lock().unwrap() = stored("refresh-8", 7);
    };
    let (outcome, ()) = tokio::join!(renewal, connected_anew);
    assert_eq!(outcome.unwrap(), "token-2");
    assert_eq!(stage.script.journal(), ["token refresh-1", "token refresh-8", "saved refresh-9"]);
}

#[tokio::test]
async fn a_lost_answer_of_the_token_endpoint_is_asked_for_again_later() {
    let stage = Stage::new();
    stage.script.identity(Err(TransportError::answer_lost(Fault::Broken)));
    assert!(matches!(token(&stage).await.unwrap_err().recourse(), Recourse::RetryAfter(_)));
    stage.clock.advance(Duration::from_secs(6));
    stage.script.identity(Ok(tokens("token-1", "refresh-2")));
    assert_eq!(token(&stage).await.unwrap(), "token-1");
}

#[tokio::test]
async fn the_applications_own_grant_is_never_saved() {
    let app = StoredGrant { kind: GrantKind::AppOnly, tenant: "contoso.example".into(), ..stored("none", 1) };
    let stage = Stage::with(crate::waiting::Waiting::never(), app);
    stage.script.identity(Ok(crate::scripted::answer(200, r#"{"token_type":"Bearer","expires_in":"3599","access_token":"app-1"}"#)));
    assert_eq!(token(&stage).await.unwrap(), "app-1");
    assert_eq!(stage.script.journal(), ["token client_credentials"]);
    assert_eq!(stage.keeper.grant.lock().unwrap().generation, 1);
}
