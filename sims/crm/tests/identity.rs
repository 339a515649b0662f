//! Sign-in at Google (RFC 6749, 7009, 7636; OpenID Connect Core; Google, "OAuth 2.0 for web server applications").

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

mod world;

use std::time::Duration;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use crm_sim::google::{CONTACTS_READONLY, Client, EMAIL};
use crm_sim::{Config, Simulator};
use http::Response;
use serde_json::Value;
use url::Url;
use world::{ANNA, get, json, post, with, world};

const BACK: &str = "http://localhost:3000/callback";
const TOKEN: &str = "https://oauth2.googleapis.com/token";
const VERIFIER: &str = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
/// The challenge of that verifier (RFC 7636, appendix B).
const CHALLENGE: &str = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

/// The authorize address with the usual parameters, some of them replaced.
fn authorize(changes: &[(&str, &str)]) -> String {
    let id = Client::default().id;
    let scope = format!("openid email profile {CONTACTS_READONLY}");
    let mut pairs = vec![
        ("response_type", "code"),
        ("client_id", id.as_str()),
        ("redirect_uri", BACK),
        ("scope", scope.as_str()),
        ("state", "st/ate"),
        ("access_type", "offline"),
        ("login_hint", ANNA),
        ("code_challenge", CHALLENGE),
        ("code_challenge_method", "S256"),
        ("nonce", "n1"),
    ];
    pairs.retain(|(name, _)| !changes.iter().any(|(of, _)| of == name));
    pairs.extend(changes);
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    format!("https://accounts.google.com/o/oauth2/v2/auth?{query}")
}

fn led_to(answer: &Response<Bytes>, name: &str) -> Option<String> {
    let to = Url::parse(answer.headers().get("location")?.to_str().unwrap()).unwrap();
    to.query_pairs().find(|(of, _)| of == name).map(|(_, value)| value.into_owned())
}

fn code(sim: &Simulator, changes: &[(&str, &str)]) -> String {
    led_to(&get(sim, &authorize(changes), ""), "code").expect("a code")
}

/// The token call with the usual parameters, some of them replaced; an empty value leaves one out.
fn redeem(sim: &Simulator, code: &str, changes: &[(&str, &str)]) -> (u16, Value) {
    let client = Client::default();
    let mut pairs = vec![
        ("grant_type", "authorization_code"),
        ("code", code),
        ("client_id", client.id.as_str()),
        ("client_secret", client.secret.as_str()),
        ("redirect_uri", BACK),
        ("code_verifier", VERIFIER),
    ];
    pairs.retain(|(name, _)| !changes.iter().any(|(of, _)| of == name));
    pairs.extend(changes);
    post(sim, TOKEN, &pairs)
}

fn refresh(sim: &Simulator, token: &str) -> (u16, Value) {
    let client = Client::default();
    post(
        sim,
        TOKEN,
        &[("grant_type", "refresh_token"), ("refresh_token", token), ("client_id", &client.id), ("client_secret", &client.secret)],
    )
}

fn error(answer: &(u16, Value)) -> (u16, &str) {
    (answer.0, answer.1["error"].as_str().unwrap_or_default())
}

#[test]
fn a_sign_in_gives_tokens_and_who_it_was() {
    let sim = world();
    let answer = get(&sim, &authorize(&[]), "");
    assert_eq!((answer.status().as_u16(), led_to(&answer, "state").as_deref()), (302, Some("st/ate")));
    let (status, tokens) = redeem(&sim, &led_to(&answer, "code").unwrap(), &[]);
    assert_eq!((status, &tokens["expires_in"], &tokens["token_type"]), (200, &3599.into(), &"Bearer".into()));
    let scope = tokens["scope"].as_str().unwrap();
    assert!(scope.contains(EMAIL) && scope.contains(CONTACTS_READONLY) && !scope.split(' ').any(|scope| scope == "email"), "{scope}");
    let info = json(&get(&sim, "https://openidconnect.googleapis.com/v1/userinfo", tokens["access_token"].as_str().unwrap()));
    assert_eq!((&info["email"], &info["email_verified"], &info["name"]), (&ANNA.into(), &true.into(), &"Anna Müller".into()));
    assert_eq!(info["sub"], sim.google().accounts()[0].sub);
}

