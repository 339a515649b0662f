//! A series: a recurrence with its times, its zone and what became of single occurrences, worked out within a window.
//!
//! Promises:
//! - The wall clock is kept, at the start and at the end: a meeting from nine to ten is from nine to ten on both sides of a
//!   change of the clocks, and one that spans the change is an hour shorter or longer. Exchange keeps an appointment's start and
//!   end as wall times of the organizer's zone (`RecurrencePattern.StartTime` and `.EndTime` of its object model).
//! - A wall time that a change of the clocks takes out is read with the offset before the gap, one that it doubles is the first of
//!   the two: RFC 5545, section 3.3.5. Microsoft does not document what Exchange does. Where a start moved out of a gap would
//!   come after its end, the length that the clock would have shown is kept.
//! - What was changed or cancelled is known by the day on which the pattern has it (an occurrence has a day of its own, and
//!   Exchange lets none jump over a neighbour), so that it is found even where two databases disagree by an hour.
//! - A changed occurrence is where it was put, also if it was put there from outside the window; what was changed and then
//!   cancelled is cancelled.
//!
//! Occurrences come in the order of their starts. Nothing is worked out before it is asked for.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::iter::Peekable;
use std::time::Duration;

use base::Timestamp;
use jiff::ToSpan as _;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;

use super::{Days, Recurrence};

/// The longest window, in days: as long as Graph's `calendarView`. It bounds what one expansion can give.
const WINDOW_DAYS_MAX: u64 = 1_825;
/// The longest occurrence, in days. Exchange takes up to five years.
const LENGTH_DAYS_MAX: i32 = 1_827;
/// By how many days a zone's date can differ from that of UTC, and by how many a gap can move a start, together.
const SLACK_DAYS: i32 = 3;

/// A stretch of time, its end not in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Window {
    from: Timestamp,
    until: Timestamp,
}

/// Why a stretch of time is no window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WindowError {
    /// It does not end after it starts.
    Empty,
    /// It is longer than 1,825 days.
    TooLong,
    /// It leaves the years 0 to 9999.
    OutOfTime,
}

impl fmt::Display for WindowError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WindowError::Empty => f.write_str("the end is not after the start"),
            WindowError::TooLong => write!(f, "it is longer than {WINDOW_DAYS_MAX} days: ask for a part at a time"),
            WindowError::OutOfTime => f.write_str("it is not within the years 0 to 9999"),
        }
    }
}

impl std::error::Error for WindowError {}

impl Window {
    /// From one instant to another.
    ///
    /// # Errors
    /// If it is empty, longer than 1,825 days, or leaves the calendar.
    pub fn new(from: Timestamp, until: Timestamp) -> Result<Self, WindowError> {
        if until <= from {
            return Err(WindowError::Empty);
        }
        if until.since(from) > Duration::from_secs(WINDOW_DAYS_MAX * 24 * 60 * 60) {
            return Err(WindowError::TooLong);
        }
        let within = |at: Timestamp| at > Timestamp::from_millis(-62_167_000_000_000) && at <= Timestamp::NEVER;
        if within(from) && within(until) { Ok(Window { from, until }) } else { Err(WindowError::OutOfTime) }
    }

    /// Whether something from `start` to `end` is in it, even in part.
    pub fn overlaps(self, start: Timestamp, end: Timestamp) -> bool {
        start < self.until && (end > self.from || start >= self.from)
    }
}

/// Which occurrence is meant: by the start that the pattern gives it, or by its day in the zone of the series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Original {
    /// Its start, as Graph's `originalStart`.
    At(Timestamp),
    /// Its day, as Graph's `cancelledOccurrences` (`OID.….2026-08-03`).
    On(Date),
}

/// One meeting of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Occurrence {
    /// The day on which the pattern has it, in the zone of the series: what it is known by.
    pub day: Date,
    /// When it begins.
    pub start: Timestamp,
    /// When it ends; what begins at that instant does not overlap it.
    pub end: Timestamp,
    /// When it begins, as a clock in the zone of the series shows it.
    pub local_start: DateTime,
    /// When it ends, as a clock in the zone of the series shows it.
    pub local_end: DateTime,
    /// Whether it was put somewhere else than the pattern has it, or changed otherwise.
    pub changed: bool,
}

