//! Outlook's limits for each app and mailbox: requests at once, requests in a window, bytes sent in a window
//! (reference: Graph, section 7.2).
//!
//! A slot is taken on arrival and given back when the visit ends. A batch takes its slots on arrival too, at most
//! four for a mailbox, because Graph sends at most four of its parts to Exchange at a time (reference: Graph, section 6).

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use jiff::Timestamp;

use crate::config::LimitsConfig;
use crate::ids::Ids;
use crate::journal::Cause;
use crate::refusal::Refusal;

/// An app and a mailbox: what the limits are counted for.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Lane {
    /// Client id of the app.
    pub app: String,
    /// Object id of the mailbox's user.
    pub mailbox: String,
}

/// A refusal and its cause.
#[derive(Debug, Clone, PartialEq)]
pub struct Throttled {
    /// Which limit.
    pub cause: Cause,
    /// What to answer.
    pub refusal: Refusal,
}

/// Slots that a batch holds for one lane: it wanted `wanted` and got `got`.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Reservation {
    lane: Lane,
    wanted: u32,
    got: u32,
    asked: u32,
}

#[derive(Debug, Default)]
struct Usage {
    in_flight: u32,
    requests: VecDeque<(Timestamp, u32)>,
    requests_total: u32,
    uploads: VecDeque<(Timestamp, u64)>,
    uploads_total: u64,
}

/// The limits and how far each lane is used.
#[derive(Debug)]
pub struct Limits {
    config: LimitsConfig,
    lanes: HashMap<Lane, Usage>,
    batches: HashMap<u64, Vec<Reservation>>,
}

impl Limits {
    /// Unused limits.
    pub fn new(config: LimitsConfig) -> Self {
        Self { config, lanes: HashMap::new(), batches: HashMap::new() }
    }

    /// The settings, which may be changed while running.
    pub fn config_mut(&mut self) -> &mut LimitsConfig {
        &mut self.config
    }

    /// Requests of that lane that are under way.
    pub fn in_flight(&self, lane: &Lane) -> u32 {
        self.lanes.get(lane).map_or(0, |usage| usage.in_flight)
    }

    /// All slots in use.
    pub fn slots_held(&self) -> u32 {
        self.lanes.values().map(|usage| usage.in_flight).sum()
    }

    /// Takes a slot, or says why not. A slot taken must be given back with [`Self::leave`].
    pub fn enter(&mut self, lane: &Lane, upload: u64, now: Timestamp, ids: &mut Ids) -> Result<(), Throttled> {
        self.count(lane, upload, now, ids)?;
        let over = self.in_flight(lane) >= self.config.concurrent;
        if over && ids.chance(self.config.concurrent_refusal_probability) {
            self.uncount_refused(lane);
            return Err(self.too_many_at_once(ids));
        }
        self.lanes.entry(lane.clone()).or_default().in_flight += 1;
        Ok(())
    }

    /// Gives a slot back.
    pub fn leave(&mut self, lane: &Lane) {
        if let Some(usage) = self.lanes.get_mut(lane) {
            usage.in_flight = usage.in_flight.saturating_sub(1);
        }
    }

    /// Takes slots for a batch that has so many parts at a time for that lane, as many as are free.
    pub fn reserve(&mut self, batch: u64, lane: &Lane, wanted: u32) {
        let wanted = wanted.min(4);
        let usage = self.lanes.entry(lane.clone()).or_default();
        let got = wanted.min(self.config.concurrent.saturating_sub(usage.in_flight));
        usage.in_flight += got;
        self.batches.entry(batch).or_default().push(Reservation { lane: lane.clone(), wanted, got, asked: 0 });
    }

    /// Lets one part of a batch in, or says why not. It takes no slot of its own: the batch holds them.
    pub fn enter_part(&mut self, batch: u64, lane: &Lane, upload: u64, now: Timestamp, ids: &mut Ids) -> Result<(), Throttled> {
        self.count(lane, upload, now, ids)?;
        let probability = self.config.concurrent_refusal_probability;
        let reservations = self.batches.entry(batch).or_default();
        let Some(reservation) = reservations.iter_mut().find(|reservation| reservation.lane == *lane) else { return Ok(()) };
        let place = reservation.asked % reservation.wanted.max(1);
        reservation.asked += 1;
        if place >= reservation.got && ids.chance(probability) {
            self.uncount_refused(lane);
            return Err(self.too_many_at_once(ids));
        }
        Ok(())
    }

