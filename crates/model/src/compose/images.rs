//! Images in the text: which attachments a body shows (`cid:`), and images written into the HTML (`data:`) taken out of it,
//! because Outlook shows none of those.
//!
//! Sources: RFC 2392 (`cid:`), RFC 2397 (`data:`).

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::markup::{self, Edits, Piece};

/// An image that belongs into the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InlineImage {
    /// What the text names it by, without `cid:` and angle brackets.
    pub content_id: String,
    /// Its media type, such as `image/png`.
    pub content_type: String,
    /// The file.
    pub bytes: Vec<u8>,
}

/// The content ids that a body shows, each once, in order, without `cid:`.
pub fn content_ids(html: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    for piece in markup::read(html) {
        let Piece::Open(tag) = piece else { continue };
        let named = ["src", "background"].iter().filter_map(|name| content_id(tag.value(name)?));
        for id in named.collect::<Vec<_>>() {
            if !found.contains(&id) {
                found.push(id);
            }
        }
    }
    found
}

fn content_id(address: &str) -> Option<String> {
    let (scheme, id) = address.trim().split_once(':')?;
    let is_one = scheme.eq_ignore_ascii_case("cid") && !id.is_empty();
    is_one.then(|| percent_encoding_free(id))
}

/// RFC 2392 has what is no letter of an address percent-encoded.
fn percent_encoding_free(id: &str) -> String {
    let mut bytes = Vec::with_capacity(id.len());
    let mut rest = id.as_bytes();
    while let [first, behind @ ..] = rest {
        let digits = behind.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
        match digits.filter(|_| *first == b'%').and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                rest = &behind[2..];
            }
            None => {
                bytes.push(*first);
                rest = behind;
            }
        }
    }
    String::from_utf8(bytes).unwrap_or_else(|_| id.to_owned())
}

/// Takes images out of the HTML that are written into it and names them by their content ids instead. The same image is
/// one, and its id is made from its bytes: doing it again gives the same. What is no raster image in base64 stays.
pub fn take_out(html: &str) -> (String, Vec<InlineImage>) {
    let mut images: Vec<InlineImage> = Vec::new();
    let mut edits = Edits::default();
    for piece in markup::read(html) {
        let Piece::Open(tag) = piece else { continue };
        let Some(source) = tag.attribute("src").filter(|_| tag.name == "img") else { continue };
        let Some(image) = written_in(&source.value) else { continue };
        edits.set_value(html, source, &format!("cid:{}", image.content_id));
        if !images.contains(&image) {
            images.push(image);
        }
    }
    (edits.apply(html), images)
}

/// `data:image/png;base64,…`
fn written_in(address: &str) -> Option<InlineImage> {
    let address = address.trim();
    let data = address.get(..5).filter(|scheme| scheme.eq_ignore_ascii_case("data:")).map(|_| &address[5..])?;
    let (head, content) = data.split_once(',')?;
    let (content_type, encoding) = head.split_once(';')?;
    let content_type = content_type.trim().to_ascii_lowercase();
    let is_base64 = encoding.rsplit(';').next().is_some_and(|last| last.trim().eq_ignore_ascii_case("base64"));
    let (_, ending) = RASTER.iter().find(|(known, _)| *known == content_type).filter(|_| is_base64)?;
    let content: String = content.chars().filter(|letter| !letter.is_ascii_whitespace()).collect();
    let bytes = STANDARD.decode(percent_encoding_free(&content)).ok().filter(|bytes| !bytes.is_empty())?;
    let hex: String = Sha256::digest(&bytes)[..16].iter().map(|byte| format!("{byte:02x}")).collect();
    Some(InlineImage { content_id: format!("{hex}.{ending}@rapport"), content_type, bytes })
}

/// Images that mail programs show, with the endings of their names. SVG is none: it can hold a program.
const RASTER: &[(&str, &str)] = &[
    ("image/png", "png"),
    ("image/jpeg", "jpg"),
    ("image/jpg", "jpg"),
    ("image/gif", "gif"),
    ("image/webp", "webp"),
    ("image/bmp", "bmp"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_images_that_a_text_shows_are_found_once() {
        let html = "<img src=\"cid:a%2Bb@x\"><IMG SRC=CID:logo><img src='cid:logo'><td background=\"cid:bg\"><img src=\"https://x.example/cid:no\"><!-- <img src=cid:c> -->";
        assert_eq!(content_ids(html), ["a+b@x", "logo", "bg"]);
    }

    #[test]
    fn images_written_into_the_text_become_attachments() {
        let html = "<p><img alt=\"x\" src=\"data:image/gif;base64,R0lG\r\nODlh\"><img src=data:image/gif;base64,R0lGODlh></p>";
        let (changed, images) = take_out(html);
        assert_eq!(images.len(), 1);
        assert_eq!((images[0].content_type.as_str(), images[0].bytes.as_slice()), ("image/gif", b"GIF89a".as_slice()));
        assert_eq!(content_ids(&changed), [images[0].content_id.clone()]);
        assert_eq!(changed, format!("<p><img alt=\"x\" src=\"cid:{0}\"><img src=\"cid:{0}\"></p>", images[0].content_id));
        assert_eq!(take_out(&changed), (changed.clone(), Vec::new()));
    }

    #[test]
    fn what_is_no_raster_image_stays() {
        for source in [
            "data:image/svg+xml;base64,PHN2Zz4=",
            "data:image/png;base64,%%%",
            "data:text/html;base64,R0lG",
            "data:image/png,R0lG",
            "data:",
            "cid:x",
        ] {
            let html = format!("<img src=\"{source}\">");
            assert_eq!(take_out(&html), (html.clone(), Vec::new()));
        }
    }
}
