//! Streams: the candidates of each source, batch by batch, and all of them together newest first.

use std::collections::VecDeque;

use model::id::MessageId;

use super::candidate::{self, Bounds, Row, Source};
use super::expression::Expression;
use super::walk::Walk;
use super::window::Window;
use crate::db::Db;
use crate::error::StoreError;

/// The largest batch.
const BATCH_MAX: u32 = 512;

/// The candidates of one source.
#[derive(Debug)]
pub(super) struct Stream {
    source: Source,
    bounds: Bounds,
    /// Only where the index keeps no order, and once it was asked.
    walk: Option<Walk>,
    ended: bool,
    ready: VecDeque<(MessageId, Option<Row>)>,
}

/// All streams of a search.
#[derive(Debug)]
pub(super) struct Streams {
    streams: Vec<Stream>,
    batch: u32,
}

impl Streams {
    /// The streams of these sources; `batch` candidates are asked for first, more later.
    pub(super) fn new(sources: Vec<Source>, bounds: Bounds, batch: u32) -> Self {
        let stream = |source| Stream { source, bounds, walk: None, ended: false, ready: VecDeque::new() };
        Streams { streams: sources.into_iter().map(stream).collect(), batch: batch.clamp(1, BATCH_MAX) }
    }

    /// The next candidates of all streams, newest first: at most `count`, none at the end.
    pub(super) async fn next(&mut self, db: &Db, count: usize) -> Result<Vec<(MessageId, Option<Row>)>, StoreError> {
        let mut found = Vec::with_capacity(count);
        while found.len() < count {
            let batch = self.batch;
            for stream in self.streams.iter_mut().filter(|stream| stream.ready.is_empty() && !stream.ended) {
                stream.fill(db, batch, count - found.len()).await?;
                self.batch = (self.batch * 2).min(BATCH_MAX);
            }
            let newest = self.streams.iter_mut().filter(|stream| !stream.ready.is_empty()).max_by_key(|stream| stream.ready[0].0);
            let Some(newest) = newest else { break };
            found.extend(newest.ready.pop_front());
        }
        Ok(found)
    }
}

impl Stream {
    async fn fill(&mut self, db: &Db, batch: u32, wanted: usize) -> Result<(), StoreError> {
        if matches!(self.source, Source::Index(..)) && db.engine_name() != "sqlite" {
            return self.fill_by_windows(db, batch, wanted).await;
        }
        let rows = candidate::rows(db, &self.source, self.bounds, batch).await?;
        self.ended = rows.len() < batch as usize;
        self.take(rows);
        Ok(())
    }

    fn take(&mut self, rows: Vec<(MessageId, Option<Row>)>) {
        if let Some((last, _)) = rows.last() {
            self.bounds.below = last.number();
        }
        self.ready.extend(rows);
    }

    /// Goes back in time window by window until there is a candidate.
    async fn fill_by_windows(&mut self, db: &Db, batch: u32, wanted: usize) -> Result<(), StoreError> {
        let mut walk = match self.walk {
            Some(walk) => walk,
            None => Walk::begin(db, self.bounds).await?,
        };
        while self.ready.is_empty() {
            let Some((window, bounds)) = walk.window(db, self.bounds, wanted).await? else { break };
            let rows = candidate::rows(db, &within(&self.source, window), bounds, batch).await?;
            let stopped_at = rows.last().filter(|_| rows.len() == batch as usize).map(|(last, _)| *last);
            walk.go_on(self.bounds, rows.len(), stopped_at, wanted);
            self.take(rows);
        }
        self.ended = walk.has_ended();
        self.walk = Some(walk);
        Ok(())
    }
}

fn within(source: &Source, window: Window) -> Source {
    match source {
        Source::Index(group, all, none) => {
            let mut all = all.clone();
            all.push(candidate::within(window));
            Source::Index(*group, all, none.clone())
        }
        other => other.clone(),
    }
}

/// The ids of the newest messages of the index, newest first, on either engine.
pub(super) async fn newest_ids(
    db: &Db,
    all: &[Expression],
    none: &[Expression],
    bounds: Bounds,
    limit: usize,
) -> Result<Vec<i64>, StoreError> {
    if db.engine_name() == "sqlite" {
        return candidate::ids(db, all, none, bounds, limit).await;
    }
    let mut found = Vec::new();
    let mut walk = Walk::begin(db, bounds).await?;
    while found.len() < limit {
        let Some((window, within)) = walk.window(db, bounds, limit - found.len()).await? else { break };
        let mut narrowed = all.to_vec();
        narrowed.push(candidate::within(window));
        let more = candidate::ids(db, &narrowed, none, within, limit - found.len()).await?;
        found.extend(&more);
        walk.go_on(bounds, more.len(), None, limit - found.len());
    }
    Ok(found)
}
