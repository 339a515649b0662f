//! The change log of one calendar, from which the rounds of its delta are read.
//!
//! Each line keeps the event as it was before, so that a round can tell which instances a window has lost, whatever the
//! window is. A bounded ring: a token that is older than the ring has expired (reference: Graph, section 4.2).

use std::collections::VecDeque;
use std::sync::Arc;

use super::event::Event;
use crate::mailbox::message::ItemNumber;

/// One line.
#[derive(Debug, Clone)]
pub struct EventLine {
    /// The event.
    pub item: ItemNumber,
    /// The event before the change; `None` when it is new.
    pub before: Option<Arc<Event>>,
}

/// The log of one calendar. Numbers start at 1; number 0 is "before anything".
#[derive(Debug, Clone, Default)]
pub struct EventLog {
    lines: VecDeque<EventLine>,
    dropped: u64,
}

impl EventLog {
    /// Appends a line and gives its number; drops the oldest beyond `length_max`.
    pub fn append(&mut self, line: EventLine, length_max: usize) -> u64 {
        self.lines.push_back(line);
        while self.lines.len() > length_max {
            self.lines.pop_front();
            self.dropped += 1;
        }
        self.last()
    }

    /// The number of the newest line.
    pub fn last(&self) -> u64 {
        self.dropped + self.lines.len() as u64
    }

    /// The oldest number that a token may still hold.
    pub fn oldest_token(&self) -> u64 {
        self.dropped
    }

    /// The lines after `seen` up to and with `end`, oldest first.
    pub fn between(&self, seen: u64, end: u64) -> impl Iterator<Item = &EventLine> {
        let place = |number: u64| usize::try_from(number.saturating_sub(self.dropped)).unwrap_or(usize::MAX).min(self.lines.len());
        self.lines.range(place(seen)..place(end).max(place(seen)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_reads_what_came_after_it_up_to_the_end_of_its_round() {
        let mut log = EventLog::default();
        for number in 1..=6 {
            log.append(EventLine { item: ItemNumber(number), before: None }, 4);
        }
        assert_eq!((log.oldest_token(), log.last()), (2, 6));
        let items: Vec<u32> = log.between(3, 5).map(|line| line.item.0).collect();
        assert_eq!(items, [4, 5]);
        assert_eq!(log.between(6, 6).count(), 0);
    }
}
