//! The transport to the world: HTTP/2 or HTTP/1.1 over rustls, by reqwest.
//!
//! It connects within [`WorldSettings::connect_timeout`], gives up when nothing arrives for
//! [`WorldSettings::read_timeout`] or the whole takes longer than [`WorldSettings::total_timeout`], keeps HTTP/2
//! connections alive with pings so that a dead one is noticed before it is used, takes gzip, follows no redirect (a
//! token must not travel), and stops reading an answer that grows past [`WorldSettings::answer_bytes_max`], counted
//! after decompression. A private certificate authority can be added to the machine's. No proxy is taken from the
//! environment: it is configured or there is none.

use std::time::Duration;

use async_trait::async_trait;
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use http::{Request, Response};

use crate::{Fault, Pieces, Transport, TransportError};

/// How the world is reached.
#[derive(Clone, Debug)]
pub struct WorldSettings {
    /// How long a connection may take to be made.
    pub connect_timeout: Duration,
    /// How long may pass without anything arriving.
    pub read_timeout: Duration,
    /// How long a call may take as a whole.
    pub total_timeout: Duration,
    /// The largest answer, in bytes after decompression.
    pub answer_bytes_max: usize,
    /// Certificates (PEM) of further authorities to trust.
    pub extra_authorities_pem: Option<Vec<u8>>,
    /// A proxy's address.
    pub proxy: Option<String>,
}

impl Default for WorldSettings {
    fn default() -> Self {
        WorldSettings {
            connect_timeout: Duration::from_secs(10),
            read_timeout: Duration::from_secs(60),
            total_timeout: Duration::from_secs(300),
            answer_bytes_max: 192 * 1024 * 1024,
            extra_authorities_pem: None,
            proxy: None,
        }
    }
}

/// How often idle HTTP/2 connections are pinged, and how long the answer may take.
const PING_EVERY: Duration = Duration::from_secs(20);
const PING_TIMEOUT: Duration = Duration::from_secs(10);
/// How long an unused connection is kept.
const IDLE: Duration = Duration::from_secs(90);

/// The largest buffer that is made on the word of a `Content-Length` alone.
const BUFFER_BYTES_MAX: usize = 8 * 1024 * 1024;

/// The transport to the world.
#[derive(Clone, Debug)]
pub struct WorldTransport {
    client: reqwest::Client,
    answer_bytes_max: usize,
}

/// The world cannot be reached as configured: an authority's certificate or the proxy's address cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client cannot be made as configured (extra certificate authority or proxy): {0}")]
pub struct WorldUnusable(#[from] reqwest::Error);

impl WorldTransport {
    /// A transport with a connection pool of its own.
    ///
    /// # Errors
    /// [`WorldUnusable`] when a certificate or the proxy's address cannot be read.
    #[allow(clippy::disallowed_methods, reason = "the one place that makes a raw HTTP client")]
    pub fn new(settings: &WorldSettings) -> Result<Self, WorldUnusable> {
        let mut builder = reqwest::Client::builder()
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.read_timeout)
            .timeout(settings.total_timeout)
            .pool_idle_timeout(IDLE)
            .http2_keep_alive_interval(PING_EVERY)
            .http2_keep_alive_timeout(PING_TIMEOUT)
            .http2_keep_alive_while_idle(true)
            .http2_adaptive_window(true)
            .tcp_nodelay(true)
            .gzip(true)
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy();
        if let Some(pem) = &settings.extra_authorities_pem {
            builder = builder.tls_certs_merge(reqwest::Certificate::from_pem_bundle(pem)?);
        }
        if let Some(proxy) = &settings.proxy {
            builder = builder.proxy(reqwest::Proxy::all(proxy)?);
        }
        Ok(WorldTransport { client: builder.build()?, answer_bytes_max: settings.answer_bytes_max })
    }

    async fn read(&self, mut answer: reqwest::Response) -> Result<Response<Bytes>, TransportError> {
        let (status, headers) = (answer.status(), answer.headers().clone());
        let announced = answer.content_length().and_then(|length| usize::try_from(length).ok()).unwrap_or(0);
        if announced > self.answer_bytes_max {
            return Err(TransportError::answer_lost(Fault::TooLarge));
        }
        let mut body = BytesMut::with_capacity(announced.min(BUFFER_BYTES_MAX));
        while let Some(chunk) = answer.chunk().await.map_err(|error| lost(&error))? {
            if body.len() + chunk.len() > self.answer_bytes_max {
                return Err(TransportError::answer_lost(Fault::TooLarge));
            }
            body.extend_from_slice(&chunk);
        }
        let mut whole = Response::new(body.freeze());
        *whole.status_mut() = status;
        *whole.headers_mut() = headers;
        Ok(whole)
    }
}

#[async_trait]
impl Transport for WorldTransport {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let request = reqwest::Request::try_from(request).map_err(|_| TransportError::never_sent(Fault::Malformed))?;
        let answer = self.client.execute(request).await.map_err(|error| lost(&error))?;
        self.read(answer).await
    }

    async fn open(&self, request: Request<Bytes>) -> Result<Response<Pieces>, TransportError> {
        let request = reqwest::Request::try_from(request).map_err(|_| TransportError::never_sent(Fault::Malformed))?;
        let answer = self.client.execute(request).await.map_err(|error| lost(&error))?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let pieces = answer.bytes_stream().map(|piece| piece.map_err(|error| lost(&error))).boxed();
        let mut opened = Response::new(pieces);
        *opened.status_mut() = status;
        *opened.headers_mut() = headers;
        Ok(opened)
    }
}

fn lost(error: &reqwest::Error) -> TransportError {
    if error.is_builder() {
        TransportError::never_sent(Fault::Malformed)
    } else if error.is_connect() {
        TransportError::never_sent(Fault::Connect)
    } else if error.is_timeout() {
        TransportError::answer_lost(Fault::Timeout)
    } else {
        TransportError::answer_lost(Fault::Broken)
    }
}
