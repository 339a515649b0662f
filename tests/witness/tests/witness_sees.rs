//! What the witness lets pass and what it must see: real answers of Graph, and the same answers bent.
//!
//! The real answers are private and not part of the project: they are looked for in `../shared/data` from the
//! workspace's root, or where RAPPORT_SHARED says. Without them those tests say that they were left out.

#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "this whole file is a test")]

use std::{fs, path::PathBuf};

use graph_witness::{Violation, check_answer, check_batch, check_notification, check_request};
use http::{HeaderMap, HeaderValue};
use serde_json::{Value, json};

const JSON: Option<&str> = Some("application/json;odata.metadata=minimal;charset=utf-8");
const FIELDS: &str = "id,internetMessageId,conversationId,parentFolderId,subject,from,sender,toRecipients,ccRecipients,bccRecipients,\
                      receivedDateTime,sentDateTime,lastModifiedDateTime,isRead,isDraft,hasAttachments,importance,flag,categories,\
                      bodyPreview,changeKey";

#[test]
fn real_answers_of_graph_pass() {
    let calls = [
        ("mail/mailfolders", "GET", "/v1.0/me/mailFolders?$top=50", 200),
        ("mail/mailfolders_delta", "GET", "/v1.0/me/mailFolders/delta", 200),
        ("mail/messages_delta_snapshot", "GET", "/v1.0/me/mailFolders/inbox/messages/delta?$select=FIELDS", 200),
        ("mail/messages_delta_nochange", "GET", "/v1.0/me/mailFolders('inbox')/messages/delta?$deltatoken=t", 200),
        ("mail/messages_delta_changed", "GET", "/v1.0/me/mailFolders('inbox')/messages/delta?$deltatoken=t", 200),
        ("mail/messages_delta_changed_full", "GET", "/v1.0/me/mailFolders('inbox')/messages/delta?$deltatoken=t", 200),
        ("mail/messages_delta_removed", "GET", "/v1.0/me/mailFolders('inbox')/messages/delta?$deltatoken=t", 200),
        ("mail/messages_list_page1", "GET", "/v1.0/me/mailFolders/inbox/messages?$top=1&$select=FIELDS", 200),
        ("mail/messages_list_page2", "GET", "/v1.0/me/mailFolders/inbox/messages?$top=1&$skip=1&$select=FIELDS", 200),
        ("mail/message_detail", "GET", "/v1.0/me/messages/message-3?$select=FIELDS", 200),
        ("mail/message_state", "GET", "/v1.0/me/messages/message-3?$select=FIELDS", 200),
        ("mail/message_patched", "PATCH", "/v1.0/me/messages/message-3", 200),
        ("mail/message_moved", "POST", "/v1.0/me/messages/message-3/move", 201),
        ("me", "GET", "/v1.0/me", 200),
        ("error/bad_request", "GET", "/v1.0/me/mailFolders?$select=wellKnownName", 400),
        ("error/unauthorized", "GET", "/v1.0/me/messages", 401),
        ("error/photo_image_not_found", "GET", "/v1.0/me/photos/240x240/$value", 404),
        ("error/photo_invalid_size", "GET", "/v1.0/me/photos/999x999/$value", 404),
        ("error/contacts_delta_token_bad", "GET", "/v1.0/me/contacts/delta?$deltatoken=bogus", 400),
        ("error/contacts_directory_unauthorized", "GET", "/v1.0/users/delta", 401),
        ("error/contacts_msa_unsupported", "GET", "/v1.0/contacts/delta", 400),
    ];
    for (name, method, path, status) in calls {
        let Some(answer) = capture(name) else { return };
        expect_none(name, &check_answer(method, &path.replace("FIELDS", FIELDS), status, JSON, &answer));
    }
    for folder in ["archive", "deleteditems", "drafts", "inbox", "junkemail", "msgfolderroot", "outbox", "sentitems"] {
        let Some(answer) = capture(&format!("wellknown/{folder}")) else { return };
        expect_none(folder, &check_answer("GET", &format!("/v1.0/me/mailFolders/{folder}?$select=id,displayName"), 200, JSON, &answer));
    }
}

