//! The rules of a time zone as a `VTIMEZONE`: each change of the clocks since a time, and those that come back every year as a rule.
//!
//! A rule is worked out from the changes of the years ahead: the same month, day of the week and hour, within seven days of the month.
//! What follows no such rule (Morocco goes by the moon) is listed as far as the zone database goes. Source: RFC 5545, section 3.6.5.

use std::collections::BTreeMap;

use base::Timestamp;
use jiff::civil::{DateTime, Weekday};
use jiff::tz::{Offset, TimeZone};

use super::line::Lines;

/// The last year whose changes are looked at.
const YEAR_LAST: i16 = 2_087;
/// Years that must agree for there to be a rule: after 28 years the days of the week come again.
const YEARS_ALIKE: usize = 28;

/// A change of the clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Change {
    /// When, as a clock shows it before the change.
    wall: DateTime,
    before: Offset,
    after: Offset,
    name: String,
}

/// What changes of one kind have together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Kind {
    month: i8,
    before: Offset,
    after: Offset,
    name: String,
}

/// The changes of one kind in order, and from which on a rule has them.
struct Observance {
    changes: Vec<Change>,
    rule: Option<(usize, String)>,
}

/// Writes the rules that hold from `since` on.
pub(super) fn write(lines: &mut Lines, iana: &str, rules: &TimeZone, since: Timestamp) {
    lines.line("BEGIN:VTIMEZONE");
    lines.line(&format!("TZID:{iana}"));
    let changes = changes(rules, since);
    let mut kinds: BTreeMap<Kind, Vec<Change>> = BTreeMap::new();
    for change in changes {
        let kind = Kind { month: change.wall.month(), before: change.before, after: change.after, name: change.name.clone() };
        kinds.entry(kind).or_default().push(change);
    }
    for changes in kinds.into_values() {
        Observance::of(changes).write(lines);
    }
    lines.line("END:VTIMEZONE");
}

/// The change before `since`, which says what held then, and all that follow. The day before is looked at: an event of that day may end
/// on the next.
fn changes(rules: &TimeZone, since: Timestamp) -> Vec<Change> {
    let day = jiff::SignedDuration::from_hours(48);
    let since = jiff::Timestamp::from_millisecond(since.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    let since = since.checked_sub(day).unwrap_or(since);
    let first = rules.preceding(since).next().map(|transition| transition.timestamp());
    let Some(first) = first else {
        // It never changed before: what held then is said as of a time long ago.
        let info = rules.to_offset_info(since);
        let start = jiff::civil::date(1970, 1, 1).at(0, 0, 0, 0);
        let always = Change { wall: start, before: info.offset(), after: info.offset(), name: info.abbreviation().to_owned() };
        return std::iter::once(always).chain(following(rules, since)).collect();
    };
    following(rules, first.checked_sub(jiff::SignedDuration::from_secs(1)).unwrap_or(first)).collect()
}

fn following(rules: &TimeZone, since: jiff::Timestamp) -> impl Iterator<Item = Change> {
    let mut before = rules.to_offset(since);
    let changes = rules.following(since).map(move |transition| {
        let was = std::mem::replace(&mut before, transition.offset());
        let name = transition.abbreviation().to_owned();
        Change { wall: was.to_datetime(transition.timestamp()), before: was, after: transition.offset(), name }
    });
    changes.take_while(|change| change.wall.year() <= YEAR_LAST)
}

impl Observance {
    fn of(changes: Vec<Change>) -> Self {
        let rule = yearly(&changes);
        Observance { changes, rule }
    }

    fn write(&self, lines: &mut Lines) {
        let ruled_from = self.rule.as_ref().map_or(self.changes.len(), |(from, _)| *from);
        let (listed, ruled) = self.changes.split_at(ruled_from);
        if let Some((first, others)) = listed.split_first() {
            let others: Vec<String> = others.iter().map(|change| format!("RDATE:{}", written(change.wall))).collect();
            component(lines, first, &others);
        }
        if let (Some(first), Some((_, rule))) = (ruled.first(), &self.rule) {
            component(lines, first, &[format!("RRULE:{rule}")]);
        }
    }
}

fn component(lines: &mut Lines, first: &Change, more: &[String]) {
    let name = if first.after.seconds() > first.before.seconds() { "DAYLIGHT" } else { "STANDARD" };
    lines.line(&format!("BEGIN:{name}"));
    lines.line(&format!("DTSTART:{}", written(first.wall)));
    lines.line(&format!("TZOFFSETFROM:{}", offset(first.before)));
    lines.line(&format!("TZOFFSETTO:{}", offset(first.after)));
    lines.text("TZNAME", &first.name);
    more.iter().for_each(|line| lines.line(line));
    lines.line(&format!("END:{name}"));
}

/// From which of these changes on they come back every year to the end, and by what rule.
fn yearly(changes: &[Change]) -> Option<(usize, String)> {
    let last = changes.last().filter(|last| last.wall.year() == YEAR_LAST)?;
    let alike = |change: &Change| (change.wall.month(), change.wall.weekday(), change.wall.time());
    let mut from = changes.len() - 1;
    let (mut least, mut most) = (last.wall.day(), last.wall.day());
    for (place, change) in changes.iter().enumerate().rev().skip(1) {
        let day = change.wall.day();
        let follows = change.wall.year() + 1 == changes[from].wall.year() && alike(change) == alike(last);
        if !follows || most.max(day) - least.min(day) > 6 {
            break;
        }
        (least, most, from) = (least.min(day), most.max(day), place);
    }
    (changes.len() - from >= YEARS_ALIKE && most - least == 6).then(|| (from, rule(last.wall, least)))
}

/// The rule for a day of the week within the seven days of a month from `least` on.
fn rule(wall: DateTime, least: i8) -> String {
    let (month, day) = (wall.month(), day_name(wall.weekday()));
    // February aside, whose length changes.
    let is_last = month != 2 && wall.date().days_in_month() - 6 == least;
    match least {
        _ if is_last => format!("FREQ=YEARLY;BYMONTH={month};BYDAY=-1{day}"),
        1 | 8 | 15 | 22 => format!("FREQ=YEARLY;BYMONTH={month};BYDAY={}{day}", (least - 1) / 7 + 1),
        _ => {
            let days: Vec<String> = (least..least + 7).map(|day| day.to_string()).collect();
            format!("FREQ=YEARLY;BYMONTH={month};BYMONTHDAY={};BYDAY={day}", days.join(","))
        }
    }
}

const fn day_name(day: Weekday) -> &'static str {
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

fn written(wall: DateTime) -> String {
    wall.strftime("%Y%m%dT%H%M%S").to_string()
}

/// `+0100`, with seconds where there are some.
fn offset(offset: Offset) -> String {
    let seconds = offset.seconds().abs();
    let sign = if offset.seconds() < 0 { '-' } else { '+' };
    let (hours, minutes, rest) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    if rest == 0 { format!("{sign}{hours:02}{minutes:02}") } else { format!("{sign}{hours:02}{minutes:02}{rest:02}") }
}
