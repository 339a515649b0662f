//! A browser: keeps cookies, says where a request comes from, and shows what came back.

use std::collections::BTreeMap;

use axum::Router;
use axum::body::Body;
use http::{HeaderMap, Method, Request, header};
use http_body_util::BodyExt as _;
use tower::ServiceExt as _;

/// What came back.
#[derive(Debug)]
pub struct Shown {
    /// The status.
    pub status: u16,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as it came.
    pub bytes: Vec<u8>,
    /// The body as text.
    pub text: String,
}

impl Shown {
    /// Where it leads.
    pub fn location(&self) -> &str {
        self.headers.get(header::LOCATION).map_or("", |value| value.to_str().expect("text"))
    }

    /// The hidden key of the page's forms.
    pub fn csrf(&self) -> String {
        let after = self.text.split_once("name=\"csrf\" value=\"").expect("a form").1;
        after.split('"').next().expect("a value").to_owned()
    }

    /// The code of a problem.
    pub fn code(&self) -> String {
        let problem: serde_json::Value = serde_json::from_str(&self.text).unwrap_or_default();
        problem["code"].as_str().unwrap_or_default().to_owned()
    }
}

/// A browser at one address.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    /// The host it names.
    pub host: String,
    /// What it says it accepts.
    pub accept: &'static str,
    /// Its cookies.
    pub cookies: BTreeMap<String, String>,
}

impl Browser {
    /// A new one.
    pub fn new(router: Router, host: &str) -> Self {
        Browser { router, host: host.to_owned(), accept: "text/html", cookies: BTreeMap::new() }
    }

    /// One that asks for problems as JSON.
    pub fn asking_for_problems(mut self) -> Self {
        self.accept = "application/json";
        self
    }

    /// Opens an address.
    pub async fn get(&mut self, path: &str) -> Shown {
        self.send(Method::GET, path, &[], String::new()).await
    }

    /// Sends a form from a page of our own.
    pub async fn post(&mut self, path: &str, form: &str) -> Shown {
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "same-origin")];
        self.send(Method::POST, path, &headers, form.to_owned()).await
    }

    /// Opens an address of which the page holds these words.
    pub async fn shows(&mut self, path: &str, words: &[&str]) -> Shown {
        let page = self.get(path).await;
        assert_eq!(page.status, 200, "{path}: {}", page.text);
        for word in words {
            assert!(page.text.contains(word), "{path} lacks {word}: {}", page.text);
        }
        page
    }

    /// Sends a form with the key of the page at `from`.
    pub async fn submit(&mut self, from: &str, path: &str, form: &str) -> Shown {
        let csrf = self.get(from).await.csrf();
        self.post(path, &format!("csrf={csrf}&{form}")).await
    }

    /// Sends anything.
    pub async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Shown {
        let mut request = Request::builder().method(method).uri(path).header(header::HOST, &self.host).header(header::ACCEPT, self.accept);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        let response = self.router.clone().oneshot(request.body(Body::from(body)).expect("a request")).await.expect("an answer");
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.expect("a whole body").to_bytes().to_vec();
        self.keep(&parts.headers);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        Shown { status: parts.status.as_u16(), headers: parts.headers, bytes, text }
    }

    fn keep(&mut self, headers: &HeaderMap) {
        for line in headers.get_all(header::SET_COOKIE) {
            let pair = line.to_str().expect("text").split(';').next().expect("a pair");
            let (name, value) = pair.split_once('=').expect("a pair");
            if value.is_empty() {
                self.cookies.remove(name)
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned())
            };
        }
    }
}
