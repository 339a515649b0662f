//! Words of fixed lists: ours are written `always_enabled`, Graph's `alwaysEnabled`.

use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// A word of ours as Graph writes it.
///
/// # Panics
/// For a value that is written as anything but one word.
pub(crate) fn to_graph<T: Serialize>(word: &T) -> String {
    let Ok(Value::String(ours)) = serde_json::to_value(word) else { panic!("words are written as words") };
    let mut parts = ours.split('_');
    let mut theirs = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let (first, rest) = part.split_at(part.chars().next().map_or(0, char::len_utf8));
        theirs.push_str(&first.to_uppercase());
        theirs.push_str(rest);
    }
    theirs
}

/// A word of Graph's as ours; `None` for one that is not known here.
pub(crate) fn from_graph<T: DeserializeOwned>(theirs: &str) -> Option<T> {
    let mut ours = String::with_capacity(theirs.len() + 4);
    for letter in theirs.chars() {
        if letter.is_ascii_uppercase() {
            ours.push('_');
        }
        ours.push(letter.to_ascii_lowercase());
    }
    serde_json::from_value(Value::String(ours)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::{RuleFlag, RuleSensitivity};

    #[test]
    fn words_go_both_ways_and_unknown_ones_are_nobodys() {
        assert_eq!(to_graph(&RuleFlag::NoResponseNecessary), "noResponseNecessary");
        assert_eq!(from_graph(&to_graph(&RuleFlag::ReplyToAll)), Some(RuleFlag::ReplyToAll));
        assert_eq!(from_graph("confidential"), Some(RuleSensitivity::Confidential));
        assert_eq!(from_graph::<RuleSensitivity>("unknownFutureValue"), None);
    }
}
