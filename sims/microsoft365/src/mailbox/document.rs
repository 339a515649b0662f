//! The part of a message that seldom changes, kept as ready-made JSON.
//!
//! Each value is serialised once, at delivery, and lies in one string with the others; an answer copies
//! the slices that were selected. What changes often (read flag, folder, ids, change key) lives in
//! [`super::Message`] and is written on demand. A value that is absent is a key left out, not a null: a
//! draft without a sender has no `from` (as in the captured answers).

use serde_json::{Map, Value};

/// The stored properties, in the order in which they lie in the string.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[repr(u8)]
#[expect(missing_docs, reason = "the names are Graph's own; see `name`")]
pub enum Property {
    CreatedDateTime,
    ReceivedDateTime,
    SentDateTime,
    HasAttachments,
    InternetMessageId,
    Subject,
    BodyPreview,
    ConversationId,
    ConversationIndex,
    IsDeliveryReceiptRequested,
    IsReadReceiptRequested,
    Body,
    Sender,
    From,
    ToRecipients,
    CcRecipients,
    BccRecipients,
    ReplyTo,
    InternetMessageHeaders,
}

/// How many properties a document stores.
const COUNT: usize = 19;

impl Property {
    /// All of them, in the order of storage.
    pub const ALL: [Self; COUNT] = [
        Self::CreatedDateTime,
        Self::ReceivedDateTime,
        Self::SentDateTime,
        Self::HasAttachments,
        Self::InternetMessageId,
        Self::Subject,
        Self::BodyPreview,
        Self::ConversationId,
        Self::ConversationIndex,
        Self::IsDeliveryReceiptRequested,
        Self::IsReadReceiptRequested,
        Self::Body,
        Self::Sender,
        Self::From,
        Self::ToRecipients,
        Self::CcRecipients,
        Self::BccRecipients,
        Self::ReplyTo,
        Self::InternetMessageHeaders,
    ];

    /// The JSON name.
    pub fn name(self) -> &'static str {
        match self {
            Self::CreatedDateTime => "createdDateTime",
            Self::ReceivedDateTime => "receivedDateTime",
            Self::SentDateTime => "sentDateTime",
            Self::HasAttachments => "hasAttachments",
            Self::InternetMessageId => "internetMessageId",
            Self::Subject => "subject",
            Self::BodyPreview => "bodyPreview",
            Self::ConversationId => "conversationId",
            Self::ConversationIndex => "conversationIndex",
            Self::IsDeliveryReceiptRequested => "isDeliveryReceiptRequested",
            Self::IsReadReceiptRequested => "isReadReceiptRequested",
            Self::Body => "body",
            Self::Sender => "sender",
            Self::From => "from",
            Self::ToRecipients => "toRecipients",
            Self::CcRecipients => "ccRecipients",
            Self::BccRecipients => "bccRecipients",
            Self::ReplyTo => "replyTo",
            Self::InternetMessageHeaders => "internetMessageHeaders",
        }
    }
}

/// The stored JSON of one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    text: Box<str>,
    ends: [u32; COUNT],
    /// `@odata.type` and the properties of a derived type (an invitation), ready to be written.
    derived: Option<Box<Derived>>,
}

/// What a message of a derived type has beyond a plain one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Derived {
    /// `#microsoft.graph.eventMessageRequest` and its like.
    pub odata_type: String,
    /// The additional properties.
    pub properties: Map<String, Value>,
}

impl Document {
    /// Takes the properties that a document stores out of a message's JSON.
    ///
    /// Names it does not store stay in `properties`, so that the caller can see what nobody took.
    pub fn take_from(properties: &mut Map<String, Value>) -> Self {
        let mut text = String::new();
        let mut ends = [0u32; COUNT];
        for property in Property::ALL {
            if let Some(value) = properties.remove(property.name()) {
                text.push_str(&value.to_string());
            }
            ends[property as usize] = u32::try_from(text.len()).unwrap_or(u32::MAX);
        }
        Self { text: text.into_boxed_str(), ends, derived: None }
    }

    /// Makes the message one of a derived type.
    pub fn set_derived(&mut self, derived: Derived) {
        self.derived = Some(Box::new(derived));
    }

    /// What a derived type adds, if the message is of one.
    pub fn derived(&self) -> Option<&Derived> {
        self.derived.as_deref()
    }

    /// The JSON text of a property; `None` when the message does not have it.
    pub fn json(&self, property: Property) -> Option<&str> {
        let place = property as usize;
        let start = if place == 0 { 0 } else { self.ends[place - 1] };
        let slice = &self.text[start as usize..self.ends[place] as usize];
        (!slice.is_empty()).then_some(slice)
    }

    /// The property as a value.
    pub fn value(&self, property: Property) -> Value {
        let parsed = self.json(property).map(serde_json::from_str::<Value>);
        parsed.and_then(Result::ok).unwrap_or(Value::Null)
    }

    /// The property's text, when it is a string.
    pub fn text(&self, property: Property) -> Option<String> {
        match self.value(property) {
            Value::String(text) => Some(text),
            _ => None,
        }
    }

    /// The whole document as an object, for changing it.
    pub fn to_map(&self) -> Map<String, Value> {
        let present = Property::ALL.into_iter().filter(|property| self.json(*property).is_some());
        present.map(|property| (property.name().to_owned(), self.value(property))).collect()
    }

    /// Bytes of text held.
    pub fn byte_count(&self) -> usize {
        self.text.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_document_gives_back_what_it_took_and_leaves_the_rest() {
        let given = json!({
            "subject": "Offer \"7\"", "from": {"emailAddress": {"address": "a@b"}},
            "toRecipients": [], "weather": "fine",
        });
        let Value::Object(mut map) = given else { unreachable!() };
        let document = Document::take_from(&mut map);
        assert_eq!(document.text(Property::Subject).unwrap(), "Offer \"7\"");
        assert_eq!(document.json(Property::ToRecipients), Some("[]"));
        assert_eq!(document.json(Property::Sender), None);
        assert_eq!(map.keys().collect::<Vec<_>>(), ["weather"]);
        assert_eq!(document.to_map().len(), 3);
    }

    #[test]
    fn the_order_of_storage_is_the_order_of_the_enum() {
        for (place, property) in Property::ALL.into_iter().enumerate() {
            assert_eq!(property as usize, place);
        }
    }
}
