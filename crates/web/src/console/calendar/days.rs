//! Civil days as a reader counts them: in the reader's zone, with the day that is today there, and the days that are mirrored.
//!
//! A day is a date, never 24 hours: where the clocks change it has 23 or 25. Whole days have no zone and stand where they were written.

use api::read::calendar::{Shown, known};
use api::view;
use base::Timestamp;
use jiff::civil::{Date, DateTime, Weekday};
use jiff::tz::TimeZone;
use jiff::{ToSpan as _, Zoned};

/// Years in which a calendar is opened; what is asked for beyond them is answered with today.
const YEARS: std::ops::RangeInclusive<i16> = 1900..=2200;

/// A reader's days.
pub(super) struct Days {
    /// Their zone.
    pub zone: TimeZone,
    /// Its IANA name.
    pub zone_name: String,
    /// The day that it is there.
    pub today: Date,
}

/// How much of a day an event takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Takes {
    /// All of it.
    Whole,
    /// From a time to a time of it.
    Within,
    /// From a time on, and more of the next.
    Rest,
    /// Until a time, and some of the day before.
    Beginning,
}

/// Consecutive days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stretch {
    /// The first.
    pub first: Date,
    /// The last, inclusive.
    pub last: Date,
}

impl Days {
    /// Those of a zone with an IANA name; of UTC where there is none of that name.
    pub fn of(zone: &str, now: Timestamp) -> Self {
        let known = TimeZone::get(zone).ok();
        let zone_name = known.as_ref().and_then(TimeZone::iana_name).unwrap_or("UTC").to_owned();
        let zone = known.unwrap_or(TimeZone::UTC);
        let today = local(now, &zone).date();
        Days { zone, zone_name, today }
    }

    /// The day that is asked for; today, if that is none.
    pub fn chosen(&self, asked: &str) -> Date {
        asked.parse().ok().filter(|day: &Date| YEARS.contains(&day.year())).unwrap_or(self.today)
    }

    /// The first and the last day that an event touches.
    pub fn touched(&self, event: &view::CalendarEvent) -> Stretch {
        let zone = if event.is_all_day { &TimeZone::UTC } else { &self.zone };
        let last = Timestamp::from_millis((event.end_at.millis() - 1).max(event.start_at.millis()));
        Stretch { first: local(event.start_at, zone).date(), last: local(last, zone).date() }
    }

    /// How much an event takes of a day that it touches.
    pub fn takes(&self, day: Date, event: &view::CalendarEvent) -> Takes {
        let touched = self.touched(event);
        match (touched.first == day, touched.last == day) {
            _ if event.is_all_day => Takes::Whole,
            (true, true) => Takes::Within,
            (true, false) => Takes::Rest,
            (false, true) => Takes::Beginning,
            (false, false) => Takes::Whole,
        }
    }

    /// When an event is on a day that it touches, in words.
    pub fn clock(&self, day: Date, event: &view::CalendarEvent) -> String {
        match self.takes(day, event) {
            Takes::Whole => "all day".to_owned(),
            Takes::Within => format!("{}–{}", self.hour(event.start_at), self.hour(event.end_at)),
            Takes::Rest => format!("from {}", self.hour(event.start_at)),
            Takes::Beginning => format!("until {}", self.hour(event.end_at)),
        }
    }

    /// The same, as short as a small place needs it.
    pub fn short_clock(&self, day: Date, event: &view::CalendarEvent) -> Option<String> {
        match self.takes(day, event) {
            Takes::Whole => None,
            Takes::Within | Takes::Rest => Some(self.hour(event.start_at)),
            Takes::Beginning => Some(format!("–{}", self.hour(event.end_at))),
        }
    }

    /// What the reader's clock shows at a time.
    pub fn date_time(&self, at: Timestamp) -> DateTime {
        local(at, &self.zone).datetime()
    }

    fn hour(&self, at: Timestamp) -> String {
        self.date_time(at).strftime("%H:%M").to_string()
    }

    /// The days of which every calendar that was read once is known whole; `None` if none was.
    pub fn mirrored(&self, calendars: &[Shown]) -> Option<Stretch> {
        let known = calendars.iter().filter_map(|shown| known(&shown.place));
        let (from, until) = known.reduce(|(from, until), one| (from.max(one.0), until.min(one.1)))?;
        let (from, until) = (local(from, &self.zone), local(until, &self.zone));
        let is_begun = from.start_of_day().is_ok_and(|midnight| midnight < from);
        let first = if is_begun { from.date().saturating_add(1.days()) } else { from.date() };
        Some(Stretch { first, last: until.date().saturating_sub(1.days()) })
    }
}

impl Stretch {
    /// So many days from one on.
    pub fn from(first: Date, count: i64) -> Self {
        Stretch { first, last: first.saturating_add((count - 1).days()) }
    }

    /// The week of a day, from its Monday.
    pub fn week(day: Date) -> Self {
        Self::from(monday(day), 7)
    }

    /// The weeks that have days of a day's month.
    pub fn weeks_of_month(day: Date) -> Self {
        Stretch { first: monday(day.first_of_month()), last: Self::week(day.last_of_month()).last }
    }

    /// Each of them.
    pub fn days(self) -> impl Iterator<Item = Date> {
        (0..).map_while(move |day: i64| self.first.checked_add(day.days()).ok()).take_while(move |day| *day <= self.last)
    }

    /// Whether a day is one of them.
    pub fn has(self, day: Date) -> bool {
        self.first <= day && day <= self.last
    }

