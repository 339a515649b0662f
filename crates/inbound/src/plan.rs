//! Plan: what a page of a folder's delta means for the mirror. Pure: page and mirror in, steps out.
//!
//! Graph promises little: entries may repeat, come again later, or come late, and the deltas of two folders know
//! nothing of each other. A move is an `@removed` in one folder and an entry in another, in any order. What makes this
//! safe is that ids are immutable, so that a message is in at most one folder:
//!
//! - an entry for a message that the mirror holds elsewhere is only a *claim*; it becomes a move when the other
//!   folder lets go (or, should it never, when [`crate::locate`] has asked);
//! - a removal makes the message *homeless*; a claim, or a folder that shows it later, gives it a home; if nobody does,
//!   [`crate::locate`] asks Microsoft for it and only a "not found" deletes it;
//! - what says nothing new yields nothing: replays are free and leave no event.
//!
//! Source: Microsoft Graph, "delta query overview" (replays, order, last entry wins).

use std::collections::HashMap;

use base::Timestamp;
use model::event::{EventKind, NewEvent};
use model::id::{FolderId, MailboxId, MessageId, WorkspaceId};
use model::message::{Message, MessageBody};
use store::message::Was;

use crate::sighting::Sighting;

/// One entry of a page.
#[derive(Clone, Debug)]
pub enum Entry {
    /// The message is in the folder and looks like this, as far as Graph says.
    Present(Box<Sighting>),
    /// The message of this immutable id is not in the folder any more.
    Absent(String),
}

impl Entry {
    /// The immutable id of the message that it is about.
    pub fn graph_id(&self) -> &str {
        match self {
            Entry::Present(sighting) => &sighting.graph_id,
            Entry::Absent(graph_id) => graph_id,
        }
    }
}

/// What the mirror knows of a message that a page speaks of.
#[derive(Clone, Debug)]
pub struct Known {
    /// The message; its `folder` is the one it is known to be in.
    pub message: Message,
    /// A hash of its body, to see a change without reading it.
    pub body_hash: i64,
    /// A folder that showed it while another still held it.
    pub claimed_by: Option<FolderId>,
    /// The folder that it left, while it is homeless.
    pub left: Option<FolderId>,
    /// Deleted: kept as a tombstone.
    pub deleted: bool,
}

/// Where a page comes from.
#[derive(Clone, Copy, Debug)]
pub struct Place {
    /// Whose data it is.
    pub workspace: WorkspaceId,
    /// The mailbox.
    pub mailbox: MailboxId,
    /// The folder whose delta it is.
    pub folder: FolderId,
    /// The round of that delta: grows each time it starts again from nothing.
    pub round: i64,
    /// True while the mailbox's first sync runs: what comes is not news.
    pub backfill: bool,
    /// The time.
    pub now: Timestamp,
}

/// One change to the mirror.
#[derive(Clone, Debug, PartialEq)]
pub enum Write {
    /// A message that was not here.
    Insert {
        /// What is to be kept.
        message: Box<Message>,
        /// Its body.
        body: MessageBody,
        /// The hash of its body.
        body_hash: i64,
    },
    /// A message that is here looks like this now. Ends homelessness and deletion.
    Update {
        /// What is to be kept.
        message: Box<Message>,
        /// Its body, if that has changed.
        body: Option<MessageBody>,
        /// The hash of its body.
        body_hash: i64,
        /// The folder that claims it while another holds it.
        claimed_by: Option<FolderId>,
        /// Whether the list of its attachments may have changed.
        relist: bool,
    },
    /// It was seen in this round and nothing about it is new.
    Seen(MessageId),
    /// Its folder let go of it and no other is known: to be located.
    Homeless(MessageId),
    /// It is gone.
    Delete(MessageId),
}

/// What one entry comes to: the write and what it tells the ledger, which are committed together.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// The change to the mirror.
    pub write: Write,
    /// What has happened, if anything has.
    pub event: Option<NewEvent>,
    /// Another folder that should be asked now, because this one claims what that one holds.
    pub ask: Option<FolderId>,
    /// Where the message was when this was decided: nowhere if it was not here.
    pub was: Was,
}

impl Known {
    /// Where it is.
    pub fn was(&self) -> Was {
        Was { folder: self.message.folder, claimed_by: self.claimed_by, deleted: self.deleted }
    }
}

const NOT_HERE: Was = Was { folder: None, claimed_by: None, deleted: false };

/// Plans a page. Entries for a message that is unknown and of which Graph said too little to keep it are left out;
/// [`too_little`] finds them beforehand.
pub fn plan(place: Place, entries: Vec<Entry>, mut known: HashMap<String, Known>) -> Vec<Step> {
    let mut last: HashMap<String, usize> = HashMap::with_capacity(entries.len());
    for (index, entry) in entries.iter().enumerate() {
        last.insert(entry.graph_id().to_owned(), index);
    }
    entries
        .into_iter()
        .enumerate()
        .filter(|(index, entry)| last.get(entry.graph_id()) == Some(index))
        .filter_map(|(_, entry)| {
            let known = known.remove(entry.graph_id());
            match entry {
                Entry::Present(sighting) => present(place, *sighting, known),
                Entry::Absent(_) => known.and_then(|known| absent(place, known)),
            }
        })
        .collect()
}

