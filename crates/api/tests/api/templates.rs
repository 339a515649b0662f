//! Templates, mail that is made from them, one for one and for many, and signatures.

use api::access::Scope;
use http::Method;
use model::message::BodyKind;
use model::outgoing::Outgoing;
use serde_json::{Value, json};

use crate::support::{Answer, House, OURS};

const BO: &str = "bo@acme.example";

async fn kept(house: &House, id: &Value) -> Outgoing {
    let id = id.as_str().unwrap().parse().unwrap();
    store::outgoing::find(&house.state.db, id).await.unwrap().unwrap()
}

async fn outbox(house: &House) -> usize {
    house.get("/api/v1/outbox?limit=200", &house.admin().await).await.json()["data"].as_array().unwrap().len()
}

fn said(answer: &Answer) -> String {
    String::from_utf8_lossy(&answer.bytes).into_owned()
}

#[tokio::test]
async fn a_template_is_made_listed_changed_as_it_was_read_and_removed() {
    let house = House::new().await;
    let key = house.key(OURS, &[Scope::Read, Scope::Write], None).await;
    let wanted = json!({ "name": "Thanks", "subject": "Thank you", "text": "Dear {{person.first_name | \"there\"}}, {{fields.x}}" });
    let made = house.ask(Method::POST, "/api/v1/templates", &key, Some(&wanted)).await;
    assert_eq!(made.status, 201, "{}", said(&made));
    let path = made.header("location").to_owned();
    assert_eq!(made.json()["fields"], json!(["person.first_name", "fields.x"]));
    let page = house.get("/api/v1/templates?limit=1&fields=name", &key).await.json();
    assert_eq!(page["data"], json!([{ "name": "Offer" }]), "by name");
    let next = format!("/api/v1/templates?limit=1&fields=name&cursor={}", page["next"].as_str().unwrap());
    assert_eq!(house.get(&next, &key).await.json(), json!({ "data": [{ "name": "Thanks" }], "next": null }));

    let read = house.get(&path, &key).await;
    let change = json!({ "subject": "Thanks again" });
    let tag = read.header("etag").to_owned();
    house.clock.advance(std::time::Duration::from_secs(60));
    let changed = house.ask_with(Method::PATCH, &path, &key, Some(&change), &[("if-match", &tag)]).await;
    assert_eq!((changed.status, &changed.json()["subject"]), (200, &json!("Thanks again")));
    assert_eq!(changed.json()["text"], wanted["text"], "what is left out stays");
    assert_eq!(house.ask_with(Method::PATCH, &path, &key, Some(&change), &[("if-match", &tag)]).await.status, 412);
    assert_eq!(house.ask_with(Method::DELETE, &path, &key, None, &[("if-match", &tag)]).await.status, 412);
    for taken in [json!({ "name": "OFFER" }), json!({ "name": "offer " })] {
        assert_eq!(house.ask(Method::PATCH, &path, &key, Some(&taken)).await.code(), "name_taken");
    }
    assert_eq!(house.ask(Method::DELETE, &path, &key, None).await.status, 204);
    assert_eq!(house.get(&path, &key).await.status, 404);

    let reader = house.key(OURS, &[Scope::Read], None).await;
    assert_eq!(house.ask(Method::POST, "/api/v1/templates", &reader, Some(&wanted)).await.code(), "scope_missing");
}

