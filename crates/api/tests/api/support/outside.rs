//! The world outside: Graph with one file for everything, an issuer's key document, and grants that live.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use base::{Clock, Secret};
use bytes::Bytes;
use graph::token::{AccessToken, FreshTokens, GrantKind, Saved, StoredGrant, TokenSource, TokenSourceError};
use graph::{GrantKey, Transport, TransportError};
use http::{Request, Response};

pub const AUTHORITY: &str = "https://login.outside.example";
pub const GRAPH: &str = "https://graph.outside.example";
pub const KEYS: &str = "https://crm.example/keys.json";
/// What every file holds.
pub const FILE: &[u8] = b"0123456789";

#[derive(Default)]
pub struct Outside {
    pub asked: Mutex<Vec<String>>,
    pub key_document: Mutex<Option<String>>,
}

#[async_trait]
impl Transport for Outside {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let url = request.uri().to_string();
        self.asked.lock().unwrap().push(format!("{} {url}", request.method()));
        let document = self.key_document.lock().unwrap().clone();
        Ok(match document {
            Some(document) if url == KEYS => Response::new(Bytes::from(document)),
            _ if url.starts_with(GRAPH) => Response::new(Bytes::from_static(FILE)),
            _ => Response::builder().status(404).body(Bytes::new()).unwrap(),
        })
    }
}

pub struct Tokens(pub Clock);

#[async_trait]
impl TokenSource for Tokens {
    async fn current(&self, _grant: &GrantKey) -> Result<StoredGrant, TokenSourceError> {
        let expires_at = self.0.now().plus(Duration::from_secs(86_400));
        let access = AccessToken { secret: Secret::from("token"), expires_at, renew_at: expires_at };
        let kind = GrantKind::Delegated { refresh_token: Secret::from("refresh") };
        Ok(StoredGrant { client_id: "client".into(), tenant: "tenant".into(), kind, access: Some(access), generation: 1 })
    }

    async fn save(&self, _grant: &GrantKey, _read: i64, _fresh: &FreshTokens) -> Result<Saved, TokenSourceError> {
        Ok(Saved::Committed)
    }
}
