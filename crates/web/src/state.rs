//! State: what every route is handed. Cheap to clone; clones share everything.

use std::sync::Arc;

use axum::extract::FromRef;
use base::Clock;
use graph::Client;
use model::tracking::network::Networks;
use store::Db;
use store::vault::Vault;

use crate::console::{Core, Counts};
use crate::settings::Settings;
use crate::sign_in::SignInLinks;
use crate::throttle::Throttle;

/// Writes all metrics down in Prometheus' text form.
pub type Metrics = Arc<dyn Fn() -> String + Send + Sync>;

/// What every route is handed.
#[derive(Clone)]
pub struct State {
    /// The database.
    pub db: Db,
    /// What time it is.
    pub clock: Clock,
    /// Seals and opens secrets.
    pub vault: Vault,
    /// The only sender of requests to Microsoft.
    pub microsoft: Client,
    /// Where this server stands.
    pub settings: Arc<Settings>,
    /// What `/metrics` answers.
    pub metrics: Metrics,
    /// Links that sign a browser in once.
    pub sign_in_links: SignInLinks,
    /// Which networks are known to whoever touches tracked mail.
    pub networks: Arc<Networks>,
    pub(crate) counts: Counts,
    pub(crate) core: Core,
    /// What the API's routes are handed.
    pub api: api::State,
    pub(crate) sign_ins: Throttle,
    pub(crate) connects: Throttle,
    pub(crate) feeds: Throttle,
}

impl State {
    /// State without any sign-in link given out.
    pub fn new(db: Db, clock: Clock, vault: Vault, microsoft: Client, settings: Settings, metrics: Metrics) -> Self {
        State {
            sign_in_links: SignInLinks::new(clock.clone()),
            networks: Arc::default(),
            counts: Counts::default(),
            core: Core::default(),
            sign_ins: Throttle::new(clock.clone(), crate::sign_in::ATTEMPTS),
            connects: Throttle::new(clock.clone(), crate::connect::ATTEMPTS),
            feeds: Throttle::new(clock.clone(), crate::feed::ATTEMPTS),
            api: api::State::new(db.clone(), clock.clone(), vault.clone(), microsoft.clone(), settings.api.clone()),
            db,
            clock,
            vault,
            microsoft,
            settings: Arc::new(settings),
            metrics,
        }
    }
}

impl FromRef<State> for Db {
    fn from_ref(state: &State) -> Self {
        state.db.clone()
    }
}
