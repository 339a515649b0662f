//! A trip to one endpoint: several of its streams side by side, each in its own order, for a bounded time.
//!
//! What came of calls is committed in batches: whatever has come in while the last batch was being written. A stream is
//! not called again before what came of it is written, so that a crash repeats at most what was under way. While an
//! endpoint fails, one stream at a time probes it; the first success lets the others go.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use base::Timestamp;
use store::delivery::{self, Carriage};
use store::endpoint::{self, EndpointState};
use store::work::{self, Lane, Lease};
use store::{Ending, StoreError, Transaction};
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::outbound::Outbound;
use crate::outcome;
use crate::stream::{self, Carried, Target};

/// Streams of one endpoint that are called side by side.
const STREAMS_MAX: usize = 16;
/// Deliveries of one stream that are called before what came of them is written.
const DEPTH: u32 = 64;
/// After how long nothing more is begun. With the longest call on top it ends before the lease does.
const TRIP: Duration = Duration::from_secs(20);
/// How long an endpoint's settings are believed.
const BELIEVED: Duration = Duration::from_secs(1);
/// How long a trip under way waits, after it was woken, before it looks for more.
const LOOK_AGAIN: Duration = Duration::from_millis(10);
/// The guard of [`work::hold`]: whoever fails it has lost the work.
const LEASE_GUARD: &str = "the lease is still mine";

pub(crate) struct Trip<'a> {
    house: &'a Outbound,
    lease: &'a Lease,
    target: Arc<Target>,
    read_at: Timestamp,
    until: Timestamp,
    under_way: JoinSet<Carried>,
    busy: HashSet<i64>,
}

impl<'a> Trip<'a> {
    pub(crate) fn new(house: &'a Outbound, lease: &'a Lease, target: Target) -> Self {
        let now = house.tools.clock.now();
        Trip {
            house,
            lease,
            target: Arc::new(target),
            read_at: now,
            until: now.plus(TRIP),
            under_way: JoinSet::new(),
            busy: HashSet::new(),
        }
    }

    pub(crate) async fn run(mut self) -> Result<Ending, StoreError> {
        let mut woken = self.house.db.woken();
        loop {
            woken.borrow_and_update();
            self.begin().await?;
            if self.under_way.is_empty() {
                return self.ending().await;
            }
            let room = self.room() > 0;
            tokio::select! {
                Some(first) = self.under_way.join_next() => {
                    if !self.settle(first).await? {
                        return Ok(Ending::Rest);
                    }
                }
                () = look_again(&mut woken), if room => {}
            }
        }
    }

    /// How many more streams may be called now.
    fn room(&self) -> usize {
        let now = self.house.tools.clock.now();
        if now >= self.until || self.target.endpoint.held_until.is_some_and(|until| now < until) {
            return 0;
        }
        let most = if self.target.endpoint.failing_since.is_some() { 1 } else { STREAMS_MAX };
        most.saturating_sub(self.busy.len())
    }

    /// Begins to call what is due, as far as there is room.
    async fn begin(&mut self) -> Result<(), StoreError> {
        let room = self.room();
        if room == 0 {
            return Ok(());
        }
        let now = self.house.tools.clock.now();
        let busy: Vec<i64> = self.busy.iter().copied().collect();
        let depth = if self.target.endpoint.failing_since.is_some() { 1 } else { DEPTH };
        let due = delivery::due(&self.house.db, self.target.endpoint.id, now, &busy, room, depth).await?;
        for (stream, deliveries) in by_stream(due) {
            self.busy.insert(stream);
            let (tools, target) = (self.house.tools.clone(), Arc::clone(&self.target));
            self.under_way.spawn(stream::carry(tools, target, stream, deliveries, self.until));
        }
        Ok(())
    }

    /// Writes what came of the calls that have ended. `false` if the endpoint is called no more.
    async fn settle(&mut self, first: Result<Carried, tokio::task::JoinError>) -> Result<bool, StoreError> {
        let mut batch = vec![unbroken(first)?];
        while let Some(next) = self.under_way.try_join_next() {
            batch.push(unbroken(next)?);
        }
        let now = self.house.tools.clock.now();
        let mut endpoint = self.target.endpoint.clone();
        let outcome = outcome::decide(&mut endpoint, &batch, now, self.lease.fence.cast_unsigned());
        let transaction = Transaction::new("carry.webhooks").with(work::hold(self.lease)).with_all(outcome.statements);
        match self.house.db.commit(transaction).await {
            Ok(_) => {
                tracing::debug!(endpoint.id = %endpoint.id, webhook.calls = outcome.tried, webhook.taken = outcome.taken, "An endpoint was called.");
            }
            // A person has changed what was to be carried: what was called meanwhile is looked at afresh.
            Err(StoreError::Refused { guard }) if guard != LEASE_GUARD => self.read_at = Timestamp::EPOCH,
            Err(error) => return Err(error),
        }
        for carried in &batch {
            self.busy.remove(&carried.stream);
        }
        if outcome.stopped && self.read_at != Timestamp::EPOCH {
            return Ok(false);
        }
        let mut target = Target::clone(&self.target);
        target.endpoint = endpoint;
        self.target = Arc::new(target);
        self.renew(now).await
    }

    /// Reads the endpoint's settings again if they are not believed any more. `false` if it is called no more.
    async fn renew(&mut self, now: Timestamp) -> Result<bool, StoreError> {
        if now.since(self.read_at) < BELIEVED {
            return Ok(true);
        }
        let id = self.target.endpoint.id;
        let Some(endpoint) = endpoint::find(&self.house.db, id).await? else { return Ok(false) };
        if endpoint.state != EndpointState::Active {
            return Ok(false);
        }
        let broken = |error: store::vault::VaultError| StoreError::Broken(error.to_string());
        self.target = Arc::new(self.house.target(endpoint, now).map_err(broken)?);
        self.read_at = now;
        Ok(true)
    }

    async fn ending(&self) -> Result<Ending, StoreError> {
        let now = self.house.tools.clock.now();
        let Some(due) = delivery::next_due(&self.house.db, self.target.endpoint.id).await? else { return Ok(Ending::Rest) };
        let at = self.target.endpoint.held_until.map_or(due, |held| due.max(held));
        Ok(Ending::Next(at, if at <= now { Lane::Notified } else { Lane::Scheduled }))
    }
}

fn unbroken(joined: Result<Carried, tokio::task::JoinError>) -> Result<Carried, StoreError> {
    joined.map_err(|error| StoreError::Broken(format!("a call did not come to its end, which is a bug: {error}")))
}

fn by_stream(due: Vec<Carriage>) -> Vec<(i64, Vec<Carriage>)> {
    let mut streams: Vec<(i64, Vec<Carriage>)> = Vec::new();
    for carriage in due {
        match streams.last_mut() {
            Some((stream, deliveries)) if *stream == carriage.stream => deliveries.push(carriage),
            _ => streams.push((carriage.stream, vec![carriage])),
        }
    }
    streams
}

/// Waits until somebody marks something due, and a little longer for more of it.
async fn look_again(woken: &mut watch::Receiver<u64>) {
    if woken.changed().await.is_err() {
        std::future::pending::<()>().await;
    }
    base::time::sleep(LOOK_AGAIN).await;
}
