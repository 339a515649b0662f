//! Pull a folder's messages: the next pages of its delta chain, each committed with the cursor that follows it.
//!
//! One chain a folder, immutable ids, newest first. A link that no longer resumes costs a new round over everything:
//! what is the same says nothing, and what that round did not show has left the folder. Source: Microsoft Graph,
//! `message: delta`; rounds, replays and lost sync states are described in `graph::mail::messages`.

use std::collections::HashMap;
use std::time::Duration;

use base::{Recourse, Timestamp};
use graph::mail::MessagesStart;
use graph::mail::messages::{messages, messages_delta};
use graph::{GraphError, Link};
use model::event::{EventKind, NewEvent};
use store::cursor::{self, CursorKind, DeltaCursor, Position};
use store::folder::{self, Folder};
use store::work::{Lane, Lease};
use store::{Ending, Statement, StoreError, Transaction, due, ledger, mailbox, message, work};

use crate::Inbound;
use crate::failure::Failure;
use crate::pieces::{self, Stake};
use crate::plan::{self, Entry, Known, Place, Step};
use crate::reading;
use crate::site::{Met, Site};

/// Pages that one unit takes before others get their turn.
const PAGES_MAX: usize = 10;
/// Messages asked for in one batch that a page did not show whole.
const WHOLE_MAX: usize = 20;
/// Messages taken out at once after a round that did not show them.
const SWEEP_MAX: u32 = 100;

/// A folder's chain as a unit of work meets it.
struct Chain<'a> {
    inbound: &'a Inbound,
    lease: &'a Lease,
    site: Site,
    folder: Folder,
    cursor: DeltaCursor,
}

/// A page, read.
struct Page {
    entries: Vec<Entry>,
    link: Link,
}

pub(crate) async fn run(inbound: &Inbound, lease: &Lease) -> Result<Ending, StoreError> {
    let site = match inbound.meet(lease).await? {
        Met::Open(site) => *site,
        Met::Shut(ending) => return Ok(ending),
    };
    let Some(folder) = find_folder(inbound, lease).await? else { return Ok(Ending::Gone) };
    let mut chain = Chain::open(inbound, lease, site, folder).await?;
    for _ in 0..PAGES_MAX {
        match chain.take_page().await {
            Ok(false) => {}
            Ok(true) => return chain.rest().await,
            Err(Failure::Graph(error)) => return chain.failed(&error).await,
            // Another folder's pull has written about one of these messages since it was read: decide the page again.
            Err(Failure::Store(StoreError::Refused { guard })) if guard == message::WHERE_IT_WAS => break,
            Err(Failure::Store(error)) => return Err(error),
        }
    }
    Ok(Ending::Next(inbound.clock.now(), lease.lane))
}

async fn find_folder(inbound: &Inbound, lease: &Lease) -> Result<Option<Folder>, StoreError> {
    let Some(id) = due::folder_of(&lease.key) else { return Ok(None) };
    Ok(folder::find(&inbound.db, id).await?.filter(|folder| folder.removed_at.is_none()))
}

impl<'a> Chain<'a> {
    async fn open(inbound: &'a Inbound, lease: &'a Lease, site: Site, folder: Folder) -> Result<Self, StoreError> {
        let resource = cursor::messages_of(&folder.graph_id);
        let saved = cursor::find(&inbound.db, site.mailbox.id, &resource).await?;
        let now = inbound.clock.now();
        let cursor = saved.unwrap_or(DeltaCursor {
            resource,
            version: 0,
            position: Position { kind: CursorKind::Start, link: None, round: 1, round_started_at: now, pages: 0, saved_at: now },
        });
        Ok(Chain { inbound, lease, site, folder, cursor })
    }

    /// Takes the next page; true if the round is whole with it.
    async fn take_page(&mut self) -> Result<bool, Failure> {
        let page = self.fetch().await?;
        let place = self.place();
        let (entries, known) = self.complete(page.entries).await?;
        let mut steps = plan::plan(place, entries, known);
        let whole = page.link.ends_the_round();
        let sweeps = whole && self.reads_everything() && self.cursor.position.round > 1;
        let last_piece = if sweeps { Vec::new() } else { steps.split_off(last_piece_start(steps.len(), self.piece_size())) };
        self.commit_pieces("pull.piece", place, steps).await?;
        if sweeps {
            self.sweep(place).await?;
        }
        self.commit_page(place, last_piece, &page.link).await?;
        Ok(whole)
    }

    /// The next page, outside any transaction. After a failure pages get smaller, because Microsoft answers 504 to those
    /// that are too heavy for it.
    async fn fetch(&self) -> Result<Page, Failure> {
        let position = &self.cursor.position;
        let link = self.inbound.saved_link(position.kind, position.link.as_deref())?;
        let start = link.as_ref().map_or(MessagesStart::Everything, MessagesStart::Link);
        let size = (self.inbound.settings.page_size >> self.lease.attempts.saturating_sub(1).min(4)).max(5);
        let page = messages_delta(&self.inbound.graph, &self.site.access, &self.folder.graph_id, start, size).await?;
        let mut entries: Vec<Entry> = page.items.into_iter().map(reading::entry).collect();
        let unreadable: Vec<String> = page.unreadable.into_iter().filter(|id| !id.is_empty()).collect();
        entries.extend(self.fetch_whole(&unreadable).await?);
        Ok(Page { entries, link: page.link })
    }

