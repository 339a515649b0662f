//! Due work: leases, fences, marks, lanes.

use std::collections::HashSet;
use std::time::Duration;

use base::Timestamp;
use store::work::{self, Lane, Lease};
use store::{Db, Statement, StoreError, Transaction, setting};

use crate::world::{World, at, both};

const KINDS: &[&str] = &["pull", "audit"];
const LEASE: Duration = Duration::from_secs(60);

async fn commit(db: &Db, statements: impl IntoIterator<Item = Statement>) -> Result<(), StoreError> {
    db.commit(Transaction::new("test.work").with_all(statements)).await.map(drop)
}

async fn claim(db: &Db, now: i64, limit: u32) -> Vec<Lease> {
    work::claim(db, at(now), limit, LEASE, "node", KINDS).await.unwrap()
}

fn keys(leases: &[Lease]) -> Vec<&str> {
    leases.iter().map(|lease| lease.key.as_str()).collect()
}

both! {
    async fn what_is_due_is_claimed_by_lane_and_then_by_waiting_time(world: World) {
        let db = &world.db;
        commit(db, [
            work::mark_due("pull", "old", Lane::Scheduled, at(1)),
            work::mark_due("pull", "told", Lane::Notified, at(50)),
            work::mark_due("audit", "asked", Lane::Interactive, at(90)),
            work::mark_due("pull", "young", Lane::Scheduled, at(2)),
            work::mark_due("pull", "later", Lane::Interactive, at(200)),
            work::mark_due("carry", "foreign", Lane::Interactive, at(1)),
        ]).await.unwrap();
        assert_eq!(keys(&claim(db, 100, 2).await), ["asked", "told"]);
        assert_eq!(keys(&claim(db, 100, 1).await), ["old"]);
        assert_eq!(keys(&claim(db, 100, 9).await), ["young"]);
        assert_eq!(keys(&claim(db, 100, 9).await), [] as [&str; 0]);
        assert_eq!(work::next_due(db, KINDS).await.unwrap(), Some(at(200)));
        assert_eq!(work::next_due(db, &["nothing"]).await.unwrap(), None);
        assert_eq!(work::list_due(db, at(100), 9).await.unwrap().len(), 5);
    }

    async fn a_lease_that_was_taken_over_writes_nothing(world: World) {
        let db = &world.db;
        commit(db, [work::mark_due("pull", "a", Lane::Notified, at(1))]).await.unwrap();
        let stale = claim(db, 10, 1).await.remove(0);
        assert!(claim(db, 10 + 59_999, 1).await.is_empty(), "the lease still runs");
        let fresh = claim(db, 10 + 60_000, 1).await.remove(0);
        assert_eq!((stale.attempts, fresh.attempts, fresh.fence), (1, 2, stale.fence + 1));
        for end in [work::hold(&stale), work::extend(&stale, at(99)), work::settle(&stale, at(99), Lane::Scheduled), work::postpone(&stale, at(99), Lane::Scheduled, "x")] {
            let refused = commit(db, [setting::put("stale", "1"), end]).await;
            assert!(matches!(refused, Err(StoreError::Refused { guard: "the lease is still mine" })), "{refused:?}");
        }
        assert_eq!(setting::find(db, "stale").await.unwrap(), None);
        commit(db, work::finish(&stale)).await.unwrap();
        commit(db, [work::hold(&fresh), setting::put("fresh", "1")]).await.unwrap();
        commit(db, [work::settle(&fresh, Timestamp::NEVER, Lane::Scheduled)]).await.unwrap();
        assert!(commit(db, [work::settle(&fresh, at(99), Lane::Scheduled)]).await.is_err(), "settled twice");
    }

    async fn a_mark_during_the_lease_leads_to_due_again(world: World) {
        let db = &world.db;
        commit(db, [work::mark_due("pull", "a", Lane::Scheduled, at(1))]).await.unwrap();
        let lease = claim(db, 10, 1).await.remove(0);
        commit(db, [work::mark_due("pull", "a", Lane::Notified, at(11))]).await.unwrap();
        assert!(claim(db, 12, 1).await.is_empty(), "it is held");
        commit(db, [work::settle(&lease, at(999_999), Lane::Scheduled)]).await.unwrap();
        let again = claim(db, 12, 1).await.remove(0);
        assert_eq!((again.lane, again.attempts), (Lane::Notified, 1));
        commit(db, [work::settle(&again, at(999_999), Lane::Scheduled)]).await.unwrap();
        assert!(claim(db, 13, 1).await.is_empty());
        let item = work::find(db, "pull", "a").await.unwrap().unwrap();
        assert_eq!((item.due_at, item.lane, item.holder), (at(999_999), Lane::Scheduled, None));
    }

    async fn finished_work_goes_unless_it_was_marked_meanwhile(world: World) {
        let db = &world.db;
        commit(db, [work::mark_due("pull", "a", Lane::Scheduled, at(1))]).await.unwrap();
        let lease = claim(db, 10, 1).await.remove(0);
        commit(db, [work::mark_due("pull", "a", Lane::Notified, at(11))]).await.unwrap();
        commit(db, work::finish(&lease)).await.unwrap();
        let lease = claim(db, 12, 1).await.remove(0);
        commit(db, work::finish(&lease)).await.unwrap();
        assert!(work::find(db, "pull", "a").await.unwrap().is_none());
    }

    async fn a_mark_never_postpones_and_ensuring_changes_nothing(world: World) {
        let db = &world.db;
        commit(db, [work::ensure("pull", "a", Lane::Scheduled, at(100)), work::ensure("pull", "a", Lane::Interactive, at(1))]).await.unwrap();
        commit(db, [work::mark_due("pull", "a", Lane::Scheduled, at(500))]).await.unwrap();
        assert_eq!(work::next_due(db, KINDS).await.unwrap(), Some(at(100)));
        commit(db, [work::mark_due("pull", "a", Lane::Scheduled, at(50))]).await.unwrap();
        assert_eq!(work::next_due(db, KINDS).await.unwrap(), Some(at(50)));
        commit(db, [work::remove("pull", "a")]).await.unwrap();
        assert_eq!(work::next_due(db, KINDS).await.unwrap(), None);
    }

    async fn postponed_work_counts_its_tries_and_says_why(world: World) {
        let db = &world.db;
        commit(db, [work::mark_due("pull", "a", Lane::Notified, at(1))]).await.unwrap();
        for tries in 1..=3 {
            let lease = claim(db, tries * 100, 1).await.remove(0);
            assert_eq!(i64::from(lease.attempts), tries);
            commit(db, [work::postpone(&lease, at(tries * 100 + 50), lease.lane, "Microsoft is busy")]).await.unwrap();
        }
        let item = work::find(db, "pull", "a").await.unwrap().unwrap();
        assert_eq!((item.attempts, item.problem.as_deref(), item.due_at), (3, Some("Microsoft is busy"), at(350)));
    }

    async fn claims_of_eight_at_once_never_overlap(world: World) {
        let db = &world.db;
        commit(db, (0..300).map(|number| work::mark_due("pull", &format!("key {number}"), Lane::Scheduled, at(number)))).await.unwrap();
        let claimers: Vec<_> = (0..8).map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                let mut mine = Vec::new();
                // Others' locks may hide what is due from one look: it is gone when nothing is due any more.
                while work::next_due(&db, KINDS).await.unwrap().is_some_and(|due| due <= at(1000)) {
                    for lease in work::claim(&db, at(1000), 5, LEASE, "node", KINDS).await.unwrap() {
                        db.commit(Transaction::new("test.settle").with(work::hold(&lease)).with(work::settle(&lease, Timestamp::NEVER, Lane::Scheduled))).await.unwrap();
                        mine.push(lease.key);
                    }
                }
                mine
            })
        }).collect();
        let mut all = Vec::new();
        for claimer in claimers {
            all.extend(claimer.await.unwrap());
        }
        assert_eq!(all.len(), 300, "something was claimed twice or never");
        assert_eq!(all.into_iter().collect::<HashSet<_>>().len(), 300);
    }
}
