//! A receiver on this machine: answers from a script, 200 when the script has ended, and remembers every call.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use url::Url;

/// One answer.
#[derive(Clone, Debug)]
pub struct Scene {
    pub status: u16,
    pub headers: Vec<(&'static str, String)>,
    pub body: String,
}

impl Scene {
    pub fn status(status: u16) -> Scene {
        Scene { status, headers: Vec::new(), body: String::new() }
    }

    pub fn with(mut self, name: &'static str, value: impl Into<String>) -> Scene {
        self.headers.push((name, value.into()));
        self
    }

    pub fn saying(mut self, body: impl Into<String>) -> Scene {
        self.body = body.into();
        self
    }
}

/// One call that came.
#[derive(Clone, Debug)]
pub struct Heard {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Heard {
    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    /// The mailbox and the place in its order.
    pub fn place(&self) -> (String, String) {
        let json = self.json();
        (json["partitionkey"].as_str().unwrap().to_owned(), json["sequence"].as_str().unwrap().to_owned())
    }
}

type Judge = Arc<dyn Fn(&Heard) -> Scene + Send + Sync>;

#[derive(Clone)]
pub struct Receiver {
    pub url: Url,
    script: Arc<Mutex<VecDeque<Scene>>>,
    judge: Arc<Mutex<Option<Judge>>>,
    heard: Arc<Mutex<Vec<Heard>>>,
}

impl Receiver {
    pub async fn start() -> Receiver {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://127.0.0.1:{}/hook", listener.local_addr().unwrap().port())).unwrap();
        let receiver = Receiver { url, script: Arc::default(), judge: Arc::default(), heard: Arc::default() };
        let app = Router::new().fallback(answer).with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        receiver
    }

    /// Adds answers to the script.
    pub fn script(&self, scenes: impl IntoIterator<Item = Scene>) {
        self.script.lock().unwrap().extend(scenes);
    }

    /// Answers by what is heard from now on.
    pub fn judge_by(&self, judge: impl Fn(&Heard) -> Scene + Send + Sync + 'static) {
        *self.judge.lock().unwrap() = Some(Arc::new(judge));
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard.lock().unwrap().clone()
    }

    /// The places of all calls so far, in the order in which they came.
    pub fn places(&self) -> Vec<String> {
        self.heard().iter().map(|heard| heard.place().1).collect()
    }
}

async fn answer(State(receiver): State<Receiver>, uri: Uri, headers: HeaderMap, body: Bytes) -> Response {
    let heard = Heard { path: uri.path().to_owned(), headers, body };
    receiver.heard.lock().unwrap().push(heard.clone());
    let judge = receiver.judge.lock().unwrap().clone();
    let scripted = receiver.script.lock().unwrap().pop_front();
    let scene = match (scripted, judge) {
        (Some(scene), _) => scene,
        (None, Some(judge)) => judge(&heard),
        (None, None) => Scene::status(200),
    };
    let mut response = (StatusCode::from_u16(scene.status).unwrap(), scene.body).into_response();
    for (name, value) in scene.headers {
        response.headers_mut().insert(name, value.parse().unwrap());
    }
    response
}
