//! What a client writes about a contact, read and checked (reference: Graph, section 9.1).

use serde_json::{Map, Value, json};

use super::contact_json::{ADDRESSES, CONTACTS, KEPT, LISTS, RANKED, TEXTS};
use crate::Refusal;
use crate::graph::drafts::bad;

/// Most mail addresses of a contact.
const ADDRESSES_MAX: usize = 3;
const NAME_PARTS: [&str; 3] = ["givenName", "middleName", "surname"];

/// The properties that a body sets, over those that there are.
///
/// # Errors
/// 400 for what is no contact, a name that contacts don't have, a value of the wrong kind, too many of something.
pub fn read(body: Value, known: &Map<String, Value>) -> Result<Map<String, Value>, Refusal> {
    let Value::Object(fields) = body else { return Err(bad("A contact is a JSON object.")) };
    let mut properties = known.clone();
    let mut is_renamed = false;
    let mut has_display_name = false;
    for (name, value) in fields.into_iter().filter(|(name, _)| !name.contains('@')) {
        let Some(name) = CONTACTS.property(&name) else {
            let text = format!("The property '{name}' does not exist on type 'microsoft.graph.contact'.");
            return Err(Refusal::new(400, "RequestBodyRead", text));
        };
        is_renamed |= NAME_PARTS.contains(&name);
        has_display_name |= name == "displayName";
        set(&mut properties, name, value)?;
    }
    if !has_display_name && (is_renamed || !properties.contains_key("displayName")) {
        let parts = NAME_PARTS.iter().filter_map(|name| properties.get(*name)?.as_str()).filter(|part| !part.is_empty());
        let name = parts.collect::<Vec<_>>().join(" ");
        properties.insert("displayName".to_owned(), json!(name));
    }
    properties.entry("fileAs").or_insert_with(|| json!(""));
    Ok(properties)
}

fn set(properties: &mut Map<String, Value>, name: &'static str, value: Value) -> Result<(), Refusal> {
    let wrong = || Refusal::new(400, "RequestBodyRead", format!("Cannot convert the value of '{name}' to the type that it has."));
    let value = match name {
        "birthday" if value.is_string() => json!(birthday(value.as_str().unwrap_or_default()).ok_or_else(wrong)?),
        name if TEXTS.contains(&name) => Some(value).filter(|value| value.is_string() || value.is_null()).ok_or_else(wrong)?,
        name if LISTS.contains(&name) => {
            let list = if value.is_null() { Vec::new() } else { value.as_array().cloned().ok_or_else(wrong)? };
            let most = KEPT.iter().find(|(known, _)| *known == name).map_or(usize::MAX, |(_, most)| *most);
            if list.len() > most || !list.iter().all(Value::is_string) {
                return Err(bad(&format!("'{name}' holds at most {most} texts.")));
            }
            json!(list)
        }
        name if ADDRESSES.contains(&name) => {
            if value.is_null() {
                json!({})
            } else {
                Some(value).filter(Value::is_object).ok_or_else(wrong)?
            }
        }
        "emailAddresses" => mail_addresses(&value)?,
        name if RANKED.contains(&name) => return rank(properties, name, &value),
        _ => return Ok(()),
    };
    properties.insert(name.to_owned(), value);
    Ok(())
}

/// A birthday is kept near noon of its day (captured).
fn birthday(text: &str) -> Option<String> {
    let date: jiff::civil::Date = text.get(..10)?.parse().ok()?;
    Some(format!("{date}T11:59:00Z"))
}

fn mail_addresses(value: &Value) -> Result<Value, Refusal> {
    let list = value.as_array().map(Vec::as_slice).unwrap_or_default();
    if list.len() > ADDRESSES_MAX {
        return Err(bad("A contact has at most 3 email addresses."));
    }
    let one = |address: &Value| {
        let text = address["address"].as_str().unwrap_or_default();
        json!({"name": address["name"].as_str().unwrap_or(text), "address": text})
    };
    Ok(list.iter().map(one).collect())
}

/// One of the three by its place; places before it that nobody filled stay empty only if they are behind the last.
fn rank(properties: &mut Map<String, Value>, name: &str, value: &Value) -> Result<(), Refusal> {
    let place = RANKED.iter().position(|known| *known == name).unwrap_or(0);
    let mut list = properties.get("emailAddresses").and_then(Value::as_array).cloned().unwrap_or_default();
    match value.is_null() {
        true if place < list.len() => drop(list.remove(place)),
        true => {}
        false if place < list.len() => list[place] = value.clone(),
        false => list.push(value.clone()),
    }
    properties.insert("emailAddresses".to_owned(), mail_addresses(&Value::from(list))?);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_display_name_follows_the_parts_unless_it_is_sent_along() {
        let made = read(json!({"givenName": "Ada", "surname": "Lovelace", "birthday": "1815-12-10T00:00:00Z"}), &Map::new()).unwrap();
        assert_eq!((&made["displayName"], &made["birthday"]), (&json!("Ada Lovelace"), &json!("1815-12-10T11:59:00Z")));
        let married = read(json!({"surname": "King"}), &made).unwrap();
        assert_eq!(married["displayName"], "Ada King");
        let kept = read(json!({"surname": "King", "displayName": "A. L."}), &made).unwrap();
        assert_eq!(kept["displayName"], "A. L.");
    }

    #[test]
    fn too_many_and_wrong_kinds_are_refused() {
        for body in [
            json!({"businessPhones": ["1", "2", "3"]}),
            json!({"emailAddresses": [{"address": "a@b"}, {"address": "c@b"}, {"address": "d@b"}, {"address": "e@b"}]}),
            json!({"weather": "fine"}),
            json!({"jobTitle": 7}),
            json!({"birthday": "yesterday"}),
        ] {
            assert_eq!(read(body, &Map::new()).unwrap_err().status, 400);
        }
    }
}
