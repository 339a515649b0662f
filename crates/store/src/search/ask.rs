//! Asking: a plan is made, candidates are fetched newest first and proved, until a page is full or enough was looked at.

use model::id::MessageId;

use super::candidate::{Bounds, Row, Source};
use super::plan::{Group, Plan};
use super::stream::Streams;
use super::{Asked, Cursor, Hit, Order, Page, lookup, proof, rank};
use crate::db::Db;
use crate::error::StoreError;

/// What a page may cost: a row looked at is one, a text read is ten.
pub(super) const COST_MAX: usize = 5_000;
/// Candidates that are proved together.
const TOGETHER_MAX: usize = 64;
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
    let together = if plain { limit + 1 } else { TOGETHER_MAX };
    let mut streams = Streams::new(sources, bounds, u32::try_from(together).unwrap_or(u32::MAX));
    let (mut hits, mut cost, mut looked_at, mut last) = (Vec::<Row>::new(), 0, 0, None);
    loop {
        let candidates = streams.next(db, together).await?;
        let Some((oldest, _)) = candidates.last() else { return Ok(finished(hits, limit, looked_at)) };
        last = Some(*oldest).or(last);
        looked_at += candidates.len();
        let (found, spent) = proof::hits(db, plan, by_index, candidates.into_iter().filter_map(|(_, row)| row).collect()).await?;
        hits.extend(found);
        cost += spent;
        if hits.len() > limit {
            return Ok(finished(hits, limit, looked_at));
        }
        if cost >= COST_MAX {
            let page = finished(hits, limit, looked_at);
            return Ok(Page { next: last.map(Cursor::Older), complete: false, ..page });
        }
    }
}

/// Where candidates come from, and whether they are proved as far as the index goes.
fn sources(plan: &Plan) -> (Vec<Source>, bool) {
    if let Some(folders) = &plan.small_folders {
        return (folders.iter().map(|folder| Source::Folder(*folder)).collect(), false);
    }
    if let Some(customers) = plan.customers.as_ref().filter(|_| plan.texts.is_empty()) {
        return (vec![Source::Customers(customers.clone())], true);
    }
    let index = |group: &Group| plan.expressions(group).map(|(all, none)| Source::Index(group.level, all, none));
    (plan.groups.iter().filter_map(index).collect(), true)
}

/// A page of these hits; there is more if there are more than fit.
fn finished(mut hits: Vec<Row>, limit: usize, looked_at: usize) -> Page {
    let more = hits.len() > limit;
    hits.truncate(limit);
    let next = hits.last().filter(|_| more).map(|last| Cursor::Older(last.message));
    Page { hits: hits.iter().map(hit).collect(), next, looked_at: counted(looked_at), complete: true, unknown: Vec::new() }
}

pub(super) fn hit(row: &Row) -> Hit {
    Hit { message: row.message, mailbox: row.mailbox, thread: row.thread }
}

pub(super) fn counted(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}

/// A bound above a message.
pub(super) fn above(message: MessageId) -> i64 {
    message.number().saturating_add(1)
}
