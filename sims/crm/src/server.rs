//! The simulator on the network: Google on one port, and the loop that posts WhatsApp's calls.
//!
//! It adds nothing to the front door: what a fault breaks closes the connection. This is the crate's one home for
//! waiting and for calls to the outside.

use std::net::SocketAddr;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinHandle;
use url::Url;

use crate::simulator::{Broken, Simulator};

const BODY_BYTES_MAX: usize = 16 * 1024 * 1024;
const DELIVERY_POLL: Duration = Duration::from_millis(20);
const DELIVERY_TIMEOUT: Duration = Duration::from_secs(20);

/// A simulator that is being served; dropping it stops listening and delivering.
#[derive(Debug)]
pub struct Running {
    /// `http://127.0.0.1:port`
    pub url: String,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// Posts WhatsApp's calls to this address from now on, after a handshake.
    ///
    /// # Errors
    /// A sentence if the webhook does not pass the handshake.
    pub async fn tell(&mut self, simulator: Simulator, webhook: Url) -> Result<(), String> {
        let client = client()?;
        let path = webhook.query().map_or(webhook.path().to_owned(), |query| format!("{}?{query}", webhook.path()));
        simulator.configure(|config| config.whatsapp.webhook_path = path);
        shake_hands(&simulator, &client, &webhook).await?;
        self.tasks.push(tokio::spawn(deliver_for_ever(simulator, client, webhook)));
        Ok(())
    }

    /// Waits until it is stopped, which by itself is never.
    pub async fn wait(mut self) {
        for task in std::mem::take(&mut self.tasks) {
            let _ = task.await;
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.tasks.iter().for_each(JoinHandle::abort);
    }
}

/// Serves a simulator; port 0 is any free one. With a webhook address WhatsApp's calls are posted there, after a handshake.
///
/// # Errors
/// A sentence if the port can't be bound, or the webhook does not pass the handshake.
pub async fn serve(simulator: Simulator, address: SocketAddr, webhook: Option<Url>) -> Result<Running, String> {
    let listener = TcpListener::bind(address).await.map_err(|error| format!("{address} can't be listened on: {error}"))?;
    let bound = listener.local_addr().map_err(|error| error.to_string())?;
    let mut running = Running { url: format!("http://{bound}"), tasks: vec![tokio::spawn(accept(listener, simulator.clone()))] };
    if let Some(webhook) = webhook {
        running.tell(simulator, webhook).await?;
    }
    Ok(running)
}

async fn accept(listener: TcpListener, simulator: Simulator) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        tokio::spawn(converse(stream, simulator.clone()));
    }
}

async fn converse(stream: TcpStream, simulator: Simulator) {
    let _ = stream.set_nodelay(true);
    let service = service_fn(move |request: Request<Incoming>| {
        let simulator = simulator.clone();
        async move { respond(request, simulator).await }
    });
    // An error here is a client that went away or a connection that was broken on purpose.
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

async fn respond(request: Request<Incoming>, simulator: Simulator) -> Result<Response<Full<Bytes>>, Broken> {
    let (parts, body) = request.into_parts();
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else {
        let mut answer = Response::new(Full::new(Bytes::new()));
        *answer.status_mut() = StatusCode::PAYLOAD_TOO_LARGE;
        return Ok(answer);
    };
    let answer = simulator.answer(Request::from_parts(parts, body.to_bytes())).await?;
    Ok(answer.map(Full::new))
}

#[allow(clippy::disallowed_methods, reason = "the simulator is no part of the product and has its own way out")]
fn client() -> Result<reqwest::Client, String> {
    let builder = reqwest::Client::builder().timeout(DELIVERY_TIMEOUT).redirect(reqwest::redirect::Policy::none()).no_proxy();
    builder.build().map_err(|error| format!("no HTTP client: {error}"))
}

async fn shake_hands(simulator: &Simulator, client: &reqwest::Client, webhook: &Url) -> Result<(), String> {
    let handshake = simulator.whatsapp().handshake();
    let url = join(webhook, &handshake.request)?;
    let failed = |why: String| format!("The webhook {} did not pass the handshake: {why}.", webhook.path());
    let answer = client.get(url).send().await.map_err(|error| failed(error.without_url().to_string()))?;
    let status = answer.status().as_u16();
    let body = answer.bytes().await.map_err(|error| failed(error.without_url().to_string()))?;
    match handshake.is_accepted(status, &body) {
        true => Ok(()),
        false => Err(failed(format!("it answered {status} and not the challenge"))),
    }
}

fn join(webhook: &Url, request: &Request<Bytes>) -> Result<Url, String> {
    webhook.join(&request.uri().to_string()).map_err(|error| format!("The webhook's address can't be used: {error}."))
}

#[allow(clippy::disallowed_methods, reason = "the program's delivery loop waits in real time; tests step it themselves")]
async fn deliver_for_ever(simulator: Simulator, client: reqwest::Client, webhook: Url) {
    loop {
        for delivery in simulator.whatsapp().deliveries_due() {
            let url = webhook.clone();
            let (parts, body) = delivery.request.into_parts();
            let sent = client.post(url).headers(parts.headers).body(body).send().await;
            simulator.whatsapp().settle(delivery.number, sent.ok().map(|answer| answer.status().as_u16()));
        }
        tokio::time::sleep(DELIVERY_POLL).await;
    }
}
