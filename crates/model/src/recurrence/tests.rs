//! Recurrence: what is promised, case by case. Many series against another program: `tests/oracle/recurrence.py`.

use base::Timestamp;
use jiff::civil::{Date, DateTime};
use serde_json::{Value, json};

use super::{End, Form, Index, Original, Pattern, Recurrence, Series, SeriesError, Window, WindowError, rule};
use crate::zone;

fn recurrence(pattern: Value, range: Value) -> Recurrence {
    serde_json::from_value(json!({"pattern": pattern, "range": range})).unwrap()
}

fn refused(pattern: Value, range: Value) -> String {
    let read: Result<Recurrence, _> = serde_json::from_value(json!({"pattern": pattern, "range": range}));
    read.unwrap_err().to_string()
}

fn numbered(start: &str, count: u32) -> Value {
    json!({"type": "numbered", "startDate": start, "numberOfOccurrences": count})
}

fn days(recurrence: &Recurrence) -> Vec<String> {
    recurrence.days().map(|day| day.to_string()).collect()
}

fn date(text: &str) -> Date {
    text.parse().unwrap()
}

fn at(text: &str) -> Timestamp {
    Timestamp::parse(text).unwrap()
}

fn daily(zone: &str, first: &str, start: &str, end: &str, count: u32) -> Series {
    let start: DateTime = format!("{first}T{start}").parse().unwrap();
    let end: DateTime = format!("{first}T{end}").parse().unwrap();
    let every_day = recurrence(json!({"type": "daily", "interval": 1}), numbered(first, count));
    Series::new(every_day, zone::read(zone).into_zone().unwrap().rules, start, end).unwrap()
}

fn all(series: &Series) -> Vec<String> {
    let window = Window::new(at("2024-01-01T00:00:00Z"), at("2028-01-01T00:00:00Z")).unwrap();
    series.occurrences(window).map(|occurrence| format!("{} {}", occurrence.start, occurrence.end)).collect()
}

const FROM_THE_SERVER: &str = r#"{"pattern":{"type":"weekly","interval":1,"month":0,"dayOfMonth":0,"daysOfWeek":["monday"],
    "firstDayOfWeek":"sunday","index":"first"},"range":{"type":"endDate","startDate":"2026-08-03","endDate":"2026-10-05",
    "recurrenceTimeZone":"W. Europe Standard Time","numberOfOccurrences":0}}"#;

#[test]
fn what_the_server_sends_is_read_and_written_again_as_it_came() {
    let read: Recurrence = serde_json::from_str(FROM_THE_SERVER).unwrap();
    assert_eq!(read.range.zone.as_deref(), Some("W. Europe Standard Time"));
    assert_eq!(read.range.end, End::On(date("2026-10-05")));
    assert_eq!(days(&read).len(), 10);
    assert_eq!(serde_json::to_value(&read).unwrap(), serde_json::from_str::<Value>(FROM_THE_SERVER).unwrap());
}

#[test]
fn every_pattern_survives_being_written() {
    for pattern in [
        json!({"type": "daily", "interval": 3}),
        json!({"type": "weekly", "interval": 2, "daysOfWeek": ["Tuesday", "friday"], "firstDayOfWeek": "monday"}),
        json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}),
        json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"], "index": "last"}),
        json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2}),
        json!({"type": "relativeYearly", "interval": 1, "daysOfWeek": ["sunday"], "index": "third", "month": 3}),
    ] {
        for range in [numbered("2026-01-05", 7), json!({"type": "noEnd", "startDate": "2026-01-05", "endDate": "0001-01-01"})] {
            let read = recurrence(pattern.clone(), range);
            assert_eq!(serde_json::from_value::<Recurrence>(serde_json::to_value(&read).unwrap()).unwrap(), read);
        }
    }
}

#[test]
fn an_index_that_is_not_said_is_the_first_and_a_week_begins_on_sunday() {
    let monthly = recurrence(json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"]}), numbered("2026-01-01", 1));
    assert!(matches!(monthly.pattern, Pattern::RelativeMonthly { index: Index::First, .. }));
    let weekly = recurrence(json!({"type": "weekly", "interval": 2, "daysOfWeek": ["sunday", "monday"]}), numbered("2026-08-03", 3));
    assert_eq!(days(&weekly), ["2026-08-03", "2026-08-16", "2026-08-17"]);
}

#[test]
fn what_is_no_recurrence_is_refused_with_the_field_that_is_wrong() {
    let range = || numbered("2026-01-05", 1);
    for (pattern, range, field) in [
        (json!({"type": "hourly", "interval": 1}), range(), "`pattern.type`"),
        (json!({"type": "daily", "interval": 0}), range(), "`interval`"),
        (json!({"type": "daily", "interval": 1000}), range(), "`interval`"),
        (json!({"type": "weekly", "interval": 1, "daysOfWeek": []}), range(), "`daysOfWeek`"),
        (json!({"type": "weekly", "interval": 1, "daysOfWeek": ["noday"]}), range(), "`daysOfWeek`"),
        (json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 32}), range(), "`dayOfMonth`"),
        (json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 1, "month": 0}), range(), "`month`"),
        (json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": ["monday"], "index": "fifth"}), range(), "`index`"),
        (json!({"type": "daily", "interval": 1}), numbered("2026-02-30", 1), "`startDate`"),
        (json!({"type": "daily", "interval": 1}), numbered("2026-01-05", 0), "`numberOfOccurrences`"),
        (json!({"type": "daily", "interval": 1}), json!({"type": "endDate", "startDate": "2026-01-05"}), "`endDate`"),
        (json!({"type": "daily", "interval": 1}), json!({"type": "ever", "startDate": "2026-01-05"}), "`range.type`"),
    ] {
        let sentence = refused(pattern, range);
        assert!(sentence.starts_with(field), "{sentence}");
    }
}

