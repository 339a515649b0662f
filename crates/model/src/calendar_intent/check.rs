//! Checking what is wanted of a calendar before it is kept: what Microsoft would refuse is told at once, in words.
//!
//! Bounds are Microsoft's where they are documented (500 attendees, 999 occurrences) and ours elsewhere.

use std::collections::HashSet;

use base::Problem;
use jiff::Span as Duration;
use jiff::civil::Time;

use super::{Answer, CalendarDeed, CalendarEventUpdate, Invited, LocalTime, NewCalendarEvent, Span};
use crate::calendar::Response;
use crate::compose::check::is_address;
use crate::recurrence::{End, Recurrence};
use crate::zone;

/// The most attendees of an event (reference for Graph, section 8.1).
pub const ATTENDEES_MAX: usize = 500;
/// The longest subject and place, in characters.
pub const SUBJECT_LENGTH_MAX: usize = 255;
/// The longest text, in characters.
pub const TEXT_LENGTH_MAX: usize = 50_000;
/// The most occurrences of a series that has so many (reference for Graph, section 8.5).
const OCCURRENCES_MAX: u32 = 999;
/// The longest event, in days: what a window of a calendar may have.
const DAYS_MAX: i64 = 1_825;
/// The longest time before the start at which somebody is reminded: four weeks.
const REMINDER_MINUTES_MAX: u32 = 40_320;

/// What is wrong with something that is wanted of a calendar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CalendarFault {
    /// A name that is in no table of zones.
    ZoneUnknown(String),
    /// The end is not behind the start.
    EndBeforeStart,
    /// Longer than five years.
    TooLong,
    /// Whole days that begin or end at another time than midnight, or in two zones.
    NotWholeDays,
    /// More attendees than an event may have.
    TooManyAttendees(usize),
    /// The attendee at this place, from 1, has no address that mail can be sent to.
    AddressWrong(usize),
    /// The attendee at this place, from 1, was named before.
    AttendeeTwice(usize),
    /// What is private is nobody else's.
    PrivateWithAttendees,
    /// A text that is too long: which one, and how long it may be.
    TextTooLong(&'static str, usize),
    /// The series begins on another day than its first event.
    SeriesStartsElsewhere,
    /// The series has no occurrence.
    SeriesEmpty,
    /// The series has more occurrences than Microsoft takes.
    SeriesTooLong,
    /// A reminder that is too early.
    ReminderTooEarly,
    /// Nothing is to be changed.
    NothingToChange,
    /// It is no answer to an invitation.
    NoAnswer,
    /// A new time goes with a no or a maybe, and the organizer has to be told.
    ProposalWithoutWord,
}

