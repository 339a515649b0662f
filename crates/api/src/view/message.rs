//! A message as the outside reads it: as much of it as its mailbox shows to the asker.

use base::Timestamp;
use model::reply::{self, Kind};
use serde::Serialize;
use store::message::Mirrored;
use utoipa::ToSchema;

use super::id;
use crate::access::{Level, Sight};

/// One e-mail in one mailbox. What you may not see of it is `null`; `shown` says how much that is.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Message {
    /// Its id, which sorts by the time it was received.
    #[schema(value_type = id::MessageId)]
    pub id: model::id::MessageId,
    /// In which mailbox.
    #[schema(value_type = id::MailboxId)]
    pub mailbox: model::id::MailboxId,
    /// In which folder; `null` while it is on its way to another.
    #[schema(value_type = Option<id::FolderId>)]
    pub folder: Option<model::id::FolderId>,
    /// In which thread; `null` until that is decided.
    #[schema(value_type = Option<id::ThreadId>)]
    pub thread: Option<model::id::ThreadId>,
    /// How much of it you may see.
    pub shown: Level,
    /// The provider's id of it, which does not change.
    pub provider_id: String,
    /// The `Message-ID` header. Copies in several mailboxes share it.
    pub internet_message_id: Option<String>,
    /// Its subject.
    pub subject: Option<String>,
    /// The beginning of its text.
    pub preview: Option<String>,
    /// Its author.
    pub from: Option<Participant>,
    /// To whom.
    pub to: Vec<Participant>,
    /// To whom besides.
    pub cc: Vec<Participant>,
    /// To whom without the others knowing; only on what the mailbox itself sent.
    pub bcc: Vec<Participant>,
    /// Where answers are wanted, if not at the author.
    pub reply_to: Vec<Participant>,
    /// When it was received, or for a draft made.
    #[schema(value_type = String, format = DateTime)]
    pub received_at: Timestamp,
    /// When it was sent.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
    /// Whether it was read.
    pub is_read: bool,
    /// Whether it is an unsent draft.
    pub is_draft: bool,
    /// `low`, `normal` or `high`.
    #[schema(value_type = String)]
    pub importance: &'static str,
    /// `notFlagged`, `flagged` or `complete`.
    #[schema(value_type = String)]
    pub flag: &'static str,
    /// Its categories.
    pub categories: Option<Vec<String>>,
    /// Whether it has attachments that are not inline.
    pub has_attachments: bool,
    /// What it is by its headers: written by a human, to a list, or by a program.
    #[schema(value_type = String)]
    pub nature: &'static str,
    /// Whether its author marked it as private: then nobody but its mailbox's own person sees it.
    pub is_private: bool,
    /// Its address in Outlook on the web.
    pub web_link: Option<String>,
}

/// A name and an address as they stand on a mail.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Participant {
    /// The name, as far as one is given.
    pub name: String,
    /// The address.
    pub email: String,
}

/// The text of a message.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Body {
    /// Whose text it is.
    #[schema(value_type = id::MessageId)]
    pub message: model::id::MessageId,
    /// `text` or `html`: how it was written.
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// All of it as plain text.
    pub text: String,
    /// What is new in it: without quotations that nobody answers, signature and disclaimer.
    pub new_text: String,
    /// The parts of `text`, in order, without a gap.
    pub parts: Vec<Part>,
    /// All of it as HTML, cleaned: no script, no form, nothing that is fetched from elsewhere. `null` for plain text.
    pub html: Option<String>,
    /// Remote images that were taken out of `html`.
    pub blocked_images: u32,
    /// Its internet headers, as far as the provider gives them.
    pub headers: Vec<HeaderLine>,
}

/// A part of a message's text.
#[derive(Clone, Debug, Serialize, ToSchema)]
#[schema(as = TextPart)]
pub struct Part {
    /// `new`, `answered` (quoted, and answered below), `quote`, `attribution`, `signature`, `disclaimer` or `forwarded`.
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// Its text.
    pub text: String,
}

/// A line of a message's internet headers.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct HeaderLine {
    /// The name.
    pub name: String,
    /// The value.
    pub value: String,
}

/// What is known of an attachment without fetching it.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Attachment {
    /// The provider's id of it within its message; the end of its address here.
    pub id: String,
    /// Its file name.
    pub name: String,
    /// Its media type, if given.
    pub content_type: Option<String>,
    /// Its size in bytes as the provider counts, a little more than the file.
    pub size_bytes: i64,
    /// Whether it belongs into the text.
    pub is_inline: bool,
    /// What the text names it by (`cid:…`).
    pub content_id: Option<String>,
}

impl Participant {
    /// A participant as the outside reads it.
    pub fn of(participant: &model::message::Participant) -> Self {
        Participant { name: participant.name.clone(), email: participant.address.clone() }
    }

    fn all(participants: &[model::message::Participant]) -> Vec<Self> {
        participants.iter().map(Participant::of).collect()
    }
}

impl Part {
    /// The parts of a plain text, in order, without a gap.
    pub fn all(text: &str) -> Vec<Self> {
        reply::parts(text).into_iter().map(|part| Part { kind: name_of(part.kind), text: text[part.range].to_owned() }).collect()
    }
}

const fn name_of(kind: Kind) -> &'static str {
    match kind {
        Kind::New => "new",
        Kind::Answered => "answered",
        Kind::Quote => "quote",
        Kind::Attribution => "attribution",
        Kind::Signature => "signature",
        Kind::Disclaimer => "disclaimer",
        Kind::Forwarded => "forwarded",
    }
}

impl Attachment {
    /// An attachment as the outside reads it.
    pub fn of(attachment: model::message::Attachment) -> Self {
        Attachment {
            id: attachment.graph_id,
            name: attachment.name,
            content_type: attachment.content_type,
            size_bytes: attachment.size,
            is_inline: attachment.inline,
            content_id: attachment.content_id,
        }
    }
}

impl Message {
    /// How much of a message may be seen: nothing of one that is deleted, or private in another's mailbox.
    pub fn level(mirrored: &Mirrored, sight: &Sight) -> Level {
        let message = &mirrored.message;
        if mirrored.deleted_at.is_some() || (message.private && !sight.is_own(message.mailbox)) {
            return Level::Nothing;
        }
        sight.level(message.mailbox)
    }

    /// The message, if any of it may be seen.
    pub fn of(mirrored: Mirrored, sight: &Sight) -> Option<Self> {
        let shown = Message::level(&mirrored, sight);
        if shown == Level::Nothing {
            return None;
        }
        let (thread, message) = (mirrored.thread, mirrored.message);
        let whole = shown == Level::Everything;
        let people = &message.recipients;
        Some(Message {
            id: message.id,
            mailbox: message.mailbox,
            folder: message.folder,
            thread,
            shown,
            from: message.from.as_ref().map(Participant::of),
            to: Participant::all(&people.to),
            cc: Participant::all(&people.cc),
            bcc: if whole { Participant::all(&people.bcc) } else { Vec::new() },
            reply_to: Participant::all(&people.reply_to),
            provider_id: message.graph_id,
            internet_message_id: message.internet_message_id,
            subject: (shown >= Level::Subject).then_some(message.subject),
            preview: whole.then_some(message.preview),
            received_at: message.received_at,
            sent_at: message.sent_at,
            is_read: message.read,
            is_draft: message.draft,
            importance: message.importance.name(),
            flag: message.flag.name(),
            categories: whole.then_some(message.categories),
            has_attachments: message.has_attachments,
            nature: message.nature.name(),
            is_private: message.private,
            web_link: if whole { message.web_link } else { None },
        })
    }
}
