//! The closed list of what can happen. An event is a line of the ledger, in the past tense, told exactly once.

use base::Timestamp;
use serde::{Deserialize, Serialize};

use crate::id::{
    ArchiveId, CalendarEventId, CalendarIntentId, ContactId, CustomerId, DeliveryId, EndpointId, FolderId, MailboxId, MessageId,
    OutgoingId, PersonId, ThreadId, WorkspaceId,
};

macro_rules! kinds {
    ($($(#[$doc:meta])* $kind:ident => $name:literal,)*) => {
        /// What has happened.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum EventKind {
            $($(#[$doc])* #[serde(rename = $name)] $kind,)*
        }

        impl EventKind {
            /// Every kind there is.
            pub const ALL: &'static [EventKind] = &[$(EventKind::$kind),*];

            /// The name by which the ledger, the API and webhooks call it.
            pub const fn name(self) -> &'static str {
                match self { $(EventKind::$kind => $name,)* }
            }

            /// The kind of this name.
            pub fn named(name: &str) -> Option<EventKind> {
                match name { $($name => Some(EventKind::$kind),)* _ => None }
            }
        }
    };
}

kinds! {
    /// A mailbox was connected for the first time. Subject: the mailbox.
    MailboxConnected => "mailbox.connected",
    /// The first sync of a mailbox is complete; what follows is news. Subject: the mailbox.
    MailboxSynced => "mailbox.synced",
    /// Microsoft refuses us: the mailbox stands still until its person connects it again. Subject: the mailbox.
    MailboxStopped => "mailbox.stopped",
    /// A stopped mailbox goes on. Subject: the mailbox.
    MailboxResumed => "mailbox.resumed",
    /// A folder came to be known. Subject: the folder.
    FolderCreated => "folder.created",
    /// A folder has another name or another parent. Subject: the folder.
    FolderRenamed => "folder.renamed",
    /// A folder is gone. Subject: the folder.
    FolderRemoved => "folder.removed",
    /// A message is in the mailbox that was not there before, received or written. Subject: the message.
    MessageReceived => "message.received",
    /// Something about a message has changed: read, flag, categories, a draft's text. Subject: the message.
    MessageUpdated => "message.updated",
    /// A message is in another folder. Subject: the message.
    MessageMoved => "message.moved",
    /// A message is gone from the mailbox. Subject: the message.
    MessageDeleted => "message.deleted",
    /// A thread began. Subject: the thread; data: the messages that are in it.
    ThreadCreated => "thread.created",
    /// Messages came to a thread or left it. Subject: the thread; data: which messages, and whether the thread is empty now.
    ThreadChanged => "thread.changed",
    /// Two threads turned out to be one. Subject: the thread that stays; data: the one that went, the join and its reason.
    ThreadJoined => "thread.joined",
    /// A thread was parted, or a join undone. Subject: the thread that stays; data: the new one, its messages and the reason.
    ThreadSplit => "thread.split",
    /// A thread was filed under other customers than before. Subject: the thread; data: the customers and the rule.
    ThreadFiled => "thread.filed",
    /// A person came to be known. Subject: the person.
    PersonCreated => "person.created",
    /// A person has another name, address or customer. Subject: the person.
    PersonChanged => "person.changed",
    /// A customer came to be known. Subject: the customer.
    CustomerCreated => "customer.created",
    /// A customer has another name or domain. Subject: the customer.
    CustomerChanged => "customer.changed",
    /// A contact came to be known. Subject: the contact.
    ContactCreated => "contact.created",
    /// A contact has other values or other source contacts. Subject: the contact.
    ContactChanged => "contact.changed",
    /// A contact is no more: its sources have it no longer, or it is in another. Subject: the contact; data: the one that it is in now.
    ContactRemoved => "contact.removed",
    /// An endpoint has failed for long and is called no more until a person resumes it. Subject: the endpoint.
    EndpointPaused => "endpoint.paused",
    /// An endpoint answered that it is gone (410) and is called no more. Subject: the endpoint.
    EndpointDisabled => "endpoint.disabled",
    /// A delivery was set aside after its tries; what was behind it went on. Subject: the delivery.
    DeliveryParked => "delivery.parked",
    /// A mail was asked to be sent. Subject: the outgoing mail.
    OutgoingQueued => "outgoing.queued",
    /// A mail is being handed to Microsoft. Subject: the outgoing mail.
    OutgoingSending => "outgoing.sending",
    /// Microsoft has taken a mail. Subject: the outgoing mail.
    OutgoingAccepted => "outgoing.accepted",
    /// A mail's copy stands in Sent Items. Subject: the outgoing mail; data: Microsoft's id of the copy.
    OutgoingSent => "outgoing.sent",
    /// A mail came back: a mail system reports that somebody will not get it. Subject: the outgoing mail; data: the report, for how
    /// many recipients it failed, and whether for one of them for good.
    OutgoingBounced => "outgoing.bounced",
    /// A mail was not sent. Subject: the outgoing mail; data: the code of the reason.
    OutgoingFailed => "outgoing.failed",
    /// Whether a mail was sent cannot be found out: a person decides. Subject: the outgoing mail.
    OutgoingUnclear => "outgoing.unclear",
    /// A mail was taken back before it was sent. Subject: the outgoing mail.
    OutgoingCancelled => "outgoing.cancelled",
    /// A mail was put into Drafts, as was asked. Subject: the outgoing mail; data: Microsoft's id of the draft.
    OutgoingDrafted => "outgoing.drafted",
    /// A tracked mail was opened: at least one person had it before them. Told once. Subject: the outgoing mail; data: since when.
    MailOpened => "mail.opened",
    /// A person followed a link of a tracked mail. Told once for each link. Subject: the outgoing mail; data: the link's number, since when.
    MailClicked => "mail.clicked",
    /// A recipient unsubscribed by a link in a mail. Subject: the outgoing mail.
    MailUnsubscribed => "mail.unsubscribed",
    /// Microsoft has done what somebody wanted done to a message; the message follows by events of its own. Subject: the message;
    /// data: the instruction and what was done.
    InstructionDone => "instruction.done",
    /// What somebody wanted done to a message was not done. Subject: the message; data: the instruction and the code of the reason.
    InstructionFailed => "instruction.failed",
    /// An event stands in a calendar that did not, after the calendar was first read. Subject: the calendar event; data: the calendar.
    CalendarEventCreated => "calendar_event.created",
    /// An event of a calendar is another one now. Subject: the calendar event; data: the calendar.
    CalendarEventChanged => "calendar_event.changed",
    /// An event stands in a calendar no more. Subject: the calendar event; data: the calendar.
    CalendarEventRemoved => "calendar_event.removed",
    /// Microsoft has done what somebody wanted done in a calendar. Subject: the calendar intent; data: the calendar, what was done and the
    /// calendar event, as far as it is known.
    CalendarIntentDone => "calendar_intent.done",
    /// What somebody wanted done in a calendar was not done. Subject: the calendar intent; data: the calendar, what was wanted and the
    /// code of the reason.
    CalendarIntentFailed => "calendar_intent.failed",
    /// Each message of an archive was brought out or is named as missing. Subject: the archive; data: how many of each.
    ArchiveDone => "archive.done",
    /// An archive stands still until a person resumes it. Subject: the archive; data: the code of the reason.
    ArchiveFailed => "archive.failed",
    /// A continuous archive has brought nothing out for hours, and goes on trying. Subject: the archive; data: the code of the reason.
    ArchiveDelayed => "archive.delayed",
    /// A person asked for a call to see whether an endpoint is there. Subject: the endpoint.
    EndpointTested => "endpoint.tested",
}

/// What an event happened to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum About {
    /// A mailbox.
    Mailbox,
    /// A folder.
    Folder,
    /// A message.
    Message,
    /// A thread.
    Thread,
    /// A person.
    Person,
    /// A customer.
    Customer,
    /// A contact.
    Contact,
    /// An endpoint.
    Endpoint,
    /// A delivery.
    Delivery,
    /// An outgoing mail.
    Outgoing,
    /// A calendar event.
    CalendarEvent,
    /// A calendar intent.
    CalendarIntent,
    /// An archive.
    Archive,
}

impl About {
    /// The id of this noun with this number, as the API writes it.
    pub fn id(self, number: i64) -> String {
        match self {
            About::Mailbox => MailboxId::from_number(number).to_string(),
            About::Folder => FolderId::from_number(number).to_string(),
            About::Message => MessageId::from_number(number).to_string(),
            About::Thread => ThreadId::from_number(number).to_string(),
            About::Person => PersonId::from_number(number).to_string(),
            About::Customer => CustomerId::from_number(number).to_string(),
            About::Contact => ContactId::from_number(number).to_string(),
            About::Endpoint => EndpointId::from_number(number).to_string(),
            About::Delivery => DeliveryId::from_number(number).to_string(),
            About::Outgoing => OutgoingId::from_number(number).to_string(),
            About::CalendarEvent => CalendarEventId::from_number(number).to_string(),
            About::CalendarIntent => CalendarIntentId::from_number(number).to_string(),
            About::Archive => ArchiveId::from_number(number).to_string(),
        }
    }
}

impl EventKind {
    /// What events of this kind happen to.
    pub const fn about(self) -> About {
        use EventKind as K;
        match self {
            K::MailboxConnected | K::MailboxSynced | K::MailboxStopped | K::MailboxResumed => About::Mailbox,
            K::FolderCreated | K::FolderRenamed | K::FolderRemoved => About::Folder,
            K::MessageReceived | K::MessageUpdated | K::MessageMoved | K::MessageDeleted | K::InstructionDone | K::InstructionFailed => {
                About::Message
            }
            K::ThreadCreated | K::ThreadChanged | K::ThreadJoined | K::ThreadSplit | K::ThreadFiled => About::Thread,
            K::PersonCreated | K::PersonChanged => About::Person,
            K::CustomerCreated | K::CustomerChanged => About::Customer,
            K::ContactCreated | K::ContactChanged | K::ContactRemoved => About::Contact,
            K::EndpointPaused | K::EndpointDisabled | K::EndpointTested => About::Endpoint,
            K::DeliveryParked => About::Delivery,
            K::ArchiveDone | K::ArchiveFailed | K::ArchiveDelayed => About::Archive,
            K::CalendarEventCreated | K::CalendarEventChanged | K::CalendarEventRemoved => About::CalendarEvent,
            K::CalendarIntentDone | K::CalendarIntentFailed => About::CalendarIntent,
            K::OutgoingQueued
            | K::OutgoingSending
            | K::OutgoingAccepted
            | K::OutgoingSent
            | K::OutgoingBounced
            | K::OutgoingFailed
            | K::OutgoingUnclear
            | K::OutgoingCancelled
            | K::OutgoingDrafted
            | K::MailOpened
            | K::MailClicked
            | K::MailUnsubscribed => About::Outgoing,
        }
    }
}

/// An event that is to be appended to the ledger.
#[derive(Clone, Debug, PartialEq)]
pub struct NewEvent {
    /// What has happened.
    pub kind: EventKind,
    /// The number of the id of what it happened to: a mailbox, a folder or a message, as the kind says.
    pub subject: i64,
    /// True for what a first sync found: not news, so nobody outside is told.
    pub backfill: bool,
    /// Details as a JSON object, never a body; `null` where the kind says it all.
    pub data: serde_json::Value,
}

/// An event as the ledger keeps it.
#[derive(Clone, Debug, PartialEq)]
pub struct Event {
    /// Whose ledger.
    pub workspace: WorkspaceId,
    /// Place in the workspace's ledger: grows by one, in commit order, from 1.
    pub seq: i64,
    /// Whose mailbox; `None` for what concerns the workspace as a whole, such as a thread.
    pub mailbox: Option<MailboxId>,
    /// Place among the mailbox's own events (or among those of the workspace as a whole): grows by one, from 1.
    pub mailbox_seq: i64,
    /// What has happened.
    pub kind: EventKind,
    /// The number of the id of what it happened to.
    pub subject: i64,
    /// When Rapport learned of it.
    pub at: Timestamp,
    /// True for what a first sync found.
    pub backfill: bool,
    /// Details as a JSON object.
    pub data: serde_json::Value,
}

#[cfg(test)]
mod tests {
    use super::EventKind;

    #[test]
    fn every_kind_is_found_by_its_name() {
        for kind in EventKind::ALL {
            assert_eq!(EventKind::named(kind.name()), Some(*kind));
        }
        assert_eq!(EventKind::named("message.vanished"), None);
    }
}
