//! Folders, rules and settings at Microsoft: who may, what is refused before Microsoft is asked, and what is said of its refusals.

use api::access::Scope;
use http::Method;
use model::id::FolderId;
use model::mailbox::Visibility;
use serde_json::{Value, json};
use store::folder::{self, Folder};
use store::{Transaction, audit, due, mailbox, work};

use crate::support::{House, OURS};

/// A folder in Anna's mailbox that somebody has made.
async fn own_folder(house: &House) -> FolderId {
    let id = FolderId::new(house.clock.now());
    let made = Folder {
        id,
        mailbox: house.ours.mailboxes[0],
        graph_id: "own/folder".into(),
        parent_graph_id: None,
        display_name: "Customers".into(),
        well_known: None,
        hidden: false,
        total_there: 0,
        unread_there: 0,
        removed_at: None,
        first_synced_at: None,
        last_synced_at: None,
        estimate_total: None,
        audit: None,
    };
    house.state.db.commit(Transaction::new("test.folder").with(folder::insert(&made))).await.unwrap();
    id
}

fn asked_of_graph(house: &House) -> usize {
    house.outside.asked.lock().unwrap().len()
}

#[tokio::test]
async fn only_who_may_change_mail_arranges_and_only_where_they_may() {
    let house = House::new().await;
    let [anna, ben] = house.ours.mailboxes;
    let own = own_folder(&house).await;
    let reader = house.key(OURS, &[Scope::Read, Scope::Write], None).await;
    let bens = house.key(OURS, &[Scope::Read, Scope::MailWrite], Some(vec![ben])).await;
    let writes = [
        (Method::POST, format!("/api/v1/mailboxes/{anna}/folders"), Some(json!({"name": "x"}))),
        (Method::PATCH, format!("/api/v1/folders/{own}"), Some(json!({"name": "x"}))),
        (Method::DELETE, format!("/api/v1/folders/{own}"), None),
        (Method::POST, format!("/api/v1/mailboxes/{anna}/rules"), Some(json!({"name": "x", "actions": {"delete": true}}))),
        (Method::PATCH, format!("/api/v1/mailboxes/{anna}/rules/AQ%2F8%3D"), Some(json!({"is_enabled": false}))),
        (Method::DELETE, format!("/api/v1/mailboxes/{anna}/rules/AQ%2F8%3D"), None),
        (Method::PATCH, format!("/api/v1/mailboxes/{anna}/settings"), Some(json!({"time_zone": "UTC"}))),
    ];
    for (method, path, body) in &writes {
        assert_eq!(house.ask(method.clone(), path, &reader, body.as_ref()).await.code(), "scope_missing", "{method} {path}");
        assert_eq!(house.ask(method.clone(), path, &bens, body.as_ref()).await.status, 404, "{method} {path}");
    }
    for path in [format!("/api/v1/mailboxes/{anna}/rules"), format!("/api/v1/mailboxes/{anna}/settings")] {
        assert_eq!(house.get(&path, &reader).await.status, 200, "{path}");
    }
    let less = mailbox::set_visibility(anna, Visibility::Subject);
    house.state.db.commit(Transaction::new("test.less").with(less)).await.unwrap();
    let writer = house.key(OURS, &[Scope::Read, Scope::MailWrite], None).await;
    for (method, path, body) in &writes {
        let answer = house.ask(method.clone(), path, &writer, body.as_ref()).await;
        assert_eq!(answer.code(), "mailbox_not_seen_whole", "{method} {path}");
    }
    assert_eq!(house.get(&format!("/api/v1/mailboxes/{anna}/settings"), &reader).await.code(), "mailbox_not_seen_whole");
}

#[tokio::test]
async fn a_permission_that_was_not_granted_is_named_with_the_way_to_it_and_microsoft_is_not_asked() {
    let house = House::new().await;
    let (key, ben) = (house.admin().await, house.ours.mailboxes[1]);
    let settings = format!("/api/v1/mailboxes/{ben}/settings");
    let rule = json!({"name": "x", "actions": {"delete": true}});
    for (method, path, body, permission) in [
        (Method::GET, settings.clone(), None, "MailboxSettings.Read`"),
        (Method::PATCH, settings, Some(json!({"time_zone": "UTC"})), "MailboxSettings.ReadWrite`"),
        (Method::GET, format!("/api/v1/mailboxes/{ben}/rules"), None, "MailboxSettings.Read`"),
        (Method::POST, format!("/api/v1/mailboxes/{ben}/rules"), Some(rule), "MailboxSettings.ReadWrite`"),
    ] {
        let answer = house.ask(method.clone(), &path, &key, body.as_ref()).await;
        let said = answer.json();
        assert_eq!((answer.status, said["code"].as_str()), (403, Some("permission_missing")), "{method} {path}");
        assert!(said["detail"].as_str().unwrap().contains(permission), "{said}");
        assert!(said["action"].as_str().unwrap().contains("MICROSOFT_EXTRA_SCOPES"), "{said}");
    }
    let folder = house.ask(Method::POST, &format!("/api/v1/mailboxes/{ben}/folders"), &key, Some(&json!({"name": "x"}))).await.json();
    assert!(folder["detail"].as_str().unwrap().contains("Mail.ReadWrite") && folder["action"].as_str().unwrap().contains("read_only"));
    assert_eq!(asked_of_graph(&house), 0);
}

