//! A thread as the outside reads it: the mails of it that the asker may see, each with its holders, and why they are one.

use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Message, id};

/// Messages that belong together, across mailboxes.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Thread {
    /// Its id.
    #[schema(value_type = id::ThreadId)]
    pub id: model::id::ThreadId,
    /// What it is about; `null` where you may see no subject of it.
    pub subject: Option<String>,
    /// When its first message that you may see was received.
    #[schema(value_type = String, format = DateTime)]
    pub first_at: Timestamp,
    /// When the latest was.
    #[schema(value_type = String, format = DateTime)]
    pub last_at: Timestamp,
    /// How many mails you may see; copies of one in several mailboxes count once.
    pub message_count: i64,
    /// Grows with every change.
    pub version: i64,
    /// The customers under which it is filed, and why.
    pub customers: Vec<Filing>,
    /// Whether a person filed it: then no rule changes that.
    pub is_filed_by_hand: bool,
}

/// A thread under a customer, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Filing {
    /// The customer.
    #[schema(value_type = id::CustomerId)]
    pub customer: model::id::CustomerId,
    /// Its name.
    pub name: String,
    /// `domain`, `person` or `hand`.
    #[schema(value_type = String)]
    pub rule: &'static str,
    /// The rule as a sentence, such as "because bo@acme.example is in it".
    pub because: String,
    /// When it was filed there.
    #[schema(value_type = String, format = DateTime)]
    pub filed_at: Timestamp,
}

/// A mail of a thread: one message with all mailboxes that hold a copy.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct ThreadMessage {
    /// The copy that shows the most.
    pub message: Message,
    /// Every copy that you may see.
    pub holders: Vec<Holder>,
    /// Why it is in the thread: `opening`, `reference`, `conversation_index`, `conversation`, `subject` or `by_hand`.
    #[schema(value_type = Option<String>)]
    pub reason: Option<&'static str>,
}

/// A mailbox that holds a copy of a mail.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Holder {
    /// The mailbox.
    #[schema(value_type = id::MailboxId)]
    pub mailbox: model::id::MailboxId,
    /// Its copy.
    #[schema(value_type = id::MessageId)]
    pub message: model::id::MessageId,
    /// Whether that copy was read.
    pub is_read: bool,
}

/// Two parts of a thread that are one, and why.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Join {
    /// Its id.
    #[schema(value_type = id::ThreadJoinId)]
    pub id: model::id::ThreadJoinId,
    /// `reference`, `conversation_index`, `conversation`, `subject` or `by_hand`.
    #[schema(value_type = String)]
    pub reason: &'static str,
    /// The message that showed it, if you may see it.
    #[schema(value_type = Option<id::MessageId>)]
    pub message: Option<model::id::MessageId>,
    /// Who did it by hand.
    pub actor: Option<String>,
    /// When it was decided.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

impl ThreadMessage {
    /// By what the mails of a thread are sorted and paged.
    pub fn key(&self) -> (Timestamp, model::id::MessageId) {
        (self.message.received_at, self.message.id)
    }
}
