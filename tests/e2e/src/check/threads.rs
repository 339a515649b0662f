//! What must be true of threads when all is quiet: every message is in exactly one, each is connected by its joins and
//! counted right, and the ledger's events about threads give the same threads.

use std::collections::{BTreeMap, BTreeSet};

use model::event::{Event, EventKind};
use model::id::{MessageId, ThreadId, ThreadNodeId};
use store::message::Mirrored;
use store::thread::{self, Thread};
use store::{ledger, message, thread_join};

use crate::world::{WORKSPACE, World};

type Threads = BTreeMap<ThreadId, BTreeSet<MessageId>>;

/// Adds to `wrong` what is wrong, in words.
pub(crate) async fn check(world: &World, present: &BTreeMap<MessageId, Option<ThreadId>>, wrong: &mut Vec<String>) {
    let db = &world.house.db;
    let mut there = Threads::new();
    for thread in thread::list(db, WORKSPACE, None, 100_000).await.expect("threads are listed") {
        let messages = message::in_thread(db, thread.id, 100_000).await.expect("messages are listed");
        there.insert(thread.id, messages.iter().map(|found| found.message.id).collect());
        check_figures(&thread, &messages, wrong);
        check_nodes(world, &thread, &messages, wrong).await;
    }
    for (id, thread) in present {
        if !thread.is_some_and(|thread| there.get(&thread).is_some_and(|messages| messages.contains(id))) {
            wrong.push(format!("{id} is said to be in {thread:?}, which does not have it"));
        }
    }
    let in_threads: usize = there.values().map(BTreeSet::len).sum();
    if in_threads != present.len() {
        wrong.push(format!("{in_threads} messages are in threads, {} in mailboxes", present.len()));
    }
    let events = ledger::read(db, WORKSPACE, 0, 1_000_000).await.expect("the ledger is read");
    match told(&events) {
        Ok(told) if told == there => {}
        Ok(told) => wrong.push(format!("the ledger tells of other threads: {told:?}, there are {there:?}")),
        Err(what) => wrong.push(format!("the ledger's story of threads does not hold: {what}")),
    }
}

fn check_figures(thread: &Thread, messages: &[Mirrored], wrong: &mut Vec<String>) {
    let mails: BTreeSet<_> = messages.iter().map(|found| found.copy_key).collect();
    let times = || messages.iter().map(|found| found.message.received_at);
    let right = (i64::try_from(mails.len()).expect("few"), times().min(), times().max());
    let said = (thread.message_count, Some(thread.first_at), Some(thread.last_at));
    if right != said || mails.contains(&None) {
        wrong.push(format!("{} says {said:?}, its messages say {right:?}", thread.id));
    }
}

/// A thread's nodes are a tree by its joins, it bears the id of one of them, and each message is in one of them.
async fn check_nodes(world: &World, thread: &Thread, messages: &[Mirrored], wrong: &mut Vec<String>) {
    let db = &world.house.db;
    let nodes: BTreeSet<ThreadNodeId> = thread::nodes(db, thread.id).await.expect("nodes are listed").into_iter().collect();
    let joins = thread_join::of_thread(db, thread.id).await.expect("joins are listed");
    let mut reached = BTreeSet::from([ThreadNodeId::from_number(thread.id.number())]);
    for _ in 0..joins.len() {
        for join in &joins {
            if reached.contains(&join.one) || reached.contains(&join.other) {
                reached.extend([join.one, join.other]);
            }
        }
    }
    if reached != nodes || joins.len() + 1 != nodes.len() {
        wrong.push(format!("{} has the nodes {nodes:?}, of which {} joins reach {reached:?}", thread.id, joins.len()));
    }
    for found in messages.iter().filter(|found| !found.node.is_some_and(|node| nodes.contains(&node))) {
        wrong.push(format!("{} is in {}, but in {:?}, which is no node of it", found.message.id, thread.id, found.node));
    }
}

/// The threads that somebody knows who only reads the ledger.
fn told(events: &[Event]) -> Result<Threads, String> {
    let mut threads = Threads::new();
    for event in events {
        let id = ThreadId::from_number(event.subject);
        let messages = || ids(event, "messages");
        let unknown = || format!("{} of a thread that is not there: {id}", event.kind.name());
        match event.kind {
            EventKind::ThreadCreated if threads.contains_key(&id) => return Err(format!("{id} was created twice")),
            EventKind::ThreadCreated => drop(threads.insert(id, messages())),
            EventKind::ThreadChanged => {
                let thread = threads.get_mut(&id).ok_or_else(unknown)?;
                thread.extend(messages());
                thread.retain(|message| !ids(event, "left").contains(message));
                if thread.is_empty() != (event.data["empty"] == true) {
                    return Err(format!("{id} is said to be empty or not, wrongly"));
                }
                if thread.is_empty() {
                    threads.remove(&id);
                }
            }
            EventKind::ThreadJoined => {
                let gone = threads.remove(&other(event, "from")?).ok_or_else(unknown)?;
                threads.get_mut(&id).ok_or_else(unknown)?.extend(gone);
            }
            EventKind::ThreadSplit => {
                let thread = threads.get_mut(&id).ok_or_else(unknown)?;
                thread.retain(|message| !messages().contains(message));
                threads.insert(other(event, "thread")?, messages());
            }
            _ => {}
        }
    }
    Ok(threads)
}

fn ids(event: &Event, name: &str) -> BTreeSet<MessageId> {
    serde_json::from_value(event.data[name].clone()).unwrap_or_default()
}

fn other(event: &Event, name: &str) -> Result<ThreadId, String> {
    serde_json::from_value(event.data[name].clone()).map_err(|_| format!("{} names no other thread: {}", event.kind.name(), event.data))
}
