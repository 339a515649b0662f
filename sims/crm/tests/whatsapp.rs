//! Meta's calls (reference: integrations 5.3; Meta, "Webhooks", "Business-scoped user IDs").

#![allow(clippy::unwrap_used, reason = "helpers of tests")]

use std::collections::BTreeSet;
use std::time::Duration;

use aws_lc_rs::hmac;
use crm_sim::whatsapp::{Card, CardPhone, Delivery, NewWhatsappPerson, Origin, Status};
use crm_sim::{Config, Simulator};
use serde_json::Value;

fn world(change: impl FnOnce(&mut Config)) -> Simulator {
    let mut config = Config::seeded(7);
    change(&mut config);
    Simulator::new(config)
}

fn somebody(sim: &Simulator) -> String {
    sim.whatsapp().add_person(NewWhatsappPerson::person("Jörg ☕", "+49 1512 3456789")).user_id
}

fn body(delivery: &Delivery) -> Value {
    serde_json::from_slice(delivery.request.body()).unwrap()
}

/// The one value of the only call that is due.
fn value(sim: &Simulator) -> Value {
    let due = sim.whatsapp().deliveries_due();
    assert_eq!(due.len(), 1);
    sim.whatsapp().settle(due[0].number, Some(200));
    body(&due[0])["entry"][0]["changes"][0]["value"].clone()
}

/// Carries everything that comes within that time, answering with this; gives the ids of messages in order.
fn carry_all(sim: &Simulator, seconds: u64, status: Option<u16>) -> Vec<String> {
    let mut ids = Vec::new();
    for _ in 0..seconds {
        for delivery in sim.whatsapp().deliveries_due() {
            for entry in body(&delivery)["entry"].as_array().unwrap() {
                for change in entry["changes"].as_array().unwrap() {
                    let messages = change["value"]["messages"].as_array().unwrap();
                    ids.extend(messages.iter().map(|message| message["id"].as_str().unwrap().to_owned()));
                }
            }
            sim.whatsapp().settle(delivery.number, status);
        }
        sim.advance(Duration::from_secs(1));
    }
    ids
}

#[test]
fn the_handshake_shows_the_token_and_wants_the_challenge_back() {
    let sim = world(|config| config.whatsapp.webhook_path = "/hooks/wa?tenant=1".to_owned());
    let handshake = sim.whatsapp().handshake();
    let uri = handshake.request.uri().to_string();
    assert!(uri.starts_with("/hooks/wa?tenant=1&hub.mode=subscribe&hub.challenge="), "{uri}");
    assert!(uri.ends_with("&hub.verify_token=simulated-verify-token"), "{uri}");
    assert!(handshake.is_accepted(200, handshake.challenge.as_bytes()));
    assert!(!handshake.is_accepted(403, handshake.challenge.as_bytes()));
    assert!(!handshake.is_accepted(200, b"ok"));
}

#[test]
fn the_signature_is_of_the_bytes_that_are_sent() {
    let sim = world(|_| {});
    sim.whatsapp().says(&somebody(&sim), "Grüße 😀").unwrap();
    let due = sim.whatsapp().deliveries_due();
    let raw = due[0].request.body();
    assert!(raw.is_ascii() && String::from_utf8_lossy(raw).contains(r"Gr\u00fc\u00dfe \ud83d\ude00"));
    let tag = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, sim.config().whatsapp.app_secret.as_bytes()), raw);
    let hex: String = tag.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(due[0].request.headers()["x-hub-signature-256"].to_str().unwrap(), format!("sha256={hex}"));
    assert_eq!((due[0].request.method().as_str(), due[0].request.uri().path()), ("POST", "/webhooks/whatsapp"));
}

#[test]
fn a_text_comes_with_its_contact() {
    let sim = world(|_| {});
    let user = somebody(&sim);
    let id = sim.whatsapp().says(&user, "Hallo").unwrap();
    let value = value(&sim);
    assert_eq!((&value["messaging_product"], &value["metadata"]["phone_number_id"]), (&"whatsapp".into(), &"106540352242922".into()));
    let contact = serde_json::json!({"profile": {"name": "Jörg ☕"}, "wa_id": "4915123456789", "user_id": user});
    assert_eq!(value["contacts"], serde_json::json!([contact]));
    let at = sim.now().as_second().to_string();
    let message = serde_json::json!({"from": "4915123456789", "from_user_id": user, "id": id, "timestamp": at, "type": "text", "text": {"body": "Hallo"}});
    assert_eq!(value["messages"], serde_json::json!([message]));
}

