//! What mail calls ask for, and how what comes back reads, also from real captures where they are present.

use std::path::PathBuf;

use base::{Recourse, Timestamp};
use http::Request;
use serde_json::{Value, json};

use super::*;
use crate::access::Lane;
use crate::cloud::Cloud;
use crate::page::{Delta, DeltaPage, Link, read_delta_page, read_list_page};
use crate::scripted::{Stage, access, answer, refusal};

const NEXT: &str = "https://graph.microsoft.com/v1.0/users/user-1/mailFolders('inbox')/messages/delta?$skiptoken=abc";

fn last(stage: &Stage) -> Request<bytes::Bytes> {
    stage.script.requests().pop().unwrap()
}

#[tokio::test]
async fn a_round_begins_with_its_selection_and_goes_on_with_the_same_preferences() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(answer(200, &format!(r#"{{"value":[],"@odata.nextLink":"{NEXT}"}}"#))));
    let who = access(Lane::Backfill);
    let page = messages::messages_delta(&stage.client, &who, "in/box=", MessagesStart::Everything, 100).await.unwrap();
    let first = last(&stage);
    assert_eq!(first.uri().path(), "/v1.0/users/user-1/mailFolders/in%2Fbox%3D/messages/delta");
    let query = first.uri().query().unwrap();
    assert!(query.starts_with("$select=id,changeKey,") && query.ends_with("internetMessageHeaders&$orderby=receivedDateTime%20desc"));
    assert!(!query.contains("$top"));
    assert_eq!(first.headers()["prefer"], "IdType=\"ImmutableId\", odata.maxpagesize=100");

    stage.script.graph(Ok(answer(200, r#"{"value":[],"@odata.deltaLink":"https://graph.microsoft.com/v1.0/x?$deltatoken=d"}"#)));
    let second = messages::messages_delta(&stage.client, &who, "in/box=", MessagesStart::Link(&page.link), 100).await.unwrap();
    assert_eq!(last(&stage).uri().to_string(), NEXT);
    assert_eq!(last(&stage).headers()["prefer"], first.headers()["prefer"]);
    assert!(second.link.ends_the_round());
}

#[tokio::test]
async fn a_round_since_a_time_filters_by_whole_seconds() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(answer(200, &format!(r#"{{"value":[],"@odata.nextLink":"{NEXT}"}}"#))));
    let since = MessagesStart::ReceivedSince(Timestamp::from_millis(1_767_323_045_678));
    messages::messages_delta(&stage.client, &access(Lane::Backfill), "inbox", since, 100).await.unwrap();
    assert!(last(&stage).uri().query().unwrap().contains("$filter=receivedDateTime%20ge%202026-01-02T03:04:05Z&"));
}

#[tokio::test]
async fn an_expired_link_asks_for_a_new_round_and_a_foreign_one_is_not_followed() {
    let stage = Stage::signed_in();
    let link = Link::Next(crate::page::NextLink::checked(NEXT, &Cloud::global()).unwrap());
    stage.script.graph(Ok(refusal(410, "SyncStateNotFound")));
    let who = access(Lane::Notified);
    let expired = folder::folders_delta(&stage.client, &who, Some(&link), 50).await.unwrap_err();
    assert_eq!(expired.recourse(), Recourse::Resync);
    let elsewhere = Cloud::custom("https://login.example", "https://graph.example").unwrap();
    let foreign = crate::page::NextLink::checked("https://graph.example/v1.0/x", &elsewhere).unwrap();
    let sent = stage.script.requests().len();
    let refused = folder::folders_delta(&stage.client, &who, Some(&Link::Next(foreign)), 50).await.unwrap_err();
    assert_eq!(refused.recourse(), Recourse::Refuse);
    assert_eq!(stage.script.requests().len(), sent, "no token left for another host");
}

#[tokio::test]
async fn well_known_folders_are_those_that_answer() {
    let stage = Stage::signed_in();
    let responses: Vec<Value> = (0..17)
        .map(|id: u32| match id {
            0 => json!({"id": "0", "status": 200, "body": {"id": "f-inbox", "displayName": "Postvak IN"}}),
            1 => json!({"id": "1", "status": 200, "body": {"id": "f-sent"}}),
            2 => json!({"id": "2", "status": 403, "body": {"error": {"code": "ErrorAccessDenied"}}}),
            _ => json!({"id": id.to_string(), "status": 404, "body": {"error": {"code": "ErrorFolderNotFound"}}}),
        })
        .collect();
    stage.script.graph(Ok(answer(200, &json!({ "responses": responses }).to_string())));
    let folders = folder::well_known_folders(&stage.client, &access(Lane::Notified)).await.unwrap();
    let named: Vec<_> = folders.iter().map(|known| (known.name, known.folder.id.as_str())).collect();
    assert_eq!(named, [("inbox", "f-inbox"), ("sentitems", "f-sent")]);
}

#[tokio::test]
async fn a_mailbox_that_refuses_every_folder_is_an_error() {
    let stage = Stage::signed_in();
    let refused = |id: u32| json!({"id": id.to_string(), "status": 403, "body": {"error": {"code": "ErrorAccessDenied"}}});
    let responses: Vec<Value> = (0..17).map(refused).collect();
    stage.script.graph(Ok(answer(200, &json!({ "responses": responses }).to_string())));
    let error = folder::well_known_folders(&stage.client, &access(Lane::Notified)).await.unwrap_err();
    assert_eq!(error.code(), Some("ErrorAccessDenied"));
}

#[tokio::test]
async fn locating_tells_the_gone_from_the_unknown() {
    let stage = Stage::signed_in();
    let found = json!({"id": "0", "status": 200, "body": {"id": "m1", "parentFolderId": "f1"}});
    let gone = json!({"id": "1", "status": 404, "body": {"error": {"code": "ErrorItemNotFound"}}});
    stage.script.graph(Ok(answer(200, &json!({ "responses": [gone, found] }).to_string())));
    let who = access(Lane::Notified);
    let located = messages::locate(&stage.client, &who, &["m1", "m2"]).await.unwrap();
    assert_eq!(located[0], Located { id: "m1".into(), folder_id: Some("f1".into()) });
    assert_eq!(located[1], Located { id: "m2".into(), folder_id: None });
    let no_mailbox = json!({"id": "0", "status": 404, "body": {"error": {"code": "MailboxNotEnabledForRESTAPI"}}});
    stage.script.graph(Ok(answer(200, &json!({ "responses": [no_mailbox] }).to_string())));
    assert!(messages::locate(&stage.client, &who, &["m1"]).await.is_err(), "a mailbox switched off has lost no message");
}

#[tokio::test]
async fn ids_are_listed_in_pages_and_mime_and_attachments_are_bytes() {
    let stage = Stage::signed_in();
    let who = access(Lane::Backfill);
    stage.script.graph(Ok(answer(200, &format!(r#"{{"value":[{{"@odata.etag":"e","id":"m1"}}],"@odata.nextLink":"{NEXT}"}}"#))));
    let page = messages::list_ids(&stage.client, &who, "f1", None, 5000).await.unwrap();
    assert_eq!(last(&stage).uri().query(), Some("$select=id&$top=1000"));
    assert_eq!((page.items[0].id.as_str(), page.next.is_some()), ("m1", true));
    stage.script.graph(Ok(answer(200, "From: a\r\n\r\nb")));
    assert_eq!(messages::mime(&stage.client, &who, "m1").await.unwrap(), "From: a\r\n\r\nb");
    assert_eq!(last(&stage).uri().path(), "/v1.0/users/user-1/messages/m1/$value");
    assert_eq!(last(&stage).headers()["accept"], "*/*");
    stage.script.graph(Ok(answer(405, "")));
    let reference = attachment::attachment_value(&stage.client, &who, "m1", "a1").await.unwrap_err();
    assert_eq!(reference.recourse(), Recourse::Refuse);
}

#[tokio::test]
async fn attachments_of_many_messages_come_without_their_bytes() {
    let stage = Stage::signed_in();
    let file = json!({"@odata.type": "#microsoft.graph.fileAttachment", "id": "a1", "name": "x.png", "contentType": null, "size": 9,
        "isInline": true, "contentId": "img1", "lastModifiedDateTime": "2026-01-02T03:04:05Z"});
    let listed = json!({"id": "0", "status": 200, "body": {"value": [file]}});
    let gone = json!({"id": "1", "status": 404, "body": {"error": {"code": "ErrorItemNotFound"}}});
    stage.script.graph(Ok(answer(200, &json!({ "responses": [listed, gone] }).to_string())));
    let outcomes = attachment::attachments(&stage.client, &access(Lane::Backfill), &["m1", "m2"]).await;
    let first = &outcomes[0].as_ref().unwrap()[0];
    assert_eq!((first.content_id.as_deref(), first.is_inline, first.content_type.as_deref()), (Some("img1"), Some(true), None));
    assert!(outcomes[1].as_ref().unwrap_err().is_not_found());
    assert!(!String::from_utf8_lossy(last(&stage).body()).contains("contentBytes"));
}

#[test]
fn nulls_sentinels_and_odd_parties_are_read_as_absent() {
    let message: Message = serde_json::from_str(
        r##"{"@odata.type":"#microsoft.graph.eventMessageRequest","@odata.etag":"W/\"x\"","id":"m","subject":null,"isRead":null,
        "from":null,"sender":{"emailAddress":null},"toRecipients":[{"emailAddress":{"name":"X","address":"/O=EXCHANGELABS/CN=x"}},{}],
        "sentDateTime":"0001-01-01T00:00:00Z","receivedDateTime":"1601-01-01T00:00:00Z","createdDateTime":"2026-01-02T03:04:05.1234567Z",
        "lastModifiedDateTime":"soon","flag":null,"body":{"contentType":"html","content":null},"internetMessageHeaders":
        [{"name":"References","value":null}],"categories":null,"unknown":{"deep":[1,2,{"x":null}]}}"##,
    )
    .unwrap();
    assert!(message.is_whole());
    assert_eq!((message.subject, message.is_read, message.from, message.flag), (None, None, None, None));
    assert_eq!((message.sent_date_time, message.received_date_time, message.last_modified_date_time), (None, None, None));
    assert_eq!(message.created_date_time.map(Timestamp::millis), Some(1_767_323_045_123));
    let to = message.to_recipients.unwrap();
    assert_eq!((to[0].name(), to[0].address(), to[1].address()), ("X", "/O=EXCHANGELABS/CN=x", ""));
    assert_eq!(message.internet_message_headers.unwrap()[0].value, "");
}

#[test]
fn a_page_of_a_megabyte_is_read_whole() {
    let page = page_of_a_megabyte();
    let read: DeltaPage<Message> = read_delta_page(page.as_bytes(), &Cloud::global()).unwrap();
    assert!(read.unreadable.is_empty());
    let whole = |item: &Delta<Message>| matches!(item, Delta::Changed(message) if message.is_whole() && message.body.is_some());
    assert!(read.items.len() > 100 && read.items.iter().all(whole));
}

fn page_of_a_megabyte() -> String {
    let headers: Vec<Value> = (0..30).map(|n| json!({"name": format!("X-Header-{n}"), "value": "v".repeat(60)})).collect();
    let party = json!({"emailAddress": {"name": "Anna Example", "address": "anna@contoso.example"}});
    let message = |n: usize| {
        json!({"@odata.type": "#microsoft.graph.message", "@odata.etag": "W/\"CQ\"", "id": format!("AAkALg{n:0130}"), "subject": "Re: offer",
        "receivedDateTime": "2026-01-02T03:04:05Z", "body": {"contentType": "html", "content": "<p>Grüße \"und\"</p>\r\n".repeat(90)},
        "from": party, "toRecipients": [party, party], "isRead": false, "internetMessageHeaders": headers,
        "bodyPreview": "p".repeat(255), "parentFolderId": "f", "flag": {"flagStatus": "notFlagged"}, "categories": []})
    };
    let messages: Vec<Value> = (0..190).map(message).collect();
    let page = json!({"@odata.context": "x", "value": messages, "@odata.nextLink": NEXT}).to_string();
    assert!(page.len() > 1_000_000, "{}", page.len());
    page
}

/// The captured answers, if this checkout has the data beside it.
fn capture(name: &str) -> Option<Vec<u8>> {
    let workspace = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let captures = workspace.join("../shared/data/graph-captures");
    if !captures.is_dir() {
        println!("left out: no captured answers beside this checkout (../shared/data/graph-captures)");
        return None;
    }
    Some(std::fs::read(captures.join(name)).unwrap())
}

#[test]
fn captured_delta_pages_read_as_what_they_were() {
    let page = |name: &str| capture(name).map(|body| read_delta_page::<Message>(&body, &Cloud::global()).unwrap());
    let Some(snapshot) = page("mail/messages_delta_snapshot.json") else { return };
    assert!(!snapshot.items.is_empty() && snapshot.link.ends_the_round() && snapshot.unreadable.is_empty());
    assert!(snapshot.items.iter().all(|item| matches!(item, Delta::Changed(message) if message.is_whole())));
    assert!(page("mail/messages_delta_nochange.json").unwrap().items.is_empty());
    let partial = page("mail/messages_delta_changed.json").unwrap();
    let is_partial = |item: &Delta<Message>| matches!(item, Delta::Changed(message) if !message.is_whole() && message.is_read == Some(true) && message.subject.is_none());
    assert!(partial.items.len() == 1 && is_partial(&partial.items[0]));
    let full = page("mail/messages_delta_changed_full.json").unwrap();
    assert!(matches!(&full.items[0], Delta::Changed(message) if message.is_whole() && message.flag.is_some()));
    assert!(matches!(&page("mail/messages_delta_removed.json").unwrap().items[0], Delta::Removed { id } if !id.is_empty()));
}

#[test]
fn captured_folders_lists_and_refusals_read_as_what_they_were() {
    let Some(folders) = capture("mail/mailfolders_delta.json") else { return };
    let folders = read_delta_page::<MailFolder>(&folders, &Cloud::global()).unwrap();
    let complete = |item: &Delta<MailFolder>| matches!(item, Delta::Changed(folder) if folder.total_item_count.is_some() && folder.parent_folder_id.is_some());
    assert!(folders.items.len() >= 8 && folders.items.iter().all(complete));
    let list = read_list_page::<Message>(&capture("mail/messages_list_page1.json").unwrap(), &Cloud::global()).unwrap();
    assert!(list.next.is_some() && !list.items.is_empty());
    for (name, status, code) in [
        ("bad_request", 400, "BadRequest"),
        ("unauthorized", 401, "InvalidAuthenticationToken"),
        ("photo_image_not_found", 404, "ImageNotFound"),
    ] {
        let body = capture(&format!("error/{name}.json")).unwrap();
        let status = http::StatusCode::from_u16(status).unwrap();
        let refusal = crate::answer::Refusal::read(
            status,
            &http::HeaderMap::new(),
            &body,
            crate::Effect::Read,
            crate::Addressed::ByPath,
            Timestamp::EPOCH,
        );
        assert!(refusal.code == code && refusal.request_id.is_some(), "{name}");
    }
}

#[test]
fn every_captured_message_and_folder_is_readable() {
    for name in ["mail/message_detail.json", "mail/message_moved.json", "mail/message_patched.json", "mail/message_state.json"] {
        let Some(body) = capture(name) else { return };
        let message: Message = crate::lenient::read(&body).unwrap();
        assert!(!message.id.is_empty() && message.etag.is_some(), "{name}");
    }
    for name in ["inbox", "drafts", "sentitems", "msgfolderroot"] {
        let folder: MailFolder = crate::lenient::read(&capture(&format!("wellknown/{name}.json")).unwrap()).unwrap();
        assert!(!folder.id.is_empty(), "{name}");
    }
    let me: crate::directory::DirectoryUser = crate::lenient::read(&capture("me.json").unwrap()).unwrap();
    assert!(me.address().is_some());
}

#[tokio::test]
async fn a_draft_carries_our_mark_and_what_it_answers_and_asks_for_an_immutable_id() {
    let stage = Stage::signed_in();
    let made = r#"{"id":"d1","isDraft":true,"internetMessageId":"<a@b>","sentDateTime":"2026-01-02T03:04:05Z"}"#;
    stage.script.graph(Ok(answer(201, made)));
    let wanted = draft::NewDraft {
        mark: "m-1".into(),
        to: vec![draft::Party { name: "Bo".into(), address: "bo@acme.example".into() }],
        subject: "Offer".into(),
        is_html: true,
        body: "<p>Hello</p>".into(),
        importance: "normal",
        in_reply_to: Some("<q@acme.example>".into()),
        references: vec!["<p@acme.example>".into(), "<q@acme.example>".into()],
        enclosed: vec![draft::EnclosedFile {
            name: "a.txt".into(),
            content_type: "text/plain".into(),
            content_id: None,
            content: bytes::Bytes::from_static(b"hi"),
        }],
        ..draft::NewDraft::default()
    };
    let draft = draft::create(&stage.client, &access(Lane::Notified), &wanted).await.unwrap();
    assert_eq!((draft.id.as_str(), draft.is_draft), ("d1", true));
    let asked = last(&stage);
    assert_eq!((asked.method().as_str(), asked.uri().path()), ("POST", "/v1.0/users/user-1/messages"));
    assert_eq!(asked.headers()["prefer"], IMMUTABLE_IDS);
    let body: Value = serde_json::from_slice(asked.body()).unwrap();
    assert_eq!(body["toRecipients"], json!([{"emailAddress": {"name": "Bo", "address": "bo@acme.example"}}]));
    let properties = body["singleValueExtendedProperties"].as_array().unwrap();
    assert_eq!(properties[0], json!({"id": draft::MARK, "value": "m-1"}));
    assert_eq!(properties[1], json!({"id": "String 0x1042", "value": "<q@acme.example>"}));
    assert_eq!(properties[2], json!({"id": "String 0x1039", "value": "<p@acme.example> <q@acme.example>"}));
    assert_eq!(body["attachments"][0]["contentBytes"], "aGk=");
    assert!(body.get("from").is_none() && body.get("internetMessageHeaders").is_none());
}

#[tokio::test]
async fn handing_a_draft_over_has_no_body_and_a_lost_answer_is_looked_into() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(answer(202, "")));
    send::send(&stage.client, &access(Lane::Notified), "d/1=").await.unwrap();
    let asked = last(&stage);
    assert_eq!(asked.uri().path(), "/v1.0/users/user-1/messages/d%2F1%3D/send");
    assert_eq!((asked.headers()["content-length"].to_str().unwrap(), asked.body().len()), ("0", 0));
    for (status, code, recourse) in [(504, "", Recourse::Verify), (500, "", Recourse::Verify), (403, "ErrorSendAsDenied", Recourse::Refuse)]
    {
        stage.script.graph(Ok(refusal(status, code)));
        let error = send::send(&stage.client, &access(Lane::Notified), "d1").await.unwrap_err();
        assert_eq!(error.recourse(), recourse, "{status} {code}");
    }
}

#[tokio::test]
async fn what_bears_a_mark_is_found_and_what_is_gone_is_none() {
    let stage = Stage::signed_in();
    stage.script.graph(Ok(answer(200, r#"{"value":[{"id":"s1","isDraft":false,"parentFolderId":"f"}]}"#)));
    let found = draft::find_by_mark(&stage.client, &access(Lane::Notified), "it's").await.unwrap();
    assert_eq!((found.len(), found[0].is_draft), (1, false));
    let query = percent(last(&stage).uri().query().unwrap());
    let filter = format!("$filter=singleValueExtendedProperties/Any(ep: ep/id eq '{}' and ep/value eq 'it''s')", draft::MARK);
    assert!(query.starts_with(&filter), "{query}");
    stage.script.graph(Ok(refusal(404, "ErrorItemNotFound")));
    assert_eq!(draft::state(&stage.client, &access(Lane::Notified), "d1").await.unwrap(), None);
    for said in [refusal(404, "MailboxNotEnabledForRESTAPI"), answer(404, ""), answer(200, r#"{"id":"d1"}"#)] {
        stage.script.graph(Ok(said));
        draft::state(&stage.client, &access(Lane::Notified), "d1").await.expect_err("neither there nor gone");
    }
}

#[tokio::test]
async fn a_mark_is_looked_for_on_every_page_even_after_an_empty_one() {
    let stage = Stage::signed_in();
    let next = "https://graph.microsoft.com/v1.0/users/user-1/messages?$skip=10";
    stage.script.graph(Ok(answer(200, &json!({"value": [], "@odata.nextLink": next}).to_string())));
    stage.script.graph(Ok(answer(200, r#"{"value":[{"id":"s1","isDraft":false}]}"#)));
    let found = draft::find_by_mark(&stage.client, &access(Lane::Notified), "m-1").await.unwrap();
    assert_eq!((found.len(), last(&stage).uri().to_string().as_str()), (1, next));
    stage.script.graph(Ok(answer(200, r#"{"value":[{"isDraft":false}]}"#)));
    draft::find_by_mark(&stage.client, &access(Lane::Notified), "m-1").await.expect_err("one that cannot be read may be ours");
}

fn percent(text: &str) -> String {
    let plain = text.replace('+', "%2B");
    url::form_urlencoded::parse(format!("x={plain}").replace('&', "%26").as_bytes()).next().unwrap().1.into_owned()
}

#[tokio::test]
async fn a_large_file_goes_in_ranges_without_a_token_to_outlooks_host_alone() {
    let stage = Stage::signed_in();
    let file = upload::Announced { name: "f.bin".into(), content_type: "x/y".into(), content_id: None, size_bytes: 10 };
    let opened = |url: &str| answer(201, &json!({"uploadUrl": url, "nextExpectedRanges": ["0-"]}).to_string());
    stage.script.graph(Ok(opened("https://evil.example/s?authtoken=t")));
    let who = access(Lane::Notified);
    let session = upload::begin(&stage.client, &who, "d1", &file).await.unwrap();
    let sent = stage.script.requests().len();
    let error = upload::put(&stage.client, &who, &session, 0, bytes::Bytes::from_static(b"01234")).await.unwrap_err();
    assert_eq!((error.recourse(), stage.script.requests().len()), (Recourse::Refuse, sent));

    stage.script.graph(Ok(opened("https://outlook.office.com/api/v2.0/s?authtoken=t")));
    let session = upload::begin(&stage.client, &who, "d1", &file).await.unwrap();
    stage.script.graph(Ok(answer(200, r#"{"NextExpectedRanges":["5"]}"#))).graph(Ok(answer(201, "")));
    assert!(!upload::put(&stage.client, &who, &session, 0, bytes::Bytes::from_static(b"01234")).await.unwrap());
    assert!(upload::put(&stage.client, &who, &session, 5, bytes::Bytes::from_static(b"56789")).await.unwrap());
    let asked = last(&stage);
    assert_eq!(asked.headers()["content-range"], "bytes 5-9/10");
    assert!(!asked.headers().contains_key("authorization"));
}

/// Answers one call, and gives the request as method, path with query, and body.
fn asked(stage: &Stage) -> (String, String, Value) {
    let request = last(stage);
    let path = request.uri().path_and_query().unwrap().as_str().to_owned();
    (request.method().to_string(), path, serde_json::from_slice(request.body()).unwrap_or_default())
}

#[tokio::test]
async fn folders_are_written_below_their_parent_and_a_deletion_is_never_asked_for_twice() {
    let (stage, who) = (Stage::signed_in(), access(Lane::Interactive));
    stage.script.graph(Ok(answer(201, r#"{"id":"new","displayName":"It's"}"#)));
    assert_eq!(folder::create(&stage.client, &who, Some("a/b"), "It's").await.unwrap().id, "new");
    let below = "/v1.0/users/user-1/mailFolders/a%2Fb/childFolders".to_owned();
    assert_eq!(asked(&stage), ("POST".into(), below, json!({"displayName": "It's"})));
    stage.script.graph(Ok(answer(200, r#"{"value":[{"id":"new","displayName":"IT'S"}]}"#)));
    assert_eq!(folder::named(&stage.client, &who, None, "It's").await.unwrap().unwrap().id, "new");
    assert!(asked(&stage).1.starts_with("/v1.0/users/user-1/mailFolders?$filter=displayName%20eq%20%27It%27%27s%27&$select="));
    stage.script.graph(Ok(refusal(409, "ErrorFolderExists")));
    let taken = folder::rename(&stage.client, &who, "new", "Old").await.unwrap_err();
    assert_eq!((taken.recourse(), taken.problem().title.as_str()), (Recourse::Refuse, "There is a folder of that name already"));
    stage.script.graph(Ok(refusal(504, "")));
    assert_eq!(folder::delete(&stage.client, &who, "new").await.unwrap_err().recourse(), Recourse::Verify);
    stage.script.graph(Ok(refusal(504, "")));
    assert_eq!(folder::relocate(&stage.client, &who, "new", "inbox").await.unwrap_err().recourse(), Recourse::Verify);
}

#[tokio::test]
async fn rules_and_settings_send_only_what_is_named() {
    let (stage, who) = (Stage::signed_in(), access(Lane::Interactive));
    stage.script.graph(Ok(answer(200, r#"{"id":"AQ/8=","isEnabled":false,"hasError":null,"new":1}"#)));
    let off = MessageRule { is_enabled: Some(false), ..MessageRule::default() };
    assert_eq!(rule::update(&stage.client, &who, "AQ/8=", &off).await.unwrap().has_error, None);
    let path = "/v1.0/users/user-1/mailFolders/inbox/messageRules/AQ%2F8%3D".to_owned();
    assert_eq!(asked(&stage), ("PATCH".into(), path, json!({"isEnabled": false})));
    stage.script.graph(Ok(answer(200, "{}")));
    let language = settings::Language { locale: Some("de-DE".into()) };
    let wanted = MailboxSettings { language: Some(language), ..MailboxSettings::default() };
    settings::update(&stage.client, &who, &wanted).await.unwrap();
    let path = "/v1.0/users/user-1/mailboxSettings".to_owned();
    assert_eq!(asked(&stage), ("PATCH".into(), path, json!({"language": {"locale": "de-DE"}})));
}
