//! What every `$filter` is made of: conditions joined by `and`, `or` and `not`, and the six comparisons. What a condition is, each
//! kind of resource says itself (OData 4.01, URL conventions, 5.1.1).

use std::cmp::Ordering;

use super::filter_tokens::{Token, syntax, tokens};
use crate::Refusal;

/// Conditions and how they are joined.
#[derive(Debug, Clone, PartialEq)]
pub enum Tree<C> {
    /// A condition.
    Is(C),
    /// Both hold.
    And(Box<Tree<C>>, Box<Tree<C>>),
    /// One of them holds.
    Or(Box<Tree<C>>, Box<Tree<C>>),
    /// It does not hold.
    Not(Box<Tree<C>>),
}

impl<C> Tree<C> {
    /// Whether it holds, where `condition` says whether one does.
    pub fn holds(&self, condition: &impl Fn(&C) -> bool) -> bool {
        match self {
            Tree::Is(own) => condition(own),
            Tree::And(left, right) => left.holds(condition) && right.holds(condition),
            Tree::Or(left, right) => left.holds(condition) || right.holds(condition),
            Tree::Not(inner) => !inner.holds(condition),
        }
    }
}

/// Reads a whole `$filter`. `condition` reads one condition, whose first word is given to it.
///
/// # Errors
/// 400 for what is no filter, and what `condition` refuses.
pub fn read<C>(text: &str, mut condition: impl FnMut(&mut Reader<'_>, &str) -> Result<C, Refusal>) -> Result<Tree<C>, Refusal> {
    let tokens = tokens(text)?;
    let mut reader = Reader { tokens: &tokens, at: 0 };
    let tree = either(&mut reader, &mut condition)?;
    if reader.peek().is_none() { Ok(tree) } else { Err(syntax(text)) }
}

fn either<C, F>(reader: &mut Reader<'_>, condition: &mut F) -> Result<Tree<C>, Refusal>
where
    F: FnMut(&mut Reader<'_>, &str) -> Result<C, Refusal>,
{
    let mut left = both(reader, condition)?;
    while reader.take_word("or") {
        left = Tree::Or(Box::new(left), Box::new(both(reader, condition)?));
    }
    Ok(left)
}

fn both<C, F>(reader: &mut Reader<'_>, condition: &mut F) -> Result<Tree<C>, Refusal>
where
    F: FnMut(&mut Reader<'_>, &str) -> Result<C, Refusal>,
{
    let mut left = single(reader, condition)?;
    while reader.take_word("and") {
        left = Tree::And(Box::new(left), Box::new(single(reader, condition)?));
    }
    Ok(left)
}

fn single<C, F>(reader: &mut Reader<'_>, condition: &mut F) -> Result<Tree<C>, Refusal>
where
    F: FnMut(&mut Reader<'_>, &str) -> Result<C, Refusal>,
{
    if reader.take_word("not") {
        return Ok(Tree::Not(Box::new(single(reader, condition)?)));
    }
    match reader.next() {
        Some(Token::Open) => {
            let inner = either(reader, condition)?;
            reader.expect(&Token::Close)?;
            Ok(inner)
        }
        Some(Token::Word(word)) => condition(reader, &word).map(Tree::Is),
        _ => Err(syntax("an expression was expected")),
    }
}

/// A place among the tokens of a filter.
pub struct Reader<'a> {
    tokens: &'a [Token],
    at: usize,
}

impl Reader<'_> {
    /// The token ahead.
    pub fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at)
    }

    /// Takes the token ahead.
    pub fn next(&mut self) -> Option<Token> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    /// Takes this word if it is ahead, in whatever case.
    pub fn take_word(&mut self, word: &str) -> bool {
        let is = matches!(self.peek(), Some(Token::Word(next)) if next.eq_ignore_ascii_case(word));
        self.at += usize::from(is);
        is
    }

    /// Takes this token.
    ///
    /// # Errors
    /// When another is ahead.
    pub fn expect(&mut self, token: &Token) -> Result<(), Refusal> {
        if self.next().as_ref() == Some(token) { Ok(()) } else { Err(syntax("unexpected token")) }
    }

    /// Takes `{path} eq '{text}'` and gives the text.
    ///
    /// # Errors
    /// When anything else is ahead: it parses, but Exchange can't search it.
    pub fn equality(&mut self, path: &str) -> Result<String, Refusal> {
        let named = self.take_word(path) && self.take_word("eq");
        match self.next() {
            Some(Token::Text(text)) if named => Ok(text),
            _ => Err(unsupported()),
        }
    }

    /// Takes `({path},'{text}')`, what a function over text is called with.
    ///
    /// # Errors
    /// When anything else is ahead.
    pub fn path_and_text(&mut self, function: &str) -> Result<(String, String), Refusal> {
        self.expect(&Token::Open)?;
        let Some(Token::Word(path)) = self.next() else { return Err(syntax(function)) };
        self.expect(&Token::Comma)?;
        let Some(Token::Text(text)) = self.next() else { return Err(syntax(function)) };
        self.expect(&Token::Close)?;
        Ok((path, text))
    }

    /// Takes `({variable}:`, what the condition on an element begins with, and gives the variable.
    ///
    /// # Errors
    /// When anything else is ahead.
    pub fn variable(&mut self, collection: &str) -> Result<String, Refusal> {
        self.expect(&Token::Open)?;
        let Some(Token::Word(variable)) = self.next() else { return Err(syntax(collection)) };
        self.expect(&Token::Colon)?;
        Ok(variable)
    }
}

/// A comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Operator {
    /// `eq`
    Equal,
    /// `ne`
    NotEqual,
    /// `gt`
    Greater,
    /// `ge`
    GreaterOrEqual,
    /// `lt`
    Less,
    /// `le`
    LessOrEqual,
}

impl Operator {
    /// The comparison of this name.
    pub fn named(word: &str) -> Option<Self> {
        Some(match word.to_ascii_lowercase().as_str() {
            "eq" => Operator::Equal,
            "ne" => Operator::NotEqual,
            "gt" => Operator::Greater,
            "ge" => Operator::GreaterOrEqual,
            "lt" => Operator::Less,
            "le" => Operator::LessOrEqual,
            _ => return None,
        })
    }

    /// Whether it holds between values in this order; `None` for values that cannot be compared.
    pub fn holds(self, ordering: Option<Ordering>) -> bool {
        match self {
            Operator::Equal => ordering == Some(Ordering::Equal),
            Operator::NotEqual => ordering != Some(Ordering::Equal),
            Operator::Greater => ordering == Some(Ordering::Greater),
            Operator::GreaterOrEqual => matches!(ordering, Some(Ordering::Greater | Ordering::Equal)),
            Operator::Less => ordering == Some(Ordering::Less),
            Operator::LessOrEqual => matches!(ordering, Some(Ordering::Less | Ordering::Equal)),
        }
    }
}

/// What parses, but Exchange can't search (reference: Graph, section 1.5).
pub fn unsupported() -> Refusal {
    Refusal::new(400, "ErrorInvalidUrlQueryFilter", "The query filter contains one or more invalid nodes.")
}
