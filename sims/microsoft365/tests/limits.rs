//! The limits for each app and mailbox: four at once, 10,000 in ten minutes, bytes sent (reference: Graph, section 7.2).

#![allow(clippy::unwrap_used, reason = "test code")]

mod cloud;

use std::time::Duration;

use bytes::Bytes;
use cloud::*;
use microsoft365_sim::journal::Cause;
use microsoft365_sim::{Answer, Simulator, Visit};
use serde_json::{Value, json};

fn arrive(sim: &Simulator, token: &str, path: &str) -> Visit {
    sim.arrive(request("GET", path, &[("authorization", &format!("Bearer {token}"))], ""))
}

async fn finish(mut visit: Visit) -> Reply {
    let answer: Answer = visit.finish().await;
    Reply::of(answer).unwrap()
}

fn inbox(user: &str) -> String {
    format!("/v1.0/users/{user}/mailFolders/inbox")
}

#[tokio::test]
async fn the_fifth_at_once_is_refused_until_one_has_left() {
    let sim = cloud();
    let token = app_only(&sim).await;
    let mut four: Vec<Visit> = (0..4).map(|_| arrive(&sim, &token, &inbox(ANNA))).collect();
    let fifth = finish(arrive(&sim, &token, &inbox(ANNA))).await;
    assert_eq!(fifth.status, 429);
    let error = &fifth.json()["error"];
    assert_eq!(
        (error["code"].as_str(), error["message"].as_str()),
        (Some("ApplicationThrottled"), Some("Application is over its MailboxConcurrency limit."))
    );
    let after: u64 = fifth.header("retry-after").parse().expect("whole seconds");
    assert!((1..=10).contains(&after));
    assert_eq!(finish(arrive(&sim, &token, &inbox(BEN))).await.status, 200, "another mailbox is not concerned");
    let users_own = text(&sign_in(&sim, ANNA).await["access_token"]);
    assert_eq!(graph(&sim, &users_own, "/v1.0/me/mailFolders/inbox").await.status, 200, "another app is not concerned");
    four.pop();
    assert_eq!(finish(arrive(&sim, &token, &inbox(ANNA))).await.status, 200);
    let all: Vec<u16> = futures::future::join_all(four.into_iter().map(finish)).await.iter().map(|reply| reply.status).collect();
    assert_eq!(all, [200, 200, 200]);
    let counts = sim.control().counts();
    assert_eq!((counts.throttled[&Cause::Concurrency], counts.most_in_flight), (1, 4));
    assert_eq!(sim.control().slots_held(), 0, "every slot was given back");
}

#[tokio::test]
async fn one_mailbox_is_one_lane_by_whatever_name_it_is_addressed() {
    let sim = cloud();
    let token = text(&sign_in(&sim, ANNA).await["access_token"]);
    let id = sim.control().user(ANNA).unwrap().id;
    let names = [
        "/v1.0/me/messages".to_owned(),
        format!("/v1.0/users/{id}/messages"),
        "/v1.0/users/ANNA@contoso.example/messages".to_owned(),
        format!("/v1.0/users('{id}')/messages"),
    ];
    let held: Vec<Visit> = names.iter().map(|path| arrive(&sim, &token, path)).collect();
    assert_eq!(finish(arrive(&sim, &token, "/beta/me/messages")).await.status, 429);
    assert_eq!(finish(arrive(&sim, &token, "/v1.0/me")).await.status, 200, "the directory has no such limit");
    drop(held);
}

#[tokio::test]
async fn ten_thousand_in_ten_minutes_and_then_a_wait() {
    let sim = cloud_with(|config| config.limits.requests = 100);
    let token = app_only(&sim).await;
    for place in 0..100 {
        assert_eq!(finish(arrive(&sim, &token, &inbox(ANNA))).await.status, 200, "request {place}");
        sim.control().advance_clock(Duration::from_secs(2));
    }
    let refused = finish(arrive(&sim, &token, &inbox(ANNA))).await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "402"), "until two have left the window: the refused one counts");
    assert_eq!(refused.json()["error"]["message"], "Application is over its RequestRate limit.");
    sim.control().advance_clock(Duration::from_secs(402));
    assert_eq!(finish(arrive(&sim, &token, &inbox(ANNA))).await.status, 200);
    assert_eq!(sim.control().counts().throttled[&Cause::Rate], 1);
}

#[tokio::test]
async fn what_is_sent_is_counted_in_bytes() {
    let sim = cloud_with(|config| config.limits.upload_bytes = 1000);
    let token = app_only(&sim).await;
    let bearer = format!("Bearer {token}");
    let headers = [("authorization", bearer.as_str()), ("content-type", "application/json")];
    let send = || call(&sim, "POST", "/v1.0/users/anna@contoso.example/messages", &headers, Bytes::from(vec![b' '; 600]));
    assert_ne!(send().await.status, 429);
    let refused = send().await;
    assert_eq!((refused.status, refused.header("retry-after")), (429, "300"));
    assert_eq!(sim.control().counts().throttled[&Cause::Upload], 1);
}

fn batch_body(urls: &[&str], serial: bool) -> String {
    let parts: Vec<Value> = urls
        .iter()
        .enumerate()
        .map(|(place, url)| {
            let mut part = json!({"id": place.to_string(), "method": "GET", "url": url});
            if serial && place > 0 {
                part["dependsOn"] = json!([(place - 1).to_string()]);
            }
            part
        })
        .collect();
    json!({"requests": parts}).to_string()
}

