//! Replies and forwards that Graph writes: as drafts and sent at once.

use base64::Engine as _;
use http::Method;
use serde_json::{Value, json};

use crate::sending::{SENDER, party, pass, post, rows};
use crate::world::{ANNA, Answer, BEN, World, world};
use crate::writing::text;

const ORIGINAL: &str = "From: Carl <carl@away.example>\r\nTo: Anna <anna@contoso.example>, ben@contoso.example\r\n\
    Cc: dora@away.example\r\nSubject: Re: Pumps\r\nMessage-ID: <2@away.example>\r\nIn-Reply-To: <1@contoso.example>\r\n\
    References: <1@contoso.example>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
    --b\r\nContent-Type: text/html\r\n\r\n<html><body><p>old text</p></body></html>\r\n\
    --b\r\nContent-Type: text/plain; name=f.txt\r\nContent-Disposition: attachment; filename=f.txt\r\n\r\nfile\r\n--b--\r\n";

async fn act(world: &World, id: &str, action: &str, body: Value) -> Answer {
    post(world, &world.person(&SENDER), &format!("/me/messages/{id}/{action}"), &body).await
}

fn addresses(list: &Value) -> Vec<String> {
    list.as_array().unwrap().iter().map(|party| text(&party["emailAddress"], "address")).collect()
}

#[tokio::test]
async fn a_reply_is_drafted_with_its_ties_and_the_quoted_text() {
    let world = world();
    let original = world.mime(ORIGINAL);
    let seen = world.get(&format!("/me/messages/{}", original.id)).await.json();
    let answer = act(&world, &original.id, "createReply", json!({"comment": "<b>Thanks</b>"})).await;
    assert_eq!(answer.status, 201);
    let draft = answer.json();
    assert!(answer.header("location").ends_with(&format!("messages('{}')", text(&draft, "id").replace('=', "%3D"))));
    assert_eq!((&draft["isDraft"], &draft["subject"], &draft["isRead"]), (&json!(true), &json!("RE: Pumps"), &json!(true)));
    assert_eq!(addresses(&draft["toRecipients"]), ["carl@away.example"]);
    assert_eq!(draft["conversationId"], seen["conversationId"]);
    assert_eq!(
        (&draft["hasAttachments"], text(&draft, "conversationIndex").len()),
        (&json!(false), text(&seen, "conversationIndex").len() + 8)
    );
    let body = text(&draft["body"], "content");
    let (above, below) = body.split_once("<hr").unwrap();
    assert!(above.contains("<b>Thanks</b>") && below.contains("divRplyFwdMsg") && below.contains("<p>old text</p>"), "{body}");
    let drafts = world.get("/me/mailFolders/drafts").await.json();
    assert_eq!(draft["parentFolderId"], drafts["id"]);
    assert_eq!(act(&world, &text(&draft, "id"), "send", Value::Null).await.status, 202);
    pass(&world);
    let mail = world.control().outside(0).remove(0);
    let mime = String::from_utf8_lossy(&mail.raw).replace("\r\n ", " ");
    for line in ["In-Reply-To: <2@away.example>\r\n", "References: <1@contoso.example> <2@away.example>\r\n", "Thread-Index: "] {
        assert!(mime.contains(line), "{line} in {mime}");
    }
}

#[tokio::test]
async fn a_reply_to_all_leaves_oneself_out() {
    let world = world();
    let id = world.mime(ORIGINAL).id;
    let draft = act(&world, &id, "createReplyAll", Value::Null).await.json();
    assert_eq!(addresses(&draft["toRecipients"]), ["carl@away.example", BEN]);
    assert_eq!(addresses(&draft["ccRecipients"]), ["dora@away.example"]);
    let own = json!({"message": {"ccRecipients": [], "body": {"contentType": "text", "content": "only this"}, "importance": "high"}});
    let draft = act(&world, &id, "createReplyAll", own).await.json();
    assert!(addresses(&draft["ccRecipients"]).is_empty());
    assert_eq!(draft["importance"], "high");
    let body = text(&draft["body"], "content");
    assert!(body.contains("only this") && !body.contains("old text"), "a body takes the place of the quoted text: {body}");
}

