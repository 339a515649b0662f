//! HTML as Exchange serves it: active content removed, a `meta` for the character set put in.
//!
//! Drops scripts, embedded objects, comments, event handlers and script URLs; keeps layout and style. It
//! copies the rest as it stands and never panics on broken markup. `outlook.allow-unsafe-html` bypasses
//! it. (reference: Graph, section 13.8)

/// Elements that go with everything in them.
const DROPPED_WHOLE: [&str; 7] = ["script", "iframe", "object", "applet", "frameset", "svg", "math"];
/// Elements of which only the tag goes.
const DROPPED_TAG: [&str; 4] = ["embed", "base", "link", "frame"];
/// Attributes whose value is a link.
const LINKS: [&str; 6] = ["href", "src", "action", "background", "formaction", "xlink:href"];

const META: &str = "<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\">";

/// Sanitises a body and wraps it into `html`, `head` and `body` where they are missing.
pub fn sanitised(html: &str) -> String {
    wrapped(&cleaned(html))
}

/// Puts the character set where Outlook puts it, building a frame when there is none.
fn wrapped(html: &str) -> String {
    match find_tag(html, "<head") {
        Some(end) => format!("{}\r\n{META}{}", &html[..end], &html[end..]),
        None => match find_tag(html, "<html") {
            Some(end) => format!("{}<head>\r\n{META}</head>{}", &html[..end], &html[end..]),
            None => format!("<html><head>\r\n{META}</head><body>{html}</body></html>"),
        },
    }
}

/// The place behind the first tag that begins with `opening`.
fn find_tag(html: &str, opening: &str) -> Option<usize> {
    let mut from = 0;
    while let Some(place) = find_ignoring_case(&html[from..], opening) {
        let behind = from + place + opening.len();
        let next = html[behind..].chars().next()?;
        if next == '>' || next.is_whitespace() {
            return html[behind..].find('>').map(|end| behind + end + 1);
        }
        from = behind;
    }
    None
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    let wanted = wanted.as_bytes();
    text.as_bytes().windows(wanted.len()).position(|window| window.eq_ignore_ascii_case(wanted))
}

/// The markup without active content.
fn cleaned(html: &str) -> String {
    let mut out = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(place) = rest.find('<') {
        out.push_str(&rest[..place]);
        rest = &rest[place..];
        rest = if rest.starts_with("<!") || rest.starts_with("<?") { after_declaration(rest) } else { after_tag(rest, &mut out) };
    }
    out.push_str(rest);
    out
}

fn after_declaration(rest: &str) -> &str {
    let end = match rest.strip_prefix("<!--") {
        Some(comment) => comment.find("-->").map(|end| end + 7),
        None => rest.find('>').map(|end| end + 1),
    };
    end.map_or("", |end| &rest[end..])
}

/// Writes the tag at the start of `rest` as far as it is allowed and returns what follows.
fn after_tag<'a>(rest: &'a str, out: &mut String) -> &'a str {
    let closing = rest[1..].starts_with('/');
    let name_at = if closing { 2 } else { 1 };
    let name_length = rest[name_at..]
        .find(|letter: char| !letter.is_ascii_alphanumeric() && letter != ':' && letter != '-')
        .unwrap_or(rest.len() - name_at);
    let name = rest[name_at..name_at + name_length].to_ascii_lowercase();
    if name.is_empty() {
        out.push_str("&lt;");
        return &rest[1..];
    }
    let Some(end) = tag_end(rest) else { return "" };
    let (tag, behind) = rest.split_at(end);
    if DROPPED_WHOLE.contains(&name.as_str()) {
        let whole = closing || tag.ends_with("/>");
        return if whole { behind } else { after_element(behind, &name) };
    }
    if DROPPED_TAG.contains(&name.as_str()) {
        return behind;
    }
    if closing {
        out.push_str(tag);
    } else {
        out.push_str(&rest[..name_at + name_length]);
        write_attributes(&tag[name_at + name_length..tag.len() - 1], out);
        out.push('>');
    }
    behind
}

/// The end of a tag: the first `>` outside quotes.
fn tag_end(tag: &str) -> Option<usize> {
    let mut quote = None;
    for (place, letter) in tag.bytes().enumerate() {
        match (quote, letter) {
            (None, b'>') => return Some(place + 1),
            (None, b'"' | b'\'') => quote = Some(letter),
            (Some(open), _) if open == letter => quote = None,
            _ => {}
        }
    }
    tag.find('>').map(|place| place + 1)
}

