//! Mail that is sent: in one call or from a draft, as oneself or for another, and where it is afterwards.

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use microsoft365_sim::Caller;
use microsoft365_sim::mailbox::DeliverOptions;
use serde_json::{Value, json};

use crate::world::{ANNA, Answer, BEN, SALES, World, world, world_with};
use crate::writing::{draft, news, text};

pub const SENDER: [&str; 2] = ["Mail.Send", "Mail.ReadWrite"];

pub fn party(address: &str) -> Value {
    json!({"emailAddress": {"address": address}})
}

pub async fn post(world: &World, caller: &Caller, path: &str, body: &Value) -> Answer {
    let body = if body.is_null() { String::new() } else { body.to_string() };
    world.call(caller, Method::POST, path, &[("content-type", "application/json")], &body).await
}

async fn send(world: &World, body: &Value) -> Answer {
    post(world, &world.person(&SENDER), "/me/sendMail", body).await
}

async fn send_mime(world: &World, path: &str, mime: &str) -> Answer {
    world.call(&world.person(&SENDER), Method::POST, path, &[("content-type", "text/plain")], mime).await
}

/// Lets everything that is on its way arrive.
pub fn pass(world: &World) {
    for _ in 0..3 {
        world.control().advance_clock(Duration::from_secs(10));
        world.control().outside(0);
    }
}

/// The messages of a folder of somebody, as an app sees them.
pub async fn rows(world: &World, who: &str, folder: &str) -> Vec<Value> {
    let path = format!("/users/{who}/mailFolders/{folder}/messages?$top=50&$expand=attachments");
    let answer = world.get_as(&world.app(&["Mail.Read"]), &path).await;
    answer.json()["value"].as_array().unwrap().clone()
}

fn refused(answer: &Answer) -> (u16, String) {
    (answer.status, answer.code())
}

#[tokio::test]
async fn a_mail_sent_in_one_call_arrives_and_leaves_a_copy_but_never_was_a_draft() {
    let world = world();
    let mut drafts = "/me/mailFolders/drafts/messages/delta".to_owned();
    news(&world, &mut drafts).await;
    let message = json!({
        "subject": "Offer", "body": {"contentType": "html", "content": "<p>Hi</p>"}, "importance": "high",
        "toRecipients": [party(BEN)], "bccRecipients": [party("x@elsewhere.example")], "isReadReceiptRequested": true,
        "internetMessageHeaders": [{"name": "X-Kind", "value": "offer"}],
        "attachments": [{"@odata.type": "#microsoft.graph.fileAttachment", "name": "a.txt", "contentBytes": "eA=="}],
    });
    let answer = send(&world, &json!({"message": message})).await;
    assert_eq!((answer.status, answer.body.len()), (202, 0));
    assert!(rows(&world, BEN, "inbox").await.is_empty(), "202 is no delivery");
    pass(&world);
    let (inbox, sent) = (rows(&world, BEN, "inbox").await, rows(&world, ANNA, "sentitems").await);
    assert_eq!((inbox.len(), sent.len()), (1, 1));
    for name in ["subject", "importance", "internetMessageId", "isReadReceiptRequested", "hasAttachments"] {
        assert_eq!(inbox[0][name], sent[0][name], "{name}");
    }
    assert_eq!((&inbox[0]["isRead"], &sent[0]["isRead"], &inbox[0]["isDraft"]), (&json!(false), &json!(true), &json!(false)));
    assert_eq!(inbox[0]["from"]["emailAddress"], json!({"name": "Anna Berg", "address": ANNA}));
    assert_eq!((inbox[0]["bccRecipients"].as_array().unwrap().len(), sent[0]["bccRecipients"].as_array().unwrap().len()), (0, 1));
    assert_ne!(inbox[0]["conversationId"], sent[0]["conversationId"], "each mailbox counts its own conversations");
    assert_eq!(inbox[0]["attachments"][0]["contentBytes"], "eA==");
    let outside = world.control().outside(0);
    assert_eq!((outside.len(), outside[0].address.as_str()), (1, "x@elsewhere.example"));
    assert!(String::from_utf8_lossy(&outside[0].raw).contains("X-Kind: offer\r\n"));
    assert!(news(&world, &mut drafts).await.is_empty());
}

