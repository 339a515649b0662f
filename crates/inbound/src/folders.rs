//! Pull a mailbox's folders: a whole round of their delta at once, committed in one transaction with its cursor.
//!
//! A round is small (a mailbox has tens of folders, not thousands), so it is read to its end before anything is
//! written: what it did not list, if it began from nothing, is gone. Source: Microsoft Graph, `mailFolder: delta`.

use std::collections::HashMap;
use std::time::Duration;

use base::Recourse;
use graph::mail::folder::{folders_delta, well_known_folders};
use graph::{DeltaLink, GraphError, Link};
use model::event::NewEvent;
use model::id::MailboxId;
use store::cursor::{self, CursorKind, DeltaCursor, Position};
use store::folder::{self, Folder};
use store::work::{Lane, Lease};
use store::{Ending, Statement, StoreError, Transaction, due, ledger, mailbox, message, refiling, work};

use crate::Inbound;
use crate::folder_plan::{self, FolderEntry, FolderStep, Round};
use crate::reading;
use crate::site::{Met, Site};

/// Folders asked for on a page.
const PAGE_SIZE: u16 = 200;
/// Pages of one round; beyond them the mailbox has more folders than Exchange allows.
const PAGES_MAX: usize = 1000;

/// Every so many looks at the folders their purposes are asked for again: one may have been refused for a moment.
const NAMES_EVERY: i64 = 12;
/// Folders that every mailbox has: until they are known by their purpose, it is asked for.
const EVERY_MAILBOX_HAS: [&str; 4] = ["inbox", "sentitems", "drafts", "deleteditems"];

/// What a round brought.
struct Read {
    entries: Vec<FolderEntry>,
    link: Link,
    well_known: HashMap<String, &'static str>,
}

pub(crate) async fn run(inbound: &Inbound, lease: &Lease) -> Result<Ending, StoreError> {
    let site = match inbound.meet(lease).await? {
        Met::Open(site) => *site,
        Met::Shut(ending) => return Ok(ending),
    };
    let saved = cursor::find(&inbound.db, site.mailbox.id, cursor::FOLDERS).await?;
    let known = folder::list(&inbound.db, site.mailbox.id).await?;
    match read(inbound, &site, saved.as_ref(), &known).await {
        Ok(read) => {
            take(inbound, lease, &site, saved.as_ref(), &known, read).await?;
            if site.backfill() {
                inbound.conclude_first_sync(lease, &site).await?;
            }
            Ok(Ending::Next(inbound.clock.now().plus(inbound.interval(&site).await?), Lane::Scheduled))
        }
        Err(error) if error.recourse() == Recourse::Resync && saved.as_ref().is_some_and(|saved| saved.position.link.is_some()) => {
            begin_again(inbound, lease, &site, saved).await
        }
        Err(error) => inbound.failed(lease, &site, &error).await,
    }
}

async fn read(inbound: &Inbound, site: &Site, saved: Option<&DeltaCursor>, known: &[Folder]) -> Result<Read, GraphError> {
    let mut from = match saved.and_then(|saved| saved.position.link.as_deref()) {
        Some(link) => Some(Link::Delta(DeltaLink::checked(link, inbound.graph.cloud())?)),
        None => None,
    };
    let mut entries = Vec::new();
    for _ in 0..PAGES_MAX {
        let page = folders_delta(&inbound.graph, &site.access, from.as_ref(), PAGE_SIZE).await?;
        entries.extend(page.items.into_iter().filter_map(reading::folder_entry));
        let whole = page.link.ends_the_round();
        from = Some(page.link);
        if whole {
            break;
        }
    }
    let link = from.filter(Link::ends_the_round).ok_or(GraphError::Unaskable("the folders' delta has no end"))?;
    let names_known = EVERY_MAILBOX_HAS.iter().all(|name| known.iter().any(|folder| folder.well_known.as_deref() == Some(name)));
    let asked_lately = saved.is_some_and(|saved| saved.position.pages % NAMES_EVERY != 0);
    let well_known = if names_known && asked_lately { Vec::new() } else { well_known_folders(&inbound.graph, &site.access).await? };
    let well_known = well_known.into_iter().map(|known| (known.folder.id, known.name)).collect();
    Ok(Read { entries, link, well_known })
}

