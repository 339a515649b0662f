//! The delegated permissions of Graph that can be asked for, and which of them only an administrator may grant
//! (reference: Graph, section 12.1).

/// Permissions that a user may grant.
const BY_USERS: &[&str] = &[
    "Mail.ReadBasic",
    "Mail.ReadBasic.Shared",
    "Mail.Read",
    "Mail.Read.Shared",
    "Mail.ReadWrite",
    "Mail.ReadWrite.Shared",
    "Mail.Send",
    "Mail.Send.Shared",
    "MailboxSettings.Read",
    "MailboxSettings.ReadWrite",
    "MailboxFolder.Read",
    "MailboxFolder.ReadWrite",
    "MailboxItem.Read",
    "MailboxItem.ImportExport",
    "Calendars.Read",
    "Calendars.Read.Shared",
    "Calendars.ReadWrite",
    "Calendars.ReadWrite.Shared",
    "Contacts.Read",
    "Contacts.Read.Shared",
    "Contacts.ReadWrite",
    "Contacts.ReadWrite.Shared",
    "People.Read",
    "User.Read",
    "User.ReadBasic.All",
    "User.ReadWrite",
    "Tasks.Read",
    "Tasks.ReadWrite",
    "Chat.Create",
    "Chat.ReadBasic",
    "Chat.Read",
    "Chat.ReadWrite",
    "ChatMessage.Read",
    "ChatMessage.Send",
    "ChannelMessage.Send",
    "TeamsActivity.Send",
    "OnlineMeetings.ReadWrite",
    "Presence.Read",
    "Presence.Read.All",
    "IMAP.AccessAsUser.All",
    "POP.AccessAsUser.All",
    "SMTP.Send",
];

/// Permissions that only an administrator may grant.
const BY_ADMINISTRATORS: &[&str] = &[
    "User-Mail.ReadWrite.All",
    "Calendars.ReadBasic",
    "People.Read.All",
    "Place.Read.All",
    "User.Read.All",
    "User.ReadWrite.All",
    "User.RevokeSessions.All",
    "ProfilePhoto.Read.All",
    "ProfilePhoto.ReadWrite.All",
    "Directory.Read.All",
    "Group.Read.All",
    "GroupMember.Read.All",
    "Organization.Read.All",
    "Chat.ReadWrite.All",
    "Chat.ManageDeletion.All",
    "ChatMember.Read",
    "ChatMember.ReadWrite",
    "ChannelMessage.Read.All",
    "Subscription.Read.All",
];

/// The permission's name as it is written officially; `None` if Graph has no such delegated permission.
pub fn official(name: &str) -> Option<&'static str> {
    BY_USERS.iter().chain(BY_ADMINISTRATORS).copied().find(|known| known.eq_ignore_ascii_case(name))
}

/// Whether only an administrator may grant it.
pub fn needs_administrator(name: &str) -> bool {
    BY_ADMINISTRATORS.iter().any(|known| known.eq_ignore_ascii_case(name))
}
