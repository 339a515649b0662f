//! The search consumer: keeps the full-text index in line with the messages.

use model::event::EventKind;
use model::id::WorkspaceId;
use store::arrival::{self, Arrival, Text};
use store::search::{self, BODY_CHARACTERS_MAX, Document};
use store::{Db, Statement, StoreError};

use crate::consumer::{Batch, has_changed};

/// Events of a batch: what FTS5 takes in a few milliseconds, which is how long SQLite's one writer may be held.
const EVENTS_MAX: u32 = 100;

pub(crate) async fn decide(db: &Db, workspace: WorkspaceId, after: i64) -> Result<Batch, StoreError> {
    let arrivals = arrival::texts(db, workspace, after, EVENTS_MAX, BODY_CHARACTERS_MAX).await?;
    let last = arrivals.last().map(|arrival| arrival.seq);
    let more = arrivals.len() == EVENTS_MAX as usize;
    let mut due: Vec<&Arrival<Text>> = Vec::with_capacity(arrivals.len());
    for (place, arrival) in arrivals.iter().enumerate() {
        // Of several events about one message the last one sees the same row.
        let again = || arrivals[place + 1..].iter().any(|later| later.message == arrival.message && matters(later));
        if matters(arrival) && !again() {
            due.push(arrival);
        }
    }
    // FTS5 gathers rows in memory only while their ids grow: in the order of a first sync, newest first, it would write
    // out every row by itself, at two and a half times the cost.
    due.sort_unstable_by_key(|arrival| arrival.message);
    let decisions = due.into_iter().map(|arrival| decision(workspace, arrival)).collect();
    Ok(Batch { last, more, decisions })
}

fn matters(arrival: &Arrival<Text>) -> bool {
    match arrival.kind {
        EventKind::MessageReceived | EventKind::MessageDeleted => true,
        EventKind::MessageUpdated | EventKind::MessageMoved => {
            has_changed(arrival.changes.as_deref(), &["subject", "body", "from", "recipients", "private"])
        }
        _ => false,
    }
}

fn decision(workspace: WorkspaceId, arrival: &Arrival<Text>) -> Statement {
    match &arrival.now {
        Some(now) => search::put(arrival.message, now.mailbox, workspace, &Document::of(now)),
        None => search::remove(arrival.message),
    }
}
