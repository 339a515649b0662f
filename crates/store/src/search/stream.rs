//! Streams: the candidates of each source, batch by batch, and all of them together newest first.

use std::collections::VecDeque;

use model::id::MessageId;

use super::candidate::{self, Bounds, Row, Source};
use super::expression::Expression;
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
    /// The stretch of time that is looked at; only where the index keeps no order.
    window: Option<Window>,
    begun: bool,
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
        let stream = |source| Stream { source, bounds, window: None, begun: false, ended: false, ready: VecDeque::new() };
        Streams { streams: sources.into_iter().map(stream).collect(), batch: batch.clamp(1, BATCH_MAX) }
    }

    /// The next candidates of all streams, newest first: at most `count`, none at the end.
    pub(super) async fn next(&mut self, db: &Db, count: usize) -> Result<Vec<(MessageId, Option<Row>)>, StoreError> {
        let mut found = Vec::with_capacity(count);
        while found.len() < count {
            let batch = self.batch;
            for stream in self.streams.iter_mut().filter(|stream| stream.ready.is_empty() && !stream.ended) {
                stream.fill(db, batch).await?;
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
    async fn fill(&mut self, db: &Db, batch: u32) -> Result<(), StoreError> {
        if matches!(self.source, Source::Index(..)) && db.engine_name() != "sqlite" {
            return self.fill_by_windows(db, batch).await;
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
    async fn fill_by_windows(&mut self, db: &Db, batch: u32) -> Result<(), StoreError> {
        if !self.begun {
            self.begun = true;
            self.window = candidate::newest(db, self.bounds.below).await?.map(|newest| Window::before(newest + 1));
        }
        while self.ready.is_empty() && !self.ended {
            let Some(window) = self.window else { break };
            let floor = window.floor().max(self.bounds.floor);
            let source = within(&self.source, window);
            let rows = candidate::rows(db, &source, Bounds { floor, below: self.bounds.below }, batch).await?;
            if rows.len() < batch as usize {
                self.window = window.earlier().filter(|_| window.floor() > self.bounds.floor);
            }
            self.take(rows);
        }
        self.ended = self.window.is_none();
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
    let mut window = candidate::newest(db, bounds.below).await?.map(|newest| Window::before(newest + 1));
    while let Some(present) = window {
        let mut narrowed = all.to_vec();
        narrowed.push(candidate::within(present));
        let floor = present.floor().max(bounds.floor);
        found.extend(candidate::ids(db, &narrowed, none, Bounds { floor, below: bounds.below }, limit - found.len()).await?);
        window = present.earlier().filter(|_| present.floor() > bounds.floor && found.len() < limit);
    }
    Ok(found)
}
