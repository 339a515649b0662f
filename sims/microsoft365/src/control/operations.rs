//! The control plane's handle, and what concerns the whole cloud: clock, journal, faults, settings, notifications.

use std::time::Duration;

use jiff::Timestamp;

use crate::config::Config;
use crate::faults::Schedule;
use crate::graph::subscriptions::{self, Lifecycle};
use crate::identity::keys::SigningKey;
use crate::journal::{Counts, Entry};
use crate::simulator::Simulator;

/// A handle on the cloud from outside.
#[derive(Debug, Clone)]
pub struct Control {
    pub(super) sim: Simulator,
}

impl Control {
    /// The control plane of that simulator.
    pub fn new(sim: Simulator) -> Self {
        Self { sim }
    }

    /// Starts a fault schedule from its beginning.
    pub fn set_faults(&self, schedule: Schedule) {
        self.sim.world().faults.set(schedule);
    }

    /// The schedule that runs, and how often each of its faults has struck.
    pub fn faults(&self) -> (Schedule, Vec<u64>) {
        let world = self.sim.world();
        (world.faults.schedule().clone(), world.faults.struck().to_vec())
    }

    /// Moves the clock forward and gives the new time.
    pub fn advance_clock(&self, by: Duration) -> Timestamp {
        let mut world = self.sim.world();
        world.clock.advance(by);
        world.now()
    }

    /// The journal's entries with a number above `after`, oldest first, at most `limit`.
    pub fn journal(&self, after: u64, limit: usize) -> Vec<Entry> {
        self.sim.world().journal.entries().filter(|entry| entry.number > after).take(limit).cloned().collect()
    }

    /// The journal's counts.
    pub fn counts(&self) -> Counts {
        self.sim.world().journal.counts().clone()
    }

    /// Forgets the journal's entries and counts.
    pub fn clear_journal(&self) {
        self.sim.world().journal.clear();
    }

    /// Requests that hold a slot right now; 0 when all is quiet.
    pub fn slots_held(&self) -> u32 {
        self.sim.world().limits.slots_held()
    }

    /// What the simulator runs with.
    pub fn config(&self) -> Config {
        self.sim.world().config.clone()
    }

    /// Changes settings while running; seed and clock mode stay as they were.
    pub fn configure(&self, change: impl FnOnce(&mut Config)) {
        let mut world = self.sim.world();
        let (seed, clock) = (world.config.seed, world.config.clock);
        change(&mut world.config);
        world.config.seed = seed;
        world.config.clock = clock;
        let limits = world.config.limits.clone();
        *world.limits.config_mut() = limits;
    }

    /// Publishes a new signing key; it signs at once only if `in_use`. With a manual clock the fixed key stays.
    pub fn rotate_keys(&self, in_use: bool) {
        let mut world = self.sim.world();
        if !world.clock.is_manual() {
            world.identity.keys.publish(SigningKey::generated());
        }
        if in_use {
            world.identity.keys.use_newest();
        }
    }

    /// Sends a lifecycle notification for a subscription; false if there is none or it has no lifecycle address.
    pub fn announce(&self, subscription: &str, event: Lifecycle) -> bool {
        subscriptions::announce(&mut self.sim.world(), subscription, event)
    }
}
