//! `$expand` on messages: attachments, extended properties, extensions.
//!
//! Extended properties can't be listed, only asked for by id; those that a received mail has are read from
//! its header fields (reference: Graph, section 3.8).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::attachments::AttachmentWriter;
use crate::Refusal;
use crate::mailbox::{Message, Property, property_key};

/// What is expanded on each message of an answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expansion {
    attachments: Option<Option<String>>,
    single_values: Option<Vec<String>>,
    multi_values: bool,
    extensions: bool,
}

/// One relation in a `$expand` with the options in its brackets.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Relation {
    /// Its name.
    pub name: String,
    /// The options, names in small letters.
    pub options: Vec<(String, String)>,
}

impl Relation {
    /// An option's value.
    pub fn option(&self, name: &str) -> Option<&str> {
        self.options.iter().find(|(known, _)| known == name).map(|(_, value)| value.as_str())
    }
}

impl Expansion {
    /// Reads `$expand` of messages.
    ///
    /// # Errors
    /// 400 `BadRequest` for a relation that messages don't have.
    pub fn read(text: Option<&str>) -> Result<Self, Refusal> {
        let mut expansion = Self::default();
        for relation in relations(text.unwrap_or_default())? {
            match relation.name.to_ascii_lowercase().as_str() {
                "attachments" => expansion.attachments = Some(relation.option("$select").map(str::to_owned)),
                "singlevalueextendedproperties" => {
                    expansion.single_values = Some(ids_in(relation.option("$filter").unwrap_or_default()));
                }
                "multivalueextendedproperties" => expansion.multi_values = true,
                "extensions" => expansion.extensions = true,
                _ => return Err(unknown(&relation.name, "message")),
            }
        }
        Ok(expansion)
    }

    /// Whether attachments are expanded, which Mail.ReadBasic does not allow.
    pub fn wants_more_than_basic(&self) -> bool {
        *self != Self::default()
    }

    /// Writes the relations behind the properties of a message.
    ///
    /// # Errors
    /// 400 `BadRequest` for a bad `$select` within the brackets.
    pub fn write(&self, message: &Message, attachments: &AttachmentWriter<'_>, out: &mut String) -> Result<(), Refusal> {
        if let Some(select) = &self.attachments {
            out.push_str(",\"attachments\":[");
            attachments.clone().selecting(select.as_deref())?.write_all(message, out);
            out.push(']');
        }
        if let Some(ids) = &self.single_values {
            let found: Vec<Value> = ids.iter().filter_map(|id| Some(json!({"id": id, "value": extended_value(message, id)?}))).collect();
            if !found.is_empty() {
                out.push_str(&format!(",\"singleValueExtendedProperties\":{}", Value::from(found)));
            }
        }
        if self.extensions {
            out.push_str(",\"extensions\":[]");
        }
        Ok(())
    }
}

/// Splits `$expand` into its relations.
///
/// # Errors
/// 400 `BadRequest` when brackets don't match.
pub fn relations(text: &str) -> Result<Vec<Relation>, Refusal> {
    let parts = split(text, ',').ok_or_else(|| malformed(text))?;
    parts.into_iter().filter(|part| !part.is_empty()).map(|part| relation(part).ok_or_else(|| malformed(text))).collect()
}

fn relation(text: &str) -> Option<Relation> {
    let Some((name, rest)) = text.split_once('(') else {
        return Some(Relation { name: text.trim().to_owned(), options: Vec::new() });
    };
    let inner = rest.trim_end().strip_suffix(')')?;
    let mut options = Vec::new();
    for option in split(inner, ';')? {
        let (name, value) = option.split_once('=')?;
        options.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
    }
    Some(Relation { name: name.trim().to_owned(), options })
}

