//! An outgoing mail: what a person or a program asked to have sent, from the asking to what came of it.

use base::{Problem, Timestamp};
use serde::{Deserialize, Serialize};

use crate::compose::html;
use crate::id::{FileId, MailboxId, MessageId, OutgoingId, WorkspaceId};
use crate::message::{BodyKind, Importance, Participant, Recipients};

/// How far an outgoing mail is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutgoingState {
    /// It waits for its time or its turn; it can still be cancelled.
    Queued,
    /// It is being handed to Microsoft.
    Sending,
    /// Microsoft has taken it; its copy in Sent Items has not been seen yet.
    Accepted,
    /// Its copy stands in Sent Items.
    Sent,
    /// It was sent, and a mail system reports that at least one recipient will not get it.
    Bounced,
    /// It was not sent, and will not be unless a person asks again.
    Failed,
    /// Whether it was sent cannot be found out: a person decides.
    Unclear,
    /// It was taken back before it was sent.
    Cancelled,
    /// It was put into Drafts, as was asked, and stands there until somebody sends it.
    Drafted,
}

impl OutgoingState {
    /// Every state.
    pub const ALL: [OutgoingState; 9] = [
        OutgoingState::Queued,
        OutgoingState::Sending,
        OutgoingState::Accepted,
        OutgoingState::Sent,
        OutgoingState::Bounced,
        OutgoingState::Failed,
        OutgoingState::Unclear,
        OutgoingState::Cancelled,
        OutgoingState::Drafted,
    ];

    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            OutgoingState::Queued => "queued",
            OutgoingState::Sending => "sending",
            OutgoingState::Accepted => "accepted",
            OutgoingState::Sent => "sent",
            OutgoingState::Bounced => "bounced",
            OutgoingState::Failed => "failed",
            OutgoingState::Unclear => "unclear",
            OutgoingState::Cancelled => "cancelled",
            OutgoingState::Drafted => "drafted",
        }
    }

    /// The state of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.name() == name)
    }

    /// Whether the carrier still has something to do.
    pub const fn is_under_way(self) -> bool {
        matches!(self, OutgoingState::Queued | OutgoingState::Sending | OutgoingState::Accepted)
    }
}

/// What is wanted with a mail.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Intent {
    /// It is to be sent.
    #[default]
    Send,
    /// It is to stand in Drafts, and no more.
    Draft,
    /// A draft that somebody wrote elsewhere is to be sent as it stands: nothing of it is ours to write.
    SendDraft,
}

impl Intent {
    /// As the database writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Intent::Send => "send",
            Intent::Draft => "draft",
            Intent::SendDraft => "send_draft",
        }
    }

    /// The intent of this name.
    pub fn named(name: &str) -> Option<Self> {
        [Intent::Send, Intent::Draft, Intent::SendDraft].into_iter().find(|intent| intent.name() == name)
    }
}

/// What kind of mail it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OutgoingKind {
    /// A mail of its own.
    #[default]
    New,
    /// An answer to the author of another.
    Reply,
    /// An answer to everybody on another.
    ReplyAll,
    /// Another mail passed on.
    Forward,
}

impl OutgoingKind {
    /// As the database and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            OutgoingKind::New => "new",
            OutgoingKind::Reply => "reply",
            OutgoingKind::ReplyAll => "reply_all",
            OutgoingKind::Forward => "forward",
        }
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        [OutgoingKind::New, OutgoingKind::Reply, OutgoingKind::ReplyAll, OutgoingKind::Forward].into_iter().find(|kind| kind.name() == name)
    }
}

/// A file that goes with a mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enclosed {
    /// Its bytes, in the store.
    pub file: FileId,
    /// Under which name.
    pub name: String,
    /// Its media type.
    pub content_type: String,
    /// Its size in bytes.
    pub size_bytes: i64,
    /// By which name the text shows it (`cid:`); `None` if it only goes along.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub content_id: Option<String>,
}

/// The mail itself, as it is handed to Microsoft. Nothing in it changes once it is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Written {
    /// As whom, if not as the mailbox itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Participant>,
    /// To whom.
    pub recipients: Recipients,
    /// Its subject.
    pub subject: String,
    /// What kind of text.
    pub body_kind: BodyKind,
    /// The text, with signature and quotation.
    pub body: String,
    /// Its importance.
    #[serde(default)]
    pub importance: Importance,
    /// The `Message-ID` that it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub in_reply_to: Option<String>,
    /// The `References` header, oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub references: Vec<String>,
    /// Headers of the sender's own; each name begins with `x-`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<(String, String)>,
    /// What goes with it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub enclosed: Vec<Enclosed>,
    /// From which template and which values of the asker's it was made: a hash.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made_from: Option<String>,
    /// The draft that it takes the place of: taken away once this mail has left, or stands in Drafts itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub replaces: Option<MessageId>,
}

