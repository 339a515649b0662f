//! Asking: a plan is made, candidates are fetched newest first and proved, until a page is full or enough was looked at.

use std::collections::HashMap;

use model::id::MessageId;

use super::candidate::{Bounds, Row, Source};
use super::plan::Plan;
use super::stream::Streams;
use super::{Asked, Cursor, Hit, Order, Page, lookup, proof, rank};
use crate::db::Db;
use crate::error::StoreError;

/// What a page may cost: a row looked at is one, a text read is ten.
pub(super) const COST_MAX: usize = 5_000;
/// Candidates that are proved together at first, and at most: where few of them are hits, more are taken at a time.
const TOGETHER: usize = 64;
const TOGETHER_MAX: usize = 128;
/// The texts of so many messages are read rather than asking the index for candidates.
const FEW_MAX: i64 = 400;
/// So many sources are merged at most.
const SOURCES_MAX: usize = 32;
/// The largest page.
const LIMIT_MAX: u32 = 500;

/// A page of what matches a query, within what the asker may see.
///
/// # Errors
/// As [`Db::query`].
pub async fn search(db: &Db, asked: &Asked<'_>) -> Result<Page, StoreError> {
    let mut plan = lookup::plan(db, asked).await?;
    let unknown = std::mem::take(&mut plan.unknown);
    let limit = asked.limit.clamp(1, LIMIT_MAX);
    let page = if plan.impossible {
        Page { complete: true, ..Page::default() }
    } else if asked.order == Order::Ranked && plan.texts.iter().any(|text| !text.negated) {
        rank::page(db, &plan, asked.after, limit).await?
    } else {
        newest(db, &plan, asked.after, limit).await?
    };
    Ok(Page { unknown, ..page })
}

async fn newest(db: &Db, plan: &Plan, after: Option<Cursor>, limit: u32) -> Result<Page, StoreError> {
    let limit = limit as usize;
    let (sources, by_index) = sources(plan);
    let mut bounds = Bounds { floor: plan.floor, below: plan.ceiling };
    if let Some(Cursor::Older(message)) = after {
        bounds.below = bounds.below.min(message.number());
    }
    let plain = plan.rows.is_empty() && plan.unproved(by_index).is_empty();
    let mut together = if plain { limit + 1 } else { TOGETHER };
    let mut streams = Streams::new(sources, bounds, u32::try_from(together).unwrap_or(u32::MAX));
    let (mut gathered, mut cost, mut looked_at) = (Gathered::new(limit), 0, 0);
    loop {
        let candidates = streams.next(db, together).await?;
        let Some((last, _)) = candidates.last().copied() else { return Ok(gathered.into_page(looked_at, None)) };
        cost += candidates.len();
        // What may not be seen does not count as looked at either: a figure could tell of it.
        let shown: Vec<Row> = candidates.into_iter().filter_map(|(_, row)| row).filter(|row| plan.shows(row)).collect();
        looked_at += shown.len();
        let (found, spent) = proof::hits(db, plan, by_index, shown).await?;
        cost += spent;
        if !gathered.take(found) {
            return Ok(gathered.into_page(looked_at, None));
        }
        if cost >= COST_MAX {
            return Ok(gathered.into_page(looked_at, Some(last)));
        }
        together = together.max(TOGETHER_MAX.min(together * 2));
    }
}

/// Where candidates come from, and whether they are proved as far as the index goes. Of few messages the texts are read at
/// once; of many the index is asked, if there is something to ask it.
fn sources(plan: &Plan) -> (Vec<Source>, bool) {
    let ask = |messages: i64, sources: usize| sources <= SOURCES_MAX && (messages <= FEW_MAX || plan.texts.is_empty());
    if let Some((customers, _)) = plan.customers.as_ref().filter(|(_, messages)| ask(*messages, 1)) {
        return (vec![Source::Customers(customers.clone())], false);
    }
    if let Some((folders, _)) = plan.folders.as_ref().filter(|(folders, messages)| ask(*messages, folders.len())) {
        return (folders.iter().map(|folder| Source::Folder(*folder)).collect(), false);
    }
    ((0..plan.groups.len()).filter_map(|place| plan.demand(place)).map(Source::Index).collect(), true)
}

/// The hits of a page, each mail once.
pub(super) struct Gathered {
    limit: usize,
    hits: Vec<Hit>,
    by_copy: HashMap<i64, usize>,
    /// The last row that was taken, if there was one more.
    full_at: Option<MessageId>,
    last: Option<MessageId>,
}

impl Gathered {
    pub(super) fn new(limit: usize) -> Self {
        Gathered { limit, hits: Vec::new(), by_copy: HashMap::new(), full_at: None, last: None }
    }

    /// Takes rows in order until there is one that does not fit any more: then it says no.
    fn take(&mut self, rows: Vec<Row>) -> bool {
        for row in rows {
            if !self.add(&row) {
                self.full_at = self.last;
                return false;
            }
        }
        true
    }

    /// Adds one more row, unless it begins a mail more than fits.
    pub(super) fn add(&mut self, row: &Row) -> bool {
        let known = row.copy_key.and_then(|key| self.by_copy.get(&key)).copied();
        match known {
            Some(place) => self.hits[place].copies.push((row.message, row.mailbox)),
            None if self.hits.len() == self.limit => return false,
            None => {
                self.by_copy.extend(row.copy_key.map(|key| (key, self.hits.len())));
                self.hits.push(Hit { message: row.message, mailbox: row.mailbox, thread: row.thread, copies: Vec::new() });
            }
        }
        self.last = Some(row.message);
        true
    }

    pub(super) fn into_hits(self) -> Vec<Hit> {
        self.hits
    }

    /// The page; `stopped_at` is where looking further would have taken too long.
    fn into_page(self, looked_at: usize, stopped_at: Option<MessageId>) -> Page {
        let next = self.full_at.or(stopped_at).map(Cursor::Older);
        Page { hits: self.hits, next, looked_at: counted(looked_at), complete: stopped_at.is_none(), unknown: Vec::new() }
    }
}

pub(super) fn counted(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A bound above a message.
pub(super) fn above(message: MessageId) -> i64 {
    message.number().saturating_add(1)
}
