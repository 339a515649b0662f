//! What a mailbox's owner has set: automatic replies, language, time zone, working hours (reference: Graph, section 3.12).
//!
//! Holds what was found good; what is good is decided where it comes in.

use jiff::Timestamp;
use serde_json::{Value, json};

/// `mailboxSettings`
#[derive(Debug, Clone, PartialEq)]
pub struct MailboxSettings {
    /// `automaticRepliesSetting`
    pub automatic_replies: AutomaticReplies,
    /// `timeZone`: a Windows or IANA name.
    pub time_zone: String,
    /// `language.locale`, such as `en-US`.
    pub locale: String,
    /// `dateFormat`
    pub date_format: String,
    /// `timeFormat`
    pub time_format: String,
    /// `delegateMeetingMessageDeliveryOptions`
    pub delegate_delivery: String,
    /// `workingHours`, as Graph writes it.
    pub working_hours: Value,
}

/// `automaticRepliesSetting`
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AutomaticReplies {
    /// Whether they are sent.
    pub status: ReplyStatus,
    /// Who outside gets one.
    pub audience: ExternalAudience,
    /// What colleagues are told, in HTML.
    pub internal_message: String,
    /// What others are told, in HTML.
    pub external_message: String,
    /// From when to when, if they are scheduled.
    pub start: Timestamp,
    /// The end of that time.
    pub end: Timestamp,
}

/// `automaticRepliesStatus`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are Graph's")]
pub enum ReplyStatus {
    Disabled,
    AlwaysEnabled,
    Scheduled,
}

/// `externalAudienceScope`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are Graph's")]
pub enum ExternalAudience {
    None,
    ContactsOnly,
    All,
}

impl ReplyStatus {
    /// The JSON word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Disabled => "disabled",
            Self::AlwaysEnabled => "alwaysEnabled",
            Self::Scheduled => "scheduled",
        }
    }

    /// Reads the JSON word, in any case.
    pub fn read(word: &str) -> Option<Self> {
        [Self::Disabled, Self::AlwaysEnabled, Self::Scheduled].into_iter().find(|status| status.word().eq_ignore_ascii_case(word))
    }
}

impl ExternalAudience {
    /// The JSON word.
    pub fn word(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::ContactsOnly => "contactsOnly",
            Self::All => "all",
        }
    }

    /// Reads the JSON word, in any case.
    pub fn read(word: &str) -> Option<Self> {
        [Self::None, Self::ContactsOnly, Self::All].into_iter().find(|audience| audience.word().eq_ignore_ascii_case(word))
    }
}

impl AutomaticReplies {
    /// None are sent; the time that a schedule would have begins now.
    fn none(now: Timestamp) -> Self {
        let end = now.checked_add(jiff::SignedDuration::from_hours(24)).unwrap_or(now);
        let (internal_message, external_message) = (String::new(), String::new());
        Self { status: ReplyStatus::Disabled, audience: ExternalAudience::All, internal_message, external_message, start: now, end }
    }

    /// Whether they are sent at that time.
    pub fn apply_at(&self, at: Timestamp) -> bool {
        match self.status {
            ReplyStatus::Disabled => false,
            ReplyStatus::AlwaysEnabled => true,
            ReplyStatus::Scheduled => (self.start..self.end).contains(&at),
        }
    }

    /// What a sender is told, if anything. Whether outsiders are among the contacts is not known here: they are not.
    pub fn message_for(&self, is_colleague: bool) -> Option<&str> {
        let message = match (is_colleague, self.audience) {
            (true, _) => &self.internal_message,
            (false, ExternalAudience::All) => &self.external_message,
            (false, _) => return None,
        };
        Some(message.as_str()).filter(|message| !message.is_empty())
    }
}

impl MailboxSettings {
    /// What a new mailbox has.
    pub fn new(now: Timestamp) -> Self {
        Self {
            automatic_replies: AutomaticReplies::none(now),
            time_zone: "UTC".to_owned(),
            locale: "en-US".to_owned(),
            date_format: "M/d/yyyy".to_owned(),
            time_format: "h:mm tt".to_owned(),
            delegate_delivery: "sendToDelegateOnly".to_owned(),
            working_hours: json!({
                "daysOfWeek": ["monday", "tuesday", "wednesday", "thursday", "friday"],
                "startTime": "08:00:00.0000000", "endTime": "17:00:00.0000000", "timeZone": {"name": "UTC"},
            }),
        }
    }
}
