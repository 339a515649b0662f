//! What was written in the console, as HTML: plain text, in which addresses are links and `[words](https://…)` is a link with
//! words of its own. Only such a link can be tracked: behind an address that is shown nothing else may stand.

use model::compose::html::of_text;
use url::Url;

/// What ends an address in escaped text.
const ENDS: [&str; 9] = [" ", "<", "&nbsp;", "&lt;", "&gt;", "&quot;", "&#39;", "(", ")"];
/// What ends a sentence rather than the address before it.
const MARKS: [char; 8] = ['.', ',', ';', ':', '!', '?', '*', ']'];

/// Whether it holds a link with words of its own, which plain text could not show.
pub fn has_worded_link(text: &str) -> bool {
    text.match_indices('[').any(|(start, _)| worded(&text[start..]).is_some())
}

/// The text as HTML.
pub fn as_html(text: &str) -> String {
    let escaped = of_text(text);
    let (mut html, mut rest) = (String::with_capacity(escaped.len()), escaped.as_str());
    while let Some(start) = rest.find(['[', 'h', 'H']) {
        html.push_str(&rest[..start]);
        rest = &rest[start..];
        let found = worded(rest).or_else(|| bare(rest).map(|address| (address, address, address.len())));
        let (link, length) = match found {
            Some((words, address, length)) => (format!("<a href=\"{address}\">{words}</a>"), length),
            None => (rest[..1].to_owned(), 1),
        };
        html.push_str(&link);
        rest = &rest[length..];
    }
    html + rest
}

/// Words, address and length of the link that begins here.
fn worded(text: &str) -> Option<(&str, &str, usize)> {
    let (words, behind) = text.strip_prefix('[')?.split_once("](")?;
    let address = &behind[..behind.find(')')?];
    let is_one_line = !words.contains(['[', ']', '\n', '<']) && !words.trim().is_empty();
    let is_address = is_web(address) && address.len() == end_of(address);
    (is_one_line && is_address).then_some((words, address, words.len() + address.len() + 4))
}

/// The address that begins here.
fn bare(text: &str) -> Option<&str> {
    let address = text[..end_of(text)].trim_end_matches(MARKS);
    (is_web(address) && Url::parse(address).is_ok_and(|url| url.has_host())).then_some(address)
}

fn end_of(text: &str) -> usize {
    ENDS.iter().filter_map(|end| text.find(end)).chain(text.find(char::is_control)).min().unwrap_or(text.len())
}

fn is_web(address: &str) -> bool {
    let begins = |scheme: &str| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme));
    begins("https://") || begins("http://")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_made_of_addresses_and_of_words_with_an_address() {
        for (text, html) in [
            ("See [our offer](https://shop.example/o?a=1&b=2).", "See <a href=\"https://shop.example/o?a=1&amp;b=2\">our offer</a>."),
            (
                "https://a.example/x, then http://b.example.",
                "<a href=\"https://a.example/x\">https://a.example/x</a>, then <a href=\"http://b.example\">http://b.example</a>.",
            ),
            ("(https://a.example/x)", "(<a href=\"https://a.example/x\">https://a.example/x</a>)"),
            ("a <https://a.example>", "a &lt;<a href=\"https://a.example\">https://a.example</a>&gt;"),
            ("one\nhttps://a.example\ntwo", "one<br>\r\n<a href=\"https://a.example\">https://a.example</a><br>\r\ntwo"),
        ] {
            assert_eq!(as_html(text), html);
        }
    }

    #[test]
    fn nothing_else_is_a_link_and_nothing_gets_out_of_one() {
        for text in ["[x](javascript:alert(1))", "[x](/here)", "[](x)", "https://", "http", "[1] (https)", "shhttp:"] {
            assert!(!as_html(text).contains("<a"), "{text}");
            assert!(!has_worded_link(text), "{text}");
        }
        let html = as_html("[<b>x</b>](https://a.example/\"onclick=alert(1)) https://a.example/'><script>");
        assert!(!html.contains("<b") && !html.contains("<script") && !html.contains("\"onclick"), "{html}");
        assert!(has_worded_link("[Zoë & co](https://a.example)"));
        assert_eq!(as_html("[Zoë & co](https://a.example) ü"), "<a href=\"https://a.example\">Zoë &amp; co</a> ü");
    }
}
