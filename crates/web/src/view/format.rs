//! Numbers, sizes and times for people.
//!
//! Digits are grouped. A time is shown relative to now, or as short as its distance allows, always with the whole of it in
//! UTC as the element's title; the page's script, where it runs, turns clock times into the reader's own.

use base::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// `12,431`.
pub fn grouped(number: i64) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3 + 1);
    if number < 0 {
        text.push('\u{2212}');
    }
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// `12,431 messages`, `1 message`.
pub fn counted(number: i64, one: &str, many: &str) -> String {
    format!("{} {}", grouped(number), if number == 1 { one } else { many })
}

/// `640 bytes`, `3.4 kB`, `120 kB`, `1.2 MB`: powers of 1,000, one decimal below ten.
pub fn size(bytes: i64) -> String {
    let bytes = bytes.max(0);
    let (unit, factor) = match bytes {
        0..1_000 => return counted(bytes, "byte", "bytes"),
        1_000..1_000_000 => ("kB", 1_000),
        1_000_000..1_000_000_000 => ("MB", 1_000_000),
        _ => ("GB", 1_000_000_000),
    };
    let (whole, tenth) = (bytes / factor, bytes % factor * 10 / factor);
    if whole < 10 && tenth > 0 { format!("{whole}.{tenth} {unit}") } else { format!("{} {unit}", grouped(whole)) }
}

/// `3 seconds`, `2 minutes`, `5 hours`, `3 days`: the largest unit alone, rounded down.
pub fn span(seconds: i64) -> String {
    let (amount, unit) = match seconds.max(0) {
        s if s < MINUTE => (s, "second"),
        s if s < HOUR => (s / MINUTE, "minute"),
        s if s < 2 * DAY => (s / HOUR, "hour"),
        s if s < 60 * DAY => (s / DAY, "day"),
        s if s < 730 * DAY => (s / (30 * DAY), "month"),
        s => (s / (365 * DAY), "year"),
    };
    format!("{} {unit}{}", grouped(amount), if amount == 1 { "" } else { "s" })
}

/// `3 minutes ago`, `in 2 days`, `now`.
pub fn relative(at: Timestamp, now: Timestamp) -> String {
    let seconds = now.seconds() - at.seconds();
    match seconds {
        -1..=1 => "now".to_owned(),
        s if s > 0 => format!("{} ago", span(s)),
        s => format!("in {}", span(-s)),
    }
}

/// `21 November 2026, 14:02:07 UTC`.
pub fn whole(at: Timestamp) -> String {
    written(at, "%-d %B %Y, %H:%M:%S UTC")
}

/// A time relative to now, with the whole of it on pointing.
pub fn ago(at: Timestamp, now: Timestamp) -> Markup {
    html! { time datetime=(at) title=(whole(at)) { (relative(at, now)) } }
}

/// A time as short as its distance allows: `14:02` today, `21 Nov` this year, `21 Nov 2024` otherwise.
pub fn short(at: Timestamp, now: Timestamp) -> Markup {
    let day = |at: Timestamp| written(at, "%F");
    let (form, pattern) = match () {
        () if day(at) == day(now) => ("clock", "%H:%M"),
        () if written(at, "%Y") == written(now, "%Y") => ("day", "%-d %b"),
        () => ("year", "%-d %b %Y"),
    };
    html! { time datetime=(at) title=(whole(at)) data-form=(form) { (written(at, pattern)) } }
}

/// `Saturday, 21 November 2026` in UTC.
pub fn day(at: Timestamp) -> String {
    written(at, "%A, %-d %B %Y")
}

/// A time of which date and clock matter: `21 Nov 2026, 14:02`.
pub fn long(at: Timestamp) -> Markup {
    html! { time datetime=(at) title=(whole(at)) data-form="long" { (written(at, "%-d %b %Y, %H:%M")) } }
}

fn written(at: Timestamp, pattern: &str) -> String {
    match jiff::Timestamp::from_millisecond(at.millis()) {
        Ok(time) => time.to_zoned(TimeZone::UTC).strftime(pattern).to_string(),
        Err(_) => "an unknown time".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_grouped_by_three() {
        let cases = [(0, "0"), (999, "999"), (1_000, "1,000"), (12_431, "12,431"), (1_234_567, "1,234,567"), (-4_000, "\u{2212}4,000")];
        for (number, text) in cases {
            assert_eq!(grouped(number), text);
        }
        assert_eq!((counted(1, "message", "messages"), counted(0, "message", "messages")), ("1 message".into(), "0 messages".into()));
    }

    #[test]
    fn sizes_have_the_unit_that_fits() {
        let cases = [
            (1, "1 byte"),
            (999, "999 bytes"),
            (3_400, "3.4 kB"),
            (120_900, "120 kB"),
            (1_250_000, "1.2 MB"),
            (35_000_000, "35 MB"),
            (-1, "0 bytes"),
        ];
        for (bytes, text) in cases {
            assert_eq!(size(bytes), text);
        }
    }

    #[test]
    fn times_are_relative_and_short() {
        let now = Timestamp::parse("2026-11-21T14:02:07Z").unwrap();
        let before = |seconds: u64| now.minus(std::time::Duration::from_secs(seconds));
        assert_eq!(relative(before(12), now), "12 seconds ago");
        assert_eq!(relative(before(60), now), "1 minute ago");
        assert_eq!(relative(now.plus(std::time::Duration::from_secs(3 * 86_400)), now), "in 3 days");
        assert!(short(before(60), now).into_string().contains(">14:01<"));
        assert!(short(before(40 * 86_400), now).into_string().contains(">12 Oct<"));
        assert!(short(before(400 * 86_400), now).into_string().contains(">17 Oct 2025<"));
        assert_eq!(whole(now), "21 November 2026, 14:02:07 UTC");
        assert_eq!(whole(Timestamp::from_millis(i64::MAX)), "an unknown time");
    }
}
