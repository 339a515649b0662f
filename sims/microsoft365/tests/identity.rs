//! Signing in: authorize, code, PKCE, id tokens, pages, redirect rules, tenants (reference: identity, sections 1 to 3).

#![allow(clippy::unwrap_used, reason = "test code")]

mod cloud;

use aws_lc_rs::signature::{RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use cloud::*;
use microsoft365_sim::directory::fixture::{WEB_APP_ID, WEB_APP_SECRET};
use microsoft365_sim::directory::tenant::DEFAULT_TENANT;
use microsoft365_sim::directory::{Audience, SignInState};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn a_code_with_pkce_becomes_tokens_that_open_graph() {
    let sim = cloud();
    let reply = authorize(&sim, &[("client_info", "1")]).await;
    assert!(reply.header("location").starts_with(REDIRECT));
    assert_eq!(reply.parameter("state"), "st&te/+1", "state comes back byte for byte");
    assert!(!reply.parameter("session_state").is_empty());
    let code = reply.parameter("code");
    assert!((700..1500).contains(&code.len()), "a code is long: {}", code.len());
    let tokens = token(&sim, &redeem_form(&code)).await;
    assert_eq!(tokens.status, 200, "{}", tokens.text());
    assert_eq!(tokens.header("cache-control"), "no-store, no-cache");
    assert!(!tokens.header("x-ms-request-id").is_empty());
    let body = tokens.json();
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["scope"], "openid profile Mail.ReadWrite User.Read", "short names in, short names out, no offline_access");
    assert!((3598..=5399).contains(&body["expires_in"].as_i64().unwrap()));
    let info = URL_SAFE_NO_PAD.decode(text(&body["client_info"])).unwrap();
    let info: serde_json::Value = serde_json::from_slice(&info).unwrap();
    assert_eq!(info["utid"], DEFAULT_TENANT);
    let me = graph(&sim, &text(&body["access_token"]), "/v1.0/me").await;
    assert_eq!((me.status, me.json()["userPrincipalName"].clone()), (200, json!(ANNA)));
    assert_eq!(me.json()["id"], info["uid"]);
}

#[tokio::test]
async fn a_code_is_good_once_for_its_tenant_verifier_redirect_and_ten_minutes() {
    let sim = cloud();
    let code = code_of(&sim, ANNA).await;
    let mut wrong = redeem_form(&code);
    wrong.iter_mut().find(|(name, _)| *name == "code_verifier").unwrap().1 = "another-verifier-another-verifier-another-43x";
    assert_eq!(token(&sim, &wrong).await.oauth_error(), (400, "invalid_grant".into(), 501_481));
    let mut elsewhere = redeem_form(&code);
    elsewhere.iter_mut().find(|(name, _)| *name == "redirect_uri").unwrap().1 = "http://localhost:3000/auth/callback";
    assert_eq!(token(&sim, &elsewhere).await.oauth_error(), (400, "invalid_grant".into(), 50112));
    assert_eq!(token(&sim, &redeem_form(&code)).await.status, 200, "a failed try does not use the code up");
    let again = token(&sim, &redeem_form(&code)).await;
    assert_eq!(again.oauth_error(), (400, "invalid_grant".into(), 54005));
    let late = code_of(&sim, ANNA).await;
    sim.control().advance_clock(Duration::from_secs(601));
    assert_eq!(token(&sim, &redeem_form(&late)).await.oauth_error(), (400, "invalid_grant".into(), 70008));
}

#[tokio::test]
async fn a_code_of_one_authority_is_refused_at_another() {
    let sim = cloud();
    sim.control().change_app(WEB_APP_ID, |app| app.audience = Audience::Organizations).unwrap();
    let reply = get(&sim, &authorize_path("common", &[])).await;
    let code = reply.parameter("code");
    assert_eq!(token(&sim, &redeem_form(&code)).await.oauth_error(), (400, "invalid_grant".into(), 700_005));
    assert_eq!(token_at(&sim, "common", &redeem_form(&code)).await.status, 200);
    let by_domain = get(&sim, &authorize_path("contoso.example", &[])).await.parameter("code");
    assert_eq!(token(&sim, &redeem_form(&by_domain)).await.status, 200, "a domain and its GUID are one tenant");
}