#[test]
fn a_day_that_a_month_does_not_have_is_its_last() {
    let monthly = recurrence(json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}), numbered("2026-01-31", 4));
    assert_eq!(days(&monthly), ["2026-01-31", "2026-02-28", "2026-03-31", "2026-04-30"]);
    let yearly = recurrence(json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2}), numbered("2026-01-01", 3));
    assert_eq!(days(&yearly), ["2026-02-28", "2027-02-28", "2028-02-29"]);
}

#[test]
fn of_several_days_the_first_to_last_that_counts_is_meant() {
    let workdays = json!(["monday", "tuesday", "wednesday", "thursday", "friday"]);
    for (index, expected) in [("first", "2026-08-03"), ("second", "2026-08-04"), ("fourth", "2026-08-06"), ("last", "2026-08-31")] {
        let pattern = json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": workdays, "index": index});
        assert_eq!(days(&recurrence(pattern, numbered("2026-08-01", 1))), [expected]);
    }
}

#[test]
fn a_pattern_that_does_not_have_the_start_begins_later_and_counts_its_periods_from_the_start() {
    let monthly = recurrence(json!({"type": "absoluteMonthly", "interval": 2, "dayOfMonth": 10}), numbered("2026-01-15", 2));
    assert_eq!(days(&monthly), ["2026-03-10", "2026-05-10"]);
    let ended = json!({"type": "endDate", "startDate": "2026-01-05", "endDate": "2026-01-07"});
    assert_eq!(days(&recurrence(json!({"type": "daily", "interval": 2}), ended)), ["2026-01-05", "2026-01-07"]);
    let over = json!({"type": "endDate", "startDate": "2026-01-05", "endDate": "2026-01-04"});
    assert!(days(&recurrence(json!({"type": "daily", "interval": 1}), over)).is_empty());
}

#[test]
fn entering_a_series_late_gives_what_going_through_it_gives() {
    for pattern in [
        json!({"type": "daily", "interval": 5}),
        json!({"type": "weekly", "interval": 3, "daysOfWeek": ["monday", "saturday"], "firstDayOfWeek": "wednesday"}),
        json!({"type": "absoluteMonthly", "interval": 5, "dayOfMonth": 30}),
        json!({"type": "relativeYearly", "interval": 2, "daysOfWeek": ["friday"], "index": "last", "month": 5}),
    ] {
        for range in [json!({"type": "noEnd", "startDate": "2020-07-09"}), numbered("2020-07-09", 300)] {
            let series = recurrence(pattern.clone(), range);
            for from in ["2019-01-01", "2020-07-09", "2020-07-10", "2023-02-28", "2024-05-31", "2024-06-01"] {
                let through: Vec<_> = series.days().filter(|day| *day >= date(from)).take(5).collect();
                assert_eq!(series.days_from(date(from)).take(5).collect::<Vec<_>>(), through, "{pattern} from {from}");
                assert_eq!(through.len(), 5);
            }
        }
    }
}

#[test]
fn a_series_without_an_end_ends_where_exchange_ends_it() {
    let yearly = recurrence(
        json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 1, "month": 9}),
        json!({"type": "noEnd", "startDate": "4498-01-01"}),
    );
    assert_eq!(days(&yearly), ["4498-09-01", "4499-09-01"]);
}

#[test]
fn nine_o_clock_stays_nine_o_clock() {
    let series = daily("W. Europe Standard Time", "2026-03-28", "09:00", "10:00", 2);
    assert_eq!(all(&series), ["2026-03-28T08:00:00Z 2026-03-28T09:00:00Z", "2026-03-29T07:00:00Z 2026-03-29T08:00:00Z"]);
}

