//! The days of a pattern: worked out one period (a day, a week, a month, a year) after the other.
//!
//! Promises: ascending, none twice, none before the start or after [`LAST`]; a series without a count can be entered
//! anywhere at no cost. Sources: see [`super`].

use jiff::civil::{Date, Weekday};
use jiff::{Span, ToSpan as _};

use super::{End, Index, Pattern, Recurrence, Weekdays};

/// The last day of any series: where Exchange ends one that has no end.
const LAST: Date = Date::constant(4500, 8, 31);

/// The days on which a recurrence has its occurrences, in order. Cancelled ones are among them.
#[derive(Clone, Debug)]
pub struct Days {
    pattern: Pattern,
    start: Date,
    /// Nothing before is given.
    from: Date,
    last: Date,
    /// How many may still come.
    left: u32,
    /// The next period to look at, counted in intervals from that of the start.
    period: i64,
    /// Days of the present period that have not been given yet, the next one at the end.
    waiting: Vec<Date>,
}

impl Recurrence {
    /// The days on which there are occurrences, from the first.
    pub fn days(&self) -> Days {
        let (last, left) = match self.range.end {
            End::On(last) => (last.min(LAST), u32::MAX),
            End::After(count) => (LAST, count),
            End::Never => (LAST, u32::MAX),
        };
        let start = self.range.start;
        Days { pattern: self.pattern, start, from: start, last, left, period: 0, waiting: Vec::new() }
    }

    /// The days from this one on. Where occurrences are counted, those before are gone through; otherwise they are skipped.
    pub fn days_from(&self, day: Date) -> Days {
        let mut days = self.days();
        if matches!(self.range.end, End::After(_)) {
            while let Some(next) = days.next() {
                if next >= day {
                    days.left += 1;
                    days.waiting.push(next);
                    break;
                }
            }
        } else {
            days.from = days.from.max(day);
            days.period = days.period_of(days.from);
        }
        days
    }
}

impl Iterator for Days {
    type Item = Date;

    fn next(&mut self) -> Option<Date> {
        loop {
            if self.left == 0 {
                return None;
            }
            while let Some(day) = self.waiting.pop() {
                if day > self.last {
                    self.left = 0;
                    return None;
                }
                if day >= self.from {
                    self.left -= 1;
                    return Some(day);
                }
            }
            self.fill();
        }
    }
}

impl Days {
    /// Puts the days of the next period into waiting. Beyond the calendar there are none and it ends.
    fn fill(&mut self) {
        let period = self.period;
        self.period += 1;
        let found = match self.pattern {
            Pattern::Daily { interval } => self.later(period * i64::from(interval)).map(|day| vec![day]),
            Pattern::Weekly { interval, days, first_day } => self.week(period * i64::from(interval), days, first_day),
            Pattern::AbsoluteMonthly { interval, day } => self.month(period * i64::from(interval)).map(|month| vec![nth(month, day)]),
            Pattern::RelativeMonthly { interval, days, index } => {
                self.month(period * i64::from(interval)).map(|month| Vec::from_iter(of_days(month, days, index)))
            }
            Pattern::AbsoluteYearly { interval, month, day } => {
                self.year(period * i64::from(interval), month).map(|month| vec![nth(month, day)])
            }
            Pattern::RelativeYearly { interval, month, days, index } => {
                self.year(period * i64::from(interval), month).map(|month| Vec::from_iter(of_days(month, days, index)))
            }
        };
        match found {
            Some(mut days) => {
                days.reverse();
                self.waiting = days;
            }
            None => self.left = 0,
        }
    }

    /// The period in which a day is that is not before the start, or the last one before it.
    fn period_of(&self, day: Date) -> i64 {
        let days_between = |from: Date| (day - from).get_days().into();
        let months = i64::from(day.year() - self.start.year()) * 12 + i64::from(day.month() - self.start.month());
        match self.pattern {
            Pattern::Daily { interval } => i64::div_euclid(days_between(self.start), interval.into()),
            Pattern::Weekly { interval, first_day, .. } => {
                let first = week_of(self.start, first_day).unwrap_or(self.start);
                i64::div_euclid(days_between(first), i64::from(interval) * 7)
            }
            Pattern::AbsoluteMonthly { interval, .. } | Pattern::RelativeMonthly { interval, .. } => months / i64::from(interval),
            Pattern::AbsoluteYearly { interval, .. } | Pattern::RelativeYearly { interval, .. } => {
                i64::from(day.year() - self.start.year()) / i64::from(interval)
            }
        }
    }

    /// This many days after the start.
    fn later(&self, days: i64) -> Option<Date> {
        self.start.checked_add(Span::new().try_days(days).ok()?).ok()
    }

    /// The days of the week that is this many weeks after that of the start.
    fn week(&self, weeks: i64, days: Weekdays, first_day: Weekday) -> Option<Vec<Date>> {
        let first = week_of(self.start, first_day)?.checked_add(Span::new().try_weeks(weeks).ok()?).ok()?;
        let place = |day: Weekday| i64::from(first_day.until(day));
        days.from_first(first_day).map(|day| first.checked_add(place(day).days()).ok()).collect()
    }

    /// The first of the month that is this many months after that of the start.
    fn month(&self, months: i64) -> Option<Date> {
        self.start.first_of_month().checked_add(Span::new().try_months(months).ok()?).ok()
    }

    /// The first of this month in the year that is this many years after that of the start.
    fn year(&self, years: i64, month: i8) -> Option<Date> {
        Date::new(i16::try_from(i64::from(self.start.year()) + years).ok()?, month, 1).ok()
    }
}

/// The day with which the week of a day begins.
fn week_of(day: Date, first_day: Weekday) -> Option<Date> {
    day.checked_sub(i64::from(first_day.until(day.weekday())).days()).ok()
}

/// The day of this number in a month, or its last.
fn nth(month: Date, day: i8) -> Date {
    let day = i64::from(day.min(month.days_in_month()) - 1);
    month.saturating_add(day.days())
}

/// The first, …, last day of a month among those that count. None where there are not so many.
fn of_days(month: Date, days: Weekdays, index: Index) -> Option<Date> {
    let numbers = 0..i64::from(month.days_in_month());
    let mut counting = numbers.map(|day| month.saturating_add(day.days())).filter(|day| days.has(day.weekday()));
    match index {
        Index::First => counting.next(),
        Index::Second => counting.nth(1),
        Index::Third => counting.nth(2),
        Index::Fourth => counting.nth(3),
        Index::Last => counting.next_back(),
    }
}
