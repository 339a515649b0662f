//! Inbox rules: kept as they are wanted, refused when they are none, and what they do to mail that arrives.

use http::Method;
use microsoft365_sim::Caller;
use serde_json::{Value, json};

use crate::sending::{party, pass, rows};
use crate::world::{ANNA, Answer, BEN, Listener, World, world};
use crate::writing::{news, text};

const RULES: &str = "/me/mailFolders/inbox/messageRules";

fn owner(world: &World) -> Caller {
    world.person(&["MailboxSettings.ReadWrite", "Mail.ReadWrite"])
}

async fn call(world: &World, method: Method, path: &str, body: Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    world.call(&owner(world), method, path, &[("content-type", "application/json")], &body).await
}

async fn rule(world: &World, conditions: Value, actions: Value) -> String {
    let body = json!({"displayName": "r", "conditions": conditions, "actions": actions});
    let answer = call(world, Method::POST, RULES, body).await;
    assert_eq!(answer.status, 201, "{:?}", answer.body);
    text(&answer.json(), "id")
}

async fn folder(world: &World, name: &str) -> String {
    text(&world.get(&format!("/me/mailFolders/{name}")).await.json(), "id")
}

#[tokio::test]
async fn a_rule_is_made_read_changed_and_deleted() {
    let world = world();
    let archive = folder(&world, "archive").await;
    let wanted = json!({
        "displayName": "Pumps", "sequence": 2, "isEnabled": true,
        "conditions": {"senderContains": ["adele"], "withinSizeRange": {"minimumSize": 1, "maximumSize": 9}},
        "exceptions": {"importance": "high"},
        "actions": {"moveToFolder": archive, "forwardTo": [party(BEN)], "stopProcessingRules": true},
    });
    let made = call(&world, Method::POST, RULES, wanted.clone()).await;
    assert_eq!(made.status, 201);
    let id = text(&made.json(), "id");
    assert!(made.header("location").contains("/messageRules('"));
    let path = format!("{RULES}/{}", id.replace('=', "%3D"));
    let seen = call(&world, Method::GET, &path, Value::Null).await.json();
    for (name, value) in wanted.as_object().unwrap() {
        assert_eq!(&seen[name], value, "{name}");
    }
    assert_eq!((&seen["hasError"], &seen["isReadOnly"]), (&json!(false), &json!(false)));
    let first = call(&world, Method::POST, RULES, json!({"displayName": "first", "sequence": 2, "actions": {"markAsRead": true}})).await;
    assert_eq!(first.json()["sequence"], 2);
    let listed = call(&world, Method::GET, RULES, Value::Null).await;
    assert_eq!(listed.column("displayName"), ["first", "Pumps"], "a rule at a taken place goes before");
    let change = json!({"displayName": "Valves", "conditions": {"subjectContains": ["valve"]}, "exceptions": null});
    let changed = call(&world, Method::PATCH, &path, change).await;
    let seen = changed.json();
    assert_eq!(
        (changed.status, &seen["displayName"], &seen["conditions"]),
        (200, &json!("Valves"), &json!({"subjectContains": ["valve"]}))
    );
    assert!(seen.get("exceptions").is_none());
    assert_eq!(call(&world, Method::DELETE, &path, Value::Null).await.status, 204);
    for method in [Method::GET, Method::DELETE] {
        let gone = call(&world, method, &path, Value::Null).await;
        assert_eq!((gone.status, gone.code().as_str()), (404, "ErrorItemNotFound"));
    }
    assert_eq!(call(&world, Method::GET, &format!("{RULES}/x"), Value::Null).await.code(), "ErrorInvalidIdMalformed");
}

