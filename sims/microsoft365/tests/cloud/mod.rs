//! A simulated cloud for the tests of its front door: seeded, with a manual clock, three people and a shared mailbox.

#![allow(dead_code, clippy::unwrap_used, reason = "test code; each file uses what it needs")]

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use bytes::Bytes;
use http::{HeaderMap, Request};
use microsoft365_sim::control::NewUser;
use microsoft365_sim::directory::fixture::{SERVICE_APP_ID, SERVICE_APP_SECRET, WEB_APP_ID, WEB_APP_SECRET};
use microsoft365_sim::directory::tenant::DEFAULT_TENANT;
use microsoft365_sim::{Answer, Config, Simulator};
use serde_json::Value;
use sha2::{Digest, Sha256};

pub const ORIGIN: &str = "http://sim.example";
pub const REDIRECT: &str = "http://localhost:3000/auth/microsoft/callback";
pub const VERIFIER: &str = "verifier-verifier-verifier-verifier-verifier-43";
pub const ANNA: &str = "anna@contoso.example";
pub const BEN: &str = "ben@contoso.example";
pub const SUPPORT: &str = "support@contoso.example";
pub const SCOPE: &str = "openid profile offline_access User.Read Mail.ReadWrite";

/// An HTTP answer, taken apart.
#[derive(Debug, Clone)]
pub struct Reply {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Reply {
    pub fn of(answer: Answer) -> Option<Self> {
        let (parts, body) = answer.response()?.into_parts();
        Some(Self { status: parts.status.as_u16(), headers: parts.headers, body })
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|_| panic!("not JSON: {}", self.text()))
    }

    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// The parameters of the address it redirects to.
    pub fn redirected(&self) -> Vec<(String, String)> {
        assert_eq!(self.status, 302, "{}", self.text());
        let address = url::Url::parse(self.header("location")).unwrap();
        address.query_pairs().into_owned().collect()
    }

    pub fn parameter(&self, name: &str) -> String {
        let pairs = self.redirected();
        pairs.iter().find(|(of, _)| of == name).map(|(_, value)| value.clone()).unwrap_or_else(|| panic!("no {name} in {pairs:?}"))
    }

    /// `(status, error, first code)` of an OAuth error.
    pub fn oauth_error(&self) -> (u16, String, u64) {
        let json = self.json();
        (self.status, json["error"].as_str().unwrap_or_default().to_owned(), json["error_codes"][0].as_u64().unwrap_or_default())
    }
}

/// A cloud with Anna (administrator), Ben, Clara, and a shared mailbox of Anna's and Ben's.
pub fn cloud() -> Simulator {
    cloud_with(|_| {})
}

pub fn cloud_with(change: impl FnOnce(&mut Config)) -> Simulator {
    let mut config = Config::seeded(7);
    config.identity.automatic_sign_in = true;
    change(&mut config);
    let sim = Simulator::new(config);
    let control = sim.control();
    control.create_user(NewUser { is_administrator: true, ..NewUser::person(ANNA, "Anna Lindqvist") }).unwrap();
    control.create_user(NewUser::person(BEN, "Ben Okafor")).unwrap();
    control.create_user(NewUser::person("clara@contoso.example", "Clara Moreau")).unwrap();
    control.create_user(NewUser::shared(SUPPORT, "Support", &[ANNA, BEN])).unwrap();
    sim
}

pub fn request(method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Request<Bytes> {
    let address = if path.starts_with("http") { path.to_owned() } else { format!("{ORIGIN}{path}") };
    let mut builder = Request::builder().method(method).uri(address);
    for (name, value) in headers {
        builder = builder.header(*name, *value);
    }
    builder.body(body.into()).unwrap()
}

pub async fn call(sim: &Simulator, method: &str, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Reply {
    Reply::of(sim.answer(request(method, path, headers, body)).await).expect("the connection was cut")
}

pub async fn get(sim: &Simulator, path: &str) -> Reply {
    call(sim, "GET", path, &[], "").await
}

pub async fn graph(sim: &Simulator, token: &str, path: &str) -> Reply {
    call(sim, "GET", path, &[("authorization", &format!("Bearer {token}"))], "").await
}

pub fn form(pairs: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish()
}

pub async fn token_at(sim: &Simulator, tenant: &str, pairs: &[(&str, &str)]) -> Reply {
    let headers = [("content-type", "application/x-www-form-urlencoded")];
    call(sim, "POST", &format!("/{tenant}/oauth2/v2.0/token"), &headers, form(pairs)).await
}

pub async fn token(sim: &Simulator, pairs: &[(&str, &str)]) -> Reply {
    token_at(sim, DEFAULT_TENANT, pairs).await
}

pub fn challenge() -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER))
}

