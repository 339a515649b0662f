//! Lists in pages: links that are followed as they are, sizes, skips.

use serde_json::json;

use crate::world::{ORIGIN, exhaust, world, world_with};
use microsoft365_sim::graph::config::TopBeyondRange;

#[tokio::test]
async fn pages_give_every_message_once_in_order() {
    let world = world();
    for number in 0..25 {
        world.deliver("inbox", &format!("{number:02}"));
    }
    let (rows, _) = exhaust(&world, "/me/mailFolders/inbox/messages?$top=7&$select=subject", &[]).await;
    let subjects: Vec<_> = rows.iter().map(|row| row["subject"].as_str().unwrap().to_owned()).collect();
    let newest_first: Vec<_> = (0..25).rev().map(|number| format!("{number:02}")).collect();
    assert_eq!(subjects, newest_first);
    assert_eq!(world.get("/me/messages").await.column("id").len(), 10);
    let (filtered, last) = exhaust(&world, "/me/messages?$top=4&$filter=contains(subject,'1')&$count=true", &[]).await;
    assert_eq!((filtered.len(), last["@odata.count"].as_u64()), (12, Some(12)));
    let (found, _) = exhaust(&world, "/me/messages?$top=4&$search=\"subject:1\"", &[]).await;
    assert_eq!(found.len(), 10);
}

#[tokio::test]
async fn a_next_link_has_the_captured_form() {
    let world = world();
    for number in 0..3 {
        world.deliver("inbox", &number.to_string());
    }
    let page = world.get("/me/mailFolders/inbox/messages?$select=id,subject&$orderby=receivedDateTime desc&$top=1").await.json();
    assert_eq!(
        page["@odata.nextLink"],
        "https://graph.example/v1.0/me/mailFolders('inbox')/messages?%24select=id%2csubject&%24orderby=receivedDateTime+desc&%24top=1&%24skip=1"
    );
    assert_eq!(
        page["@odata.context"],
        "https://graph.example/v1.0/$metadata#users('anna%40contoso.example')/mailFolders('inbox')/messages(id,subject)"
    );
}

#[tokio::test]
async fn sizes_out_of_range_are_clamped_or_refused_as_set() {
    let world = world();
    world.deliver("inbox", "a");
    assert_eq!(world.get("/me/messages?$top=5000").await.status, 200);
    world.control().configure(|config| config.graph.top_beyond_range = TopBeyondRange::Refuse);
    assert_eq!(world.get("/me/messages?$top=1001").await.code(), "ErrorInvalidUrlQuery");
    assert_eq!(world.get("/me/messages?$top=1000").await.status, 200);
}

#[tokio::test]
async fn a_search_stops_at_its_cap_and_looks_like_the_end() {
    let world = world_with(|config| config.graph.search_results_max = 5);
    for number in 0..9 {
        world.deliver_with("inbox", json!({"subject": format!("pump {number}")}));
    }
    let (rows, last) = exhaust(&world, "/me/messages?$search=\"pump\"&$top=2", &[]).await;
    assert_eq!(rows.len(), 5);
    assert!(last.get("@odata.nextLink").is_none());
}

#[tokio::test]
async fn a_national_cloud_is_played_under_its_host_as_path() {
    let world = world();
    world.deliver("inbox", "a");
    world.deliver("inbox", "b");
    let path = format!("{ORIGIN}/graph.microsoft.us/v1.0/me/messages?$top=1");
    let json = world.raw(&world.reader(), &path).await;
    let link = json["@odata.nextLink"].as_str().unwrap().to_owned();
    assert!(link.starts_with("https://graph.example/graph.microsoft.us/v1.0/me/messages?"), "{link}");
    assert_eq!(world.raw(&world.reader(), &link).await["value"][0]["subject"], "a");
}
