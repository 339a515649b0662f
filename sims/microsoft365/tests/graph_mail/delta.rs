//! The delta of messages: rounds, moves, tombstones, replays, tokens that die.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::world::{ANNA, World, exhaust, world, world_with};

const PATH: &str = "/me/mailFolders/inbox/messages/delta";
const IMMUTABLE: (&str, &str) = ("prefer", "IdType=\"ImmutableId\"");

async fn round(world: &World, link: &str) -> (Vec<Value>, String) {
    let (rows, last) = exhaust(world, link, &[IMMUTABLE]).await;
    assert!(last.get("@odata.nextLink").is_none());
    (rows, last["@odata.deltaLink"].as_str().unwrap().to_owned())
}

fn subjects(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["subject"].as_str().unwrap_or("-")).collect()
}

#[tokio::test]
async fn the_first_round_is_newest_first_and_every_row_is_whole() {
    let world = world();
    for number in 0..12 {
        world.deliver("inbox", &number.to_string());
    }
    let headers = [IMMUTABLE, ("prefer", "odata.maxpagesize=5")];
    let page = world.get_with(PATH, &headers).await;
    assert_eq!(page.header("preference-applied"), "IdType=\"ImmutableId\", odata.maxpagesize=5");
    assert!(page.json()["@odata.nextLink"].as_str().unwrap().contains("/me/mailFolders('inbox')/messages/delta?$skiptoken="));
    let (rows, last) = exhaust(&world, PATH, &headers).await;
    assert_eq!(subjects(&rows), ["11", "10", "9", "8", "7", "6", "5", "4", "3", "2", "1", "0"]);
    assert!(
        rows.iter()
            .all(|row| row["@odata.type"] == "#microsoft.graph.message" && row["@odata.etag"].is_string() && row["body"].is_object())
    );
    assert_eq!(last["@odata.context"], "https://graph.example/v1.0/$metadata#Collection(message)");
    let again = world.get_with(last["@odata.deltaLink"].as_str().unwrap(), &headers).await.json();
    assert_eq!(again["value"].as_array().unwrap().len(), 0);
}

#[tokio::test]
async fn changes_come_once_with_their_last_state() {
    let world = world();
    let (kept, changed) = (world.deliver("inbox", "kept").id, world.deliver("inbox", "changed").id);
    let (_, link) = round(&world, PATH).await;
    let control = world.control();
    control.flag(ANNA, &changed, "flagged").unwrap();
    control.mark_read(ANNA, &changed, true).unwrap();
    control.mark_read(ANNA, &kept, true).unwrap();
    world.deliver("inbox", "new");
    let (rows, link) = round(&world, &link).await;
    assert_eq!(subjects(&rows), ["changed", "-", "new"]);
    assert_eq!((rows[0]["flag"]["flagStatus"].as_str(), rows[0]["isRead"].as_bool()), (Some("flagged"), Some(true)));
    let mut keys: Vec<_> = rows[1].as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, ["@odata.type", "id", "isRead", "parentFolderId"]);
    assert_eq!(round(&world, &link).await.0.len(), 0);
}

#[tokio::test]
async fn a_read_flag_alone_comes_whole_where_the_settings_say_so() {
    let world = world_with(|config| config.graph.delta_partial_read_changes = false);
    let id = world.deliver("inbox", "a").id;
    let (_, link) = round(&world, PATH).await;
    world.control().mark_read(ANNA, &id, true).unwrap();
    let (rows, _) = round(&world, &link).await;
    assert!(rows[0]["subject"] == "a" && rows[0]["@odata.etag"].is_string());
}

#[tokio::test]
async fn a_move_is_a_tombstone_here_and_an_arrival_there() {
    let world = world();
    let delivery = world.deliver("inbox", "a");
    let archive = "/me/mailFolders/archive/messages/delta";
    let (_, here) = round(&world, PATH).await;
    let (_, there) = round(&world, archive).await;
    let (default_rows, default_last) = exhaust(&world, PATH, &[]).await;
    assert_eq!(default_rows[0]["id"], delivery.default_id);
    world.control().move_message(ANNA, &delivery.id, "archive").unwrap();
    let (gone, here) = round(&world, &here).await;
    assert_eq!((gone[0]["id"].as_str(), gone[0]["@removed"]["reason"].as_str()), (Some(&*delivery.id), Some("deleted")));
    assert_eq!(gone[0].as_object().unwrap().len(), 3);
    let (came, _) = round(&world, &there).await;
    assert_eq!((came[0]["id"].as_str(), came[0]["subject"].as_str()), (Some(&*delivery.id), Some("a")));
    let (gone, _) = exhaust(&world, default_last["@odata.deltaLink"].as_str().unwrap(), &[]).await;
    assert_eq!(gone[0]["id"], delivery.default_id);
    world.control().move_message(ANNA, &delivery.id, "inbox").unwrap();
    let (back, _) = round(&world, &here).await;
    assert_eq!(subjects(&back), ["a"]);
}

