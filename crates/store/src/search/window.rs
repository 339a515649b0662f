//! Windows: stretches of time as terms of the index. Only for PostgreSQL.
//!
//! A GIN index knows no order: asked for a word that stands in half of all messages it would gather all of them to give
//! the newest fifty. So each message also stands under its day and under two sizes of blocks of days, and a search goes
//! back in windows, each as long as the one before it lets expect is needed; of the lists that must all have a message GIN
//! walks only the shortest, and that is the window's. Pure.

use base::Timestamp;
use model::id::MessageId;

const SECONDS_A_DAY: i64 = 86_400;
/// The sizes of blocks in days, each with its mark.
const BLOCKS: [(i64, &str); 3] = [(1024, "_z"), (32, "_y"), (1, "_x")];
/// How much longer a window can be than the one before it; and where that had matches, so that it is known how rare they are.
const GROWTH: i64 = 8;
const GROWTH_KNOWN: i64 = 32;

/// The terms of a message's blocks, with a blank before each.
pub(super) fn terms_of(message: MessageId) -> String {
    let day = day_of(message.number());
    BLOCKS.iter().map(|(days, mark)| format!(" {mark}{}", day / days)).collect()
}

fn day_of(id: i64) -> i64 {
    MessageId::from_number(id).second().seconds() / SECONDS_A_DAY
}

/// A stretch of days that a search looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    /// The first day.
    first: i64,
    /// The last day.
    last: i64,
}

impl Window {
    /// The window of a message's day.
    pub(super) fn day_of(message: MessageId) -> Self {
        let day = day_of(message.number());
        Window { first: day, last: day }
    }

    /// The window from the day of one id to the day of another.
    pub(super) fn between(from: i64, to: i64) -> Self {
        Window { first: day_of(from), last: day_of(to) }
    }

    /// The same without what is before the day of this message.
    pub(super) fn from(self, message: MessageId) -> Self {
        Window { first: day_of(message.number()).clamp(self.first, self.last), last: self.last }
    }

    /// As many days, of which the day of this message, that is not behind its end, is the last.
    pub(super) fn until(self, message: MessageId) -> Self {
        let earlier = self.last - day_of(message.number());
        Window { first: (self.first - earlier).max(0), last: self.last - earlier }
    }

    /// As many times as long as a window can be than the one before it.
    pub(super) fn longest(self) -> Self {
        Window { first: (self.last + 1 - (self.last + 1 - self.first) * GROWTH_KNOWN).max(0), last: self.last }
    }

    pub(super) fn is_more_than_a_day(self) -> bool {
        self.first < self.last
    }

    /// The next window back in time, in which `wanted` more may be expected after this one gave `found`. `stopped_at` is
    /// the last of them if there may be more in this window. `None` if this one began with time itself.
    pub(super) fn next(self, found: usize, stopped_at: Option<MessageId>, wanted: usize) -> Option<Self> {
        let reached = stopped_at.map_or(self.first, |message| day_of(message.number()));
        let last = if stopped_at.is_some() { reached } else { reached - 1 };
        let length = self.last - self.first + 1;
        let looked_at = (self.last - reached + 1) as f64;
        // A quarter more, so that a day with little mail does not cost one more question.
        let days = (looked_at * 1.25 * wanted as f64 / found as f64).ceil();
        let days = if found == 0 { length * GROWTH } else { (days as i64).clamp(1, length * GROWTH_KNOWN) };
        (last >= 0).then(|| Window { first: (last - days + 1).max(0), last })
    }

    /// The smallest id that a message of this window can have.
    pub(super) fn floor(self) -> i64 {
        MessageId::first_at(Timestamp::from_millis(self.first * SECONDS_A_DAY * 1000)).number()
    }

    /// The smallest id that is behind all messages of this window.
    pub(super) fn ceiling(self) -> i64 {
        MessageId::first_at(Timestamp::from_millis((self.last + 1) * SECONDS_A_DAY * 1000)).number()
    }

    /// The terms under one of which each of its messages stands, and no other message.
    pub(super) fn terms(self) -> Vec<String> {
        let mut terms = Vec::new();
        let mut day = self.first;
        while day <= self.last {
            let fits = |days: &i64| day % days == 0 && day + days - 1 <= self.last;
            let (days, mark) = BLOCKS.iter().find(|(days, _)| fits(days)).expect("a day fits into itself");
            terms.push(format!("{mark}{}", day / days));
            day += days;
        }
        terms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(day: i64, second: i64) -> MessageId {
        MessageId::from_number(((day * SECONDS_A_DAY + second) << 31) | 5)
    }

    #[test]
    fn the_terms_of_a_window_are_those_of_its_days_and_of_no_other() {
        for (first, last) in [(0, 0), (5, 70), (1000, 3100), (1024, 2047), (31, 32), (20_000, 20_600)] {
            let terms = Window { first, last }.terms();
            for day in (first - 40).max(0)..last + 40 {
                let of = terms_of(id(day, 86_399));
                let met = of.split_whitespace().filter(|term| terms.iter().any(|wanted| wanted == term)).count();
                assert_eq!(met, usize::from((first..=last).contains(&day)), "{first}..={last}: {day}");
            }
        }
    }

    #[test]
    fn windows_go_back_to_the_beginning_without_a_gap() {
        // However many each gives, and wherever it stops.
        for found in [0, 1, 7, 500] {
            let mut window = Window::day_of(id(20_000, 0));
            assert_eq!((window.first, window.last), (20_000, 20_000));
            for turn in 0.. {
                assert!(window.floor() <= id(window.first, 0).number());
                let stopped_at = (turn % 3 == 0).then(|| id(i64::midpoint(window.first, window.last), 5));
                let Some(next) = window.next(found, stopped_at, 100) else { break };
                let reached = stopped_at.map_or(window.first - 1, |message| day_of(message.number()));
                assert_eq!(next.last, reached, "found {found}");
                assert!(next.first <= next.last && next.first >= 0);
                window = next;
            }
            assert_eq!(window.first, 0, "found {found}");
        }
    }

    #[test]
    fn a_window_is_as_long_as_is_needed() {
        let window = Window { first: 1000, last: 1009 };
        let days = |found, stopped_at, wanted| window.next(found, stopped_at, wanted).map(|next| next.last - next.first + 1);
        assert_eq!(days(100, None, 40), Some(5), "ten a day: four days, and a quarter more");
        assert_eq!(days(100, Some(id(1009, 3)), 400), Some(5), "a hundred on one day");
        assert_eq!(days(1, None, 500), Some(320), "never more than 32 times as long");
        assert_eq!(days(0, None, 1), Some(80), "without a match eight times");
        assert_eq!(days(100_000, None, 1), Some(1), "and a day at least");
    }

    #[test]
    fn a_window_can_be_taken_back_to_an_earlier_message() {
        let window = Window { first: 1000, last: 1009 };
        assert!(id(1009, 86_399).number() < window.ceiling() && window.ceiling() <= id(1010, 0).number());
        assert_eq!(window.until(id(1009, 5)), window);
        assert_eq!(window.until(id(902, 5)), Window { first: 893, last: 902 });
        assert_eq!(window.until(id(4, 5)), Window { first: 0, last: 4 }, "time begins with day 0");
    }
}
