//! Messages and folders changed through Graph: what may be changed, where it is then, and who hears of it.

use http::Method;
use serde_json::{Value, json};

use crate::world::{Answer, World, exhaust, world};

pub async fn write(world: &World, method: Method, path: &str, body: Value) -> Answer {
    write_with(world, method, path, &[], body).await
}

async fn write_with(world: &World, method: Method, path: &str, headers: &[(&str, &str)], body: Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    let headers: Vec<_> = headers.iter().copied().chain([("content-type", "application/json")]).collect();
    world.call(&world.person(&["Mail.ReadWrite"]), method, path, &headers, &body).await
}

pub async fn draft(world: &World, body: Value) -> String {
    let answer = write(world, Method::POST, "/me/messages", body).await;
    assert_eq!(answer.status, 201);
    text(&answer.json(), "id")
}

pub fn text(json: &Value, name: &str) -> String {
    json[name].as_str().unwrap_or_default().to_owned()
}

/// What a folder's delta tells after what it told before.
pub async fn news(world: &World, link: &mut String) -> Vec<Value> {
    let (rows, page) = exhaust(world, link, &[]).await;
    *link = text(&page, "@odata.deltaLink");
    rows
}

#[tokio::test]
async fn a_received_message_takes_marks_and_refuses_the_rest() {
    let world = world();
    let path = format!("/me/messages/{}", world.deliver("inbox", "a").id);
    let mime = world.get(&format!("{path}/$value")).await.body;
    let mut link = "/me/mailFolders/inbox/messages/delta".to_owned();
    assert_eq!(news(&world, &mut link).await.len(), 1);
    let marks = json!({
        "isRead": true, "importance": "high", "inferenceClassification": "other", "categories": ["Red"],
        "flag": {"flagStatus": "flagged"},
    });
    let answer = write(&world, Method::PATCH, &path, marks.clone()).await;
    assert_eq!(answer.status, 200);
    let told = news(&world, &mut link).await;
    assert_eq!(told.len(), 1);
    for seen in [&answer.json(), &world.get(&path).await.json(), &told[0]] {
        for (name, value) in marks.as_object().unwrap() {
            assert_eq!(&seen[name], value, "{name}");
        }
    }
    assert_eq!(world.get(&format!("{path}/$value")).await.body, mime, "the mail itself stays as it came");
    for name in ["subject", "body", "toRecipients", "from", "isReadReceiptRequested", "receivedDateTime", "isDraft", "conversationId"] {
        let answer = write(&world, Method::PATCH, &path, json!({name: null, "isRead": false})).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "ErrorInvalidPropertySet"), "{name}");
    }
    let answer = write(&world, Method::PATCH, &path, json!({"importance": "urgent", "isRead": false})).await;
    assert_eq!(answer.status, 400);
    assert_eq!(world.get(&path).await.json()["isRead"], true, "a refused change changes nothing");
    assert!(news(&world, &mut link).await.is_empty());
}

#[tokio::test]
async fn a_draft_takes_everything() {
    let world = world();
    let path = format!("/me/messages/{}", draft(&world, json!({"subject": "a"})).await);
    let wanted = json!({"subject": "b", "importance": "low", "isReadReceiptRequested": true, "body": {"contentType": "html", "content": "<p>x</p>"}});
    assert_eq!(write(&world, Method::PATCH, &path, wanted).await.status, 200);
    let seen = world.get(&path).await.json();
    assert_eq!((&seen["subject"], &seen["importance"], &seen["isReadReceiptRequested"]), (&json!("b"), &json!("low"), &json!(true)));
    assert!(text(&seen["body"], "content").contains("<p>x</p>"));
}