#[test]
fn the_id_token_is_signed_by_the_published_key() {
    let sim = world();
    let token = redeem(&sim, &code(&sim, &[]), &[]).1["id_token"].as_str().unwrap().to_owned();
    let keys = json(&get(&sim, "https://www.googleapis.com/oauth2/v3/certs", ""));
    let part = |name: &str| URL_SAFE_NO_PAD.decode(keys["keys"][0][name].as_str().unwrap()).unwrap();
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let key = RsaPublicKeyComponents { n: part("n"), e: part("e") };
    key.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).expect("the signature holds");
    let read = |at: usize| serde_json::from_slice::<Value>(&URL_SAFE_NO_PAD.decode(token.split('.').nth(at).unwrap()).unwrap()).unwrap();
    assert_eq!((&read(0)["alg"], &read(0)["kid"]), (&"RS256".into(), &keys["keys"][0]["kid"]));
    let claims = read(1);
    assert_eq!((&claims["iss"], &claims["aud"]), (&"https://accounts.google.com".into(), &Client::default().id.into()));
    assert_eq!((&claims["nonce"], claims["exp"].as_i64()), (&"n1".into(), Some(sim.now().as_second() + 3600)));
}

#[test]
fn a_refresh_token_comes_with_offline_access_at_the_first_consent_or_when_consent_is_asked_again() {
    let sim = world();
    let has = |changes: &[(&str, &str)]| redeem(&sim, &code(&sim, changes), &[]).1["refresh_token"].is_string();
    assert!(has(&[]), "the first time");
    assert!(!has(&[]), "the second time");
    assert!(has(&[("prompt", "consent")]));
    assert!(!has(&[("prompt", "consent"), ("access_type", "online")]));
    sim.google().revoke(ANNA, None).unwrap();
    assert!(!has(&[("access_type", "online")]));
}

#[test]
fn what_is_wrong_with_the_app_is_told_on_a_page() {
    let sim = world();
    let slash = format!("{BACK}/");
    for (changes, status, word) in [
        ([("redirect_uri", slash.as_str())], 400, "redirect_uri_mismatch"),
        ([("client_id", "nobody")], 401, "invalid_client"),
        ([("response_type", "token")], 400, "unsupported_response_type"),
        ([("scope", "everything")], 400, "invalid_scope"),
        ([("code_challenge_method", "plain")], 400, "invalid_request"),
    ] {
        let answer = get(&sim, &authorize(&changes), "");
        assert_eq!((answer.status().as_u16(), answer.headers().get("location")), (status, None), "{word}");
        assert!(String::from_utf8_lossy(answer.body()).contains(word), "{word}");
    }
}

#[test]
fn who_declines_leads_back_with_access_denied() {
    let sim = world();
    sim.google().set_declines(ANNA, true).unwrap();
    let answer = get(&sim, &authorize(&[]), "");
    assert_eq!((led_to(&answer, "error").as_deref(), led_to(&answer, "state").as_deref()), (Some("access_denied"), Some("st/ate")));
    assert_eq!(led_to(&answer, "code"), None);
}

#[test]
fn the_page_lists_accounts_and_its_links_allow_and_decline() {
    let sim = with(Config { google: Default::default(), ..Config::seeded(7) });
    let page = String::from_utf8(get(&sim, &authorize(&[]), "").body().to_vec()).unwrap();
    assert!(page.contains("Anna Müller"), "{page}");
    let links: Vec<String> = page.split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap().replace("&amp;", "&")).collect();
    let follow = |link: &str| get(&sim, Url::parse(&authorize(&[])).unwrap().join(link).unwrap().as_str(), "");
    assert_eq!(redeem(&sim, &led_to(&follow(&links[0]), "code").unwrap(), &[]).0, 200);
    assert_eq!(led_to(&follow(&links[1]), "error").as_deref(), Some("access_denied"));
}

#[test]
fn a_scope_that_is_left_unticked_is_not_granted_and_earlier_ones_can_be_included() {
    let sim = world();
    sim.google().set_withholds(ANNA, &[CONTACTS_READONLY]).unwrap();
    let scopes = |changes: &[(&str, &str)]| redeem(&sim, &code(&sim, changes), &[]).1["scope"].as_str().unwrap().to_owned();
    assert!(!scopes(&[]).contains(CONTACTS_READONLY));
    sim.google().set_withholds(ANNA, &[]).unwrap();
    assert!(!scopes(&[("scope", CONTACTS_READONLY)]).contains("openid"));
    assert!(scopes(&[("scope", CONTACTS_READONLY), ("include_granted_scopes", "true")]).contains("openid"));
}