/// The ids of the entries that cannot be kept from what the page says: new to us, and partial.
pub fn too_little(entries: &[Entry], known: &HashMap<String, Known>) -> Vec<String> {
    entries
        .iter()
        .filter_map(|entry| match entry {
            Entry::Present(sighting) if !sighting.is_whole() && !known.contains_key(&sighting.graph_id) => Some(sighting.graph_id.clone()),
            _ => None,
        })
        .collect()
}

fn present(place: Place, sighting: Sighting, known: Option<Known>) -> Option<Step> {
    match known {
        None if sighting.is_whole() => Some(received(place, sighting)),
        None => None,
        Some(known) if known.deleted => Some(revived(place, sighting, known)),
        Some(known) => Some(seen(place, sighting, known)),
    }
}

fn received(place: Place, mut sighting: Sighting) -> Step {
    let body_hash = sighting.body_hash();
    let body = sighting.body.take().unwrap_or_default();
    let message = sighting.into_message(place);
    let event = event(place, EventKind::MessageReceived, &message, serde_json::json!({"folder": place.folder}));
    Step { write: Write::Insert { message: Box::new(message), body, body_hash }, event: Some(event), ask: None, was: NOT_HERE }
}

/// A deleted message that a person brought back keeps its id: it is received again.
fn revived(place: Place, mut sighting: Sighting, known: Known) -> Step {
    let was = known.was();
    let mut message = known.message;
    let body_hash = sighting.body_hash();
    let body = sighting.body.take();
    sighting.merge_into(&mut message);
    message.folder = Some(place.folder);
    let event = event(place, EventKind::MessageReceived, &message, serde_json::json!({"folder": place.folder, "again": true}));
    let write =
        Write::Update { message: Box::new(message), body: Some(body.unwrap_or_default()), body_hash, claimed_by: None, relist: true };
    Step { write, event: Some(event), ask: None, was }
}

fn seen(place: Place, mut sighting: Sighting, known: Known) -> Step {
    let was = known.was();
    let mut message = known.message.clone();
    let body_hash = if sighting.body.is_some() { sighting.body_hash() } else { known.body_hash };
    let new_body = sighting.body.take().filter(|_| body_hash != known.body_hash);
    let mut changed = sighting.merge_into(&mut message);
    if new_body.is_some() {
        changed.push("body");
    }
    let homeless = known.message.folder.is_none();
    let held_by = known.message.folder.filter(|folder| *folder != place.folder);
    let claimed_by = held_by.map(|_| place.folder);
    if homeless {
        message.folder = Some(place.folder);
    }
    let moved = homeless && known.left != Some(place.folder);
    let told = match (moved, changed.is_empty()) {
        (true, _) => Some((EventKind::MessageMoved, serde_json::json!({"folder": place.folder, "changed": changed}))),
        (false, false) => Some((EventKind::MessageUpdated, serde_json::json!({"changed": changed}))),
        (false, true) => None,
    };
    if told.is_none() && message == known.message && known.claimed_by == claimed_by {
        return Step { write: Write::Seen(message.id), event: None, ask: held_by, was };
    }
    let event = told.map(|(kind, data)| event(place, kind, &message, data));
    let relist = new_body.is_some() || changed.contains(&"has_attachments");
    Step { write: Write::Update { message: Box::new(message), body: new_body, body_hash, claimed_by, relist }, event, ask: held_by, was }
}

fn absent(place: Place, known: Known) -> Option<Step> {
    if known.deleted {
        return None;
    }
    let was = known.was();
    let mut message = known.message;
    let settle = |message, event| Step {
        write: Write::Update { message: Box::new(message), body: None, body_hash: known.body_hash, claimed_by: None, relist: false },
        event,
        ask: None,
        was,
    };
    if message.folder != Some(place.folder) {
        // Another folder holds it, or none; at most this one gives up its claim.
        return (known.claimed_by == Some(place.folder)).then(|| settle(message, None));
    }
    let Some(home) = known.claimed_by else {
        return Some(Step { write: Write::Homeless(message.id), event: None, ask: None, was });
    };
    message.folder = Some(home);
    let event = event(place, EventKind::MessageMoved, &message, serde_json::json!({"folder": home, "from": place.folder}));
    Some(settle(message, Some(event)))
}

pub(crate) fn event(place: Place, kind: EventKind, message: &Message, data: serde_json::Value) -> NewEvent {
    NewEvent { kind, subject: message.id.number(), backfill: place.backfill, data }
}
