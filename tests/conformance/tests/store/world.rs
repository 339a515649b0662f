//! An empty database of either engine, and nouns to fill it with.

use std::pin::Pin;

use base::{Id, Timestamp};
use model::event::{EventKind, NewEvent};
use model::id::{FolderId, MailboxId, MessageId, WorkspaceId};
use model::mailbox::{Mailbox, MailboxKind, MailboxState};
use model::message::{Message, Participant, Recipients};
use store::connection::{Connection, ConnectionKind, ConnectionState};
use store::folder::Folder;
use store::message::Listing;
use store::workspace::Workspace;
use store::{Db, Settings, Transaction};

pub const WORKSPACE: WorkspaceId = Id::from_number(1);
pub const MAILBOX: MailboxId = Id::from_number(10);
pub const INBOX: FolderId = Id::from_number(100);
pub const ARCHIVE: FolderId = Id::from_number(101);

/// Writes each test once for both engines.
macro_rules! both {
    ($(async fn $name:ident($world:ident: World) $body:block)*) => {$(
        mod $name {
            use super::*;

            async fn on($world: World) $body

            #[test]
            fn sqlite() {
                $crate::world::run(Box::pin(async { on(World::sqlite().await).await }));
            }

            #[test]
            fn postgres() {
                $crate::world::run(Box::pin(async {
                    match World::postgres().await {
                        Some(world) => on(world).await,
                        None => println!("left out: PostgreSQL"),
                    }
                }));
            }
        }
    )*};
}
pub(crate) use both;

/// One test on a runtime of its own. It takes a boxed future, so that the runtime is compiled once and not for each test.
pub fn run(test: Pin<Box<dyn Future<Output = ()>>>) {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    runtime.block_on(test);
}

/// An empty database.
pub struct World {
    pub db: Db,
    pub settings: Settings,
    pub folder: tempfile::TempDir,
}

impl World {
    pub async fn sqlite() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = Settings::new(format!("sqlite:{}", folder.path().join("store.db").display()));
        World { db: Db::open(&settings).await.unwrap(), settings, folder }
    }

    /// `None` where PostgreSQL was left out on purpose; a machine that just lacks it fails the test.
    pub async fn postgres() -> Option<Self> {
        let server = match test_postgres::shared() {
            Ok(server) => server,
            Err(test_postgres::Unavailable::LeftOut) => return None,
            Err(error) => panic!("{error}"),
        };
        let mut settings = Settings::new(server.database().await.unwrap().url());
        settings.connections = 12;
        Some(World { db: Db::open(&settings).await.unwrap(), settings, folder: tempfile::tempdir().unwrap() })
    }

    /// With a workspace, a mailbox and two folders.
    pub async fn furnished(self) -> Self {
        let furnish = Transaction::new("test.furnish")
            .with(store::workspace::ensure(&Workspace { id: WORKSPACE, name: "Contoso".to_owned(), created_at: at(0) }))
            .with(store::connection::insert(&connection()))
            .with(store::mailbox::insert(&mailbox()))
            .with(store::folder::insert(&folder(INBOX, "inbox-id")))
            .with(store::folder::insert(&folder(ARCHIVE, "archive-id")));
        self.db.commit(furnish).await.unwrap();
        self
    }
}

pub fn at(millis: i64) -> Timestamp {
    Timestamp::from_millis(millis)
}

pub fn connection() -> Connection {
    Connection {
        id: Id::from_number(5),
        workspace: WORKSPACE,
        provider: "microsoft".to_owned(),
        kind: ConnectionKind::Delegated,
        tenant_id: "tenant".to_owned(),
        account_id: "account".to_owned(),
        principal_name: "anna@contoso.example".to_owned(),
        display_name: "Anna".to_owned(),
        state: ConnectionState::Connected,
        problem: None,
        state_at: at(0),
        created_at: at(0),
    }
}

pub fn mailbox() -> Mailbox {
    Mailbox {
        id: MAILBOX,
        workspace: WORKSPACE,
        connection: Id::from_number(5),
        graph_user_id: "user".to_owned(),
        address: "anna@contoso.example".to_owned(),
        display_name: "Anna".to_owned(),
        kind: MailboxKind::User,
        state: MailboxState::Syncing,
        problem: None,
        state_at: at(0),
        first_synced_at: None,
        last_contact_at: None,
        created_at: at(0),
        visibility: model::mailbox::Visibility::Everything,
    }
}

pub fn folder(id: FolderId, graph_id: &str) -> Folder {
    Folder {
        id,
        mailbox: MAILBOX,
        graph_id: graph_id.to_owned(),
        parent_graph_id: None,
        display_name: "Inbox".to_owned(),
        well_known: Some("inbox".to_owned()),
        hidden: false,
        total_there: 0,
        unread_there: 0,
        removed_at: None,
        first_synced_at: None,
        last_synced_at: None,
        estimate_total: None,
        audit: None,
    }
}

/// Message number `number` of the inbox, received that many seconds after 1970, with something in every column.
pub fn message(number: i64) -> Message {
    let received_at = at(number * 1000);
    Message {
        id: MessageId::from_number(number << 31),
        workspace: WORKSPACE,
        mailbox: MAILBOX,
        folder: Some(INBOX),
        graph_id: format!("AAMk{number:06}"),
        change_key: "CQAAAB".to_owned(),
        internet_message_id: Some(format!("<{number}@contoso.example>")),
        conversation_id: Some("conversation".to_owned()),
        conversation_index: Some("index".to_owned()),
        subject: format!("Angebot № {number} – Grüße 你好 🚲"),
        preview: "Dear Ben,\u{a0}…".to_owned(),
        from: Some(Participant { name: "Zoë".to_owned(), address: "zoe@fabrikam.example".to_owned() }),
        recipients: Recipients {
            to: vec![Participant { name: String::new(), address: "anna@contoso.example".to_owned() }],
            ..Recipients::default()
        },
        received_at,
        sent_at: Some(received_at),
        modified_at: None,
        read: number % 2 == 0,
        draft: false,
        importance: model::message::Importance::High,
        flag: model::message::Flag::Flagged,
        categories: vec!["Red \"category\"".to_owned()],
        has_attachments: true,
        in_reply_to: None,
        references: vec!["<a@b>".to_owned()],
        focused: true,
        web_link: Some("https://outlook.example/?id=1".to_owned()),
        private: number % 3 == 0,
        nature: model::nature::Nature::List,
    }
}

/// What goes with a message that pass `seen_round` has listed.
pub fn listing(seen_round: i64) -> Listing {
    Listing { seen_round, body_hash: -7, attachments_wanted: true }
}

pub fn received(subject: i64) -> NewEvent {
    NewEvent { kind: EventKind::MessageReceived, subject, backfill: false, data: serde_json::Value::Null }
}
