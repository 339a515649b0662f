//! Files: bytes that a mail brought, whole or in part (RFC 9110, ranges), never shown by a browser but saved.
//!
//! One range is served; several are answered with the whole file, which the RFC allows. `If-Range` is honoured: a part is
//! only sent of the file whose beginning the asker has.

use axum::body::Body;
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures::{Stream, StreamExt as _};
use graph::{Opened, Pieces, TransportError};
use http::{HeaderMap, HeaderValue, StatusCode, header};

use super::etag::{Conditions, ETag};

const POLICY: HeaderValue = HeaderValue::from_static("default-src 'none'; sandbox");

/// Answers with a file called `name`, as its bytes come. `tag` is its own: the same file is always tagged so, another never.
pub fn file(opened: Opened, tag: &ETag, name: &str, kind: &'static str, asked: &HeaderMap) -> Response {
    if Conditions::read(asked).is_known(tag) {
        return (StatusCode::NOT_MODIFIED, [(header::ETAG, tag.header())]).into_response();
    }
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static(kind)),
        (header::CONTENT_DISPOSITION, disposition(name)),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::ACCEPT_RANGES, HeaderValue::from_static("bytes")),
        (header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache")),
        (header::ETAG, tag.header()),
    ];
    // Of a file whose length Microsoft does not tell no part can be named.
    let Some(length) = opened.length.and_then(|length| usize::try_from(length).ok()) else {
        return (headers, Body::from_stream(opened.pieces)).into_response();
    };
    match range_of(asked, tag, length) {
        Wanted::Whole => (headers, [(header::CONTENT_LENGTH, HeaderValue::from(length))], Body::from_stream(opened.pieces)).into_response(),
        Wanted::Part(first, last) => {
            let said = HeaderValue::from_str(&format!("bytes {first}-{last}/{length}")).expect("numbers are ASCII");
            let said = [(header::CONTENT_RANGE, said), (header::CONTENT_LENGTH, HeaderValue::from(last - first + 1))];
            (StatusCode::PARTIAL_CONTENT, headers, said, Body::from_stream(part(opened.pieces, first, last))).into_response()
        }
        Wanted::Outside => {
            let said = HeaderValue::from_str(&format!("bytes */{length}")).expect("numbers are ASCII");
            (StatusCode::RANGE_NOT_SATISFIABLE, [(header::CONTENT_RANGE, said)]).into_response()
        }
    }
}

/// The bytes from `first` to `last`, both among them.
fn part(pieces: Pieces, first: usize, last: usize) -> impl Stream<Item = Result<Bytes, TransportError>> + Send {
    pieces
        .scan(0_usize, move |passed, piece| {
            let begins = *passed;
            let piece = piece.map(|mut piece| {
                *passed += piece.len();
                piece.truncate((last + 1).saturating_sub(begins));
                piece.split_off(first.saturating_sub(begins).min(piece.len()))
            });
            std::future::ready((begins <= last).then_some(piece))
        })
        .filter(|piece| std::future::ready(!matches!(piece, Ok(piece) if piece.is_empty())))
}

#[derive(Debug, PartialEq, Eq)]
enum Wanted {
    Whole,
    /// From the first to the last byte, both among them.
    Part(usize, usize),
    Outside,
}

fn range_of(asked: &HeaderMap, tag: &ETag, length: usize) -> Wanted {
    let text = |name| asked.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
    if text(header::IF_RANGE).is_some_and(|known| known.trim() != tag.header()) {
        return Wanted::Whole;
    }
    let Some(ranges) = text(header::RANGE).and_then(|range| range.strip_prefix("bytes=")) else { return Wanted::Whole };
    let Some((first, last)) = ranges.split_once('-').filter(|_| !ranges.contains(',')) else { return Wanted::Whole };
    let number = |text: &str| text.trim().parse::<usize>();
    match (first.trim(), last.trim()) {
        ("", last) => match number(last) {
            Ok(0) => Wanted::Outside,
            Ok(_) if length == 0 => Wanted::Outside,
            Ok(count) => Wanted::Part(length.saturating_sub(count), length - 1),
            Err(_) => Wanted::Whole,
        },
        (first, last) => match (number(first), if last.is_empty() { Ok(usize::MAX) } else { number(last) }) {
            (Ok(first), Ok(last)) if first > last => Wanted::Whole,
            (Ok(first), Ok(_)) if first >= length => Wanted::Outside,
            (Ok(first), Ok(last)) => Wanted::Part(first, last.min(length - 1)),
            _ => Wanted::Whole,
        },
    }
}