#[test]
fn real_answers_bent_in_any_way_fail() {
    let Some(page) = capture("mail/messages_list_page1") else { return };
    let bend = |pointer: &str, value: Value| bent(&page, pointer, value);
    let path = format!("/v1.0/me/mailFolders/inbox/messages?$select={FIELDS}");
    for (bent, place) in [
        (bend("/value/0/isRead", json!("yes")), "value[0].isRead"),
        (bend("/value/0/importance", json!("urgent")), "value[0].importance"),
        (bend("/value/0/receivedDateTime", json!("2026-06-25 18:19:12")), "value[0].receivedDateTime"),
        (bend("/value/0/receivedDateTime", json!("2026-06-25T18:19:12")), "value[0].receivedDateTime"),
        (bend("/value/0/toRecipients", json!({})), "value[0].toRecipients"),
        (bend("/value/0/from", json!({"emailAddress": {"adress": "a@b.example"}})), "value[0].from.emailAddress.adress"),
        (bend("/value/0/flag", json!({"flagStatus": "red"})), "value[0].flag.flagStatus"),
        (bend("/value/0/id", Value::Null), "value[0].id"),
        (bend("/value/0/subjectline", json!("x")), "value[0].subjectline"),
        (bend("/value/0/@odata.etag", json!("CQAA")), "value[0].@odata.etag"),
        (bend("/value/0/@odata.type", json!("#microsoft.graph.mailFolder")), "value[0]"),
        (bend("/value/0/@removed", json!({"reason": "deleted"})), "value[0]"),
        (bend("/value/0/webLink", json!("https://outlook.example")), "value[0].webLink"),
        (bend("/@odata.context", json!("messages")), "body"),
        (bend("/@odata.nextLink", json!("https://graph.example/v1.0/me/letters")), "body"),
        (bend("/@odata.deltaLink", json!("https://graph.example/v1.0/me/messages")), "body"),
        (bend("/count", json!(3)), "count"),
        (bend("/value", json!({})), "body"),
        (b"{\"value\":[{".to_vec(), "body"),
    ] {
        let found = check_answer("GET", &path, 200, JSON, &bent);
        assert!(found.iter().any(|violation| violation.place == place), "{place}: {found:?}");
    }
    assert_eq!(check_answer("GET", &path, 200, Some("text/html"), &page).len(), 1);
    assert_eq!(check_answer("GET", &path, 201, JSON, &page).len(), 1);
    assert!(!check_answer("GET", "/v1.0/me/mailFolders/inbox/mails", 200, JSON, &page).is_empty());
    assert!(!check_answer("GET", "/v1.0/me/mailFolders/inbox/messages/delta", 200, JSON, &page).is_empty(), "a list is no delta page");
}

#[test]
fn an_error_has_one_form() {
    let good = json!({"error": {"code": "ErrorItemNotFound", "message": "", "innerError":
        {"date": "2026-01-01T00:00:00", "request-id": "x", "client-request-id": "x"}}});
    expect_none("error", &check_answer("GET", "/v1.0/me/messages/x", 404, JSON, &bytes(&good)));
    expect_none("empty 503", &check_answer("GET", "/v1.0/me/messages/x", 503, None, b""));
    for bad in [
        json!({"code": "x", "message": "y"}),
        json!({"error": {"message": "y"}}),
        json!({"error": {"code": 404, "message": "y"}}),
        json!({"error": {"code": "x", "message": "y", "innerError": {"date": "2026-01-01T00:00:00Z"}}}),
        json!({"error": {"code": "x", "message": "y", "status": 404}}),
    ] {
        assert!(!check_answer("GET", "/v1.0/me/messages/x", 404, JSON, &bytes(&bad)).is_empty(), "{bad}");
    }
    assert!(!check_answer("GET", "/v1.0/me/messages/x", 400, JSON, b"").is_empty());
}

