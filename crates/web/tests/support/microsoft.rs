//! A stand-in for Microsoft: keys, tokens for one code, a person, a message's parts. It keeps what it was asked.

use std::sync::{Mutex, OnceLock};
use std::time::Duration;

use async_trait::async_trait;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{self, KeyPair as _};
use base::{Clock, Secret, Timestamp};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use graph::token::{AccessToken, FreshTokens, GrantKind, Saved, StoredGrant, TokenSource, TokenSourceError};
use graph::{GrantKey, Transport, TransportError};
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};

use super::{CLIENT, TENANT};

/// The identity platform's root.
pub const AUTHORITY: &str = "http://login.test";
/// Graph's root.
pub const GRAPH: &str = "http://graph.test";
/// Whoever signs in.
pub const PERSON: &str = "8a0c0000-0000-4000-8000-00000000a11a";

/// What it says.
pub struct Script {
    /// The nonce of the ID token: the test copies it from the address.
    pub nonce: String,
    /// The tenant of the ID token.
    pub tenant: String,
    /// The name that the person signs in with.
    pub principal: String,
    /// The roles of the ID token.
    pub roles: Vec<String>,
    /// What is granted.
    pub scope: String,
    /// The refusal of the token endpoint.
    pub refusal: Option<Value>,
    /// The user that `/users/{id}` gives, or a status.
    pub user: Result<Value, u16>,
}

/// Status and body for a call of Graph; `None` for the usual answer.
pub type Arranged = fn(&Method, &str, &[u8]) -> Option<(u16, Value)>;

/// The stand-in.
pub struct Microsoft {
    clock: Clock,
    /// What it says of folders, rules and settings.
    pub arranged: Mutex<Option<Arranged>>,
    /// What it says.
    pub script: Mutex<Script>,
    /// What it was asked: method and address, and for the token endpoint the form.
    pub asked: Mutex<Vec<String>>,
}

impl Microsoft {
    /// One that agrees to everything.
    pub fn new(clock: Clock) -> Self {
        let script = Script {
            nonce: String::new(),
            tenant: TENANT.to_owned(),
            principal: "anna@contoso.example".to_owned(),
            roles: Vec::new(),
            scope: "openid profile email Mail.Read User.Read".to_owned(),
            refusal: None,
            user: Ok(
                json!({"id": PERSON, "displayName": "Anna Berg", "mail": "anna.berg@contoso.example", "userPrincipalName": "anna@contoso.example"}),
            ),
        };
        Microsoft { clock, arranged: Mutex::default(), script: Mutex::new(script), asked: Mutex::default() }
    }

    fn tokens(&self, form: &str) -> Response<Bytes> {
        let script = self.script.lock().expect("the script");
        if let Some(refusal) = &script.refusal {
            return answer(400, refusal);
        }
        if form.contains("grant_type=client_credentials") {
            return answer(200, &json!({"access_token": "app", "expires_in": 3599}));
        }
        let tokens = json!({
            "access_token": "access-token-in-the-clear", "refresh_token": "refresh-token-in-the-clear", "expires_in": 3599,
            "scope": script.scope, "id_token": self.id_token(&script),
        });
        answer(200, &tokens)
    }

    fn id_token(&self, script: &Script) -> String {
        let now = self.clock.now().seconds();
        let header = json!({"typ": "JWT", "alg": "RS256", "kid": "k1"});
        let claims = json!({
            "aud": CLIENT, "iss": format!("{AUTHORITY}/{}/v2.0", script.tenant), "iat": now, "nbf": now, "exp": now + 3900, "ver": "2.0",
            "nonce": script.nonce, "oid": PERSON, "tid": script.tenant, "sub": "s", "name": "Anna Berg", "preferred_username": script.principal, "roles": script.roles,
        });
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut bytes = vec![0; key().public_modulus_len()];
        key().sign(&signature::RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut bytes).expect("a signature");
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(bytes))
    }

    fn graph(&self, method: &Method, path: &str, body: &[u8]) -> Response<Bytes> {
        let arranged = *self.arranged.lock().expect("the answers");
        if let Some((status, said)) = arranged.and_then(|arranged| arranged(method, path, body)) {
            return answer(status, &said);
        }
        if path.ends_with("/$batch") {
            return batch(body);
        }
        if path.ends_with("/$value") {
            let bytes: &[u8] = if path.contains("/attachments/inline") {
                b"\x89PNG\r\n\x1a\nimage"
            } else if path.contains("/attachments/") {
                b"<script>alert(1)</script>"
            } else {
                b"From: a@x.example\r\nSubject: Raw\r\n\r\nRaw.\r\n"
            };
            return Response::builder().status(200).body(Bytes::from_static(bytes)).expect("an answer");
        }
        if *method == Method::DELETE {
            return answer(204, &Value::Null);
        }
        if path.contains("/mailFolders/") {
            return answer(
                200,
                &json!({"id": "inbox", "displayName": "Inbox", "totalItemCount": 1, "unreadItemCount": 0, "childFolderCount": 0}),
            );
        }
        match &self.script.lock().expect("the script").user {
            Ok(user) => answer(200, user),
            Err(status) => {
                answer(*status, &json!({"error": {"code": "ErrorAccessDenied", "message": "no", "innerError": {"request-id": "req-77"}}}))
            }
        }
    }
}

