//! What goes wrong on purpose: a schedule that can be printed as JSON and replayed.
//!
//! Promise: whether a fault strikes its n-th matching request depends on the schedule's seed, the fault's place in the
//! schedule and n alone, so the same schedule and the same order of requests give the same faults.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::ids::Ids;

/// What happens.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum FaultKind {
    /// 429 with `Retry-After`; without it if `None`.
    Throttled {
        /// Milliseconds.
        #[serde(default)]
        retry_after_ms: Option<u64>,
    },
    /// 500 before anything was done.
    ServerError {
        /// No body at all.
        #[serde(default)]
        empty: bool,
    },
    /// 503 before anything was done.
    Unavailable {
        /// No body at all.
        #[serde(default)]
        empty: bool,
        /// Milliseconds in `Retry-After`.
        #[serde(default)]
        retry_after_ms: Option<u64>,
    },
    /// 504 before anything was done.
    GatewayTimeout,
    /// The connection is cut before anything was done.
    ResetBefore,
    /// The connection is cut after the effect: the answer is lost.
    AnswerLost,
    /// 504 after the effect: the answer is lost, but politely.
    GatewayTimeoutAfter,
    /// The answer comes late.
    Latency {
        /// Milliseconds, at least.
        min_ms: u64,
        /// Milliseconds, at most.
        max_ms: u64,
    },
    /// The answer's body stops in the middle, with a `Content-Length` that agrees.
    TruncatedBody,
    /// A delta or next link is refused as expired; matches requests with a token only.
    DeltaExpired {
        /// The status, 410 mostly.
        #[serde(default = "gone")]
        status: u16,
        /// The code, for example `syncStateNotFound`.
        #[serde(default = "sync_state_not_found")]
        code: String,
    },
    /// The user's sign-in is revoked at this moment; the request itself is refused with 401.
    GrantRevoked,
    /// The mailbox is refused by policy with 403.
    MailboxRefused,
    /// The access token is said to have expired; the grant is fine.
    TokenExpired,
    /// A notification comes late.
    NotificationLate {
        /// Milliseconds.
        by_ms: u64,
    },
    /// A notification comes twice.
    NotificationTwice,
    /// A notification comes after the ones that follow it.
    NotificationOutOfOrder,
    /// A notification never comes.
    NotificationNever,
}

fn gone() -> u16 {
    410
}

fn sync_state_not_found() -> String {
    "syncStateNotFound".to_owned()
}

impl FaultKind {
    /// Its name in journals and histograms.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Throttled { .. } => "throttled",
            Self::ServerError { .. } => "serverError",
            Self::Unavailable { .. } => "unavailable",
            Self::GatewayTimeout => "gatewayTimeout",
            Self::ResetBefore => "resetBefore",
            Self::AnswerLost => "answerLost",
            Self::GatewayTimeoutAfter => "gatewayTimeoutAfter",
            Self::Latency { .. } => "latency",
            Self::TruncatedBody => "truncatedBody",
            Self::DeltaExpired { .. } => "deltaExpired",
            Self::GrantRevoked => "grantRevoked",
            Self::MailboxRefused => "mailboxRefused",
            Self::TokenExpired => "tokenExpired",
            Self::NotificationLate { .. } => "notificationLate",
            Self::NotificationTwice => "notificationTwice",
            Self::NotificationOutOfOrder => "notificationOutOfOrder",
            Self::NotificationNever => "notificationNever",
        }
    }

    /// Whether it befalls notifications, not requests.
    pub fn is_of_notifications(&self) -> bool {
        matches!(self, Self::NotificationLate { .. } | Self::NotificationTwice | Self::NotificationOutOfOrder | Self::NotificationNever)
    }
}

/// Which requests (or notifications) a fault looks at; everything that is left out matches.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default, deny_unknown_fields)]
pub struct Matcher {
    /// The verb.
    pub method: Option<String>,
    /// A pattern over path and query, in any case; `*` stands for anything. It may match anywhere in them.
    pub path: Option<String>,
    /// The mailbox, by its user's object id or any of its addresses.
    pub mailbox: Option<String>,
    /// The app's client id.
    pub app: Option<String>,
}

/// When a fault strikes among the ones it matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "when", rename_all = "camelCase")]
pub enum Trigger {
    /// Always.
    Always,
    /// From the n-th match (from 1), so many times.
    Nth {
        /// Which match, from 1.
        nth: u64,
        /// How many in a row.
        #[serde(default = "once")]
        times: u64,
    },
    /// Each match with this probability, drawn from the schedule's seed.
    Chance {
        /// From 0 to 1.
        probability: f64,
    },
}

fn once() -> u64 {
    1
}

/// One line of the schedule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Fault {
    /// Which requests it looks at.
    #[serde(default)]
    pub matches: Matcher,
    /// When it strikes among them.
    #[serde(flatten)]
    pub trigger: Trigger,
    /// What happens.
    #[serde(flatten)]
    pub kind: FaultKind,
}

/// A schedule: a seed and its faults. This is what is printed and replayed.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Schedule {
    /// What the chances are drawn from.
    #[serde(default)]
    pub seed: u64,
    /// The faults; of several that strike one request the first wins, latencies add up.
    pub faults: Vec<Fault>,
}

/// What a fault may match on.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The verb.
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// Every name of the mailbox's user, the object id first; empty if no mailbox is addressed.
    pub mailbox: &'a [String],
    /// The app.
    pub app: Option<&'a str>,
}

