//! The way to a connected mailbox: bound to one browser, one use, ten minutes; proven; explained when it fails.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod support;

use std::collections::HashMap;
use std::time::Duration;

use model::mailbox::MailboxState;
use store::workspace::Home;
use store::{audit, connection, due, grant, ledger, mailbox, work};
use support::browser::Browser;
use support::microsoft::PERSON;
use support::{CLIENT, House, TENANT, WORKSPACE, fixture};
use url::Url;

/// A tenant that nobody knows.
const FOREIGN: &str = "11111111-0000-4000-8000-000000000001";

/// Begins in a browser and gives the state; Microsoft learns the nonce.
async fn begin(house: &House, browser: &mut Browser, query: &str) -> String {
    let sent = browser.get(&format!("/auth/microsoft{query}")).await;
    assert_eq!(sent.status, 303, "{}", sent.text);
    let url = Url::parse(sent.location()).expect("an address");
    let pairs: HashMap<String, String> = url.query_pairs().into_owned().collect();
    assert_eq!(pairs["client_id"], CLIENT);
    assert_eq!(pairs["code_challenge_method"], "S256");
    house.microsoft.script.lock().unwrap().nonce = pairs["nonce"].clone();
    pairs["state"].clone()
}

#[tokio::test]
async fn a_person_who_consents_has_a_mailbox_with_sealed_tokens_and_its_first_pull_due() {
    let house = House::new().await;
    let mut browser = house.administrator().await;
    let state = begin(&house, &mut browser, "").await;
    let back = browser.get(&format!("/auth/microsoft/callback?code=good&state={state}")).await;
    let mailboxes = mailbox::list(&house.state.db, WORKSPACE).await.unwrap();
    assert_eq!(mailboxes.len(), 1, "{}", back.text);
    let made = &mailboxes[0];
    assert_eq!((back.status, back.location()), (303, format!("/connected?mailbox={}", made.id).as_str()));
    assert_eq!((made.address.as_str(), made.display_name.as_str()), ("anna.berg@contoso.example", "Anna Berg"));
    assert_eq!((made.graph_user_id.as_str(), made.state), (PERSON, MailboxState::Syncing));

    let connection = connection::find(&house.state.db, made.connection).await.unwrap().unwrap();
    assert_eq!((connection.tenant_id.as_str(), connection.account_id.as_str()), (TENANT, PERSON));
    let kept = grant::find(&house.state.db, made.connection).await.unwrap().unwrap();
    let sealed = kept.refresh_token_sealed.unwrap();
    assert!(!String::from_utf8_lossy(&sealed).contains("refresh-token"));
    let place = format!("oauth_grant/{}/refresh_token", made.connection);
    assert_eq!(house.state.vault.open_text(&place, &sealed).unwrap().expose(), "refresh-token-in-the-clear");
    for kind in [due::PULL_FOLDERS, due::KEEP_SUBSCRIPTION] {
        assert!(work::find(&house.state.db, kind, &due::mailbox_key(made.id)).await.unwrap().is_some(), "{kind}");
    }
    let events = ledger::read(&house.state.db, WORKSPACE, 0, 10).await.unwrap();
    assert_eq!(events.iter().map(|event| event.kind.name()).collect::<Vec<_>>(), ["mailbox.connected"]);
    let lines = audit::list(&house.state.db, WORKSPACE, None, 10).await.unwrap();
    assert!(lines.iter().any(|line| line.action == "mailbox.connect" && line.outcome == "done" && line.actor == "administrator"));
    let form = house.microsoft.asked.lock().unwrap().iter().find(|asked| asked.contains("/token")).unwrap().clone();
    assert!(form.contains("code_verifier=") && form.contains("redirect_uri=http%3A%2F%2Flocalhost%3A3000%2Fauth%2Fmicrosoft%2Fcallback"));
}

#[tokio::test]
async fn all_three_callback_addresses_end_alike() {
    for path in ["/auth/microsoft/callback", "/auth/callback", "/api/auth/microsoft/callback"] {
        let house = House::new().await;
        let mut browser = house.administrator().await;
        let state = begin(&house, &mut browser, "").await;
        let back = browser.get(&format!("{path}?code=good&state={state}")).await;
        assert!(back.location().starts_with("/connected?mailbox=mbx_"), "{path}: {}", back.text);
    }
}