#[tokio::test]
async fn what_cannot_be_filled_is_refused_when_it_is_kept_with_its_place_and_the_known_fields() {
    let house = House::new().await;
    let key = house.admin().await;
    for (wanted, code, words) in [
        (json!({ "name": "x", "subject": "a", "text": "Dear\n {{person.nmae}}" }), "merge_field_unknown", "In `text`: Line 2, letter 2"),
        (json!({ "name": "x", "subject": "{{fields.x", "text": "a" }), "field_unclosed", "In `subject`"),
        (json!({ "name": "x", "subject": "a", "html": "<a href={{fields.x}}>a</a>" }), "field_misplaced", "In `html`"),
        (json!({ "name": "x", "subject": "a", "text": " " }), "text_missing", "Neither"),
        (json!({ "name": " ", "subject": "a", "text": "a" }), "name_wrong", "empty"),
        (json!({ "name": "x", "subject": "a".repeat(1001), "text": "a" }), "text_too_long", "`subject`"),
        (json!({ "name": "offer", "subject": "a", "text": "a" }), "name_taken", "unique"),
    ] {
        let refused = house.ask(Method::POST, "/api/v1/templates", &key, Some(&wanted)).await;
        assert_eq!(refused.code(), code, "{}", said(&refused));
        assert!(refused.json()["detail"].as_str().unwrap().contains(words), "{}", said(&refused));
    }
    let unknown = json!({ "name": "x", "subject": "{{person.surname}}", "text": "a" });
    let refused = house.ask(Method::POST, "/api/v1/templates", &key, Some(&unknown)).await.json();
    for name in model::compose::template::KNOWN {
        assert!(refused["action"].as_str().unwrap().contains(name), "{refused}");
    }
}

#[tokio::test]
async fn a_mail_from_a_template_tells_what_is_known_of_its_recipient_and_is_refused_without_a_value() {
    let house = House::new().await;
    let (key, path) = (house.admin().await, format!("/api/v1/mailboxes/{}/send", house.ours.mailboxes[0]));
    let template = json!({ "id": house.ours.template, "fields": { "number": "<47&11>" } });
    let sent = house.ask(Method::POST, &path, &key, Some(&json!({ "to": [{ "email": BO }], "template": template }))).await;
    assert_eq!(sent.status, 202, "{}", said(&sent));
    let mail = kept(&house, &sent.json()["id"]).await.written;
    assert_eq!(mail.subject, "Offer <47&11> for Acme");
    assert!(mail.body.contains("<p>Dear Bo,</p><p>anna writes to bo@acme.example: &lt;47&amp;11&gt;</p>"), "{}", mail.body);
    assert_eq!(mail.body_kind, BodyKind::Html);

    let of_their_own = json!({ "to": [{ "email": "cy@elsewhere.example", "name": "Lind, Cy" }], "subject": "For {{person.name}}\r\nBcc: x@y.example", "template": template });
    let sent = house.ask(Method::POST, &path, &key, Some(&of_their_own)).await;
    let mail = kept(&house, &sent.json()["id"]).await.written;
    assert_eq!(mail.subject, "For Cy Lind Bcc: x@y.example");
    assert!(mail.body.contains("Dear Cy,"), "{}", mail.body);

    let before = outbox(&house).await;
    for (mail, code, words) in [
        (json!({ "to": [{ "email": "cy@elsewhere.example" }], "template": template }), "merge_field_without_value", "`person.first_name`"),
        (json!({ "to": [{ "email": BO }], "template": { "id": house.ours.template } }), "merge_field_without_value", "`fields.number`"),
        (
            json!({ "to": [{ "email": BO }, { "email": "cy@acme.example" }], "template": template }),
            "merge_field_without_value",
            "not to one person",
        ),
        (json!({ "to": [{ "email": BO }], "template": template, "text": "Hello" }), "text_twice", "`template`"),
        (json!({ "to": [{ "email": BO }], "template": template, "subject": "{{person.nmae}}" }), "merge_field_unknown", "`subject`"),
    ] {
        let refused = house.ask(Method::POST, &path, &key, Some(&mail)).await;
        assert_eq!((refused.status, refused.code().as_str()), (422, code), "{}", said(&refused));
        assert!(refused.json()["detail"].as_str().unwrap().contains(words), "{}", said(&refused));
    }
    assert_eq!(outbox(&house).await, before, "nothing was kept");
    let chosen = json!({ "to": [{ "email": BO }, { "email": "cy@acme.example" }],
        "template": { "id": house.ours.template, "fields": { "number": "1" }, "person": house.ours.person } });
    assert_eq!(house.ask(Method::POST, &path, &key, Some(&chosen)).await.status, 202);
    for foreign in [
        json!({ "to": [{ "email": BO }], "template": { "id": house.theirs.template, "fields": { "number": "1" } } }),
        json!({ "to": [{ "email": BO }], "template": { "id": house.ours.template, "fields": { "number": "1" }, "person": house.theirs.person } }),
    ] {
        assert_eq!(house.ask(Method::POST, &path, &key, Some(&foreign)).await.status, 404, "{foreign}");
    }
}