#[tokio::test]
async fn without_a_copy_nothing_is_left() {
    let world = world();
    for no in [json!(false), json!("false")] {
        let message = json!({"subject": "a", "toRecipients": [party(BEN)]});
        assert_eq!(send(&world, &json!({"Message": message, "SaveToSentItems": no})).await.status, 202);
    }
    pass(&world);
    assert_eq!((rows(&world, BEN, "inbox").await.len(), rows(&world, ANNA, "sentitems").await.len()), (2, 0));
}

#[tokio::test]
async fn mime_is_sent_with_its_own_fields() {
    let world = world();
    let mime = format!(
        "To: {BEN}\r\nSubject: =?utf-8?Q?Gr=C3=BC=C3=9Fe?=\r\nMessage-ID: <own@a.example>\r\nIn-Reply-To: <before@b.example>\r\n\
         X-Kind: mime\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hallo</p>\r\n"
    );
    assert_eq!(send_mime(&world, "/me/sendMail", &STANDARD.encode(&mime)).await.status, 202);
    let made = send_mime(&world, "/me/messages", &STANDARD.encode(&mime)).await;
    assert_eq!((made.status, &made.json()["subject"], &made.json()["isDraft"]), (201, &json!("Grüße"), &json!(true)));
    pass(&world);
    let inbox = rows(&world, BEN, "inbox").await;
    assert_eq!((&inbox[0]["subject"], &inbox[0]["internetMessageId"]), (&json!("Grüße"), &json!("<own@a.example>")));
    assert!(text(&inbox[0]["body"], "content").contains("<p>Hallo</p>"));
    let path = format!("/users/{BEN}/messages/{}?$select=internetMessageHeaders", text(&inbox[0], "id"));
    let headers = world.get_as(&world.app(&["Mail.Read"]), &path).await.json()["internetMessageHeaders"].clone();
    for header in [json!({"name": "In-Reply-To", "value": "<before@b.example>"}), json!({"name": "X-Kind", "value": "mime"})] {
        assert!(headers.as_array().unwrap().contains(&header), "{header} in {headers}");
    }
    let broken = send_mime(&world, "/me/sendMail", "{}").await;
    assert_eq!(refused(&broken), (400, "ErrorMimeContentInvalidBase64String".to_owned()));
}

#[tokio::test]
async fn a_draft_from_nobody_is_its_owners_also_when_it_was_changed() {
    let world = world();
    let mime = STANDARD.encode(format!("To: {BEN}\r\nX-Kind: mime\r\nIn-Reply-To: <before@b.example>\r\n\r\nx"));
    let path = format!("/me/messages/{}", text(&send_mime(&world, "/me/messages", &mime).await.json(), "id"));
    let change = json!({"subject": "changed"}).to_string();
    let changed = world.call(&world.person(&SENDER), Method::PATCH, &path, &[("content-type", "application/json")], &change).await;
    assert!(changed.json().get("from").is_none(), "nobody is known until it is sent");
    assert_eq!(post(&world, &world.person(&SENDER), &format!("{path}/send"), &Value::Null).await.status, 202);
    pass(&world);
    let mail = rows(&world, BEN, "inbox").await.remove(0);
    assert_eq!((&mail["subject"], &mail["from"]["emailAddress"]["address"]), (&json!("changed"), &json!(ANNA)));
    let mime = world.get_as(&world.app(&["Mail.Read"]), &format!("/users/{BEN}/messages/{}/$value", text(&mail, "id"))).await.body;
    let mime = String::from_utf8_lossy(&mime).into_owned();
    assert!(mime.contains("X-Kind: mime\r\n") && mime.contains("In-Reply-To: <before@b.example>\r\n"), "{mime}");
}

