//! For the tests of this crate: a transport that answers from a script and remembers what it was asked, and a keeper
//! of one grant that notes in which order things happen.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use base::{Clock, Secret, Timestamp};
use bytes::Bytes;
use http::{Request, Response};

use crate::access::{Access, GrantKey, Lane};
use crate::client::{Client, Settings};
use crate::cloud::Cloud;
use crate::oauth::Registration;
use crate::token::{FreshTokens, GrantKind, Saved, StoredGrant, TokenSource, TokenSourceError};
use crate::waiting::Waiting;
use transport::{Transport, TransportError};

/// What happened, in order: `graph GET /v1.0/me token-1`, `token refresh-1`, `saved refresh-2`.
pub(crate) type Journal = Arc<Mutex<Vec<String>>>;

/// One answer of the script.
pub(crate) type Scene = Result<Response<Bytes>, TransportError>;

/// Answers from a script: Graph calls from one queue, token requests from another.
#[derive(Clone, Default)]
pub(crate) struct Script {
    graph: Arc<Mutex<VecDeque<Scene>>>,
    identity: Arc<Mutex<VecDeque<Scene>>>,
    requests: Arc<Mutex<Vec<Request<Bytes>>>>,
    pub(crate) journal: Journal,
}

impl Script {
    pub(crate) fn graph(&self, scene: Scene) -> &Self {
        self.graph.lock().unwrap().push_back(scene);
        self
    }

    pub(crate) fn identity(&self, scene: Scene) -> &Self {
        self.identity.lock().unwrap().push_back(scene);
        self
    }

    pub(crate) fn requests(&self) -> Vec<Request<Bytes>> {
        self.requests.lock().unwrap().clone()
    }

    pub(crate) fn journal(&self) -> Vec<String> {
        self.journal.lock().unwrap().clone()
    }
}

#[async_trait]
impl Transport for Script {
    async fn send(&self, request: Request<Bytes>) -> Scene {
        let to_identity = request.uri().host() == Some("login.microsoftonline.com");
        let what = if to_identity {
            let form: std::collections::HashMap<_, _> = url::form_urlencoded::parse(request.body()).into_owned().collect();
            format!("token {}", form.get("refresh_token").or(form.get("grant_type")).cloned().unwrap_or_default())
        } else {
            let bearer = request.headers().get("authorization").map_or("", |value| value.to_str().unwrap());
            let bearer = bearer.trim_start_matches("Bearer ").to_owned();
            format!("graph {} {} {bearer}", request.method(), request.uri().path())
        };
        self.journal.lock().unwrap().push(what);
        self.requests.lock().unwrap().push(request);
        // Others get a turn while an answer is under way, as with a real connection.
        tokio::task::yield_now().await;
        let queue = if to_identity { &self.identity } else { &self.graph };
        queue.lock().unwrap().pop_front().expect("the script has an answer for every request")
    }
}

/// Keeps one grant and notes when it is saved.
pub(crate) struct Keeper {
    pub(crate) grant: Mutex<StoredGrant>,
    /// Before the next save, another node puts this grant in place.
    pub(crate) overtaken_by: Mutex<Option<StoredGrant>>,
    pub(crate) journal: Journal,
}

#[async_trait]
impl TokenSource for Keeper {
    async fn current(&self, _: &GrantKey) -> Result<StoredGrant, TokenSourceError> {
        Ok(self.grant.lock().unwrap().clone())
    }

    async fn save(&self, _: &GrantKey, read_generation: i64, fresh: &FreshTokens) -> Result<Saved, TokenSourceError> {
        tokio::task::yield_now().await;
        if let Some(other) = self.overtaken_by.lock().unwrap().take() {
            *self.grant.lock().unwrap() = other;
        }
        let mut grant = self.grant.lock().unwrap();
        if grant.generation != read_generation {
            return Ok(Saved::Conflict);
        }
        grant.generation += 1;
        if let Some(token) = &fresh.refresh_token {
            self.journal.lock().unwrap().push(format!("saved {}", token.expose()));
            grant.kind = GrantKind::Delegated { refresh_token: token.clone() };
        }
        grant.access = Some(fresh.access.clone());
        Ok(Saved::Committed)
    }
}

/// A client on a script, a manual clock and a kept grant.
pub(crate) struct Stage {
    pub(crate) client: Client,
    pub(crate) script: Script,
    pub(crate) keeper: Arc<Keeper>,
    pub(crate) clock: Clock,
}

pub(crate) const START: Timestamp = Timestamp::from_millis(1_767_323_045_000);

impl Stage {
    /// A grant with `refresh-1` and no access token yet.
    pub(crate) fn new() -> Self {
        Self::with(Waiting::never(), stored("refresh-1", 1))
    }

    /// As [`Stage::new`], with `token-1` good for an hour.
    pub(crate) fn signed_in() -> Self {
        let stage = Self::new();
        stage.script.identity(Ok(tokens("token-1", "refresh-2")));
        stage
    }

    pub(crate) fn with(waiting: Waiting, grant: StoredGrant) -> Self {
        let script = Script::default();
        let clock = Clock::manual(START);
        let keeper = Arc::new(Keeper { grant: Mutex::new(grant), overtaken_by: Mutex::default(), journal: script.journal.clone() });
        let client = Client::new(Settings {
            cloud: Cloud::global(),
            transport: Arc::new(script.clone()),
            tokens: keeper.clone(),
            registrations: vec![Registration::with_secret("client-1", "s3cret~+&%")],
            clock: clock.clone(),
            waiting,
        });
        Stage { client, script, keeper, clock }
    }
}

/// A stored grant without an access token.
pub(crate) fn stored(refresh_token: &str, generation: i64) -> StoredGrant {
    StoredGrant {
        client_id: "client-1".into(),
        tenant: "organizations".into(),
        kind: GrantKind::Delegated { refresh_token: Secret::from(refresh_token) },
        access: None,
        generation,
    }
}

pub(crate) fn grant() -> GrantKey {
    GrantKey::new("grant-1")
}

pub(crate) fn access(lane: Lane) -> Access {
    Access::new(grant(), "user-1", lane)
}

pub(crate) fn answer(status: u16, body: &str) -> Response<Bytes> {
    Response::builder().status(status).body(Bytes::from(body.to_owned())).unwrap()
}

pub(crate) fn refusal(status: u16, code: &str) -> Response<Bytes> {
    answer(status, &format!(r#"{{"error":{{"code":"{code}","message":"m"}}}}"#))
}

pub(crate) fn with_header(mut answer: Response<Bytes>, name: &'static str, value: &str) -> Response<Bytes> {
    answer.headers_mut().insert(name, value.parse().unwrap());
    answer
}

pub(crate) fn tokens(access: &str, refresh: &str) -> Response<Bytes> {
    answer(200, &format!(r#"{{"token_type":"Bearer","expires_in":3600,"access_token":"{access}","refresh_token":"{refresh}"}}"#))
}

pub(crate) fn oauth_refusal(status: u16, error: &str, code: u32) -> Response<Bytes> {
    let body = format!(r#"{{"error":"{error}","error_description":"AADSTS{code}: words","error_codes":[{code}],"trace_id":"t"}}"#);
    answer(status, &body)
}
