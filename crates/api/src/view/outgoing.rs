//! Outgoing mail and files as the outside reads them.

use base::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use super::{Participant, Problem, id};
use crate::access::{Level, Sight};
use crate::sanitise::{self, RemoteImages};

/// As many letters of a text are shown as Graph shows of a message.
const PREVIEW_LETTERS: usize = 255;

/// A mail that was asked to be sent, and what came of it. What you may not see of it is `null` or empty.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Outgoing {
    /// Its id.
    #[schema(value_type = id::OutgoingId)]
    pub id: model::id::OutgoingId,
    /// Through which mailbox: its copy stands in that one's Sent Items.
    #[schema(value_type = id::MailboxId)]
    pub mailbox: model::id::MailboxId,
    /// `queued`, `sending`, `accepted` (Microsoft has taken it), `sent` (its copy stands in Sent Items), `bounced` (sent, and
    /// came back from at least one recipient), `failed` (it was not
    /// sent), `unclear` (a person decides), `cancelled` or `drafted` (it was put into Drafts, as was asked).
    #[schema(value_type = String)]
    pub state: &'static str,
    /// `new`, `reply`, `reply_all` or `forward`.
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// The message that it answers or passes on.
    #[schema(value_type = Option<id::MessageId>)]
    pub original: Option<model::id::MessageId>,
    /// As whom, if not as the mailbox itself.
    pub from: Option<Participant>,
    /// To whom.
    pub to: Vec<Participant>,
    /// To whom besides.
    pub cc: Vec<Participant>,
    /// To whom without the others knowing.
    pub bcc: Vec<Participant>,
    /// Its subject.
    pub subject: Option<String>,
    /// The first letters of its text.
    pub preview: Option<String>,
    /// What goes with it.
    pub attachments: Vec<Enclosed>,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub asked_at: Timestamp,
    /// Not before then.
    #[schema(value_type = String, format = DateTime)]
    pub send_at: Timestamp,
    /// When Microsoft took it.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub accepted_at: Option<Timestamp>,
    /// When its copy was sent.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub sent_at: Option<Timestamp>,
    /// What mail systems report about recipients whom it has not reached.
    pub bounces: Vec<Bounce>,
    /// The provider's id of its draft, and of its copy later.
    pub provider_id: Option<String>,
    /// Its `Message-ID`.
    pub internet_message_id: Option<String>,
    /// Why it waits, failed or is unclear, and what to do.
    pub problem: Option<Problem>,
}

/// What a mail system reports about one recipient of a mail.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Bounce {
    /// To whom it was written; `null` where the report does not say.
    pub recipient: Option<String>,
    /// Whether it was given up; otherwise it goes on being tried.
    pub is_failed: bool,
    /// Whether writing to this address again is of no use.
    pub is_hard: bool,
    /// The enhanced status code (RFC 3463), such as `5.1.1`.
    pub status: Option<String>,
    /// Why: `user_unknown`, `mailbox_full`, `spam_detected` and others; `undefined` if the report does not tell.
    pub reason: String,
    /// What the other server said; `null` if you may not see the mail's text.
    pub diagnostic: Option<String>,
    /// The message that reports it, in the mailbox.
    #[schema(value_type = id::MessageId)]
    pub report: model::id::MessageId,
    /// When that was received.
    #[schema(value_type = String, format = DateTime)]
    pub reported_at: Timestamp,
}

/// A file that goes with a mail.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct Enclosed {
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its size in bytes.
    pub size_bytes: i64,
    /// What the text names it by (`cid:…`), if it belongs into the text.
    pub content_id: Option<String>,
}

/// A mail as it would leave.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct MailPreview {
    /// `new`, `reply`, `reply_all` or `forward`.
    #[schema(value_type = String)]
    pub kind: &'static str,
    /// To whom.
    pub to: Vec<Participant>,
    /// To whom besides.
    pub cc: Vec<Participant>,
    /// To whom without the others knowing.
    pub bcc: Vec<Participant>,
    /// Its subject.
    pub subject: String,
    /// Its text as HTML, cleaned for showing; `null` if it is plain text.
    pub html: Option<String>,
    /// Its text as plain text.
    pub text: String,
    /// What goes with it.
    pub attachments: Vec<Enclosed>,
}