#[tokio::test]
async fn what_cannot_be_sent_is_refused_at_once() {
    let world = world_with(|config| config.graph.message_bytes_max = 2000);
    let header = |name: String| json!({"name": name, "value": "1"});
    let to = json!([party(BEN)]);
    let cases = [
        (json!({"subject": "a"}), "ErrorInvalidRecipients"),
        (json!({"toRecipients": [party("ben")]}), "ErrorInvalidRecipients"),
        (json!({"toRecipients": to, "internetMessageHeaders": [header("In-Reply-To".to_owned())]}), "InvalidInternetMessageHeader"),
        (
            json!({"toRecipients": to, "internetMessageHeaders": (0..6).map(|n| header(format!("X-{n}"))).collect::<Vec<_>>()}),
            "InvalidInternetMessageHeaderCollection",
        ),
        (json!({"toRecipients": to, "importance": "urgent"}), "RequestBodyRead"),
        (json!({"toRecipients": to, "body": {"contentType": "text", "content": "a".repeat(3000)}}), "ErrorMessageSizeExceeded"),
    ];
    for (message, code) in cases {
        assert_eq!(refused(&send(&world, &json!({"message": message})).await), (400, code.to_owned()));
    }
    assert_eq!(send(&world, &json!({"saveToSentItems": true})).await.status, 400);
    let id = draft(&world, json!({"toRecipients": to})).await;
    let file = json!({"@odata.type": "#microsoft.graph.fileAttachment", "name": "a", "contentBytes": STANDARD.encode([0; 2000])});
    let attached = post(&world, &world.person(&SENDER), &format!("/me/messages/{id}/attachments"), &file).await;
    assert_eq!(refused(&attached), (400, "ErrorMessageSizeExceeded".to_owned()));
    let huge = json!({"message": {"body": {"content": "a".repeat(4 * 1024 * 1024)}}});
    assert_eq!(refused(&send(&world, &huge).await), (413, "RequestEntityTooLarge".to_owned()));
    let reader = world.person(&["Mail.ReadWrite"]);
    let denied = post(&world, &reader, "/me/sendMail", &json!({"message": {"toRecipients": to}})).await;
    assert_eq!(refused(&denied), (403, "ErrorAccessDenied".to_owned()));
    pass(&world);
    assert!(rows(&world, BEN, "inbox").await.is_empty());
}

#[tokio::test]
async fn no_tenant_may_send_more_than_150_megabytes() {
    let world = world_with(|config| config.graph.message_bytes_max = 500 * 1024 * 1024);
    let path = format!("/me/messages/{}/attachments/createUploadSession", draft(&world, json!({"subject": "a"})).await);
    let session = |size: u64| json!({"AttachmentItem": {"attachmentType": "file", "name": "f", "size": size}});
    let caller = world.person(&SENDER);
    assert_eq!(post(&world, &caller, &path, &session(100_000_000)).await.status, 201);
    assert_eq!(refused(&post(&world, &caller, &path, &session(140_000_000)).await), (400, "ErrorMessageSizeExceeded".to_owned()));
}

#[tokio::test]
async fn a_draft_is_sent_once_and_its_immutable_id_leads_to_the_copy() {
    let world = world();
    let immutable = [("prefer", "IdType=\"ImmutableId\"")];
    let made = json!({"subject": "a", "toRecipients": [party(BEN)]}).to_string();
    let headers = [immutable[0], ("content-type", "application/json")];
    let made = world.call(&world.person(&SENDER), Method::POST, "/me/messages", &headers, &made).await.json();
    let path = format!("/me/messages/{}", text(&made, "id"));
    assert_eq!(post(&world, &world.person(&SENDER), &format!("{path}/send"), &Value::Null).await.status, 202);
    assert_eq!(world.get_with(&path, &immutable).await.status, 404, "it is on its way");
    pass(&world);
    let copy = world.get_with(&path, &immutable).await.json();
    assert_eq!((&copy["isDraft"], &copy["internetMessageId"]), (&json!(false), &made["internetMessageId"]));
    assert_eq!(copy["parentFolderId"], world.get("/me/mailFolders/sentitems").await.json()["id"]);
    let again = post(&world, &world.person(&SENDER), &format!("{path}/send"), &Value::Null).await;
    assert_eq!(refused(&again), (400, "ErrorInvalidRequest".to_owned()));
}

