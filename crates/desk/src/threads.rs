//! The threads consumer: which messages belong together. What decides is in `model::thread` and `sorting`; here is what
//! is read before. What a person wants done to threads comes first, because it wins.

use std::borrow::Cow;
use std::collections::HashMap;

use base::Timestamp;
use model::event::EventKind;
use model::id::{MessageId, ThreadId, ThreadNodeId, WorkspaceId};
use model::message::{Participant, Recipients};
use model::subject::Subject;
use model::thread::{Brief, Facts, Key, Keys, copy_key};
use store::letter::{self, Arrived, Letter};
use store::{Db, StoreError, thread, thread_edit, thread_join};

use crate::consumer::{Batch, has_changed};
use crate::edits;
use crate::sorted::statements;
use crate::sorting::{Mail, Sorting};

/// Events of a batch: a few milliseconds of SQLite's one writer.
const EVENTS_MAX: u32 = 200;
/// Messages that are read to see whether a conversation is one: the latest of the threads in question.
const RECALLED_MAX: u32 = 500;

pub(crate) async fn decide(db: &Db, workspace: WorkspaceId, after: i64, now: Timestamp) -> Result<Batch, StoreError> {
    if let Some(edit) = thread_edit::next(db, workspace).await? {
        return Ok(Batch { last: None, more: true, decisions: edits::perform(db, &edit, now).await? });
    }
    let arrived = letter::after(db, workspace, after, EVENTS_MAX).await?;
    let last = arrived.last().map(|arrived| arrived.seq);
    let more = arrived.len() == EVENTS_MAX as usize;
    let tasks = tasks(&arrived);
    let mut sorting = begin(db, workspace, &tasks).await?;
    tasks.iter().for_each(|task| task.perform(&mut sorting));
    let sorted = sorting.finish();
    let losing: Vec<ThreadId> = sorted.touches.iter().filter(|(_, touch)| !touch.left.is_empty()).map(|(thread, _)| *thread).collect();
    let sizes: HashMap<ThreadId, i64> =
        if losing.is_empty() { HashMap::new() } else { thread::sizes(db, &losing).await?.into_iter().collect() };
    Ok(Batch { last, more, decisions: statements(workspace, now, &sorted, &sizes) })
}

/// Reads what the keys of a batch lead to.
async fn begin(db: &Db, workspace: WorkspaceId, tasks: &[Task<'_>]) -> Result<Sorting, StoreError> {
    let mut sought: Vec<Key> = tasks.iter().filter_map(|task| task.known.as_ref()).flat_map(|known| known.keys.sought()).collect();
    sought.sort_unstable();
    sought.dedup();
    if sought.is_empty() {
        return Ok(Sorting::default());
    }
    let found = thread::by_keys(db, workspace, &sought).await?;
    let mut threads: Vec<ThreadId> = found.iter().map(|found| found.thread).collect();
    threads.extend(tasks.iter().filter_map(|task| task.arrived.place.map(|(thread, _)| thread)));
    threads.sort_unstable();
    threads.dedup();
    let apart = if threads.len() < 2 { Vec::new() } else { thread_join::apart(db, &threads).await? };
    let nodes: HashMap<Key, ThreadNodeId> = found.iter().map(|found| (found.key, found.node)).collect();
    let doubtful = doubtful(tasks, &nodes);
    let mut sorting = Sorting::new(found, &apart);
    if !doubtful.is_empty() {
        for kept in letter::of_nodes(db, &doubtful, RECALLED_MAX).await? {
            let subject = Subject::read(&kept.letter.subject);
            sorting.recall(kept.node, brief_of(&kept.letter, &subject, &addresses_of(&kept.letter.recipients)));
        }
    }
    Ok(sorting)
}

/// The nodes that only a conversation leads to: whether it is one shows when their mails are read.
fn doubtful(tasks: &[Task<'_>], nodes: &HashMap<Key, ThreadNodeId>) -> Vec<ThreadNodeId> {
    let mut doubtful = Vec::new();
    for known in tasks.iter().filter_map(|task| task.known.as_ref()) {
        let sure: Vec<ThreadNodeId> = known.keys.names().filter_map(|key| nodes.get(&key).copied()).collect();
        doubtful.extend(known.keys.conversations().iter().filter_map(|key| nodes.get(key)).filter(|node| !sure.contains(node)).copied());
    }
    doubtful.sort_unstable();
    doubtful.dedup();
    doubtful
}

/// What is to be done about one message.
struct Task<'a> {
    arrived: &'a Arrived,
    /// Whether all of its events are what a first sync found.
    backfill: bool,
    /// The message as it is; `None` if it is gone.
    known: Option<Known<'a>>,
}

struct Known<'a> {
    letter: &'a Letter,
    subject: Subject,
    keys: Keys,
    brief: Brief,
    copy_key: i64,
}

