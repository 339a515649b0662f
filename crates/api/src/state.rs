//! State: what every route is handed. Cheap to clone; clones share everything.

use std::sync::Arc;

use base::Clock;
use graph::{Client, Transport};
use store::Db;
use store::vault::Vault;

use crate::access::{KeyDocuments, Limits};
use crate::changes::{Connections, Tails};
use crate::outside::{Nowhere, Outside};
use crate::passthrough::CALLS_PER_MINUTE;
use crate::settings::Settings;
use crate::tracking::Tracker;

/// What every route is handed.
#[derive(Clone)]
pub struct State {
    /// The database.
    pub db: Db,
    /// What time it is.
    pub clock: Clock,
    /// Seals and opens secrets; also makes cursors opaque.
    pub vault: Vault,
    /// The only sender of requests to Microsoft.
    pub microsoft: Client,
    /// The only sender of requests to Google; `None` until a client there is configured.
    pub google: Option<google::Client>,
    /// Who is believed.
    pub settings: Arc<Settings>,
    /// The ledgers' tails, at which some wait.
    pub tails: Tails,
    /// Who waits for changes.
    pub waiting: Connections,
    /// What endpoints can be, and what they are told.
    pub outside: Arc<dyn Outside>,
    /// Makes and knows the tokens of tracked mail.
    pub tracker: Tracker,
    pub(crate) passed: Limits,
    pub(crate) limits: Limits,
    pub(crate) documents: KeyDocuments,
}

impl State {
    /// State that fetches no key document yet.
    pub fn new(db: Db, clock: Clock, vault: Vault, microsoft: Client, settings: Settings) -> Self {
        State {
            tails: Tails::new(db.clone()),
            waiting: Connections::default(),
            outside: Arc::new(Nowhere),
            tracker: Tracker::new(db.clone(), vault.clone(), settings.base_url.clone()),
            passed: Limits::new(clock.clone(), CALLS_PER_MINUTE),
            limits: Limits::new(clock.clone(), settings.requests_per_minute),
            documents: KeyDocuments::new(clock.clone()),
            settings: Arc::new(settings),
            db,
            clock,
            vault,
            microsoft,
            google: None,
        }
    }

    /// The same, with what is known of the calling of endpoints.
    #[must_use]
    pub fn calling(mut self, outside: Arc<dyn Outside>) -> Self {
        self.outside = outside;
        self
    }

    /// The same, fetching the key document of a token's issuer by `transport`.
    #[must_use]
    pub fn fetching_by(mut self, transport: Arc<dyn Transport>) -> Self {
        self.documents = self.documents.fetching_by(transport);
        self
    }
}
