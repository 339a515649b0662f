//! Recurrence as iCalendar: the value of an `RRULE`.
//!
//! Promises: the same days as [`Recurrence::days`], for whoever follows RFC 5545; the event's `DTSTART` has to be its first
//! occurrence, because a start that the rule does not have would count as one. Source: RFC 5545, section 3.3.10.

use std::fmt::Write as _;

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;

use super::series::instant;
use super::{End, Pattern, Recurrence, Weekdays};

/// How the event's `DTSTART` is written: the end of the rule has to be written likewise.
#[derive(Clone, Copy, Debug)]
pub enum Form<'a> {
    /// As dates, for events of whole days.
    Dates,
    /// As times in a zone.
    Times {
        /// When each occurrence begins, in the time of the zone.
        start: Time,
        /// The zone.
        zone: &'a TimeZone,
    },
}

/// The rule, without `RRULE:` before it.
pub fn rule(recurrence: &Recurrence, form: Form<'_>) -> String {
    let mut text = pattern(&recurrence.pattern);
    match recurrence.range.end {
        End::Never => {}
        End::After(count) => text.push_str(&format!(";COUNT={count}")),
        End::On(last) => {
            let until = match form {
                Form::Dates => last.strftime("%Y%m%d").to_string(),
                // With `TZID` in `DTSTART` the end has to be in UTC.
                Form::Times { start, zone } => instant(zone, last.to_datetime(start)).strftime("%Y%m%dT%H%M%SZ").to_string(),
            };
            text.push_str(";UNTIL=");
            text.push_str(&until);
        }
    }
    text
}

fn pattern(pattern: &Pattern) -> String {
    match *pattern {
        Pattern::Daily { interval } => every("DAILY", interval),
        Pattern::Weekly { interval, days, first_day } => {
            format!("{};BYDAY={};WKST={}", every("WEEKLY", interval), names(days, first_day), name(first_day))
        }
        Pattern::AbsoluteMonthly { interval, day } => format!("{}{}", every("MONTHLY", interval), day_of_month(day)),
        Pattern::RelativeMonthly { interval, days, index } => {
            format!("{};BYDAY={};BYSETPOS={}", every("MONTHLY", interval), names(days, Weekday::Monday), index.place())
        }
        Pattern::AbsoluteYearly { interval, month, day } => {
            format!("{};BYMONTH={month}{}", every("YEARLY", interval), day_of_month(day))
        }
        Pattern::RelativeYearly { interval, month, days, index } => {
            let every = every("YEARLY", interval);
            format!("{every};BYMONTH={month};BYDAY={};BYSETPOS={}", names(days, Weekday::Monday), index.place())
        }
    }
}

fn every(frequency: &str, interval: u16) -> String {
    if interval == 1 { format!("FREQ={frequency}") } else { format!("FREQ={frequency};INTERVAL={interval}") }
}

/// RFC 5545 leaves out what a month does not have; Exchange takes its last day. So: the last of those that there are.
fn day_of_month(day: i8) -> String {
    match day {
        ..=28 => format!(";BYMONTHDAY={day}"),
        31.. => ";BYMONTHDAY=-1".to_owned(),
        _ => {
            let days = (28..=day).fold(String::new(), |mut days, day| {
                let _ = write!(days, "{}{day}", if days.is_empty() { "" } else { "," });
                days
            });
            format!(";BYMONTHDAY={days};BYSETPOS=-1")
        }
    }
}

fn names(days: Weekdays, first_day: Weekday) -> String {
    days.from_first(first_day).map(name).collect::<Vec<_>>().join(",")
}

const fn name(day: Weekday) -> &'static str {
    match day {
        Weekday::Monday => "MO",
        Weekday::Tuesday => "TU",
        Weekday::Wednesday => "WE",
        Weekday::Thursday => "TH",
        Weekday::Friday => "FR",
        Weekday::Saturday => "SA",
        Weekday::Sunday => "SU",
    }
}
