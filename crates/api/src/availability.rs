//! Availability: when people are free and could meet, asked of Microsoft while the asker waits. Nothing of it is kept, and what somebody's
//! time is taken for is not told, even where the account could see it.

use base::Timestamp;
use graph::calendar::DateTimeTimeZone;
use graph::calendar::availability::{self as theirs, Meeting, SCHEDULES_MAX, SPAN_MAX, Schedule};
use graph::{Access, GrantKey, Lane};
use model::address::Address;
use model::id::CalendarId;
use store::{connection, grant};

use crate::access::{Asker, Level, Scope};
use crate::failure::Failure;
use crate::state::State;
use crate::{read, view};

/// Without this permission Microsoft suggests no times.
const SHARED: [&str; 2] = ["Calendars.Read.Shared", "Calendars.ReadWrite.Shared"];

/// When these are free, as a calendar's account may see it.
///
/// # Errors
/// 404 for a calendar that is not there for the asker, 403 for one of which they do not see all, 422 for what cannot be asked.
pub async fn schedules(
    state: &State,
    asker: &Asker,
    calendar: CalendarId,
    wanted: &view::AvailabilityQuery,
) -> Result<view::Availability, Failure> {
    let access = open(state, asker, calendar).await?;
    check(&wanted.addresses, (1, SCHEDULES_MAX), wanted.from, wanted.until)?;
    let found = theirs::schedules(&state.microsoft, &access, &wanted.addresses, wanted.from, wanted.until).await?;
    let mut found: Vec<view::PersonAvailability> = found.into_iter().map(person).collect();
    let place = |address: &str| wanted.addresses.iter().position(|wanted| wanted.eq_ignore_ascii_case(address));
    found.sort_by_key(|person| place(&person.address));
    Ok(view::Availability { data: found })
}

fn person(schedule: Schedule) -> view::PersonAvailability {
    let taken = schedule.schedule_items.iter().filter_map(|item| {
        let (from, until) = (moment(item.start.as_ref())?, moment(item.end.as_ref())?);
        let show_as = match item.status.as_deref() {
            Some("free") => return None,
            Some("tentative") => view::CalendarShowAs::Tentative,
            Some("oof") => view::CalendarShowAs::Oof,
            Some("workingElsewhere") => view::CalendarShowAs::WorkingElsewhere,
            _ => view::CalendarShowAs::Busy,
        };
        Some(view::TakenTime { from, until, show_as })
    });
    let mut taken: Vec<view::TakenTime> = taken.collect();
    taken.sort_by_key(|taken| (taken.from, taken.until));
    let error = schedule.error.map(|error| error.response_code.unwrap_or_else(|| "unknown".to_owned()));
    view::PersonAvailability { address: schedule.schedule_id, taken, error }
}

/// When these could meet with a calendar's owner.
///
/// # Errors
/// As [`schedules`]; 409 without Microsoft's permission.
pub async fn meeting_times(
    state: &State,
    asker: &Asker,
    calendar: CalendarId,
    wanted: &view::MeetingTimeQuery,
) -> Result<view::MeetingTimes, Failure> {
    let access = open(state, asker, calendar).await?;
    let attendees: Vec<(String, bool)> = wanted.attendees.iter().map(|one| (one.email.clone(), one.optional)).collect();
    let addresses: Vec<String> = attendees.iter().map(|(address, _)| address.clone()).collect();
    check(&addresses, (0, SCHEDULES_MAX), wanted.from, wanted.until)?;
    if !(5..=1440).contains(&wanted.minutes) || !(1..=50).contains(&wanted.limit) || wanted.minimum_confidence > 100 {
        let detail = "A meeting takes from 5 to 1440 minutes, 1 to 50 times can be suggested, and a confidence goes from 0 to 100.";
        return Err(Failure::unprocessable(
            "meeting_unsuitable",
            "No time can be looked for.",
            detail,
            "Give minutes, limit and minimum_confidence within these.",
        ));
    }
    let connection = access.grant.as_str().parse().map_err(|_| Failure::not_found())?;
    let grant = grant::find(&state.db, connection).await?;
    if !grant.is_some_and(|grant| SHARED.iter().any(|name| grant.permits(name))) {
        return Err(Failure::conflict(
            "permission_missing",
            "Microsoft suggests no times.",
            "That wants the permission Calendars.Read.Shared, which was not granted when this calendar was connected.",
            "Connect the calendar again at /auth/microsoft?provider=microsoft_calendar.",
        ));
    }
    let meeting = Meeting {
        attendees: &attendees,
        from: wanted.from,
        until: wanted.until,
        minutes: wanted.minutes,
        limit: wanted.limit,
        minimum_confidence: wanted.minimum_confidence,
    };
    let found = theirs::meeting_times(&state.microsoft, &access, &meeting).await?;
    let reason = Some(found.empty_suggestions_reason).filter(|reason| !reason.is_empty());
    Ok(view::MeetingTimes { data: found.meeting_time_suggestions.into_iter().filter_map(meeting_time).collect(), reason })
}

fn meeting_time(found: theirs::MeetingTime) -> Option<view::MeetingTime> {
    let slot = found.meeting_time_slot?;
    let attendees = found.attendee_availability.into_iter().filter_map(|one| {
        let email = one.attendee?.email_address?.address?;
        Some(view::AttendeeAvailability { email, availability: one.availability.unwrap_or_else(|| "unknown".to_owned()) })
    });
    let (from, until) = (moment(slot.start.as_ref())?, moment(slot.end.as_ref())?);
    Some(view::MeetingTime { from, until, confidence: found.confidence, attendees: attendees.collect() })
}

fn moment(time: Option<&DateTimeTimeZone>) -> Option<Timestamp> {
    time.and_then(DateTimeTimeZone::utc)
}

/// The account behind a calendar, for whoever sees all of it.
async fn open(state: &State, asker: &Asker, id: CalendarId) -> Result<Access, Failure> {
    asker.may(Scope::Read)?;
    let seen = read::calendar::list(&state.db, asker).await?;
    let shown = seen.into_iter().find(|shown| shown.calendar.id == id).ok_or_else(Failure::not_found)?;
    if !shown.seen.own && shown.seen.level != Level::Everything {
        let detail = "Whose time is taken is asked in the name of the calendar's account, of which you do not see all.";
        return Err(Failure::forbidden("not_your_calendar", detail, "Ask by a calendar of your own, or by an API key."));
    }
    let connection = connection::find(&state.db, shown.calendar.connection).await?.ok_or_else(Failure::not_found)?;
    Ok(Access::new(GrantKey::new(connection.id.to_string()), connection.account_id, Lane::Interactive))
}

fn check(addresses: &[String], (least, most): (usize, usize), from: Timestamp, until: Timestamp) -> Result<(), Failure> {
    let wrong =
        |detail: String, action: &str| Err(Failure::unprocessable("availability_unsuitable", "That cannot be asked.", detail, action));
    if !(least..=most).contains(&addresses.len()) {
        return wrong(format!("{} addresses were given.", addresses.len()), "Give up to 20.");
    }
    if let Some(place) = addresses.iter().position(|address| Address::read(address).is_none()) {
        return wrong(format!("The address at place {} is none.", place + 1), "Write addresses whole, such as anna@contoso.example.");
    }
    if until <= from || until.since(from) > SPAN_MAX {
        return wrong("The span is empty, or longer than 62 days.".to_owned(), "Give `until` after `from`, within 62 days.");
    }
    Ok(())
}
