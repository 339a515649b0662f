//! `$filter` on messages: what Exchange takes, and the refusals of what it does not.
//!
//! A name that is no property, or a value of the wrong kind, is a 400 `BadRequest` of the OData parser; what
//! parses but Exchange can't do (recipient lambdas, `endswith`) is `ErrorInvalidUrlQueryFilter` (reference:
//! Graph, sections 1.5 and 2.4).

use jiff::Timestamp;

use super::filter_tokens::{Token, bad, syntax, tokens};
use super::filter_values::{Fact, FilterField};
use crate::Refusal;
use crate::mailbox::{Mailbox, Message};

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

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
enum Expression {
    And(Box<Expression>, Box<Expression>),
    Or(Box<Expression>, Box<Expression>),
    Not(Box<Expression>),
    Compare(FilterField, Operator, Literal),
    Text(Matching, FilterField, String),
    AnyCategory(String),
    AnyExtended { id: String, value: String },
}

/// A filter, read and ready.
#[derive(Debug, Clone, PartialEq)]
pub struct Filter {
    expression: Expression,
    paths: Vec<String>,
}

impl Filter {
    /// Reads a `$filter`.
    ///
    /// # Errors
    /// 400 `BadRequest` or `ErrorInvalidUrlQueryFilter`.
    pub fn read(text: &str) -> Result<Self, Refusal> {
        let tokens = tokens(text)?;
        let mut parser = Parser { tokens: &tokens, at: 0, paths: Vec::new() };
        let expression = parser.either()?;
        match parser.peek() {
            None => Ok(Self { expression, paths: parser.paths }),
            Some(_) => Err(syntax(text)),
        }
    }

    /// The properties in the order in which they first appear, in small letters.
    pub fn paths(&self) -> &[String] {
        &self.paths
    }

    /// Whether the filter restricts nothing but `receivedDateTime` from below; then the bound.
    pub fn received_since(&self) -> Option<(Timestamp, bool)> {
        match &self.expression {
            Expression::Compare(FilterField::Received, Operator::GreaterOrEqual, Literal::Time(since)) => Some((*since, true)),
            Expression::Compare(FilterField::Received, Operator::Greater, Literal::Time(since)) => Some((*since, false)),
            _ => None,
        }
    }

    /// The value wanted when the filter is `isRead eq …` and nothing else.
    pub fn is_read(&self) -> Option<bool> {
        match &self.expression {
            Expression::Compare(FilterField::IsRead, Operator::Equal, Literal::Truth(wanted)) => Some(*wanted),
            Expression::Compare(FilterField::IsRead, Operator::NotEqual, Literal::Truth(wanted)) => Some(!*wanted),
            _ => None,
        }
    }

    /// The extended property that is wanted when the filter asks for one and nothing else.
    pub fn extended(&self) -> Option<(&str, &str)> {
        match &self.expression {
            Expression::AnyExtended { id, value } => Some((id, value)),
            _ => None,
        }
    }

    /// Whether a message passes.
    pub fn passes(&self, mailbox: &Mailbox, message: &Message) -> bool {
        self.expression.holds(mailbox, message)
    }
}

impl Expression {
    fn holds(&self, mailbox: &Mailbox, message: &Message) -> bool {
        match self {
            Self::And(left, right) => left.holds(mailbox, message) && right.holds(mailbox, message),
            Self::Or(left, right) => left.holds(mailbox, message) || right.holds(mailbox, message),
            Self::Not(inner) => !inner.holds(mailbox, message),
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
    match operator {
        Operator::Equal => ordering == Some(Ordering::Equal),
        Operator::NotEqual => ordering != Some(Ordering::Equal),
        Operator::Greater => ordering == Some(Ordering::Greater),
        Operator::GreaterOrEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
        Operator::Less => ordering == Some(Ordering::Less),
        Operator::LessOrEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
    }
}

struct Parser<'a> {
    tokens: &'a [Token],
    at: usize,
    paths: Vec<String>,
}

impl Parser<'_> {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn take_word(&mut self, word: &str) -> bool {
        let is = matches!(self.peek(), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }

    fn expect(&mut self, token: &Token) -> Result<(), Refusal> {
        if self.next().as_ref() == Some(token) { Ok(()) } else { Err(syntax("unexpected token")) }
    }

    fn either(&mut self) -> Result<Expression, Refusal> {
        let mut left = self.both()?;
        while self.take_word("or") {
            left = Expression::Or(Box::new(left), Box::new(self.both()?));
        }
        Ok(left)
    }

    fn both(&mut self) -> Result<Expression, Refusal> {
        let mut left = self.single()?;
        while self.take_word("and") {
            left = Expression::And(Box::new(left), Box::new(self.single()?));
        }
        Ok(left)
    }

