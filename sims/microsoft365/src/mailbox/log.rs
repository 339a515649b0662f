//! The change log of one folder, from which delta rounds are read.
//!
//! A bounded ring of entries with consecutive numbers: a token holds the number it has seen, the next
//! round reads from there. When the ring has dropped the number, the token has expired by eviction
//! (reference: Graph, section 4.2).

use std::collections::VecDeque;

use super::message::ItemNumber;

/// One line of a folder's log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogEntry {
    /// The message.
    pub item: ItemNumber,
    /// The stay of the message in this folder that the line is about.
    pub stay: u32,
    /// What was written down.
    pub kind: LogKind,
}

/// What a line of the log says; the state itself is read from the message when a page is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogKind {
    /// The message came in or changed.
    Present,
    /// The message left the folder.
    Removed,
}

/// The log of one folder. Numbers start at 1; number 0 is "before anything".
#[derive(Debug, Clone, Default)]
pub struct ChangeLog {
    entries: VecDeque<LogEntry>,
    dropped: u64,
}

impl ChangeLog {
    /// Appends a line and returns its number; drops the oldest line beyond `length_max`.
    pub fn append(&mut self, entry: LogEntry, length_max: usize) -> u64 {
        self.entries.push_back(entry);
        while self.entries.len() > length_max {
            self.entries.pop_front();
            self.dropped += 1;
        }
        self.last()
    }

    /// The number of the newest line, 0 when there never was one.
    pub fn last(&self) -> u64 {
        self.dropped + self.entries.len() as u64
    }

    /// The oldest number that a token may still hold.
    pub fn oldest_token(&self) -> u64 {
        self.dropped
    }

    /// The lines after `seen`, with their numbers, oldest first.
    pub fn after(&self, seen: u64) -> impl Iterator<Item = (u64, LogEntry)> + '_ {
        let skip = usize::try_from(seen.saturating_sub(self.dropped)).unwrap_or(usize::MAX);
        let first = self.dropped + skip as u64 + 1;
        let lines = self.entries.range(skip.min(self.entries.len())..);
        lines.enumerate().map(move |(place, entry)| (first + place as u64, *entry))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(item: u32) -> LogEntry {
        LogEntry { item: ItemNumber(item), stay: 0, kind: LogKind::Present }
    }

    #[test]
    fn a_token_reads_exactly_what_came_after_it() {
        let mut log = ChangeLog::default();
        for item in 1..=5 {
            log.append(line(item), 100);
        }
        let seen: Vec<_> = log.after(3).map(|(number, entry)| (number, entry.item.0)).collect();
        assert_eq!(seen, [(4, 4), (5, 5)]);
        assert_eq!(log.after(5).count(), 0);
    }

    #[test]
    fn old_lines_are_dropped_and_numbers_go_on() {
        let mut log = ChangeLog::default();
        for item in 1..=10 {
            log.append(line(item), 4);
        }
        assert_eq!((log.oldest_token(), log.last()), (6, 10));
        let seen: Vec<_> = log.after(6).map(|(number, entry)| (number, entry.item.0)).collect();
        assert_eq!(seen, [(7, 7), (8, 8), (9, 9), (10, 10)]);
    }
}
