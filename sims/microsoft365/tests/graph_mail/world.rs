//! A small tenant with a manual clock, and calls to it as an app or as a person.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method, Response};
use jiff::{SignedDuration, Timestamp};
use microsoft365_sim::control::{Control, Delivery, NewUser};
use microsoft365_sim::directory::{User, fixture};
use microsoft365_sim::mailbox::DeliverOptions;
use microsoft365_sim::{Caller, Config, Outside, Request, Simulator, graph};
use serde_json::{Value, json};

pub const ANNA: &str = "anna@contoso.example";
pub const BEN: &str = "ben@contoso.example";
pub const SALES: &str = "sales@contoso.example";
pub const ORIGIN: &str = "https://graph.example";

pub struct World {
    pub sim: Simulator,
    pub anna: User,
    pub ben: User,
    count: std::cell::Cell<u32>,
}

/// An answer, taken apart.
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Answer {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("no JSON: {:?}", self.body))
    }

    pub fn code(&self) -> String {
        self.json()["error"]["code"].as_str().unwrap_or_default().to_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The texts of one property along `value`.
    pub fn column(&self, name: &str) -> Vec<String> {
        let json = self.json();
        let rows = json["value"].as_array().unwrap_or_else(|| panic!("no value in {json}"));
        rows.iter().map(|row| row[name].as_str().unwrap_or_default().to_owned()).collect()
    }
}

pub fn world() -> World {
    world_with(|_| {})
}

pub fn world_with(change: impl FnOnce(&mut Config)) -> World {
    let mut config = Config::seeded(7);
    config.graph.notification_duplicate_probability = 0.0;
    change(&mut config);
    let sim = Simulator::new(config);
    let control = sim.control();
    let anna = control.create_user(NewUser::person(ANNA, "Anna Berg")).unwrap();
    let ben = control.create_user(NewUser::person(BEN, "Ben Cole")).unwrap();
    control.create_user(NewUser::shared(SALES, "Sales", &[ANNA])).unwrap();
    World { sim, anna, ben, count: std::cell::Cell::new(0) }
}

impl World {
    pub fn control(&self) -> Control {
        self.sim.control()
    }

    /// Anna, signed in with these scopes.
    pub fn person(&self, scopes: &[&str]) -> Caller {
        self.caller(Some(self.anna.id.clone()), scopes, &[])
    }

    /// An app on its own with these roles.
    pub fn app(&self, roles: &[&str]) -> Caller {
        self.caller(None, &[], roles)
    }

    pub fn reader(&self) -> Caller {
        self.person(&["Mail.Read", "User.Read"])
    }

    pub fn caller(&self, user: Option<String>, scopes: &[&str], roles: &[&str]) -> Caller {
        let texts = |list: &[&str]| list.iter().map(|text| (*text).to_owned()).collect();
        let now = self.sim.now();
        Caller {
            app_id: fixture::SERVICE_APP_ID.to_owned(),
            tenant_id: self.anna.tenant_id.clone(),
            user,
            scopes: texts(scopes),
            roles: texts(roles),
            issued: now,
            expires: now + SignedDuration::from_hours(24),
        }
    }

    /// Puts a plain message into a folder of Anna's, one minute after the one before.
    pub fn deliver(&self, folder: &str, subject: &str) -> Delivery {
        self.deliver_with(folder, json!({"subject": subject}))
    }

    pub fn deliver_with(&self, folder: &str, message: Value) -> Delivery {
        self.count.set(self.count.get() + 1);
        let start: Timestamp = "2026-03-01T00:00:00Z".parse().unwrap();
        let received = Some(start + SignedDuration::from_mins(i64::from(self.count.get())));
        let options = DeliverOptions { received, ..DeliverOptions::default() };
        self.control().deliver_json(ANNA, folder, &message, options).unwrap()
    }

    pub fn mime(&self, raw: &str) -> Delivery {
        self.control().deliver_mime(ANNA, "inbox", raw.to_owned(), DeliverOptions::default()).unwrap()
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(&self.reader(), Method::GET, path, &[], "").await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.call(&self.reader(), Method::GET, path, headers, "").await
    }

    pub async fn get_as(&self, caller: &Caller, path: &str) -> Answer {
        self.call(caller, Method::GET, path, &[], "").await
    }