/// What strikes one request.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Strike {
    /// How late the answer comes.
    pub latency: Duration,
    /// What else happens.
    pub kind: Option<FaultKind>,
    /// The names of both, for the journal.
    pub names: Vec<String>,
}

/// What becomes of one notification: how late each copy comes. No copy: it never comes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NotificationFate {
    /// Extra delay of each copy.
    pub copies: Vec<Duration>,
}

/// A running schedule.
#[derive(Debug, Default)]
pub struct Faults {
    schedule: Schedule,
    matched: Vec<u64>,
    struck: Vec<u64>,
}

impl Faults {
    /// Starts a schedule from its beginning.
    pub fn set(&mut self, schedule: Schedule) {
        self.matched = vec![0; schedule.faults.len()];
        self.struck = vec![0; schedule.faults.len()];
        self.schedule = schedule;
    }

    /// The schedule that runs.
    pub fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// How often each fault of the schedule has struck, in its order.
    pub fn struck(&self) -> &[u64] {
        &self.struck
    }

    /// What strikes this request.
    pub fn strike(&mut self, target: Target<'_>) -> Strike {
        let mut strike = Strike::default();
        for index in 0..self.schedule.faults.len() {
            let kind = self.schedule.faults[index].kind.clone();
            let wants_token = matches!(kind, FaultKind::DeltaExpired { .. });
            if kind.is_of_notifications() || (wants_token && !carries_token(target.path)) {
                continue;
            }
            let already = strike.kind.is_some() && !matches!(kind, FaultKind::Latency { .. });
            if already || !self.strikes(index, target) {
                continue;
            }
            strike.names.push(kind.name().to_owned());
            match kind {
                FaultKind::Latency { min_ms, max_ms } => strike.latency += self.draw_latency(index, min_ms, max_ms),
                other => strike.kind = Some(other),
            }
        }
        strike
    }

    /// What becomes of this notification; also the names of the faults that struck it.
    pub fn notification(&mut self, target: Target<'_>) -> (NotificationFate, Vec<String>) {
        let mut fate = NotificationFate { copies: vec![Duration::ZERO] };
        let mut names = Vec::new();
        for index in 0..self.schedule.faults.len() {
            let kind = self.schedule.faults[index].kind.clone();
            if !kind.is_of_notifications() || !self.strikes(index, target) {
                continue;
            }
            names.push(kind.name().to_owned());
            match kind {
                FaultKind::NotificationLate { by_ms } => fate.delay(Duration::from_millis(by_ms)),
                FaultKind::NotificationTwice => fate.copies.push(self.draw_delay(index, 30_000)),
                FaultKind::NotificationOutOfOrder => fate.delay(self.draw_delay(index, 120_000)),
                _ => fate.copies.clear(),
            }
        }
        (fate, names)
    }

    fn strikes(&mut self, index: usize, target: Target<'_>) -> bool {
        let fault = &self.schedule.faults[index];
        if !fault.matches.matches(target) {
            return false;
        }
        self.matched[index] += 1;
        let count = self.matched[index];
        let strikes = match fault.trigger {
            Trigger::Always => true,
            Trigger::Nth { nth, times } => count >= nth && count < nth.saturating_add(times),
            Trigger::Chance { probability } => self.draw(index, count).chance(probability),
        };
        self.struck[index] += u64::from(strikes);
        strikes
    }

    fn draw(&self, index: usize, count: u64) -> Ids {
        Ids::new(self.schedule.seed ^ (index as u64 + 1).rotate_left(48) ^ count.rotate_left(8))
    }

    fn draw_latency(&self, index: usize, min_ms: u64, max_ms: u64) -> Duration {
        let extra = self.draw(index, self.matched[index]).below(max_ms.saturating_sub(min_ms) + 1);
        Duration::from_millis(min_ms + extra)
    }

    fn draw_delay(&self, index: usize, most_ms: u64) -> Duration {
        let mut ids = self.draw(index, self.matched[index]);
        ids.next_u64();
        Duration::from_millis(1 + ids.below(most_ms))
    }
}

impl NotificationFate {
    fn delay(&mut self, by: Duration) {
        self.copies.iter_mut().for_each(|copy| *copy += by);
    }
}

impl Matcher {
    fn matches(&self, target: Target<'_>) -> bool {
        let method = self.method.as_deref().is_none_or(|method| method.eq_ignore_ascii_case(target.method));
        let app = self.app.as_deref().is_none_or(|app| target.app.is_some_and(|of| of.eq_ignore_ascii_case(app)));
        let mailbox = self.mailbox.as_deref().is_none_or(|name| target.mailbox.iter().any(|of| of.eq_ignore_ascii_case(name)));
        method && app && mailbox && self.path.as_deref().is_none_or(|pattern| contains(target.path, pattern))
    }
}

/// Whether the pattern's pieces between `*` occur in the text one after the other.
fn contains(text: &str, pattern: &str) -> bool {
    let text = text.to_lowercase();
    let mut rest = text.as_str();
    for piece in pattern.to_lowercase().split('*') {
        match rest.find(piece) {
            Some(at) => rest = &rest[at + piece.len()..],
            None => return false,
        }
    }
    true
}

fn carries_token(path: &str) -> bool {
    let path = path.to_ascii_lowercase();
    path.contains("deltatoken=") || path.contains("skiptoken=")
}
