//! The body of a compatible call: JSON, or nothing, which means the usual.

use axum::body::to_bytes;
use axum::extract::{FromRequest, Request};
use serde::de::DeserializeOwned;

use crate::failure::Failure;

/// The longest body.
const BODY_BYTES_MAX: usize = 64 * 1024;

/// A body that may be left out.
pub struct Lenient<T>(pub T);

impl<S: Send + Sync, T: DeserializeOwned + Default> FromRequest<S> for Lenient<T> {
    type Rejection = Failure;

    async fn from_request(request: Request, _state: &S) -> Result<Self, Failure> {
        let unreadable = |why: String| Failure::bad_request("body_unreadable", why, "Send one JSON object, or no body.");
        let bytes = to_bytes(request.into_body(), BODY_BYTES_MAX).await;
        let bytes = bytes.map_err(|_| unreadable("The body is longer than 64 KiB or broke off.".to_owned()))?;
        if bytes.iter().all(u8::is_ascii_whitespace) {
            return Ok(Lenient(T::default()));
        }
        serde_json::from_slice(&bytes).map(Lenient).map_err(|error| unreadable(format!("The body is not what it should be: {error}.")))
    }
}
