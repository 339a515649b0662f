//! The schedule: when a failed delivery is tried again, when it is set aside, and when its endpoint is left alone. Pure.
//!
//! Retries go over three days. A delivery is set aside after its last one, or earlier when the endpoint takes others: it
//! would hold back what is behind it for a fault of its own. An endpoint that has taken nothing for as long as the retries
//! go is paused: its owner decides.

use std::time::Duration;

use base::Timestamp;

const MINUTE: u64 = 60;
const HOUR: u64 = 3600;

/// How long to wait after the first, the second, … failure of a delivery, at least.
pub const RETRIES: [Duration; 10] = [
    Duration::from_secs(5),
    Duration::from_secs(30),
    Duration::from_secs(2 * MINUTE),
    Duration::from_secs(10 * MINUTE),
    Duration::from_secs(HOUR),
    Duration::from_secs(3 * HOUR),
    Duration::from_secs(8 * HOUR),
    Duration::from_secs(12 * HOUR),
    Duration::from_secs(24 * HOUR),
    Duration::from_secs(24 * HOUR),
];

/// Tries after which a delivery is set aside if the endpoint has taken others since the first of them.
pub const TRIES_BEFORE_PARKING: usize = 5;

/// How long an endpoint may take nothing that it is called with before it is paused: a little less than the retries of
/// one delivery take, so that the last of them pauses the endpoint instead of setting deliveries aside one by one.
pub const PAUSE_AFTER: Duration = Duration::from_secs(72 * HOUR);

/// The longest wait that an endpoint can ask for by `Retry-After`.
pub(crate) const RETRY_AFTER_MAX: Duration = Duration::from_secs(HOUR);

/// How long to wait after failure number `failures` (from 1), with up to a tenth more as `jitter` (any number) says, so
/// that many that failed together do not return together. `None` when there is no further try.
pub(crate) fn wait_after(failures: usize, jitter: u64) -> Option<Duration> {
    let wait = *RETRIES.get(failures.checked_sub(1)?)?;
    let tenth = u64::try_from(wait.as_millis()).unwrap_or(u64::MAX) / 10;
    Some(wait + Duration::from_millis(jitter % tenth.max(1)))
}

/// How long an answer's `Retry-After` asks to wait: seconds or a date (RFC 9110 §10.2.3), bounded.
pub(crate) fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    let value = value.trim();
    let wait = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => {
            let at = jiff::fmt::rfc2822::DateTimeParser::new().parse_timestamp(value).ok()?;
            Timestamp::from_millis(at.as_millisecond()).since(now)
        }
    };
    Some(wait.min(RETRY_AFTER_MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_retries_go_over_three_days_and_end() {
        let whole: Duration = (1..=RETRIES.len()).map(|failure| wait_after(failure, 0).unwrap()).sum();
        assert!(whole >= PAUSE_AFTER && whole < PAUSE_AFTER + Duration::from_secs(HOUR), "{whole:?}");
        assert_eq!(wait_after(RETRIES.len() + 1, 0), None);
        assert_eq!(wait_after(0, 0), None);
    }

    #[test]
    fn the_jitter_adds_up_to_a_tenth_and_never_shortens() {
        for jitter in [0, 1, 499, 500, u64::MAX] {
            let wait = wait_after(1, jitter).unwrap();
            assert!(wait >= Duration::from_secs(5) && wait < Duration::from_millis(5500), "{wait:?}");
        }
    }

    #[test]
    fn retry_after_is_read_in_both_forms_and_bounded() {
        let now = Timestamp::parse("2026-01-02T03:04:05Z").unwrap();
        assert_eq!(retry_after("120", now), Some(Duration::from_secs(120)));
        assert_eq!(retry_after("Fri, 02 Jan 2026 03:05:05 GMT", now), Some(Duration::from_secs(60)));
        assert_eq!(retry_after("Fri, 02 Jan 2026 03:00:05 GMT", now), Some(Duration::ZERO));
        assert_eq!(retry_after("999999", now), Some(RETRY_AFTER_MAX));
        assert_eq!(retry_after("soon", now), None);
    }
}
