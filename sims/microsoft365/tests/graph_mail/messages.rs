//! One message and its MIME; filters, searches, orders, counts, and what Graph refuses of them.

use http::Method;
use serde_json::json;

use crate::world::{ANNA, world, world_with};

const HTML_MAIL: &str = "Received: from a by b; Tue, 3 Mar 2026 10:00:05 +0100\r\nDate: Tue, 3 Mar 2026 09:59:58 +0100\r\n\
From: =?utf-8?q?J=C3=BCrgen?= <j@kunde.example>\r\nTo: Anna <anna@contoso.example>\r\nSubject: Angebot \"7\"\r\n\
Message-ID: <1@kunde.example>\r\nContent-Type: text/html; charset=utf-8\r\n\r\n\
<html><body><p onclick=\"x()\">Guten Tag</p><script>steal()</script><a href=\"https://kunde.example\">hier</a></body></html>\r\n";

#[tokio::test]
async fn a_message_has_the_keys_of_graph_and_its_etag_is_its_change_key() {
    let world = world();
    let delivery = world.mime(HTML_MAIL);
    let answer = world.get(&format!("/me/messages/{}", delivery.default_id)).await;
    let json = answer.json();
    assert_eq!(json["@odata.context"], "https://graph.example/v1.0/$metadata#users('anna%40contoso.example')/messages/$entity");
    assert_eq!(json["@odata.etag"], format!("W/\"{}\"", json["changeKey"].as_str().unwrap()));
    assert_eq!(json["subject"], "Angebot \"7\"");
    assert_eq!(json["receivedDateTime"], "2026-03-03T09:00:05Z");
    assert_eq!(json["flag"], json!({"flagStatus": "notFlagged"}));
    assert!(json.get("internetMessageHeaders").is_none() && json.get("uniqueBody").is_none());
    assert_eq!(answer.header("OData-Version"), "4.0");
    let expected = [
        "@odata.context",
        "@odata.etag",
        "bccRecipients",
        "body",
        "bodyPreview",
        "categories",
        "ccRecipients",
        "changeKey",
        "conversationId",
        "conversationIndex",
        "createdDateTime",
        "flag",
        "from",
        "hasAttachments",
        "id",
        "importance",
        "inferenceClassification",
        "internetMessageId",
        "isDeliveryReceiptRequested",
        "isDraft",
        "isRead",
        "isReadReceiptRequested",
        "lastModifiedDateTime",
        "parentFolderId",
        "receivedDateTime",
        "replyTo",
        "sender",
        "sentDateTime",
        "subject",
        "toRecipients",
        "webLink",
    ];
    let mut keys: Vec<_> = json.as_object().unwrap().keys().map(String::as_str).collect();
    keys.sort_unstable();
    assert_eq!(keys, expected);
}

#[tokio::test]
async fn html_is_sanitised_unless_the_caller_insists() {
    let world = world();
    let path = format!("/me/messages/{}", world.mime(HTML_MAIL).id);
    let body = world.get(&path).await.json()["body"]["content"].as_str().unwrap().to_owned();
    assert!(!body.contains("script") && !body.contains("onclick") && body.contains("<p>Guten Tag</p>"), "{body}");
    let raw = world.get_with(&path, &[("prefer", "outlook.allow-unsafe-html")]).await;
    assert!(raw.json()["body"]["content"].as_str().unwrap().contains("steal()"));
    assert_eq!(raw.header("preference-applied"), "outlook.allow-unsafe-html");
    world.control().configure(|config| config.graph.html_is_sanitised = false);
    let unasked = world.get(&path).await;
    assert!(unasked.json()["body"]["content"].as_str().unwrap().contains("steal()"));
    assert_eq!(unasked.header("preference-applied"), "");
}

