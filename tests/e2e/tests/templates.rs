//! Templates and signatures, told on the simulator: what each recipient gets, once, also over a repeated request and a crash; and where
//! a signature stands.
#![allow(clippy::unwrap_used, reason = "a test fails by stopping where something is wrong")]

use std::collections::BTreeMap;
use std::time::Duration;

use e2e::program::{ask, key};
use e2e::story::{mailbox_of, on_a_world, rest};
use e2e::world::World;
use http::Method;
use microsoft365_sim::mailbox::DeliverOptions;
use serde_json::{Value, json};
use store::Phase;
use store::connection::ConnectionKind;

const ANNA: &str = "anna@contoso.example";
const BO: &str = "bo@acme.example";
const CY: &str = "cy@initech.example";

/// Anna's mailbox with a mail from Bo, a key, and a template; the key and the template's id.
async fn furnish(world: &World) -> (String, String) {
    world.make_person(ANNA, "Anna Alm");
    world.connect(ANNA, ConnectionKind::Delegated).await.unwrap();
    let raw = format!(
        "From: \"Berg, Bo\" <{BO}>\r\nTo: <{ANNA}>\r\nSubject: A question\r\nMessage-ID: <1@acme.example>\r\nMIME-Version: 1.0\r\n\
         Content-Type: text/html; charset=utf-8\r\n\r\n<p>What does it cost?</p>\r\n"
    );
    world.sim.control().deliver_mime(ANNA, "inbox", axum::body::Bytes::from(raw), DeliverOptions::default()).unwrap();
    rest(world, Duration::from_secs(600)).await;
    let key = key(world, "admin").await;
    let template = json!({
        "name": "Offer", "subject": "Offer {{fields.number}} for {{customer.name | \"you\"}}",
        "html": "<p>Dear {{person.first_name | \"customer\"}},</p><p>{{fields.words}} Yours, {{sender.name}}</p>",
    });
    let made = ask(world, &key, Method::POST, "/api/v1/templates", Some(&template), "").await;
    assert_eq!(made.status, 201, "{}", made.json());
    (key, made.json()["id"].as_str().unwrap().to_owned())
}

/// What has reached people outside: how often, by address, subject and text.
fn received(world: &World) -> BTreeMap<(String, String, String), u64> {
    let mut counted = BTreeMap::new();
    for mail in world.sim.control().outside(0) {
        let properties = microsoft365_sim::mail::parse(mail.raw).unwrap().properties;
        let subject = properties["subject"].as_str().unwrap_or_default().to_owned();
        let text = model::text::of_html(properties["body"]["content"].as_str().unwrap_or_default());
        *counted.entry((mail.address, subject, text)).or_insert(0) += 1;
    }
    counted
}

fn expected() -> BTreeMap<(String, String, String), u64> {
    let one = |to: &str, subject: &str, text: &str| ((to.to_owned(), subject.to_owned(), text.to_owned()), 1);
    BTreeMap::from([
        one(BO, "Offer 47 for Acme", "Dear Bo,\nGlad <b>to</b> & so. Yours, Anna Alm"),
        one(CY, "Offer 48 for you", "Dear customer,\nGlad <b>to</b> & so. Yours, Anna Alm"),
    ])
}

fn to_both(template: &str) -> Value {
    json!({
        "mail": { "template": { "id": template, "fields": { "words": "Glad <b>to</b> & so.", "number": "47" } } },
        "recipients": [{ "email": BO }, { "email": CY, "fields": { "number": "48" } }],
    })
}

#[test]
fn a_template_reaches_each_of_two_filled_and_once_however_often_it_is_asked_for() {
    on_a_world(1, e2e::world::small_pieces(), async |world, _| {
        let (key, template) = furnish(world).await;
        let path = format!("/api/v1/mailboxes/{}/send-each", mailbox_of(world, ANNA).await.id);
        let first = ask(world, &key, Method::POST, &path, Some(&to_both(&template)), "offer").await;
        assert_eq!(first.status, 202, "{}", first.json());
        assert!(rest(world, Duration::from_secs(120)).await);
        let again = ask(world, &key, Method::POST, &path, Some(&to_both(&template)), "offer").await;
        assert_eq!((again.status, again.json()), (202, first.json()));
        assert!(rest(world, Duration::from_secs(26 * 3600)).await);
        let much_later = ask(world, &key, Method::POST, &path, Some(&to_both(&template)), "offer").await;
        assert_eq!((much_later.status, much_later.json()), (202, first.json()), "{}", much_later.json());
        assert!(rest(world, Duration::from_secs(3600)).await);
        assert_eq!(received(world), expected());
        for mail in first.json()["mails"].as_array().unwrap() {
            let kept = ask(world, &key, Method::GET, &format!("/api/v1/outbox/{}", mail["id"].as_str().unwrap()), None, "").await;
            assert_eq!(kept.json()["state"], "sent");
        }
    });
}