impl Written {
    /// The first letters of its text, in one line.
    pub fn preview(&self, letters_max: usize) -> String {
        match self.body_kind {
            BodyKind::Html => html::preview(&self.body, letters_max),
            BodyKind::Text => html::preview(&html::of_text(&self.body), letters_max),
        }
    }

    /// Whether this is the same mail: everything but which of our files hold the bytes, because who asks again brings them again. Of
    /// one that was made from a template what it was made from, not what became of that: of its recipient more may be known by now.
    pub fn says_the_same_as(&self, other: &Written) -> bool {
        let as_asked = |written: &Written| {
            let mut written = written.clone();
            written.enclosed.iter_mut().for_each(|enclosed| enclosed.file = FileId::from_number(0));
            if written.made_from.is_some() {
                written.subject.clear();
                written.body.clear();
            }
            written
        };
        as_asked(self) == as_asked(other)
    }
}

/// An outgoing mail.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    /// Its id.
    pub id: OutgoingId,
    /// Whose data.
    pub workspace: WorkspaceId,
    /// Through which mailbox: its copy stands in that one's Sent Items.
    pub mailbox: MailboxId,
    /// How far it is.
    pub state: OutgoingState,
    /// What is wanted with it.
    pub intent: Intent,
    /// Our own mark, by which it is found at Microsoft, whatever happens in between. Not secret, never shown.
    pub mark: String,
    /// What kind of mail.
    pub kind: OutgoingKind,
    /// The message that it answers or passes on.
    pub original: Option<MessageId>,
    /// The mail itself.
    pub written: Written,
    /// Who asked for it.
    pub asked_by: String,
    /// When.
    pub asked_at: Timestamp,
    /// Not before then.
    pub send_at: Timestamp,
    /// Microsoft's immutable id of the draft, and of the copy in Sent Items later.
    pub draft: Option<String>,
    /// When handing the finished draft over was begun and not known to have been refused.
    pub attempted_at: Option<Timestamp>,
    /// Its `Message-ID`, once Microsoft has given one.
    pub internet_message_id: Option<String>,
    /// When Microsoft took it.
    pub accepted_at: Option<Timestamp>,
    /// When its copy was sent, as that copy says.
    pub sent_at: Option<Timestamp>,
    /// When it was first learned that a recipient will not get it.
    pub bounced_at: Option<Timestamp>,
    /// Why it failed, is unclear, or still waits.
    pub problem: Option<Problem>,
    /// Grows with each change.
    pub version: i64,
}

impl Outgoing {
    /// A mail that is asked for at `at`, to be sent at once: a mail of its own, of which nothing has happened yet.
    pub fn asked(id: OutgoingId, (workspace, mailbox): (WorkspaceId, MailboxId), mark: String, written: Written, at: Timestamp) -> Self {
        Outgoing {
            id,
            workspace,
            mailbox,
            state: OutgoingState::Queued,
            intent: Intent::Send,
            mark,
            kind: OutgoingKind::New,
            original: None,
            written,
            asked_by: String::new(),
            asked_at: at,
            send_at: at,
            draft: None,
            attempted_at: None,
            internet_message_id: None,
            accepted_at: None,
            sent_at: None,
            bounced_at: None,
            problem: None,
            version: 1,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_brought_again_does_not_make_another_mail_and_one_of_another_name_does() {
        let with = |number: i64, name: &str| Written {
            enclosed: vec![Enclosed {
                file: FileId::from_number(number),
                name: name.to_owned(),
                content_type: "text/plain".to_owned(),
                size_bytes: 3,
                content_id: None,
            }],
            ..Written::default()
        };
        assert!(with(1, "a.txt").says_the_same_as(&with(2, "a.txt")));
        assert!(!with(1, "a.txt").says_the_same_as(&with(1, "b.txt")));
        assert!(!with(1, "a.txt").says_the_same_as(&Written { subject: "x".to_owned(), ..with(1, "a.txt") }));
        let made =
            |from: &str, subject: &str| Written { made_from: Some(from.to_owned()), subject: subject.to_owned(), ..Written::default() };
        assert!(made("one", "Offer for you").says_the_same_as(&made("one", "Offer for Acme")), "Acme is known by now");
        assert!(!made("one", "Offer for you").says_the_same_as(&made("two", "Offer for you")));
    }
}
