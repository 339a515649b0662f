//! What a sorted batch comes to: the statements that write it and the events that tell of it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use base::Timestamp;
use model::event::{EventKind, NewEvent};
use model::id::{MessageId, ThreadId, ThreadJoinId, ThreadNodeId, WorkspaceId};
use model::thread::{Key, Reason};
use serde_json::json;
use store::thread::{self, Place, Thread};
use store::thread_join::{self, Join};
use store::{Statement, due, ledger, work};

/// What a batch comes to. No thread twice in any list.
#[derive(Debug, Default)]
pub(crate) struct Sorted {
    /// Threads that were not there before.
    pub(crate) births: BTreeMap<ThreadId, Birth>,
    /// Nodes that were not there before, each with its thread.
    pub(crate) nodes: Vec<(ThreadNodeId, ThreadId)>,
    /// Each message with its thread, its node, the reason and its copy key.
    pub(crate) placed: Vec<(MessageId, ThreadId, ThreadNodeId, Reason, i64)>,
    /// Of threads that were there, the earliest message that came: when, and its subject.
    pub(crate) earliest: BTreeMap<ThreadId, (Timestamp, String)>,
    /// Threads of the store that have become others.
    pub(crate) merges: Vec<(ThreadId, ThreadId)>,
    pub(crate) edges: Vec<Edge>,
    pub(crate) keys: Vec<(Key, ThreadNodeId)>,
    /// Messages whose copy key may have changed.
    pub(crate) copies: Vec<(MessageId, i64)>,
    pub(crate) touches: BTreeMap<ThreadId, Touch>,
}

/// A thread that was not there before.
#[derive(Debug)]
pub(crate) struct Birth {
    pub(crate) first_at: Timestamp,
    pub(crate) last_at: Timestamp,
    pub(crate) subject: String,
    pub(crate) copies: BTreeSet<i64>,
}

impl Birth {
    pub(crate) fn of(at: Timestamp, subject: &str) -> Self {
        Birth { first_at: at, last_at: at, subject: subject.to_owned(), copies: BTreeSet::new() }
    }

    pub(crate) fn add(&mut self, at: Timestamp, subject: &str, copy_key: i64) {
        if at < self.first_at {
            self.first_at = at;
            subject.clone_into(&mut self.subject);
        }
        self.last_at = self.last_at.max(at);
        self.copies.insert(copy_key);
    }
}

/// Two nodes that are one thread, and which of their threads went into which.
#[derive(Clone, Debug)]
pub(crate) struct Edge {
    pub(crate) one: ThreadNodeId,
    pub(crate) other: ThreadNodeId,
    pub(crate) reason: Reason,
    pub(crate) message: MessageId,
    pub(crate) from: ThreadId,
    pub(crate) into: ThreadId,
    pub(crate) backfill: bool,
}

/// What happened to a thread.
#[derive(Debug)]
pub(crate) struct Touch {
    pub(crate) stored: bool,
    pub(crate) came: Vec<MessageId>,
    pub(crate) changed: Vec<MessageId>,
    pub(crate) left: Vec<MessageId>,
    /// Everything that touched it was found by a first sync.
    pub(crate) backfill: bool,
}

impl Touch {
    pub(crate) fn of(stored: bool) -> Self {
        Touch { stored, came: Vec::new(), changed: Vec::new(), left: Vec::new(), backfill: true }
    }
}

/// Everything that is to be written of a batch. `sizes` says how many messages those threads had that messages have left.
pub(crate) fn statements(workspace: WorkspaceId, at: Timestamp, sorted: &Sorted, sizes: &HashMap<ThreadId, i64>) -> Vec<Statement> {
    let mut statements = Vec::with_capacity(sorted.placed.len() * 5 + 8);
    for (id, birth) in &sorted.births {
        let count = i64::try_from(birth.copies.len()).expect("a batch is small");
        let Birth { first_at, last_at, ref subject, .. } = *birth;
        let born = Thread { id: *id, workspace, subject: subject.clone(), first_at, last_at, message_count: count, version: 1 };
        statements.push(thread::insert(&born));
    }
    statements.extend(sorted.nodes.iter().map(|(node, thread)| thread::insert_node(workspace, *node, *thread)));
    for (message, thread, node, reason, copy_key) in &sorted.placed {
        statements.push(thread::put(*message, Place { thread: *thread, node: *node, reason: *reason, copy_key: *copy_key }));
    }
    statements.extend(sorted.copies.iter().map(|(message, copy_key)| thread::set_copy_key(*message, *copy_key)));
    statements.extend(sorted.earliest.iter().map(|(thread, (first_at, subject))| thread::set_subject(*thread, subject, *first_at)));
    statements.extend(sorted.merges.iter().flat_map(|(from, into)| thread::merge(*from, *into)));
    statements.extend(sorted.keys.iter().map(|(key, node)| thread::put_key(workspace, *key, *node)));
    let joins: Vec<Join> = sorted.edges.iter().map(|edge| join(workspace, at, edge)).collect();
    statements.extend(joins.iter().map(thread_join::insert));
    statements.extend(endings(sorted, sizes));
    let events = events(sorted, &joins, sizes);
    statements.extend(tell(workspace, at, &events));
    statements
}

