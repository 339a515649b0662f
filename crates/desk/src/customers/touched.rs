//! Touched: the threads that a batch of events may have changed something about.

use std::collections::BTreeMap;

use model::event::EventKind;
use model::id::{ThreadId, WorkspaceId};
use store::correspondence::{self, Touch};
use store::{Db, StoreError};

use crate::consumer::has_changed;

/// Events that are read at once; most are about messages and only passed by.
const EVENTS_MAX: u32 = 1000;
/// Threads that are decided on in one batch: a few milliseconds of SQLite's one writer.
const THREADS_MAX: usize = 150;

/// The threads of a batch.
#[derive(Debug)]
pub(crate) struct Touched {
    /// Each with whether all that touched it is from a first sync.
    pub(crate) threads: BTreeMap<ThreadId, bool>,
    /// Threads that became part of others: the one that went, the one that stays.
    pub(crate) joined: Vec<(ThreadId, ThreadId)>,
    /// The number of the last event that was taken.
    pub(crate) to: i64,
    /// Whether there may be more events.
    pub(crate) more: bool,
}

impl Touched {
    /// The threads touched by the events after number `from`.
    pub(crate) async fn read(db: &Db, workspace: WorkspaceId, from: i64) -> Result<Self, StoreError> {
        let events = correspondence::touches(db, workspace, from, EVENTS_MAX).await?;
        let mut touched = Touched { threads: BTreeMap::new(), joined: Vec::new(), to: from, more: events.len() == EVENTS_MAX as usize };
        for event in events {
            if touched.threads.len() >= THREADS_MAX {
                touched.more = true;
                break;
            }
            touched.to = event.seq;
            touched.take(&event);
        }
        Ok(touched)
    }

    fn take(&mut self, event: &Touch) {
        let subject = ThreadId::from_number(event.subject);
        match event.kind {
            EventKind::ThreadCreated | EventKind::ThreadChanged => self.add(subject, event.backfill),
            EventKind::ThreadJoined | EventKind::ThreadSplit => {
                self.add(subject, event.backfill);
                for other in others(event.data.as_deref()) {
                    self.add(other, event.backfill);
                    if event.kind == EventKind::ThreadJoined {
                        self.joined.push((other, subject));
                    }
                }
            }
            EventKind::MessageMoved => event.thread.into_iter().for_each(|thread| self.add(thread, event.backfill)),
            EventKind::MessageUpdated if has_changed(event.data.as_deref(), &["from", "recipients", "received_at", "draft", "private"]) => {
                event.thread.into_iter().for_each(|thread| self.add(thread, event.backfill));
            }
            _ => {}
        }
    }

    /// Adds a thread; news and old mail together are news.
    pub(crate) fn add(&mut self, thread: ThreadId, backfill: bool) {
        let known = self.threads.entry(thread).or_insert(backfill);
        *known &= backfill;
    }
}

/// The other thread of a join or a split.
fn others(data: Option<&str>) -> Vec<ThreadId> {
    #[derive(serde::Deserialize)]
    struct Others {
        from: Option<ThreadId>,
        thread: Option<ThreadId>,
    }
    let others = data.and_then(|data| serde_json::from_str::<Others>(data).ok());
    others.map_or_else(Vec::new, |others| others.from.into_iter().chain(others.thread).collect())
}