#[async_trait]
impl Transport for Microsoft {
    async fn send(&self, request: Request<Bytes>) -> Result<Response<Bytes>, TransportError> {
        let (method, url) = (request.method().clone(), request.uri().to_string());
        let body = String::from_utf8_lossy(request.body()).into_owned();
        self.asked.lock().expect("the list").push(format!("{method} {url} {body}"));
        let path = request.uri().path();
        Ok(match path {
            _ if url.starts_with(GRAPH) => self.graph(&method, path, request.body()),
            _ if path.ends_with("/token") => self.tokens(&body),
            _ if path.ends_with("/openid-configuration") => {
                let tenant = if path.starts_with("/contoso.example/") { TENANT } else { "{tenantid}" };
                answer(200, &json!({"issuer": format!("{AUTHORITY}/{tenant}/v2.0"), "jwks_uri": format!("{AUTHORITY}/keys")}))
            }
            "/keys" => answer(200, &keys()),
            _ => answer(404, &json!({})),
        })
    }
}

fn batch(body: &[u8]) -> Response<Bytes> {
    let asked: Value = serde_json::from_slice(body).expect("a batch");
    let listing = json!({"value": [
        {"@odata.type": "#microsoft.graph.fileAttachment", "id": "inline+1/=", "name": "logo.png", "contentType": "image/png", "size": 13, "isInline": true, "contentId": "logo@contoso"},
        {"@odata.type": "#microsoft.graph.fileAttachment", "id": "file+1/=", "name": "x.html", "contentType": "text/html", "size": 25, "isInline": false},
    ]});
    let answers: Vec<Value> = asked["requests"]
        .as_array()
        .expect("requests")
        .iter()
        .map(|part| json!({"id": part["id"], "status": 200, "headers": {"Content-Type": "application/json"}, "body": listing}))
        .collect();
    answer(200, &json!({"responses": answers}))
}

fn answer(status: u16, body: &Value) -> Response<Bytes> {
    let status = StatusCode::from_u16(status).expect("a status");
    Response::builder().status(status).header("content-type", "application/json").body(body.to_string().into()).expect("an answer")
}

fn key() -> &'static KeyPair {
    static KEY: OnceLock<KeyPair> = OnceLock::new();
    KEY.get_or_init(|| KeyPair::generate(KeySize::Rsa2048).expect("a key"))
}

fn keys() -> Value {
    let public = key().public_key();
    let number = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
    let modulus = number(public.modulus().big_endian_without_leading_zero());
    let exponent = number(public.exponent().big_endian_without_leading_zero());
    json!({"keys": [{"kty": "RSA", "use": "sig", "kid": "k1", "n": modulus, "e": exponent, "issuer": format!("{AUTHORITY}/{{tenantid}}/v2.0")}]})
}

/// Gives every grant a token that lives.
pub struct Tokens(pub Clock);

#[async_trait]
impl TokenSource for Tokens {
    async fn current(&self, _grant: &GrantKey) -> Result<StoredGrant, TokenSourceError> {
        let expires_at: Timestamp = self.0.now().plus(Duration::from_secs(86_400));
        let access = AccessToken { secret: Secret::from("token"), expires_at, renew_at: expires_at };
        let kind = GrantKind::Delegated { refresh_token: Secret::from("refresh") };
        Ok(StoredGrant { client_id: CLIENT.into(), tenant: TENANT.into(), kind, access: Some(access), generation: 1 })
    }

    async fn save(&self, _grant: &GrantKey, _read: i64, _fresh: &FreshTokens) -> Result<Saved, TokenSourceError> {
        Ok(Saved::Committed)
    }
}
