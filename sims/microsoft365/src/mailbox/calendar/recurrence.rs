//! `patternedRecurrence`: the days on which a series has an occurrence.
//!
//! Works on dates of the series' own zone; hours and daylight saving are the event's business. Of several days in a
//! relative pattern only the one that the index picks counts, a day that a month lacks is its last one (reference:
//! Graph, section 8.5).

use jiff::ToSpan;
use jiff::civil::{Date, Weekday};
use serde_json::{Value, json};

/// Most occurrences of a numbered series (reference: Graph, section 8.5, uncertain: 999).
const NUMBERED_MAX: i64 = 999;

/// `recurrencePatternType`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum PatternKind {
    Daily,
    Weekly,
    AbsoluteMonthly,
    RelativeMonthly,
    AbsoluteYearly,
    RelativeYearly,
}

/// How a series ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SeriesEnd {
    /// `noEnd`
    Never,
    /// `endDate`: the last day on which there may be an occurrence.
    On(Date),
    /// `numbered`: so many occurrences.
    After(u32),
}

/// A recurrence that makes sense.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recurrence {
    kind: PatternKind,
    interval: i32,
    days: Vec<Weekday>,
    first_day: Weekday,
    day_of_month: i8,
    month: i8,
    index: usize,
    /// The first day on which there may be an occurrence.
    pub start: Date,
    /// How it ends.
    pub end: SeriesEnd,
    /// `recurrenceTimeZone`, if it was given.
    pub zone: Option<String>,
}

const KINDS: [(&str, PatternKind); 6] = [
    ("daily", PatternKind::Daily),
    ("weekly", PatternKind::Weekly),
    ("absoluteMonthly", PatternKind::AbsoluteMonthly),
    ("relativeMonthly", PatternKind::RelativeMonthly),
    ("absoluteYearly", PatternKind::AbsoluteYearly),
    ("relativeYearly", PatternKind::RelativeYearly),
];
const DAYS: [(&str, Weekday); 7] = [
    ("sunday", Weekday::Sunday),
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
];
const INDEXES: [&str; 5] = ["first", "second", "third", "fourth", "last"];
/// The place of `last` in [`INDEXES`].
const LAST: usize = 4;

impl Recurrence {
    /// Reads Graph's JSON.
    ///
    /// # Errors
    /// What is wrong with it, in a sentence.
    pub fn read(value: &Value) -> Result<Self, String> {
        let (pattern, range) = (&value["pattern"], &value["range"]);
        let kind = word(&KINDS, &pattern["type"]).ok_or("The recurrence pattern has no known type.")?;
        let number = |name: &str| pattern[name].as_i64().unwrap_or(0);
        let interval = i32::try_from(number("interval")).ok().filter(|interval| (1..=999).contains(interval));
        let days = pattern["daysOfWeek"].as_array().map(Vec::as_slice).unwrap_or_default();
        let days: Option<Vec<Weekday>> = days.iter().map(|day| word(&DAYS, day)).collect();
        let index = match pattern["index"].as_str() {
            None => 0,
            Some(text) => place(text).ok_or_else(|| format!("'{text}' is no week index."))?,
        };
        let start = date(&range["startDate"]).ok_or("The recurrence range has no startDate.")?;
        let recurrence = Self {
            kind,
            interval: interval.ok_or("The interval of a recurrence is at least 1.")?,
            days: days.ok_or("A day of the week is misspelt.")?,
            first_day: word(&DAYS, &pattern["firstDayOfWeek"]).unwrap_or(Weekday::Sunday),
            day_of_month: i8::try_from(number("dayOfMonth")).unwrap_or(-1),
            month: i8::try_from(number("month")).unwrap_or(-1),
            index,
            start,
            end: end(range, start)?,
            zone: range["recurrenceTimeZone"].as_str().filter(|zone| !zone.is_empty()).map(str::to_owned),
        };
        recurrence.checked()
    }