impl MailPreview {
    /// A mail that nobody has asked to be sent.
    pub fn of(kind: model::outgoing::OutgoingKind, written: model::outgoing::Written) -> Self {
        let all = |participants: &[model::message::Participant]| participants.iter().map(Participant::of).collect();
        let is_html = written.body_kind == model::message::BodyKind::Html;
        MailPreview {
            kind: kind.name(),
            to: all(&written.recipients.to),
            cc: all(&written.recipients.cc),
            bcc: all(&written.recipients.bcc),
            subject: written.subject,
            text: model::text::of_body(written.body_kind, &written.body).into_owned(),
            html: is_html.then(|| sanitise::html(&written.body, RemoteImages::Blocked, "cid:").html),
            attachments: written.enclosed.into_iter().map(Enclosed::of).collect(),
        }
    }
}

/// A file that was brought, to go with a mail.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub struct File {
    /// Its id: name it in a mail's `attachments`.
    #[schema(value_type = id::FileId)]
    pub id: model::id::FileId,
    /// Its name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its size in bytes.
    pub size_bytes: i64,
    /// SHA-256 of its bytes, in lower-case hexadecimal.
    pub sha256: String,
    /// When it was brought. It is kept for a day, or as long as a mail needs it.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
}

impl Outgoing {
    /// The mail, if any of it may be seen.
    pub fn of(outgoing: model::outgoing::Outgoing, bounces: Vec<store::bounce::Bounce>, sight: &Sight) -> Option<Self> {
        let shown = sight.level(outgoing.mailbox);
        if shown == Level::Nothing {
            return None;
        }
        let whole = shown == Level::Everything;
        let written = outgoing.written;
        let all = |participants: &[model::message::Participant]| participants.iter().map(Participant::of).collect();
        let preview = whole.then(|| written.preview(PREVIEW_LETTERS));
        Some(Outgoing {
            id: outgoing.id,
            mailbox: outgoing.mailbox,
            state: outgoing.state.name(),
            kind: outgoing.kind.name(),
            original: outgoing.original,
            from: written.from.as_ref().map(Participant::of),
            to: all(&written.recipients.to),
            cc: all(&written.recipients.cc),
            bcc: if whole { all(&written.recipients.bcc) } else { Vec::new() },
            preview,
            subject: (shown >= Level::Subject).then_some(written.subject),
            attachments: if whole { written.enclosed.into_iter().map(Enclosed::of).collect() } else { Vec::new() },
            asked_by: outgoing.asked_by,
            asked_at: outgoing.asked_at,
            send_at: outgoing.send_at,
            accepted_at: outgoing.accepted_at,
            sent_at: outgoing.sent_at,
            bounces: bounces
                .into_iter()
                .filter(|bounce| whole || !is_blind(&written.recipients, bounce))
                .map(|one| Bounce::of(one, whole))
                .collect(),
            provider_id: outgoing.draft,
            internet_message_id: outgoing.internet_message_id,
            problem: outgoing.problem.as_ref().map(Problem::of),
        })
    }
}

/// Whether a report is about somebody of whom the others do not know.
fn is_blind(recipients: &model::message::Recipients, bounce: &store::bounce::Bounce) -> bool {
    let open = recipients.to.iter().chain(&recipients.cc).any(|one| one.address.eq_ignore_ascii_case(&bounce.recipient));
    !open && !bounce.recipient.is_empty()
}

impl Enclosed {
    fn of(file: model::outgoing::Enclosed) -> Self {
        Enclosed { name: file.name, content_type: file.content_type, size_bytes: file.size_bytes, content_id: file.content_id }
    }
}

impl Bounce {
    fn of(bounce: store::bounce::Bounce, whole: bool) -> Self {
        Bounce {
            recipient: Some(bounce.recipient).filter(|recipient| !recipient.is_empty()),
            is_failed: bounce.failed,
            is_hard: bounce.hard,
            status: bounce.status,
            reason: bounce.reason,
            diagnostic: whole.then_some(bounce.diagnostic),
            report: bounce.report,
            reported_at: bounce.reported_at,
        }
    }
}

impl File {
    /// A file that is complete.
    pub fn of(file: store::file::File) -> Self {
        File {
            id: file.id,
            name: file.name,
            content_type: file.content_type,
            size_bytes: file.size_bytes,
            sha256: base::random::hex(&file.sha256.unwrap_or_default()),
            created_at: file.created_at,
        }
    }
}
