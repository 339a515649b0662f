//! Recurrence as Graph's JSON: `patternedRecurrence` read and written.
//!
//! Promises: read what the server sends (all fields, defaults where a type has no use for them, `0001-01-01` for no end) and
//! write all fields that it sends. What a type has no use for is not looked at. Source: reference for Graph, section 8.5.

use jiff::civil::{Date, Weekday};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{End, INTERVAL_MAX, Index, Pattern, Range, Recurrence, RecurrenceError, Weekdays};

/// The most occurrences of a numbered series; Exchange takes no more than 999, imports have brought more.
const OCCURRENCES_MAX: i64 = 100_000;
/// What the server writes where there is no end.
const NO_DATE: &str = "0001-01-01";

/// As Graph writes days, Sunday first.
const DAYS: [(&str, Weekday); 7] = [
    ("sunday", Weekday::Sunday),
    ("monday", Weekday::Monday),
    ("tuesday", Weekday::Tuesday),
    ("wednesday", Weekday::Wednesday),
    ("thursday", Weekday::Thursday),
    ("friday", Weekday::Friday),
    ("saturday", Weekday::Saturday),
];

#[derive(Serialize, Deserialize)]
struct Whole {
    pattern: RawPattern,
    range: RawRange,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawPattern {
    r#type: String,
    interval: i64,
    month: i64,
    day_of_month: i64,
    days_of_week: Option<Vec<String>>,
    first_day_of_week: Option<String>,
    index: Option<String>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct RawRange {
    r#type: String,
    start_date: String,
    end_date: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recurrence_time_zone: Option<String>,
    number_of_occurrences: Option<i64>,
}

impl<'de> Deserialize<'de> for Recurrence {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Whole::deserialize(deserializer)?.read().map_err(serde::de::Error::custom)
    }
}

impl Serialize for Recurrence {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Whole { pattern: written_pattern(&self.pattern), range: written_range(&self.range) }.serialize(serializer)
    }
}

impl Whole {
    fn read(&self) -> Result<Recurrence, RecurrenceError> {
        Ok(Recurrence { pattern: self.pattern.read()?, range: self.range.read()? })
    }
}

impl RawPattern {
    fn read(&self) -> Result<Pattern, RecurrenceError> {
        let interval = bounded("interval", self.interval, INTERVAL_MAX)?;
        let day = || bounded("dayOfMonth", self.day_of_month, 31_i8);
        let month = || bounded("month", self.month, 12_i8);
        match self.r#type.as_str() {
            "daily" => Ok(Pattern::Daily { interval }),
            "weekly" => Ok(Pattern::Weekly { interval, days: self.days()?, first_day: self.first_day()? }),
            "absoluteMonthly" => Ok(Pattern::AbsoluteMonthly { interval, day: day()? }),
            "relativeMonthly" => Ok(Pattern::RelativeMonthly { interval, days: self.days()?, index: self.index()? }),
            "absoluteYearly" => Ok(Pattern::AbsoluteYearly { interval, month: month()?, day: day()? }),
            "relativeYearly" => Ok(Pattern::RelativeYearly { interval, month: month()?, days: self.days()?, index: self.index()? }),
            other => Err(RecurrenceError::Name("pattern.type", other.to_owned())),
        }
    }

    fn days(&self) -> Result<Weekdays, RecurrenceError> {
        let named = self.days_of_week.iter().flatten().map(|name| day("daysOfWeek", name));
        let days: Weekdays = named.collect::<Result<_, _>>()?;
        if days.is_empty() { Err(RecurrenceError::NoDays) } else { Ok(days) }
    }

    fn first_day(&self) -> Result<Weekday, RecurrenceError> {
        self.first_day_of_week.as_deref().map_or(Ok(Weekday::Sunday), |name| day("firstDayOfWeek", name))
    }

    fn index(&self) -> Result<Index, RecurrenceError> {
        let Some(name) = self.index.as_deref() else { return Ok(Index::First) };
        let found = Index::ALL.into_iter().find(|index| index.name() == name);
        found.ok_or_else(|| RecurrenceError::Name("index", name.to_owned()))
    }
}

