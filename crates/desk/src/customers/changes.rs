//! Changes: from what the store has to what was decided, as statements and events. Nothing is written that is so already.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use model::event::NewEvent;
use model::id::{CustomerId, PersonId};
use store::timeline::{self, Owner};
use store::{Statement, customer, filing, person};

use crate::customers::case::{Case, Verdict};

/// What a batch writes about threads.
#[derive(Debug, Default)]
pub(crate) struct Changes {
    statements: Vec<Statement>,
    events: Vec<NewEvent>,
    /// Customers with another timeline, and how many threads more they have.
    customers: BTreeMap<CustomerId, i64>,
    people: BTreeSet<PersonId>,
}

impl Changes {
    /// Notes what is new of a thread.
    pub(crate) fn add(&mut self, workspace: model::id::WorkspaceId, case: &Case, verdict: &Verdict, now: base::Timestamp) {
        self.mark_by_hand(workspace, case, now);
        self.refile(case, verdict);
        self.replace(case, verdict);
    }

    /// What a person filed stays so, also when its thread became part of another.
    fn mark_by_hand(&mut self, workspace: model::id::WorkspaceId, case: &Case, now: base::Timestamp) {
        if let (None, Some((hand, _))) = (&case.by_hand, &case.inherited) {
            self.statements.push(filing::inherit(workspace, case.thread, &hand.actor, now));
        }
        if !case.exists && case.by_hand.is_some() && case.inherited.is_none() {
            self.statements.push(filing::unmark(case.thread));
        }
    }

    fn refile(&mut self, case: &Case, verdict: &Verdict) {
        let before = case.customers();
        let after: BTreeSet<CustomerId> = verdict.filings.keys().copied().collect();
        for gone in before.difference(&after) {
            self.statements.push(filing::remove_one(case.thread, *gone));
            *self.customers.entry(*gone).or_default() -= 1;
        }
        let known: HashSet<_> = case.filings.iter().map(|filing| (filing.customer, filing.rule, filing.because.as_str())).collect();
        for filing in verdict.filings.values() {
            if !known.contains(&(filing.customer, filing.rule, filing.because.as_str())) {
                self.statements.push(filing::insert(filing));
            }
            if !before.contains(&filing.customer) {
                *self.customers.entry(filing.customer).or_default() += 1;
            }
        }
        if before != after && case.exists {
            let customers: Vec<CustomerId> = after.into_iter().collect();
            let by_hand = case.by_hand.is_some() || case.inherited.is_some();
            self.events.push(filing::filed(case.thread, &customers, by_hand, case.backfill));
        }
    }

    fn replace(&mut self, case: &Case, verdict: &Verdict) {
        let gone: BTreeSet<_> = case.places.keys().filter(|place| !verdict.places.contains_key(*place)).collect();
        for place in gone {
            self.statements.push(timeline::remove(*place));
            self.note(place.owner);
        }
        let places: BTreeMap<_, _> = verdict.places.iter().filter(|(place, at)| case.places.get(*place) != Some(*at)).collect();
        for (place, at) in places {
            self.statements.push(timeline::put(*place, *at));
            self.note(place.owner);
        }
    }

    fn note(&mut self, owner: Owner) {
        match owner {
            Owner::Workspace(_) => {}
            Owner::Customer(customer) => drop(self.customers.entry(customer).or_default()),
            Owner::Person(person) => drop(self.people.insert(person)),
        }
    }

    /// Everything, in the order in which it is to be written.
    pub(crate) fn close(mut self) -> (Vec<Statement>, Vec<NewEvent>) {
        self.statements.extend(self.customers.into_iter().map(|(customer, more)| customer::refresh(customer, more)));
        self.statements.extend(self.people.into_iter().map(person::refresh));
        (self.statements, self.events)
    }
}
