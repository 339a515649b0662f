//! Threads: which messages belong together. Pure: keys of a message in, what was found under them in, a decision out.
//!
//! A message is in a *node*, nodes are connected by *joins*, a thread is what is connected. Everything that could
//! connect a message with another becomes a [`Key`]. In this order:
//!
//! 1. **References**: the message's own `Message-ID` and those in its `In-Reply-To` and `References`, the nearest first.
//!    They name messages the world over, so they connect colleagues' mailboxes too. The message goes into the node found;
//!    further nodes found are joined with it: which messages end up together does not depend on the order in which they
//!    come, and a first sync brings the newest first.
//! 2. **Conversation**: Exchange's conversation index, across mailboxes, and Graph's `conversationId`, within one. They
//!    count only between mails that [`Brief::is_related`] says could answer one another.
//! 3. **Subject**: last, for answers of programs that write no references. The base subject must be the same, it must
//!    be marked as an answer, it must come from whom the other went to and go to whom that came from, and it must be
//!    near in time. A subject joins a thread, it never makes two threads one.
//!
//! What 2 and 3 connect is a node of its own with a join, so that a person who sees that it is wrong can undo it.
//!
//! Precision goes before recall: a message in a wrong thread shows somebody's mail where it does not belong, a thread
//! in two parts is a nuisance.
//!
//! Sources: RFC 5322, section 3.6.4; RFC 5256; MS-OXOMSG, 2.2.1.3; Microsoft Graph, "message resource type" (a
//! conversation's id differs between mailboxes and changes with the subject).

mod brief;
mod index;
mod intent;
mod keys;

use std::time::Duration;

use base::Timestamp;

pub use brief::{Brief, CONVERSATION_GAP_MAX};
pub use index::ConversationIndex;
pub use intent::Intent;
pub use keys::{Facts, Key, Keys, RECIPIENTS_MAX, REFERENCES_MAX, SUBJECT_GAP_MAX, copy_key};

use crate::id::{ThreadId, ThreadNodeId};

/// A node that was found under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    /// The key.
    pub key: Key,
    /// The node.
    pub node: ThreadNodeId,
    /// The thread that the node is in.
    pub thread: ThreadId,
    /// When the thread's first message was received.
    pub first_at: Timestamp,
    /// When the thread's last message was received.
    pub last_at: Timestamp,
}

impl Found {
    /// How far outside the thread's time this is, in milliseconds; 0 within it.
    fn distance_ms(&self, at: Timestamp) -> i64 {
        let before = self.first_at.millis().saturating_sub(at.millis());
        let after = at.millis().saturating_sub(self.last_at.millis());
        before.max(after).max(0)
    }

    fn is_within(&self, at: Timestamp, gap: Duration) -> bool {
        u128::try_from(self.distance_ms(at)).is_ok_and(|distance_ms| distance_ms <= gap.as_millis())
    }
}

/// Why a message is in its thread, or why two nodes are one thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Reason {
    /// It is the first of its thread.
    Opening,
    /// A `Message-ID`, `References` or `In-Reply-To` says so.
    Reference,
    /// Exchange's conversation index says so.
    ConversationIndex,
    /// Graph's conversation says so.
    Conversation,
    /// It answers somebody under the same subject.
    Subject,
    /// A person says so.
    ByHand,
}

impl Reason {
    /// Every reason there is.
    pub const ALL: &'static [Reason] =
        &[Reason::Opening, Reason::Reference, Reason::ConversationIndex, Reason::Conversation, Reason::Subject, Reason::ByHand];

    /// As the database, events and the API write it.
    pub const fn name(self) -> &'static str {
        match self {
            Reason::Opening => "opening",
            Reason::Reference => "reference",
            Reason::ConversationIndex => "conversation_index",
            Reason::Conversation => "conversation",
            Reason::Subject => "subject",
            Reason::ByHand => "by_hand",
        }
    }

    /// The reason of this name, `Opening` for an unknown one.
    pub fn named(name: &str) -> Self {
        Reason::ALL.iter().copied().find(|reason| reason.name() == name).unwrap_or(Reason::Opening)
    }
}

/// Where a message belongs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decision {
    /// The node; `None`: a new one.
    pub node: Option<ThreadNodeId>,
    /// Nodes of other threads that are the same thread, each with the reason. Of a new node only these connect it.
    pub joins: Vec<(ThreadNodeId, Reason)>,
    /// Why the message is in its thread.
    pub reason: Reason,
}

/// Decides where a message with these keys belongs, given every node that was found under one of them. `is_related` says
/// whether a node holds a mail that this one could answer, or that could answer it.
pub fn choose_node(keys: &Keys, found: &[Found], is_related: impl Fn(ThreadNodeId) -> bool) -> Decision {
    let by_reference = keys.references.iter().filter_map(|key| found.iter().find(|found| found.key == *key));
    let node = by_reference.clone().next();
    let mut threads: Vec<ThreadId> = node.iter().map(|found| found.thread).collect();
    let mut joins = Vec::new();
    for other in by_reference {
        if !threads.contains(&other.thread) {
            threads.push(other.thread);
            joins.push((other.node, Reason::Reference));
        }
    }
    for other in keys.conversations.iter().filter_map(|key| found.iter().find(|found| found.key == *key)) {
        if !threads.contains(&other.thread) && is_related(other.node) {
            let reason = if keys.index == Some(other.key) { Reason::ConversationIndex } else { Reason::Conversation };
            threads.push(other.thread);
            joins.push((other.node, reason));
        }
    }
    if threads.is_empty() {
        joins.extend(nearest_by_subject(keys, found).map(|node| (node, Reason::Subject)));
    }
    let reason = if node.is_some() { Reason::Reference } else { joins.first().map_or(Reason::Opening, |(_, reason)| *reason) };
    Decision { node: node.map(|found| found.node), joins, reason }
}

fn nearest_by_subject(keys: &Keys, found: &[Found]) -> Option<ThreadNodeId> {
    let is_opening = keys.subject.openings.is_empty();
    let fits = |found: &&Found| {
        let answers = keys.subject.answers.contains(&found.key) && (!is_opening || keys.at <= found.first_at);
        let opening = keys.subject.openings.contains(&found.key) && keys.at >= found.first_at;
        (answers || opening) && found.is_within(keys.at, SUBJECT_GAP_MAX)
    };
    let near = found.iter().filter(fits).min_by_key(|found| (found.distance_ms(keys.at), found.node));
    near.map(|found| found.node)
}

#[cfg(test)]
mod tests;
