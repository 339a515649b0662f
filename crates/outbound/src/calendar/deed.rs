//! Doing one thing in a calendar at Microsoft, so that doing it again does nothing more, and only as whoever may: the organizer changes
//! and calls off, attendees answer or remove their copy.

use std::time::Duration;

use base::Timestamp;
use graph::GraphError;
use graph::calendar::write::{self, EventState, Letter, Reply};
use jiff::tz::TimeZone;
use model::calendar::Response;
use model::calendar_intent::{Answer, CalendarDeed, CalendarEventUpdate, NewCalendarEvent};

use super::carry::Task;
use super::{guard, likeness};
use crate::not_done::NotDone;

/// How often somebody else's change at the same time is answered by looking again.
const LOOKS_MAX: usize = 4;
/// How long an event that was made may be missing from the list of them.
const LISTED: Duration = Duration::from_secs(60);
/// How far around its start a new event is looked for: whole days begin at a midnight of any zone.
const AROUND: Duration = Duration::from_secs(2 * 86_400);

/// Does what the task's intent says. `Ok` if it is so now, with Microsoft's id of an event that was made.
pub(super) async fn perform(task: &mut Task<'_>) -> Result<Option<String>, NotDone> {
    let deed = task.intent.deed.clone();
    let Some(id) = task.intent.graph_id.clone() else {
        return match &deed {
            CalendarDeed::Create(new) => create(task, new).await.map(Some),
            _ => Err(NotDone::Impossible(guard::gone())),
        };
    };
    match &deed {
        CalendarDeed::Create(new) => create(task, new).await.map(Some),
        CalendarDeed::Update(update) => change(task, &id, update).await.map(|()| None),
        CalendarDeed::Cancel(comment) => cancel(task, &id, comment).await.map(|()| None),
        CalendarDeed::Delete => delete(task, &id).await.map(|()| None),
        CalendarDeed::Answer(wanted) => answer(task, &id, wanted).await.map(|()| None),
    }
}

/// Made with the `transactionId` of the row, whatever was tried before.
async fn create(task: &mut Task<'_>, new: &NewCalendarEvent) -> Result<String, NotDone> {
    let calendar = task.calendar().await?.ok_or_else(|| NotDone::Impossible(guard::calendar_gone()))?;
    if !calendar.can_edit {
        return Err(NotDone::Impossible(guard::read_only()));
    }
    let may_be_there = task.intent.begun.is_some() || task.waited_at_the_start();
    if may_be_there && let Some(made) = look(task, &calendar.graph_id, new).await? {
        return Ok(made);
    }
    task.begin(None, None).await?;
    let event = likeness::of_new(new, task.intent.transaction_id());
    match write::create(task.graph(), &task.access, &calendar.graph_id, &event).await {
        Ok(made) => Ok(made.id),
        // It was made before: if it is not to be seen yet, it will be.
        Err(error) if error.is_conflict() => look(task, &calendar.graph_id, new).await?.ok_or(NotDone::Early(LISTED)),
        Err(error) => Err(error.into()),
    }
}

async fn look(task: &Task<'_>, calendar: &str, new: &NewCalendarEvent) -> Result<Option<String>, NotDone> {
    let (transaction, window) = (task.intent.transaction_id(), window(new));
    let found = write::made(task.graph(), &task.access, calendar, &transaction, window).await?;
    Ok(found.map(|event| event.id))
}

/// When a new event may begin: a series begins with its first occurrence, which may be later than its range.
fn window(new: &NewCalendarEvent) -> (Timestamp, Timestamp) {
    let start = new.span.start.moment().unwrap_or(Timestamp::EPOCH);
    let first = new.recurrence.as_ref().and_then(|recurrence| recurrence.days().next());
    let first = first.and_then(|day| day.to_zoned(TimeZone::UTC).ok());
    let first = first.map_or(start, |day| Timestamp::from_millis(day.timestamp().as_millisecond()));
    (start.minus(AROUND), start.max(first).plus(AROUND))
}

/// The event as it is now, for its organizer.
fn for_organizer(state: &EventState) -> Result<(), NotDone> {
    if state.event.is_organizer != Some(true) {
        return Err(NotDone::Impossible(guard::not_organizer()));
    }
    Ok(())
}

fn is_cancelled(state: &EventState) -> bool {
    state.event.is_cancelled.unwrap_or_default()
}

async fn change(task: &mut Task<'_>, id: &str, update: &CalendarEventUpdate) -> Result<(), NotDone> {
    let mut looks = 0;
    loop {
        let Some(state) = write::state(task.graph(), &task.access, id).await? else { return Err(NotDone::Impossible(guard::gone())) };
        check_change(update, &state)?;
        if likeness::is_met_by(update, &state) && (likeness::text_is_met_by(update, &state) || was_changed(task, &state)) {
            return Ok(());
        }
        task.settled()?;
        let key = state.event.change_key.clone();
        task.begin(key.clone(), None).await?;
        let wanted = likeness::of_update(update, &state);
        let version = key.as_deref().filter(|_| update.is_relative());
        match write::update(task.graph(), &task.access, id, &wanted, version).await {
            Ok(()) => return Ok(()),
            Err(error) if is_stale(&error) && looks < LOOKS_MAX => {
                looks += 1;
                task.undo();
            }
            Err(error) if error.is_not_found() => return Err(NotDone::Impossible(guard::gone())),
            Err(error) => return Err(error.into()),
        }
    }
}

