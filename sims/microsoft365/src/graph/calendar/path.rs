//! What a path below an owner asks for, when it is about calendars.

use super::actions::ACTIONS;
use crate::Refusal;
use crate::graph::path::{Segment, Steps, no_segment};

/// Which calendar a path means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CalendarName {
    /// The default one.
    Default,
    /// The one of this id.
    Id(String),
}

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CalendarTarget {
    /// `calendars`, or those of a group.
    Calendars {
        /// The group's id.
        group: Option<String>,
    },
    /// `calendarGroups`
    Groups,
    /// One group.
    Group(String),
    /// One calendar.
    Calendar(CalendarName),
    /// `events`
    Events(CalendarName),
    /// `events/$count`
    EventCount(CalendarName),
    /// `events/delta`
    EventDelta(CalendarName),
    /// Something of one event.
    Event {
        /// Its id.
        id: String,
        /// What of it.
        part: EventPart,
    },
    /// `calendarView`
    View(CalendarName),
    /// `calendarView/delta`
    ViewDelta(CalendarName),
    /// `getSchedule`
    Schedule,
    /// `findMeetingTimes`
    MeetingTimes,
    /// `calendarPermissions`
    Permissions(CalendarName),
    /// One of them.
    Permission(CalendarName, String),
    /// `outlook/supportedTimeZones`
    TimeZones {
        /// Names of the IANA database are wanted instead of those of Windows.
        iana: bool,
    },
}

/// What of an event is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EventPart {
    /// The event itself.
    Itself,
    /// `instances`
    Instances,
    /// Something that is done to it.
    Action(&'static str),
}

/// Whether a path below an owner begins with something of the calendar.
pub fn is_calendar(first: &Segment) -> bool {
    ["calendar", "calendars", "calendarGroups", "calendarView", "events", "findMeetingTimes", "outlook"].iter().any(|name| first.is(name))
}

/// Reads the segments behind the owner.
///
/// # Errors
/// 400 `BadRequest` for a segment that leads nowhere.
pub fn read(segments: &[Segment]) -> Result<CalendarTarget, Refusal> {
    let mut steps = Steps::new(segments);
    let first = steps.next().ok_or_else(|| no_segment(""))?;
    match () {
        () if first.is("calendar") => of_calendar(&mut steps, CalendarName::Default),
        () if first.is("calendars") => calendars(&mut steps, first, None),
        () if first.is("calendarGroups") => groups(&mut steps, first),
        () if first.is("calendarView") => view(&mut steps, first, CalendarName::Default),
        () if first.is("events") => events(&mut steps, first, CalendarName::Default),
        () if first.is("findMeetingTimes") => steps.end(CalendarTarget::MeetingTimes),
        () if first.is("outlook") => {
            let next = steps.next().ok_or_else(|| no_segment("outlook"))?;
            if !next.is("supportedTimeZones") {
                return Err(no_segment(&next.name));
            }
            let iana = next.key.as_deref().is_some_and(|key| key.to_ascii_lowercase().contains("'iana'"));
            steps.end(CalendarTarget::TimeZones { iana })
        }
        () => Err(no_segment(&first.name)),
    }
}

fn groups(steps: &mut Steps<'_>, collection: &Segment) -> Result<CalendarTarget, Refusal> {
    let Some(id) = steps.key(collection) else { return steps.end(CalendarTarget::Groups) };
    match steps.next() {
        None => Ok(CalendarTarget::Group(id)),
        Some(next) if next.is("calendars") => calendars(steps, next, Some(id)),
        Some(next) => Err(no_segment(&next.name)),
    }
}

fn calendars(steps: &mut Steps<'_>, collection: &Segment, group: Option<String>) -> Result<CalendarTarget, Refusal> {
    match steps.key(collection) {
        Some(id) => of_calendar(steps, CalendarName::Id(id)),
        None => steps.end(CalendarTarget::Calendars { group }),
    }
}

fn of_calendar(steps: &mut Steps<'_>, calendar: CalendarName) -> Result<CalendarTarget, Refusal> {
    match steps.next() {
        None => Ok(CalendarTarget::Calendar(calendar)),
        Some(next) if next.is("events") => events(steps, next, calendar),
        Some(next) if next.is("calendarView") => view(steps, next, calendar),
        Some(next) if next.is("getSchedule") => steps.end(CalendarTarget::Schedule),
        Some(next) if next.is("calendarPermissions") => match steps.key(next) {
            None => steps.end(CalendarTarget::Permissions(calendar)),
            Some(id) => steps.end(CalendarTarget::Permission(calendar, id)),
        },
        Some(next) => Err(no_segment(&next.name)),
    }
}

fn view(steps: &mut Steps<'_>, collection: &Segment, calendar: CalendarName) -> Result<CalendarTarget, Refusal> {
    if let Some(id) = steps.key(collection) {
        return event(steps, id);
    }
    match steps.next() {
        None => Ok(CalendarTarget::View(calendar)),
        Some(next) if next.is("delta") => steps.end(CalendarTarget::ViewDelta(calendar)),
        Some(next) => Err(no_segment(&next.name)),
    }
}

fn events(steps: &mut Steps<'_>, collection: &Segment, calendar: CalendarName) -> Result<CalendarTarget, Refusal> {
    if let Some(id) = steps.key(collection) {
        return event(steps, id);
    }
    match steps.next() {
        None => Ok(CalendarTarget::Events(calendar)),
        Some(next) if next.is("delta") => steps.end(CalendarTarget::EventDelta(calendar)),
        Some(next) if next.is("$count") => steps.end(CalendarTarget::EventCount(calendar)),
        Some(next) => Err(no_segment(&next.name)),
    }
}

fn event(steps: &mut Steps<'_>, id: String) -> Result<CalendarTarget, Refusal> {
    let part = match steps.next() {
        None => EventPart::Itself,
        Some(next) if next.is("instances") => EventPart::Instances,
        Some(next) if ACTIONS.iter().any(|action| next.is(action)) => {
            EventPart::Action(ACTIONS.into_iter().find(|action| next.is(action)).unwrap_or_default())
        }
        Some(next) => return Err(no_segment(&next.name)),
    };
    steps.end(CalendarTarget::Event { id, part })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::path;

    #[test]
    fn calendars_events_and_views_are_found_in_every_spelling() {
        let target = |text: &str| read(&path::read_relative(text)).unwrap();
        let own = CalendarName::Id("c".to_owned());
        assert_eq!(target("calendars('c')/calendarView/delta()"), CalendarTarget::ViewDelta(own.clone()));
        assert_eq!(target("calendarGroups/g/calendars/c/events"), CalendarTarget::Events(own));
        assert_eq!(target("calendar/events/delta"), CalendarTarget::EventDelta(CalendarName::Default));
        let event = CalendarTarget::Event { id: "e".to_owned(), part: EventPart::Instances };
        assert_eq!(target("Calendar/Events('e')/Instances"), event);
        assert_eq!(
            target("outlook/supportedTimeZones(TimeZoneStandard=microsoft.graph.timeZoneStandard'Iana')"),
            CalendarTarget::TimeZones { iana: true }
        );
        assert!(read(&path::read_relative("calendar/weather")).is_err());
    }
}