#[tokio::test]
async fn what_changes_during_a_round_comes_in_the_next_one() {
    let world = world();
    let ids: Vec<_> = (0..9).map(|number| world.deliver("inbox", &number.to_string()).id).collect();
    let headers = [IMMUTABLE, ("prefer", "odata.maxpagesize=3")];
    let first = world.get_with(PATH, &headers).await.json();
    let control = world.control();
    control.flag(ANNA, &ids[8], "flagged").unwrap();
    control.delete_message(ANNA, &ids[0], true).unwrap();
    control.delete_message(ANNA, &ids[7], true).unwrap();
    world.deliver("inbox", "new");
    let (rest, last) = exhaust(&world, first["@odata.nextLink"].as_str().unwrap(), &headers).await;
    assert_eq!(subjects(&rest), ["5", "4", "3", "2", "1"]);
    let (rows, _) = round(&world, last["@odata.deltaLink"].as_str().unwrap()).await;
    let removed: Vec<_> = rows.iter().filter(|row| row.get("@removed").is_some()).map(|row| row["id"].as_str().unwrap()).collect();
    assert_eq!(removed, [ids[0].as_str(), ids[7].as_str()]);
    assert!(subjects(&rows).contains(&"8") && subjects(&rows).contains(&"new"));
}

/// A client that follows the rules ends with what the mailbox has, whatever happens and however it is served.
#[tokio::test]
async fn a_mirror_that_follows_the_deltas_equals_the_folder() {
    for seed in 0..40u64 {
        let world = world_with(|config| {
            config.seed = seed;
            config.graph.delta_empty_page_probability = if seed % 2 == 0 { 0.3 } else { 0.0 };
            config.graph.delta_replayed_lines = seed % 5;
            config.graph.delta_partial_read_changes = seed % 3 == 0;
        });
        let mut draw = microsoft365_sim::ids::Ids::new(seed);
        let mut known: Vec<String> = Vec::new();
        let mut mirror: BTreeMap<String, bool> = BTreeMap::new();
        let mut link = PATH.to_owned();
        for _ in 0..12 {
            for _ in 0..draw.below(8) {
                change(&world, &mut draw, &mut known);
            }
            let page = format!("odata.maxpagesize={}", 1 + draw.below(4));
            let (rows, last) = exhaust(&world, &link, &[IMMUTABLE, ("prefer", &page)]).await;
            rows.iter().for_each(|row| apply(&mut mirror, row));
            link = last["@odata.deltaLink"].as_str().unwrap().to_owned();
            let state = world.control().state(ANNA).unwrap();
            let inbox = state.folders.iter().find(|folder| folder.well_known == Some("inbox")).unwrap();
            let there: BTreeMap<_, _> = inbox.messages.iter().map(|message| (message.id.clone(), message.is_read)).collect();
            assert_eq!(mirror, there, "seed {seed}");
        }
    }
}

fn change(world: &World, draw: &mut microsoft365_sim::ids::Ids, known: &mut Vec<String>) {
    let control = world.control();
    let any = |draw: &mut microsoft365_sim::ids::Ids| known.get(usize::try_from(draw.below(known.len() as u64)).unwrap()).cloned();
    match (draw.below(6), any(draw)) {
        (1, Some(id)) => drop(control.mark_read(ANNA, &id, draw.chance(0.5))),
        (2, Some(id)) => drop(control.move_message(ANNA, &id, if draw.chance(0.5) { "archive" } else { "inbox" })),
        (3, Some(id)) => drop(control.delete_message(ANNA, &id, draw.chance(0.5))),
        (4, Some(id)) => drop(control.flag(ANNA, &id, "flagged")),
        _ => known.push(world.deliver("inbox", "m").id),
    }
}

fn apply(mirror: &mut BTreeMap<String, bool>, row: &Value) {
    let id = row["id"].as_str().unwrap().to_owned();
    match row.get("@removed") {
        Some(_) => drop(mirror.remove(&id)),
        None => drop(mirror.insert(id, row["isRead"].as_bool().unwrap())),
    }
}

