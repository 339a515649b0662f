//! Expansion: an event's noun as its endpoint's owner may see it. Who reads nouns for the outside gives it; here is only
//! the seam, and the answer of a house that has no such reader.

use async_trait::async_trait;
use model::event::Event;
use serde_json::Value;

/// Shows nouns.
#[async_trait]
pub trait Expand: Send + Sync + 'static {
    /// What the event happened to, as `owner` (see `store::endpoint::Endpoint::owner`) sees it now; `None` if it is gone, or
    /// not for these eyes.
    async fn expand(&self, owner: &str, event: &Event) -> Option<Value>;
}

/// Shows nothing but ids.
#[derive(Clone, Copy, Debug, Default)]
pub struct Thin;

#[async_trait]
impl Expand for Thin {
    async fn expand(&self, _: &str, _: &Event) -> Option<Value> {
        None
    }
}
