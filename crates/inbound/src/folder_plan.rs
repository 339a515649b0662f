//! Folder plan: what a whole round of the folders' delta means for the mirror. Pure.
//!
//! The delta lists the tree flat and repeats folders whenever a counter moves, so most entries say nothing new. A round
//! that began from nothing lists every folder there is: what it does not list is gone.
//!
//! Source: Microsoft Graph, `mailFolder: delta`; folder ids stay the same over renaming and moving.

use std::collections::{HashMap, HashSet};

use base::Timestamp;
use model::event::{EventKind, NewEvent};
use model::id::{FolderId, MailboxId};
use store::folder::Folder;

/// What Graph said of a folder, as far as it said anything.
#[derive(Clone, Debug, Default)]
pub struct FolderSighting {
    /// Microsoft's id.
    pub graph_id: String,
    /// Microsoft's id of the folder around it.
    pub parent_graph_id: Option<String>,
    /// Its name for people.
    pub display_name: Option<String>,
    /// Whether Outlook hides it.
    pub hidden: Option<bool>,
    /// Messages in it.
    pub total: Option<i64>,
    /// Unread messages in it.
    pub unread: Option<i64>,
}

/// One entry of the folders' delta.
#[derive(Clone, Debug)]
pub enum FolderEntry {
    /// It is there and looks like this.
    Present(FolderSighting),
    /// It is gone.
    Absent(String),
}

impl FolderEntry {
    fn graph_id(&self) -> &str {
        match self {
            FolderEntry::Present(sighting) => &sighting.graph_id,
            FolderEntry::Absent(graph_id) => graph_id,
        }
    }
}

/// What a round is about.
#[derive(Clone, Copy, Debug)]
pub struct Round<'a> {
    /// The mailbox.
    pub mailbox: MailboxId,
    /// Whether the round began from nothing, and so lists everything.
    pub whole: bool,
    /// True while the mailbox's first sync runs.
    pub backfill: bool,
    /// Microsoft's names for the purposes of folders, by Microsoft's id.
    pub well_known: &'a HashMap<String, &'static str>,
    /// The time.
    pub now: Timestamp,
}

/// One change to the mirror's folders.
#[derive(Clone, Debug, PartialEq)]
pub enum FolderStep {
    /// A folder that was not here: its messages are to be pulled.
    Insert(Folder, NewEvent),
    /// A folder looks different; an event only if a person would notice. `again` if it had been removed.
    Update {
        /// How it looks.
        folder: Folder,
        /// What has happened.
        event: Option<NewEvent>,
        /// Whether it had been removed, so that its messages are to be pulled anew.
        again: bool,
    },
    /// A folder is gone.
    Remove(Folder, NewEvent),
}

impl FolderStep {
    /// Whether a folder turns out to be one whose mail counts for nothing, after it may have counted.
    pub fn leaves_out_what_was_filed(&self, known: &[Folder]) -> bool {
        let FolderStep::Update { folder, .. } = self else { return false };
        let was = known.iter().find(|known| known.id == folder.id).and_then(|known| known.well_known.as_deref());
        was.is_none() && matches!(folder.well_known.as_deref(), Some("junkemail" | "deleteditems"))
    }
}

/// Plans a round.
pub fn plan(round: Round<'_>, entries: &[FolderEntry], known: &[Folder]) -> Vec<FolderStep> {
    let by_id: HashMap<&str, &Folder> = known.iter().map(|folder| (folder.graph_id.as_str(), folder)).collect();
    let last: HashMap<&str, &FolderEntry> = entries.iter().map(|entry| (entry.graph_id(), entry)).collect();
    let mut told = HashSet::new();
    let mut steps: Vec<FolderStep> = Vec::new();
    for entry in entries {
        if !told.insert(entry.graph_id()) {
            continue;
        }
        let known = by_id.get(entry.graph_id()).copied();
        match last.get(entry.graph_id()) {
            Some(FolderEntry::Present(sighting)) => steps.extend(present(round, sighting, known)),
            Some(FolderEntry::Absent(_)) | None => steps.extend(known.and_then(|known| absent(round, known))),
        }
    }
    let untold = || known.iter().filter(|folder| !told.contains(folder.graph_id.as_str()));
    steps.extend(untold().filter_map(|folder| named(round, folder)));
    if round.whole {
        steps.extend(untold().filter_map(|folder| absent(round, folder)));
    }
    steps
}

/// A folder whose purpose came to be known only now.
fn named(round: Round<'_>, known: &Folder) -> Option<FolderStep> {
    let name = round.well_known.get(&known.graph_id).filter(|_| known.well_known.is_none() && known.removed_at.is_none())?;
    let folder = Folder { well_known: Some((*name).to_owned()), ..known.clone() };
    Some(FolderStep::Update { folder, event: None, again: false })
}

fn present(round: Round<'_>, sighting: &FolderSighting, known: Option<&Folder>) -> Option<FolderStep> {
    let Some(known) = known else { return Some(created(round, sighting)) };
    let mut folder = known.clone();
    merge(round, sighting, &mut folder);
    let again = folder.removed_at.take().is_some();
    let renamed = folder.display_name != known.display_name || folder.parent_graph_id != known.parent_graph_id;
    let event = match (again, renamed) {
        (true, _) => Some(event(round, EventKind::FolderCreated, &folder)),
        (false, true) => Some(event(round, EventKind::FolderRenamed, &folder)),
        (false, false) => None,
    };
    (folder != *known).then_some(FolderStep::Update { folder, event, again })
}