/// The authorize request of the web app, with these parameters added or replaced (an empty value leaves one out).
pub fn authorize_path(tenant: &str, changes: &[(&str, &str)]) -> String {
    let challenge = challenge();
    let mut pairs: Vec<(&str, &str)> = vec![
        ("client_id", WEB_APP_ID),
        ("response_type", "code"),
        ("redirect_uri", REDIRECT),
        ("scope", SCOPE),
        ("state", "st&te/+1"),
        ("nonce", "n-1"),
        ("login_hint", ANNA),
        ("code_challenge", &challenge),
        ("code_challenge_method", "S256"),
    ];
    for (name, value) in changes {
        pairs.retain(|(of, _)| of != name);
        pairs.push((name, value));
    }
    pairs.retain(|(_, value)| !value.is_empty());
    format!("/{tenant}/oauth2/v2.0/authorize?{}", form(&pairs))
}

pub async fn authorize(sim: &Simulator, changes: &[(&str, &str)]) -> Reply {
    get(sim, &authorize_path(DEFAULT_TENANT, changes)).await
}

pub async fn code_of(sim: &Simulator, user: &str) -> String {
    authorize(sim, &[("login_hint", user)]).await.parameter("code")
}

pub fn redeem_form(code: &str) -> Vec<(&str, &str)> {
    vec![
        ("client_id", WEB_APP_ID),
        ("client_secret", WEB_APP_SECRET),
        ("grant_type", "authorization_code"),
        ("code", code),
        ("redirect_uri", REDIRECT),
        ("code_verifier", VERIFIER),
        ("client_info", "1"),
    ]
}

/// Signs a user in and gives the token answer.
pub async fn sign_in(sim: &Simulator, user: &str) -> Value {
    let code = code_of(sim, user).await;
    let reply = token(sim, &redeem_form(&code)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    reply.json()
}

pub async fn refresh(sim: &Simulator, refresh_token: &str) -> Reply {
    let pairs =
        [("client_id", WEB_APP_ID), ("client_secret", WEB_APP_SECRET), ("grant_type", "refresh_token"), ("refresh_token", refresh_token)];
    token(sim, &pairs).await
}

pub async fn app_only(sim: &Simulator) -> String {
    let pairs = [
        ("client_id", SERVICE_APP_ID),
        ("client_secret", SERVICE_APP_SECRET),
        ("grant_type", "client_credentials"),
        ("scope", "https://graph.microsoft.com/.default"),
    ];
    let reply = token(sim, &pairs).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    text(&reply.json()["access_token"])
}

pub fn text(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("no text: {value}")).to_owned()
}

/// The claims of a JWT, unverified.
pub fn claims(jwt: &str) -> Value {
    let part = jwt.split('.').nth(1).expect("a JWT has three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(part).unwrap()).unwrap()
}

/// A JWT signed with a PEM key, for client assertions.
pub fn sign_assertion(private_key_pem: &str, header: &Value, claims: &Value) -> String {
    let base64: String = private_key_pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let pair = KeyPair::from_pkcs8(&STANDARD.decode(base64).unwrap()).unwrap();
    let body = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
    let mut signature = vec![0; pair.public_modulus_len()];
    let random = SystemRandom::new();
    if header["alg"] == "PS256" {
        pair.sign(&RSA_PSS_SHA256, &random, body.as_bytes(), &mut signature).unwrap();
    } else {
        pair.sign(&RSA_PKCS1_SHA256, &random, body.as_bytes(), &mut signature).unwrap();
    }
    format!("{body}.{}", URL_SAFE_NO_PAD.encode(signature))
}

pub const MAIL: &str = "From: Carla <carla@customer.example>\r\nTo: anna@contoso.example\r\nSubject: An offer\r\n\
                        Date: Mon, 02 Mar 2026 07:00:00 +0000\r\nMessage-ID: <offer-1@customer.example>\r\n\r\nHello Anna.\r\n";
