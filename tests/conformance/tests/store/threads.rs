//! Threads: keys lead to their nodes, they grow, become one, are parted, and go with their last message.

use model::id::{JobId, MessageId, ThreadId, ThreadJoinId, ThreadNodeId};
use model::thread::{Found, Intent, Key, Reason};
use store::thread::{self, Place, Thread};
use store::thread_edit::{self, Ended, ThreadEdit};
use store::thread_join::{self, Join};
use store::{Db, Statement, StoreError, Transaction, due, letter, message, work};

use crate::world::{self, WORKSPACE, World, at, both, listing};

const ONE: ThreadId = ThreadId::from_number(71);
const TWO: ThreadId = ThreadId::from_number(72);

async fn commit(db: &Db, statements: impl IntoIterator<Item = Statement>) {
    db.commit(Transaction::new("test.threads").with_all(statements)).await.unwrap();
}

fn new(id: ThreadId, at_ms: i64) -> Thread {
    Thread {
        id,
        workspace: WORKSPACE,
        subject: format!("Of {at_ms}"),
        first_at: at(at_ms),
        last_at: at(at_ms),
        message_count: 1,
        version: 1,
    }
}

fn node(thread: ThreadId) -> ThreadNodeId {
    ThreadNodeId::from_number(thread.number())
}

fn put(number: i64, thread: ThreadId, copy_key: i64) -> Statement {
    thread::put(world::message(number).id, Place { thread, node: node(thread), reason: Reason::Reference, copy_key })
}

fn join(number: i64) -> Join {
    Join {
        id: ThreadJoinId::from_number(number),
        workspace: WORKSPACE,
        one: node(TWO),
        other: node(ONE),
        message: Some(MessageId::from_number(5)),
        reason: Reason::Subject,
        actor: None,
        at: at(9),
        undone_at: None,
        undone_by: None,
    }
}

/// Thread one with messages 1 and 2, which are copies, and thread two with message 3.
async fn two_threads(db: &Db) {
    commit(db, (1..=3).map(|number| message::insert(&world::message(number), listing(1)))).await;
    commit(
        db,
        [
            thread::insert(&new(ONE, 1000)),
            thread::insert(&new(TWO, 3000)),
            thread::insert_node(WORKSPACE, node(ONE), ONE),
            thread::insert_node(WORKSPACE, node(TWO), TWO),
            put(1, ONE, 4),
            put(2, ONE, 4),
            put(3, TWO, 5),
            thread::put_key(WORKSPACE, Key(-5), node(ONE)),
            thread::put_key(WORKSPACE, Key(6), node(TWO)),
            thread::put_key(WORKSPACE, Key(7), node(ONE)),
            thread::put_key(WORKSPACE, Key(7), node(TWO)),
            thread::recount(&[ONE, TWO]),
        ],
    )
    .await;
}

