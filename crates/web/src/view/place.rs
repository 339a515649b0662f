//! Where a page of a list begins: a time and an id, as `<milliseconds>.<id>` in an address.

use std::fmt;
use std::str::FromStr;

use base::Timestamp;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

/// A place in a list that is sorted by time and id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<T> {
    /// The time.
    pub at: Timestamp,
    /// The id, which parts those of the same time.
    pub id: T,
}

impl<T> Place<T> {
    /// The place of this entry.
    pub const fn of(at: Timestamp, id: T) -> Self {
        Place { at, id }
    }
}

impl<T: fmt::Display> fmt::Display for Place<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.at.millis(), self.id)
    }
}

impl<'de, T: FromStr> Deserialize<'de> for Place<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let place = text
            .split_once('.')
            .and_then(|(millis, id)| Some(Place { at: Timestamp::from_millis(millis.parse().ok()?), id: id.parse().ok()? }));
        place.ok_or_else(|| D::Error::custom("no place in a list"))
    }
}