#[tokio::test]
async fn a_folder_is_made_and_changed_with_the_mirror_due_and_a_line_in_the_audit() {
    let house = House::new().await;
    let (key, anna) = (house.admin().await, house.ours.mailboxes[0]);
    let own = own_folder(&house).await;
    let path = format!("/api/v1/mailboxes/{anna}/folders");
    let body = json!({"name": " Made ", "parent": own});
    let made = house.ask_with(Method::POST, &path, &key, Some(&body), &[("idempotency-key", "one")]).await;
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.bytes));
    assert_eq!((&made.json()["name"], &made.json()["parent"]), (&json!("Made"), &json!(own)));
    let before = asked_of_graph(&house);
    let again = house.ask_with(Method::POST, &path, &key, Some(&body), &[("idempotency-key", "one")]).await;
    assert_eq!((again.status, again.header("idempotency-replayed"), asked_of_graph(&house)), (201, "true", before), "asked for once");
    let due = work::list_due(&house.state.db, house.clock.now(), 50).await.unwrap();
    assert!(due.iter().any(|item| item.kind == due::PULL_FOLDERS && item.key == anna.to_string()), "{due:?}");

    let one = format!("/api/v1/folders/{own}");
    let tag = house.get(&one, &key).await.header("etag").to_owned();
    let renamed = house.ask_with(Method::PATCH, &one, &key, Some(&json!({"name": "Made"})), &[("if-match", &tag)]).await;
    assert_eq!((renamed.status, &renamed.json()["id"], &renamed.json()["total_count"]), (200, &json!(own), &json!(3)));
    let stale = house.ask_with(Method::PATCH, &one, &key, Some(&json!({"name": "Made"})), &[("if-match", "\"x\"")]).await;
    assert_eq!(stale.code(), "changed_meanwhile");
    assert_eq!(house.ask(Method::DELETE, &one, &key, None).await.status, 204);
    let lines = audit::list(&house.state.db, OURS, None, 50).await.unwrap();
    for action in ["folder.create", "folder.rename", "folder.delete"] {
        assert!(lines.iter().any(|line| line.action == action && line.outcome == "done"), "{action}");
    }
    assert!(lines.iter().all(|line| !line.detail.to_string().contains("Made")), "a folder's name may be a person's");
}

#[tokio::test]
async fn what_cannot_be_is_refused_before_microsoft_is_asked() {
    let house = House::new().await;
    let (key, anna) = (house.admin().await, house.ours.mailboxes[0]);
    let (own, inbox) = (own_folder(&house).await, house.ours.folders[0]);
    let (folders, rules) = (format!("/api/v1/mailboxes/{anna}/folders"), format!("/api/v1/mailboxes/{anna}/rules"));
    let (own, settings) = (format!("/api/v1/folders/{own}"), format!("/api/v1/mailboxes/{anna}/settings"));
    let (foreign, bens) = (house.theirs.folders[0], house.ours.folders[1]);
    let acting = |actions: Value| json!({"name": "x", "actions": actions});
    for (method, path, body, code) in [
        (Method::POST, &folders, json!({"name": " "}), "folder_name_wrong"),
        (Method::POST, &folders, json!({"name": "x".repeat(256)}), "folder_name_wrong"),
        (Method::POST, &folders, json!({"name": "x", "parent": foreign}), "folder_wrong"),
        (Method::POST, &folders, json!({"name": "x", "parent": bens}), "folder_wrong"),
        (Method::POST, &folders, json!({"name": "x", "colour": "red"}), "field_unreadable"),
        (Method::PATCH, &own, json!({}), "one_thing_at_a_time"),
        (Method::PATCH, &own, json!({"name": "x", "parent": null}), "one_thing_at_a_time"),
        (Method::PATCH, &own, json!({"parent": bens}), "folder_wrong"),
        (Method::PATCH, &format!("/api/v1/folders/{inbox}"), json!({"name": "x"}), "folder_well_known"),
        (Method::POST, &rules, acting(json!({})), "rule_wrong"),
        (Method::POST, &rules, acting(json!({"move_to_folder": bens})), "rule_wrong"),
        (Method::POST, &rules, acting(json!({"forward_to": [{"email": "nobody"}]})), "rule_wrong"),
        (Method::POST, &rules, acting(json!({"assign_categories": [" "]})), "rule_wrong"),
        (Method::POST, &rules, json!({"name": "", "actions": {"delete": true}}), "rule_wrong"),
        (Method::POST, &rules, acting(json!({"paint": "red"})), "field_unreadable"),
        (Method::POST, &rules, json!({"name": "x", "actions": {"delete": true}, "conditions": {"moon": "full"}}), "field_unreadable"),
        (Method::PATCH, &settings, json!({}), "nothing_wanted"),
        (Method::PATCH, &settings, json!({"working_hours": {"start": "8 o'clock"}}), "time_wrong"),
        (Method::PATCH, &settings, json!({"purpose": "room"}), "purpose_fixed"),
        (Method::PATCH, &settings, json!({"automatic_replies": {"status": "maybe"}}), "field_unreadable"),
    ] {
        let answer = house.ask(method.clone(), path, &key, Some(&body)).await;
        assert_eq!((answer.status, answer.code().as_str()), (422, code), "{method} {path} {body}");
    }
    let unknown = house.ask(Method::POST, &rules, &key, Some(&acting(json!({"paint": "red"})))).await.json();
    assert!(unknown["detail"].as_str().unwrap().contains("paint"), "{unknown}");
    assert_eq!(asked_of_graph(&house), 0);
}

