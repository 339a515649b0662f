//! The threads consumer: which messages belong together. What decides is in `model::thread` and `sorting`; here is what
//! is read before and written after.

use std::borrow::Cow;

use model::event::EventKind;
use model::id::{MessageId, WorkspaceId};
use model::message::{Participant, Recipients};
use model::subject::Subject;
use model::thread::{Facts, Key, Keys};
use store::arrival::{self, Arrival, Letter};
use store::thread::{self, Thread};
use store::{Db, Statement, StoreError, message};

use crate::consumer::{Batch, has_changed};
use crate::sorting::{Sorted, Sorting};

/// Events of a batch: a few milliseconds of SQLite's one writer.
const EVENTS_MAX: u32 = 200;

pub(crate) async fn decide(db: &Db, workspace: WorkspaceId, after: i64) -> Result<Batch, StoreError> {
    let arrivals = arrival::letters(db, workspace, after, EVENTS_MAX).await?;
    let last = arrivals.last().map(|arrival| arrival.seq);
    let more = arrivals.len() == EVENTS_MAX as usize;
    let tasks = tasks(&arrivals);
    let mut sought: Vec<Key> = tasks.iter().filter_map(|task| task.keys.as_ref()).flat_map(|(_, keys)| keys.sought()).collect();
    sought.sort_unstable();
    sought.dedup();
    let found = if sought.is_empty() { Vec::new() } else { thread::by_keys(db, workspace, &sought).await? };
    let mut sorting = Sorting::new(found);
    tasks.iter().for_each(|task| task.perform(&mut sorting));
    let gone = tasks.iter().filter(|task| task.keys.is_none()).map(|task| task.arrival.message).collect();
    Ok(Batch { last, more, decisions: statements(workspace, sorting.finish(), gone) })
}

/// What is to be done about one message.
struct Task<'a> {
    arrival: &'a Arrival<Letter>,
    /// The message as it is, and its keys; `None` if it is gone.
    keys: Option<(&'a Letter, Keys)>,
}

/// One task for each message of the batch that is not yet where it belongs.
fn tasks(arrivals: &[Arrival<Letter>]) -> Vec<Task<'_>> {
    let mut tasks = Vec::with_capacity(arrivals.len());
    for (place, arrival) in arrivals.iter().enumerate() {
        // Of several events about one message the last one sees the same row.
        let again = || arrivals[place + 1..].iter().any(|later| later.message == arrival.message && matters(later));
        if matters(arrival) && !again() && (arrival.now.is_some() || arrival.thread.is_some()) {
            tasks.push(Task { arrival, keys: arrival.now.as_ref().map(|letter| (letter, keys_of(letter))) });
        }
    }
    tasks
}

fn matters(arrival: &Arrival<Letter>) -> bool {
    match arrival.kind {
        EventKind::MessageReceived | EventKind::MessageDeleted => true,
        EventKind::MessageUpdated | EventKind::MessageMoved => {
            has_changed(arrival.changes.as_deref(), &["subject", "from", "recipients", "received_at", "draft"])
        }
        _ => false,
    }
}

impl Task<'_> {
    fn perform(&self, sorting: &mut Sorting) {
        match (&self.keys, self.arrival.thread) {
            (None, None) => {}
            (None, Some(thread)) => sorting.lose(thread),
            (Some((letter, keys)), None) => sorting.place(self.arrival.message, letter.received_at, &letter.subject, keys),
            (Some((letter, keys)), Some(thread)) => sorting.reconsider(thread, letter.received_at, keys),
        }
    }
}

fn keys_of(letter: &Letter) -> Keys {
    let references = references_of(&letter.references);
    let references: Vec<&str> = references.iter().map(AsRef::as_ref).collect();
    // Only a subject needs to know who is on a message, and only one without references is matched by subject.
    let recipients = if references.is_empty() && letter.in_reply_to.is_none() { addresses_of(&letter.recipients) } else { Vec::new() };
    let recipients: Vec<&str> = recipients.iter().map(String::as_str).collect();
    Keys::of(Facts {
        mailbox: letter.mailbox,
        at: letter.received_at,
        internet_message_id: letter.internet_message_id.as_deref(),
        in_reply_to: letter.in_reply_to.as_deref(),
        references: &references,
        conversation_id: letter.conversation_id.as_deref(),
        subject: &letter.subject,
        author: letter.author.as_deref(),
        recipients: &recipients,
    })
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

fn addresses_of(json: &str) -> Vec<String> {
    let recipients: Recipients = serde_json::from_str(json).unwrap_or_default();
    let Recipients { to, cc, bcc, reply_to, sender: _ } = recipients;
    [to, cc, bcc, reply_to].into_iter().flatten().map(|Participant { address, .. }| address).collect()
}

fn statements(workspace: WorkspaceId, sorted: Sorted, gone: Vec<MessageId>) -> Vec<Statement> {
    let mut statements = Vec::with_capacity(sorted.placed.len() * 4);
    for gain in sorted.gains {
        let subject = Subject::read(&gain.subject).base;
        if gain.new {
            let (thread, first_at, last_at, message_count) = (gain.thread, gain.first_at, gain.last_at, gain.count);
            statements.push(thread::insert(&Thread { id: thread, workspace, subject, first_at, last_at, message_count }));
        } else {
            statements.push(thread::grow(gain.thread, gain.count, gain.first_at, &subject, gain.last_at));
        }
    }
    statements.extend(sorted.placed.into_iter().map(|(message, thread)| message::set_thread(message, thread)));
    statements.extend(sorted.joins.into_iter().flat_map(|(from, into)| thread::merge(from, into)));
    statements.extend(sorted.keys.into_iter().map(|(key, thread)| thread::put_key(workspace, key, thread)));
    statements.extend(gone.into_iter().map(thread::lose));
    statements.extend(sorted.recounts.into_iter().flat_map(thread::recount));
    statements
}
