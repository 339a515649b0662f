//! Grants after sign-in: refresh, revocation, consent, app-only tokens, certificates (reference: identity, sections 1.5 to 4).

#![allow(clippy::unwrap_used, reason = "test code")]

mod cloud;

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use cloud::*;
use microsoft365_sim::Simulator;
use microsoft365_sim::control::registrations::NewCertificate;
use microsoft365_sim::directory::SignInState;
use microsoft365_sim::directory::fixture::{SERVICE_APP_ID, SERVICE_APP_SECRET, WEB_APP_ID, WEB_APP_SECRET};
use microsoft365_sim::directory::tenant::DEFAULT_TENANT;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

#[tokio::test]
async fn each_refresh_gives_a_new_token_and_the_old_one_stays_valid() {
    let sim = cloud();
    let first = text(&sign_in(&sim, ANNA).await["refresh_token"]);
    let second = text(&refresh(&sim, &first).await.json()["refresh_token"]);
    assert_ne!(first, second);
    assert_eq!(refresh(&sim, &first).await.status, 200, "the old one is not revoked");
    assert_eq!(refresh(&sim, &second).await.status, 200);
    sim.control().configure(|config| config.identity.single_use_refresh_tokens = true);
    assert_eq!(refresh(&sim, &first).await.status, 200);
    assert_eq!(refresh(&sim, &first).await.oauth_error(), (400, "invalid_grant".into(), 70000), "the strict mode punishes reuse");
}

#[tokio::test]
async fn ninety_days_without_use_end_a_refresh_token_and_use_prolongs_it() {
    let sim = cloud();
    let token = text(&sign_in(&sim, ANNA).await["refresh_token"]);
    for _ in 0..3 {
        sim.control().advance_clock(Duration::from_secs(60 * 86_400));
        assert_eq!(refresh(&sim, &token).await.status, 200, "used in time");
    }
    sim.control().advance_clock(Duration::from_secs(90 * 86_400 + 1));
    let dead = refresh(&sim, &token).await;
    assert_eq!(dead.oauth_error(), (400, "invalid_grant".into(), 700_082));
    assert!(text(&dead.json()["error_description"]).contains("inactive for 90.00:00:00"));
}

#[tokio::test]
async fn what_stops_a_user_stops_the_refresh_with_its_own_code() {
    let states = [
        (SignInState::PasswordExpired, 50055, "user_password_expired", false),
        (SignInState::MfaRequired, 50076, "basic_action", true),
        (SignInState::BlockedByPolicy, 53003, "message_only", true),
    ];
    for (state, code, suberror, claims) in states {
        let sim = cloud();
        let token = text(&sign_in(&sim, ANNA).await["refresh_token"]);
        sim.control().change_user(ANNA, |user| user.sign_in = state).unwrap();
        let refused = refresh(&sim, &token).await;
        assert_eq!(refused.oauth_error(), (400, "invalid_grant".into(), code));
        assert_eq!(refused.json()["suberror"], suberror);
        let challenge = refused.json()["claims"].as_str().and_then(|text| serde_json::from_str::<Value>(text).ok());
        assert_eq!(challenge.is_some(), claims, "claims is a text that holds JSON");
    }
}

#[tokio::test]
async fn a_second_factor_is_passed_by_signing_in_again() {
    let sim = cloud();
    sim.control().change_user(ANNA, |user| user.sign_in = SignInState::MfaRequired).unwrap();
    let token = text(&sign_in(&sim, ANNA).await["refresh_token"]);
    assert_eq!(refresh(&sim, &token).await.status, 200);
}

#[tokio::test]
async fn disabled_deleted_revoked_and_unconsented_each_have_their_code() {
    let sim = cloud();
    let control = sim.control();
    let token = text(&sign_in(&sim, ANNA).await["refresh_token"]);
    control.withdraw_consent(WEB_APP_ID, Some(ANNA)).unwrap();
    let unconsented = refresh(&sim, &token).await;
    assert_eq!(unconsented.oauth_error(), (400, "invalid_grant".into(), 65001));
    assert_eq!(unconsented.json()["suberror"], "consent_required");
    let token = text(&sign_in(&sim, ANNA).await["refresh_token"]);
    assert!(control.revoke_sessions(ANNA));
    assert_eq!(refresh(&sim, &token).await.oauth_error(), (400, "invalid_grant".into(), 50173));
    control.advance_clock(Duration::from_secs(1));
    let token = text(&sign_in(&sim, ANNA).await["refresh_token"]);
    control.change_user(ANNA, |user| user.account_enabled = false).unwrap();
    assert_eq!(refresh(&sim, &token).await.oauth_error(), (400, "invalid_grant".into(), 50057));
    control.delete_user(ANNA).unwrap();
    assert_eq!(refresh(&sim, &token).await.oauth_error(), (400, "invalid_grant".into(), 50034));
}

