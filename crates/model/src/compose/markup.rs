//! Markup: HTML read into its tags and texts, each with its place, and changes that touch only the bytes they are about.
//!
//! Promises: never fails; broken HTML gives what a browser's tokenizer would see of it. What it does not do: build a tree,
//! or make anything safe to show.
//!
//! Source: WHATWG HTML, "Tokenization"; "Named character reference state" for attributes.

use std::borrow::Cow;
use std::cell::RefCell;
use std::ops::Range;
use std::rc::Rc;

use lol_html::html_content::Element;
use lol_html::{HandlerResult, HtmlRewriter, Settings, element};

use crate::reply;
use crate::text::entity;

/// A piece of HTML. Text, comments, doctypes and what is inside scripts and styles are no pieces.
#[derive(Clone, Debug)]
pub(super) enum Piece {
    /// A start tag.
    Open(Tag),
    /// The end tag of the element that began with the piece `opened`.
    Close { name: String, opened: usize, place: Range<usize> },
}

/// A start tag.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    /// In small letters.
    pub(super) name: String,
    /// From `<` to `>`, in bytes.
    pub(super) place: Range<usize>,
    attributes: Vec<Attribute>,
}

/// An attribute of a start tag.
#[derive(Clone, Debug)]
pub(super) struct Attribute {
    /// In small letters.
    name: String,
    /// Without character references.
    pub(super) value: String,
    /// From its name to the end of its value, quotation marks included.
    place: Range<usize>,
    /// Of its value, without quotation marks; `None` if it has none.
    value_place: Option<Range<usize>>,
}

impl Tag {
    /// The first attribute of this name: the one that counts.
    pub(super) fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attributes.iter().find(|attribute| attribute.name == name)
    }

    /// The name of the attribute in whose value this byte stands, and where that value is; `None` unless it is quoted.
    pub(super) fn quoted_at(&self, html: &str, at: usize) -> Option<(&str, Range<usize>)> {
        let holds = |attribute: &&Attribute| attribute.value_place.as_ref().is_some_and(|place| place.contains(&at));
        let attribute = self.attributes.iter().find(holds)?;
        let value = attribute.value_place.clone()?;
        let mark = value.start.checked_sub(1).filter(|before| is_mark(html, *before))?;
        (html.as_bytes().get(value.end) == html.as_bytes().get(mark)).then_some((attribute.name.as_str(), value))
    }

    /// The names of its attributes.
    #[cfg(test)]
    pub(super) fn attribute_names(&self) -> Vec<&str> {
        self.attributes.iter().map(|attribute| attribute.name.as_str()).collect()
    }

    /// The value of the attribute of this name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.attribute(name).map(|attribute| attribute.value.as_str())
    }
}

/// The pieces of a document or a fragment, in order.
pub(super) fn read(html: &str) -> Vec<Piece> {
    let pieces = Rc::new(RefCell::new(Vec::new()));
    let tags = Rc::clone(&pieces);
    let settings = Settings::new()
        .with_strict(false)
        .with_adjust_charset_on_meta_tag(false)
        .append_element_content_handler(element!("*", |element: &mut Element<'_, '_>| open(html, element, &tags)));
    let mut rewriter = HtmlRewriter::new(settings, |_: &[u8]| {});
    // Its only error is a memory limit, and none is set; what was read until then would be what there is.
    let read = rewriter.write(html.as_bytes());
    if read.is_ok() {
        let _ = rewriter.end();
    }
    pieces.take()
}

fn open(html: &str, element: &mut Element<'_, '_>, pieces: &Rc<RefCell<Vec<Piece>>>) -> HandlerResult {
    let attributes = element
        .attributes()
        .iter()
        .filter_map(|attribute| {
            let name_place = attribute.name_source_location()?.bytes();
            let value_place = attribute.value_source_location().map(|place| place.bytes());
            let end = value_place.as_ref().map_or(name_place.end, |value| value.end + usize::from(is_mark(html, value.end)));
            let value = unescaped(&attribute.value()).into_owned();
            Some(Attribute { name: attribute.name(), value, place: name_place.start..end, value_place })
        })
        .collect();
    let tag = Tag { name: element.tag_name(), place: element.source_location().bytes(), attributes };
    let opened = pieces.borrow().len();
    if element.can_have_content() {
        let (pieces, name) = (Rc::clone(pieces), tag.name.clone());
        element.on_end_tag(Box::new(move |end| {
            pieces.borrow_mut().push(Piece::Close { name, opened, place: end.source_location().bytes() });
            Ok(())
        }))?;
    }
    pieces.borrow_mut().push(Piece::Open(tag));
    Ok(())
}

/// Whether a quotation mark stands there.
fn is_mark(html: &str, place: usize) -> bool {
    matches!(html.as_bytes().get(place), Some(b'"' | b'\''))
}

/// Where the quoted history begins: at what a mail program puts above it, whether or not anything new stands before.
pub(super) fn quotation_start(html: &str, pieces: &[Piece]) -> Option<usize> {
    pieces.iter().find_map(|piece| match piece {
        Piece::Open(tag) => reply::html::is_quotation_mark(html.get(tag.place.clone())?).then_some(tag.place.start),
        Piece::Close { .. } => None,
    })
}

/// Where something that belongs to the new text can be put below it: above the quoted history, or at the end of the body.
pub(super) fn new_text_end(html: &str, pieces: &[Piece]) -> usize {
    quotation_start(html, pieces).unwrap_or_else(|| body_end(html, pieces))
}

