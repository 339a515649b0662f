//! Pacing: four calls at once for a mailbox, the urgent first, and nobody calls while Microsoft says wait.
//!
//! Facts (graph.md 7.2, 7.6, quirk 43): for each application and mailbox Microsoft allows 4 requests at once and
//! 10,000 in 10 minutes; a fifth is refused with 429 more often than not, and refusals count too. A 429 names, in
//! `Retry-After`, when the mailbox may be called again; that holds for every caller of it, so it is one deadline.
//! Inside a `$batch` up to four parts run at once and each counts.
//!
//! Promises: never more than [`SLOTS`] slots taken; backfill takes at most [`BACKFILL_SLOTS`] of them, so that an
//! interactive call finds one free or waits for one page at most; a freed slot goes to the most urgent lane, in a
//! lane to whoever came first; a lane that has been passed over [`PASSED_OVER_MAX`] times in a row goes next, so that
//! none starves. Requests are counted in slices of 10 seconds over the last 10 minutes; each lane stops below the
//! limit, backfill first. Nothing here is random and nothing sleeps: what cannot be waited for in the queue is told
//! as a duration. A permit gives its slots back when dropped, however the call ended.
//! It does not see other processes: with several nodes a mailbox should be synced by one of them at a time.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use base::{Clock, Timestamp};
use tokio::sync::oneshot;

use crate::access::Lane;
use crate::call::Weight;

/// Requests that Microsoft runs at once for a mailbox.
pub const SLOTS: u8 = 4;
/// Of these, how many backfill may take.
pub const BACKFILL_SLOTS: u8 = 3;
/// How often in a row a waiting lane may be passed over.
pub const PASSED_OVER_MAX: u8 = 16;
/// Calls that may wait for one mailbox.
pub const WAITING_MAX: usize = 1024;
/// Mailboxes remembered before idle ones are forgotten.
const MAILBOXES_MAX: usize = 10_000;

const LANES: [Lane; 3] = [Lane::Interactive, Lane::Notified, Lane::Backfill];
const SLICE_SECONDS: i64 = 10;
/// Ten minutes and one slice, because the oldest slice is counted as a whole.
const SLICES: usize = 61;
/// Requests in ten minutes after which each lane waits; Microsoft's limit is 10,000.
const BUDGET: [u32; 3] = [9_800, 9_500, 9_000];

/// Who may call which mailbox when.
pub(crate) struct Pacer {
    clock: Clock,
    mailboxes: Mutex<HashMap<String, Arc<Mailbox>>>,
}

/// Slots taken from one mailbox until dropped.
pub(crate) struct Permit {
    mailbox: Arc<Mailbox>,
    lane: Lane,
    slots: u8,
}

struct Mailbox {
    clock: Clock,
    state: Mutex<State>,
}

struct State {
    running: [u8; 3],
    waiting: [VecDeque<Waiter>; 3],
    passed_over: [u8; 3],
    shut_until: Timestamp,
    counted: [(i64, u32); SLICES],
}

struct Waiter {
    weight: Weight,
    seat: oneshot::Sender<Permit>,
}

impl Pacer {
    pub(crate) fn new(clock: Clock) -> Self {
        Pacer { clock, mailboxes: Mutex::default() }
    }

    /// Waits in the mailbox's queue for slots; `Err` says how long the mailbox is shut.
    pub(crate) async fn admit(&self, key: &str, lane: Lane, weight: Weight) -> Result<Permit, Duration> {
        let mailbox = self.mailbox(key);
        loop {
            let seat = mailbox.join(lane, weight)?;
            // The queue is emptied without seats when the mailbox is shut: then joining again says for how long.
            if let Ok(permit) = seat.await {
                return Ok(permit);
            }
        }
    }

    /// How many calls wait for a slot, over all mailboxes.
    pub(crate) fn waiting_calls(&self) -> usize {
        let mailboxes: Vec<_> = lock(&self.mailboxes).values().cloned().collect();
        mailboxes.iter().map(|mailbox| lock(&mailbox.state).waiting.iter().map(VecDeque::len).sum::<usize>()).sum()
    }

    /// Microsoft wants the mailbox left alone for this long.
    pub(crate) fn shut(&self, key: &str, wait: Duration) {
        self.mailbox(key).shut(wait);
    }

    fn mailbox(&self, key: &str) -> Arc<Mailbox> {
        let mut mailboxes = lock(&self.mailboxes);
        if let Some(mailbox) = mailboxes.get(key) {
            return mailbox.clone();
        }
        if mailboxes.len() >= MAILBOXES_MAX {
            let now = self.clock.now();
            mailboxes.retain(|_, mailbox| Arc::strong_count(mailbox) > 1 || !lock(&mailbox.state).is_idle(now));
        }
        mailboxes.entry(key.to_owned()).or_insert_with(|| Arc::new(Mailbox::new(self.clock.clone()))).clone()
    }
}

impl Mailbox {
    fn new(clock: Clock) -> Self {
        let state = State {
            running: [0; 3],
            waiting: Default::default(),
            passed_over: [0; 3],
            shut_until: Timestamp::EPOCH,
            counted: [(0, 0); SLICES],
        };
        Mailbox { clock, state: Mutex::new(state) }
    }