#[tokio::test]
async fn an_expired_secret_is_the_clients_fault_and_refresh_tokens_survive_it() {
    let sim = cloud();
    let token = text(&sign_in(&sim, ANNA).await["refresh_token"]);
    let now = sim.now();
    sim.control().change_app(WEB_APP_ID, |app| app.secrets[0].expires = Some(now)).unwrap();
    assert_eq!(refresh(&sim, &token).await.oauth_error(), (401, "invalid_client".into(), 7_000_222));
    sim.control().add_secret(WEB_APP_ID, Some("another".into()), None).unwrap();
    let pairs = [("client_id", WEB_APP_ID), ("client_secret", "another"), ("grant_type", "refresh_token"), ("refresh_token", &token)];
    assert_eq!(cloud::token(&sim, &pairs).await.status, 200);
}

#[tokio::test]
async fn an_administrator_must_consent_where_users_may_not() {
    let sim = cloud();
    sim.control().change_home_tenant(|tenant| tenant.user_consent_allowed = false);
    let refused = authorize(&sim, &[("login_hint", BEN)]).await;
    assert_eq!(refused.parameter("error"), "access_denied");
    assert!(refused.parameter("error_description").starts_with("AADSTS90094"));
    let scope = "https://graph.microsoft.com/.default";
    let path = form(&[("client_id", WEB_APP_ID), ("scope", scope), ("redirect_uri", REDIRECT), ("state", "s1")]);
    let granted = get(&sim, &format!("/{DEFAULT_TENANT}/v2.0/adminconsent?{path}")).await;
    assert_eq!((granted.parameter("admin_consent"), granted.parameter("tenant")), ("True".into(), DEFAULT_TENANT.into()));
    assert_eq!((granted.parameter("state"), granted.parameter("scope")), ("s1".into(), scope.into()));
    assert!(!authorize(&sim, &[("login_hint", BEN)]).await.parameter("code").is_empty());
    let common = get(&sim, &format!("/common/v2.0/adminconsent?{path}")).await;
    assert_eq!(common.status, 400, "admin consent needs a tenant");
}

fn app_form<'a>(secret: &'a str, scope: &'a str) -> Vec<(&'a str, &'a str)> {
    vec![("client_id", SERVICE_APP_ID), ("client_secret", secret), ("grant_type", "client_credentials"), ("scope", scope)]
}

const DEFAULT: &str = "https://graph.microsoft.com/.default";

#[tokio::test]
async fn an_app_gets_a_token_by_secret_in_the_body_or_as_basic() {
    let sim = cloud();
    let reply = token(&sim, &app_form(SERVICE_APP_SECRET, DEFAULT)).await.json();
    let mut members: Vec<&str> = reply.as_object().unwrap().keys().map(String::as_str).collect();
    members.sort_unstable();
    assert_eq!(members, ["access_token", "expires_in", "ext_expires_in", "token_type"], "no scope, no refresh token, no id token");
    let said = claims(&text(&reply["access_token"]));
    assert_eq!((said["idtyp"].as_str(), said["appidacr"].as_str()), (Some("app"), Some("1")));
    assert!(said["roles"].as_array().unwrap().contains(&json!("Mail.ReadWrite")) && said.get("scp").is_none());
    let encode = |text: &str| url::form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
    let basic = STANDARD.encode(format!("{}:{}", encode(WEB_APP_ID), encode(WEB_APP_SECRET)));
    let header = format!("Basic {basic}");
    let body = form(&[("grant_type", "client_credentials"), ("scope", DEFAULT)]);
    let by_basic = call(&sim, "POST", &format!("/{DEFAULT_TENANT}/oauth2/v2.0/token"), &[("authorization", &header)], body).await;
    assert_eq!(by_basic.status, 200, "{}", by_basic.text());
    assert!(claims(&text(&by_basic.json()["access_token"])).get("roles").is_none(), "an app without roles still gets a token");
}

