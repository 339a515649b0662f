//! Signatures: put under the new text and above the quotation, and never twice.
//!
//! In HTML a signature stands in an element with an id of ours, below an empty line, so that it can be exchanged when another mailbox is chosen.
//! In plain text it stands below a line `-- `; where the new text has such a line, it has a signature and nothing is done.
//! [`crate::text`] gives the element such a line too, so that [`crate::reply`] folds a signature of ours again.
//!
//! Source: RFC 3676, section 4.3.

use crate::message::BodyKind;
use crate::reply::{self, Kind};
use crate::text;

use super::html;
use super::markup::{self, Edits, Piece};

/// The id of the element that holds a signature.
pub const ELEMENT_ID: &str = "rapport-signature";
/// The line above a signature in plain text.
pub const DELIMITER: &str = "-- ";

/// A signature in its two forms. Where one is empty, it is made from the other.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Signature {
    /// A fragment of HTML, safe to send.
    pub html: String,
    /// Plain text, without the line `-- `.
    pub text: String,
}

impl Signature {
    fn as_html(&self) -> String {
        if self.html.trim().is_empty() { html::of_text(self.text.trim()) } else { html::inside_of_body(&self.html).to_owned() }
    }

    fn as_text(&self) -> String {
        if self.text.trim().is_empty() { text::of_html(&self.html) } else { self.text.trim_matches(['\r', '\n']).to_owned() }
    }
}

/// The body with this signature instead of the one that it has, if any; an empty signature takes it out.
pub fn place(kind: BodyKind, body: &str, signature: &Signature) -> String {
    match kind {
        BodyKind::Html => in_html(body, &signature.as_html()),
        BodyKind::Text => in_text(body, &signature.as_text()),
    }
}

fn in_html(body: &str, signature: &str) -> String {
    let pieces = markup::read(body);
    let end = markup::new_text_end(body, &pieces);
    let element = if signature.is_empty() { String::new() } else { format!("<div id=\"{ELEMENT_ID}\"><br>{signature}</div>") };
    let existing = pieces.iter().enumerate().find_map(|(opened, piece)| match piece {
        Piece::Open(tag) if tag.value("id") == Some(ELEMENT_ID) => Some((opened, tag)),
        Piece::Open(_) | Piece::Close { .. } => None,
    });
    let mut edits = Edits::default();
    match existing.filter(|(_, tag)| tag.place.start < end) {
        Some((opened, tag)) => {
            let close = markup::end_tag(&pieces, opened).map_or(end, |close| close.end);
            edits.replace(tag.place.start..close.max(tag.place.end), element);
        }
        None => edits.insert(end, element),
    }
    edits.apply(body)
}

fn in_text(body: &str, signature: &str) -> String {
    let end = quotation_start(body);
    let (new, quotation) = body.split_at(end);
    if signature.is_empty() || new.lines().any(|line| line == DELIMITER) {
        return body.to_owned();
    }
    let new = new.trim_end();
    let gap = if new.is_empty() { "" } else { "\r\n\r\n" };
    let below = if quotation.is_empty() { "\r\n" } else { "\r\n\r\n" };
    format!("{new}{gap}{DELIMITER}\r\n{signature}{below}{quotation}")
}

/// Where the old mail begins that stands below everything new.
fn quotation_start(text: &str) -> usize {
    let parts = reply::parts(text);
    let is_old = |kind: Kind| matches!(kind, Kind::Quote | Kind::Attribution | Kind::Forwarded);
    let last_new = parts.iter().rposition(|part| matches!(part.kind, Kind::New | Kind::Answered));
    let below = &parts[last_new.map_or(0, |place| place + 1)..];
    below.iter().find(|part| is_old(part.kind)).map_or(text.len(), |part| part.range.start)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn signature(html: &str, text: &str) -> Signature {
        Signature { html: html.into(), text: text.into() }
    }

    #[test]
    fn it_is_folded_again_when_the_mail_comes_back() {
        let anna = signature("<b>Anna Alm</b><br>Sales, Contoso", "Anna Alm\r\nSales, Contoso");
        let quoted = format!("<p>Yes.</p>{QUOTED}");
        for (kind, body) in [
            (BodyKind::Html, "<html><body><p>Yes.</p></body></html>"),
            (BodyKind::Html, &quoted),
            (BodyKind::Text, "Yes."),
            (BodyKind::Text, "Yes.\r\n\r\nOn 3 May 2026, Bo <bo@acme.example> wrote:\r\n> Friday?\r\n"),
        ] {
            let signed = place(kind, body, &anna);
            let text = text::of_body(kind, &signed);
            assert_eq!(reply::new_text(&text), "Yes.", "{text}");
            let folded = reply::parts(&text).into_iter().find(|part| part.kind == Kind::Signature).expect("a signature");
            assert!(text[folded.range].contains("Anna Alm"), "{text}");
        }
    }

    const QUOTED: &str = "<hr tabindex=\"-1\"><div id=\"divRplyFwdMsg\">From: Bo</div><div id=\"rapport-signature\">Older</div>";

    #[test]
    fn a_signature_stands_between_new_text_and_quotation() {
        let body = format!("<html><body><p>Yes.</p>{QUOTED}</body></html>");
        let expected = format!("<html><body><p>Yes.</p><div id=\"rapport-signature\"><br><b>Anna</b></div>{QUOTED}</body></html>");
        assert_eq!(place(BodyKind::Html, &body, &signature("<b>Anna</b>", "")), expected);
        let text = "Yes.\r\n\r\nOn 3 May 2026, Bo <bo@acme.example> wrote:\r\n> Friday?\r\n";
        let expected = "Yes.\r\n\r\n-- \r\nAnna\r\n\r\nOn 3 May 2026, Bo <bo@acme.example> wrote:\r\n> Friday?\r\n";
        assert_eq!(place(BodyKind::Text, text, &signature("", "Anna")), expected);
    }

    #[test]
    fn it_is_exchanged_and_never_doubled() {
        let (anna, bo) = (signature("<div>Anna<div>Sales</div></div>", ""), signature("", "Bo\n2 < 3"));
        for body in ["<p>Yes.</p>", "", &format!("<p>Yes.</p>{QUOTED}"), "<html><body>Yes.</body></html>"] {
            let once = place(BodyKind::Html, body, &anna);
            assert_eq!(place(BodyKind::Html, &once, &anna), once);
            let other = place(BodyKind::Html, &once, &bo);
            assert_eq!(other, place(BodyKind::Html, body, &bo));
            assert!(other.contains("Bo<br>\r\n2 &lt; 3"));
            assert_eq!(place(BodyKind::Html, &other, &Signature::default()), body);
        }
        for body in ["Yes.", "", "Yes.\r\n\r\nOn 3 May 2026, Bo <bo@acme.example> wrote:\r\n> Friday?\r\n> \r\n> -- \r\n> Bo"] {
            let once = place(BodyKind::Text, body, &anna);
            assert!(once.contains("-- \r\nAnna\nSales\r\n"), "{once}");
            assert_eq!(place(BodyKind::Text, &once, &anna), once);
        }
    }
}
