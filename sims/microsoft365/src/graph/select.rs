//! Which properties of a message an answer carries.
//!
//! `id` and the etag always come back; `internetMessageHeaders` and `uniqueBody` only when selected; what is
//! no property is refused in the words of a captured answer (reference: Graph, section 2.1).

use crate::Refusal;
use crate::mailbox::Property;

/// A property of a message in an answer, in the order in which Graph writes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Field {
    /// The id in the form asked for.
    Id,
    /// A property that the document stores as it is.
    Stored(Property),
    /// When it last changed.
    LastModified,
    /// The change key, the etag's inside.
    ChangeKey,
    /// Names of categories.
    Categories,
    /// low, normal, high
    Importance,
    /// The folder's id.
    ParentFolder,
    /// Read or not.
    IsRead,
    /// Draft or not.
    IsDraft,
    /// The address of the message in Outlook.
    WebLink,
    /// focused or other
    Inference,
    /// The body in the form asked for.
    Body,
    /// The body without what it quotes.
    UniqueBody,
    /// The follow-up flag.
    Flag,
}

/// Name and meaning of each property, in the order of writing.
pub const FIELDS: [(&str, Field); 31] = [
    ("id", Field::Id),
    ("createdDateTime", Field::Stored(Property::CreatedDateTime)),
    ("lastModifiedDateTime", Field::LastModified),
    ("changeKey", Field::ChangeKey),
    ("categories", Field::Categories),
    ("receivedDateTime", Field::Stored(Property::ReceivedDateTime)),
    ("sentDateTime", Field::Stored(Property::SentDateTime)),
    ("hasAttachments", Field::Stored(Property::HasAttachments)),
    ("internetMessageId", Field::Stored(Property::InternetMessageId)),
    ("subject", Field::Stored(Property::Subject)),
    ("bodyPreview", Field::Stored(Property::BodyPreview)),
    ("importance", Field::Importance),
    ("parentFolderId", Field::ParentFolder),
    ("conversationId", Field::Stored(Property::ConversationId)),
    ("conversationIndex", Field::Stored(Property::ConversationIndex)),
    ("isDeliveryReceiptRequested", Field::Stored(Property::IsDeliveryReceiptRequested)),
    ("isReadReceiptRequested", Field::Stored(Property::IsReadReceiptRequested)),
    ("isRead", Field::IsRead),
    ("isDraft", Field::IsDraft),
    ("webLink", Field::WebLink),
    ("inferenceClassification", Field::Inference),
    ("internetMessageHeaders", Field::Stored(Property::InternetMessageHeaders)),
    ("body", Field::Body),
    ("uniqueBody", Field::UniqueBody),
    ("sender", Field::Stored(Property::Sender)),
    ("from", Field::Stored(Property::From)),
    ("toRecipients", Field::Stored(Property::ToRecipients)),
    ("ccRecipients", Field::Stored(Property::CcRecipients)),
    ("bccRecipients", Field::Stored(Property::BccRecipients)),
    ("replyTo", Field::Stored(Property::ReplyTo)),
    ("flag", Field::Flag),
];

/// Relations: they may be named in `$select` but bring nothing by it.
const RELATIONS: [&str; 4] = ["attachments", "extensions", "singleValueExtendedProperties", "multiValueExtendedProperties"];

/// What comes back only when selected.
const ON_REQUEST: [&str; 2] = ["internetMessageHeaders", "uniqueBody"];

/// What Mail.ReadBasic does not show.
const BEYOND_BASIC: [&str; 3] = ["body", "bodyPreview", "uniqueBody"];

/// A choice of properties.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Selection {
    bits: u64,
    text: Option<String>,
}

impl Selection {
    /// What comes back when nothing is selected.
    pub fn standard() -> Self {
        let bits = (0..FIELDS.len()).filter(|place| !ON_REQUEST.contains(&FIELDS[*place].0));
        Self { bits: bits.fold(0, |bits, place| bits | 1 << place), text: None }
    }

    /// Reads `$select`.
    ///
    /// # Errors
    /// 400 `BadRequest` for a name that is no property of a message.
    pub fn read(select: Option<&str>) -> Result<Self, Refusal> {
        let Some(text) = select.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(Self::standard()) };
        let mut bits = 1;
        let names: Vec<&str> = text.split(',').map(str::trim).filter(|name| !name.is_empty()).collect();
        for name in &names {
            match FIELDS.iter().position(|(known, _)| known.eq_ignore_ascii_case(name)) {
                Some(place) => bits |= 1 << place,
                None if *name == "*" => bits |= Self::standard().bits,
                None if RELATIONS.iter().any(|known| known.eq_ignore_ascii_case(name)) => {}
                None => return Err(unknown(name, "message")),
            }
        }
        Ok(Self { bits, text: Some(names.join(",")) })
    }

    /// Takes away what a token with Mail.ReadBasic may not see.
    ///
    /// # Errors
    /// 403 `ErrorAccessDenied` when `refuse` and it was asked for by name.
    pub fn restrict_to_basic(&mut self, refuse: bool) -> Result<(), Refusal> {
        for (place, (name, _)) in FIELDS.iter().enumerate() {
            if !BEYOND_BASIC.contains(name) || self.bits & (1 << place) == 0 {
                continue;
            }
            if refuse && self.text.is_some() {
                return Err(Refusal::new(403, "ErrorAccessDenied", "Access is denied. Check credentials and try again."));
            }
            self.bits &= !(1 << place);
        }
        Ok(())
    }

    /// The properties chosen, in the order of writing.
    pub fn fields(&self) -> impl Iterator<Item = (&'static str, Field)> + '_ {
        FIELDS.iter().enumerate().filter(|(place, _)| self.bits & (1 << place) != 0).map(|(_, field)| *field)
    }

    /// The list in an `@odata.context`: empty, or the names in brackets.
    pub fn context(&self) -> String {
        self.text.as_ref().map(|text| format!("({text})")).unwrap_or_default()
    }

    /// The `$select` as it was sent.
    pub fn text(&self) -> Option<&str> {
        self.text.as_deref()
    }
}

/// The refusal of a name in `$select` that no property has.
pub fn unknown(name: &str, kind: &str) -> Refusal {
    let message =
        format!("Parsing OData Select and Expand failed: Could not find a property named '{name}' on type 'microsoft.graph.{kind}'.");
    Refusal::new(400, "BadRequest", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_name_is_refused_in_the_captured_words() {
        let refusal = Selection::read(Some("id,wellKnownName")).unwrap_err();
        assert_eq!((refusal.status, refusal.code.as_str()), (400, "BadRequest"));
        assert!(refusal.message.ends_with("named 'wellKnownName' on type 'microsoft.graph.message'."));
    }

    #[test]
    fn the_standard_choice_leaves_out_what_must_be_asked_for() {
        let names: Vec<_> = Selection::standard().fields().map(|(name, _)| name).collect();
        assert!(!names.contains(&"uniqueBody") && !names.contains(&"internetMessageHeaders"));
        assert_eq!(names.len(), FIELDS.len() - 2);
        let chosen: Vec<_> = Selection::read(Some("Subject")).unwrap().fields().map(|(name, _)| name).collect();
        assert_eq!(chosen, ["id", "subject"]);
    }
}