/// Appends events about threads and makes those due who wait for them; nothing for no events.
pub(crate) fn tell(workspace: WorkspaceId, at: Timestamp, events: &[NewEvent]) -> Vec<Statement> {
    if events.is_empty() {
        return Vec::new();
    }
    let key = workspace.to_string();
    let wake = [due::DECIDE_CUSTOMERS, due::DECIDE_ANNOUNCE].map(|kind| work::mark_due(kind, &key, work::Lane::Notified, at));
    wake.into_iter().chain(ledger::append_of_workspace(workspace, at, events)).collect()
}

fn join(workspace: WorkspaceId, at: Timestamp, edge: &Edge) -> Join {
    let Edge { one, other, reason, message, .. } = *edge;
    Join {
        id: ThreadJoinId::new(at),
        workspace,
        one,
        other,
        message: Some(message),
        reason,
        actor: None,
        at,
        undone_at: None,
        undone_by: None,
    }
}

impl Sorted {
    fn is_empty_now(&self, thread: ThreadId, touch: &Touch, sizes: &HashMap<ThreadId, i64>) -> bool {
        let merged = self.merges.iter().any(|(_, into)| *into == thread);
        let left = i64::try_from(touch.left.len()).expect("a batch is small");
        !touch.left.is_empty() && touch.came.is_empty() && !merged && sizes.get(&thread).copied().unwrap_or(0) <= left
    }
}

/// Messages that are gone leave, threads are counted again, and those without a message are forgotten.
fn endings(sorted: &Sorted, sizes: &HashMap<ThreadId, i64>) -> Vec<Statement> {
    let gone: Vec<MessageId> = sorted.touches.values().flat_map(|touch| touch.left.iter().copied()).collect();
    let mut statements = Vec::new();
    if !gone.is_empty() {
        statements.push(thread::lose(&gone));
    }
    let mut changed: BTreeSet<ThreadId> = sorted.merges.iter().map(|(_, into)| *into).collect();
    for (id, touch) in sorted.touches.iter().filter(|(_, touch)| touch.stored) {
        if sorted.is_empty_now(*id, touch, sizes) {
            statements.extend(thread::forget(*id));
        } else {
            changed.insert(*id);
        }
    }
    let changed: Vec<ThreadId> = changed.into_iter().collect();
    if !changed.is_empty() {
        statements.push(thread::recount(&changed));
    }
    statements
}

/// One event for each thread that was touched, and one for each that became part of another.
fn events(sorted: &Sorted, joins: &[Join], sizes: &HashMap<ThreadId, i64>) -> Vec<NewEvent> {
    let mut events = Vec::with_capacity(sorted.touches.len());
    for (edge, join) in sorted.edges.iter().zip(joins) {
        if let Some((from, into)) = sorted.merges.iter().find(|(from, _)| *from == edge.from) {
            let data = json!({ "from": from, "join": join.id, "reason": edge.reason.name(), "message": edge.message });
            events.push(NewEvent { kind: EventKind::ThreadJoined, subject: into.number(), backfill: edge.backfill, data });
        }
    }
    for (thread, touch) in &sorted.touches {
        let messages: Vec<MessageId> = touch.came.iter().chain(&touch.changed).copied().collect();
        let (kind, data) = if touch.stored {
            let empty = sorted.is_empty_now(*thread, touch, sizes);
            (EventKind::ThreadChanged, json!({ "messages": messages, "left": touch.left, "empty": empty }))
        } else {
            (EventKind::ThreadCreated, json!({ "messages": messages }))
        };
        events.push(NewEvent { kind, subject: thread.number(), backfill: touch.backfill, data });
    }
    events
}
