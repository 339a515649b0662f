//! What contact calls ask for, and how what comes back reads.

use serde_json::json;

use super::*;
use crate::access::Lane;
use crate::page::Delta;
use crate::scripted::{Stage, access, answer};

const DELTA: &str = r#"{"value":[],"@odata.deltaLink":"https://graph.microsoft.com/v1.0/x?$deltatoken=d"}"#;

#[tokio::test]
async fn a_folder_is_named_once_and_immutable_ids_are_asked_for_on_every_page() {
    let stage = Stage::signed_in();
    let next = "https://graph.microsoft.com/v1.0/users/user-1/contactFolders/f1/contacts/delta?$skiptoken=abc";
    let bo = json!({"id": "c1", "displayName": "Bo Ek", "emailAddresses": [{"name": "Bo", "address": "bo@acme.example"}],
        "mobilePhone": null, "businessPhones": ["+62 21 555"], "homePhones": null, "lastModifiedDateTime": "2026-03-01T09:00:00Z"});
    let gone = json!({"id": "c2", "@removed": {"reason": "deleted"}});
    stage.script.graph(Ok(answer(200, &json!({"value": [bo, gone], "@odata.nextLink": next}).to_string())));
    let page = delta(&stage.client, &access(Lane::Backfill), Some("f/1"), None, 50).await.unwrap();
    let first = stage.script.requests().pop().unwrap();
    assert_eq!(first.uri().path(), "/v1.0/users/user-1/contactFolders/f%2F1/contacts/delta");
    assert_eq!((first.uri().query(), &first.headers()["prefer"]), (None, &"IdType=\"ImmutableId\", odata.maxpagesize=50".parse().unwrap()));
    let [Delta::Changed(bo), Delta::Removed { id }] = page.items.as_slice() else { panic!("{:?}", page.items) };
    assert_eq!((bo.business_phones.len(), bo.home_phones.len(), id.as_str()), (1, 0, "c2"));
    stage.script.graph(Ok(answer(200, DELTA)));
    delta(&stage.client, &access(Lane::Backfill), Some("f/1"), Some(&page.link), 50).await.unwrap();
    let second = stage.script.requests().pop().unwrap();
    assert_eq!((second.uri().to_string().as_str(), &second.headers()["prefer"]), (next, &first.headers()["prefer"]));
    stage.script.graph(Ok(answer(200, DELTA)));
    delta(&stage.client, &access(Lane::Backfill), None, None, 50).await.unwrap();
    assert_eq!(stage.script.requests().pop().unwrap().uri().path(), "/v1.0/users/user-1/contacts/delta");
}

#[tokio::test]
async fn folders_are_found_however_deep_and_the_default_one_is_left_out() {
    let stage = Stage::signed_in();
    let list = |value: serde_json::Value| Ok(answer(200, &json!({ "value": value }).to_string()));
    stage.script.graph(list(json!([{"parentFolderId": "default"}])));
    stage.script.graph(list(json!([{"id": "f1", "displayName": "Friends"}, {"id": "default", "displayName": "Contacts"}])));
    stage.script.graph(list(json!([{"id": "f2", "displayName": "Old friends"}])));
    stage.script.graph(list(json!([])));
    let found = folders::folders(&stage.client, &access(Lane::Notified)).await.unwrap();
    assert_eq!(found.iter().map(|folder| folder.id.as_str()).collect::<Vec<_>>(), ["f1", "f2"]);
    let paths: Vec<String> = stage.script.requests().iter().map(|request| request.uri().path().to_owned()).collect();
    assert!(paths.iter().any(|path| path.ends_with("/contactFolders/f2/childFolders")), "{paths:?}");
}
