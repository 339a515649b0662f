//! A mail as it is asked for.

use std::collections::BTreeMap;

use base::Timestamp;
use model::id::{FileId, MessageId, PersonId, TemplateId};
use model::message::{Importance, Participant};
use model::outgoing::OutgoingKind;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::view;

/// A mail that is to be sent.
#[derive(Clone, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMail {
    /// To whom. An answer goes to whom the original asks for, unless somebody is named here.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub to: Vec<Addressed>,
    /// To whom besides.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub cc: Vec<Addressed>,
    /// To whom without the others knowing.
    #[serde(default)]
    #[schema(max_items = 500)]
    pub bcc: Vec<Addressed>,
    /// Where answers are wanted, if not at the mailbox.
    #[serde(default)]
    #[schema(max_items = 10)]
    pub reply_to: Vec<Addressed>,
    /// As whom, if not as the mailbox itself. Exchange must allow it.
    #[serde(default)]
    pub from: Option<Addressed>,
    /// Its subject. An answer has the original's unless one is given.
    #[serde(default)]
    #[schema(max_length = 1000)]
    pub subject: Option<String>,
    /// Its text as HTML, a fragment or a document. Give this or `text`.
    #[serde(default)]
    #[schema(max_length = 900_000)]
    pub html: Option<String>,
    /// Its text as plain text.
    #[serde(default)]
    #[schema(max_length = 900_000)]
    pub text: Option<String>,
    /// A template instead of `html` or `text`. Its subject is the mail's unless `subject` is given, which may hold fields then; an
    /// answer keeps the original's.
    #[serde(default)]
    pub template: Option<FromTemplate>,
    /// Whether the mailbox's signature stands below the text, above what is quoted. Not unless you say so: what programs write is
    /// whole as it comes.
    #[serde(default)]
    pub signature: bool,
    /// The message that it answers or passes on; the original is quoted below the text.
    #[serde(default)]
    pub answers: Option<Answers>,
    /// A draft of the same mailbox that this mail takes the place of: its files go along, an answer stays one, and the draft goes into
    /// Deleted Items once this mail has left or stands in Drafts itself.
    #[serde(default)]
    #[schema(value_type = Option<view::id::MessageId>)]
    pub replaces: Option<MessageId>,
    /// How urgent it is.
    #[serde(default)]
    #[schema(value_type = view::MailImportance)]
    pub importance: Importance,
    /// Files that were brought by `POST /api/v1/files`.
    #[serde(default)]
    #[schema(max_items = 100)]
    pub attachments: Vec<Attach>,
    /// Headers of your own; each name begins with `x-`.
    #[serde(default)]
    #[schema(max_items = 5)]
    pub headers: Vec<OwnHeader>,
    /// Not before this time (RFC 3339), within a year.
    #[serde(default)]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub send_at: Option<Timestamp>,
    /// Whether it is looked for opens and clicks. Left out: as the workspace has it. An empty object: not at all.
    #[serde(default)]
    pub tracking: Option<TrackingWish>,
    /// For so many seconds it can be taken back.
    #[serde(default)]
    #[schema(maximum = 600)]
    pub undo_seconds: u32,
}

/// A template that a mail is made from.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FromTemplate {
    /// The template.
    #[schema(value_type = view::id::TemplateId)]
    pub id: TemplateId,
    /// Values of your own, for `{{fields.x}}` under `x`.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Of whom `person` and `customer` tell, if not of the one in `to`.
    #[serde(default)]
    #[schema(value_type = Option<view::id::PersonId>)]
    pub person: Option<PersonId>,
}

/// One mail to each of many.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MailForEach {
    /// What all of them are made from. It names a template, and neither a recipient nor what it answers.
    pub mail: NewMail,
    /// To whom, each once.
    #[schema(min_items = 1, max_items = 500)]
    pub recipients: Vec<ForOne>,
}

/// One of many.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ForOne {
    /// The address.
    #[schema(min_length = 3, max_length = 320, example = "bo@acme.example")]
    pub email: String,
    /// The name.
    #[serde(default)]
    #[schema(max_length = 256)]
    pub name: String,
    /// Values for this one; those of the template's `fields` stand in for what is not among them.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

/// Somebody that mail goes to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Addressed {
    /// The address.
    #[schema(min_length = 3, max_length = 320, example = "bo@acme.example")]
    pub email: String,
    /// The name.
    #[serde(default)]
    #[schema(max_length = 256)]
    pub name: String,
}

/// How a mail is tracked.
#[derive(Clone, Copy, Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TrackingWish {
    /// A pixel tells that the mail was shown.
    #[serde(default)]
    pub opens: bool,
    /// Links lead over this server, but those that unsubscribe, sign in or work once.
    #[serde(default)]
    pub clicks: bool,
    /// Each recipient gets a mail of their own, so that it can be told who opened it; otherwise it is "someone".
    #[serde(default)]
    pub apart: bool,
    /// A line below the text offers to unsubscribe. Who does is refused as a recipient of the next mail with this line.
    #[serde(default)]
    pub unsubscribe: bool,
}

impl TrackingWish {
    /// Whether it asks for anything that needs tokens.
    pub const fn is_any(self) -> bool {
        self.opens || self.clicks || self.unsubscribe
    }
}

/// What a mail answers.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Answers {
    /// The message.
    #[schema(value_type = view::id::MessageId)]
    pub message: MessageId,
    /// How.
    #[serde(default)]
    pub how: How,
}

/// How a message is answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// To its author.
    #[default]
    Reply,
    /// To everybody on it.
    ReplyAll,
    /// It is passed on.
    Forward,
}

/// A file that goes with a mail.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Attach {
    /// The file.
    #[schema(value_type = view::id::FileId)]
    pub file: FileId,
    /// What the HTML names it by (`cid:…`), if it belongs into the text.
    #[schema(max_length = 200)]
    pub content_id: Option<String>,
}

/// A header of one's own.
#[derive(Clone, Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OwnHeader {
    /// The name.
    #[schema(min_length = 3, max_length = 100, pattern = "^[xX]-")]
    pub name: String,
    /// The value.
    #[schema(max_length = 900)]
    pub value: String,
}

impl Addressed {
    /// As the house knows somebody on a mail.
    pub fn participant(&self) -> Participant {
        Participant { name: self.name.trim().to_owned(), address: self.email.trim().to_owned() }
    }
}

impl ForOne {
    /// As somebody that mail goes to.
    pub fn addressed(&self) -> Addressed {
        Addressed { email: self.email.clone(), name: self.name.clone() }
    }
}

impl How {
    /// As the house knows it.
    pub const fn kind(self) -> OutgoingKind {
        match self {
            How::Reply => OutgoingKind::Reply,
            How::ReplyAll => OutgoingKind::ReplyAll,
            How::Forward => OutgoingKind::Forward,
        }
    }
}
