//! An event: a single one or a series with its exceptions, and the instances that it has in time.
//!
//! Times are kept as a wall clock of a named zone, so that a series stays at its hour when the clocks change (reference:
//! Graph, section 8.2). Everything that Graph shows as it was given is kept as JSON.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use jiff::ToSpan;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use serde_json::{Map, Value};

use super::recurrence::Recurrence;
use crate::mailbox::folder::FolderNumber;
use crate::mailbox::message::ItemNumber;
use crate::zones;

/// How far beyond a window occurrences are looked for, so that one that was moved into it is found.
const LOOK_AHEAD_DAYS: i32 = 400;

/// When something begins and ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Times {
    /// The wall clock at its beginning.
    pub start: DateTime,
    /// The wall clock of the same zone at its end.
    pub end: DateTime,
    /// The zone's name, as it was given.
    pub zone: String,
    /// The name of the zone in which the end was given.
    pub end_zone: String,
    /// Whole days: midnight to midnight in whatever zone one looks.
    pub is_all_day: bool,
}

impl Times {
    /// The zone; UTC if nobody knows the name.
    pub fn time_zone(&self) -> TimeZone {
        zones::zone(&self.zone).unwrap_or(TimeZone::UTC)
    }

    /// The instant of its beginning.
    pub fn starts_at(&self) -> Timestamp {
        zones::instant(self.start, &self.time_zone())
    }

    /// The instant of its end.
    pub fn ends_at(&self) -> Timestamp {
        let (start, end) = (self.starts_at(), zones::instant(self.end, &self.time_zone()));
        let length = self.end.duration_since(self.start);
        // Where the clocks leap over its start, it takes as long as it does on other days.
        let leapt = end < start || (end == start && !length.is_zero());
        if leapt { start.checked_add(length).unwrap_or(end) } else { end }
    }

    /// The same hours on another day.
    pub fn on(&self, date: Date) -> Self {
        let start = date.to_datetime(self.start.time());
        let length = self.end.duration_since(self.start);
        let end = start.checked_add(length).unwrap_or(start);
        Self { start, end, ..self.clone() }
    }

    /// Whether it lies in a window, at least in part; what takes no time lies where it begins.
    pub fn overlaps(&self, from: Timestamp, to: Timestamp) -> bool {
        let (start, end) = (self.starts_at(), self.ends_at());
        if start == end { start >= from && start < to } else { start < to && end > from }
    }
}

/// One occurrence that is unlike its series.
#[derive(Debug, Clone, PartialEq)]
pub struct Exception {
    /// When it is, if not when the series says.
    pub times: Option<Times>,
    /// Properties that it has of its own.
    pub properties: Map<String, Value>,
    /// The number of its last change.
    pub change: u64,
    /// When it became one.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
    /// The line of the calendar's log that tells of its last change.
    pub logged: u64,
}

/// An event of a calendar.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its number in the mailbox.
    pub item: ItemNumber,
    /// Its calendar.
    pub calendar: FolderNumber,
    /// The number of its last change, from which change key and etag are made.
    pub change: u64,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
    /// The id that all copies of the meeting share.
    pub uid: String,
    /// How often its organizer has told the attendees something new.
    pub sequence: u32,
    /// When it is; of a series the hours of every occurrence.
    pub times: Times,
    /// What makes it a series.
    pub recurrence: Option<Recurrence>,
    /// What Graph shows as it is kept.
    pub properties: Map<String, Value>,
    /// Occurrences that are unlike the series, by the day on which the series has them.
    pub exceptions: BTreeMap<Date, Exception>,
    /// Days whose occurrence was deleted.
    pub cancelled: BTreeSet<Date>,
    /// The line of the calendar's log that tells of its last change as a whole.
    pub logged: u64,
    /// The line that tells of its last change of any kind, one of its exceptions included.
    pub touched: u64,
}

/// `eventType`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the words are Graph's")]
pub enum EventKind {
    SingleInstance,
    Occurrence,
    Exception,
    SeriesMaster,
}

impl EventKind {
    /// The JSON word.
    pub fn word(self) -> &'static str {
        match self {
            Self::SingleInstance => "singleInstance",
            Self::Occurrence => "occurrence",
            Self::Exception => "exception",
            Self::SeriesMaster => "seriesMaster",
        }
    }
}

