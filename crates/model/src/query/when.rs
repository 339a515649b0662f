//! Dates of a query: a year, a month, a day, a point in time, or an age. Days begin in UTC.

use std::time::Duration;

use base::Timestamp;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// A date as it was typed, and what it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct When {
    text: String,
    point: Point,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Point {
    /// The same whenever it is asked.
    Fixed(Timestamp),
    /// This many days before the question.
    DaysAgo(u32),
    /// The beginning of the day this many days before the question.
    DayBegins(u32),
}

impl When {
    /// A year (`2026`), a month (`2026-01`), a day (`2026-01-31`), a time of RFC 3339, `today`, `yesterday`, or an age in
    /// days, weeks, months of 30 days or years of 365 (`7d`, `2w`, `6m`, `1y`). `None` for anything else.
    pub fn read(text: &str) -> Option<Self> {
        let point = fixed(text).map(Point::Fixed).or_else(|| named(text)).or_else(|| age(text).map(Point::DaysAgo))?;
        Some(When { text: text.to_owned(), point })
    }

    /// As it was typed.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The point in time that it means for somebody who asks at `now`.
    pub fn resolve(&self, now: Timestamp) -> Timestamp {
        match self.point {
            Point::Fixed(at) => at,
            Point::DaysAgo(days) => now.minus(DAY * days),
            Point::DayBegins(days) => Timestamp::from_millis(now.seconds().div_euclid(86_400) * 86_400_000).minus(DAY * days),
        }
    }
}

fn fixed(text: &str) -> Option<Timestamp> {
    let digits = |part: &str, count: usize| part.len() == count && part.bytes().all(|byte| byte.is_ascii_digit());
    let parts: Vec<&str> = text.splitn(4, '-').collect();
    let date = match parts.as_slice() {
        [year] if digits(year, 4) => format!("{text}-01-01"),
        [year, month] if digits(year, 4) && digits(month, 2) => format!("{text}-01"),
        [year, month, day] if digits(year, 4) && digits(month, 2) && digits(day, 2) => text.to_owned(),
        _ => return Timestamp::parse(&text.to_ascii_uppercase()),
    };
    Timestamp::parse(&format!("{date}T00:00:00Z"))
}

fn named(text: &str) -> Option<Point> {
    match text.to_ascii_lowercase().as_str() {
        "today" => Some(Point::DayBegins(0)),
        "yesterday" => Some(Point::DayBegins(1)),
        _ => None,
    }
}

fn age(text: &str) -> Option<u32> {
    let (number, unit) = text.split_at_checked(text.len().checked_sub(1)?)?;
    if !number.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let days = match unit {
        "d" | "D" => 1,
        "w" | "W" => 7,
        "m" | "M" => 30,
        "y" | "Y" => 365,
        _ => return None,
    };
    // A thousand years is older than any mail; more would only overflow.
    number.parse::<u32>().ok()?.checked_mul(days).map(|days| days.min(365_000))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Option<String> {
        let now = Timestamp::parse("2026-03-10T12:30:00Z").unwrap();
        When::read(text).map(|when| when.resolve(now).to_string())
    }

    #[test]
    fn dates_are_read_at_the_precision_at_which_they_are_typed() {
        assert_eq!(at("2026").as_deref(), Some("2026-01-01T00:00:00Z"));
        assert_eq!(at("2026-02").as_deref(), Some("2026-02-01T00:00:00Z"));
        assert_eq!(at("2024-02-29").as_deref(), Some("2024-02-29T00:00:00Z"));
        assert_eq!(at("2026-02-01T10:00:00+01:00").as_deref(), Some("2026-02-01T09:00:00Z"));
        assert_eq!(at("2026-02-01t10:00:00z").as_deref(), Some("2026-02-01T10:00:00Z"));
    }

    #[test]
    fn ages_count_back_from_the_question() {
        assert_eq!(at("7d").as_deref(), Some("2026-03-03T12:30:00Z"));
        assert_eq!(at("2W").as_deref(), Some("2026-02-24T12:30:00Z"));
        assert_eq!(at("1y").as_deref(), Some("2025-03-10T12:30:00Z"));
        assert_eq!(at("today").as_deref(), Some("2026-03-10T00:00:00Z"));
        assert_eq!(at("Yesterday").as_deref(), Some("2026-03-09T00:00:00Z"));
    }

    #[test]
    fn what_is_no_date_is_none() {
        for text in ["", "d", "7", "7x", "2026-13", "2026-02-30", "26-01-01", "soon", "-7d", "٣d", "99999999999d", "é"] {
            assert_eq!(at(text), None, "{text}");
        }
    }
}
