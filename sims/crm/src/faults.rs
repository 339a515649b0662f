//! What goes wrong on purpose, by seed.
//!
//! Promise: one number is drawn for each call that may be struck, in the order of the calls, so the same seed and the
//! same order of calls give the same faults. A fault that was asked for by name strikes the next call that it fits.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};

use crate::ids::Ids;

/// What happens to a call to Google.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Fault {
    /// 429 with `Retry-After`.
    Throttled,
    /// 429 without `Retry-After`, as Google mostly answers.
    ThrottledSilently,
    /// 500, before anything was done.
    ServerError,
    /// 503, before anything was done.
    Unavailable,
    /// The connection breaks before anything was done.
    BrokenBefore,
    /// The connection breaks after the effect: the answer is lost.
    BrokenAfter,
    /// The page's `nextPageToken` leads to the same page again (lists only).
    RepeatedPage,
    /// The sync token is said to have expired (calls with a sync token only).
    SyncTokenExpired,
    /// 403 `SERVICE_DISABLED`: the API is switched off in the client's project (contacts only).
    ServiceDisabled,
    /// 401 although the access token is still good (contacts and user info only).
    TokenRefused,
}

impl Fault {
    /// All of them, in the order in which they are drawn.
    pub const ALL: [Self; 10] = [
        Self::Throttled,
        Self::ThrottledSilently,
        Self::ServerError,
        Self::Unavailable,
        Self::BrokenBefore,
        Self::BrokenAfter,
        Self::RepeatedPage,
        Self::SyncTokenExpired,
        Self::ServiceDisabled,
        Self::TokenRefused,
    ];

    fn fits(self, target: Target) -> bool {
        match self {
            Self::RepeatedPage => target.is_list,
            Self::SyncTokenExpired => target.has_sync_token,
            Self::ServiceDisabled => target.is_list,
            Self::TokenRefused => target.has_access_token,
            _ => true,
        }
    }
}

/// How often each fault strikes, from 0 to 1; together at most 1.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Rates {
    /// Of calls to Google.
    pub google: BTreeMap<Fault, f64>,
    /// Seconds in `Retry-After`.
    pub retry_after_seconds: u32,
    /// Of WhatsApp's deliveries that were answered 200: sent once more.
    pub webhook_twice: f64,
    /// Of WhatsApp's first deliveries: held back, so that others overtake them.
    pub webhook_late: f64,
    /// How many seconds such a delivery is late, at most.
    pub webhook_late_seconds: u64,
}

impl Default for Rates {
    fn default() -> Self {
        Self { google: BTreeMap::new(), retry_after_seconds: 5, webhook_twice: 0.0, webhook_late: 0.0, webhook_late_seconds: 120 }
    }
}

impl Rates {
    /// Everything goes wrong now and then: each of Google's faults but a disabled service, duplicates and late deliveries.
    pub fn everything(rate: f64) -> Self {
        let google = Fault::ALL.into_iter().filter(|fault| *fault != Fault::ServiceDisabled).map(|fault| (fault, rate)).collect();
        Self { google, webhook_twice: rate, webhook_late: rate, ..Self::default() }
    }
}

/// What a fault may look at.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Target {
    pub(crate) is_list: bool,
    pub(crate) has_sync_token: bool,
    pub(crate) has_access_token: bool,
}

/// The faults of one world.
#[derive(Debug)]
pub(crate) struct Faults {
    pub(crate) rates: Rates,
    draws: Ids,
    wanted: VecDeque<Fault>,
    struck: BTreeMap<Fault, u64>,
}

impl Faults {
    pub(crate) fn new(seed: u64, rates: Rates) -> Self {
        Self { rates, draws: Ids::named(seed, "faults"), wanted: VecDeque::new(), struck: BTreeMap::new() }
    }

    /// This fault strikes the next call that it fits.
    pub(crate) fn want(&mut self, fault: Fault) {
        self.wanted.push_back(fault);
    }

    /// How often each has struck.
    pub(crate) fn struck(&self) -> BTreeMap<Fault, u64> {
        self.struck.clone()
    }

    /// What strikes this call.
    pub(crate) fn strike(&mut self, target: Target) -> Option<Fault> {
        let drawn = self.draws.unit();
        let wanted = self.wanted.iter().position(|fault| fault.fits(target)).and_then(|at| self.wanted.remove(at));
        let strike = wanted.or_else(|| self.drawn(drawn, target));
        if let Some(fault) = strike {
            *self.struck.entry(fault).or_default() += 1;
        }
        strike
    }

    fn drawn(&self, drawn: f64, target: Target) -> Option<Fault> {
        let mut upto = 0.0;
        let rate = |fault: &Fault| self.rates.google.get(fault).copied().unwrap_or(0.0);
        Fault::ALL
            .into_iter()
            .find(|fault| {
                upto += rate(fault);
                drawn < upto
            })
            .filter(|fault| fault.fits(target))
    }
}
