//! What a call says: one note after another, laid into changes and entries (reference: integrations 5.3; Meta,
//! "Business-scoped user IDs", 31 March 2026).

use serde_json::{Map, Value, json};

use crate::config::WhatsappConfig;
use crate::ids::Ids;

use super::people::{Card, CardPhone, Origin, Status, WhatsappPerson};

/// One thing to tell: a message or a status, with the contact it belongs to.
#[derive(Debug, Clone)]
pub(super) struct Note {
    contact: Option<Value>,
    list: &'static str,
    item: Value,
}

/// A text that somebody wrote.
pub(super) fn text(config: &WhatsappConfig, person: &WhatsappPerson, id: &str, at: i64, body: &str) -> Note {
    let mut item = message(config, person, id, at, "text");
    item["text"] = json!({"body": body});
    Note { contact: Some(contact(config, person)), list: "messages", item }
}

/// Cards that somebody shared.
pub(super) fn cards(config: &WhatsappConfig, person: &WhatsappPerson, id: &str, at: i64, cards: &[Card], origin: Origin) -> Note {
    let mut item = message(config, person, id, at, "contacts");
    item["contacts"] = Value::Array(cards.iter().map(card).collect());
    item["origin"] = json!(origin);
    Note { contact: Some(contact(config, person)), list: "messages", item }
}

/// A change of somebody's number; it has no contact (Meta, webhooks: system messages).
pub(super) fn number_changed(config: &WhatsappConfig, before: &WhatsappPerson, after: &WhatsappPerson, id: &str, at: i64) -> Note {
    let mut item = message(config, before, id, at, "system");
    let body = format!("User {} changed from {} to {}", before.name, before.wa_id, after.wa_id);
    item["system"] = json!({"body": body, "wa_id": after.wa_id, "type": "user_changed_number"});
    Note { contact: None, list: "messages", item }
}

/// What became of a message of the business. Only delivered and read ones carry the contact.
pub(super) fn status(config: &WhatsappConfig, person: &WhatsappPerson, id: &str, at: i64, status: Status) -> Note {
    let mut item = json!({"id": id, "status": status.name(), "timestamp": at.to_string()});
    if !person.number_hidden {
        item["recipient_id"] = json!(person.wa_id);
    }
    if config.user_ids {
        item["recipient_user_id"] = json!(person.user_id);
    }
    if config.parent_user_ids {
        item["recipient_parent_user_id"] = json!(person.parent_user_id);
    }
    if status == Status::Failed {
        let details = json!({"details": "Message failed to send."});
        item["errors"] = json!([{"code": 131_026, "title": "Message undeliverable", "error_data": details}]);
    }
    let carries = config.user_ids && matches!(status, Status::Delivered | Status::Read);
    Note { contact: carries.then(|| contact(config, person)), list: "statuses", item }
}

fn message(config: &WhatsappConfig, person: &WhatsappPerson, id: &str, at: i64, kind: &str) -> Value {
    let mut item = json!({"id": id, "timestamp": at.to_string(), "type": kind});
    if !person.number_hidden {
        item["from"] = json!(person.wa_id);
    }
    if config.user_ids {
        item["from_user_id"] = json!(person.user_id);
    }
    if config.parent_user_ids {
        item["from_parent_user_id"] = json!(person.parent_user_id);
    }
    item
}

fn contact(config: &WhatsappConfig, person: &WhatsappPerson) -> Value {
    let mut contact = json!({"profile": {"name": person.name}});
    if !person.number_hidden {
        contact["wa_id"] = json!(person.wa_id);
    }
    if config.user_ids {
        contact["user_id"] = json!(person.user_id);
        if let Some(username) = &person.username {
            contact["profile"]["username"] = json!(username);
        }
    }
    if config.parent_user_ids {
        contact["parent_user_id"] = json!(person.parent_user_id);
    }
    contact
}

fn card(card: &Card) -> Value {
    let mut name = Map::new();
    name.insert("formatted_name".to_owned(), json!(card.formatted_name));
    name.extend(card.first_name.as_ref().map(|first| ("first_name".to_owned(), json!(first))));
    name.extend(card.last_name.as_ref().map(|last| ("last_name".to_owned(), json!(last))));
    let phone = |of: &CardPhone| {
        let mut phone = json!({"phone": of.phone, "type": "CELL"});
        if let Some(wa_id) = &of.wa_id {
            phone["wa_id"] = json!(wa_id);
        }
        phone
    };
    let mut made = json!({"name": name, "phones": card.phones.iter().map(phone).collect::<Vec<_>>(), "vcard": vcard(card)});
    if !card.emails.is_empty() {
        made["emails"] = card.emails.iter().map(|email| json!({"email": email, "type": "WORK"})).collect();
    }
    if card.company.is_some() || card.title.is_some() {
        made["org"] = json!({"company": card.company, "title": card.title});
    }
    made
}

fn vcard(card: &Card) -> String {
    let mut lines = vec!["BEGIN:VCARD".to_owned(), "VERSION:3.0".to_owned(), format!("FN:{}", card.formatted_name)];
    let (last, first) = (card.last_name.as_deref().unwrap_or_default(), card.first_name.as_deref().unwrap_or_default());
    lines.push(format!("N:{last};{first};;;"));
    for CardPhone { phone, wa_id } in &card.phones {
        let waid = wa_id.as_ref().map(|id| format!(";waid={id}")).unwrap_or_default();
        lines.push(format!("TEL;type=CELL{waid}:{phone}"));
    }
    lines.extend(card.emails.iter().map(|email| format!("EMAIL:{email}")));
    lines.extend(card.company.iter().map(|company| format!("ORG:{company}")));
    lines.push("END:VCARD\n".to_owned());
    lines.join("\n")
}

/// One call's body. Each note after the first goes, by a draw, into the same change, a further change, or a further entry.
pub(super) fn call(config: &WhatsappConfig, notes: &[Note], draws: &mut Ids) -> Value {
    let mut entries: Vec<Vec<Value>> = Vec::new();
    for note in notes {
        match (draws.below(3), entries.last_mut()) {
            (0, Some(changes)) if !changes.is_empty() => {
                if let Some(change) = changes.last_mut() {
                    lay(&mut change["value"], note);
                }
            }
            (1, Some(changes)) => changes.push(change(config, note)),
            _ => entries.push(vec![change(config, note)]),
        }
    }
    let entry = |changes: Vec<Value>| json!({"id": config.business_account_id, "changes": changes});
    json!({"object": "whatsapp_business_account", "entry": entries.into_iter().map(entry).collect::<Vec<_>>()})
}

fn change(config: &WhatsappConfig, note: &Note) -> Value {
    let metadata = json!({"display_phone_number": config.display_phone_number, "phone_number_id": config.phone_number_id});
    let mut value = json!({"messaging_product": "whatsapp", "metadata": metadata});
    lay(&mut value, note);
    json!({"field": "messages", "value": value})
}

fn lay(value: &mut Value, note: &Note) {
    let mut push = |list: &str, item: &Value| match value[list].as_array_mut() {
        Some(items) if items.contains(item) => {}
        Some(items) => items.push(item.clone()),
        None => value[list] = json!([item]),
    };
    if let Some(contact) = &note.contact {
        push("contacts", contact);
    }
    push(note.list, &note.item);
}