impl CalendarFault {
    /// Stable, for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            CalendarFault::ZoneUnknown(_) => "time_zone_unknown",
            CalendarFault::EndBeforeStart => "end_before_start",
            CalendarFault::TooLong => "event_too_long",
            CalendarFault::NotWholeDays => "not_whole_days",
            CalendarFault::TooManyAttendees(_) => "too_many_attendees",
            CalendarFault::AddressWrong(_) => "attendee_wrong",
            CalendarFault::AttendeeTwice(_) => "attendee_twice",
            CalendarFault::PrivateWithAttendees => "private_with_attendees",
            CalendarFault::TextTooLong(..) => "text_too_long",
            CalendarFault::SeriesStartsElsewhere => "series_starts_elsewhere",
            CalendarFault::SeriesEmpty => "series_empty",
            CalendarFault::SeriesTooLong => "series_too_long",
            CalendarFault::ReminderTooEarly => "reminder_too_early",
            CalendarFault::NothingToChange => "nothing_to_change",
            CalendarFault::NoAnswer => "no_answer",
            CalendarFault::ProposalWithoutWord => "proposal_without_word",
        }
    }

    /// In words, with what to do.
    pub fn problem(&self) -> Problem {
        let (detail, action) = self.words();
        Problem::new(self.code(), "This cannot be put into a calendar.", detail, action)
    }

    fn words(&self) -> (String, &'static str) {
        match self {
            CalendarFault::ZoneUnknown(name) => {
                (format!("The time zone \"{name}\" is not known."), "Write it such as `Europe/Berlin` or `W. Europe Standard Time`.")
            }
            CalendarFault::EndBeforeStart => ("The end is not behind the start.".into(), "Correct the times."),
            CalendarFault::TooLong => (format!("It would last more than {DAYS_MAX} days."), "Correct the times, or make a series."),
            CalendarFault::NotWholeDays => (
                "Whole days begin and end at midnight in one zone, and the end is the midnight behind the last day.".into(),
                "Correct the times.",
            ),
            CalendarFault::TooManyAttendees(count) => {
                (format!("{count} people would be invited; an event has at most {ATTENDEES_MAX}."), "Invite fewer, or a list.")
            }
            CalendarFault::AddressWrong(place) => (format!("Attendee number {place} has no valid address."), "Correct the address."),
            CalendarFault::AttendeeTwice(place) => (format!("Attendee number {place} was named before."), "Name each once."),
            CalendarFault::PrivateWithAttendees => (
                "What is private is for its owner alone, and attendees would be sent what it is about.".into(),
                "Leave the attendees out, or do not make it private.",
            ),
            CalendarFault::TextTooLong(name, most) => (format!("The {name} has more than {most} characters."), "Shorten it."),
            CalendarFault::SeriesStartsElsewhere => {
                ("The `startDate` of the recurrence is not the day on which the event begins.".into(), "Name the same day in both.")
            }
            CalendarFault::SeriesEmpty => ("The recurrence has no occurrence.".into(), "Correct its pattern or its end."),
            CalendarFault::SeriesTooLong => {
                (format!("The series would have more than {OCCURRENCES_MAX} occurrences."), "Ask for fewer, or for a last day.")
            }
            CalendarFault::ReminderTooEarly => {
                (format!("A reminder comes at most {REMINDER_MINUTES_MAX} minutes before."), "Ask for a later one.")
            }
            CalendarFault::NothingToChange => ("Nothing of the event is to change.".into(), "Name what shall change."),
            CalendarFault::NoAnswer => {
                ("An invitation is answered by a yes, a maybe or a no.".into(), "Say `accepted`, `tentatively_accepted` or `declined`.")
            }
            CalendarFault::ProposalWithoutWord => (
                "A new time is proposed with a maybe or a no, and the organizer is told of it.".into(),
                "Answer so and have the organizer told, or leave the new time out.",
            ),
        }
    }
}

impl CalendarDeed {
    /// Whether Microsoft can take it, as far as it says itself.
    ///
    /// # Errors
    /// The first thing that is wrong.
    pub fn check(&self) -> Result<(), CalendarFault> {
        match self {
            CalendarDeed::Create(new) => check_new(new),
            CalendarDeed::Update(update) => check_update(update),
            CalendarDeed::Cancel(comment) => check_length("comment", comment, TEXT_LENGTH_MAX),
            CalendarDeed::Delete => Ok(()),
            CalendarDeed::Answer(answer) => check_answer(answer),
        }
    }
}

fn check_new(new: &NewCalendarEvent) -> Result<(), CalendarFault> {
    check_span(&new.span)?;
    check_length("subject", &new.subject, SUBJECT_LENGTH_MAX)?;
    check_length("location", &new.location, SUBJECT_LENGTH_MAX)?;
    check_length("text", &new.text, TEXT_LENGTH_MAX)?;
    check_attendees(&new.attendees)?;
    check_reminder(new.reminder_minutes)?;
    if new.is_private && !new.attendees.is_empty() {
        return Err(CalendarFault::PrivateWithAttendees);
    }
    new.recurrence.as_ref().map_or(Ok(()), |recurrence| check_series(recurrence, &new.span.start))
}

