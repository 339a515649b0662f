//! The identity platform: what is posted, what is believed, and what a forged ID token meets.

use std::collections::HashMap;

use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{KeyPair as _, RSA_PKCS1_SHA256, RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents};
use base::{Recourse, Secret};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::id_token::IdTokenError;
use super::*;
use crate::cloud::Cloud;
use crate::oauth::exchange::{TokenGrant, read_token_answer, token_request};
use crate::scripted::{START, Stage, answer, oauth_refusal};

const TENANT: &str = "aaaabbbb-0000-cccc-1111-dddd2222eeee";

fn form(registration: &Registration, grant: &TokenGrant<'_>) -> (String, HashMap<String, String>) {
    let request = token_request(&Cloud::global(), registration, grant, START);
    let form = url::form_urlencoded::parse(request.body()).into_owned().collect();
    (request.uri().to_string(), form)
}

fn code() -> CodeExchange {
    CodeExchange {
        tenant: "organizations".into(),
        code: Secret::from("1.code"),
        redirect_uri: "http://localhost:3000/auth/microsoft/callback".into(),
        code_verifier: Secret::from("verifier"),
    }
}

#[test]
fn a_code_is_redeemed_with_its_verifier_and_redirect_address() {
    let (url, form) = form(&Registration::with_secret("client-1", "a~b+c&d%"), &TokenGrant::Code(&code()));
    assert_eq!(url, "https://login.microsoftonline.com/organizations/oauth2/v2.0/token");
    for (name, value) in [
        ("grant_type", "authorization_code"),
        ("code", "1.code"),
        ("code_verifier", "verifier"),
        ("redirect_uri", "http://localhost:3000/auth/microsoft/callback"),
        ("client_id", "client-1"),
        ("client_secret", "a~b+c&d%"),
    ] {
        assert_eq!(form[name], value, "{name}");
    }
    assert!(!form.contains_key("claims"));
}

#[test]
fn the_applications_own_grant_asks_for_everything_it_was_granted_and_a_public_client_sends_no_secret() {
    let public = Registration { client_id: "c".into(), credential: Credential::None, continuous_access: true };
    let (_, form) = form(&public, &TokenGrant::Application { tenant: TENANT, claims: None });
    assert_eq!(form["scope"], "https://graph.microsoft.com/.default");
    assert!(!form.contains_key("client_secret") && !form.contains_key("client_assertion"));
    assert_eq!(form["claims"], r#"{"access_token":{"xms_cc":{"values":["cp1"]}}}"#);
}

#[test]
fn an_assertion_is_signed_with_the_certificates_key_and_names_it() {
    let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_RSA_SHA256).unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["rapport".into()]).unwrap().self_signed(&key).unwrap();
    let loaded = Certificate::from_pem(&certificate.pem(), &key.serialize_pem()).unwrap();
    let (url, form) =
        form(&Registration::with_certificate("client-1", loaded.clone()), &TokenGrant::Application { tenant: TENANT, claims: None });
    assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let parts: Vec<&str> = form["client_assertion"].split('.').collect();
    let part = |index: usize| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(parts[index]).unwrap()).unwrap();
    let thumbprint = URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, certificate.der()));
    assert_eq!(part(0), json!({"alg": "PS256", "typ": "JWT", "x5t#S256": thumbprint}));
    let claims = part(1);
    assert_eq!(
        (claims["aud"].as_str(), claims["iss"].as_str(), claims["sub"].as_str()),
        (Some(url.as_str()), Some("client-1"), Some("client-1"))
    );
    assert_eq!(claims["exp"].as_i64().unwrap() - claims["nbf"].as_i64().unwrap(), 600);
    assert_eq!(claims["jti"].as_str().unwrap().len(), 36);
    let public = aws_lc_rs::signature::UnparsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, key.public_key_raw());
    let signed = format!("{}.{}", parts[0], parts[1]);
    public.verify(signed.as_bytes(), &URL_SAFE_NO_PAD.decode(parts[2]).unwrap()).unwrap();
    assert_eq!(format!("{loaded:?}"), format!("Certificate({thumbprint})"), "the key is never shown");
}

