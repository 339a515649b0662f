//! Deliveries: numbered without gaps for each endpoint and mailbox, settled in that order, forgotten in time.

use std::time::Duration;

use base::{Id, Problem, Timestamp};
use model::event::EventKind;
use model::id::{DeliveryId, EndpointId};
use store::delivery::{self, Announcement, Attempt, DeliveryState};
use store::endpoint::{self, Endpoint, EndpointKind, EndpointState, Filter};
use store::{Db, Statement, StoreError, Transaction, due, ledger, retention};

use crate::world::{MAILBOX, WORKSPACE, World, at, both, received};

const ENDPOINT: EndpointId = Id::from_number(70);

async fn commit(db: &Db, statements: impl IntoIterator<Item = Statement>) -> Result<(), StoreError> {
    db.commit(Transaction::new("test.deliveries").with_all(statements)).await.map(drop)
}

fn an_endpoint() -> Endpoint {
    Endpoint {
        id: ENDPOINT,
        workspace: WORKSPACE,
        kind: EndpointKind::Zapier,
        host: "https://hooks.fabrikam.example".to_owned(),
        url_sealed: vec![1, 2],
        description: "New mail".to_owned(),
        filter: Filter { kinds: vec!["message.*".to_owned()], mailboxes: vec![MAILBOX] },
        expand: true,
        owner: "administrator".to_owned(),
        state: EndpointState::Active,
        state_at: at(5),
        problem: None,
        secret_sealed: vec![3],
        previous_secret: None,
        failures: 0,
        failing_since: None,
        succeeded_at: None,
        held_until: None,
        after_seq: 0,
        version: 1,
        created_at: at(5),
    }
}

fn told(number: i64, event_seq: i64) -> Announcement {
    Announcement { id: DeliveryId::from_number(number), event_seq, event_kind: EventKind::MessageReceived, replay_of: None }
}

/// Two events of a mailbox, an endpoint, and two deliveries of each stream.
async fn with_deliveries(world: World) -> World {
    let world = world.furnished().await;
    let events = [received(1), received(2)];
    commit(&world.db, ledger::append(WORKSPACE, MAILBOX, at(1), &events)).await.unwrap();
    commit(&world.db, [endpoint::insert(&an_endpoint())]).await.unwrap();
    let mine = delivery::announce(WORKSPACE, ENDPOINT, MAILBOX.number(), &[told(1, 1), told(2, 2)], at(10));
    let whole = delivery::announce(WORKSPACE, ENDPOINT, WORKSPACE.number(), &[told(3, 1), told(4, 2)], at(11));
    commit(&world.db, mine.into_iter().chain(whole)).await.unwrap();
    world
}

async fn due_at(db: &Db, now: Timestamp) -> Vec<(i64, i64)> {
    let due = delivery::due(db, ENDPOINT, now, &[], 16, 8).await.unwrap();
    due.iter().map(|one| (one.stream, one.sequence)).collect()
}

