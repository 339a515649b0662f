//! The published facts, read once from `graph-facts.json`.

use std::{collections::BTreeMap, sync::LazyLock};

use serde::Deserialize;

/// Everything that is known.
pub(crate) static FACTS: LazyLock<Facts> =
    LazyLock::new(|| serde_json::from_str(include_str!("../graph-facts.json")).expect("graph-facts.json is made by make-facts.py"));

#[derive(Deserialize)]
pub(crate) struct Facts {
    pub(crate) types: BTreeMap<String, Type>,
    pub(crate) paths: BTreeMap<String, Path>,
}

/// A resource or a complex value.
#[derive(Deserialize)]
pub(crate) struct Type {
    pub(crate) fields: BTreeMap<String, Kind>,
    #[serde(default)]
    pub(crate) derived: Vec<String>,
    #[serde(default)]
    pub(crate) navigation: Vec<String>,
    #[serde(default)]
    pub(crate) select_only: Vec<String>,
    #[serde(default)]
    pub(crate) read_only: Vec<String>,
    #[serde(default)]
    pub(crate) entity: bool,
    #[serde(default)]
    pub(crate) open: bool,
}

/// What a path takes.
#[derive(Deserialize)]
pub(crate) struct Path {
    pub(crate) methods: Vec<String>,
    pub(crate) query: Vec<String>,
}

/// The type of a field.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "String")]
pub(crate) struct Kind {
    pub(crate) form: Form,
    pub(crate) nullable: bool,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Form {
    Text,
    Boolean,
    Int32,
    Int64,
    Double,
    DateTimeOffset,
    Date,
    TimeOfDay,
    Guid,
    Binary,
    Any,
    Word(Vec<String>),
    List(Box<Kind>),
    Named(String),
}

impl From<String> for Kind {
    fn from(written: String) -> Self {
        let (form, nullable) = match written.strip_suffix('?') {
            Some(form) => (form, true),
            None => (written.as_str(), false),
        };
        Self { form: Form::read(form), nullable }
    }
}

impl Form {
    fn read(written: &str) -> Self {
        if let Some(item) = written.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
            return Self::List(Box::new(Kind::from(item.to_owned())));
        }
        if let Some(words) = written.strip_prefix("enum(").and_then(|rest| rest.strip_suffix(')')) {
            return Self::Word(words.split('|').map(str::to_owned).collect());
        }
        match written {
            "String" => Self::Text,
            "Boolean" => Self::Boolean,
            "Int32" => Self::Int32,
            "Int64" => Self::Int64,
            "Double" => Self::Double,
            "DateTimeOffset" => Self::DateTimeOffset,
            "Date" => Self::Date,
            "TimeOfDay" => Self::TimeOfDay,
            "Guid" => Self::Guid,
            "Binary" => Self::Binary,
            "Any" => Self::Any,
            name => Self::Named(name.to_owned()),
        }
    }
}

impl Facts {
    /// The name as the facts spell it, for a name in any case.
    pub(crate) fn type_named(&self, name: &str) -> Option<(&str, &Type)> {
        self.types.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(known, kind)| (known.as_str(), kind))
    }
}

impl Type {
    /// Whether a field exists here or in a type derived from this one.
    pub(crate) fn knows(&self, field: &str) -> bool {
        self.field(field).is_some()
            || self.derived.iter().filter_map(|name| FACTS.types.get(name)).any(|derived| derived.field(field).is_some())
    }

    /// A field by its name in any case: the service takes `$select=Subject` too.
    pub(crate) fn field(&self, name: &str) -> Option<(&str, &Kind)> {
        self.fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(known, kind)| (known.as_str(), kind))
    }

    pub(crate) fn navigates(&self, field: &str) -> bool {
        self.navigation.iter().any(|known| known.eq_ignore_ascii_case(field))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_named_type_in_the_facts_exists() {
        for (name, kind) in &FACTS.types {
            for (field, kind) in &kind.fields {
                let mut form = &kind.form;
                while let Form::List(item) = form {
                    form = &item.form;
                }
                if let Form::Named(target) = form {
                    assert!(FACTS.types.contains_key(target), "{name}.{field} is of unknown type {target}");
                }
            }
        }
    }
}