#[test]
fn a_certificate_file_says_what_is_missing() {
    use super::certificate::CertificateError;
    let elliptic = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(vec!["x".into()]).unwrap().self_signed(&elliptic).unwrap().pem();
    let error = |certificate: &str, key: &str| Certificate::from_pem(certificate, key).map(|_| ()).unwrap_err();
    assert_eq!(error("", ""), CertificateError::NoCertificate);
    assert_eq!(error(&certificate, &certificate), CertificateError::NoKey);
    assert_eq!(error(&certificate, &elliptic.serialize_pem()), CertificateError::WrongKey);
    let shortest = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let pkcs8 = STANDARD.encode(AsDer::<aws_lc_rs::encoding::Pkcs8V1Der<'_>>::as_der(&shortest).unwrap().as_ref());
    let pem = format!("-----BEGIN PRIVATE KEY-----\r\n{pkcs8}\r\n-----END PRIVATE KEY-----\r\n");
    assert!(Certificate::from_pem(&certificate, &pem).is_ok());
}

#[test]
fn answers_are_read_with_numbers_as_text_and_granted_scopes_in_either_style() {
    let body = r#"{"token_type":"Bearer","scope":"openid https://graph.microsoft.com/Mail.Read","expires_in":"4799",
        "refresh_in":2400,"access_token":"a","foci":"1"}"#;
    let tokens = read_token_answer(&answer(200, body), START).unwrap();
    assert_eq!((tokens.expires_in.as_secs(), tokens.refresh_in.map(|wait| wait.as_secs())), (4799, Some(2400)));
    assert!(tokens.grants("Mail.Read") && tokens.grants("https://graph.microsoft.com/mail.read") && !tokens.grants("Mail.ReadWrite"));
    assert!(!format!("{tokens:?}").contains("\"a\""));
}

#[test]
fn a_refusal_is_read_from_json_and_from_anything_else() {
    let refusal = read_token_answer(&oauth_refusal(400, "invalid_grant", 65001), START).unwrap_err();
    assert_eq!((refusal.codes.as_slice(), refusal.trace_id.as_deref()), ([65001].as_slice(), Some("t")));
    assert_eq!(refusal.recourse(), Recourse::Reauthorize);
    for body in ["<html>", "", r#"{"error":"#] {
        let refusal = read_token_answer(&answer(502, body), START).unwrap_err();
        assert!(matches!(refusal.recourse(), Recourse::RetryAfter(_)), "{body}");
    }
    let unreadable = read_token_answer(&answer(200, "<html>"), START).unwrap_err();
    assert!(matches!(unreadable.recourse(), Recourse::RetryAfter(_)));
    let busy = crate::scripted::with_header(oauth_refusal(429, "temporarily_unavailable", 90055), "retry-after", "17");
    let wait = read_token_answer(&busy, START).unwrap_err().recourse();
    assert_eq!(wait, Recourse::RetryAfter(std::time::Duration::from_secs(17)));
}

/// Signs ID tokens as Microsoft does.
struct Issuer {
    key: KeyPair,
}

impl Issuer {
    fn new() -> Self {
        Issuer { key: KeyPair::generate(KeySize::Rsa2048).unwrap() }
    }

    fn jwks(&self, kid: &str, issuer: &str) -> String {
        let components: RsaPublicKeyComponents<Vec<u8>> = self.key.public_key().into();
        let (n, e) = (URL_SAFE_NO_PAD.encode(components.n), URL_SAFE_NO_PAD.encode(components.e));
        let other = json!({"kty": "EC", "kid": "elliptic", "crv": "P-256", "x": "AA", "y": "AA"});
        json!({"keys": [other, {"kty": "RSA", "use": "sig", "kid": kid, "n": n, "e": e, "issuer": issuer}]}).to_string()
    }