#[tokio::test]
async fn who_may_not_know_of_a_person_is_told_nothing_of_them_by_a_template() {
    let house = House::new().await;
    let bo = json!({ "to": { "email": "bo@acme.example" }, "fields": { "number": "1" } });
    let path = format!("/api/v1/templates/{}/preview", house.ours.template);
    let all = house.ask(Method::POST, &path, &house.admin().await, Some(&bo)).await.json();
    assert_eq!((&all["subject"], &all["missing"]), (&json!("Offer 1 for Acme"), &json!(["sender.name"])));
    let confined = house.key(OURS, &[Scope::Read], Some(Vec::new())).await;
    let none = house.ask(Method::POST, &path, &confined, Some(&bo)).await.json();
    assert_eq!((&none["subject"], &none["missing"]), (&json!("Offer 1 for you"), &json!(["person.first_name", "sender.name"])));
    let person = json!({ "person": house.ours.person });
    assert_eq!(house.ask(Method::POST, &path, &confined, Some(&person)).await.status, 404);
    assert_eq!(house.ask(Method::POST, &path, &house.admin().await, Some(&json!({ "person": house.theirs.person }))).await.status, 404);
    let mailbox = json!({ "person": house.ours.person, "mailbox": house.ours.mailboxes[1], "fields": { "number": "2" } });
    let whole = house.ask(Method::POST, &path, &house.admin().await, Some(&mailbox)).await.json();
    assert_eq!(whole["html"], "<p>Dear Bo,</p><p>ben writes to bo@acme.example: 2</p>");
    assert_eq!((&whole["missing"], &whole["text"]), (&json!([]), &json!(null)));
    assert_eq!(
        house.ask(Method::POST, &path, &house.admin().await, Some(&json!({ "mailbox": house.theirs.mailboxes[0] }))).await.status,
        404
    );
}

fn for_each(house: &House, recipients: Value) -> Value {
    json!({ "mail": { "template": { "id": house.ours.template, "fields": { "number": "7" } }, "signature": true }, "recipients": recipients })
}

#[tokio::test]
async fn each_of_many_gets_a_mail_of_their_own_once_however_often_it_is_asked_for() {
    let house = House::new().await;
    let (key, path) = (house.admin().await, format!("/api/v1/mailboxes/{}/send-each", house.ours.mailboxes[0]));
    let wanted = for_each(&house, json!([{ "email": BO }, { "email": "cy@acme.example", "name": "Cy Lind", "fields": { "number": "8" } }]));
    let before = outbox(&house).await;
    let sent = house.ask_with(Method::POST, &path, &key, Some(&wanted), &[("idempotency-key", "many")]).await;
    assert_eq!(sent.status, 202, "{}", said(&sent));
    let mails = sent.json()["mails"].as_array().unwrap().clone();
    assert_eq!((&mails[0]["email"], &mails[1]["email"]), (&json!(BO), &json!("cy@acme.example")));
    for (mail, to, subject, words) in
        [(&mails[0], BO, "Offer 7 for Acme", "Dear Bo,"), (&mails[1], "cy@acme.example", "Offer 8 for you", "Dear Cy,")]
    {
        let written = kept(&house, &mail["id"]).await.written;
        assert_eq!((written.recipients.to.len(), written.recipients.to[0].address.as_str(), written.subject.as_str()), (1, to, subject));
        assert!(written.body.contains(words), "{}", written.body);
    }
    // The answer is forgotten after a day; the mails are not.
    house.clock.advance(std::time::Duration::from_secs(25 * 3600));
    let again = house.ask_with(Method::POST, &path, &key, Some(&wanted), &[("idempotency-key", "many")]).await;
    assert_eq!((again.status, again.json()), (202, sent.json()));
    house.clock.advance(std::time::Duration::from_secs(25 * 3600));
    let more = for_each(&house, json!([{ "email": BO }, { "email": "di@acme.example", "name": "Di" }]));
    let refused = house.ask_with(Method::POST, &path, &key, Some(&more), &[("idempotency-key", "many")]).await;
    assert_eq!((refused.status, refused.code().as_str()), (422, "idempotency_key_reused"));
    assert_eq!(outbox(&house).await, before + 2, "nobody got a second one, and nobody else one of these");
}

