//! Calendaring: what is wanted done in calendars, and whether the asker may have it done.
//!
//! A calendar is written by its account's own person, and by programs that see all of it; an administrator reads calendars and writes
//! none, as with people's mail. What the mirror knows to be impossible is refused at once; Microsoft has the last word, when it is carried.

use base::Problem;
use http::StatusCode;
use model::calendar::{CalendarEvent, Detail};
use model::calendar_intent::{CalendarDeed, CalendarIntent};
use model::id::{CalendarEventId, CalendarId};
use serde_json::json;
use store::{calendar_event, calendar_intent, grant};

use crate::access::{Asker, Level, Scope, Who};
use crate::asked::write;
use crate::failure::Failure;
use crate::read;
use crate::read::calendar::Shown;
use crate::state::State;

/// Any of these permissions of Microsoft's lets calendars be written.
const PERMISSIONS: [&str; 2] = ["Calendars.ReadWrite", "Calendars.ReadWrite.Shared"];

/// An event that something is wanted done with.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// Which one.
    pub event: CalendarEventId,
    /// Its whole series, if it is one of a series.
    pub whole_series: bool,
}

/// Whether this asker may have a calendar written, as far as it is a matter of who they are. The scope is another question.
pub fn may_write(asker: &Asker, shown: &Shown) -> bool {
    match asker.who {
        Who::Key(_) | Who::ConfiguredKey => shown.seen.level == Level::Everything,
        Who::Administrator => false,
        Who::Person { .. } => shown.seen.own,
    }
}

/// Asks for a new event in a calendar.
///
/// # Errors
/// 403 without the scope, the right or Microsoft's permission; 404 for a calendar that is not there for the asker; 422 for what cannot be.
pub async fn create(state: &State, asker: &Asker, id: CalendarId, deed: CalendarDeed) -> Result<CalendarIntent, Failure> {
    let shown = writable(state, asker, id).await?;
    ask(state, asker, &shown, None, deed).await
}

/// Asks for something to be done with an event.
///
/// # Errors
/// As [`create`]; 409 for what stands against the event as it is.
pub async fn act(state: &State, asker: &Asker, target: Target, deed: CalendarDeed) -> Result<CalendarIntent, Failure> {
    asker.may(Scope::CalendarWrite)?;
    let found = calendar_event::find(&state.db, target.event).await?.ok_or_else(Failure::not_found)?;
    let shown = writable(state, asker, found.calendar).await?;
    if let Some(detail) = &found.detail {
        check(detail, &deed)?;
    }
    let CalendarEvent { id, graph_id, series, .. } = found;
    let graph_id = series.filter(|_| target.whole_series).unwrap_or(graph_id);
    ask(state, asker, &shown, Some((id, graph_id)), deed).await
}

async fn writable(state: &State, asker: &Asker, id: CalendarId) -> Result<Shown, Failure> {
    asker.may(Scope::CalendarWrite)?;
    let seen = read::calendar::list(&state.db, asker).await?;
    let shown = seen.into_iter().find(|shown| shown.calendar.id == id).ok_or_else(Failure::not_found)?;
    if !may_write(asker, &shown) {
        let detail = "It is another person's calendar, or you may not see all of it.";
        return Err(Failure::forbidden("not_your_calendar", detail, "Write into your own calendars, or by an API key."));
    }
    if !shown.calendar.can_edit {
        let detail = "The account may read this calendar, not write into it.";
        return Err(Failure::forbidden("calendar_read_only", detail, "Ask its owner for the right to edit, or use another calendar."));
    }
    let grant = grant::find(&state.db, shown.calendar.connection).await?;
    if !grant.is_some_and(|grant| PERMISSIONS.iter().any(|name| grant.permits(name))) {
        return Err(permission_missing());
    }
    Ok(shown)
}

fn permission_missing() -> Failure {
    let title = "Microsoft has not permitted this for the calendar.";
    let detail = "It needs Microsoft's permission `Calendars.ReadWrite`, which this connection does not have.";
    let action = "Have the calendar's person connect it again and permit writing.";
    Failure::new(StatusCode::FORBIDDEN, Problem::new("permission_missing", title, detail, action))
}