    /// Their time in UTC, a day wider on both sides, so that it is theirs in every zone.
    pub fn time(self) -> (Timestamp, Timestamp) {
        let midnight = |day: Date| day.to_zoned(TimeZone::UTC).map_or(0, |start| start.timestamp().as_millisecond());
        let bound = |day: Date| Timestamp::from_millis(midnight(day));
        (bound(self.first.saturating_sub(1.days())), bound(self.last.saturating_add(2.days())))
    }

    /// In words: “23 to 29 March 2026”.
    pub fn words(self) -> String {
        let form = match () {
            () if self.first.year() != self.last.year() => "%-d %B %Y",
            () if self.first.month() != self.last.month() => "%-d %B",
            () => "%-d",
        };
        format!("{} to {}", self.first.strftime(form), self.last.strftime("%-d %B %Y"))
    }
}

fn monday(day: Date) -> Date {
    day.saturating_sub(i64::from(day.weekday().since(Weekday::Monday)).days())
}

fn local(at: Timestamp, zone: &TimeZone) -> Zoned {
    jiff::Timestamp::from_millisecond(at.millis()).unwrap_or(jiff::Timestamp::UNIX_EPOCH).to_zoned(zone.clone())
}

#[cfg(test)]
mod tests {
    use super::super::meeting::tests::{calendar, event};
    use super::*;

    fn days(zone: &str) -> Days {
        Days::of(zone, Timestamp::parse("2026-03-25T12:00:00Z").unwrap())
    }

    fn at(text: &str) -> Timestamp {
        Timestamp::parse(text).unwrap()
    }

    #[test]
    fn a_week_begins_on_its_monday_whatever_day_is_asked_for() {
        let week = |asked: &str| Stretch::week(days("Europe/Berlin").chosen(asked)).words();
        assert_eq!(week("2026-03-29"), "23 to 29 March 2026");
        assert_eq!(week("nonsense"), "23 to 29 March 2026");
        assert_eq!(week("-9999-01-01"), "23 to 29 March 2026");
        assert_eq!(days("nowhere").zone_name, "UTC");
        assert_eq!(Stretch::week(days("UTC").today).days().count(), 7);
    }

    #[test]
    fn a_month_is_shown_in_whole_weeks() {
        let month = |day: &str| Stretch::weeks_of_month(day.parse().unwrap());
        assert_eq!(month("2026-03-25").words(), "23 February to 5 April 2026");
        assert_eq!((month("2021-02-14").words(), month("2021-02-14").days().count()), ("1 to 28 February 2021".to_owned(), 28));
        assert_eq!(month("2026-12-31").words(), "30 November 2026 to 3 January 2027");
    }

    #[test]
    fn clocks_are_the_readers_on_both_sides_of_a_change() {
        let clock = |zone: &str, day: &str, start: &str, end: &str| days(zone).clock(day.parse().unwrap(), &event(start, end, false));
        assert_eq!(clock("Europe/Berlin", "2026-03-28", "2026-03-28T09:00:00Z", "2026-03-28T10:00:00Z"), "10:00–11:00");
        assert_eq!(clock("Europe/Berlin", "2026-03-30", "2026-03-30T08:00:00Z", "2026-03-30T09:00:00Z"), "10:00–11:00");
        assert_eq!(clock("America/New_York", "2026-03-30", "2026-03-30T08:00:00Z", "2026-03-30T09:00:00Z"), "04:00–05:00");
        assert_eq!(clock("Asia/Jakarta", "2026-03-31", "2026-03-30T16:00:00Z", "2026-03-30T18:00:00Z"), "until 01:00");
    }

    #[test]
    fn an_event_takes_the_rest_of_its_first_day_and_all_between() {
        let trip = event("2026-03-27T13:00:00Z", "2026-03-29T10:00:00Z", false);
        let told = |day: &str| {
            let (days, day) = (days("Europe/Berlin"), day.parse().unwrap());
            (days.clock(day, &trip), days.short_clock(day, &trip))
        };
        assert_eq!(told("2026-03-27"), ("from 14:00".to_owned(), Some("14:00".to_owned())));
        assert_eq!(told("2026-03-28"), ("all day".to_owned(), None));
        assert_eq!(told("2026-03-29"), ("until 12:00".to_owned(), Some("–12:00".to_owned())), "summer time has begun");
    }

    #[test]
    fn whole_days_stand_where_they_were_written_in_every_zone() {
        let holiday = event("2026-03-25T00:00:00Z", "2026-03-27T00:00:00Z", true);
        for zone in ["America/Los_Angeles", "UTC", "Pacific/Auckland"] {
            assert_eq!(days(zone).touched(&holiday).words(), "25 to 26 March 2026", "{zone}");
        }
    }

    #[test]
    fn the_days_that_are_mirrored_are_those_that_every_calendar_has_whole() {
        let window = |id: i64, from: &str, until: &str| {
            let mut shown = calendar(id, true);
            (shown.place.from, shown.place.until, shown.place.synced_at) = (at(from), at(until), Some(at("2026-03-25T12:00:00Z")));
            shown
        };
        let calendars = [
            window(1, "2026-02-23T12:00:00Z", "2026-05-08T12:00:00Z"),
            window(2, "2026-02-20T12:00:00Z", "2026-05-01T23:30:00Z"),
            calendar(3, true),
        ];
        let mirrored = |zone: &str| days(zone).mirrored(&calendars).map(Stretch::words);
        assert_eq!(mirrored("UTC").as_deref(), Some("24 February to 30 April 2026"));
        assert_eq!(mirrored("Europe/Berlin").as_deref(), Some("24 February to 1 May 2026"));
        assert_eq!(days("UTC").mirrored(&calendars[2..]), None, "of one that was not read yet nothing is said");
    }
}
