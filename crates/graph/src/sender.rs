//! The sender: the one line of this crate that puts a request on the wire.
//!
//! Graph calls, token requests and key documents all leave here, so that every outside call is made and logged the
//! same way: method, status, Microsoft's request id; never a URL, a header or a body.

use std::sync::Arc;

use bytes::Bytes;
use http::{HeaderValue, Request, Response, header};

use crate::answer::request_id;
use transport::{Pieces, Transport, TransportError};

/// What we call ourselves.
const USER_AGENT: HeaderValue = HeaderValue::from_static(concat!("Rapport/", env!("CARGO_PKG_VERSION")));

/// Puts requests on the wire.
#[derive(Clone)]
pub(crate) struct Sender {
    transport: Arc<dyn Transport>,
}

impl Sender {
    pub(crate) fn new(transport: Arc<dyn Transport>) -> Self {
        Sender { transport }
    }

    /// Sends one request and logs what came of it.
    pub(crate) async fn send(&self, mut request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let method = request.method().clone();
        request.headers_mut().insert(header::USER_AGENT, USER_AGENT);
        let outcome = self.transport.send(request).await;
        match &outcome {
            Ok(answer) => tracing::debug!(
                http.method = %method,
                http.status = answer.status().as_u16(),
                answer.bytes = answer.body().len(),
                graph.request_id = request_id(answer.headers()).unwrap_or_default(),
                "Microsoft answered"
            ),
            Err(error) => tracing::debug!(http.method = %method, fault = ?error.fault, "No answer came from Microsoft"),
        }
        outcome
    }

    /// Sends one request and gives its answer as it comes.
    pub(crate) async fn open(&self, mut request: Request<Bytes>) -> Result<Response<Pieces>, TransportError> {
        let method = request.method().clone();
        request.headers_mut().insert(header::USER_AGENT, USER_AGENT);
        let outcome = self.transport.open(request).await;
        match &outcome {
            Ok(answer) => tracing::debug!(
                http.method = %method,
                http.status = answer.status().as_u16(),
                graph.request_id = request_id(answer.headers()).unwrap_or_default(),
                "Microsoft answers with a file"
            ),
            Err(error) => tracing::debug!(http.method = %method, fault = ?error.fault, "No answer came from Microsoft"),
        }
        outcome
    }
}
