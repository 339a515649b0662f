//! Calendar plan: what a list of calendars and a page of a calendar's changes mean for the mirror. Pure.
//!
//! A page may repeat what it has said, and say again what is known: the last entry of an id counts, and what says nothing new is
//! only noted as seen. What an exception is about it says itself; an occurrence has it from its series, which stands on hardly
//! any page, so [`series_wanted`] names those that are to be read beside it. Source: Microsoft Graph, `event: delta`.

use std::collections::{BTreeSet, HashMap};

use base::Timestamp;
use model::calendar::{Calendar, CalendarEvent, CalendarEventKind, Detail};
use model::id::{CalendarEventId, CalendarId, ConnectionId, WorkspaceId};
use model::message::Participant;

use crate::last::last_of_each;

/// What Graph said of a calendar.
#[derive(Clone, Debug, Default)]
pub struct CalendarSighting {
    /// Microsoft's id.
    pub graph_id: String,
    /// Its name.
    pub name: String,
    /// Its colour.
    pub color: Option<String>,
    /// Whether new events go here.
    pub is_default: bool,
    /// Whether it may be written into.
    pub can_edit: bool,
    /// Whose it is.
    pub owner: Participant,
}

/// One change to the mirror's calendars.
#[derive(Clone, Debug, PartialEq)]
pub enum CalendarStep {
    /// One that was not here: what stands in it is to be read.
    Insert(Calendar),
    /// One that looks different.
    Update(Calendar),
    /// One that is gone, or not shared any more.
    Remove(CalendarId),
}

/// Plans a whole list of calendars.
pub fn plan_calendars(
    (workspace, connection): (WorkspaceId, ConnectionId),
    listed: Vec<CalendarSighting>,
    known: &[Calendar],
    now: Timestamp,
) -> Vec<CalendarStep> {
    let gone = known.iter().filter(|known| !listed.iter().any(|listed| listed.graph_id == known.graph_id));
    let mut steps: Vec<CalendarStep> = gone.map(|gone| CalendarStep::Remove(gone.id)).collect();
    for sighting in listed {
        let before = known.iter().find(|known| known.graph_id == sighting.graph_id);
        let calendar = Calendar {
            id: before.map_or_else(|| CalendarId::new(now), |before| before.id),
            workspace,
            connection,
            graph_id: sighting.graph_id,
            name: sighting.name,
            color: sighting.color,
            is_default: sighting.is_default,
            can_edit: sighting.can_edit,
            owner: sighting.owner,
        };
        match before {
            None => steps.push(CalendarStep::Insert(calendar)),
            Some(before) if *before != calendar => steps.push(CalendarStep::Update(calendar)),
            Some(_) => {}
        }
    }
    steps
}

/// What Graph said of an event.
#[derive(Clone, Debug, PartialEq)]
pub struct EventSighting {
    /// Microsoft's immutable id.
    pub graph_id: String,
    /// What it is.
    pub kind: CalendarEventKind,
    /// The id of its series.
    pub series: Option<String>,
    /// When it begins.
    pub start_at: Timestamp,
    /// When it ends.
    pub end_at: Timestamp,
    /// What it is about, as far as it was said.
    pub detail: Option<Box<Detail>>,
}

/// One entry of a page.
#[derive(Clone, Debug, PartialEq)]
pub enum EventEntry {
    /// It is there and looks like this.
    Present(EventSighting),
    /// It is not in the window any more.
    Absent(String),
}

impl EventEntry {
    /// Microsoft's id of the event that it is about.
    pub fn graph_id(&self) -> &str {
        match self {
            EventEntry::Present(sighting) => &sighting.graph_id,
            EventEntry::Absent(graph_id) => graph_id,
        }
    }
}

/// One change to what stands in a calendar.
#[derive(Clone, Debug, PartialEq)]
pub enum EventStep {
    /// It was not here.
    Insert(Box<CalendarEvent>),
    /// It looks like this now.
    Update(Box<CalendarEvent>),
    /// It was shown, and nothing about it is new.
    Seen(CalendarEventId),
    /// It is gone.
    Remove(Box<CalendarEvent>),
}

/// The series that a page's occurrences take what they are about from, each once: they are read again with every page, because a
/// series that changes shows it by its occurrences.
pub fn series_wanted(entries: &[EventEntry]) -> Vec<String> {
    let series = entries.iter().filter_map(|entry| match entry {
        EventEntry::Present(sighting) if sighting.kind == CalendarEventKind::Occurrence => sighting.series.clone(),
        _ => None,
    });
    series.collect::<BTreeSet<_>>().into_iter().collect()
}

