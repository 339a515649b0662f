//! What a batch of contacts comes to: what is written, in groups that belong together, in this order.

use std::collections::{BTreeSet, HashMap, HashSet};

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

/// The contacts first, then the settling of what was pending.
pub(super) fn plan(workspace: WorkspaceId, reading: &Reading, now: Timestamp) -> Vec<Group> {
    let there = reading.kept.iter().filter(|kept| kept.pending != Some(Pending::Gone));
    let sources: Vec<SourceContact> = there.map(|kept| kept.source.clone()).collect();
    let merged = merge(&sources, &reading.hands);
    let by_id: HashMap<SourceContactId, &Kept> = reading.kept.iter().map(|kept| (kept.source.id, kept)).collect();
    let mut groups = Vec::with_capacity(merged.contacts.len());
    for contact in &merged.contacts {
        let members: Vec<&Kept> = contact.sources.iter().filter_map(|source| by_id.get(source).copied()).collect();
        groups.extend(put(workspace, contact, &members, reading, now));
    }
    groups.extend(removed(&merged, reading));
    groups.extend(settled(workspace, &sources, &merged, reading, &by_id));
    groups
}

/// A contact that is new or looks different, or has source contacts that came to it.
fn put(workspace: WorkspaceId, contact: &Contact, members: &[&Kept], reading: &Reading, now: Timestamp) -> Option<Group> {
    let id = ContactId::from_number(contact.id.number());
    let content = serde_json::to_string(contact).expect("a contact is JSON");
    let before = reading.contents.get(&id);
    let came = members.iter().filter(|member| member.contact != Some(id));
    let mut group = Group { statements: came.map(|member| source_contact::assign(member.source.id, id)).collect(), event: None };
    if before != Some(&content) {
        group.statements.push(contact::put(workspace, contact, &content, now));
        let kind = if before.is_none() { EventKind::ContactCreated } else { EventKind::ContactChanged };
        let backfill = is_backfill(members.iter().copied(), reading);
        group.event = Some(NewEvent { kind, subject: id.number(), backfill, data: json!({ "sources": contact.sources.len() }) });
    }
    (!group.statements.is_empty()).then_some(group)
}

/// Whether it comes of first synchronisations alone.
fn is_backfill<'a>(members: impl Iterator<Item = &'a Kept>, reading: &Reading) -> bool {
    let mut pending = members.filter(|member| member.pending.is_some()).peekable();
    let is_first = |member: &Kept| member.sync.is_some_and(|sync| reading.backfills.contains(&sync));
    pending.peek().is_some() && pending.all(is_first)
}

/// Contacts of which nothing is left, or that are in others now.
fn removed(merged: &Merged, reading: &Reading) -> Vec<Group> {
    let left: HashSet<i64> = merged.contacts.iter().map(|contact| contact.id.number()).collect();
    let had: BTreeSet<ContactId> = reading.kept.iter().filter_map(|kept| kept.contact).collect();
    let removed = had.into_iter().filter(|contact| !left.contains(&contact.number()) && reading.contents.contains_key(contact));
    let group = |contact: ContactId| {
        let members = || reading.kept.iter().filter(move |kept| kept.contact == Some(contact));
        let into = members().find_map(|kept| merged.of(kept.source.id)).map(|into| ContactId::from_number(into.id.number()));
        let backfill = is_backfill(members(), reading);
        let data = json!({ "into": into });
        let event = NewEvent { kind: EventKind::ContactRemoved, subject: contact.number(), backfill, data };
        Group { statements: vec![contact::remove(contact)], event: Some(event) }
    };
    removed.map(group).collect()
}

/// What was pending is settled, that of one contact together.
fn settled(
    workspace: WorkspaceId,
    sources: &[SourceContact],
    merged: &Merged,
    reading: &Reading,
    by_id: &HashMap<SourceContactId, &Kept>,
) -> Vec<Group> {
    let outcomes = outcomes(sources, merged, reading);
    let mut groups = Vec::new();
    for contact in &merged.contacts {
        let mut group = Group::default();
        let pending = contact.sources.iter().filter_map(|source| by_id.get(source)).filter(|kept| kept.pending.is_some());
        for kept in pending {
            let id = kept.source.id;
            if let (Some(sync), Some((outcome, reasons))) = (kept.sync, outcomes.get(&id)) {
                group.statements.push(contact_sync::line(sync, id, *outcome, reasons));
            }
            group.statements.push(source_contact::settle(id, kept.version));
        }
        if !group.statements.is_empty() {
            groups.push(group);
        }
    }
    let gone = reading.kept.iter().filter(|kept| kept.pending == Some(Pending::Gone));
    groups
        .extend(gone.map(|kept| Group { statements: source_contact::forget(workspace, kept.source.id, kept.version).into(), event: None }));
    groups
}

fn outcomes(sources: &[SourceContact], merged: &Merged, reading: &Reading) -> HashMap<SourceContactId, (Outcome, Vec<Reason>)> {
    let seen = reading.kept.iter().filter_map(|kept| match kept.pending {
        Some(Pending::New) => Some((kept.source.id, Seen::New)),
        Some(Pending::Changed) => Some((kept.source.id, Seen::Changed)),
        Some(Pending::Touched | Pending::Gone) | None => None,
    });
    let Counts { skipped, merged, new, updated, unchanged: _ } = count(&seen.collect::<Vec<_>>(), sources, merged);
    let with = |outcome: Outcome| move |id: SourceContactId| (id, (outcome, Vec::new()));
    let skipped = skipped.into_iter().map(|(id, reasons)| (id, (Outcome::Skipped, reasons)));
    let others = merged.into_iter().map(with(Outcome::Merged)).chain(new.into_iter().map(with(Outcome::New)));
    skipped.chain(others).chain(updated.into_iter().map(with(Outcome::Updated))).collect()
}