both! {
    async fn threads_grow_become_one_and_go(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        two_threads(db).await;
        let mut found = thread::by_keys(db, WORKSPACE, &[Key(-5), Key(7), Key(8)]).await.unwrap();
        found.sort_by_key(|found| found.key);
        assert_eq!(found, [
            Found { key: Key(-5), node: node(ONE), thread: ONE, first_at: at(1000), last_at: at(2000) },
            Found { key: Key(7), node: node(TWO), thread: TWO, first_at: at(3000), last_at: at(3000) },
        ]);
        let page = thread::list(db, WORKSPACE, None, 1).await.unwrap();
        assert_eq!((page[0].id, page[0].version), (TWO, 2));
        let next = thread::list(db, WORKSPACE, Some((page[0].last_at, page[0].id)), 9).await.unwrap();
        assert_eq!((next[0].id, next[0].message_count), (ONE, 1), "copies count once");
        commit(db, thread::merge(ONE, TWO).into_iter().chain([thread_join::insert(&join(1)), thread::recount(&[TWO])])).await;
        let merged = Thread { subject: "Of 1000".to_owned(), last_at: at(3000), message_count: 2, version: 3, ..new(TWO, 1000) };
        assert_eq!(thread::find(db, TWO).await.unwrap(), Some(merged.clone()));
        assert_eq!(thread::find_many(db, &[ONE, TWO]).await.unwrap(), [merged]);
        assert_eq!(thread::became(db, WORKSPACE, ONE).await.unwrap(), Some(TWO));
        assert_eq!(thread::by_keys(db, WORKSPACE, &[Key(-5)]).await.unwrap()[0].thread, TWO);
        let messages = message::in_thread(db, TWO, 9).await.unwrap();
        let folded: Vec<Vec<_>> = thread::fold(messages).into_iter().map(|mail| mail.into_iter().map(|copy| copy.message.id).collect()).collect();
        let id = |number| world::message(number).id;
        assert_eq!(folded, [vec![id(1), id(2)], vec![id(3)]]);
        let after = message::in_thread_after(db, TWO, Some((world::message(1).received_at, id(1))), 9).await.unwrap();
        assert_eq!(after.into_iter().map(|found| found.message.id).collect::<Vec<_>>(), [id(2), id(3)]);
        commit(db, [thread::lose(&[id(1)]), thread::recount(&[TWO])]).await;
        let lost = thread::find(db, TWO).await.unwrap().unwrap();
        assert_eq!((lost.first_at, lost.message_count), (at(2000), 2));
        assert_eq!(thread::sizes(db, &[ONE, TWO]).await.unwrap(), [(TWO, 2)]);
        commit(db, [thread::lose(&[id(2), id(3)])].into_iter().chain(thread::forget(TWO))).await;
        assert_eq!(thread::find(db, TWO).await.unwrap(), None);
        assert_eq!(thread::by_keys(db, WORKSPACE, &[Key(-5), Key(6)]).await.unwrap(), []);
        assert_eq!(thread_join::find(db, join(1).id).await.unwrap(), None);
    }

    async fn a_join_holds_a_thread_together_until_it_is_undone(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        two_threads(db).await;
        commit(db, thread::merge(TWO, ONE).into_iter().chain([thread_join::insert(&join(1)), thread::recount(&[ONE])])).await;
        assert_eq!(thread_join::of_thread(db, ONE).await.unwrap(), [join(1)]);
        assert_eq!(thread_join::thread_of(db, join(1).id).await.unwrap(), Some(ONE));
        assert_eq!(thread::nodes(db, ONE).await.unwrap(), [node(ONE), node(TWO)]);
        let kept = letter::of_nodes(db, &[node(TWO)], 9).await.unwrap();
        assert_eq!(kept.iter().map(|kept| (kept.message, kept.node, kept.copy_key)).collect::<Vec<_>>(), [(world::message(3).id, node(TWO), Some(5))]);
        commit(db, [thread::insert(&new(TWO, 3000)), thread_join::undo(join(1).id, "anna", at(50))]
            .into_iter()
            .chain(thread::move_nodes(&[node(TWO)], ONE, TWO))
            .chain([thread_join::keep_apart(WORKSPACE, node(TWO), node(ONE), "anna", at(50)), thread::recount(&[ONE, TWO])])).await;
        assert_eq!(thread_join::of_thread(db, ONE).await.unwrap(), []);
        let undone = thread_join::find(db, join(1).id).await.unwrap().unwrap();
        assert_eq!((undone.undone_at, undone.undone_by.as_deref()), (Some(at(50)), Some("anna")));
        assert_eq!(thread::find(db, TWO).await.unwrap().unwrap().message_count, 1);
        assert_eq!(message::in_thread(db, TWO, 9).await.unwrap().len(), 1);
        assert_eq!(thread_join::apart(db, &[ONE, TWO]).await.unwrap(), [((node(ONE), ONE), (node(TWO), TWO))]);
        assert_eq!(thread_join::apart(db, &[ONE]).await.unwrap(), []);
        commit(db, [thread_join::allow(node(TWO), node(ONE))]).await;
        assert_eq!(thread_join::apart(db, &[ONE, TWO]).await.unwrap(), []);
    }

    async fn an_edit_waits_until_it_was_performed_once(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        let intent = Intent::Split { thread: ONE, messages: vec![world::message(1).id] };
        let edit = |number| ThreadEdit { id: JobId::from_number(number), workspace: WORKSPACE, intent: intent.clone(), actor: "anna".to_owned(), asked_at: at(4), ended: None };
        commit(db, thread_edit::ask(&edit(1)).into_iter().chain(thread_edit::ask(&edit(2)))).await;
        assert!(work::find(db, due::DECIDE_THREADS, &WORKSPACE.to_string()).await.unwrap().is_some());
        assert_eq!(thread_edit::next(db, WORKSPACE).await.unwrap(), Some(edit(1)));
        let ended = Ended { at: at(6), thread: Some(TWO), refusal: None };
        commit(db, [thread_edit::end(edit(1).id, &ended)]).await;
        let again = db.commit(Transaction::new("test.again").with(thread_edit::end(edit(1).id, &ended))).await;
        assert!(matches!(again, Err(StoreError::Refused { .. })));
        assert_eq!(thread_edit::find(db, edit(1).id).await.unwrap().unwrap().ended, Some(ended));
        assert_eq!(thread_edit::next(db, WORKSPACE).await.unwrap(), Some(edit(2)));
    }
}