/// What the mirror knows to be impossible.
fn check(detail: &Detail, deed: &CalendarDeed) -> Result<(), Failure> {
    let others = detail.attendees.iter().any(|attendee| !attendee.who.address.eq_ignore_ascii_case(&detail.organizer.address));
    let conflict = |code, detail, action| Err(Failure::conflict(code, "It cannot be done as things stand.", detail, action));
    match deed {
        CalendarDeed::Update(_) | CalendarDeed::Cancel(_) if !detail.is_organizer => conflict(
            "not_organizer",
            "Only its organizer can change a meeting or call it off.",
            "Answer the invitation, with another time if you like, or delete it from the calendar.",
        ),
        CalendarDeed::Answer(_) if detail.is_organizer => {
            conflict("is_organizer", "The calendar's owner is the organizer and has nobody to answer.", "Change it, or cancel it.")
        }
        CalendarDeed::Answer(_) if detail.is_cancelled => {
            conflict("meeting_cancelled", "The meeting was called off by its organizer.", "Delete it from the calendar.")
        }
        CalendarDeed::Delete if detail.is_organizer && others && !detail.is_cancelled => conflict(
            "has_attendees",
            "People were invited to it, and Microsoft would tell them all that it is called off.",
            "Cancel it, which says so and tells them.",
        ),
        _ => Ok(()),
    }
}

async fn ask(
    state: &State,
    asker: &Asker,
    shown: &Shown,
    target: Option<(CalendarEventId, String)>,
    deed: CalendarDeed,
) -> Result<CalendarIntent, Failure> {
    deed.check().map_err(|fault| Failure::new(StatusCode::UNPROCESSABLE_ENTITY, fault.problem()))?;
    let (now, calendar) = (state.clock.now(), &shown.calendar);
    let intent = CalendarIntent::asked((asker.workspace, calendar.connection, calendar.id), target, deed, asker.actor(), now);
    let detail = json!({"deed": intent.deed.name(), "calendar": calendar.id, "calendar_event": intent.event});
    let statements = calendar_intent::ask(&intent, now);
    write(state, asker, "api.calendar", "calendar.write", &intent.id.to_string(), detail, statements).await?;
    Ok(intent)
}

#[cfg(test)]
mod tests {
    use model::calendar::Calendar;
    use model::id::{ConnectionId, WorkspaceId};
    use model::message::Participant;

    use super::*;
    use crate::access::{Mailboxes, Scopes};
    use crate::read::calendar::Seen;

    fn shown(level: Level, own: bool) -> Shown {
        let calendar = Calendar {
            id: CalendarId::from_number(1),
            workspace: WorkspaceId::from_number(1),
            connection: ConnectionId::from_number(1),
            graph_id: String::new(),
            name: String::new(),
            color: None,
            is_default: true,
            can_edit: true,
            owner: Participant::default(),
        };
        Shown { calendar, place: store::calendar::Place::beginning(), account: String::new(), seen: Seen { level, own }, problem: None }
    }

    #[test]
    fn a_calendar_is_written_by_its_own_person_and_by_programs_that_see_all_of_it() {
        let workspace = WorkspaceId::from_number(1);
        let as_who = |who| Asker { workspace, who, scopes: Scopes::ALL, mailboxes: Mailboxes::All };
        let person = as_who(Who::Person { subject: "p".into(), email: None, user_id: Some("u".into()) });
        assert!(may_write(&person, &shown(Level::Everything, true)));
        assert!(!may_write(&person, &shown(Level::Everything, false)), "an administrator's role gives no other's name");
        assert!(!may_write(&Asker::administrator(workspace), &shown(Level::Everything, false)));
        let program = as_who(Who::ConfiguredKey);
        assert!(may_write(&program, &shown(Level::Everything, false)));
        assert!(!may_write(&program, &shown(Level::Subject, false)));
    }
}
