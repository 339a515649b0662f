//! The outside: what this room has to know of the calling of endpoints, which is another room's work. Whoever wires the
//! house gives it.

use model::archive::Target;
use model::event::{Event, EventKind};
use serde_json::Value;
use url::Url;

/// What endpoints can be, and what they are told.
pub trait Outside: Send + Sync + 'static {
    /// Reads an address at which an endpoint is to be called.
    ///
    /// # Errors
    /// Why it is not called, in words for its owner.
    fn read(&self, address: &str) -> Result<Url, String>;

    /// Judges where an archive is to be brought.
    ///
    /// # Errors
    /// Why nothing is brought there, in words for whoever asked.
    fn judge_archive(&self, target: &Target) -> Result<(), String>;

    /// A new signing secret, as it is written.
    fn new_secret(&self) -> base::Secret<String>;

    /// What an endpoint is posted about an event, with these details of it.
    fn envelope(&self, event: &Event, details: Value) -> Value;

    /// What an endpoint is posted about events of this kind, with made-up ids.
    fn sample(&self, kind: EventKind) -> Value;
}

/// A house that calls nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Nowhere;

impl Outside for Nowhere {
    fn read(&self, _: &str) -> Result<Url, String> {
        Err("this server calls no endpoints".to_owned())
    }

    fn judge_archive(&self, _: &Target) -> Result<(), String> {
        Ok(())
    }

    fn new_secret(&self) -> base::Secret<String> {
        base::Secret::new(base::random::token())
    }

    fn envelope(&self, _: &Event, _: Value) -> Value {
        Value::Null
    }

    fn sample(&self, _: EventKind) -> Value {
        Value::Null
    }
}
