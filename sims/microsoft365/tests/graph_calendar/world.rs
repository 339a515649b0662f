//! A small tenant with a manual clock, and calls to its calendars as an app or as a person.

use std::sync::{Arc, Mutex};

use bytes::Bytes;
use http::{HeaderMap, HeaderValue, Method};
use jiff::{SignedDuration, Timestamp};
use microsoft365_sim::control::{Control, NewUser};
use microsoft365_sim::directory::{User, fixture};
use microsoft365_sim::{Caller, Config, Outside, Request, Simulator, graph};
use serde_json::{Value, json};

pub const ANNA: &str = "anna@contoso.example";
pub const BEN: &str = "ben@contoso.example";
pub const SALES: &str = "sales@contoso.example";
pub const ORIGIN: &str = "https://graph.example";

pub struct World {
    pub sim: Simulator,
    pub anna: User,
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

    /// The status, and the code of a refusal.
    pub fn outcome(&self) -> (u16, String) {
        let code = if self.status < 300 { String::new() } else { self.json()["error"]["code"].as_str().unwrap_or_default().to_owned() };
        (self.status, code)
    }

    /// The texts of one property along `value`.
    pub fn column(&self, name: &str) -> Vec<String> {
        self.rows().iter().map(|row| text(row, name)).collect()
    }

    pub fn rows(&self) -> Vec<Value> {
        let json = self.json();
        json["value"].as_array().unwrap_or_else(|| panic!("no value in {json}")).clone()
    }
}

/// A text at a path such as `start/dateTime`; empty if there is none.
pub fn text(json: &Value, path: &str) -> String {
    path.split('/').fold(json, |value, step| &value[step]).as_str().unwrap_or_default().to_owned()
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
    control.create_user(NewUser::person(BEN, "Ben Cole")).unwrap();
    control.create_user(NewUser::shared(SALES, "Sales", &[ANNA])).unwrap();
    World { sim, anna }
}

/// An hour of an event, as JSON.
pub fn hours(start: &str, end: &str, zone: &str) -> Value {
    json!({"start": {"dateTime": start, "timeZone": zone}, "end": {"dateTime": end, "timeZone": zone}})
}

/// The same with more properties.
pub fn event(subject: &str, start: &str, end: &str, zone: &str, more: Value) -> Value {
    let mut event = hours(start, end, zone);
    event["subject"] = json!(subject);
    event.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    event
}

/// A weekly series of half an hour on Mondays and Wednesdays at nine in Berlin, from 2026-03-02 on.
pub fn series(subject: &str, range: Value) -> Value {
    let pattern = json!({"type": "weekly", "interval": 1, "daysOfWeek": ["monday", "wednesday"], "firstDayOfWeek": "monday"});
    let recurrence = json!({"recurrence": {"pattern": pattern, "range": range}});
    event(subject, "2026-03-02T09:00:00", "2026-03-02T09:30:00", "W. Europe Standard Time", recurrence)
}

