//! Sorting: puts a batch of messages into threads. Pure: what the keys of the batch lead to goes in, what is to be
//! written comes out, each thread and each key once however many messages of the batch touched it.

use std::collections::{BTreeMap, HashMap};

use base::Timestamp;
use model::id::{MessageId, ThreadId};
use model::thread::{Found, Key, Keys, choose_thread};

/// Messages that are being sorted, and what has come of those before.
#[derive(Debug, Default)]
pub(crate) struct Sorting {
    found: HashMap<Key, ThreadId>,
    spans: HashMap<ThreadId, Span>,
    became: HashMap<ThreadId, ThreadId>,
    placed: Vec<Placed>,
    keys: Vec<Key>,
    recounts: Vec<ThreadId>,
}

/// From when to when a thread goes, and whether the store knows it.
#[derive(Clone, Copy, Debug)]
struct Span {
    first_at: Timestamp,
    last_at: Timestamp,
    stored: bool,
}

/// A message and the thread that it was put into.
#[derive(Clone, Debug)]
struct Placed {
    message: MessageId,
    thread: ThreadId,
    at: Timestamp,
    subject: String,
}

/// What is to be written.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    /// Threads and what they gain.
    pub(crate) gains: Vec<Gain>,
    /// Messages and their threads.
    pub(crate) placed: Vec<(MessageId, ThreadId)>,
    /// Threads of the store that turned out to belong to another: from, into.
    pub(crate) joins: Vec<(ThreadId, ThreadId)>,
    /// Keys and the threads that they lead to now.
    pub(crate) keys: Vec<(Key, ThreadId)>,
    /// Threads that have lost or changed messages.
    pub(crate) recounts: Vec<ThreadId>,
}

/// What a thread gains.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Gain {
    pub(crate) thread: ThreadId,
    /// It was not there before.
    pub(crate) new: bool,
    pub(crate) count: i64,
    /// When the first of the new messages was received, and its subject.
    pub(crate) first_at: Timestamp,
    pub(crate) subject: String,
    pub(crate) last_at: Timestamp,
}

impl Sorting {
    /// Begins with the threads that were found under any key that the batch's messages seek.
    pub(crate) fn new(found: impl IntoIterator<Item = Found>) -> Self {
        let mut sorting = Sorting::default();
        for one in found {
            sorting.found.insert(one.key, one.thread);
            sorting.spans.insert(one.thread, Span { first_at: one.first_at, last_at: one.last_at, stored: true });
        }
        sorting
    }

    /// Puts a message into the thread where it belongs.
    pub(crate) fn place(&mut self, message: MessageId, at: Timestamp, subject: &str, keys: &Keys) {
        let decision = choose_thread(keys, &self.found_under(keys));
        let thread = decision.thread.unwrap_or_else(|| ThreadId::sorted_by(at));
        let span = self.spans.entry(thread).or_insert(Span { first_at: at, last_at: at, stored: false });
        span.first_at = span.first_at.min(at);
        span.last_at = span.last_at.max(at);
        self.join(&decision.joins, thread);
        self.placed.push(Placed { message, thread, at, subject: subject.to_owned() });
        self.leave_keys(keys, thread);
    }

    /// Looks again at a message that is in `thread` and has changed: it may show now that other threads are the same.
    /// It never leaves its thread.
    pub(crate) fn reconsider(&mut self, thread: ThreadId, at: Timestamp, keys: &Keys) {
        let thread = self.resolve(thread);
        let span = *self.spans.entry(thread).or_insert(Span { first_at: at, last_at: at, stored: true });
        let mut found = self.found_under(keys);
        let own = keys.sought().next().map(|key| Found { key, thread, first_at: span.first_at.min(at), last_at: span.last_at.max(at) });
        found.extend(own);
        let decision = choose_thread(keys, &found);
        let stays = decision.thread.unwrap_or(thread);
        self.join(&decision.joins, stays);
        self.leave_keys(keys, stays);
        self.recounts.push(stays);
    }

    /// A message has left `thread`.
    pub(crate) fn lose(&mut self, thread: ThreadId) {
        self.recounts.push(thread);
    }

    fn found_under(&self, keys: &Keys) -> Vec<Found> {
        let found = |key: Key| {
            let thread = self.resolve(*self.found.get(&key)?);
            let span = self.spans.get(&thread)?;
            Some(Found { key, thread, first_at: span.first_at, last_at: span.last_at })
        };
        keys.sought().filter_map(found).collect()
    }

    fn join(&mut self, others: &[ThreadId], into: ThreadId) {
        for other in others {
            let Some(span) = self.spans.get(other).copied() else { continue };
            let whole = self.spans.entry(into).or_insert(span);
            whole.first_at = whole.first_at.min(span.first_at);
            whole.last_at = whole.last_at.max(span.last_at);
            self.became.insert(*other, into);
        }
    }

    fn leave_keys(&mut self, keys: &Keys, thread: ThreadId) {
        for key in keys.left() {
            if self.found.get(&key).map(|found| self.resolve(*found)) != Some(thread) {
                self.found.insert(key, thread);
                self.keys.push(key);
            }
        }
    }

