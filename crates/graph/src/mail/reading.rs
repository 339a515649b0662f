//! Reading values as Outlook means them.
//!
//! Facts (graph.md quirks 29 to 32): dates of year 1 or 1601 mean "unset"; properties may be null although the
//! schema says otherwise; an unreadable date is no reason to lose a message.

use std::borrow::Cow;

use base::Timestamp;
use serde::{Deserialize, Deserializer};

/// The start of 1602: everything before it means "unset" (year 1, or the zero of Windows file times in 1601).
const FIRST_REAL_MILLIS: i64 = -11_612_678_400_000;

/// A time; `None` for null, for a sentinel and for what is no time.
pub(crate) fn time<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timestamp>, D::Error> {
    let text = Option::<Cow<'_, str>>::deserialize(deserializer)?;
    Ok(text.and_then(|text| Timestamp::parse(&text)).filter(|at| at.millis() >= FIRST_REAL_MILLIS))
}

/// A value that may be null although it should not: null counts as its default.
pub(crate) fn null_as_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(deserializer: D) -> Result<T, D::Error> {
    Option::<T>::deserialize(deserializer).map(Option::unwrap_or_default)
}
