//! The mirror: what is written is read back, and lists page by time.

use base::Problem;
use model::id::{AuditId, MessageId, WorkspaceId};
use model::mailbox::MailboxState;
use model::message::{Attachment, BodyKind, MessageBody};
use store::connection::ConnectionState;
use store::folder::FolderAudit;
use store::hint::Hint;
use store::subscription::{Subscription, SubscriptionState};
use store::{
    Db, Statement, StoreError, Transaction, audit, connection, folder, grant, hint, mailbox, message, session, setting, subscription,
};

use crate::world::{self, ARCHIVE, INBOX, MAILBOX, WORKSPACE, World, at, both, listing};

async fn commit(db: &Db, statements: impl IntoIterator<Item = Statement>) {
    db.commit(Transaction::new("test.mirror").with_all(statements)).await.unwrap();
}

fn numbers(found: &[message::Mirrored]) -> Vec<i64> {
    found.iter().map(|found| found.message.id.number() >> 31).collect()
}

fn was(folder: Option<model::id::FolderId>) -> message::Was {
    message::Was { folder, claimed_by: None, deleted: false }
}

both! {
    async fn a_message_reads_back_as_it_was_written(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let mut bare = world::message(2);
        (bare.from, bare.internet_message_id, bare.sent_at, bare.web_link, bare.folder) = (None, None, None, None, None);
        bare.categories.clear();
        commit(db, [message::insert(&world::message(1), listing(3)), message::insert(&bare, listing(3))]).await;
        let found = message::find(db, world::message(1).id).await.unwrap().unwrap();
        assert_eq!((&found.message, found.seen_round, found.left_at, found.thread), (&world::message(1), 3, None, None));
        assert_eq!(message::find(db, bare.id).await.unwrap().unwrap().message, bare);
        let mut changed = world::message(1);
        (changed.read, changed.subject, changed.folder) = (true, "It's \"changed\"; DROP TABLE message; --".to_owned(), Some(ARCHIVE));
        commit(db, [message::update(&changed, listing(4), None, was(Some(INBOX)), at(9))]).await;
        let found = message::find(db, changed.id).await.unwrap().unwrap();
        assert_eq!((found.message, found.seen_round), (changed, 4));
        let again = db.commit(Transaction::new("test.twice").with(message::insert(&world::message(1), listing(3)))).await;
        assert!(matches!(again, Err(StoreError::Conflict(_))));
    }

    async fn messages_are_listed_newest_first_page_by_page(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        commit(db, (1..=7).map(|number| message::insert(&world::message(number), listing(1)))).await;
        let mut moved = world::message(4);
            moved.folder = Some(ARCHIVE);
            commit(db, [message::update(&moved, listing(1), None, was(Some(INBOX)), at(9))]).await;
        let page = message::in_mailbox(db, MAILBOX, None, 3).await.unwrap();
        assert_eq!(numbers(&page), [7, 6, 5]);
        assert_eq!(numbers(&message::in_mailbox(db, MAILBOX, Some(page[2].message.id), 9).await.unwrap()), [4, 3, 2, 1]);
        assert_eq!(numbers(&message::in_folder(db, INBOX, Some(world::message(6).id), 3).await.unwrap()), [5, 3, 2]);
        let mut found = numbers(&message::by_graph_ids(db, MAILBOX, &["AAMk000002", "AAMk000005", "it's \"not\" there"]).await.unwrap());
        found.sort_unstable();
        assert_eq!(found, [2, 5]);
        assert_eq!(message::by_graph_ids(db, MAILBOX, &[] as &[&str]).await.unwrap(), []);
        let mut found = numbers(&message::find_many(db, &[world::message(1).id, world::message(7).id, MessageId::from_number(5)]).await.unwrap());
        found.sort_unstable();
        assert_eq!(found, [1, 7]);
        let ids = message::ids_in_folder(db, INBOX, Some(world::message(2).id), 2).await.unwrap();
        assert_eq!(ids, [(world::message(3).id, "AAMk000003".to_owned()), (world::message(5).id, "AAMk000005".to_owned())]);
        let counted = folder::counted(db, MAILBOX).await.unwrap();
        assert_eq!(counted.iter().map(|(folder, here)| (folder.id, *here)).collect::<Vec<_>>(), [(ARCHIVE, 1), (INBOX, 6)]);
    }

    async fn a_message_that_left_is_in_limbo_until_it_is_found(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        commit(db, (1..=4).map(|number| message::insert(&world::message(number), listing(1)))).await;
        assert!(!message::has_unsettled(db, MAILBOX).await.unwrap());
        commit(db, [
            message::leave(world::message(1).id, INBOX, at(50)),
            message::leave(world::message(2).id, INBOX, at(40)),
            message::update(&world::message(4), listing(2), Some(ARCHIVE), was(Some(INBOX)), at(45)),
        ]).await;
        assert!(message::has_unsettled(db, MAILBOX).await.unwrap());
        assert_eq!(numbers(&message::to_locate(db, MAILBOX, at(60), 9).await.unwrap()), [2, 4, 1]);
        assert_eq!(numbers(&message::to_locate(db, MAILBOX, at(44), 9).await.unwrap()), [2, 1]);
        let claimed = message::find(db, world::message(4).id).await.unwrap().unwrap();
        assert_eq!((claimed.claimed_by, claimed.seen_round), (Some(ARCHIVE), 1));
        let left = message::find(db, world::message(1).id).await.unwrap().unwrap();
        assert_eq!((left.message.folder, left.left_at, left.left_folder), (None, Some(at(50)), Some(INBOX)));
        // What was decided on another reading of the message is refused.
        let stale = [
            message::leave(world::message(3).id, ARCHIVE, at(40)),
            message::leave(world::message(4).id, INBOX, at(40)),
            message::update(&world::message(1), listing(1), None, was(Some(INBOX)), at(60)),
            message::update(&world::message(4), listing(1), None, was(Some(INBOX)), at(60)),
        ];
        for statement in stale {
            let refused = db.commit(Transaction::new("test.stale").with(statement)).await;
            assert!(matches!(refused, Err(StoreError::Refused { guard: message::WHERE_IT_WAS })));
        }
        let mut found = world::message(1);
        found.folder = Some(ARCHIVE);
        commit(db, [message::update(&found, listing(1), None, was(None), at(60)), message::forget_claims(MAILBOX, ARCHIVE)]).await;
        assert_eq!(numbers(&message::to_locate(db, MAILBOX, at(60), 9).await.unwrap()), [2]);
        assert_eq!(message::find(db, found.id).await.unwrap().unwrap().left_at, None);
        commit(db, [message::leave_all(INBOX, at(70))]).await;
        assert_eq!(numbers(&message::to_locate(db, MAILBOX, at(70), 9).await.unwrap()), [2, 3, 4]);
    }

    async fn what_a_new_round_has_not_listed_is_found(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        commit(db, (1..=5).map(|number| message::insert(&world::message(number), listing(1)))).await;
        commit(db, [message::seen(&[world::message(2).id, world::message(4).id], 2)]).await;
        assert_eq!(numbers(&message::not_seen(db, INBOX, 2, None, 2).await.unwrap()), [1, 3]);
        assert_eq!(numbers(&message::not_seen(db, INBOX, 2, Some(world::message(3).id), 2).await.unwrap()), [5]);
    }

    async fn bodies_and_attachments_come_and_go_with_their_message(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let id = world::message(1).id;
        let body = MessageBody { kind: BodyKind::Html, content: "<p>Grüße</p>".repeat(3000), headers: Some("[[\"X\",\"y\"]]".to_owned()) };
        let file = |graph_id: &str| Attachment { graph_id: graph_id.to_owned(), name: "offer.pdf".to_owned(), content_type: None,
            content_id: Some("cid".to_owned()), size: 1 << 33, inline: false };
        commit(db, [message::insert(&world::message(1), listing(1)), message::insert_body(id, body.clone())]).await;
        commit(db, message::put_attachments(id, &[file("b"), file("a"), file("c")])).await;
        assert_eq!(message::body(db, id).await.unwrap().as_ref(), Some(&body));
        assert_eq!(message::attachments(db, id).await.unwrap(), [file("a"), file("b"), file("c")]);
        let shorter = MessageBody { kind: BodyKind::Text, content: "Grüße".to_owned(), headers: None };
        commit(db, [message::put_body(id, shorter.clone())]).await;
        commit(db, message::put_attachments(id, &[file("d")])).await;
        let found = message::bodies(db, &[id]).await.unwrap();
        assert_eq!(found, [(id, MessageBody { headers: body.headers, ..shorter })]);
        assert_eq!(message::wanting_attachments(db, MAILBOX, 9).await.unwrap(), [(id, "AAMk000001".to_owned())]);
        commit(db, [message::attachments_listed(id)]).await;
        assert_eq!(message::wanting_attachments(db, MAILBOX, 9).await.unwrap(), []);
        commit(db, message::delete(id, was(Some(INBOX)), at(80))).await;
        let tombstone = message::find(db, id).await.unwrap().unwrap();
        assert_eq!((tombstone.deleted_at, tombstone.message.subject.as_str()), (Some(at(80)), ""));
        assert_eq!(message::in_mailbox(db, MAILBOX, None, 9).await.unwrap(), []);
        assert_eq!(message::body(db, id).await.unwrap(), None);
        assert_eq!(message::attachments(db, id).await.unwrap(), []);
        commit(db, [message::purge(MAILBOX, at(80))]).await;
        assert!(message::find(db, id).await.unwrap().is_some());
        commit(db, [message::purge(MAILBOX, at(81))]).await;
        assert!(message::find(db, id).await.unwrap().is_none());
    }

    async fn folders_keep_their_progress_and_their_audit(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let found = FolderAudit { at: at(9), there: 12, here: 11, missing: 1, extra: 0 };
        commit(db, [folder::set_estimate(INBOX, 40), folder::set_synced(INBOX, at(5)), folder::set_synced(INBOX, at(6)), folder::set_audit(INBOX, &found)]).await;
        let inbox = folder::find(db, INBOX).await.unwrap().unwrap();
        assert_eq!((inbox.estimate_total, inbox.first_synced_at, inbox.last_synced_at, inbox.audit, inbox.total_there), (Some(40), Some(at(5)), Some(at(6)), Some(found), 12));
        let renamed = folder::Folder { display_name: "Posteingang".to_owned(), parent_graph_id: Some("root".to_owned()), ..inbox };
        commit(db, [folder::update(&renamed), folder::set_removed(ARCHIVE, at(7))]).await;
        assert_eq!(folder::by_graph_id(db, MAILBOX, "inbox-id").await.unwrap(), Some(renamed));
        assert_eq!(folder::list(db, MAILBOX).await.unwrap().len(), 2);
        assert_eq!(folder::counted(db, MAILBOX).await.unwrap().len(), 1);
    }

    async fn a_mailbox_and_its_connection_say_how_they_stand(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let problem = Problem::new("AADSTS65001", "Syncing stopped.", "Consent was withdrawn.", "Reconnect.");
        commit(db, [
            mailbox::stop(MAILBOX, &problem, at(4)),
            mailbox::set_contact(MAILBOX, at(5)),
            connection::set_state(world::connection().id, ConnectionState::Reconnect, Some(&problem), at(4)),
        ]).await;
        let found = mailbox::by_graph_user(db, WORKSPACE, "user").await.unwrap().unwrap();
        assert_eq!((found.state, found.problem.as_ref(), found.state_at, found.last_contact_at), (MailboxState::Stopped, Some(&problem), at(4), Some(at(5))));
        let found = connection::by_account(db, WORKSPACE, "microsoft", "tenant", "account").await.unwrap().unwrap();
        assert_eq!(found, connection::Connection { state: ConnectionState::Reconnect, problem: Some(problem), state_at: at(4), ..world::connection() });
        let refused = |statement| async { matches!(db.commit(Transaction::new("test.refused").with(statement)).await, Err(StoreError::Refused { .. })) };
        assert!(refused(mailbox::stop(MAILBOX, &Problem::new("a", "b", "c", "d"), at(5))).await);
        assert!(refused(mailbox::set_first_synced(MAILBOX, at(5))).await);
        commit(db, [mailbox::resume(MAILBOX, at(5)), mailbox::set_first_synced(MAILBOX, at(6))]).await;
        assert!(refused(mailbox::resume(MAILBOX, at(7))).await);
        assert!(refused(mailbox::set_first_synced(MAILBOX, at(7))).await);
        let found = mailbox::list(db, WORKSPACE).await.unwrap().remove(0);
        assert_eq!((found.state, found.problem, found.first_synced_at), (MailboxState::Live, None, Some(at(6))));
        commit(db, [mailbox::set_state(MAILBOX, MailboxState::Disconnected, None, at(8))]).await;
        assert_eq!(mailbox::of_connection(db, found.connection).await.unwrap().len(), 1);
        assert_eq!(store::workspace::list(db).await.unwrap().len(), 1);
        assert_eq!(connection::list(db, WORKSPACE).await.unwrap().len(), 1);
        commit(db, [connection::set_names(found.connection, "a", "b"), mailbox::set_connection(MAILBOX, found.connection, "c", "d")]).await;
        assert_eq!(connection::find(db, found.connection).await.unwrap().unwrap().display_name, "b");
        assert_eq!(mailbox::find(db, MAILBOX).await.unwrap().unwrap().address, "c");
    }

    async fn of_two_who_refresh_a_grant_one_is_kept(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let mut kept = grant::Grant {
            connection: world::connection().id,
            scopes: "Mail.Read".to_owned(),
            refresh_token_sealed: Some(vec![0, 255, 1]),
            access_token_sealed: None,
            access_expires_at: at(0),
            generation: 1,
            refreshed_at: at(1),
            granted_at: at(1),
        };
        commit(db, [grant::put(&kept)]).await;
        assert_eq!(grant::find(db, kept.connection).await.unwrap().as_ref(), Some(&kept));
        (kept.refresh_token_sealed, kept.access_token_sealed) = (Some(vec![2]), Some(Vec::new()));
        let rotate = Transaction::new("test.rotate").with(grant::rotate(&kept)).durable();
        db.commit(rotate.clone()).await.unwrap();
        assert!(matches!(db.commit(rotate).await, Err(StoreError::Refused { .. })));
        assert_eq!(grant::find(db, kept.connection).await.unwrap(), Some(grant::Grant { generation: 2, ..kept.clone() }));
        commit(db, [grant::put(&kept)]).await;
        commit(db, [grant::clear(kept.connection, 3)]).await;
        assert_eq!(grant::find(db, kept.connection).await.unwrap().unwrap().refresh_token_sealed, None);
    }

    async fn hints_are_renewed_and_a_renewed_one_stays(world: World) {
        let db = &world.db;
        let told = |id: &str, at_ms| Hint { mailbox: MAILBOX, graph_message_id: id.to_owned(), change_type: "created".to_owned(), arrived_at: at(at_ms) };
        commit(db, [hint::put(&told("a", 5)), hint::put(&told("b", 3)), hint::put(&told("a", 6))]).await;
        assert_eq!(hint::list(db, MAILBOX, 9).await.unwrap(), [told("b", 3), told("a", 6)]);
        commit(db, [hint::remove(&told("a", 5)), hint::remove(&told("b", 3))]).await;
        assert_eq!(hint::list(db, MAILBOX, 9).await.unwrap(), [told("a", 6)]);
        commit(db, [hint::purge(MAILBOX, at(6))]).await;
        assert_eq!(hint::list(db, MAILBOX, 9).await.unwrap(), []);
    }

    async fn a_subscription_is_replaced_renewed_and_found(world: World) {
        let db = &world.db;
        let mut kept = Subscription {
            mailbox: MAILBOX,
            graph_id: "one".to_owned(),
            client_state_hash: vec![9; 32],
            resource: "users/x/messages".to_owned(),
            state: SubscriptionState::Active,
            expires_at: at(100),
            renew_at: at(50),
            created_at: at(1),
            last_notified_at: None,
        };
        commit(db, [subscription::put(&kept), subscription::set_state("one", SubscriptionState::Gone)]).await;
        kept.graph_id = "two".to_owned();
        commit(db, [subscription::put(&kept), subscription::set_notified("two", at(7)), subscription::set_renewed("two", at(200), at(150))]).await;
        (kept.expires_at, kept.renew_at, kept.last_notified_at) = (at(200), at(150), Some(at(7)));
        assert_eq!(subscription::find(db, MAILBOX).await.unwrap().as_ref(), Some(&kept));
        assert_eq!(subscription::by_graph_id(db, "two").await.unwrap(), Some(kept));
        assert_eq!(subscription::by_graph_id(db, "one").await.unwrap(), None);
        commit(db, [subscription::remove(MAILBOX)]).await;
        assert_eq!(subscription::find(db, MAILBOX).await.unwrap(), None);
    }

    async fn audit_lines_sessions_and_settings_are_kept(world: World) {
        let db = &world.db;
        let line = |number, workspace| audit::AuditLine {
            id: AuditId::from_number(number),
            at: at(number),
            workspace,
            actor: "administrator".to_owned(),
            action: "mailbox.connect".to_owned(),
            object: "mbx_1".to_owned(),
            outcome: "done".to_owned(),
            detail: serde_json::json!({"by": "console"}),
        };
        commit(db, [audit::append(&line(1, WORKSPACE)), audit::append(&line(2, WORKSPACE)), audit::append(&line(3, WorkspaceId::from_number(2)))]).await;
        assert_eq!(audit::list(db, WORKSPACE, None, 9).await.unwrap(), [line(2, WORKSPACE), line(1, WORKSPACE)]);
        assert_eq!(audit::list(db, WORKSPACE, Some(AuditId::from_number(2)), 9).await.unwrap(), [line(1, WORKSPACE)]);
        commit(db, [session::ensure_administrator("first", at(1)), session::ensure_administrator("second", at(2))]).await;
        assert_eq!(session::administrator(db).await.unwrap().as_deref(), Some("first"));
        commit(db, [session::put_administrator("third", at(3)), setting::ensure("a", "1"), setting::ensure("a", "2")]).await;
        assert_eq!(session::administrator(db).await.unwrap().as_deref(), Some("third"));
        assert_eq!(setting::find(db, "a").await.unwrap().as_deref(), Some("1"));
    }
}