#[test]
fn a_hidden_number_is_nowhere_in_the_call_and_the_username_is() {
    let sim = world(|config| config.whatsapp.parent_user_ids = true);
    let new = NewWhatsappPerson {
        username: Some("joerg.m".to_owned()),
        number_hidden: true,
        ..NewWhatsappPerson::person("Jörg", "+49 1512 3456789")
    };
    let person = sim.whatsapp().add_person(new);
    assert!(person.user_id.starts_with("DE.") && person.parent_user_id.starts_with("DE.ENT."));
    sim.whatsapp().says(&person.user_id, "Hallo").unwrap();
    let value = value(&sim);
    assert!(!value.to_string().contains("3456789"), "{value}");
    assert_eq!(
        (&value["contacts"][0]["user_id"], &value["contacts"][0]["profile"]["username"]),
        (&person.user_id.clone().into(), &"joerg.m".into())
    );
    assert_eq!((&value["messages"][0]["from_user_id"], &value["messages"][0]["from"]), (&person.user_id.into(), &Value::Null));
    assert_eq!(value["messages"][0]["from_parent_user_id"], person.parent_user_id);
}

#[test]
fn without_user_ids_calls_are_as_before_2026() {
    let sim = world(|config| config.whatsapp.user_ids = false);
    sim.whatsapp().says(&somebody(&sim), "Hallo").unwrap();
    assert!(!value(&sim).to_string().contains("user_id"));
}

#[test]
fn the_id_of_a_number_is_not_always_its_digits() {
    let sim = world(|_| {});
    for (number, wa_id) in [
        ("+55 11 91234-5678", "551112345678"),
        ("+52 55 1234 5678", "5215512345678"),
        ("+54 11 1234 5678", "5491112345678"),
        ("+62 812 3456 7890", "6281234567890"),
    ] {
        assert_eq!(sim.whatsapp().add_person(NewWhatsappPerson::person("A", number)).wa_id, wa_id, "{number}");
    }
}

#[test]
fn statuses_name_the_recipient_and_only_delivered_and_read_ones_the_contact() {
    let sim = world(|_| {});
    let user = somebody(&sim);
    let id = sim.whatsapp().reports(&user, None, Status::Sent).unwrap();
    let sent = value(&sim);
    assert_eq!((&sent["statuses"][0]["recipient_id"], &sent["contacts"]), (&"4915123456789".into(), &Value::Null));
    assert_eq!(sim.whatsapp().reports(&user, Some(&id), Status::Read).unwrap(), id);
    let read = value(&sim);
    assert_eq!((&read["statuses"][0]["id"], &read["statuses"][0]["status"]), (&id.into(), &"read".into()));
    assert_eq!((&read["contacts"][0]["user_id"], &read["statuses"][0]["recipient_user_id"]), (&user.clone().into(), &user.into()));
}

#[test]
fn a_shared_card_is_a_third_persons() {
    let sim = world(|_| {});
    let phone = CardPhone { phone: "+62 812-3456-7890".to_owned(), wa_id: Some("6281234567890".to_owned()) };
    let card = Card {
        formatted_name: "Siti Santoso".to_owned(),
        phones: vec![phone],
        emails: vec!["siti@contoso.example".to_owned()],
        company: Some("PT Maju".to_owned()),
        ..Card::default()
    };
    sim.whatsapp().shares(&somebody(&sim), &[card], Origin::Other).unwrap();
    let value = value(&sim);
    let (message, card) = (&value["messages"][0], &value["messages"][0]["contacts"][0]);
    assert_eq!((&message["type"], &message["origin"]), (&"contacts".into(), &"other".into()));
    assert_eq!((&card["name"]["formatted_name"], &card["phones"][0]["wa_id"]), (&"Siti Santoso".into(), &"6281234567890".into()));
    assert_eq!((&card["org"]["company"], &card["emails"][0]["email"]), (&"PT Maju".into(), &"siti@contoso.example".into()));
    assert!(card["vcard"].as_str().unwrap().contains("TEL;type=CELL;waid=6281234567890:+62 812-3456-7890"));
    assert_eq!(value["contacts"][0]["profile"]["name"], "Jörg ☕", "the sender is somebody else");
}