#[tokio::test]
async fn a_state_works_once() {
    let house = House::new().await;
    let mut browser = house.administrator().await;
    let state = begin(&house, &mut browser, "").await;
    let cookies = browser.cookies.clone();
    assert_eq!(browser.get(&format!("/auth/callback?code=good&state={state}")).await.status, 303);
    browser.cookies = cookies;
    let again = browser.asking_for_problems().get(&format!("/auth/callback?code=good&state={state}")).await;
    assert_eq!((again.status, again.code().as_str()), (400, "flow_over"));
}

#[tokio::test]
async fn a_refusal_uses_the_state_up_too() {
    let house = House::new().await;
    let mut browser = house.administrator().await.asking_for_problems();
    let state = begin(&house, &mut browser, "").await;
    let refused = browser.get(&format!("/auth/callback?error=access_denied&error_description=AADSTS65004%3A+declined&state={state}")).await;
    assert_eq!((refused.status, refused.code().as_str()), (400, "AADSTS65004"));
    let again = browser.get(&format!("/auth/callback?code=good&state={state}")).await;
    assert_eq!(again.code(), "flow_over");
}

#[tokio::test]
async fn a_state_lasts_ten_minutes() {
    let house = House::new().await;
    let mut browser = house.administrator().await.asking_for_problems();
    let state = begin(&house, &mut browser, "").await;
    house.clock.advance(Duration::from_secs(601));
    assert_eq!(browser.get(&format!("/auth/callback?code=good&state={state}")).await.code(), "flow_over");
}

#[tokio::test]
async fn another_browser_cannot_end_what_one_began_and_does_not_use_it_up() {
    let house = House::new().await;
    let mut browser = house.administrator().await;
    let state = begin(&house, &mut browser, "").await;
    let mut other = house.administrator().await.asking_for_problems();
    let path = format!("/auth/callback?code=good&state={state}");
    assert_eq!(other.get(&path).await.code(), "flow_of_another_browser");
    begin(&house, &mut other, "").await;
    assert_eq!(other.get(&path).await.code(), "flow_of_another_browser");
    assert!(mailbox::list(&house.state.db, WORKSPACE).await.unwrap().is_empty());
    let second = begin(&house, &mut browser.clone(), "").await;
    assert_ne!(second, state);
}

#[tokio::test]
async fn each_flow_uses_the_redirect_of_the_host_it_began_on() {
    let house = House::new().await;
    for (host, redirect) in [
        ("localhost:3000", "http://localhost:3000/auth/microsoft/callback"),
        ("staging.rapport.example", "https://staging.rapport.example/auth/callback"),
        ("crm.rapport.example:8443", "https://crm.rapport.example:8443/api/auth/microsoft/callback"),
    ] {
        let mut browser = house.administrator().await;
        browser.host = host.to_owned();
        let sent = browser.get("/auth/microsoft").await;
        let url = Url::parse(sent.location()).unwrap();
        let used = url.query_pairs().find(|pair| pair.0 == "redirect_uri").unwrap().1.into_owned();
        assert_eq!(used, redirect);
    }
    let mut unlisted = house.administrator().await;
    unlisted.host = "127.0.0.1:3000".to_owned();
    assert_eq!(
        unlisted.get("/auth/microsoft?mailbox=a%40x.example").await.location(),
        "http://localhost:3000/auth/microsoft?mailbox=a%40x.example"
    );
}

#[tokio::test]
async fn without_a_session_only_people_of_open_tenants_may_connect() {
    let house = House::new().await;
    assert_eq!(house.browser().asking_for_problems().get("/auth/microsoft").await.code(), "connect_not_open");

    let clock = house.clock.clone();
    let open = House::with(clock, |settings| settings.delegated.as_mut().unwrap().open_to_tenants = vec![TENANT.into()]).await;
    let mut person = open.browser();
    let state = begin(&open, &mut person, "").await;
    let back = person.get(&format!("/auth/callback?code=good&state={state}")).await;
    let mailboxes = mailbox::list(&open.state.db, WORKSPACE).await.unwrap();
    assert_eq!(back.location(), format!("/connected?mailbox={}", mailboxes[0].id), "{}", back.text);
    assert!(person.cookies.contains_key("rapport_session"), "whoever came back is signed in");

    let mut stranger = open.browser().asking_for_problems();
    let state = begin(&open, &mut stranger, "").await;
    open.microsoft.script.lock().unwrap().tenant = FOREIGN.into();
    assert_eq!(stranger.get(&format!("/auth/callback?code=good&state={state}")).await.code(), "tenant_not_open");
    assert!(!stranger.cookies.contains_key("rapport_session"));
}

