//! Meetings: calendar events found by who is in them. What is found by is noted where an event is kept; what stands in a timeline
//! is read, never copied, so it follows whatever is changed by hand at once.

use base::Timestamp;
use model::calendar::{CalendarEvent, CalendarEventKind};
use model::id::{CalendarId, CustomerId, WorkspaceId};
use model::meeting;

use crate::calendar_event::event_of;
use crate::db::Db;
use crate::dialect::{numbers, texts};
use crate::error::StoreError;
use crate::statement::Statement;
use crate::value::Value;

/// People of one event who are noted at most, who called it first. What more companies are in is a circular anyway.
const PARTIES_MAX: usize = 250;

/// Whose meetings.
#[derive(Clone, Copy, Debug)]
pub enum Whose<'a> {
    /// Those with people of a customer, and with addresses of its domains that are nobody's. A few more may be found than are its.
    Customer(WorkspaceId, CustomerId),
    /// Those with these addresses, folded.
    Addresses(&'a [String]),
}

/// The calendars that somebody sees.
#[derive(Clone, Copy, Debug)]
pub struct SeenIn<'a> {
    /// Those of which they see anything.
    pub calendars: &'a [CalendarId],
    /// Those of which they see the subjects.
    pub subjects: &'a [CalendarId],
    /// Those of which they see everything.
    pub everything: &'a [CalendarId],
    /// Those in which they see private events.
    pub own: &'a [CalendarId],
}

/// Notes who is in an event, whatever was noted before; of an occurrence only that it is not private by itself.
pub(crate) fn note(event: &CalendarEvent) -> Vec<Statement> {
    const EVENT: &str = "UPDATE calendar_event SET uid = $2, original_at = $3, private = $4 WHERE id = $1";
    const PARTY: &str = "INSERT INTO calendar_event_party (event_id, address, domain, role) VALUES ($1, $2, $3, $4)";
    let is_private = event.detail.as_ref().is_some_and(|detail| detail.is_private);
    let original = if event.kind == CalendarEventKind::Exception { meeting::original_start(event) } else { None };
    let mut statements = vec![
        Statement::new(EVENT, [event.id.into(), meeting::uid(event).into(), original.into(), is_private.into()]),
        Statement::new("DELETE FROM calendar_event_party WHERE event_id = $1", [event.id.into()]),
    ];
    for party in event.detail.iter().flat_map(meeting::everybody).take(PARTIES_MAX) {
        let role = if party.is_organizer { "organizer" } else { "attendee" };
        let domain = party.filing_domain().unwrap_or_default();
        statements.push(Statement::new(PARTY, [event.id.into(), party.address.as_str().into(), domain.into(), role.into()]));
    }
    statements
}

/// Notes who is in events that were kept before anybody noted it.
pub fn note_late(events: &[CalendarEvent]) -> Vec<Statement> {
    events.iter().flat_map(note).collect()
}

/// Events of a calendar of which nobody has noted who is in them, at most `limit`.
///
/// # Errors
/// As [`Db::query`].
pub async fn not_noted(db: &Db, calendar: CalendarId, limit: u32) -> Result<Vec<CalendarEvent>, StoreError> {
    const SQL: &str = "SELECT id, calendar_id, graph_id, kind, series_id, start_at, end_at, detail FROM calendar_event
        WHERE calendar_id = $1 AND uid IS NULL AND kind <> 'occurrence' ORDER BY id LIMIT $2";
    db.query(SQL, [calendar.into(), limit.into()]).await?.into_iter().map(event_of).collect()
}

