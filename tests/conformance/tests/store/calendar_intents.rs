//! Calendar intents: in order, ended once, told of once, and listed by whose calendars they are in.

use base::Problem;
use model::asked::AskedState;
use model::calendar::Response;
use model::calendar_intent::{Answer, CalendarBegun, CalendarDeed, CalendarIntent};
use model::id::{CalendarEventId, CalendarId, ConnectionId};
use store::calendar_intent::{self, Came, Listed};
use store::{Statement, StoreError, Transaction, due, ledger, work};

use crate::world::{MAILBOX, WORKSPACE, World, at, both};

const CONNECTION: ConnectionId = ConnectionId::from_number(5);
const CALENDAR: CalendarId = CalendarId::from_number(70);
const TEAM: CalendarId = CalendarId::from_number(71);
const DONE: Came<'static> = Came { problem: None, made: None, mailbox: None };

async fn commit(world: &World, statements: impl IntoIterator<Item = Statement>) -> Result<(), StoreError> {
    world.db.commit(Transaction::new("test.intents").with_all(statements)).await.map(drop)
}

fn wanted(calendar: CalendarId, event: Option<i64>, second: i64) -> CalendarIntent {
    let answer = Answer { response: Response::Declined, comment: "Häfen".into(), tells_organizer: true, proposal: None };
    let target = event.map(|number| (CalendarEventId::from_number(number), format!("graph-{number}")));
    CalendarIntent::asked((WORKSPACE, CONNECTION, calendar), target, CalendarDeed::Answer(Box::new(answer)), "test", at(second * 1000))
}

both! {
    async fn they_wait_in_the_order_of_asking_and_end_once(world: World) {
        let world = world.furnished().await;
        let (first, second) = (wanted(CALENDAR, None, 1), wanted(CALENDAR, Some(9), 2));
        for intent in [&first, &second] {
            commit(&world, calendar_intent::ask(intent, at(1))).await.unwrap();
        }
        assert!(work::find(&world.db, due::CARRY_CALENDAR_INTENTS, &CONNECTION.to_string()).await.unwrap().is_some());
        assert_eq!(calendar_intent::waiting(&world.db, CONNECTION, 10).await.unwrap(), [first.clone(), second.clone()]);
        let begun = CalendarBegun { at: at(5), change_key: Some("k".into()), answered: None };
        let why = Problem::new("throttled", "Wait", "", "");
        commit(&world, [calendar_intent::begin(first.id, &begun)]).await.unwrap();
        commit(&world, [calendar_intent::note(first.id, &why, Some(&begun))]).await.unwrap();
        let noted = calendar_intent::find(&world.db, first.id).await.unwrap().unwrap();
        assert_eq!((noted.begun, noted.tries, noted.problem), (Some(begun), 1, Some(why.clone())));
        commit(&world, [calendar_intent::note(first.id, &why, None)]).await.unwrap();
        assert_eq!(calendar_intent::find(&world.db, first.id).await.unwrap().unwrap().begun, None, "it was refused before it did anything");

        commit(&world, calendar_intent::end(&first, Came { made: Some("made"), ..DONE }, at(10))).await.unwrap();
        let again = commit(&world, calendar_intent::end(&first, Came { problem: Some(&why), ..DONE }, at(11))).await;
        assert!(matches!(again, Err(StoreError::Refused { guard: calendar_intent::WAITS })), "{again:?}");
        let late = commit(&world, [calendar_intent::begin(first.id, &CalendarBegun::default())]).await;
        assert!(matches!(late, Err(StoreError::Refused { .. })), "{late:?}");
        commit(&world, calendar_intent::end(&second, Came { problem: Some(&why), mailbox: Some(MAILBOX), ..DONE }, at(20))).await.unwrap();
        let made = calendar_intent::find(&world.db, first.id).await.unwrap().unwrap();
        assert_eq!((made.state, made.graph_id.as_deref(), made.problem), (AskedState::Done, Some("made"), None));
        let failed = calendar_intent::find(&world.db, second.id).await.unwrap().unwrap();
        assert_eq!((failed.state, failed.graph_id.as_deref(), failed.ended_at), (AskedState::Failed, Some("graph-9"), Some(at(20))));
        let told = ledger::read(&world.db, WORKSPACE, 0, 10).await.unwrap();
        let told: Vec<_> = told.iter().map(|event| (event.kind.name(), event.mailbox, event.subject)).collect();
        let expected =
            [("calendar_intent.done", None, first.id.number()), ("calendar_intent.failed", Some(MAILBOX), second.id.number())];
        assert_eq!(told, expected);
    }

    async fn they_are_listed_by_calendar_event_and_state_and_forgotten_when_they_are_old(world: World) {
        let world = world.furnished().await;
        let all = [wanted(CALENDAR, Some(1), 1), wanted(TEAM, Some(2), 2), wanted(CALENDAR, Some(2), 3)];
        for intent in &all {
            commit(&world, calendar_intent::ask(intent, at(1))).await.unwrap();
        }
        commit(&world, calendar_intent::end(&all[0], DONE, at(10))).await.unwrap();
        let list = async |calendars: &[CalendarId], listed: Listed<'_>| -> Vec<_> {
            let listed = Listed { calendars, ..listed };
            calendar_intent::list(&world.db, WORKSPACE, listed, 10).await.unwrap().into_iter().map(|found| found.id).collect()
        };
        let both = [CALENDAR, TEAM];
        assert_eq!(list(&both, Listed::default()).await, [all[2].id, all[1].id, all[0].id], "the newest first");
        assert_eq!(list(&[TEAM], Listed::default()).await, [all[1].id]);
        assert_eq!(list(&both, Listed { event: Some(CalendarEventId::from_number(2)), ..Listed::default() }).await, [all[2].id, all[1].id]);
        assert_eq!(list(&both, Listed { state: Some(AskedState::Done), ..Listed::default() }).await, [all[0].id]);
        assert_eq!(list(&both, Listed { before: Some(all[1].id), ..Listed::default() }).await, [all[0].id]);
        let about = async |since| -> Vec<_> {
            calendar_intent::about(&world.db, &[CALENDAR], at(since), 10).await.unwrap().into_iter().map(|found| found.id).collect()
        };
        assert_eq!((about(10).await, about(11).await), (vec![all[0].id, all[2].id], vec![all[2].id]));
        commit(&world, [calendar_intent::forget(at(11), 10)]).await.unwrap();
        assert_eq!(list(&both, Listed::default()).await, [all[2].id, all[1].id], "what waits is not forgotten");
    }
}
