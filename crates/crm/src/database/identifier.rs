//! Identifiers: names of tables and columns. They cannot be bound, so only what needs no care is admitted, and quoted nevertheless.

use std::fmt;

/// The longest name: PostgreSQL cuts longer ones (63 bytes), MySQL refuses from 65.
const LENGTH_MAX: usize = 63;

/// The name of a column or a table: ASCII letters, digits and `_`, not beginning with a digit, 63 at most.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identifier(String);

impl Identifier {
    /// The identifier, if it is one.
    pub fn read(text: &str) -> Option<Self> {
        let begins = text.starts_with(|letter: char| letter.is_ascii_alphabetic() || letter == '_');
        let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        (begins && plain && text.len() <= LENGTH_MAX).then(|| Identifier(text.to_owned()))
    }

    /// One that stands in our own code.
    pub(crate) fn own(text: &'static str) -> Self {
        Self::read(text).expect("our own names are identifiers")
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Identifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The name of a table, with or without its schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableName {
    /// The schema (PostgreSQL) or database (MySQL), where it is not the usual one.
    pub schema: Option<Identifier>,
    /// The table.
    pub name: Identifier,
}

impl TableName {
    /// `table` or `schema.table`.
    pub fn read(text: &str) -> Option<Self> {
        match text.split_once('.') {
            None => Some(TableName { schema: None, name: Identifier::read(text)? }),
            Some((schema, name)) => Some(TableName { schema: Some(Identifier::read(schema)?), name: Identifier::read(name)? }),
        }
    }

    pub(crate) fn own(text: &'static str) -> Self {
        TableName { schema: None, name: Identifier::own(text) }
    }
}

impl fmt::Display for TableName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.schema {
            Some(schema) => write!(f, "{schema}.{}", self.name),
            None => write!(f, "{}", self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Identifier, TableName};

    #[test]
    fn only_names_that_need_no_care_are_admitted() {
        for good in ["contacts", "_x", "Phone2", &"a".repeat(63)] {
            assert!(Identifier::read(good).is_some(), "{good}");
        }
        for bad in ["", "2x", "a b", "a-b", "a\"b", "a`b", "a;b", "a.b", "ä", "a\0", &"a".repeat(64)] {
            assert!(Identifier::read(bad).is_none(), "{bad}");
        }
        assert_eq!(TableName::read("crm.contacts").unwrap().to_string(), "crm.contacts");
        assert!(TableName::read("a.b.c").is_none() && TableName::read(".a").is_none());
    }
}
