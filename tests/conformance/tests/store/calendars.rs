//! Calendars: chains that move only from where they were read, occurrences with what they have from their series, and what a new
//! round sweeps away.

use base::Timestamp;
use model::calendar::{Calendar, CalendarEvent, CalendarEventKind, Detail};
use model::id::{CalendarEventId, CalendarId, ConnectionId};
use model::message::Participant;
use store::calendar::{self, Place};
use store::calendar_event::{self, Behind, Slice};
use store::cursor::CursorKind;
use store::{Db, Statement, StoreError, Transaction};

use crate::world::{WORKSPACE, World, at, both};

const CONNECTION: ConnectionId = ConnectionId::from_number(5);
const CALENDAR: CalendarId = CalendarId::from_number(70);
const TEAM: CalendarId = CalendarId::from_number(71);
const WHOLE: Slice = Slice { behind: None, offset: 0, limit: 100 };

async fn commit(db: &Db, statements: impl IntoIterator<Item = Statement>) -> Result<(), StoreError> {
    db.commit(Transaction::new("test.calendars").with_all(statements)).await.map(drop)
}

fn a_calendar(id: CalendarId, name: &str) -> Calendar {
    Calendar {
        id,
        workspace: WORKSPACE,
        connection: CONNECTION,
        graph_id: format!("graph-{name}"),
        name: name.to_owned(),
        color: Some("#aabbcc".to_owned()),
        is_default: id == CALENDAR,
        can_edit: true,
        owner: Participant { name: "Anna".to_owned(), address: "anna@contoso.example".to_owned() },
    }
}

fn an_event(number: i64, kind: CalendarEventKind, start: i64, subject: Option<&str>) -> CalendarEvent {
    let of_series = matches!(kind, CalendarEventKind::Occurrence | CalendarEventKind::Exception);
    CalendarEvent {
        id: CalendarEventId::from_number(number),
        calendar: CALENDAR,
        graph_id: format!("graph-{number}"),
        kind,
        series: of_series.then(|| "graph-1".to_owned()),
        start_at: at(start),
        end_at: at(start + 10),
        detail: subject.map(|subject| Detail { subject: subject.to_owned(), ..Detail::default() }),
    }
}

async fn subjects(db: &Db, time: (Timestamp, Timestamp), slice: Slice) -> Vec<String> {
    let found = calendar_event::list(db, &[CALENDAR, TEAM], time, slice).await.unwrap();
    found.into_iter().map(|event| event.detail.map_or_else(|| "-".to_owned(), |detail| detail.subject)).collect()
}

async fn with_calendars(world: World) -> World {
    let world = world.furnished().await;
    commit(&world.db, [calendar::insert(&a_calendar(CALENDAR, "Calendar")), calendar::insert(&a_calendar(TEAM, "Team"))]).await.unwrap();
    world
}

/// A series of three, one of them moved, and a single one.
async fn a_filled_calendar(db: &Db) {
    use CalendarEventKind::{Exception, Occurrence, Series, Single};
    let events = [
        an_event(1, Series, 0, Some("Weekly")),
        an_event(2, Occurrence, 100, None),
        an_event(3, Exception, 150, Some("Weekly, moved")),
        an_event(4, Occurrence, 300, None),
        an_event(5, Single, 200, Some("Once")),
    ];
    commit(db, events.iter().flat_map(|event| calendar_event::put(event, 1))).await.unwrap();
}

