//! Documents: a fragment made a whole document, the inside of a document, plain text as HTML, a preview.

use super::markup::{self, Piece};
use crate::text;

/// Letters of a preview, as many as Graph gives (`bodyPreview`).
pub const PREVIEW_LETTERS_MAX: usize = 255;

/// The least document around a fragment, as Outlook writes it. A document comes back as it is.
pub fn document(fragment: &str) -> String {
    let is_document =
        markup::read(fragment).iter().any(|piece| matches!(piece, Piece::Open(tag) if matches!(tag.name.as_str(), "html" | "body")));
    if is_document { fragment.to_owned() } else { wrapped(fragment) }
}

/// A document of these parts, whatever is in them.
pub(super) fn wrapped(inside: &str) -> String {
    format!(
        "<html><head>\r\n<meta http-equiv=\"Content-Type\" content=\"text/html; charset=utf-8\"></head>\r\n<body dir=\"ltr\">\r\n{inside}\r\n</body></html>\r\n"
    )
}

/// What stands inside the body; a fragment is all of it.
pub fn inside_of_body(html: &str) -> &str {
    let pieces = markup::read(html);
    let start = pieces.iter().find_map(|piece| match piece {
        Piece::Open(tag) if tag.name == "body" => Some(tag.place.end),
        Piece::Open(_) | Piece::Close { .. } => None,
    });
    let start = start.unwrap_or_else(|| head_end(&pieces));
    let end = markup::body_end(html, &pieces).max(start);
    html[start..end].trim()
}

/// Where the head ends in a document whose body has no tag.
fn head_end(pieces: &[Piece]) -> usize {
    let end = |piece: &Piece| match piece {
        Piece::Close { name, place, .. } if name == "head" => Some(place.end),
        Piece::Open(tag) if tag.name == "html" => Some(tag.place.end),
        Piece::Close { .. } | Piece::Open(_) => None,
    };
    pieces.iter().filter_map(end).max().unwrap_or(0)
}

/// Plain text as HTML: escaped, with its line breaks and its indentation. Addresses in it are made no links.
pub fn of_text(text: &str) -> String {
    let lines = text.trim_end().replace("\r\n", "\n").replace('\r', "\n");
    let lines: Vec<String> = lines.split('\n').map(|line| with_spaces(&markup::escaped(line))).collect();
    lines.join("<br>\r\n")
}

/// Spaces that HTML would take for one are kept.
fn with_spaces(line: &str) -> String {
    let mut kept = String::with_capacity(line.len());
    let mut after_space = true;
    for letter in line.chars() {
        match letter {
            '\t' => kept.push_str("&nbsp;&nbsp;&nbsp; "),
            ' ' if after_space => kept.push_str("&nbsp;"),
            letter => kept.push(letter),
        }
        after_space = matches!(letter, ' ' | '\t');
    }
    kept
}

/// The first letters of what a reader would see, in one line; at most so many.
pub fn preview(html: &str, letters_max: usize) -> String {
    let seen = text::of_html(html);
    let line = seen.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(letters_max) {
        None => line,
        Some((end, _)) => line[..end].trim_end().to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fragment_becomes_a_document_and_comes_out_again() {
        for fragment in ["<p>Hello</p>", "Hello", "<div>&lt;body&gt;</div>", ""] {
            let whole = document(fragment);
            assert!(whole.contains("charset=utf-8"));
            assert_eq!(document(&whole), whole);
            assert_eq!(inside_of_body(&whole), fragment);
        }
    }

    #[test]
    fn the_inside_of_any_document_is_found() {
        for (html, inside) in [
            ("<html><head><title>x</title></head><BODY class=\"a>b\"><p>y</p></BODY></html>", "<p>y</p>"),
            ("<html><head><style>body > p {}</style></head><p>y</p></html>", "<p>y</p>"),
            ("<body>y", "y"),
            ("<p>y</p>", "<p>y</p>"),
            ("<!-- <body> -->y", "<!-- <body> -->y"),
        ] {
            assert_eq!(inside_of_body(html), inside, "{html}");
        }
    }

    #[test]
    fn plain_text_keeps_its_look() {
        assert_eq!(
            of_text("a  < b\r\n\n  https://x.example/?a&b\tc\n"),
            "a &nbsp;&lt; b<br>\r\n<br>\r\n&nbsp;&nbsp;https://x.example/?a&amp;b&nbsp;&nbsp;&nbsp; c"
        );
    }

    #[test]
    fn a_preview_is_one_line_of_whole_letters() {
        assert_eq!(preview("<p>Grüße</p><p>aus&nbsp;Köln</p>", 255), "Grüße aus Köln");
        assert_eq!(preview("<p>Grüße</p><p>aus Köln</p>", 6), "Grüße");
    }
}
