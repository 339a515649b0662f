//! The world outside: Graph with one file for everything, an issuer's key document, and grants that live.

use std::sync::Mutex;
use std::time::Duration;

use async_trait::async_trait;
use base::{Clock, Secret};
use bytes::Bytes;
use graph::token::{AccessToken, FreshTokens, GrantKind, Saved, StoredGrant, TokenSource, TokenSourceError};
use graph::{GrantKey, Transport, TransportError};
use http::{Method, Request, Response};
use serde_json::{Value, json};

pub const AUTHORITY: &str = "https://login.outside.example";
pub const GRAPH: &str = "https://graph.outside.example";
pub const KEYS: &str = "https://crm.example/keys.json";
/// What every file holds.
pub const FILE: &[u8] = b"0123456789";

#[derive(Default)]
pub struct Outside {
    pub asked: Mutex<Vec<String>>,
    pub key_document: Mutex<Option<String>>,
    /// What Graph refuses everything with: status and code.
    pub refusal: Mutex<Option<(u16, &'static str)>>,
}

#[async_trait]
impl Transport for Outside {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let url = request.uri().to_string();
        self.asked.lock().unwrap().push(format!("{} {url}", request.method()));
        if let Some((status, code)) = self.refusal.lock().unwrap().filter(|_| url.starts_with(GRAPH)) {
            return Ok(answer(status, &json!({"error": {"code": code, "message": "", "innerError": {"request-id": "req-7"}}})));
        }
        if let Some(answer) = arranged(request.method(), request.uri().path()) {
            return Ok(answer);
        }
        let document = self.key_document.lock().unwrap().clone();
        Ok(match document {
            Some(document) if url == KEYS => Response::new(Bytes::from(document)),
            _ if url.starts_with(GRAPH) => Response::new(Bytes::from_static(FILE)),
            _ => Response::builder().status(404).body(Bytes::new()).unwrap(),
        })
    }
}

/// What Graph says of folders, rules and settings.
fn arranged(method: &Method, path: &str) -> Option<Response<Bytes>> {
    let last = path.rsplit('/').next().unwrap_or_default();
    let rule = json!({
        "id": "AQ/8=", "displayName": "Offers", "sequence": 2, "isEnabled": true, "hasError": false, "isReadOnly": false,
        "conditions": {"subjectContains": ["offer"]}, "actions": {"moveToFolder": "inbox of anna", "unheardOf": true},
    });
    let folder = json!({"id": last, "displayName": "Made", "parentFolderId": "top", "totalItemCount": 3, "unreadItemCount": 1});
    let (status, body) = match (method.as_str(), last) {
        ("GET", "messageRules") => (200, json!({"value": [rule]})),
        ("POST", "messageRules") => (201, rule),
        ("DELETE", _) if path.contains("/mailFolders/") => (204, Value::Null),
        _ if path.contains("/messageRules/") => (200, rule),
        (_, "mailboxSettings") => (200, json!({"timeZone": "UTC", "language": {"locale": "de-DE"}, "userPurpose": "user"})),
        ("POST", "mailFolders" | "childFolders") => (201, folder),
        ("GET" | "PATCH", _) if path.contains("/mailFolders/") && !path.contains("/messages") => (200, folder),
        _ => return None,
    };
    Some(answer(status, &body))
}

fn answer(status: u16, body: &Value) -> Response<Bytes> {
    Response::builder().status(status).header("content-type", "application/json").body(body.to_string().into()).unwrap()
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