#[tokio::test]
async fn options_of_the_first_request_live_in_the_token() {
    let world = world();
    world.deliver("inbox", "a");
    let (rows, link) = round(&world, &format!("{PATH}?$select=subject&changeType=created")).await;
    assert_eq!(rows[0].as_object().unwrap().len(), 4);
    let id = rows[0]["id"].as_str().unwrap();
    world.control().flag(ANNA, id, "flagged").unwrap();
    world.deliver("inbox", "b");
    let (rows, _) = round(&world, &link).await;
    assert_eq!(subjects(&rows), ["b"]);
    assert!(rows[0].get("body").is_none());
}

#[tokio::test]
async fn a_filter_bounds_the_round_and_top_caps_it() {
    let world = world();
    for number in 0..6 {
        world.deliver("inbox", &number.to_string());
    }
    let (rows, _) = round(&world, &format!("{PATH}?$filter=receivedDateTime ge 2026-03-01T00:04:00Z")).await;
    assert_eq!(subjects(&rows), ["5", "4", "3"]);
    assert_eq!(round(&world, &format!("{PATH}?$top=2")).await.0.len(), 2);
    world.control().configure(|config| config.graph.delta_filtered_max = 1);
    assert_eq!(round(&world, &format!("{PATH}?$filter=receivedDateTime gt 2026-03-01T00:04:00Z")).await.0.len(), 1);
}

#[tokio::test]
async fn what_change_tracking_refuses_is_refused() {
    let world = world();
    for (path, code) in [
        (format!("{PATH}?$search=\"x\""), "ErrorInvalidUrlQuery"),
        (format!("{PATH}?$filter=sentDateTime ge 2026-01-01T00:00:00Z"), "ErrorInvalidUrlQuery"),
        (format!("{PATH}?$orderby=subject"), "ErrorInvalidUrlQuery"),
        (format!("{PATH}?changeType=moved"), "ErrorInvalidUrlQuery"),
        (format!("{PATH}?$deltatoken=bogus"), "BadRequest"),
        (format!("{PATH}?$skiptoken=latest"), "BadRequest"),
        ("/me/messages/delta".to_owned(), "BadRequest"),
    ] {
        let answer = world.get(&path).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{path}");
    }
}

#[tokio::test]
async fn a_token_dies_by_age_by_eviction_and_in_the_wrong_place() {
    let world = world_with(|config| {
        config.graph.delta_token_seconds = 3600;
        config.graph.delta_log_lines_max = 5;
    });
    let (_, link) = round(&world, PATH).await;
    let (_, fresh) = round(&world, PATH).await;
    let token = link.split('=').nth(1).unwrap();
    let elsewhere = world.get(&format!("/me/mailFolders/archive/messages/delta?$deltatoken={token}")).await;
    assert_eq!((elsewhere.status, elsewhere.code().as_str()), (410, "SyncStateInvalid"));
    assert_eq!(world.get(&format!("/beta{PATH}?$deltatoken={token}")).await.status, 410);
    assert_eq!(world.get(&format!("{PATH}?$skiptoken={token}")).await.status, 400);
    for number in 0..6 {
        world.deliver("inbox", &number.to_string());
    }
    let evicted = world.get(&link).await;
    assert_eq!((evicted.status, evicted.code().as_str()), (410, "SyncStateNotFound"));
    let (_, link) = round(&world, PATH).await;
    assert_eq!(world.get(&link).await.status, 200);
    world.control().advance_clock(Duration::from_secs(3601));
    assert_eq!(world.get(&link).await.status, 410);
    assert_eq!(world.get(&fresh).await.status, 410);
}

#[tokio::test]
async fn the_link_of_a_folder_that_is_gone_is_refused() {
    let world = world();
    let id = world.control().create_folder(ANNA, "inbox", "x").unwrap();
    let (_, link) = round(&world, &format!("/me/mailFolders/{id}/messages/delta")).await;
    world.control().delete_folder(ANNA, &id, true).unwrap();
    let answer = world.get(&link).await;
    assert_eq!((answer.status, answer.code().as_str()), (404, "ErrorSyncFolderNotFound"));
}

#[tokio::test]
async fn delta_is_spelt_in_many_ways() {
    let world = world();
    world.deliver("inbox", "a");
    for path in [
        "/me/mailFolders/inbox/messages/delta()",
        "/ME/MailFolders('INBOX')/Messages/microsoft.graph.delta",
        "/users/anna@contoso.example/mailfolders/inbox/messages/microsoft.graph.delta()",
        "/users('anna%40contoso.example')/mailFolders('inbox')/messages/delta?%24select=subject",
    ] {
        let answer = world.get(path).await;
        assert_eq!(answer.column("subject"), ["a"], "{path}");
    }
}
