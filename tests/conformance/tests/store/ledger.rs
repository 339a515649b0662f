//! The ledger: numbers without gaps, in commit order, whoever writes at once; cursors that never go back.

use model::event::{EventKind, NewEvent};
use model::id::MailboxId;
use store::{Sql, Statement, StoreError, Transaction, cursor, ledger, setting};

use crate::world::{MAILBOX, WORKSPACE, World, at, both, received};

/// Takes 20 milliseconds or so, and does nothing.
fn slow() -> Statement {
    const SQL: Sql = Sql::each(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 50000) SELECT COUNT(*) FROM n",
        "SELECT 1 FROM pg_sleep(0.02)",
    );
    Statement::new(SQL, [])
}

const OTHER: MailboxId = MailboxId::from_number(11);

both! {
    async fn events_are_numbered_for_the_workspace_and_for_each_mailbox(world: World) {
        let detailed = NewEvent { kind: EventKind::MessageMoved, subject: 3, backfill: true, data: serde_json::json!({"from": "inbox"}) };
        for (mailbox, events) in [(MAILBOX, vec![received(1), received(2)]), (OTHER, vec![detailed.clone()]), (MAILBOX, vec![received(4)]), (OTHER, vec![])] {
            world.db.commit(Transaction::new("test.append").with_all(ledger::append(WORKSPACE, mailbox, at(7), &events))).await.unwrap();
        }
        let events = ledger::read(&world.db, WORKSPACE, 0, 100).await.unwrap();
        let numbers: Vec<_> = events.iter().map(|event| (event.seq, event.mailbox, event.mailbox_seq, event.subject)).collect();
        let (mine, others) = (Some(MAILBOX), Some(OTHER));
        assert_eq!(numbers, [(1, mine, 1, 1), (2, mine, 2, 2), (3, others, 1, 3), (4, mine, 3, 4)]);
        assert_eq!((events[2].kind, events[2].backfill, events[2].at, &events[2].data), (detailed.kind, true, at(7), &detailed.data));
        assert_eq!(ledger::read(&world.db, WORKSPACE, 1, 2).await.unwrap(), events[1..3]);
        assert_eq!(ledger::read_mailbox(&world.db, MAILBOX, 2, 9).await.unwrap(), events[3..]);
        assert_eq!(ledger::head(&world.db, WORKSPACE).await.unwrap(), 4);
    }

    async fn what_concerns_the_workspace_has_numbers_of_its_own(world: World) {
        let whole = NewEvent { kind: EventKind::ThreadCreated, subject: 5, backfill: false, data: serde_json::Value::Null };
        let transaction = Transaction::new("test.append")
            .with_all(ledger::append(WORKSPACE, MAILBOX, at(7), &[received(1)]))
            .with_all(ledger::append_of_workspace(WORKSPACE, at(7), &[whole.clone(), whole]));
        world.db.commit(transaction).await.unwrap();
        let events = ledger::read(&world.db, WORKSPACE, 0, 100).await.unwrap();
        let numbers: Vec<_> = events.iter().map(|event| (event.seq, event.mailbox, event.mailbox_seq)).collect();
        assert_eq!(numbers, [(1, Some(MAILBOX), 1), (2, None, 1), (3, None, 2)]);
    }

    async fn a_reader_never_steps_over_an_event_that_is_committed_late(world: World) {
        let writers: Vec<_> = (0..4_i64).map(|writer| {
            let db = world.db.clone();
            tokio::spawn(async move {
                for turn in 0..25 {
                    // Two of them are slow between taking their numbers and committing; the others are not.
                    let mailbox = MailboxId::from_number(10 + writer);
                    let mut race = Transaction::new("test.race").with_all(ledger::append(WORKSPACE, mailbox, at(1), &[received(turn), received(turn)]));
                    race.extend((writer < 2).then(slow));
                    db.commit(race).await.unwrap();
                }
            })
        }).collect();
        let (mut seen, wanted) = (0, 4 * 25 * 2);
        while seen < wanted {
            for event in ledger::read(&world.db, WORKSPACE, seen, 5000).await.unwrap() {
                assert_eq!(event.seq, seen + 1, "an event was stepped over");
                seen = event.seq;
            }
            tokio::task::yield_now().await;
        }
        for writer in writers {
            writer.await.unwrap();
        }
        assert_eq!(ledger::head(&world.db, WORKSPACE).await.unwrap(), wanted);
    }

    async fn a_rolled_back_transaction_leaves_no_gap(world: World) {
        let refused = Transaction::new("test.refused")
            .with_all(ledger::append(WORKSPACE, MAILBOX, at(1), &[received(1)]))
            .with(setting::put("x", "1").expect_rows(2, "never"));
        assert!(world.db.commit(refused).await.is_err());
        world.db.commit(Transaction::new("test.append").with_all(ledger::append(WORKSPACE, MAILBOX, at(1), &[received(2)]))).await.unwrap();
        let events = ledger::read(&world.db, WORKSPACE, 0, 9).await.unwrap();
        assert_eq!((events.len(), events[0].seq, events[0].mailbox_seq, events[0].subject), (1, 1, 1, 2));
    }

    async fn of_two_who_decide_the_same_batch_one_wins(world: World) {
        assert_eq!(ledger::position(&world.db, "search", WORKSPACE).await.unwrap(), 0);
        let batch = |from, to: i64| Transaction::new("test.decide").with(setting::put("decided", &to.to_string())).with(ledger::advance("search", WORKSPACE, from, to));
        world.db.commit(batch(0, 5)).await.unwrap();
        assert!(matches!(world.db.commit(batch(0, 9)).await, Err(StoreError::Refused { .. })));
        assert_eq!(setting::find(&world.db, "decided").await.unwrap().as_deref(), Some("5"));
        world.db.commit(batch(5, 9)).await.unwrap();
        assert_eq!(ledger::position(&world.db, "search", WORKSPACE).await.unwrap(), 9);
        let racing: Vec<_> = (0..8).map(|_| { let db = world.db.clone(); let batch = batch(9, 12); tokio::spawn(async move { db.commit(batch).await.is_ok() }) }).collect();
        let mut won = 0;
        for one in racing {
            won += usize::from(one.await.unwrap());
        }
        assert_eq!(won, 1);
    }

    async fn a_delta_cursor_moves_only_from_where_it_was_read(world: World) {
        let resource = cursor::messages_of("inbox-id");
        let start = cursor::Position { kind: cursor::CursorKind::Next, link: Some("https://graph/1".to_owned()), round: 1, round_started_at: at(5), pages: 1, saved_at: at(6) };
        let end = cursor::Position { kind: cursor::CursorKind::Delta, link: Some("https://graph/2".to_owned()), pages: 2, ..start.clone() };
        let save = |version, position| Transaction::new("test.cursor").with(cursor::save(MAILBOX, &resource, version, position));
        assert_eq!(cursor::find(&world.db, MAILBOX, &resource).await.unwrap(), None);
        world.db.commit(save(0, &start)).await.unwrap();
        assert!(matches!(world.db.commit(save(0, &end)).await, Err(StoreError::Refused { .. })));
        world.db.commit(save(1, &end)).await.unwrap();
        assert!(matches!(world.db.commit(save(1, &start)).await, Err(StoreError::Refused { .. })), "it went back");
        let found = cursor::find(&world.db, MAILBOX, &resource).await.unwrap().unwrap();
        assert_eq!((found.version, found.position), (2, end));
        world.db.commit(Transaction::new("test.remove").with(cursor::remove(MAILBOX, &resource))).await.unwrap();
        assert_eq!(cursor::list(&world.db, MAILBOX).await.unwrap(), []);
    }
}
