//! The caller: from where a request comes and how its program names itself, as far as whoever mounts the API has noted it.

use std::convert::Infallible;
use std::net::IpAddr;

use axum::extract::OptionalFromRequestParts;
use http::request::Parts;

/// From where a request comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// The address, if it is known.
    pub address: Option<IpAddr>,
    /// The `User-Agent`, empty if none was given.
    pub agent: String,
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for Caller {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _state: &S) -> Result<Option<Self>, Infallible> {
        Ok(parts.extensions.get::<Caller>().cloned())
    }
}
