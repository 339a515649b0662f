//! Who may look: token, session, form key, host name, place.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::extract::ConnectInfo;
use http::{Method, Request};
use store::Transaction;
use support::{House, fixture};
use tower::ServiceExt as _;

async fn with_token(house: &House) -> String {
    let (token, kept) = web::administrator::make();
    let put = store::session::ensure_administrator(&kept, house.clock.now());
    house.state.db.commit(Transaction::new("test.administrator").with(put)).await.unwrap();
    token.expose().clone()
}

#[tokio::test]
async fn the_administrator_token_begins_a_session_and_leads_back() {
    let house = House::new().await;
    let token = with_token(&house).await;
    let mut browser = house.browser();
    let sent = browser.get("/mailboxes?x=1").await;
    assert_eq!(sent.location(), "/sign-in?return_to=%2Fmailboxes%3Fx%3D1");
    let wrong = browser.post("/sign-in", "token=rapport_wrong&return_to=/activity").await;
    assert_eq!(wrong.status, 403);
    assert!(wrong.text.contains("not the administrator token"));
    let right = browser.post("/sign-in", &format!("token={token}&return_to=/activity")).await;
    assert_eq!((right.status, right.location()), (303, "/activity"));
    let cookie = right.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"), "{cookie}");
    assert_eq!(browser.get("/activity").await.status, 200);
    let foreign = house.browser().post("/sign-in", &format!("token={token}&return_to=//evil.example")).await;
    assert_eq!(foreign.location(), "/mailboxes");
}

#[tokio::test]
async fn attempts_are_limited() {
    let house = House::new().await;
    let token = with_token(&house).await;
    let mut browser = house.browser();
    for _ in 0..10 {
        assert_eq!(browser.post("/sign-in", "token=wrong").await.status, 403);
    }
    let refused = browser.post("/sign-in", &format!("token={token}")).await;
    assert_eq!(refused.status, 429);
    assert!(refused.headers.contains_key("retry-after"));
    house.clock.advance(Duration::from_secs(301));
    assert_eq!(browser.post("/sign-in", &format!("token={token}")).await.status, 303);
}

#[tokio::test]
async fn a_link_signs_in_once() {
    let house = House::new().await;
    let link = house.state.sign_in_links.issue();
    assert_eq!(house.browser().get(link.expose()).await.status, 303);
    assert_eq!(house.browser().get(link.expose()).await.status, 403);
}

#[tokio::test]
async fn a_session_ends_by_signing_out_and_by_itself() {
    let house = House::new().await;
    let mut browser = house.administrator().await;
    let key = browser.get("/mailboxes").await.csrf();
    let cookies = browser.cookies.clone();
    assert_eq!(browser.post("/sign-out", &format!("csrf={key}")).await.location(), "/sign-in");
    browser.cookies = cookies;
    assert_eq!(browser.get("/mailboxes").await.status, 303, "the cookie alone opens nothing any more");

    let mut late = house.administrator().await;
    house.clock.advance(Duration::from_secs(12 * 3600 + 1));
    assert_eq!(late.get("/mailboxes").await.status, 303);
}

#[tokio::test]
async fn every_form_needs_the_session_its_key_and_a_page_of_ours() {
    let house = House::new().await;
    let made = fixture::fill(&house).await;
    let browser = house.administrator().await.asking_for_problems();
    let key = browser.clone().get("/connect").await.csrf();
    let paths = [
        "/sign-out".to_owned(),
        "/connect/shared".to_owned(),
        format!("/mailboxes/{}/check", made.live),
        format!("/mailboxes/{}/audit", made.live),
        format!("/mailboxes/{}/disconnect", made.live),
    ];
    for path in paths {
        let form = format!("csrf={key}&address=a%40x.example");
        let urlencoded = ("content-type", "application/x-www-form-urlencoded");
        assert_eq!(house.browser().asking_for_problems().post(&path, &form).await.code(), "signed_out", "{path}");
        assert_eq!(browser.clone().post(&path, "csrf=").await.code(), "foreign_form", "{path}");
        assert_eq!(browser.clone().post(&path, "").await.code(), "foreign_form", "{path}");
        for headers in [
            [urlencoded, ("sec-fetch-site", "cross-site")],
            [urlencoded, ("sec-fetch-site", "same-site")],
            [urlencoded, ("origin", "https://evil.example")],
        ] {
            let sent = browser.clone().send(Method::POST, &path, &headers, form.clone()).await;
            assert_eq!(sent.code(), "foreign_form", "{path}");
        }
        let other = house.administrator().await.get("/connect").await.csrf();
        assert_eq!(browser.clone().post(&path, &format!("csrf={other}")).await.code(), "foreign_form", "another session's key: {path}");
    }
}

