//! Anna: her account, connected so that it may be written, her calendar, and her browser.

use base::Timestamp;
use model::calendar::{Calendar, CalendarEvent};
use model::id::{CalendarId, ConnectionId};
use model::message::Participant;
use store::calendar::Place;
use store::connection::{self, Connection, ConnectionKind, ConnectionState};
use store::grant::{self, Grant};
use store::{Transaction, calendar, calendar_event};

use super::browser::Browser;
use super::{House, TENANT, WORKSPACE};

/// Through which her calendar is read.
pub const CONNECTION: ConnectionId = ConnectionId::from_number(5);
/// Her calendar.
pub const CALENDAR: CalendarId = CalendarId::from_number(70);
/// Her address.
pub const ANNA: &str = "anna.berg@contoso.example";

/// Somebody.
pub fn person(name: &str, address: &str) -> Participant {
    Participant { name: name.to_owned(), address: address.to_owned() }
}

/// Puts her calendar with these events into the house. Of what time it is known whole is not said.
pub async fn calendar(house: &House, events: &[CalendarEvent]) -> Browser {
    let filled = Transaction::new("test.calendar").with(connection::insert(&account(house, "microsoft_calendar")));
    let filled = filled.with(grant::put(&permitted(house, "Calendars.ReadWrite")));
    let filled = filled.with(calendar::insert(&own())).with_all(events.iter().flat_map(|event| calendar_event::put(event, 1)));
    house.state.db.commit(filled).await.expect("a calendar");
    house.member(WORKSPACE, "user-0", ANNA).await
}

/// From when until when her calendar is known whole.
pub async fn mirror(house: &House, from: &str, until: &str) {
    let (from, until) = (Timestamp::parse(from).expect("a time"), Timestamp::parse(until).expect("a time"));
    let synced_at = Some(house.clock.now());
    let place = Place { round: 1, from, until, synced_at, first_synced_at: synced_at, ..Place::beginning() };
    house.state.db.commit(Transaction::new("test.mirror").with(calendar::advance(CALENDAR, 0, &place))).await.expect("a place");
}

/// Her account, connected for this.
pub fn account(house: &House, provider: &str) -> Connection {
    let now = house.clock.now();
    Connection {
        id: CONNECTION,
        workspace: WORKSPACE,
        provider: provider.into(),
        kind: ConnectionKind::Delegated,
        tenant_id: TENANT.into(),
        account_id: "user-0".into(),
        principal_name: ANNA.into(),
        display_name: "Anna Berg".into(),
        state: ConnectionState::Connected,
        problem: None,
        state_at: now,
        created_at: now,
    }
}

/// What she has permitted.
pub fn permitted(house: &House, scopes: &str) -> Grant {
    let now = house.clock.now();
    Grant {
        connection: CONNECTION,
        scopes: format!("openid {scopes}"),
        refresh_token_sealed: None,
        access_token_sealed: None,
        access_expires_at: now,
        generation: 1,
        refreshed_at: now,
        granted_at: now,
    }
}

fn own() -> Calendar {
    Calendar {
        id: CALENDAR,
        workspace: WORKSPACE,
        connection: CONNECTION,
        graph_id: "graph-calendar".into(),
        name: "Calendar".into(),
        color: Some("#0b6e4f".into()),
        is_default: true,
        can_edit: true,
        owner: person("Anna Berg", ANNA),
    }
}
