//! Due: the kinds of due work there are and the keys they go by, so that whoever marks and whoever runs mean the same.

use base::Timestamp;
use model::id::{CalendarId, ConnectionId, EndpointId, FolderId, MailboxId, MessageId, WorkspaceId};

use crate::statement::Statement;
use crate::work::{Lane, mark_due};

/// Read the changes of a mailbox's folders. Key: the mailbox.
pub const PULL_FOLDERS: &str = "pull.folders";
/// Read the changes of a folder's messages. Key: mailbox and folder.
pub const PULL_MESSAGES: &str = "pull.messages";
/// Follow what notifications named, and find out where messages went. Key: the mailbox.
pub const PULL_HINTS: &str = "pull.hints";
/// List the attachments of messages that have some. Key: the mailbox.
pub const PULL_ATTACHMENTS: &str = "pull.attachments";
/// Read what a mail system reports about mail that we sent. Key: mailbox and message.
pub const PULL_REPORT: &str = "pull.report";
/// Read which calendars a connected account has. Key: the connection.
pub const PULL_CALENDARS: &str = "pull.calendars";
/// Read the changes of what stands in a calendar. Key: connection and calendar.
pub const PULL_CALENDAR_EVENTS: &str = "pull.calendar_events";
/// Read the changes of a connected account's contacts. Key: the connection.
pub const PULL_CONTACTS: &str = "pull.contacts";
/// Make, renew or replace a mailbox's subscription. Key: the mailbox.
pub const KEEP_SUBSCRIPTION: &str = "keep.subscription";
/// Look whether a stopped mailbox can be reached again. Key: the mailbox.
pub const KEEP_MAILBOX: &str = "keep.mailbox";
/// Have all folders of a mailbox audited. Key: the mailbox.
pub const AUDIT_MAILBOX: &str = "audit.mailbox";
/// Compare a folder with its source, id by id. Key: mailbox and folder.
pub const AUDIT_FOLDER: &str = "audit.folder";
/// Index what has happened for the search. Key: the workspace.
pub const DECIDE_SEARCH: &str = "decide.search";
/// Put messages into threads. Key: the workspace.
pub const DECIDE_THREADS: &str = "decide.threads";
/// Find the people on messages and file threads under customers. Key: the workspace.
pub const DECIDE_CUSTOMERS: &str = "decide.customers";
/// Put source contacts together into contacts. Key: the workspace.
pub const DECIDE_CONTACTS: &str = "decide.contacts";
/// Look which contacts may be one person's. Key: the workspace.
pub const DECIDE_PROPOSALS: &str = "decide.proposals";
/// Decide which endpoints are told of what has happened. Key: the workspace.
pub const DECIDE_ANNOUNCE: &str = "decide.announce";
/// Call an endpoint with what it is to be told. Key: the endpoint.
pub const CARRY_WEBHOOKS: &str = "carry.webhooks";
/// Hand an outgoing mail to Microsoft and find out what came of it. Key: the outgoing mail.
pub const CARRY_MAIL: &str = "carry.mail";
/// Have Microsoft do what is wanted done to messages of a mailbox. Key: the mailbox.
pub const CARRY_INSTRUCTIONS: &str = "carry.instructions";
/// Have Microsoft do what is wanted done in the calendars of a connection. Key: the connection.
pub const CARRY_CALENDAR_INTENTS: &str = "carry.calendar_intents";
/// Work out the verdict on a tracked mail. Key: its first outgoing mail.
pub const JUDGE_MAIL: &str = "judge.mail";
/// Bring original mail out to a place outside. Key: the archive. The kind of one that a command carries by itself has its id behind it.
pub const CARRY_ARCHIVE: &str = "carry.archive";
/// Forget events and settled deliveries that are older than is promised. Key: the workspace.
pub const KEEP_LEDGER: &str = "keep.ledger";

/// The key of a mailbox's work.
pub fn mailbox_key(mailbox: MailboxId) -> String {
    mailbox.to_string()
}

/// The key of a folder's work.
pub fn folder_key(mailbox: MailboxId, folder: FolderId) -> String {
    format!("{mailbox}/{folder}")
}

/// The mailbox that a key of a mailbox's or a folder's work names.
pub fn mailbox_of(key: &str) -> Option<MailboxId> {
    key.split('/').next().and_then(|mailbox| mailbox.parse().ok())
}

/// The folder that a key of a folder's work names.
pub fn folder_of(key: &str) -> Option<FolderId> {
    key.split_once('/').and_then(|(_, folder)| folder.parse().ok())
}

/// Makes the consumers of a workspace's ledger due: goes into every transaction that appends to it.
pub fn decide(workspace: WorkspaceId, at: Timestamp) -> [Statement; 3] {
    let key = workspace.to_string();
    [DECIDE_THREADS, DECIDE_SEARCH, DECIDE_ANNOUNCE].map(|kind| mark_due(kind, &key, Lane::Notified, at))
}

/// Makes the carrying of what an endpoint is to be told due.
pub fn carry(endpoint: EndpointId, at: Timestamp) -> Statement {
    mark_due(CARRY_WEBHOOKS, &endpoint.to_string(), Lane::Notified, at)
}

/// Makes a mailbox's own work of this kind due.
pub fn mailbox(kind: &str, mailbox: MailboxId, lane: Lane, at: Timestamp) -> Statement {
    mark_due(kind, &mailbox_key(mailbox), lane, at)
}

/// Makes the reading of a connected account's calendars due.
pub fn pull_calendars(connection: ConnectionId, lane: Lane, at: Timestamp) -> Statement {
    mark_due(PULL_CALENDARS, &connection.to_string(), lane, at)
}

/// Makes the reading of what stands in a calendar due.
pub fn pull_calendar_events(connection: ConnectionId, calendar: CalendarId, lane: Lane, at: Timestamp) -> Statement {
    mark_due(PULL_CALENDAR_EVENTS, &format!("{connection}/{calendar}"), lane, at)
}

/// Makes the reading of a connected account's contacts due.
pub fn pull_contacts(connection: ConnectionId, lane: Lane, at: Timestamp) -> Statement {
    mark_due(PULL_CONTACTS, &connection.to_string(), lane, at)
}

/// Makes the putting together of a workspace's contacts due.
pub fn decide_contacts(workspace: WorkspaceId, at: Timestamp) -> Statement {
    mark_due(DECIDE_CONTACTS, &workspace.to_string(), Lane::Notified, at)
}

/// The connection that a key of a calendar's or a contact's work names.
pub fn connection_of(key: &str) -> Option<ConnectionId> {
    key.split('/').next().and_then(|connection| connection.parse().ok())
}

/// The calendar that a key of a calendar's work names.
pub fn calendar_of(key: &str) -> Option<CalendarId> {
    key.split_once('/').and_then(|(_, calendar)| calendar.parse().ok())
}

/// The message that a key of a report's work names.
pub fn report_of(key: &str) -> Option<MessageId> {
    key.split_once('/').and_then(|(_, message)| message.parse().ok())
}

/// Makes the reading of a report due.
pub fn pull_report(mailbox: MailboxId, message: MessageId, at: Timestamp) -> Statement {
    mark_due(PULL_REPORT, &format!("{mailbox}/{message}"), Lane::Notified, at)
}

/// Makes the pull of a folder's messages due.
pub fn pull_messages(mailbox: MailboxId, folder: FolderId, lane: Lane, at: Timestamp) -> Statement {
    mark_due(PULL_MESSAGES, &folder_key(mailbox, folder), lane, at)
}
