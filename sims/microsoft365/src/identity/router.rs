//! Which part of the identity platform answers which path.

use bytes::Bytes;
use http::{Response, StatusCode};
use serde_json::json;

use crate::request::Request;
use crate::simulator::Simulator;
use crate::world::World;

/// Answers a request to the identity platform.
pub fn answer(_sim: &Simulator, _request: &Request) -> Response<Bytes> {
    let mut response = Response::new(Bytes::new());
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// An OAuth error in Microsoft's shape.
pub fn oauth_error(world: &mut World, _request: &Request, status: u16, error: &str, code: u32, sentence: &str) -> Response<Bytes> {
    let trace = world.ids.guid();
    let body = json!({"error": error, "error_description": sentence, "error_codes": [code], "trace_id": trace});
    let mut response = Response::new(Bytes::from(body.to_string()));
    *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    response
}