#[tokio::test]
async fn what_is_no_rule_is_refused() {
    let world = world();
    let read = json!({"markAsRead": true});
    let cases = [
        (json!({"actions": read}), "ErrorInboxRulesValidationError"),
        (json!({"displayName": " ", "actions": read}), "ErrorInboxRulesValidationError"),
        (json!({"displayName": "a", "actions": {}}), "ErrorInboxRulesValidationError"),
        (json!({"displayName": "a", "actions": read, "sequence": 0}), "ErrorInvalidRequest"),
        (json!({"displayName": "a", "actions": read, "weather": 1}), "RequestBodyRead"),
        (json!({"displayName": "a", "actions": {"shred": true}}), "RequestBodyRead"),
        (json!({"displayName": "a", "actions": {"markAsRead": "yes"}}), "RequestBodyRead"),
        (json!({"displayName": "a", "actions": {"forwardTo": ["x@y.example"]}}), "RequestBodyRead"),
        (json!({"displayName": "a", "actions": read, "conditions": {"subjectContains": "one"}}), "RequestBodyRead"),
        (json!({"displayName": "a", "actions": read, "conditions": {"importance": "urgent"}}), "RequestBodyRead"),
        (json!({"displayName": "a", "actions": {"moveToFolder": "nowhere"}}), "ErrorInvalidIdMalformed"),
    ];
    for (body, code) in cases {
        let answer = call(&world, Method::POST, RULES, body.clone()).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{body}");
    }
    let elsewhere = call(&world, Method::GET, "/me/mailFolders/archive/messageRules", Value::Null).await;
    assert_eq!(elsewhere.status, 400);
    let reader = world.person(&["MailboxSettings.Read"]);
    assert_eq!(world.get_as(&reader, RULES).await.status, 200);
    let body = json!({"displayName": "a", "actions": read}).to_string();
    let denied = world.call(&reader, Method::POST, RULES, &[("content-type", "application/json")], &body).await;
    assert_eq!((denied.status, denied.code().as_str()), (403, "ErrorAccessDenied"));
    assert_eq!(world.get_as(&world.person(&["Mail.ReadWrite"]), RULES).await.status, 403);
}

#[tokio::test]
async fn a_moved_message_was_never_in_the_inbox() {
    let world = world();
    let archive = folder(&world, "archive").await;
    rule(&world, json!({"subjectContains": ["PUMP"]}), json!({"moveToFolder": archive, "markAsRead": true, "assignCategories": ["Red"]}))
        .await;
    let mut inbox = "/me/mailFolders/inbox/messages/delta".to_owned();
    news(&world, &mut inbox).await;
    let listener = Listener::on(&world);
    let delivered = world.deliver("inbox", "New pumps");
    assert_eq!(delivered.folder_id, archive);
    world.deliver("inbox", "Valves");
    let told: Vec<String> = news(&world, &mut inbox).await.iter().map(|row| text(row, "subject")).collect();
    assert_eq!(told, ["Valves"]);
    let moved = rows(&world, ANNA, "archive").await.remove(0);
    assert_eq!((&moved["isRead"], &moved["categories"]), (&json!(true), &json!(["Red"])));
    assert!(listener.take().is_empty());
}

#[tokio::test]
async fn conditions_must_all_hold_and_one_exception_is_enough() {
    let world = world();
    let conditions =
        json!({"fromAddresses": [party("X@away.example")], "sentToMe": true, "hasAttachments": false, "bodyOrSubjectContains": ["a", "b"]});
    let id = rule(&world, conditions, json!({"delete": true})).await;
    let path = format!("{RULES}/{}", id.replace('=', "%3D"));
    let exceptions = json!({"exceptions": {"importance": "high", "headerContains": ["x-kind: keep"], "categories": ["Blue"]}});
    assert_eq!(call(&world, Method::PATCH, &path, exceptions).await.status, 200);
    let mail = |subject: &str, more: Value| {
        let mut mail = json!({"subject": subject, "from": party("x@away.example"), "toRecipients": [party(ANNA)]});
        mail.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        mail
    };
    for (subject, more) in [
        ("gone a", json!({})),
        ("b kept: other sender", json!({"from": party("y@away.example")})),
        ("b kept: not to me", json!({"toRecipients": [party(BEN)]})),
        ("kept: none of the words", json!({"subject": "xx"})),
        ("b kept: important", json!({"importance": "high"})),
        ("b kept: header", json!({"internetMessageHeaders": [{"name": "X-Kind", "value": "keep"}]})),
        ("gone b", json!({"internetMessageHeaders": [{"name": "X-Kind", "value": "drop"}]})),
    ] {
        world.deliver_with("inbox", mail(subject, more));
    }
    let subjects = |rows: Vec<Value>| rows.iter().map(|row| text(row, "subject")).collect::<Vec<_>>();
    assert_eq!(subjects(rows(&world, ANNA, "deleteditems").await), ["gone b", "gone a"]);
    assert_eq!(rows(&world, ANNA, "inbox").await.len(), 5);
    assert_eq!(call(&world, Method::PATCH, &path, json!({"isEnabled": false})).await.status, 200);
    world.deliver_with("inbox", mail("now kept a", json!({})));
    assert_eq!(rows(&world, ANNA, "inbox").await.len(), 6);
}