/// Why times and a recurrence are no series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SeriesError {
    /// An occurrence would end before it begins.
    EndsBeforeStart,
    /// An occurrence would be longer than five years.
    TooLong,
}

impl fmt::Display for SeriesError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SeriesError::EndsBeforeStart => f.write_str("it ends before it begins"),
            SeriesError::TooLong => f.write_str("one occurrence is longer than five years"),
        }
    }
}

impl std::error::Error for SeriesError {}

/// A recurrence with its times, and what became of single occurrences.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Series {
    recurrence: Recurrence,
    zone: TimeZone,
    start: DateTime,
    end: DateTime,
    changed: BTreeMap<Date, (Timestamp, Timestamp)>,
    cancelled: BTreeSet<Date>,
}

impl Series {
    /// A series whose first meeting would be from `start` to `end`, as a clock in its zone shows them. For an event of whole days
    /// these are midnights, whatever zone Graph says them in.
    ///
    /// The days come from the range of the recurrence; of `start` the time counts, of `end` the time and how many days later it is.
    ///
    /// # Errors
    /// If it ends before it begins or lasts longer than five years.
    pub fn new(recurrence: Recurrence, zone: TimeZone, start: DateTime, end: DateTime) -> Result<Self, SeriesError> {
        if end < start {
            return Err(SeriesError::EndsBeforeStart);
        }
        if days_between(start.date(), end.date()) > LENGTH_DAYS_MAX {
            return Err(SeriesError::TooLong);
        }
        Ok(Series { recurrence, zone, start, end, changed: BTreeMap::new(), cancelled: BTreeSet::new() })
    }

    /// The same, where the times of the first meeting came as instants (Graph answers in UTC unless it is asked otherwise).
    ///
    /// # Errors
    /// As for [`Series::new`].
    pub fn at(recurrence: Recurrence, zone: TimeZone, start: Timestamp, end: Timestamp) -> Result<Self, SeriesError> {
        let (start, end) = (local(&zone, start), local(&zone, end));
        Series::new(recurrence, zone, start, end)
    }

    /// Notes that an occurrence was cancelled.
    pub fn cancel(&mut self, original: Original) {
        self.cancelled.insert(self.day_of(original));
    }

    /// Notes that an occurrence is from `start` to `end` now. Said twice of one, the last word counts.
    pub fn change(&mut self, original: Original, start: Timestamp, end: Timestamp) {
        self.changed.insert(self.day_of(original), (start, end.max(start)));
    }

    /// Its recurrence.
    pub fn recurrence(&self) -> &Recurrence {
        &self.recurrence
    }

    /// The first occurrence as the pattern has it; `None` if there is none.
    pub fn first(&self) -> Option<Occurrence> {
        self.recurrence.days().next().map(|day| self.on(day))
    }

