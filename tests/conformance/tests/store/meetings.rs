//! Meetings: found by who is in them, once for all calendars that have them, and noted late for what was kept before.

use base::Id;
use model::calendar::{Attendee, Calendar, CalendarEvent, CalendarEventKind, Detail};
use model::customer::Customer;
use model::id::{CalendarEventId, CalendarId, CustomerId, PersonId, WorkspaceId};
use model::message::Participant;
use model::person::{Person, PersonAddress, PersonKind};
use store::meeting::{self, SeenIn, Whose};
use store::{Db, Statement, Transaction, calendar, calendar_event, customer, person};

use crate::world::{WORKSPACE, World, at, both};

const ANNAS: CalendarId = Id::from_number(70);
const BENS: CalendarId = Id::from_number(71);
const BOTH: [CalendarId; 2] = [ANNAS, BENS];
const ACME: CustomerId = Id::from_number(801);
const BO: PersonId = Id::from_number(901);
const GUS: PersonId = Id::from_number(902);
/// What ids of Outlook's begin with, and what follows the day in them.
const UID: (&str, &str) = ("040000008200E00074C5B7101A82E008", "00000000A1B2C3D4");

async fn commit(db: &Db, statements: impl IntoIterator<Item = Statement>) {
    db.commit(Transaction::new("test.meetings").with_all(statements)).await.unwrap();
}

fn a_calendar(id: CalendarId) -> Calendar {
    Calendar {
        id,
        workspace: WORKSPACE,
        connection: Id::from_number(5),
        graph_id: format!("graph-{id}"),
        name: "Calendar".to_owned(),
        color: None,
        is_default: true,
        can_edit: true,
        owner: Participant::default(),
    }
}

fn a_person(id: PersonId, address: &str, domain: &str, at_customer: Option<CustomerId>) -> [Statement; 2] {
    let person = Person {
        id,
        workspace: WORKSPACE,
        name: address.to_owned(),
        named_by_hand: false,
        kind: PersonKind::Person,
        domain: domain.to_owned(),
        customer: at_customer,
        customer_by_hand: false,
        created_at: at(0),
        last_at: at(0),
        version: 1,
        merged_into: None,
    };
    let known = PersonAddress { person: id, address: address.to_owned(), written: address.to_owned(), by_hand: false, added_at: at(0) };
    [person::insert(&person), person::insert_address(WORKSPACE, &known)]
}

async fn with_calendars(world: World) -> World {
    let world = world.furnished().await;
    let acme = Customer {
        id: ACME,
        workspace: WORKSPACE,
        name: "Acme".to_owned(),
        named_by_hand: false,
        created_at: at(0),
        last_at: at(0),
        thread_count: 0,
        version: 1,
        merged_into: None,
    };
    let mut statements = vec![calendar::insert(&a_calendar(ANNAS)), calendar::insert(&a_calendar(BENS))];
    statements.extend([customer::insert(&acme), customer::insert_domain(WORKSPACE, "acme.example", ACME, at(0))]);
    statements.extend(a_person(BO, "bo@acme.example", "acme.example", Some(ACME)));
    statements.extend(a_person(GUS, "gus@gmail.com", "", None));
    commit(&world.db, statements).await;
    world
}

fn detail(uid: &str, who: &[&str]) -> Detail {
    let attendee =
        |address: &&str| Attendee { who: Participant { name: String::new(), address: (*address).to_owned() }, ..Attendee::default() };
    Detail { ical_uid: uid.to_owned(), attendees: who.iter().map(attendee).collect(), ..Detail::default() }
}

/// An event that begins at `start`; of a series, by the Graph id of that.
fn event(number: i64, of: CalendarId, kind: CalendarEventKind, start: i64, detail: Option<Detail>) -> CalendarEvent {
    let of_series = matches!(kind, CalendarEventKind::Occurrence | CalendarEventKind::Exception);
    CalendarEvent {
        id: CalendarEventId::from_number(number),
        calendar: of,
        graph_id: format!("graph-{number}"),
        kind,
        series: of_series.then(|| if of == ANNAS { "graph-1" } else { "graph-11" }.to_owned()),
        start_at: at(start),
        end_at: at(start + 10),
        detail,
    }
}

