//! The words of a `$filter`, and the refusals of its syntax.

use crate::Refusal;

/// A piece of a filter.
#[derive(Debug, Clone, PartialEq)]
pub enum Token {
    /// A name, a number, a time, a keyword.
    Word(String),
    /// A quoted text, unquoted.
    Text(String),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// `:`
    Colon,
}

/// Cuts a filter into its tokens.
///
/// # Errors
/// 400 `BadRequest` for a text that does not end.
pub fn tokens(text: &str) -> Result<Vec<Token>, Refusal> {
    let mut tokens = Vec::new();
    let mut letters = text.char_indices().peekable();
    while let Some((start, letter)) = letters.next() {
        match letter {
            '(' => tokens.push(Token::Open),
            ')' => tokens.push(Token::Close),
            ',' => tokens.push(Token::Comma),
            ':' => tokens.push(Token::Colon),
            '\'' => tokens.push(Token::Text(quoted(&mut letters).ok_or_else(|| unterminated(text))?)),
            letter if letter.is_whitespace() => {}
            _ => {
                let mut end = start + letter.len_utf8();
                while let Some((at, next)) = letters.next_if(|(_, next)| goes_on(text, start, *next)) {
                    end = at + next.len_utf8();
                }
                tokens.push(Token::Word(text[start..end].to_owned()));
            }
        }
    }
    Ok(tokens)
}

/// A colon belongs to a word only within a time, which begins with a digit.
fn goes_on(text: &str, start: usize, next: char) -> bool {
    match next {
        ':' => text[start..].starts_with(|first: char| first.is_ascii_digit()),
        '(' | ')' | ',' | '\'' => false,
        next => !next.is_whitespace(),
    }
}

fn quoted(letters: &mut std::iter::Peekable<std::str::CharIndices<'_>>) -> Option<String> {
    let mut text = String::new();
    while let Some((_, letter)) = letters.next() {
        match letter {
            '\'' if letters.next_if(|(_, next)| *next == '\'').is_some() => text.push('\''),
            '\'' => return Some(text),
            other => text.push(other),
        }
    }
    None
}

/// A filter that the OData parser refuses.
pub fn bad(what: &str) -> Refusal {
    Refusal::new(400, "BadRequest", format!("Invalid filter clause: {what}"))
}

/// The same for a syntax error.
pub fn syntax(text: &str) -> Refusal {
    bad(&format!("Syntax error in '{text}'."))
}

fn unterminated(text: &str) -> Refusal {
    bad(&format!("There is an unterminated string literal at position {} in '{text}'.", text.len()))
}
