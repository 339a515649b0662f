//! Sorting: a batch of messages into nodes and threads, in memory, and what is to be written of it.
//!
//! The rules are `model::thread`'s. Here they meet the batch: a thread that begins in it is found by the next message
//! of it, threads that become one are one for the rest of it, and what a person keeps apart stays apart.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap};

use base::Timestamp;
use model::id::{MessageId, ThreadId, ThreadNodeId};
use model::thread::{Brief, Found, Key, Keys, Reason, choose_node};
use store::thread_join::Apart;

use crate::sorted::{Birth, Edge, Sorted, Touch};

/// A batch on its way.
#[derive(Debug, Default)]
pub(crate) struct Sorting {
    found: HashMap<Key, ThreadNodeId>,
    /// The thread that a node was in, before the batch joined anything.
    threads: HashMap<ThreadNodeId, ThreadId>,
    spans: HashMap<ThreadId, Span>,
    became: HashMap<ThreadId, ThreadId>,
    apart: Vec<(ThreadNodeId, ThreadNodeId)>,
    briefs: HashMap<ThreadNodeId, Vec<Brief>>,
    keys: Vec<Key>,
    placed: Vec<Placed>,
    edges: Vec<Edge>,
    nodes: Vec<ThreadNodeId>,
    copies: Vec<(MessageId, i64)>,
    touches: Vec<(ThreadId, MessageId, Touched, bool)>,
}

#[derive(Clone, Copy, Debug)]
struct Span {
    first_at: Timestamp,
    last_at: Timestamp,
    stored: bool,
}

#[derive(Debug)]
struct Placed {
    message: MessageId,
    node: ThreadNodeId,
    reason: Reason,
    copy_key: i64,
    at: Timestamp,
    subject: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Touched {
    Came,
    Changed,
    Left,
}

/// A message that is to be placed or looked at again.
#[derive(Debug)]
pub(crate) struct Mail<'a> {
    pub(crate) message: MessageId,
    pub(crate) at: Timestamp,
    /// Its base subject.
    pub(crate) subject: &'a str,
    pub(crate) keys: &'a Keys,
    pub(crate) brief: &'a Brief,
    pub(crate) copy_key: i64,
    pub(crate) backfill: bool,
}

impl Sorting {
    /// Begins with the nodes that were found under any key that the batch's messages seek, and what is kept apart of
    /// their threads.
    pub(crate) fn new(found: impl IntoIterator<Item = Found>, apart: &[Apart]) -> Self {
        let mut sorting = Sorting::default();
        for one in found {
            sorting.found.insert(one.key, one.node);
            sorting.threads.insert(one.node, one.thread);
            sorting.spans.insert(one.thread, Span { first_at: one.first_at, last_at: one.last_at, stored: true });
        }
        for ((one, thread_of_one), (other, thread_of_other)) in apart {
            sorting.threads.insert(*one, *thread_of_one);
            sorting.threads.insert(*other, *thread_of_other);
            sorting.apart.push((*one, *other));
        }
        sorting
    }

    /// Remembers a mail that is in a node already.
    pub(crate) fn recall(&mut self, node: ThreadNodeId, brief: Brief) {
        self.briefs.entry(node).or_default().push(brief);
    }

    /// Puts a message where it belongs.
    pub(crate) fn place(&mut self, mail: &Mail<'_>) {
        let decision = choose_node(mail.keys, &self.found_under(mail.keys), |node| self.is_related(node, mail.brief));
        let node = decision.node.unwrap_or_else(|| self.open_node(mail.at));
        let thread = self.thread_of(node);
        self.widen(thread, mail.at);
        for (other, reason) in decision.joins {
            self.join(node, other, reason, mail);
        }
        let Mail { message, at, copy_key, .. } = *mail;
        self.placed.push(Placed { message, node, reason: decision.reason, copy_key, at, subject: mail.subject.to_owned() });
        self.touches.push((thread, message, Touched::Came, mail.backfill));
        self.recall(node, mail.brief.clone());
        self.leave_keys(mail.keys, node);
    }

    /// Looks again at a message that is in a node and has changed: it may show now that other threads are the same. It
    /// never leaves its node.
    pub(crate) fn reconsider(&mut self, place: (ThreadId, ThreadNodeId), mail: &Mail<'_>) {
        let (stored, node) = place;
        self.threads.insert(node, stored);
        self.spans.entry(stored).or_insert(Span { first_at: mail.at, last_at: mail.at, stored: true });
        let thread = self.thread_of(node);
        let found: Vec<Found> = self.found_under(mail.keys).into_iter().filter(|found| found.thread != thread).collect();
        let decision = choose_node(mail.keys, &found, |node| self.is_related(node, mail.brief));
        let reference = decision.node.map(|node| (node, Reason::Reference));
        for (other, reason) in reference.into_iter().chain(decision.joins).filter(|(_, reason)| *reason != Reason::Subject) {
            self.join(node, other, reason, mail);
        }
        self.copies.push((mail.message, mail.copy_key));
        self.touches.push((thread, mail.message, Touched::Changed, mail.backfill));
        self.leave_keys(mail.keys, node);
    }

    /// A message has left `thread`.
    pub(crate) fn lose(&mut self, thread: ThreadId, message: MessageId, backfill: bool) {
        self.touches.push((thread, message, Touched::Left, backfill));
    }

    fn open_node(&mut self, at: Timestamp) -> ThreadNodeId {
        let node = ThreadNodeId::sorted_by(at);
        let thread = ThreadId::from_number(node.number());
        self.threads.insert(node, thread);
        self.spans.insert(thread, Span { first_at: at, last_at: at, stored: false });
        self.nodes.push(node);
        node
    }