fn single(number: i64, of: CalendarId, start: i64, detail: Detail) -> CalendarEvent {
    event(number, of, CalendarEventKind::Single, start, Some(detail))
}

async fn put(db: &Db, events: &[CalendarEvent]) {
    commit(db, events.iter().flat_map(|event| calendar_event::put(event, 1))).await;
}

const fn seeing<'a>(calendars: &'a [CalendarId], own: &'a [CalendarId]) -> SeenIn<'a> {
    SeenIn { calendars, subjects: calendars, everything: calendars, own }
}

/// All pages of one each, as numbers of ids with their times.
async fn found(db: &Db, whose: Whose<'_>, seen_in: SeenIn<'_>) -> Vec<(i64, i64)> {
    let (mut found, mut before) = (Vec::new(), None);
    loop {
        let page = meeting::page(db, whose, seen_in, before, 1).await.unwrap();
        let Some(event) = page.first() else { return found };
        assert!(event.detail.is_some(), "an occurrence comes with what it has from its series");
        before = Some((event.start_at, event.id.number()));
        found.push((event.id.number(), event.start_at.millis()));
    }
}

both! {
    async fn meetings_are_found_by_people_and_domains_of_a_customer_and_by_addresses(world: World) {
        let world = with_calendars(world).await;
        let db = &world.db;
        put(db, &[
            single(20, ANNAS, 100, detail("a", &["Bo+plan@acme.example", "gus@gmail.com"])),
            single(21, ANNAS, 300, detail("b", &["new@sales.acme.example"])),
            single(22, ANNAS, 200, detail("c", &["gus@gmail.com"])),
            single(23, ANNAS, 250, detail("d", &["noreply@acme.example"])),
            single(24, BENS, 400, detail("e", &["bo@acme.example"])),
        ]).await;
        let (acme, all) = (Whose::Customer(WORKSPACE, ACME), seeing(&BOTH, &[]));
        assert_eq!(found(db, acme, all).await, [(24, 400), (21, 300), (20, 100)]);
        assert_eq!(found(db, acme, seeing(&[ANNAS], &[])).await, [(21, 300), (20, 100)]);
        assert_eq!(found(db, acme, seeing(&[], &[])).await, []);
        assert_eq!(found(db, Whose::Customer(WorkspaceId::from_number(2), ACME), all).await, [], "nothing of another workspace");
        let gus = ["gus@gmail.com".to_owned()];
        assert_eq!(found(db, Whose::Addresses(&gus), all).await, [(22, 200), (20, 100)]);
        commit(db, person::set_customer(WORKSPACE, GUS, Some(ACME), "test", at(1))).await;
        assert_eq!(found(db, acme, all).await, [(24, 400), (21, 300), (22, 200), (20, 100)], "who belongs there by hand counts at once");
        put(db, &[single(20, ANNAS, 500, detail("a", &["bo@acme.example"])), single(24, BENS, 400, detail("e", &[]))]).await;
        assert_eq!(found(db, acme, all).await, [(20, 500), (21, 300), (22, 200)], "moved, and nobody invited any more");
        commit(db, [calendar_event::remove(ANNAS, &["graph-20"])]).await;
        assert_eq!(found(db, acme, all).await, [(21, 300), (22, 200)]);
    }

    async fn a_meeting_is_once_and_as_the_copy_of_which_most_is_seen(world: World) {
        use CalendarEventKind::{Exception, Occurrence, Series};
        let world = with_calendars(world).await;
        let db = &world.db;
        let series = || Some(detail(&format!("{}00000000{}", UID.0, UID.1), &["bo@acme.example"]));
        let moved = || {
            let day = detail(&format!("{}07EA0B1E{}", UID.0, UID.1), &["bo@acme.example"]);
            Some(Detail { original_start: Some(at(300)), ..day })
        };
        put(db, &[
            event(1, ANNAS, Series, 0, series()),
            event(2, ANNAS, Occurrence, 200, None),
            event(3, ANNAS, Exception, 350, moved()),
            event(4, ANNAS, Occurrence, 400, None),
            event(11, BENS, Series, 0, series()),
            event(12, BENS, Occurrence, 200, None),
            event(13, BENS, Exception, 350, moved()),
            single(20, ANNAS, 100, detail("same", &["bo@acme.example"])),
            single(21, BENS, 100, detail("same", &["bo@acme.example"])),
            single(22, BENS, 90, detail("", &["bo@acme.example"])),
            single(23, ANNAS, 90, detail("", &["bo@acme.example"])),
        ]).await;
        let acme = Whose::Customer(WORKSPACE, ACME);
        let once = [(4, 400), (3, 350), (2, 200), (20, 100), (23, 90), (22, 90)];
        assert_eq!(found(db, acme, seeing(&BOTH, &[])).await, once, "what has no id is never the same");
        assert_eq!(found(db, acme, seeing(&BOTH, &[BENS])).await, [(4, 400), (13, 350), (12, 200), (21, 100), (23, 90), (22, 90)]);
        let less = SeenIn { calendars: &BOTH, subjects: &BOTH, everything: &[BENS], own: &[] };
        assert_eq!(found(db, acme, less).await[1], (13, 350));
        assert_eq!(found(db, acme, seeing(&[BENS], &[])).await, [(13, 350), (12, 200), (21, 100), (22, 90)]);
    }

    async fn what_is_private_is_found_in_ones_own_calendars_only(world: World) {
        use CalendarEventKind::{Occurrence, Series};
        let world = with_calendars(world).await;
        let db = &world.db;
        let private = |uid: &str| Detail { is_private: true, ..detail(uid, &["bo@acme.example"]) };
        put(db, &[
            single(20, ANNAS, 100, private("a")),
            single(21, BENS, 100, detail("a", &["bo@acme.example"])),
            event(1, ANNAS, Series, 0, Some(private("b"))),
            event(2, ANNAS, Occurrence, 200, None),
        ]).await;
        let acme = Whose::Customer(WORKSPACE, ACME);
        assert_eq!(found(db, acme, seeing(&BOTH, &[])).await, [(21, 100)], "only the copy that is not private");
        assert_eq!(found(db, acme, seeing(&BOTH, &[ANNAS])).await, [(2, 200), (20, 100)]);
        assert_eq!(found(db, acme, seeing(&[ANNAS], &[])).await, []);
    }

    async fn who_is_in_what_was_kept_before_is_noted_late(world: World) {
        use CalendarEventKind::{Occurrence, Series};
        let world = with_calendars(world).await;
        let db = &world.db;
        let kept = [
            event(1, ANNAS, Series, 0, Some(detail("a", &["bo@acme.example"]))),
            event(2, ANNAS, Occurrence, 200, None),
            single(20, ANNAS, 100, detail("", &["bo@acme.example"])),
        ];
        put(db, &kept).await;
        // As an older program left it.
        commit(db, [Statement::new("UPDATE calendar_event SET uid = NULL", []), Statement::new("DELETE FROM calendar_event_party", [])]).await;
        let acme = Whose::Customer(WORKSPACE, ACME);
        assert_eq!(found(db, acme, seeing(&BOTH, &[])).await, []);
        assert_eq!(meeting::not_noted(db, BENS, 10).await.unwrap(), []);
        for left in [2, 1] {
            assert_eq!(meeting::not_noted(db, ANNAS, 10).await.unwrap().len(), left);
            commit(db, meeting::note_late(&meeting::not_noted(db, ANNAS, 1).await.unwrap())).await;
        }
        assert_eq!(meeting::not_noted(db, ANNAS, 10).await.unwrap(), []);
        assert_eq!(found(db, acme, seeing(&BOTH, &[])).await, [(2, 200), (20, 100)]);
    }
}