fn check_change(update: &CalendarEventUpdate, state: &EventState) -> Result<(), NotDone> {
    for_organizer(state)?;
    if is_cancelled(state) {
        return Err(NotDone::Impossible(guard::cancelled()));
    }
    if update.text.is_some() && state.is_online_meeting == Some(true) {
        return Err(NotDone::Impossible(guard::text_of_online_meeting()));
    }
    let private = update.is_private.unwrap_or_else(|| likeness::is_private(state));
    let invites = !update.add_attendees.is_empty() || (update.is_private == Some(true) && likeness::has_attendees(state));
    if private && invites {
        return Err(NotDone::Impossible(guard::private_with_attendees()));
    }
    Ok(())
}

/// Whether a change that was asked for before shows: a text that Exchange writes in its own way cannot be compared by its words.
fn was_changed(task: &Task<'_>, state: &EventState) -> bool {
    task.intent.begun.as_ref().is_some_and(|begun| begun.change_key != state.event.change_key)
}

/// Somebody else wrote at the same time, so that this was not done.
fn is_stale(error: &GraphError) -> bool {
    error.status().is_some_and(|status| status.as_u16() == 412)
}

async fn cancel(task: &mut Task<'_>, id: &str, comment: &str) -> Result<(), NotDone> {
    let Some(state) = write::state(task.graph(), &task.access, id).await? else { return Ok(()) };
    for_organizer(&state)?;
    if is_cancelled(&state) {
        return Ok(());
    }
    if !likeness::has_attendees(&state) {
        return delete(task, id).await;
    }
    task.settled()?;
    task.begin(state.event.change_key, None).await?;
    match write::cancel(task.graph(), &task.access, id, comment).await {
        Err(error) if !error.is_not_found() => Err(error.into()),
        _ => Ok(()),
    }
}

/// Takes it out of the calendar, if nobody is told by that.
async fn delete(task: &mut Task<'_>, id: &str) -> Result<(), NotDone> {
    let mut looks = 0;
    loop {
        let Some(state) = write::state(task.graph(), &task.access, id).await? else { return Ok(()) };
        let is_organizer = state.event.is_organizer == Some(true);
        if is_organizer && !is_cancelled(&state) && likeness::has_attendees(&state) {
            return Err(NotDone::Impossible(guard::has_attendees()));
        }
        task.settled()?;
        let key = state.event.change_key;
        task.begin(key.clone(), None).await?;
        // Whoever invites somebody meanwhile keeps it.
        match write::delete(task.graph(), &task.access, id, key.as_deref().filter(|_| is_organizer)).await {
            Ok(()) => return Ok(()),
            Err(error) if error.is_not_found() => return Ok(()),
            Err(error) if is_stale(&error) && looks < LOOKS_MAX => {
                looks += 1;
                task.undo();
            }
            Err(error) => return Err(error.into()),
        }
    }
}

async fn answer(task: &mut Task<'_>, id: &str, wanted: &Answer) -> Result<(), NotDone> {
    let Some(state) = write::state(task.graph(), &task.access, id).await? else {
        // What is declined leaves the calendar.
        let was_declined = wanted.response == Response::Declined && task.intent.begun.is_some();
        return if was_declined { Ok(()) } else { Err(NotDone::Impossible(guard::gone())) };
    };
    if state.event.is_organizer == Some(true) {
        return Err(NotDone::Impossible(guard::is_organizer()));
    }
    if is_cancelled(&state) {
        return Err(NotDone::Impossible(guard::cancelled()));
    }
    if wanted.proposal.is_some() && state.allow_new_time_proposals == Some(false) {
        return Err(NotDone::Impossible(guard::no_proposals()));
    }
    let status = state.event.response_status.clone().unwrap_or_default();
    if is_answered(task, wanted, &status) {
        return Ok(());
    }
    task.settled()?;
    task.begin(state.event.change_key, status.time).await?;
    let reply = match wanted.response {
        Response::Accepted => Reply::Accept,
        Response::TentativelyAccepted => Reply::TentativelyAccept,
        Response::Declined | Response::None | Response::Organizer | Response::NotResponded => Reply::Decline,
    };
    let proposal = wanted.proposal.as_ref().map(|span| (likeness::time(&span.start), likeness::time(&span.end)));
    let letter = Letter { comment: wanted.comment.clone(), is_sent: wanted.tells_organizer, proposal };
    Ok(write::answer(task.graph(), &task.access, id, reply, &letter).await?)
}

/// Whether the answer is given: since it was begun, or before, if nothing goes with it.
fn is_answered(task: &Task<'_>, wanted: &Answer, status: &graph::calendar::event::ResponseStatus) -> bool {
    if Response::named(status.response.as_deref().unwrap_or_default()) != wanted.response {
        return false;
    }
    match &task.intent.begun {
        Some(begun) => begun.answered != status.time,
        None => task.waited_at_the_start() || (wanted.comment.is_empty() && wanted.proposal.is_none()),
    }
}
