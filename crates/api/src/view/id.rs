//! How ids look, for the document: a prefix for each noun and 13 characters of Crockford's base 32, which sort by time.

use std::borrow::Cow;

use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};
use utoipa::{PartialSchema, ToSchema};

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident, $prefix:literal, $noun:literal;)*) => {$(
        $(#[$doc])*
        pub enum $name {}

        impl PartialSchema for $name {
            fn schema() -> RefOr<Schema> {
                let object = ObjectBuilder::new()
                    .schema_type(Type::String)
                    .pattern(Some(concat!("^", $prefix, "_[0-9A-HJKMNP-TV-Z]{13}$")))
                    .description(Some(concat!("Id of a ", $noun, ".")))
                    .examples([serde_json::json!(concat!($prefix, "_0G3KQ7T2ZJ4M8"))]);
                RefOr::T(Schema::Object(object.build()))
            }
        }

        impl ToSchema for $name {
            fn name() -> Cow<'static, str> {
                Cow::Borrowed(stringify!($name))
            }
        }
    )*};
}

ids! {
    /// The id of a workspace.
    WorkspaceId, "wsp", "workspace";
    /// The id of a connection.
    ConnectionId, "con", "connection";
    /// The id of a mailbox.
    MailboxId, "mbx", "mailbox";
    /// The id of a folder.
    FolderId, "fld", "folder";
    /// The id of a message.
    MessageId, "msg", "message";
    /// The id of a thread.
    ThreadId, "thr", "thread";
    /// The id of a join.
    ThreadJoinId, "jon", "join of two threads";
    /// The id of a person.
    PersonId, "per", "person";
    /// The id of a customer.
    CustomerId, "cus", "customer";
    /// The id of a key.
    ApiKeyId, "key", "key";
    /// The id of an endpoint.
    EndpointId, "end", "endpoint";
    /// The id of a delivery.
    DeliveryId, "dlv", "delivery";
    /// The id of a calendar.
    CalendarId, "cal", "calendar";
    /// The id of a calendar event.
    CalendarEventId, "cev", "calendar event";
    /// The id of a contact.
    ContactId, "cnt", "contact";
    /// The id of a source contact.
    SourceContactId, "sct", "source contact";
    /// The id of an address book.
    ContactBookId, "cbk", "address book";
    /// The id of a synchronisation of contacts.
    ContactSyncId, "csy", "synchronisation of an address book";
    /// The id of a calendar intent.
    CalendarIntentId, "cin", "thing that is wanted done in a calendar";
    /// The id of a calendar feed.
    CalendarFeedId, "cfe", "calendar feed";
    /// The id of an instruction.
    InstructionId, "ins", "thing that is wanted done to a message";
    /// The id of an outgoing mail.
    OutgoingId, "out", "mail that was asked to be sent";
    /// The id of a file.
    FileId, "fil", "file that goes with a mail";
    /// The id of a template.
    TemplateId, "tpl", "template";
    /// The id of an archive.
    ArchiveId, "arc", "archive";
    /// The id of a job.
    JobId, "job", "job";
}