#[tokio::test]
async fn a_body_comes_as_text_or_html_as_preferred() {
    let world = world();
    let html = format!("/me/messages/{}", world.mime(HTML_MAIL).id);
    let text = world.get_with(&html, &[("prefer", "outlook.body-content-type=\"text\"")]).await.json();
    assert_eq!(text["body"]["contentType"], "text");
    assert!(text["body"]["content"].as_str().unwrap().contains("Guten Tag"));
    let plain = format!("/me/messages/{}", world.mime("From: a@b.example\nSubject: s\nMessage-ID: <2@b.example>\n\n1 < 2\n").id);
    assert_eq!(world.get(&plain).await.json()["body"]["contentType"], "html");
    let text = world.get_with(&plain, &[("prefer", "outlook.body-content-type=\"text\"")]).await.json();
    assert_eq!(text["body"], json!({"contentType": "text", "content": "1 < 2\n"}));
    let other = world_with(|config| config.graph.text_bodies_stay_text = true);
    let plain = format!("/me/messages/{}", other.mime("From: a@b.example\nSubject: s\n\n1 < 2\n").id);
    assert_eq!(other.get(&plain).await.json()["body"]["contentType"], "text");
}

#[tokio::test]
async fn mime_comes_back_byte_for_byte() {
    let world = world();
    let odd = "From: a@b.example\nSubject:  =?x?q?broken\n\n\u{1}\ttail without end of line";
    for raw in [HTML_MAIL, odd] {
        let delivery = world.mime(raw);
        for id in [&delivery.id, &delivery.default_id] {
            let answer = world.get(&format!("/me/messages/{id}/$value")).await;
            assert_eq!((answer.status, answer.body.as_ref()), (200, raw.as_bytes()));
            assert_eq!(answer.header("content-type"), "text/plain");
        }
    }
}

#[tokio::test]
async fn ids_are_written_as_preferred_and_both_forms_are_read() {
    let world = world();
    let delivery = world.deliver("inbox", "a");
    let immutable = [("prefer", "IdType=\"ImmutableId\"")];
    for id in [&delivery.id, &delivery.default_id] {
        let path = format!("/me/messages('{id}')?$select=id");
        assert_eq!(world.get(&path).await.json()["id"], delivery.default_id);
        let answer = world.get_with(&path, &immutable).await;
        assert_eq!(answer.json()["id"], delivery.id);
        assert_eq!(answer.header("preference-applied"), "IdType=\"ImmutableId\"");
    }
    let moved = world.control().move_message(ANNA, &delivery.id, "archive").unwrap();
    assert_eq!(moved.id, delivery.id);
    assert_ne!(moved.default_id, delivery.default_id);
    let gone = world.get(&format!("/me/messages/{}", delivery.default_id)).await;
    assert_eq!((gone.status, gone.code().as_str()), (404, "ErrorItemNotFound"));
    assert_eq!(world.get(&format!("/me/messages/{}", delivery.id)).await.status, 200);
}

