//! The control plane over HTTP, under `/_sim/`.

use bytes::Bytes;
use http::{Response, StatusCode};

use crate::request::Request;
use crate::simulator::Simulator;

/// Answers a request under `/_sim/`.
pub async fn answer(_sim: &Simulator, _request: &Request) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}
