//! `$filter` and `$orderby` on what is written as JSON anyway: events, contacts.
//!
//! Which properties may be named is said by the caller; a name that the type does not have is the parser's `BadRequest`,
//! one that Exchange can't search is `ErrorInvalidUrlQueryFilter` (reference: Graph, sections 1.5, 2.1 and 2.4).

use std::cmp::Ordering;

use jiff::Timestamp;
use jiff::civil::DateTime;
use serde_json::{Map, Value};

use super::filter_grammar::{self as grammar, Operator, Reader, Tree, unsupported};
use super::filter_tokens::{Token, bad, syntax};
use crate::Refusal;

/// What rows of a type let one ask.
#[derive(Debug, Clone, Copy)]
pub struct Searchable {
    /// The type's name, without its namespace.
    pub kind: &'static str,
    /// Every property of the type, in groups.
    pub properties: &'static [&'static [&'static str]],
    /// The paths that can be compared.
    pub paths: &'static [&'static str],
    /// Collections with the path within an element that can be compared; empty for a collection of texts.
    pub collections: &'static [(&'static str, &'static str)],
}

#[derive(Debug, Clone, PartialEq)]
enum Literal {
    Text(String),
    Truth(bool),
    Number(f64),
    Time(Timestamp),
    Null,
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    Compare(String, Operator, Literal),
    Contains(String, String),
    StartsWith(String, String),
    Any(String, &'static str, String),
}

/// A filter, read and ready.
#[derive(Debug, Clone, PartialEq)]
pub struct RowFilter(Tree<Condition>);

impl RowFilter {
    /// Reads a `$filter`.
    ///
    /// # Errors
    /// 400 `BadRequest` or `ErrorInvalidUrlQueryFilter`.
    pub fn read(text: &str, searchable: Searchable) -> Result<Self, Refusal> {
        grammar::read(text, |reader, word| searchable.condition(reader, word)).map(Self)
    }

    /// Whether a row passes.
    pub fn passes(&self, row: &Map<String, Value>) -> bool {
        self.0.holds(&|condition| condition.holds(row))
    }
}

impl Condition {
    fn holds(&self, row: &Map<String, Value>) -> bool {
        match self {
            Self::Compare(path, operator, literal) => operator.holds(compared(at(row, path), literal)),
            Self::Contains(path, wanted) => small(at(row, path)).is_some_and(|text| text.contains(wanted)),
            Self::StartsWith(path, wanted) => small(at(row, path)).is_some_and(|text| text.starts_with(wanted)),
            Self::Any(collection, path, wanted) => {
                let list = at(row, collection).as_array().map(Vec::as_slice).unwrap_or_default();
                list.iter().any(|one| small(if path.is_empty() { one } else { &one[*path] }).as_deref() == Some(wanted))
            }
        }
    }
}

fn small(value: &Value) -> Option<String> {
    value.as_str().map(str::to_lowercase)
}

/// The value at a path; the first step is a property in any case.
fn at<'a>(row: &'a Map<String, Value>, path: &str) -> &'a Value {
    let mut steps = path.split('/');
    let first = steps.next().unwrap_or_default();
    let found = row.iter().find(|(name, _)| name.eq_ignore_ascii_case(first)).map_or(&Value::Null, |(_, value)| value);
    steps.fold(found, |value, step| match value.as_object() {
        Some(fields) => fields.iter().find(|(name, _)| name.eq_ignore_ascii_case(step)).map_or(&Value::Null, |(_, value)| value),
        None => &Value::Null,
    })
}

fn compared(value: &Value, literal: &Literal) -> Option<Ordering> {
    match (value, literal) {
        (Value::Null, Literal::Null) => Some(Ordering::Equal),
        (Value::String(text), Literal::Text(wanted)) => Some(texts(text, wanted)),
        (Value::String(text), Literal::Time(wanted)) => text.parse::<Timestamp>().ok().map(|time| time.cmp(wanted)),
        (Value::Bool(truth), Literal::Truth(wanted)) => Some(truth.cmp(wanted)),
        (Value::Number(number), Literal::Number(wanted)) => number.as_f64().and_then(|number| number.partial_cmp(wanted)),
        _ => None,
    }
}

