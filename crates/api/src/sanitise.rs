//! Cleaning the HTML of a mail before a browser sees it.
//!
//! Promises, of what [`html`] gives back: only tags and attributes of a fixed list; no script, style sheet, form, frame,
//! object, event attribute or address of another scheme than http, https, mailto and tel; style properties of a fixed list,
//! none of which can load or cover anything; links open apart, tell nothing and are followed by no engine. Images come from
//! our own attachment route (`cid:`), from the mail itself (`data:`, raster only), or from outside only if that was asked
//! for: a remote image tells its sender that the mail was read. What is blocked is counted.
//! It does not judge what a mail says. The page around it adds a sandbox and a policy (see `console::body`).
//! Source: identity-and-security.md 8.6; the list of tags follows what mail programs write.

use std::borrow::Cow;
use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use ammonia::{Builder, UrlRelative};
use url::form_urlencoded::byte_serialize;

/// Bytes of a mail's HTML that are looked at; the rest is cut off.
pub const HTML_BYTES_MAX: usize = 4 * 1024 * 1024;

const TAGS: &[&str] = &[
    "a",
    "abbr",
    "address",
    "article",
    "b",
    "bdi",
    "bdo",
    "big",
    "blockquote",
    "br",
    "caption",
    "center",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "details",
    "dfn",
    "div",
    "dl",
    "dt",
    "em",
    "figcaption",
    "figure",
    "font",
    "footer",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "main",
    "mark",
    "nav",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "section",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "summary",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "time",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
    "wbr",
];

/// Tags whose content goes with them.
const WITH_CONTENT: &[&str] =
    &["script", "style", "title", "template", "noscript", "textarea", "select", "iframe", "object", "svg", "math"];

const EVERYWHERE: &[&str] = &["align", "valign", "bgcolor", "dir", "lang", "style", "title", "width", "height"];

const BY_TAG: &[(&str, &[&str])] = &[
    ("a", &["href", "name"]),
    ("blockquote", &["type"]),
    ("col", &["span"]),
    ("colgroup", &["span"]),
    ("font", &["color", "face", "size"]),
    ("hr", &["size", "color", "noshade"]),
    ("img", &["src", "alt", "border", "hspace", "vspace"]),
    ("li", &["value", "type"]),
    ("ol", &["start", "type", "reversed"]),
    ("table", &["border", "cellpadding", "cellspacing", "summary"]),
    ("td", &["colspan", "rowspan", "nowrap", "scope"]),
    ("th", &["colspan", "rowspan", "nowrap", "scope"]),
    ("time", &["datetime"]),
    ("ul", &["type"]),
];

/// Style properties that neither load, move nor cover anything.
const STYLES: &[&str] = &[
    "background-color",
    "border",
    "border-bottom",
    "border-bottom-color",
    "border-bottom-style",
    "border-bottom-width",
    "border-collapse",
    "border-color",
    "border-left",
    "border-left-color",
    "border-left-style",
    "border-left-width",
    "border-radius",
    "border-right",
    "border-right-color",
    "border-right-style",
    "border-right-width",
    "border-spacing",
    "border-style",
    "border-top",
    "border-top-color",
    "border-top-style",
    "border-top-width",
    "border-width",
    "box-sizing",
    "caption-side",
    "clear",
    "color",
    "direction",
    "display",
    "empty-cells",
    "float",
    "font",
    "font-family",
    "font-size",
    "font-style",
    "font-variant",
    "font-weight",
    "height",
    "letter-spacing",
    "line-height",
    "list-style-type",
    "margin",
    "margin-bottom",
    "margin-left",
    "margin-right",
    "margin-top",
    "max-height",
    "max-width",
    "min-height",
    "min-width",
    "overflow-wrap",
    "padding",
    "padding-bottom",
    "padding-left",
    "padding-right",
    "padding-top",
    "table-layout",
    "text-align",
    "text-decoration",
    "text-indent",
    "text-transform",
    "unicode-bidi",
    "vertical-align",
    "white-space",
    "width",
    "word-break",
    "word-spacing",
    "word-wrap",
];

/// Whether images are fetched from their senders.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RemoteImages {
    /// They are left out.
    Blocked,
    /// They are shown, because whoever reads has asked for it.
    Shown,
}

/// What became of a mail's HTML.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cleaned {
    /// Harmless HTML, for the inside of a `body`.
    pub html: String,
    /// How many remote images were left out.
    pub blocked_images: u32,
}

/// Cleans the HTML of a mail. An inline part's address is `inline_root` and its content id, encoded for a query.
pub fn html(source: &str, images: RemoteImages, inline_root: &str) -> Cleaned {
    let source = &source[..source.floor_char_boundary(HTML_BYTES_MAX)];
    let blocked = Arc::new(AtomicU32::new(0));
    let html = {
        let mut builder = Builder::empty();
        let (inline_root, blocked) = (inline_root.to_owned(), blocked.clone());
        builder
            .tags(TAGS.iter().copied().collect())
            .clean_content_tags(WITH_CONTENT.iter().copied().collect())
            .generic_attributes(EVERYWHERE.iter().copied().collect())
            .tag_attributes(
                BY_TAG.iter().map(|(tag, names)| (*tag, names.iter().copied().collect::<HashSet<_>>())).collect::<HashMap<_, _>>(),
            )
            .filter_style_properties(STYLES.iter().copied().collect())
            .url_schemes(["http", "https", "mailto", "tel", "cid", "data"].into())
            .url_relative(UrlRelative::PassThrough)
            .strip_comments(true)
            .link_rel(Some("noopener noreferrer nofollow"))
            .set_tag_attribute_value("a", "target", "_blank")
            .set_tag_attribute_value("img", "referrerpolicy", "no-referrer")
            .attribute_filter(move |tag, attribute, value| match (tag, attribute) {
                ("img", "src") => image(value, images, &inline_root, &blocked),
                (_, "style") => harmless_style(value),
                ("a", "href") => has_scheme(value, &["http", "https", "mailto", "tel"]).then(|| value.into()),
                _ => Some(value.into()),
            });
        builder.clean(source).to_string()
    };
    Cleaned { html, blocked_images: blocked.load(Ordering::Relaxed) }
}

