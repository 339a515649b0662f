//! The shapes of real answers, as key lists made from captures, against what the simulator gives.

use serde_json::Value;

use crate::world::{ANNA, exhaust, world};

fn keys(value: &Value) -> Vec<String> {
    let mut keys: Vec<String> = value.as_object().unwrap().keys().cloned().collect();
    keys.sort_unstable();
    keys
}

#[tokio::test]
async fn a_state_read_carries_the_etag() {
    let world = world();
    let id = world.deliver("inbox", "a").id;
    let json = world.get(&format!("/me/messages/{id}?$select=id,isRead,isDraft,flag,lastModifiedDateTime,changeKey")).await.json();
    let expected = ["@odata.context", "@odata.etag", "changeKey", "flag", "id", "isDraft", "isRead", "lastModifiedDateTime"];
    assert_eq!(keys(&json), expected);
    let context = "https://graph.example/v1.0/$metadata#users('anna%40contoso.example')/messages(id,isRead,isDraft,flag,lastModifiedDateTime,changeKey)/$entity";
    assert_eq!(json["@odata.context"], context);
}

#[tokio::test]
async fn a_well_known_folder_read_has_three_keys() {
    let world = world();
    let json = world.get("/me/mailFolders/inbox?$select=id,displayName").await.json();
    assert_eq!(keys(&json), ["@odata.context", "displayName", "id"]);
    let context = "https://graph.example/v1.0/$metadata#users('anna%40contoso.example')/mailFolders(id,displayName)/$entity";
    assert_eq!(json["@odata.context"], context);
}

#[tokio::test]
async fn delta_pages_hold_context_link_and_value() {
    let world = world();
    let id = world.deliver("inbox", "a").id;
    let (_, page) = exhaust(&world, "/me/mailFolders/inbox/messages/delta", &[]).await;
    assert_eq!(keys(&page), ["@odata.context", "@odata.deltaLink", "value"]);
    world.control().delete_message(ANNA, &id, false).unwrap();
    let (rows, _) = exhaust(&world, page["@odata.deltaLink"].as_str().unwrap(), &[]).await;
    assert_eq!(keys(&rows[0]), ["@odata.type", "@removed", "id"]);
}

#[tokio::test]
async fn a_draft_without_people_has_no_from() {
    let world = world();
    let raw = "Subject: s\nMessage-ID: <1@b.example>\n\nx\n";
    let options = microsoft365_sim::mailbox::DeliverOptions { is_draft: true, is_read: true, ..Default::default() };
    let delivery = world.control().deliver_mime(ANNA, "drafts", raw, options).unwrap();
    let json = world.get(&format!("/me/messages/{}", delivery.id)).await.json();
    assert!(json.get("from").is_none() && json.get("sender").is_none());
    assert_eq!((json["isDraft"].as_bool(), json["toRecipients"].as_array().map(Vec::len)), (Some(true), Some(0)));
}
