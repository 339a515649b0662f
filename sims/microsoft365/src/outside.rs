//! The way out: how the simulator calls its clients' notification addresses.
//!
//! A test gives an in-process one; the program uses HTTP. A refusal to connect is a text, never a panic.

use async_trait::async_trait;
use bytes::Bytes;
use http::HeaderMap;

/// What an outside call gave: status, headers and body, or why there was none.
pub type Reply = Result<(u16, HeaderMap, Bytes), String>;

/// Somebody who can post to a URL.
#[async_trait]
pub trait Outside: Send + Sync {
    /// Posts that body and waits for the answer.
    async fn post(&self, url: &str, headers: HeaderMap, body: Bytes) -> Reply;
}

/// An outside in which nobody answers; what a simulator starts with.
#[derive(Debug, Default)]
pub struct Nobody;

#[async_trait]
impl Outside for Nobody {
    async fn post(&self, _url: &str, _headers: HeaderMap, _body: Bytes) -> Reply {
        Err("this simulator has no way out: set_outside was not called".to_owned())
    }
}