    /// Adds what the mirror knows, and what the page did not say of messages that the mirror does not.
    async fn complete(&self, mut entries: Vec<Entry>) -> Result<(Vec<Entry>, HashMap<String, Known>), Failure> {
        let ids: Vec<&str> = entries.iter().map(Entry::graph_id).collect();
        let mirrored = message::by_graph_ids(&self.inbound.db, self.site.mailbox.id, &ids).await?;
        let known: HashMap<String, Known> = mirrored.into_iter().map(|m| (m.message.graph_id.clone(), Known::from(m))).collect();
        let missing = plan::too_little(&entries, &known);
        entries.extend(self.fetch_whole(&missing).await?);
        Ok((entries, known))
    }

    async fn fetch_whole(&self, ids: &[String]) -> Result<Vec<Entry>, Failure> {
        let mut entries = Vec::with_capacity(ids.len());
        for ids in ids.chunks(WHOLE_MAX) {
            let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
            for outcome in messages(&self.inbound.graph, &self.site.access, &ids).await {
                match outcome {
                    Ok(message) => entries.push(Entry::Present(Box::new(reading::sighting(message)))),
                    Err(error) if error.is_not_found() => {}
                    // A message that Microsoft itself cannot read would stop its folder for ever. The audit will name it.
                    Err(error) if error.recourse() == Recourse::Refuse && error.status().is_none_or(|status| status.as_u16() != 403) => {
                        tracing::warn!(mailbox.id = %self.site.mailbox.id, graph.code = error.code(), "A message cannot be read: {error}.");
                    }
                    Err(error) => return Err(error.into()),
                }
            }
        }
        Ok(entries)
    }

    fn place(&self) -> Place {
        Place {
            workspace: self.site.mailbox.workspace,
            mailbox: self.site.mailbox.id,
            folder: self.folder.id,
            round: self.cursor.position.round_started_at.millis(),
            backfill: self.site.backfill(),
            now: self.inbound.clock.now(),
        }
    }

    /// Whether the round under way goes over everything, not over changes.
    fn reads_everything(&self) -> bool {
        self.folder.last_synced_at.is_none_or(|at| at < self.cursor.position.round_started_at)
    }

    fn piece_size(&self) -> usize {
        self.inbound.settings.piece_size.max(1)
    }

