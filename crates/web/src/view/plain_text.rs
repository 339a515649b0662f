//! A plain text body: line breaks kept, web addresses made into links, quoted lines set back.

use maud::{Markup, html};

/// The text as it stands.
pub fn body(text: &str) -> Markup {
    html! {
        div.plain dir="auto" {
            @for line in text.lines() {
                @if line.starts_with('>') { span.quoted { (linked(line)) } } @else { (linked(line)) }
                "\n"
            }
        }
    }
}

fn linked(line: &str) -> Markup {
    html! {
        @for (place, word) in line.split(' ').enumerate() {
            @if place > 0 { " " }
            @match address(word) {
                Some((before, link, after)) => {
                    (before) a href=(link) rel="noopener noreferrer nofollow" target="_blank" { (link) } (after)
                },
                None => { (word) },
            }
        }
    }
}

/// The web address within a word, with what stands before and after.
fn address(word: &str) -> Option<(&str, &str, &str)> {
    let start = word.find("https://").or_else(|| word.find("http://"))?;
    let (before, rest) = word.split_at(start);
    let end = rest.find(['<', '>', '"', '\u{201d}', '\t']).unwrap_or(rest.len());
    let link = rest[..end].trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '*']);
    let after = &rest[link.len()..];
    (link.len() > "https://".len()).then_some((before, link, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_become_links_without_what_surrounds_them() {
        assert_eq!(address("(see:https://x.example/a?b=1)."), Some(("(see:", "https://x.example/a?b=1", ").")));
        assert_eq!(address("<http://x.example/>,"), Some(("<", "http://x.example/", ">,")));
        assert_eq!(address("https://"), None);
        assert_eq!(address("javascript:alert(1)"), None);
    }

    #[test]
    fn text_is_shown_as_text() {
        let shown = body("> a\n<script>x</script>").into_string();
        assert!(shown.contains(r#"<span class="quoted">&gt; a</span>"#) && shown.contains("&lt;script&gt;"), "{shown}");
    }
}
