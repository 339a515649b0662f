//! A contact as the People API knows it: made by tests, kept in a book, shown through a mask (reference: integrations 5.1).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

/// A contact's fields in the API's own JSON, without what Google adds (`resourceName`, `etag`, `metadata`).
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Person {
    /// For example `names`, `emailAddresses`, `phoneNumbers`.
    pub fields: Map<String, Value>,
}

impl Person {
    /// Somebody with a name.
    pub fn named(given: &str, family: &str) -> Self {
        let whole = format!("{given} {family}").trim().to_owned();
        Self::default().with("names", json!({"displayName": whole, "givenName": given, "familyName": family}))
    }

    /// Adds one entry to a field of this name.
    pub fn with(mut self, field: &str, entry: Value) -> Self {
        let list = self.fields.entry(field.to_owned()).or_insert_with(|| json!([]));
        if let Some(list) = list.as_array_mut() {
            list.push(entry);
        }
        self
    }

    /// Adds an address.
    pub fn email(self, value: &str) -> Self {
        self.with("emailAddresses", json!({"value": value, "type": "work", "formattedType": "Work"}))
    }

    /// Adds a number as it was typed; `canonical` is its E.164 form, `None` where Google could not tell.
    pub fn phone(self, value: &str, canonical: Option<&str>) -> Self {
        let mut entry = json!({"value": value, "type": "mobile", "formattedType": "Mobile"});
        if let Some(canonical) = canonical {
            entry["canonicalForm"] = json!(canonical);
        }
        self.with("phoneNumbers", entry)
    }

    /// Adds a company.
    pub fn organization(self, name: &str, title: &str) -> Self {
        self.with("organizations", json!({"name": name, "title": title, "current": true}))
    }
}

/// A person in a book.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Stored {
    pub(crate) fields: Map<String, Value>,
    pub(crate) source: String,
    pub(crate) etag: String,
    pub(crate) updated: Timestamp,
    /// Former resource names, oldest first.
    pub(crate) former: Vec<String>,
    /// The key of the photo; whether it is the letter that Google draws by itself.
    pub(crate) photo: (String, bool),
}

impl Stored {
    /// The person through a mask; `None` as mask shows everything. `photos` makes a photo's address from its key.
    pub(crate) fn show(&self, name: &str, mask: Option<&BTreeSet<String>>, incremental: bool, photos: &dyn Fn(&str) -> String) -> Value {
        let asked = |field: &str| mask.is_none_or(|mask| mask.contains(field));
        let mut shown = json!({"resourceName": name, "etag": self.etag});
        for (field, entries) in self.fields.iter().filter(|(field, _)| asked(field)) {
            let entries = entries.as_array().map(|entries| self.sourced(entries));
            shown[field] = json!(entries.unwrap_or_default());
        }
        if asked("photos") {
            let (key, is_default) = &self.photo;
            let mut photo = json!({"url": photos(key)});
            if *is_default {
                photo["default"] = json!(true);
            }
            shown["photos"] = json!(self.sourced(&[photo]));
        }
        if asked("metadata") {
            shown["metadata"] = self.metadata();
            // Populated only for requests that include a sync token (People API, PersonMetadata).
            if incremental && !self.former.is_empty() {
                shown["metadata"]["previousResourceNames"] = json!(self.former);
            }
        }
        shown
    }

    fn sourced(&self, entries: &[Value]) -> Vec<Value> {
        let source = json!({"type": "CONTACT", "id": self.source});
        let with_source = |(place, entry): (usize, &Value)| {
            let mut entry = entry.clone();
            entry["metadata"] = json!({"source": source});
            if place == 0 {
                entry["metadata"]["primary"] = json!(true);
            }
            entry
        };
        entries.iter().enumerate().map(with_source).collect()
    }

    fn metadata(&self) -> Value {
        let updated = self.updated.to_string();
        json!({"sources": [{"type": "CONTACT", "id": self.source, "etag": self.etag, "updateTime": updated}], "objectType": "PERSON"})
    }
}

/// What is told of a person who is gone.
pub(crate) fn tombstone(name: &str, with_metadata: bool) -> Value {
    match with_metadata {
        true => json!({"resourceName": name, "etag": "%EgQBCQ==", "metadata": {"deleted": true, "objectType": "PERSON"}}),
        false => json!({"resourceName": name, "etag": "%EgQBCQ=="}),
    }
}
