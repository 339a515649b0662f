//! Where a page of hits ended.

use std::fmt;
use std::str::FromStr;

use model::id::MessageId;

/// Where to go on. Written as `older-…` or `ranked-…`; it says nothing that a hit does not say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cursor {
    /// With messages older than this one.
    Older(MessageId),
    /// At this place of the ranking of the messages up to this one.
    Ranked {
        /// The newest message of the ranking: what came later does not move it.
        newest: MessageId,
        /// How many of the ranking were looked at.
        place: u32,
    },
}

/// A text that is no cursor of a search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a place in an answer of the search")]
pub struct NotACursor;

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cursor::Older(message) => write!(f, "older-{}", message.number()),
            Cursor::Ranked { newest, place } => write!(f, "ranked-{}-{place}", newest.number()),
        }
    }
}

impl FromStr for Cursor {
    type Err = NotACursor;

    fn from_str(text: &str) -> Result<Self, NotACursor> {
        let number = |text: &str| text.parse::<i64>().ok().filter(|number| *number >= 0).map(MessageId::from_number);
        match text.split('-').collect::<Vec<_>>().as_slice() {
            ["older", message] => number(message).map(Cursor::Older),
            ["ranked", newest, place] => number(newest).zip(place.parse().ok()).map(|(newest, place)| Cursor::Ranked { newest, place }),
            _ => None,
        }
        .ok_or(NotACursor)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        for cursor in [Cursor::Older(MessageId::from_number(7)), Cursor::Ranked { newest: MessageId::from_number(7), place: 40 }] {
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
        for text in ["", "older", "older--7", "ranked-7", "older-7-8", "ranked-7-x"] {
            assert_eq!(text.parse::<Cursor>(), Err(NotACursor), "{text}");
        }
    }
}
