//! Links and pages as they come, and as they should not.

use super::*;
use crate::mail::Message;

fn cloud() -> Cloud {
    Cloud::custom("http://localhost:8366", "http://localhost:8366/graph").unwrap()
}

#[test]
fn a_link_below_the_root_is_kept_to_the_letter() {
    for text in [
        "http://localhost:8366/graph/v1.0/me/mailFolders('AQ')/messages/delta?$skiptoken=a%2Bb",
        "http://LOCALHOST:8366/graph/v1.0/users/u@x/messages?%24skip=10",
    ] {
        assert_eq!(NextLink::checked(text, &cloud()).unwrap().as_str(), text);
    }
    let official = "https://graph.microsoft.com:443/v1.0/me/messages/delta?$deltatoken=x";
    assert!(DeltaLink::checked(official, &Cloud::global()).is_ok());
}

#[test]
fn a_link_to_anywhere_else_is_refused() {
    for text in [
        "https://localhost:8366/graph/v1.0/me",
        "http://localhost:8367/graph/v1.0/me",
        "http://localhost/graph/v1.0/me",
        "http://localhost.evil.example:8366/graph/v1.0/me",
        "http://localhost:8366@evil.example/graph/v1.0/me",
        "http://user:pass@localhost:8366/graph/v1.0/me",
        "http://localhost:8366/graph/beta/me",
        "http://localhost:8366/v1.0/me",
        "http://localhost:8366/graph/v1.0/../../x",
        "http://localhost:8366/graph/v1.0/%2e%2e/%2e%2e/x",
        "http://localhost:8366/graph/v1.0",
        "http://localhost:8366\\@evil.example/graph/v1.0/me",
        "http://localhost:8366/graph/v1.0/me#fragment",
        "http://localhost:8366/graph/v1.0/me\r\nx: y",
        "//localhost:8366/graph/v1.0/me",
        "/graph/v1.0/me",
        "",
    ] {
        assert_eq!(NextLink::checked(text, &cloud()), Err(ForeignLink), "{text}");
        assert_eq!(DeltaLink::checked(text, &cloud()), Err(ForeignLink), "{text}");
    }
    let long = format!("http://localhost:8366/graph/v1.0/{}", "x".repeat(LINK_BYTES_MAX));
    assert_eq!(NextLink::checked(&long, &cloud()), Err(ForeignLink));
}

#[test]
fn a_link_shows_nothing_of_itself() {
    let link = NextLink::checked("http://localhost:8366/graph/v1.0/users/anna@x.example/messages", &cloud()).unwrap();
    assert!(!format!("{link:?} {:?}", Link::Next(link.clone())).contains("anna"));
}

fn page(body: &str) -> Result<DeltaPage<Message>, PageFault> {
    read_delta_page(body.as_bytes(), &cloud())
}

const NEXT: &str = r#""@odata.nextLink":"http://localhost:8366/graph/v1.0/x""#;

#[test]
fn a_page_holds_changes_and_removals_in_their_order() {
    let page = page(&format!(
        r##"{{"value":[{{"@odata.type":"#microsoft.graph.message","id":"1","isRead":true}},{{"id":"1","@removed":{{"reason":"deleted"}}}}],{NEXT}}}"##
    ))
    .unwrap();
    assert!(matches!(&page.items[0], Delta::Changed(message) if message.is_read == Some(true) && !message.is_whole()));
    assert_eq!(page.items[1], Delta::Removed { id: "1".into() });
    assert!(!page.link.ends_the_round());
}

#[test]
fn an_empty_page_with_a_link_is_a_page_and_one_without_is_not() {
    assert!(page(&format!(r#"{{"value":[],{NEXT}}}"#)).unwrap().items.is_empty());
    assert_eq!(page(r#"{"value":[]}"#).err(), Some(PageFault::Unreadable));
    assert_eq!(page(r#"{"value":[{"id":"1"#).err(), Some(PageFault::Unreadable));
    assert!(read_list_page::<Message>(br#"{"value":[]}"#, &cloud()).unwrap().next.is_none());
}

#[test]
fn a_page_with_a_foreign_link_is_refused_as_a_whole() {
    let body = r#"{"value":[],"@odata.deltaLink":"https://evil.example/graph/v1.0/x"}"#;
    assert_eq!(page(body).err(), Some(PageFault::Foreign));
    let body = r#"{"value":[],"@odata.nextLink":"https://evil.example/graph/v1.0/x"}"#;
    assert_eq!(read_list_page::<Message>(body.as_bytes(), &cloud()).err(), Some(PageFault::Foreign));
}

#[test]
fn one_unreadable_entry_costs_only_itself() {
    let page = page(&format!(r#"{{"value":[{{"id":"1"}},{{"id":"2","isRead":"perhaps"}},7,{{"id":"3"}}],{NEXT}}}"#)).unwrap();
    assert_eq!(page.unreadable, ["2", ""]);
    let ids: Vec<_> =
        page.items.iter().map(|item| matches!(item, Delta::Changed(message) if message.id == "1" || message.id == "3")).collect();
    assert_eq!(ids, [true, true]);
}
