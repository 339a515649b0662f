//! Codes: the enhanced status (RFC 3463) and the reply (RFC 5321) in what a server said.

/// The enhanced status and the reply that a text quotes. What stands directly behind a reply is preferred.
pub(super) fn in_text(text: &str) -> (Option<String>, Option<u16>) {
    let words: Vec<&str> =
        text.split(|letter: char| letter.is_whitespace() || "'\"()[]<>#,;:".contains(letter)).filter(|word| !word.is_empty()).collect();
    let mut status: Option<String> = None;
    let mut reply = None;
    for (place, word) in words.iter().enumerate() {
        let (code, rest) = split_reply(word);
        if let Some(code) = code {
            let beside = rest.or_else(|| words.get(place + 1).copied()).and_then(enhanced);
            if reply.is_none() || (beside.is_some() && status.is_none()) {
                reply = Some(code);
            }
            if let (Some(beside), None) = (beside, &status) {
                status = Some(beside);
            }
        }
    }
    (status.or_else(|| words.iter().find_map(|word| enhanced(word))), reply)
}

/// `550` or `550-5.1.1`.
fn split_reply(word: &str) -> (Option<u16>, Option<&str>) {
    let (code, rest) = word.split_once('-').map_or((word, None), |(code, rest)| (code, Some(rest)));
    let three = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    let code = three.then(|| code.parse::<u16>().ok()).flatten();
    let code = code.filter(|code| matches!(code, 421 | 422 | 426 | 430..=499 | 500..=599 | 250));
    (code, rest.filter(|rest| !rest.is_empty()))
}

/// `5.1.1`, alone in its word.
pub(super) fn enhanced(word: &str) -> Option<String> {
    let word = word.trim().trim_end_matches(['.', ',', ';', ':']);
    let parts: Vec<&str> = word.split('.').collect();
    let [class, subject, detail] = parts.as_slice() else { return None };
    let digits = |part: &str| !part.is_empty() && part.len() <= 3 && part.bytes().all(|byte| byte.is_ascii_digit());
    (matches!(*class, "2" | "4" | "5") && digits(subject) && digits(detail)).then(|| word.to_owned())
}

/// What the other server said is worth more than what ours made of it, unless it says nothing (`5.0.0`).
pub(super) fn choose(said: Option<String>, field: Option<String>) -> Option<String> {
    match (said, field) {
        (Some(said), Some(field)) => Some(if says_nothing(&said) && !says_nothing(&field) { field } else { said }),
        (said, field) => said.or(field),
    }
}

fn says_nothing(status: &str) -> bool {
    status.ends_with(".0.0")
}

#[cfg(test)]
mod tests {
    use super::{enhanced, in_text};

    #[test]
    fn codes_are_told_from_addresses_and_versions() {
        assert_eq!(in_text("host mx[192.0.2.8] said: 550 5.1.1 no such user"), (Some("5.1.1".to_owned()), Some(550)));
        assert_eq!(in_text("550-5.7.26 This mail has been blocked"), (Some("5.7.26".to_owned()), Some(550)));
        assert_eq!(in_text("no mailbox here. (#5.1.1)"), (Some("5.1.1".to_owned()), None));
        assert_eq!(in_text("connect to 192.0.2.1:25"), (None, None));
        assert_eq!(enhanced("5.5.2652.78"), None);
        assert_eq!(enhanced("3.1.1"), None);
    }
}
