//! Windows: stretches of time as terms of the index. Only for PostgreSQL.
//!
//! A GIN index knows no order: asked for a word that stands in half of all messages it would gather all of them to give
//! the newest fifty. So each message also stands under its day and under two sizes of blocks of days, and a search goes
//! back in windows that grow until they hold enough; of three lists that must all have a message GIN walks only the
//! shortest. Pure.

use base::Timestamp;
use model::id::MessageId;

const SECONDS_A_DAY: i64 = 86_400;
/// The sizes of blocks in days, each with its mark.
const BLOCKS: [(i64, &str); 3] = [(1024, "_z"), (32, "_y"), (1, "_x")];
/// How much longer each window is than the one before it.
const GROWTH: i64 = 8;

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
    pub(super) first: i64,
    /// The last day.
    last: i64,
}

impl Window {
    /// The window of a day before the message `below`.
    pub(super) fn before(below: i64) -> Self {
        let last = day_of((below - 1).max(0));
        Window { first: last, last }
    }

    /// The window from the day of one id to the day of another.
    pub(super) fn between(from: i64, to: i64) -> Self {
        Window { first: day_of(from), last: day_of(to) }
    }

    /// The next window back in time, longer than this one. `None` if this one began with time itself.
    pub(super) fn earlier(self) -> Option<Self> {
        let days = (self.last - self.first + 1) * GROWTH;
        (self.first > 0).then(|| Window { first: (self.first - days).max(0), last: self.first - 1 })
    }

    /// The smallest id that a message of this window can have.
    pub(super) fn floor(self) -> i64 {
        MessageId::first_at(Timestamp::from_millis(self.first * SECONDS_A_DAY * 1000)).number()
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
        let mut window = Window::before(id(20_000, 0).number());
        let mut days = 0;
        loop {
            days += window.last - window.first + 1;
            assert!(window.floor() <= id(window.first, 0).number());
            let Some(earlier) = window.earlier() else { break };
            assert_eq!(earlier.last + 1, window.first);
            window = earlier;
        }
        assert_eq!((window.first, days), (0, 20_001));
    }
}