#[test]
fn a_crash_while_many_are_asked_for_or_carried_sends_each_once() {
    for (point, phase) in [
        ("api.send_each", Phase::Before),
        ("api.send_each", Phase::After),
        ("mail.attempt", Phase::Before),
        ("mail.accepted", Phase::After),
    ] {
        on_a_world(3, e2e::world::small_pieces(), async |world, _| {
            let (key, template) = furnish(world).await;
            let path = format!("/api/v1/mailboxes/{}/send-each", mailbox_of(world, ANNA).await.id);
            world.crashes().armed = Some((point, phase));
            ask(world, &key, Method::POST, &path, Some(&to_both(&template)), "offer").await;
            if !world.crashes().stopped {
                assert!(!rest(world, Duration::from_secs(600)).await, "it stops at {point}");
            }
            world.restart().await;
            // Whoever had no answer asks again; that the first may still be under way is told until it counts as lost.
            world.advance(Duration::from_secs(180));
            let again = ask(world, &key, Method::POST, &path, Some(&to_both(&template)), "offer").await;
            assert_eq!(again.status, 202, "{point} {phase:?}: {}", again.json());
            assert!(rest(world, Duration::from_secs(3600)).await);
            assert_eq!(received(world), expected(), "{point} {phase:?}");
        });
    }
}

#[test]
fn a_signature_stands_above_the_quotation_and_is_folded_when_the_copy_comes_back() {
    on_a_world(5, e2e::world::small_pieces(), async |world, _| {
        let (key, template) = furnish(world).await;
        let mailbox = mailbox_of(world, ANNA).await.id;
        let signature = json!({ "html": "<b>Anna Alm</b><br>Sales, Contoso" });
        let set = ask(world, &key, Method::PUT, &format!("/api/v1/mailboxes/{mailbox}/signature"), Some(&signature), "").await;
        assert_eq!(set.status, 200, "{}", set.json());
        let list = ask(world, &key, Method::GET, "/api/v1/messages?limit=50", None, "").await.json();
        let find = |list: &Value, subject: &str| {
            let found = list["data"].as_array().unwrap().iter().find(|message| message["subject"] == subject).cloned();
            found.unwrap_or_else(|| panic!("no message is called {subject}"))
        };
        let mail = json!({
            "template": { "id": template, "fields": { "words": "It costs nothing.", "number": "1" } },
            "answers": { "message": find(&list, "A question")["id"] }, "signature": true,
        });
        let sent = ask(world, &key, Method::POST, &format!("/api/v1/mailboxes/{mailbox}/send"), Some(&mail), "").await;
        assert_eq!(sent.status, 202, "{}", sent.json());
        assert!(rest(world, Duration::from_secs(600)).await);
        let received = world.sim.control().outside(0).pop().unwrap();
        let properties = microsoft365_sim::mail::parse(received.raw).unwrap().properties;
        let html = properties["body"]["content"].as_str().unwrap();
        let place = |words: &str| html.find(words).unwrap_or_else(|| panic!("{words} is not in {html}"));
        assert!(place("It costs nothing.") < place("Sales, Contoso") && place("Sales, Contoso") < place("What does it cost?"), "{html}");

        let list = ask(world, &key, Method::GET, "/api/v1/messages?limit=50", None, "").await.json();
        let copy = find(&list, "RE: A question")["id"].as_str().unwrap().to_owned();
        let body = ask(world, &key, Method::GET, &format!("/api/v1/messages/{copy}/body"), None, "").await.json();
        assert_eq!(body["new_text"], "Dear Bo,\nIt costs nothing. Yours, Anna Alm", "{body}");
        let folded = body["parts"].as_array().unwrap().iter().find(|part| part["kind"] == "signature").unwrap();
        assert!(folded["text"].as_str().unwrap().contains("Sales, Contoso"), "{folded}");
    });
}