#[tokio::test]
async fn a_person_of_a_mapped_tenant_is_signed_in_to_its_workspace_and_is_no_administrator() {
    let house = House::new().await;
    let other = house.other_workspace(&Home::Tenant(TENANT.into())).await;
    let mut person = house.browser();
    let state = begin(&house, &mut person, "?connect=false&return_to=/threads").await;
    assert!(!house.microsoft.asked.lock().unwrap().iter().any(|asked| asked.contains("Mail.Read")));
    let back = person.get(&format!("/auth/callback?code=good&state={state}")).await;
    assert_eq!((back.status, back.location()), (303, "/threads"), "{}", back.text);
    assert!(mailbox::list(&house.state.db, other).await.unwrap().is_empty(), "signing in connects nothing");
    let mut program = person.asking_for_problems();
    assert_eq!(program.get("/audit").await.code(), "administrators_only");
    let lines = audit::list(&house.state.db, other, None, 10).await.unwrap();
    assert!(lines.iter().any(|line| line.action == "console.sign_in" && line.actor == "anna@contoso.example"));

    let state = begin(&house, &mut program, "").await;
    let back = program.get(&format!("/auth/callback?code=good&state={state}")).await;
    assert_eq!(mailbox::list(&house.state.db, other).await.unwrap().len(), 1, "{}", back.text);
    assert!(mailbox::list(&house.state.db, WORKSPACE).await.unwrap().is_empty());
}

#[tokio::test]
async fn the_role_that_entra_gives_makes_an_administrator() {
    let house = House::new().await;
    house.other_workspace(&Home::Tenant(TENANT.into())).await;
    house.microsoft.script.lock().unwrap().roles = vec!["Rapport.Administrator".into()];
    let mut person = house.browser();
    let state = begin(&house, &mut person, "?connect=false").await;
    assert_eq!(person.get(&format!("/auth/callback?code=good&state={state}")).await.location(), "/");
    assert_eq!(person.get("/audit").await.status, 200);
}

#[tokio::test]
async fn a_mapped_domain_counts_only_for_the_tenant_that_microsoft_says_owns_it() {
    let house = House::new().await;
    let other = house.other_workspace(&Home::Domain("contoso.example".into())).await;
    let mut person = house.browser().asking_for_problems();
    let state = begin(&house, &mut person, "?connect=false").await;
    assert_eq!(person.get(&format!("/auth/callback?code=good&state={state}")).await.location(), "/");
    assert!(audit::list(&house.state.db, other, None, 10).await.unwrap().iter().any(|line| line.action == "console.sign_in"));

    let mut liar = house.browser().asking_for_problems();
    let state = begin(&house, &mut liar, "?connect=false").await;
    house.microsoft.script.lock().unwrap().tenant = FOREIGN.into();
    assert_eq!(liar.get(&format!("/auth/callback?code=good&state={state}")).await.code(), "tenant_not_open");
}

#[tokio::test]
async fn a_member_connects_only_the_own_account() {
    let house = House::new().await;
    house.other_workspace(&Home::Tenant(TENANT.into())).await;
    let mut person = house.browser().asking_for_problems();
    let state = begin(&house, &mut person, "?connect=false").await;
    person.get(&format!("/auth/callback?code=good&state={state}")).await;
    let state = begin(&house, &mut person, "").await;
    house.microsoft.script.lock().unwrap().principal = "bo@contoso.example".into();
    assert_eq!(person.get(&format!("/auth/callback?code=good&state={state}")).await.code(), "account_of_another");
}

#[tokio::test]
async fn an_id_token_of_another_journey_proves_nothing() {
    let house = House::new().await;
    let mut browser = house.administrator().await.asking_for_problems();
    let state = begin(&house, &mut browser, "").await;
    house.microsoft.script.lock().unwrap().nonce = "another".into();
    assert_eq!(browser.get(&format!("/auth/callback?code=good&state={state}")).await.code(), "identity_not_proven");
    assert!(mailbox::list(&house.state.db, WORKSPACE).await.unwrap().is_empty());
}