fn arrive_batch(sim: &Simulator, token: &str, urls: &[&str], serial: bool) -> Visit {
    let headers = [("authorization", &*format!("Bearer {token}")), ("content-type", "application/json")];
    sim.arrive(request("POST", "/v1.0/$batch", &headers, batch_body(urls, serial)))
}

fn statuses(reply: &Reply) -> Vec<(String, u64)> {
    let responses = reply.json()["responses"].as_array().cloned().unwrap_or_else(|| panic!("{}", reply.text()));
    let mut all: Vec<_> = responses.iter().map(|one| (text(&one["id"]), one["status"].as_u64().unwrap())).collect();
    all.sort();
    all
}

fn refused(reply: &Reply) -> usize {
    statuses(reply).iter().filter(|(_, status)| *status == 429).count()
}

#[tokio::test]
async fn one_batch_respects_the_four_slots_and_two_at_once_do_not() {
    let sim = cloud();
    let token = app_only(&sim).await;
    let urls = vec!["/users/anna@contoso.example/mailFolders/inbox"; 8];
    let alone = finish(arrive_batch(&sim, &token, &urls, false)).await;
    assert_eq!((alone.status, refused(&alone), statuses(&alone).len()), (200, 0, 8));
    let held = arrive_batch(&sim, &token, &urls, false);
    let other = finish(arrive_batch(&sim, &token, &urls, false)).await;
    assert_eq!((other.status, refused(&other)), (200, 8), "the first batch holds all four slots");
    let inner = other.json()["responses"][0].clone();
    assert!(inner["headers"]["Retry-After"].is_string(), "each part carries its own Retry-After: {inner}");
    assert_eq!(refused(&finish(held).await), 0);
    let two = [arrive(&sim, &token, &inbox(ANNA)), arrive(&sim, &token, &inbox(ANNA))];
    let half = finish(arrive_batch(&sim, &token, &urls, false)).await;
    assert_eq!(refused(&half), 4, "two of each four find a slot");
    drop(two);
    assert_eq!(sim.control().slots_held(), 0);
}

#[tokio::test]
async fn serial_batches_take_one_slot_each() {
    let sim = cloud();
    let token = app_only(&sim).await;
    let urls = vec!["/users/anna@contoso.example/mailFolders/inbox"; 4];
    let visits: Vec<Visit> = (0..4).map(|_| arrive_batch(&sim, &token, &urls, true)).collect();
    for reply in futures::future::join_all(visits.into_iter().map(finish)).await {
        assert_eq!(refused(&reply), 0);
    }
}

#[tokio::test]
async fn the_parts_of_a_batch_count_and_are_in_the_journal() {
    let sim = cloud_with(|config| config.limits.requests = 5);
    let token = app_only(&sim).await;
    let urls = vec!["/users/anna@contoso.example/mailFolders/inbox"; 6];
    let reply = finish(arrive_batch(&sim, &token, &urls, false)).await;
    assert_eq!(refused(&reply), 1, "the sixth is over the limit of five");
    let journal = sim.control().journal(0, 100);
    let outer = journal.iter().find(|entry| entry.target.ends_with("$batch")).unwrap();
    let parts: Vec<_> = journal.iter().filter(|entry| entry.batch == Some(outer.number)).collect();
    assert_eq!(parts.len(), 6);
    assert_eq!(parts.iter().filter(|part| part.throttled == Some(Cause::Rate) && part.status == Some(429)).count(), 1);
}

#[tokio::test]
async fn the_uncertain_sides_of_throttling_are_settings() {
    let sim = cloud_with(|config| {
        config.limits.concurrent = 0;
        config.limits.omit_retry_after = true;
    });
    let token = app_only(&sim).await;
    assert_eq!(finish(arrive(&sim, &token, &inbox(ANNA))).await.header("retry-after"), "");
    sim.control().configure(|config| (config.limits.omit_retry_after, config.limits.fractional_retry_after) = (false, true));
    assert!(finish(arrive(&sim, &token, &inbox(ANNA))).await.header("retry-after").contains('.'));
    sim.control().configure(|config| config.limits.concurrent_refusal_probability = 0.0);
    assert_eq!(finish(arrive(&sim, &token, &inbox(ANNA))).await.status, 200);
}

#[tokio::test]
async fn a_batch_whose_answer_is_lost_gives_its_slots_back() {
    let sim = cloud();
    let token = app_only(&sim).await;
    let fault = json!({"faults": [{"when": "nth", "nth": 1, "kind": "answerLost", "matches": {"path": "/$batch"}}]});
    sim.control().set_faults(serde_json::from_value(fault).unwrap());
    let urls = vec!["/users/anna@contoso.example/mailFolders/inbox"; 5];
    let mut visit = arrive_batch(&sim, &token, &urls, false);
    assert_eq!(sim.control().slots_held(), 4);
    assert!(matches!(visit.finish().await, Answer::Reset));
    drop(visit);
    assert_eq!(sim.control().slots_held(), 0);
    let parts = sim.control().journal(0, 100).iter().filter(|entry| entry.batch.is_some() && entry.status == Some(200)).count();
    assert_eq!(parts, 5, "the parts had their effect");
}