#[tokio::test]
async fn a_bad_id_is_malformed_and_another_mailboxes_too() {
    let world = world();
    let delivery = world.deliver("inbox", "a");
    for id in ["AAMk", "no id at all", &delivery.id[1..], &delivery.id.to_lowercase()] {
        let answer = world.get(&format!("/me/messages/{id}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "ErrorInvalidIdMalformed"), "{id}");
    }
    let app = world.app(&["Mail.Read"]);
    let answer = world.get_as(&app, &format!("/users/{}/messages/{}", world.ben.id, delivery.id)).await;
    assert_eq!(answer.code(), "ErrorInvalidIdMalformed");
}

#[tokio::test]
async fn every_change_gives_a_new_change_key() {
    let world = world();
    let id = world.deliver("inbox", "a").id;
    let control = world.control();
    let mut keys = Vec::new();
    for step in 0..5 {
        match step {
            1 => control.mark_read(ANNA, &id, true).unwrap(),
            2 => control.flag(ANNA, &id, "flagged").unwrap(),
            3 => control.set_categories(ANNA, &id, &["Red".to_owned()]).unwrap(),
            4 => drop(control.move_message(ANNA, &id, "archive").unwrap()),
            _ => {}
        }
        let json = world.get(&format!("/me/messages/{id}")).await.json();
        keys.push(json["changeKey"].as_str().unwrap().to_owned());
        if step == 4 {
            assert_eq!((json["isRead"].as_bool(), json["flag"]["flagStatus"].as_str()), (Some(true), Some("flagged")));
            assert_eq!(json["categories"], json!(["Red"]));
        }
    }
    keys.sort_unstable();
    keys.dedup();
    assert_eq!(keys.len(), 5);
}

#[tokio::test]
async fn filters_find_what_exchange_finds() {
    let world = world();
    let from = |address: &str| json!({"emailAddress": {"name": "K", "address": address}});
    world.deliver_with(
        "inbox",
        json!({"subject": "Let's talk", "from": from("k@kunde.example"), "importance": "high", "internetMessageId": "<x+1@k>"}),
    );
    let read = world.deliver_with("inbox", json!({"subject": "Offer", "from": from("l@kunde.example")})).id;
    world.deliver_with("archive", json!({"subject": "Old offer", "from": from("k@kunde.example")}));
    world.control().mark_read(ANNA, &read, true).unwrap();
    for (filter, subjects) in [
        ("isRead eq false", vec!["Old offer", "Let's talk"]),
        ("subject eq 'Let''s talk'", vec!["Let's talk"]),
        ("contains(subject,'offer')", vec!["Old offer", "Offer"]),
        ("startswith(subject,'off')", vec!["Offer"]),
        ("from/emailAddress/address eq 'K@KUNDE.example' and importance eq 'high'", vec!["Let's talk"]),
        ("internetMessageId eq '<x%2B1@k>'", vec!["Let's talk"]),
        ("receivedDateTime ge 2026-03-01T00:02:00Z", vec!["Old offer", "Offer"]),
        ("receivedDateTime gt 2026-03-01T00:02:00Z or isRead eq true", vec!["Old offer", "Offer"]),
        ("not(isRead eq true) and hasAttachments eq false", vec!["Old offer", "Let's talk"]),
        ("singleValueExtendedProperties/Any(ep: ep/id eq 'String 0x1035' and ep/value eq '<x%2B1@k>')", vec!["Let's talk"]),
    ] {
        let answer = world.get(&format!("/me/messages?$filter={filter}&$count=true")).await;
        assert_eq!(answer.column("subject"), subjects, "{filter}");
        assert_eq!(answer.json()["@odata.count"], subjects.len());
        let count = world.get(&format!("/me/messages/$count?$filter={filter}")).await;
        assert_eq!(count.body, subjects.len().to_string());
    }
}

#[tokio::test]
async fn what_graph_refuses_is_refused_with_its_code() {
    let world = world();
    for (options, code) in [
        ("$filter=toRecipients/any(r:r/emailAddress/address eq 'a@b')", "ErrorInvalidUrlQueryFilter"),
        ("$filter=endswith(subject,'x')", "ErrorInvalidUrlQueryFilter"),
        ("$filter=wellKnownName eq 'x'", "BadRequest"),
        ("$filter=from/emailAddress/address eq 'a@b'&$orderby=receivedDateTime desc", "InefficientFilter"),
        ("$select=id,wellKnownName", "BadRequest"),
        ("$orderby=weather", "BadRequest"),
        ("$expand=weather", "BadRequest"),
        ("$search=\"a\"&$filter=isRead eq true", "SearchWithFilter"),
        ("$search=\"a\"&$orderby=receivedDateTime", "SearchWithOrderBy"),
        ("$search=pizza", "BadRequest"),
        ("$top=many", "BadRequest"),
        ("$top=1&$top=2", "BadRequest"),
        ("$weather=1", "BadRequest"),
    ] {
        let answer = world.get(&format!("/me/messages?{options}")).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, code), "{options}");
    }
}

