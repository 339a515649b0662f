//! The control plane over HTTP: what another team's tests do to the cloud.

#![allow(clippy::unwrap_used, reason = "test code")]

mod cloud;

use cloud::*;
use microsoft365_sim::Simulator;
use serde_json::{Value, json};

async fn order(sim: &Simulator, method: &str, path: &str, body: Value) -> Reply {
    let text = if body.is_null() { String::new() } else { body.to_string() };
    call(sim, method, path, &[("content-type", "application/json")], text).await
}

async fn state(sim: &Simulator, user: &str) -> Value {
    order(sim, "GET", &format!("/_sim/mailboxes/{user}/state"), Value::Null).await.json()
}

fn folder<'a>(state: &'a Value, path: &str) -> &'a Value {
    let folders = state["folders"].as_array().unwrap();
    folders.iter().find(|folder| folder["path"] == path).unwrap_or_else(|| panic!("no folder {path}"))
}

#[tokio::test]
async fn users_and_shared_mailboxes_are_made_changed_and_removed() {
    let sim = cloud();
    let made = order(&sim, "POST", "/_sim/users", json!({"userPrincipalName": "dan@contoso.example", "displayName": "Dan Kowalski"})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let shared =
        json!({"userPrincipalName": "sales@contoso.example", "displayName": "Sales", "shared": true, "delegates": ["dan@contoso.example"]});
    let shared = order(&sim, "POST", "/_sim/users", shared).await.json();
    assert_eq!((shared["kind"].as_str(), &shared["delegates"][0]), (Some("shared"), &made.json()["id"]));
    let taken = order(&sim, "POST", "/_sim/users", json!({"userPrincipalName": "DAN@contoso.example"})).await;
    assert_eq!(taken.status, 400);
    let changed =
        order(&sim, "PATCH", "/_sim/users/dan@contoso.example", json!({"signIn": "mfaRequired", "accountEnabled": false})).await.json();
    assert_eq!((changed["signIn"].as_str(), changed["accountEnabled"].as_bool()), (Some("mfaRequired"), Some(false)));
    assert_eq!(order(&sim, "DELETE", "/_sim/users/dan@contoso.example", Value::Null).await.status, 204);
    assert_eq!(order(&sim, "GET", "/_sim/users/dan@contoso.example", Value::Null).await.status, 404);
    assert_eq!(order(&sim, "PATCH", "/_sim/users/anna@contoso.example", json!({"signIn": "unwell"})).await.status, 400);
}

#[tokio::test]
async fn a_message_is_delivered_read_moved_and_deleted_and_the_state_follows() {
    let sim = cloud();
    let made =
        order(&sim, "POST", "/_sim/mailboxes/anna@contoso.example/folders", json!({"displayName": "Customers", "parent": "inbox"})).await;
    assert_eq!(made.status, 201, "{}", made.text());
    let delivered =
        call(&sim, "POST", "/_sim/mailboxes/anna@contoso.example/messages?folder=inbox", &[("content-type", "message/rfc822")], MAIL).await;
    assert_eq!(delivered.status, 201, "{}", delivered.text());
    let id = text(&delivered.json()["id"]);
    let before = state(&sim, ANNA).await;
    assert_eq!(
        (folder(&before, "Inbox")["totalItemCount"].as_u64(), folder(&before, "Inbox")["unreadItemCount"].as_u64()),
        (Some(1), Some(1))
    );
    let message = format!("/_sim/mailboxes/anna@contoso.example/messages/{id}");
    assert_eq!(order(&sim, "PATCH", &message, json!({"isRead": true, "categories": ["Blue"], "flagStatus": "flagged"})).await.status, 204);
    let moved = order(&sim, "POST", &format!("{message}/move"), json!({"folder": "Inbox/Customers"})).await.json();
    assert_eq!(moved["id"], id, "the immutable id stays");
    assert_ne!(moved["defaultId"], delivered.json()["defaultId"], "the default id does not");
    let after = state(&sim, ANNA).await;
    let there = folder(&after, "Inbox/Customers");
    assert_eq!((there["totalItemCount"].as_u64(), there["unreadItemCount"].as_u64()), (Some(1), Some(0)));
    assert_eq!(there["messages"][0]["internetMessageId"], "<offer-1@customer.example>");
    assert_eq!(order(&sim, "DELETE", &message, Value::Null).await.status, 204);
    assert_eq!(folder(&state(&sim, ANNA).await, "Deleted Items")["totalItemCount"], 1);
    assert_eq!(order(&sim, "DELETE", &format!("{message}?forGood=true"), Value::Null).await.status, 204);
    assert_eq!(folder(&state(&sim, ANNA).await, "Deleted Items")["totalItemCount"], 0);
    let customers = text(&made.json()["id"]);
    let path = format!("/_sim/mailboxes/anna@contoso.example/folders/{customers}");
    assert_eq!(order(&sim, "PATCH", &path, json!({"displayName": "Clients", "parent": "msgfolderroot"})).await.status, 204);
    assert_eq!(folder(&state(&sim, ANNA).await, "Clients")["id"], customers);
    assert_eq!(order(&sim, "DELETE", &format!("{path}?forGood=true"), Value::Null).await.status, 204);
    let inbox = "/_sim/mailboxes/anna@contoso.example/folders/inbox";
    assert_eq!(order(&sim, "DELETE", inbox, Value::Null).await.status, 400, "a well-known folder stays");
}

#[tokio::test]
async fn a_json_message_has_mime_like_any_other() {
    let sim = cloud();
    let message = json!({"message": {"subject": "Grüße aus Köln, so long that the header has to be folded twice at least: žluťoučký kůň", "internetMessageId": "<j1@customer.example>",
        "from": {"emailAddress": {"name": "Jürgen Groß", "address": "juergen@customer.example"}},
        "toRecipients": [{"emailAddress": {"name": "Anna", "address": ANNA}}],
        "body": {"contentType": "html", "content": "<p>Hallo <b>Anna</b></p>"}, "isRead": true, "receivedDateTime": "2026-02-01T10:00:00Z",
        "internetMessageHeaders": [{"name": "In-Reply-To", "value": "<offer-1@customer.example>"}],
        "attachments": [{"name": "a.txt", "contentType": "text/plain", "contentBytes": "aGVsbG8="}]}, "folder": "inbox"});
    let delivered = order(&sim, "POST", "/_sim/mailboxes/anna@contoso.example/messages", message.clone()).await;
    assert_eq!(delivered.status, 201, "{}", delivered.text());
    assert_eq!(delivered.json()["receivedDateTime"], "2026-02-01T10:00:00Z");
    let token = app_only(&sim).await;
    let path = format!("/v1.0/users/{ANNA}/messages/{}", text(&delivered.json()["id"]));
    let read = graph(&sim, &token, &format!("{path}?$expand=attachments")).await.json();
    assert_eq!(read["subject"], message["message"]["subject"]);
    assert_eq!(read["from"]["emailAddress"], message["message"]["from"]["emailAddress"]);
    assert_eq!((read["isRead"].as_bool(), read["hasAttachments"].as_bool()), (Some(true), Some(true)));
    assert!(text(&read["body"]["content"]).contains("Hallo <b>Anna</b>"));
    assert_eq!(read["attachments"][0]["contentBytes"], "aGVsbG8=");
    let mime = graph(&sim, &token, &format!("{path}/$value")).await.text();
    assert!(mime.contains("In-Reply-To: <offer-1@customer.example>") && mime.contains("=?utf-8?B?"), "{mime}");
}

#[tokio::test]
async fn clock_faults_journal_settings_and_keys_are_orders_too() {
    let sim = cloud();
    let now = order(&sim, "POST", "/_sim/clock", json!({"advanceSeconds": 90})).await.json();
    assert_eq!(now["now"], "2026-03-02T08:01:30Z");
    let faults = json!({"seed": 1, "faults": [{"when": "always", "kind": "gatewayTimeout", "matches": {"path": "/me"}}]});
    assert_eq!(order(&sim, "PUT", "/_sim/faults", faults).await.status, 204);
    let token = text(&sign_in(&sim, ANNA).await["access_token"]);
    assert_eq!(graph(&sim, &token, "/v1.0/me").await.status, 504);
    assert_eq!(order(&sim, "GET", "/_sim/faults", Value::Null).await.json()["struck"], json!([1]));
    assert_eq!(order(&sim, "PUT", "/_sim/faults", json!({"faults": [{"when": "always", "kind": "gremlins"}]})).await.status, 400);
    let journal = order(&sim, "GET", "/_sim/journal", Value::Null).await.json();
    let last = journal["value"].as_array().unwrap().last().unwrap().clone();
    assert_eq!(
        (last["target"].as_str(), last["status"].as_u64(), &last["faults"]),
        (Some("/v1.0/me"), Some(504), &json!(["gatewayTimeout"]))
    );
    assert!(!journal.to_string().contains("code_verifier"), "no query of the identity platform is kept");
    let counts = order(&sim, "GET", "/_sim/journal/counts", Value::Null).await.json();
    assert_eq!((counts["byStatus"]["504"].as_u64(), counts["faults"]["gatewayTimeout"].as_u64()), (Some(1), Some(1)));
    assert_eq!(order(&sim, "DELETE", "/_sim/journal", Value::Null).await.status, 204);
    assert_eq!(order(&sim, "GET", "/_sim/journal/counts", Value::Null).await.json()["requests"], 0);
    let settings = order(&sim, "PATCH", "/_sim/settings", json!({"limits": {"concurrent": 2}})).await.json();
    assert_eq!((settings["limits"]["concurrent"].as_u64(), settings["limits"]["requests"].as_u64()), (Some(2), Some(10_000)));
    assert_eq!(order(&sim, "POST", "/_sim/keys/rotate", json!({"inUse": true})).await.status, 204);
    assert_eq!(order(&sim, "GET", "/_sim/nowhere", Value::Null).await.status, 404);
}

#[tokio::test]
async fn revoking_and_withdrawing_are_orders_too() {
    let sim = cloud();
    let first = text(&sign_in(&sim, ANNA).await["refresh_token"]);
    assert_eq!(order(&sim, "POST", "/_sim/users/anna@contoso.example/revoke", Value::Null).await.status, 204);
    assert_eq!(refresh(&sim, &first).await.oauth_error().2, 50173);
    let ben = text(&sign_in(&sim, BEN).await["refresh_token"]);
    let app = microsoft365_sim::directory::fixture::WEB_APP_ID;
    assert_eq!(order(&sim, "DELETE", "/_sim/consents", json!({"app": app, "user": BEN})).await.status, 204);
    assert_eq!(refresh(&sim, &ben).await.oauth_error().2, 65001);
    let again = json!({"app": app, "user": BEN, "scopes": ["Mail.ReadWrite", "User.Read"]});
    assert_eq!(order(&sim, "POST", "/_sim/consents", again).await.status, 204);
    assert_eq!(refresh(&sim, &ben).await.status, 200);
}

#[tokio::test]
async fn a_generated_tenant_is_reproducible() {
    let make = || {
        let sim = Simulator::new(microsoft365_sim::Config::seeded(5));
        let report = sim.control().generate(3, 1).unwrap();
        assert!(report.taken > 20 && report.mailboxes.len() == 3);
        report.mailboxes.iter().map(|name| sim.control().state(name).unwrap()).collect::<Vec<_>>()
    };
    assert_eq!(make(), make());
}
