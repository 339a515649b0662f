//! The simulator on the network: plain HTTP and TLS, HTTP/1.1 and HTTP/2, and the loop that delivers notifications.
//!
//! It adds nothing to the front door but waiting: latency is slept here, and an answer that the fault schedule cuts
//! closes the connection. This is one of the crate's two named homes for sleeping.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::{BodyExt, Full, Limited};
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use hyper_util::server::conn::auto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::task::JoinHandle;
use tokio_rustls::TlsAcceptor;

use crate::request::OverTls;
use crate::simulator::{Answer, Simulator};
use crate::tls::Authority;

/// Bytes of a request's body, at most: Graph's largest upload with room to spare.
const BODY_BYTES_MAX: usize = 160 * 1024 * 1024;
/// How often the notification loop looks.
const NOTIFICATION_POLL: Duration = Duration::from_millis(10);

/// Where to listen; port 0 is any free port.
#[derive(Debug, Clone, Default)]
pub struct Listen {
    /// Plain HTTP.
    pub http: Option<SocketAddr>,
    /// TLS.
    pub https: Option<SocketAddr>,
    /// Further names for the server certificate.
    pub names: Vec<String>,
}

impl Listen {
    /// Plain HTTP on a free loopback port.
    pub fn loopback() -> Self {
        Self { http: Some(SocketAddr::from(([127, 0, 0, 1], 0))), ..Self::default() }
    }

    /// Plain HTTP and TLS on free loopback ports.
    pub fn loopback_with_tls() -> Self {
        Self { https: Some(SocketAddr::from(([127, 0, 0, 1], 0))), ..Self::loopback() }
    }
}

/// A simulator that is being served; dropping it stops listening and delivering.
#[derive(Debug)]
pub struct Running {
    /// `http://127.0.0.1:port`, empty if plain HTTP is not served.
    pub http_url: String,
    /// `https://127.0.0.1:port`
    pub https_url: Option<String>,
    /// The certificate authority to trust for TLS, PEM.
    pub ca_pem: Option<String>,
    tasks: Vec<JoinHandle<()>>,
}

impl Running {
    /// Stops listening and delivering. Connections that are open end with the runtime.
    pub fn shutdown(self) {}

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

/// Serves a simulator and delivers its notifications over HTTP.
///
/// # Errors
/// A sentence if a port can't be bound or the certificates can't be made.
pub async fn serve(simulator: Simulator, listen: Listen) -> Result<Running, String> {
    let mut running = Running { http_url: String::new(), https_url: None, ca_pem: None, tasks: Vec::new() };
    if let Some(address) = listen.http {
        let (listener, url) = bind(address, "http").await?;
        running.http_url = url;
        running.tasks.push(tokio::spawn(accept(listener, None, simulator.clone())));
    }
    if let Some(address) = listen.https {
        let authority = Authority::make(&listen.names)?;
        let (listener, url) = bind(address, "https").await?;
        running.https_url = Some(url);
        running.tasks.push(tokio::spawn(accept(listener, Some(TlsAcceptor::from(authority.server)), simulator.clone())));
        running.ca_pem = Some(authority.ca_pem);
    }
    simulator.set_outside(Arc::new(crate::http_outside::HttpOutside::new()?));
    running.tasks.push(tokio::spawn(deliver_for_ever(simulator)));
    Ok(running)
}

async fn bind(address: SocketAddr, scheme: &str) -> Result<(TcpListener, String), String> {
    let listener = TcpListener::bind(address).await.map_err(|error| format!("{address} can't be listened on: {error}"))?;
    let bound = listener.local_addr().map_err(|error| error.to_string())?;
    let host = if bound.ip().is_unspecified() { format!("127.0.0.1:{}", bound.port()) } else { bound.to_string() };
    Ok((listener, format!("{scheme}://{host}")))
}

#[allow(clippy::disallowed_methods, reason = "the program's notification loop waits in real time; tests step it themselves")]
async fn deliver_for_ever(simulator: Simulator) {
    loop {
        // Spawned, so that a subscriber who hangs holds nobody else up.
        if simulator.next_notification_due().is_some_and(|due| due <= simulator.now()) {
            let simulator = simulator.clone();
            tokio::spawn(async move { simulator.deliver_due_notifications().await });
        }
        tokio::time::sleep(NOTIFICATION_POLL).await;
    }
}

async fn accept(listener: TcpListener, tls: Option<TlsAcceptor>, simulator: Simulator) {
    loop {
        let Ok((stream, _)) = listener.accept().await else { continue };
        let _ = stream.set_nodelay(true);
        let (tls, simulator) = (tls.clone(), simulator.clone());
        tokio::spawn(async move {
            match tls {
                None => converse(stream, simulator, false).await,
                Some(tls) => {
                    if let Ok(stream) = tls.accept(stream).await {
                        converse(stream, simulator, true).await;
                    }
                }
            }
        });
    }
}

async fn converse<S: AsyncRead + AsyncWrite + Unpin + Send + 'static>(stream: S, simulator: Simulator, over_tls: bool) {
    let service = service_fn(move |request: Request<Incoming>| {
        let simulator = simulator.clone();
        async move { respond(request, simulator, over_tls).await }
    });
    // An error here is a client that went away or a connection that was cut on purpose.
    let _ = auto::Builder::new(TokioExecutor::new()).serve_connection(TokioIo::new(stream), service).await;
}

/// What makes the server cut the connection.
#[derive(Debug, thiserror::Error)]
#[error("the connection is cut, as the fault schedule says")]
struct Cut;

async fn respond(request: Request<Incoming>, simulator: Simulator, over_tls: bool) -> Result<Response<Full<Bytes>>, Cut> {
    let (mut parts, body) = request.into_parts();
    if over_tls {
        parts.extensions.insert(OverTls);
    }
    let Ok(body) = Limited::new(body, BODY_BYTES_MAX).collect().await else { return Ok(too_large()) };
    let mut visit = simulator.arrive(Request::from_parts(parts, body.to_bytes()));
    wait(visit.delay()).await;
    let answer = visit.finish().await;
    drop(visit);
    match answer {
        Answer::Response(response) => Ok(response.map(Full::new)),
        Answer::Reset => Err(Cut),
    }
}

#[allow(clippy::disallowed_methods, reason = "the fault schedule's latency is real for network clients")]
async fn wait(delay: Duration) {
    if !delay.is_zero() {
        tokio::time::sleep(delay).await;
    }
}

fn too_large() -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::new()));
    *response.status_mut() = http::StatusCode::PAYLOAD_TOO_LARGE;
    response
}