#[tokio::test]
async fn what_microsoft_refuses_is_told_with_what_to_do_and_stands_in_the_audit() {
    let house = House::new().await;
    let (key, anna) = (house.admin().await, house.ours.mailboxes[0]);
    let folders = format!("/api/v1/mailboxes/{anna}/folders");
    let settings = format!("/api/v1/mailboxes/{anna}/settings");
    for (refusal, path, method, body, status, code) in [
        ((409, "ErrorFolderExists"), &folders, Method::POST, json!({"name": "x"}), 409, "folder_exists"),
        ((400, "InvalidTimeZone"), &settings, Method::PATCH, json!({"time_zone": "Mars"}), 422, "InvalidTimeZone"),
        ((400, "ErrorInvalidTimeSettings"), &settings, Method::PATCH, json!({"time_zone": "Mars"}), 422, "ErrorInvalidTimeSettings"),
        ((403, "ErrorAccessDenied"), &settings, Method::PATCH, json!({"time_zone": "Mars"}), 403, "permission_missing"),
        ((429, ""), &settings, Method::PATCH, json!({"time_zone": "Mars"}), 503, "HTTP 429"),
    ] {
        *house.outside.refusal.lock().unwrap() = Some(refusal);
        let answer = house.ask(method, path, &key, Some(&body)).await;
        let said = answer.json();
        assert_eq!((answer.status, said["code"].as_str()), (status, Some(code)), "{refusal:?} {said}");
        assert!(!said["action"].as_str().unwrap().contains("Nothing"), "somebody waits for the answer: {said}");
    }
    let lines = audit::list(&house.state.db, OURS, None, 50).await.unwrap();
    let line = lines.iter().find(|line| line.action == "folder.create").unwrap();
    assert_eq!(
        (line.outcome.as_str(), &line.detail["code"], &line.detail["request_id"]),
        ("refused", &json!("ErrorFolderExists"), &json!("req-7"))
    );
}

#[tokio::test]
async fn rules_are_read_in_our_words_and_forwarding_stands_in_the_audit() {
    let house = House::new().await;
    let (key, anna) = (house.admin().await, house.ours.mailboxes[0]);
    let path = format!("/api/v1/mailboxes/{anna}/rules");
    let listed = house.get(&path, &key).await.json();
    let rule = &listed["data"][0];
    assert_eq!((&rule["id"], &rule["name"], &rule["sequence"]), (&json!("AQ/8="), &json!("Offers"), &json!(2)));
    assert_eq!(rule["conditions"], json!({"subject_contains": ["offer"]}));
    assert_eq!(rule["actions"], json!({"move_to_folder": house.ours.folders[0]}));
    let wish = json!({"name": "Away", "conditions": {"sent_to_me": true}, "actions": {"forward_to": [{"email": "bo@acme.example"}]}});
    let made = house.ask(Method::POST, &path, &key, Some(&wish)).await;
    assert_eq!(made.status, 201, "{}", String::from_utf8_lossy(&made.bytes));
    assert_eq!(house.get(made.header("location"), &key).await.json()["id"], "AQ/8=");
    let lines = audit::list(&house.state.db, OURS, None, 50).await.unwrap();
    let line = lines.iter().find(|line| line.action == "rule.create").unwrap();
    assert_eq!(line.detail["sends_on_to"], json!(["bo@acme.example"]));
    let settings = house.get(&format!("/api/v1/mailboxes/{anna}/settings?fields=language,purpose"), &key).await.json();
    assert_eq!(settings, json!({"language": "de-DE", "purpose": "user"}));
}