#[test]
fn what_was_not_asked_for_may_not_come() {
    let context = "https://graph.example/v1.0/$metadata#users('a')/messages/$entity";
    let answer = |more: Value| {
        let mut message = json!({"@odata.context": context, "id": "x", "subject": "s"});
        message.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        bytes(&message)
    };
    let found = |path: &str, more: Value| check_answer("GET", path, 200, JSON, &answer(more)).len();
    let headers = json!({"internetMessageHeaders": [{"name": "X", "value": "y"}]});
    assert_eq!(found("/v1.0/me/messages/x", json!({})), 0);
    assert_eq!(found("/v1.0/me/messages/x", headers.clone()), 1);
    assert_eq!(found("/v1.0/me/messages/x?$select=subject,internetMessageHeaders", headers), 0);
    assert_eq!(found("/v1.0/me/messages/x?$select=id", json!({})), 1);
    let file = json!({"@odata.type": "#microsoft.graph.fileAttachment", "id": "a", "name": "n", "size": 3, "contentBytes": "YWJj"});
    assert_eq!(found("/v1.0/me/messages/x", json!({"attachments": [file]})), 1);
    assert_eq!(found("/v1.0/me/messages/x?$expand=attachments", json!({"attachments": [file]})), 0);
    let item = json!({"@odata.type": "#microsoft.graph.itemAttachment", "id": "a", "item":
        {"@odata.type": "#microsoft.graph.message", "id": "i", "sbject": "s"}});
    assert_eq!(found("/v1.0/me/messages/x?$expand=attachments", json!({"attachments": [item]})), 1);
    let meeting = json!({"@odata.type": "#microsoft.graph.eventMessageRequest", "meetingMessageType": "meetingRequest"});
    assert_eq!(found("/v1.0/me/messages/x", meeting), 0);
    assert_eq!(found("/v1.0/me/messages/x", json!({"meetingMessageType": "meetingRequest"})), 1);
}

