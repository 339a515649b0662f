//! The front door: every request comes through here, in process or from the network.
//!
//! Promise: what a request meets (token, limits, faults) is decided on arrival, under one lock, in the order of
//! arrival; its effect happens in [`Visit::finish`]. A slot taken on arrival is held until the visit is dropped.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use bytes::Bytes;
use jiff::Timestamp;

use crate::config::Config;
use crate::control::Control;
use crate::graph;
use crate::identity::caller::Caller;
use crate::outside::{Nobody, Outside};
use crate::request::Request;
use crate::world::World;

pub use crate::visit::{Answer, Visit};

/// One simulated cloud; cloning it gives another handle to the same one.
#[derive(Clone)]
pub struct Simulator {
    inner: Arc<Inner>,
}

struct Inner {
    world: Mutex<World>,
    outside: RwLock<Arc<dyn Outside>>,
}

impl std::fmt::Debug for Simulator {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Simulator")
    }
}

impl Simulator {
    /// A simulated cloud with the default tenant and apps, no users and no way out.
    pub fn new(config: Config) -> Self {
        let inner = Inner { world: Mutex::new(World::new(config)), outside: RwLock::new(Arc::new(Nobody)) };
        Self { inner: Arc::new(inner) }
    }

    /// Everything the simulator knows, locked. Never hold it over an await.
    pub fn world(&self) -> MutexGuard<'_, World> {
        self.inner.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The simulator's now.
    pub fn now(&self) -> Timestamp {
        self.world().now()
    }

    /// The way out to notification addresses.
    pub fn outside(&self) -> Arc<dyn Outside> {
        self.inner.outside.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Gives the simulator a way out.
    pub fn set_outside(&self, outside: Arc<dyn Outside>) {
        *self.inner.outside.write().unwrap_or_else(PoisonError::into_inner) = outside;
    }

    /// What `/_sim/` offers, as typed methods.
    pub fn control(&self) -> Control {
        Control::new(self.clone())
    }

    /// Takes a request in: journal, token, limits and faults are decided now.
    pub fn arrive(&self, request: http::Request<Bytes>) -> Visit {
        Visit::arrive(self, Request::read(request), None)
    }

    /// Takes a part of a batch in (made with [`Request::part`]); it counts against the limits like any request.
    pub fn arrive_part(&self, part: Request, caller: &Caller) -> Visit {
        Visit::arrive(self, part, Some(caller.clone()))
    }

    /// Arrival and finish at once; latency is not waited for.
    pub async fn answer(&self, request: http::Request<Bytes>) -> Answer {
        let mut visit = self.arrive(request);
        visit.finish().await
    }

    /// Delivers the notifications that are due at the simulator's now; gives how many calls it made.
    pub async fn deliver_due_notifications(&self) -> usize {
        crate::submissions::settle(&mut self.world());
        graph::subscriptions::deliver_due(self).await
    }

    /// When the next notification (a retry or a lifecycle event included) is due, or the next step of a mail on its way.
    pub fn next_notification_due(&self) -> Option<Timestamp> {
        let mut world = self.world();
        let mail = world.submissions.next_due();
        graph::subscriptions::next_due(&mut world).into_iter().chain(mail).min()
    }
}
