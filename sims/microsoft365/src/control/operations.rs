//! The control plane's operations as typed methods.

use std::time::Duration;

use crate::faults::Schedule;
use crate::simulator::Simulator;

/// A handle on the cloud from outside.
#[derive(Debug, Clone)]
pub struct Control {
    sim: Simulator,
}

impl Control {
    /// The control plane of that simulator.
    pub fn new(sim: Simulator) -> Self {
        Self { sim }
    }

    /// Ends every sign-in of a user: refresh tokens issued before now are refused (AADSTS50173). False without such a user.
    pub fn revoke_sessions(&self, user: &str) -> bool {
        let mut world = self.sim.world();
        let now = world.now();
        world.directory.change_user(user, |user| user.tokens_valid_from = Some(now))
    }

    /// Starts a fault schedule from its beginning.
    pub fn set_faults(&self, schedule: Schedule) {
        self.sim.world().faults.set(schedule);
    }

    /// Moves the clock forward.
    pub fn advance_clock(&self, by: Duration) {
        self.sim.world().clock.advance(by);
    }
}
