//! Throttle: how often one address may try something that costs us or that could be guessed.
//!
//! A fixed number of attempts in a fixed window for each address (an IPv6 network of 64 bits counts as one). It lives in
//! memory: a restart forgives. It holds a bounded number of addresses; when it is full, the oldest window goes.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use base::{Clock, Timestamp};

/// Addresses remembered at once.
const ADDRESSES_MAX: usize = 10_000;

/// How many attempts are allowed in what time.
#[derive(Clone, Copy, Debug)]
pub struct Allowance {
    /// Attempts in one window.
    pub attempts: u32,
    /// How long a window is.
    pub window: Duration,
}

#[derive(Clone, Copy)]
struct Window {
    began: Timestamp,
    attempts: u32,
}

/// Counts attempts by address.
#[derive(Clone)]
pub struct Throttle {
    clock: Clock,
    allowance: Allowance,
    windows: Arc<Mutex<HashMap<IpAddr, Window>>>,
}

impl Throttle {
    /// Nobody has tried yet.
    pub fn new(clock: Clock, allowance: Allowance) -> Self {
        Throttle { clock, allowance, windows: Arc::default() }
    }

    /// Counts an attempt.
    ///
    /// # Errors
    /// How long to wait, if there were too many.
    pub fn admit(&self, address: IpAddr) -> Result<(), Duration> {
        let now = self.clock.now();
        let address = network(address);
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        if windows.len() >= ADDRESSES_MAX && !windows.contains_key(&address) {
            make_room(&mut windows, now, self.allowance.window);
        }
        let window = windows.entry(address).or_insert(Window { began: now, attempts: 0 });
        if now.since(window.began) >= self.allowance.window {
            *window = Window { began: now, attempts: 0 };
        }
        if window.attempts >= self.allowance.attempts {
            return Err(self.allowance.window.saturating_sub(now.since(window.began)));
        }
        window.attempts += 1;
        Ok(())
    }

    /// Forgets the attempts of an address that has proven itself.
    pub fn forgive(&self, address: IpAddr) {
        self.windows.lock().unwrap_or_else(PoisonError::into_inner).remove(&network(address));
    }
}

fn make_room(windows: &mut HashMap<IpAddr, Window>, now: Timestamp, window: Duration) {
    windows.retain(|_, kept| now.since(kept.began) < window);
    if windows.len() >= ADDRESSES_MAX
        && let Some(oldest) = windows.iter().min_by_key(|(_, kept)| kept.began).map(|(address, _)| *address)
    {
        windows.remove(&oldest);
    }
}

/// What counts as one address.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn throttle(clock: &Clock) -> Throttle {
        Throttle::new(clock.clone(), Allowance { attempts: 2, window: Duration::from_secs(60) })
    }

    #[test]
    fn the_third_attempt_waits_until_the_window_ends() {
        let clock = Clock::manual(Timestamp::from_millis(1_000));
        let (throttle, one) = (throttle(&clock), IpAddr::from([192, 0, 2, 1]));
        assert!(throttle.admit(one).is_ok() && throttle.admit(one).is_ok());
        clock.advance(Duration::from_secs(20));
        assert_eq!(throttle.admit(one), Err(Duration::from_secs(40)));
        assert!(throttle.admit(IpAddr::from([192, 0, 2, 2])).is_ok());
        clock.advance(Duration::from_secs(40));
        assert!(throttle.admit(one).is_ok());
    }

    #[test]
    fn neighbours_in_an_ipv6_network_count_as_one_and_the_memory_is_bounded() {
        let clock = Clock::manual(Timestamp::from_millis(1_000));
        let throttle = throttle(&clock);
        for last in 0..2_u16 {
            assert!(throttle.admit(IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, last])).is_ok());
        }
        assert!(throttle.admit("2001:db8::77".parse().unwrap()).is_err());
        for number in 0..20_000_u32 {
            let _ = throttle.admit(IpAddr::from(number.to_be_bytes()));
        }
        assert!(throttle.windows.lock().unwrap().len() <= ADDRESSES_MAX);
    }
}