/// Times without a zone are compared as times, other texts without regard to case.
fn texts(text: &str, wanted: &str) -> Ordering {
    let time = |text: &str| text.trim_end_matches('Z').parse::<DateTime>().ok();
    match (time(text), time(wanted)) {
        (Some(one), Some(other)) => one.cmp(&other),
        _ => text.to_lowercase().cmp(&wanted.to_lowercase()),
    }
}

impl Searchable {
    /// The property of this name, whatever its case.
    pub fn property(self, name: &str) -> Option<&'static str> {
        self.properties.iter().copied().flatten().copied().find(|known| known.eq_ignore_ascii_case(name))
    }

    fn condition(self, reader: &mut Reader<'_>, word: &str) -> Result<Condition, Refusal> {
        if reader.peek() == Some(&Token::Open) { self.call(reader, word) } else { self.comparison(reader, word) }
    }

    fn comparison(self, reader: &mut Reader<'_>, path: &str) -> Result<Condition, Refusal> {
        let path = self.path(path)?;
        let Some(Token::Word(word)) = reader.next() else { return Err(syntax(&path)) };
        let operator = Operator::named(&word).ok_or_else(|| syntax(&word))?;
        let literal = match reader.next() {
            Some(Token::Text(text)) => Literal::Text(text),
            Some(Token::Word(word)) => literal(&word).ok_or_else(|| syntax(&word))?,
            _ => return Err(syntax("a value was expected")),
        };
        let is_time = path.to_ascii_lowercase().ends_with("datetime") && !path.contains('/');
        if is_time && matches!(literal, Literal::Text(_)) {
            return Err(bad("A binary operator with incompatible types was detected."));
        }
        Ok(Condition::Compare(path, operator, literal))
    }

    fn call(self, reader: &mut Reader<'_>, name: &str) -> Result<Condition, Refusal> {
        let small = name.to_ascii_lowercase();
        if let Some(collection) = small.strip_suffix("/any") {
            return self.lambda(reader, collection);
        }
        if !["contains", "startswith"].contains(&small.as_str()) {
            return Err(unsupported());
        }
        let (path, text) = reader.path_and_text(name)?;
        let (path, text) = (self.path(&path)?, text.to_lowercase());
        Ok(if small == "contains" { Condition::Contains(path, text) } else { Condition::StartsWith(path, text) })
    }

    fn lambda(self, reader: &mut Reader<'_>, collection: &str) -> Result<Condition, Refusal> {
        let known = self.collections.iter().find(|(name, _)| name.eq_ignore_ascii_case(collection));
        let (_, inner) = known.ok_or_else(unsupported)?;
        let variable = reader.variable(collection)?;
        let text = reader.equality(&if inner.is_empty() { variable } else { format!("{variable}/{inner}") })?;
        reader.expect(&Token::Close)?;
        Ok(Condition::Any(collection.to_owned(), inner, text.to_lowercase()))
    }

    fn path(self, path: &str) -> Result<String, Refusal> {
        if self.paths.iter().any(|known| known.eq_ignore_ascii_case(path)) {
            return Ok(path.to_owned());
        }
        let first = path.split('/').next().unwrap_or_default();
        match self.property(first).is_some() {
            true => Err(unsupported()),
            false => Err(bad(&format!("Could not find a property named '{path}' on type 'microsoft.graph.{}'.", self.kind))),
        }
    }
}

fn literal(word: &str) -> Option<Literal> {
    match word.to_ascii_lowercase().as_str() {
        "null" => Some(Literal::Null),
        "true" => Some(Literal::Truth(true)),
        "false" => Some(Literal::Truth(false)),
        _ => {
            let date = || word.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
            let number = || word.parse().ok().map(Literal::Number);
            word.parse::<Timestamp>().ok().or_else(date).map(Literal::Time).or_else(number)
        }
    }
}

