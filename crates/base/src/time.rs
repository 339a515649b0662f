//! Time: the only place of the product that reads a clock.
//!
//! A [`Timestamp`] is a point in time with millisecond precision, in UTC. It is stored as a 64-bit count of
//! milliseconds since 1970 and shown as RFC 3339. Everything that needs "now" is handed a [`Clock`], so that a
//! test moves time instead of waiting for it.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A point in time, UTC, with millisecond precision.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp(i64);

impl Timestamp {
    /// 1970-01-01T00:00:00Z, also "never happened" where a column may not be null.
    pub const EPOCH: Timestamp = Timestamp(0);
    /// Later than anything that can happen: "not due until somebody says so".
    pub const NEVER: Timestamp = Timestamp(253_402_300_799_000);

    /// From milliseconds since 1970.
    pub const fn from_millis(millis: i64) -> Self {
        Timestamp(millis)
    }

    /// Milliseconds since 1970.
    pub const fn millis(self) -> i64 {
        self.0
    }

    /// Whole seconds since 1970.
    pub const fn seconds(self) -> i64 {
        self.0.div_euclid(1000)
    }

    /// The time from `earlier` to here, zero if `earlier` is later.
    pub fn since(self, earlier: Timestamp) -> Duration {
        Duration::from_millis(u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0))
    }

    /// This many milliseconds later, never past [`Timestamp::NEVER`].
    pub fn plus(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_add(millis).min(Self::NEVER.0))
    }

    /// This much earlier.
    pub fn minus(self, duration: Duration) -> Self {
        let millis = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        Timestamp(self.0.saturating_sub(millis))
    }

    /// Reads RFC 3339 with any offset and any number of fractional digits (Graph sends none, three or seven).
    pub fn parse(text: &str) -> Option<Self> {
        jiff::Timestamp::from_str(text).ok().map(|at| Timestamp(at.as_millisecond()))
    }
}

impl fmt::Display for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::Timestamp::from_millisecond(self.0) {
            Ok(at) => write!(f, "{at}"),
            Err(_) => write!(f, "{} ms", self.0),
        }
    }
}

impl fmt::Debug for Timestamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Timestamp {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Timestamp {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        Timestamp::parse(&text).ok_or_else(|| serde::de::Error::custom("not a time in RFC 3339 form"))
    }
}

/// Where "now" comes from. Cheap to clone; clones share the same time.
#[derive(Clone, Debug, Default)]
pub struct Clock(Source);

#[derive(Clone, Debug, Default)]
enum Source {
    #[default]
    System,
    Manual(Arc<AtomicI64>),
}

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Clock(Source::System)
    }

    /// A clock that stands still until it is moved.
    pub fn manual(start: Timestamp) -> Self {
        Clock(Source::Manual(Arc::new(AtomicI64::new(start.millis()))))
    }

    /// The time now.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now(&self) -> Timestamp {
        match &self.0 {
            Source::System => {
                let since_1970 = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(since_1970.as_millis()).unwrap_or(i64::MAX))
            }
            Source::Manual(millis) => Timestamp(millis.load(Ordering::SeqCst)),
        }
    }

    /// Moves a manual clock forward; the machine's clock is not ours to move and stays as it is.
    pub fn advance(&self, by: Duration) {
        if let Source::Manual(millis) = &self.0 {
            millis.fetch_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX), Ordering::SeqCst);
        }
    }
}

/// Sleeps on the machine's clock. For the few loops that wait; a test never gets here.
#[allow(clippy::disallowed_methods, reason = "the one place that sleeps")]
pub async fn sleep(duration: Duration) {
    tokio::time::sleep(duration).await;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_of_graph_survives_with_no_three_or_seven_digits() {
        for text in ["2026-01-02T03:04:05Z", "2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05.0000000+00:00", "2026-01-02T08:34:05+05:30"] {
            assert_eq!(Timestamp::parse(text).map(Timestamp::millis), Some(1_767_323_045_000), "{text}");
        }
        assert_eq!(Timestamp::parse("yesterday"), None);
    }

    #[test]
    fn a_manual_clock_moves_only_when_told() {
        let clock = Clock::manual(Timestamp::from_millis(1000));
        let shared = clock.clone();
        clock.advance(Duration::from_secs(2));
        assert_eq!(shared.now(), Timestamp::from_millis(3000));
    }

    #[test]
    fn time_is_written_as_rfc_3339() {
        let at = Timestamp::from_millis(1_767_323_045_120);
        assert_eq!(serde_json::to_string(&at).unwrap(), "\"2026-01-02T03:04:05.12Z\"");
        assert_eq!(serde_json::from_str::<Timestamp>("\"2026-01-02T03:04:05.12Z\"").unwrap(), at);
    }
}