#[tokio::test]
async fn a_search_finds_words_by_place_newest_sent_first() {
    let world = world();
    world.deliver_with("inbox", json!({"subject": "Pizza on Friday", "body": {"contentType": "text", "content": "with cheese"}}));
    world.deliver_with("archive", json!({"subject": "Lunch", "body": {"contentType": "html", "content": "<p>no <b>pizza</b> today</p>"}}));
    world.deliver_with("inbox", json!({"subject": "Superpizza", "toRecipients": [{"emailAddress": {"address": "zoe@x.example"}}]}));
    for (search, subjects) in [
        ("pizza", vec!["Lunch", "Pizza on Friday"]),
        ("subject:pizza", vec!["Pizza on Friday"]),
        ("pizza AND cheese", vec!["Pizza on Friday"]),
        ("pizza NOT cheese", vec!["Lunch"]),
        ("to:zoe", vec!["Superpizza"]),
        ("cheese OR to:zoe", vec!["Superpizza", "Pizza on Friday"]),
        ("received>=2026-03-02", vec![]),
    ] {
        let answer = world.get(&format!("/me/messages?$search=\"{search}\"")).await;
        assert_eq!(answer.column("subject"), subjects, "{search}");
    }
}

#[tokio::test]
async fn orders_are_obeyed_and_extended_properties_read_from_the_headers() {
    let world = world();
    for subject in ["b", "C", "a"] {
        world.deliver("inbox", subject);
    }
    assert_eq!(world.get("/me/messages").await.column("subject"), ["a", "C", "b"]);
    assert_eq!(world.get("/me/messages?$orderby=receivedDateTime asc").await.column("subject"), ["b", "C", "a"]);
    assert_eq!(world.get("/me/messages?$orderby=subject desc").await.column("subject").len(), 3);
    let raw = "From: a@b.example\nSubject: s\nMessage-ID: <5@b.example>\nIn-Reply-To: <4@b.example>\n\nx\n";
    let id = world.mime(raw).id;
    let expand = "singleValueExtendedProperties($filter=id eq 'String 0x1042' or id eq 'String 0x1035')";
    let json = world.get(&format!("/me/messages/{id}?$select=id,internetMessageHeaders&$expand={expand}")).await.json();
    assert_eq!(json["singleValueExtendedProperties"][0], json!({"id": "String 0x1042", "value": "<4@b.example>"}));
    assert_eq!(json["singleValueExtendedProperties"][1]["value"], "<5@b.example>");
    assert_eq!(json["internetMessageHeaders"][0], json!({"name": "From", "value": "a@b.example"}));
}

#[tokio::test]
async fn a_conversation_is_the_mailboxes_own() {
    let world = world();
    let first = "From: a@b.example\nSubject: Pumps\nMessage-ID: <1@b.example>\n\nx\n";
    let reply = "From: c@d.example\nSubject: RE: Pumps\nMessage-ID: <2@d.example>\nReferences: <1@b.example>\n\ny\n";
    let (one, two) = (world.mime(first), world.mime(reply));
    world.control().deliver_mime("ben@contoso.example", "inbox", reply.to_owned(), Default::default()).unwrap();
    let of = async |id: &str| world.get(&format!("/me/messages/{id}")).await.json()["conversationId"].clone();
    assert_eq!(of(&one.id).await, of(&two.id).await);
    let bens = world.get_as(&world.app(&["Mail.Read"]), "/users/ben@contoso.example/messages").await.column("conversationId");
    assert_ne!(json!(bens[0]), of(&one.id).await);
}