#[tokio::test]
async fn all_are_judged_before_the_first_is_kept() {
    let house = House::new().await;
    let (key, path) = (house.admin().await, format!("/api/v1/mailboxes/{}/send-each", house.ours.mailboxes[0]));
    let before = outbox(&house).await;
    let many =
        |count: usize| (0..count).map(|number| json!({ "email": format!("p{number}@acme.example"), "name": "Bo" })).collect::<Vec<_>>();
    let mut with_to = for_each(&house, json!([{ "email": BO }]));
    with_to["mail"]["to"] = json!([{ "email": BO }]);
    let mut without = for_each(&house, json!([{ "email": BO }]));
    without["mail"] = json!({ "text": "Hello" });
    for (wanted, code, words) in [
        (
            for_each(&house, json!([{ "email": BO }, { "email": "x@elsewhere.example" }, { "email": "y@elsewhere.example" }])),
            "merge_field_without_value",
            "Recipient 2 of 3, x@elsewhere.example: Without a value that can stand there, and without a fallback: `person.first_name`. So it is with 1 more.",
        ),
        (for_each(&house, json!([{ "email": BO }, { "email": "no address", "name": "Bo" }])), "no_address", "Recipient 2 of 2"),
        (for_each(&house, json!([{ "email": BO }, { "email": "BO@acme.example " }])), "recipient_twice", "twice"),
        (for_each(&house, json!([])), "too_many_recipients", "There are 0"),
        (for_each(&house, json!(many(501))), "too_many_recipients", "There are 501 recipients; 1 to 500"),
        (with_to, "recipients_twice", "alone"),
        (without, "template_missing", "no template"),
    ] {
        let refused = house.ask(Method::POST, &path, &key, Some(&wanted)).await;
        assert_eq!((refused.status, refused.code().as_str()), (422, code), "{}", said(&refused));
        assert!(refused.json()["detail"].as_str().unwrap().contains(words), "{}", said(&refused));
    }
    assert_eq!(outbox(&house).await, before, "nothing was kept");
    let sent = house.ask(Method::POST, &path, &key, Some(&for_each(&house, json!(many(500))))).await;
    assert_eq!((sent.status, sent.json()["mails"].as_array().unwrap().len()), (202, 500), "{}", said(&sent));
    let reader = house.key(OURS, &[Scope::Read], None).await;
    assert_eq!(house.ask(Method::POST, &path, &reader, Some(&for_each(&house, json!([{ "email": BO }])))).await.code(), "scope_missing");
}

