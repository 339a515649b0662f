//! Recurrence: how a series of meetings repeats, as Graph says it, and on which days and at which instants that is.
//!
//! Promises: what Graph sends becomes typed values or an error that says what is wrong with it; written again it is what Graph
//! takes; as iCalendar it is an `RRULE` with the same days. A [`Series`] is worked out lazily, within a [`Window`] of bounded
//! length, in the zone of the series, so that nine o'clock stays nine o'clock across a change of the clocks.
//!
//! It does not know events, attendees or ids, and reads no `RRULE`.
//!
//! Sources: reference for Graph, section 8.5; `recurrencePattern` and `recurrenceRange` of Graph v1.0; for days beyond a
//! month's end `DayOfMonth` of Exchange Web Services ("the last day of the month is assumed"); RFC 5545, sections 3.3.5
//! (local times that a change of the clocks takes out or doubles) and 3.3.10 (weeks, months and years are counted from
//! the one in which the series starts).

mod days;
mod graph;
mod rule;
mod series;
#[cfg(test)]
mod tests;

use std::fmt;

use jiff::civil::{Date, Weekday};

pub use days::Days;
pub use rule::{Form, rule};
pub use series::{Occurrence, Occurrences, Original, Series, SeriesError, Window, WindowError};

/// The longest pause between two occurrences, in the unit of the pattern: Exchange takes no more than 999 days.
pub const INTERVAL_MAX: u16 = 999;

/// How a series repeats and for how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recurrence {
    /// On which days.
    pub pattern: Pattern,
    /// From when to when.
    pub range: Range,
}

/// On which days a series has occurrences.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pattern {
    /// Each `interval` days.
    Daily {
        /// In days, 1 to [`INTERVAL_MAX`].
        interval: u16,
    },
    /// On these days of each `interval` weeks.
    Weekly {
        /// In weeks, 1 to [`INTERVAL_MAX`].
        interval: u16,
        /// Which days; never none.
        days: Weekdays,
        /// With which day a week begins: it decides which weeks are left out where the interval is more than 1.
        first_day: Weekday,
    },
    /// On a day of each `interval` months.
    AbsoluteMonthly {
        /// In months, 1 to [`INTERVAL_MAX`].
        interval: u16,
        /// 1 to 31; in a month that is shorter, its last day.
        day: i8,
    },
    /// On the first, …, last of these days of each `interval` months.
    RelativeMonthly {
        /// In months, 1 to [`INTERVAL_MAX`].
        interval: u16,
        /// Which days count; never none.
        days: Weekdays,
        /// Which of those that count.
        index: Index,
    },
    /// On a day of a month of each `interval` years.
    AbsoluteYearly {
        /// In years, 1 to [`INTERVAL_MAX`].
        interval: u16,
        /// 1 to 12.
        month: i8,
        /// 1 to 31; in a year in which the month is shorter, its last day.
        day: i8,
    },
    /// On the first, …, last of these days of a month of each `interval` years.
    RelativeYearly {
        /// In years, 1 to [`INTERVAL_MAX`].
        interval: u16,
        /// 1 to 12.
        month: i8,
        /// Which days count; never none.
        days: Weekdays,
        /// Which of those that count.
        index: Index,
    },
}

/// Which of the days of a month that count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Index {
    /// The first.
    First,
    /// The second.
    Second,
    /// The third.
    Third,
    /// The fourth.
    Fourth,
    /// The last.
    Last,
}

impl Index {
    /// Every index there is.
    pub const ALL: [Index; 5] = [Index::First, Index::Second, Index::Third, Index::Fourth, Index::Last];

    /// As Graph writes it.
    pub const fn name(self) -> &'static str {
        match self {
            Index::First => "first",
            Index::Second => "second",
            Index::Third => "third",
            Index::Fourth => "fourth",
            Index::Last => "last",
        }
    }

    /// Its place as iCalendar counts: from 1, or from the end by -1.
    pub const fn place(self) -> i8 {
        match self {
            Index::First => 1,
            Index::Second => 2,
            Index::Third => 3,
            Index::Fourth => 4,
            Index::Last => -1,
        }
    }
}

/// From when a series runs, and to when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Range {
    /// The day of its start. Where the pattern does not have it, the first occurrence is later.
    pub start: Date,
    /// Its end.
    pub end: End,
    /// In whose time the days are meant, as Graph names it ([`crate::zone::read`]); `None` for the zone of the event's start.
    pub zone: Option<String>,
}

/// The end of a series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// The last day on which there may be an occurrence.
    On(Date),
    /// After this many occurrences; those that were cancelled count.
    After(u32),
    /// None.
    Never,
}

/// A set of days of the week.
#[derive(Clone, Copy, PartialEq, Eq, Default)]
pub struct Weekdays(u8);

impl Weekdays {
    /// Whether it has this day.
    pub fn has(self, day: Weekday) -> bool {
        self.0 & (1 << day.to_monday_zero_offset()) != 0
    }

    /// Whether it has no day at all.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }

    /// Its days, beginning with the first day of a week that begins so.
    pub fn from_first(self, first: Weekday) -> impl Iterator<Item = Weekday> {
        (0..7).map(move |day| first.wrapping_add(day)).filter(move |day| self.has(*day))
    }
}

impl FromIterator<Weekday> for Weekdays {
    fn from_iter<I: IntoIterator<Item = Weekday>>(days: I) -> Self {
        Weekdays(days.into_iter().fold(0, |set, day| set | 1 << day.to_monday_zero_offset()))
    }
}

impl fmt::Debug for Weekdays {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.from_first(Weekday::Monday)).finish()
    }
}

/// Why something that Graph sent as a recurrence is none. Whoever meets it keeps the event and expands nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecurrenceError {
    /// A name that Graph does not document: which field, and what stood there.
    Name(&'static str, String),
    /// A number that is out of bounds: which field, and what stood there.
    Number(&'static str, i64),
    /// A date that cannot be read: which field, and what stood there.
    Date(&'static str, String),
    /// A pattern that goes by days of the week and names none.
    NoDays,
}

impl fmt::Display for RecurrenceError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RecurrenceError::Name(field, found) => write!(f, "`{field}` of the recurrence is \"{found}\", which is not known"),
            RecurrenceError::Number(field, found) => write!(f, "`{field}` of the recurrence is {found}, which is out of bounds"),
            RecurrenceError::Date(field, found) => write!(f, "`{field}` of the recurrence is \"{found}\", which is no date"),
            RecurrenceError::NoDays => write!(f, "`daysOfWeek` of the recurrence names no day"),
        }
    }
}

impl std::error::Error for RecurrenceError {}
