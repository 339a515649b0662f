//! Expansion: what an endpoint is told of an event, as its owner may see it. Who reads nouns for the outside gives it; here
//! is only the seam, and the answer of a house that has no such reader.

use async_trait::async_trait;
use model::event::Event;
use serde_json::Value;
use store::endpoint::Endpoint;

/// What an endpoint is told of an event.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Shown {
    /// The event's details, without what its owner does not see; `null` for none.
    pub details: Value,
    /// What the event happened to, where the endpoint asks for it; `None` if it is gone, or not for its owner's eyes.
    pub noun: Option<Value>,
}

/// Shows events and nouns.
#[async_trait]
pub trait Expand: Send + Sync + 'static {
    /// What this endpoint is told of this event.
    async fn show(&self, endpoint: &Endpoint, event: &Event) -> Shown;
}

/// Shows events as the ledger has them, and no nouns.
#[derive(Clone, Copy, Debug, Default)]
pub struct Thin;

#[async_trait]
impl Expand for Thin {
    async fn show(&self, _: &Endpoint, event: &Event) -> Shown {
        Shown { details: event.data.clone(), noun: None }
    }
}
