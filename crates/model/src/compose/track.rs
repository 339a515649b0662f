//! Tracking: links of the new text lead over us, and a pixel tells when the mail is shown.
//!
//! Only HTML is tracked, and only what is new in it. The quoted history belongs to other mails: its readers would be
//! counted as readers of this one. A link stays as it is wherever a detour would mislead, break or expose something; the
//! reasons are [`Why`].
//!
//! The pixel stands at the end of the new text, above the quoted history, and only without one before `</body>`. There it
//! measures what it is about: Gmail folds the history and loads nothing in it until it is unfolded, and cuts long mails off
//! at about 100 kB, so that below the history it would often not be loaded although the new text was read. Whoever answers
//! quotes it along in either place; [`super::history`] takes it out when the answer to that goes out.
//!
//! Promises: never fails; every byte but the rewritten addresses and the pixel stays; tracking what is tracked with the same
//! pixel changes nothing.

mod target;

use super::markup::{self, Edits, Piece};
use super::prefix::{self, Prefix};
use crate::text;

use url::Url;

pub use target::{URL_BYTES_MAX, Why};

/// Letters of a link's text that are kept.
pub const LINK_LETTERS_MAX: usize = 200;

/// What is to be tracked.
#[derive(Clone, Copy, Debug)]
pub struct Tracking<'a> {
    /// The address of this mail's pixel; `None` if opens are not looked for.
    pub pixel: Option<&'a str>,
    /// Whether clicks are looked for.
    pub links: bool,
    /// Where a recipient unsubscribes; it is offered below the new text.
    pub unsubscribe: Option<&'a str>,
    /// Below which addresses our tracking and unsubscribing live or have lived: they are never rewritten.
    pub own: &'a [Prefix],
}

/// A link that leads over us now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// Its number: its place among these links, from 0.
    pub n: u32,
    /// Where it leads in the end, as its author wrote it, without character references.
    pub url: String,
    /// What is read, or what stands for an image; at most [`LINK_LETTERS_MAX`] letters, empty if there is nothing.
    pub text: String,
}

/// A link that was left as it is, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Untouched {
    /// Where it leads.
    pub url: String,
    /// Why it was left.
    pub why: Why,
}

/// A mail with its trackers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tracked {
    /// What is sent.
    pub html: String,
    /// The links that lead over us, in order.
    pub links: Vec<Link>,
    /// The links of the new text that do not, in order.
    pub untouched: Vec<Untouched>,
}

/// Tracks a mail. `tracked_url` makes the address for the link of this number that leads to this target.
pub fn track(html: &str, tracking: &Tracking<'_>, mut tracked_url: impl FnMut(u32, &str) -> String) -> Tracked {
    let pieces = markup::read(html);
    let quotation = markup::quotation_start(html, &pieces).unwrap_or(html.len());
    let mut edits = Edits::default();
    let (mut links, mut untouched): (Vec<Link>, Vec<Untouched>) = (Vec::new(), Vec::new());
    for (opened, piece) in pieces.iter().enumerate() {
        let Piece::Open(tag) = piece else { continue };
        if tag.place.start >= quotation {
            break;
        }
        if tag.name == "img" && tag.value("src").is_some_and(|source| is_own(tracking, source)) {
            edits.remove(tag.place.clone());
        }
        let Some(href) = tag.attribute("href").filter(|_| tracking.links && matches!(tag.name.as_str(), "a" | "area")) else { continue };
        let url = href.value.trim();
        let text = text_of(html, &pieces, opened);
        match target::why_not(tag, url, &text, tracking.own) {
            Some(why) => untouched.push(Untouched { url: url.to_owned(), why }),
            None => {
                let n = u32::try_from(links.len()).expect("a mail has fewer links than 2^32");
                edits.set_value(html, href, &tracked_url(n, url));
                links.push(Link { n, url: url.to_owned(), text: text.chars().take(LINK_LETTERS_MAX).collect() });
            }
        }
    }
    let offered = tracking.unsubscribe.map(unsubscribe_line).unwrap_or_default();
    let pixel = tracking.pixel.map(pixel_tag).unwrap_or_default();
    edits.insert(end_of_new_text(html, &pieces), offered + &pixel);
    Tracked { html: edits.apply(html), links, untouched }
}

/// Where the pixel goes. A mail that breaks off inside a tag or a comment would swallow what is put behind that.
fn end_of_new_text(html: &str, pieces: &[Piece]) -> usize {
    let end = markup::new_text_end(html, pieces);
    let tag = html.rfind('<').filter(|&start| {
        let rest = &html[start + 1..];
        rest.starts_with(|next: char| next.is_ascii_alphabetic() || "/!?".contains(next)) && !rest.contains('>')
    });
    let comment = html.rfind("<!--").filter(|&start| !html[start..].contains("-->"));
    tag.into_iter().chain(comment).fold(end, usize::min)
}

/// The pixel as it stands in the HTML. It is not hidden: some programs load nothing that is.
pub fn pixel_tag(address: &str) -> String {
    format!("<img src=\"{}\" width=\"1\" height=\"1\" alt=\"\" style=\"border:0;width:1px;height:1px\">", markup::escaped(address))
}

fn unsubscribe_line(address: &str) -> String {
    format!("<p style=\"font-size:small;color:#666666\"><a href=\"{}\">Unsubscribe</a></p>", markup::escaped(address))
}

/// Whether an image is a pixel that was put there before.
fn is_own(tracking: &Tracking<'_>, address: &str) -> bool {
    tracking.pixel == Some(address) || Url::parse(address.trim()).is_ok_and(|url| prefix::own(tracking.own, &url).is_some())
}

/// What is read of a link: its text, or what stands for its images. A link ends where the next one begins.
fn text_of(html: &str, pieces: &[Piece], opened: usize) -> String {
    let Piece::Open(tag) = &pieces[opened] else { return String::new() };
    let mut end = if tag.name == "a" { html.len() } else { tag.place.end };
    let mut described = vec![tag.value("alt").unwrap_or_default()];
    for piece in pieces[opened + 1..].iter().take_while(|_| tag.name == "a") {
        match piece {
            Piece::Open(other) if other.name == "a" => {
                end = other.place.start;
                break;
            }
            Piece::Close { opened: its, place, .. } if *its == opened => {
                end = place.start;
                break;
            }
            Piece::Open(other) => described.extend(other.value("alt")),
            Piece::Close { .. } => {}
        }
    }
    let read = text::of_html(html.get(tag.place.end..end).unwrap_or_default());
    let read = if read.is_empty() { described.join(" ") } else { read };
    read.split_whitespace().collect::<Vec<_>>().join(" ")
}