#[tokio::test]
async fn a_changed_body_is_served_like_a_new_one_and_an_unchanged_one_stays() {
    let world = world();
    let html = |content: &str| json!({"contentType": "html", "content": content});
    let path = format!("/me/messages/{}", draft(&world, json!({"subject": "a", "body": html("<p>one</p>")})).await);
    let body = async || text(&world.get(&path).await.json()["body"], "content");
    let before = body().await;
    assert_eq!(write(&world, Method::PATCH, &path, json!({"subject": "b"})).await.status, 200);
    assert_eq!(body().await, before);
    let size = async || world.get("/me/mailFolders/drafts").await.json()["sizeInBytes"].as_u64().unwrap();
    let small = size().await;
    write(&world, Method::PATCH, &path, json!({"body": html(&"x".repeat(3000))})).await;
    assert!(size().await > small + 3000, "the folder counts what lies in it");
    write(&world, Method::PATCH, &path, json!({"body": html("<p onclick='x()'>two</p><script>y()</script>")})).await;
    let after = body().await;
    assert!(after.contains("<p>two</p>") && !after.contains("script"), "{after}");
    write(&world, Method::PATCH, &path, json!({"body": {"contentType": "text", "content": "three"}})).await;
    let seen = world.get(&path).await.json();
    assert_eq!((&seen["body"]["contentType"], &seen["bodyPreview"]), (&json!("html"), &json!("three")));
}

#[tokio::test]
async fn a_stale_change_key_is_refused() {
    let world = world();
    let path = format!("/me/messages/{}", world.deliver("inbox", "a").id);
    let etag = text(&world.get(&path).await.json(), "@odata.etag");
    let mark = |etag: String, read: bool| {
        let (world, path) = (&world, &path);
        async move { write_with(world, Method::PATCH, path, &[("if-match", &etag)], json!({"isRead": read})).await }
    };
    assert_eq!(mark(etag.clone(), true).await.status, 200);
    let stale = mark(etag, false).await;
    assert_eq!((stale.status, stale.code().as_str()), (412, "ErrorIrresolvableConflict"));
    assert_eq!(mark("*".to_owned(), false).await.status, 200);
}

#[tokio::test]
async fn a_moved_message_keeps_its_immutable_id_only_and_a_copy_has_neither() {
    let world = world();
    let immutable = [("prefer", "IdType=\"ImmutableId\"")];
    let id = world.get("/me/messages").await.column("id").pop().unwrap_or_default();
    assert_eq!(id, "", "nothing is there yet");
    world.deliver("inbox", "a");
    let default = world.get("/me/messages").await.column("id").remove(0);
    let lasting = world.get_with("/me/messages", &immutable).await.column("id").remove(0);
    let (mut inbox, mut archive) = ("/me/mailFolders/inbox/messages/delta".to_owned(), "/me/mailFolders/archive/messages/delta".to_owned());
    news(&world, &mut inbox).await;
    news(&world, &mut archive).await;
    let moved = write(&world, Method::POST, &format!("/me/messages/{default}/move"), json!({"destinationId": "archive"})).await;
    assert_eq!(moved.status, 201);
    assert_ne!(text(&moved.json(), "id"), default);
    assert_eq!(world.get(&format!("/me/messages/{default}")).await.status, 404);
    assert_eq!(world.get(&format!("/me/messages/{lasting}")).await.status, 200);
    assert_eq!(news(&world, &mut inbox).await[0]["@removed"]["reason"], "deleted");
    assert_eq!(news(&world, &mut archive).await.len(), 1);
    let copy =
        write_with(&world, Method::POST, &format!("/me/messages/{lasting}/copy"), &immutable, json!({"destinationId": "inbox"})).await;
    assert_eq!(copy.status, 201);
    assert_ne!(text(&copy.json(), "id"), lasting);
    assert_eq!((news(&world, &mut inbox).await.len(), news(&world, &mut archive).await.len()), (1, 0));
}

