//! Inbound: the loop that pulls what has happened at Microsoft, and at Google's contacts, into the ledger, one page and one transaction at a time.
//!
//! Each kind of due work has a file with a `run`; what a page means is decided in the pure files [`plan`],
//! [`folder_plan`] and [`whereabouts`]. Nothing here is told to anybody outside.

mod attachments;
mod audit;
mod calendar_events;
pub mod calendar_plan;
mod calendar_reading;
mod calendars;
pub mod contact_plan;
mod contact_reading;
mod contact_source;
mod contacts;
mod failure;
pub mod folder_plan;
mod folders;
mod google;
mod grants;
mod hints;
mod last;
mod messages;
mod pieces;
pub mod plan;
mod probe;
mod reading;
mod report;
pub mod sighting;
mod site;
mod subscriptions;
pub mod whereabouts;

use std::sync::Arc;
use std::time::Duration;

use base::Clock;
use graph::{DeltaLink, GraphError, Link, NextLink};
use store::cursor::CursorKind;
use store::work::Lease;
use store::{Db, Ending, StoreError, due};

pub use google::Google;
pub use grants::{Client, Clients, Grants, access_place, refresh_place};
pub use site::Site;

/// The kinds of due work that are run here.
pub const KINDS: &[&str] = &[
    due::PULL_FOLDERS,
    due::PULL_MESSAGES,
    due::PULL_HINTS,
    due::PULL_ATTACHMENTS,
    due::PULL_REPORT,
    due::PULL_CALENDARS,
    due::PULL_CALENDAR_EVENTS,
    due::PULL_CONTACTS,
    due::KEEP_SUBSCRIPTION,
    due::KEEP_MAILBOX,
    due::AUDIT_MAILBOX,
    due::AUDIT_FOLDER,
];

/// How often and how much.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Between two looks at a folder that no subscription watches.
    pub poll_interval: Duration,
    /// Between two looks at a folder that a subscription watches: the safety net.
    pub watched_interval: Duration,
    /// Between two audits of a mailbox.
    pub audit_interval: Duration,
    /// Between two looks whether a stopped mailbox can be reached again.
    pub probe_interval: Duration,
    /// Messages on a page.
    pub page_size: u16,
    /// Messages in one transaction: a page is committed in pieces that hold the database for a few milliseconds.
    pub piece_size: usize,
    /// Where Microsoft shall send notifications, if it can reach us: an `https` address.
    pub notification_url: Option<String>,
    /// Where it shall send what concerns the subscription itself.
    pub lifecycle_url: Option<String>,
    /// How long a subscription is asked to live. Microsoft allows 10,070 minutes for mail.
    pub subscription_lifetime: Duration,
    /// How far back calendars are read.
    pub calendar_back: Duration,
    /// How far ahead they are read.
    pub calendar_ahead: Duration,
    /// How long the tombstone of a deleted message is kept.
    pub tombstone_age: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        let minutes = |minutes: u64| Duration::from_secs(60 * minutes);
        Settings {
            poll_interval: minutes(5),
            watched_interval: minutes(30),
            audit_interval: minutes(24 * 60),
            probe_interval: minutes(15),
            page_size: 100,
            piece_size: 25,
            notification_url: None,
            lifecycle_url: None,
            subscription_lifetime: minutes(10_000),
            calendar_back: minutes(30 * 24 * 60),
            calendar_ahead: minutes(30 * 24 * 60),
            tombstone_age: minutes(30 * 24 * 60),
        }
    }
}

/// The pull loop.
#[derive(Clone)]
pub struct Inbound {
    db: Db,
    clock: Clock,
    graph: graph::Client,
    google: Option<Google>,
    settings: Arc<Settings>,
}

impl Inbound {
    /// Pulls through `graph` into `db`.
    pub fn new(db: Db, clock: Clock, graph: graph::Client, settings: Settings) -> Self {
        Inbound { db, clock, graph, google: None, settings: Arc::new(settings) }
    }

    /// The same, reading Google's contacts too.
    #[must_use]
    pub fn with_google(mut self, google: Google) -> Self {
        self.google = Some(google);
        self
    }

    /// Where a saved place in a chain leads; `None` at the start of a round.
    ///
    /// # Errors
    /// When the link leads away from Microsoft: whoever planted it would get our token.
    pub(crate) fn saved_link(&self, kind: CursorKind, link: Option<&str>) -> Result<Option<Link>, GraphError> {
        let cloud = self.graph.cloud();
        Ok(match (kind, link) {
            (CursorKind::Next, Some(link)) => Some(Link::Next(NextLink::checked(link, cloud)?)),
            (CursorKind::Delta, Some(link)) => Some(Link::Delta(DeltaLink::checked(link, cloud)?)),
            _ => None,
        })
    }

    /// Runs one claimed unit.
    ///
    /// # Errors
    /// [`StoreError`] when the database does not take what was found: nothing is lost, the unit is done again.
    pub async fn run(&self, lease: &Lease) -> Result<Ending, StoreError> {
        match lease.kind.as_str() {
            due::PULL_FOLDERS => folders::run(self, lease).await,
            due::PULL_MESSAGES => messages::run(self, lease).await,
            due::PULL_HINTS => hints::run(self, lease).await,
            due::PULL_ATTACHMENTS => attachments::run(self, lease).await,
            due::PULL_REPORT => report::run(self, lease).await,
            due::PULL_CALENDARS => calendars::run(self, lease).await,
            due::PULL_CALENDAR_EVENTS => calendar_events::run(self, lease).await,
            due::PULL_CONTACTS => contacts::run(self, lease).await,
            due::KEEP_SUBSCRIPTION => subscriptions::run(self, lease).await,
            due::KEEP_MAILBOX => probe::run(self, lease).await,
            due::AUDIT_MAILBOX => audit::run_mailbox(self, lease).await,
            due::AUDIT_FOLDER => audit::run_folder(self, lease).await,
            _ => Ok(Ending::Gone),
        }
    }
}
