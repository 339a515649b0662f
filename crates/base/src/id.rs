//! Ids: typed, sortable, prefixed (`msg_0G3KQ7T2ZJ4M8`).
//!
//! An id is one 63-bit number: seconds since 1970 in the upper 32 bits, 31 bits that tell apart what
//! falls into the same second. It is stored as that number, which makes it a cheap primary key that sorts by
//! time, and written for people and for the API as a prefix and 13 characters of Crockford's base 32, which sort
//! alike. An id names; it never authorises.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;
use std::sync::Mutex;

use crate::random;
use crate::time::Timestamp;

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DIGITS: usize = 13;
/// How many bits of an id lie below its second.
pub const LOW_BITS: u32 = 31;

/// A noun that has ids: gives the prefix that its ids carry.
pub trait Noun {
    /// Lower-case letters, no underscore, the same for ever.
    const PREFIX: &'static str;
}

/// The id of one `N`.
pub struct Id<N>(i64, PhantomData<fn() -> N>);

impl<N> Id<N> {
    /// The id that a database column holds.
    pub const fn from_number(number: i64) -> Self {
        Id(number, PhantomData)
    }

    /// What a database column holds.
    pub const fn number(self) -> i64 {
        self.0
    }

    /// A new id for something that happens now. Ids made by one process never collide and grow with time;
    /// those of two processes collide with a chance of about 1 in 2 thousand million, which the primary key refuses.
    pub fn new(now: Timestamp) -> Self {
        static LAST: Mutex<i64> = Mutex::new(0);
        let mut last = LAST.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let fresh = compose(now);
        *last = if fresh >> LOW_BITS == *last >> LOW_BITS { *last + 1 } else { fresh };
        Self::from_number(*last)
    }

    /// The least id of the second of `at`: where a list that is sorted by id begins or ends at that time. It names nothing.
    pub fn least_of(at: Timestamp) -> Self {
        Self::from_number(at.seconds().clamp(0, i64::from(u32::MAX)) << LOW_BITS)
    }

    /// A new id that sorts by the time `at` of the thing it names, such as when a message was received.
    pub fn sorted_by(at: Timestamp) -> Self {
        Self::from_number(compose(at))
    }

    /// The smallest id that something of the time `at` can have, and no id of an earlier second reaches.
    pub fn first_at(at: Timestamp) -> Self {
        Self::from_number(at.seconds().clamp(0, i64::from(u32::MAX)) << LOW_BITS)
    }

    /// The second by which it sorts.
    pub const fn second(self) -> Timestamp {
        Timestamp::from_millis((self.0 >> LOW_BITS) * 1000)
    }
}

fn compose(at: Timestamp) -> i64 {
    let seconds = at.seconds().clamp(0, i64::from(u32::MAX));
    let low = i64::try_from(random::number() >> (64 - LOW_BITS)).expect("31 bits fit");
    (seconds << LOW_BITS) | low
}

impl<N> Clone for Id<N> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<N> Copy for Id<N> {}
impl<N> PartialEq for Id<N> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<N> Eq for Id<N> {}
impl<N> PartialOrd for Id<N> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<N> Ord for Id<N> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<N> Hash for Id<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}

impl<N: Noun> fmt::Display for Id<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.0.cast_unsigned();
        let mut text = [0u8; DIGITS];
        for place in text.iter_mut().rev() {
            *place = ALPHABET[(rest & 31) as usize];
            rest >>= 5;
        }
        write!(f, "{}_{}", N::PREFIX, std::str::from_utf8(&text).expect("ASCII"))
    }
}

impl<N: Noun> fmt::Debug for Id<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not an id of the wanted noun.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("not an id of this kind: expected `{expected}_` and 13 letters or digits")]
pub struct NotAnId {
    expected: &'static str,
}

impl<N: Noun> FromStr for Id<N> {
    type Err = NotAnId;

    fn from_str(text: &str) -> Result<Self, NotAnId> {
        let wrong = NotAnId { expected: N::PREFIX };
        let Some((prefix, digits)) = text.split_once('_') else { return Err(wrong) };
        if prefix != N::PREFIX || digits.len() != DIGITS {
            return Err(wrong);
        }
        let mut number: u64 = 0;
        for digit in digits.bytes() {
            let Some(value) = ALPHABET.iter().position(|letter| *letter == digit.to_ascii_uppercase()) else { return Err(wrong) };
            if number >> 59 != 0 {
                return Err(wrong);
            }
            number = (number << 5) | value as u64;
        }
        i64::try_from(number).map(Self::from_number).map_err(|_| wrong)
    }
}

impl<N: Noun> serde::Serialize for Id<N> {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, N: Noun> serde::Deserialize<'de> for Id<N> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Thing;
    impl Noun for Thing {
        const PREFIX: &'static str = "thg";
    }

    #[test]
    fn an_id_reads_back_and_sorts_as_text_like_as_number() {
        let early = Id::<Thing>::sorted_by(Timestamp::from_millis(1_000_000_000_000));
        let late = Id::<Thing>::sorted_by(Timestamp::from_millis(1_767_323_045_000));
        assert!(early < late && early.to_string() < late.to_string());
        assert_eq!(late.to_string().parse::<Id<Thing>>(), Ok(late));
    }

    #[test]
    fn ids_of_one_second_are_distinct_and_grow() {
        let now = Timestamp::from_millis(1_767_323_045_000);
        let ids: Vec<_> = (0..1000).map(|_| Id::<Thing>::new(now)).collect();
        assert!(ids.windows(2).all(|pair| pair[0] < pair[1]));
    }

    #[test]
    fn an_id_of_another_kind_is_refused() {
        assert!("msg_0000000000000".parse::<Id<Thing>>().is_err());
        assert!("thg_00000000000U0".parse::<Id<Thing>>().is_err());
        assert!("thg_ZZZZZZZZZZZZZ".parse::<Id<Thing>>().is_err());
    }
}
