//! Two folders' deltas know nothing of each other. Whatever the order in which they are read, cut and repeated, the
//! mirror ends up equal to the mailbox, and the ledger tells each message's arrival and end exactly once.

use std::collections::{BTreeMap, HashMap};

use base::{Id, Timestamp};
use inbound::plan::{Entry, Known, Place, Step, Write, plan};
use inbound::sighting::Sighting;
use inbound::whereabouts::{Whereabouts, settle};
use model::event::EventKind;
use model::id::{FolderId, MailboxId, MessageId, WorkspaceId};
use model::message::MessageBody;

const FOLDERS: usize = 3;

struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % bound
    }
}

/// A mailbox as Exchange would have it: each folder logs what was touched in it.
#[derive(Default)]
struct Mailbox {
    messages: BTreeMap<String, (usize, bool)>,
    logs: [Vec<String>; FOLDERS],
    cursors: [usize; FOLDERS],
    moves: HashMap<String, usize>,
    changes: HashMap<String, usize>,
    created: usize,
}

impl Mailbox {
    fn act(&mut self, random: &mut Random) {
        let any = (!self.messages.is_empty()).then(|| self.messages.keys().nth(random.below(self.messages.len())).cloned()).flatten();
        match (random.below(10), any) {
            (0..=2, _) | (_, None) => {
                self.created += 1;
                let id = format!("m{}", self.created);
                let folder = random.below(FOLDERS);
                self.logs[folder].push(id.clone());
                self.messages.insert(id, (folder, false));
            }
            (3..=6, Some(id)) => {
                let (from, read) = self.messages[&id];
                let to = random.below(FOLDERS);
                if to != from {
                    self.logs[from].push(id.clone());
                    self.logs[to].push(id.clone());
                    *self.moves.entry(id.clone()).or_default() += 1;
                    self.messages.insert(id, (to, read));
                }
            }
            (7..=8, Some(id)) => {
                let (folder, read) = self.messages[&id];
                self.logs[folder].push(id.clone());
                *self.changes.entry(id.clone()).or_default() += 1;
                self.messages.insert(id, (folder, !read));
            }
            (_, Some(id)) => {
                let (folder, _) = self.messages.remove(&id).expect("it was chosen from there");
                self.logs[folder].push(id);
            }
        }
    }

    /// A page of a folder's delta: as things are now, from a cursor that may be set back (a replay).
    fn page(&mut self, folder: usize, limit: usize, replay: usize) -> Vec<Entry> {
        let from = self.cursors[folder].saturating_sub(replay);
        let to = (self.cursors[folder] + limit).min(self.logs[folder].len());
        self.cursors[folder] = to;
        self.logs[folder][from..to]
            .iter()
            .map(|id| match self.messages.get(id) {
                Some((home, read)) if *home == folder => Entry::Present(Box::new(sighting(id, *read))),
                _ => Entry::Absent(id.clone()),
            })
            .collect()
    }
}

fn sighting(id: &str, read: bool) -> Sighting {
    Sighting {
        graph_id: id.to_owned(),
        subject: Some("subject".to_owned()),
        received_at: Some(Timestamp::from_millis(1_000_000_000)),
        read: Some(read),
        body: Some(MessageBody::default()),
        ..Sighting::default()
    }
}

fn folder(index: usize) -> FolderId {
    FolderId::from_number(index as i64 + 1)
}

fn place(index: usize) -> Place {
    Place {
        workspace: WorkspaceId::from_number(1),
        mailbox: MailboxId::from_number(1),
        folder: folder(index),
        round: 0,
        backfill: false,
        now: Timestamp::from_millis(2_000_000_000),
    }
}

#[derive(Default)]
struct Mirror {
    known: HashMap<String, Known>,
    told: HashMap<MessageId, Vec<EventKind>>,
}

impl Mirror {
    fn pull(&mut self, index: usize, page: Vec<Entry>) {
        let known =
            page.iter().filter_map(|entry| self.known.get(entry.graph_id()).cloned()).map(|k| (k.message.graph_id.clone(), k)).collect();
        for step in plan(place(index), page, known) {
            self.apply(step);
        }
    }