#[tokio::test]
async fn rules_run_in_order_until_one_stops_them() {
    let world = world();
    rule(&world, json!({}), json!({"assignCategories": ["First"], "copyToFolder": "archive"})).await;
    rule(&world, json!({"subjectContains": ["stop"]}), json!({"assignCategories": ["Second"], "stopProcessingRules": true})).await;
    rule(&world, json!({}), json!({"assignCategories": ["Third"], "markImportance": "low"})).await;
    world.deliver("inbox", "stop here");
    world.deliver("inbox", "go on");
    let categories = |row: &Value| row["categories"].clone();
    let inbox = rows(&world, ANNA, "inbox").await;
    assert_eq!((categories(&inbox[1]), categories(&inbox[0])), (json!(["First", "Second"]), json!(["First", "Third"])));
    assert_eq!((&inbox[1]["importance"], &inbox[0]["importance"]), (&json!("normal"), &json!("low")));
    assert_eq!(rows(&world, ANNA, "archive").await.len(), 2);
}

#[tokio::test]
async fn mail_is_sent_on_but_never_in_circles() {
    let world = world();
    rule(&world, json!({"subjectContains": ["Pumps"]}), json!({"forwardTo": [party(BEN)]})).await;
    rule(&world, json!({"subjectContains": ["Valves"]}), json!({"redirectTo": [party("x@away.example")]})).await;
    let ben = world.caller(Some(world.ben.id.clone()), &["MailboxSettings.ReadWrite"], &[]);
    let back = json!({"displayName": "back", "actions": {"forwardTo": [party(ANNA)]}}).to_string();
    assert_eq!(world.call(&ben, Method::POST, RULES, &[("content-type", "application/json")], &back).await.status, 201);
    world.deliver_with(
        "inbox",
        json!({"subject": "Pumps", "from": party("y@away.example"), "body": {"contentType": "html", "content": "<p>old</p>"}}),
    );
    world.deliver_with("inbox", json!({"subject": "Valves", "from": party("y@away.example")}));
    for _ in 0..4 {
        pass(&world);
    }
    let forwarded = rows(&world, BEN, "inbox").await;
    assert_eq!(forwarded.len(), 1);
    assert_eq!((&forwarded[0]["subject"], &forwarded[0]["from"]["emailAddress"]["address"]), (&json!("FW: Pumps"), &json!(ANNA)));
    assert!(text(&forwarded[0]["body"], "content").contains("<p>old</p>"));
    assert_eq!(rows(&world, ANNA, "inbox").await.len(), 3, "two that came, and one from Ben, which goes no further");
    assert!(rows(&world, ANNA, "sentitems").await.is_empty());
    let outside = world.control().outside(0);
    assert_eq!(outside.len(), 1);
    assert!(String::from_utf8_lossy(&outside[0].raw).contains("From: y@away.example\r\n"), "who redirects stays out of the mail");
}

#[tokio::test]
async fn mail_is_sent_on_within_another() {
    let world = world();
    rule(&world, json!({}), json!({"forwardAsAttachmentTo": [party(BEN)]})).await;
    world.mime("From: y@away.example\r\nSubject: Pumps\r\n\r\nold");
    pass(&world);
    let around = rows(&world, BEN, "inbox").await.remove(0);
    let inner = &around["attachments"][0];
    assert_eq!((&around["subject"], &inner["name"]), (&json!("FW: Pumps"), &json!("Pumps")));
    assert_eq!(inner["@odata.type"], "#microsoft.graph.itemAttachment");
    assert!(!text(&around["body"], "content").contains("old"));
}

#[tokio::test]
async fn a_rule_whose_folder_is_gone_has_an_error_and_moves_nothing() {
    let world = world();
    let target = world.control().create_folder(ANNA, "msgfolderroot", "Offers").unwrap();
    rule(&world, json!({}), json!({"moveToFolder": target, "markAsRead": true})).await;
    world.control().delete_folder(ANNA, &target, true).unwrap();
    world.deliver("inbox", "a");
    let inbox = rows(&world, ANNA, "inbox").await;
    assert_eq!((inbox.len(), &inbox[0]["isRead"]), (1, &json!(true)));
    let listed = call(&world, Method::GET, RULES, Value::Null).await.json();
    assert_eq!(listed["value"][0]["hasError"], true);
}
