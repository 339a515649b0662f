//! Meetings to look at.

use base::Timestamp;
use model::calendar::{Attendee, Calendar, CalendarEvent, CalendarEventKind, Detail};
use model::id::{CalendarEventId, CalendarId, ConnectionId};
use model::message::Participant;
use store::connection::{self, Connection, ConnectionKind, ConnectionState};
use store::{Transaction, calendar, calendar_event};

use super::{House, WORKSPACE};

/// Keeps a calendar with a meeting to which `bo@acme.example` is invited, in years, and one of whole days, long ago, that was called off.
pub async fn keep(house: &House) {
    let (now, account) = (house.clock.now(), ConnectionId::from_number(77));
    let account = Connection {
        id: account,
        workspace: WORKSPACE,
        provider: "microsoft_calendar".into(),
        kind: ConnectionKind::Delegated,
        tenant_id: "tenant".into(),
        account_id: "user".into(),
        principal_name: "cleo@contoso.example".into(),
        display_name: "Cleo".into(),
        state: ConnectionState::Connected,
        problem: None,
        state_at: now,
        created_at: now,
    };
    let calendar = Calendar {
        id: CalendarId::from_number(78),
        workspace: WORKSPACE,
        connection: account.id,
        graph_id: "graph-calendar".into(),
        name: "Calendar".into(),
        color: None,
        is_default: true,
        can_edit: true,
        owner: Participant::default(),
    };
    let bo = Attendee { who: Participant { name: "Bo".into(), address: "bo@acme.example".into() }, ..Attendee::default() };
    let detail = |subject: &str| Detail { subject: subject.into(), attendees: vec![bo.clone()], ..Detail::default() };
    let meeting = |number: i64, day: &str, detail: Detail| CalendarEvent {
        id: CalendarEventId::from_number(number),
        calendar: calendar.id,
        graph_id: number.to_string(),
        kind: CalendarEventKind::Single,
        series: None,
        start_at: Timestamp::parse(&format!("{day}T00:00:00Z")).expect("a time"),
        end_at: Timestamp::parse(&format!("{day}T01:30:00Z")).expect("a time"),
        detail: Some(detail),
    };
    let to_come = meeting(79, "2031-03-04", detail("<i>Plan</i>"));
    let off = meeting(80, "2020-05-06", Detail { is_all_day: true, is_cancelled: true, ..detail("Fair") });
    let kept = Transaction::new("test.meetings").with(connection::insert(&account)).with(calendar::insert(&calendar));
    let kept = kept.with_all([&to_come, &off].into_iter().flat_map(|event| calendar_event::put(event, 1)));
    house.state.db.commit(kept).await.expect("the database answers");
}