#[tokio::test]
async fn wrong_paths_and_verbs_are_told_apart() {
    let world = world();
    let id = world.deliver("inbox", "a").id;
    for (path, message) in [
        ("/me/letters", "Resource not found for the segment 'letters'."),
        ("/weather", "Resource not found for the segment 'weather'."),
        (&*format!("/me/messages/{id}/stamps"), "Resource not found for the segment 'stamps'."),
    ] {
        let answer = world.get(path).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "BadRequest"), "{path}");
        assert_eq!(answer.json()["error"]["message"], message);
    }
    let caller = world.person(&["Mail.ReadWrite"]);
    let put = world.call(&caller, Method::PUT, &format!("/me/messages/{id}"), &[], "").await;
    assert_eq!((put.status, put.code().as_str()), (405, "Request_BadRequest"));
}

#[tokio::test]
async fn a_refusal_carries_the_callers_request_id() {
    let world = world();
    let answer = world.get_with("/me/messages/x", &[("client-request-id", "11111111-1111-1111-1111-111111111111")]).await;
    let inner = &answer.json()["error"]["innerError"];
    assert_eq!(inner["client-request-id"], "11111111-1111-1111-1111-111111111111");
    assert_eq!(inner["request-id"], answer.header("request-id"));
    assert_ne!(inner["request-id"], inner["client-request-id"]);
    assert_eq!(inner["date"], "2026-03-02T08:00:00");
}

#[tokio::test]
async fn a_purged_message_lingers_behind_its_immutable_id_only() {
    let world = world();
    let delivery = world.deliver("inbox", "a");
    world.control().delete_message(ANNA, &delivery.id, true).unwrap();
    assert_eq!(world.get(&format!("/me/messages/{}", delivery.default_id)).await.status, 404);
    assert_eq!(world.get(&format!("/me/messages/{}", delivery.id)).await.status, 200);
    assert_eq!(world.get("/me/messages/$count").await.body, "0");
    world.control().configure(|config| config.graph.purged_messages_are_readable = false);
    assert_eq!(world.get(&format!("/me/messages/{}", delivery.id)).await.status, 404);
}

fn invitation(method: &str, more: &str) -> String {
    format!(
        "From: a@b.example\r\nSubject: Meet\r\nMessage-ID: <{method}@b.example>\r\nContent-Type: multipart/alternative; boundary=x\r\n\r\n\
         --x\r\nContent-Type: text/plain\r\n\r\nMeet\r\n--x\r\nContent-Type: text/calendar; method={method}; charset=utf-8\r\n\r\n\
         BEGIN:VCALENDAR\r\nMETHOD:{method}\r\nBEGIN:VEVENT\r\nDTSTART:20260305T090000Z\r\nDTEND;VALUE=DATE-TIME:20260305T100000Z\r\n\
         LOCATION:Room 1\\, ground\r\n  floor\r\n{more}END:VEVENT\r\nEND:VCALENDAR\r\n--x--\r\n"
    )
}

#[tokio::test]
async fn invitations_and_their_answers_are_of_a_derived_type() {
    let world = world();
    for (method, more, kind, word) in [
        ("REQUEST", "", "#microsoft.graph.eventMessageRequest", "meetingRequest"),
        ("CANCEL", "", "#microsoft.graph.eventMessage", "meetingCancelled"),
        (
            "REPLY",
            "ATTENDEE;PARTSTAT=TENTATIVE:mailto:c@d.example\r\n",
            "#microsoft.graph.eventMessageResponse",
            "meetingTenativelyAccepted",
        ),
    ] {
        let id = world.mime(&invitation(method, more)).id;
        let json = world.get(&format!("/me/messages/{id}")).await.json();
        assert_eq!((json["@odata.type"].as_str(), json["meetingMessageType"].as_str()), (Some(kind), Some(word)));
        assert_eq!(json["startDateTime"], json!({"dateTime": "2026-03-05T09:00:00.0000000", "timeZone": "UTC"}));
        assert_eq!(json["location"]["displayName"], "Room 1, ground floor");
    }
    let rows = world.get("/me/mailFolders/inbox/messages/delta?$select=subject").await.column("@odata.type");
    assert!(rows.iter().all(|kind| kind.starts_with("#microsoft.graph.eventMessage")), "{rows:?}");
}