    fn checked(self) -> Result<Self, String> {
        use PatternKind::{AbsoluteMonthly, AbsoluteYearly, Daily, RelativeMonthly, RelativeYearly, Weekly};
        let wants_days = matches!(self.kind, Weekly | RelativeMonthly | RelativeYearly);
        if wants_days && self.days.is_empty() {
            return Err("daysOfWeek is required for this recurrence pattern.".to_owned());
        }
        let wants_day = matches!(self.kind, AbsoluteMonthly | AbsoluteYearly);
        if !(0..=31).contains(&self.day_of_month) || (wants_day && self.day_of_month == 0) {
            return Err("dayOfMonth is from 1 to 31.".to_owned());
        }
        let wants_month = matches!(self.kind, AbsoluteYearly | RelativeYearly);
        if !(0..=12).contains(&self.month) || (wants_month && self.month == 0) {
            return Err("month is from 1 to 12.".to_owned());
        }
        debug_assert!(wants_days || wants_day || self.kind == Daily);
        Ok(self)
    }

    /// Graph's JSON, every field with its default. `zone`: what `recurrenceTimeZone` says if nobody set it.
    pub fn json(&self, zone: &str) -> Value {
        let days: Vec<&str> = self.days.iter().map(|day| name(*day)).collect();
        let (kind, end, count) = match self.end {
            SeriesEnd::Never => ("noEnd", "0001-01-01".to_owned(), 0),
            SeriesEnd::On(date) => ("endDate", date.to_string(), 0),
            SeriesEnd::After(count) => ("numbered", "0001-01-01".to_owned(), count),
        };
        let pattern = KINDS.iter().find(|(_, known)| *known == self.kind).map_or("daily", |(text, _)| text);
        json!({
            "pattern": {
                "type": pattern, "interval": self.interval, "month": self.month, "dayOfMonth": self.day_of_month,
                "daysOfWeek": days, "firstDayOfWeek": name(self.first_day), "index": INDEXES[self.index],
            },
            "range": {
                "type": kind, "startDate": self.start.to_string(), "endDate": end, "numberOfOccurrences": count,
                "recurrenceTimeZone": self.zone.as_deref().unwrap_or(zone),
            },
        })
    }

    /// The iCalendar rule of the same days (RFC 5545, section 3.3.10).
    pub fn rule(&self) -> String {
        let frequency = match self.kind {
            PatternKind::Daily => "DAILY",
            PatternKind::Weekly => "WEEKLY",
            PatternKind::AbsoluteMonthly | PatternKind::RelativeMonthly => "MONTHLY",
            PatternKind::AbsoluteYearly | PatternKind::RelativeYearly => "YEARLY",
        };
        let mut rule = format!("FREQ={frequency};INTERVAL={}", self.interval);
        let days: Vec<String> = self.days.iter().map(|day| name(*day)[..2].to_uppercase()).collect();
        match self.kind {
            PatternKind::Daily => {}
            PatternKind::Weekly => rule.push_str(&format!(";BYDAY={};WKST={}", days.join(","), name(self.first_day)[..2].to_uppercase())),
            PatternKind::AbsoluteMonthly => rule.push_str(&format!(";BYMONTHDAY={}", self.day_of_month)),
            PatternKind::AbsoluteYearly => rule.push_str(&format!(";BYMONTH={};BYMONTHDAY={}", self.month, self.day_of_month)),
            PatternKind::RelativeMonthly | PatternKind::RelativeYearly => {
                if self.kind == PatternKind::RelativeYearly {
                    rule.push_str(&format!(";BYMONTH={}", self.month));
                }
                let place = if self.index == LAST { -1 } else { self.index as i64 + 1 };
                rule.push_str(&format!(";BYDAY={};BYSETPOS={place}", days.join(",")));
            }
        }
        match self.end {
            SeriesEnd::Never => {}
            SeriesEnd::On(date) => rule.push_str(&format!(";UNTIL={}T235959Z", date.strftime("%Y%m%d"))),
            SeriesEnd::After(count) => rule.push_str(&format!(";COUNT={count}")),
        }
        rule
    }