    fn stake(&self, place: Place) -> Stake<'_> {
        Stake { lease: self.lease, place, note_seen: self.reads_everything() && self.cursor.position.round > 1 }
    }

    async fn commit_pieces(&self, name: &'static str, place: Place, mut steps: Vec<Step>) -> Result<(), StoreError> {
        while !steps.is_empty() {
            let rest = steps.split_off(self.piece_size().min(steps.len()));
            self.inbound.db.commit(pieces::transaction(name, self.stake(place), steps, Vec::new())).await?;
            steps = rest;
        }
        Ok(())
    }

    /// What a round over everything did not show has left the folder.
    async fn sweep(&self, place: Place) -> Result<(), StoreError> {
        loop {
            let unseen = message::not_seen(&self.inbound.db, self.folder.id, place.round, None, SWEEP_MAX).await?;
            if unseen.is_empty() {
                return Ok(());
            }
            let entries = unseen.iter().map(|unseen| Entry::Absent(unseen.message.graph_id.clone())).collect();
            let known = unseen.into_iter().map(|unseen| (unseen.message.graph_id.clone(), Known::from(unseen))).collect();
            self.commit_pieces("pull.sweep", place, plan::plan(place, entries, known)).await?;
        }
    }

    /// The last piece of a page, with the cursor behind it.
    async fn commit_page(&mut self, place: Place, steps: Vec<Step>, link: &Link) -> Result<(), StoreError> {
        let next = self.position_after(link, place.now);
        let mut also = vec![
            cursor::save(self.site.mailbox.id, &self.cursor.resource, self.cursor.version, &next),
            mailbox::set_contact(self.site.mailbox.id, place.now),
            work::extend(self.lease, place.now.plus(LEASE_MORE)),
        ];
        if link.ends_the_round() {
            let synced_at = place.now.max(next.round_started_at);
            also.push(folder::set_synced(self.folder.id, synced_at));
            // What has changed here has changed the folder's counters there.
            if !steps.is_empty() && !self.site.backfill() {
                also.push(due::mailbox(due::PULL_FOLDERS, self.site.mailbox.id, Lane::Scheduled, place.now.plus(COUNTERS_AFTER)));
            }
            self.folder.last_synced_at = Some(synced_at);
        }
        let note_seen = false;
        let stake = Stake { lease: self.lease, place, note_seen };
        self.inbound.db.commit(pieces::transaction("pull.page", stake, steps, also)).await?;
        self.cursor.version += 1;
        self.cursor.position = next;
        Ok(())
    }

    fn position_after(&self, link: &Link, now: Timestamp) -> Position {
        let position = &self.cursor.position;
        Position {
            kind: if link.ends_the_round() { CursorKind::Delta } else { CursorKind::Next },
            link: Some(link.as_str().to_owned()),
            round: position.round,
            round_started_at: position.round_started_at,
            pages: position.pages + 1,
            saved_at: now,
        }
    }

    /// The round is whole: what that means for the mailbox, and when to look again.
    async fn rest(&self) -> Result<Ending, StoreError> {
        if self.site.backfill() {
            self.inbound.conclude_first_sync(self.lease, &self.site).await?;
        }
        let interval = self.inbound.interval(&self.site).await?;
        // Spread over a tenth of the interval, so that folders that were synced together are not asked together for ever.
        let spread = self.folder.id.number().unsigned_abs() % 97;
        let wait = interval - interval / 10 + interval.mul_f64(0.1 * spread as f64 / 97.0);
        Ok(Ending::Next(self.inbound.clock.now().plus(wait), Lane::Scheduled))
    }

    async fn failed(&self, error: &GraphError) -> Result<Ending, StoreError> {
        let has_link = self.cursor.position.link.is_some();
        match error.recourse() {
            Recourse::Resync if has_link => self.begin_again().await,
            Recourse::Resync => self.ask_for_folders(error).await,
            Recourse::Refuse if error.is_not_found() => self.ask_for_folders(error).await,
            _ => self.inbound.failed(self.lease, &self.site, error).await,
        }
    }

    /// The chain is dead: the next round begins from nothing.
    async fn begin_again(&self) -> Result<Ending, StoreError> {
        let now = self.inbound.clock.now();
        let old = &self.cursor.position;
        let started_at = now.max(old.round_started_at.plus(Duration::from_millis(1)));
        let start =
            Position { kind: CursorKind::Start, link: None, round: old.round + 1, round_started_at: started_at, pages: 0, saved_at: now };
        let again = Transaction::new("pull.resync").with(work::hold(self.lease)).with(cursor::save(
            self.site.mailbox.id,
            &self.cursor.resource,
            self.cursor.version,
            &start,
        ));
        self.inbound.db.commit(again).await?;
        tracing::info!(mailbox.id = %self.site.mailbox.id, folder.id = %self.folder.id, "A folder is read again from the start.");
        Ok(Ending::Next(now, self.lease.lane))
    }

    /// The folder seems to be gone: whether it is, the folders' own delta says.
    async fn ask_for_folders(&self, error: &GraphError) -> Result<Ending, StoreError> {
        let now = self.inbound.clock.now();
        let folders: Statement = due::mailbox(due::PULL_FOLDERS, self.site.mailbox.id, Lane::Notified, now);
        self.inbound.db.commit(Transaction::new("pull.ask").with(folders)).await?;
        self.inbound.failed(self.lease, &self.site, error).await
    }
}

/// How long after a change the folders' counters are looked at, so that many changes cost one look.
const COUNTERS_AFTER: Duration = Duration::from_secs(20);
/// How much longer a unit may work after each page.
const LEASE_MORE: Duration = Duration::from_secs(60);

fn last_piece_start(steps: usize, piece_size: usize) -> usize {
    steps.saturating_sub(1) / piece_size * piece_size
}

impl From<message::Mirrored> for Known {
    fn from(mirrored: message::Mirrored) -> Self {
        Known {
            message: mirrored.message,
            body_hash: mirrored.body_hash,
            claimed_by: mirrored.claimed_by,
            left: mirrored.left_folder,
            deleted: mirrored.deleted_at.is_some(),
        }
    }
}

impl Inbound {
    /// Says that the mailbox is live, if all its folders are synced and nobody has said so.
    pub(crate) async fn conclude_first_sync(&self, lease: &Lease, site: &Site) -> Result<(), StoreError> {
        let (id, workspace, now) = (site.mailbox.id, site.mailbox.workspace, self.clock.now());
        let event = NewEvent { kind: EventKind::MailboxSynced, subject: id.number(), backfill: false, data: serde_json::Value::Null };
        let concluded = Transaction::new("mailbox.synced")
            .with(work::hold(lease))
            .with(folder::all_first_synced(id))
            .with(mailbox::set_first_synced(id, now))
            .with(due::mailbox(due::AUDIT_MAILBOX, id, Lane::Scheduled, now))
            .with_all(due::decide(workspace, now))
            .with_all(ledger::append(workspace, id, now, &[event]));
        match self.db.commit(concluded).await {
            Ok(_) | Err(StoreError::Refused { .. }) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// How long a mailbox may go without being looked at.
    pub(crate) async fn interval(&self, site: &Site) -> Result<Duration, StoreError> {
        let subscription = store::subscription::find(&self.db, site.mailbox.id).await?;
        let watched = subscription.is_some_and(|subscription| subscription.is_watching(self.clock.now()));
        Ok(if watched { self.settings.watched_interval } else { self.settings.poll_interval })
    }
}