    /// Gives back what a batch held.
    pub fn release(&mut self, batch: u64) {
        for reservation in self.batches.remove(&batch).unwrap_or_default() {
            if let Some(usage) = self.lanes.get_mut(&reservation.lane) {
                usage.in_flight = usage.in_flight.saturating_sub(reservation.got);
            }
        }
    }

    fn count(&mut self, lane: &Lane, upload: u64, now: Timestamp, ids: &mut Ids) -> Result<(), Throttled> {
        let (window, upload_window) = (self.config.window_seconds, self.config.upload_window_seconds);
        let usage = self.lanes.entry(lane.clone()).or_default();
        usage.forget(now, window, upload_window);
        if usage.requests_total >= self.config.requests {
            if self.config.refused_count {
                usage.note_request(now);
            }
            let after = usage.seconds_until_free(self.config.requests, window, now);
            return Err(self.too_many(Cause::Rate, "RequestRate", after, ids));
        }
        if upload > 0 && usage.uploads_total + upload > self.config.upload_bytes {
            let after = usage.uploads.front().map_or(1, |(at, _)| seconds_until(*at, upload_window, now));
            return Err(self.too_many(Cause::Upload, "UploadSize", after, ids));
        }
        usage.note_request(now);
        if upload > 0 {
            usage.uploads.push_back((now, upload));
            usage.uploads_total += upload;
        }
        Ok(())
    }

    fn uncount_refused(&mut self, lane: &Lane) {
        if self.config.refused_count {
            return;
        }
        if let Some(usage) = self.lanes.get_mut(lane) {
            usage.requests_total = usage.requests_total.saturating_sub(1);
            if let Some((_, count)) = usage.requests.back_mut() {
                *count = count.saturating_sub(1);
            }
        }
    }

    fn too_many_at_once(&self, ids: &mut Ids) -> Throttled {
        let after = 1 + ids.below(10);
        self.too_many(Cause::Concurrency, "MailboxConcurrency", after, ids)
    }

    fn too_many(&self, cause: Cause, limit: &str, seconds: u64, ids: &mut Ids) -> Throttled {
        let message = format!("Application is over its {limit} limit.");
        let mut refusal = Refusal::new(429, "ApplicationThrottled", message);
        if !self.config.omit_retry_after {
            let fraction = if self.config.fractional_retry_after { 1 + ids.below(999) } else { 0 };
            refusal = refusal.with_retry_after(Duration::from_millis(seconds * 1000 + fraction));
        }
        Throttled { cause, refusal }
    }
}

impl Usage {
    /// Requests are counted by second, so that ten thousand of them cost six hundred places at most.
    fn note_request(&mut self, now: Timestamp) {
        self.requests_total += 1;
        match self.requests.back_mut() {
            Some((at, count)) if at.as_second() == now.as_second() => *count += 1,
            _ => self.requests.push_back((now, 1)),
        }
    }

    /// Seconds until so many have left the window that one more is let in.
    fn seconds_until_free(&self, most: u32, window: u32, now: Timestamp) -> u64 {
        let mut left = self.requests_total;
        for (at, count) in &self.requests {
            left = left.saturating_sub(*count);
            if left < most {
                return seconds_until(*at, window, now).max(1);
            }
        }
        u64::from(window)
    }

    fn forget(&mut self, now: Timestamp, window: u32, upload_window: u32) {
        while let Some((at, count)) = self.requests.front().copied() {
            if seconds_until(at, window, now) > 0 {
                break;
            }
            self.requests.pop_front();
            self.requests_total = self.requests_total.saturating_sub(count);
        }
        while let Some((at, bytes)) = self.uploads.front().copied() {
            if seconds_until(at, upload_window, now) > 0 {
                break;
            }
            self.uploads.pop_front();
            self.uploads_total = self.uploads_total.saturating_sub(bytes);
        }
    }
}

/// Whole seconds from now until something noted at that time leaves the window; 0 if it has left.
fn seconds_until(at: Timestamp, window_seconds: u32, now: Timestamp) -> u64 {
    let ends = at.as_second() + i64::from(window_seconds);
    u64::try_from(ends - now.as_second()).unwrap_or(0)
}