#[tokio::test]
async fn bad_app_only_requests_have_their_codes() {
    let sim = cloud();
    assert_eq!(token(&sim, &app_form("wrong", DEFAULT)).await.oauth_error(), (401, "invalid_client".into(), 7_000_215));
    let no_secret = [("client_id", SERVICE_APP_ID), ("grant_type", "client_credentials"), ("scope", DEFAULT)];
    assert_eq!(token(&sim, &no_secret).await.oauth_error(), (401, "invalid_client".into(), 7_000_218));
    let good = app_form(SERVICE_APP_SECRET, DEFAULT);
    assert_eq!(token_at(&sim, "common", &good).await.oauth_error(), (400, "invalid_request".into(), 9_001_023));
    assert_eq!(token_at(&sim, "organizations", &good).await.oauth_error(), (400, "invalid_request".into(), 50059));
    assert_eq!(token_at(&sim, "nobody.example", &good).await.oauth_error(), (400, "invalid_request".into(), 90002));
    let named = app_form(SERVICE_APP_SECRET, "https://graph.microsoft.com/Mail.Read");
    assert_eq!(token(&sim, &named).await.oauth_error(), (400, "invalid_scope".into(), 1_002_012));
    let no_scope = [("client_id", SERVICE_APP_ID), ("client_secret", SERVICE_APP_SECRET), ("grant_type", "client_credentials")];
    let missing = token(&sim, &no_scope).await;
    assert_eq!(missing.oauth_error(), (400, "invalid_request".into(), 900_144));
    assert!(text(&missing.json()["error_description"]).contains("'scope'"));
    assert_eq!(get(&sim, &format!("/{DEFAULT_TENANT}/oauth2/v2.0/token")).await.oauth_error(), (400, "invalid_request".into(), 900_561));
    let unknown = [
        ("client_id", "99999999-0000-0000-0000-000000000000"),
        ("client_secret", "x"),
        ("grant_type", "client_credentials"),
        ("scope", DEFAULT),
    ];
    assert_eq!(token(&sim, &unknown).await.oauth_error(), (400, "unauthorized_client".into(), 700_016));
    let grant = [("client_id", SERVICE_APP_ID), ("grant_type", "telepathy")];
    assert_eq!(token(&sim, &grant).await.oauth_error(), (400, "unsupported_grant_type".into(), 70003));
}

fn thumbprints(certificate: &NewCertificate) -> (Vec<u8>, Vec<u8>) {
    let base64: String = certificate.certificate_pem.lines().filter(|line| !line.starts_with("-----")).collect();
    let der = STANDARD.decode(base64).unwrap();
    let sha1 = (0..20).map(|at| u8::from_str_radix(&certificate.thumbprint[at * 2..at * 2 + 2], 16).unwrap()).collect();
    (Sha256::digest(&der).to_vec(), sha1)
}

async fn with_assertion(sim: &Simulator, assertion: &str) -> Reply {
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let pairs = [
        ("client_id", SERVICE_APP_ID),
        ("client_assertion_type", kind),
        ("client_assertion", assertion),
        ("grant_type", "client_credentials"),
        ("scope", DEFAULT),
    ];
    token(sim, &pairs).await
}

fn assertion_claims(sim: &Simulator) -> Value {
    let now = sim.now().as_second() as f64 + 0.25;
    let audience = format!("{ORIGIN}/{DEFAULT_TENANT}/oauth2/v2.0/token");
    json!({"aud": audience, "iss": SERVICE_APP_ID, "sub": SERVICE_APP_ID, "jti": "1", "iat": now, "exp": now + 600.0})
}

