//! The front door: every request comes through here, in process or from the network.
//!
//! Promise: a request is answered whole, under one lock, in the order of arrival.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use jiff::Timestamp;

use crate::config::Config;
use crate::faults::{Fault, Rates};
use crate::google::Google;
use crate::google::router;
use crate::journal::Entry;
use crate::reply::page;
use crate::request::{Call, Host};
use crate::whatsapp::Whatsapp;
use crate::world::World;

/// The connection broke; whether the call had its effect cannot be told from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the connection broke, as the faults have it")]
pub struct Broken;

/// One simulated world; cloning it gives another handle to the same one.
#[derive(Clone)]
pub struct Simulator {
    world: Arc<Mutex<World>>,
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Simulator")
    }
}

impl Simulator {
    /// A world without accounts.
    pub fn new(config: Config) -> Self {
        Self { world: Arc::new(Mutex::new(World::new(config))) }
    }

    /// Answers a request to one of Google's hosts, or to `/_sim/`. The host is the request's own (its address or its
    /// `Host` header) or the first segment of its path.
    ///
    /// # Errors
    /// [`Broken`] if a fault breaks the connection, before or after the effect.
    pub async fn answer(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Broken> {
        self.answer_now(request)
    }

    /// As [`Self::answer`], for callers that do not wait.
    ///
    /// # Errors
    /// As [`Self::answer`].
    pub fn answer_now(&self, request: Request<Bytes>) -> Result<Response<Bytes>, Broken> {
        let Some(call) = Call::read(request) else {
            return Ok(page(404, "Nobody here has this address; see the README of crm-sim for the hosts.".to_owned()));
        };
        if call.host == Host::Control {
            return Ok(crate::control::answer(self, &call));
        }
        router::answer(&mut self.world(), &call)
    }

    pub(crate) fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Google's side.
    pub fn google(&self) -> Google {
        Google::new(self.clone())
    }

    /// WhatsApp's side.
    pub fn whatsapp(&self) -> Whatsapp {
        Whatsapp::new(self.clone())
    }

    /// The simulator's now.
    pub fn now(&self) -> Timestamp {
        self.world().now()
    }

    /// Moves the clock forward. It never goes back.
    pub fn advance(&self, by: Duration) {
        self.world().clock.advance(by);
    }

    /// Changes settings while the world runs. The seed and the kind of clock stay as they were.
    pub fn configure(&self, change: impl FnOnce(&mut Config)) {
        let world = &mut *self.world();
        change(&mut world.config);
        world.faults.rates = world.config.faults.clone();
    }

    /// The settings.
    pub fn config(&self) -> Config {
        self.world().config.clone()
    }

    /// How often what goes wrong from now on.
    pub fn set_rates(&self, rates: Rates) {
        self.configure(|config| config.faults = rates);
    }

    /// This fault strikes the next call that it fits; several wait in line.
    pub fn strike_next(&self, fault: Fault) {
        self.world().faults.want(fault);
    }

    /// How often each of Google's faults has struck.
    pub fn struck(&self) -> BTreeMap<Fault, u64> {
        self.world().faults.struck()
    }

    /// Every call to Google so far.
    pub fn journal(&self) -> Vec<Entry> {
        self.world().journal.clone()
    }
}