fn check_update(update: &CalendarEventUpdate) -> Result<(), CalendarFault> {
    if update.is_empty() {
        return Err(CalendarFault::NothingToChange);
    }
    update.span.as_ref().map_or(Ok(()), check_span)?;
    check_length("subject", update.subject.as_deref().unwrap_or_default(), SUBJECT_LENGTH_MAX)?;
    check_length("location", update.location.as_deref().unwrap_or_default(), SUBJECT_LENGTH_MAX)?;
    check_length("text", update.text.as_deref().unwrap_or_default(), TEXT_LENGTH_MAX)?;
    check_attendees(&update.add_attendees)?;
    check_reminder(update.reminder_minutes)?;
    if update.remove_attendees.len() > ATTENDEES_MAX {
        return Err(CalendarFault::TooManyAttendees(update.remove_attendees.len()));
    }
    if let Some(place) = update.remove_attendees.iter().position(|address| !is_address(address)) {
        return Err(CalendarFault::AddressWrong(place + 1));
    }
    if update.is_private == Some(true) && !update.add_attendees.is_empty() {
        return Err(CalendarFault::PrivateWithAttendees);
    }
    Ok(())
}

fn check_answer(answer: &Answer) -> Result<(), CalendarFault> {
    if !matches!(answer.response, Response::Accepted | Response::TentativelyAccepted | Response::Declined) {
        return Err(CalendarFault::NoAnswer);
    }
    check_length("comment", &answer.comment, TEXT_LENGTH_MAX)?;
    let Some(proposal) = &answer.proposal else { return Ok(()) };
    if answer.response == Response::Accepted || !answer.tells_organizer {
        return Err(CalendarFault::ProposalWithoutWord);
    }
    check_span(proposal)
}

fn check_span(span: &Span) -> Result<(), CalendarFault> {
    let moment = |time: &LocalTime| time.moment().ok_or_else(|| CalendarFault::ZoneUnknown(time.time_zone.clone()));
    let (start, end) = (moment(&span.start)?, moment(&span.end)?);
    let is_midnight = |time: &LocalTime| time.date_time.time() == Time::midnight();
    let one_zone = span.start.time_zone.eq_ignore_ascii_case(&span.end.time_zone);
    if span.is_all_day && !(one_zone && is_midnight(&span.start) && is_midnight(&span.end)) {
        return Err(CalendarFault::NotWholeDays);
    }
    if end < start || (span.is_all_day && end == start) {
        return Err(CalendarFault::EndBeforeStart);
    }
    if end.since(start).as_secs() > DAYS_MAX.unsigned_abs() * 86_400 {
        return Err(CalendarFault::TooLong);
    }
    Ok(())
}

fn check_length(name: &'static str, text: &str, most: usize) -> Result<(), CalendarFault> {
    if text.chars().count() > most { Err(CalendarFault::TextTooLong(name, most)) } else { Ok(()) }
}

fn check_reminder(minutes: Option<u32>) -> Result<(), CalendarFault> {
    if minutes.is_some_and(|minutes| minutes > REMINDER_MINUTES_MAX) { Err(CalendarFault::ReminderTooEarly) } else { Ok(()) }
}

fn check_attendees(attendees: &[Invited]) -> Result<(), CalendarFault> {
    if attendees.len() > ATTENDEES_MAX {
        return Err(CalendarFault::TooManyAttendees(attendees.len()));
    }
    let mut named = HashSet::new();
    for (place, attendee) in (1..).zip(attendees) {
        if !is_address(&attendee.who.address) {
            return Err(CalendarFault::AddressWrong(place));
        }
        if !named.insert(attendee.who.address.to_lowercase()) {
            return Err(CalendarFault::AttendeeTwice(place));
        }
    }
    Ok(())
}

/// A series begins on the day of its event (reference for Graph, section 8.5), and has an end that can be reached.
fn check_series(recurrence: &Recurrence, start: &LocalTime) -> Result<(), CalendarFault> {
    if let Some(name) = recurrence.range.zone.as_deref().filter(|name| zone::read(name).zone().is_none()) {
        return Err(CalendarFault::ZoneUnknown(name.to_owned()));
    }
    if recurrence.range.start != start.date_time.date() {
        return Err(CalendarFault::SeriesStartsElsewhere);
    }
    if matches!(recurrence.range.end, End::After(count) if count > OCCURRENCES_MAX) {
        return Err(CalendarFault::SeriesTooLong);
    }
    let last = recurrence.range.start.saturating_add(Duration::new().days(DAYS_MAX));
    match recurrence.days().next() {
        Some(first) if first <= last => Ok(()),
        _ => Err(CalendarFault::SeriesEmpty),
    }
}
