//! A typed id for each noun. The prefixes are part of the API and never change.

use base::id::{Id, Noun};

macro_rules! nouns {
    ($($(#[$doc:meta])* $noun:ident, $id:ident, $prefix:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub enum $noun {}
        impl Noun for $noun {
            const PREFIX: &'static str = $prefix;
        }
        #[doc = concat!("Id of a ", stringify!($noun), " (`", $prefix, "_…`).")]
        pub type $id = Id<$noun>;
    )*};
}

nouns! {
    /// One customer of a Rapport server: its users, mailboxes, data and keys.
    Workspace, WorkspaceId, "wsp";
    /// A standing link to one outside account.
    Connection, ConnectionId, "con";
    /// A Microsoft 365 user's or shared mailbox that is mirrored.
    Mailbox, MailboxId, "mbx";
    /// A mail folder of a mailbox.
    Folder, FolderId, "fld";
    /// One e-mail in one mailbox.
    Message, MessageId, "msg";
    /// A grouping of messages.
    Thread, ThreadId, "thr";
    /// The human behind one or more addresses.
    Person, PersonId, "per";
    /// The party that a thread is with.
    Customer, CustomerId, "cus";
    /// Messages of a thread that hang together by references: what joins connect. Inside the house only.
    ThreadNode, ThreadNodeId, "nod";
    /// Two threads that became one, and why.
    ThreadJoin, ThreadJoinId, "jon";
    /// A key by which a program uses the API.
    ApiKey, ApiKeyId, "key";
    /// A customer's URL that is told of events.
    Endpoint, EndpointId, "end";
    /// What an endpoint is told, with its attempts.
    Delivery, DeliveryId, "dlv";
    /// Work that was asked for and goes on behind an answer.
    Job, JobId, "job";
    /// A mail that was asked to be sent.
    Outgoing, OutgoingId, "out";
    /// A file that goes with an outgoing mail.
    File, FileId, "fil";
    /// A text with merge fields from which mail is made.
    Template, TemplateId, "tpl";
    /// Original mail that is brought out to a place outside.
    Archive, ArchiveId, "arc";
    /// What somebody wants done to a message.
    Instruction, InstructionId, "ins";
    /// A calendar of a connected account.
    Calendar, CalendarId, "cal";
    /// An event of a calendar.
    CalendarEvent, CalendarEventId, "cev";
    /// What somebody wants done in a calendar.
    CalendarIntent, CalendarIntentId, "cin";
    /// A secret address at which calendars can be subscribed to.
    CalendarFeed, CalendarFeedId, "cfe";
    /// What one source says of somebody: an entry of an address book, a profile.
    SourceContact, SourceContactId, "sct";
    /// One person of all address books. It has the number of the least of its source contacts.
    Contact, ContactId, "cnt";
    /// An address book: an account's, a file's or a program's.
    ContactBook, ContactBookId, "cbk";
    /// A folder of an account's contacts. Inside the house only.
    ContactFolder, ContactFolderId, "cfd";
    /// One reading of an address book, with what came of it.
    ContactSync, ContactSyncId, "csy";
    /// A line of the audit table.
    Audit, AuditId, "aud";
}