#[tokio::test]
async fn an_answer_is_sent_at_once_with_the_right_to_send_alone() {
    let world = world();
    let id = world.mime(ORIGINAL).id;
    let sender = world.person(&["Mail.Send"]);
    let path = format!("/me/messages/{id}/replyAll");
    let answer = post(&world, &sender, &path, &json!({"comment": "Yes"})).await;
    assert_eq!((answer.status, answer.body.len()), (202, 0));
    assert_eq!(post(&world, &sender, &format!("/me/messages/{id}/createReply"), &Value::Null).await.code(), "ErrorAccessDenied");
    pass(&world);
    let (inbox, sent) = (rows(&world, BEN, "inbox").await, rows(&world, ANNA, "sentitems").await);
    assert_eq!((inbox.len(), sent.len(), world.control().outside(0).len()), (1, 1, 2));
    assert_eq!(inbox[0]["subject"], "RE: Pumps");
    assert!(text(&inbox[0]["body"], "content").contains("Yes<hr"));
    assert!(rows(&world, ANNA, "drafts").await.is_empty());
}

#[tokio::test]
async fn a_forward_takes_the_files_and_needs_one_list_of_recipients() {
    let world = world();
    let id = world.mime(ORIGINAL).id;
    let to = json!([party(BEN)]);
    let both = json!({"toRecipients": to, "message": {"toRecipients": to}});
    for (action, body) in
        [("forward", json!({"comment": "a"})), ("forward", both.clone()), ("createForward", both), ("createForward", json!({}))]
    {
        let answer = act(&world, &id, action, body).await;
        assert_eq!((answer.status, answer.code().as_str()), (400, "ErrorInvalidRequest"), "{action}");
    }
    let comment_and_body = json!({"comment": "a", "message": {"body": {"content": "b"}}});
    assert_eq!(act(&world, &id, "reply", comment_and_body).await.status, 400);
    for body in [json!({"ToRecipients": to, "Comment": "see below"}), json!({"message": {"toRecipients": to}})] {
        assert_eq!(act(&world, &id, "forward", body).await.status, 202);
    }
    pass(&world);
    let inbox = rows(&world, BEN, "inbox").await;
    assert_eq!(inbox.len(), 2);
    for row in &inbox {
        assert_eq!((&row["subject"], &row["attachments"][0]["name"]), (&json!("FW: Pumps"), &json!("f.txt")));
    }
    assert_eq!(act(&world, "AAMkbogus", "forward", json!({"toRecipients": to})).await.code(), "ErrorInvalidIdMalformed");
}

#[tokio::test]
async fn a_reply_in_mime_has_its_own_text() {
    let world = world();
    let id = world.mime(ORIGINAL).id;
    let mime = base64::engine::general_purpose::STANDARD.encode("Subject: mine\r\nContent-Type: text/html\r\n\r\n<p>own</p>");
    let path = format!("/me/messages/{id}/createReply");
    let draft = world.call(&world.person(&SENDER), Method::POST, &path, &[("content-type", "text/plain")], &mime).await;
    assert_eq!(draft.status, 201);
    let draft = draft.json();
    assert_eq!((addresses(&draft["toRecipients"]), &draft["subject"]), (vec!["carl@away.example".to_owned()], &json!("mine")));
    let body = text(&draft["body"], "content");
    assert!(body.contains("<p>own</p>") && !body.contains("old text"));
}

#[tokio::test]
async fn an_attached_message_is_forwarded_as_one() {
    let world = world();
    let inner = "From: b@b.example\r\nSubject: inner\r\n\r\ninner text";
    let original = world.mime(&format!(
        "From: a@away.example\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n\
         --b\r\nContent-Type: message/rfc822\r\n\r\n{inner}\r\n--b--\r\n"
    ));
    assert_eq!(act(&world, &original.id, "forward", json!({"toRecipients": [party(BEN)]})).await.status, 202);
    pass(&world);
    let attachment = rows(&world, BEN, "inbox").await.remove(0)["attachments"][0].clone();
    assert_eq!((&attachment["@odata.type"], &attachment["name"]), (&json!("#microsoft.graph.itemAttachment"), &json!("inner")));
}

#[tokio::test]
async fn a_draft_that_says_what_it_answers_joins_the_conversation() {
    let world = world();
    let id = world.mime(ORIGINAL).id;
    let seen = world.get(&format!("/me/messages/{id}")).await.json();
    let ties = json!([{"id": "String 0x1042", "value": "<2@away.example>"}]);
    let path = "/me/messages";
    let draft = post(&world, &world.person(&SENDER), path, &json!({"subject": "Re: Pumps", "singleValueExtendedProperties": ties})).await;
    assert_eq!(draft.json()["conversationId"], seen["conversationId"]);
    let other = post(&world, &world.person(&SENDER), path, &json!({"subject": "Re: Pumps"})).await;
    assert_ne!(other.json()["conversationId"], seen["conversationId"]);
}
