//! Streams: the candidates of each source, batch by batch, and all of them together newest first.

use std::collections::VecDeque;

use model::id::MessageId;

use super::candidate::{self, Bounds, Row, Source};
use super::demand::Demand;
use super::walk::Walk;
use crate::db::Db;
use crate::error::StoreError;

/// The largest batch.
const BATCH_MAX: u32 = 512;

/// For each match that is wanted so many messages of few mailboxes are looked at, and so many in all.
const LEAFED_A_MATCH: usize = 3;
const LEAFED_MAX: usize = 512;

/// The candidates of one source.
#[derive(Debug)]
pub(super) struct Stream {
    source: Source,
    bounds: Bounds,
    /// Only where the index keeps no order, and once it was asked.
    way: Option<Way>,
    ended: bool,
    ready: VecDeque<(MessageId, Option<Row>)>,
}

/// How the newest come out of an index that keeps no order.
#[derive(Clone, Copy, Debug)]
enum Way {
    /// Back in time, window by window.
    Walk(Walk),
    /// The newest messages of few mailboxes one by one, so many until now: a word that is frequent in them comes up soon.
    Leaf(usize),
    /// All that match at once: where the mailboxes have few messages and the word is rare in them, these are not many.
    Whole,
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
        let stream = |source| Stream { source, bounds, way: None, ended: false, ready: VecDeque::new() };
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
        let demand = match &self.source {
            Source::Index(demand) if db.engine_name() != "sqlite" => demand.clone(),
            _ => return self.fill_in_order(db, batch).await,
        };
        let mut way = match self.way {
            Some(way) => way,
            None => Way::begin(db, &demand, self.bounds).await?,
        };
        while self.ready.is_empty() && !self.ended {
            way = match way {
                Way::Leaf(looked_at) if looked_at < LEAFED_MAX => self.leaf(db, &demand, looked_at, wanted).await?,
                Way::Leaf(_) | Way::Whole => {
                    self.fill_in_order(db, batch).await?;
                    Way::Whole
                }
                Way::Walk(walk) => self.walk(db, &demand, walk, batch, wanted).await?,
            };
        }
        self.way = Some(way);
        Ok(())
    }

    async fn fill_in_order(&mut self, db: &Db, batch: u32) -> Result<(), StoreError> {
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

    /// Looks at some of the newest messages of few mailboxes.
    async fn leaf(&mut self, db: &Db, demand: &Demand, looked_at: usize, wanted: usize) -> Result<Way, StoreError> {
        let count = (wanted * LEAFED_A_MATCH).min(LEAFED_MAX);
        let rows = candidate::leafed(db, demand, self.bounds, count).await?;
        self.ended = rows.len() < count;
        self.take(rows);
        self.ready.retain(|(_, row)| row.is_some());
        Ok(Way::Leaf(looked_at + count))
    }

    /// Looks into the next window.
    async fn walk(&mut self, db: &Db, demand: &Demand, mut walk: Walk, batch: u32, wanted: usize) -> Result<Way, StoreError> {
        if let Some((window, bounds)) = walk.window(db, self.bounds, wanted).await? {
            let rows = candidate::rows(db, &Source::Index(demand.within(window)), bounds, batch).await?;
            let stopped_at = rows.last().filter(|_| rows.len() == batch as usize).map(|(last, _)| *last);
            walk.go_on(self.bounds, rows.len(), stopped_at, wanted);
            self.take(rows);
        }
        self.ended = walk.has_ended();
        Ok(Way::Walk(walk))
    }
}

impl Way {
    async fn begin(db: &Db, demand: &Demand, bounds: Bounds) -> Result<Self, StoreError> {
        if !demand.mailboxes.is_empty() && candidate::are_few(db, &demand.mailboxes, bounds).await? {
            return Ok(Way::Leaf(0));
        }
        Walk::begin(db, bounds).await.map(Way::Walk)
    }
}

/// The ids of the newest messages of the index, newest first, on either engine.
pub(super) async fn newest_ids(db: &Db, demand: &Demand, bounds: Bounds, limit: usize) -> Result<Vec<i64>, StoreError> {
    if db.engine_name() == "sqlite" {
        return candidate::ids(db, demand, bounds, limit).await;
    }
    let mut walk = match Way::begin(db, demand, bounds).await? {
        Way::Walk(walk) => walk,
        Way::Leaf(_) | Way::Whole => return candidate::ids(db, demand, bounds, limit).await,
    };
    let mut found = Vec::new();
    while found.len() < limit {
        let Some((window, within)) = walk.window(db, bounds, limit - found.len()).await? else { break };
        let more = candidate::ids(db, &demand.within(window), within, limit - found.len()).await?;
        found.extend(&more);
        walk.go_on(bounds, more.len(), None, limit - found.len());
    }
    Ok(found)
}
