//! Transactions: all or nothing, guards, groups, and the places at which a test can stop them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use store::{Phase, Statement, StoreError, Transaction, setting};

use crate::world::{World, both};

both! {
    async fn a_guard_that_fails_rolls_back_everything(world: World) {
        let refused = Transaction::new("test.guard")
            .with(setting::put("before", "1"))
            .with(Statement::new("UPDATE setting SET value = $1 WHERE name = $2", ["2".into(), "absent".into()]).expect_rows(1, "it is there"))
            .with(setting::put("after", "1"));
        let error = world.db.commit(refused).await.unwrap_err();
        assert!(matches!(error, StoreError::Refused { guard: "it is there" }), "{error:?}");
        assert_eq!(setting::find(&world.db, "before").await.unwrap(), None);
        assert_eq!(setting::find(&world.db, "after").await.unwrap(), None);
    }

    async fn a_statement_that_fails_rolls_back_everything_guarded_or_not(world: World) {
        for guarded in [false, true] {
            let mut failing = Transaction::new("test.fail").with(setting::put("before", "1"));
            if guarded {
                failing.push(setting::put("guarded", "1").expect_rows(1, "it is kept"));
            }
            failing.push(Statement::new("INSERT INTO setting (name, value) VALUES ($1, $2)", ["before".into(), "2".into()]));
            failing.push(setting::put("after", "1"));
            let error = world.db.commit(failing).await.unwrap_err();
            assert!(matches!(error, StoreError::Conflict(_)), "{error:?}");
            for name in ["before", "guarded", "after"] {
                assert_eq!(setting::find(&world.db, name).await.unwrap(), None);
            }
        }
        world.db.commit(Transaction::new("test.next").with(setting::put("next", "1"))).await.unwrap();
    }

    async fn arguments_of_the_wrong_kind_or_number_leave_nothing_behind(world: World) {
        let wrong: [Vec<store::Value>; 2] = [vec!["x".into()], vec!["x".into(), "y".into(), "z".into()]];
        for args in wrong {
            let failing = Transaction::new("test.wrong")
                .with(setting::put("before", "1"))
                .with(Statement::new("INSERT INTO setting (name, value) VALUES ($1, $2)", args));
            let error = world.db.commit(failing).await.unwrap_err();
            assert!(matches!(error, StoreError::Broken(_)), "{error:?}");
            assert_eq!(setting::find(&world.db, "before").await.unwrap(), None);
        }
    }

    async fn in_a_group_a_failing_transaction_fails_alone(world: World) {
        let commits = (0..200).map(|number| {
            let db = world.db.clone();
            tokio::spawn(async move {
                let mut transaction = Transaction::new("test.group").with(setting::put(&format!("row {number}"), "1"));
                if number % 10 == 3 {
                    transaction.push(setting::put("never", "1").expect_rows(7, "never"));
                }
                db.commit(transaction).await.is_ok()
            })
        });
        for (number, commit) in commits.collect::<Vec<_>>().into_iter().enumerate() {
            let committed = commit.await.unwrap();
            assert_eq!(committed, number % 10 != 3);
            assert_eq!(setting::find(&world.db, &format!("row {number}")).await.unwrap().is_some(), committed);
        }
        assert_eq!(setting::find(&world.db, "never").await.unwrap(), None);
    }

    async fn returned_rows_and_counts_come_back_by_place(world: World) {
        let outcome = world.db.commit(Transaction::new("test.rows")
            .with(setting::put("a", "1"))
            .with(Statement::new("INSERT INTO setting (name, value) VALUES ($1, $2) RETURNING value, name", ["b".into(), "2".into()]))
            .with(Statement::new("DELETE FROM setting", []))).await;
        let mut outcome = outcome.unwrap();
        assert_eq!(outcome.affected, [1, 1, 2]);
        let mut row = outcome.rows[1].pop().unwrap();
        assert_eq!(row.take::<String>("name").unwrap(), "b");
        assert_eq!(row.read::<String>().unwrap(), "2");
    }

    async fn a_caller_who_stops_waiting_leaves_a_whole_transaction(world: World) {
        for number in 0..20 {
            let name = format!("row {number}");
            let transaction = Transaction::new("test.abandoned").with_all((0..20).map(|part| setting::put(&format!("{name}/{part}"), "1").expect_rows(1, "kept")));
            let db = world.db.clone();
            let mut commit = Box::pin(db.commit(transaction));
            let _ = futures::poll!(&mut commit);
            drop(commit);
        }
        world.db.commit(Transaction::new("test.last").with(setting::put("last", "1"))).await.unwrap();
        let mut row = world.db.query_first("SELECT COUNT(*) FROM setting", []).await.unwrap().unwrap();
        let count: i64 = row.read().unwrap();
        assert_eq!(count % 20, 1, "{count} rows");
    }

    async fn a_test_stops_the_program_before_or_after_a_commit(world: World) {
        let asked = Arc::new(AtomicUsize::new(0));
        for phase in [Phase::Before, Phase::After] {
            let count = Arc::clone(&asked);
            let stopped = world.db.with_commit_hook(Arc::new(move |name, at| {
                count.fetch_add(1, Ordering::SeqCst);
                name == "test.stop" && at == phase
            }));
            let error = stopped.commit(Transaction::new("test.stop").with(setting::put("stopped", "1"))).await.unwrap_err();
            assert!(matches!(error, StoreError::Crashed));
            assert_eq!(setting::find(&world.db, "stopped").await.unwrap().is_some(), phase == Phase::After);
            stopped.commit(Transaction::new("test.other").with(setting::put("other", "1"))).await.unwrap();
        }
        assert_eq!(asked.load(Ordering::SeqCst), 1 + 2 + 2 + 2);
    }

    async fn those_who_wait_are_woken_by_due_work_and_not_by_anything_else(world: World) {
        let mut woken = world.db.woken();
        woken.mark_unchanged();
        world.db.commit(Transaction::new("test.quiet").with(setting::put("a", "1"))).await.unwrap();
        assert!(!woken.has_changed().unwrap());
        world.db.commit(Transaction::new("test.loud").with(store::work::mark_due("pull", "a", store::work::Lane::Notified, crate::world::at(1)))).await.unwrap();
        assert!(woken.has_changed().unwrap());
    }

    async fn a_durable_transaction_is_kept_like_any_other(world: World) {
        world.db.commit(Transaction::new("test.durable").with(setting::put("a", "1")).durable()).await.unwrap();
        world.db.commit(Transaction::new("test.usual").with(setting::put("b", "1"))).await.unwrap();
        assert!(setting::find(&world.db, "a").await.unwrap().is_some() && setting::find(&world.db, "b").await.unwrap().is_some());
    }

    async fn a_nul_in_a_text_is_replaced_and_null_stays_null(world: World) {
        world.db.commit(Transaction::new("test.nul").with(setting::put("nul", "a\0b"))).await.unwrap();
        assert_eq!(setting::find(&world.db, "nul").await.unwrap().as_deref(), Some("a\u{FFFD}b"));
        let mut row = world.db.query_first("SELECT CAST(NULL AS TEXT), value FROM setting WHERE name = $1", ["nul".into()]).await.unwrap().unwrap();
        assert_eq!(row.read::<Option<String>>().unwrap(), None);
        assert!(row.read::<i64>().is_err());
    }
}