#[tokio::test]
async fn every_page_of_the_console_wants_a_session() {
    let house = House::new().await;
    let made = fixture::fill(&house).await;
    let mut program = house.browser().asking_for_problems();
    let (mailbox, message) = (made.live, made.rich);
    for path in [
        "/mailboxes".to_owned(),
        "/mailboxes/live".to_owned(),
        format!("/mailboxes/{mailbox}"),
        format!("/mailboxes/{mailbox}/live"),
        format!("/mailboxes/{mailbox}/folders"),
        format!("/messages/{message}"),
        format!("/messages/{message}/body"),
        format!("/messages/{message}/attachment?id=file%2B1%2F%3D"),
        format!("/messages/{message}/inline?cid=logo%40contoso"),
        format!("/messages/{message}/original"),
        "/threads".to_owned(),
        format!("/threads/{}", made.thread),
        "/search?q=offer".to_owned(),
        "/activity".to_owned(),
        "/audit".to_owned(),
        "/connect".to_owned(),
    ] {
        assert_eq!(program.get(&path).await.code(), "signed_out", "{path}");
    }
}

#[tokio::test]
async fn a_link_on_another_site_gets_its_page_by_a_step_of_our_own() {
    let house = House::new().await;
    let page = house.browser().send(Method::GET, "/mailboxes?x=1", &[("sec-fetch-site", "cross-site")], String::new()).await;
    assert_eq!(page.status, 200);
    assert!(page.text.contains(r#"content="0;url=/mailboxes?x=1""#), "{}", page.text);
}

#[tokio::test]
async fn the_console_answers_only_under_names_of_its_own() {
    let house = House::new().await;
    for host in ["evil.example", "evil.example:3000", "localhost.evil.example", "192.0.2.7:3000", "169.254.1.1"] {
        let mut browser = house.administrator().await.asking_for_problems();
        browser.host = host.to_owned();
        assert_eq!(browser.get("/mailboxes").await.code(), "unknown_host", "{host}");
        assert_eq!(browser.get("/auth/microsoft").await.code(), "unknown_host", "{host}");
    }
    for host in ["localhost:3000", "127.0.0.1:3000", "[::1]:3000", "staging.rapport.example", "LOCALHOST"] {
        let mut browser = house.administrator().await;
        browser.host = host.to_owned();
        assert_eq!(browser.get("/mailboxes").await.status, 200, "{host}");
    }
    let mut probe = house.browser();
    probe.host = "10.0.0.7:3000".into();
    assert_eq!(probe.get("/healthz").await.status, 200);
    assert_eq!(probe.get("/readyz").await.status, 200);
    assert_eq!(probe.get("/metrics").await.text, "rapport_up 1\n");
}

#[tokio::test]
async fn until_an_address_is_configured_only_this_machine_may_look() {
    let house = House::new().await;
    let answer = async |from: &str, state: web::State| {
        let mut request = Request::get("/sign-in").header("host", "localhost:3000").body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(from.parse::<SocketAddr>().unwrap()));
        web::router(state).oneshot(request).await.unwrap().status().as_u16()
    };
    assert_eq!(answer("127.0.0.1:5000", house.state.clone()).await, 200);
    assert_eq!(answer("[::ffff:127.0.0.1]:5000", house.state.clone()).await, 200);
    assert_eq!(answer("192.0.2.7:5000", house.state.clone()).await, 403);
    let open = House::with(house.clock.clone(), |settings| settings.loopback_only = false).await;
    assert_eq!(answer("192.0.2.7:5000", open.state.clone()).await, 200);
}

#[tokio::test]
async fn over_tls_cookies_are_bound_to_the_host() {
    let clock = House::new().await.clock.clone();
    let house = House::with(clock, |settings| settings.base_url = "https://staging.rapport.example".parse().unwrap()).await;
    let mut browser = house.browser();
    browser.host = "staging.rapport.example".into();
    let entered = browser.get(house.state.sign_in_links.issue().expose()).await;
    let cookie = entered.headers["set-cookie"].to_str().unwrap();
    assert!(cookie.starts_with("__Host-rapport_session=") && cookie.ends_with("; Secure"), "{cookie}");
    assert!(entered.headers.contains_key("strict-transport-security"));
}
