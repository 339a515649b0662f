//! Tokens of the configured issuer: only one that holds in every respect says who asks.

use api::{Jwt, JwtKeys};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _};
use aws_lc_rs::{hmac, signature};
use base::Secret;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::support::{House, outside};

const SECRET: &str = "a secret of the CRM that is long enough";

fn issuer(keys: JwtKeys) -> Jwt {
    Jwt { issuer: Some("https://crm.example".into()), audience: Some("rapport".into()), ..Jwt::new(keys) }
}

async fn house() -> House {
    House::with(|settings| settings.jwt = Some(issuer(JwtKeys::Shared(Secret::from(SECRET))))).await
}

fn claims() -> Value {
    let now = 1_795_269_727; // 2026-11-21T14:02:07Z
    json!({ "iss": "https://crm.example", "aud": ["other", "rapport"], "sub": "u1", "email": "Anna@contoso.example", "exp": now + 300, "nbf": now - 5 })
}

fn unsigned(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}", part(header), part(claims))
}

fn shared(header: &Value, claims: &Value, secret: &[u8]) -> String {
    let text = unsigned(header, claims);
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, secret), text.as_bytes());
    format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature))
}

fn hs256(claims: &Value) -> String {
    shared(&json!({ "alg": "HS256", "typ": "JWT" }), claims, SECRET.as_bytes())
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = claims();
    claims[name] = value;
    claims
}

#[tokio::test]
async fn a_token_that_holds_is_a_person_with_their_own_mailbox() {
    let house = house().await;
    let seen = house.get("/api/v1/mailboxes", &hs256(&claims())).await;
    assert_eq!(seen.status, 200, "{}", String::from_utf8_lossy(&seen.bytes));
    assert_eq!(house.get("/api/v1/keys", &hs256(&claims())).await.status, 403);
    assert_eq!(house.get("/api/v1/keys", &hs256(&with("roles", json!(["admin"])))).await.status, 200);
    let foreign = hs256(&with("workspace", json!(house.theirs.workspace.to_string())));
    assert_eq!(
        house.get(&format!("/api/v1/threads/{}", house.theirs.thread), &foreign).await.status,
        200,
        "the claim says which workspace"
    );
    assert_eq!(house.get(&format!("/api/v1/threads/{}", house.ours.thread), &foreign).await.status, 404);
}

#[tokio::test]
async fn a_token_that_fails_in_one_respect_says_nothing() {
    let house = house().await;
    let now = 1_795_269_727;
    let mut endless = claims();
    endless.as_object_mut().unwrap().remove("exp");
    let doubtful = [
        ("algorithm none", format!("{}.", unsigned(&json!({ "alg": "none" }), &claims()))),
        ("none, with a signature", shared(&json!({ "alg": "none" }), &claims(), SECRET.as_bytes())),
        ("another algorithm", shared(&json!({ "alg": "RS256" }), &claims(), SECRET.as_bytes())),
        ("another secret", shared(&json!({ "alg": "HS256" }), &claims(), b"another secret that is long enough")),
        ("another issuer", hs256(&with("iss", json!("https://evil.example")))),
        ("another audience", hs256(&with("aud", json!("other")))),
        ("run out", hs256(&with("exp", json!(now - 61)))),
        ("without an end", hs256(&endless)),
        ("not yet", hs256(&with("nbf", json!(now + 61)))),
        ("no workspace of that form", hs256(&with("workspace", json!("everything")))),
        ("no token at all", "a.b.c".to_owned()),
    ];
    for (what, token) in doubtful {
        let answer = house.get("/api/v1/mailboxes", &token).await;
        assert_eq!((answer.status, answer.code().as_str()), (401, "invalid_token"), "{what}");
    }
    let mut changed = hs256(&claims());
    changed.replace_range(40..41, if &changed[40..41] == "A" { "B" } else { "A" });
    assert_eq!(house.get("/api/v1/mailboxes", &changed).await.status, 401);
}

struct Signer {
    pair: EcdsaKeyPair,
    random: SystemRandom,
}

impl Signer {
    fn new() -> Self {
        let random = SystemRandom::new();
        let document = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let pair = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, document.as_ref()).unwrap();
        Signer { pair, random }
    }

    fn public(&self, kid: &str) -> Value {
        let point = self.pair.public_key().as_ref();
        let part = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        json!({ "kty": "EC", "crv": "P-256", "kid": kid, "use": "sig", "x": part(&point[1..33]), "y": part(&point[33..]) })
    }

    fn token(&self, header: &Value, claims: &Value) -> String {
        let text = unsigned(header, claims);
        let signature: signature::Signature = self.pair.sign(&self.random, text.as_bytes()).unwrap();
        format!("{text}.{}", URL_SAFE_NO_PAD.encode(signature.as_ref()))
    }
}

#[tokio::test]
async fn a_key_document_is_fetched_kept_and_renewed_and_its_public_keys_sign_nothing() {
    let address = url::Url::parse(outside::KEYS).unwrap();
    let house = House::with(|settings| settings.jwt = Some(issuer(JwtKeys::Document(address)))).await;
    let (old, new) = (Signer::new(), Signer::new());
    let es = |kid: &str| json!({ "alg": "ES256", "kid": kid });
    assert_eq!(house.get("/api/v1/mailboxes", &old.token(&es("old"), &claims())).await.status, 401, "no document yet");
    house.clock.advance(std::time::Duration::from_secs(61));
    *house.outside.key_document.lock().unwrap() =
        Some(json!({ "keys": [old.public("old"), { "kty": "oct", "kid": "odd", "k": "AAAA" }] }).to_string());
    assert_eq!(house.get("/api/v1/mailboxes", &old.token(&es("old"), &claims())).await.status, 200);
    assert_eq!(house.get("/api/v1/mailboxes", &new.token(&es("old"), &claims())).await.status, 401, "another's signature");
    assert_eq!(house.get("/api/v1/mailboxes", &new.token(&es("new"), &claims())).await.status, 401, "an unknown key");
    let point = old.pair.public_key().as_ref().to_vec();
    for alg in ["HS256", "RS256"] {
        let confused = shared(&json!({ "alg": alg, "kid": "old" }), &claims(), &point);
        assert_eq!(house.get("/api/v1/mailboxes", &confused).await.status, 401, "{alg} by the public key");
    }
    let fetched = house.outside.asked.lock().unwrap().iter().filter(|asked| asked.ends_with(outside::KEYS)).count();
    assert_eq!(fetched, 2, "unknown keys do not make us ask at once again");
    *house.outside.key_document.lock().unwrap() = Some(json!({ "keys": [new.public("new")] }).to_string());
    house.clock.advance(std::time::Duration::from_secs(61));
    assert_eq!(house.get("/api/v1/mailboxes", &new.token(&es("new"), &claims())).await.status, 200);
    assert_eq!(house.get("/api/v1/mailboxes", &old.token(&es("old"), &claims())).await.status, 401, "the old key is gone");
}