/// `attachment` with a plain name for old programs and the true one for the rest (RFC 6266, RFC 8187).
fn disposition(name: &str) -> HeaderValue {
    use std::fmt::Write as _;
    let plain: String = name.chars().map(|letter| if is_plain(letter) { letter } else { '_' }).take(120).collect();
    let mut whole = String::new();
    for byte in name.chars().filter(|letter| !letter.is_control()).take(240).collect::<String>().bytes() {
        if byte.is_ascii_alphanumeric() || b"-._".contains(&byte) {
            whole.push(char::from(byte));
        } else {
            let _ = write!(whole, "%{byte:02X}");
        }
    }
    HeaderValue::from_str(&format!("attachment; filename=\"{plain}\"; filename*=UTF-8''{whole}")).expect("only ASCII letters are left")
}

fn is_plain(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || " -._()".contains(letter)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(range: &str, length: usize) -> Wanted {
        let mut asked = HeaderMap::new();
        asked.insert(header::RANGE, HeaderValue::from_str(range).unwrap());
        range_of(&asked, &ETag::of_bytes(b"x"), length)
    }

    #[test]
    fn a_range_is_the_part_it_names_or_the_whole_or_outside() {
        assert_eq!(wanted("bytes=0-3", 10), Wanted::Part(0, 3));
        assert_eq!(wanted("bytes=4-", 10), Wanted::Part(4, 9));
        assert_eq!(wanted("bytes=-3", 10), Wanted::Part(7, 9));
        assert_eq!(wanted("bytes=-30", 10), Wanted::Part(0, 9));
        assert_eq!(wanted("bytes=8-300", 10), Wanted::Part(8, 9));
        for outside in ["bytes=10-", "bytes=-0", "bytes=99-100"] {
            assert_eq!(wanted(outside, 10), Wanted::Outside, "{outside}");
        }
        for whole in ["bytes=5-2", "bytes=0-1,3-4", "lines=1-2", "bytes=a-b", "bytes=5"] {
            assert_eq!(wanted(whole, 10), Wanted::Whole, "{whole}");
        }
        assert_eq!(wanted("bytes=-1", 0), Wanted::Outside);
        assert_eq!(wanted("bytes=0-", 0), Wanted::Outside);
    }

    #[tokio::test]
    async fn a_part_is_cut_out_of_pieces_as_they_come() {
        let whole: Vec<u8> = (0..100).collect();
        for (first, last) in [(0, 99), (0, 0), (9, 10), (10, 29), (15, 44), (99, 99)] {
            let pieces: Vec<_> = whole.chunks(10).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
            let cut: Vec<Bytes> = part(futures::stream::iter(pieces).boxed(), first, last).map(Result::unwrap).collect().await;
            assert_eq!(cut.concat(), whole[first..=last], "{first}-{last}");
        }
    }

    #[test]
    fn a_part_is_only_of_the_file_whose_beginning_is_there() {
        let tag = ETag::of_bytes(b"x");
        let mut asked = HeaderMap::new();
        asked.insert(header::RANGE, HeaderValue::from_static("bytes=1-2"));
        asked.insert(header::IF_RANGE, tag.header());
        assert_eq!(range_of(&asked, &tag, 10), Wanted::Part(1, 2));
        asked.insert(header::IF_RANGE, HeaderValue::from_static("\"another\""));
        assert_eq!(range_of(&asked, &tag, 10), Wanted::Whole);
    }

    #[test]
    fn a_file_name_cannot_leave_its_header() {
        let text = disposition("Bericht \"März\"\r\nSet-Cookie: x=1; ü.pdf").to_str().unwrap().to_owned();
        assert!(text.starts_with("attachment; filename=\"Bericht _M_rz___Set-Cookie_ x_1_ _.pdf\"; filename*=UTF-8''"), "{text}");
        assert!(text.contains("M%C3%A4rz") && !text.contains('\n'));
    }
}