#[tokio::test]
async fn who_sends_for_another_needs_the_right_to() {
    let world = world();
    let caller = world.person(&["Mail.Send", "Mail.Send.Shared"]);
    let mail = json!({"message": {"subject": "a", "from": party(SALES), "toRecipients": [party(BEN)]}});
    let denied = post(&world, &caller, "/me/sendMail", &mail).await;
    assert_eq!(refused(&denied), (403, "ErrorSendAsDenied".to_owned()));
    let own = world.anna.id.clone();
    for (on_behalf, sender) in [(true, ANNA), (false, SALES)] {
        let own = own.clone();
        let change = |user: &mut microsoft365_sim::directory::User| {
            (user.send_on_behalf, user.send_as) = if on_behalf { (vec![own], vec![]) } else { (vec![], vec![own]) };
        };
        world.control().change_user(SALES, change).unwrap();
        assert_eq!(post(&world, &caller, "/me/sendMail", &mail).await.status, 202);
        pass(&world);
        let newest = rows(&world, BEN, "inbox").await.remove(0);
        assert_eq!(
            (&newest["from"]["emailAddress"]["address"], &newest["sender"]["emailAddress"]["address"]),
            (&json!(SALES), &json!(sender))
        );
    }
    assert_eq!(post(&world, &caller, &format!("/users/{SALES}/sendMail"), &mail).await.status, 202);
    pass(&world);
    assert_eq!((rows(&world, ANNA, "sentitems").await.len(), rows(&world, SALES, "sentitems").await.len()), (2, 1));
    let app = world.app(&["Mail.Send"]);
    assert_eq!(post(&world, &app, &format!("/users/{SALES}/sendMail"), &mail).await.status, 202, "an app posts as the mailbox itself");
    let foreign = post(&world, &app, &format!("/users/{BEN}/sendMail"), &mail).await;
    assert_eq!(refused(&foreign), (403, "ErrorSendAsDenied".to_owned()));
}

#[tokio::test]
async fn mail_to_nobody_comes_back_as_a_report() {
    let world = world();
    let order = json!({"graph": {"bouncing": [["full@away.example", "5.2.2"], ["gone.example", "5.1.1"]]}}).to_string();
    let order = http::Request::patch("http://sim/_sim/settings").header("content-type", "application/json").body(order.into()).unwrap();
    assert!(matches!(world.sim.answer(order).await, microsoft365_sim::Answer::Response(response) if response.status() == 200));
    let to =
        json!([party("anybody@gone.example"), party("nobody@contoso.example"), party("full@away.example"), party("fine@away.example")]);
    assert_eq!(send(&world, &json!({"message": {"subject": "Pumps", "toRecipients": to}})).await.status, 202);
    pass(&world);
    assert_eq!(world.control().outside(0).len(), 1);
    let reports = rows(&world, ANNA, "inbox").await;
    assert_eq!(reports.len(), 3);
    let sent = rows(&world, ANNA, "sentitems").await.remove(0);
    for status in ["5.1.10", "5.2.2", "5.1.1"] {
        let found = reports.iter().find(|report| text(&report["body"], "content").contains(&format!("{status} ")));
        let report = found.unwrap_or_else(|| panic!("no report of {status} in {reports:?}"));
        assert_eq!(report["subject"], "Undeliverable: Pumps");
        assert!(text(&report["from"]["emailAddress"], "address").starts_with("MicrosoftExchange"));
        let mime = format!("/me/messages/{}/$value", text(report, "id"));
        let mime = String::from_utf8(world.get(&mime).await.body.to_vec()).unwrap();
        assert!(mime.contains(&format!("Status: {status}\r\n")) && mime.contains("Action: failed\r\n"), "{mime}");
        assert!(mime.contains(&format!("In-Reply-To: {}", text(&sent, "internetMessageId"))), "{mime}");
    }
}

#[tokio::test]
async fn somebody_outside_answers_into_the_conversation() {
    let world = world();
    send(&world, &json!({"message": {"subject": "Pumps", "toRecipients": [party("x@away.example")]}})).await;
    pass(&world);
    let received = world.control().outside(0).remove(0);
    world.control().answer_from_outside(received.number, "Yes").unwrap();
    let (answer, sent) = (rows(&world, ANNA, "inbox").await.remove(0), rows(&world, ANNA, "sentitems").await.remove(0));
    assert_eq!((&answer["subject"], &answer["conversationId"]), (&json!("RE: Pumps"), &sent["conversationId"]));
    assert_eq!(answer["from"]["emailAddress"]["address"], "x@away.example");
    world.control().deliver_mime(ANNA, "inbox", "From: n@away.example\r\nSubject: new\r\n\r\nx", DeliverOptions::default()).unwrap();
    assert_eq!(rows(&world, ANNA, "inbox").await.len(), 2);
}