/// Puts rows into the order that `$orderby` asks for; equal ones stay as they are.
///
/// # Errors
/// 400 `BadRequest` for what is no path or no direction.
pub fn order(rows: &mut [Map<String, Value>], text: &str, searchable: Searchable) -> Result<(), Refusal> {
    let mut keys: Vec<(String, bool)> = Vec::new();
    for part in text.split(',') {
        let mut words = part.split_whitespace();
        let path = words.next().unwrap_or_default().to_owned();
        let descending = words.next().is_some_and(|word| word.eq_ignore_ascii_case("desc"));
        if !searchable.paths.iter().any(|known| known.eq_ignore_ascii_case(&path)) {
            let kind = searchable.kind;
            let message =
                format!("Parsing OData OrderBy failed: Could not find a property named '{path}' on type 'microsoft.graph.{kind}'.");
            return Err(Refusal::new(400, "BadRequest", message));
        }
        keys.push((path, descending));
    }
    rows.sort_by(|one, other| {
        let compared = keys.iter().map(|(path, descending)| {
            let ordering = ranked(at(one, path), at(other, path));
            if *descending { ordering.reverse() } else { ordering }
        });
        compared.fold(Ordering::Equal, Ordering::then)
    });
    Ok(())
}

fn ranked(one: &Value, other: &Value) -> Ordering {
    match (one, other) {
        (Value::String(one), Value::String(other)) => texts(one, other),
        (Value::Bool(one), Value::Bool(other)) => one.cmp(other),
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) => Ordering::Less,
        (_, Value::Null) => Ordering::Greater,
        _ => Ordering::Equal,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const EVENTS: Searchable = Searchable {
        kind: "event",
        properties: &[&["subject", "start", "organizer", "createdDateTime", "categories", "isAllDay", "emailAddresses"]],
        paths: &["subject", "start/dateTime", "createdDateTime", "isAllDay"],
        collections: &[("categories", ""), ("emailAddresses", "address")],
    };

    fn row() -> Map<String, Value> {
        let row = json!({"subject": "It's", "start": {"dateTime": "2026-03-01T09:00:00.0000000"}, "isAllDay": false,
            "createdDateTime": "2026-02-01T00:00:00.5000000Z", "categories": ["Red"], "emailAddresses": [{"address": "A@b"}]});
        row.as_object().cloned().unwrap()
    }

    #[test]
    fn rows_pass_by_what_they_say() {
        let holds = |text: &str| RowFilter::read(text, EVENTS).unwrap().passes(&row());
        for text in [
            "subject eq 'it''s'",
            "start/dateTime ge '2026-03-01T09:00:00' and start/dateTime lt '2026-03-01T10:00'",
            "createdDateTime gt 2026-02-01T00:00:00Z",
            "isAllDay eq false or subject eq 'x'",
            "not (isAllDay eq true)",
            "categories/any(c:c eq 'red')",
            "emailAddresses/any(a:a/address eq 'a@B')",
            "startswith(subject,'IT')",
        ] {
            assert!(holds(text), "{text}");
        }
        assert!(!holds("contains(subject,'x')"));
    }

    #[test]
    fn what_exchange_does_not_search_is_told_from_what_is_not_there() {
        let code = |text: &str| RowFilter::read(text, EVENTS).unwrap_err().code;
        assert_eq!(code("organizer/emailAddress/address eq 'a@b'"), "ErrorInvalidUrlQueryFilter");
        assert_eq!(code("endswith(subject,'x')"), "ErrorInvalidUrlQueryFilter");
        assert_eq!(code("weather eq 'fine'"), "BadRequest");
        assert_eq!(code("createdDateTime ge '2026-01-01'"), "BadRequest");
    }
}
