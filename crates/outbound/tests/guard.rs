//! The guard at work: what a name means is judged at the moment of the call, and at every hop.
#![allow(clippy::unwrap_used, reason = "a test fails by stopping where something is wrong")]

#[allow(dead_code, reason = "another test uses the rest of it")]
mod support;

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use async_trait::async_trait;
use bytes::Bytes;
use outbound::{Answer, Call, Caller, Forbidden, Lookup, Miss, Reach, WorldCaller};
use url::Url;

use support::{Receiver, Scene};

/// Means something else each time that it is asked: a list of answers, the last for ever.
struct Changing {
    answers: Vec<Vec<SocketAddr>>,
    asked: AtomicUsize,
}

#[async_trait]
impl Lookup for Changing {
    async fn addresses(&self, _: &str) -> std::io::Result<Vec<SocketAddr>> {
        let asked = self.asked.fetch_add(1, Ordering::SeqCst);
        Ok(self.answers[asked.min(self.answers.len() - 1)].clone())
    }
}

fn caller(private: bool, answers: &[&[&str]]) -> WorldCaller {
    let answers = answers.iter().map(|one| one.iter().map(|address| address.parse().unwrap()).collect()).collect();
    let reach = Reach { private, ..Reach::default() };
    WorldCaller::new(reach, Arc::new(Changing { answers, asked: AtomicUsize::new(0) })).unwrap()
}

async fn call(caller: &WorldCaller, url: &str) -> Result<Answer, Miss> {
    let headers = [("webhook-id", "1".to_owned()), ("webhook-timestamp", "1".to_owned()), ("webhook-signature", "v1,x".to_owned())];
    caller.call(Call { url: Url::parse(url).unwrap(), headers, body: Bytes::from_static(b"{}") }).await
}

#[tokio::test]
async fn a_name_that_means_something_private_is_not_called() {
    for address in ["127.0.0.1:0", "169.254.169.254:0", "10.0.0.1:0", "[::1]:0", "[::ffff:192.168.0.1]:0", "[fd00::1]:0"] {
        let outcome = call(&caller(false, &[&[address]]), "https://hooks.fabrikam.example/").await;
        assert_eq!(outcome, Err(Miss::Forbidden(Forbidden::Private)), "{address}");
    }
}

#[tokio::test]
async fn a_name_of_which_one_address_is_private_is_not_called_at_all() {
    let outcome = call(&caller(false, &[&["93.184.216.34:0", "127.0.0.1:0"]]), "https://hooks.fabrikam.example/").await;
    assert_eq!(outcome, Err(Miss::Forbidden(Forbidden::Private)));
}

#[tokio::test]
async fn a_name_that_was_public_when_it_was_given_and_is_private_when_it_is_called_is_not_called() {
    let caller = caller(false, &[&["127.0.0.1:0"]]);
    let reach = Reach::default();
    assert!(reach.read("https://rebinding.fabrikam.example/").is_ok(), "nothing about the name is private");
    assert_eq!(call(&caller, "https://rebinding.fabrikam.example/").await, Err(Miss::Forbidden(Forbidden::Private)));
}

#[tokio::test]
async fn the_connection_goes_to_the_address_that_was_judged() {
    let receiver = Receiver::start().await;
    let port = receiver.url.port().unwrap();
    // The second answer is never asked for: nothing is resolved between the judgement and the connection.
    let caller = caller(true, &[&["127.0.0.1:0"], &["192.0.2.1:0"]]);
    let answer = call(&caller, &format!("http://hooks.fabrikam.example:{port}/x")).await.unwrap();
    assert_eq!(answer.status, 200);
    assert_eq!(receiver.heard()[0].header("host"), format!("hooks.fabrikam.example:{port}"));
}

#[tokio::test]
async fn a_redirect_is_judged_like_the_first_address() {
    let places = [
        ("http://169.254.169.254/latest/meta-data", Forbidden::Scheme),
        ("https://169.254.169.254/latest/meta-data", Forbidden::Private),
        ("https://2852039166/", Forbidden::Private),
        ("https://localhost/", Forbidden::Private),
        ("https://hooks.fabrikam.example/", Forbidden::Private),
        ("ftp://127.0.0.1/", Forbidden::Scheme),
        ("http://bo:secret@127.0.0.1/", Forbidden::Credentials),
    ];
    for (place, expected) in places {
        let receiver = Receiver::start().await;
        receiver.script([Scene::status(307).with("location", place)]);
        let lookup = Changing { answers: vec![vec!["169.254.169.254:0".parse().unwrap()]], asked: AtomicUsize::new(0) };
        let reach = Reach { hosts: vec!["127.0.0.1".to_owned()], ..Reach::default() };
        let outcome = call(&WorldCaller::new(reach, Arc::new(lookup)).unwrap(), receiver.url.as_str()).await;
        assert_eq!(outcome, Err(Miss::Forbidden(expected)), "{place}");
        assert_eq!(receiver.heard().len(), 1);
    }
}

#[tokio::test]
async fn a_redirect_that_keeps_the_call_is_followed_a_few_times_and_any_other_is_the_answer() {
    let receiver = Receiver::start().await;
    let caller = support::world_caller();
    receiver.script([Scene::status(308).with("location", "/moved")]);
    assert_eq!(call(&caller, receiver.url.as_str()).await.unwrap().status, 200);
    assert_eq!(receiver.heard()[1].path, "/moved");
    assert_eq!(receiver.heard()[1].body, receiver.heard()[0].body);
    receiver.script([Scene::status(302).with("location", "/moved")]);
    assert_eq!(call(&caller, receiver.url.as_str()).await.unwrap().status, 302);
    receiver.judge_by(|_| Scene::status(307).with("location", "/again"));
    assert_eq!(call(&caller, receiver.url.as_str()).await, Err(Miss::Redirects));
}

#[tokio::test]
async fn a_long_answer_is_read_in_part() {
    let receiver = Receiver::start().await;
    receiver.script([Scene::status(500).saying("x".repeat(1_000_000))]);
    let answer = call(&support::world_caller(), receiver.url.as_str()).await.unwrap();
    assert_eq!((answer.status, answer.beginning.len()), (500, 300));
}