#[tokio::test]
async fn a_certificate_proves_the_app_in_every_style_that_clients_use() {
    let sim = cloud();
    let certificate = sim.control().make_certificate(SERVICE_APP_ID).unwrap();
    let (sha256, sha1) = thumbprints(&certificate);
    let headers = [
        json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE.encode(&sha256)}),
        json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(&sha256)}),
        json!({"alg": "RS256", "typ": "JWT", "x5t": URL_SAFE_NO_PAD.encode(&sha1)}),
    ];
    for header in headers {
        let reply = with_assertion(&sim, &sign_assertion(&certificate.private_key_pem, &header, &assertion_claims(&sim))).await;
        assert_eq!(reply.status, 200, "{header}: {}", reply.text());
        assert_eq!(claims(&text(&reply.json()["access_token"]))["appidacr"], "2");
    }
}

#[tokio::test]
async fn a_bad_assertion_is_refused_with_its_code() {
    let sim = cloud();
    let certificate = sim.control().make_certificate(SERVICE_APP_ID).unwrap();
    let (sha256, _) = thumbprints(&certificate);
    let header = json!({"alg": "PS256", "typ": "JWT", "x5t#S256": URL_SAFE_NO_PAD.encode(&sha256)});
    let good = assertion_claims(&sim);
    let signed = |header: &Value, claims: &Value| sign_assertion(&certificate.private_key_pem, header, claims);
    let unknown = json!({"alg": "PS256", "x5t#S256": URL_SAFE_NO_PAD.encode([0; 32])});
    assert_eq!(with_assertion(&sim, &signed(&unknown, &good)).await.oauth_error(), (401, "invalid_client".into(), 700_027));
    let mut forged = signed(&header, &good);
    let place = forged.len() - 10;
    let other = if &forged[place..=place] == "A" { "B" } else { "A" };
    forged.replace_range(place..=place, other);
    assert_eq!(with_assertion(&sim, &forged).await.oauth_error(), (401, "invalid_client".into(), 700_027));
    let mut elsewhere = good.clone();
    elsewhere["aud"] = json!("https://elsewhere.example/token");
    assert_eq!(with_assertion(&sim, &signed(&header, &elsewhere)).await.oauth_error(), (401, "invalid_client".into(), 700_021));
    let assertion = signed(&header, &good);
    sim.control().advance_clock(Duration::from_secs(3600));
    assert_eq!(with_assertion(&sim, &assertion).await.oauth_error(), (401, "invalid_client".into(), 700_024));
    assert_eq!(with_assertion(&sim, "a.b.c").await.oauth_error(), (401, "invalid_client".into(), 50012));
}

#[tokio::test]
async fn graph_says_what_is_wrong_with_a_token() {
    let sim = cloud();
    let message = |reply: &Reply| text(&reply.json()["error"]["message"]);
    let none = get(&sim, "/v1.0/me").await;
    assert_eq!((none.status, message(&none).as_str()), (401, "Access token is empty."));
    assert!(none.header("www-authenticate").starts_with("Bearer realm=\"\", authorization_uri="));
    let garbage = graph(&sim, "garbage", "/v1.0/me").await;
    assert!(message(&garbage).starts_with("IDX14100"));
    let token = text(&sign_in(&sim, ANNA).await["access_token"]);
    sim.control().advance_clock(Duration::from_secs(5400));
    let old = graph(&sim, &token, "/v1.0/me").await;
    assert_eq!((old.status, message(&old).as_str()), (401, "Lifetime validation failed, the token is expired."));
    assert_eq!(old.json()["error"]["code"], "InvalidAuthenticationToken");
}

#[tokio::test]
async fn a_revoked_session_ends_at_once_only_with_continuous_access_evaluation() {
    let sim = cloud();
    let token = text(&sign_in(&sim, ANNA).await["access_token"]);
    sim.control().revoke_sessions(ANNA);
    assert_eq!(graph(&sim, &token, "/v1.0/me").await.status, 200, "an access token lives until it expires");
    sim.control().configure(|config| config.identity.continuous_access_evaluation = true);
    let refused = graph(&sim, &token, "/v1.0/me").await;
    assert_eq!(refused.status, 401);
    let challenge = refused.header("www-authenticate");
    assert!(challenge.contains("error=\"insufficient_claims\""), "{challenge}");
    let claims = challenge.split("claims=\"").nth(1).unwrap().trim_end_matches('"');
    let claims: Value = serde_json::from_slice(&STANDARD.decode(claims).unwrap()).unwrap();
    assert_eq!(claims["access_token"]["nbf"]["essential"], true);
}
