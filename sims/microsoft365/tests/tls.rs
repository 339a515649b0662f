//! The network: plain HTTP and TLS on free ports, HTTP/2, addresses built from the caller's, connections cut.

#![allow(clippy::unwrap_used, reason = "test code")]

mod cloud;

use cloud::*;
use microsoft365_sim::faults::{Fault, FaultKind, Matcher, Schedule, Trigger};
use microsoft365_sim::server::{Listen, Running, serve};
use serde_json::Value;

#[allow(clippy::disallowed_methods, reason = "a network client that is not ours")]
fn client(running: &Running) -> reqwest::Client {
    let authority = reqwest::Certificate::from_pem(running.ca_pem.as_ref().unwrap().as_bytes()).unwrap();
    let builder = reqwest::Client::builder().tls_certs_only([authority]).no_proxy().redirect(reqwest::redirect::Policy::none());
    builder.build().unwrap()
}

async fn metadata(client: &reqwest::Client, url: &str) -> (http::Version, Value) {
    let answer = client.get(format!("{url}/contoso.example/v2.0/.well-known/openid-configuration")).send().await.unwrap();
    let version = answer.version();
    (version, serde_json::from_slice(&answer.bytes().await.unwrap()).unwrap())
}

#[tokio::test]
async fn both_listeners_answer_with_their_own_addresses() {
    let running = serve(cloud(), Listen::loopback_with_tls()).await.unwrap();
    let client = client(&running);
    let https = running.https_url.clone().unwrap();
    let (version, document) = metadata(&client, &https).await;
    assert_eq!(version, http::Version::HTTP_2);
    assert!(text(&document["token_endpoint"]).starts_with(&https));
    let (_, document) = metadata(&client, &running.http_url).await;
    assert!(text(&document["issuer"]).starts_with(&running.http_url));
    let by_name = https.replace("127.0.0.1", "localhost");
    let (_, document) = metadata(&client, &by_name).await;
    assert!(text(&document["issuer"]).starts_with(&by_name));
    running.shutdown();
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_authority_is_refused() {
    let running = serve(cloud(), Listen::loopback_with_tls()).await.unwrap();
    let other = serve(cloud(), Listen::loopback_with_tls()).await.unwrap();
    let answer = client(&other).get(running.https_url.as_deref().unwrap()).send().await;
    assert!(answer.is_err());
}

#[tokio::test]
async fn a_cut_connection_is_no_answer() {
    let sim = cloud();
    let running = serve(sim.clone(), Listen::loopback_with_tls()).await.unwrap();
    let client = client(&running);
    let fault = Fault { matches: Matcher::default(), trigger: Trigger::Nth { nth: 1, times: 2 }, kind: FaultKind::ResetBefore };
    sim.control().set_faults(Schedule { seed: 1, faults: vec![fault] });
    for url in [&running.http_url, running.https_url.as_ref().unwrap()] {
        let post = client.post(format!("{url}/contoso.example/oauth2/v2.0/token")).body("grant_type=x").send().await;
        assert!(post.is_err(), "{url}");
    }
    let after = client.get(format!("{}/_sim/", running.http_url)).send().await.unwrap();
    assert_eq!(after.status(), 200);
    assert_eq!(sim.control().counts().resets, 2);
}