both! {
    async fn an_endpoint_comes_back_as_it_was_written(world: World) {
        let world = world.furnished().await;
        commit(&world.db, ledger::append(WORKSPACE, MAILBOX, at(1), &[received(1), received(2)])).await.unwrap();
        commit(&world.db, [endpoint::insert(&an_endpoint())]).await.unwrap();
        let kept = endpoint::find(&world.db, ENDPOINT).await.unwrap().unwrap();
        assert_eq!(kept, Endpoint { after_seq: 2, ..an_endpoint() });
        assert_eq!(endpoint::list(&world.db, WORKSPACE).await.unwrap(), vec![kept.clone()]);
        assert_eq!(endpoint::listeners(&world.db, WORKSPACE).await.unwrap()[0].after_seq, 2);
        let changed = Endpoint { description: "Mail".to_owned(), ..kept.clone() };
        commit(&world.db, [endpoint::change(&changed)]).await.unwrap();
        let stale = commit(&world.db, [endpoint::change(&changed)]).await.unwrap_err();
        assert!(matches!(stale, StoreError::Refused { .. }), "{stale:?}");
    }

    async fn an_endpoint_that_is_stopped_says_why_and_can_be_resumed_once(world: World) {
        let world = with_deliveries(world).await;
        let problem = Problem::new("gone", "It is gone.", "It answered 410.", "Make another.");
        commit(&world.db, [endpoint::stop(ENDPOINT, EndpointState::Disabled, &problem, at(20))]).await.unwrap();
        let stopped = endpoint::find(&world.db, ENDPOINT).await.unwrap().unwrap();
        assert_eq!((stopped.state, stopped.problem, stopped.state_at), (EndpointState::Disabled, Some(problem.clone()), at(20)));
        assert!(endpoint::listeners(&world.db, WORKSPACE).await.unwrap().is_empty());
        commit(&world.db, [endpoint::stop(ENDPOINT, EndpointState::Paused, &problem, at(20))]).await.unwrap_err();
        commit(&world.db, [endpoint::resume(ENDPOINT, at(30))]).await.unwrap();
        commit(&world.db, [endpoint::resume(ENDPOINT, at(30))]).await.unwrap_err();
    }

    async fn how_the_calls_went_is_kept(world: World) {
        let world = with_deliveries(world).await;
        let failing = Endpoint { failures: 3, failing_since: Some(at(6)), succeeded_at: Some(at(4)), held_until: Some(at(9)), ..an_endpoint() };
        commit(&world.db, [endpoint::set_health(&failing)]).await.unwrap();
        assert_eq!(endpoint::find(&world.db, ENDPOINT).await.unwrap(), Some(Endpoint { after_seq: 2, ..failing }));
    }

    async fn the_secret_before_stays_beside_the_new_one(world: World) {
        let world = with_deliveries(world).await;
        commit(&world.db, [endpoint::rotate_secret(ENDPOINT, vec![9], at(99))]).await.unwrap();
        let rotated = endpoint::find(&world.db, ENDPOINT).await.unwrap().unwrap();
        assert_eq!((rotated.secret_sealed, rotated.previous_secret), (vec![9], Some((vec![3], at(99)))));
    }

    async fn deliveries_are_numbered_for_each_stream_and_come_with_their_events(world: World) {
        let world = with_deliveries(world).await;
        let more = delivery::announce(WORKSPACE, ENDPOINT, MAILBOX.number(), &[Announcement { replay_of: Some(Id::from_number(1)), ..told(5, 1) }], at(12));
        commit(&world.db, more).await.unwrap();
        let due = delivery::due(&world.db, ENDPOINT, at(12), &[], 16, 8).await.unwrap();
        let shown: Vec<_> = due.iter().map(|one| (one.stream, one.sequence, one.event.as_ref().map(|event| (event.seq, event.mailbox)), one.replay)).collect();
        let (mine, whole) = (MAILBOX.number(), WORKSPACE.number());
        let first = Some((1, Some(MAILBOX)));
        let second = Some((2, Some(MAILBOX)));
        assert_eq!(shown, [(whole, 1, first, false), (whole, 2, second, false), (mine, 1, first, false), (mine, 2, second, false), (mine, 3, first, true)]);
        assert_eq!(delivery::due(&world.db, ENDPOINT, at(12), &[mine], 16, 1).await.unwrap().len(), 1);
        assert_eq!(delivery::count_pending(&world.db, ENDPOINT).await.unwrap(), 5);
        assert_eq!(delivery::next_due(&world.db, ENDPOINT).await.unwrap(), Some(at(10)));
    }

    async fn a_head_that_failed_holds_back_its_own_stream_alone(world: World) {
        let world = with_deliveries(world).await;
        let (mine, whole) = (MAILBOX.number(), WORKSPACE.number());
        let failed = Attempt { at: at(12), duration_ms: 3, status: Some(500), error: Some("no".to_owned()), answer: Some("oops".to_owned()) };
        commit(&world.db, [
            delivery::record(Id::from_number(1), DeliveryState::Pending, 1, std::slice::from_ref(&failed), at(12)),
            delivery::advance(ENDPOINT, mine, 1, 0, at(500)),
        ]).await.unwrap();
        assert_eq!(due_at(&world.db, at(20)).await, [(whole, 1), (whole, 2)]);
        assert_eq!(due_at(&world.db, at(500)).await, [(whole, 1), (whole, 2), (mine, 1), (mine, 2)]);
        let kept = delivery::find(&world.db, Id::from_number(1)).await.unwrap().unwrap();
        assert_eq!((kept.tries, kept.attempts, kept.settled_at, kept.mailbox), (1, vec![failed], None, Some(MAILBOX)));
        commit(&world.db, [delivery::hasten(ENDPOINT, at(21))]).await.unwrap();
        assert_eq!(due_at(&world.db, at(21)).await.len(), 4);
    }

    async fn a_settled_head_lets_the_next_one_go_and_an_empty_stream_rests(world: World) {
        let world = with_deliveries(world).await;
        let mine = MAILBOX.number();
        let settle = |number, sequence| [
            delivery::record(Id::from_number(number), DeliveryState::Delivered, 1, &[], at(12)),
            delivery::advance(ENDPOINT, mine, sequence, 1, at(12)),
        ];
        commit(&world.db, settle(1, 1)).await.unwrap();
        assert!(due_at(&world.db, at(12)).await.contains(&(mine, 2)));
        let twice = commit(&world.db, settle(1, 1)).await.unwrap_err();
        assert!(matches!(twice, StoreError::Refused { .. }), "{twice:?}");
        commit(&world.db, settle(2, 2)).await.unwrap();
        assert_eq!(due_at(&world.db, Timestamp::NEVER.minus(Duration::from_secs(1))).await.len(), 2, "only the other stream is left");
        commit(&world.db, delivery::announce(WORKSPACE, ENDPOINT, mine, &[told(6, 2)], at(40))).await.unwrap();
        assert!(due_at(&world.db, at(40)).await.contains(&(mine, 3)), "a stream that rested is due again");
    }

    async fn what_is_dropped_is_never_due_again_and_can_be_listed(world: World) {
        let world = with_deliveries(world).await;
        commit(&world.db, delivery::skip_pending(ENDPOINT, at(50))).await.unwrap();
        assert_eq!(delivery::next_due(&world.db, ENDPOINT).await.unwrap(), None);
        assert_eq!(delivery::count_pending(&world.db, ENDPOINT).await.unwrap(), 0);
        let skipped = delivery::list(&world.db, ENDPOINT, Some(DeliveryState::Skipped), None, 10).await.unwrap();
        assert_eq!(skipped.iter().map(|one| one.id.number()).collect::<Vec<_>>(), [4, 3, 2, 1]);
        assert!(delivery::list(&world.db, ENDPOINT, Some(DeliveryState::Parked), None, 10).await.unwrap().is_empty());
        assert_eq!(delivery::list(&world.db, ENDPOINT, None, Some(Id::from_number(3)), 10).await.unwrap().len(), 2);
        let between = delivery::made_between(&world.db, ENDPOINT, at(10), at(11), None, 10).await.unwrap();
        assert_eq!(between.iter().map(|one| one.id.number()).collect::<Vec<_>>(), [1, 2]);
    }

    async fn an_endpoint_that_is_removed_takes_its_deliveries_along(world: World) {
        let world = with_deliveries(world).await;
        commit(&world.db, endpoint::remove(ENDPOINT)).await.unwrap();
        assert!(endpoint::find(&world.db, ENDPOINT).await.unwrap().is_none());
        assert!(delivery::find(&world.db, Id::from_number(1)).await.unwrap().is_none());
    }

    async fn the_ledger_forgets_nothing_that_is_still_to_be_read_or_told(world: World) {
        let world = with_deliveries(world).await;
        let old = at(1000);
        assert_eq!(retention::forgettable(&world.db, WORKSPACE, old, 10).await.unwrap(), None, "no consumer has read it");
        commit(&world.db, [ledger::advance(due::DECIDE_THREADS, WORKSPACE, 0, 2)]).await.unwrap();
        assert_eq!(retention::forgettable(&world.db, WORKSPACE, old, 10).await.unwrap(), None, "it is still to be told");
        commit(&world.db, delivery::skip_pending(ENDPOINT, at(50))).await.unwrap();
        assert_eq!(retention::forgettable(&world.db, WORKSPACE, at(0), 10).await.unwrap(), None, "it is young");
        assert_eq!(retention::forgettable(&world.db, WORKSPACE, old, 1).await.unwrap(), Some(1));
        assert_eq!(ledger::oldest(&world.db, WORKSPACE).await.unwrap(), 1);
        commit(&world.db, [retention::forget_events(WORKSPACE, 2)]).await.unwrap();
        assert_eq!(ledger::oldest(&world.db, WORKSPACE).await.unwrap(), 3);
        assert_eq!(retention::forgettable(&world.db, WORKSPACE, old, 10).await.unwrap(), None);
    }

    async fn only_settled_deliveries_are_forgotten(world: World) {
        let world = with_deliveries(world).await;
        commit(&world.db, [
            delivery::record(Id::from_number(1), DeliveryState::Delivered, 1, &[], at(12)),
            delivery::advance(ENDPOINT, MAILBOX.number(), 1, 1, at(12)),
            retention::forget_deliveries(WORKSPACE, at(86_400_000), 10),
        ]).await.unwrap();
        assert!(delivery::find(&world.db, Id::from_number(1)).await.unwrap().is_none());
        assert!(delivery::find(&world.db, Id::from_number(2)).await.unwrap().is_some());
    }

    async fn an_endpoint_that_stands_still_is_found_by_the_age_of_what_waits(world: World) {
        let world = with_deliveries(world).await;
        assert!(retention::stale_endpoints(&world.db, WORKSPACE, at(1000)).await.unwrap().is_empty(), "it is called");
        let problem = Problem::new("paused", "It is paused.", "It failed.", "Resume it.");
        commit(&world.db, [endpoint::stop(ENDPOINT, EndpointState::Paused, &problem, at(20))]).await.unwrap();
        assert_eq!(retention::stale_endpoints(&world.db, WORKSPACE, at(1000)).await.unwrap(), [ENDPOINT]);
        assert!(retention::stale_endpoints(&world.db, WORKSPACE, at(5)).await.unwrap().is_empty(), "what waits is young");
    }
}
