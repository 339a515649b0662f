//! Folders: the tree, names, counts, and their delta.

use serde_json::Value;

use crate::world::{ANNA, World, exhaust, world, world_with};

async fn folder(world: &World, id: &str) -> Value {
    world.get(&format!("/me/mailFolders/{id}")).await.json()
}

#[tokio::test]
async fn the_list_has_one_level_by_name_without_hidden_folders() {
    let world = world();
    let answer = world.get("/me/mailFolders?$top=50").await;
    let names = ["Archive", "Conversation History", "Deleted Items", "Drafts", "Inbox", "Junk Email", "Outbox", "Sent Items"];
    assert_eq!(answer.column("displayName"), names);
    let keys: Vec<_> = answer.json()["value"][0].as_object().unwrap().keys().cloned().collect();
    let mut expected =
        ["childFolderCount", "displayName", "id", "isHidden", "parentFolderId", "sizeInBytes", "totalItemCount", "unreadItemCount"]
            .map(str::to_owned);
    expected.sort_unstable();
    let mut keys = keys;
    keys.sort_unstable();
    assert_eq!(keys, expected);
    assert!(world.get("/me/mailFolders?includeHiddenFolders=true&$top=50").await.column("displayName").contains(&"Clutter".to_owned()));
    assert_eq!(world.get("/me/mailFolders?$filter=displayName eq 'inbox'").await.column("displayName"), ["Inbox"]);
    assert_eq!(world.get("/me/mailFolders?$top=3&$skip=6").await.column("displayName"), ["Outbox", "Sent Items"]);
}

#[tokio::test]
async fn every_well_known_name_opens_a_folder_in_any_case() {
    let world = world();
    for name in [
        "archive",
        "clutter",
        "conflicts",
        "conversationhistory",
        "deleteditems",
        "drafts",
        "inbox",
        "junkemail",
        "localfailures",
        "msgfolderroot",
        "outbox",
        "recoverableitemsdeletions",
        "scheduled",
        "searchfolders",
        "sentitems",
        "serverfailures",
        "syncissues",
    ] {
        let by_name = folder(&world, &name.to_uppercase()).await;
        let by_id = folder(&world, by_name["id"].as_str().unwrap()).await;
        assert_eq!(by_name["displayName"], by_id["displayName"], "{name}");
    }
    let context = folder(&world, "inbox").await["@odata.context"].clone();
    assert_eq!(context, "https://graph.example/v1.0/$metadata#users('anna%40contoso.example')/mailFolders/$entity");
    assert_eq!(world.get("/me/mailFolders/nowhere").await.code(), "ErrorInvalidIdMalformed");
}

#[tokio::test]
async fn counts_follow_every_operation() {
    let world = world();
    let control = world.control();
    let counts = async |id: &str| {
        let json = folder(&world, id).await;
        (json["totalItemCount"].as_u64().unwrap(), json["unreadItemCount"].as_u64().unwrap())
    };
    let first = world.deliver("inbox", "a").id;
    let second = world.deliver("inbox", "b").id;
    assert_eq!(counts("inbox").await, (2, 2));
    control.mark_read(ANNA, &first, true).unwrap();
    control.mark_read(ANNA, &first, true).unwrap();
    assert_eq!(counts("inbox").await, (2, 1));
    control.move_message(ANNA, &first, "archive").unwrap();
    control.copy_message(ANNA, &second, "archive").unwrap();
    assert_eq!((counts("inbox").await, counts("archive").await), ((1, 1), (2, 1)));
    control.delete_message(ANNA, &second, false).unwrap();
    assert_eq!((counts("inbox").await, counts("deleteditems").await), ((0, 0), (1, 1)));
    control.delete_message(ANNA, &second, false).unwrap();
    assert_eq!((counts("deleteditems").await, counts("recoverableitemsdeletions").await), ((0, 0), (1, 1)));
    assert_eq!(world.get("/me/messages/$count").await.body, "2");
}

