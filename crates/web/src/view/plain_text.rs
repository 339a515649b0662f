//! A plain text body: line breaks kept, web addresses made into links, quoted lines set back.

use maud::{Markup, html};
use model::reply::{self, Kind, Part};

/// The text with what is quoted, signed and forwarded folded away behind what is new.
pub fn folded(text: &str) -> Markup {
    let parts = reply::parts(text);
    if !parts.iter().any(|part| part.kind == Kind::New) {
        return body(text);
    }
    html! {
        @for run in parts.chunk_by(|one, other| is_shown(one.kind) == is_shown(other.kind)) {
            @let range = run[0].range.start..run[run.len() - 1].range.end;
            @if is_shown(run[0].kind) { (body(&text[range])) }
            @else if !text[range.clone()].trim().is_empty() {
                details.folded { summary { (fold_name(run)) } (body(text[range].trim_matches(['\r', '\n']))) }
            }
        }
    }
}

const fn is_shown(kind: Kind) -> bool {
    matches!(kind, Kind::New | Kind::Answered)
}

/// What a run of folded parts is called, by the weightiest of them.
fn fold_name(run: &[Part]) -> &'static str {
    let has = |kind: Kind| run.iter().any(|part| part.kind == kind);
    match () {
        () if has(Kind::Forwarded) => "Forwarded message",
        () if has(Kind::Quote) || has(Kind::Attribution) => "Quoted text",
        () if has(Kind::Signature) => "Signature",
        () => "Notice",
    }
}

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
    fn the_new_text_stands_open_and_the_rest_is_folded() {
        let shown = folded("Yes, Friday.\n\nOn 3 May 2026, Bo wrote:\n> Friday?\n").into_string();
        let fold = shown.find("<details class=\"folded\"><summary>Quoted text</summary>").unwrap();
        assert!(shown.find("Yes, Friday.").unwrap() < fold && fold < shown.find("Friday?").unwrap(), "{shown}");
        assert!(!folded("> only this\n").into_string().contains("<details"), "with nothing new, nothing is hidden");
    }

    #[test]
    fn text_is_shown_as_text() {
        let shown = body("> a\n<script>x</script>").into_string();
        assert!(shown.contains(r#"<span class="quoted">&gt; a</span>"#) && shown.contains("&lt;script&gt;"), "{shown}");
    }
}