fn after_element<'a>(behind: &'a str, name: &str) -> &'a str {
    let closing = format!("</{name}");
    let Some(place) = find_ignoring_case(behind, &closing) else { return "" };
    behind[place..].find('>').map_or("", |end| &behind[place + end + 1..])
}

fn write_attributes(attributes: &str, out: &mut String) {
    if !has_suspects(attributes) {
        out.push_str(attributes);
        return;
    }
    let mut rest = attributes;
    while let Some((name, value, behind)) = next_attribute(rest) {
        if is_harmless(name, value) {
            out.push(' ');
            out.push_str(rest[..rest.len() - behind.len()].trim());
        }
        rest = behind;
    }
    if attributes.ends_with('/') {
        out.push_str(" /");
    }
}

/// Whether it is worth looking at each attribute.
fn has_suspects(attributes: &str) -> bool {
    let bytes = attributes.as_bytes();
    let handler = bytes.windows(3).any(|window| {
        (window[0].is_ascii_whitespace() || matches!(window[0], b'"' | b'\'' | b'/')) && window[1..].eq_ignore_ascii_case(b"on")
    });
    handler || find_ignoring_case(attributes, "script").is_some() || attributes.contains("&#")
}

fn is_harmless(name: &str, value: &str) -> bool {
    let name = name.to_ascii_lowercase();
    if name.starts_with("on") {
        return false;
    }
    let packed: String =
        value.chars().filter(|letter| !letter.is_whitespace() && !letter.is_control()).map(|letter| letter.to_ascii_lowercase()).collect();
    let link = LINKS.contains(&name.as_str());
    let scripted = packed.starts_with("javascript:") || packed.starts_with("vbscript:");
    !(link && (scripted || packed.starts_with("&#") || packed.starts_with("data:text/html")))
        && !(name == "style" && (packed.contains("expression(") || packed.contains("javascript:")))
}

/// Name, value and what follows of the first attribute.
fn next_attribute(text: &str) -> Option<(&str, &str, &str)> {
    let text = text.trim_start_matches(|letter: char| letter.is_whitespace() || letter == '/');
    if text.is_empty() {
        return None;
    }
    let stop = |letter: char| letter.is_whitespace() || letter == '=';
    let name_end = text[1..].find(stop).map_or(text.len(), |end| end + 1);
    let (name, behind) = text.split_at(name_end);
    let Some(value) = behind.trim_start().strip_prefix('=') else { return Some((name, "", behind)) };
    let value = value.trim_start();
    for quote in ['"', '\''] {
        if let Some(inner) = value.strip_prefix(quote) {
            let (inside, after) = inner.split_once(quote).unwrap_or((inner, ""));
            return Some((name, inside, after));
        }
    }
    let end = value.find(char::is_whitespace).unwrap_or(value.len());
    Some((name, &value[..end], &value[end..]))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn active_content_goes_and_layout_stays() {
        let html = "<html><head><style>p{color:red}</style></head><body onload=\"x()\"><!-- note -->\
                    <p class=a onclick='y()' style=\"margin:0\">Hi</p><script>alert(1)</script>\
                    <a href=\" java\tscript:z()\">l</a><a href=\"https://a.example/?q=1\">m</a></body></html>";
        let clean = sanitised(html);
        for gone in ["onload", "onclick", "script", "note", "alert"] {
            assert!(!clean.contains(gone), "{gone} is still in {clean}");
        }
        for kept in ["<style>p{color:red}</style>", "class=a style=\"margin:0\">Hi", "<a href=\"https://a.example/?q=1\">m"] {
            assert!(clean.contains(kept), "{kept} is missing in {clean}");
        }
        assert!(clean.starts_with("<html><head>\r\n<meta http-equiv"));
    }

    #[test]
    fn a_fragment_gets_a_frame() {
        assert_eq!(sanitised("<b>x</b>"), format!("<html><head>\r\n{META}</head><body><b>x</b></body></html>"));
    }

    #[test]
    fn broken_markup_is_survived() {
        for html in ["<", "<a", "<a href=\"", "<!--", "<script>", "a < b", "</", "<p =>", "<svg><é", "<a on=ü>", "<a 'ü"] {
            let clean = sanitised(html);
            assert!(!clean.contains("<script"), "{clean}");
        }
    }
}
