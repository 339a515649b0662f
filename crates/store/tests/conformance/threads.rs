//! Threads: keys lead to them, they grow, become one, and go with their last message.

use model::id::ThreadId;
use model::thread::{Found, Key};
use store::thread::{self, Thread};
use store::{Db, Statement, Transaction, message};

use crate::world::{self, WORKSPACE, World, at, both, listing};

const ONE: ThreadId = ThreadId::from_number(71);
const TWO: ThreadId = ThreadId::from_number(72);

async fn commit(db: &Db, statements: impl IntoIterator<Item = Statement>) {
    db.commit(Transaction::new("test.threads").with_all(statements)).await.unwrap();
}

fn new(id: ThreadId, at_ms: i64) -> Thread {
    Thread { id, workspace: WORKSPACE, subject: "Offer".to_owned(), first_at: at(at_ms), last_at: at(at_ms), message_count: 1 }
}

both! {
    async fn threads_grow_become_one_and_go(world: World) {
        let world = world.furnished().await;
        let db = &world.db;
        commit(db, (1..=3).map(|number| message::insert(&world::message(number), listing(1)))).await;
        commit(db, [
            thread::insert(&new(ONE, 1000)),
            thread::insert(&new(TWO, 3000)),
            message::set_thread(world::message(1).id, ONE),
            message::set_thread(world::message(2).id, ONE),
            message::set_thread(world::message(3).id, TWO),
            thread::grow(ONE, 1, at(2000), "Re: Offer", at(2000)),
            thread::put_key(WORKSPACE, Key(-5), ONE),
            thread::put_key(WORKSPACE, Key(6), TWO),
            thread::put_key(WORKSPACE, Key(7), ONE),
            thread::put_key(WORKSPACE, Key(7), TWO),
        ]).await;
        let mut found = thread::by_keys(db, WORKSPACE, &[Key(-5), Key(7), Key(8)]).await.unwrap();
        found.sort_by_key(|found| found.key);
        assert_eq!(found, [
            Found { key: Key(-5), thread: ONE, first_at: at(1000), last_at: at(2000) },
            Found { key: Key(7), thread: TWO, first_at: at(3000), last_at: at(3000) },
        ]);
        let page = thread::list(db, WORKSPACE, None, 1).await.unwrap();
        assert_eq!(page[0].id, TWO);
        assert_eq!(thread::list(db, WORKSPACE, Some((page[0].last_at, page[0].id)), 9).await.unwrap()[0].id, ONE);
        commit(db, thread::merge(TWO, ONE)).await;
        let merged = Thread { last_at: at(3000), message_count: 3, ..new(ONE, 1000) };
        assert_eq!(thread::find(db, ONE).await.unwrap(), Some(merged.clone()));
        assert_eq!(thread::find_many(db, &[ONE, TWO]).await.unwrap(), [merged]);
        assert_eq!(thread::by_keys(db, WORKSPACE, &[Key(6)]).await.unwrap()[0].thread, ONE);
        let ids: Vec<_> = message::in_thread(db, ONE, 9).await.unwrap().into_iter().map(|found| found.message.id).collect();
        assert_eq!(ids, [1, 2, 3].map(|number| world::message(number).id));
        commit(db, [thread::lose(world::message(1).id)].into_iter().chain(thread::recount(ONE))).await;
        assert_eq!(thread::find(db, ONE).await.unwrap(), Some(Thread { first_at: at(2000), last_at: at(3000), message_count: 2, ..new(ONE, 0) }));
        commit(db, [2, 3].into_iter().map(|number| thread::lose(world::message(number).id)).chain(thread::recount(ONE))).await;
        assert_eq!(thread::find(db, ONE).await.unwrap(), None);
        assert_eq!(thread::by_keys(db, WORKSPACE, &[Key(-5), Key(6)]).await.unwrap(), []);
    }
}
