//! Everything the simulator knows, behind one lock.

use jiff::Timestamp;

use crate::clock::SimClock;
use crate::config::Config;
use crate::faults::Faults;
use crate::google::state::GoogleState;
use crate::journal::Entry;
use crate::whatsapp::state::WhatsappState;

/// One world.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) config: Config,
    pub(crate) clock: SimClock,
    pub(crate) faults: Faults,
    pub(crate) google: GoogleState,
    pub(crate) whatsapp: WhatsappState,
    pub(crate) journal: Vec<Entry>,
}

impl World {
    pub(crate) fn new(config: Config) -> Self {
        Self {
            clock: SimClock::new(config.clock),
            faults: Faults::new(config.seed, config.faults.clone()),
            google: GoogleState::new(&config),
            whatsapp: WhatsappState::new(config.seed),
            journal: Vec::new(),
            config,
        }
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }
}
