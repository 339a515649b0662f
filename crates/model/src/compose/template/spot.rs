//! Spots: where in a mail a field stands, and what a value must become to be only text there.

use std::ops::Range;

use url::Url;

use super::Form;
use crate::compose::check;
use crate::compose::markup::{self, Piece, Tag};

/// Where a field stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spot {
    /// In a line of a header.
    Line,
    /// In plain text.
    Plain,
    /// In HTML, outside of tags.
    Html,
    /// In a quoted attribute, or in an element in which no tag is one.
    Attribute,
    /// At the beginning of an address in a quoted attribute.
    Address,
    /// Within such an address.
    PartOfAddress,
}

impl Spot {
    /// The spot of every field of such a text; in HTML it depends on what is around it.
    pub(super) const fn of(form: Form) -> Self {
        match form {
            Form::Line => Spot::Line,
            Form::Text => Spot::Plain,
            Form::Html => Spot::Html,
        }
    }

    /// A value as it is written here; `None` for one that cannot stand here.
    pub(super) fn written(self, value: &str) -> Option<String> {
        match self {
            Spot::Address => is_address(value).then(|| markup::escaped(value)),
            Spot::PartOfAddress => Some(markup::escaped(&percent_encoded(value))),
            Spot::Line | Spot::Plain | Spot::Html | Spot::Attribute => Some(self.own(value)),
        }
    }

    /// What the author of the template gave as a value: an address of theirs is as they want it.
    pub(super) fn own(self, text: &str) -> String {
        match self {
            Spot::Line => check::subject_line(text),
            Spot::Plain => plain(text),
            Spot::Html => markup::escaped(&plain(text)).replace('\n', "<br>\r\n"),
            Spot::Attribute | Spot::Address | Spot::PartOfAddress => markup::escaped(&check::subject_line(text)),
        }
    }
}

/// Lines of plain letters.
fn plain(value: &str) -> String {
    let lines = value.replace("\r\n", "\n").replace(['\r', '\u{2028}', '\u{2029}'], "\n");
    lines.chars().filter(|letter| !letter.is_control() || matches!(letter, '\n' | '\t')).collect()
}

/// Whether a link may begin with this.
fn is_address(value: &str) -> bool {
    let read = Url::parse(value).ok().filter(|_| !value.chars().any(|letter| letter.is_control() || letter.is_whitespace()));
    read.is_some_and(|url| match url.scheme() {
        "http" | "https" => url.has_host(),
        "mailto" | "tel" => true,
        _ => false,
    })
}

/// RFC 3986, 2.3: all but unreserved letters, and the slash and the at, which part nothing behind the host.
fn percent_encoded(value: &str) -> String {
    let mut encoded = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/@".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// Where each of these places of an HTML stands, which are in order; `None` where no value can be made harmless.
pub(super) fn of_html(source: &str, places: &[Range<usize>]) -> Vec<Option<Spot>> {
    let probe = probe(source, places);
    let pieces = markup::read(&probe);
    let (unread, bare) = (unread(&probe, &pieces), inside_of(&["title", "textarea"], &probe, &pieces));
    places.iter().map(|place| of_place(&probe, place.start, &pieces, (&unread, &bare))).collect()
}

/// The source with harmless letters instead of its fields, as many bytes; and behind it what closes a tag or an attribute that it
/// leaves open, because something follows it in a mail.
fn probe(source: &str, places: &[Range<usize>]) -> String {
    let mut probe = String::with_capacity(source.len() + 5);
    let mut at = 0;
    for place in places {
        probe.push_str(&source[at..place.start]);
        probe.extend(std::iter::repeat_n('z', place.len()));
        at = place.end;
    }
    probe + &source[at..] + "\">'>"
}

/// `bare` is where no tag is one, not even a line break of ours.
fn of_place(probe: &str, at: usize, pieces: &[Piece], (unread, bare): (&[Range<usize>], &[Range<usize>])) -> Option<Spot> {
    let tag = pieces.iter().find_map(|piece| match piece {
        Piece::Open(tag) if tag.place.contains(&at) => Some(tag),
        Piece::Open(_) | Piece::Close { .. } => None,
    });
    match tag {
        Some(tag) => of_attribute(probe, at, tag),
        None if unread.iter().any(|part| part.contains(&at)) => None,
        None if bare.iter().any(|part| part.contains(&at)) => Some(Spot::Attribute),
        None => Some(Spot::Html),
    }
}

fn of_attribute(probe: &str, at: usize, tag: &Tag) -> Option<Spot> {
    let (name, value) = tag.quoted_at(probe, at)?;
    if ACTING_TAGS.contains(&tag.name.as_str()) || ACTING.contains(&name) || name.starts_with("on") || name.contains(':') {
        return None;
    }
    Some(match (ADDRESSES.contains(&name), probe[value.start..at].trim().is_empty()) {
        (false, _) => Spot::Attribute,
        (true, true) => Spot::Address,
        (true, false) => Spot::PartOfAddress,
    })
}

/// Elements whose attributes load or move something.
const ACTING_TAGS: &[&str] =
    &["animate", "applet", "base", "embed", "form", "frame", "iframe", "link", "meta", "object", "param", "script", "set", "style", "svg"];
/// Attributes that hold something else than text or one address.
const ACTING: &[&str] = &["style", "srcdoc", "srcset", "imagesrcset", "ping", "http-equiv"];
/// Attributes that hold one address.
const ADDRESSES: &[&str] =
    &["href", "src", "action", "formaction", "background", "cite", "poster", "longdesc", "data", "lowsrc", "dynsrc", "codebase", "usemap"];

/// What no reader sees and no reference is read in: comments, which some programs take for more, and what is raw.
fn unread(probe: &str, pieces: &[Piece]) -> Vec<Range<usize>> {
    const RAW: &[&str] = &["script", "style", "xmp", "iframe", "noembed", "noframes", "noscript", "plaintext", "template", "svg", "math"];
    let mut unread = inside_of(RAW, probe, pieces);
    let is_in_tag = |at: usize| pieces.iter().any(|piece| matches!(piece, Piece::Open(tag) if tag.place.contains(&at)));
    let mut at = 0;
    while let Some(start) = probe[at..].find("<!--").map(|found| at + found) {
        if is_in_tag(start) || unread.iter().any(|part| part.contains(&start)) {
            at = start + 4;
            continue;
        }
        let end = probe[start + 2..].find("-->").map_or(probe.len(), |found| start + 2 + found + 3);
        unread.push(start..end);
        at = end;
    }
    unread
}

/// What stands inside of these elements.
fn inside_of(names: &[&str], probe: &str, pieces: &[Piece]) -> Vec<Range<usize>> {
    let inside = |(opened, piece): (usize, &Piece)| match piece {
        Piece::Open(tag) if names.contains(&tag.name.as_str()) => {
            let end = markup::end_tag(pieces, opened).map_or(probe.len(), |close| close.start);
            Some(tag.place.end..end.max(tag.place.end))
        }
        Piece::Open(_) | Piece::Close { .. } => None,
    };
    pieces.iter().enumerate().filter_map(inside).collect()
}