/// The events that must be read whole, because the page does not say what they are about and they have it from nobody.
pub fn too_little(entries: &[EventEntry]) -> Vec<String> {
    let bare = entries.iter().filter_map(|entry| match entry {
        EventEntry::Present(sighting) if sighting.kind != CalendarEventKind::Occurrence && is_bare(sighting) => {
            Some(sighting.graph_id.clone())
        }
        _ => None,
    });
    bare.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Exceptions are reported to come without what they share with their series; which occurrences of a series were cancelled is said only
/// to who asks for it.
fn is_bare(sighting: &EventSighting) -> bool {
    let said_nothing = |detail: &Detail| detail.subject.is_empty() && detail.preview.is_empty();
    sighting.detail.as_deref().is_none_or(|detail| match sighting.kind {
        CalendarEventKind::Exception => said_nothing(detail),
        CalendarEventKind::Series => detail.cancelled_days.is_none(),
        CalendarEventKind::Single | CalendarEventKind::Occurrence => false,
    })
}

/// Plans a page, with what was read beside it at its end. Entries that say too little are left out.
pub fn plan_events(calendar: CalendarId, entries: Vec<EventEntry>, known: &[CalendarEvent], now: Timestamp) -> Vec<EventStep> {
    let known: HashMap<&str, &CalendarEvent> = known.iter().map(|known| (known.graph_id.as_str(), known)).collect();
    let mut steps = Vec::with_capacity(entries.len());
    for entry in last_of_each(entries, EventEntry::graph_id) {
        let before = known.get(entry.graph_id()).copied();
        match entry {
            EventEntry::Present(sighting) => steps.extend(present(calendar, sighting, before, now)),
            EventEntry::Absent(_) => steps.extend(before.map(|before| EventStep::Remove(Box::new(before.clone())))),
        }
    }
    steps
}

fn present(calendar: CalendarId, sighting: EventSighting, before: Option<&CalendarEvent>, now: Timestamp) -> Option<EventStep> {
    let inherits = sighting.kind == CalendarEventKind::Occurrence;
    let detail = sighting.detail.map(|detail| *detail);
    let event = CalendarEvent {
        id: before.map_or_else(|| CalendarEventId::new(now), |before| before.id),
        calendar,
        graph_id: sighting.graph_id,
        kind: sighting.kind,
        series: sighting.series,
        start_at: sighting.start_at,
        end_at: sighting.end_at,
        detail: if inherits { None } else { Some(detail?) },
    };
    Some(match before {
        Some(before) if *before == event => EventStep::Seen(event.id),
        Some(_) => EventStep::Update(Box::new(event)),
        None => EventStep::Insert(Box::new(event)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_millis(1_767_323_045_000 + second * 1000)
    }

    fn sees(graph_id: &str, kind: CalendarEventKind, subject: Option<&str>) -> EventSighting {
        let detail = subject.map(|subject| Box::new(Detail { subject: subject.to_owned(), ..Detail::default() }));
        let series = matches!(kind, CalendarEventKind::Occurrence | CalendarEventKind::Exception).then(|| "series".to_owned());
        EventSighting { graph_id: graph_id.to_owned(), kind, series, start_at: at(0), end_at: at(1), detail }
    }

    fn kept(steps: Vec<EventStep>) -> Vec<CalendarEvent> {
        let put = |step| match step {
            EventStep::Insert(event) | EventStep::Update(event) => Some(*event),
            EventStep::Seen(_) | EventStep::Remove(_) => None,
        };
        steps.into_iter().filter_map(put).collect()
    }

    #[test]
    fn the_last_entry_of_an_id_counts_and_what_is_known_is_only_seen() {
        let calendar = CalendarId::from_number(1);
        let single = |subject| EventEntry::Present(sees("a", CalendarEventKind::Single, Some(subject)));
        let here = kept(plan_events(calendar, vec![single("Old"), single("New")], &[], at(0)));
        assert_eq!(here.len(), 1);
        assert_eq!(here[0].detail.as_ref().unwrap().subject, "New");
        assert_eq!(plan_events(calendar, vec![single("New")], &here, at(9)), [EventStep::Seen(here[0].id)]);
        let changed = plan_events(calendar, vec![single("Newer")], &here, at(9));
        assert!(matches!(changed.as_slice(), [EventStep::Update(_)]), "{changed:?}");
        let changed = kept(changed);
        assert_eq!(changed[0].id, here[0].id);
        let gone = vec![single("Newer"), EventEntry::Absent("a".to_owned()), EventEntry::Absent("never here".to_owned())];
        assert_eq!(plan_events(calendar, gone, &here, at(9)), [EventStep::Remove(Box::new(here[0].clone()))]);
    }

    #[test]
    fn an_occurrence_needs_its_series_and_a_bare_exception_is_read_whole() {
        let entries = [
            EventEntry::Present(sees("o1", CalendarEventKind::Occurrence, None)),
            EventEntry::Present(sees("o2", CalendarEventKind::Occurrence, Some("whole against expectation"))),
            EventEntry::Present(sees("e1", CalendarEventKind::Exception, Some(""))),
            EventEntry::Present(sees("e2", CalendarEventKind::Exception, Some("Moved"))),
            EventEntry::Present(sees("s1", CalendarEventKind::Single, None)),
        ];
        assert_eq!(series_wanted(&entries), ["series"]);
        assert_eq!(too_little(&entries), ["e1", "s1"]);
        let kept = kept(plan_events(CalendarId::from_number(1), entries.into(), &[], at(0)));
        let details: Vec<_> = kept.iter().map(|event| (event.graph_id.as_str(), event.detail.is_some())).collect();
        assert_eq!(
            details,
            [("o1", false), ("o2", false), ("e1", true), ("e2", true)],
            "a single one of which nothing is said is left out"
        );
    }

    #[test]
    fn a_calendar_that_is_not_listed_is_gone_and_one_that_changed_keeps_its_id() {
        let whose = (WorkspaceId::from_number(1), ConnectionId::from_number(2));
        let listed = |graph_id: &str, name: &str| CalendarSighting {
            graph_id: graph_id.to_owned(),
            name: name.to_owned(),
            ..CalendarSighting::default()
        };
        let steps = plan_calendars(whose, vec![listed("a", "Calendar"), listed("b", "Team")], &[], at(0));
        let here: Vec<Calendar> =
            steps.into_iter().map(|step| if let CalendarStep::Insert(calendar) = step { calendar } else { panic!("{step:?}") }).collect();
        assert_eq!(plan_calendars(whose, vec![listed("b", "Team"), listed("a", "Calendar")], &here, at(1)), []);
        let renamed = Calendar { name: "Kalender".to_owned(), ..here[0].clone() };
        let steps = plan_calendars(whose, vec![listed("a", "Kalender")], &here, at(1));
        assert_eq!(steps, [CalendarStep::Remove(here[1].id), CalendarStep::Update(renamed)]);
    }
}