fn created(round: Round<'_>, sighting: &FolderSighting) -> FolderStep {
    let mut folder = Folder {
        id: FolderId::new(round.now),
        mailbox: round.mailbox,
        graph_id: sighting.graph_id.clone(),
        parent_graph_id: None,
        display_name: String::new(),
        well_known: None,
        hidden: false,
        total_there: 0,
        unread_there: 0,
        removed_at: None,
        first_synced_at: None,
        last_synced_at: None,
        estimate_total: sighting.total,
        audit: None,
    };
    merge(round, sighting, &mut folder);
    let event = event(round, EventKind::FolderCreated, &folder);
    FolderStep::Insert(folder, event)
}

fn absent(round: Round<'_>, known: &Folder) -> Option<FolderStep> {
    if known.removed_at.is_some() {
        return None;
    }
    let mut folder = known.clone();
    folder.removed_at = Some(round.now);
    let event = event(round, EventKind::FolderRemoved, &folder);
    Some(FolderStep::Remove(folder, event))
}

fn merge(round: Round<'_>, sighting: &FolderSighting, folder: &mut Folder) {
    if let Some(parent) = &sighting.parent_graph_id {
        folder.parent_graph_id = Some(parent.clone());
    }
    if let Some(name) = &sighting.display_name {
        folder.display_name.clone_from(name);
    }
    if let Some(well_known) = round.well_known.get(&folder.graph_id) {
        folder.well_known = Some((*well_known).to_owned());
    }
    folder.hidden = sighting.hidden.unwrap_or(folder.hidden);
    folder.total_there = sighting.total.unwrap_or(folder.total_there);
    folder.unread_there = sighting.unread.unwrap_or(folder.unread_there);
}

/// A folder's name is not a mail's subject, but it may name a person or a customer: the ledger keeps ids only.
fn event(round: Round<'_>, kind: EventKind, folder: &Folder) -> NewEvent {
    NewEvent { kind, subject: folder.id.number(), backfill: round.backfill, data: serde_json::Value::Null }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn round<'a>(whole: bool, well_known: &'a HashMap<String, &'static str>) -> Round<'a> {
        let now = Timestamp::from_millis(1_767_323_045_000);
        Round { mailbox: MailboxId::from_number(1), whole, backfill: false, well_known, now }
    }

    fn sees(graph_id: &str, name: &str, total: i64) -> FolderEntry {
        FolderEntry::Present(FolderSighting {
            graph_id: graph_id.to_owned(),
            display_name: Some(name.to_owned()),
            total: Some(total),
            ..FolderSighting::default()
        })
    }

    fn kinds(steps: &[FolderStep]) -> Vec<Option<EventKind>> {
        let kind = |step: &FolderStep| match step {
            FolderStep::Insert(_, event) | FolderStep::Remove(_, event) => Some(event.kind),
            FolderStep::Update { event, .. } => event.as_ref().map(|event| event.kind),
        };
        steps.iter().map(kind).collect()
    }

    fn known(steps: Vec<FolderStep>) -> Vec<Folder> {
        let folder = |step| match step {
            FolderStep::Insert(folder, _) | FolderStep::Remove(folder, _) | FolderStep::Update { folder, .. } => folder,
        };
        steps.into_iter().map(folder).collect()
    }

    #[test]
    fn a_counter_is_kept_without_an_event_and_a_rename_tells_one() {
        let none = HashMap::new();
        let here = known(plan(round(true, &none), &[sees("a", "Inbox", 1)], &[]));
        assert_eq!(kinds(&plan(round(false, &none), &[sees("a", "Inbox", 1)], &here)), []);
        assert_eq!(kinds(&plan(round(false, &none), &[sees("a", "Inbox", 2)], &here)), [None]);
        let entries = [sees("a", "Old name again", 1), sees("a", "Post", 2)];
        assert_eq!(kinds(&plan(round(false, &none), &entries, &here)), [Some(EventKind::FolderRenamed)]);
    }

    #[test]
    fn only_a_whole_round_removes_what_it_does_not_list() {
        let none = HashMap::new();
        let here = known(plan(round(true, &none), &[sees("a", "Inbox", 1), sees("b", "Sent", 1)], &[]));
        assert_eq!(kinds(&plan(round(false, &none), &[sees("a", "Inbox", 1)], &here)), []);
        let gone = plan(round(true, &none), &[sees("a", "Inbox", 1)], &here);
        assert_eq!(kinds(&gone), [Some(EventKind::FolderRemoved)]);
        assert_eq!(kinds(&plan(round(true, &none), &[sees("a", "Inbox", 1)], &known(gone))), [Some(EventKind::FolderCreated)]);
    }

    #[test]
    fn a_folder_knows_its_purpose() {
        let names = HashMap::from([("a".to_owned(), "inbox")]);
        let here = known(plan(round(true, &names), &[sees("a", "Posteingang", 1)], &[]));
        assert_eq!(here[0].well_known.as_deref(), Some("inbox"));
        let none = HashMap::new();
        let unnamed = known(plan(round(true, &none), &[sees("a", "Posteingang", 1)], &[]));
        let named = known(plan(round(false, &names), &[], &unnamed));
        assert_eq!(named[0].well_known.as_deref(), Some("inbox"), "a name that could not be had at first");
    }
}
