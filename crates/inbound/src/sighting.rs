//! Sighting: what Graph said of a message at one moment, as far as it said anything.
//!
//! Delta pages may carry only what changed, so everything but the id is optional; merging keeps what was left unsaid.
//! Only what a person could notice counts as a change: a new `changeKey` alone does not.

use std::hash::Hasher;

use base::Timestamp;
use model::id::MessageId;
use model::message::{Flag, Importance, Message, MessageBody, Participant, Recipients};
use model::nature::Nature;

use crate::plan::Place;

/// What Graph said of a message.
#[derive(Clone, Debug, Default)]
pub struct Sighting {
    /// Microsoft's immutable id.
    pub graph_id: String,
    /// Microsoft's id of the folder that it is in.
    pub parent_graph_id: Option<String>,
    /// Version.
    pub change_key: Option<String>,
    /// `Message-ID`.
    pub internet_message_id: Option<String>,
    /// Conversation id.
    pub conversation_id: Option<String>,
    /// Conversation index.
    pub conversation_index: Option<String>,
    /// Subject; an empty text where Graph said `null`.
    pub subject: Option<String>,
    /// Preview.
    pub preview: Option<String>,
    /// Author; the inner option is `None` where Graph said `null`.
    pub from: Option<Option<Participant>>,
    /// To.
    pub to: Option<Vec<Participant>>,
    /// Cc.
    pub cc: Option<Vec<Participant>>,
    /// Bcc.
    pub bcc: Option<Vec<Participant>>,
    /// Reply-To.
    pub reply_to: Option<Vec<Participant>>,
    /// Sender, where it is not the author.
    pub sender: Option<Participant>,
    /// Received.
    pub received_at: Option<Timestamp>,
    /// Sent.
    pub sent_at: Option<Timestamp>,
    /// Last modified.
    pub modified_at: Option<Timestamp>,
    /// Read.
    pub read: Option<bool>,
    /// Draft.
    pub draft: Option<bool>,
    /// Importance.
    pub importance: Option<Importance>,
    /// Flag.
    pub flag: Option<Flag>,
    /// Categories.
    pub categories: Option<Vec<String>>,
    /// Attachments that are not inline.
    pub has_attachments: Option<bool>,
    /// `In-Reply-To`.
    pub in_reply_to: Option<String>,
    /// `References`.
    pub references: Option<Vec<String>>,
    /// Focused.
    pub focused: Option<bool>,
    /// Link.
    pub web_link: Option<String>,
    /// Marked as private.
    pub private: Option<bool>,
    /// From a person, through a list or by a program.
    pub nature: Option<Nature>,
    /// Body and headers.
    pub body: Option<MessageBody>,
}

impl Sighting {
    /// Whether it says enough to keep a message that is not here yet.
    pub fn is_whole(&self) -> bool {
        self.received_at.is_some() && self.body.is_some() && self.subject.is_some()
    }

    /// A hash of the body, 0 where there is none; the same for the same body, always.
    pub fn body_hash(&self) -> i64 {
        self.body.as_ref().map_or(0, |body| {
            let mut hasher = Fnv(0xcbf2_9ce4_8422_2325);
            hasher.write(body.kind.name().as_bytes());
            hasher.write(body.content.as_bytes());
            hasher.finish().cast_signed()
        })
    }

    /// The message as the mirror will first keep it.
    pub fn into_message(self, place: Place) -> Message {
        let received_at = self.received_at.unwrap_or(place.now);
        let mut message = Message {
            id: MessageId::sorted_by(received_at),
            workspace: place.workspace,
            mailbox: place.mailbox,
            folder: Some(place.folder),
            graph_id: self.graph_id.clone(),
            change_key: String::new(),
            internet_message_id: None,
            conversation_id: None,
            conversation_index: None,
            subject: String::new(),
            preview: String::new(),
            from: None,
            recipients: Recipients::default(),
            received_at,
            sent_at: None,
            modified_at: None,
            read: false,
            draft: false,
            importance: Importance::Normal,
            flag: Flag::NotFlagged,
            categories: Vec::new(),
            has_attachments: false,
            in_reply_to: None,
            references: Vec::new(),
            focused: true,
            web_link: None,
            private: false,
            nature: Nature::Personal,
        };
        self.merge_into(&mut message);
        message
    }

    /// Takes over what was said, but for the body; returns the names of what a person would notice.
    pub fn merge_into(self, message: &mut Message) -> Vec<&'static str> {
        let mut changed = Vec::new();
        let told = &mut changed;
        quiet(self.change_key, &mut message.change_key);
        quiet(self.internet_message_id.map(Some), &mut message.internet_message_id);
        quiet(self.conversation_id.map(Some), &mut message.conversation_id);
        quiet(self.conversation_index.map(Some), &mut message.conversation_index);
        quiet(self.modified_at.map(Some), &mut message.modified_at);
        quiet(self.in_reply_to.map(Some), &mut message.in_reply_to);
        quiet(self.references, &mut message.references);
        quiet(self.web_link.map(Some), &mut message.web_link);
        quiet(self.nature, &mut message.nature);
        quiet(self.preview, &mut message.preview);
        quiet(self.sender.map(Some), &mut message.recipients.sender);
        noted(told, "subject", self.subject, &mut message.subject);
        noted(told, "from", self.from, &mut message.from);
        noted(told, "recipients", self.to, &mut message.recipients.to);
        noted(told, "recipients", self.cc, &mut message.recipients.cc);
        noted(told, "recipients", self.bcc, &mut message.recipients.bcc);
        noted(told, "recipients", self.reply_to, &mut message.recipients.reply_to);
        noted(told, "received_at", self.received_at, &mut message.received_at);
        noted(told, "sent_at", self.sent_at.map(Some), &mut message.sent_at);
        noted(told, "read", self.read, &mut message.read);
        noted(told, "draft", self.draft, &mut message.draft);
        noted(told, "importance", self.importance, &mut message.importance);
        noted(told, "flag", self.flag, &mut message.flag);
        noted(told, "categories", self.categories, &mut message.categories);
        noted(told, "has_attachments", self.has_attachments, &mut message.has_attachments);
        noted(told, "private", self.private, &mut message.private);
        noted(told, "focused", self.focused, &mut message.focused);
        changed.dedup();
        changed
    }
}

fn quiet<T>(said: Option<T>, kept: &mut T) {
    if let Some(said) = said {
        *kept = said;
    }
}

fn noted<T: PartialEq>(changed: &mut Vec<&'static str>, name: &'static str, said: Option<T>, kept: &mut T) {
    if let Some(said) = said
        && said != *kept
    {
        *kept = said;
        changed.push(name);
    }
}

/// FNV-1a, eight bytes at a time: stable across versions of Rust, which `DefaultHasher` is not.
struct Fnv(u64);

impl Hasher for Fnv {
    fn write(&mut self, bytes: &[u8]) {
        let (words, rest) = bytes.as_chunks::<8>();
        for word in words {
            self.0 = (self.0 ^ u64::from_le_bytes(*word)).wrapping_mul(0x0000_0100_0000_01b3).rotate_left(23);
        }
        for byte in rest {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
