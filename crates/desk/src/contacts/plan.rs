//! What a batch of contacts comes to: what is written, in groups that belong together, in this order. Groups are made as they are
//! written: together they are larger than all that was read.

use std::collections::{BTreeMap, HashMap, HashSet};

use base::Timestamp;
use model::contact::{Contact, Counts, Merged, Seen, SourceContact, count, merge};
use model::event::{EventKind, NewEvent};
use model::id::{ContactId, SourceContactId, WorkspaceId};
use model::phone::Reason;
use serde_json::json;
use store::contact_sync::Outcome;
use store::source_contact::{Kept, Pending};
use store::{Statement, contact, contact_sync, source_contact};

use super::reading::Reading;

/// Statements that stand in one transaction, and what they make happen.
#[derive(Debug, Default)]
pub(super) struct Group {
    pub(super) statements: Vec<Statement>,
    pub(super) event: Option<NewEvent>,
}

/// What a reading comes to.
pub(super) struct Plan<'a> {
    workspace: WorkspaceId,
    reading: &'a Reading,
    now: Timestamp,
    by_id: HashMap<SourceContactId, &'a Kept>,
    merged: Merged,
    outcomes: HashMap<SourceContactId, (Outcome, Vec<Reason>)>,
}

impl<'a> Plan<'a> {
    pub(super) fn new(workspace: WorkspaceId, reading: &'a Reading, now: Timestamp) -> Self {
        let merged = merge(reading.there(), &reading.hands);
        let by_id = reading.kept.iter().map(|kept| (kept.source.id, kept)).collect();
        let outcomes = outcomes(reading, &merged);
        Plan { workspace, reading, now, by_id, merged, outcomes }
    }

    /// The contacts first, then the settling of what was pending.
    pub(super) fn groups(&self) -> impl Iterator<Item = Group> + Send {
        let contacts = self.merged.contacts.iter().filter_map(|contact| self.put(contact));
        let settled = self.merged.contacts.iter().filter_map(|contact| self.settled(contact));
        contacts.chain(self.removed()).chain(settled).chain(self.forgotten())
    }

    fn members(&self, contact: &Contact) -> impl Iterator<Item = &'a Kept> + Clone {
        contact.sources.iter().filter_map(|source| self.by_id.get(source).copied())
    }

    /// A contact that is new or looks different, or has source contacts that came to it.
    fn put(&self, contact: &Contact) -> Option<Group> {
        let id = ContactId::from_number(contact.id.number());
        let content = serde_json::to_string(contact).expect("a contact is JSON");
        let before = self.reading.contents.get(&id);
        let came = self.members(contact).filter(|member| member.contact != Some(id));
        let mut group = Group { statements: came.map(|member| source_contact::assign(member.source.id, id)).collect(), event: None };
        if before != Some(&content) {
            group.statements.push(contact::put(self.workspace, contact, &content, self.now));
            let kind = if before.is_none() { EventKind::ContactCreated } else { EventKind::ContactChanged };
            let backfill = self.is_backfill(self.members(contact));
            group.event = Some(NewEvent { kind, subject: id.number(), backfill, data: json!({ "sources": contact.sources.len() }) });
        }
        (!group.statements.is_empty()).then_some(group)
    }

    /// Whether it comes of first synchronisations alone.
    fn is_backfill(&self, members: impl Iterator<Item = &'a Kept>) -> bool {
        let mut pending = members.filter(|member| member.pending.is_some()).peekable();
        let is_first = |member: &Kept| member.sync.is_some_and(|sync| self.reading.backfills.contains(&sync));
        pending.peek().is_some() && pending.all(is_first)
    }

    /// Contacts of which nothing is left, or that are in others now.
    fn removed(&self) -> impl Iterator<Item = Group> {
        let mut had: BTreeMap<ContactId, Vec<&'a Kept>> = BTreeMap::new();
        for kept in &self.reading.kept {
            kept.contact.into_iter().for_each(|contact| had.entry(contact).or_default().push(kept));
        }
        let left: HashSet<i64> = self.merged.contacts.iter().map(|contact| contact.id.number()).collect();
        had.retain(|contact, _| !left.contains(&contact.number()) && self.reading.contents.contains_key(contact));
        had.into_iter().map(|(contact, members)| {
            let into = members.iter().find_map(|kept| self.merged.of(kept.source.id));
            let data = json!({ "into": into.map(|into| ContactId::from_number(into.id.number())) });
            let backfill = self.is_backfill(members.into_iter());
            let event = NewEvent { kind: EventKind::ContactRemoved, subject: contact.number(), backfill, data };
            Group { statements: vec![contact::remove(contact)], event: Some(event) }
        })
    }

    /// What was pending of a contact is settled.
    fn settled(&self, contact: &Contact) -> Option<Group> {
        let mut statements = Vec::new();
        for kept in self.members(contact).filter(|kept| kept.pending.is_some()) {
            let id = kept.source.id;
            if let (Some(sync), Some((outcome, reasons))) = (kept.sync, self.outcomes.get(&id)) {
                statements.push(contact_sync::line(sync, id, *outcome, reasons));
            }
            statements.push(source_contact::settle(id, kept.version));
        }
        (!statements.is_empty()).then_some(Group { statements, event: None })
    }

    /// What is gone is forgotten.
    fn forgotten(&self) -> impl Iterator<Item = Group> {
        let gone = self.reading.kept.iter().filter(|kept| kept.pending == Some(Pending::Gone));
        gone.map(|kept| {
            let statements = source_contact::forget(self.workspace, kept.source.id, kept.version).into();
            Group { statements, event: None }
        })
    }
}

fn outcomes(reading: &Reading, merged: &Merged) -> HashMap<SourceContactId, (Outcome, Vec<Reason>)> {
    let seen = reading.kept.iter().filter_map(|kept| match kept.pending {
        Some(Pending::New) => Some((kept.source.id, Seen::New)),
        Some(Pending::Changed) => Some((kept.source.id, Seen::Changed)),
        Some(Pending::Touched | Pending::Gone) | None => None,
    });
    let sources: Vec<&SourceContact> = reading.there().collect();
    let Counts { skipped, merged, new, updated, unchanged: _ } = count(&seen.collect::<Vec<_>>(), sources, merged);
    let with = |outcome: Outcome| move |id: SourceContactId| (id, (outcome, Vec::new()));
    let skipped = skipped.into_iter().map(|(id, reasons)| (id, (Outcome::Skipped, reasons)));
    let others = merged.into_iter().map(with(Outcome::Merged)).chain(new.into_iter().map(with(Outcome::New)));
    skipped.chain(others).chain(updated.into_iter().map(with(Outcome::Updated))).collect()
}