    /// The days of the occurrences up to and with `last`, in order.
    pub fn dates_until(&self, last: Date) -> Vec<Date> {
        let (last, most) = match self.end {
            SeriesEnd::Never => (last, usize::MAX),
            SeriesEnd::On(end) => (last.min(end), usize::MAX),
            SeriesEnd::After(count) => (last, count as usize),
        };
        let mut dates = Vec::new();
        for period in 0.. {
            let Some((opening, within)) = self.period(period) else { break };
            if opening > last {
                break;
            }
            for date in within {
                if date >= self.start && date <= last && dates.len() < most {
                    dates.push(date);
                }
            }
            if dates.len() >= most {
                break;
            }
        }
        dates
    }

    /// The n-th period (day, week, month, year) of the pattern: its first day, and the days in it that fit, in order.
    fn period(&self, number: i32) -> Option<(Date, Vec<Date>)> {
        let step = self.interval.checked_mul(number)?;
        match self.kind {
            PatternKind::Daily => {
                let date = self.start.checked_add(step.days()).ok()?;
                Some((date, vec![date]))
            }
            PatternKind::Weekly => {
                let back = self.start.weekday().since(self.first_day);
                let week = self.start.checked_sub(i32::from(back).days()).ok()?.checked_add(step.checked_mul(7)?.days()).ok()?;
                let mut days: Vec<i8> = self.days.iter().map(|day| day.since(self.first_day)).collect();
                days.sort_unstable();
                days.dedup();
                let dates = days.iter().filter_map(|day| week.checked_add(i32::from(*day).days()).ok());
                Some((week, dates.collect()))
            }
            PatternKind::AbsoluteMonthly | PatternKind::RelativeMonthly => {
                let month = self.start.first_of_month().checked_add(step.months()).ok()?;
                Some((month, self.within(month).into_iter().collect()))
            }
            PatternKind::AbsoluteYearly | PatternKind::RelativeYearly => {
                let year = i16::try_from(i32::from(self.start.year()).checked_add(step)?).ok()?;
                let month = Date::new(year, self.month, 1).ok()?;
                Some((Date::new(year, 1, 1).ok()?, self.within(month).into_iter().collect()))
            }
        }
    }

    /// The one day of a month that fits.
    fn within(&self, month: Date) -> Option<Date> {
        if matches!(self.kind, PatternKind::AbsoluteMonthly | PatternKind::AbsoluteYearly) {
            return Date::new(month.year(), month.month(), self.day_of_month.min(month.days_in_month())).ok();
        }
        let days = (1..=month.days_in_month()).filter_map(|day| Date::new(month.year(), month.month(), day).ok());
        let mut fitting = days.filter(|date| self.days.contains(&date.weekday()));
        if self.index == LAST { fitting.next_back() } else { fitting.nth(self.index) }
    }
}

fn end(range: &Value, start: Date) -> Result<SeriesEnd, String> {
    match range["type"].as_str().unwrap_or_default().to_ascii_lowercase().as_str() {
        "noend" => Ok(SeriesEnd::Never),
        "enddate" => match date(&range["endDate"]) {
            Some(end) if end >= start => Ok(SeriesEnd::On(end)),
            Some(_) => Err("The endDate of a recurrence is not before its startDate.".to_owned()),
            None => Err("The recurrence range has no endDate.".to_owned()),
        },
        "numbered" => match range["numberOfOccurrences"].as_i64() {
            Some(count) if (1..=NUMBERED_MAX).contains(&count) => Ok(SeriesEnd::After(u32::try_from(count).unwrap_or(1))),
            _ => Err(format!("numberOfOccurrences is from 1 to {NUMBERED_MAX}.")),
        },
        _ => Err("The recurrence range has no known type.".to_owned()),
    }
}

fn date(value: &Value) -> Option<Date> {
    value.as_str()?.get(..10)?.parse().ok()
}

fn word<T: Copy>(known: &[(&str, T)], value: &Value) -> Option<T> {
    let text = value.as_str()?;
    known.iter().find(|(word, _)| word.eq_ignore_ascii_case(text)).map(|(_, meaning)| *meaning)
}

fn place(text: &str) -> Option<usize> {
    INDEXES.iter().position(|known| known.eq_ignore_ascii_case(text))
}

