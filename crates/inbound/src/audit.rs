//! Audit: each folder's ids at the source against those here, all of them, with the figures kept for people to see.
//!
//! Mail moves while it is counted, so a difference is believed only when a fresh pull has not explained it; then the
//! folder is read again from the start, which mends it, and the next audit proves that it did. Ids are compared as
//! hashes: 64 bits each, so that a folder of a million messages costs 16 MB, not 200.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::Duration;

use graph::mail::messages::list_ids;
use graph::{GraphError, NextLink};
use model::id::MessageId;
use store::cursor::{self, CursorKind, Position};
use store::folder::{self, Folder, FolderAudit};
use store::work::{Lane, Lease};
use store::{Ending, Statement, StoreError, Transaction, due, message, work};

use crate::Inbound;
use crate::site::{Met, Site};

/// Ids on a page.
const PAGE_SIZE: u16 = 1000;
/// How long after a pull a folder that differed is compared again.
const COMPARE_AGAIN: Duration = Duration::from_secs(60);
/// How often a difference is looked at before the folder is read again from the start.
const TRIES: u32 = 2;

/// Has every folder of a mailbox audited, and forgets old tombstones.
pub(crate) async fn run_mailbox(inbound: &Inbound, lease: &Lease) -> Result<Ending, StoreError> {
    let site = match inbound.meet(lease).await? {
        Met::Open(site) => *site,
        Met::Shut(ending) => return Ok(ending),
    };
    let (id, now) = (site.mailbox.id, inbound.clock.now());
    let mut audit = Transaction::new("audit.mailbox").with(work::hold(lease));
    for folder in folder::list(&inbound.db, id).await?.iter().filter(|folder| folder.removed_at.is_none()) {
        audit.push(work::mark_due(due::AUDIT_FOLDER, &due::folder_key(id, folder.id), Lane::Scheduled, now));
    }
    audit.push(message::purge(id, now.minus(inbound.settings.tombstone_age)));
    inbound.db.commit(audit).await?;
    Ok(Ending::Next(now.plus(inbound.settings.audit_interval), Lane::Scheduled))
}

/// Compares one folder.
pub(crate) async fn run_folder(inbound: &Inbound, lease: &Lease) -> Result<Ending, StoreError> {
    let site = match inbound.meet(lease).await? {
        Met::Open(site) => *site,
        Met::Shut(ending) => return Ok(ending),
    };
    let Some(id) = due::folder_of(&lease.key) else { return Ok(Ending::Gone) };
    let Some(folder) = folder::find(&inbound.db, id).await?.filter(|folder| folder.removed_at.is_none()) else { return Ok(Ending::Gone) };
    if folder.first_synced_at.is_none() {
        return Ok(Ending::Gone);
    }
    match ids_there(inbound, &site, &folder).await {
        Ok(there) => compare(inbound, lease, &site, &folder, there).await,
        Err(error) if error.is_not_found() => Ok(Ending::Gone),
        Err(error) => inbound.failed(lease, &site, &error).await,
    }
}

async fn ids_there(inbound: &Inbound, site: &Site, folder: &Folder) -> Result<HashSet<u64>, GraphError> {
    let access = site.access.in_lane(graph::Lane::Backfill);
    let mut ids = HashSet::new();
    let mut from: Option<NextLink> = None;
    loop {
        let page = list_ids(&inbound.graph, &access, &folder.graph_id, from.as_ref(), PAGE_SIZE).await?;
        ids.extend(page.items.iter().map(|listed| hash(&listed.id)));
        match page.next {
            Some(next) => from = Some(next),
            None => return Ok(ids),
        }
    }
}

async fn compare(inbound: &Inbound, lease: &Lease, site: &Site, folder: &Folder, mut there: HashSet<u64>) -> Result<Ending, StoreError> {
    let now = inbound.clock.now();
    let total = there.len();
    let (mut here, mut extra) = (0, 0);
    let mut after: Option<MessageId> = None;
    loop {
        let ids = message::ids_in_folder(&inbound.db, folder.id, after, 5000).await?;
        let Some((last, _)) = ids.last() else { break };
        after = Some(*last);
        here += ids.len();
        extra += ids.iter().filter(|(_, graph_id)| !there.remove(&hash(graph_id))).count();
    }
    let audit = FolderAudit { at: now, there: count(total), here: count(here), missing: count(there.len()), extra: count(extra) };
    let mut proof = Transaction::new("audit.folder").with(work::hold(lease)).with(folder::set_audit(folder.id, &audit));
    let differs = audit.missing + audit.extra > 0;
    if differs {
        proof.extend(mend(inbound, lease, site, folder).await?);
    }
    inbound.db.commit(proof).await?;
    let what = "the folder differed from its source and is being read again";
    Ok(if differs { Ending::Failed(now.plus(COMPARE_AGAIN), what.to_owned()) } else { Ending::Gone })
}

/// First a pull, which explains what moved meanwhile; then, if the difference stays, a round from the start.
async fn mend(inbound: &Inbound, lease: &Lease, site: &Site, folder: &Folder) -> Result<Vec<Statement>, StoreError> {
    let (id, now) = (site.mailbox.id, inbound.clock.now());
    let mut statements = Vec::new();
    if lease.attempts > TRIES {
        let resource = cursor::messages_of(&folder.graph_id);
        if let Some(saved) = cursor::find(&inbound.db, id, &resource).await? {
            let old = saved.position;
            let started_at = now.max(old.round_started_at.plus(Duration::from_millis(1)));
            let start = Position {
                kind: CursorKind::Start,
                link: None,
                round: old.round + 1,
                round_started_at: started_at,
                pages: 0,
                saved_at: now,
            };
            statements.push(cursor::save(id, &resource, saved.version, &start));
            tracing::warn!(mailbox.id = %id, folder.id = %folder.id, "A folder differs from its source and is read again from the start.");
        }
    }
    statements.push(due::pull_messages(id, folder.id, Lane::Notified, now));
    Ok(statements)
}

fn hash(id: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    id.hash(&mut hasher);
    hasher.finish()
}

fn count(number: usize) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}