fn image<'u>(source: &'u str, images: RemoteImages, inline_root: &str, blocked: &AtomicU32) -> Option<Cow<'u, str>> {
    let source = source.trim();
    if has_scheme(source, &["cid"]) {
        let content_id: String = byte_serialize(source.get(4..)?.as_bytes()).collect();
        return Some(format!("{inline_root}{content_id}").into());
    }
    if has_scheme(source, &["data"]) {
        return is_raster(source).then(|| source.into());
    }
    let remote = has_scheme(source, &["http", "https"]);
    if remote && images == RemoteImages::Shown {
        return Some(source.into());
    }
    blocked.fetch_add(u32::from(remote), Ordering::Relaxed);
    None
}

fn has_scheme(address: &str, schemes: &[&str]) -> bool {
    let scheme = address.trim_start().split(':').next().unwrap_or_default();
    schemes.iter().any(|wanted| scheme.eq_ignore_ascii_case(wanted))
}

fn is_raster(data: &str) -> bool {
    let head = data.get(..32).unwrap_or(data).to_ascii_lowercase();
    ["data:image/png;base64,", "data:image/jpeg;base64,", "data:image/jpg;base64,", "data:image/gif;base64,", "data:image/webp;base64,"]
        .iter()
        .any(|kind| head.starts_with(kind))
}

/// Styles of the allowed properties, unless a value holds what could load something or hide its meaning.
fn harmless_style(style: &str) -> Option<Cow<'_, str>> {
    let lower = style.to_ascii_lowercase();
    let suspicious = ["(", "\\", "/*", "@", "<", "javascript:", "behavior", "-moz-binding"];
    if !suspicious.iter().any(|sign| lower.contains(sign)) {
        return Some(style.into());
    }
    let kept: Vec<&str> = style
        .split(';')
        .filter(|declaration| {
            let plain = declaration.to_ascii_lowercase();
            let without_colours = plain.replace("rgb(", "").replace("rgba(", "").replace("hsl(", "");
            !suspicious.iter().any(|sign| without_colours.contains(sign))
        })
        .collect();
    (!kept.is_empty()).then(|| kept.join(";").into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn clean(source: &str) -> Cleaned {
        html(source, RemoteImages::Blocked, "/inline?cid=")
    }

    #[test]
    fn scripts_forms_frames_and_event_attributes_are_gone() {
        let source = "<p onclick=x()>Hi<script>alert(1)</script><style>p{}</style><form action=//x><input name=a></form>\
            <iframe src=//x></iframe><svg onload=x()><a href='javascript:x()'>j</a><base href=//x><meta http-equiv=refresh>";
        assert_eq!(clean(source).html, "<p>Hi</p>");
        assert_eq!(clean("<a href='  JaVa\tscript:x()'>j</a>").html, r#"<a target="_blank" rel="noopener noreferrer nofollow">j</a>"#);
    }

    #[test]
    fn links_open_apart_and_tell_nothing() {
        let link = clean("<a href='https://x.example/?a=1' target=_top rel=opener ping=//y>x</a>").html;
        assert_eq!(link, r#"<a href="https://x.example/?a=1" target="_blank" rel="noopener noreferrer nofollow">x</a>"#);
        assert!(!clean("<a href='data:text/html,<b>x'>x</a>").html.contains("data:"));
    }

    #[test]
    fn remote_images_are_blocked_and_counted_until_asked_for() {
        let source = "<img src='https://x.example/p.gif' width=1><img src=HTTP://y.example/q><table background=http://z.example/>";
        let blocked = clean(source);
        assert_eq!(blocked.blocked_images, 2);
        assert!(!blocked.html.contains("example"), "{}", blocked.html);
        let shown = html(source, RemoteImages::Shown, "/");
        assert_eq!(shown.blocked_images, 0);
        assert!(shown.html.contains(r#"src="https://x.example/p.gif""#) && !shown.html.contains("z.example"));
    }

    #[test]
    fn inline_parts_come_from_our_own_route_and_raster_data_stays() {
        assert!(clean("<img src='cid:logo@x'>").html.contains(r#"src="/inline?cid=logo%40x""#));
        assert!(clean("<img src='data:image/png;base64,AAAA'>").html.contains("data:image/png"));
        assert!(!clean("<img src='data:image/svg+xml;base64,AAAA'>").html.contains("data:"));
        assert!(!clean("<img src='/mailboxes'><a href='/sign-out'>x</a><a href='//x.example'>x</a>").html.contains("=\"/"));
    }

    #[test]
    fn styles_keep_colours_and_lose_what_loads_or_covers() {
        let styled = clean("<p style='color:rgb(1,2,3);position:fixed;background:url(//x);background-color:red;width:expression(x)'>x</p>");
        assert!(styled.html.contains("color") && styled.html.contains("background-color"), "{}", styled.html);
        for bad in ["position", "url", "expression"] {
            assert!(!styled.html.contains(bad), "{}", styled.html);
        }
    }
}