    /// Whether the thread of a node holds a mail that this one could answer, or that could answer it.
    fn is_related(&self, node: ThreadNodeId, brief: &Brief) -> bool {
        let thread = self.thread_of(node);
        let mut briefs = self.briefs.iter().filter(|(node, _)| self.thread_of(**node) == thread).flat_map(|(_, briefs)| briefs);
        briefs.any(|other| other.is_related(brief))
    }

    fn found_under(&self, keys: &Keys) -> Vec<Found> {
        let found = |key: Key| {
            let node = *self.found.get(&key)?;
            let thread = self.thread_of(node);
            let span = self.spans.get(&thread)?;
            Some(Found { key, node, thread, first_at: span.first_at, last_at: span.last_at })
        };
        keys.sought().filter_map(found).collect()
    }

    fn widen(&mut self, thread: ThreadId, at: Timestamp) {
        if let Some(span) = self.spans.get_mut(&thread) {
            span.first_at = span.first_at.min(at);
            span.last_at = span.last_at.max(at);
        }
    }

    /// Makes the threads of two nodes one, unless a person keeps them apart. Of two stored threads the older stays, of a
    /// stored and a new one the stored.
    fn join(&mut self, node: ThreadNodeId, other: ThreadNodeId, reason: Reason, mail: &Mail<'_>) {
        let (one, two) = (self.thread_of(node), self.thread_of(other));
        if one == two || self.are_apart(one, two) {
            return;
        }
        let is_new = |thread: &ThreadId| self.spans.get(thread).is_some_and(|span| !span.stored);
        let stays = [one, two].into_iter().min_by_key(|thread| (is_new(thread), *thread)).expect("there are two");
        let goes = if stays == one { two } else { one };
        if let Some(span) = self.spans.get(&goes).copied() {
            self.widen(stays, span.first_at);
            self.widen(stays, span.last_at);
        }
        self.became.insert(goes, stays);
        self.edges.push(Edge { one: node, other, reason, message: mail.message, from: goes, into: stays, backfill: mail.backfill });
    }

    fn are_apart(&self, one: ThreadId, two: ThreadId) -> bool {
        self.apart.iter().any(|(left, right)| {
            let (left, right) = (self.thread_of(*left), self.thread_of(*right));
            (left, right) == (one, two) || (left, right) == (two, one)
        })
    }

    /// A Message-ID leads to where it was first met; a conversation or a subject to the thread that had it last.
    fn leave_keys(&mut self, keys: &Keys, node: ThreadNodeId) {
        let thread = self.thread_of(node);
        for key in keys.names() {
            if let Entry::Vacant(vacant) = self.found.entry(key) {
                vacant.insert(node);
                self.keys.push(key);
            }
        }
        for key in keys.hints() {
            if self.found.get(&key).map(|found| self.thread_of(*found)) != Some(thread) {
                self.found.insert(key, node);
                self.keys.push(key);
            }
        }
    }

    /// The thread that a node is in, after what the batch has joined.
    fn thread_of(&self, node: ThreadNodeId) -> ThreadId {
        self.resolve(self.threads.get(&node).copied().unwrap_or_else(|| ThreadId::from_number(node.number())))
    }

    fn resolve(&self, mut thread: ThreadId) -> ThreadId {
        while let Some(became) = self.became.get(&thread) {
            thread = *became;
        }
        thread
    }

    fn is_stored(&self, thread: ThreadId) -> bool {
        self.spans.get(&thread).is_none_or(|span| span.stored)
    }

    /// What is to be written.
    pub(crate) fn finish(mut self) -> Sorted {
        let mut sorted = Sorted { touches: self.touched(), ..Sorted::default() };
        for placed in &self.placed {
            let thread = self.thread_of(placed.node);
            sorted.placed.push((placed.message, thread, placed.node, placed.reason, placed.copy_key));
            if self.is_stored(thread) {
                let earliest = sorted.earliest.entry(thread).or_insert_with(|| (placed.at, placed.subject.clone()));
                if placed.at < earliest.0 {
                    *earliest = (placed.at, placed.subject.clone());
                }
            } else {
                let birth = sorted.births.entry(thread).or_insert_with(|| Birth::of(placed.at, &placed.subject));
                birth.add(placed.at, &placed.subject, placed.copy_key);
            }
        }
        sorted.nodes = self.nodes.iter().map(|node| (*node, self.thread_of(*node))).collect();
        sorted.merges =
            self.edges.iter().filter(|edge| self.is_stored(edge.from)).map(|edge| (edge.from, self.resolve(edge.into))).collect();
        self.keys.sort_unstable();
        self.keys.dedup();
        sorted.keys = self.keys.iter().map(|key| (*key, self.found[key])).collect();
        sorted.copies = self.copies;
        sorted.edges = self.edges;
        sorted
    }

    fn touched(&self) -> BTreeMap<ThreadId, Touch> {
        let mut touches: BTreeMap<ThreadId, Touch> = BTreeMap::new();
        for (thread, message, touched, backfill) in &self.touches {
            let thread = self.resolve(*thread);
            let touch = touches.entry(thread).or_insert_with(|| Touch::of(self.is_stored(thread)));
            match touched {
                Touched::Came => touch.came.push(*message),
                Touched::Changed => touch.changed.push(*message),
                Touched::Left => touch.left.push(*message),
            }
            touch.backfill &= backfill;
        }
        touches
    }
}
