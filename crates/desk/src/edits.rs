//! Edits: joining, splitting and undoing by hand, performed by the one who decides on threads.
//!
//! Promises: an edit is performed once or refused with a sentence; what is parted stays apart whatever mail comes, until a
//! person joins it again; a thread that is parted keeps its id on the side of the node whose id it bears.

use std::collections::BTreeSet;

use base::Timestamp;
use model::event::{EventKind, NewEvent};
use model::id::{MessageId, ThreadId, ThreadJoinId, ThreadNodeId};
use model::subject::Subject;
use model::thread::{Intent, Key, Reason};
use serde_json::json;
use store::thread::{self, Member, Place, Thread};
use store::thread_edit::{self, Ended, ThreadEdit};
use store::thread_join::{self, Join};
use store::{Db, Statement, StoreError};

use crate::parting::{reachable, ties};
use crate::sorted::tell;

/// What an edit comes to: what is written, what is told, and the thread to look at.
struct Done {
    statements: Vec<Statement>,
    event: NewEvent,
    thread: ThreadId,
}

type Performed = Result<Result<Done, &'static str>, StoreError>;

/// Everything that performing or refusing an edit writes.
pub(crate) async fn perform(db: &Db, edit: &ThreadEdit, now: Timestamp) -> Result<Vec<Statement>, StoreError> {
    let performed = match &edit.intent {
        Intent::Join { thread, with } => join(db, edit, *thread, *with, now).await?,
        Intent::Split { thread, messages } => split(db, edit, *thread, messages, now).await?,
        Intent::Undo { join } => undo(db, edit, *join, now).await?,
    };
    Ok(match performed {
        Ok(done) => {
            let mut statements = done.statements;
            statements.push(thread_edit::end(edit.id, &Ended { at: now, thread: Some(done.thread), refusal: None }));
            statements.extend(tell(edit.workspace, now, &[done.event]));
            statements
        }
        Err(refusal) => vec![thread_edit::end(edit.id, &Ended { at: now, thread: None, refusal: Some(refusal.to_owned()) })],
    })
}

/// The thread of this id, or the one that it has become part of.
async fn present(db: &Db, edit: &ThreadEdit, thread: ThreadId) -> Result<Option<Thread>, StoreError> {
    let Some(now) = thread::became(db, edit.workspace, thread).await? else { return Ok(None) };
    thread::find(db, now).await
}

fn by_hand(edit: &ThreadEdit, one: ThreadNodeId, other: ThreadNodeId, now: Timestamp) -> Join {
    Join {
        id: ThreadJoinId::new(now),
        workspace: edit.workspace,
        one,
        other,
        message: None,
        reason: Reason::ByHand,
        actor: Some(edit.actor.clone()),
        at: now,
        undone_at: None,
        undone_by: None,
    }
}

fn event(kind: EventKind, thread: ThreadId, data: serde_json::Value) -> NewEvent {
    NewEvent { kind, subject: thread.number(), backfill: false, data }
}

async fn join(db: &Db, edit: &ThreadEdit, one: ThreadId, other: ThreadId, now: Timestamp) -> Performed {
    let (Some(one), Some(other)) = (present(db, edit, one).await?, present(db, edit, other).await?) else {
        return Ok(Err("One of the threads is not there any more."));
    };
    if one.id == other.id {
        return Ok(Err("The two are one thread already."));
    }
    let (into, from) = (one.id.min(other.id), one.id.max(other.id));
    let apart = thread_join::apart(db, &[into, from]).await?;
    let between = apart.iter().filter(|((_, one), (_, other))| one != other);
    let made = by_hand(edit, ThreadNodeId::from_number(from.number()), ThreadNodeId::from_number(into.number()), now);
    let mut statements: Vec<Statement> = between.map(|((one, _), (other, _))| thread_join::allow(*one, *other)).collect();
    statements.extend(thread::merge(from, into));
    statements.extend([thread_join::insert(&made), thread::recount(&[into])]);
    let data = json!({ "from": from, "join": made.id, "reason": Reason::ByHand.name(), "actor": edit.actor });
    Ok(Ok(Done { statements, event: event(EventKind::ThreadJoined, into, data), thread: into }))
}

