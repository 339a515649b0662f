//! Ranking: the newest matches by what speaks for them, as far as an index without places of words can say.
//!
//! A word in the subject or in the author's name counts more than one in the text, the more so the rarer that is among
//! the matches; all else being equal the newer message is the better one. Scores depend on nothing but the matches, so a
//! page and the next agree.

use std::collections::HashMap;

use model::id::MessageId;
use model::query::Field;

use super::ask::{COST_MAX, Gathered, above, counted};
use super::candidate::{self, Bounds, Row};
use super::plan::Plan;
use super::stream::newest_ids;
use super::window::Window;
use super::{Cursor, Page, RANKED_MAX, proof};
use crate::db::Db;
use crate::error::StoreError;

/// Words that are asked about one by one.
const WEIGHED_MAX: usize = 4;
/// What a word counts in these parts.
const WEIGHTS: [(Field, f64); 2] = [(Field::Subject, 3.0), (Field::From, 2.0)];
/// After this time a message's youth counts half.
const HALF_LIFE_SECONDS: f64 = 90.0 * 86_400.0;
/// Messages that are proved together.
const TOGETHER: usize = 64;

/// A page of the ranking.
pub(super) async fn page(db: &Db, plan: &Plan, after: Option<Cursor>, limit: u32) -> Result<Page, StoreError> {
    let mut bounds = Bounds { floor: plan.floor, below: plan.ceiling };
    let mut place = 0;
    if let Some(Cursor::Ranked { newest, place: reached }) = after {
        bounds.below = bounds.below.min(above(newest));
        place = reached as usize;
    }
    let matches = matches(db, plan, bounds).await?;
    let Some(newest) = matches.newest.first().copied() else { return Ok(Page { complete: true, ..Page::default() }) };
    let ranked = ranked(db, plan, &matches, bounds).await?;
    let (mut gathered, mut cost, mut full) = (Gathered::new(limit as usize), 0, false);
    while !full && place < ranked.len() && cost < COST_MAX {
        let together = &ranked[place..ranked.len().min(place + TOGETHER)];
        let shown: Vec<Row> = in_order(db, together).await?.into_iter().filter(|row| plan.shows(row)).collect();
        let (proved, spent) = proof::hits(db, plan, true, shown).await?;
        cost += together.len() + spent;
        let beyond = proved.iter().find(|row| !gathered.add(row));
        full = beyond.is_some();
        place += beyond.and_then(|row| together.iter().position(|id| *id == row.message)).unwrap_or(together.len());
    }
    let next = (place < ranked.len()).then(|| Cursor::Ranked { newest: MessageId::from_number(newest), place: counted(place) });
    let complete = matches.all && (full || next.is_none());
    Ok(Page { hits: gathered.into_hits(), next, looked_at: counted(matches.newest.len()), complete, unknown: Vec::new() })
}

/// What is ranked.
struct Matches {
    /// The newest matches, the newest first.
    newest: Vec<i64>,
    /// Whether these are all.
    all: bool,
    /// Which of them each group of mailboxes has, by its place, the newest first; older ones, too.
    by_group: Vec<Vec<i64>>,
}

async fn matches(db: &Db, plan: &Plan, bounds: Bounds) -> Result<Matches, StoreError> {
    let mut by_group = Vec::with_capacity(plan.groups.len());
    for (place, group) in plan.groups.iter().enumerate() {
        let mut ids = match plan.demand(place) {
            Some(demand) => newest_ids(db, &demand, bounds, RANKED_MAX + 1).await?,
            None => Vec::new(),
        };
        if let Some(mailboxes) = group.unnamed() {
            ids = candidate::within_mailboxes(db, &ids, &mailboxes).await?;
        }
        by_group.push(ids);
    }
    let mut newest = by_group.concat();
    newest.sort_unstable_by(|one, other| other.cmp(one));
    let all = newest.len() <= RANKED_MAX;
    newest.truncate(RANKED_MAX);
    Ok(Matches { newest, all, by_group })
}

/// The matches, best first.
async fn ranked(db: &Db, plan: &Plan, matches: &Matches, bounds: Bounds) -> Result<Vec<MessageId>, StoreError> {
    let (Some(newest), Some(oldest)) = (matches.newest.first(), matches.newest.last()) else { return Ok(Vec::new()) };
    let bounds = Bounds { floor: *oldest, below: bounds.below.min(newest + 1) };
    let mut scores = vec![1.0; matches.newest.len()];
    for place in 0..plan.texts.len().min(WEIGHED_MAX) {
        for (field, weight) in WEIGHTS {
            let standing = standing(db, plan, matches, place, field, bounds).await?;
            let rarity = (1.0 + matches.newest.len() as f64 / (1.0 + standing.len() as f64)).ln();
            for at in standing.iter().filter_map(|id| place_of(*id, &matches.newest)) {
                scores[at] += weight * rarity;
            }
        }
    }
    let mut ranked: Vec<(f64, i64)> = scores.iter().zip(&matches.newest).map(|(score, id)| (score * youth(*id, *newest), *id)).collect();
    ranked.sort_unstable_by(|one, other| other.0.total_cmp(&one.0).then(other.1.cmp(&one.1)));
    Ok(ranked.into_iter().map(|(_, id)| MessageId::from_number(id)).collect())
}

/// Between 1 for the newest match and a half for very old ones.
fn youth(id: i64, newest: i64) -> f64 {
    let second = |id: i64| MessageId::from_number(id).second().seconds() as f64;
    0.5 + 0.5 / (1.0 + (second(newest) - second(id)) / HALF_LIFE_SECONDS)
}

/// In which of the matches the words of one clause stand in this part.
async fn standing(db: &Db, plan: &Plan, matches: &Matches, place: usize, field: Field, bounds: Bounds) -> Result<Vec<i64>, StoreError> {
    let mut standing = Vec::new();
    for (group, own) in matches.by_group.iter().enumerate() {
        let Some(mut demand) = plan.demand(group) else { continue };
        let Some(within) = plan.texts[place].within(field, plan.groups[group].level) else { continue };
        demand = demand.and(within);
        if db.engine_name() != "sqlite" {
            demand = demand.within(Window::between(bounds.floor, bounds.below - 1));
        }
        let found = candidate::ids(db, &demand, bounds, RANKED_MAX).await?;
        standing.extend(found.into_iter().filter(|id| place_of(*id, own).is_some()));
    }
    Ok(standing)
}

/// Where an id stands among others, the largest first.
fn place_of(id: i64, among: &[i64]) -> Option<usize> {
    among.binary_search_by(|one| id.cmp(one)).ok()
}

async fn in_order(db: &Db, ids: &[MessageId]) -> Result<Vec<Row>, StoreError> {
    let rows: HashMap<MessageId, Row> = candidate::rows_of(db, ids).await?.into_iter().map(|row| (row.message, row)).collect();
    Ok(ids.iter().filter_map(|id| rows.get(id).copied()).collect())
}
