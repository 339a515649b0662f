//! Limits: how many requests each asker may make in a minute, and what is left of them.
//!
//! A fixed window for each asker, in memory: a restart forgives, and each node counts for itself. The headers follow the
//! IETF's draft (`RateLimit-Limit`, `-Remaining`, `-Reset` in seconds).

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::{Clock, Problem, Timestamp};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};

use crate::failure::Failure;

const WINDOW: Duration = Duration::from_secs(60);
/// Askers remembered at once.
const ASKERS_MAX: usize = 10_000;

#[derive(Clone, Copy)]
struct Window {
    began: Timestamp,
    requests: u32,
}

/// Counts requests by asker.
#[derive(Clone)]
pub struct Limits {
    clock: Clock,
    per_minute: u32,
    windows: Arc<Mutex<HashMap<String, Window>>>,
}

/// What an asker has left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Quota {
    /// Requests in one window.
    pub limit: u32,
    /// What is left of them.
    pub remaining: u32,
    /// Until the next window begins.
    pub reset: Duration,
    /// Whether this request was one too many.
    pub exceeded: bool,
}

impl Limits {
    /// Nobody has asked yet.
    pub fn new(clock: Clock, per_minute: u32) -> Self {
        Limits { clock, per_minute: per_minute.max(1), windows: Arc::default() }
    }

    /// Counts a request.
    pub fn count(&self, asker: &str) -> Quota {
        let now = self.clock.now();
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= ASKERS_MAX && !windows.contains_key(asker) {
            windows.retain(|_, kept| now.since(kept.began) < WINDOW);
            if windows.len() >= ASKERS_MAX {
                windows.clear();
            }
        }
        let window = windows.entry(asker.to_owned()).or_insert(Window { began: now, requests: 0 });
        if now.since(window.began) >= WINDOW {
            *window = Window { began: now, requests: 0 };
        }
        let exceeded = window.requests >= self.per_minute;
        window.requests = window.requests.saturating_add(u32::from(!exceeded));
        Quota {
            limit: self.per_minute,
            remaining: self.per_minute - window.requests,
            reset: WINDOW.saturating_sub(now.since(window.began)),
            exceeded,
        }
    }
}

impl Quota {
    /// The refusal, if this request was one too many.
    ///
    /// # Errors
    /// 429 with how long to wait.
    pub fn check(&self) -> Result<(), Failure> {
        if !self.exceeded {
            return Ok(());
        }
        let wait = self.reset.max(Duration::from_secs(1));
        let problem = Problem::new(
            "too_many_requests",
            "Too many requests.",
            format!("{} requests in a minute are allowed to each asker.", self.limit),
            format!("Wait {} seconds. If that is too few, raise api.requests_per_minute.", wait.as_secs()),
        );
        Err(Failure::new(StatusCode::TOO_MANY_REQUESTS, problem).retryable(wait))
    }

    /// Tells the asker.
    pub fn write(&self, headers: &mut HeaderMap) {
        let pairs = [
            ("ratelimit-limit", u64::from(self.limit)),
            ("ratelimit-remaining", u64::from(self.remaining)),
            ("ratelimit-reset", self.reset.as_secs().max(1)),
        ];
        headers.extend(pairs.map(|(name, value)| (HeaderName::from_static(name), HeaderValue::from(value))));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_asker_has_a_minute_of_their_own() {
        let clock = Clock::manual(Timestamp::from_millis(1_000));
        let limits = Limits::new(clock.clone(), 2);
        assert!(limits.count("a").check().is_ok() && limits.count("a").check().is_ok());
        let third = limits.count("a");
        assert_eq!(third.check().unwrap_err().status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!((third.remaining, third.reset), (0, Duration::from_secs(60)));
        assert!(limits.count("b").check().is_ok());
        clock.advance(Duration::from_secs(60));
        assert_eq!(limits.count("a").remaining, 1);
    }
}