    /// A GET of exactly this address, which the witness may not know.
    pub async fn raw(&self, caller: &Caller, uri: &str) -> Value {
        let request = http::Request::get(uri).body(Bytes::new()).unwrap();
        let response = graph::answer(&self.sim, &Request::read(request), caller).await;
        serde_json::from_slice(response.body()).unwrap()
    }

    /// Calls Graph behind the token check; a path may be a whole link.
    pub async fn call(&self, caller: &Caller, method: Method, path: &str, headers: &[(&str, &str)], body: &str) -> Answer {
        let path = path.strip_prefix(ORIGIN).unwrap_or(path);
        let path = if path.starts_with("/v1.0") || path.starts_with("/beta") { path.to_owned() } else { format!("/v1.0{path}") };
        let uri = format!("{ORIGIN}{}", path.replace(' ', "%20").replace('"', "%22").replace('<', "%3C").replace('>', "%3E"));
        let mut request = http::Request::builder().method(method.clone()).uri(&uri);
        for (name, value) in headers {
            request = request.header(*name, HeaderValue::from_str(value).unwrap());
        }
        let request = request.body(Bytes::copy_from_slice(body.as_bytes())).unwrap();
        let response = graph::answer(&self.sim, &Request::read(request), caller).await;
        taken_apart(method.as_str(), &uri, response)
    }
}

fn taken_apart(method: &str, uri: &str, response: Response<Bytes>) -> Answer {
    let (parts, body) = response.into_parts();
    let content_type = parts.headers.get("content-type").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let violations = graph_witness::check_answer(method, uri, parts.status.as_u16(), content_type.as_deref(), &body);
    assert!(violations.is_empty(), "{method} {uri}: {violations:?}\n{}", String::from_utf8_lossy(&body));
    Answer { status: parts.status.as_u16(), headers: parts.headers, body }
}

/// Follows nextLinks until there are none; the rows of all pages and the last page.
pub async fn exhaust(world: &World, path: &str, headers: &[(&str, &str)]) -> (Vec<Value>, Value) {
    let (mut rows, mut path) = (Vec::new(), path.to_owned());
    for _ in 0..10_000 {
        let answer = world.get_with(&path, headers).await;
        assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
        let page = answer.json();
        rows.extend(page["value"].as_array().unwrap().iter().cloned());
        match page["@odata.nextLink"].as_str() {
            Some(link) => path = link.to_owned(),
            None => return (rows, page),
        }
    }
    panic!("the pages never end");
}

/// Somebody who takes notifications and keeps them, or answers as the test wants.
#[derive(Default)]
pub struct Listener {
    pub heard: Mutex<Vec<(String, Value)>>,
    pub status: Mutex<Option<u16>>,
    pub echo: Mutex<Option<String>>,
}

#[async_trait::async_trait]
impl Outside for Listener {
    async fn post(&self, url: &str, _headers: HeaderMap, body: Bytes) -> Result<(u16, HeaderMap, Bytes), String> {
        if let Some(token) = url::Url::parse(url).unwrap().query_pairs().find(|(name, _)| name == "validationToken") {
            let mut headers = HeaderMap::new();
            headers.insert("content-type", HeaderValue::from_static("text/plain"));
            let echo = self.echo.lock().unwrap().clone().unwrap_or_else(|| token.1.into_owned());
            return Ok((200, headers, Bytes::from(echo)));
        }
        let json: Value = serde_json::from_slice(&body).unwrap();
        let violations = graph_witness::check_notification(&body);
        assert!(violations.is_empty(), "{violations:?}\n{json}");
        let status = self.status.lock().unwrap().unwrap_or(202);
        if status < 300 {
            let items = json["value"].as_array().unwrap().iter().cloned();
            self.heard.lock().unwrap().extend(items.map(|item| (url.to_owned(), item)));
        }
        Ok((status, HeaderMap::new(), Bytes::new()))
    }
}

impl Listener {
    pub fn on(world: &World) -> Arc<Self> {
        let listener = Arc::new(Self::default());
        world.sim.set_outside(listener.clone());
        listener
    }

    /// What was heard so far, and forgets it.
    pub fn take(&self) -> Vec<Value> {
        std::mem::take(&mut *self.heard.lock().unwrap()).into_iter().map(|(_, item)| item).collect()
    }
}