fn name(day: Weekday) -> &'static str {
    DAYS.iter().find(|(_, known)| *known == day).map_or("sunday", |(text, _)| text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn days(pattern: Value, range: Value, until: &str) -> Vec<String> {
        let read = Recurrence::read(&json!({"pattern": pattern, "range": range})).unwrap();
        assert_eq!(Recurrence::read(&read.json("UTC")).map(|again| again.dates_until(until.parse().unwrap())).unwrap().len(), {
            read.dates_until(until.parse().unwrap()).len()
        });
        read.dates_until(until.parse().unwrap()).iter().map(ToString::to_string).collect()
    }

    fn no_end(start: &str) -> Value {
        json!({"type": "noEnd", "startDate": start})
    }

    #[test]
    fn every_kind_of_pattern_gives_its_days() {
        assert_eq!(
            days(json!({"type": "daily", "interval": 3}), no_end("2026-03-01"), "2026-03-08"),
            ["2026-03-01", "2026-03-04", "2026-03-07"]
        );
        let weekly = json!({"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "sunday"], "firstDayOfWeek": "monday"});
        assert_eq!(days(weekly, no_end("2026-03-04"), "2026-03-31"), ["2026-03-08", "2026-03-16", "2026-03-22", "2026-03-30"]);
        let weekly = json!({"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "sunday"], "firstDayOfWeek": "sunday"});
        assert_eq!(days(weekly, no_end("2026-03-04"), "2026-03-31"), ["2026-03-15", "2026-03-16", "2026-03-29", "2026-03-30"]);
        let monthly = json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31});
        assert_eq!(days(monthly, no_end("2026-01-15"), "2026-04-30"), ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]);
        let relative = json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["tuesday"], "index": "second"});
        assert_eq!(days(relative, no_end("2026-03-01"), "2026-05-31"), ["2026-03-10", "2026-04-14", "2026-05-12"]);
        let workdays = json!(["monday", "tuesday", "wednesday", "thursday", "friday"]);
        let last = json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": workdays, "index": "last"});
        assert_eq!(days(last, no_end("2026-02-01"), "2026-03-31"), ["2026-02-27", "2026-03-31"]);
        let yearly = json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2});
        assert_eq!(days(yearly, no_end("2026-03-01"), "2028-12-31"), ["2027-02-28", "2028-02-29"]);
        let relative = json!({"type": "relativeYearly", "interval": 1, "daysOfWeek": ["thursday"], "month": 11, "index": "fourth"});
        assert_eq!(days(relative, no_end("2026-01-01"), "2027-12-31"), ["2026-11-26", "2027-11-25"]);
    }

    #[test]
    fn a_series_ends_on_a_day_or_after_a_number() {
        let daily = json!({"type": "daily", "interval": 1});
        let ends = json!({"type": "endDate", "startDate": "2026-03-01", "endDate": "2026-03-02"});
        assert_eq!(days(daily.clone(), ends, "2027-01-01"), ["2026-03-01", "2026-03-02"]);
        let numbered = json!({"type": "numbered", "startDate": "2026-03-01", "numberOfOccurrences": 3});
        assert_eq!(days(daily.clone(), numbered.clone(), "2027-01-01").len(), 3);
        assert_eq!(days(daily, numbered, "2026-03-02").len(), 2);
    }

    #[test]
    fn what_makes_no_sense_is_refused() {
        let range = no_end("2026-03-01");
        for pattern in [
            json!({"type": "hourly", "interval": 1}),
            json!({"type": "daily", "interval": 0}),
            json!({"type": "weekly", "interval": 1}),
            json!({"type": "absoluteMonthly", "interval": 1}),
            json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 3}),
            json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["funday"]}),
            json!({"type": "daily", "interval": 1, "dayOfMonth": 40}),
        ] {
            assert!(Recurrence::read(&json!({"pattern": pattern, "range": range})).is_err(), "{pattern}");
        }
        let pattern = json!({"type": "daily", "interval": 1});
        for range in [
            json!({"type": "endDate", "startDate": "2026-03-02", "endDate": "2026-03-01"}),
            json!({"type": "numbered", "startDate": "2026-03-02", "numberOfOccurrences": 0}),
            json!({"type": "noEnd"}),
        ] {
            assert!(Recurrence::read(&json!({"pattern": pattern, "range": range})).is_err(), "{range}");
        }
    }
}
