//! What consumers read of the ledger, and a mailbox connected in one transaction.

use model::event::{EventKind, NewEvent};
use model::mailbox::MailboxState;
use model::message::{BodyKind, MessageBody};
use store::connect::{Permission, SealedTokens};
use store::connection::ConnectionKind;
use store::{Transaction, arrival, connect, due, ledger, letter, mailbox, message, work};

use crate::world::{self, MAILBOX, WORKSPACE, World, at, both, listing};

fn event(kind: EventKind, subject: i64) -> NewEvent {
    NewEvent { kind, subject, backfill: false, data: serde_json::json!({"read": true}) }
}

both! {
    async fn an_event_comes_with_its_message_as_it_is_now(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let (kept, gone) = (world::message(1), world::message(2));
        let body = MessageBody { kind: BodyKind::Html, content: "Grüße ".repeat(100), headers: None };
        let events = [
            event(EventKind::MessageReceived, kept.id.number()),
            event(EventKind::MessageUpdated, kept.id.number()),
            event(EventKind::MessageDeleted, gone.id.number()),
            event(EventKind::MailboxSynced, MAILBOX.number()),
        ];
        let page = Transaction::new("test.page")
            .with_all([message::insert(&kept, listing(1)), message::insert_body(kept.id, body), message::insert(&gone, listing(1))])
            .with_all(message::delete(gone.id, message::Was { folder: gone.folder, claimed_by: None, deleted: false }, at(5)))
            .with_all(ledger::append(WORKSPACE, MAILBOX, at(5), &events));
        db.commit(page).await.unwrap();
        let letters = letter::after(db, WORKSPACE, 0, 9).await.unwrap();
        assert_eq!(letters.iter().map(|letter| (letter.seq, letter.now.is_some(), letter.changes.is_some())).collect::<Vec<_>>(),
            [(1, true, false), (2, true, true), (3, false, false), (4, false, false)]);
        let letter = letters[0].now.as_ref().unwrap();
        assert_eq!((letter.mailbox, letter.received_at, &letter.internet_message_id, &letter.subject), (MAILBOX, kept.received_at, &kept.internet_message_id, &kept.subject));
        assert_eq!((letter.author.as_deref(), letter.references.as_str()), (Some("zoe@fabrikam.example"), "[\"<a@b>\"]"));
        let texts = arrival::texts(db, WORKSPACE, 1, 9, 10).await.unwrap();
        assert_eq!(texts.len(), 3);
        let text = texts[0].now.as_ref().unwrap();
        assert_eq!((text.body_kind, text.body.as_str(), text.author_name.as_deref()), (BodyKind::Html, "Grüße Grüß", Some("Zoë")));
        assert_eq!(arrival::texts(db, WORKSPACE, 0, 1, 10_000).await.unwrap()[0].now.as_ref().unwrap().body.len(), 800);
    }

    async fn a_mailbox_is_connected_once_and_again(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let permission = Permission {
            workspace: WORKSPACE,
            kind: ConnectionKind::Delegated,
            tenant_id: "tenant".to_owned(),
            graph_user_id: "ben".to_owned(),
            principal_name: "ben@contoso.example".to_owned(),
            display_name: "Ben".to_owned(),
            address: "ben@contoso.example".to_owned(),
            scopes: "Mail.Read".to_owned(),
            actor: "administrator".to_owned(),
        };
        let first = connect::plan(db, &permission, at(1_000_000)).await.unwrap();
        let tokens = SealedTokens { refresh_token: Some(vec![1]), ..SealedTokens::default() };
        db.commit(connect::transaction(&permission, &first, tokens.clone(), at(1_000_000))).await.unwrap();
        let found = mailbox::find(db, first.mailbox).await.unwrap().unwrap();
        assert_eq!((found.state, found.connection), (MailboxState::Syncing, first.connection));
        assert!(work::find(db, due::PULL_FOLDERS, &due::mailbox_key(first.mailbox)).await.unwrap().is_some());
        let again = connect::plan(db, &permission, at(2_000_000)).await.unwrap();
        assert_eq!((again.mailbox, again.connection), (first.mailbox, first.connection));
        db.commit(connect::transaction(&permission, &again, tokens, at(2_000_000))).await.unwrap();
        assert_eq!(store::grant::find(db, first.connection).await.unwrap().unwrap().generation, 2);
        let kinds: Vec<_> = ledger::read(db, WORKSPACE, 0, 9).await.unwrap().into_iter().map(|event| event.kind).collect();
        assert_eq!(kinds.iter().filter(|kind| **kind == EventKind::MailboxConnected).count(), 1);
    }
}
