//! The transport to the world, against a real listener whose answers the test writes byte by byte.

#![allow(clippy::unwrap_used, reason = "a test may panic, its helpers too")]

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpListener;
use transport::world::WorldSettings;
use transport::{Fault, Transport, TransportError, WorldTransport};

/// Answers each connection's first request with these bytes; `None` closes without an answer. Gives what it read.
async fn listener(answer: Option<Vec<u8>>, stay_open: bool) -> (String, tokio::task::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let serving = tokio::spawn(async move {
        let (mut stream, _) = listener.accept().await.unwrap();
        let mut buffer = vec![0; 64 * 1024];
        let length = stream.read(&mut buffer).await.unwrap();
        if let Some(answer) = answer {
            stream.write_all(&answer).await.unwrap();
            stream.flush().await.unwrap();
        }
        if stay_open {
            // Reads until the other side gives up.
            let mut rest = [0; 1024];
            while stream.read(&mut rest).await.is_ok_and(|length| length > 0) {}
        }
        String::from_utf8_lossy(&buffer[..length]).into_owned()
    });
    (address, serving)
}

fn transport(change: impl FnOnce(&mut WorldSettings)) -> WorldTransport {
    let mut settings = WorldSettings { read_timeout: Duration::from_millis(300), ..WorldSettings::default() };
    change(&mut settings);
    WorldTransport::new(&settings).unwrap()
}

async fn send(transport: &WorldTransport, address: &str) -> Result<Response<Bytes>, TransportError> {
    let request = Request::get(format!("{address}/v1.0/me")).header("accept", "application/json").body(Bytes::new()).unwrap();
    transport.send(request).await
}

fn plain(head: &str, body: &str) -> Vec<u8> {
    format!("HTTP/1.1 {head}\r\nContent-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

#[tokio::test]
async fn a_refusal_is_an_answer_and_gzip_is_offered() {
    let (address, serving) = listener(Some(plain("429 Too Many Requests\r\nRetry-After: 7", "slow")), false).await;
    let answer = send(&transport(|_| ()), &address).await.unwrap();
    assert_eq!((answer.status().as_u16(), answer.headers()["retry-after"].to_str().unwrap()), (429, "7"));
    assert_eq!(answer.body(), "slow");
    assert!(serving.await.unwrap().to_lowercase().contains("accept-encoding: gzip"));
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let (address, _) = listener(Some(plain("302 Found\r\nLocation: http://127.0.0.1:1/", "")), false).await;
    assert_eq!(send(&transport(|_| ()), &address).await.unwrap().status().as_u16(), 302);
}

#[tokio::test]
async fn nobody_listening_means_that_nothing_was_sent() {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let error = send(&transport(|_| ()), &address).await.unwrap_err();
    assert_eq!((error.fault, error.may_have_arrived), (Fault::Connect, false));
}

#[tokio::test]
async fn a_connection_that_closes_or_falls_silent_may_have_carried_the_request() {
    let (address, _) = listener(None, false).await;
    let error = send(&transport(|_| ()), &address).await.unwrap_err();
    assert_eq!((error.fault, error.may_have_arrived), (Fault::Broken, true));
    let (address, _) = listener(None, true).await;
    let error = send(&transport(|_| ()), &address).await.unwrap_err();
    assert_eq!((error.fault, error.may_have_arrived), (Fault::Timeout, true));
}

#[tokio::test]
async fn a_body_that_is_cut_off_is_no_answer() {
    let (address, _) = listener(Some(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"id\":".to_vec()), false).await;
    let error = send(&transport(|_| ()), &address).await.unwrap_err();
    assert_eq!((error.fault, error.may_have_arrived), (Fault::Broken, true));
}

#[tokio::test]
async fn an_answer_that_is_too_large_is_not_read_to_the_end_announced_or_not() {
    let small = |settings: &mut WorldSettings| settings.answer_bytes_max = 1000;
    let (address, _) = listener(Some(plain("200 OK", &"x".repeat(1001))), false).await;
    assert_eq!(send(&transport(small), &address).await.unwrap_err().fault, Fault::TooLarge);
    let chunked = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{}", "100\r\n".to_owned() + &"x".repeat(256) + "\r\n");
    let mut endless = chunked.into_bytes();
    for _ in 0..10 {
        endless.extend_from_slice(format!("100\r\n{}\r\n", "x".repeat(256)).as_bytes());
    }
    let (address, _) = listener(Some(endless), true).await;
    assert_eq!(send(&transport(small), &address).await.unwrap_err().fault, Fault::TooLarge);
}

#[test]
fn an_authority_that_cannot_be_read_is_refused_at_the_start() {
    let settings = WorldSettings {
        extra_authorities_pem: Some(b"-----BEGIN CERTIFICATE-----\nAA\n-----END CERTIFICATE-----".to_vec()),
        ..WorldSettings::default()
    };
    assert!(WorldTransport::new(&settings).is_err());
    let settings = WorldSettings { proxy: Some("not a proxy".into()), ..WorldSettings::default() };
    assert!(WorldTransport::new(&settings).is_err());
}