#[test]
fn requests_are_held_to_the_published_paths() {
    let headers = headers(&[("authorization", "Bearer t"), ("content-type", "application/json")]);
    let found = |method: &str, path: &str, body: &Value| {
        let body = if body.is_null() { Vec::new() } else { bytes(body) };
        check_request(method, path, &headers, &body).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    let subscription = json!({"changeType": "created,updated", "notificationUrl": "https://x.example/n", "resource": "/me/messages",
        "expirationDateTime": "2026-01-01T00:00:00Z", "clientState": "s"});
    assert_eq!(found("POST", "/v1.0/subscriptions", &subscription), [""; 0]);
    assert_eq!(found("PATCH", "/v1.0/subscriptions/x", &json!({"expirationDateTime": "2026-01-01T00:00:00Z"})), [""; 0]);
    assert_eq!(found("PATCH", "/v1.0/me/messages/x", &json!({"isRead": true})), [""; 0]);
    assert_eq!(found("POST", "/v1.0/me/messages/x/move", &json!({"destinationId": "archive"})), [""; 0]);
    assert_eq!(found("PATCH", "/v1.0/me/messages/x", &json!({"isRead": 1})), ["isRead: expected Boolean, found a number"]);
    assert_eq!(found("PATCH", "/v1.0/me/messages/x", &json!({"webLink": "x"})), ["webLink: is set by the service"]);
    assert_eq!(found("PUT", "/v1.0/me/messages", &Value::Null)[0], "method: /users/{user-id}/messages does not take PUT");
    assert_eq!(found("GET", "/v1.0/me/letters", &Value::Null), ["path: /users/me/letters is not published"]);
    assert_eq!(found("POST", "/v1.0/me/messages/x/move", &Value::Null), ["body: is missing"]);
    let lost = json!({"changeType": "moved", "notificationUrl": "https://x.example/n", "resource": "https://graph/v1.0/me/messages"});
    assert_eq!(found("POST", "/v1.0/subscriptions", &lost).len(), 3);
    assert!(check_request("GET", "/common/oauth2/v2.0/token", &headers, b"").is_empty(), "not Graph's");
    assert_eq!(check_request("GET", "/v1.0/me", &HeaderMap::new(), b"").len(), 1);
}

#[test]
fn preferences_are_those_that_graph_knows() {
    let found =
        |value: &str| check_request("GET", "/v1.0/me/messages", &headers(&[("authorization", "Bearer t"), ("prefer", value)]), b"").len();
    assert_eq!(found("IdType=\"ImmutableId\", odata.maxpagesize=100, outlook.body-content-type=\"text\""), 0);
    assert_eq!(found("IdType=\"Immutable\""), 1);
    assert_eq!(found("odata.maxpagesize=many"), 1);
    assert_eq!(found("outlook.body-type=\"text\""), 1);
}

#[test]
fn a_batch_is_looked_into() {
    let ask = |requests: Value| {
        let headers = headers(&[("authorization", "Bearer t"), ("content-type", "application/json")]);
        check_request("POST", "/v1.0/$batch", &headers, &bytes(&json!({"requests": requests}))).len()
    };
    let get = |id: &str, url: &str| json!({"id": id, "method": "GET", "url": url});
    let requests = json!([get("1", "/me/messages/x?$select=id"), get("2", "me/mailFolders/inbox")]);
    assert_eq!(ask(requests.clone()), 0);
    assert_eq!(ask(json!([get("1", "/me/messages/x?$sort=id")])), 1);
    assert_eq!(ask(json!([get("1", "/v1.0/me/messages/x")])), 2, "versioned, and therefore unknown");
    assert_eq!(ask(json!([get("1", "/me"), get("1", "/me")])), 1);
    assert_eq!(ask((0..21).map(|id| get(&id.to_string(), "/me")).collect()), 1);
    let context = "https://graph.example/v1.0/$metadata#x";
    let answer = |message: Value, status: u16| {
        let headers = json!({"Content-Type": "application/json"});
        let folder = json!({"@odata.context": context, "id": "f", "totalItemCount": 3});
        let responses = json!({"responses": [{"id": "2", "status": 200, "headers": headers, "body": folder},
            {"id": "1", "status": status, "headers": headers, "body": message}]});
        check_batch(&bytes(&json!({"requests": requests})), &bytes(&responses)).len()
    };
    assert_eq!(answer(json!({"@odata.context": context, "id": "x"}), 200), 0);
    assert_eq!(answer(json!({"@odata.context": context, "id": "x", "isRead": true}), 200), 1, "not selected");
    assert_eq!(answer(json!({"error": {"code": "TooManyRequests", "message": ""}}), 429), 0);
    assert_eq!(answer(json!({"code": "TooManyRequests"}), 429), 1);
}

#[test]
fn notifications_have_the_published_form() {
    let good = json!({"subscriptionId": "00000000-0000-0000-0000-00000000000a", "tenantId": "00000000-0000-0000-0000-00000000000b",
        "subscriptionExpirationDateTime": "2026-01-02T03:04:05.0000000+00:00", "changeType": "created", "clientState": "s",
        "resource": "Users/u/Messages/m", "resourceData":
        {"@odata.type": "#Microsoft.Graph.Message", "@odata.id": "Users/u/Messages/m", "@odata.etag": "W/\"C\"", "id": "m"}});
    let found = |bend: &dyn Fn(&mut Value)| {
        let mut item = good.clone();
        bend(&mut item);
        check_notification(&bytes(&json!({"value": [item]}))).iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    assert_eq!(found(&|_| {}), [""; 0]);
    assert_eq!(found(&|item| item["tenantId"] = json!("t")).len(), 1);
    assert_eq!(found(&|item| item["changeType"] = json!("moved")).len(), 1);
    assert_eq!(found(&|item| item["resourceData"] = json!({})).len(), 1);
    assert_eq!(found(&|item| item["event"] = json!("x")).len(), 1);
    let lifecycle = json!({"subscriptionId": good["subscriptionId"], "tenantId": good["tenantId"], "clientState": "s",
        "subscriptionExpirationDateTime": "2026-01-02T03:04:05Z", "lifecycleEvent": "missed"});
    expect_none("lifecycle", &check_notification(&bytes(&json!({"value": [lifecycle]}))));
    assert_eq!(check_notification(b"{\"value\":[]}").len(), 1);
}

fn capture(name: &str) -> Option<Vec<u8>> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    #[allow(clippy::disallowed_methods, reason = "a test may be told where the private captures lie")]
    let shared = std::env::var_os("RAPPORT_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    let path = shared.join(format!("data/graph-captures/{name}.json"));
    if !path.exists() {
        println!("left out: ../shared/data not found ({name})");
        return None;
    }
    Some(fs::read(path).unwrap())
}

fn bent(answer: &[u8], pointer: &str, value: Value) -> Vec<u8> {
    let mut answer: Value = serde_json::from_slice(answer).unwrap();
    let (parent, member) = pointer.rsplit_once('/').unwrap();
    answer.pointer_mut(parent).unwrap()[member] = value;
    bytes(&answer)
}

fn bytes(value: &Value) -> Vec<u8> {
    value.to_string().into_bytes()
}

fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
    pairs.iter().map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap())).collect()
}

fn expect_none(name: &str, found: &[Violation]) {
    assert!(found.is_empty(), "{name}: {}", found.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "));
}
