//! `$filter` on messages: what Exchange takes, and the refusals of what it does not.
//!
//! A name that is no property, or a value of the wrong kind, is a 400 `BadRequest` of the OData parser; what
//! parses but Exchange can't do (recipient lambdas, `endswith`) is `ErrorInvalidUrlQueryFilter` (reference:
//! Graph, sections 1.5 and 2.4).

use jiff::Timestamp;

use super::filter_grammar::{self as grammar, Operator, Reader, Tree, unsupported};
use super::filter_tokens::{Token, bad, syntax};
use super::filter_values::{Fact, FilterField};
use crate::Refusal;
use crate::mailbox::{Mailbox, Message};

/// A value in an expression.
#[derive(Debug, Clone, PartialEq)]
enum Literal {
    Text(String),
    Truth(bool),
    Time(Timestamp),
    Null,
}

/// A function over text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Matching {
    Contains,
    StartsWith,
}

#[derive(Debug, Clone, PartialEq)]
enum Condition {
    Compare(FilterField, Operator, Literal),
    Text(Matching, FilterField, String),
    AnyCategory(String),
    AnyExtended { id: String, value: String },
}

/// A filter, read and ready.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    tree: Tree<Condition>,
    paths: Vec<String>,
}

impl Filter {
    /// Reads a `$filter`.
    ///
    /// # Errors
    /// 400 `BadRequest` or `ErrorInvalidUrlQueryFilter`.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let mut paths = Paths(Vec::new());
        let tree = grammar::read(text, |reader, word| paths.condition(reader, word))?;
        Ok(Self { tree, paths: paths.0 })
    }

    /// The properties in the order in which they first appear, in small letters.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// Whether the filter restricts nothing but `receivedDateTime` from below; then the bound.
    pub fn received_since(&self) -> Option<(Timestamp, bool)> {
        match &self.tree {
            Tree::Is(Condition::Compare(FilterField::Received, Operator::GreaterOrEqual, Literal::Time(since))) => Some((*since, true)),
            Tree::Is(Condition::Compare(FilterField::Received, Operator::Greater, Literal::Time(since))) => Some((*since, false)),
            _ => None,
        }
    }

    /// The value wanted when the filter is `isRead eq …` and nothing else.
    pub fn is_read(&self) -> Option<bool> {
        match &self.tree {
            Tree::Is(Condition::Compare(FilterField::IsRead, Operator::Equal, Literal::Truth(wanted))) => Some(*wanted),
            Tree::Is(Condition::Compare(FilterField::IsRead, Operator::NotEqual, Literal::Truth(wanted))) => Some(!*wanted),
            _ => None,
        }
    }

    /// The extended property that is wanted when the filter asks for one and nothing else.
    pub fn extended(&self) -> Option<(&str, &str)> {
        match &self.tree {
            Tree::Is(Condition::AnyExtended { id, value }) => Some((id, value)),
            _ => None,
        }
    }

    /// Whether a message passes.
    pub fn passes(&self, mailbox: &Mailbox, message: &Message) -> bool {
        self.tree.holds(&|condition| condition.holds(mailbox, message))
    }
}

impl Condition {
    fn holds(&self, mailbox: &Mailbox, message: &Message) -> bool {
        match self {
            Self::Compare(field, operator, literal) => compare(&field.fact(mailbox, message), *operator, literal),
            Self::Text(matching, field, wanted) => match field.fact(mailbox, message) {
                Fact::Text(Some(text)) => matches(&text.to_lowercase(), *matching, wanted),
                _ => false,
            },
            Self::AnyCategory(name) => message.categories.iter().any(|category| category.eq_ignore_ascii_case(name)),
            Self::AnyExtended { id, value } => {
                super::expand::extended_value(message, id).is_some_and(|found| found.eq_ignore_ascii_case(value))
            }
        }
    }
}

fn matches(text: &str, matching: Matching, wanted: &str) -> bool {
    match matching {
        Matching::Contains => text.contains(wanted),
        Matching::StartsWith => text.starts_with(wanted),
    }
}

fn compare(fact: &Fact, operator: Operator, literal: &Literal) -> bool {
    use std::cmp::Ordering;
    let ordering = match (fact, literal) {
        (Fact::Text(None), Literal::Null) => Some(Ordering::Equal),
        (Fact::Text(Some(text)), Literal::Text(wanted)) => Some(text.to_lowercase().cmp(&wanted.to_lowercase())),
        (Fact::Truth(truth), Literal::Truth(wanted)) => Some(truth.cmp(wanted)),
        (Fact::Time(time), Literal::Time(wanted)) => Some(time.cmp(wanted)),
        _ => None,
    };
    operator.holds(ordering)
}

/// The properties that conditions name, gathered while they are read.
struct Paths(Vec<String>);

impl Paths {
    fn condition(&mut self, reader: &mut Reader<'_>, word: &str) -> Result<Condition, Refusal> {
        if reader.peek() == Some(&Token::Open) { self.call(reader, word) } else { self.comparison(reader, word) }
    }