#[test]
fn a_meeting_across_a_change_of_the_clocks_keeps_its_end_on_the_wall() {
    let series = daily("Europe/Berlin", "2026-03-29", "01:00", "04:00", 1);
    assert_eq!(all(&series), ["2026-03-29T00:00:00Z 2026-03-29T02:00:00Z"]);
    let series = daily("Europe/Berlin", "2026-10-25", "01:00", "04:00", 1);
    assert_eq!(all(&series), ["2026-10-24T23:00:00Z 2026-10-25T03:00:00Z"]);
}

#[test]
fn a_time_in_a_gap_is_read_with_the_offset_before_it_and_a_doubled_one_is_the_first() {
    let gap = daily("Europe/Berlin", "2026-03-29", "02:15", "02:45", 1);
    assert_eq!(all(&gap), ["2026-03-29T01:15:00Z 2026-03-29T01:45:00Z"]);
    let window = Window::new(at("2026-03-28T00:00:00Z"), at("2026-03-30T00:00:00Z")).unwrap();
    assert_eq!(gap.occurrences(window).next().unwrap().local_start.to_string(), "2026-03-29T03:15:00");
    let doubled = daily("Europe/Berlin", "2026-10-25", "02:15", "02:45", 1);
    assert_eq!(all(&doubled), ["2026-10-25T00:15:00Z 2026-10-25T00:45:00Z"]);
}

#[test]
fn a_start_that_leaves_a_gap_behind_its_end_keeps_its_length() {
    for (end, expected) in [("03:00", "01:30:00Z 2026-03-29T02:00:00Z"), ("03:30", "01:30:00Z 2026-03-29T02:30:00Z")] {
        let series = daily("Europe/Berlin", "2026-03-29", "02:30", end, 1);
        assert_eq!(all(&series), [format!("2026-03-29T{expected}")]);
    }
    let instant = daily("Europe/Berlin", "2026-03-29", "02:30", "02:30", 1);
    assert_eq!(all(&instant), ["2026-03-29T01:30:00Z 2026-03-29T01:30:00Z"]);
}

#[test]
fn a_series_whose_times_came_in_utc_is_worked_out_in_its_own_zone() {
    let zone = zone::read("Pacific Standard Time").into_zone().unwrap().rules;
    let every_day = recurrence(json!({"type": "daily", "interval": 1}), numbered("2026-03-07", 2));
    let series = Series::at(every_day, zone, at("2026-03-08T01:00:00Z"), at("2026-03-08T02:00:00Z")).unwrap();
    assert_eq!(all(&series), ["2026-03-08T01:00:00Z 2026-03-08T02:00:00Z", "2026-03-09T00:00:00Z 2026-03-09T01:00:00Z"]);
    assert_eq!(series.first().unwrap().day, date("2026-03-07"));
}

#[test]
fn what_was_cancelled_is_gone_and_what_was_changed_is_where_it_was_put() {
    let mut series = daily("Europe/Berlin", "2026-06-01", "09:00", "10:00", 4);
    series.cancel(Original::On(date("2026-06-02")));
    series.change(Original::At(at("2026-06-01T07:00:00Z")), at("2026-06-03T12:00:00Z"), at("2026-06-03T13:00:00Z"));
    series.change(Original::On(date("2026-06-04")), at("2026-06-04T07:00:00Z"), at("2026-06-04T07:30:00Z"));
    series.cancel(Original::At(at("2026-06-04T07:00:00Z")));
    assert_eq!(all(&series), ["2026-06-03T07:00:00Z 2026-06-03T08:00:00Z", "2026-06-03T12:00:00Z 2026-06-03T13:00:00Z"]);
}

#[test]
fn a_start_that_a_gap_moved_across_midnight_is_found_by_the_day_that_it_is_from() {
    let mut series = daily("America/Nuuk", "2026-03-27", "23:30", "23:45", 2);
    let found = all(&series);
    assert_eq!(found[1], "2026-03-29T01:30:00Z 2026-03-29T01:45:00Z", "it is Sunday there already");
    series.cancel(Original::At(at("2026-03-29T01:30:00Z")));
    assert_eq!(all(&series), found[..1]);
}

#[test]
fn an_occurrence_is_in_the_window_in_which_it_is_now() {
    let mut series = daily("UTC", "2026-06-01", "09:00", "10:00", 3);
    series.change(Original::On(date("2026-06-01")), at("2026-07-01T09:00:00Z"), at("2026-07-01T10:00:00Z"));
    let days = |from: &str, until: &str| {
        let window = Window::new(at(from), at(until)).unwrap();
        series.occurrences(window).map(|occurrence| (occurrence.day.to_string(), occurrence.changed)).collect::<Vec<_>>()
    };
    assert_eq!(days("2026-06-01T00:00:00Z", "2026-06-03T00:00:00Z"), [("2026-06-02".to_owned(), false)]);
    assert_eq!(days("2026-07-01T00:00:00Z", "2026-07-02T00:00:00Z"), [("2026-06-01".to_owned(), true)]);
}

