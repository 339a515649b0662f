//! The properties that a filter or an order may name, and their values on a message.

use jiff::Timestamp;
use serde_json::Value;

use crate::Refusal;
use crate::mailbox::{Mailbox, Message, Property};

/// The value of a property on one message.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// Text, or null.
    Text(Option<String>),
    /// Yes or no.
    Truth(bool),
    /// A time.
    Time(Timestamp),
}

/// A property that a filter may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FilterField {
    Subject,
    BodyPreview,
    BodyContent,
    InternetMessageId,
    ConversationId,
    ParentFolderId,
    FromAddress,
    FromName,
    SenderAddress,
    SenderName,
    Importance,
    Inference,
    FlagStatus,
    IsRead,
    IsDraft,
    HasAttachments,
    ReadReceipt,
    DeliveryReceipt,
    Received,
    Sent,
    Created,
    Modified,
}

const NAMES: [(&str, FilterField); 22] = [
    ("subject", FilterField::Subject),
    ("bodyPreview", FilterField::BodyPreview),
    ("body/content", FilterField::BodyContent),
    ("internetMessageId", FilterField::InternetMessageId),
    ("conversationId", FilterField::ConversationId),
    ("parentFolderId", FilterField::ParentFolderId),
    ("from/emailAddress/address", FilterField::FromAddress),
    ("from/emailAddress/name", FilterField::FromName),
    ("sender/emailAddress/address", FilterField::SenderAddress),
    ("sender/emailAddress/name", FilterField::SenderName),
    ("importance", FilterField::Importance),
    ("inferenceClassification", FilterField::Inference),
    ("flag/flagStatus", FilterField::FlagStatus),
    ("isRead", FilterField::IsRead),
    ("isDraft", FilterField::IsDraft),
    ("hasAttachments", FilterField::HasAttachments),
    ("isReadReceiptRequested", FilterField::ReadReceipt),
    ("isDeliveryReceiptRequested", FilterField::DeliveryReceipt),
    ("receivedDateTime", FilterField::Received),
    ("sentDateTime", FilterField::Sent),
    ("createdDateTime", FilterField::Created),
    ("lastModifiedDateTime", FilterField::Modified),
];

impl FilterField {
    /// Reads a path.
    ///
    /// # Errors
    /// 400 `BadRequest` when messages have no such property.
    pub fn read(path: &str) -> Result<Self, Refusal> {
        let found = NAMES.iter().find(|(name, _)| name.eq_ignore_ascii_case(path));
        found.map(|(_, field)| *field).ok_or_else(|| {
            let message = format!("Invalid filter clause: Could not find a property named '{path}' on type 'microsoft.graph.message'.");
            Refusal::new(400, "BadRequest", message)
        })
    }

    /// Whether its values are true or false.
    pub fn is_truth(self) -> bool {
        matches!(self, Self::IsRead | Self::IsDraft | Self::HasAttachments | Self::ReadReceipt | Self::DeliveryReceipt)
    }

    /// Whether its values are times.
    pub fn is_time(self) -> bool {
        matches!(self, Self::Received | Self::Sent | Self::Created | Self::Modified)
    }

    /// The value on a message.
    pub fn fact(self, mailbox: &Mailbox, message: &Message) -> Fact {
        let text = |property| Fact::Text(message.text(property));
        let truth = |property| Fact::Truth(message.document.json(property) == Some("true"));
        match self {
            Self::Subject => text(Property::Subject),
            Self::BodyPreview => text(Property::BodyPreview),
            Self::BodyContent => Fact::Text(message.document.value(Property::Body)["content"].as_str().map(str::to_owned)),
            Self::InternetMessageId => text(Property::InternetMessageId),
            Self::ConversationId => text(Property::ConversationId),
            Self::ParentFolderId => Fact::Text(Some(mailbox.folder_id(message.folder))),
            Self::FromAddress => Fact::Text(person(message, Property::From, "address")),
            Self::FromName => Fact::Text(person(message, Property::From, "name")),
            Self::SenderAddress => Fact::Text(person(message, Property::Sender, "address")),
            Self::SenderName => Fact::Text(person(message, Property::Sender, "name")),
            Self::Importance => Fact::Text(Some(message.importance.word().to_owned())),
            Self::Inference => Fact::Text(Some(message.inference.word().to_owned())),
            Self::FlagStatus => Fact::Text(Some(message.flag_status().to_owned())),
            Self::IsRead => Fact::Truth(message.is_read),
            Self::IsDraft => Fact::Truth(message.is_draft),
            Self::HasAttachments => truth(Property::HasAttachments),
            Self::ReadReceipt => truth(Property::IsReadReceiptRequested),
            Self::DeliveryReceipt => truth(Property::IsDeliveryReceiptRequested),
            Self::Received => Fact::Time(message.received),
            Self::Sent => Fact::Time(message.sent),
            Self::Created => Fact::Time(created(message)),
            Self::Modified => Fact::Time(message.modified),
        }
    }
}

/// When a message was made in this mailbox.
pub fn created(message: &Message) -> Timestamp {
    let text = message.text(Property::CreatedDateTime);
    text.and_then(|text| text.parse().ok()).unwrap_or(message.received)
}

fn person(message: &Message, property: Property, part: &str) -> Option<String> {
    let recipient: Value = message.document.value(property);
    recipient["emailAddress"][part].as_str().map(str::to_owned)
}