    fn single(&mut self) -> Result<Expression, Refusal> {
        if self.take_word("not") {
            return Ok(Expression::Not(Box::new(self.single()?)));
        }
        if self.peek() == Some(&Token::Open) {
            self.at += 1;
            let inner = self.either()?;
            self.expect(&Token::Close)?;
            return Ok(inner);
        }
        let Some(Token::Word(word)) = self.next() else { return Err(syntax("an expression was expected")) };
        if self.peek() == Some(&Token::Open) { self.call(&word) } else { self.comparison(&word) }
    }

    fn comparison(&mut self, path: &str) -> Result<Expression, Refusal> {
        let field = self.field(path)?;
        let Some(Token::Word(word)) = self.next() else { return self.truth(field, path) };
        let operator = match word.to_ascii_lowercase().as_str() {
            "eq" => Operator::Equal,
            "ne" => Operator::NotEqual,
            "gt" => Operator::Greater,
            "ge" => Operator::GreaterOrEqual,
            "lt" => Operator::Less,
            "le" => Operator::LessOrEqual,
            "and" | "or" if field.is_truth() => {
                self.at -= 1;
                return self.truth(field, path);
            }
            _ => return Err(syntax(&word)),
        };
        let literal = self.literal(field)?;
        Ok(Expression::Compare(field, operator, literal))
    }

    /// A boolean property on its own.
    fn truth(&self, field: FilterField, path: &str) -> Result<Expression, Refusal> {
        match field.is_truth() {
            true => Ok(Expression::Compare(field, Operator::Equal, Literal::Truth(true))),
            false => Err(syntax(path)),
        }
    }

    fn field(&mut self, path: &str) -> Result<FilterField, Refusal> {
        let field = FilterField::read(path)?;
        let small = path.to_ascii_lowercase();
        if !self.paths.contains(&small) {
            self.paths.push(small);
        }
        Ok(field)
    }

    fn literal(&mut self, field: FilterField) -> Result<Literal, Refusal> {
        let token = self.next().ok_or_else(|| syntax("a value was expected"))?;
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

    fn call(&mut self, name: &str) -> Result<Expression, Refusal> {
        let small = name.to_ascii_lowercase();
        if let Some(collection) = small.strip_suffix("/any").or_else(|| small.strip_suffix("/all")) {
            return self.lambda(collection);
        }
        let matching = match small.as_str() {
            "contains" => Matching::Contains,
            "startswith" => Matching::StartsWith,
            "endswith" | "indexof" | "length" | "tolower" | "toupper" | "trim" | "concat" | "year" | "month" | "day" => {
                return Err(unsupported());
            }
            _ => return Err(bad(&format!("An unknown function with name '{name}' was found."))),
        };
        self.expect(&Token::Open)?;
        let Some(Token::Word(path)) = self.next() else { return Err(syntax(name)) };
        let field = self.field(&path)?;
        self.expect(&Token::Comma)?;
        let Some(Token::Text(text)) = self.next() else { return Err(syntax(name)) };
        self.expect(&Token::Close)?;
        if self.take_word("eq") && !self.take_word("true") {
            return Err(syntax(name));
        }
        Ok(Expression::Text(matching, field, text.to_lowercase()))
    }

    /// `categories/any(c:c eq 'x')` and `singleValueExtendedProperties/Any(ep: ep/id eq 'i' and ep/value eq 'v')`.
    fn lambda(&mut self, collection: &str) -> Result<Expression, Refusal> {
        self.paths.push(collection.to_owned());
        self.expect(&Token::Open)?;
        let Some(Token::Word(variable)) = self.next() else { return Err(syntax(collection)) };
        self.expect(&Token::Colon)?;
        match collection {
            "categories" => {
                let value = self.equality(&variable)?;
                self.expect(&Token::Close)?;
                Ok(Expression::AnyCategory(value))
            }
            "singlevalueextendedproperties" => {
                let id = self.equality(&format!("{variable}/id"))?;
                if !self.take_word("and") {
                    return Err(unsupported());
                }
                let value = self.equality(&format!("{variable}/value"))?;
                self.expect(&Token::Close)?;
                Ok(Expression::AnyExtended { id, value })
            }
            _ => Err(unsupported()),
        }
    }

    fn equality(&mut self, path: &str) -> Result<String, Refusal> {
        let named = self.take_word(path) && self.take_word("eq");
        match self.next() {
            Some(Token::Text(text)) if named => Ok(text),
            _ => Err(unsupported()),
        }
    }
}

/// A time with zone, or a date alone.
fn time(word: &str) -> Option<Timestamp> {
    let dated = || word.parse::<jiff::civil::Date>().ok()?.to_zoned(jiff::tz::TimeZone::UTC).ok().map(|zoned| zoned.timestamp());
    word.parse::<Timestamp>().ok().or_else(dated)
}

fn unsupported() -> Refusal {
    Refusal::new(400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")
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