/// One task for each message of the batch that is not yet where it belongs.
fn tasks(arrived: &[Arrived]) -> Vec<Task<'_>> {
    // Of several events about one message the last one sees the same row; it is news if any of them is.
    let mut last: HashMap<MessageId, (usize, bool)> = HashMap::new();
    for (place, one) in arrived.iter().enumerate().filter(|(_, one)| matters(one)) {
        let entry = last.entry(one.message).or_insert((place, true));
        *entry = (place, entry.1 && one.backfill);
    }
    let mut tasks = Vec::with_capacity(last.len());
    for (place, one) in arrived.iter().enumerate() {
        let Some((_, backfill)) = last.get(&one.message).filter(|(last, _)| *last == place) else { continue };
        if one.now.is_some() || one.place.is_some() {
            tasks.push(Task { arrived: one, backfill: *backfill, known: one.now.as_ref().map(|letter| known(one.message, letter)) });
        }
    }
    tasks
}

fn matters(arrived: &Arrived) -> bool {
    match arrived.kind {
        EventKind::MessageReceived | EventKind::MessageDeleted => true,
        EventKind::MessageUpdated | EventKind::MessageMoved => {
            has_changed(arrived.changes.as_deref(), &["subject", "from", "recipients", "received_at", "draft"])
        }
        _ => false,
    }
}

impl Task<'_> {
    fn perform(&self, sorting: &mut Sorting) {
        let Arrived { message, place, .. } = *self.arrived;
        let backfill = self.backfill;
        let Some(known) = &self.known else {
            if let Some((thread, _)) = place {
                sorting.lose(thread, message, backfill);
            }
            return;
        };
        let Known { letter, subject, keys, brief, copy_key } = known;
        let mail = Mail { message, at: letter.received_at, subject: &subject.base, keys, brief, copy_key: *copy_key, backfill };
        match place {
            None => sorting.place(&mail),
            Some(place) => sorting.reconsider(place, &mail),
        }
    }
}

fn known(message: MessageId, letter: &Letter) -> Known<'_> {
    let subject = Subject::read(&letter.subject);
    let recipients = addresses_of(&letter.recipients);
    let brief = brief_of(letter, &subject, &recipients);
    let keys = keys_of(letter, &subject, &recipients);
    let shared = copy_key(letter.internet_message_id.as_deref(), letter.author.as_deref(), &subject);
    Known { letter, subject, keys, brief, copy_key: shared.unwrap_or(message.number()) }
}

/// The keys of a message.
pub(crate) fn keys_of(letter: &Letter, subject: &Subject, recipients: &[String]) -> Keys {
    let references = references_of(&letter.references);
    let references: Vec<&str> = references.iter().map(AsRef::as_ref).collect();
    let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
    let facts = Facts {
        mailbox: letter.mailbox,
        at: letter.received_at,
        internet_message_id: letter.internet_message_id.as_deref(),
        in_reply_to: letter.in_reply_to.as_deref(),
        references: &references,
        conversation_id: letter.conversation_id.as_deref(),
        conversation_index: letter.conversation_index.as_deref(),
        author: letter.author.as_deref(),
        recipients: &recipients,
    };
    Keys::of(facts, subject)
}

fn brief_of(letter: &Letter, subject: &Subject, recipients: &[String]) -> Brief {
    let recipients = recipients.iter().map(String::as_str);
    Brief::of(letter.received_at, subject, letter.conversation_index.as_deref(), letter.author.as_deref(), recipients)
}

fn references_of(json: &str) -> Vec<Cow<'_, str>> {
    #[derive(serde::Deserialize)]
    struct Reference<'a>(#[serde(borrow)] Cow<'a, str>);
    if json == "[]" {
        return Vec::new();
    }
    let references: Vec<Reference<'_>> = serde_json::from_str(json).unwrap_or_default();
    references.into_iter().map(|reference| reference.0).collect()
}

/// The addresses of everyone but the author.
pub(crate) fn addresses_of(json: &str) -> Vec<String> {
    let recipients: Recipients = serde_json::from_str(json).unwrap_or_default();
    let Recipients { to, cc, bcc, reply_to, sender: _ } = recipients;
    [to, cc, bcc, reply_to].into_iter().flatten().map(|Participant { address, .. }| address).collect()
}
