//! Calendar feeds: found by the hash of their secret, renewed and revoked once, listed by whose calendars they show, and gone with them.

use model::calendar::{Calendar, CalendarEvent, CalendarEventKind, Detail};
use model::id::{CalendarEventId, CalendarFeedId, CalendarId, ConnectionId};
use model::message::Participant;
use store::calendar_feed::{self, CalendarFeed, HOLDS};
use store::{Statement, StoreError, Transaction, calendar, calendar_event};

use crate::world::{WORKSPACE, World, at, both};

const CONNECTION: ConnectionId = ConnectionId::from_number(5);
const CALENDAR: CalendarId = CalendarId::from_number(70);

async fn commit(world: &World, statements: impl IntoIterator<Item = Statement>) -> Result<(), StoreError> {
    world.db.commit(Transaction::new("test.feeds").with_all(statements)).await.map(drop)
}

fn a_calendar() -> Calendar {
    Calendar {
        id: CALENDAR,
        workspace: WORKSPACE,
        connection: CONNECTION,
        graph_id: "graph-calendar".to_owned(),
        name: "Calendar".to_owned(),
        color: None,
        is_default: true,
        can_edit: true,
        owner: Participant::default(),
    }
}

fn a_feed(number: i64, calendar: Option<CalendarId>) -> CalendarFeed {
    CalendarFeed {
        id: CalendarFeedId::from_number(number),
        workspace: WORKSPACE,
        connection: CONNECTION,
        calendar,
        name: "Kalender".to_owned(),
        hash: vec![number as u8; 32],
        details: number % 2 == 0,
        private_details: false,
        created_by: "test".to_owned(),
        created_at: at(1),
        renewed_at: None,
        last_read_at: None,
        revoked_at: None,
    }
}

both! {
    async fn a_feed_is_found_by_its_hash_until_that_is_another(world: World) {
        let world = world.furnished().await;
        commit(&world, [calendar::insert(&a_calendar())]).await.unwrap();
        let (one, all) = (a_feed(1, Some(CALENDAR)), a_feed(2, None));
        commit(&world, [calendar_feed::insert(&one), calendar_feed::insert(&all)]).await.unwrap();
        assert_eq!(calendar_feed::by_hash(&world.db, &[1; 32]).await.unwrap(), Some(one.clone()));
        assert_eq!(calendar_feed::list(&world.db, WORKSPACE, &[CONNECTION], None, 10).await.unwrap(), [all.clone(), one.clone()]);
        assert_eq!(calendar_feed::list(&world.db, WORKSPACE, &[ConnectionId::from_number(6)], None, 10).await.unwrap(), []);

        commit(&world, [calendar_feed::set_read(one.id, at(60), at(0))]).await.unwrap();
        commit(&world, [calendar_feed::set_read(one.id, at(90), at(30))]).await.unwrap();
        assert_eq!(calendar_feed::find(&world.db, one.id).await.unwrap().unwrap().last_read_at, Some(at(60)), "to the minute");
        commit(&world, [calendar_feed::renew(one.id, vec![9; 32], at(100))]).await.unwrap();
        assert_eq!(calendar_feed::by_hash(&world.db, &[1; 32]).await.unwrap(), None);
        let renewed = calendar_feed::by_hash(&world.db, &[9; 32]).await.unwrap().unwrap();
        assert_eq!((renewed.renewed_at, renewed.last_read_at), (Some(at(100)), None));

        commit(&world, [calendar_feed::revoke(one.id, at(110))]).await.unwrap();
        for late in [calendar_feed::revoke(one.id, at(120)), calendar_feed::renew(one.id, vec![8; 32], at(120))] {
            let refused = commit(&world, [late]).await;
            assert!(matches!(refused, Err(StoreError::Refused { guard: HOLDS })), "{refused:?}");
        }
        commit(&world, [calendar_feed::revoke_all(CONNECTION, at(130))]).await.unwrap();
        assert_eq!(calendar_feed::find(&world.db, one.id).await.unwrap().unwrap().revoked_at, Some(at(110)), "once revoked is revoked");
        assert_eq!(calendar_feed::find(&world.db, all.id).await.unwrap().unwrap().revoked_at, Some(at(130)));
        commit(&world, calendar::remove(CALENDAR)).await.unwrap();
        assert_eq!(calendar_feed::find(&world.db, one.id).await.unwrap(), None, "a feed goes with its calendar");
    }

    async fn what_a_feed_is_made_of_comes_with_its_own_detail_and_series_first(world: World) {
        let world = world.furnished().await;
        let event = |number: i64, kind, start: i64, subject: Option<&str>| CalendarEvent {
            id: CalendarEventId::from_number(number),
            calendar: CALENDAR,
            graph_id: format!("graph-{number}"),
            kind,
            series: (kind == CalendarEventKind::Occurrence).then(|| "graph-1".to_owned()),
            start_at: at(start),
            end_at: at(start + 10),
            detail: subject.map(|subject| Detail { subject: subject.to_owned(), ..Detail::default() }),
        };
        let (series, old) = (event(1, CalendarEventKind::Series, 0, Some("Weekly")), event(2, CalendarEventKind::Occurrence, 10, None));
        let (early, late) = (event(3, CalendarEventKind::Occurrence, 200, None), event(4, CalendarEventKind::Single, 300, Some("Once")));
        let rows = [&old, &series, &early, &late].into_iter().flat_map(|event| calendar_event::put(event, 1));
        commit(&world, std::iter::once(calendar::insert(&a_calendar())).chain(rows)).await.unwrap();
        assert_eq!(calendar_event::as_kept(&world.db, CALENDAR, at(100), 10).await.unwrap(), [series.clone(), late.clone(), early]);
        assert_eq!(calendar_event::as_kept(&world.db, CALENDAR, at(100), 2).await.unwrap(), [series, late], "the oldest are left out");
    }
}
