//! Lists, fields, ETags, ranges, and refusals in one form.

use http::Method;
use serde_json::json;

use crate::support::{House, OURS, THEIRS, outside};
use api::access::Scope;

#[tokio::test]
async fn a_list_leads_on_to_its_end_and_each_object_comes_once() {
    let house = House::new().await;
    let key = house.admin().await;
    let (mut cursor, mut ids) = (None::<String>, Vec::new());
    loop {
        let address = format!("/api/v1/messages?limit=1{}", cursor.map(|cursor| format!("&cursor={cursor}")).unwrap_or_default());
        let page = house.get(&address, &key).await.json();
        ids.extend(page["data"].as_array().unwrap().iter().map(|message| message["id"].as_str().unwrap().to_owned()));
        match page["next"].as_str() {
            Some(next) => cursor = Some(next.to_owned()),
            None => break,
        }
    }
    assert_eq!(ids.len(), 3, "{ids:?}");
    assert!(ids.windows(2).all(|pair| pair[0] > pair[1]), "newest first: {ids:?}");
}

#[tokio::test]
async fn a_cursor_that_was_changed_or_belongs_elsewhere_is_refused() {
    let house = House::new().await;
    let (key, theirs) = (house.admin().await, house.key(THEIRS, &[Scope::Admin], None).await);
    let next = house.get("/api/v1/messages?limit=1", &key).await.json()["next"].as_str().unwrap().to_owned();
    let mut changed = next.clone().into_bytes();
    changed[30] = if changed[30] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    let foreign = [
        (format!("/api/v1/messages?cursor={changed}"), &key),
        (format!("/api/v1/messages?is_read=true&cursor={next}"), &key),
        (format!("/api/v1/threads?cursor={next}"), &key),
        (format!("/api/v1/messages?cursor={next}"), &theirs),
        ("/api/v1/messages?cursor=nonsense".to_owned(), &key),
    ];
    for (address, key) in foreign {
        let answer = house.get(&address, key).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "cursor_foreign"), "{address}");
    }
}

#[tokio::test]
async fn only_the_fields_that_were_asked_for_come_and_unknown_ones_are_named() {
    let house = House::new().await;
    let key = house.admin().await;
    let page = house.get("/api/v1/messages?fields=id,subject", &key).await.json();
    assert_eq!(page["data"][0].as_object().unwrap().len(), 2);
    let refused = house.get("/api/v1/messages?fields=id,sujet", &key).await;
    assert_eq!(refused.code(), "field_unknown");
    assert!(refused.json()["detail"].as_str().unwrap().contains("sujet"));
}

#[tokio::test]
async fn what_is_known_is_not_sent_again_and_what_changed_is_not_undone() {
    let house = House::new().await;
    let key = house.admin().await;
    let address = format!("/api/v1/customers/{}", house.ours.customer);
    let first = house.get(&address, &key).await;
    let tag = first.header("etag").to_owned();
    let again = house.ask_with(Method::GET, &address, &key, None, &[("if-none-match", &tag)]).await;
    assert_eq!((again.status, again.bytes.len()), (304, 0));
    let rename = |name: &str| json!({ "name": name });
    let done = house.ask_with(Method::PATCH, &address, &key, Some(&rename("Acme Ltd")), &[("if-match", &tag)]).await;
    assert_eq!(done.json()["name"], "Acme Ltd");
    let late = house.ask_with(Method::PATCH, &address, &key, Some(&rename("ACME")), &[("if-match", &tag)]).await;
    assert_eq!((late.status, late.code().as_str()), (412, "changed_meanwhile"));
}

#[tokio::test]
async fn a_file_comes_whole_in_part_or_not_at_all_and_is_never_shown() {
    let house = House::new().await;
    let key = house.admin().await;
    let address = format!("/api/v1/messages/{}/attachments/att-1", house.ours.messages[0]);
    let whole = house.get(&address, &key).await;
    assert_eq!((whole.status, whole.bytes.as_slice()), (200, outside::FILE));
    assert!(whole.header("content-disposition").starts_with("attachment; filename=\"offer.pdf\""));
    let part = house.ask_with(Method::GET, &address, &key, None, &[("range", "bytes=2-4")]).await;
    assert_eq!((part.status, part.bytes.as_slice(), part.header("content-range")), (206, &b"234"[..], "bytes 2-4/10"));
    let changed = house.ask_with(Method::GET, &address, &key, None, &[("range", "bytes=2-4"), ("if-range", "\"old\"")]).await;
    assert_eq!((changed.status, changed.bytes.len()), (200, 10));
    let outside = house.ask_with(Method::GET, &address, &key, None, &[("range", "bytes=10-")]).await;
    assert_eq!((outside.status, outside.header("content-range")), (416, "bytes */10"));
    let original = house.get(&format!("/api/v1/messages/{}/mime", house.ours.messages[0]), &key).await;
    assert_eq!((original.status, original.header("content-type")), (200, "message/rfc822"));
}

#[tokio::test]
async fn every_refusal_says_what_why_and_what_to_do() {
    let house = House::new().await;
    let key = house.key(OURS, &[Scope::Admin], None).await;
    let customer = format!("/api/v1/customers/{}", house.ours.customer);
    let text = [("content-type", "text/plain")];
    let json_type = [("content-type", "application/json")];
    let refused = [
        (404, house.get("/api/v1/nothing", &key).await),
        (404, house.get("/api/v1/mailboxes/nonsense", &key).await),
        (405, house.ask(Method::PUT, "/api/v1/mailboxes", &key, None).await),
        (400, house.get("/api/v1/messages?is_red=true", &key).await),
        (400, house.get("/api/v1/messages?limit=0", &key).await),
        (400, house.get("/api/v1/search?q=colour:red", &key).await),
        (415, house.ask_with(Method::PATCH, &customer, &key, None, &text).await),
        (400, house.ask_with(Method::PATCH, &customer, &key, None, &json_type).await),
        (422, house.ask(Method::PATCH, &customer, &key, Some(&json!({ "name": 7 }))).await),
        (422, house.ask(Method::PATCH, &customer, &key, Some(&json!({ "name": "x", "colour": "red" }))).await),
        (413, house.ask(Method::PATCH, &customer, &key, Some(&json!({ "name": "x".repeat(1_100_000) }))).await),
    ];
    for (status, answer) in refused {
        let problem = answer.json();
        assert_eq!((answer.status, answer.header("content-type")), (status, "application/problem+json"), "{problem}");
        for field in ["type", "title", "detail", "code", "action"] {
            assert!(problem[field].as_str().is_some_and(|text| !text.is_empty()), "{field} of {problem}");
        }
    }
    let named = house.ask(Method::PATCH, &customer, &key, Some(&json!({ "name": 7 }))).await.json();
    assert!(named["detail"].as_str().unwrap().contains("name"), "{named}");
}

#[tokio::test]
async fn head_answers_like_get_without_the_body() {
    let house = House::new().await;
    let key = house.admin().await;
    let head = house.ask(Method::HEAD, "/api/v1/mailboxes", &key, None).await;
    let get = house.get("/api/v1/mailboxes", &key).await;
    assert_eq!((head.status, head.bytes.len(), head.header("etag")), (200, 0, get.header("etag")));
}
