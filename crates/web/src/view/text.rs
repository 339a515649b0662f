//! Text of strangers on our pages: subjects, names, file names.
//!
//! Characters that turn the direction of what follows (which makes `gnp.exe` look like `exe.png`) and control characters are
//! left out; text in which nothing can be seen counts as empty. What is kept in the mirror stays as it came.

/// The text without what could mislead, trimmed; `None` if nothing of it can be seen.
pub fn shown(text: &str) -> Option<String> {
    let clean: String =
        text.chars().map(|letter| if letter.is_whitespace() { ' ' } else { letter }).filter(|letter| !misleads(*letter)).collect();
    let clean = clean.trim();
    clean.chars().any(is_visible).then(|| clean.to_owned())
}

fn misleads(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}')
}

fn is_visible(letter: char) -> bool {
    !letter.is_whitespace()
        && !matches!(letter, '\u{00AD}' | '\u{034F}' | '\u{180E}' | '\u{3164}' | '\u{FEFF}')
        && !matches!(letter, '\u{200B}'..='\u{200D}' | '\u{2060}'..='\u{2064}')
}

#[cfg(test)]
mod tests {
    use super::shown;

    #[test]
    fn a_text_cannot_turn_around_what_follows_or_be_invisible() {
        assert_eq!(shown("\u{202e}gnp.exe\u{202c}\r\n x").as_deref(), Some("gnp.exe   x"));
        assert_eq!(shown(" \u{200b}\u{feff}\u{7} "), None);
        assert_eq!(shown("חשבונית 4711").as_deref(), Some("חשבונית 4711"));
        assert_eq!(shown("👩\u{200d}👧").as_deref(), Some("👩\u{200d}👧"), "joined emoji stay joined");
    }
}
