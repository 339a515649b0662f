//! Reading a template: literal text and fields, by their braces.

use super::{Part, Place};

/// A piece of a template.
pub(super) struct Token<'a> {
    /// Where it begins, in bytes.
    pub(super) start: usize,
    pub(super) found: Found<'a>,
}

/// What a piece is.
pub(super) enum Found<'a> {
    Literal(&'a str),
    Field {
        name: &'a str,
        fallback: Option<&'a str>,
    },
    /// What stands between braces is no field.
    NoField(&'a str),
    /// The braces are not closed.
    NotClosed,
}

/// The pieces of a template, in order.
pub(super) fn tokens(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(open) = text[at..].find("{{").map(|found| at + found) {
        let is_escaped = text[at..open].ends_with('\\');
        push_literal(&mut tokens, text, at, open - usize::from(is_escaped));
        at = open + 2;
        if is_escaped {
            push_literal(&mut tokens, text, open, at);
        } else if text[at..].starts_with("{{") {
            push_literal(&mut tokens, text, open, at);
            at += 2;
        } else if let Some(length) = text[at..].find("}}") {
            tokens.push(Token { start: open, found: field(&text[at..at + length]) });
            at += length + 2;
        } else {
            tokens.push(Token { start: open, found: Found::NotClosed });
        }
    }
    push_literal(&mut tokens, text, at, text.len());
    tokens
}

fn push_literal<'a>(tokens: &mut Vec<Token<'a>>, text: &'a str, start: usize, end: usize) {
    if start < end {
        tokens.push(Token { start, found: Found::Literal(&text[start..end]) });
    }
}

fn field(inner: &str) -> Found<'_> {
    let (name, fallback) = inner.split_once('|').map_or((inner, None), |(name, fallback)| (name, Some(fallback)));
    let name = without_spaces(name);
    let is_name = name.starts_with(|first: char| first.is_ascii_alphabetic())
        && name.len() <= NAME_LETTERS_MAX
        && name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '.' | '-'));
    if is_name { Found::Field { name, fallback } } else { Found::NoField(inner) }
}

const NAME_LETTERS_MAX: usize = 64;

/// Editors write spaces that must not break as references.
fn without_spaces(mut name: &str) -> &str {
    loop {
        let before = name.len();
        name = name.trim();
        name = name.strip_prefix("&nbsp;").unwrap_or(name);
        name = name.strip_suffix("&nbsp;").unwrap_or(name);
        if name.len() == before {
            return name;
        }
    }
}

/// A place as an editor counts it.
pub(super) fn place(text: &str, part: Part, start: usize) -> Place {
    let before = &text[..start];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Place { part, line: before.matches('\n').count() + 1, column: before[line_start..].chars().count() + 1 }
}
