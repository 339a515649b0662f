//! Transport: how one HTTP request reaches Microsoft or Google and how its failure is told.
//!
//! The trait is the only seam between their clients and the network, so that the product can be run against the world
//! ([`WorldTransport`]) or, in seeded tests, against a simulator in the same process.
//! It promises nothing about the meaning of an answer: any status is an `Ok`. An `Err` means that no whole answer
//! came, and says whether the request may have had its effect. That decides what follows (graph.md 7.6: a lost
//! answer may be asked for again only where asking twice does no harm): a read is repeated after a short wait, a
//! write that may have arrived is verified, a write that never left is repeated.
//! It does not retry, follow redirects, or know tokens.

use std::time::Duration;

use async_trait::async_trait;
use base::Recourse;
use bytes::Bytes;
use futures::stream::{self, BoxStream, StreamExt as _};
use http::{HeaderValue, Request, Response, header};

pub mod world;

pub use world::WorldTransport;

/// What happens when a request is made twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Nothing is changed.
    Read,
    /// The second time leaves everything as the first did: `PATCH` to fixed values, `DELETE`.
    Repeatable,
    /// The second time would do it again: `POST` of something new, sending mail.
    Once,
}

/// How long to wait before asking again after the network failed, without better knowledge.
pub const NETWORK_WAIT: Duration = Duration::from_secs(5);

/// Sends one request and brings back one whole answer.
#[async_trait]
pub trait Transport: Send + Sync + 'static {
    /// Sends `request` (absolute URI, all headers set) and reads its answer to the end.
    ///
    /// # Errors
    /// [`TransportError`] when no whole answer came.
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError>;

    /// Sends `request` and gives its answer as it comes, so that nothing large is ever in memory whole. Who cannot do that gives
    /// it in one piece.
    ///
    /// # Errors
    /// [`TransportError`] when no answer began; a piece is one when the rest does not come.
    async fn open(&self, request: Request<Bytes>) -> Result<Response<Pieces>, TransportError> {
        let mut answer = self.send(request).await?;
        let length = HeaderValue::from(answer.body().len());
        answer.headers_mut().insert(header::CONTENT_LENGTH, length);
        Ok(answer.map(|whole| stream::once(async move { Ok(whole) }).boxed()))
    }
}

/// The body of an answer, piece by piece.
pub type Pieces = BoxStream<'static, Result<Bytes, TransportError>>;

/// Why no whole answer came.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// No connection could be made: name, network, TLS.
    Connect,
    /// The answer took too long.
    Timeout,
    /// The connection broke while the request or its answer was under way.
    Broken,
    /// The answer is larger than we accept.
    TooLarge,
    /// The request could not be formed.
    Malformed,
}

/// No whole answer came.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{}", self.words())]
pub struct TransportError {
    /// What went wrong.
    pub fault: Fault,
    /// Whether the other side may have received the request, and so may have done what it asks.
    pub may_have_arrived: bool,
}

impl TransportError {
    /// The request certainly never arrived.
    pub const fn never_sent(fault: Fault) -> Self {
        TransportError { fault, may_have_arrived: false }
    }

    /// The request may have arrived, and only its answer was lost.
    pub const fn answer_lost(fault: Fault) -> Self {
        TransportError { fault, may_have_arrived: true }
    }

    /// What to do next, for a request of this effect.
    pub fn recourse(&self, effect: Effect) -> Recourse {
        match (self.fault, effect) {
            (Fault::Malformed, _) => Recourse::Refuse,
            (Fault::TooLarge, Effect::Read) => Recourse::Refuse,
            (_, Effect::Once) if self.may_have_arrived => Recourse::Verify,
            (Fault::Connect | Fault::Timeout | Fault::Broken | Fault::TooLarge, _) => Recourse::RetryAfter(NETWORK_WAIT),
        }
    }

    const fn words(&self) -> &'static str {
        match self.fault {
            Fault::Connect => "no connection could be made",
            Fault::Timeout => "no answer came in time",
            Fault::Broken => "the connection broke before the whole answer had come",
            Fault::TooLarge => "the answer is larger than we accept",
            Fault::Malformed => "the request could not be formed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_write_that_may_have_arrived_must_be_verified() {
        let lost = TransportError::answer_lost(Fault::Broken);
        let unsent = TransportError::never_sent(Fault::Connect);
        assert_eq!(lost.recourse(Effect::Once), Recourse::Verify);
        assert_eq!(lost.recourse(Effect::Read), Recourse::RetryAfter(NETWORK_WAIT));
        assert_eq!(lost.recourse(Effect::Repeatable), Recourse::RetryAfter(NETWORK_WAIT));
        assert_eq!(unsent.recourse(Effect::Once), Recourse::RetryAfter(NETWORK_WAIT));
    }

    #[test]
    fn an_answer_too_large_is_not_asked_for_again() {
        assert_eq!(TransportError::answer_lost(Fault::TooLarge).recourse(Effect::Read), Recourse::Refuse);
        assert_eq!(TransportError::answer_lost(Fault::TooLarge).recourse(Effect::Once), Recourse::Verify);
    }
}