/// An event as a whole, or one occurrence of a series.
#[derive(Debug, Clone, PartialEq)]
pub struct Instance<'a> {
    /// The event.
    pub event: &'a Event,
    /// The day on which the series has it; `None` for a single event and for a series as a whole.
    pub date: Option<Date>,
    /// When it is.
    pub times: Times,
}

impl Event {
    /// The event as a whole.
    pub fn whole(&self) -> Instance<'_> {
        Instance { event: self, date: None, times: self.times.clone() }
    }

    /// The occurrence of a day; `None` if the series has none then, or no more.
    pub fn occurrence(&self, date: Date) -> Option<Instance<'_>> {
        let has = self.recurrence.as_ref()?.dates_until(date).last() == Some(&date);
        (has && !self.cancelled.contains(&date)).then(|| self.at(date))
    }

    /// The instances that lie in a window, at least in part, in the order of their days.
    pub fn within(&self, from: Timestamp, to: Timestamp) -> Vec<Instance<'_>> {
        let Some(recurrence) = &self.recurrence else {
            return Some(self.whole()).filter(|whole| whole.times.overlaps(from, to)).into_iter().collect();
        };
        let last = zones::wall_clock(to, &self.times.time_zone()).date();
        let moved = self.exceptions.keys().next_back().copied().filter(|date| *date > last);
        let last = moved.map_or(last, |date| date.min(last.checked_add(LOOK_AHEAD_DAYS.days()).unwrap_or(last)));
        let dates = recurrence.dates_until(last).into_iter().filter(|date| !self.cancelled.contains(date));
        dates.map(|date| self.at(date)).filter(|one| one.times.overlaps(from, to)).collect()
    }

    /// The occurrences before and after one that still take place.
    pub fn neighbours(&self, date: Date) -> (Option<Instance<'_>>, Option<Instance<'_>>) {
        let Some(recurrence) = &self.recurrence else { return (None, None) };
        let dates = recurrence.dates_until(date.checked_add(LOOK_AHEAD_DAYS.days()).unwrap_or(date));
        let mut kept = dates.into_iter().filter(|one| !self.cancelled.contains(one));
        let mut before = None;
        let after = loop {
            match kept.next() {
                Some(one) if one < date => before = Some(one),
                Some(one) if one == date => {}
                other => break other,
            }
        };
        (before.map(|date| self.at(date)), after.map(|date| self.at(date)))
    }

    fn at(&self, date: Date) -> Instance<'_> {
        let own = self.exceptions.get(&date).and_then(|exception| exception.times.clone());
        Instance { event: self, date: Some(date), times: own.unwrap_or_else(|| self.times.on(date)) }
    }
}

impl Instance<'_> {
    /// What makes it unlike its series.
    pub fn exception(&self) -> Option<&Exception> {
        self.event.exceptions.get(&self.date?)
    }

    /// What it is.
    pub fn kind(&self) -> EventKind {
        match (self.date, &self.event.recurrence) {
            (Some(_), _) if self.exception().is_some() => EventKind::Exception,
            (Some(_), _) => EventKind::Occurrence,
            (None, Some(_)) => EventKind::SeriesMaster,
            (None, None) => EventKind::SingleInstance,
        }
    }

    /// A property that is kept as JSON, an exception's own first.
    pub fn property(&self, name: &str) -> Option<&Value> {
        let own = self.exception().and_then(|exception| exception.properties.get(name));
        own.or_else(|| self.event.properties.get(name))
    }

    /// A text among them.
    pub fn text(&self, name: &str) -> &str {
        self.property(name).and_then(Value::as_str).unwrap_or_default()
    }

    /// Whether a property among them is true.
    pub fn truth(&self, name: &str) -> bool {
        self.property(name).and_then(Value::as_bool).unwrap_or_default()
    }

    /// The number of its last change: change key and etag are made from it.
    pub fn change(&self) -> u64 {
        self.exception().map_or(self.event.change, |exception| exception.change.max(self.event.change))
    }

    /// When it last changed.
    pub fn modified(&self) -> Timestamp {
        self.exception().map_or(self.event.modified, |exception| exception.modified)
    }

    /// The line of the log that tells of its last change.
    pub fn logged(&self) -> u64 {
        match self.kind() {
            EventKind::SeriesMaster => self.event.touched,
            _ => self.exception().map_or(self.event.logged, |exception| exception.logged.max(self.event.logged)),
        }
    }

    /// When the series has it, before anybody moved it.
    pub fn original_start(&self) -> Option<Timestamp> {
        self.date.map(|date| self.event.times.on(date).starts_at())
    }
}