#[test]
fn a_change_of_number_is_a_system_message_without_a_contact() {
    let sim = world(|_| {});
    let user = somebody(&sim);
    sim.whatsapp().changes_number(&user, "+49 1512 9999999").unwrap();
    let value = value(&sim);
    let message = &value["messages"][0];
    assert_eq!((&message["from"], &message["system"]["wa_id"]), (&"4915123456789".into(), &"4915129999999".into()));
    assert_eq!((&message["system"]["type"], &value["contacts"]), (&"user_changed_number".into(), &Value::Null));
    assert_eq!(sim.whatsapp().people()[0].wa_id, "4915129999999");
}

#[test]
fn one_call_may_carry_several_entries_changes_and_messages() {
    let sim = world(|config| config.whatsapp.notes_per_call_max = 6);
    let user = somebody(&sim);
    let said: Vec<String> = (0..40).map(|number| sim.whatsapp().says(&user, &format!("{number}")).unwrap()).collect();
    let due = sim.whatsapp().deliveries_due();
    let entries: Vec<Value> = due.iter().flat_map(|delivery| body(delivery)["entry"].as_array().unwrap().clone()).collect();
    let changes: Vec<Value> = entries.iter().flat_map(|entry| entry["changes"].as_array().unwrap().clone()).collect();
    let messages: Vec<Value> = changes.iter().flat_map(|change| change["value"]["messages"].as_array().unwrap().clone()).collect();
    assert_eq!(messages.iter().map(|message| message["id"].as_str().unwrap()).collect::<Vec<_>>(), said);
    assert!(due.len() < entries.len() && entries.len() < changes.len() && changes.len() < messages.len());
    assert!(changes.iter().all(|change| change["value"]["contacts"].as_array().unwrap().len() == 1), "one person is one contact");
}

#[test]
fn what_is_not_answered_200_comes_again_with_growing_pauses_until_it_is_given_up() {
    let sim = world(|_| {});
    sim.whatsapp().says(&somebody(&sim), "Hallo").unwrap();
    let (mut pauses, mut bodies) = (Vec::new(), BTreeSet::new());
    for status in [Some(500), Some(302), None, Some(202)] {
        let due = sim.whatsapp().deliveries_due();
        assert_eq!((due.len(), due[0].attempt as usize), (1, pauses.len() + 1));
        assert!(sim.whatsapp().deliveries_due().is_empty(), "somebody carries it");
        bodies.insert(due[0].request.body().to_vec());
        sim.whatsapp().settle(due[0].number, status);
        let pause = sim.whatsapp().next_due().unwrap().duration_since(sim.now());
        pauses.push(pause.as_secs());
        assert!(sim.whatsapp().deliveries_due().is_empty(), "not before its time");
        sim.advance(pause.unsigned_abs());
    }
    assert_eq!((pauses, bodies.len()), (vec![5, 15, 45, 135], 1));
    for _ in 0..60 {
        sim.advance(Duration::from_secs(6 * 3600));
        sim.whatsapp().deliveries_due().iter().for_each(|delivery| sim.whatsapp().settle(delivery.number, Some(500)));
    }
    assert_eq!((sim.whatsapp().counts(), sim.whatsapp().next_due()), ((1, 0, 1), None));
}

#[test]
fn duplicates_and_overtaking_come_by_seed_and_lose_nothing() {
    let come = |seed: u64| {
        let mut config = Config::seeded(seed);
        (config.faults.webhook_twice, config.faults.webhook_late) = (0.3, 0.3);
        let sim = Simulator::new(config);
        let user = somebody(&sim);
        let said: Vec<String> = (0..50).map(|number| sim.whatsapp().says(&user, &format!("{number}")).unwrap()).collect();
        (said, carry_all(&sim, 300, Some(200)))
    };
    let (said, came) = come(3);
    assert!(came.len() > said.len(), "some come twice");
    let mut first = Vec::new();
    came.iter().for_each(|id| {
        if !first.contains(id) {
            first.push(id.clone())
        }
    });
    assert_ne!(first, said, "some overtake others");
    first.sort();
    let mut all = said.clone();
    all.sort();
    assert_eq!(first, all);
    assert_eq!(come(3), (said, came));
}
