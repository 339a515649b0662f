//! The journal of requests: what came, for which mailbox, what it met, how it ended.
//!
//! Promise: every arrival, each part of a batch included, has one entry in the order of arrival. The newest
//! [`ENTRIES_MAX`] are kept; the counts cover all. It holds no bodies and no tokens.

use std::collections::{BTreeMap, VecDeque};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How many entries are kept.
pub const ENTRIES_MAX: usize = 50_000;

/// Why a request was throttled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Cause {
    /// Too many at once for one app and mailbox.
    Concurrency,
    /// Too many in ten minutes for one app and mailbox.
    Rate,
    /// Too many bytes sent in five minutes.
    Upload,
    /// The fault schedule said so.
    Fault,
}

/// One request.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Entry {
    /// Its number, from 1, in order of arrival.
    pub number: u64,
    /// The batch request that it is a part of.
    pub batch: Option<u64>,
    /// When it arrived.
    pub at: Timestamp,
    /// The verb.
    pub method: String,
    /// Path and query as sent; of the identity platform the path alone.
    pub target: String,
    /// The calling app's client id.
    pub app: Option<String>,
    /// Object id of the mailbox's user.
    pub mailbox: Option<String>,
    /// Requests of this app to this mailbox that were under way when it arrived.
    pub in_flight: u32,
    /// What refused it, if it was throttled.
    pub throttled: Option<Cause>,
    /// Names of the faults that it met.
    pub faults: Vec<String>,
    /// How it was answered; `None` while under way or when the connection was cut.
    pub status: Option<u16>,
    /// The connection was cut.
    pub reset: bool,
}

/// Counts over everything since the start or the last [`Journal::clear`].
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Counts {
    /// Arrivals, batch parts included.
    pub requests: u64,
    /// Answers by status.
    pub by_status: BTreeMap<u16, u64>,
    /// Throttled requests by cause.
    pub throttled: BTreeMap<Cause, u64>,
    /// Connections cut.
    pub resets: u64,
    /// Faults met, by name.
    pub faults: BTreeMap<String, u64>,
    /// The most requests under way at once for any app and mailbox, the new one included.
    pub most_in_flight: u32,
}

/// The journal.
#[derive(Debug, Default)]
pub struct Journal {
    entries: VecDeque<Entry>,
    counts: Counts,
    last: u64,
}

impl Journal {
    /// Notes an arrival (whatever its `number` was) and gives its number.
    pub fn arrive(&mut self, mut entry: Entry) -> u64 {
        self.last += 1;
        entry.number = self.last;
        self.counts.requests += 1;
        if entry.mailbox.is_some() && entry.throttled.is_none() {
            self.counts.most_in_flight = self.counts.most_in_flight.max(entry.in_flight + 1);
        }
        if let Some(cause) = entry.throttled {
            *self.counts.throttled.entry(cause).or_default() += 1;
        }
        for fault in &entry.faults {
            *self.counts.faults.entry(fault.clone()).or_default() += 1;
        }
        if self.entries.len() == ENTRIES_MAX {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        self.last
    }

    /// Notes how a request was answered; `None` means that the connection was cut.
    pub fn settle(&mut self, number: u64, status: Option<u16>) {
        match status {
            Some(status) => *self.counts.by_status.entry(status).or_default() += 1,
            None => self.counts.resets += 1,
        }
        if let Some(entry) = self.entry_mut(number) {
            entry.status = status;
            entry.reset = status.is_none();
        }
    }

    /// Notes a fault that has no request of its own, such as a notification that is kept back.
    pub fn count_fault(&mut self, name: &str) {
        *self.counts.faults.entry(name.to_owned()).or_default() += 1;
    }

    /// The entries that are kept, oldest first.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = &Entry> {
        self.entries.iter()
    }

    /// The counts.
    pub fn counts(&self) -> &Counts {
        &self.counts
    }

    /// How many requests were throttled for that cause.
    pub fn throttled(&self, cause: Cause) -> u64 {
        self.counts.throttled.get(&cause).copied().unwrap_or_default()
    }

    /// Forgets entries and counts; the numbers go on.
    pub fn clear(&mut self) {
        self.entries.clear();
        self.counts = Counts::default();
    }

    fn entry_mut(&mut self, number: u64) -> Option<&mut Entry> {
        let first = self.entries.front()?.number;
        let index = usize::try_from(number.checked_sub(first)?).ok()?;
        self.entries.get_mut(index)
    }
}
