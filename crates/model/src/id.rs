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
    /// A line of the audit table.
    Audit, AuditId, "aud";
}
