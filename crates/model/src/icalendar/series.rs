//! A series as a rule, with what was cancelled and what was changed.
//!
//! An occurrence that the mirror has at another time than the rule gives it counts as changed, one that is no day of the rule stands for
//! itself: what is shown is what the mirror has, wherever it has something.

use std::collections::BTreeSet;

use base::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::event::{self, Clock, Writing};
use crate::calendar::{CalendarEvent, CalendarEventKind, Detail};
use crate::recurrence::{Form, Original, Recurrence, Series, Window, rule};
use crate::zone;

/// Where in a meeting's id for everybody the day of an occurrence is, and how long it is: year, month and day in hexadecimal digits.
/// Source: MS-OXOCAL, 2.2.1.27, `PidLidGlobalObjectId`.
const DAY_IN_UID: std::ops::Range<usize> = 32..40;

/// A series that can be said as a rule.
struct Ruled<'a> {
    detail: &'a Detail,
    series: Series,
    clock: Clock,
    first: Date,
}

/// What the mirror has of it.
#[derive(Default)]
struct Sorted<'a> {
    /// Days that take place.
    present: BTreeSet<Date>,
    /// Those that are not as the rule has them.
    changed: Vec<(Date, &'a CalendarEvent)>,
    /// Those that belong to no day.
    strays: Vec<&'a CalendarEvent>,
}

/// Writes a series with those of it that are known.
pub(super) fn write(series: &CalendarEvent, members: &[&CalendarEvent], known: Option<(Timestamp, Timestamp)>, writing: &mut Writing) {
    let detail = series.detail.clone().unwrap_or_default();
    let uid = event::uid(series);
    let Some(ruled) = Ruled::read(series, &detail) else {
        return members.iter().for_each(|member| alone(member, &detail, &uid, writing));
    };
    let sorted = ruled.sort(members);
    ruled.rule(&uid, &ruled.cancelled(&sorted, known), writing);
    for (day, changed) in &sorted.changed {
        ruled.change(&uid, *day, changed, writing);
    }
    sorted.strays.iter().for_each(|stray| alone(stray, &detail, &uid, writing));
}

/// One of a series that stands for itself, under an id of its own.
fn alone(member: &CalendarEvent, series: &Detail, uid: &str, writing: &mut Writing) {
    let detail = member.detail.as_ref().unwrap_or(series);
    let at = jiff::Timestamp::from_millisecond(member.start_at.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH);
    writing.occurrence(detail, (member.start_at, member.end_at), &format!("{uid}-{}", at.strftime("%Y%m%dT%H%M%SZ")));
}

impl<'a> Ruled<'a> {
    /// `None` where its pattern or its zone cannot be read, or it has no day.
    fn read(series: &CalendarEvent, detail: &'a Detail) -> Option<Self> {
        let recurrence: Recurrence = serde_json::from_value(detail.recurrence.clone()?).ok()?;
        let zone = recurrence.range.zone.clone().unwrap_or_else(|| detail.zone.clone());
        let clock = Clock::of(detail.is_all_day, &zone);
        let rules = match &clock {
            Clock::Days => TimeZone::UTC,
            Clock::Universal => zone::read(&zone).into_zone()?.rules,
            Clock::In(zone) => zone.rules.clone(),
        };
        let series = Series::at(recurrence, rules, series.start_at, series.end_at).ok()?;
        let first = series.first()?.day;
        Some(Ruled { detail, series, clock, first })
    }

    fn sort<'m>(&self, members: &[&'m CalendarEvent]) -> Sorted<'m> {
        let mut sorted = Sorted::default();
        for member in members {
            match self.day_of(member).filter(|day| self.series.has(*day) && !sorted.present.contains(day)) {
                Some(day) => {
                    sorted.present.insert(day);
                    let planned = self.series.on(day);
                    let is_moved = (member.start_at, member.end_at) != (planned.start, planned.end);
                    if member.kind == CalendarEventKind::Exception || (is_moved && !self.detail.is_all_day) {
                        sorted.changed.push((day, member));
                    }
                }
                None => sorted.strays.push(member),
            }
        }
        sorted
    }

    /// The day by which one is known. Of an exception Microsoft says when it would have begun; so does its id.
    fn day_of(&self, member: &CalendarEvent) -> Option<Date> {
        if member.kind == CalendarEventKind::Exception {
            let detail = member.detail.as_ref()?;
            let said = detail.original_start.map(|at| self.series.day_of(Original::At(at)));
            return said.filter(|day| self.series.has(*day)).or_else(|| day_in_uid(&detail.ical_uid));
        }
        let day = self.series.day_of(Original::At(member.start_at));
        if !self.detail.is_all_day || self.series.has(day) {
            return Some(day);
        }
        // Of whole days that came in their zone the midnight is that of the zone.
        let zone = zone::read(&self.detail.zone).into_zone()?;
        let at = jiff::Timestamp::from_millisecond(member.start_at.millis()).ok()?;
        Some(zone.rules.to_datetime(at).date())
    }

    /// The days that Microsoft says were cancelled, and those that are missing where everything is known.
    fn cancelled(&self, sorted: &Sorted<'_>, known: Option<(Timestamp, Timestamp)>) -> BTreeSet<Date> {
        let mut days: BTreeSet<Date> = self.detail.cancelled_days.iter().flatten().copied().collect();
        if let Some((from, until)) = known
            && let Ok(window) = Window::new(from, until)
        {
            let whole = self.series.occurrences(window).filter(|planned| planned.start >= from && planned.end <= until);
            days.extend(whole.map(|planned| planned.day));
        }
        days.retain(|day| !sorted.present.contains(day) && self.series.has(*day));
        days
    }

    fn rule(&self, uid: &str, cancelled: &BTreeSet<Date>, writing: &mut Writing) {
        let (start, end) = self.series.wall(self.first);
        let form = match self.clock {
            Clock::Days => Form::Dates,
            Clock::Universal | Clock::In(_) => Form::Times { start: start.time(), zone: self.series.zone() },
        };
        writing.begin(uid);
        writing.wall("DTSTART", &self.clock, start);
        writing.wall("DTEND", &self.clock, end);
        writing.lines.line(&format!("RRULE:{}", rule(self.series.recurrence(), form)));
        for day in cancelled {
            writing.wall("EXDATE", &self.clock, self.series.wall(*day).0);
        }
        writing.about(self.detail);
    }

    fn change(&self, uid: &str, day: Date, changed: &CalendarEvent, writing: &mut Writing) {
        let detail = changed.detail.as_ref().unwrap_or(self.detail);
        // One of whole days in a series of hours, or the other way round, is written as it is itself.
        let clock =
            if detail.is_all_day == self.detail.is_all_day { self.clock.clone() } else { Clock::of(detail.is_all_day, &detail.zone) };
        writing.begin(uid);
        writing.wall("RECURRENCE-ID", &self.clock, self.series.wall(day).0);
        writing.time("DTSTART", &clock, changed.start_at);
        writing.time("DTEND", &clock, changed.end_at.max(changed.start_at));
        writing.about(detail);
    }
}

fn day_in_uid(uid: &str) -> Option<Date> {
    let digits = uid.get(DAY_IN_UID)?;
    let number = |place: std::ops::Range<usize>| i16::from_str_radix(digits.get(place)?, 16).ok();
    let (year, month, day) = (number(0..4)?, number(4..6)?, number(6..8)?);
    Date::new(year, i8::try_from(month).ok()?, i8::try_from(day).ok()?).ok()
}
