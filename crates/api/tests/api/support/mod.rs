//! An API on a database in a temporary file: two workspaces, each with a person's and a colleague's mailbox, a conversation,
//! a customer, an endpoint and keys; and a stand-in for the world outside.

mod furnish;
pub mod outside;

use std::sync::Arc;

use api::access::{Scope, Scopes, key};
use api::{Settings, State};
use axum::Router;
use axum::body::{Body, to_bytes};
use base::{Clock, Timestamp};
use graph::{Client, Cloud, Waiting};
use http::{HeaderMap, Method, Request, header};
use model::id::{ApiKeyId, MailboxId, WorkspaceId};
use serde_json::Value;
use store::api_key::{self, ApiKey};
use store::vault::{MasterKeys, Vault};
use store::{Db, Transaction};
use tower::ServiceExt as _;
use url::Url;

pub use furnish::Place;
use outside::Outside;

/// The first workspace.
pub const OURS: WorkspaceId = WorkspaceId::from_number(1);
/// Another one.
pub const THEIRS: WorkspaceId = WorkspaceId::from_number(2);

/// An API with everything that it stands on.
pub struct House {
    pub state: State,
    pub clock: Clock,
    pub outside: Arc<Outside>,
    pub ours: Place,
    pub theirs: Place,
    _directory: tempfile::TempDir,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.bytes).unwrap_or_default()
    }

    pub fn code(&self) -> String {
        self.json()["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }
}

impl House {
    pub async fn new() -> Self {
        Self::with(|_| {}).await
    }

    pub async fn with(change: impl FnOnce(&mut Settings)) -> Self {
        let clock = Clock::manual(Timestamp::parse("2026-11-21T14:02:07Z").unwrap());
        let directory = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", directory.path().join("api.db").display());
        let db = Db::open(&store::Settings::new(url)).await.unwrap();
        let vault = Vault::open(&db, &MasterKeys::read(&MasterKeys::generate()).unwrap(), clock.now()).await.unwrap();
        let outside = Arc::new(Outside::default());
        let microsoft = Client::new(graph::Settings {
            cloud: Cloud::custom(outside::AUTHORITY, outside::GRAPH).unwrap(),
            transport: outside.clone(),
            tokens: Arc::new(outside::Tokens(clock.clone())),
            registrations: Vec::new(),
            clock: clock.clone(),
            waiting: Waiting::never(),
        });
        let mut settings = Settings::new(Url::parse("http://localhost:3000").unwrap(), OURS);
        change(&mut settings);
        let ours = furnish::furnish(&db, &vault, OURS, "contoso.example", "acme.example", clock.now()).await;
        let theirs = furnish::furnish(&db, &vault, THEIRS, "fabrikam.example", "initech.example", clock.now()).await;
        let state = State::new(db, clock.clone(), vault, microsoft, settings).fetching_by(outside.clone());
        House { state, clock, outside, ours, theirs, _directory: directory }
    }

    pub fn router(&self) -> Router {
        api::router(self.state.clone())
    }

    /// A key of a workspace, confined to mailboxes if some are named.
    pub async fn key(&self, workspace: WorkspaceId, scopes: &[Scope], mailboxes: Option<Vec<MailboxId>>) -> String {
        let (made, now) = (key::make(), self.clock.now());
        let scopes: Scopes = scopes.iter().copied().collect();
        let row = ApiKey {
            id: ApiKeyId::new(now),
            workspace,
            name: "test".to_owned(),
            prefix: made.prefix,
            hash: made.hash,
            scopes: scopes.to_string(),
            mailboxes,
            created_by: "administrator".to_owned(),
            created_at: now,
            expires_at: None,
            last_used_at: None,
            revoked_at: None,
        };
        self.state.db.commit(Transaction::new("test.key").with(api_key::insert(&row))).await.unwrap();
        made.key.expose().clone()
    }

    /// A key that may do everything in the first workspace.
    pub async fn admin(&self) -> String {
        self.key(OURS, &[Scope::Admin], None).await
    }

    pub async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 10_000_000).await.unwrap().to_vec();
        Answer { status: parts.status.as_u16(), headers: parts.headers, bytes }
    }

    pub async fn ask(&self, method: Method, path: &str, bearer: &str, body: Option<&Value>) -> Answer {
        self.ask_with(method, path, bearer, body, &[]).await
    }

    pub async fn ask_with(&self, method: Method, path: &str, bearer: &str, body: Option<&Value>, headers: &[(&str, &str)]) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        if !bearer.is_empty() {
            request = request.header(header::AUTHORIZATION, format!("Bearer {bearer}"));
        }
        if body.is_some() {
            request = request.header(header::CONTENT_TYPE, "application/json");
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.map_or_else(Body::empty, |body| Body::from(body.to_string()));
        self.send(request.body(body).unwrap()).await
    }

    pub async fn get(&self, path: &str, bearer: &str) -> Answer {
        self.ask(Method::GET, path, bearer, None).await
    }
}