#[tokio::test]
async fn a_signature_stands_below_what_is_new_only_where_it_is_wanted() {
    let house = House::new().await;
    let (key, mailbox) = (house.admin().await, house.ours.mailboxes[0]);
    let (path, send) = (format!("/api/v1/mailboxes/{mailbox}/signature"), format!("/api/v1/mailboxes/{mailbox}/send"));
    let none = house.get(&path, &key).await;
    assert_eq!(none.json(), json!({ "mailbox": mailbox, "html": "", "text": "", "updated_at": null, "updated_by": null }));
    let wanted = json!({ "html": "<b onclick=x()>Anna Alm</b><script>alert(1)</script><br>Sales", "text": "Anna Alm\nSales" });
    let set = house.ask_with(Method::PUT, &path, &key, Some(&wanted), &[("if-match", none.header("etag"))]).await;
    assert_eq!((set.status, &set.json()["html"]), (200, &json!("<b>Anna Alm</b><br>Sales")), "{}", said(&set));
    assert_eq!(house.ask_with(Method::PUT, &path, &key, Some(&wanted), &[("if-match", none.header("etag"))]).await.status, 412);
    let body = async |mail: Value| -> String {
        let sent = house.ask(Method::POST, &send, &key, Some(&mail)).await;
        assert_eq!(sent.status, 202, "{}", said(&sent));
        kept(&house, &sent.json()["id"]).await.written.body
    };
    let html = |signature: Value| json!({ "to": [{ "email": BO }], "subject": "Hi", "html": "<p>Hello</p>", "signature": signature });
    assert!(
        body(html(json!(true))).await.contains("<p>Hello</p>\r\n<div id=\"rapport-signature\"><br><b>Anna Alm</b><br>Sales</div></body>")
    );
    assert!(!body(html(json!(false))).await.contains("Anna Alm"));
    assert!(
        !body(json!({ "to": [{ "email": BO }], "subject": "Hi", "html": "<p>Hello</p>" })).await.contains("Anna Alm"),
        "off unless asked for"
    );
    let text = body(json!({ "to": [{ "email": BO }], "subject": "Hi", "text": "Hello", "signature": true })).await;
    assert_eq!(text, "Hello\r\n\r\n-- \r\nAnna Alm\nSales\r\n");
    let reply = body(json!({ "text": "Gladly.", "signature": true, "answers": { "message": house.ours.messages[0] } })).await;
    let (above, below) = reply.split_once("divRplyFwdMsg").expect("a quotation");
    assert!(above.contains("Gladly.") && above.contains("rapport-signature") && below.contains("Dear Anna"), "{reply}");
    let from_template = json!({ "template": { "id": house.ours.template, "fields": { "number": "1" } }, "signature": true, "answers": { "message": house.ours.messages[0] } });
    let reply = body(from_template).await;
    assert!(
        reply.find("Dear Bo,") < reply.find("rapport-signature") && reply.find("rapport-signature") < reply.find("divRplyFwdMsg"),
        "{reply}"
    );

    for (wanted, code) in [
        (json!({}), "signature_empty"),
        (json!({ "html": "<script>x</script>" }), "signature_empty"),
        (json!({ "text": "x".repeat(50_001) }), "signature_too_long"),
    ] {
        assert_eq!(house.ask(Method::PUT, &path, &key, Some(&wanted)).await.code(), code);
    }
    let elsewhere = house.key(OURS, &[Scope::Read, Scope::Send], Some(vec![house.ours.mailboxes[1]])).await;
    assert_eq!(house.get(&path, &elsewhere).await.status, 404);
    let reader = house.key(OURS, &[Scope::Read], None).await;
    assert_eq!((house.get(&path, &reader).await.status, house.ask(Method::DELETE, &path, &reader, None).await.status), (200, 403));
    assert_eq!(house.ask(Method::DELETE, &path, &key, None).await.status, 204);
    assert_eq!(house.get(&path, &key).await.json()["text"], "");
    assert!(!body(html(json!(true))).await.contains("rapport-signature"));
}

#[tokio::test]
async fn a_reply_from_a_template_keeps_the_originals_subject_and_speaks_to_its_author() {
    let house = House::new().await;
    let (key, path) = (house.admin().await, format!("/api/v1/mailboxes/{}/send", house.ours.mailboxes[0]));
    let template = json!({ "id": house.ours.template, "fields": { "number": "1" } });
    let answers = json!({ "message": house.ours.messages[0], "how": "reply" });
    let sent = house.ask(Method::POST, &path, &key, Some(&json!({ "template": template, "answers": answers }))).await;
    assert_eq!(sent.status, 202, "{}", said(&sent));
    assert_eq!(sent.json()["subject"], "RE: The offer");
    let mail = kept(&house, &sent.json()["id"]).await.written;
    assert!(mail.body.contains("Dear Bo,") && mail.in_reply_to.is_some(), "{}", mail.body);
}
