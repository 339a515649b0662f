//! Callers: how one call reaches an endpoint and how its failure is told. The seam between this room and the network, so
//! that the carrying can be tested against a script.

use std::time::Duration;

use async_trait::async_trait;
use bytes::Bytes;
use url::Url;

use crate::guard::Forbidden;

/// How long a call may take as a whole.
pub(crate) const CALL_TIMEOUT: Duration = Duration::from_secs(15);
/// How much of an answer is read at most.
pub(crate) const ANSWER_BYTES_MAX: usize = 64 * 1024;
/// How much of it is kept.
pub(crate) const ANSWER_CHARACTERS_KEPT: usize = 300;

/// One call: a POST of JSON.
#[derive(Clone, Debug)]
pub struct Call {
    /// To where.
    pub url: Url,
    /// Its headers beside those that every call has.
    pub headers: [(&'static str, String); 3],
    /// What is posted.
    pub body: Bytes,
}

/// What an endpoint answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// Its `Retry-After`.
    pub retry_after: Option<String>,
    /// The beginning of its body. It is shown to the endpoint's owner and never logged.
    pub beginning: String,
}

/// Why there is no answer. The words are those that an endpoint's owner reads: they do not tell what is behind an address
/// that we do not call.
#[derive(Clone, Debug, thiserror::Error, PartialEq, Eq)]
pub enum Miss {
    /// We do not call this address.
    #[error("{0}")]
    Forbidden(#[from] Forbidden),
    /// Name, network, TLS.
    #[error("no connection could be made: the name, the port or the certificate")]
    Connect,
    /// It took too long.
    #[error("no answer within {} seconds", CALL_TIMEOUT.as_secs())]
    Timeout,
    /// The connection broke while the call or its answer was under way.
    #[error("the connection broke before the answer had come")]
    Broken,
    /// It sent us from one address to another too often.
    #[error("redirected too often")]
    Redirects,
}

/// Makes calls.
#[async_trait]
pub trait Caller: Send + Sync + 'static {
    /// Makes one call and waits for its answer.
    ///
    /// # Errors
    /// [`Miss`] when there is none; the call may have arrived nevertheless.
    async fn call(&self, call: Call) -> Result<Answer, Miss>;
}