#[tokio::test]
async fn less_than_mail_needs_is_said_and_nothing_is_connected() {
    let house = House::new().await;
    let mut browser = house.administrator().await.asking_for_problems();
    let state = begin(&house, &mut browser, "").await;
    house.microsoft.script.lock().unwrap().scope = "openid profile User.Read".into();
    assert_eq!(browser.get(&format!("/auth/callback?code=good&state={state}")).await.code(), "scope_missing");
    assert!(connection::list(&house.state.db, WORKSPACE).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_wrong_secret_is_explained_on_a_page() {
    let house = House::new().await;
    let mut browser = house.administrator().await;
    let state = begin(&house, &mut browser, "").await;
    house.microsoft.script.lock().unwrap().refusal = Some(serde_json::json!({
        "error": "invalid_client", "error_description": "AADSTS7000215: Invalid client secret provided.", "error_codes": [7_000_215],
        "trace_id": "trace-1", "correlation_id": "c"
    }));
    let page = browser.get(&format!("/auth/callback?code=good&state={state}")).await;
    assert!(page.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    assert!(page.text.contains("Next: ") && page.text.contains("AADSTS7000215") && page.text.contains("trace-1"), "{}", page.text);
    assert!(!page.text.contains("Invalid client secret provided"), "Microsoft's own text is not shown");
}

#[tokio::test]
async fn browsers_go_back_to_listed_origins_only() {
    let house = House::new().await;
    let mut browser = house.administrator().await.asking_for_problems();
    for foreign in ["https%3A%2F%2Fevil.example%2F", "javascript%3Aalert(1)", "https%3A%2F%2Fcrm.example%40evil.example"] {
        assert_eq!(browser.get(&format!("/auth/microsoft?return_to={foreign}")).await.code(), "return_to_refused");
    }
    let state = begin(&house, &mut browser, "?return_to=https%3A%2F%2Fcrm.example%2Fsettings%3Ftab%3Dmail").await;
    let back = browser.get(&format!("/auth/callback?code=good&state={state}")).await;
    assert_eq!(back.location(), "https://crm.example/settings?tab=mail");
}

#[tokio::test]
async fn connecting_again_joins_the_same_mailbox() {
    let house = House::new().await;
    let mut browser = house.administrator().await;
    for _ in 0..2 {
        let state = begin(&house, &mut browser, "").await;
        assert_eq!(browser.get(&format!("/auth/callback?code=good&state={state}")).await.status, 303);
    }
    assert_eq!(mailbox::list(&house.state.db, WORKSPACE).await.unwrap().len(), 1);
    assert_eq!(connection::list(&house.state.db, WORKSPACE).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_shared_mailbox_is_tried_before_it_is_connected() {
    let house = House::new().await;
    let mut browser = house.administrator().await;
    let key = browser.get("/connect").await.csrf();
    let wrong = browser.post("/connect/shared", &format!("csrf={key}&address=support")).await;
    assert!(wrong.text.contains("not an e-mail address"), "{}", wrong.text);

    house.microsoft.script.lock().unwrap().user = Err(403);
    let refused =
        browser.clone().asking_for_problems().post("/connect/shared", &format!("csrf={key}&address=support%40contoso.example")).await;
    assert!(refused.status >= 400 && refused.text.contains("\"request-id\":\"req-77\""), "{}", refused.text);
    assert!(mailbox::list(&house.state.db, WORKSPACE).await.unwrap().is_empty());

    house.microsoft.script.lock().unwrap().user =
        Ok(serde_json::json!({"id": "shared-1", "displayName": "Support", "mail": "support@contoso.example"}));
    let done = browser.post("/connect/shared", &format!("csrf={key}&address=support%40contoso.example")).await;
    let made = mailbox::list(&house.state.db, WORKSPACE).await.unwrap().remove(0);
    assert_eq!(done.location(), format!("/mailboxes/{}", made.id));
    assert_eq!((made.kind.name(), made.graph_user_id.as_str()), ("shared", "shared-1"));
}

#[tokio::test]
async fn disconnecting_destroys_the_tokens_and_ends_the_subscription_but_keeps_the_mail() {
    let house = House::new().await;
    let made = fixture::fill(&house).await;
    let mut browser = house.administrator().await;
    let key = browser.get(&format!("/mailboxes/{}", made.live)).await.csrf();
    let done = browser.post(&format!("/mailboxes/{}/disconnect", made.live), &format!("csrf={key}")).await;
    assert_eq!(done.status, 303, "{}", done.text);
    let after = mailbox::find(&house.state.db, made.live).await.unwrap().unwrap();
    assert_eq!(after.state, MailboxState::Disconnected);
    let kept = grant::find(&house.state.db, made.connection).await.unwrap().unwrap();
    assert_eq!((kept.refresh_token_sealed, kept.access_token_sealed), (None, None));
    assert!(store::subscription::find(&house.state.db, made.live).await.unwrap().is_none());
    assert!(house.microsoft.asked.lock().unwrap().iter().any(|asked| asked.starts_with("DELETE") && asked.contains("subscription-1")));
    let page = browser.get(&format!("/mailboxes/{}", made.live)).await;
    assert!(page.text.contains("What had come stays here") && page.text.contains("Reconnect"), "the mail stays");
    assert!(page.text.contains("Offer for the spring campaign"));
}