#[test]
fn a_code_is_good_once_for_its_app_address_and_verifier() {
    let sim = world();
    let other = "http://127.0.0.1:3000/callback";
    let first = code(&sim, &[]);
    assert_eq!(error(&redeem(&sim, &first, &[("redirect_uri", other)])), (400, "redirect_uri_mismatch"));
    assert_eq!(redeem(&sim, &first, &[]).0, 200);
    assert_eq!(error(&redeem(&sim, &first, &[])), (400, "invalid_grant"));
    assert_eq!(error(&redeem(&sim, "made up", &[])), (400, "invalid_grant"));
    assert_eq!(error(&redeem(&sim, &code(&sim, &[]), &[("code_verifier", "wrong")])), (400, "invalid_grant"));
    assert_eq!(error(&redeem(&sim, &code(&sim, &[]), &[("code_verifier", "")])), (400, "invalid_grant"));
    let late = code(&sim, &[]);
    sim.advance(Duration::from_secs(600));
    assert_eq!(error(&redeem(&sim, &late, &[])), (400, "invalid_grant"));
}

#[test]
fn the_token_endpoint_names_what_is_wrong() {
    let sim = world();
    let code = code(&sim, &[]);
    for (changes, status, word) in [
        ([("client_id", "")], 400, "invalid_request"),
        ([("client_id", "nobody")], 401, "invalid_client"),
        ([("client_secret", "wrong")], 401, "invalid_client"),
        ([("client_secret", "")], 400, "invalid_request"),
        ([("code", "")], 400, "invalid_request"),
        ([("grant_type", "password")], 400, "unsupported_grant_type"),
        ([("grant_type", "")], 400, "invalid_request"),
    ] {
        let answer = redeem(&sim, &code, &changes);
        assert_eq!(error(&answer), (status, word), "{changes:?}");
        assert!(answer.1["error_description"].is_string());
    }
    let second = Client { id: "second".to_owned(), secret: "secret".to_owned(), redirect_uris: Vec::new() };
    sim.google().register_client(second);
    let answer = redeem(&sim, &code, &[("client_id", "second"), ("client_secret", "secret")]);
    assert_eq!(error(&answer), (401, "unauthorized_client"));
}

#[test]
fn a_refresh_gives_an_access_token_and_no_refresh_token_until_it_is_revoked() {
    let sim = world();
    let tokens = redeem(&sim, &code(&sim, &[]), &[]).1;
    let held = tokens["refresh_token"].as_str().unwrap();
    let (status, fresh) = refresh(&sim, held);
    assert_eq!((status, fresh["refresh_token"].is_null(), fresh["scope"] == tokens["scope"]), (200, true, true));
    assert_ne!(fresh["access_token"], tokens["access_token"]);
    sim.google().revoke(ANNA, None).unwrap();
    let dead = refresh(&sim, held);
    assert_eq!(error(&dead), (400, "invalid_grant"));
    assert_eq!(dead.1["error_description"], "Token has been expired or revoked.");
    let info = get(&sim, "https://openidconnect.googleapis.com/v1/userinfo", fresh["access_token"].as_str().unwrap());
    assert_eq!(info.status().as_u16(), 401);
}

#[test]
fn revoking_either_token_takes_the_grant_back() {
    let sim = world();
    for which in ["access_token", "refresh_token"] {
        let tokens = redeem(&sim, &code(&sim, &[]), &[]).1;
        let answer = post(&sim, "https://oauth2.googleapis.com/revoke", &[("token", tokens[which].as_str().unwrap())]);
        assert_eq!(answer.0, 200, "{which}");
        assert_eq!(error(&refresh(&sim, tokens["refresh_token"].as_str().unwrap())), (400, "invalid_grant"), "{which}");
        let again = post(&sim, "https://oauth2.googleapis.com/revoke", &[("token", tokens[which].as_str().unwrap())]);
        assert_eq!(error(&again), (400, "invalid_token"));
    }
}

#[test]
fn refresh_tokens_of_an_app_in_testing_die_and_the_oldest_of_too_many_too() {
    let mut config = Config::seeded(7);
    config.google.refresh_token_seconds = Some(604_800);
    config.google.refresh_tokens_max = 2;
    let sim = with(config);
    let held: Vec<String> = (0..3)
        .map(|_| {
            let tokens = redeem(&sim, &code(&sim, &[("prompt", "consent")]), &[]).1;
            assert_eq!(tokens["refresh_token_expires_in"], 604_799);
            tokens["refresh_token"].as_str().unwrap().to_owned()
        })
        .collect();
    assert_eq!([refresh(&sim, &held[0]).0, refresh(&sim, &held[1]).0, refresh(&sim, &held[2]).0], [400, 200, 200]);
    sim.advance(Duration::from_secs(604_800));
    assert_eq!(refresh(&sim, &held[2]).0, 400);
}