#[tokio::test]
async fn an_error_has_every_member_of_the_real_ones() {
    let sim = cloud();
    let headers = [("client-request-id", "0c7ae0e4-0000-4000-8000-000000000001")];
    let reply = call(&sim, "POST", &format!("/{DEFAULT_TENANT}/oauth2/v2.0/token"), &headers, form(&redeem_form(&"x".repeat(200)))).await;
    let body = reply.json();
    assert_eq!(reply.oauth_error(), (400, "invalid_grant".into(), 70000));
    assert_eq!(body["correlation_id"], "0c7ae0e4-0000-4000-8000-000000000001");
    assert_eq!(body["timestamp"], "2026-03-02 08:00:00Z");
    assert_eq!(body["trace_id"], reply.header("x-ms-request-id"));
    assert_eq!(body["error_uri"], format!("{ORIGIN}/error?code=70000"));
    let description = text(&body["error_description"]);
    let expected = format!(
        "AADSTS70000: Provided grant is invalid or malformed. Trace ID: {} Correlation ID: 0c7ae0e4-0000-4000-8000-000000000001 Timestamp: 2026-03-02 08:00:00Z",
        text(&body["trace_id"])
    );
    assert_eq!(description, expected);
}

#[tokio::test]
async fn the_id_token_verifies_against_the_published_key_and_issuer() {
    let sim = cloud();
    let jwt = text(&sign_in(&sim, ANNA).await["id_token"]);
    let metadata = get(&sim, "/contoso.example/v2.0/.well-known/openid-configuration").await.json();
    let keys = get(&sim, metadata["jwks_uri"].as_str().unwrap()).await.json();
    let header: serde_json::Value = serde_json::from_slice(&URL_SAFE_NO_PAD.decode(jwt.split('.').next().unwrap()).unwrap()).unwrap();
    let key = keys["keys"].as_array().unwrap().iter().find(|key| key["kid"] == header["kid"]).expect("the kid is published");
    assert!(key.get("alg").is_none(), "real keys have no alg");
    let part = |value: &serde_json::Value| URL_SAFE_NO_PAD.decode(value.as_str().unwrap()).unwrap();
    let public = RsaPublicKeyComponents { n: part(&key["n"]), e: part(&key["e"]) };
    let (signed, signature) = jwt.rsplit_once('.').unwrap();
    public.verify(&RSA_PKCS1_2048_8192_SHA256, signed.as_bytes(), &URL_SAFE_NO_PAD.decode(signature).unwrap()).expect("a good signature");
    let claims = claims(&jwt);
    assert_eq!(claims["iss"], metadata["issuer"]);
    assert_eq!(claims["iss"], key["issuer"].as_str().unwrap().replace("{tenantid}", claims["tid"].as_str().unwrap()));
    assert_eq!((claims["aud"].as_str(), claims["nonce"].as_str(), claims["ver"].as_str()), (Some(WEB_APP_ID), Some("n-1"), Some("2.0")));
    assert_eq!(claims["preferred_username"], ANNA);
}

#[tokio::test]
async fn metadata_follows_the_path_and_the_address_that_the_caller_used() {
    let sim = cloud();
    let common = get(&sim, "/common/v2.0/.well-known/openid-configuration").await.json();
    assert_eq!(common["issuer"], format!("{ORIGIN}/{{tenantid}}/v2.0"));
    assert_eq!(common["tenant_region_scope"], serde_json::Value::Null);
    let forwarded = [("x-forwarded-proto", "https"), ("x-forwarded-host", "login.microsoftonline.com")];
    let real = call(&sim, "GET", "/contoso.example/v2.0/.well-known/openid-configuration", &forwarded, "").await;
    assert_eq!(real.json()["token_endpoint"], format!("https://login.microsoftonline.com/{DEFAULT_TENANT}/oauth2/v2.0/token"));
    assert_eq!(real.header("access-control-allow-origin"), "*");
    let unknown = get(&sim, "/nobody.example/v2.0/.well-known/openid-configuration").await;
    assert_eq!(unknown.oauth_error(), (400, "invalid_tenant".into(), 90002));
    let instance =
        get(&sim, &format!("/common/discovery/instance?api-version=1.1&authorization_endpoint={ORIGIN}/x/oauth2/v2.0/authorize")).await;
    assert_eq!(instance.json()["metadata"][0]["aliases"], json!(["sim.example"]));
    let foreign = get(&sim, "/common/discovery/instance?authorization_endpoint=https://evil.example/x/oauth2/v2.0/authorize").await;
    assert_eq!(foreign.oauth_error(), (400, "invalid_instance".into(), 50049));
}

