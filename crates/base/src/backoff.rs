//! Backoff: how long to wait before trying again, as a pure function of the attempt.

use std::time::Duration;

/// An exponential schedule with a ceiling and jitter.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The wait after the first failure.
    pub first: Duration,
    /// The longest wait.
    pub ceiling: Duration,
}

impl Backoff {
    /// The wait after failure number `attempt` (from 1): doubles each time up to the ceiling, and lies between half
    /// and all of that, as `jitter` (any number) says, so that many who failed together do not return together.
    pub fn delay(self, attempt: u32, jitter: u64) -> Duration {
        let doublings = attempt.saturating_sub(1).min(32);
        let whole = self.first.saturating_mul(1u32.checked_shl(doublings).unwrap_or(u32::MAX)).min(self.ceiling);
        let half = whole / 2;
        let span = u64::try_from(half.as_millis()).unwrap_or(u64::MAX).max(1);
        half + Duration::from_millis(jitter % span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_the_ceiling_and_keep_at_least_half() {
        let backoff = Backoff { first: Duration::from_secs(2), ceiling: Duration::from_secs(60) };
        for attempt in 1..40 {
            let delay = backoff.delay(attempt, 0x9E37_79B9_7F4A_7C15);
            let whole = Duration::from_secs(2u64.saturating_pow(attempt.min(20)).min(60));
            assert!(delay >= whole / 2 && delay <= whole, "attempt {attempt}: {delay:?}");
        }
    }
}
