//! Archives: listed once, brought out in order, each message with its fate; and a cancelled one takes no progress.

use base::Timestamp;
use model::archive::{Archive, ArchiveState, Fate, Format, Item, Kept, Target, Wanted};
use model::id::{ArchiveId, MailboxId, MessageId};
use store::{StoreError, Transaction, archive, work};

use crate::world::{WORKSPACE, World, both};

const AT: Timestamp = Timestamp::from_millis(1_777_795_260_000);
const MAILBOX: MailboxId = MailboxId::from_number(11);

async fn asked(world: &World, number: i64) -> Archive {
    let (id, target) = (ArchiveId::from_number(number), Target::Directory { path: "a".to_owned(), format: Format::Mbox });
    let archive = Archive::asked(id, WORKSPACE, Wanted { mailbox: Some(MAILBOX), ..Wanted::default() }, target, AT);
    world.db.commit(Transaction::new("test.ask").with_all(archive::ask(&archive))).await.unwrap();
    archive
}

fn item(number: i64) -> Item {
    Item {
        message: MessageId::from_number(number),
        mailbox: MAILBOX,
        graph_id: format!("graph-{number}"),
        internet_message_id: Some(format!("<{number}@acme.example>")),
        folder: "Inbox/Plans".to_owned(),
        received_at: AT,
        tries: 0,
        fate: None,
    }
}

async fn commit(world: &World, statements: impl IntoIterator<Item = store::Statement>) -> Result<(), StoreError> {
    world.db.commit(Transaction::new("test").with_all(statements)).await.map(drop)
}

async fn numbers(world: &World, id: ArchiveId, now: Timestamp, but_for: &[MailboxId]) -> Vec<i64> {
    let waiting = archive::waiting(&world.db, id, now, but_for, 10).await.unwrap();
    waiting.into_iter().map(|item| item.message.number()).collect()
}

both! {
    async fn what_belongs_to_an_archive_is_listed_once_and_each_message_gets_its_fate(world: World) {
        let world = world.furnished().await;
        let id = asked(&world, 7).await.id;
        commit(&world, archive::plan(id, &[item(3), item(1)], Some("on"), AT)).await.unwrap();
        assert_eq!(archive::find(&world.db, id).await.unwrap().unwrap().plan_cursor.as_deref(), Some("on"));
        commit(&world, archive::plan(id, &[item(1), item(2)], None, AT)).await.unwrap();
        let planned = archive::find(&world.db, id).await.unwrap().unwrap();
        assert_eq!((planned.state, planned.planned, planned.planned_at), (ArchiveState::Carrying, 3, Some(AT)));
        assert_eq!(numbers(&world, id, AT, &[]).await, [1, 2, 3], "the oldest first");
        assert!(numbers(&world, id, AT, &[MAILBOX]).await.is_empty(), "its mailbox is left alone");

        let kept = Kept { size_bytes: 5, sha256: vec![1, 2], file: "mail.mbox".to_owned(), start: Some(40), altered: Some("so".to_owned()) };
        let (kept, gone) = (Fate::Kept(kept), Fate::Missing { code: "gone".to_owned(), detail: "Deleted.".to_owned() });
        let later = AT.plus(std::time::Duration::from_secs(60));
        let fates = [
            archive::settle(id, MessageId::from_number(1), &kept),
            archive::settle(id, MessageId::from_number(2), &gone),
            archive::put_off(id, MessageId::from_number(3), later),
            archive::progress(id, 1, 1, 5, 47),
        ];
        commit(&world, fates).await.unwrap();
        assert!(numbers(&world, id, AT, &[]).await.is_empty());
        assert_eq!(archive::next_waiting(&world.db, id).await.unwrap(), Some(later));
        let items = archive::items(&world.db, id, None, 10).await.unwrap();
        assert_eq!(items, [Item { fate: Some(kept), ..item(1) }, Item { fate: Some(gone), ..item(2) }, Item { tries: 1, ..item(3) }]);
        assert_eq!(archive::missing(&world.db, id, None, 10).await.unwrap().len(), 1);
        let present = archive::find(&world.db, id).await.unwrap().unwrap();
        assert_eq!((present.kept, present.missing, present.size_bytes, present.written_bytes), (1, 1, 5, 47));
        commit(&world, [archive::finish(id, b"hash", later)]).await.unwrap();
        let done = archive::find(&world.db, id).await.unwrap().unwrap();
        assert_eq!((done.state, done.manifest_sha256, done.finished_at), (ArchiveState::Done, Some(b"hash".to_vec()), Some(later)));
    }

    async fn a_cancelled_archive_takes_no_progress_until_it_is_resumed(world: World) {
        let world = world.furnished().await;
        let present = asked(&world, 8).await;
        commit(&world, archive::plan(present.id, &[item(1)], None, AT)).await.unwrap();
        commit(&world, [archive::cancel(present.id, AT)]).await.unwrap();
        for refused in [
            commit(&world, [archive::progress(present.id, 1, 0, 5, 0)]).await,
            commit(&world, [archive::open(present.id)]).await,
            commit(&world, [archive::finish(present.id, b"", AT)]).await,
            commit(&world, [archive::cancel(present.id, AT)]).await,
            commit(&world, archive::plan(present.id, &[], None, AT)).await,
        ] {
            assert!(matches!(refused, Err(StoreError::Refused { guard: archive::GOES_ON })), "{refused:?}");
        }
        work::claim(&world.db, AT, 1, std::time::Duration::from_secs(60), "node", &[store::due::CARRY_ARCHIVE]).await.unwrap();
        commit(&world, archive::resume(&present, Some(b"sealed".to_vec()), AT)).await.unwrap();
        let resumed = archive::find(&world.db, present.id).await.unwrap().unwrap();
        assert_eq!((resumed.state, resumed.secret_sealed), (ArchiveState::Carrying, Some(b"sealed".to_vec())));
        commit(&world, [archive::progress(present.id, 1, 0, 5, 0)]).await.unwrap();
    }

    async fn what_a_command_carries_no_server_claims(world: World) {
        let world = world.furnished().await;
        let (id, target) = (ArchiveId::from_number(9), Target::Directory { path: "/a".to_owned(), format: Format::Eml });
        let archive = Archive { by_command: true, ..Archive::asked(id, WORKSPACE, Wanted::default(), target, AT) };
        commit(&world, archive::ask(&archive)).await.unwrap();
        let minute = std::time::Duration::from_secs(60);
        assert!(work::claim(&world.db, AT, 1, minute, "server", &[store::due::CARRY_ARCHIVE]).await.unwrap().is_empty());
        let kind = archive::kind_of_work(&archive);
        let own = work::claim(&world.db, AT, 1, minute, "command", &[&kind]).await.unwrap();
        assert_eq!(own[0].key, id.to_string());
    }
}