pub fn no_end() -> Value {
    json!({"type": "noEnd", "startDate": "2026-03-02"})
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

    pub fn owner(&self) -> Caller {
        self.person(&["Calendars.ReadWrite", "Contacts.ReadWrite", "Mail.Read", "User.Read"])
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
            expires: now + SignedDuration::from_hours(24 * 30),
        }
    }

    pub async fn get(&self, path: &str) -> Answer {
        self.call(&self.owner(), Method::GET, path, &[], &Value::Null).await
    }

    pub async fn get_with(&self, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.call(&self.owner(), Method::GET, path, headers, &Value::Null).await
    }

    pub async fn post(&self, path: &str, body: Value) -> Answer {
        self.call(&self.owner(), Method::POST, path, &[], &body).await
    }

    pub async fn patch(&self, path: &str, body: Value) -> Answer {
        self.call(&self.owner(), Method::PATCH, path, &[], &body).await
    }

    pub async fn delete(&self, path: &str) -> Answer {
        self.call(&self.owner(), Method::DELETE, path, &[], &Value::Null).await
    }

    /// Makes an event of Anna's; gives its id.
    pub async fn made(&self, body: Value) -> String {
        let answer = self.post("/me/events", body).await;
        assert_eq!(answer.status, 201, "{}", answer.json());
        text(&answer.json(), "id")
    }

    /// Calls Graph behind the token check; a path may be a whole link.
    pub async fn call(&self, caller: &Caller, method: Method, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let answer = self.call_unseen(caller, method.clone(), path, headers, body).await;
        let content_type = answer.headers.get("content-type").and_then(|value| value.to_str().ok()).map(str::to_owned);
        let uri = uri(path);
        let violations = graph_witness::check_answer(method.as_str(), &uri, answer.status, content_type.as_deref(), &answer.body);
        assert!(violations.is_empty(), "{method} {uri}: {violations:?}\n{}", String::from_utf8_lossy(&answer.body));
        answer
    }

    /// The same of an address that the witness does not know.
    pub async fn call_unseen(&self, caller: &Caller, method: Method, path: &str, headers: &[(&str, &str)], body: &Value) -> Answer {
        let mut request = http::Request::builder().method(method).uri(uri(path)).header("content-type", "application/json");
        for (name, value) in headers {
            request = request.header(*name, HeaderValue::from_str(value).unwrap());
        }
        let body = if body.is_null() { String::new() } else { body.to_string() };
        let response = graph::answer(&self.sim, &Request::read(request.body(Bytes::from(body)).unwrap()), caller).await;
        let (parts, body) = response.into_parts();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Follows nextLinks until there are none; the rows of all pages and the last page.
    pub async fn exhaust(&self, path: &str, headers: &[(&str, &str)]) -> (Vec<Value>, Value) {
        let (mut rows, mut path) = (Vec::new(), path.to_owned());
        for _ in 0..10_000 {
            let answer = self.get_with(&path, headers).await;
            assert_eq!(answer.status, 200, "{path}: {}", String::from_utf8_lossy(&answer.body));
            rows.extend(answer.rows());
            match answer.json()["@odata.nextLink"].as_str() {
                Some(link) => path = link.to_owned(),
                None => return (rows, answer.json()),
            }
        }
        panic!("the pages never end");
    }
}

fn uri(path: &str) -> String {
    let path = path.strip_prefix(ORIGIN).unwrap_or(path);
    let path = if path.starts_with("/v1.0") || path.starts_with("/beta") { path.to_owned() } else { format!("/v1.0{path}") };
    format!("{ORIGIN}{}", path.replace(' ', "%20").replace('"', "%22"))
}

pub fn at(time: &str) -> Timestamp {
    time.parse().unwrap()
}

/// Somebody who takes notifications and keeps them.
#[derive(Default)]
pub struct Listener {
    heard: Mutex<Vec<Value>>,
}

#[async_trait::async_trait]
impl Outside for Listener {
    async fn post(&self, url: &str, _headers: HeaderMap, body: Bytes) -> Result<(u16, HeaderMap, Bytes), String> {
        if let Some(token) = url::Url::parse(url).unwrap().query_pairs().find(|(name, _)| name == "validationToken") {
            let mut headers = HeaderMap::new();
            headers.insert("content-type", HeaderValue::from_static("text/plain"));
            return Ok((200, headers, Bytes::from(token.1.into_owned())));
        }
        let mut violations = graph_witness::check_notification(&body);
        violations.retain(|violation| !violation.problem.ends_with("is not a known type"));
        assert!(violations.is_empty(), "{violations:?}");
        let json: Value = serde_json::from_slice(&body).unwrap();
        self.heard.lock().unwrap().extend(json["value"].as_array().unwrap().iter().cloned());
        Ok((202, HeaderMap::new(), Bytes::new()))
    }
}

impl Listener {
    pub fn on(world: &World) -> Arc<Self> {
        let listener = Arc::new(Self::default());
        world.sim.set_outside(listener.clone());
        listener
    }

    /// Lets the notifications that are due in the next minute come; gives them and forgets them.
    pub async fn take(&self, world: &World) -> Vec<Value> {
        world.control().advance_clock(std::time::Duration::from_secs(60));
        world.sim.deliver_due_notifications().await;
        std::mem::take(&mut *self.heard.lock().unwrap())
    }
}