async fn undo(db: &Db, edit: &ThreadEdit, join: ThreadJoinId, now: Timestamp) -> Performed {
    let found = thread_join::find(db, join).await?.filter(|join| join.workspace == edit.workspace && join.undone_at.is_none());
    let (Some(cut), Some(id)) = (found, thread_join::thread_of(db, join).await?) else {
        return Ok(Err("The join is not there any more."));
    };
    let Some(whole) = thread::find(db, id).await? else { return Ok(Err("The thread is not there any more.")) };
    let joins = thread_join::of_thread(db, id).await?;
    let side = reachable(cut.one, joins.iter().filter(|other| other.id != cut.id));
    let members = thread::members(db, id).await?;
    let mut parted = Parted::new(&whole, members, |member| side.contains(&member.node));
    if parted.is_one_sided() {
        return Ok(Err("One side has no message any more: there is nothing to part."));
    }
    parted.statements.push(thread_join::undo(cut.id, &edit.actor, now));
    parted.statements.push(thread_join::keep_apart(edit.workspace, cut.one, cut.other, &edit.actor, now));
    let all: BTreeSet<ThreadNodeId> = thread::nodes(db, id).await?.into_iter().collect();
    Ok(Ok(parted.finish(&side, &all, json!({ "reason": "undone", "join": cut.id, "actor": edit.actor }))))
}

async fn split(db: &Db, edit: &ThreadEdit, id: ThreadId, messages: &[MessageId], now: Timestamp) -> Performed {
    let Some(whole) = present(db, edit, id).await? else { return Ok(Err("The thread is not there any more.")) };
    let mut members = thread::members(db, whole.id).await?;
    let copies: BTreeSet<i64> = members.iter().filter(|member| messages.contains(&member.message)).map(|member| member.copy_key).collect();
    if copies.is_empty() {
        return Ok(Err("None of the messages is in the thread any more."));
    }
    if members.iter().all(|member| copies.contains(&member.copy_key)) {
        return Ok(Err("These are all messages of the thread: there is nothing to part them from."));
    }
    let mut statements = Vec::new();
    let mut all: BTreeSet<ThreadNodeId> = thread::nodes(db, whole.id).await?.into_iter().collect();
    let side = chosen_nodes(edit, &whole, &copies, &mut members, &mut statements);
    all.extend(&side);
    let joins = thread_join::of_thread(db, whole.id).await?;
    statements.extend(retie(edit, &side, &all, &joins, now));
    let mut parted = Parted::new(&whole, members, |member| side.contains(&member.node));
    parted.statements = statements;
    Ok(Ok(parted.finish(&side, &all, json!({ "reason": Reason::ByHand.name(), "actor": edit.actor }))))
}

/// The nodes that hold the chosen messages and nothing else. What is chosen of other nodes goes into a new one.
fn chosen_nodes(
    edit: &ThreadEdit,
    whole: &Thread,
    copies: &BTreeSet<i64>,
    members: &mut [Member],
    statements: &mut Vec<Statement>,
) -> BTreeSet<ThreadNodeId> {
    let is_chosen = |member: &Member| copies.contains(&member.copy_key);
    let mixed: BTreeSet<ThreadNodeId> = members.iter().filter(|member| !is_chosen(member)).map(|member| member.node).collect();
    let mut side = BTreeSet::new();
    let mut fresh = None;
    for member in members.iter_mut().filter(|member| is_chosen(member)) {
        if mixed.contains(&member.node) {
            member.node = *fresh.get_or_insert_with(|| {
                let node = ThreadNodeId::sorted_by(member.received_at);
                statements.push(thread::insert_node(edit.workspace, node, whole.id));
                node
            });
            let place = Place { thread: whole.id, node: member.node, reason: Reason::ByHand, copy_key: member.copy_key };
            statements.push(thread::put(member.message, place));
            let key = member.internet_message_id.as_deref().and_then(Key::of_message_id);
            statements.extend(key.map(|key| thread::put_key(edit.workspace, key, member.node)));
        }
        side.insert(member.node);
    }
    side
}

