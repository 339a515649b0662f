//! Groups: a union-find that refuses a union which would bring together what was parted.

use std::collections::{BTreeMap, BTreeSet};

/// Places in groups.
#[derive(Debug)]
pub(super) struct Groups {
    parent: Vec<usize>,
    size: Vec<usize>,
    /// For the root of a group: places that must not be in it.
    parted: BTreeMap<usize, BTreeSet<usize>>,
    /// For a place: those that it was parted from by name.
    spoken_of: BTreeMap<usize, BTreeSet<usize>>,
}

impl Groups {
    /// Each place by itself; these pairs stay apart.
    pub(super) fn new(places: usize, parted: impl Iterator<Item = (usize, usize)>) -> Self {
        let mut spoken_of: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (one, other) in parted {
            spoken_of.entry(one).or_default().insert(other);
            spoken_of.entry(other).or_default().insert(one);
        }
        Groups { parent: (0..places).collect(), size: vec![1; places], parted: spoken_of.clone(), spoken_of }
    }

    /// Makes one group of those that have something in common (in ascending order), as far as nobody parted them. Those that were parted
    /// from one another are on sides; the others join a side only if there is one alone.
    pub(super) fn unite_all(&mut self, holders: &[usize]) {
        let is_parted =
            |place: &&usize| self.spoken_of.get(*place).is_some_and(|from| from.iter().any(|other| holders.binary_search(other).is_ok()));
        let (spoken_of, others): (Vec<usize>, Vec<usize>) = holders.iter().partition(is_parted);
        let sides = self.unite_in_order(&spoken_of);
        let rest = self.unite_in_order(&others);
        if let [side] = sides[..] {
            rest.into_iter().for_each(|place| {
                self.unite(side, place);
            });
        }
    }

    /// Each joins the first before it that it may join; one of each group that comes of it.
    fn unite_in_order(&mut self, holders: &[usize]) -> Vec<usize> {
        let mut firsts: Vec<usize> = Vec::new();
        for place in holders {
            if !firsts.iter().any(|first| self.unite(*first, *place)) {
                firsts.push(*place);
            }
        }
        firsts
    }

    /// The root of the group of a place.
    pub(super) fn root(&mut self, place: usize) -> usize {
        let mut root = place;
        while self.parent[root] != root {
            self.parent[root] = self.parent[self.parent[root]];
            root = self.parent[root];
        }
        root
    }

    /// Makes one group of two, unless something in one was parted from something in the other. Whether they are one now.
    pub(super) fn unite(&mut self, one: usize, other: usize) -> bool {
        let (one, other) = (self.root(one), self.root(other));
        if one == other {
            return true;
        }
        if self.are_parted(one, other) {
            return false;
        }
        let (large, small) = if self.size[one] >= self.size[other] { (one, other) } else { (other, one) };
        self.parent[small] = large;
        self.size[large] += self.size[small];
        if let Some(parted) = self.parted.remove(&small) {
            self.parted.entry(large).or_default().extend(parted);
        }
        true
    }

    /// Whether something in one group was parted from something in the other.
    pub(super) fn are_parted(&mut self, one: usize, other: usize) -> bool {
        let (one, other) = (self.root(one), self.root(other));
        let count = |groups: &Self, root| groups.parted.get(&root).map_or(0, BTreeSet::len);
        let (few, root) = if count(self, one) <= count(self, other) { (one, other) } else { (other, one) };
        let enemies: Vec<usize> = self.parted.get(&few).into_iter().flatten().copied().collect();
        enemies.into_iter().any(|enemy| self.root(enemy) == root)
    }
}

#[cfg(test)]
mod tests {
    use super::Groups;

    #[test]
    fn what_was_parted_is_not_brought_together_by_way_of_a_third() {
        let mut groups = Groups::new(4, [(0, 2)].into_iter());
        assert!(groups.unite(0, 1));
        assert!(groups.unite(2, 3));
        assert!(!groups.unite(1, 3));
        assert!(!groups.unite(1, 2));
        assert_ne!(groups.root(0), groups.root(2));
        assert_eq!(groups.root(2), groups.root(3));
    }
}