/// Splits outside brackets and quotes.
fn split(text: &str, at: char) -> Option<Vec<&str>> {
    let (mut parts, mut start, mut depth, mut quoted) = (Vec::new(), 0, 0u32, false);
    for (place, letter) in text.char_indices() {
        match letter {
            '\'' => quoted = !quoted,
            _ if quoted => {}
            '(' => depth += 1,
            ')' => depth = depth.checked_sub(1)?,
            letter if letter == at && depth == 0 => {
                parts.push(text[start..place].trim());
                start = place + at.len_utf8();
            }
            _ => {}
        }
    }
    parts.push(text[start..].trim());
    (depth == 0 && !quoted).then_some(parts)
}

/// The ids in `id eq 'a' or id eq 'b'`.
fn ids_in(filter: &str) -> Vec<String> {
    filter.split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

/// The value of a single-value extended property, by its id.
pub fn extended_value(message: &Message, id: &str) -> Option<String> {
    let key = property_key(id);
    if let Some((_, value)) = message.extended.iter().find(|(known, _)| property_key(known) == key) {
        return Some(value.to_string());
    }
    let (kind, tag) = id.trim().split_once(char::is_whitespace)?;
    let tag = tag.trim().to_ascii_lowercase();
    let number = u32::from_str_radix(tag.strip_prefix("0x")?, 16).ok()?;
    match (kind.to_ascii_lowercase().as_str(), number) {
        ("string", 0x1035) => message.text(Property::InternetMessageId),
        ("string", 0x1042) => header(message, "In-Reply-To"),
        ("string", 0x1039) => header(message, "References"),
        ("string", 0x007d) => Some(transport_headers(message)),
        ("string", 0x0037) => message.text(Property::Subject),
        ("string", 0x0070) => message.text(Property::Subject).map(|subject| crate::mailbox::conversation::topic(&subject)),
        ("binary", 0x0071) => message.text(Property::ConversationIndex),
        ("integer", 0x0e07) => Some((i32::from(message.is_read) + if message.is_draft { 8 } else { 0 }).to_string()),
        ("integer" | "long", 0x0e08) => Some(message.byte_count().to_string()),
        ("systemtime", 0x0039) => Some(super::message_json::whole_seconds(message.sent)),
        ("systemtime", 0x0e06) => Some(super::message_json::whole_seconds(message.received)),
        ("binary", 0x300b) => Some(STANDARD.encode(message.item.0.to_be_bytes())),
        _ => None,
    }
}

fn headers(message: &Message) -> Vec<(String, String)> {
    let value = message.document.value(Property::InternetMessageHeaders);
    let list = value.as_array().cloned().unwrap_or_default();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    list.iter().map(|header| (text(&header["name"]), text(&header["value"]))).collect()
}

fn header(message: &Message, name: &str) -> Option<String> {
    headers(message).into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

fn transport_headers(message: &Message) -> String {
    headers(message).iter().map(|(name, value)| format!("{name}: {value}\r\n")).collect()
}

/// The refusal of a relation that there is not.
pub fn unknown(name: &str, kind: &str) -> Refusal {
    let message =
        format!("Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.{kind}'.");
    Refusal::new(400, "BadRequest", message)
}

fn malformed(text: &str) -> Refusal {
    Refusal::new(400, "BadRequest", format!("Parsing OData Select and Expand failed: Syntax error in '{text}'."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relations_with_options_are_read() {
        let text =
            "attachments($select=id,name),singleValueExtendedProperties($filter=id eq 'String 0x1035' or id eq 'String {a,b} Name X')";
        let expansion = Expansion::read(Some(text)).unwrap();
        assert_eq!(expansion.attachments, Some(Some("id,name".into())));
        assert_eq!(expansion.single_values.unwrap(), ["String 0x1035", "String {a,b} Name X"]);
        assert_eq!(Expansion::read(Some("weather")).unwrap_err().code, "BadRequest");
        assert_eq!(Expansion::read(Some("attachments($select=id")).unwrap_err().code, "BadRequest");
    }
}