    fn join(self: &Arc<Self>, lane: Lane, weight: Weight) -> Result<oneshot::Receiver<Permit>, Duration> {
        let (seat, receiver) = oneshot::channel();
        let mut state = lock(&self.state);
        state.check(self.clock.now(), lane, weight)?;
        state.waiting[lane as usize].push_back(Waiter { weight: fitted(lane, weight), seat });
        self.seat_waiting(state);
        Ok(receiver)
    }

    fn shut(&self, wait: Duration) {
        let mut state = lock(&self.state);
        let until = self.clock.now().plus(wait);
        state.shut_until = state.shut_until.max(until);
        let turned_away: Vec<Waiter> = state.waiting.iter_mut().flat_map(std::mem::take).collect();
        drop(state);
        drop(turned_away);
    }

    fn leave(self: &Arc<Self>, lane: Lane, slots: u8) {
        let mut state = lock(&self.state);
        state.running[lane as usize] -= slots;
        self.seat_waiting(state);
    }

    /// Gives free slots to those who wait. A seat whose waiter has gone comes back as a permit, which is dropped
    /// only after the lock, because dropping takes it again.
    fn seat_waiting(self: &Arc<Self>, mut state: MutexGuard<'_, State>) {
        let now = self.clock.now();
        let mut abandoned = Vec::new();
        while let Some(lane) = state.next_lane() {
            let waiter = state.waiting[lane as usize].pop_front().expect("the lane chosen has a waiter");
            state.take(lane, waiter.weight, now);
            let permit = Permit { mailbox: self.clone(), lane, slots: waiter.weight.slots };
            if let Err(permit) = waiter.seat.send(permit) {
                abandoned.push(permit);
            }
        }
        drop(state);
        drop(abandoned);
    }
}

impl State {
    /// Refuses a new waiter while the mailbox is shut, its allowance used up or its queue full.
    fn check(&self, now: Timestamp, lane: Lane, weight: Weight) -> Result<(), Duration> {
        let shut = self.shut_until.since(now);
        if !shut.is_zero() {
            return Err(shut);
        }
        if self.waiting.iter().map(VecDeque::len).sum::<usize>() >= WAITING_MAX {
            return Err(Duration::from_secs(1));
        }
        self.wait_for_budget(now, lane, weight)
    }

    fn wait_for_budget(&self, now: Timestamp, lane: Lane, weight: Weight) -> Result<(), Duration> {
        let oldest_counted = now.seconds().div_euclid(SLICE_SECONDS) - (SLICES as i64 - 1);
        let recent = self.counted.iter().copied().filter(|slice| slice.1 > 0 && slice.0 >= oldest_counted);
        let mut used = recent.clone().map(|slice| slice.1).sum::<u32>() + u32::from(weight.requests);
        if used <= BUDGET[lane as usize] {
            return Ok(());
        }
        let mut recent: Vec<(i64, u32)> = recent.collect();
        recent.sort_unstable();
        let mut free_at = None;
        for (slice, count) in recent {
            if used <= BUDGET[lane as usize] {
                break;
            }
            used -= count;
            free_at = Some((slice + SLICES as i64) * SLICE_SECONDS);
        }
        let second = free_at.unwrap_or_else(|| now.seconds() + SLICE_SECONDS);
        Err(Timestamp::from_millis(second * 1000).since(now).max(Duration::from_millis(1)))
    }

    /// The lane that goes next, if what it wants first is free.
    fn next_lane(&mut self) -> Option<Lane> {
        let starved = LANES.into_iter().find(|&lane| self.passed_over[lane as usize] >= PASSED_OVER_MAX && self.fits_head(lane));
        let urgent = || LANES.into_iter().find(|&lane| !self.waiting[lane as usize].is_empty());
        let lane = starved.or_else(urgent).filter(|&lane| self.fits_head(lane))?;
        for other in LANES {
            let passed = other > lane && !self.waiting[other as usize].is_empty();
            self.passed_over[other as usize] = if passed { self.passed_over[other as usize].saturating_add(1) } else { 0 };
        }
        Some(lane)
    }

    fn fits_head(&self, lane: Lane) -> bool {
        let Some(waiter) = self.waiting[lane as usize].front() else { return false };
        let all: u8 = self.running.iter().sum();
        let capped = lane == Lane::Backfill && self.running[lane as usize] + waiter.weight.slots > BACKFILL_SLOTS;
        all + waiter.weight.slots <= SLOTS && !capped
    }

    fn take(&mut self, lane: Lane, weight: Weight, now: Timestamp) {
        self.running[lane as usize] += weight.slots;
        let slice = now.seconds().div_euclid(SLICE_SECONDS);
        let counted = &mut self.counted[usize::try_from(slice.rem_euclid(SLICES as i64)).expect("not negative")];
        if counted.0 != slice {
            *counted = (slice, 0);
        }
        counted.1 += u32::from(weight.requests);
    }

    fn is_idle(&self, now: Timestamp) -> bool {
        let window = now.seconds().div_euclid(SLICE_SECONDS) - (SLICES as i64 - 1);
        self.running == [0; 3] && now >= self.shut_until && self.counted.iter().all(|slice| slice.1 == 0 || slice.0 < window)
    }
}

/// What a call takes in its lane: no more than the lane may ever have.
fn fitted(lane: Lane, weight: Weight) -> Weight {
    let most = if lane == Lane::Backfill { BACKFILL_SLOTS } else { SLOTS };
    Weight { slots: weight.slots.clamp(1, most), ..weight }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.mailbox.leave(self.lane, self.slots);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