    /// What there is in a window, even in part.
    pub fn occurrences(&self, window: Window) -> Occurrences<'_> {
        let earliest = local(&self.zone, window.from).date();
        let lookback = days_between(self.start.date(), self.end.date()) + SLACK_DAYS;
        let days = self.recurrence.days_from(earliest.saturating_sub(lookback.days()));
        let mut moved: Vec<_> = self.changed.iter().filter(|(day, _)| !self.cancelled.contains(day)).collect();
        moved.retain(|(_, (start, end))| window.overlaps(*start, *end));
        let mut moved: Vec<_> = moved.into_iter().map(|(day, (start, end))| self.moved(*day, *start, *end)).collect();
        moved.sort_by_key(|occurrence| (occurrence.start, occurrence.day));
        Occurrences { planned: Planned { series: self, window, days }.peekable(), moved: moved.into_iter().peekable() }
    }

    /// The occurrence that the pattern has on a day, whatever became of it.
    pub fn on(&self, day: Date) -> Occurrence {
        let (wall_start, wall_end) = self.wall(day);
        let start = instant(&self.zone, wall_start);
        let end = instant(&self.zone, wall_end);
        let length = wall_end.duration_since(wall_start);
        let turned = end < start || (end == start && !length.is_zero());
        let end = if turned { start.saturating_add(length).unwrap_or(end) } else { end };
        self.shown(day, timestamp(start), timestamp(end), false)
    }

    fn moved(&self, day: Date, start: Timestamp, end: Timestamp) -> Occurrence {
        self.shown(day, start, end, true)
    }

    fn shown(&self, day: Date, start: Timestamp, end: Timestamp, changed: bool) -> Occurrence {
        Occurrence { day, start, end, local_start: local(&self.zone, start), local_end: local(&self.zone, end), changed }
    }

    /// The zone in which its times are meant.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// Whether the pattern has an occurrence on a day.
    pub fn has(&self, day: Date) -> bool {
        self.recurrence.days_from(day).next() == Some(day)
    }

    /// When an occurrence begins and ends, as the pattern writes it: a clock in the zone of the series may leap over these times.
    pub fn wall(&self, day: Date) -> (DateTime, DateTime) {
        let span = days_between(self.start.date(), self.end.date());
        (day.to_datetime(self.start.time()), day.saturating_add(span.days()).to_datetime(self.end.time()))
    }

    /// The day by which an occurrence is known.
    pub fn day_of(&self, original: Original) -> Date {
        match original {
            Original::At(start) => {
                let day = local(&self.zone, start).date();
                // A start that a gap moved across midnight belongs to the day before.
                let before = day.saturating_sub(1.day());
                if self.on(day).start != start && self.on(before).start == start { before } else { day }
            }
            Original::On(day) => day,
        }
    }

    fn is_as_planned(&self, day: Date) -> bool {
        !self.cancelled.contains(&day) && !self.changed.contains_key(&day)
    }
}

/// The occurrences of a series in a window, by their starts.
#[derive(Debug)]
pub struct Occurrences<'a> {
    planned: Peekable<Planned<'a>>,
    moved: Peekable<std::vec::IntoIter<Occurrence>>,
}

impl Iterator for Occurrences<'_> {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        match (self.planned.peek(), self.moved.peek()) {
            (Some(planned), Some(moved)) if (moved.start, moved.day) < (planned.start, planned.day) => self.moved.next(),
            (Some(_), _) => self.planned.next(),
            (None, _) => self.moved.next(),
        }
    }
}

/// Those that are as the pattern has them.
#[derive(Debug)]
struct Planned<'a> {
    series: &'a Series,
    window: Window,
    days: Days,
}

impl Iterator for Planned<'_> {
    type Item = Occurrence;

    fn next(&mut self) -> Option<Occurrence> {
        loop {
            let day = self.days.by_ref().find(|day| self.series.is_as_planned(*day))?;
            let occurrence = self.series.on(day);
            if occurrence.start >= self.window.until {
                return None;
            }
            if self.window.overlaps(occurrence.start, occurrence.end) {
                return Some(occurrence);
            }
        }
    }
}

/// The instant of a wall time: one in a gap by the offset before it, one that there is twice the first time.
pub(super) fn instant(zone: &TimeZone, wall: DateTime) -> jiff::Timestamp {
    zone.to_ambiguous_timestamp(wall).compatible().unwrap_or(jiff::Timestamp::MAX)
}

fn timestamp(instant: jiff::Timestamp) -> Timestamp {
    Timestamp::from_millis(instant.as_millisecond())
}

fn local(zone: &TimeZone, at: Timestamp) -> DateTime {
    let at = jiff::Timestamp::from_millisecond(at.millis());
    zone.to_datetime(at.unwrap_or(jiff::Timestamp::MAX))
}

fn days_between(from: Date, to: Date) -> i32 {
    (to - from).get_days()
}
