//! Follow hints and find lost messages.
//!
//! A notification names a message, not its folder. The mirror knows the folder of most; a new message is looked for in
//! the Inbox first, because that is where most new mail is, and only what does not turn up there is asked for. Messages
//! that have left their folder, or that two folders claim for too long, are asked for as well: see [`crate::whereabouts`].

use std::collections::{BTreeSet, HashMap};
use std::time::Duration;

use base::Timestamp;
use graph::GraphError;
use graph::mail::messages::locate;
use model::id::FolderId;
use store::cursor;
use store::folder::{self, Folder};
use store::hint::{self, Hint};
use store::message::{self, Mirrored};
use store::work::{Lane, Lease};
use store::{Ending, StoreError, Transaction, due, work};

use crate::Inbound;
use crate::pieces::{self, Stake};
use crate::plan::{Known, Place};
use crate::site::{Met, Site};
use crate::whereabouts::{Whereabouts, settle};

/// Hints followed at once.
const HINTS_MAX: u32 = 500;
/// Messages located at once: four batches.
const LOCATE_MAX: u32 = 80;
/// How long a new message may take to turn up in the Inbox before it is asked for.
const INBOX_TIME: Duration = Duration::from_secs(2);
/// How long two folders may claim a message before it is asked for.
const CLAIM_TIME: Duration = Duration::from_secs(60);

/// What is at hand while hints are followed.
struct Search<'a> {
    inbound: &'a Inbound,
    lease: &'a Lease,
    site: Site,
    folders: Vec<Folder>,
    now: Timestamp,
}

pub(crate) async fn run(inbound: &Inbound, lease: &Lease) -> Result<Ending, StoreError> {
    let site = match inbound.meet(lease).await? {
        Met::Open(site) => *site,
        Met::Shut(ending) => return Ok(ending),
    };
    let folders = folder::list(&inbound.db, site.mailbox.id).await?;
    let search = Search { inbound, lease, site, folders, now: inbound.clock.now() };
    if let Err(error) = search.follow_hints().await? {
        return inbound.failed(lease, &search.site, &error).await;
    }
    if let Err(error) = search.find_lost().await? {
        return inbound.failed(lease, &search.site, &error).await;
    }
    search.rest().await
}

