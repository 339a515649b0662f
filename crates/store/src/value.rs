//! Values: what goes into a statement and comes out of a row. Four kinds are all that both engines share exactly:
//! booleans are the numbers 0 and 1, times are milliseconds, ids are numbers, structure is JSON in a text.

use base::{Id, Timestamp};

/// One argument of a statement, or one column of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// Nothing.
    Null,
    /// A number, a boolean, a time or an id.
    Int(i64),
    /// A text. It holds no NUL character, which PostgreSQL cannot keep: each becomes U+FFFD on the way in.
    Text(String),
    /// Bytes: hashes and what is sealed.
    Bytes(Vec<u8>),
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Value::Int(number)
    }
}

impl From<u32> for Value {
    fn from(number: u32) -> Self {
        Value::Int(i64::from(number))
    }
}

impl From<usize> for Value {
    fn from(number: usize) -> Self {
        Value::Int(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<bool> for Value {
    fn from(flag: bool) -> Self {
        Value::Int(i64::from(flag))
    }
}

impl From<Timestamp> for Value {
    fn from(at: Timestamp) -> Self {
        Value::Int(at.millis())
    }
}

impl<N> From<Id<N>> for Value {
    fn from(id: Id<N>) -> Self {
        Value::Int(id.number())
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        if text.as_bytes().contains(&0) { Value::Text(text.replace('\0', "\u{FFFD}")) } else { Value::Text(text) }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Value::from(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Value::from(text.clone())
    }
}

impl From<Vec<u8>> for Value {
    fn from(bytes: Vec<u8>) -> Self {
        Value::Bytes(bytes)
    }
}

impl From<&[u8]> for Value {
    fn from(bytes: &[u8]) -> Self {
        Value::Bytes(bytes.to_vec())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Value::Null, Into::into)
    }
}

#[cfg(test)]
mod tests {
    use super::Value;

    #[test]
    fn a_nul_in_a_text_becomes_a_replacement_character() {
        assert_eq!(Value::from("a\0b"), Value::Text("a\u{FFFD}b".to_owned()));
    }
}