/// Where the body ends, in a fragment where that does.
pub(super) fn body_end(html: &str, pieces: &[Piece]) -> usize {
    let end = |wanted: &str| {
        pieces.iter().rev().find_map(|piece| match piece {
            Piece::Close { name, place, .. } if name == wanted => Some(place.start),
            Piece::Close { .. } | Piece::Open(_) => None,
        })
    };
    end("body").or_else(|| end("html")).unwrap_or(html.len())
}

/// Where the element that begins with the piece `opened` has its end tag.
pub(super) fn end_tag(pieces: &[Piece], opened: usize) -> Option<Range<usize>> {
    pieces[opened..].iter().find_map(|piece| match piece {
        Piece::Close { opened: its, place, .. } if *its == opened => Some(place.clone()),
        Piece::Close { .. } | Piece::Open(_) => None,
    })
}

/// Changes of a text, by their places in it.
#[derive(Debug, Default)]
pub(super) struct Edits(Vec<(Range<usize>, String)>);

impl Edits {
    /// Puts something between two bytes.
    pub(super) fn insert(&mut self, place: usize, text: impl Into<String>) {
        self.0.push((place..place, text.into()));
    }

    /// Puts something else in this place.
    pub(super) fn replace(&mut self, place: Range<usize>, text: impl Into<String>) {
        self.0.push((place, text.into()));
    }

    /// Takes out what is there.
    pub(super) fn remove(&mut self, place: Range<usize>) {
        self.replace(place, "");
    }

    /// Gives an attribute another value, which is escaped here.
    pub(super) fn set_value(&mut self, html: &str, attribute: &Attribute, value: &str) {
        let Some(place) = attribute.value_place.clone() else { return };
        let value = escaped(value);
        let is_quoted = place.start > 0 && is_mark(html, place.start - 1);
        self.replace(place, if is_quoted { value } else { format!("\"{value}\"") });
    }

    /// Takes every attribute of this name out of a tag: behind the first one another would begin to count.
    pub(super) fn remove_attributes(&mut self, tag: &Tag, name: &str) {
        for attribute in tag.attributes.iter().filter(|attribute| attribute.name == name) {
            self.remove(attribute.place.clone());
        }
    }

    /// The text with its changes. Of two that overlap, the first one is made.
    pub(super) fn apply(mut self, text: &str) -> String {
        self.0.sort_by_key(|(place, _)| (place.start, place.end));
        let mut changed = String::with_capacity(text.len() + self.0.iter().map(|(_, new)| new.len()).sum::<usize>());
        let mut at = 0;
        for (place, new) in self.0 {
            if place.start < at {
                continue;
            }
            changed.push_str(&text[at..place.start]);
            changed.push_str(&new);
            at = place.end;
        }
        changed.push_str(&text[at..]);
        changed
    }
}

/// Text as it is written in HTML, in an element or an attribute.
pub(super) fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// What an attribute's value means. A reference that is not closed and runs on (`?a=1&copy=2`) is none.
pub(super) fn unescaped(value: &str) -> Cow<'_, str> {
    if !value.contains('&') {
        return Cow::Borrowed(value);
    }
    let mut meant = String::with_capacity(value.len());
    let mut rest = value;
    while let Some(start) = rest.find('&') {
        meant.push_str(&rest[..start]);
        rest = &rest[start..];
        let read = entity::read(rest).filter(|(_, length)| {
            let runs_on = rest[*length..].starts_with(|next: char| next == '=' || next.is_ascii_alphanumeric());
            rest[..*length].ends_with(';') || rest.starts_with("&#") || !runs_on
        });
        match read {
            Some((letter, length)) => {
                meant.push(letter);
                rest = &rest[length..];
            }
            None => {
                meant.push('&');
                rest = &rest[1..];
            }
        }
    }
    meant.push_str(rest);
    Cow::Owned(meant)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_attribute_means_what_a_browser_would_read() {
        for (written, meant) in [
            ("https://a.example/?a=1&amp;b=2", "https://a.example/?a=1&b=2"),
            ("https://a.example/?a=1&copy=2&reg=3", "https://a.example/?a=1&copy=2&reg=3"),
            ("https://a.example/?a=1&copy;", "https://a.example/?a=1©"),
            ("&#104;ttps&colon;//x&nosuchname;", "https://x&nosuchname;"),
            ("&amp", "&"),
            ("&", "&"),
        ] {
            assert_eq!(unescaped(written), meant, "{written}");
        }
    }

    #[test]
    fn changes_touch_only_their_places() {
        let html = "<A HREF=http://a.example/ title='é'>x</A><!-- <a href=\"y\"> -->";
        let pieces = read(html);
        let Piece::Open(tag) = &pieces[0] else { panic!("a tag comes first") };
        let mut edits = Edits::default();
        edits.set_value(html, tag.attribute("href").expect("it has one"), "http://b.example/?c&d=\"");
        edits.insert(tag.place.end, "+");
        let expected = "<A HREF=\"http://b.example/?c&amp;d=&quot;\" title='é'>+x</A><!-- <a href=\"y\"> -->";
        assert_eq!(edits.apply(html), expected);
    }

    #[test]
    fn any_cut_of_a_mail_is_survived() {
        let html = "<meta charset=latin1>ß<a href='é&eacute' hidden>ü</a><select><xmp>é<script>ö</select><svg/><table>ä<td>";
        for end in (0..=html.len()).filter(|end| html.is_char_boundary(*end)) {
            for start in (0..=end).filter(|start| html.is_char_boundary(*start)) {
                let html = &html[start..end];
                for piece in read(html) {
                    let (Piece::Open(Tag { place, .. }) | Piece::Close { place, .. }) = piece;
                    assert!(html.get(place).is_some());
                }
            }
        }
    }
}