#[test]
fn a_window_has_what_overlaps_it_and_not_what_touches_it() {
    let series = daily("UTC", "2026-06-01", "09:00", "10:00", 1);
    let found = |from: &str, until: &str| {
        let window = Window::new(at(&format!("2026-06-01T{from}:00Z")), at(&format!("2026-06-01T{until}:00Z"))).unwrap();
        series.occurrences(window).count()
    };
    assert_eq!([found("08:00", "09:00"), found("10:00", "11:00"), found("09:59", "11:00"), found("08:00", "09:01")], [0, 0, 1, 1]);
    let long = Series::new(
        recurrence(json!({"type": "daily", "interval": 1}), numbered("2026-06-01", 1)),
        jiff::tz::TimeZone::UTC,
        "2026-06-01T00:00".parse().unwrap(),
        "2026-08-01T00:00".parse().unwrap(),
    )
    .unwrap();
    let window = Window::new(at("2026-07-31T00:00:00Z"), at("2026-07-31T01:00:00Z")).unwrap();
    assert_eq!(long.occurrences(window).count(), 1);
}

#[test]
fn windows_and_lengths_are_bounded() {
    let from = at("2026-01-01T00:00:00Z");
    assert_eq!(Window::new(from, from), Err(WindowError::Empty));
    assert_eq!(Window::new(from, at("2031-01-02T00:00:00Z")), Err(WindowError::TooLong));
    assert!(Window::new(from, at("2030-12-31T00:00:00Z")).is_ok());
    assert_eq!(Window::new(Timestamp::from_millis(i64::MAX - 1), Timestamp::from_millis(i64::MAX)), Err(WindowError::OutOfTime));
    let every_day = || recurrence(json!({"type": "daily", "interval": 1}), numbered("2026-06-01", 1));
    let series = |end: &str| Series::new(every_day(), jiff::tz::TimeZone::UTC, "2026-06-01T09:00".parse().unwrap(), end.parse().unwrap());
    assert_eq!(series("2026-06-01T08:59").unwrap_err(), SeriesError::EndsBeforeStart);
    assert_eq!(series("2031-06-03T00:00").unwrap_err(), SeriesError::TooLong);
}

#[test]
fn a_recurrence_is_a_rule_of_icalendar() {
    let zone = zone::read("Europe/Berlin").into_zone().unwrap().rules;
    let times = Form::Times { start: jiff::civil::time(9, 0, 0, 0), zone: &zone };
    let never = || json!({"type": "noEnd", "startDate": "2026-01-05"});
    let workdays = json!(["monday", "tuesday", "wednesday", "thursday", "friday"]);
    for (pattern, range, expected) in [
        (json!({"type": "daily", "interval": 1}), numbered("2026-01-05", 7), "FREQ=DAILY;COUNT=7"),
        (
            json!({"type": "weekly", "interval": 2, "daysOfWeek": ["monday", "sunday"], "firstDayOfWeek": "sunday"}),
            never(),
            "FREQ=WEEKLY;INTERVAL=2;BYDAY=SU,MO;WKST=SU",
        ),
        (json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 28}), never(), "FREQ=MONTHLY;BYMONTHDAY=28"),
        (json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 30}), never(), "FREQ=MONTHLY;BYMONTHDAY=28,29,30;BYSETPOS=-1"),
        (json!({"type": "absoluteMonthly", "interval": 1, "dayOfMonth": 31}), never(), "FREQ=MONTHLY;BYMONTHDAY=-1"),
        (
            json!({"type": "relativeMonthly", "interval": 1, "daysOfWeek": workdays, "index": "last"}),
            never(),
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-1",
        ),
        (
            json!({"type": "absoluteYearly", "interval": 1, "dayOfMonth": 29, "month": 2}),
            never(),
            "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=28,29;BYSETPOS=-1",
        ),
        (
            json!({"type": "relativeYearly", "interval": 1, "daysOfWeek": ["sunday"], "index": "second", "month": 5}),
            never(),
            "FREQ=YEARLY;BYMONTH=5;BYDAY=SU;BYSETPOS=2",
        ),
        (
            json!({"type": "daily", "interval": 1}),
            json!({"type": "endDate", "startDate": "2026-01-05", "endDate": "2026-07-01"}),
            "FREQ=DAILY;UNTIL=20260701T070000Z",
        ),
    ] {
        assert_eq!(rule(&recurrence(pattern, range), times), expected);
    }
    let ended = json!({"type": "endDate", "startDate": "2026-01-05", "endDate": "2026-07-01"});
    let whole_days = recurrence(json!({"type": "daily", "interval": 1}), ended);
    assert_eq!(rule(&whole_days, Form::Dates), "FREQ=DAILY;UNTIL=20260701");
}