async fn take(
    inbound: &Inbound,
    lease: &Lease,
    site: &Site,
    saved: Option<&DeltaCursor>,
    known: &[Folder],
    read: Read,
) -> Result<(), StoreError> {
    let now = inbound.clock.now();
    let from_nothing = saved.is_none_or(|saved| saved.position.link.is_none());
    let id = site.mailbox.id;
    let round = Round { mailbox: id, whole: from_nothing, backfill: site.backfill(), well_known: &read.well_known, now };
    let steps = folder_plan::plan(round, &read.entries, known);
    let before = saved.map(|saved| &saved.position);
    let position = Position {
        kind: CursorKind::Delta,
        link: Some(read.link.as_str().to_owned()),
        round: before.map_or(1, |before| before.round),
        round_started_at: before.map_or(now, |before| before.round_started_at),
        pages: before.map_or(0, |before| before.pages) + 1,
        saved_at: now,
    };
    let mut page = Transaction::new("pull.folders").with(work::hold(lease));
    let mut events = Vec::new();
    if steps.iter().any(|step| step.leaves_out_what_was_filed(known)) {
        page.extend(refiling::look_again(site.mailbox.workspace, "rule", now));
    }
    for step in steps {
        page.extend(statements(id, step, now, &mut events));
    }
    // A mailbox that goes on after it was stopped has all its folders looked at.
    if before.is_some_and(|before| before.saved_at <= site.mailbox.state_at) {
        page.extend(known.iter().filter(|folder| folder.removed_at.is_none()).map(|folder| pull(id, folder, now)));
    }
    page.push(cursor::save(id, cursor::FOLDERS, saved.map_or(0, |saved| saved.version), &position));
    page.push(mailbox::set_contact(id, now));
    if !events.is_empty() {
        page.extend(due::decide(site.mailbox.workspace, now));
        page.extend(ledger::append(site.mailbox.workspace, id, now, &events));
    }
    inbound.db.commit(page).await.map(|_| ())
}

fn statements(mailbox: MailboxId, step: FolderStep, now: base::Timestamp, events: &mut Vec<NewEvent>) -> Vec<Statement> {
    match step {
        FolderStep::Insert(folder, event) => {
            events.push(event);
            vec![folder::insert(&folder), pull(mailbox, &folder, now)]
        }
        FolderStep::Update { folder, event, again } => {
            events.extend(event);
            let mut statements = vec![folder::update(&folder)];
            if again {
                statements.push(pull(mailbox, &folder, now));
            }
            statements
        }
        FolderStep::Remove(folder, event) => {
            events.push(event);
            vec![
                folder::update(&folder),
                message::leave_all(folder.id, now),
                message::forget_claims(mailbox, folder.id),
                cursor::remove(mailbox, &cursor::messages_of(&folder.graph_id)),
                due::mailbox(due::PULL_HINTS, mailbox, Lane::Notified, now),
            ]
        }
    }
}

/// The folders that people look at first are pulled first.
fn pull(mailbox: MailboxId, folder: &Folder, now: base::Timestamp) -> Statement {
    let ahead = match folder.well_known.as_deref() {
        Some("inbox") => 3,
        Some("sentitems") => 2,
        Some("drafts" | "archive") => 1,
        _ => 0,
    };
    due::pull_messages(mailbox, folder.id, Lane::Scheduled, now.minus(Duration::from_millis(ahead)))
}

async fn begin_again(inbound: &Inbound, lease: &Lease, site: &Site, saved: Option<DeltaCursor>) -> Result<Ending, StoreError> {
    let now = inbound.clock.now();
    let Some(DeltaCursor { version, position, .. }) = saved else { return Ok(Ending::Next(now, lease.lane)) };
    let start = Position { kind: CursorKind::Start, link: None, round: position.round + 1, round_started_at: now, ..position };
    let again =
        Transaction::new("pull.resync").with(work::hold(lease)).with(cursor::save(site.mailbox.id, cursor::FOLDERS, version, &start));
    inbound.db.commit(again).await?;
    Ok(Ending::Next(now, lease.lane))
}