/// The query for meetings, of those events in which somebody is that a query finds. Of the copies of one meeting that the asker may see
/// the one stands for it of which the asker sees most, of such the oldest.
macro_rules! page {
    ($found:literal) => {
        concat!(
            "WITH named AS (",
            $found,
            "), one AS (
                SELECT event.id, event.calendar_id, event.start_at, event.uid, event.private,
                    CASE WHEN event.kind = 'single' THEN 0 ELSE COALESCE(event.original_at, event.start_at) END AS original
                FROM named JOIN calendar_event AS event ON event.id = named.event_id
                WHERE event.kind <> 'series' AND event.calendar_id IN {numbers $4}
                UNION ALL
                SELECT event.id, event.calendar_id, event.start_at, series.uid, series.private, event.start_at
                FROM named JOIN calendar_event AS series ON series.id = named.event_id
                JOIN calendar_event AS event ON event.calendar_id = series.calendar_id AND event.series_id = series.graph_id
                WHERE series.kind = 'series' AND event.kind = 'occurrence' AND series.calendar_id IN {numbers $4}
            ), meeting AS (
                SELECT id, start_at, ROW_NUMBER() OVER (
                    PARTITION BY CASE WHEN COALESCE(uid, '') = '' THEN CAST(id AS TEXT) ELSE uid END, original
                    ORDER BY CASE WHEN calendar_id IN {numbers $7} THEN 0 WHEN calendar_id IN {numbers $6} THEN 1
                        WHEN calendar_id IN {numbers $5} THEN 2 ELSE 3 END, id) AS place
                FROM one WHERE private = 0 OR calendar_id IN {numbers $7}
            )
            SELECT one.id, one.calendar_id, one.graph_id, one.kind, one.series_id, one.start_at, one.end_at,
                COALESCE(one.detail, series.detail) FROM meeting JOIN calendar_event AS one ON one.id = meeting.id
            LEFT JOIN calendar_event AS series ON series.calendar_id = one.calendar_id AND series.graph_id = one.series_id
            WHERE meeting.place = 1 AND (meeting.start_at, meeting.id) < ($1, $2)
            ORDER BY meeting.start_at DESC, meeting.id DESC LIMIT $3"
        )
    };
}

/// Meetings behind `before` (a meeting's start and the number of its id), the latest first, each once, as the copy of which the asker
/// sees most. The effort is that of all meetings with these people, not of all that stands in the calendars.
///
/// # Errors
/// As [`Db::query`].
pub async fn page(
    db: &Db,
    whose: Whose<'_>,
    seen_in: SeenIn<'_>,
    before: Option<(Timestamp, i64)>,
    limit: u32,
) -> Result<Vec<CalendarEvent>, StoreError> {
    const ADDRESSES: &str = page!("SELECT DISTINCT event_id FROM calendar_event_party WHERE address IN {texts $8}");
    const CUSTOMER: &str = page!(
        "SELECT party.event_id FROM person
            JOIN person_address ON person_address.person_id = person.id
            JOIN calendar_event_party AS party ON party.address = person_address.address
            WHERE person.customer_id = $9 AND person.workspace_id = $8 AND person.merged_into IS NULL
                AND person.kind IN ('person', 'role')
        UNION
        SELECT party.event_id FROM customer_domain
            JOIN calendar_event_party AS party ON party.domain = customer_domain.domain AND party.domain <> ''
            WHERE customer_domain.customer_id = $9 AND customer_domain.workspace_id = $8 AND NOT EXISTS (SELECT 1 FROM person_address
                WHERE person_address.workspace_id = $8 AND person_address.address = party.address)"
    );
    let (at, id) = before.map_or((i64::MAX, i64::MAX), |(at, id)| (at.millis(), id));
    let ids = |calendars: &[CalendarId]| Value::from(numbers(calendars.iter().map(|id| id.number())));
    let SeenIn { calendars, subjects, everything, own } = seen_in;
    let mut args = vec![at.into(), id.into(), limit.into(), ids(calendars), ids(subjects), ids(everything), ids(own)];
    let sql = match whose {
        Whose::Addresses(addresses) => {
            args.push(texts(addresses).into());
            ADDRESSES
        }
        Whose::Customer(workspace, customer) => {
            args.extend([workspace.into(), customer.into()]);
            CUSTOMER
        }
    };
    db.query(sql, args).await?.into_iter().map(event_of).collect()
}