    /// What a thread has become in this batch.
    fn resolve(&self, mut thread: ThreadId) -> ThreadId {
        while let Some(became) = self.became.get(&thread) {
            thread = *became;
        }
        thread
    }

    /// What is to be written.
    pub(crate) fn finish(self) -> Sorted {
        let mut gains: BTreeMap<ThreadId, Gain> = BTreeMap::new();
        let mut sorted = Sorted::default();
        for placed in &self.placed {
            let thread = self.resolve(placed.thread);
            sorted.placed.push((placed.message, thread));
            let new = self.spans.get(&thread).is_some_and(|span| !span.stored);
            let gain = gains.entry(thread).or_insert_with(|| Gain {
                thread,
                new,
                count: 0,
                first_at: placed.at,
                subject: placed.subject.clone(),
                last_at: placed.at,
            });
            gain.count += 1;
            gain.last_at = gain.last_at.max(placed.at);
            if placed.at < gain.first_at {
                gain.first_at = placed.at;
                gain.subject.clone_from(&placed.subject);
            }
        }
        sorted.gains = gains.into_values().collect();
        sorted.joins = self.became.keys().filter(|from| self.is_stored(**from)).map(|from| (*from, self.resolve(*from))).collect();
        sorted.joins.sort_unstable();
        sorted.keys = self.keys.iter().map(|key| (*key, self.resolve(self.found[key]))).collect();
        sorted.keys.sort_unstable();
        sorted.keys.dedup();
        sorted.recounts = self.recounts.iter().map(|thread| self.resolve(*thread)).collect();
        sorted.recounts.sort_unstable();
        sorted.recounts.dedup();
        sorted
    }

    fn is_stored(&self, thread: ThreadId) -> bool {
        self.spans.get(&thread).is_some_and(|span| span.stored)
    }
}

#[cfg(test)]
mod tests {
    use model::id::MailboxId;
    use model::thread::Facts;

    use super::*;

    fn at(day: i64) -> Timestamp {
        Timestamp::from_millis(1_700_000_000_000 + day * 86_400_000)
    }

    fn keys(id: &str, references: &[&str], day: i64) -> Keys {
        Keys::of(Facts {
            mailbox: MailboxId::from_number(1),
            at: at(day),
            internet_message_id: Some(id),
            in_reply_to: None,
            references,
            conversation_id: None,
            subject: "",
            author: None,
            recipients: &[],
        })
    }

    fn found(id: &str, thread: i64, day: i64) -> Found {
        Found { key: Key::of_message_id(id).unwrap(), thread: ThreadId::from_number(thread), first_at: at(day), last_at: at(day) }
    }

    fn message(number: i64) -> MessageId {
        MessageId::from_number(number)
    }

    #[test]
    fn a_thread_that_begins_in_the_batch_is_written_once() {
        let mut sorting = Sorting::new([]);
        sorting.place(message(2), at(2), "Re: Offer", &keys("<2>", &["<1>"], 2));
        sorting.place(message(1), at(1), "Offer", &keys("<1>", &[], 1));
        let sorted = sorting.finish();
        let [gain] = &sorted.gains[..] else { panic!("{:?}", sorted.gains) };
        assert_eq!((gain.new, gain.count, gain.first_at, gain.last_at, gain.subject.as_str()), (true, 2, at(1), at(2), "Offer"));
        assert_eq!(sorted.keys.len(), 2);
        assert!(sorted.placed.iter().all(|(_, thread)| *thread == gain.thread));
    }

    #[test]
    fn threads_of_the_store_become_one_and_new_ones_vanish_into_them() {
        let mut sorting = Sorting::new([found("<1>", 100, 1), found("<3>", 300, 3)]);
        sorting.place(message(5), at(5), "e", &keys("<5>", &["<4>"], 5));
        sorting.place(message(4), at(4), "d", &keys("<4>", &["<1>", "<3>"], 4));
        let sorted = sorting.finish();
        assert_eq!(sorted.joins, [(ThreadId::from_number(300), ThreadId::from_number(100))]);
        assert_eq!(sorted.gains.len(), 1);
        assert_eq!((sorted.gains[0].thread, sorted.gains[0].new, sorted.gains[0].count), (ThreadId::from_number(100), false, 2));
        assert!(sorted.keys.iter().all(|(_, thread)| *thread == ThreadId::from_number(100)));
    }

    #[test]
    fn a_message_that_changes_may_join_threads_and_never_leaves_its_own() {
        let mut sorting = Sorting::new([found("<1>", 100, 1)]);
        sorting.reconsider(ThreadId::from_number(200), at(2), &keys("<2>", &["<1>"], 2));
        let sorted = sorting.finish();
        assert_eq!(sorted.joins, [(ThreadId::from_number(200), ThreadId::from_number(100))]);
        assert_eq!(sorted.recounts, [ThreadId::from_number(100)]);
        assert!(sorted.placed.is_empty() && sorted.gains.is_empty());
    }
}