    fn sign(&self, header: &Value, claims: &Value) -> Secret<String> {
        let signed = format!("{}.{}", URL_SAFE_NO_PAD.encode(header.to_string()), URL_SAFE_NO_PAD.encode(claims.to_string()));
        let mut signature = vec![0; self.key.public_modulus_len()];
        self.key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
        Secret::new(format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

const TEMPLATE: &str = "https://login.microsoftonline.com/{tenantid}/v2.0";

fn discovery() -> http::Response<bytes::Bytes> {
    answer(200, &json!({"issuer": TEMPLATE, "jwks_uri": "https://login.microsoftonline.com/organizations/discovery/v2.0/keys"}).to_string())
}

fn header() -> Value {
    json!({"typ": "JWT", "alg": "RS256", "kid": "k1"})
}

fn claims() -> Value {
    json!({"aud": "client-1", "iss": TEMPLATE.replace("{tenantid}", TENANT), "tid": TENANT, "oid": "user-1", "nonce": "n1", "ver": "2.0",
        "nbf": START.seconds() - 300, "exp": START.seconds() + 3600, "name": "Anna", "preferred_username": "anna@contoso.example"})
}

fn expected() -> Expected {
    Expected { client_id: "client-1".into(), nonce: Some("n1".into()), tenants: Vec::new() }
}

async fn identify(stage: &Stage, token: &Secret<String>, expected: &Expected) -> Result<Identity, IdTokenError> {
    stage.client.identify("organizations", token, expected).await.unwrap()
}

fn with(mut object: Value, name: &str, value: Value) -> Value {
    object[name] = value;
    object
}

#[tokio::test]
async fn an_id_token_of_microsoft_says_who_signed_in() {
    let (stage, issuer) = (Stage::new(), Issuer::new());
    stage.script.identity(Ok(discovery())).identity(Ok(answer(200, &issuer.jwks("k1", TEMPLATE))));
    let token = issuer.sign(&header(), &claims());
    let identity = identify(&stage, &token, &expected()).await.unwrap();
    assert_eq!((identity.tenant_id.as_str(), identity.object_id.as_str()), (TENANT, "user-1"));
    assert!(identify(&stage, &token, &expected()).await.is_ok(), "the keys are fetched once");
    let bound = Expected { tenants: vec![TENANT.to_uppercase()], ..expected() };
    assert!(identify(&stage, &token, &bound).await.is_ok());
}

#[tokio::test]
async fn an_id_token_that_differs_in_anything_proves_nothing() {
    let (stage, issuer, stranger) = (Stage::new(), Issuer::new(), Issuer::new());
    stage.script.identity(Ok(discovery())).identity(Ok(answer(200, &issuer.jwks("k1", TEMPLATE))));
    let other = "11111111-2222-3333-4444-555555555555";
    for (name, value, error) in [
        ("aud", json!("client-2"), IdTokenError::Audience),
        ("aud", json!(["client-1", "client-2"]), IdTokenError::Malformed),
        ("iss", json!(TEMPLATE.replace("{tenantid}", other)), IdTokenError::Issuer),
        ("iss", json!("https://evil.example/v2.0"), IdTokenError::Issuer),
        ("tid", json!(other), IdTokenError::Issuer),
        ("tid", json!("{tenantid}"), IdTokenError::Issuer),
        ("ver", json!("1.0"), IdTokenError::Issuer),
        ("exp", json!(START.seconds() - 301), IdTokenError::Time),
        ("nbf", json!(START.seconds() + 301), IdTokenError::Time),
        ("nonce", json!("n2"), IdTokenError::Nonce),
        ("nonce", json!(""), IdTokenError::Nonce),
        ("oid", json!(null), IdTokenError::Malformed),
    ] {
        let token = issuer.sign(&header(), &with(claims(), name, value.clone()));
        assert_eq!(identify(&stage, &token, &expected()).await, Err(error), "{name} = {value}");
    }
    let forged = stranger.sign(&header(), &claims());
    assert_eq!(identify(&stage, &forged, &expected()).await, Err(IdTokenError::Signature));
    for algorithm in ["none", "HS256", "PS256"] {
        let token = issuer.sign(&with(header(), "alg", json!(algorithm)), &claims());
        assert_eq!(identify(&stage, &token, &expected()).await, Err(IdTokenError::Algorithm), "{algorithm}");
    }
    let bound = Expected { tenants: vec![other.into()], ..expected() };
    assert_eq!(identify(&stage, &issuer.sign(&header(), &claims()), &bound).await, Err(IdTokenError::Tenant));
    let no_nonce = Expected { nonce: Some(String::new()), ..expected() };
    let token = issuer.sign(&header(), &with(claims(), "nonce", json!("")));
    assert_eq!(identify(&stage, &token, &no_nonce).await, Err(IdTokenError::Nonce), "an empty nonce proves nothing");
}

#[tokio::test]
async fn a_key_of_another_class_of_tenants_is_not_believed() {
    let (stage, issuer) = (Stage::new(), Issuer::new());
    let personal = "https://login.microsoftonline.com/9188040d-6c67-4c5b-b112-36a304b66dad/v2.0";
    stage.script.identity(Ok(discovery())).identity(Ok(answer(200, &issuer.jwks("k1", personal))));
    let token = issuer.sign(&header(), &claims());
    assert_eq!(identify(&stage, &token, &expected()).await, Err(IdTokenError::Issuer));
}

#[tokio::test]
async fn a_new_key_is_fetched_at_most_once_in_five_minutes_and_old_ones_outlive_an_outage() {
    let (stage, old, new) = (Stage::new(), Issuer::new(), Issuer::new());
    stage.script.identity(Ok(discovery())).identity(Ok(answer(200, &old.jwks("k1", TEMPLATE))));
    let rolled = new.sign(&with(header(), "kid", json!("k2")), &claims());
    assert_eq!(identify(&stage, &rolled, &expected()).await, Err(IdTokenError::UnknownKey));
    stage.clock.advance(std::time::Duration::from_secs(301));
    stage.script.identity(Ok(answer(503, "")));
    assert!(identify(&stage, &old.sign(&header(), &claims()), &expected()).await.is_ok());
    assert_eq!(identify(&stage, &rolled, &expected()).await, Err(IdTokenError::UnknownKey), "the fetch failed");
    stage.script.identity(Ok(discovery())).identity(Ok(answer(200, &new.jwks("k2", TEMPLATE))));
    assert!(identify(&stage, &rolled, &expected()).await.is_ok());
}

#[tokio::test]
async fn keys_are_fetched_from_the_identity_platform_only() {
    let stage = Stage::new();
    let foreign = json!({"issuer": TEMPLATE, "jwks_uri": "https://evil.example/keys"}).to_string();
    stage.script.identity(Ok(answer(200, &foreign)));
    let token = Issuer::new().sign(&header(), &claims());
    let error = stage.client.identify("organizations", &token, &expected()).await.unwrap_err();
    assert_eq!(error.recourse(), Recourse::Refuse);
}

#[tokio::test]
async fn a_redeemed_code_whose_answer_is_lost_is_not_redeemed_again() {
    let stage = Stage::new();
    stage.script.identity(Err(transport::TransportError::answer_lost(transport::Fault::Timeout)));
    assert_eq!(stage.client.redeem_code("client-1", &code()).await.unwrap_err().recourse(), Recourse::Verify);
    stage.script.identity(Ok(crate::scripted::tokens("a", "r")));
    assert!(stage.client.redeem_code("client-1", &code()).await.is_ok());
}