#[tokio::test]
async fn a_folder_keeps_its_id_over_rename_move_and_delete() {
    let world = world();
    let control = world.control();
    let id = control.create_folder(ANNA, "inbox", "Kunden").unwrap();
    assert!(control.create_folder(ANNA, "inbox", "kunden").is_err());
    let message = world.deliver(&id, "a");
    control.rename_folder(ANNA, &id, "Customers").unwrap();
    control.move_folder(ANNA, &id, "archive").unwrap();
    assert_eq!(world.get("/me/mailFolders/archive/childFolders").await.column("id"), std::slice::from_ref(&id));
    assert_eq!(folder(&world, "inbox").await["childFolderCount"], 0);
    control.delete_folder(ANNA, &id, false).unwrap();
    assert_eq!(folder(&world, &id).await["parentFolderId"], folder(&world, "deleteditems").await["id"]);
    assert_eq!(world.get(&format!("/me/messages/{}", message.default_id)).await.status, 200);
    control.delete_folder(ANNA, &id, false).unwrap();
    let gone = world.get(&format!("/me/mailFolders/{id}")).await;
    assert_eq!((gone.status, gone.code().as_str()), (404, "ErrorItemNotFound"));
    assert_eq!(world.get("/me/messages/$count").await.body, "0");
}

#[tokio::test]
async fn the_delta_is_flat_and_then_tells_changes_and_tombstones() {
    let world = world();
    let control = world.control();
    let child = control.create_folder(ANNA, "inbox", "Customers").unwrap();
    let (rows, last) = exhaust(&world, "/me/mailFolders/delta", &[("prefer", "odata.maxpagesize=4")]).await;
    assert_eq!(rows.len(), 9);
    assert!(rows.iter().any(|row| row["id"] == child));
    assert!(rows.iter().all(|row| row["@odata.type"] == "#microsoft.graph.mailFolder" && row.get("@odata.etag").is_none()));
    assert_eq!(last["@odata.context"], "https://graph.example/v1.0/$metadata#Collection(mailFolder)");
    let link = last["@odata.deltaLink"].as_str().unwrap().to_owned();
    assert!(link.starts_with("https://graph.example/v1.0/me/mailFolders/delta?$deltatoken="), "{link}");
    assert_eq!(exhaust(&world, &link, &[]).await.0.len(), 0);
    control.rename_folder(ANNA, &child, "Clients").unwrap();
    let (rows, last) = exhaust(&world, &link, &[]).await;
    assert_eq!((rows.len(), rows[0]["displayName"].as_str()), (1, Some("Clients")));
    control.delete_folder(ANNA, &child, true).unwrap();
    let (rows, _) = exhaust(&world, last["@odata.deltaLink"].as_str().unwrap(), &[]).await;
    let gone = rows.iter().find(|row| row["id"] == child).unwrap();
    assert_eq!(gone["@removed"]["reason"], "deleted");
}

#[tokio::test]
async fn counts_are_changes_of_a_folder_as_set() {
    for counted in [true, false] {
        let world = world_with(|config| config.graph.delta_folder_counts = counted);
        let (_, last) = exhaust(&world, "/me/mailFolders/delta", &[]).await;
        world.deliver("inbox", "a");
        let (rows, _) = exhaust(&world, last["@odata.deltaLink"].as_str().unwrap(), &[]).await;
        assert_eq!(rows.len(), usize::from(counted));
    }
}

#[tokio::test]
async fn the_delta_refuses_what_graph_refuses() {
    let world = world();
    for option in ["$top=5", "$filter=displayName eq 'x'", "$orderby=displayName", "$search=\"x\""] {
        let answer = world.get(&format!("/me/mailFolders/delta?{option}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "ErrorInvalidUrlQuery"), "{option}");
    }
    assert_eq!(world.get("/me/mailFolders?$select=id,wellKnownName").await.code(), "BadRequest");
}