impl Search<'_> {
    /// Makes the folders due that the hints are about. The outer error is the database's, the inner one Microsoft's.
    async fn follow_hints(&self) -> Result<Result<(), GraphError>, StoreError> {
        let id = self.site.mailbox.id;
        let hints = hint::list(&self.inbound.db, id, HINTS_MAX).await?;
        if hints.is_empty() {
            return Ok(Ok(()));
        }
        let names: Vec<&str> = hints.iter().map(|hint| hint.graph_message_id.as_str()).collect();
        let mirrored = message::by_graph_ids(&self.inbound.db, id, &names).await?;
        let known: HashMap<&str, &Mirrored> = mirrored.iter().map(|known| (known.message.graph_id.as_str(), known)).collect();
        let mut ask = BTreeSet::new();
        let mut done: Vec<&Hint> = Vec::new();
        let mut strange: Vec<&Hint> = Vec::new();
        for hint in &hints {
            match known.get(hint.graph_message_id.as_str()) {
                Some(known) => {
                    ask.extend(known.message.folder.or(known.left_folder).or(known.claimed_by));
                    done.push(hint);
                }
                None if self.now < hint.arrived_at.plus(INBOX_TIME) => ask.extend(self.inbox()),
                None => strange.push(hint),
            }
        }
        match self.locate_strange(&strange).await {
            Ok((folders, all_known)) => {
                ask.extend(folders);
                done.extend(strange);
                self.commit_hints(&ask, &done, !all_known).await.map(Ok)
            }
            Err(error) => self.commit_hints(&ask, &done, false).await.map(|()| Err(error)),
        }
    }

    /// The folders of messages that the mirror does not know, and whether it knows all those folders.
    async fn locate_strange(&self, strange: &[&Hint]) -> Result<(Vec<FolderId>, bool), GraphError> {
        let ids: BTreeSet<&str> = strange.iter().map(|hint| hint.graph_message_id.as_str()).collect();
        let ids: Vec<&str> = ids.into_iter().collect();
        let located = if ids.is_empty() { Vec::new() } else { locate(&self.inbound.graph, &self.site.access, &ids).await? };
        let homes: Vec<_> = located.iter().filter_map(|located| located.folder_id.as_deref()).collect();
        let known: Vec<FolderId> = homes.iter().filter_map(|home| self.folder(home)).collect();
        let all_known = known.len() == homes.len();
        Ok((known, all_known))
    }

    async fn commit_hints(&self, ask: &BTreeSet<FolderId>, done: &[&Hint], folders_too: bool) -> Result<(), StoreError> {
        let id = self.site.mailbox.id;
        let mut followed = Transaction::new("hints.follow").with(work::hold(self.lease));
        followed.extend(ask.iter().map(|folder| due::pull_messages(id, *folder, Lane::Notified, self.now)));
        followed.extend(done.iter().map(|hint| hint::remove(hint)));
        if folders_too {
            followed.push(due::mailbox(due::PULL_FOLDERS, id, Lane::Notified, self.now));
        }
        self.inbound.db.commit(followed).await.map(|_| ())
    }

    /// Asks where messages are that no folder holds, and gives each a home or an end.
    async fn find_lost(&self) -> Result<Result<(), GraphError>, StoreError> {
        let id = self.site.mailbox.id;
        let lost = message::to_locate(&self.inbound.db, id, self.now.minus(CLAIM_TIME), LOCATE_MAX).await?;
        if lost.is_empty() {
            return Ok(Ok(()));
        }
        let ids: Vec<&str> = lost.iter().map(|lost| lost.message.graph_id.as_str()).collect();
        let located = match locate(&self.inbound.graph, &self.site.access, &ids).await {
            Ok(located) => located,
            Err(error) => return Ok(Err(error)),
        };
        let folders_read_at = cursor::find(&self.inbound.db, id, cursor::FOLDERS).await?.map(|cursor| cursor.position.saved_at);
        let mut unknown_folder = false;
        for (lost, located) in lost.into_iter().zip(located) {
            let whereabouts = self.whereabouts(&lost, located.folder_id.as_deref(), folders_read_at);
            unknown_folder |= matches!(whereabouts, Whereabouts::Elsewhere { .. });
            self.settle(lost, whereabouts).await?;
        }
        if unknown_folder {
            let folders = due::mailbox(due::PULL_FOLDERS, id, Lane::Notified, self.now);
            self.inbound.db.commit(Transaction::new("hints.ask").with(folders)).await?;
        }
        Ok(Ok(()))
    }

    fn whereabouts(&self, lost: &Mirrored, home: Option<&str>, folders_read_at: Option<Timestamp>) -> Whereabouts {
        let Some(home) = home else { return Whereabouts::Nowhere };
        match self.folder(home) {
            Some(folder) => Whereabouts::In(folder),
            None => Whereabouts::Elsewhere { folders_are_fresh: folders_read_at > lost.left_at && lost.left_at.is_some() },
        }
    }

    /// One message, one transaction: if it has found a home meanwhile, this answer is stale and does nothing.
    async fn settle(&self, lost: Mirrored, whereabouts: Whereabouts) -> Result<(), StoreError> {
        let place = self.place(&lost);
        let Some(step) = settle(place, Known::from(lost), whereabouts) else { return Ok(()) };
        let stake = Stake { lease: self.lease, place, note_seen: false };
        match self.inbound.db.commit(pieces::transaction("hints.settle", stake, vec![step], Vec::new())).await {
            Ok(_) => Ok(()),
            Err(StoreError::Refused { guard }) if guard == message::WHERE_IT_WAS => Ok(()),
            Err(error) => Err(error),
        }
    }

    fn place(&self, lost: &Mirrored) -> Place {
        let mailbox = &self.site.mailbox;
        let folder = lost.message.folder.or(lost.left_folder).unwrap_or(FolderId::from_number(0));
        Place {
            workspace: mailbox.workspace,
            mailbox: mailbox.id,
            folder,
            round: self.now.millis(),
            backfill: self.site.backfill(),
            now: self.now,
        }
    }

    fn folder(&self, graph_id: &str) -> Option<FolderId> {
        self.folders.iter().find(|folder| folder.graph_id == graph_id && folder.removed_at.is_none()).map(|folder| folder.id)
    }

    fn inbox(&self) -> Option<FolderId> {
        let inbox = |folder: &&Folder| folder.well_known.as_deref() == Some("inbox") && folder.removed_at.is_none();
        self.folders.iter().find(inbox).map(|folder| folder.id)
    }

    async fn rest(&self) -> Result<Ending, StoreError> {
        let id = self.site.mailbox.id;
        let hints_left = !hint::list(&self.inbound.db, id, 1).await?.is_empty();
        let lost_left = message::has_unsettled(&self.inbound.db, id).await?;
        Ok(match (hints_left, lost_left) {
            (true, _) => Ending::Next(self.now.plus(INBOX_TIME), Lane::Notified),
            (false, true) => Ending::Next(self.now.plus(CLAIM_TIME / 4), Lane::Scheduled),
            (false, false) => Ending::Rest,
        })
    }
}