#[tokio::test]
async fn what_is_wrong_with_client_redirect_tenant_or_account_stays_on_the_page() {
    let sim = cloud();
    sim.control().change_user(BEN, |user| user.account_enabled = false).unwrap();
    sim.control().change_user("clara@contoso.example", |user| user.sign_in = SignInState::NotAssigned).unwrap();
    let cases = [
        (authorize_path(DEFAULT_TENANT, &[("redirect_uri", "http://localhost:3000/auth/Microsoft/callback")]), "AADSTS50011"),
        (authorize_path(DEFAULT_TENANT, &[("redirect_uri", "https://evil.example/cb")]), "AADSTS50011"),
        (authorize_path(DEFAULT_TENANT, &[("client_id", "99999999-0000-0000-0000-000000000000")]), "AADSTS700016"),
        (authorize_path("nobody.example", &[]), "AADSTS90002"),
        (authorize_path("common", &[]), "AADSTS50194"),
        (authorize_path(DEFAULT_TENANT, &[("login_hint", BEN)]), "AADSTS50057"),
        (authorize_path(DEFAULT_TENANT, &[("login_hint", "clara@contoso.example")]), "AADSTS50105"),
    ];
    for (path, code) in cases {
        let reply = get(&sim, &path).await;
        assert_eq!(reply.status, 400, "{code}");
        assert!(reply.headers.get("location").is_none(), "{code} must not be redirected");
        assert!(reply.text().contains(&format!("{code}:")), "{code} is named on the page");
    }
}

#[tokio::test]
async fn only_the_port_of_localhost_is_free() {
    let sim = cloud();
    let other_port = authorize(&sim, &[("redirect_uri", "http://localhost:49152/auth/microsoft/callback")]).await;
    assert!(other_port.header("location").starts_with("http://localhost:49152/auth/microsoft/callback?"));
    let other_address = authorize(&sim, &[("redirect_uri", "http://127.0.0.1:49152/auth/microsoft/callback")]).await;
    assert_eq!(other_address.status, 400, "127.0.0.1 has no such freedom");
    let tricky = authorize(&sim, &[("redirect_uri", "http://localhost:3000@evil.example/auth/microsoft/callback")]).await;
    assert_eq!(tricky.status, 400);
}

#[tokio::test]
async fn a_person_chooses_a_user_and_accepts_or_cancels() {
    let sim = cloud_with(|config| config.identity.automatic_sign_in = false);
    let page = authorize(&sim, &[]).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Ben Okafor") && page.text().contains("Mail.ReadWrite"), "{}", page.text());
    assert!(!page.text().contains("support@contoso.example"), "nobody signs in as a shared mailbox");
    let ben = sim.control().user(BEN).unwrap().id;
    let (path, query) =
        authorize_path(DEFAULT_TENANT, &[]).split_once('?').map(|(path, query)| (path.to_owned(), query.to_owned())).unwrap();
    let accepted = call(&sim, "POST", &path, &[], format!("{query}&sim_user={ben}&sim_decision=accept")).await;
    let tokens = token(&sim, &redeem_form(&accepted.parameter("code"))).await.json();
    assert_eq!(claims(&text(&tokens["id_token"]))["oid"], ben);
    let cancelled = call(&sim, "POST", &path, &[], format!("{query}&sim_user={ben}&sim_decision=cancel")).await;
    assert_eq!((cancelled.parameter("error"), cancelled.parameter("error_subcode")), ("access_denied".into(), "cancel".into()));
    assert!(cancelled.parameter("error_description").starts_with("AADSTS65004"));
    let cookie = accepted.header("set-cookie").split(';').next().unwrap().to_owned();
    let silent =
        call(&sim, "GET", &authorize_path(DEFAULT_TENANT, &[("prompt", "none"), ("login_hint", "")]), &[("cookie", &cookie)], "").await;
    assert!(!silent.parameter("code").is_empty(), "the browser's session is enough");
    let nobody = authorize(&sim, &[("prompt", "none")]).await;
    assert_eq!(nobody.parameter("error"), "login_required");
}

#[tokio::test]
async fn the_answer_comes_as_query_fragment_or_form() {
    let sim = cloud();
    let posted = authorize(&sim, &[("response_mode", "form_post")]).await;
    assert_eq!(posted.status, 200);
    assert!(posted.text().contains("name=\"code\"") && posted.text().contains("st&amp;te/+1"), "{}", posted.text());
    let fragment = authorize(&sim, &[("response_mode", "fragment")]).await;
    assert!(fragment.header("location").contains("#code="));
    let refused = authorize(&sim, &[("response_type", "token")]).await;
    assert!(refused.header("location").contains("#error=unsupported_response_type"), "{}", refused.header("location"));
}