    fn comparison(&mut self, reader: &mut Reader<'_>, path: &str) -> Result<Condition, Refusal> {
        let field = self.field(path)?;
        // A boolean property may stand on its own.
        let stands_alone = match reader.peek() {
            Some(Token::Word(word)) => field.is_truth() && ["and", "or"].iter().any(|next| word.eq_ignore_ascii_case(next)),
            _ => field.is_truth(),
        };
        if stands_alone {
            return Ok(Condition::Compare(field, Operator::Equal, Literal::Truth(true)));
        }
        let Some(Token::Word(word)) = reader.next() else { return Err(syntax(path)) };
        let operator = Operator::named(&word).ok_or_else(|| syntax(&word))?;
        Ok(Condition::Compare(field, operator, literal(reader, field)?))
    }

    fn field(&mut self, path: &str) -> Result<FilterField, Refusal> {
        let field = FilterField::read(path)?;
        let small = path.to_ascii_lowercase();
        if !self.0.contains(&small) {
            self.0.push(small);
        }
        Ok(field)
    }

    fn call(&mut self, reader: &mut Reader<'_>, name: &str) -> Result<Condition, Refusal> {
        let small = name.to_ascii_lowercase();
        if let Some(collection) = small.strip_suffix("/any").or_else(|| small.strip_suffix("/all")) {
            return self.lambda(reader, collection);
        }
        let matching = match small.as_str() {
            "contains" => Matching::Contains,
            "startswith" => Matching::StartsWith,
            "endswith" | "indexof" | "length" | "tolower" | "toupper" | "trim" | "concat" | "year" | "month" | "day" => {
                return Err(unsupported());
            }
            _ => return Err(bad(&format!("An unknown function with name '{name}' was found."))),
        };
        let (path, text) = reader.path_and_text(name)?;
        let field = self.field(&path)?;
        if reader.take_word("eq") && !reader.take_word("true") {
            return Err(syntax(name));
        }
        Ok(Condition::Text(matching, field, text.to_lowercase()))
    }

    /// `categories/any(c:c eq 'x')` and `singleValueExtendedProperties/Any(ep: ep/id eq 'i' and ep/value eq 'v')`.
    fn lambda(&mut self, reader: &mut Reader<'_>, collection: &str) -> Result<Condition, Refusal> {
        self.0.push(collection.to_owned());
        let variable = reader.variable(collection)?;
        match collection {
            "categories" => {
                let value = reader.equality(&variable)?;
                reader.expect(&Token::Close)?;
                Ok(Condition::AnyCategory(value))
            }
            "singlevalueextendedproperties" => {
                let id = reader.equality(&format!("{variable}/id"))?;
                if !reader.take_word("and") {
                    return Err(unsupported());
                }
                let value = reader.equality(&format!("{variable}/value"))?;
                reader.expect(&Token::Close)?;
                Ok(Condition::AnyExtended { id, value })
            }
            _ => Err(unsupported()),
        }
    }
}

fn literal(reader: &mut Reader<'_>, field: FilterField) -> Result<Literal, Refusal> {
    let token = reader.next().ok_or_else(|| syntax("a value was expected"))?;
    let literal = match token {
        Token::Text(text) => Literal::Text(text),
        Token::Word(word) if word.eq_ignore_ascii_case("null") => return Ok(Literal::Null),
        Token::Word(word) if word.eq_ignore_ascii_case("true") => Literal::Truth(true),
        Token::Word(word) if word.eq_ignore_ascii_case("false") => Literal::Truth(false),
        Token::Word(word) => Literal::Time(time(&word).ok_or_else(|| syntax(&word))?),
        _ => return Err(syntax("a value was expected")),
    };
    let fits = match &literal {
        Literal::Text(_) => !field.is_truth() && !field.is_time(),
        Literal::Truth(_) => field.is_truth(),
        Literal::Time(_) => field.is_time(),
        Literal::Null => true,
    };
    if fits { Ok(literal) } else { Err(bad("A binary operator with incompatible types was detected.")) }
}

/// A time with zone, or a date alone.
fn time(word: &str) -> Option<Timestamp> {
    let dated = || word.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    word.parse::<Timestamp>().ok().or_else(dated)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(text: &str) -> String {
        Filter::read(text).unwrap_err().code
    }

    #[test]
    fn what_exchange_takes_is_read() {
        for text in [
            "isRead eq false",
            "receivedDateTime ge 2026-01-01T00:00:00Z and receivedDateTime lt 2026-02-01",
            "contains(subject,'it''s') or startswith(subject, 'Re')",
            "(from/emailAddress/address eq 'a@b') and not (hasAttachments eq true)",
            "categories/any(c:c eq 'Red')",
            "singleValueExtendedProperties/Any(ep: ep/id eq 'String 0x1035' and ep/value eq '<1@x>')",
            "internetMessageId eq '<a:b@x>'",
            "flag/flagStatus eq 'flagged'",
        ] {
            assert!(Filter::read(text).is_ok(), "{text}: {:?}", Filter::read(text));
        }
    }

    #[test]
    fn what_exchange_refuses_has_its_code_and_what_is_wrong_the_parsers() {
        assert_eq!(code("toRecipients/any(r:r/emailAddress/address eq 'a@b')"), "ErrorInvalidUrlQueryFilter");
        assert_eq!(code("endswith(subject,'x')"), "ErrorInvalidUrlQueryFilter");
        for text in [
            "wellKnownName eq 'x'",
            "isRead eq 'yes'",
            "subject eq",
            "subject eq 'x",
            "receivedDateTime ge '2026-01-01'",
            "(isRead eq true",
        ] {
            assert_eq!(code(text), "BadRequest", "{text}");
        }
    }
}
