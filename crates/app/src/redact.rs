//! The last line of defence of the log: what looks like an address, a token or a link's query is taken out of every
//! line, whoever wrote it. The first line is that nobody logs such things; subjects and bodies cannot be recognised,
//! and must never be logged at all.

use std::borrow::Cow;

/// A run of this many letters and digits without a break is nobody's word.
const TOKEN_CHARS_MIN: usize = 40;

/// The line without addresses, tokens and queries of links.
pub fn redact(line: &str) -> Cow<'_, str> {
    if !line.split(is_break).any(|word| verdict(word).is_some()) {
        return Cow::Borrowed(line);
    }
    let mut clean = String::with_capacity(line.len());
    let mut rest = line;
    while !rest.is_empty() {
        let end = rest.find(is_break).unwrap_or(rest.len());
        let (word, after) = rest.split_at(end);
        clean.push_str(verdict(word).unwrap_or(word));
        let gap = after.chars().next().map_or(0, char::len_utf8);
        clean.push_str(&after[..gap]);
        rest = &after[gap..];
    }
    Cow::Owned(clean)
}

fn is_break(character: char) -> bool {
    character.is_whitespace()
        || matches!(character, '"' | '\'' | '<' | '>' | '(' | ')' | '[' | ']' | '{' | '}' | ',' | ';' | '=' | '&' | '?' | '/' | '\\' | '|')
}

fn verdict(word: &str) -> Option<&'static str> {
    let word = word.trim_end_matches(['.', ':', '!']);
    if is_address(word) {
        return Some("[address]");
    }
    (is_token(word)).then_some("[token]")
}

fn is_address(word: &str) -> bool {
    let word = word.replace("%40", "@");
    word.split_once('@').is_some_and(|(local, domain)| !local.is_empty() && domain.contains('.') && !domain.starts_with('.'))
}

fn is_token(word: &str) -> bool {
    let opaque = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_' | '.' | '~' | '+' | '%' | '!' | '*');
    let digits = word.bytes().filter(u8::is_ascii_digit).count();
    word.len() >= TOKEN_CHARS_MIN && word.chars().all(opaque) && digits >= 3
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn addresses_and_tokens_leave_no_trace() {
        let token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJSUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N";
        let cases = [
            ("token refreshed for anna@contoso.example.", "token refreshed for [address]"),
            ("to=\"<bob@fabrikam.example>\"", "to=\"<[address]>\""),
            ("GET /v1.0/users/anna%40contoso.example/messages", "GET /v1.0/users/[address]/messages"),
        ];
        for (line, clean) in cases {
            assert_eq!(redact(line), clean);
        }
        assert_eq!(redact(&format!("Authorization: Bearer {token}")), "Authorization: Bearer [token]");
        assert_eq!(redact(&format!("?code={token}&state=x")), "?code=[token]&state=x");
    }

    #[test]
    fn ordinary_lines_stay_as_they_are() {
        for line in [
            "A page was committed. mailbox.id=mbx_01J8Z6Q3Y5K2A page.messages=100 request.id=5f3c1b9e-6d1a-4a43-9d7e-0d2f8a6c1b11",
            "2026-01-02T03:04:05.120Z INFO rapport::wire: Listening. server.address=127.0.0.1:3000",
        ] {
            assert_eq!(redact(line), line);
        }
    }
}