/// Cuts what connects the two sides, ties together what hung on a node of the other side, and keeps the sides apart.
fn retie(edit: &ThreadEdit, side: &BTreeSet<ThreadNodeId>, all: &BTreeSet<ThreadNodeId>, joins: &[Join], now: Timestamp) -> Vec<Statement> {
    let rest: BTreeSet<ThreadNodeId> = all.difference(side).copied().collect();
    let cut = joins.iter().filter(|join| side.contains(&join.one) != side.contains(&join.other));
    let mut statements: Vec<Statement> = cut.map(|join| thread_join::undo(join.id, &edit.actor, now)).collect();
    for (one, other) in ties(side, joins).into_iter().chain(ties(&rest, joins)) {
        statements.push(thread_join::insert(&by_hand(edit, one, other, now)));
    }
    for one in side {
        statements.extend(rest.iter().map(|other| thread_join::keep_apart(edit.workspace, *one, *other, &edit.actor, now)));
    }
    statements
}

/// A thread on its way to become two.
struct Parted<'a> {
    whole: &'a Thread,
    /// The messages of the side in question, and the others.
    sides: [Vec<Member>; 2],
    statements: Vec<Statement>,
}

impl<'a> Parted<'a> {
    fn new(whole: &'a Thread, members: Vec<Member>, is_inside: impl Fn(&Member) -> bool) -> Self {
        let (inside, outside) = members.into_iter().partition(is_inside);
        Parted { whole, sides: [inside, outside], statements: Vec::new() }
    }

    fn is_one_sided(&self) -> bool {
        self.sides.iter().any(Vec::is_empty)
    }

    /// The side that holds the node whose id the thread bears stays, the other becomes a thread named after its oldest
    /// node: parting what was joined gives back the ids from before.
    fn finish(mut self, side: &BTreeSet<ThreadNodeId>, all: &BTreeSet<ThreadNodeId>, mut data: serde_json::Value) -> Done {
        let stays = self.whole.id;
        let goes_inside = !side.contains(&ThreadNodeId::from_number(stays.number()));
        let goes: Vec<ThreadNodeId> = all.iter().filter(|node| side.contains(node) == goes_inside).copied().collect();
        let [inside, outside] = &self.sides;
        let (moved, kept) = if goes_inside { (inside, outside) } else { (outside, inside) };
        let new = ThreadId::from_number(goes.first().expect("each side has a node").number());
        let born = Thread {
            id: new,
            workspace: self.whole.workspace,
            subject: subject_of(moved),
            first_at: moved.first().map_or(self.whole.first_at, |member| member.received_at),
            last_at: moved.last().map_or(self.whole.last_at, |member| member.received_at),
            message_count: 0,
            version: 1,
        };
        self.statements.push(thread::insert(&born));
        self.statements.extend(thread::move_nodes(&goes, stays, new));
        self.statements.push(thread::rename(stays, &subject_of(kept)));
        self.statements.push(thread::recount(&[stays, new]));
        data["thread"] = json!(new);
        data["messages"] = moved.iter().map(|member| json!(member.message)).collect();
        let thread = if goes_inside { new } else { stays };
        Done { statements: self.statements, event: event(EventKind::ThreadSplit, stays, data), thread }
    }
}

fn subject_of(members: &[Member]) -> String {
    members.first().map(|member| Subject::read(&member.subject).base).unwrap_or_default()
}