both! {
    async fn a_calendar_reads_back_and_goes_with_what_stands_in_it(world: World) {
        let world = with_calendars(world).await;
        let db = &world.db;
        let known: Vec<Calendar> = calendar::of_connection(db, CONNECTION).await.unwrap().into_iter().map(|(known, _)| known).collect();
        assert_eq!(known, [a_calendar(CALENDAR, "Calendar"), a_calendar(TEAM, "Team")]);
        let renamed = Calendar { name: "Kalender".to_owned(), color: None, ..a_calendar(CALENDAR, "Calendar") };
        commit(db, [calendar::update(&renamed)]).await.unwrap();
        assert_eq!(calendar::find(db, CALENDAR).await.unwrap(), Some((renamed, Place::beginning())));
        a_filled_calendar(db).await;
        commit(db, calendar::remove(CALENDAR)).await.unwrap();
        assert_eq!(calendar_event::count(db, &[CALENDAR], (at(0), at(1000))).await.unwrap(), 0);
        commit(db, calendar::remove_all(CONNECTION)).await.unwrap();
        assert_eq!(calendar::list(db, WORKSPACE).await.unwrap(), []);
    }

    async fn a_chain_moves_only_from_where_it_was_read(world: World) {
        let world = with_calendars(world).await;
        let db = &world.db;
        let next = Place {
            kind: CursorKind::Next,
            link: Some("https://graph.example/next".to_owned()),
            version: 1,
            round: 1,
            from: at(0),
            until: at(9),
            synced_at: None,
            first_synced_at: Some(at(8)),
        };
        commit(db, [calendar::is_at(CALENDAR, 0), calendar::advance(CALENDAR, 0, &next)]).await.unwrap();
        assert_eq!(calendar::find(db, CALENDAR).await.unwrap().unwrap().1, next);
        for stale in [calendar::is_at(CALENDAR, 0), calendar::advance(CALENDAR, 0, &Place::beginning())] {
            assert!(matches!(commit(db, [stale]).await, Err(StoreError::Refused { .. })));
        }
        assert_eq!(calendar::find(db, CALENDAR).await.unwrap().unwrap().1, next);
    }

    async fn occurrences_are_listed_in_order_with_what_they_have_from_their_series(world: World) {
        let world = with_calendars(world).await;
        let db = &world.db;
        a_filled_calendar(db).await;
        let always = (at(-1000), at(1000));
        assert_eq!(subjects(db, always, WHOLE).await, ["Weekly", "Weekly, moved", "Once", "Weekly"]);
        assert_eq!(calendar_event::count(db, &[CALENDAR], always).await.unwrap(), 4);
        assert_eq!(subjects(db, (at(110), at(200)), WHOLE).await, ["Weekly, moved"], "bounds are exclusive");
        let behind = Some(Behind { start_at: at(150), id: CalendarEventId::from_number(3) });
        assert_eq!(subjects(db, always, Slice { behind, offset: 0, limit: 1 }).await, ["Once"]);
        assert_eq!(subjects(db, always, Slice { behind: None, offset: 3, limit: 9 }).await, ["Weekly"]);
        let one = calendar_event::find(db, CalendarEventId::from_number(2)).await.unwrap().unwrap();
        assert_eq!(one.detail.unwrap().subject, "Weekly");
        let kept = calendar_event::by_graph_ids(db, CALENDAR, &["graph-2", "graph-5", "nobody"]).await.unwrap();
        assert_eq!(kept.iter().filter(|event| event.detail.is_some()).count(), 1, "what is compared with a page is what came by pages");
    }

    async fn a_new_round_sweeps_what_it_did_not_show_but_not_what_was_over_before_it(world: World) {
        let world = with_calendars(world).await;
        let db = &world.db;
        a_filled_calendar(db).await;
        commit(db, [calendar_event::seen(&[CalendarEventId::from_number(5)], 2)]).await.unwrap();
        let swept = async || -> Vec<_> {
            let swept = calendar_event::swept(db, CALENDAR, 2, at(115)).await.unwrap();
            swept.into_iter().map(|(id, kind)| (id.number(), kind)).collect()
        };
        assert_eq!(swept().await, [(3, CalendarEventKind::Exception), (4, CalendarEventKind::Occurrence)], "what goes is known before");
        commit(db, calendar_event::sweep(CALENDAR, 2, at(115))).await.unwrap();
        assert_eq!(subjects(db, (at(-1000), at(1000)), WHOLE).await, ["Weekly", "Once"], "one of the series was over when the window begins");
        commit(db, [calendar_event::remove(CALENDAR, &["graph-2"])]).await.unwrap();
        assert_eq!(swept().await, [(1, CalendarEventKind::Series)]);
        commit(db, calendar_event::sweep(CALENDAR, 2, at(115))).await.unwrap();
        assert_eq!(calendar_event::find(db, CalendarEventId::from_number(1)).await.unwrap(), None, "a series of which nothing is left");
    }
}