impl RawRange {
    fn read(&self) -> Result<Range, RecurrenceError> {
        let start = date("startDate", &self.start_date)?;
        let end = match self.r#type.as_str() {
            "endDate" => End::On(date("endDate", self.end_date.as_deref().unwrap_or_default())?),
            "noEnd" => End::Never,
            "numbered" => End::After(self.count()?),
            other => return Err(RecurrenceError::Name("range.type", other.to_owned())),
        };
        let zone = self.recurrence_time_zone.clone().filter(|name| !name.trim().is_empty());
        Ok(Range { start, end, zone })
    }

    fn count(&self) -> Result<u32, RecurrenceError> {
        let found = self.number_of_occurrences.unwrap_or_default();
        let wrong = RecurrenceError::Number("numberOfOccurrences", found);
        if (1..=OCCURRENCES_MAX).contains(&found) { u32::try_from(found).map_err(|_| wrong) } else { Err(wrong) }
    }
}

/// A number from 1 to `max`.
fn bounded<N: TryFrom<i64> + PartialOrd>(field: &'static str, found: i64, max: N) -> Result<N, RecurrenceError> {
    let read = N::try_from(found).ok().filter(|number| found > 0 && *number <= max);
    read.ok_or(RecurrenceError::Number(field, found))
}

fn day(field: &'static str, name: &str) -> Result<Weekday, RecurrenceError> {
    let found = DAYS.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, day)| day).ok_or_else(|| RecurrenceError::Name(field, name.to_owned()))
}

fn date(field: &'static str, text: &str) -> Result<Date, RecurrenceError> {
    text.parse().map_err(|_| RecurrenceError::Date(field, text.to_owned()))
}

fn written_pattern(pattern: &Pattern) -> RawPattern {
    let mut raw = RawPattern { first_day_of_week: Some("sunday".to_owned()), index: Some("first".to_owned()), ..RawPattern::default() };
    raw.days_of_week = Some(Vec::new());
    let (name, interval) = match *pattern {
        Pattern::Daily { interval } => ("daily", interval),
        Pattern::Weekly { interval, days, first_day } => {
            raw.days_of_week = Some(names_of(days));
            raw.first_day_of_week = names_of([first_day].into_iter().collect()).pop();
            ("weekly", interval)
        }
        Pattern::AbsoluteMonthly { interval, day } => {
            raw.day_of_month = day.into();
            ("absoluteMonthly", interval)
        }
        Pattern::RelativeMonthly { interval, days, index } => {
            raw.days_of_week = Some(names_of(days));
            raw.index = Some(index.name().to_owned());
            ("relativeMonthly", interval)
        }
        Pattern::AbsoluteYearly { interval, month, day } => {
            raw.month = month.into();
            raw.day_of_month = day.into();
            ("absoluteYearly", interval)
        }
        Pattern::RelativeYearly { interval, month, days, index } => {
            raw.month = month.into();
            raw.days_of_week = Some(names_of(days));
            raw.index = Some(index.name().to_owned());
            ("relativeYearly", interval)
        }
    };
    RawPattern { r#type: name.to_owned(), interval: interval.into(), ..raw }
}

fn names_of(days: Weekdays) -> Vec<String> {
    DAYS.into_iter().filter(|(_, day)| days.has(*day)).map(|(name, _)| name.to_owned()).collect()
}

fn written_range(range: &Range) -> RawRange {
    let (name, end, count) = match range.end {
        End::On(last) => ("endDate", last.to_string(), 0),
        End::Never => ("noEnd", NO_DATE.to_owned(), 0),
        End::After(count) => ("numbered", NO_DATE.to_owned(), count.into()),
    };
    RawRange {
        r#type: name.to_owned(),
        start_date: range.start.to_string(),
        end_date: Some(end),
        recurrence_time_zone: range.zone.clone(),
        number_of_occurrences: Some(count),
    }
}