#[tokio::test]
async fn a_message_is_deleted_in_steps_or_at_once() {
    let world = world();
    world.deliver("inbox", "a");
    world.deliver("inbox", "b");
    let id = async |folder: &str, subject: &str| {
        let rows = world.get(&format!("/me/mailFolders/{folder}/messages")).await.json();
        let found = rows["value"].as_array().unwrap().iter().find(|row| row["subject"] == subject).map(|row| text(row, "id"));
        found.map(|id| format!("/me/messages/{id}"))
    };
    for (from, to) in [("inbox", "deleteditems"), ("deleteditems", "recoverableitemsdeletions")] {
        let path = id(from, "a").await.unwrap();
        assert_eq!(write(&world, Method::DELETE, &path, Value::Null).await.status, 204);
        assert!(id(from, "a").await.is_none() && id(to, "a").await.is_some(), "{to}");
    }
    let path = id("inbox", "b").await.unwrap();
    assert_eq!(write(&world, Method::POST, &format!("{path}/permanentDelete"), Value::Null).await.status, 204);
    assert_eq!(world.get(&path).await.status, 404);
    for folder in ["inbox", "deleteditems", "recoverableitemsdeletions"] {
        assert!(id(folder, "b").await.is_none(), "{folder}");
    }
}

#[tokio::test]
async fn attachment_ids_outlive_the_deletion_of_another() {
    let world = world();
    let path = format!("/me/messages/{}/attachments", draft(&world, json!({"subject": "a"})).await);
    let attach = async |name: &str| {
        let file = json!({"@odata.type": "#microsoft.graph.fileAttachment", "name": name, "contentBytes": "eA=="});
        text(&write(&world, Method::POST, &path, file).await.json(), "id")
    };
    let (first, second) = (attach("1").await, attach("2").await);
    assert_eq!(write(&world, Method::DELETE, &format!("{path}/{first}"), Value::Null).await.status, 204);
    assert_eq!(world.get(&format!("{path}/{second}")).await.json()["name"], "2");
    let third = attach("3").await;
    assert!(third != first && third != second);
    assert_eq!(world.get(&format!("{path}/{first}")).await.status, 404);
}

#[tokio::test]
async fn a_changed_extended_property_is_found_by_its_new_value_only_in_any_spelling() {
    let world = world();
    let guid = "{00020329-0000-0000-C000-000000000046}";
    let id = format!("String {guid} Name Key");
    let set = |value: &str| json!({"singleValueExtendedProperties": [{"id": id, "value": value}]});
    let path = format!("/me/messages/{}", draft(&world, set("one")).await);
    assert_eq!(write(&world, Method::PATCH, &path, set("two")).await.status, 200);
    let find = async |id: &str, value: &str| {
        let filter = format!("$filter=singleValueExtendedProperties/Any(ep: ep/id eq '{id}' and ep/value eq '{value}')");
        world.get(&format!("/me/messages?{filter}")).await.column("id").len()
    };
    let small = format!("string {} name Key", guid.to_lowercase());
    assert_eq!((find(&id, "one").await, find(&id, "two").await, find(&small, "TWO").await), (0, 1, 1));
    assert_eq!(find(&id.replace("Key", "key"), "two").await, 0, "names are case-sensitive");
}