    fn locate(&mut self, mailbox: &Mailbox, also_claims: bool) {
        let asked: Vec<_> = self
            .known
            .values()
            .filter(|k| !k.deleted && (k.message.folder.is_none() || also_claims && k.claimed_by.is_some()))
            .cloned()
            .collect();
        for known in asked {
            let whereabouts =
                mailbox.messages.get(&known.message.graph_id).map_or(Whereabouts::Nowhere, |(home, _)| Whereabouts::In(folder(*home)));
            if let Some(step) = settle(place(0), known, whereabouts) {
                self.apply(step);
            }
        }
    }

    fn apply(&mut self, step: Step) {
        if let Some(event) = &step.event {
            self.told.entry(Id::from_number(event.subject)).or_default().push(event.kind);
        }
        match step.write {
            Write::Insert { message, body_hash, .. } => {
                let known = Known { message: *message, body_hash, claimed_by: None, left: None, deleted: false };
                assert!(self.known.insert(known.message.graph_id.clone(), known).is_none(), "inserted twice");
            }
            Write::Update { message, body_hash, claimed_by, .. } => {
                let known = Known { message: *message, body_hash, claimed_by, left: None, deleted: false };
                self.known.insert(known.message.graph_id.clone(), known);
            }
            Write::Seen(_) => {}
            Write::Homeless(id) => self.change(id, |known| known.left = known.message.folder.take()),
            Write::Delete(id) => self.change(id, |known| {
                known.deleted = true;
                known.message.folder = None;
            }),
        }
    }

    fn change(&mut self, id: MessageId, change: impl FnOnce(&mut Known)) {
        change(self.known.values_mut().find(|known| known.message.id == id).expect("the message is in the mirror"));
    }
}

fn run(seed: u64) {
    let mut random = Random(seed);
    let (mut mailbox, mut mirror) = (Mailbox::default(), Mirror::default());
    for _ in 0..120 {
        match random.below(8) {
            0..=3 => mailbox.act(&mut random),
            4..=6 => {
                let index = random.below(FOLDERS);
                let (limit, replay) = (1 + random.below(6), random.below(4));
                let page = mailbox.page(index, limit, replay);
                mirror.pull(index, page);
            }
            _ => {
                let also_claims = random.below(4) == 0;
                mirror.locate(&mailbox, also_claims);
            }
        }
    }
    for index in 0..FOLDERS {
        let page = mailbox.page(index, usize::MAX / 2, 0);
        mirror.pull(index, page);
    }
    mirror.locate(&mailbox, true);
    check(seed, &mailbox, &mirror);
}

fn check(seed: u64, mailbox: &Mailbox, mirror: &Mirror) {
    let here: BTreeMap<_, _> = mirror
        .known
        .values()
        .filter(|known| !known.deleted)
        .map(|known| (known.message.graph_id.clone(), (known.message.folder, known.message.read)))
        .collect();
    let there: BTreeMap<_, _> = mailbox.messages.iter().map(|(id, (home, read))| (id.clone(), (Some(folder(*home)), *read))).collect();
    assert_eq!(here, there, "seed {seed}");
    for known in mirror.known.values() {
        let told = &mirror.told[&known.message.id];
        let count = |kind| told.iter().filter(|told| **told == kind).count();
        let id = &known.message.graph_id;
        assert_eq!(count(EventKind::MessageReceived), 1, "seed {seed}, {id}: {told:?}");
        assert_eq!(count(EventKind::MessageDeleted), usize::from(known.deleted), "seed {seed}, {id}: {told:?}");
        assert!(count(EventKind::MessageMoved) <= mailbox.moves.get(id).copied().unwrap_or(0), "seed {seed}, {id}: {told:?}");
        assert!(count(EventKind::MessageUpdated) <= mailbox.changes.get(id).copied().unwrap_or(0), "seed {seed}, {id}: {told:?}");
    }
}

#[test]
fn the_mirror_equals_the_mailbox_after_any_order_of_pages() {
    for seed in 0..3000 {
        run(seed);
    }
}