#[tokio::test]
async fn bad_scopes_come_back_as_errors() {
    let sim = cloud();
    let error = |scope: &'static str| {
        let sim = sim.clone();
        async move {
            let reply = authorize(&sim, &[("scope", scope)]).await;
            (reply.parameter("error"), reply.parameter("error_description").split(':').next().unwrap().to_owned())
        }
    };
    assert_eq!(error("openid Mail.Reed").await, ("invalid_scope".into(), "AADSTS650053".into()));
    assert_eq!(error("https://vault.example/secrets.read").await, ("invalid_resource".into(), "AADSTS500011".into()));
    assert_eq!(error("Mail.Read https://graph.microsoft.com/.default").await, ("invalid_scope".into(), "AADSTS70011".into()));
}

#[tokio::test]
async fn scopes_are_echoed_in_the_style_of_the_request_with_what_was_consented_before() {
    let sim = cloud();
    sign_in(&sim, ANNA).await;
    let reply = authorize(&sim, &[("scope", "openid https://graph.microsoft.com/Mail.Send")]).await;
    let tokens = token(&sim, &redeem_form(&reply.parameter("code"))).await.json();
    let expected =
        "openid https://graph.microsoft.com/Mail.ReadWrite https://graph.microsoft.com/Mail.Send https://graph.microsoft.com/User.Read";
    assert_eq!(tokens["scope"], expected);
    assert!(tokens.get("refresh_token").is_none(), "without offline_access there is none");
}

#[tokio::test]
async fn a_device_signs_in_by_its_code() {
    let sim = cloud();
    sim.control().change_app(WEB_APP_ID, |app| (app.public_client, app.secrets) = (true, Vec::new())).unwrap();
    let body = form(&[("client_id", WEB_APP_ID), ("scope", SCOPE)]);
    let started = call(&sim, "POST", &format!("/{DEFAULT_TENANT}/oauth2/v2.0/devicecode"), &[], body).await.json();
    let code = text(&started["device_code"]);
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let pairs = [("client_id", WEB_APP_ID), ("grant_type", grant), ("device_code", code.as_str())];
    assert_eq!(token(&sim, &pairs).await.oauth_error(), (400, "authorization_pending".into(), 70016));
    sim.control().approve_device(&text(&started["user_code"]), BEN).unwrap();
    assert_eq!(token(&sim, &pairs).await.status, 200);
    let with_secret =
        [("client_id", WEB_APP_ID), ("client_secret", WEB_APP_SECRET), ("grant_type", "refresh_token"), ("refresh_token", &code)];
    assert_eq!(token(&sim, &with_secret).await.oauth_error(), (401, "invalid_client".into(), 700_025), "a public client has no secret");
}

#[tokio::test]
async fn the_same_seed_gives_the_same_bytes() {
    let (first, second) = (cloud(), cloud());
    assert_eq!(sign_in(&first, ANNA).await, sign_in(&second, ANNA).await);
    let other = cloud_with(|config| config.seed = 8);
    assert_ne!(sign_in(&first, ANNA).await, sign_in(&other, ANNA).await);
}

#[tokio::test]
async fn a_national_cloud_is_played_under_its_hosts_as_paths() {
    let sim = cloud();
    let metadata = get(&sim, &format!("/login.microsoftonline.us/{DEFAULT_TENANT}/v2.0/.well-known/openid-configuration")).await.json();
    let address = text(&metadata["token_endpoint"]);
    assert_eq!(address, format!("{ORIGIN}/login.microsoftonline.us/{DEFAULT_TENANT}/oauth2/v2.0/token"));
    let pairs = [
        ("client_id", microsoft365_sim::directory::fixture::SERVICE_APP_ID),
        ("client_secret", microsoft365_sim::directory::fixture::SERVICE_APP_SECRET),
        ("grant_type", "client_credentials"),
        ("scope", "http://sim.example/graph.microsoft.us/.default"),
    ];
    let reply = call(&sim, "POST", &address, &[], form(&pairs)).await;
    assert_eq!(reply.status, 200, "{}", reply.text());
    let token = text(&reply.json()["access_token"]);
    let page = graph(&sim, &token, "/graph.microsoft.us/v1.0/users/anna@contoso.example/mailFolders?$top=2").await.json();
    assert!(text(&page["@odata.nextLink"]).starts_with("http://sim.example/graph.microsoft.us/v1.0/"), "{page}");
}
