//! Everything that the simulator knows, behind one lock that is never held over an await.

use std::collections::HashMap;

use jiff::Timestamp;

use crate::clock::SimClock;
use crate::config::Config;
use crate::directory::Directory;
use crate::faults::Faults;
use crate::graph::subscriptions::Subscriptions;
use crate::identity::Identity;
use crate::ids::Ids;
use crate::journal::Journal;
use crate::limits::Limits;
use crate::mailbox::Mailbox;
use crate::meetings::Meetings;
use crate::submissions::Submissions;
use crate::uploads::Uploads;

/// The state of one simulated cloud.
#[derive(Debug)]
pub struct World {
    /// What it was made with.
    pub config: Config,
    /// Its time.
    pub clock: SimClock,
    /// Where ids and tokens come from.
    pub ids: Ids,
    /// Tenants, users, apps, consents.
    pub directory: Directory,
    /// Codes, tokens, signing keys.
    pub identity: Identity,
    /// Mailboxes by their user's object id.
    pub mailboxes: HashMap<String, Mailbox>,
    /// Change notification subscriptions and what is due to them.
    pub subscriptions: Subscriptions,
    /// Mail that is on its way, and mail that has left.
    pub submissions: Submissions,
    /// What was sent about meetings.
    pub meetings: Meetings,
    /// Files that are being uploaded.
    pub uploads: Uploads,
    /// The requests so far.
    pub journal: Journal,
    /// Who may ask how much.
    pub limits: Limits,
    /// What goes wrong on purpose.
    pub faults: Faults,
}

impl World {
    /// A world with the default tenant and apps and no users (see [`crate::control::fixture`]).
    pub fn new(config: Config) -> Self {
        let clock = SimClock::new(config.clock);
        let mut ids = Ids::new(config.seed);
        let identity = Identity::new(&config, clock.now());
        let directory = crate::directory::fixture::directory(&mut ids);
        Self {
            clock,
            ids,
            directory,
            identity,
            mailboxes: HashMap::new(),
            subscriptions: Subscriptions::default(),
            submissions: Submissions::default(),
            meetings: Meetings::default(),
            uploads: Uploads::default(),
            journal: Journal::default(),
            limits: Limits::new(config.limits.clone()),
            faults: Faults::default(),
            config,
        }
    }

    /// The simulator's now.
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// The mailbox of a user named by object id, sign-in name or address.
    pub fn mailbox(&self, name: &str) -> Option<&Mailbox> {
        let user = self.directory.user(name)?;
        self.mailboxes.get(&user.id)
    }

    /// The same, to change it.
    pub fn mailbox_mut(&mut self, name: &str) -> Option<&mut Mailbox> {
        let user = self.directory.user(name)?;
        self.mailboxes.get_mut(&user.id)
    }
}