#[tokio::test]
async fn folders_are_made_renamed_moved_copied_and_deleted() {
    let world = world();
    let mut link = "/me/mailFolders/delta".to_owned();
    news(&world, &mut link).await;
    let made = write(&world, Method::POST, "/me/mailFolders", json!({"displayName": "Offers"})).await;
    assert_eq!(made.status, 201);
    let id = text(&made.json(), "id");
    let path = format!("/me/mailFolders/{id}");
    let told = |rows: Vec<Value>| rows.iter().find(|row| row["id"] == id.as_str()).cloned();
    assert_eq!(told(news(&world, &mut link).await).unwrap()["displayName"], "Offers");
    let again = write(&world, Method::POST, "/me/mailFolders", json!({"displayName": "offers"})).await;
    assert_eq!((again.status, again.code().as_str()), (409, "ErrorFolderExists"));
    assert_eq!(write(&world, Method::PATCH, &path, json!({"displayName": "Inbox"})).await.status, 409);
    assert_eq!(write(&world, Method::PATCH, &path, json!({"displayName": "A/B"})).await.json()["displayName"], "A/B");
    assert_eq!(told(news(&world, &mut link).await).unwrap()["displayName"], "A/B");
    let child = write(&world, Method::POST, &format!("{path}/childFolders"), json!({"displayName": "Child"})).await.json();
    let into_itself = json!({"destinationId": child["id"]});
    assert_eq!(write(&world, Method::POST, &format!("{path}/move"), into_itself).await.code(), "ErrorMoveCopyFailed");
    world.deliver(&id, "a");
    let copy = write(&world, Method::POST, &format!("{path}/copy"), json!({"destinationId": "archive"})).await;
    let copied = copy.json();
    assert_eq!((copy.status, &copied["totalItemCount"], &copied["childFolderCount"]), (200, &json!(1), &json!(1)));
    assert_ne!(text(&copied, "id"), id);
    let moved = write(&world, Method::POST, &format!("{path}/move"), json!({"destinationId": "inbox"})).await.json();
    assert_eq!((&moved["id"], &moved["parentFolderId"]), (&json!(id), &world.get("/me/mailFolders/inbox").await.json()["id"]));
    news(&world, &mut link).await;
    assert_eq!(write(&world, Method::DELETE, &path, Value::Null).await.status, 204);
    let bin = world.get("/me/mailFolders/deleteditems").await.json();
    assert_eq!(told(news(&world, &mut link).await).unwrap()["parentFolderId"], bin["id"]);
    assert_eq!(write(&world, Method::DELETE, &path, Value::Null).await.status, 204);
    assert_eq!(world.get(&path).await.status, 404);
    assert_eq!(told(news(&world, &mut link).await).unwrap()["@removed"]["reason"], "deleted");
    let copy = format!("/me/mailFolders/{}", text(&copied, "id"));
    assert_eq!(write(&world, Method::POST, &format!("{copy}/permanentDelete"), Value::Null).await.status, 204);
    assert_eq!(world.get(&copy).await.status, 404);
}

#[tokio::test]
async fn well_known_folders_stay_and_hidden_ones_are_left_out_of_lists() {
    let world = world();
    for (method, action, body) in [
        (Method::PATCH, "", json!({"displayName": "Mine"})),
        (Method::DELETE, "", Value::Null),
        (Method::POST, "/move", json!({"destinationId": "archive"})),
        (Method::POST, "/permanentDelete", Value::Null),
    ] {
        let answer = write(&world, method, &format!("/me/mailFolders/inbox{action}"), body).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "ErrorDeleteDistinguishedFolder"), "{action}");
    }
    assert_eq!(write(&world, Method::POST, "/me/mailFolders", json!({"displayName": " "})).await.status, 400);
    write(&world, Method::POST, "/me/mailFolders", json!({"displayName": "Secret", "isHidden": true})).await;
    let named = |rows: Answer| rows.column("displayName").contains(&"Secret".to_owned());
    assert!(!named(world.get("/me/mailFolders?$top=50").await));
    assert!(named(world.get("/me/mailFolders?includeHiddenFolders=true&$top=50").await));
}

#[tokio::test]
async fn who_may_only_read_changes_nothing() {
    let world = world();
    let id = world.deliver("inbox", "a").id;
    let message = format!("/me/messages/{id}");
    let calls = [
        (Method::POST, "/me/messages".to_owned()),
        (Method::PATCH, message.clone()),
        (Method::DELETE, message.clone()),
        (Method::POST, format!("{message}/move")),
        (Method::POST, format!("{message}/permanentDelete")),
        (Method::POST, "/me/mailFolders".to_owned()),
        (Method::DELETE, "/me/mailFolders/inbox".to_owned()),
    ];
    for (method, path) in calls {
        let answer = world.call(&world.person(&["Mail.Read", "Mail.Send"]), method.clone(), &path, &[], "{}").await;
        assert_eq!((answer.status, answer.code().as_str()), (403, "ErrorAccessDenied"), "{method} {path}");
    }
}
