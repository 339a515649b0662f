//! Parting: which nodes of a thread stay together when joins are cut or nodes taken out. Pure.
//!
//! Joins that were not undone are a tree over the nodes of a thread; here it is taken apart and tied together again.

use std::collections::{BTreeMap, BTreeSet};

use model::id::ThreadNodeId;
use store::thread_join::Join;

/// The nodes that these joins connect with `start`.
pub(crate) fn reachable<'a>(start: ThreadNodeId, joins: impl Iterator<Item = &'a Join> + Clone) -> BTreeSet<ThreadNodeId> {
    let mut neighbours: BTreeMap<ThreadNodeId, Vec<ThreadNodeId>> = BTreeMap::new();
    for join in joins {
        neighbours.entry(join.one).or_default().push(join.other);
        neighbours.entry(join.other).or_default().push(join.one);
    }
    let (mut seen, mut next) = (BTreeSet::from([start]), vec![start]);
    while let Some(node) = next.pop() {
        next.extend(neighbours.get(&node).into_iter().flatten().filter(|other| seen.insert(**other)));
    }
    seen
}

/// Pairs of nodes that must be joined so that all of `nodes` are connected: one less than there are loose parts.
pub(crate) fn ties(nodes: &BTreeSet<ThreadNodeId>, joins: &[Join]) -> Vec<(ThreadNodeId, ThreadNodeId)> {
    let inside = joins.iter().filter(|join| nodes.contains(&join.one) && nodes.contains(&join.other));
    let mut ties = Vec::new();
    let mut tied: BTreeSet<ThreadNodeId> = BTreeSet::new();
    let mut first = None;
    for node in nodes {
        if tied.contains(node) {
            continue;
        }
        tied.extend(reachable(*node, inside.clone()));
        ties.extend(first.map(|first| (first, *node)));
        first = first.or(Some(*node));
    }
    ties
}

#[cfg(test)]
mod tests {
    use base::Timestamp;
    use model::id::{ThreadJoinId, WorkspaceId};
    use model::thread::Reason;

    use super::*;

    fn node(number: i64) -> ThreadNodeId {
        ThreadNodeId::from_number(number)
    }

    fn join(one: i64, other: i64) -> Join {
        Join {
            id: ThreadJoinId::from_number(one * 10 + other),
            workspace: WorkspaceId::from_number(1),
            one: node(one),
            other: node(other),
            message: None,
            reason: Reason::Reference,
            actor: None,
            at: Timestamp::from_millis(0),
            undone_at: None,
            undone_by: None,
        }
    }

    #[test]
    fn cutting_a_join_leaves_two_sides() {
        let joins = [join(1, 2), join(2, 3), join(4, 2)];
        let without = || joins.iter().filter(|join| join.id.number() != 23);
        assert_eq!(reachable(node(3), without()), BTreeSet::from([node(3)]));
        assert_eq!(reachable(node(1), without()), [1, 2, 4].map(node).into());
    }

    #[test]
    fn what_hung_on_a_node_that_left_is_tied_together_again() {
        let joins = [join(1, 2), join(2, 3), join(4, 2), join(4, 5)];
        assert_eq!(ties(&[1, 3, 4, 5].map(node).into(), &joins), [(node(1), node(3)), (node(1), node(4))]);
        assert_eq!(ties(&[1, 2, 3, 4, 5].map(node).into(), &joins), []);
        assert_eq!(ties(&BTreeSet::new(), &joins), []);
    }
}
