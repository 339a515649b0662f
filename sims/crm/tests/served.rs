//! The simulator on the network and its control interface.

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod world;

use std::time::Duration;

use bytes::Bytes;
use crm_sim::server::serve;
use crm_sim::{Fault, Simulator};
use http::Request;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use world::{ANNA, world};

fn order(sim: &Simulator, method: &str, path: &str, body: &Value) -> (u16, Value) {
    let request = Request::builder().method(method).uri(path).body(Bytes::from(body.to_string())).unwrap();
    let answer = sim.answer_now(request).unwrap();
    (answer.status().as_u16(), serde_json::from_slice(answer.body()).unwrap())
}

#[test]
fn contacts_are_made_changed_merged_and_deleted() {
    let sim = world();
    let base = format!("/_sim/google/accounts/{ANNA}/persons");
    let made = order(&sim, "POST", &base, &json!({"names": [{"givenName": "Jörg"}]})).1["resourceName"].as_str().unwrap().to_owned();
    let url = format!("/_sim/google/accounts/{ANNA}/{}", made.replace("people/", "persons/"));
    assert_eq!(order(&sim, "PUT", &url, &json!({"names": [{"givenName": "Eva"}]})).0, 200);
    assert_eq!(order(&sim, "GET", &base, &json!({})).1["value"][0]["names"][0]["givenName"], "Eva");
    let second = order(&sim, "POST", &format!("{base}/generate"), &json!({"count": 1})).1["value"][0].clone();
    assert_eq!(order(&sim, "POST", &format!("{base}/merge"), &json!({"kept": made, "other": second})).0, 200);
    assert_eq!(order(&sim, "DELETE", &url, &json!({})).0, 404, "it has another name now");
    assert_eq!(order(&sim, "GET", &base, &json!({})).1["value"].as_array().unwrap().len(), 1);
    assert_eq!(order(&sim, "GET", "/_sim/google/accounts/nobody/persons", &json!({})).0, 404);
}

#[test]
fn clock_faults_and_whatsapp_obey() {
    let sim = world();
    let before = sim.now();
    order(&sim, "POST", "/_sim/clock", &json!({"advanceSeconds": 60}));
    assert_eq!(sim.now().as_second() - before.as_second(), 60);
    assert_eq!(order(&sim, "PUT", "/_sim/faults", &json!({"google": {"unavailable": 1.0}})).0, 200);
    assert_eq!(world::post(&sim, "https://oauth2.googleapis.com/token", &[]).0, 503);
    assert_eq!(order(&sim, "GET", "/_sim/faults", &json!({})).1["struck"]["unavailable"], 1);
    assert_eq!(order(&sim, "PUT", "/_sim/faults", &json!({"google": {"rain": 1.0}})).0, 400);
    let person = order(&sim, "POST", "/_sim/whatsapp/people", &json!({"name": "Jörg", "number": "+4915123456789"})).1;
    let url = format!("/_sim/whatsapp/people/{}/says", person["userId"].as_str().unwrap());
    assert_eq!(order(&sim, "POST", &url, &json!({"text": "Hallo"})).0, 200);
    assert_eq!(sim.whatsapp().deliveries_due().len(), 1);
    assert_eq!(order(&sim, "POST", &url, &json!({"txt": "Hallo"})).0, 400);
}

async fn ask(url: &str, target: &str) -> String {
    let mut stream = TcpStream::connect(url.trim_start_matches("http://")).await.unwrap();
    let request = format!("GET {target} HTTP/1.1\r\nhost: sim\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    let _ = stream.read_to_string(&mut answer).await;
    answer
}

#[tokio::test]
async fn a_port_serves_google_and_breaks_connections() {
    let sim = world();
    let running = serve(sim.clone(), ([127, 0, 0, 1], 0).into(), None).await.unwrap();
    let target = "/people.googleapis.com/v1/people/me/connections?personFields=names";
    assert!(ask(&running.url, target).await.starts_with("HTTP/1.1 401"));
    sim.strike_next(Fault::BrokenBefore);
    assert_eq!(ask(&running.url, target).await, "");
}

/// A receiver that gives the challenge back, answers the first call 500 and the second 200; gives both bodies.
async fn receive(listener: TcpListener) -> Vec<String> {
    let mut bodies = Vec::new();
    while bodies.len() < 2 {
        let (mut stream, _) = listener.accept().await.unwrap();
        let text = read_whole(&mut stream).await;
        let (status, body) = match text.split_once("hub.challenge=") {
            Some((_, rest)) => (200, rest.split('&').next().unwrap().to_owned()),
            None => {
                bodies.push(text.split_once("\r\n\r\n").unwrap().1.to_owned());
                (if bodies.len() == 1 { 500 } else { 200 }, String::new())
            }
        };
        let answer = format!("HTTP/1.1 {status} OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len());
        stream.write_all(answer.as_bytes()).await.unwrap();
    }
    bodies
}

async fn read_whole(stream: &mut TcpStream) -> String {
    let mut text = String::new();
    loop {
        let mut part = [0; 4096];
        let count = stream.read(&mut part).await.unwrap();
        text.push_str(&String::from_utf8_lossy(&part[..count]));
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse::<usize>().ok());
        if count == 0 || body.len() >= length.unwrap_or(0) {
            return text;
        }
    }
}

#[tokio::test]
async fn calls_are_posted_to_the_webhook_and_again_if_not_answered_200() {
    let sim = world();
    sim.configure(|config| config.whatsapp.retry_seconds = 0);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let webhook = url::Url::parse(&format!("http://{}/hook?x=1", listener.local_addr().unwrap())).unwrap();
    let receiver = tokio::spawn(receive(listener));
    let _running = serve(sim.clone(), ([127, 0, 0, 1], 0).into(), Some(webhook)).await.unwrap();
    sim.whatsapp().generate(1);
    sim.whatsapp().says(&sim.whatsapp().people()[0].user_id, "Grüße").unwrap();
    let bodies = tokio::time::timeout(Duration::from_secs(30), receiver).await.expect("the call comes again").unwrap();
    assert!(bodies[0].contains(r"Gr\u00fc\u00dfe") && bodies[0] == bodies[1]);
}
